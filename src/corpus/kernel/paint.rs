//! Puts peaks on a grid: the work behind the kernels.

use crate::volume::{Affine, Mask};

use super::stamp::{Brush, Stamp};
use super::{Kernel, SparseMap};

/// FWHM of a Gaussian in standard deviations: √(8 ln 2).
const FWHM_PER_SIGMA: f64 = 2.354_820_045_030_949_3;
/// The Gaussian ends at this many standard deviations, as SciPy's `gaussian_filter` does.
const TRUNCATE: f64 = 4.0;

/// One thread's canvas over the whole grid. Between maps it is all zero.
pub(crate) struct Painter<'a> {
    mask: &'a Mask,
    to_voxel: Option<Affine>,
    canvas: Vec<f32>,
    /// For each row (j, k) of the grid the range of i painted, as (from, to); empty when from ≥ to.
    painted: Vec<(u32, u32)>,
    rows: Vec<u32>,
    /// The brush that was painted with last, and of which kernel it is.
    last: Option<(Kernel, Brush)>,
}

impl<'a> Painter<'a> {
    /// A blank canvas.
    pub(crate) fn new(mask: &'a Mask) -> Self {
        let [_, ny, nz] = mask.grid.shape;
        Self {
            mask,
            to_voxel: mask.grid.affine.inverse(),
            canvas: vec![0.0; mask.grid.len()],
            painted: vec![(u32::MAX, 0); ny * nz],
            rows: Vec::new(),
            last: None,
        }
    }

    /// The map of one study's peaks.
    pub(crate) fn paint(&mut self, kernel: Kernel, peaks_mm: &[[f32; 3]]) -> SparseMap {
        // Taken out while the canvas is painted with it.
        let known = self.last.take().filter(|(of, _)| *of == kernel);
        let last = known.unwrap_or_else(|| (kernel, Brush::of(kernel, self.mask, |value| value)));
        self.put(&last.1, peaks_mm);
        self.last = Some(last);
        self.take()
    }

    /// The voxel whose centre is nearest, halves to even as NumPy rounds; may lie outside the grid.
    fn nearest(&self, peak: [f32; 3]) -> Option<[i64; 3]> {
        let v = self.to_voxel?.apply(peak.map(f64::from));
        v.iter()
            .all(|c| c.abs() < 1e6)
            .then(|| v.map(|c| c.round_ties_even() as i64))
    }

    /// The part of the row from `from` to `to`, noted as painted.
    fn row(&mut self, j: usize, k: usize, from: usize, to: usize) -> &mut [f32] {
        let [nx, ny, _] = self.mask.grid.shape;
        let row = j + ny * k;
        let range = &mut self.painted[row];
        if range.0 >= range.1 {
            self.rows.push(row as u32);
        }
        *range = (range.0.min(from as u32), range.1.max(to as u32));
        &mut self.canvas[nx * row + from..nx * row + to]
    }

    /// Paints one study's peaks, for [`Painter::flush`] or [`Painter::drain`].
    pub(crate) fn put(&mut self, brush: &Brush, peaks_mm: &[[f32; 3]]) {
        match brush {
            Brush::Highest(stamp) => self.stamp(stamp, peaks_mm),
            Brush::Sum(kernels) => self.gaussians(kernels, peaks_mm),
        }
    }

    /// Paints Gaussians that add up.
    fn gaussians(&mut self, kernels: &[Vec<f64>; 3], peaks_mm: &[[f32; 3]]) {
        let shape = self.mask.grid.shape;
        for &peak in peaks_mm {
            let Some(at) = self.nearest(peak) else {
                continue;
            };
            if at.iter().zip(shape).any(|(&c, n)| c < 0 || c as usize >= n) {
                continue;
            }
            let [(x0, wx), (y0, wy), (z0, wz)] =
                std::array::from_fn(|axis| folded(&kernels[axis], at[axis] as usize, shape[axis]));
            for (k, &z) in wz.iter().enumerate() {
                for (j, &y) in wy.iter().enumerate() {
                    let scale = (y * z) as f32;
                    let row = self.row(y0 + j, z0 + k, x0, x0 + wx.len());
                    for (slot, &x) in row.iter_mut().zip(&wx) {
                        *slot += scale * x as f32;
                    }
                }
            }
        }
    }

    /// Paints what a stamp puts around each peak; where several reach, the highest counts. What lies beyond the grid is
    /// lost, and peaks outside it reach in, as in NiMARE's kernels.
    fn stamp(&mut self, stamp: &Stamp, peaks_mm: &[[f32; 3]]) {
        let shape = self.mask.grid.shape.map(|n| n as i64);
        for &peak in peaks_mm {
            let Some([x, y, z]) = self.nearest(peak) else {
                continue;
            };
            for run in &stamp.runs {
                let (j, k) = (y + run.step[0], z + run.step[1]);
                let start = x + run.from;
                let (from, to) = (
                    start.max(0),
                    (start + run.values.len() as i64).min(shape[0]),
                );
                if !((0..shape[1]).contains(&j) && (0..shape[2]).contains(&k)) || from >= to {
                    continue;
                }
                let values = &run.values[(from - start) as usize..(to - start) as usize];
                let row = self.row(j as usize, k as usize, from as usize, to as usize);
                for (slot, &value) in row.iter_mut().zip(values) {
                    // Neither is NaN: the instruction for this is one, that for `f32::max` several.
                    *slot = if value > *slot { value } else { *slot };
                }
            }
        }
    }

    /// Adds what was painted to sums over the whole grid; the canvas is blank again.
    pub(crate) fn flush(&mut self, sums: &mut [f64]) {
        let nx = self.mask.grid.shape[0];
        for row in self.rows.drain(..) {
            let range = std::mem::replace(&mut self.painted[row as usize], (u32::MAX, 0));
            let start = nx * row as usize;
            let cells = start + range.0 as usize..start + range.1 as usize;
            for (sum, cell) in sums[cells.clone()].iter_mut().zip(&mut self.canvas[cells]) {
                *sum += f64::from(std::mem::take(cell));
            }
        }
    }

    /// Hands out what was painted inside the mask, by position, ascending; the canvas is blank again.
    pub(crate) fn drain(&mut self, mut each: impl FnMut(u32, f32)) {
        let nx = self.mask.grid.shape[0];
        self.rows.sort_unstable();
        for row in self.rows.drain(..) {
            let range = std::mem::replace(&mut self.painted[row as usize], (u32::MAX, 0));
            let start = nx * row as usize;
            let cells = start + range.0 as usize..start + range.1 as usize;
            let positions = &self.mask.position[cells.clone()];
            for (cell, &position) in self.canvas[cells].iter_mut().zip(positions) {
                let value = std::mem::take(cell);
                if position != u32::MAX && value > 0.0 {
                    each(position, value);
                }
            }
        }
    }

    /// What was painted inside the mask; the canvas is blank again.
    fn take(&mut self) -> SparseMap {
        let mut map = SparseMap::default();
        self.drain(|position, value| {
            map.voxels.push(position);
            map.values.push(value);
        });
        map
    }
}

/// The Gaussian of a width along an axis of a mask's grid.
pub(super) fn gaussian_of(fwhm_mm: f64, mask: &Mask, axis: usize) -> Vec<f64> {
    let sizes = mask.grid.affine.voxel_sizes_mm();
    gaussian(
        fwhm_mm / (FWHM_PER_SIGMA * sizes[axis]),
        mask.grid.shape[axis],
    )
}

/// Weights at −r..=r voxels, summing to 1, as `scipy.ndimage` makes them; a lone 1 for no width.
fn gaussian(sigma_voxels: f64, side: usize) -> Vec<f64> {
    if !(sigma_voxels.is_finite() && sigma_voxels > 0.0) {
        return vec![1.0];
    }
    // Beyond a few sides of the grid a wider kernel only wraps around again.
    let radius = (TRUNCATE * sigma_voxels + 0.5).min(8.0 * side as f64) as i64;
    let weight = |t: i64| (-0.5 * (t as f64 / sigma_voxels).powi(2)).exp();
    let sum: f64 = (-radius..=radius).map(weight).sum();
    (-radius..=radius).map(|t| weight(t) / sum).collect()
}

/// The kernel centred at `at` along a side of `n` voxels, mass beyond an end reflected back in (the
/// end voxel's outer face is the mirror): first index and weights.
fn folded(kernel: &[f64], at: usize, n: usize) -> (usize, Vec<f64>) {
    let radius = kernel.len() / 2;
    let (from, to) = (at.saturating_sub(radius), (at + radius + 1).min(n));
    if at >= radius && at + radius < n {
        return (from, kernel.to_vec());
    }
    let mut weights = vec![0.0; n];
    let period = 2 * n as i64;
    for (t, &w) in kernel.iter().enumerate() {
        let i = (at as i64 + t as i64 - radius as i64).rem_euclid(period);
        weights[if i < n as i64 { i } else { period - 1 - i } as usize] += w;
    }
    // Reflection reaches no further in than the kernel itself does.
    (from, weights[from..to].to_vec())
}
