//! Sentences → embeddings.
//!
//! [`MiniLm::embedded`] is the encoder every bundle of ours is trained with;
//! [`MiniLm::from_safetensors`] takes any local BERT sentence encoder.

mod bert;
mod config;
mod error;
mod fused;
mod lexical;
mod minilm;
mod quantise;
mod tokens;
mod weights;

pub use config::{EncoderConfig, Pooling};
pub use error::TextError;
pub(crate) use lexical::words;
pub use lexical::{Lexical, Terms, literature_terms};
pub use minilm::MiniLm;
pub use quantise::{compact_tokenizer, quantise};

use crate::progress::Progress;

/// What the vectors of an encoder are: equal fingerprints mean comparable vectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Embedding {
    /// Numbers in a vector.
    pub dim: usize,
    /// sha256 (hexadecimal) of weights, tokenizer, pooling and greatest length.
    pub fingerprint: String,
}

/// A text's embedding at unit length beside its terms.
pub(crate) fn unit_beside(sentence: &[f32], terms: &[f32]) -> Vec<f32> {
    let length = crate::linalg::dot_wide(sentence, sentence).sqrt();
    let scale = if length > 1e-30 { 1.0 / length } else { 0.0 };
    let sentence = sentence.iter().map(|&v| (f64::from(v) * scale) as f32);
    sentence.chain(terms.iter().copied()).collect()
}

/// A text of any length in numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct LongText {
    /// Its unit vector.
    pub vector: Vec<f32>,
    /// Parts that fit the encoder.
    pub parts: usize,
    /// Parts that were read: all, or as many evenly spaced ones as time allows.
    pub read: usize,
}

/// The program's own encoder, loaded when first asked for.
///
/// # Errors
/// As [`MiniLm::embedded`].
pub fn embedded_encoder() -> Result<&'static dyn TextEncoder, TextError> {
    MiniLm::embedded().map(|encoder| encoder as &dyn TextEncoder)
}

/// Turns texts into unit vectors.
pub trait TextEncoder: Send + Sync {
    /// One unit vector of [`TextEncoder::dim`] numbers a text, in their order.
    ///
    /// # Errors
    /// [`TextError::Cancelled`] soon after `task` is cancelled; other [`TextError`]s where the
    /// encoder itself fails.
    fn embed(&self, texts: &[&str], progress: &Progress) -> Result<Vec<Vec<f32>>, TextError>;

    /// The unit vector of a text of any length: the mean of those of its parts that fit the encoder, each counting by
    /// its length. Encoders that know no parts read the beginning.
    ///
    /// # Errors
    /// As [`TextEncoder::embed`].
    fn embed_long(&self, text: &str, progress: &Progress) -> Result<LongText, TextError> {
        let mut vectors = self.embed(&[text], progress)?;
        Ok(LongText {
            vector: vectors.pop().unwrap_or_default(),
            parts: 1,
            read: 1,
        })
    }

    /// Numbers in a vector.
    fn dim(&self) -> usize;

    /// Identifies the encoder with everything its vectors depend on.
    fn fingerprint(&self) -> &str;
}
