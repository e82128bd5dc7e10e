//! The statistic of a meta-analysis at every voxel: what studies put there, added up.

use rayon::prelude::*;

use super::MetaMethod;
use crate::corpus::{Brush, Painter};
use crate::progress::{Cancelled, Progress};
use crate::volume::Mask;

/// Parts that studies are divided into to be added up at once: sums do not depend on the number of threads.
const PARTS: usize = 16;

impl MetaMethod {
    /// What a study adds where its map has this value, such that the sum over studies tells the statistic.
    fn amount(self, value: f64) -> f64 {
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

    /// The statistic everywhere.
    pub(super) fn statistics(self, sums: &[f64], studies: usize) -> Vec<f32> {
        let of = |&sum: &f64| self.statistic(sum, studies) as f32;
        sums.par_iter().map(of).collect()
    }
}

/// Puts the amounts of studies on a grid.
pub(super) struct Amounts<'a> {
    mask: &'a Mask,
    brush: Brush,
}

/// What one thread works in: a canvas for one study and sums over the grid, both blank between uses.
pub(super) struct Room<'a> {
    painter: Painter<'a>,
    sums: Vec<f64>,
}

impl<'a> Amounts<'a> {
    pub(super) fn of(method: MetaMethod, mask: &'a Mask) -> Self {
        Self {
            mask,
            // Only densities add up within a study.
            brush: Brush::of(method.kernel(), mask, |value| method.amount(value)),
        }
    }

    pub(super) fn room(&self) -> Room<'a> {
        Room {
            painter: Painter::new(self.mask),
            sums: vec![0.0; self.mask.grid.len()],
        }
    }

    /// Sums over studies at the voxels of the mask.
    pub(super) fn sums<P: AsRef<[[f32; 3]]>>(
        &self,
        room: &mut Room<'_>,
        studies: impl Iterator<Item = P>,
    ) -> Vec<f64> {
        for peaks in studies {
            room.painter.put(&self.brush, peaks.as_ref());
            room.painter.flush(&mut room.sums);
        }
        let voxels = self.mask.voxels.iter();
        let sums = voxels.map(|&voxel| room.sums[voxel as usize]).collect();
        room.sums.fill(0.0);
        sums
    }

    /// The same on all cores.
    ///
    /// # Errors
    /// A stop.
    pub(super) fn sums_of(
        &self,
        studies: &[&[[f32; 3]]],
        progress: &Progress,
    ) -> Result<Vec<f64>, Cancelled> {
        let part = studies.len().div_ceil(PARTS).max(1);
        let parts: Vec<Vec<f64>> = studies
            .par_chunks(part)
            .map_init(
                || self.room(),
                |room, studies| {
                    progress.check()?;
                    Ok(self.sums(room, studies.iter()))
                },
            )
            .collect::<Result<_, Cancelled>>()?;
        let mut sums = vec![0.0; self.mask.len()];
        for part in parts {
            sums.iter_mut().zip(part).for_each(|(sum, own)| *sum += own);
        }
        Ok(sums)
    }

    /// Hands out the amounts of one study at voxels of the mask, those that are not 0.
    pub(super) fn each_of(
        &self,
        room: &mut Room<'_>,
        peaks_mm: &[[f32; 3]],
        each: impl FnMut(u32, f32),
    ) {
        room.painter.put(&self.brush, peaks_mm);
        room.painter.drain(each);
    }

    /// What `each` makes of the amounts of each study at voxels of the mask, those that are not 0.
    ///
    /// # Errors
    /// A stop.
    pub(super) fn of_each<T: Send>(
        &self,
        studies: &[&[[f32; 3]]],
        progress: &Progress,
        each: impl Fn(&[f32]) -> T + Sync,
    ) -> Result<Vec<T>, Cancelled> {
        studies
            .par_iter()
            .map_init(
                || (Painter::new(self.mask), Vec::new()),
                |(painter, amounts), peaks| {
                    progress.check()?;
                    painter.put(&self.brush, peaks);
                    amounts.clear();
                    painter.drain(|_, amount| amounts.push(amount));
                    Ok(each(amounts))
                },
            )
            .collect()
    }

    /// The highest amount of any study.
    ///
    /// # Errors
    /// A stop.
    pub(super) fn highest(
        &self,
        studies: &[&[[f32; 3]]],
        progress: &Progress,
    ) -> Result<f64, Cancelled> {
        match &self.brush {
            Brush::Highest(stamp) => Ok(stamp.highest()),
            Brush::Sum(_) => {
                let highest = |amounts: &[f32]| amounts.iter().copied().fold(0.0, f32::max);
                let all = self.of_each(studies, progress, highest)?;
                Ok(f64::from(highest(&all)))
            }
        }
    }
}
