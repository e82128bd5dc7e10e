//! The sentence encoder: tokenizer, BERT, pooling, unit length.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::Device;
use rayon::prelude::*;

use super::bert::{Batch, Bert};
use super::config::{EncoderConfig, Pooling, read};
use super::error::TextError;
use super::quantise::EncoderManifest;
use super::tokens::Tokens;
use super::weights::{WeightFile, bad};
use super::{Embedding, LongText, TextEncoder};
use crate::files::hex_sha256;
use crate::progress::Progress;

/// Weights of the largest encoder that is of any use on a desk.
const MAX_WEIGHT_BYTES: u64 = 4 << 30;
/// Tokenizers of many languages take some tens of megabytes.
const MAX_TOKENIZER_BYTES: u64 = 256 << 20;

static WEIGHTS: &[u8] = include_bytes!("../../assets/encoder/minilm-l6-v2.int8.safetensors");
static TOKENIZER: &[u8] = include_bytes!("../../assets/encoder/tokenizer.json");

/// Padded tokens in a batch: large enough for the matrix products, small enough that the
/// feed-forward layer's activations (6 kB a token) stay in the cache.
const BATCH_TOKENS: usize = 1024;
/// Parts of a long text that are read, evenly spaced: 64 of 256 tokens are a long article's body and take about ten
/// seconds on two cores.
const MAX_PARTS: usize = 64;
/// A text longer than this is split in steps.
const PIECE_BYTES: usize = 64 << 10;

/// all-MiniLM-L6-v2 (384 numbers a sentence), or any BERT sentence encoder of other sizes.
pub struct MiniLm {
    bert: Bert,
    tokens: Tokens,
    config: EncoderConfig,
    embedding: Embedding,
}

impl MiniLm {
    /// The encoder in the program, loaded at the first call (int8 weights, cosine to the original
    /// ≥ 0.999).
    ///
    /// # Errors
    /// [`TextError`] where the program file itself is damaged.
    pub fn embedded() -> Result<&'static Self, TextError> {
        static ENCODER: OnceLock<MiniLm> = OnceLock::new();
        if let Some(encoder) = ENCODER.get() {
            return Ok(encoder);
        }
        // Loading uses the thread pool, so it must not happen under a lock: a pool thread waiting
        // inside could pick up a job that asks for the same lock. Two first callers at once load
        // twice, and the first to finish wins.
        let encoder = Self::from_bytes(WEIGHTS, TOKENIZER, None)?;
        Ok(ENCODER.get_or_init(|| encoder))
    }

    /// A local encoder: a safetensors file with the BERT tensor names, `config.json` beside it
    /// (and `sentence_bert_config.json`, `1_Pooling/config.json` where they exist), and a
    /// `tokenizer.json`. Our own int8 files carry their configuration themselves.
    ///
    /// # Errors
    /// [`TextError`], naming the file that cannot be used.
    pub fn from_safetensors(model: &Path, tokenizer: &Path) -> Result<Self, TextError> {
        let weights = read(model, MAX_WEIGHT_BYTES)?;
        let tokenizer_bytes = read(tokenizer, MAX_TOKENIZER_BYTES)?;
        let config = match EncoderManifest::read(&weights).map_err(|error| error.at(model))? {
            Some(manifest) => manifest.config,
            None => EncoderConfig::from_folder(model.parent().unwrap_or(Path::new(".")))?,
        };
        Self::from_bytes(&weights, &tokenizer_bytes, Some(config)).map_err(|error| {
            let file = if matches!(error, TextError::Tokenizer { .. }) {
                tokenizer
            } else {
                model
            };
            error.at(file)
        })
    }

    /// An encoder from the bytes of its files; without `config` the weights must carry one.
    ///
    /// # Errors
    /// [`TextError`].
    pub fn from_bytes(
        weights: &[u8],
        tokenizer: &[u8],
        config: Option<EncoderConfig>,
    ) -> Result<Self, TextError> {
        let config = match config {
            Some(config) => config,
            None => {
                EncoderManifest::read(weights)?
                    .ok_or_else(|| bad("it does not describe its own configuration"))?
                    .config
            }
        };
        config.validate()?;
        let (bert, (tokens, fingerprint)) = rayon::join(
            || {
                let file = WeightFile::parse(weights)?;
                Bert::load(&file, &config, &Device::Cpu)
            },
            || {
                rayon::join(
                    || Tokens::parse(tokenizer, config.vocabulary, config.max_tokens),
                    || fingerprint(weights, tokenizer, &config),
                )
            },
        );
        Ok(Self {
            bert: bert?,
            tokens: tokens?,
            embedding: Embedding {
                dim: config.hidden,
                fingerprint,
            },
            config,
        })
    }

    /// What its vectors are.
    pub fn embedding(&self) -> &Embedding {
        &self.embedding
    }

    /// Its sizes, pooling and longest text.
    pub fn config(&self) -> &EncoderConfig {
        &self.config
    }

    /// Token ids of a text as the network sees them: cut, with `[CLS]` and `[SEP]`, not padded.
    ///
    /// # Errors
    /// [`TextError::Tokenizer`].
    pub fn token_ids(&self, text: &str) -> Result<Vec<u32>, TextError> {
        self.tokens.ids(text)
    }

    /// The unit vectors of token ids, in their order.
    fn embed_ids(&self, ids: &[Vec<u32>], progress: &Progress) -> Result<Vec<Vec<f32>>, TextError> {
        // Texts of like length share a batch, so that little of it is padding.
        let mut order: Vec<usize> = (0..ids.len()).collect();
        order.sort_by_key(|&index| std::cmp::Reverse(ids[index].len()));
        let batches = cut_batches(&order, ids);
        let total: usize = ids.iter().map(Vec::len).sum();
        let done = AtomicUsize::new(0);
        let embedded = batches
            .par_iter()
            .map(|&indices| {
                progress.check()?;
                let batch = Batch {
                    texts: indices.iter().map(|&index| ids[index].as_slice()).collect(),
                };
                let vectors = self.embed_batch(&batch, progress)?;
                if batches.len() > 1 {
                    let here: usize = batch.texts.iter().map(|ids| ids.len()).sum();
                    let sofar = done.fetch_add(here, Ordering::Relaxed) + here;
                    progress.set_fraction(sofar as f32 / total as f32);
                }
                Ok(vectors)
            })
            .collect::<Result<Vec<_>, TextError>>()?;
        let mut out = vec![Vec::new(); ids.len()];
        for (&index, vector) in order.iter().zip(embedded.into_iter().flatten()) {
            out[index] = vector;
        }
        Ok(out)
    }

    /// The sentence vectors of one batch.
    fn embed_batch(
        &self,
        batch: &Batch<'_>,
        progress: &Progress,
    ) -> Result<Vec<Vec<f32>>, TextError> {
        let hidden = self.config.hidden;
        let states = self.bert.forward(batch, progress)?;
        Ok(batch
            .texts
            .iter()
            .zip(states.chunks(batch.width() * hidden))
            .map(|(ids, states)| {
                let tokens = match self.config.pooling {
                    Pooling::Mean => ids.len(),
                    Pooling::Cls => 1,
                };
                let mut sum = vec![0f32; hidden];
                for state in states.chunks(hidden).take(tokens) {
                    sum.iter_mut().zip(state).for_each(|(s, v)| *s += v);
                }
                normalise(&mut sum);
                sum
            })
            .collect())
    }
}

impl TextEncoder for MiniLm {
    fn embed(&self, texts: &[&str], progress: &Progress) -> Result<Vec<Vec<f32>>, TextError> {
        progress.check()?;
        let ids = texts
            .par_iter()
            .map(|text| {
                progress.check()?;
                self.tokens.ids(text)
            })
            .collect::<Result<Vec<_>, _>>()?;
        self.embed_ids(&ids, progress)
    }

    fn embed_long(&self, text: &str, progress: &Progress) -> Result<LongText, TextError> {
        let mut ids = Vec::new();
        for piece in pieces(text) {
            progress.check()?;
            ids.extend(self.tokens.parts(piece)?);
        }
        let parts = ids.len();
        if parts > MAX_PARTS {
            ids = (0..MAX_PARTS)
                .map(|n| std::mem::take(&mut ids[n * parts / MAX_PARTS]))
                .collect();
        }
        let vectors = self.embed_ids(&ids, progress)?;
        let vector = match <[Vec<f32>; 1]>::try_from(vectors) {
            Ok([one]) => one,
            Err(vectors) => {
                let mut sum = vec![0.0; self.dim()];
                for (vector, ids) in vectors.iter().zip(&ids) {
                    let length = ids.len() as f32;
                    sum.iter_mut()
                        .zip(vector)
                        .for_each(|(s, v)| *s += length * v);
                }
                normalise(&mut sum);
                sum
            }
        };
        Ok(LongText {
            vector,
            parts,
            read: ids.len(),
        })
    }

    fn dim(&self) -> usize {
        self.embedding.dim
    }

    fn fingerprint(&self) -> &str {
        &self.embedding.fingerprint
    }
}

/// A long text in pieces that end at white space where there is any, so that it is split in steps that can be stopped.
fn pieces(mut text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    while text.len() > PIECE_BYTES {
        let mut end = PIECE_BYTES;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let (head, _) = text.split_at(end);
        let end = head.rfind(char::is_whitespace).filter(|&at| at > 0);
        let (piece, rest) = text.split_at(end.unwrap_or(head.len()));
        pieces.push(piece);
        text = rest;
    }
    pieces.push(text);
    pieces
}

/// Cuts `order` (longest text first) into runs of at most [`BATCH_TOKENS`] padded tokens.
fn cut_batches<'a>(order: &'a [usize], ids: &[Vec<u32>]) -> Vec<&'a [usize]> {
    let mut batches = Vec::new();
    let mut rest = order;
    while let Some(&longest) = rest.first() {
        let fit = (BATCH_TOKENS / ids[longest].len().max(1)).clamp(1, rest.len());
        let (batch, left) = rest.split_at(fit);
        batches.push(batch);
        rest = left;
    }
    batches
}

/// Brings a vector to unit length; a vector of zeros stays one.
fn normalise(vector: &mut [f32]) {
    let length = vector.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-12);
    vector.iter_mut().for_each(|v| *v /= length);
}

/// Everything an embedding depends on, as one hash.
fn fingerprint(weights: &[u8], tokenizer: &[u8], config: &EncoderConfig) -> String {
    let text = format!(
        "gyrus-encoder/1\nweights {}\ntokenizer {}\nconfig {config:?}\n",
        hex_sha256(weights),
        hex_sha256(tokenizer),
    );
    hex_sha256(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_hold_every_text_once_and_respect_the_budget() {
        let ids: Vec<Vec<u32>> = (0..300).map(|i| vec![0; 256 - i % 250]).collect();
        let mut order: Vec<usize> = (0..ids.len()).collect();
        order.sort_by_key(|&i| std::cmp::Reverse(ids[i].len()));
        let batches = cut_batches(&order, &ids);
        let mut seen: Vec<usize> = batches.iter().flat_map(|b| b.iter().copied()).collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..300).collect::<Vec<_>>());
        for batch in batches {
            assert!(batch.len() * ids[batch[0]].len() <= BATCH_TOKENS);
        }
    }

    #[test]
    fn a_long_text_is_the_mean_of_its_parts_and_a_short_one_itself() {
        let encoder = MiniLm::embedded().unwrap();
        let progress = Progress::new();
        let short = encoder.embed_long("finger tapping", &progress).unwrap();
        let alone = encoder.embed(&["finger tapping"], &progress).unwrap();
        assert_eq!(
            (short.vector, short.parts, short.read),
            (alone[0].clone(), 1, 1)
        );
        // Every word is one token: 254 a part beside the two special ones.
        let words = |word: &str, n: usize| [word].repeat(n).join(" ");
        let long = format!("{} {}", words("pain", 254), words("music", 127));
        let read = encoder.embed_long(&long, &progress).unwrap();
        assert_eq!((read.parts, read.read), (2, 2));
        let (first, second) = (words("pain", 254), words("music", 127));
        let parts = encoder.embed(&[&first, &second], &progress).unwrap();
        let mut mean: Vec<f32> = parts[0]
            .iter()
            .zip(&parts[1])
            .map(|(a, b)| 256.0 * a + 129.0 * b)
            .collect();
        normalise(&mut mean);
        let far = mean.iter().zip(&read.vector).map(|(a, b)| (a - b).abs());
        assert!(far.fold(0.0, f32::max) < 1e-5);
    }

    #[test]
    fn pieces_are_the_text_and_end_between_words() {
        let text = "wörter und brücken ".repeat(20_000);
        let found = pieces(&text);
        assert_eq!(found.concat(), text);
        assert!(found.iter().all(|piece| piece.len() <= PIECE_BYTES));
        assert!(found[1..].iter().all(|piece| piece.starts_with(' ')));
        let unbroken = "ü".repeat(PIECE_BYTES);
        assert_eq!(pieces(&unbroken).concat(), unbroken);
        assert_eq!(pieces(""), [""]);
    }

    #[test]
    fn no_texts_give_no_vectors() {
        let encoder = MiniLm::embedded().unwrap();
        assert!(encoder.embed(&[], &Progress::new()).unwrap().is_empty());
    }
}
