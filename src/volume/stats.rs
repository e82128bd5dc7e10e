//! Ranges and thresholds of a map, over finite values only.

use rayon::prelude::*;

use super::sample::trilinear;
use super::sums::Sums;
use super::{MapKind, Volume, VolumeData};

/// A summary of the finite values. All fields are 0 for an empty map.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize)]
pub struct Stats {
    /// Smallest finite value.
    pub min: f32,
    /// Largest finite value.
    pub max: f32,
    /// Mean of the finite values.
    pub mean: f64,
    /// Voxels with data.
    pub finite: usize,
    /// Finite voxels that are not 0.
    pub nonzero: usize,
    /// Voxels above 0.
    pub positive: usize,
    /// Voxels below 0.
    pub negative: usize,
}

/// z and t maps start at this threshold.
const STATISTIC_THRESHOLD: f32 = 3.1;
/// Where the threshold of predicted maps starts, in their own unit: the same for all, so that a weak map
/// looks weak.
const PREDICTED_THRESHOLD: f32 = 0.3;

/// Values summed by one thread at a time.
const PART: usize = 1 << 18;

impl Volume {
    /// Scalar values as they are; labels as numbers; colours as `None`.
    fn for_each_finite(&self, mut take: impl FnMut(f32)) {
        match &self.data {
            VolumeData::Scalar(values) => values
                .iter()
                .copied()
                .filter(|v| v.is_finite())
                .for_each(take),
            VolumeData::Label(labels) => labels.iter().for_each(|&l| take(l as f32)),
            VolumeData::Rgba(_) => {}
        }
    }

    /// Minimum, maximum and counts. One pass over the map, whatever the number of threads with the
    /// same result.
    pub fn stats(&self) -> Stats {
        let sums = match &self.data {
            VolumeData::Scalar(values) => values
                .par_chunks(PART)
                .map(Sums::of)
                .collect::<Vec<_>>()
                .into_iter()
                .fold(Sums::default(), Sums::with),
            VolumeData::Label(labels) => labels
                .par_chunks(PART)
                .map(|labels| {
                    let values: Vec<f32> = labels.iter().map(|&label| label as f32).collect();
                    Sums::of(&values)
                })
                .collect::<Vec<_>>()
                .into_iter()
                .fold(Sums::default(), Sums::with),
            VolumeData::Rgba(_) => Sums::default(),
        };
        sums.stats()
    }

    /// The `percent`-th percentile (0..=100, nearest rank) of the strength |v| of values that are
    /// finite and not 0: maps are mostly zeros, and percentiles over all voxels would be 0. 0 for an
    /// empty map.
    pub fn strength_percentile(&self, percent: f64) -> f32 {
        // The bits of positive floats are in their order: two counts of half the bits each find the one
        // of any rank without a copy of the map.
        let strengths = |take: &mut dyn FnMut(u32)| {
            self.for_each_finite(|v| {
                if v != 0.0 {
                    take(v.abs().to_bits());
                }
            });
        };
        let mut counts = vec![0u64; 1 << 16];
        strengths(&mut |bits| counts[(bits >> 16) as usize] += 1);
        let total: u64 = counts.iter().sum();
        if total == 0 {
            return 0.0;
        }
        let rank = (percent.clamp(0.0, 100.0) / 100.0 * (total - 1) as f64).round() as u64;
        let (high, before) = of_rank(&counts, rank);
        counts.fill(0);
        strengths(&mut |bits| counts[(bits & 0xffff) as usize] += u64::from(bits >> 16 == high));
        let (low, _) = of_rank(&counts, rank - before);
        f32::from_bits(high << 16 | low)
    }

    /// The strength at which colours saturate by default: the 99.5th percentile, so that a few
    /// outliers do not wash out the rest.
    pub fn robust_max(&self) -> f32 {
        self.strength_percentile(99.5)
    }

    /// Where the threshold starts: 3.1 for z and t, one half for masks, 0.3 for predicted maps (of
    /// which a typical one peaks at 1), nothing for pictures and labels, else the 90th percentile of strength, which
    /// sharpened predictions have too: they are in deviations.
    pub fn default_threshold(&self) -> f32 {
        match self.kind {
            MapKind::Z | MapKind::T => STATISTIC_THRESHOLD,
            MapKind::Mask => 0.5,
            MapKind::Label | MapKind::Anatomy | MapKind::Magnitude => 0.0,
            MapKind::Predicted if !self.is_predicted_with("sharpness_percent") => {
                PREDICTED_THRESHOLD
            }
            MapKind::Predicted | MapKind::F | MapKind::P | MapKind::Beta | MapKind::Unknown => {
                self.strength_percentile(90.0)
            }
        }
    }

    /// Counts of the finite, non-zero values in `bins` equal bins from `min` to `max`.
    pub fn histogram(&self, bins: usize, min: f32, max: f32) -> Vec<u32> {
        let mut counts = vec![0; bins];
        let width = f64::from(max) - f64::from(min);
        if bins == 0 || width.is_nan() || width <= 0.0 {
            return counts;
        }
        self.for_each_finite(|v| {
            if v != 0.0 && (min..=max).contains(&v) {
                let at = ((f64::from(v) - f64::from(min)) / width * bins as f64) as usize;
                counts[at.min(bins - 1)] += 1;
            }
        });
        counts
    }

    /// The value at a point in mm as it is drawn: scalar maps by trilinear interpolation over voxels
    /// with data, labels by the nearest voxel. `None` outside, where there is no data, and for
    /// colours.
    pub fn value_at_world(&self, point_mm: [f64; 3]) -> Option<f32> {
        let at = self.grid.affine.inverse()?.apply(point_mm);
        match &self.data {
            VolumeData::Scalar(values) => {
                let v = trilinear(values, self.grid.shape, at);
                v.is_finite().then_some(v)
            }
            VolumeData::Label(labels) => Some(labels[self.nearest(at)?] as f32),
            VolumeData::Rgba(_) => None,
        }
    }

    /// The label at a point in mm, of a label map.
    pub fn label_at_world(&self, point_mm: [f64; 3]) -> Option<u32> {
        let VolumeData::Label(labels) = &self.data else {
            return None;
        };
        Some(labels[self.nearest(self.grid.affine.inverse()?.apply(point_mm))?])
    }

    /// The voxel nearest to a point in mm, by the indices of the map's file; `None` outside.
    pub(crate) fn voxel_at_world(&self, point_mm: [f64; 3]) -> Option<[usize; 3]> {
        let at = self.grid.affine.inverse()?.apply(point_mm);
        self.nearest(at).map(|index| self.grid.voxel(index))
    }

    /// Flat index of the voxel whose centre is nearest to a voxel position.
    fn nearest(&self, at: [f64; 3]) -> Option<usize> {
        let shape = self.grid.shape;
        let inside = (0..3).all(|a| at[a] >= -0.5 && at[a] < shape[a] as f64 - 0.5);
        inside.then(|| {
            self.grid
                .index(at.map(|x| (x + 0.5).floor().max(0.0) as usize))
        })
    }
}

/// The bin that holds the value of a rank, and how many lie in those before it.
fn of_rank(counts: &[u64], rank: u64) -> (u32, u64) {
    let mut before = 0;
    for (bin, &count) in counts.iter().enumerate() {
        if before + count > rank {
            return (bin as u32, before);
        }
        before += count;
    }
    (0, 0)
}

#[cfg(test)]
mod tests {
    use super::super::{Affine, Grid};
    use super::*;

    #[test]
    fn a_summary_counts_finite_values_only() {
        let grid = Grid {
            shape: [13, 11, 7],
            affine: Affine::IDENTITY,
        };
        for odd in [0.5f32, f32::NAN, f32::INFINITY] {
            let values: Vec<f32> = (0..grid.len())
                .map(|n| match n % 5 {
                    0 => 0.0,
                    1 => odd,
                    2 => -(n as f32),
                    _ => n as f32 / 8.0,
                })
                .collect();
            let finite: Vec<f32> = values.iter().copied().filter(|v| v.is_finite()).collect();
            let map = Volume::derived(grid, values.into(), MapKind::Unknown, "x").unwrap();
            let stats = map.stats();
            assert_eq!(stats.finite, finite.len());
            assert_eq!(stats.positive, finite.iter().filter(|v| **v > 0.0).count());
            assert_eq!(stats.negative, finite.iter().filter(|v| **v < 0.0).count());
            assert_eq!(stats.nonzero, stats.positive + stats.negative);
            assert_eq!(stats.max, finite.iter().copied().fold(f32::MIN, f32::max));
            assert_eq!(stats.min, finite.iter().copied().fold(f32::MAX, f32::min));
            let mean = finite.iter().map(|&v| f64::from(v)).sum::<f64>() / finite.len() as f64;
            assert!((stats.mean - mean).abs() < 1e-9);
        }
        let none = Volume::derived(
            grid,
            vec![f32::NAN; grid.len()].into(),
            MapKind::Unknown,
            "x",
        );
        assert_eq!(none.unwrap().stats(), Stats::default());
    }

    #[test]
    fn percentiles_are_those_of_the_sorted_strengths() {
        let grid = Grid {
            shape: [13, 11, 7],
            affine: Affine::IDENTITY,
        };
        let values: Vec<f32> = (0..grid.len() as u32)
            .map(|n| match n % 9 {
                0 | 1 => 0.0,
                2 => f32::NAN,
                _ => (f64::from(n.wrapping_mul(2_654_435_761) >> 8) / 1e6 - 8.0) as f32,
            })
            .collect();
        let mut sorted: Vec<f32> = values
            .iter()
            .filter(|v| v.is_finite() && **v != 0.0)
            .map(|v| v.abs())
            .collect();
        sorted.sort_unstable_by(f32::total_cmp);
        let map = Volume::derived(grid, values.into(), MapKind::Unknown, "x").unwrap();
        for percent in [0.0, 0.1, 12.5, 50.0, 90.0, 99.5, 100.0] {
            let at = (percent / 100.0 * (sorted.len() - 1) as f64).round() as usize;
            assert_eq!(map.strength_percentile(percent), sorted[at], "{percent}");
        }
    }
}
