//! A mask at half its resolution: where modes are learnt, and the way back.

use crate::atlas::SparseMode;
use crate::volume::{Affine, Grid, Mask};

/// Weights below this share of a mode's peak are dropped after interpolation.
const FAINT: f32 = 0.01;

/// Every second voxel of a fine mask along each axis.
pub(super) struct Coarse {
    /// The coarse mask: every voxel a fine voxel inside is interpolated from.
    pub(super) mask: Mask,
    /// Start of each fine position's entries in `takers`.
    starts: Vec<u32>,
    /// (coarse position, share): which coarse values a fine value goes into.
    takers: Vec<(u32, f32)>,
}

impl Coarse {
    /// Of a fine mask.
    pub(super) fn of(fine: &Mask) -> Self {
        let [nx, ny, nz] = fine.grid.shape;
        let grid = Grid {
            shape: [nx.div_ceil(2), ny.div_ceil(2), nz.div_ceil(2)],
            affine: fine
                .grid
                .affine
                .then_after(&Affine::scale_translate([2.0; 3], [0.0; 3])),
        };
        let mask = Mask::new(grid, |index| {
            neighbours(&fine.grid, grid.voxel(index)).any(|v| fine.position[v] != u32::MAX)
        });
        // A coarse voxel takes the fine value at its centre; at the rim, where that lies outside the
        // mask, the mean of its fine neighbours inside.
        let mut pairs: Vec<(u32, u32, f32)> = Vec::new();
        for (position, &voxel) in mask.voxels.iter().enumerate() {
            let at = grid.voxel(voxel as usize);
            let centre = fine.position[fine.grid.index(at.map(|v| 2 * v))];
            if centre != u32::MAX {
                pairs.push((centre, position as u32, 1.0));
                continue;
            }
            let around: Vec<u32> = neighbours(&fine.grid, at)
                .map(|v| fine.position[v])
                .filter(|&p| p != u32::MAX)
                .collect();
            let share = 1.0 / around.len() as f32;
            pairs.extend(around.into_iter().map(|p| (p, position as u32, share)));
        }
        pairs.sort_unstable_by_key(|&(from, to, _)| (from, to));
        let mut starts = vec![0_u32; fine.len() + 1];
        for &(from, _, _) in &pairs {
            starts[from as usize + 1] += 1;
        }
        for position in 0..fine.len() {
            starts[position + 1] += starts[position];
        }
        let takers = pairs
            .into_iter()
            .map(|(_, to, share)| (to, share))
            .collect();
        Self {
            mask,
            starts,
            takers,
        }
    }

    /// The coarse values a fine value goes into.
    pub(super) fn takers(&self, fine_position: u32) -> &[(u32, f32)] {
        let at = fine_position as usize;
        &self.takers[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    /// RAS mm of every coarse voxel.
    pub(super) fn places_mm(&self) -> Vec<[f64; 3]> {
        let grid = &self.mask.grid;
        self.mask
            .voxels
            .iter()
            .map(|&v| grid.world(grid.voxel(v as usize)))
            .collect()
    }

    /// Sparse coarse modes on the fine mask: trilinear, faint weights dropped, length 1.
    pub(super) fn refine(&self, modes: &[SparseMode], fine: &Mask) -> Vec<SparseMode> {
        let mut dense = vec![0.0_f32; self.mask.len()];
        modes
            .iter()
            .map(|mode| {
                for (&v, &w) in mode.voxels.iter().zip(&mode.weights) {
                    dense[v as usize] = w;
                }
                let refined = self.refine_one(&mode.voxels, &dense, fine, FAINT);
                for &v in &mode.voxels {
                    dense[v as usize] = 0.0;
                }
                refined
            })
            .collect()
    }

    /// Dense coarse components (voxel × component) on the fine mask, every weight kept.
    pub(super) fn refine_dense(
        &self,
        components: &[f32],
        k: usize,
        fine: &Mask,
    ) -> Vec<SparseMode> {
        let everywhere: Vec<u32> = (0..self.mask.len() as u32).collect();
        (0..k)
            .map(|component| {
                let column: Vec<f32> = components
                    .iter()
                    .skip(component)
                    .step_by(k)
                    .copied()
                    .collect();
                self.refine_one(&everywhere, &column, fine, 0.0)
            })
            .collect()
    }

    fn refine_one(&self, voxels: &[u32], dense: &[f32], fine: &Mask, faint: f32) -> SparseMode {
        // The fine voxels a coarse one reaches.
        let mut reached: Vec<u32> = voxels
            .iter()
            .flat_map(|&v| {
                let at = self.mask.grid.voxel(self.mask.voxels[v as usize] as usize);
                neighbours(&fine.grid, at)
                    .map(|f| fine.position[f])
                    .filter(|&p| p != u32::MAX)
            })
            .collect();
        reached.sort_unstable();
        reached.dedup();
        let mut mode = SparseMode::default();
        for position in reached {
            let at = fine.grid.voxel(fine.voxels[position as usize] as usize);
            mode.weights.push(self.interpolate(dense, at));
            mode.voxels.push(position);
        }
        let peak = mode.weights.iter().fold(0.0_f32, |m, w| m.max(w.abs()));
        let keep: Vec<bool> = mode
            .weights
            .iter()
            .map(|w| *w != 0.0 && w.abs() >= faint * peak)
            .collect();
        let mut flags = keep.iter();
        mode.voxels.retain(|_| *flags.next().unwrap_or(&false));
        let mut flags = keep.iter();
        mode.weights.retain(|_| *flags.next().unwrap_or(&false));
        let length = mode
            .weights
            .iter()
            .map(|&w| f64::from(w).powi(2))
            .sum::<f64>()
            .sqrt();
        if length > 0.0 {
            mode.weights
                .iter_mut()
                .for_each(|w| *w = (f64::from(*w) / length) as f32);
        }
        mode
    }

    /// Trilinear value of a coarse field at a fine voxel.
    fn interpolate(&self, dense: &[f32], fine: [usize; 3]) -> f32 {
        let grid = &self.mask.grid;
        let (mut sum, mut total) = (0.0_f32, 0.0_f32);
        for corner in 0..8_usize {
            let mut at = [0_usize; 3];
            let mut weight = 1.0_f32;
            for axis in 0..3 {
                let up = corner >> axis & 1;
                if fine[axis].is_multiple_of(2) {
                    // On a coarse plane: only the lower corner counts.
                    weight *= if up == 1 { 0.0 } else { 1.0 };
                } else {
                    weight *= 0.5;
                }
                at[axis] = fine[axis] / 2 + up;
            }
            if weight > 0.0 && (0..3).all(|axis| at[axis] < grid.shape[axis]) {
                total += weight;
                let position = self.mask.position[grid.index(at)];
                if position != u32::MAX {
                    sum += weight * dense[position as usize];
                }
            }
        }
        // At an even-sided grid's edge half the corners are missing.
        if total > 0.0 { sum / total } else { 0.0 }
    }
}

/// Flat indices of the up to 27 fine voxels around a coarse one.
fn neighbours(fine: &Grid, coarse: [usize; 3]) -> impl Iterator<Item = usize> + use<> {
    let fine = *fine;
    (0..27_usize).filter_map(move |n| {
        let steps = [n % 3, n / 3 % 3, n / 9];
        let mut at = [0_usize; 3];
        for axis in 0..3 {
            at[axis] = (2 * coarse[axis] + steps[axis])
                .checked_sub(1)
                .filter(|&v| v < fine.shape[axis])?;
        }
        Some(fine.index(at))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fine() -> Mask {
        let grid = Grid {
            shape: [9, 8, 7],
            affine: Affine::scale_translate([2.0; 3], [-8.0; 3]),
        };
        Mask::new(grid, |index| {
            let [i, j, k] = grid.voxel(index);
            (i as i32 - 4).pow(2) + (j as i32 - 4).pow(2) + (k as i32 - 3).pow(2) < 14
        })
    }

    #[test]
    fn a_constant_stays_constant_both_ways() {
        let fine = fine();
        let coarse = Coarse::of(&fine);
        let mut down = vec![0.0; coarse.mask.len()];
        for position in 0..fine.len() as u32 {
            for &(to, share) in coarse.takers(position) {
                down[to as usize] += share;
            }
        }
        assert!(down.iter().all(|v| (v - 1.0).abs() < 1e-6));
        for &voxel in fine.voxels.iter() {
            let value = coarse.interpolate(&down, fine.grid.voxel(voxel as usize));
            assert!((value - 1.0).abs() < 1e-6, "{value}");
        }
    }

    #[test]
    fn a_ramp_is_interpolated_exactly_and_places_agree() {
        let fine = fine();
        let coarse = Coarse::of(&fine);
        let ramp: Vec<f32> = coarse
            .places_mm()
            .iter()
            .map(|p| (p[0] + 2.0 * p[2]) as f32)
            .collect();
        for &voxel in fine.voxels.iter() {
            let at = fine.grid.voxel(voxel as usize);
            let world = fine.grid.world(at);
            let want = (world[0] + 2.0 * world[2]) as f32;
            assert!((coarse.interpolate(&ramp, at) - want).abs() < 1e-4);
        }
    }

    #[test]
    fn refined_modes_have_length_one_and_stay_near() {
        let fine = fine();
        let coarse = Coarse::of(&fine);
        let mode = SparseMode {
            voxels: vec![5, 6],
            weights: vec![1.0, 0.5],
        };
        let refined = coarse.refine(&[mode], &fine);
        let length: f32 = refined[0].weights.iter().map(|w| w * w).sum();
        assert!((length - 1.0).abs() < 1e-5);
        assert!(refined[0].voxels.len() <= 2 * 27);
        assert!(refined[0].voxels.is_sorted_by(|a, b| a < b));
    }
}
