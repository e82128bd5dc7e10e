//! The maps to be named: densities of all peaks of a task's studies, and z maps simulated from them.

use std::sync::Arc;

use super::super::EvalError;
use super::super::voxels::Thinned;
use crate::align::Rows;
use crate::bundle::Bundle;
use crate::corpus::Kernel;
use crate::decode::{DecodeError, Tail, tail_features};
use crate::measure::smooth;
use crate::progress::Progress;
use crate::seed::{Seed, normal};
use crate::volume::{MapKind, Mask, Volume};

/// Width of the noise in simulated z maps.
const NOISE_FWHM_MM: f64 = 8.0;

/// A map to be named, over the mask of the models.
#[derive(Debug, Clone)]
pub(super) struct NamedMap {
    pub values: Vec<f32>,
    /// Where it is known; everywhere if absent.
    pub seen: Option<Arc<[bool]>>,
    /// Whether the modes are fitted where it is known only.
    pub fit_where_seen: bool,
}

impl NamedMap {
    /// One that is known everywhere.
    pub fn whole(values: Vec<f32>) -> Self {
        Self {
            values,
            seen: None,
            fit_where_seen: false,
        }
    }

    /// Share of the mask where it is known.
    fn coverage(&self) -> f32 {
        self.seen.as_ref().map_or(1.0, |seen| {
            seen.iter().filter(|seen| **seen).count() as f32 / seen.len().max(1) as f32
        })
    }
}

/// Maps and what methods read of them.
pub(super) struct Maps {
    pub maps: Vec<NamedMap>,
    /// Features of their positive sides, a row a map; zeros where there is nothing to read.
    pub features: Rows,
    /// Their values on every third voxel, for peers that read those; of width 0 where none does.
    pub voxels: Rows,
}

impl Maps {
    /// Reads the positive sides as decoding does.
    pub fn read(
        bundle: &Bundle,
        maps: Vec<NamedMap>,
        thinned: Option<&Thinned>,
        progress: &Progress,
    ) -> Result<Self, EvalError> {
        let width = bundle.atlas.modes();
        let mut rows = Vec::with_capacity(maps.len());
        for map in &maps {
            progress.check()?;
            let seen = map.seen.as_deref().filter(|_| map.fit_where_seen);
            let features = tail_features(bundle, &map.values, Tail::Pos, map.coverage(), seen);
            rows.push(match features {
                Ok(features) => features,
                Err(DecodeError::Cancelled(cancelled)) => return Err(cancelled.into()),
                Err(_) => vec![0.0; width],
            });
        }
        let features = Rows::from_rows(rows.iter().map(Vec::as_slice), width);
        let voxels = thinned.map_or_else(Rows::default, |thinned| {
            let rows: Vec<Vec<f32>> = maps.iter().map(|m| thinned.gather(&m.values)).collect();
            Rows::from_rows(rows.iter().map(Vec::as_slice), thinned.len())
        });
        Ok(Self {
            maps,
            features,
            voxels,
        })
    }

    /// Whether nothing can be read of a map.
    pub fn is_blank(&self, map: usize) -> bool {
        self.features.row(map).iter().all(|&v| v == 0.0)
    }
}

/// Density of all peaks of some studies together.
pub(super) fn density(peaks: &[&[[f32; 3]]], kernel: Kernel, mask: &Mask) -> Vec<f32> {
    kernel.map(&peaks.concat(), mask).to_dense(mask.len())
}

/// A z map with its highest value near `peak`: a density, less another's at half the height, in noise.
pub(super) fn simulated_z(
    own: &[f32],
    other: Option<&[f32]>,
    noise: &[f32],
    peak: f32,
) -> Vec<f32> {
    let highest = |map: &[f32]| map.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let up = peak / highest(own);
    let down = other.map_or(0.0, |other| 0.5 * peak / highest(other));
    let value = |voxel: usize| {
        let lobe = other.map_or(0.0, |other| down * other[voxel]);
        up * own[voxel] - lobe + noise[voxel]
    };
    (0..own.len()).map(value).collect()
}

/// Smooth Gaussian noise of mean square 1 over the mask.
pub(super) fn smooth_noise(
    mask: &Mask,
    seed: Seed,
    number: u64,
    progress: &Progress,
) -> Result<Vec<f32>, EvalError> {
    let mut rng = seed.stream("noise of simulated maps", number);
    let white = normal(&mut rng, mask.grid.len());
    let noise = on_grid(mask, white, |volume| {
        Ok(smooth(volume, NOISE_FWHM_MM, progress)
            .map_err(|error| EvalError::of_map(&error, progress))?
            .to_vec())
    })?;
    let square = noise.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>();
    let scale = (noise.len() as f64 / square.max(f64::MIN_POSITIVE)).sqrt() as f32;
    Ok(noise.into_iter().map(|v| v * scale).collect())
}

/// What `change` makes of values on the mask's whole grid, read off at the mask.
pub(super) fn on_grid(
    mask: &Mask,
    values: Vec<f32>,
    change: impl FnOnce(&Volume) -> Result<Vec<f32>, EvalError>,
) -> Result<Vec<f32>, EvalError> {
    let volume = Volume::derived(mask.grid, values.into(), MapKind::Z, "map");
    let changed = change(&volume.ok_or(EvalError::Nothing)?)?;
    mask.gather(&changed).ok_or(EvalError::Nothing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::mask_2mm;

    #[test]
    fn noise_has_unit_variance_and_its_seeds_differ() {
        let mask = mask_2mm();
        let noise = |number| smooth_noise(mask, Seed(1), number, &Progress::new()).unwrap();
        let (a, b) = (noise(0), noise(1));
        let mean = |f: &dyn Fn(usize) -> f32| {
            (0..a.len()).map(|i| f64::from(f(i))).sum::<f64>() / a.len() as f64
        };
        assert!((mean(&|i| a[i] * a[i]) - 1.0).abs() < 1e-3);
        assert!(mean(&|i| a[i]).abs() < 0.05);
        assert!(mean(&|i| a[i] * b[i]).abs() < 0.05);
        assert_eq!(a, noise(0));
        // Neighbours are alike: 8 mm wide noise correlates at 2 mm by exp(−2² ln 2 / 8² · 2) = 0.917.
        let near = mean(&|i| a[i] * a[(i + 1) % a.len()]);
        assert!((near - 0.917).abs() < 0.04, "{near}");
    }

    #[test]
    fn a_simulated_map_has_its_peak_and_the_other_below() {
        let (own, other) = ([0.0, 2.0, 1.0, 0.0], [0.0, 0.0, 0.0, 7.0]);
        let map = simulated_z(&own, Some(&other), &[0.0, 0.0, 0.0, 0.25], 8.0);
        assert_eq!(map, [0.0, 8.0, 4.0, -3.75]);
        let alone = simulated_z(&own, None, &[1.0; 4], 4.0);
        assert_eq!(alone, [1.0, 5.0, 3.0, 1.0]);
    }
}
