//! Ranges and thresholds of a map, over finite values only.

use super::sample::trilinear;
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

    /// Minimum, maximum and counts. One pass over the map.
    pub fn stats(&self) -> Stats {
        let mut stats = Stats {
            min: f32::INFINITY,
            max: f32::NEG_INFINITY,
            ..Stats::default()
        };
        let mut sum = 0.0;
        self.for_each_finite(|v| {
            stats.min = stats.min.min(v);
            stats.max = stats.max.max(v);
            sum += f64::from(v);
            stats.finite += 1;
            stats.positive += usize::from(v > 0.0);
            stats.negative += usize::from(v < 0.0);
        });
        if stats.finite == 0 {
            return Stats::default();
        }
        stats.mean = sum / stats.finite as f64;
        stats.nonzero = stats.positive + stats.negative;
        stats
    }

    /// The `percent`-th percentile (0..=100, nearest rank) of the strength |v| of values that are
    /// finite and not 0: maps are mostly zeros, and percentiles over all voxels would be 0. 0 for an
    /// empty map.
    pub fn strength_percentile(&self, percent: f64) -> f32 {
        let mut strengths = Vec::new();
        self.for_each_finite(|v| {
            if v != 0.0 {
                strengths.push(v.abs());
            }
        });
        if strengths.is_empty() {
            return 0.0;
        }
        let rank =
            (percent.clamp(0.0, 100.0) / 100.0 * (strengths.len() - 1) as f64).round() as usize;
        *strengths.select_nth_unstable_by(rank, f32::total_cmp).1
    }

    /// The strength at which colours saturate by default: the 99.5th percentile, so that a few
    /// outliers do not wash out the rest.
    pub fn robust_max(&self) -> f32 {
        self.strength_percentile(99.5)
    }

    /// Where the threshold starts: 3.1 for z and t, one half for masks, nothing for pictures and
    /// labels, else the 90th percentile of strength.
    pub fn default_threshold(&self) -> f32 {
        match self.kind {
            MapKind::Z | MapKind::T => STATISTIC_THRESHOLD,
            MapKind::Mask => 0.5,
            MapKind::Label | MapKind::Anatomy | MapKind::Magnitude => 0.0,
            MapKind::F | MapKind::P | MapKind::Beta | MapKind::Predicted | MapKind::Unknown => {
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
    pub fn voxel_at_world(&self, point_mm: [f64; 3]) -> Option<[usize; 3]> {
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
