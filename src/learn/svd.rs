//! Truncated singular value decomposition of the sparse maps, by subspace iteration.

use rayon::prelude::*;

use super::eigen;
use super::maps::Maps;
use super::{LearnError, LearnOptions};
use crate::atlas::Cholesky;
use crate::linalg::dot_wide;
use crate::progress::Progress;

/// Directions carried beyond those asked for: they take up what has not converged.
const EXTRA: usize = 64;
/// Products with XᵀX. The spectrum falls slowly; more change the variance kept by less than 0.1 %.
const ROUNDS: usize = 4;
/// Columns multiplied at a time.
const BLOCK: usize = 64;
/// Parts of a sum taken apart and then in order, so that the number of threads changes nothing.
const PARTS: usize = 4;

/// Right singular vectors on the coarse mask.
pub(super) struct Found {
    /// Voxel × component, row major; columns orthonormal, strongest first.
    pub(super) components: Vec<f32>,
    /// Share of the held-out maps' energy in their span.
    pub(super) dev_kept: f64,
}

/// The `k` strongest right singular vectors of sparse rows (not centred): column × component, row major.
pub(super) fn right_vectors(
    train: &Maps,
    k: usize,
    rng: &mut impl rand::Rng,
    progress: &Progress,
) -> Result<Vec<f32>, LearnError> {
    let voxels = train.voxels();
    let wide = (k + EXTRA).min(voxels).min(train.len());
    if wide < k {
        return Err(LearnError::Rank { modes: k });
    }
    let mut basis: Vec<f32> = (0..voxels * wide)
        .map(|_| rng.random_range(-1.0..1.0))
        .collect();
    let rank = |_| LearnError::Rank { modes: k };
    orthonormalise(&mut basis, wide).map_err(rank)?;
    for round in 0..ROUNDS {
        progress.stage(format!("Singular vectors, round {} of {ROUNDS}", round + 1));
        progress.set_fraction(round as f32 / ROUNDS as f32);
        basis = through_maps(train, &basis, wide, progress)?;
        orthonormalise(&mut basis, wide).map_err(rank)?;
    }
    progress.stage("Singular vectors, turning the basis");
    let moments = second_moments(train, &basis, wide, progress)?;
    let (_, vectors) = eigen::symmetric(moments, wide, progress)?;
    // Row c of `vectors` is the c-th direction in the basis.
    let turn: Vec<f32> = vectors[..k * wide].iter().map(|&v| v as f32).collect();
    let components: Vec<f32> = basis
        .par_chunks(wide)
        .flat_map_iter(|row| {
            turn.chunks(wide)
                .map(move |direction| dot_wide(row, direction) as f32)
        })
        .collect();
    Ok(components)
}

/// The `options.modes` strongest right singular vectors of the maps (not centred).
pub(super) fn learn(
    train: &Maps,
    dev: &Maps,
    options: &LearnOptions,
    progress: &Progress,
) -> Result<Found, LearnError> {
    let k = options.modes;
    let mut rng = options.seed.stream("atlas svd", 0);
    let components = right_vectors(train, k, &mut rng, progress)?;
    let shares = dev.map_each(|at, values| {
        project(&components, k, at, values)
            .iter()
            .map(|c| f64::from(*c).powi(2))
            .sum::<f64>()
    });
    let dev_kept = shares.iter().sum::<f64>() / shares.len().max(1) as f64;
    Ok(Found {
        components,
        dev_kept,
    })
}

/// Basisᵀ x.
fn project(basis: &[f32], wide: usize, at: &[u32], values: &[f32]) -> Vec<f32> {
    let mut out = vec![0.0_f32; wide];
    for (&voxel, &value) in at.iter().zip(values) {
        let row = &basis[voxel as usize * wide..][..wide];
        for (sum, weight) in out.iter_mut().zip(row) {
            *sum += value * weight;
        }
    }
    out
}

/// XᵀX · basis. Columns do not meet, so they are taken in blocks that stay in the cache, one a
/// thread: the number of threads changes nothing.
fn through_maps(
    maps: &Maps,
    basis: &[f32],
    wide: usize,
    progress: &Progress,
) -> Result<Vec<f32>, LearnError> {
    let blocks: Vec<Result<Vec<[f32; BLOCK]>, LearnError>> = (0..wide)
        .into_par_iter()
        .step_by(BLOCK)
        .map(|first| {
            let columns: Vec<[f32; BLOCK]> = basis
                .chunks(wide)
                .map(|row| std::array::from_fn(|c| row.get(first + c).copied().unwrap_or(0.0)))
                .collect();
            let mut out = vec![[0.0_f32; BLOCK]; columns.len()];
            for number in 0..maps.len() {
                if number % 64 == 0 {
                    progress.check()?;
                }
                let (at, values) = maps.row(number);
                let mut code = [0.0_f32; BLOCK];
                for (&voxel, &value) in at.iter().zip(values) {
                    add_scaled(&mut code, value, &columns[voxel as usize]);
                }
                for (&voxel, &value) in at.iter().zip(values) {
                    add_scaled(&mut out[voxel as usize], value, &code);
                }
            }
            Ok(out)
        })
        .collect();
    let mut product = vec![0.0_f32; basis.len()];
    for (number, block) in blocks.into_iter().enumerate() {
        let first = number * BLOCK;
        for (row, part) in product.chunks_mut(wide).zip(block?) {
            for (out, value) in row[first..].iter_mut().zip(part) {
                *out = value;
            }
        }
    }
    Ok(product)
}

fn add_scaled(sum: &mut [f32; BLOCK], scale: f32, values: &[f32; BLOCK]) {
    for (s, v) in sum.iter_mut().zip(values) {
        *s += scale * v;
    }
}

/// (X basis)ᵀ(X basis), wide × wide.
fn second_moments(
    maps: &Maps,
    basis: &[f32],
    wide: usize,
    progress: &Progress,
) -> Result<Vec<f64>, LearnError> {
    progress.check()?;
    let codes = maps.map_each(|at, values| project(basis, wide, at, values));
    progress.check()?;
    let flat: Vec<f32> = codes.concat();
    Ok(gram(&flat, wide))
}

/// RᵀR of row-major rows of length `wide`.
fn gram(rows: &[f32], wide: usize) -> Vec<f64> {
    let lines: Vec<&[f32]> = rows.chunks(wide).collect();
    let parts: Vec<Vec<f64>> = lines
        .par_chunks(lines.len().div_ceil(PARTS).max(1))
        .map(|part| {
            let mut sums = vec![0.0_f64; wide * wide];
            for line in part {
                for (row, &a) in line.iter().enumerate() {
                    let a = f64::from(a);
                    let out = &mut sums[row * wide..][..row + 1];
                    for (sum, &b) in out.iter_mut().zip(*line) {
                        *sum += a * f64::from(b);
                    }
                }
            }
            sums
        })
        .collect();
    let mut out = vec![0.0_f64; wide * wide];
    for part in &parts {
        for (sum, value) in out.iter_mut().zip(part) {
            *sum += value;
        }
    }
    for row in 0..wide {
        for col in 0..row {
            out[col * wide + row] = out[row * wide + col];
        }
    }
    out
}

/// Makes the columns of a voxel × `wide` matrix orthonormal (Cholesky QR, twice: the first pass
/// leaves the rounding of an ill-conditioned product, the second removes it).
///
/// # Errors
/// Columns that are not independent.
fn orthonormalise(basis: &mut [f32], wide: usize) -> Result<(), usize> {
    for _ in 0..2 {
        let mut moments = gram(basis, wide);
        let mean = (0..wide).map(|i| moments[i * wide + i]).sum::<f64>() / wide as f64;
        for i in 0..wide {
            moments[i * wide + i] += 1e-10 * mean;
        }
        let factor = Cholesky::new(&moments, wide)?;
        basis.par_chunks_mut(wide).for_each(|row| {
            let mut line: Vec<f64> = row.iter().map(|&v| f64::from(v)).collect();
            factor.forward_in_place(&mut line);
            for (out, value) in row.iter_mut().zip(line) {
                *out = value as f32;
            }
        });
    }
    Ok(())
}
