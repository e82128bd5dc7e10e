//! Gaussian smoothing: nilearn's `smooth_img`, which is scipy's `gaussian_filter1d` along each axis.

use std::sync::Arc;

use rayon::prelude::*;

use super::MeasureError;
use crate::progress::Progress;
use crate::volume::{Fault, Volume, VolumeError};

/// Wider than the head.
const WIDEST_MM: f64 = 100.0;
/// The kernel ends at so many standard deviations, as scipy's does.
const TRUNCATE: f64 = 4.0;

/// Smooths a scalar map with a Gaussian of full width at half maximum `fwhm_mm`, the same in mm
/// along every voxel axis. Places without data count as 0 and get values, borders are mirrored, as
/// nilearn does it.
///
/// # Errors
/// [`MeasureError::Width`] for a width that is not above 0 and at most 100 mm, [`Fault::NotScalar`]
/// for labels and colours, or a stop.
pub fn smooth(
    volume: &Volume,
    fwhm_mm: f64,
    progress: &Progress,
) -> Result<Arc<[f32]>, MeasureError> {
    if !(fwhm_mm > 0.0 && fwhm_mm <= WIDEST_MM) {
        return Err(MeasureError::Width(fwhm_mm));
    }
    let values = volume
        .data
        .scalar()
        .ok_or_else(|| VolumeError::from(Fault::NotScalar("labels or colours")))?;
    let mut now: Vec<f32> = values
        .iter()
        .map(|&v| if v.is_finite() { v } else { 0.0 })
        .collect();
    let shape = volume.grid.shape;
    let per_sigma = (8.0 * std::f64::consts::LN_2).sqrt();
    for (axis, voxel_mm) in volume.grid.affine.voxel_sizes_mm().into_iter().enumerate() {
        progress.set_fraction(axis as f32 / 3.0);
        let kernel = half_kernel(fwhm_mm / (per_sigma * voxel_mm));
        now = along(&now, shape, axis, &kernel, progress)?;
    }
    Ok(now.into())
}

/// Weights from the middle outwards.
fn half_kernel(sigma: f64) -> Vec<f64> {
    // Voxels so small that the kernel would never end are of no brain.
    let radius = (TRUNCATE * sigma + 0.5).min(4096.0) as usize;
    let raw: Vec<f64> = (0..=radius)
        .map(|x| (-0.5 / (sigma * sigma) * (x * x) as f64).exp())
        .collect();
    let sum = raw[0] + 2.0 * raw[1..].iter().sum::<f64>();
    raw.iter().map(|w| w / sum).collect()
}

/// One pass along one axis. Slabs of k are independent for i and j; along k every slab reads all.
fn along(
    from: &[f32],
    [nx, ny, nz]: [usize; 3],
    axis: usize,
    kernel: &[f64],
    progress: &Progress,
) -> Result<Vec<f32>, MeasureError> {
    let plane = nx * ny;
    let mut out = vec![0.0; from.len()];
    if out.is_empty() {
        return Ok(out);
    }
    let (len, stride) = [(nx, 1), (ny, nx), (nz, plane)][axis];
    // Where each neighbour of each place lies, mirrored about the outer faces of the border voxels.
    let places: Vec<Vec<(usize, usize)>> = (0..len)
        .map(|at| {
            (1..kernel.len())
                .map(|x| {
                    (
                        mirror(at as isize - x as isize, len),
                        mirror((at + x) as isize, len),
                    )
                })
                .collect()
        })
        .collect();
    out.par_chunks_mut(plane)
        .enumerate()
        .try_for_each(|(k, slab)| {
            progress.check()?;
            for (in_plane, cell) in slab.iter_mut().enumerate() {
                let voxel = [in_plane % nx, in_plane / nx, k];
                let at = voxel[axis];
                let base = in_plane + plane * k - at * stride;
                let mut sum = kernel[0] * f64::from(from[base + at * stride]);
                for (&w, &(low, high)) in kernel[1..].iter().zip(&places[at]) {
                    let pair = f64::from(from[base + low * stride])
                        + f64::from(from[base + high * stride]);
                    sum += w * pair;
                }
                *cell = sum as f32;
            }
            Ok::<(), MeasureError>(())
        })?;
    Ok(out)
}

/// scipy's "reflect": d c b a | a b c d | d c b a.
fn mirror(index: isize, len: usize) -> usize {
    let period = 2 * len as isize;
    let folded = index.rem_euclid(period);
    folded.min(period - 1 - folded) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_are_mirrored_as_often_as_needed() {
        let folded: Vec<usize> = (-4..7).map(|i| mirror(i, 3)).collect();
        assert_eq!(folded, [2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0]);
        assert!((-9..9).all(|i| mirror(i, 1) == 0));
    }
}
