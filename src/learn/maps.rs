//! The pre-processed maps of many studies on the coarse mask, kept sparse.

use rayon::prelude::*;

use super::coarse::Coarse;
use super::{LearnError, LearnOptions};
use crate::progress::Progress;
use crate::volume::Mask;

/// Rows of voxels and values; about 7 % of a density map is not 0.
pub(super) struct Maps {
    /// Voxels of the mask the maps are on.
    mask_len: usize,
    starts: Vec<usize>,
    voxels: Vec<u32>,
    values: Vec<f32>,
}

impl Maps {
    /// Density maps of studies, through the chain on the fine mask, sampled on the coarse one and
    /// scaled to length 1. Studies without a value left are dropped.
    pub(super) fn of(
        studies: &[&[[f32; 3]]],
        fine: &Mask,
        coarse: &Coarse,
        options: &LearnOptions,
        progress: &Progress,
    ) -> Result<Self, LearnError> {
        let total = fine.len();
        let rows = options.kernel.for_each(studies, fine, progress, |_, map| {
            let values = options.preprocess.values_sparse(&map.values, total);
            let mut pairs: Vec<(u32, f32)> = Vec::new();
            for (&voxel, &value) in map.voxels.iter().zip(&values) {
                if value != 0.0 {
                    let takers = coarse.takers(voxel).iter();
                    pairs.extend(takers.map(|&(to, share)| (to, share * value)));
                }
            }
            pairs.sort_unstable_by_key(|pair| pair.0);
            pairs.dedup_by(|next, kept| {
                let same = next.0 == kept.0;
                if same {
                    kept.1 += next.1;
                }
                same
            });
            pairs
        })?;
        Ok(Self::from_rows(rows, coarse.mask.len()))
    }

    /// From rows of (voxel, value), voxels ascending; empty rows are dropped, others scaled to
    /// length 1.
    pub(super) fn from_rows(rows: Vec<Vec<(u32, f32)>>, mask_len: usize) -> Self {
        let mut maps = Self {
            mask_len,
            starts: vec![0],
            voxels: Vec::new(),
            values: Vec::new(),
        };
        for row in rows {
            let length = row
                .iter()
                .map(|p| f64::from(p.1).powi(2))
                .sum::<f64>()
                .sqrt();
            if length > 0.0 {
                maps.voxels.extend(row.iter().map(|p| p.0));
                maps.values
                    .extend(row.iter().map(|p| (f64::from(p.1) / length) as f32));
                maps.starts.push(maps.voxels.len());
            }
        }
        maps
    }

    /// Number of maps.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Voxels of the mask the maps are on.
    pub(super) fn voxels(&self) -> usize {
        self.mask_len
    }

    /// One map: its voxels and values.
    pub(super) fn row(&self, number: usize) -> (&[u32], &[f32]) {
        let range = self.starts[number]..self.starts[number + 1];
        (&self.voxels[range.clone()], &self.values[range])
    }

    /// Mean square of every voxel's value over all maps.
    pub(super) fn energy(&self) -> Vec<f64> {
        let mut energy = vec![0.0_f64; self.mask_len];
        for (&voxel, &value) in self.voxels.iter().zip(&self.values) {
            energy[voxel as usize] += f64::from(value).powi(2);
        }
        let count = self.len().max(1) as f64;
        energy.iter_mut().for_each(|e| *e /= count);
        energy
    }

    /// `f` of every map, on all cores, in order.
    pub(super) fn map_each<T: Send>(&self, f: impl Fn(&[u32], &[f32]) -> T + Sync) -> Vec<T> {
        (0..self.len())
            .into_par_iter()
            .map(|number| {
                let (voxels, values) = self.row(number);
                f(voxels, values)
            })
            .collect()
    }
}
