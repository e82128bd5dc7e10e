//! The unit of predicted values.

use rayon::prelude::*;

use super::PredictError;
use super::kept::Kept;
use crate::align::MapDecoder;
use crate::bundle::Bundle;
use crate::linalg::dot_wide;
use crate::progress::{Cancelled, Progress};

/// The unit of a model's predictions: a typical task's map peaks at 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit {
    /// Length of the features predicted for a typical task: the median over the model's tasks.
    typical_length: f32,
}

impl Unit {
    /// Worked out once a model.
    ///
    /// # Errors
    /// A stop.
    pub(super) fn of(
        bundle: &Bundle,
        decoder: &MapDecoder,
        progress: &Progress,
    ) -> Result<Self, PredictError> {
        static KNOWN: Kept<Unit> = Kept::new(4);
        KNOWN.get(bundle.fingerprint(), || {
            let mut lengths = (0..bundle.tasks.len())
                .into_par_iter()
                .map(|row| {
                    progress.check()?;
                    Ok(length(&decoder.forward(&bundle.task_latent(row))))
                })
                .collect::<Result<Vec<f32>, Cancelled>>()?;
            lengths.retain(|length| length.is_finite() && *length > 0.0);
            lengths.sort_by(f32::total_cmp);
            Ok(Self {
                // A model without tasks has no typical one.
                typical_length: lengths.get(lengths.len() / 2).copied().unwrap_or(1.0),
            })
        })
    }

    /// What the values that follow from `features` are multiplied by.
    ///
    /// # Errors
    /// [`PredictError::NoMap`] where every value is 0 or one is not finite.
    pub(super) fn factor(self, features: &[f32], values: &[f32]) -> Result<f64, PredictError> {
        factor_to(values, length(features) / self.typical_length)
    }

    /// The map of predicted features, in the order of the atlas's mask.
    ///
    /// # Errors
    /// As [`Unit::factor`].
    pub(super) fn map(self, bundle: &Bundle, features: &[f32]) -> Result<Vec<f32>, PredictError> {
        let mut values = bundle.preprocess.reconstruct(&bundle.atlas, features);
        let factor = self.factor(features, &values)?;
        values.iter_mut().for_each(|v| *v = times(*v, factor));
        Ok(values)
    }
}

/// A value in the unit.
pub(super) fn times(value: f32, factor: f64) -> f32 {
    (f64::from(value) * factor) as f32
}

/// What brings the largest magnitude to `wanted`.
///
/// # Errors
/// [`PredictError::NoMap`] where every value is 0 or one is not finite.
fn factor_to(values: &[f32], wanted: f32) -> Result<f64, PredictError> {
    let peak = values.iter().fold(0.0_f32, |peak, v| {
        if v.is_finite() {
            peak.max(v.abs())
        } else {
            f32::INFINITY
        }
    });
    if !(peak.is_finite() && peak > 0.0) {
        return Err(PredictError::NoMap);
    }
    Ok(f64::from(wanted) / f64::from(peak))
}

/// Euclidean length.
fn length(features: &[f32]) -> f32 {
    dot_wide(features, features).sqrt() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_maps_stay_weak() {
        let values = [1.0, -2.0, 0.0];
        let factor = factor_to(&values, 0.5).unwrap();
        assert_eq!(values.map(|v| times(v, factor)), [0.25, -0.5, 0.0]);
        for nothing in [[0.0, 0.0], [1.0, f32::NAN]] {
            assert!(matches!(factor_to(&nothing, 1.0), Err(PredictError::NoMap)));
        }
    }
}
