//! What the model predicts for the literature at large, voxel by voxel: some places (insula, anterior cingulate) are
//! reported by studies of nearly everything, so a predicted density is high there whatever the text.

use std::sync::Arc;

use rayon::prelude::*;

use super::PredictError;
use super::kept::Kept;
use super::scale::Unit;
use crate::align::MapDecoder;
use crate::bundle::Bundle;
use crate::progress::{Cancelled, Progress};

/// Mean and standard deviation of predicted values over the literature, in the order of the atlas's mask.
pub(super) struct BaseRate {
    mean: Vec<f32>,
    sd: Vec<f32>,
}

impl BaseRate {
    /// Worked out once a model: over the maps predicted for its tasks, each counting as often as the literature is
    /// about it.
    ///
    /// # Errors
    /// A stop.
    pub(super) fn of(
        bundle: &Bundle,
        decoder: &MapDecoder,
        progress: &Progress,
    ) -> Result<Arc<Self>, PredictError> {
        // 1.8 MB each.
        static KNOWN: Kept<Arc<BaseRate>> = Kept::new(2);
        KNOWN.get(bundle.fingerprint(), || {
            progress.stage("Working out the base rate of the literature");
            Ok(Arc::new(Self::work_out(bundle, decoder, progress)?))
        })
    }

    fn work_out(
        bundle: &Bundle,
        decoder: &MapDecoder,
        progress: &Progress,
    ) -> Result<Self, PredictError> {
        let unit = Unit::of(bundle, decoder, progress)?;
        let tasks = bundle.tasks.len();
        let voxels = bundle.atlas.mask().len();
        let none = || (vec![0.0_f64; voxels], vec![0.0_f64; voxels]);
        // In parts of a fixed number, so that sums do not depend on the number of threads.
        let rows: Vec<usize> = (0..tasks).collect();
        let parts: Vec<(Vec<f64>, Vec<f64>)> = rows
            .par_chunks(40)
            .map(|part| {
                let (mut sum, mut squares) = none();
                for &row in part {
                    progress.check()?;
                    let features = decoder.forward(&bundle.task_latent(row));
                    // A task without a map adds nothing.
                    let Ok(map) = unit.map(bundle, &features) else {
                        continue;
                    };
                    let weight = f64::from(bundle.tasks.prior[row]);
                    for ((sum, squares), v) in sum.iter_mut().zip(&mut squares).zip(map) {
                        *sum += weight * f64::from(v);
                        *squares += weight * f64::from(v) * f64::from(v);
                    }
                }
                Ok((sum, squares))
            })
            .collect::<Result<_, Cancelled>>()?;
        let (mut mean, mut squares) = none();
        for (s, q) in parts {
            mean.iter_mut().zip(s).for_each(|(a, b)| *a += b);
            squares.iter_mut().zip(q).for_each(|(a, b)| *a += b);
        }
        let spread = |(mean, square): (&f64, &f64)| (square - mean * mean).max(0.0).sqrt();
        let sd: Vec<f64> = mean.iter().zip(&squares).map(spread).collect();
        // Where predictions hardly ever differ a small deviation would make much of nothing.
        let typical_sd = {
            let mut sorted = sd.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            sorted
                .get(sorted.len() / 2)
                .copied()
                .unwrap_or(1.0)
                .max(1e-6)
        };
        Ok(Self {
            mean: mean.iter().map(|&v| v as f32).collect(),
            sd: sd
                .iter()
                .map(|sd| sd.max(0.25 * typical_sd) as f32)
                .collect(),
        })
    }

    /// Values less a share of the mean, over the deviation to the power of that share: at 0 as they are, at 1 how many
    /// deviations they lie above the mean.
    pub(super) fn sharpen(&self, values: &mut [f32], share: f32) {
        for ((value, mean), sd) in values.iter_mut().zip(&self.mean).zip(&self.sd) {
            *value = (*value - share * mean) / sd.powf(share);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_the_values_themselves_to_their_z() {
        let rate = BaseRate {
            mean: vec![0.2, 0.5],
            sd: vec![0.1, 0.25],
        };
        let at = |share: f32| {
            let mut values = [0.4, 0.25];
            rate.sharpen(&mut values, share);
            values
        };
        assert_eq!(at(0.0), [0.4, 0.25]);
        let z = at(1.0);
        assert!(
            (z[0] - 2.0).abs() < 1e-5 && (z[1] + 1.0).abs() < 1e-5,
            "{z:?}"
        );
        let half = at(0.5);
        assert!((half[0] - 0.3 / 0.1_f32.sqrt()).abs() < 1e-5);
    }
}
