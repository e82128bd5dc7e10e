//! Articles of the model's index that are listed.

use super::{StudyHit, TextToPredict};
use crate::provenance::ModelRecord;

/// What articles are looked for by.
#[derive(Debug, Clone, PartialEq)]
pub enum StudiesBy {
    /// How near they are to a place in the model's space.
    Latent(Vec<f32>),
    /// How near they are to texts.
    Text(TextToPredict),
    /// Their peaks within [`NEAR_MM`](crate::predict::NEAR_MM) of a place, RAS mm.
    Peaks([f64; 3]),
}

/// Articles found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StudyList {
    /// Best first.
    pub hits: Vec<StudyHit>,
    /// How many more answer what was asked and are not listed.
    pub beyond: usize,
    /// The model whose index it is.
    pub model: ModelRecord,
}
