//! What one peak puts on a grid around its voxel, worked out once a kernel.

use super::Kernel;
use super::paint::gaussian_of;
use crate::volume::{Affine, Mask};

/// A row of voxels beside a peak's: how far away along j and k, from where along i, and what is put there.
pub(super) struct Run {
    pub step: [i64; 2],
    pub from: i64,
    pub values: Vec<f32>,
}

/// How peaks are painted.
pub(crate) enum Brush {
    /// Where several peaks reach, the highest counts.
    Highest(Stamp),
    /// Peaks add up: the weights along each axis.
    Sum([Vec<f64>; 3]),
}

impl Brush {
    /// Of a kernel; where the highest counts, `amount` says what is painted of its values and rises with them.
    pub(crate) fn of(kernel: Kernel, mask: &Mask, amount: impl Fn(f64) -> f64) -> Self {
        let gaussians = |fwhm_mm| std::array::from_fn(|axis| gaussian_of(fwhm_mm, mask, axis));
        match kernel {
            Kernel::Kde { fwhm_mm } => Self::Sum(gaussians(fwhm_mm)),
            Kernel::Mkda { radius_mm } => Self::Highest(Stamp::ball(radius_mm, mask, amount)),
            Kernel::Ale { fwhm_mm } => Self::Highest(Stamp::gaussian(&gaussians(fwhm_mm), amount)),
        }
    }
}

/// Rows of amounts around a peak's voxel: painting a peak is copying them.
pub(crate) struct Stamp {
    pub(super) runs: Vec<Run>,
}

impl Stamp {
    fn ball(radius_mm: f64, mask: &Mask, amount: impl Fn(f64) -> f64) -> Self {
        let shape = mask.grid.shape.map(|n| n as i64);
        let one = amount(1.0) as f32;
        let run = |[j, k, from, to]: [i64; 4]| Run {
            step: [j, k],
            from,
            values: vec![one; (to - from) as usize],
        };
        let runs = ball(&mask.grid.affine, radius_mm, shape);
        Self {
            runs: runs.into_iter().map(run).collect(),
        }
    }

    fn gaussian(weights: &[Vec<f64>; 3], amount: impl Fn(f64) -> f64) -> Self {
        // Values of maps are single.
        let value = |value: f64| amount(f64::from(value as f32)) as f32;
        let reach = weights.each_ref().map(|along| (along.len() / 2) as i64);
        let mut runs = Vec::new();
        for (k, &z) in (-reach[2]..).zip(&weights[2]) {
            for (j, &y) in (-reach[1]..).zip(&weights[1]) {
                runs.push(Run {
                    step: [j, k],
                    from: -reach[0],
                    values: weights[0].iter().map(|&x| value(y * z * x)).collect(),
                });
            }
        }
        Self { runs }
    }

    /// The highest amount, which a peak puts on its own voxel.
    pub(crate) fn highest(&self) -> f64 {
        let all = self.runs.iter().flat_map(|run| &run.values);
        all.fold(0.0_f64, |highest, &v| highest.max(f64::from(v)))
    }
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
