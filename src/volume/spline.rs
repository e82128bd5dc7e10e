//! Cubic B-spline interpolation with mirrored borders: scipy.ndimage's order 3.
//!
//! Values are first turned into coefficients by a recursive filter along each axis (pole √3 − 2,
//! gain 6; Unser 1999), after which the spline passes through every voxel.

use rayon::prelude::*;

use crate::progress::{Cancelled, Progress};

/// Why coefficients could not be made.
pub(super) enum SplineFault {
    Cancelled,
    Memory,
}

impl From<Cancelled> for SplineFault {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// Coefficients of a volume.
pub(super) struct Coefficients {
    values: Vec<f32>,
    shape: [usize; 3],
}

const POLE: f64 = -0.267_949_192_431_122_7;

impl Coefficients {
    /// No-data voxels are first filled from their neighbours (two rings, then 0), so that the spline
    /// does not ring at the border of the brain.
    pub fn new(
        values: &[f32],
        shape: [usize; 3],
        progress: &Progress,
    ) -> Result<Self, SplineFault> {
        let mut filled = Vec::new();
        filled
            .try_reserve_exact(values.len())
            .map_err(|_| SplineFault::Memory)?;
        filled.extend_from_slice(values);
        if values.iter().any(|v| !v.is_finite()) {
            for _ in 0..2 {
                progress.check()?;
                grow(&mut filled, shape);
            }
            for v in &mut filled {
                if !v.is_finite() {
                    *v = 0.0;
                }
            }
        }
        let [nx, ny, _] = shape;
        progress.check()?;
        filled
            .par_chunks_mut(nx.max(1))
            .for_each_init(Vec::new, |line, row| {
                line.clear();
                line.extend(row.iter().map(|&v| f64::from(v)));
                prefilter(line);
                row.iter_mut()
                    .zip(line.iter())
                    .for_each(|(v, c)| *v = *c as f32);
            });
        progress.check()?;
        filled
            .par_chunks_mut((nx * ny).max(1))
            .for_each_init(Vec::new, |line, slab| {
                for i in 0..nx {
                    strided(slab, i, nx, ny, line);
                }
            });
        progress.check()?;
        along_k(&mut filled, shape);
        Ok(Self {
            values: filled,
            shape,
        })
    }

    /// The spline's value at a voxel position. Coefficients beyond a border are mirrored at it.
    pub fn at(&self, at: [f64; 3]) -> f32 {
        let mut weights = [[0.0; 4]; 3];
        let mut places = [[0usize; 4]; 3];
        for axis in 0..3 {
            let floor = at[axis].floor();
            weights[axis] = basis(at[axis] - floor);
            for (s, place) in places[axis].iter_mut().enumerate() {
                *place = mirror(floor as isize - 1 + s as isize, self.shape[axis]);
            }
        }
        let mut sum = 0.0;
        for (wz, &k) in weights[2].iter().zip(&places[2]) {
            for (wy, &j) in weights[1].iter().zip(&places[1]) {
                let row = self.shape[0] * (j + self.shape[1] * k);
                let line: f64 = weights[0]
                    .iter()
                    .zip(&places[0])
                    .map(|(w, &i)| w * f64::from(self.values[row + i]))
                    .sum();
                sum += wz * wy * line;
            }
        }
        sum as f32
    }
}

/// Weights of the four nearest coefficients, t in 0..1 from the second.
fn basis(t: f64) -> [f64; 4] {
    let u = 1.0 - t;
    [
        u * u * u / 6.0,
        (3.0 * t * t * t - 6.0 * t * t + 4.0) / 6.0,
        (3.0 * u * u * u - 6.0 * u * u + 4.0) / 6.0,
        t * t * t / 6.0,
    ]
}

/// Index mirrored about the first and last sample.
fn mirror(index: isize, len: usize) -> usize {
    if len <= 1 {
        return 0;
    }
    let period = 2 * (len as isize - 1);
    let folded = index.rem_euclid(period);
    folded.min(period - folded) as usize
}

/// Turns samples into coefficients, in place.
fn prefilter(line: &mut [f64]) {
    let n = line.len();
    if n < 2 {
        return;
    }
    line.iter_mut().for_each(|v| *v *= 6.0);
    // Exact start of the causal pass for mirrored samples.
    let pole_end = POLE.powi(n as i32 - 1);
    let mut power = POLE;
    let mut start = line[0] + pole_end * line[n - 1];
    for i in 1..n - 1 {
        start += power * (line[i] + pole_end * line[n - 1 - i]);
        power *= POLE;
    }
    line[0] = start / (1.0 - pole_end * pole_end);
    for i in 1..n {
        line[i] += POLE * line[i - 1];
    }
    line[n - 1] = POLE / (POLE * POLE - 1.0) * (line[n - 1] + POLE * line[n - 2]);
    for i in (0..n - 1).rev() {
        line[i] = POLE * (line[i + 1] - line[i]);
    }
}

fn strided(data: &mut [f32], start: usize, stride: usize, len: usize, line: &mut Vec<f64>) {
    line.clear();
    line.extend((0..len).map(|s| f64::from(data[start + s * stride])));
    prefilter(line);
    for (s, c) in line.iter().enumerate() {
        data[start + s * stride] = *c as f32;
    }
}

/// Filters along k, which no contiguous split of the array follows.
fn along_k(data: &mut [f32], [nx, ny, nz]: [usize; 3]) {
    let plane = nx * ny;
    let shared: &[f32] = data;
    let columns: Vec<Vec<f32>> = (0..ny)
        .into_par_iter()
        .map_init(Vec::new, |line: &mut Vec<f64>, j| {
            let mut out = vec![0.0; nx * nz];
            for i in 0..nx {
                line.clear();
                line.extend((0..nz).map(|k| f64::from(shared[i + nx * j + plane * k])));
                prefilter(line);
                for (k, c) in line.iter().enumerate() {
                    out[i + nx * k] = *c as f32;
                }
            }
            out
        })
        .collect();
    for (j, column) in columns.iter().enumerate() {
        for k in 0..nz {
            let at = nx * j + plane * k;
            data[at..at + nx].copy_from_slice(&column[nx * k..nx * (k + 1)]);
        }
    }
}

/// Gives every no-data voxel beside data the mean of its (up to six) neighbours with data.
fn grow(values: &mut [f32], [nx, ny, nz]: [usize; 3]) {
    let before = values.to_vec();
    let stride = [1, nx, nx * ny];
    let shape = [nx, ny, nz];
    for (index, value) in values.iter_mut().enumerate() {
        if before[index].is_finite() {
            continue;
        }
        let voxel = [index % nx, index / nx % ny, index / (nx * ny)];
        let (mut sum, mut count) = (0.0, 0u8);
        for axis in 0..3 {
            let below = (voxel[axis] > 0).then(|| before[index - stride[axis]]);
            let above = (voxel[axis] + 1 < shape[axis]).then(|| before[index + stride[axis]]);
            for v in [below, above]
                .into_iter()
                .flatten()
                .filter(|v| v.is_finite())
            {
                sum += v;
                count += 1;
            }
        }
        if count > 0 {
            *value = sum / f32::from(count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spline_passes_through_the_samples() {
        let values: Vec<f32> = (0..60)
            .map(|i| ((i * 29 % 17) as f32 - 8.0) / 3.0)
            .collect();
        let spline = Coefficients::new(&values, [5, 4, 3], &Progress::new())
            .ok()
            .unwrap();
        for (index, &want) in values.iter().enumerate() {
            let at = [index % 5, index / 5 % 4, index / 20].map(|x| x as f64);
            assert!((spline.at(at) - want).abs() < 1e-5, "{index}");
        }
    }

    #[test]
    fn indices_fold_about_the_ends() {
        let folded: Vec<usize> = (-3..8).map(|i| mirror(i, 4)).collect();
        assert_eq!(folded, [3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1]);
        assert_eq!(mirror(5, 1), 0);
    }
}
