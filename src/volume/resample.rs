//! Moving a map onto another grid.

use std::sync::Arc;

use rayon::prelude::*;

use super::error::{Fault, VolumeError};
use super::sample::{Sampler, nearest};
use super::{Affine, Grid, Volume, VolumeData};
use crate::files::hex_sha256;
use crate::progress::Progress;

/// More voxels than this are not made: 4 GiB as f32, and a mask stores voxels as u32.
const MAX_VOXELS: u64 = 1 << 30;

/// Voxels sampled between two checks for a stop.
const CHUNK: usize = 8192;

/// How values between voxel centres are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Resampling {
    /// Mean over the target voxel where it is larger than the source's, else trilinear.
    Average,
    /// Linear along each axis.
    Trilinear,
    /// The voxel whose centre is nearest.
    Nearest,
    /// Cubic B-spline, as scipy's order 3 (mirrored at the borders).
    Cubic,
}

/// Resamples a map onto `grid`. Labels and colours are always taken from the nearest voxel; a place
/// outside the map is NaN, label 0 or transparent.
///
/// # Errors
/// [`Fault::Degenerate`] for a grid that cannot be inverted, [`Fault::TooLarge`] or
/// [`Fault::NoMemory`] for one too large, [`VolumeError::Cancelled`].
pub fn resample(
    volume: &Volume,
    grid: &Grid,
    how: Resampling,
    progress: &Progress,
) -> Result<Volume, VolumeError> {
    let to_source = to_source(&volume.grid, grid)?;
    let data = if same_grid(&volume.grid, grid) {
        volume.data.clone()
    } else {
        match &volume.data {
            VolumeData::Scalar(values) => {
                let sampler = Sampler::new(values, &volume.grid, to_source, how, progress)?;
                VolumeData::Scalar(fill(grid, f32::NAN, progress, |p| Some(sampler.at(p)))?)
            }
            VolumeData::Label(labels) => VolumeData::Label(fill(grid, 0, progress, |p| {
                nearest(labels, volume.grid.shape, to_source.apply(p))
            })?),
            VolumeData::Rgba(colours) => VolumeData::Rgba(fill(grid, [0; 4], progress, |p| {
                nearest(colours, volume.grid.shape, to_source.apply(p))
            })?),
        }
    };
    let recipe = format!("{} {how:?} {grid:?}", volume.hash);
    Ok(Volume {
        grid: *grid,
        data,
        kind: volume.kind,
        name: volume.name.clone(),
        frames: 1,
        frame: 0,
        hash: hex_sha256(recipe.as_bytes()),
        warnings: volume.warnings.clone(),
        provenance: volume.provenance.clone(),
    })
}

/// Voxel of `to` → voxel of `from`.
fn to_source(from: &Grid, to: &Grid) -> Result<Affine, Fault> {
    let voxels = to
        .shape
        .iter()
        .try_fold(1u64, |n, &d| n.checked_mul(d as u64));
    if voxels.is_none_or(|n| n > MAX_VOXELS) {
        return Err(Fault::TooLarge(to.shape.map(|d| d as u64).to_vec()));
    }
    let inverse = from.affine.inverse().ok_or(Fault::Degenerate)?;
    if to.affine.inverse().is_none() {
        return Err(Fault::Degenerate);
    }
    Ok(inverse.then_after(&to.affine))
}

/// Same shape, and no voxel centre moves by more than a ten-thousandth of a millimetre.
pub(crate) fn same_grid(a: &Grid, b: &Grid) -> bool {
    a.shape == b.shape
        && (0..8).all(|corner| {
            let p = std::array::from_fn(|axis| {
                if corner >> axis & 1 == 1 {
                    a.shape[axis].saturating_sub(1)
                } else {
                    0
                }
            });
            let (x, y) = (a.world(p), b.world(p));
            (0..3).all(|i| (x[i] - y[i]).abs() < 1e-4)
        })
}

/// Values at some voxels of `grid` only: what a mask needs, at a fraction of the work. NaN where the
/// map has no data.
///
/// # Errors
/// As [`resample`], and [`Fault::NotScalar`] for labels and colours.
pub(crate) fn resample_at(
    volume: &Volume,
    grid: &Grid,
    voxels: &[u32],
    how: Resampling,
    progress: &Progress,
) -> Result<Vec<f32>, VolumeError> {
    let values = match &volume.data {
        VolumeData::Scalar(values) => values,
        VolumeData::Label(_) => return Err(Fault::NotScalar("labels").into()),
        VolumeData::Rgba(_) => return Err(Fault::NotScalar("colours").into()),
    };
    let to_source = to_source(&volume.grid, grid)?;
    if same_grid(&volume.grid, grid) {
        progress.check()?;
        let at = |&v: &u32| values.get(v as usize).copied().unwrap_or(f32::NAN);
        return Ok(voxels.iter().map(at).collect());
    }
    let sampler = Sampler::new(values, &volume.grid, to_source, how, progress)?;
    let mut out = vec![f32::NAN; voxels.len()];
    let chunks = out.par_chunks_mut(CHUNK).zip(voxels.par_chunks(CHUNK));
    chunks.try_for_each(|(out, voxels)| {
        progress.check()?;
        for (cell, &voxel) in out.iter_mut().zip(voxels) {
            *cell = sampler.at(grid.voxel(voxel as usize).map(|x| x as f64));
        }
        Ok::<(), Fault>(())
    })?;
    Ok(out)
}

/// Computes every voxel of `grid`, one slab of k a task, checking for a stop at each.
fn fill<T: Copy + Send + Sync>(
    grid: &Grid,
    outside: T,
    progress: &Progress,
    value: impl Fn([f64; 3]) -> Option<T> + Sync,
) -> Result<Arc<[T]>, Fault> {
    let mut out = Vec::new();
    out.try_reserve_exact(grid.len())
        .map_err(|_| Fault::NoMemory((grid.len() * size_of::<T>()) as u64))?;
    out.resize(grid.len(), outside);
    let [nx, ny, _] = grid.shape;
    if !grid.is_empty() {
        out.par_chunks_mut(nx * ny)
            .enumerate()
            .try_for_each(|(k, slab)| {
                progress.check()?;
                for (j, row) in slab.chunks_mut(nx).enumerate() {
                    for (i, cell) in row.iter_mut().enumerate() {
                        if let Some(v) = value([i as f64, j as f64, k as f64]) {
                            *cell = v;
                        }
                    }
                }
                Ok::<(), Fault>(())
            })?;
    }
    Ok(out.into())
}
