//! Moving a map onto another grid.
//!
//! One rule for no data, the same as on screen: a voxel without data, or outside the grid, has
//! weight 0; the result is Σ w·v / Σ w over the rest, and no data where Σ w falls below one half.

use std::sync::Arc;

use rayon::prelude::*;

use super::error::{Fault, VolumeError};
use super::read::hash_of;
use super::spline::{Coefficients, SplineFault};
use super::{Affine, Grid, Volume, VolumeData};
use crate::progress::Task;

/// How values between voxel centres are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Interpolation {
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
    how: Interpolation,
    task: &Task,
) -> Result<Volume, VolumeError> {
    let to_source = to_source(&volume.grid, grid)?;
    let data = if same_grid(&volume.grid, grid) {
        volume.data.clone()
    } else {
        match &volume.data {
            VolumeData::Scalar(values) => {
                VolumeData::Scalar(scalar(values, &volume.grid, grid, &to_source, how, task)?)
            }
            VolumeData::Label(labels) => VolumeData::Label(fill(grid, 0, task, |p| {
                nearest(labels, volume.grid.shape, to_source.apply(p))
            })?),
            VolumeData::Rgba(colours) => VolumeData::Rgba(fill(grid, [0; 4], task, |p| {
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
        hash: hash_of(recipe.as_bytes()),
        warnings: volume.warnings.clone(),
    })
}

/// Voxel of `to` → voxel of `from`.
fn to_source(from: &Grid, to: &Grid) -> Result<Affine, Fault> {
    if !to
        .shape
        .iter()
        .try_fold(1usize, |n, &d| n.checked_mul(d))
        .is_some_and(|n| n as u64 <= super::header::MAX_VOXELS)
    {
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

fn scalar(
    values: &[f32],
    from: &Grid,
    to: &Grid,
    to_source: &Affine,
    how: Interpolation,
    task: &Task,
) -> Result<Arc<[f32]>, Fault> {
    let shape = from.shape;
    match how {
        Interpolation::Nearest => fill(to, f32::NAN, task, |p| {
            nearest(values, shape, to_source.apply(p))
        }),
        Interpolation::Trilinear => fill(to, f32::NAN, task, |p| {
            Some(trilinear(values, shape, to_source.apply(p)))
        }),
        Interpolation::Average => {
            let steps = sub_samples(to_source);
            if steps == [1; 3] {
                return fill(to, f32::NAN, task, |p| {
                    Some(trilinear(values, shape, to_source.apply(p)))
                });
            }
            let offsets = offsets(steps);
            fill(to, f32::NAN, task, |p| {
                Some(average(values, shape, to_source, p, &offsets))
            })
        }
        Interpolation::Cubic => {
            let coefficients =
                Coefficients::new(values, shape, task).map_err(|fault| match fault {
                    SplineFault::Cancelled => Fault::Cancelled,
                    SplineFault::Memory => Fault::NoMemory(values.len() as u64 * 4),
                })?;
            fill(to, f32::NAN, task, |p| {
                let at = to_source.apply(p);
                // Validity by the common rule, the value by the spline.
                trilinear(values, shape, at)
                    .is_finite()
                    .then(|| coefficients.at(at))
            })
        }
    }
}

/// Computes every voxel of `grid`, one slab of k a task, checking for a stop at each.
fn fill<T: Copy + Send + Sync>(
    grid: &Grid,
    outside: T,
    task: &Task,
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
                task.check()?;
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

fn nearest<T: Copy>(values: &[T], shape: [usize; 3], at: [f64; 3]) -> Option<T> {
    let mut voxel = [0; 3];
    for axis in 0..3 {
        let rounded = (at[axis] + 0.5).floor();
        if !(0.0..shape[axis] as f64).contains(&rounded) {
            return None;
        }
        voxel[axis] = rounded as usize;
    }
    values
        .get(voxel[0] + shape[0] * (voxel[1] + shape[1] * voxel[2]))
        .copied()
}

/// Trilinear value at a voxel position, NaN where less than half its weight has data.
pub(super) fn trilinear(values: &[f32], shape: [usize; 3], at: [f64; 3]) -> f32 {
    let mut low = [0isize; 3];
    let mut t = [0.0f64; 3];
    for axis in 0..3 {
        let floor = at[axis].floor();
        if !(-1.0..shape[axis] as f64).contains(&floor) {
            return f32::NAN;
        }
        low[axis] = floor as isize;
        t[axis] = at[axis] - floor;
    }
    let (mut sum, mut weight) = (0.0, 0.0);
    for corner in 0..8usize {
        let mut w = 1.0;
        let mut index = 0usize;
        let mut stride = 1usize;
        let mut inside = true;
        for axis in 0..3 {
            let up = corner >> axis & 1;
            w *= if up == 1 { t[axis] } else { 1.0 - t[axis] };
            let place = low[axis] + up as isize;
            inside &= place >= 0 && (place as usize) < shape[axis];
            index = index.wrapping_add((place as usize).wrapping_mul(stride));
            stride *= shape[axis];
        }
        if inside && w > 0.0 {
            let v = f64::from(values[index]);
            if v.is_finite() {
                sum += w * v;
                weight += w;
            }
        }
    }
    if weight < 0.5 {
        f32::NAN
    } else {
        (sum / weight) as f32
    }
}

/// Samples per target axis so that none lies further than one source voxel from the next.
fn sub_samples(to_source: &Affine) -> [usize; 3] {
    to_source.voxel_sizes_mm().map(|ratio| {
        if ratio > 1.05 {
            (ratio.ceil() as usize).min(16)
        } else {
            1
        }
    })
}

/// Centres of equal parts of a target voxel, relative to its centre.
fn offsets(steps: [usize; 3]) -> Vec<[f64; 3]> {
    let along = |n: usize| (0..n).map(move |s| (s as f64 + 0.5) / n as f64 - 0.5);
    along(steps[2])
        .flat_map(|z| along(steps[1]).flat_map(move |y| along(steps[0]).map(move |x| [x, y, z])))
        .collect()
}

/// Mean over the parts of a target voxel that have data; no data where fewer than half have.
fn average(
    values: &[f32],
    shape: [usize; 3],
    to_source: &Affine,
    p: [f64; 3],
    offsets: &[[f64; 3]],
) -> f32 {
    let (mut sum, mut count) = (0.0, 0usize);
    for offset in offsets {
        let v = trilinear(
            values,
            shape,
            to_source.apply(std::array::from_fn(|a| p[a] + offset[a])),
        );
        if v.is_finite() {
            sum += f64::from(v);
            count += 1;
        }
    }
    if count * 2 < offsets.len() {
        f32::NAN
    } else {
        (sum / count as f64) as f32
    }
}
