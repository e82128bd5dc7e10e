//! Where each mode may be alive, and its weights there.

use super::init::square;
use crate::atlas::SparseMode;

/// K modes, each on the voxels within a radius of its centre. A *slot* is one (mode, voxel) pair.
pub(super) struct Support {
    /// Start of each mode's slots; one more than there are modes.
    pub(super) starts: Vec<usize>,
    /// Voxel of each slot, ascending within a mode.
    pub(super) voxels: Vec<u32>,
    /// Weight of each slot.
    pub(super) weights: Vec<f32>,
    /// Start of each voxel's entries in `at`.
    voxel_starts: Vec<u32>,
    /// (mode, slot) of every mode that may be alive in a voxel.
    at: Vec<(u16, u32)>,
}

impl Support {
    /// Balls of `radius_mm` around centres; weights all 0. A centre with no voxel in reach takes the
    /// nearest one.
    pub(super) fn balls(places: &[[f64; 3]], centres: &[[f64; 3]], radius_mm: f64) -> Self {
        let mut starts = vec![0];
        let mut voxels = Vec::new();
        for centre in centres {
            let before = voxels.len();
            let mut nearest = (f64::INFINITY, 0);
            for (voxel, place) in places.iter().enumerate() {
                let distance = square(*centre, *place);
                if distance < radius_mm * radius_mm {
                    voxels.push(voxel as u32);
                }
                if distance < nearest.0 {
                    nearest = (distance, voxel as u32);
                }
            }
            if voxels.len() == before {
                voxels.push(nearest.1);
            }
            starts.push(voxels.len());
        }
        let mut voxel_starts = vec![0_u32; places.len() + 1];
        for &voxel in &voxels {
            voxel_starts[voxel as usize + 1] += 1;
        }
        for voxel in 0..places.len() {
            voxel_starts[voxel + 1] += voxel_starts[voxel];
        }
        let mut next = voxel_starts.clone();
        let mut at = vec![(0_u16, 0_u32); voxels.len()];
        for mode in 0..centres.len() {
            for slot in starts[mode]..starts[mode + 1] {
                let place = &mut next[voxels[slot] as usize];
                at[*place as usize] = (mode as u16, slot as u32);
                *place += 1;
            }
        }
        let weights = vec![0.0; voxels.len()];
        Self {
            starts,
            voxels,
            weights,
            voxel_starts,
            at,
        }
    }

    /// Number of modes.
    pub(super) fn modes(&self) -> usize {
        self.starts.len() - 1
    }

    /// Slots of a mode.
    pub(super) fn slots(&self, mode: usize) -> std::ops::Range<usize> {
        self.starts[mode]..self.starts[mode + 1]
    }

    /// The (mode, slot) pairs of a voxel.
    pub(super) fn at(&self, voxel: u32) -> &[(u16, u32)] {
        let voxel = voxel as usize;
        &self.at[self.voxel_starts[voxel] as usize..self.voxel_starts[voxel + 1] as usize]
    }

    /// Number of voxels.
    pub(super) fn voxels(&self) -> usize {
        self.voxel_starts.len() - 1
    }

    /// Values that belong to `other`'s slots, moved to this support's; 0 where it has none.
    pub(super) fn carry(&self, other: &Self, values: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; self.voxels.len()];
        for mode in 0..self.modes().min(other.modes()) {
            let from = other.slots(mode);
            let theirs = &other.voxels[from.clone()];
            for slot in self.slots(mode) {
                if let Ok(place) = theirs.binary_search(&self.voxels[slot]) {
                    out[slot] = values[from.start + place];
                }
            }
        }
        out
    }

    /// Scales a mode to length 1; one without any weight is left as it is.
    pub(super) fn normalise(&mut self, mode: usize) {
        let range = self.slots(mode);
        let weights = &mut self.weights[range];
        let length = weights
            .iter()
            .map(|&w| f64::from(w).powi(2))
            .sum::<f64>()
            .sqrt();
        if length > 0.0 {
            weights
                .iter_mut()
                .for_each(|w| *w = (f64::from(*w) / length) as f32);
        }
    }

    /// MᵀM, K × K row major, with `ridge` added to the diagonal.
    pub(super) fn gram(&self, ridge: f64) -> Vec<f64> {
        let k = self.modes();
        let mut gram = vec![0.0_f64; k * k];
        for voxel in 0..self.voxels() as u32 {
            let here = self.at(voxel);
            for &(row, a) in here {
                let a = f64::from(self.weights[a as usize]);
                if a != 0.0 {
                    for &(col, b) in here {
                        gram[usize::from(row) * k + usize::from(col)] +=
                            a * f64::from(self.weights[b as usize]);
                    }
                }
            }
        }
        for mode in 0..k {
            gram[mode * k + mode] += ridge;
        }
        gram
    }

    /// Mᵀx of a sparse map.
    pub(super) fn correlate(&self, voxels: &[u32], values: &[f32]) -> Vec<f64> {
        let mut sums = vec![0.0_f64; self.modes()];
        for (&voxel, &value) in voxels.iter().zip(values) {
            for &(mode, slot) in self.at(voxel) {
                sums[usize::from(mode)] += f64::from(self.weights[slot as usize] * value);
            }
        }
        sums
    }

    /// The modes with their weights above 0.
    pub(super) fn to_modes(&self) -> Vec<SparseMode> {
        (0..self.modes())
            .map(|mode| {
                let alive = self.slots(mode).filter(|&slot| self.weights[slot] > 0.0);
                let (voxels, weights) = alive
                    .map(|slot| (self.voxels[slot], self.weights[slot]))
                    .unzip();
                SparseMode { voxels, weights }
            })
            .collect()
    }
}
