//! Maps on every third voxel of the brain mask: what the peers read that know voxels and not modes. The density of
//! peaks is 9 mm wide, so a voxel in 6 mm tells nearly all of it, in a 27th of the space.

use crate::align::Rows;
use crate::corpus::Kernel;
use crate::linalg::dot_wide;
use crate::progress::{Cancelled, Progress};
use crate::volume::Mask;

/// Voxels from one that is kept to the next along each axis.
const STEP: usize = 3;

/// Which voxels of a mask are kept.
#[derive(Debug, Clone)]
pub(super) struct Thinned {
    /// Their positions in the mask.
    positions: Vec<u32>,
    /// Of each voxel of the mask its place among those kept, or `u32::MAX`.
    place: Vec<u32>,
    /// Their centres, mm.
    pub centres_mm: Vec<[f32; 3]>,
}

impl Thinned {
    /// Of a mask; every voxel of a grid so coarse that a third of it would be too few to tell maps apart.
    pub fn of(mask: &Mask) -> Self {
        let step = if mask.len() < 20_000 { 1 } else { STEP };
        let mut out = Self {
            positions: Vec::new(),
            place: vec![u32::MAX; mask.len()],
            centres_mm: Vec::new(),
        };
        for (position, &voxel) in mask.voxels.iter().enumerate() {
            let at = mask.grid.voxel(voxel as usize);
            if at.iter().all(|index| index % step == 0) {
                out.place[position] = out.positions.len() as u32;
                out.positions.push(position as u32);
                let centre = mask.grid.world(at);
                out.centres_mm.push(centre.map(|v| v as f32));
            }
        }
        out
    }

    /// Number of voxels kept.
    pub fn len(&self) -> usize {
        self.positions.len()
    }

    /// The values kept of a map over the whole mask; what is not finite is 0.
    pub fn gather(&self, map: &[f32]) -> Vec<f32> {
        let value = |&at: &u32| map.get(at as usize).copied().unwrap_or(0.0);
        let finite = |v: f32| if v.is_finite() { v } else { 0.0 };
        self.positions.iter().map(value).map(finite).collect()
    }

    /// The places kept among some voxels of the mask.
    pub fn keep<'a>(&'a self, voxels: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
        let place = |&voxel: &u32| self.place.get(voxel as usize).copied();
        voxels.iter().filter_map(place).filter(|&at| at != u32::MAX)
    }

    /// Maps of the peaks of studies, a row a study.
    ///
    /// # Errors
    /// A stop.
    pub fn maps(
        &self,
        peaks: &[&[[f32; 3]]],
        kernel: Kernel,
        mask: &Mask,
        progress: &Progress,
    ) -> Result<Rows, Cancelled> {
        let rows = kernel.for_each(peaks, mask, progress, |_, map| {
            self.gather(&map.to_dense(mask.len()))
        })?;
        Ok(Rows::from_rows(rows.iter().map(Vec::as_slice), self.len()))
    }
}

/// Rows less their own mean, at length 1: their dot products are Pearson correlations. Rows of one value become 0.
pub(super) fn correlated(rows: &Rows) -> Rows {
    rows.map(rows.width, |row| {
        let ones = vec![1.0; row.len()];
        let mean = (dot_wide(row, &ones) / row.len().max(1) as f64) as f32;
        let centred: Vec<f32> = row.iter().map(|v| v - mean).collect();
        crate::align::unit(&centred)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::mask_2mm;

    #[test]
    fn a_twenty_seventh_of_the_voxels_tells_how_alike_two_maps_are() {
        let mask = mask_2mm();
        let thinned = Thinned::of(mask);
        let share = mask.len() as f64 / thinned.len() as f64;
        assert!((share - 27.0).abs() < 1.0, "{share}");
        let all: Vec<u32> = (0..mask.len() as u32).collect();
        let kept: Vec<u32> = thinned.keep(&all).collect();
        assert!(kept.iter().copied().eq(0..thinned.len() as u32));
        let peaks: [&[[f32; 3]]; 3] = [
            &[[-40.0, -24.0, 56.0], [22.0, -4.0, -18.0]],
            &[[-36.0, -20.0, 52.0], [4.0, 24.0, 36.0]],
            &[[44.0, -68.0, 4.0]],
        ];
        let kernel = Kernel::KDE_9_MM;
        let rows = thinned
            .maps(&peaks, kernel, mask, &Progress::new())
            .unwrap();
        let coarse = correlated(&rows);
        let whole: Vec<Vec<f32>> = peaks
            .iter()
            .map(|peaks| kernel.map(peaks, mask).to_dense(mask.len()))
            .collect();
        let whole = Rows::from_rows(whole.iter().map(Vec::as_slice), mask.len());
        let fine = correlated(&whole);
        for (a, b) in [(0, 0), (0, 1), (0, 2), (1, 2)] {
            let r = |rows: &Rows| dot_wide(rows.row(a), rows.row(b));
            assert!((r(&coarse) - r(&fine)).abs() < 0.05, "{a} {b}");
        }
        assert!((dot_wide(coarse.row(0), coarse.row(0)) - 1.0).abs() < 1e-5);
        let centre = thinned.centres_mm[100];
        assert!(centre.iter().all(|v| v.abs() < 110.0));
        let blank = vec![f32::NAN; mask.len()];
        assert!(thinned.gather(&blank).iter().all(|&v| v == 0.0));
    }
}
