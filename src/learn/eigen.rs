//! Eigenvectors of a small symmetric matrix, by cyclic Jacobi rotations.

use crate::progress::{Cancelled, Progress};

/// Eigenvalues, largest first, and their vectors as rows, of a symmetric n × n matrix (row major).
///
/// Jacobi is slower than tridiagonal methods and needs no more than this; for n = 576 it takes a few
/// seconds, once.
pub(crate) fn symmetric(
    mut a: Vec<f64>,
    n: usize,
    progress: &Progress,
) -> Result<(Vec<f64>, Vec<f64>), Cancelled> {
    let mut vectors = vec![0.0; n * n];
    for i in 0..n {
        vectors[i * n + i] = 1.0;
    }
    let size: f64 = a.iter().map(|v| v * v).sum();
    for _ in 0..60 {
        let mut off = 0.0;
        for row in 0..n {
            progress.check()?;
            for col in row + 1..n {
                off += a[row * n + col].powi(2);
                rotate(&mut a, &mut vectors, n, row, col);
            }
        }
        if off <= 1e-22 * size {
            break;
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| a[j * n + j].total_cmp(&a[i * n + i]));
    let values = order.iter().map(|&i| a[i * n + i]).collect();
    let rows = order
        .iter()
        .flat_map(|&i| vectors[i * n..(i + 1) * n].iter().copied())
        .collect();
    Ok((values, rows))
}

/// Makes a[p][q] zero. `vectors` holds eigenvectors as rows.
fn rotate(a: &mut [f64], vectors: &mut [f64], n: usize, p: usize, q: usize) {
    let apq = a[p * n + q];
    let (app, aqq) = (a[p * n + p], a[q * n + q]);
    if apq.abs() <= 1e-300 || apq.abs() < 1e-18 * (app.abs() * aqq.abs()).sqrt() {
        return;
    }
    let theta = (aqq - app) / (2.0 * apq);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let cos = 1.0 / (t * t + 1.0).sqrt();
    let sin = t * cos;
    // Rows first, then, by symmetry, columns from the new rows.
    let turn = |m: &mut [f64]| {
        let (low, high) = m.split_at_mut(q * n);
        let (x, y) = (&mut low[p * n..(p + 1) * n], &mut high[..n]);
        for (x, y) in x.iter_mut().zip(y) {
            (*x, *y) = (cos * *x - sin * *y, sin * *x + cos * *y);
        }
    };
    turn(a);
    turn(vectors);
    for i in 0..n {
        if i != p && i != q {
            a[i * n + p] = a[p * n + i];
            a[i * n + q] = a[q * n + i];
        }
    }
    a[p * n + p] = app - t * apq;
    a[q * n + q] = aqq + t * apq;
    a[p * n + q] = 0.0;
    a[q * n + p] = 0.0;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;
    use rand::Rng as _;

    #[test]
    fn vectors_and_values_fit_the_matrix() {
        let n = 23;
        let mut rng = Seed(2).stream("eigen", 0);
        let mut a = vec![0.0; n * n];
        for r in 0..n {
            for c in 0..=r {
                a[r * n + c] = rng.random_range(-1.0..1.0);
                a[c * n + r] = a[r * n + c];
            }
        }
        let (values, vectors) = symmetric(a.clone(), n, &Progress::new()).unwrap();
        assert!(values.is_sorted_by(|x, y| x >= y));
        for (value, vector) in values.iter().zip(vectors.chunks(n)) {
            assert!((vector.iter().map(|v| v * v).sum::<f64>() - 1.0).abs() < 1e-10);
            for r in 0..n {
                let product: f64 = (0..n).map(|c| a[r * n + c] * vector[c]).sum();
                assert!((product - value * vector[r]).abs() < 1e-9);
            }
        }
    }
}
