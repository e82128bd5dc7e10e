//! What one peak puts on a grid around its voxel, worked out once: painting a peak is then copying rows.

use super::Kernel;
use super::paint::gaussian_of;
use crate::volume::{Affine, Mask};

/// A row of voxels beside a peak's: how far away along j and k, from where along i, and what is put there.
pub(super) struct Run {
    pub step: [i64; 2],
    pub from: i64,
    pub values: Vec<f32>,
}

/// What a peak puts around its voxel, of which the highest counts where several peaks reach.
pub(crate) struct Stamp {
    pub(super) runs: Vec<Run>,
}

impl Stamp {
    /// What `amount` makes of a kernel's values; `None` for kernels whose peaks add up.
    pub(crate) fn of(kernel: Kernel, mask: &Mask, amount: impl Fn(f64) -> f64) -> Option<Self> {
        let value = |value: f64| amount(f64::from(value as f32)) as f32;
        let runs = match kernel {
            Kernel::Kde { .. } => return None,
            Kernel::Mkda { radius_mm } => {
                let shape = mask.grid.shape.map(|n| n as i64);
                let run = |[j, k, from, to]: [i64; 4]| Run {
                    step: [j, k],
                    from,
                    values: vec![value(1.0); (to - from) as usize],
                };
                let runs = ball(&mask.grid.affine, radius_mm, shape);
                runs.into_iter().map(run).collect()
            }
            Kernel::Ale { fwhm_mm } => {
                let kernels: [Vec<f64>; 3] =
                    std::array::from_fn(|axis| gaussian_of(fwhm_mm, mask, axis));
                let reach = kernels.each_ref().map(|kernel| (kernel.len() / 2) as i64);
                let mut runs = Vec::new();
                for (k, &z) in (-reach[2]..).zip(&kernels[2]) {
                    for (j, &y) in (-reach[1]..).zip(&kernels[1]) {
                        runs.push(Run {
                            step: [j, k],
                            from: -reach[0],
                            values: kernels[0].iter().map(|&x| value(y * z * x)).collect(),
                        });
                    }
                }
                runs
            }
        };
        Some(Self { runs })
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
