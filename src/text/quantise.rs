//! Writes the form of an encoder that is embedded: int8 matrices with scales.
//!
//! Run by `cargo run --release --example convert-encoder -- MODEL_FOLDER OUT_FOLDER`.

use std::collections::{BTreeMap, HashMap};

use half::f16;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::config::EncoderConfig;
use super::error::TextError;
use super::tokens::Tokens;
use super::weights::{WeightFile, bad, scale_name};
use crate::files::hex_sha256;
use crate::tensors::{Container, Dtype, Tensor};

/// The metadata entry that marks our own files.
pub(super) const METADATA_KEY: &str = "gyrus_encoder";

/// What our encoder files say about themselves.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct EncoderManifest {
    /// Version of the layout, 1.
    pub version: u32,
    /// Name of the model the weights are from.
    pub source: String,
    /// sha256 of the file they were read from.
    pub source_sha256: String,
    /// Licence of the model.
    pub licence: String,
    /// Sizes, pooling and length.
    pub config: EncoderConfig,
}

impl EncoderManifest {
    /// The manifest of a safetensors file, `None` where it is not one of ours.
    ///
    /// # Errors
    /// [`TextError::Weights`] where it is ours but newer or damaged.
    pub fn read(bytes: &[u8]) -> Result<Option<Self>, TextError> {
        let file = Container::from_bytes(bytes)?;
        let Some(json) = file.metadata.get(METADATA_KEY) else {
            return Ok(None);
        };
        let manifest: Self = serde_json::from_str(json)
            .map_err(|error| bad(format!("its description is damaged ({error})")))?;
        if manifest.version != 1 {
            return Err(bad(format!(
                "it has layout {}, this program reads 1",
                manifest.version
            )));
        }
        manifest.config.validate()?;
        Ok(Some(manifest))
    }
}

/// How a matrix is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As f32.
    Exact,
    /// As int8 with one f16 scale for each run of so many columns.
    Int8 { block: usize },
}

/// Columns that share a scale in the layers' matrices. Measured against the original on titles and
/// odd texts (empty, "?!"): a scale a row gives a least cosine of 0.9964, 64 columns 0.9992, 32
/// columns 0.9993; most of the loss is in the second feed-forward matrices, whose rows have outliers.
const BLOCK: usize = 32;

/// The word table is half the file and forgiving (0.9999 with a scale a row); position and
/// token-type rows are in every text, so their errors do not average out, and they are small.
fn form(name: &str, columns: usize) -> Form {
    if name.contains("position_embeddings") || name.contains("token_type_embeddings") {
        Form::Exact
    } else if name.contains("word_embeddings") || !columns.is_multiple_of(BLOCK) {
        Form::Int8 { block: columns }
    } else {
        Form::Int8 { block: BLOCK }
    }
}

/// Writes `values` as int8 into `out` and returns their scale: the greatest magnitude becomes ±127.
fn quantise_block(values: &[f32], out: &mut [i8]) -> f16 {
    let greatest = values.iter().fold(0f32, |m, v| m.max(v.abs()));
    // Rounded first, so that the cells are the nearest ones for the scale that is stored.
    let scale = f16::from_f32(greatest / 127.0);
    let step = f32::from(scale);
    for (out, &value) in out.iter_mut().zip(values) {
        *out = if step > 0.0 {
            (value / step).round().clamp(-127.0, 127.0) as i8
        } else {
            0
        };
    }
    scale
}

/// The int8 form of `model` (a safetensors file with the sizes of `config`): matrices as int8
/// with f16 scales, small tables and vectors as f32; the pooler head, which sentence encoders do not use,
/// is left out. The same input gives the same bytes.
///
/// # Errors
/// [`TextError::Weights`] where a tensor is missing or misshapen.
pub fn quantise(
    model: &[u8],
    config: &EncoderConfig,
    source: &str,
    licence: &str,
) -> Result<Vec<u8>, TextError> {
    config.validate()?;
    let file = WeightFile::parse(model)?;
    let mut tensors: BTreeMap<String, Tensor<'static>> = BTreeMap::new();
    for (name, shape) in tensor_shapes(config) {
        let (columns, values) = match shape[..] {
            [rows, columns] => (columns, file.matrix(&name, rows, columns)?),
            _ => (0, file.vector(&name, shape[0])?),
        };
        match form(&name, columns) {
            Form::Int8 { block } if columns > 0 => {
                let mut cells = vec![0i8; values.len()];
                let scales: Vec<f16> = values
                    .par_chunks(block)
                    .zip(cells.par_chunks_mut(block))
                    .map(|(values, out)| quantise_block(values, out))
                    .collect();
                let scales: Vec<u8> = scales.iter().flat_map(|s| s.to_le_bytes()).collect();
                let of = scale_name(&name);
                let scale_shape = [shape[0], columns / block];
                let scales = Tensor::new(of.clone(), Dtype::F16, &scale_shape, scales);
                tensors.insert(of, scales);
                let cells = Tensor::i8(name.clone(), &shape, &cells);
                tensors.insert(name, cells);
            }
            _ => {
                let exact = Tensor::f32(name.clone(), &shape, &values);
                tensors.insert(name, exact);
            }
        }
    }
    let manifest = EncoderManifest {
        version: 1,
        source: source.to_owned(),
        source_sha256: hex_sha256(model),
        licence: licence.to_owned(),
        config: config.clone(),
    };
    let json = serde_json::to_string(&manifest)
        .map_err(|error| bad(format!("its description cannot be written ({error})")))?;
    // A single entry: a map of several would be written in a random order.
    let metadata = HashMap::from([(METADATA_KEY.to_owned(), json)]);
    safetensors::serialize(&tensors, Some(metadata))
        .map_err(|error| bad(format!("the file cannot be written ({error})")))
}

/// A `tokenizer.json` with the length of `config`, no padding and no white space.
///
/// # Errors
/// [`TextError::Tokenizer`].
pub fn compact_tokenizer(tokenizer: &[u8], config: &EncoderConfig) -> Result<String, TextError> {
    Tokens::parse(tokenizer, config.vocabulary, config.max_tokens)?.to_json()
}

/// Names and shapes of all tensors an encoder of these sizes needs.
fn tensor_shapes(config: &EncoderConfig) -> Vec<(String, Vec<usize>)> {
    let (hidden, wide) = (config.hidden, config.intermediate);
    let mut shapes = vec![];
    let mut matrix = |name: String, rows: usize, columns: usize| {
        shapes.push((format!("{name}.weight"), vec![rows, columns]));
        if !name.contains("_embeddings") {
            shapes.push((format!("{name}.bias"), vec![rows]));
        }
    };
    let tables = [
        ("word", config.vocabulary),
        ("position", config.positions),
        ("token_type", config.token_types),
    ];
    for (table, rows) in tables {
        matrix(format!("embeddings.{table}_embeddings"), rows, hidden);
    }
    for layer in 0..config.layers {
        let at = |part: &str| format!("encoder.layer.{layer}.{part}");
        for part in ["self.query", "self.key", "self.value", "output.dense"] {
            matrix(at(&format!("attention.{part}")), hidden, hidden);
        }
        matrix(at("intermediate.dense"), wide, hidden);
        matrix(at("output.dense"), hidden, wide);
    }
    let norms = (0..config.layers).flat_map(|layer| {
        ["attention.output", "output"].map(|part| format!("encoder.layer.{layer}.{part}"))
    });
    for at in norms.chain(["embeddings".to_owned()]) {
        for part in ["weight", "bias"] {
            shapes.push((format!("{at}.LayerNorm.{part}"), vec![hidden]));
        }
    }
    shapes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_within_half_a_step() {
        for size in [1e-6f32, 0.05, 30.0] {
            let values: Vec<f32> = (0..32).map(|i| (i as f32 * 0.37).sin() * size).collect();
            let mut cells = vec![0i8; 32];
            let step = f32::from(quantise_block(&values, &mut cells));
            for (value, &cell) in values.iter().zip(&cells) {
                let error = (value - f32::from(cell) * step).abs();
                // The greatest is cut by as much as the scale was rounded, 2⁻¹¹ of it or, below
                // f16's normal range, 127 · 2⁻²⁵.
                let cut = size / 2048.0 + 127.0 / 33_554_432.0;
                assert!(error <= 0.5 * step + cut, "{value} {cell} {step}");
            }
        }
    }

    #[test]
    fn zeros_have_scale_zero() {
        let mut cells = vec![7i8; 4];
        assert_eq!(quantise_block(&[0.0; 4], &mut cells), f16::ZERO);
        assert_eq!(cells, [0; 4]);
    }
}
