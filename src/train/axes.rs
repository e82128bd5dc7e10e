//! Principal axes of a table, by orthogonal iteration.

use crate::align::Rows;
use crate::linalg::dot;
use crate::seed::Seed;
use rand::Rng as _;

/// Rounds of the iteration. The axes kept span a space that ends amid a slowly falling spectrum;
/// more rounds turn the last axes within it and keep no more of the table.
const ROUNDS: usize = 30;

/// The `count` directions (orthonormal rows) along which the rows vary most about their mean.
pub(super) fn principal_axes(rows: &Rows, count: usize, seed: Seed) -> Rows {
    use rayon::prelude::*;
    let width = rows.width;
    let count = count.min(width);
    let mean = rows.mean();
    let centred = rows.map(width, |row| {
        row.iter().zip(&mean).map(|(x, m)| x - m).collect()
    });
    let transposed: Vec<Vec<f32>> = (0..width)
        .into_par_iter()
        .map(|j| centred.iter().map(|row| row[j]).collect())
        .collect();
    let covariance: Vec<Vec<f32>> = (0..width)
        .into_par_iter()
        .map(|i| {
            transposed
                .iter()
                .map(|other| dot(&transposed[i], other))
                .collect()
        })
        .collect();
    let mut rng = seed.stream("axes", 0);
    let mut axes: Vec<Vec<f32>> = (0..count)
        .map(|_| (0..width).map(|_| rng.random_range(-1.0..1.0)).collect())
        .collect();
    orthonormalise(&mut axes);
    for _ in 0..ROUNDS {
        axes = axes
            .par_iter()
            .map(|axis| covariance.iter().map(|row| dot(row, axis)).collect())
            .collect();
        orthonormalise(&mut axes);
    }
    Rows::from_rows(axes.iter().map(Vec::as_slice), width)
}

/// Gram–Schmidt, twice over for accuracy. A vector within the span of those before it becomes 0.
fn orthonormalise(axes: &mut [Vec<f32>]) {
    for i in 0..axes.len() {
        let (before, rest) = axes.split_at_mut(i);
        let axis = &mut rest[0];
        let length = dot(axis, axis).sqrt();
        for _ in 0..2 {
            for other in before.iter() {
                let along = dot(axis, other);
                axis.iter_mut()
                    .zip(other)
                    .for_each(|(a, o)| *a -= along * o);
            }
        }
        let left = dot(axis, axis).sqrt();
        let scale = if left > 1e-6 * length && left > 0.0 {
            left.recip()
        } else {
            0.0
        };
        axis.iter_mut().for_each(|a| *a *= scale);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planted_directions_are_found_in_order() {
        let mut rng = Seed(1).stream("test", 0);
        let width = 10;
        let mut rows = Rows {
            values: Vec::new(),
            width,
        };
        for _ in 0..400 {
            let mut row: Vec<f32> = (0..width).map(|_| rng.random_range(-0.1..0.1)).collect();
            row[3] += rng.random_range(-4.0..4.0) + 5.0;
            row[7] += rng.random_range(-2.0..2.0);
            rows.values.extend(row);
        }
        let axes = principal_axes(&rows, 2, Seed(2));
        assert!(axes.row(0)[3].abs() > 0.99, "{:?}", axes.row(0));
        assert!(axes.row(1)[7].abs() > 0.99, "{:?}", axes.row(1));
        assert!(dot(axes.row(0), axes.row(1)).abs() < 1e-5);
    }
}
