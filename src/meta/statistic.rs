//! The statistic of a meta-analysis at every voxel.

use rayon::prelude::*;

use super::MetaMethod;
use crate::corpus::{Painter, SparseMap};
use crate::volume::Mask;

impl MetaMethod {
    /// What a study adds where its map has this value, such that the sum over studies tells the statistic.
    pub(super) fn amount(self, value: f64) -> f64 {
        match self {
            // 1 − Π(1 − value) from the sum of the logarithms.
            Self::Ale => -(-value.min(1.0 - 1e-12)).ln_1p(),
            Self::Mkda | Self::Kde | Self::Chi2 => value,
        }
    }

    /// The statistic of such a sum over so many studies.
    pub(super) fn statistic(self, sum: f64, studies: usize) -> f64 {
        match self {
            Self::Ale => -(-sum).exp_m1(),
            Self::Kde => sum / studies.max(1) as f64,
            Self::Mkda | Self::Chi2 => sum,
        }
    }

    /// Adds a study's map to the sums.
    pub(super) fn add(self, sums: &mut [f64], map: &SparseMap) {
        for (&voxel, &value) in map.voxels.iter().zip(&map.values) {
            if let Some(slot) = sums.get_mut(voxel as usize) {
                *slot += self.amount(f64::from(value));
            }
        }
    }

    /// Sums over studies given by their peaks.
    pub(super) fn sums<'a>(
        self,
        painter: &mut Painter<'_>,
        studies: impl Iterator<Item = &'a [[f32; 3]]>,
        mask: &Mask,
    ) -> Vec<f64> {
        let mut sums = vec![0.0; mask.len()];
        for peaks in studies {
            self.add(&mut sums, &painter.paint(self.kernel(), peaks));
        }
        sums
    }

    /// The statistic everywhere.
    pub(super) fn statistics(self, sums: &[f64], studies: usize) -> Vec<f32> {
        let of = |&sum: &f64| self.statistic(sum, studies) as f32;
        sums.par_iter().map(of).collect()
    }
}
