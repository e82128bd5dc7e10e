//! The sizes of a BERT sentence encoder, read from the files that come with one.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::TextError;

/// A configuration is a page of JSON.
const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// How token vectors become one sentence vector. The result is always brought to unit length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// The mean over all tokens, `[CLS]` and `[SEP]` included.
    Mean,
    /// The vector of `[CLS]`.
    Cls,
}

impl Pooling {
    /// The word used in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Cls => "cls",
        }
    }
}

/// What has to be known to run an encoder beside its weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EncoderConfig {
    /// Width of the embedding.
    pub hidden: usize,
    /// Transformer layers.
    pub layers: usize,
    /// Attention heads; divides `hidden`.
    pub heads: usize,
    /// Width of the feed-forward layer.
    pub intermediate: usize,
    /// Rows of the position table.
    pub positions: usize,
    /// Rows of the word table.
    pub vocabulary: usize,
    /// Rows of the token-type table, of which only the first is used.
    pub token_types: usize,
    /// ε of the layer normalisations.
    pub layer_norm_eps: f64,
    /// How tokens become a sentence.
    pub pooling: Pooling,
    /// Longest text in tokens, `[CLS]` and `[SEP]` included; the rest is cut.
    pub max_tokens: usize,
}

/// The part of a Hugging Face `config.json` that matters here.
#[derive(Deserialize)]
struct HubConfig {
    model_type: Option<String>,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    max_position_embeddings: usize,
    vocab_size: usize,
    #[serde(default = "two")]
    type_vocab_size: usize,
    #[serde(default = "epsilon")]
    layer_norm_eps: f64,
    hidden_act: Option<String>,
    position_embedding_type: Option<String>,
}

fn two() -> usize {
    2
}

fn epsilon() -> f64 {
    1e-12
}

/// `sentence_bert_config.json` of sentence-transformers.
#[derive(Deserialize)]
struct SentenceConfig {
    max_seq_length: Option<usize>,
}

/// `1_Pooling/config.json` of sentence-transformers.
#[derive(Deserialize)]
struct PoolingConfig {
    #[serde(default)]
    pooling_mode_cls_token: bool,
    #[serde(default)]
    pooling_mode_mean_tokens: bool,
}

impl EncoderConfig {
    /// Reads `config.json` of `folder` and, where they exist, sentence-transformers' two files on
    /// length and pooling (256 tokens at most and the mean where they do not).
    ///
    /// # Errors
    /// [`TextError::Read`] and [`TextError::Config`], naming the file.
    pub fn from_folder(folder: &Path) -> Result<Self, TextError> {
        let path = folder.join("config.json");
        let bytes = read(&path, MAX_CONFIG_BYTES)?;
        let mut config = Self::from_hub_json(&bytes).map_err(|error| error.at(&path))?;
        let path = folder.join("sentence_bert_config.json");
        if path.exists() {
            let sentence: SentenceConfig =
                parse(&read(&path, MAX_CONFIG_BYTES)?).map_err(|e| e.at(&path))?;
            if let Some(length) = sentence.max_seq_length {
                config.max_tokens = length.min(config.positions);
            }
        }
        let path = folder.join("1_Pooling").join("config.json");
        if path.exists() {
            let pooling: PoolingConfig =
                parse(&read(&path, MAX_CONFIG_BYTES)?).map_err(|e| e.at(&path))?;
            config.pooling = match (
                pooling.pooling_mode_mean_tokens,
                pooling.pooling_mode_cls_token,
            ) {
                (true, false) => Pooling::Mean,
                (false, true) => Pooling::Cls,
                _ => {
                    return Err(config_error(
                        "only mean pooling or only [CLS] pooling is supported",
                    )
                    .at(&path));
                }
            };
        }
        config.validate().map_err(|error| error.at(&path))?;
        Ok(config)
    }

    /// Reads a Hugging Face `config.json`; mean pooling, at most 256 tokens.
    ///
    /// # Errors
    /// [`TextError::Config`] where a field is missing or the architecture is another.
    pub(crate) fn from_hub_json(bytes: &[u8]) -> Result<Self, TextError> {
        let hub: HubConfig = parse(bytes)?;
        let refuse = |field: &str, value: &Option<String>, wanted: &str| match value {
            Some(value) if value != wanted => Err(config_error(format!(
                "its {field} is \"{value}\", only \"{wanted}\" is supported"
            ))),
            _ => Ok(()),
        };
        refuse("model_type", &hub.model_type, "bert")?;
        refuse("hidden_act", &hub.hidden_act, "gelu")?;
        refuse(
            "position_embedding_type",
            &hub.position_embedding_type,
            "absolute",
        )?;
        let config = Self {
            hidden: hub.hidden_size,
            layers: hub.num_hidden_layers,
            heads: hub.num_attention_heads,
            intermediate: hub.intermediate_size,
            positions: hub.max_position_embeddings,
            vocabulary: hub.vocab_size,
            token_types: hub.type_vocab_size,
            layer_norm_eps: hub.layer_norm_eps,
            pooling: Pooling::Mean,
            max_tokens: hub.max_position_embeddings.min(256),
        };
        config.validate()?;
        Ok(config)
    }

    /// Refuses sizes with which the arithmetic would divide by zero or overflow.
    ///
    /// # Errors
    /// [`TextError::Config`].
    pub(crate) fn validate(&self) -> Result<(), TextError> {
        const WIDEST: usize = 1 << 16;
        let sizes = [
            ("hidden_size", self.hidden, WIDEST),
            ("num_hidden_layers", self.layers, 1 << 10),
            ("num_attention_heads", self.heads, WIDEST),
            ("intermediate_size", self.intermediate, 1 << 20),
            ("max_position_embeddings", self.positions, 1 << 20),
            ("vocab_size", self.vocabulary, 1 << 24),
            ("type_vocab_size", self.token_types, 1 << 16),
        ];
        for (name, value, most) in sizes {
            if value == 0 || value > most {
                return Err(config_error(format!("its {name} is {value}")));
            }
        }
        if !self.hidden.is_multiple_of(self.heads) {
            return Err(config_error(format!(
                "its width {} is not a multiple of its {} heads",
                self.hidden, self.heads
            )));
        }
        // Two are spent on [CLS] and [SEP].
        if self.max_tokens < 3 || self.max_tokens > self.positions {
            return Err(config_error(format!(
                "its longest text is {} tokens, with {} positions",
                self.max_tokens, self.positions
            )));
        }
        if !(self.layer_norm_eps.is_finite() && self.layer_norm_eps >= 0.0) {
            return Err(config_error("its layer_norm_eps is not a small number"));
        }
        Ok(())
    }
}

fn config_error(why: impl Into<String>) -> TextError {
    TextError::Config {
        why: why.into(),
        path: None,
    }
}

fn parse<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<T, TextError> {
    serde_json::from_slice(bytes)
        .map_err(|error| config_error(format!("it is not the expected JSON ({error})")))
}

/// Reads a file of at most `max_bytes`.
pub(super) fn read(path: &Path, max_bytes: u64) -> Result<Vec<u8>, TextError> {
    crate::files::read_whole(path, max_bytes).map_err(|source| TextError::Read {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"model_type":"bert","hidden_act":"gelu","hidden_size":8,
        "num_hidden_layers":1,"num_attention_heads":2,"intermediate_size":16,
        "max_position_embeddings":512,"vocab_size":30}"#;

    #[test]
    fn reads_sizes_and_fills_defaults() {
        let config = EncoderConfig::from_hub_json(GOOD.as_bytes()).unwrap();
        assert_eq!(
            (config.hidden, config.max_tokens, config.token_types),
            (8, 256, 2)
        );
        assert_eq!(config.layer_norm_eps, 1e-12);
    }

    #[test]
    fn refuses_what_it_cannot_compute() {
        for (from, to) in [
            ("\"bert\"", "\"mpnet\""),
            ("\"gelu\"", "\"relu\""),
            ("\"num_attention_heads\":2", "\"num_attention_heads\":3"),
            ("\"num_attention_heads\":2", "\"num_attention_heads\":0"),
            ("\"vocab_size\":30", "\"vocab_size\":99999999999"),
            (
                "\"max_position_embeddings\":512",
                "\"max_position_embeddings\":2",
            ),
            ("\"hidden_size\":8,", ""),
        ] {
            let json = GOOD.replace(from, to);
            let error = EncoderConfig::from_hub_json(json.as_bytes()).unwrap_err();
            assert!(matches!(error, TextError::Config { .. }), "{to}: {error}");
        }
    }
}
