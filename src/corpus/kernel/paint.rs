//! Puts peaks on a grid: the work behind the kernels.

use crate::volume::{Affine, Mask};

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
        }
    }

    /// The map of one study's peaks.
    pub(crate) fn paint(&mut self, kernel: Kernel, peaks_mm: &[[f32; 3]]) -> SparseMap {
        match kernel {
            Kernel::Kde { fwhm_mm } => self.gaussians(peaks_mm, fwhm_mm),
            Kernel::Mkda { radius_mm } => self.balls(peaks_mm, radius_mm),
            Kernel::Ale { fwhm_mm } => self.highest(peaks_mm, fwhm_mm),
        }
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

    fn gaussians(&mut self, peaks_mm: &[[f32; 3]], fwhm_mm: f64) {
        let shape = self.mask.grid.shape;
        let sizes = self.mask.grid.affine.voxel_sizes_mm();
        let kernels: [Vec<f64>; 3] = std::array::from_fn(|axis| {
            gaussian(fwhm_mm / (FWHM_PER_SIGMA * sizes[axis]), shape[axis])
        });
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

    /// Gaussians of which the highest counts. Mass beyond the grid is lost, and peaks outside it reach in, as in
    /// NiMARE's `ALEKernel`.
    fn highest(&mut self, peaks_mm: &[[f32; 3]], fwhm_mm: f64) {
        let shape = self.mask.grid.shape.map(|n| n as i64);
        let sizes = self.mask.grid.affine.voxel_sizes_mm();
        let kernels: [Vec<f64>; 3] = std::array::from_fn(|axis| {
            let side = self.mask.grid.shape[axis];
            gaussian(fwhm_mm / (FWHM_PER_SIGMA * sizes[axis]), side)
        });
        let reach = kernels.each_ref().map(|kernel| (kernel.len() / 2) as i64);
        for &peak in peaks_mm {
            let Some(at) = self.nearest(peak) else {
                continue;
            };
            let [(x0, x1), (y0, y1), (z0, z1)] = std::array::from_fn(|axis| {
                let (c, r) = (at[axis], reach[axis]);
                ((c - r).max(0), (c + r + 1).min(shape[axis]))
            });
            if x0 >= x1 {
                continue;
            }
            let weight = |axis: usize, i: i64| kernels[axis][(i - at[axis] + reach[axis]) as usize];
            for k in z0..z1 {
                for j in y0..y1 {
                    let scale = weight(1, j) * weight(2, k);
                    let first = (x0 - at[0] + reach[0]) as usize;
                    let along = &kernels[0][first..first + (x1 - x0) as usize];
                    let row = self.row(j as usize, k as usize, x0 as usize, x1 as usize);
                    for (slot, &x) in row.iter_mut().zip(along) {
                        *slot = slot.max((scale * x) as f32);
                    }
                }
            }
        }
    }

    fn balls(&mut self, peaks_mm: &[[f32; 3]], radius_mm: f64) {
        let shape = self.mask.grid.shape.map(|n| n as i64);
        let runs = ball(&self.mask.grid.affine, radius_mm, shape);
        for &peak in peaks_mm {
            let Some([x, y, z]) = self.nearest(peak) else {
                continue;
            };
            for &[dy, dz, from, to] in &runs {
                let (j, k) = (y + dy, z + dz);
                let (from, to) = ((x + from).max(0), (x + to).min(shape[0]));
                if (0..shape[1]).contains(&j) && (0..shape[2]).contains(&k) && from < to {
                    self.row(j as usize, k as usize, from as usize, to as usize)
                        .fill(1.0);
                }
            }
        }
    }

    /// What was painted inside the mask; the canvas is blank again.
    fn take(&mut self) -> SparseMap {
        let nx = self.mask.grid.shape[0];
        self.rows.sort_unstable();
        let mut map = SparseMap::default();
        for row in std::mem::take(&mut self.rows) {
            let range = std::mem::replace(&mut self.painted[row as usize], (u32::MAX, 0));
            let start = nx * row as usize;
            let cells = start + range.0 as usize..start + range.1 as usize;
            let positions = &self.mask.position[cells.clone()];
            for (cell, &position) in self.canvas[cells].iter_mut().zip(positions) {
                let value = std::mem::take(cell);
                if position != u32::MAX && value > 0.0 {
                    map.voxels.push(position);
                    map.values.push(value);
                }
            }
        }
        map
    }
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

/// Voxel offsets within `radius_mm` of a voxel as runs along i: [dj, dk, from, to).
fn ball(affine: &Affine, radius_mm: f64, shape: [i64; 3]) -> Vec<[i64; 4]> {
    let Some(inverse) = affine.inverse() else {
        return Vec::new();
    };
    if !(radius_mm.is_finite() && radius_mm >= 0.0) {
        return Vec::new();
    }
    let reach: [i64; 3] = std::array::from_fn(|r| {
        let row = &inverse.0[r];
        let norm = (row[0].powi(2) + row[1].powi(2) + row[2].powi(2)).sqrt();
        // No offset larger than the grid can matter… but for peaks outside it, hence twice.
        (radius_mm * norm + 1e-6).floor().min(2.0 * shape[r] as f64) as i64
    });
    let limit = radius_mm.powi(2) * (1.0 + 1e-9);
    let inside = |i: i64, j: i64, k: i64| {
        let v = affine.apply_vector([i as f64, j as f64, k as f64]);
        v.iter().map(|c| c * c).sum::<f64>() <= limit
    };
    let mut runs = Vec::new();
    for k in -reach[2]..=reach[2] {
        for j in -reach[1]..=reach[1] {
            // A ball is convex: its voxels along a row are one run.
            let mut row = (-reach[0]..=reach[0]).filter(|&i| inside(i, j, k));
            if let Some(from) = row.next() {
                runs.push([j, k, from, row.next_back().unwrap_or(from) + 1]);
            }
        }
    }
    runs
}
