//! Where in the brain the literature reports what a term names: ridge regression from the weighted terms of texts to
//! their maps, as NeuroQuery does (Dockès et al. 2020).

use rayon::prelude::*;

use crate::align::Rows;
use crate::linalg::dot_f64;
use crate::progress::{Cancelled, Progress};

/// Steps of the conjugate gradients at most.
const MAX_STEPS: usize = 80;
/// The residual, as a share of the right-hand side, at which they end.
const ENOUGH: f64 = 1e-5;

/// Sparse rows of (column, value).
pub(crate) type SparseRows = Vec<Vec<(u32, f32)>>;

/// The numbers of each of `terms` terms (row) along the columns of `targets`: they minimise the squared distance
/// between targets and sums over the terms of a text, plus `penalty` times the squared numbers. Row i of `texts` is
/// weighted to unit length and belongs to row i of `targets`. Each column is solved by conjugate gradients in a fixed
/// order, so that the number of threads changes nothing.
///
/// # Errors
/// A stop.
pub(crate) fn learn_places(
    texts: &SparseRows,
    targets: &Rows,
    terms: usize,
    penalty: f64,
    progress: &Progress,
) -> Result<Rows, Cancelled> {
    let scaled: Vec<Vec<(u32, f64)>> = texts.par_iter().map(|row| unit(row)).collect();
    let columns: Vec<Vec<f64>> = (0..targets.width)
        .into_par_iter()
        .map(|column| {
            progress.check()?;
            let wanted: Vec<f64> = targets.iter().map(|row| f64::from(row[column])).collect();
            let right = transposed(&scaled, &wanted, terms);
            let normal = |x: &[f64]| {
                let mut out = transposed(&scaled, &product(&scaled, x), terms);
                out.iter_mut().zip(x).for_each(|(o, x)| *o += penalty * x);
                out
            };
            conjugate_gradients(&normal, &right, progress)
        })
        .collect::<Result<_, Cancelled>>()?;
    let row = |term: usize| columns.iter().map(move |column| column[term] as f32);
    Ok(Rows {
        values: (0..terms).flat_map(row).collect(),
        width: targets.width,
    })
}

fn unit(row: &[(u32, f32)]) -> Vec<(u32, f64)> {
    let square = |&(_, v): &(u32, f32)| f64::from(v) * f64::from(v);
    let length = row.iter().map(square).sum::<f64>().sqrt();
    let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
    let scaled = row.iter().map(|&(at, v)| (at, f64::from(v) * scale));
    scaled.collect()
}

fn product(rows: &[Vec<(u32, f64)>], x: &[f64]) -> Vec<f64> {
    let sum = |row: &Vec<(u32, f64)>| row.iter().map(|&(at, v)| v * x[at as usize]).sum();
    rows.iter().map(sum).collect()
}

fn transposed(rows: &[Vec<(u32, f64)>], y: &[f64], columns: usize) -> Vec<f64> {
    let mut out = vec![0.0; columns];
    for (row, y) in rows.iter().zip(y) {
        for &(at, v) in row {
            out[at as usize] += v * y;
        }
    }
    out
}

/// Solves `A x = b` of a symmetric positive definite `A`, from 0.
fn conjugate_gradients(
    a: &impl Fn(&[f64]) -> Vec<f64>,
    b: &[f64],
    progress: &Progress,
) -> Result<Vec<f64>, Cancelled> {
    let mut x = vec![0.0; b.len()];
    let (mut residual, mut direction) = (b.to_vec(), b.to_vec());
    let mut square = dot_f64(b, b);
    let end = ENOUGH * ENOUGH * square;
    for _ in 0..MAX_STEPS {
        progress.check()?;
        if square <= end {
            break;
        }
        let along = a(&direction);
        let step = square / dot_f64(&direction, &along).max(f64::MIN_POSITIVE);
        x.iter_mut()
            .zip(&direction)
            .for_each(|(x, d)| *x += step * d);
        residual
            .iter_mut()
            .zip(&along)
            .for_each(|(r, a)| *r -= step * a);
        let next = dot_f64(&residual, &residual);
        let keep = next / square;
        direction
            .iter_mut()
            .zip(&residual)
            .for_each(|(d, r)| *d = r + keep * *d);
        square = next;
    }
    Ok(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the normal equations solved by hand: two terms, three texts.
    #[test]
    fn ridge_in_closed_form() {
        // Unit rows: (1, 0), (0, 1), (0.6, 0.8).
        let texts = vec![vec![(0, 2.0)], vec![(1, 3.0)], vec![(0, 3.0), (1, 4.0)]];
        let targets = Rows {
            values: vec![1.0, -1.0, 0.5],
            width: 1,
        };
        let penalty = 0.5;
        // XᵀX + λ = [[1.86, 0.48], [0.48, 2.14]], Xᵀy = [1.3, -0.6].
        let determinant = 1.86 * 2.14 - 0.48 * 0.48;
        let expected = [
            (2.14 * 1.3 - 0.48 * -0.6) / determinant,
            (1.86 * -0.6 - 0.48 * 1.3) / determinant,
        ];
        let found = learn_places(&texts, &targets, 3, penalty, &Progress::new()).unwrap();
        assert_eq!((found.len(), found.width), (3, 1));
        for (found, expected) in found.values.iter().zip(expected) {
            assert!((f64::from(*found) - expected).abs() < 1e-5);
        }
        // A term that no text holds says nothing.
        assert_eq!(found.row(2), [0.0]);
    }
}
