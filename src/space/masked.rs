//! A map as a vector over a mask.

use crate::progress::Progress;
use crate::volume::{
    Fault, Mask, Resampling, Volume, VolumeData, VolumeError, resample_at, same_grid,
};

/// Values at a mask's voxels, in the mask's order.
#[derive(Debug, Clone)]
pub struct MaskedMap {
    /// One value a mask voxel; 0 where the map has no data.
    pub values: Vec<f32>,
    /// Share (0..=1) of mask voxels where the map has data: zeros count, NaN and places outside its
    /// grid do not.
    pub coverage: f32,
    /// Share (0..=1) of mask voxels whose value is not 0. A map that covers the brain but was
    /// thresholded, or whose writer put 0 for "outside", shows here.
    pub nonzero: f32,
}

/// Brings a scalar map onto a mask: averaged where the mask's voxels are larger, else trilinear.
///
/// # Errors
/// [`Fault::NotScalar`](crate::volume::Fault::NotScalar) for labels and colours, a degenerate grid, [`VolumeError::Cancelled`].
pub fn on_mask(
    volume: &Volume,
    mask: &Mask,
    progress: &Progress,
) -> Result<MaskedMap, VolumeError> {
    on_mask_by(volume, mask, Resampling::Average, progress)
}

/// [`on_mask`] with the interpolation named.
///
/// # Errors
/// As [`on_mask`].
pub(crate) fn on_mask_by(
    volume: &Volume,
    mask: &Mask,
    how: Resampling,
    progress: &Progress,
) -> Result<MaskedMap, VolumeError> {
    let mut values = resample_at(volume, &mask.grid, &mask.voxels, how, progress)?;
    let (mut with_data, mut nonzero) = (0usize, 0usize);
    for v in &mut values {
        if v.is_finite() {
            with_data += 1;
            nonzero += usize::from(*v != 0.0);
        } else {
            *v = 0.0;
        }
    }
    let share = |n: usize| {
        if mask.is_empty() {
            0.0
        } else {
            (n as f64 / mask.len() as f64) as f32
        }
    };
    Ok(MaskedMap {
        coverage: share(with_data),
        nonzero: share(nonzero),
        values,
    })
}

/// Brings a scalar map onto a mask as NiCLIP does with nilearn: no data is 0, a cubic spline between voxel
/// centres where the grids differ, 0 beyond the outermost centres. Coverage and share of values other than 0
/// are those of [`on_mask`].
///
/// # Errors
/// As [`on_mask`].
pub(crate) fn on_mask_continuous(
    volume: &Volume,
    mask: &Mask,
    progress: &Progress,
) -> Result<MaskedMap, VolumeError> {
    let seen = on_mask(volume, mask, progress)?;
    let mut clean = volume.clone();
    if let VolumeData::Scalar(values) = &volume.data
        && values.iter().any(|v| !v.is_finite())
    {
        let finite = |&v: &f32| if v.is_finite() { v } else { 0.0 };
        clean.data = VolumeData::Scalar(values.iter().map(finite).collect());
    }
    let cubic = Resampling::Cubic;
    let mut values = resample_at(&clean, &mask.grid, &mask.voxels, cubic, progress)?;
    if !same_grid(&volume.grid, &mask.grid) {
        let to_map = volume.grid.affine.inverse().ok_or(Fault::Degenerate)?;
        let step = to_map.then_after(&mask.grid.affine);
        for (value, &voxel) in values.iter_mut().zip(mask.voxels.iter()) {
            let at = step.apply(mask.grid.voxel(voxel as usize).map(|x| x as f64));
            let last = |axis: usize| volume.grid.shape[axis].saturating_sub(1) as f64;
            if !(0..3).all(|axis| (0.0..=last(axis)).contains(&at[axis])) {
                *value = 0.0;
            }
        }
    }
    for value in &mut values {
        if !value.is_finite() {
            *value = 0.0;
        }
    }
    Ok(MaskedMap { values, ..seen })
}
