//! The unit of predicted values.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::PredictError;
use crate::align::MapDecoder;
use crate::bundle::Bundle;
use crate::linalg::dot_wide;
use crate::progress::{Cancelled, Progress};

/// Models whose unit is kept.
const KEPT_UNITS: usize = 4;

/// The length of the features predicted for a typical task: the median over the model's tasks. Worked out once
/// a model.
///
/// # Errors
/// A stop.
pub(super) fn typical_length(
    bundle: &Bundle,
    decoder: &MapDecoder,
    progress: &Progress,
) -> Result<f32, PredictError> {
    static KNOWN: Mutex<Vec<(String, f32)>> = Mutex::new(Vec::new());
    // Entries are pushed whole: a list whose lock is poisoned is still sound.
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let key = bundle.fingerprint();
    if let Some((_, unit)) = known().iter().find(|(k, _)| k == key) {
        return Ok(*unit);
    }
    let mut lengths = (0..bundle.tasks.len())
        .into_par_iter()
        .map(|row| {
            progress.check()?;
            Ok(length(&decoder.forward(&bundle.task_latent(row))))
        })
        .collect::<Result<Vec<f32>, Cancelled>>()?;
    lengths.retain(|length| length.is_finite() && *length > 0.0);
    lengths.sort_by(f32::total_cmp);
    // A model without tasks has no typical one.
    let unit = lengths.get(lengths.len() / 2).copied().unwrap_or(1.0);
    let mut units = known();
    if units.len() == KEPT_UNITS {
        units.remove(0);
    }
    units.push((key.to_owned(), unit));
    Ok(unit)
}

/// Euclidean length.
pub(super) fn length(features: &[f32]) -> f32 {
    dot_wide(features, features).sqrt() as f32
}
