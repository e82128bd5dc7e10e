//! Dense Cholesky factorisation in f64, for the small symmetric systems of an atlas.

use crate::linalg::dot_f64;

/// The factor L of a positive definite matrix A = L Lᵀ.
#[derive(Debug, Clone)]
pub(crate) struct Cholesky {
    n: usize,
    /// L, row major; above the diagonal 0.
    lower: Vec<f64>,
    /// Lᵀ, row major, so that both substitutions walk memory forwards.
    upper: Vec<f64>,
}

impl Cholesky {
    /// Factors the symmetric `matrix` (n × n, row major; only its lower triangle is read).
    ///
    /// # Errors
    /// The number of the first row whose pivot is not positive and finite.
    pub fn new(matrix: &[f64], n: usize) -> Result<Self, usize> {
        if matrix.len() != n * n {
            return Err(0);
        }
        let mut lower = vec![0.0; n * n];
        for row in 0..n {
            let (done, rest) = lower.split_at_mut(row * n);
            let current = &mut rest[..n];
            for col in 0..row {
                let other = &done[col * n..col * n + col + 1];
                let sum = matrix[row * n + col] - dot_f64(&current[..col], &other[..col]);
                current[col] = sum / other[col];
            }
            let pivot = matrix[row * n + row] - dot_f64(&current[..row], &current[..row]);
            if !(pivot > 0.0 && pivot.is_finite()) {
                return Err(row);
            }
            current[row] = pivot.sqrt();
        }
        let mut upper = vec![0.0; n * n];
        for row in 0..n {
            for col in 0..=row {
                upper[col * n + row] = lower[row * n + col];
            }
        }
        Ok(Self { n, lower, upper })
    }

    /// Solves A x = b in place. Only as many entries as the matrix has rows are read or written; a shorter `b` is
    /// left alone.
    pub(crate) fn solve_in_place(&self, b: &mut [f64]) {
        self.forward_in_place(b);
        self.backward_in_place(b);
    }

    /// Half a solve: L y = b, in place. With A = MᵀM, y holds the coordinates of the solution in an
    /// orthonormal basis of M's columns, so lengths and angles of such y are those of M x.
    pub(crate) fn forward_in_place(&self, b: &mut [f64]) {
        let n = self.n;
        if b.len() < n {
            return;
        }
        for row in 0..n {
            let known = dot_f64(&self.lower[row * n..row * n + row], &b[..row]);
            b[row] = (b[row] - known) / self.lower[row * n + row];
        }
    }

    /// Lᵀ x: undoes [`backward_in_place`](Self::backward_in_place).
    pub(super) fn upper_times(&self, x: &[f64]) -> Vec<f64> {
        let n = self.n;
        let row = |row: usize| match x.get(row..n) {
            Some(rest) => dot_f64(&self.upper[row * n + row..(row + 1) * n], rest),
            None => 0.0,
        };
        (0..n).map(row).collect()
    }

    /// The other half: Lᵀ x = y, in place.
    pub(crate) fn backward_in_place(&self, b: &mut [f64]) {
        let n = self.n;
        if b.len() < n {
            return;
        }
        for row in (0..n).rev() {
            let known = dot_f64(
                &self.upper[row * n + row + 1..(row + 1) * n],
                &b[row + 1..n],
            );
            b[row] = (b[row] - known) / self.upper[row * n + row];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;
    use rand::Rng as _;

    #[test]
    fn solves_a_random_positive_definite_system() {
        let n = 37;
        let mut rng = Seed(1).stream("cholesky", 0);
        let root: Vec<f64> = (0..n * n).map(|_| rng.random_range(-1.0..1.0)).collect();
        let mut matrix = vec![0.0; n * n];
        for r in 0..n {
            for c in 0..n {
                matrix[r * n + c] = (0..n)
                    .map(|k| root[r * n + k] * root[c * n + k])
                    .sum::<f64>()
                    + if r == c { 0.5 } else { 0.0 };
            }
        }
        let want: Vec<f64> = (0..n).map(|i| i as f64 - 11.0).collect();
        let mut b: Vec<f64> = (0..n)
            .map(|r| (0..n).map(|c| matrix[r * n + c] * want[c]).sum())
            .collect();
        Cholesky::new(&matrix, n).unwrap().solve_in_place(&mut b);
        for (got, want) in b.iter().zip(&want) {
            assert!((got - want).abs() < 1e-8, "{got} for {want}");
        }
    }

    #[test]
    fn names_the_row_that_fails() {
        assert_eq!(Cholesky::new(&[1.0, 0.0, 0.0, -1.0], 2).unwrap_err(), 1);
        assert_eq!(Cholesky::new(&[f64::NAN], 1).unwrap_err(), 0);
    }
}
