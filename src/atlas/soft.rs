//! The soft atlas: a map becomes K coefficients, K coefficients become a map.
//!
//! With M the V × K matrix whose columns are the modes, the features of a masked map x are its
//! least-squares coordinates, (MᵀM + εI) w = Mᵀx, as nilearn's `NiftiMapsMasker` computes them.
//! The modes overlap but a voxel lies in few of them, so M is kept sparse, one row a voxel: the
//! product is about a million multiplications, and a map that is zero in most voxels costs less
//! still. The factor of the small K × K matrix is computed once.

use std::sync::OnceLock;

use sha2::{Digest as _, Sha256};

use super::{AtlasError, Cholesky};
use crate::volume::Mask;

/// ε as a share of the mean diagonal of MᵀM: keeps a pair of nearly equal modes solvable and moves
/// every other coefficient by less than single precision shows.
const RIDGE: f64 = 1e-9;

/// The same where a map is known in a part of the brain: a mode of which a few voxels are seen must not be made up
/// from them.
const SEEN_RIDGE: f64 = 1e-2;

/// What NiCLIP adds to the diagonal of MᵀM, whatever the unit of the modes.
const FIXED_RIDGE: f64 = 1e-6;

/// One mode as it is built: positions in the mask, ascending, and their weights.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SparseMode {
    /// Positions in the mask's voxel order, ascending, each once.
    pub voxels: Vec<u32>,
    /// Their weights, finite.
    pub weights: Vec<f32>,
}

/// K modes over a mask.
#[derive(Debug)]
pub struct SoftAtlas {
    mask: Mask,
    names: Vec<String>,
    /// Start of each mask voxel's entries in `entries`; one more than there are voxels.
    starts: Vec<u32>,
    /// (mode, weight) pairs, voxel by voxel.
    entries: Vec<(u16, f32)>,
    factor: OnceLock<Cholesky>,
    /// Of MᵀM + 10⁻⁶ I.
    fixed_factor: OnceLock<Cholesky>,
    /// Weights are stored as they are, not rounded to a byte.
    exact: bool,
}

impl Clone for SoftAtlas {
    fn clone(&self) -> Self {
        let known = |cell: &OnceLock<Cholesky>| {
            let copy = OnceLock::new();
            if let Some(factor) = cell.get() {
                // A fresh cell cannot be full.
                copy.set(factor.clone()).ok();
            }
            copy
        };
        Self {
            mask: self.mask.clone(),
            names: self.names.clone(),
            starts: self.starts.clone(),
            entries: self.entries.clone(),
            factor: known(&self.factor),
            fixed_factor: known(&self.fixed_factor),
            exact: self.exact,
        }
    }
}

impl SoftAtlas {
    /// From modes over `mask`. Names are filled up with "Mode 7" where there are too few.
    ///
    /// # Errors
    /// A voxel outside the mask or out of order, a weight that is not finite, no mode at all, more
    /// than 65,535 modes.
    pub fn new(
        mask: Mask,
        modes: &[SparseMode],
        mut names: Vec<String>,
    ) -> Result<Self, AtlasError> {
        let malformed = |why: String| AtlasError::Malformed { why, path: None };
        if modes.is_empty() || modes.len() > usize::from(u16::MAX) {
            return Err(malformed(format!("{} modes", modes.len())));
        }
        let mut counts = vec![0_u32; mask.len() + 1];
        for (number, mode) in modes.iter().enumerate() {
            if mode.voxels.len() != mode.weights.len()
                || !mode.weights.iter().all(|w| w.is_finite())
                || !mode.voxels.is_sorted_by(|a, b| a < b)
            {
                return Err(malformed(format!(
                    "mode {number} is not a sorted list of weights"
                )));
            }
            for &voxel in &mode.voxels {
                let Some(count) = counts[..mask.len()].get_mut(voxel as usize) else {
                    return Err(AtlasError::VoxelOutsideMask {
                        mode: number,
                        voxel,
                        mask: mask.len(),
                    });
                };
                *count += 1;
            }
        }
        // Counts → starts; then each mode's weights go to the next free place of their voxel.
        let mut total = 0_u64;
        for slot in &mut counts {
            let here = u64::from(*slot);
            *slot = u32::try_from(total).map_err(|_| malformed("too many weights".into()))?;
            total += here;
        }
        let starts = counts;
        let mut next = starts.clone();
        let mut entries = vec![(0_u16, 0.0_f32); total as usize];
        for (number, mode) in modes.iter().enumerate() {
            for (&voxel, &weight) in mode.voxels.iter().zip(&mode.weights) {
                let place = &mut next[voxel as usize];
                entries[*place as usize] = (number as u16, weight);
                *place += 1;
            }
        }
        names.truncate(modes.len());
        for number in names.len()..modes.len() {
            names.push(format!("Mode {}", number + 1));
        }
        Ok(Self {
            mask,
            names,
            starts,
            entries,
            factor: OnceLock::new(),
            fixed_factor: OnceLock::new(),
            exact: false,
        })
    }

    /// The same, to be stored with its weights as they are: four bytes each instead of one.
    #[must_use]
    pub fn stored_exactly(mut self) -> Self {
        self.exact = true;
        self
    }

    /// Whether weights are stored as they are.
    pub(crate) fn is_exact(&self) -> bool {
        self.exact
    }

    /// Number of modes.
    pub fn modes(&self) -> usize {
        self.names.len()
    }

    /// The mask whose voxel order every masked vector has.
    pub fn mask(&self) -> &Mask {
        &self.mask
    }

    /// One readable name a mode ("Left precentral / postcentral").
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Number of stored weights.
    pub fn weights(&self) -> usize {
        self.entries.len()
    }

    /// The weights of mask voxel `position`: (mode, weight), mode ascending; empty beyond the mask.
    pub fn at(&self, position: usize) -> &[(u16, f32)] {
        match self.starts.get(position..position + 2) {
            Some([from, to]) => &self.entries[*from as usize..*to as usize],
            _ => &[],
        }
    }

    /// One mode's voxels and weights; empty for a number there is none of.
    pub fn mode(&self, number: usize) -> SparseMode {
        let mut mode = SparseMode::default();
        for position in 0..self.mask.len() {
            if let Some(&(_, weight)) = self
                .at(position)
                .iter()
                .find(|e| usize::from(e.0) == number)
            {
                mode.voxels.push(position as u32);
                mode.weights.push(weight);
            }
        }
        mode
    }

    /// All modes, mode by mode.
    pub(crate) fn to_modes(&self) -> Vec<SparseMode> {
        let mut modes = vec![SparseMode::default(); self.modes()];
        for position in 0..self.mask.len() {
            for &(number, weight) in self.at(position) {
                let mode = &mut modes[usize::from(number)];
                mode.voxels.push(position as u32);
                mode.weights.push(weight);
            }
        }
        modes
    }

    /// Factors MᵀM now rather than at the first projection (about 40 ms for 512 modes).
    ///
    /// # Errors
    /// Modes that are not independent.
    pub fn prepare(&self) -> Result<(), AtlasError> {
        if self.factor.get().is_none() {
            let factor = self
                .factored()
                .map_err(|pivot| AtlasError::Degenerate { pivot })?;
            // Another thread may have been faster; both computed the same factor.
            self.factor.set(factor).ok();
        }
        Ok(())
    }

    /// Mᵀx: the inner product of a masked map with every mode. Missing voxels count as 0.
    pub fn correlate(&self, masked: &[f32]) -> Vec<f64> {
        let mut sums = vec![0.0_f64; self.modes()];
        for (position, &value) in masked.iter().enumerate().take(self.mask.len()) {
            if value != 0.0 && value.is_finite() {
                self.accumulate(&mut sums, position, value);
            }
        }
        sums
    }

    /// The features of a masked map (mask order, no data as 0): its least-squares coordinates in
    /// the modes, so `project(back_project(w))` is w.
    pub fn project(&self, masked: &[f32]) -> Vec<f32> {
        self.solve(self.correlate(masked))
    }

    /// As [`project`](Self::project), with the 10⁻⁶ that NiCLIP adds to the diagonal of MᵀM in place of
    /// a share of it: its coefficients, in double precision.
    pub(crate) fn project_with_fixed_ridge(&self, masked: &[f32]) -> Vec<f32> {
        self.solve_with_fixed_ridge(self.correlate(masked))
    }

    /// (MᵀM + 10⁻⁶ I)⁻¹ x of a vector over the modes.
    pub(crate) fn unproject_with_fixed_ridge(&self, x: &[f32]) -> Vec<f32> {
        self.solve_with_fixed_ridge(self.padded(x))
    }

    fn solve_with_fixed_ridge(&self, mut sums: Vec<f64>) -> Vec<f32> {
        let k = self.modes();
        if self.fixed_factor.get().is_none() {
            let mut gram = self.gram(|_| true);
            for i in 0..k {
                gram[i * k + i] += FIXED_RIDGE;
            }
            if let Ok(factor) = Cholesky::new(&gram, k) {
                // Another thread may have been faster; both computed the same factor.
                self.fixed_factor.set(factor).ok();
            }
        }
        match self.fixed_factor.get() {
            Some(factor) => factor.solve_in_place(&mut sums),
            // Modes that overflow: see `half_solve`.
            None => sums.fill(0.0),
        }
        sums.into_iter().map(|v| v as f32).collect()
    }

    /// As [`project`](Self::project), of a map given by its voxels other than 0 (mask positions).
    pub(crate) fn project_sparse(&self, voxels: &[u32], values: &[f32]) -> Vec<f32> {
        self.solve(self.correlate_sparse(voxels, values))
    }

    /// The map's coordinates in an orthonormal basis of the modes' span (L⁻¹Mᵀx with MᵀM = LLᵀ).
    ///
    /// Least-squares coefficients of overlapping modes trade off against each other: two maps that
    /// look alike can lie far apart. Here distances and angles are those of the projected maps
    /// themselves, which is what a model that compares maps should see.
    pub fn coordinates(&self, masked: &[f32]) -> Vec<f32> {
        self.half_solve(self.correlate(masked), Cholesky::forward_in_place)
    }

    /// As [`coordinates`](Self::coordinates), of a map given by its voxels other than 0.
    pub(crate) fn coordinates_sparse(&self, voxels: &[u32], values: &[f32]) -> Vec<f32> {
        self.half_solve(
            self.correlate_sparse(voxels, values),
            Cholesky::forward_in_place,
        )
    }

    /// The mode coefficients of orthonormal `coordinates`: what [`back_project`](Self::back_project)
    /// takes. Missing coordinates count as 0.
    pub(crate) fn coefficients(&self, coordinates: &[f32]) -> Vec<f32> {
        let mut padded = vec![0.0_f64; self.modes()];
        for (slot, &value) in padded.iter_mut().zip(coordinates) {
            *slot = f64::from(value);
        }
        self.half_solve(padded, Cholesky::backward_in_place)
    }

    /// (MᵀM)⁻¹ x of a vector over the modes.
    pub(crate) fn unproject(&self, x: &[f32]) -> Vec<f32> {
        self.solve(self.padded(x))
    }

    /// As many numbers as there are modes, in double precision.
    fn padded(&self, x: &[f32]) -> Vec<f64> {
        let mut padded = vec![0.0_f64; self.modes()];
        for (slot, &value) in padded.iter_mut().zip(x) {
            *slot = f64::from(value);
        }
        padded
    }

    /// M w: the masked map with these features. Missing features count as 0.
    pub fn back_project(&self, features: &[f32]) -> Vec<f32> {
        let mut padded = vec![0.0_f32; self.modes()];
        for (slot, &value) in padded.iter_mut().zip(features) {
            *slot = value;
        }
        (0..self.mask.len())
            .map(|position| {
                self.at(position)
                    .iter()
                    .map(|&(m, w)| w * padded[usize::from(m)])
                    .sum()
            })
            .collect()
    }

    /// As [`coordinates`](Self::coordinates), of a map that is known at the voxels `seen` alone: the modes are
    /// fitted there, and the coordinates are those of the whole map they make. `None` where `seen` is of another
    /// length or the modes are not independent.
    pub(crate) fn coordinates_seen(&self, masked: &[f32], seen: &[bool]) -> Option<Vec<f32>> {
        if seen.len() != self.mask.len() || masked.len() != seen.len() {
            return None;
        }
        let known = |(&value, &seen): (&f32, &bool)| if seen { value } else { 0.0 };
        let known: Vec<f32> = masked.iter().zip(seen).map(known).collect();
        let mut gram = self.gram(|position| seen[position]);
        add_ridge(&mut gram, self.modes(), SEEN_RIDGE);
        let mut weights = self.correlate(&known);
        Cholesky::new(&gram, self.modes())
            .ok()?
            .solve_in_place(&mut weights);
        self.prepare().ok()?;
        let whole = self.factor.get()?.upper_times(&weights);
        Some(whole.into_iter().map(|v| v as f32).collect())
    }

    /// MᵀM over the voxels `inside` accepts, K × K row major.
    fn gram(&self, inside: impl Fn(usize) -> bool) -> Vec<f64> {
        let k = self.modes();
        let mut gram = vec![0.0_f64; k * k];
        for position in (0..self.mask.len()).filter(|&position| inside(position)) {
            let here = self.at(position);
            for (number, &(row, a)) in here.iter().enumerate() {
                let line = &mut gram[usize::from(row) * k..][..k];
                // Modes ascend within a voxel: this fills the lower triangle.
                for &(col, b) in &here[..=number] {
                    line[usize::from(col)] += f64::from(a) * f64::from(b);
                }
            }
        }
        for row in 0..k {
            for col in row + 1..k {
                gram[row * k + col] = gram[col * k + row];
            }
        }
        gram
    }

    /// Hex sha-256 over mask, grid and weights: what a bundle stores to tell atlases apart.
    pub fn fingerprint(&self) -> String {
        // Collected first: millions of calls of a few bytes each would cost more than the hashing.
        let mut bytes = Vec::with_capacity(4 * self.mask.len() + 4 * self.starts.len());
        for side in self.mask.grid.shape {
            bytes.extend((side as u64).to_le_bytes());
        }
        for cell in self.mask.grid.affine.0.iter().flatten() {
            bytes.extend(cell.to_le_bytes());
        }
        bytes.extend(self.mask.voxels.iter().flat_map(|v| v.to_le_bytes()));
        bytes.extend(self.starts.iter().flat_map(|v| v.to_le_bytes()));
        let mut hash = Sha256::new();
        hash.update(&bytes);
        for part in self.entries.chunks(1 << 16) {
            bytes.clear();
            for (mode, weight) in part {
                bytes.extend(mode.to_le_bytes());
                bytes.extend(weight.to_le_bytes());
            }
            hash.update(&bytes);
        }
        crate::files::hex(&hash.finalize())
    }

    fn accumulate(&self, sums: &mut [f64], position: usize, value: f32) {
        let value = f64::from(value);
        for &(mode, weight) in self.at(position) {
            sums[usize::from(mode)] += f64::from(weight) * value;
        }
    }

    fn correlate_sparse(&self, voxels: &[u32], values: &[f32]) -> Vec<f64> {
        let mut sums = vec![0.0_f64; self.modes()];
        for (&position, &value) in voxels.iter().zip(values) {
            if value != 0.0 && value.is_finite() {
                self.accumulate(&mut sums, position as usize, value);
            }
        }
        sums
    }

    fn factored(&self) -> Result<Cholesky, usize> {
        let mut gram = self.gram(|_| true);
        add_ridge(&mut gram, self.modes(), RIDGE);
        Cholesky::new(&gram, self.modes())
    }

    fn solve(&self, sums: Vec<f64>) -> Vec<f32> {
        self.half_solve(sums, Cholesky::solve_in_place)
    }

    fn half_solve(&self, mut sums: Vec<f64>, step: fn(&Cholesky, &mut [f64])) -> Vec<f32> {
        // `prepare` can fail only for modes that are not independent; with the ridge that takes a
        // mode without a weight or one that overflows. Such features carry nothing: all are 0.
        match self.prepare().ok().and_then(|()| self.factor.get()) {
            Some(factor) => step(factor, &mut sums),
            None => sums.fill(0.0),
        }
        sums.into_iter().map(|v| v as f32).collect()
    }
}

fn add_ridge(gram: &mut [f64], k: usize, share: f64) {
    let mean = (0..k).map(|i| gram[i * k + i]).sum::<f64>() / k as f64;
    for i in 0..k {
        gram[i * k + i] += share * mean;
    }
}

#[cfg(test)]
#[path = "soft_tests.rs"]
pub(super) mod tests;
