//! Ridge regression between tables of vectors, in closed form.

use candle_core::{Device, Tensor};

use super::layers::Linear;
use super::{AlignError, Rows};
use crate::atlas::Cholesky;

/// Sums from which a fit with any penalty follows: `XᵀX` and `XᵀY` of the centred tables.
pub(crate) struct Ridge {
    gram: Vec<f64>,
    cross: Vec<f64>,
    mean_in: Vec<f32>,
    mean_out: Vec<f32>,
}

impl Ridge {
    /// Takes in the rows of `inputs` and what belongs to each in `outputs`.
    pub fn new(inputs: &Rows, outputs: &Rows) -> Result<Self, AlignError> {
        let (mean_in, mean_out) = (inputs.mean(), outputs.mean());
        let x = centred(inputs, &mean_in)?;
        let y = centred(outputs, &mean_out)?;
        Ok(Self {
            gram: product(&x, &x)?,
            cross: product(&x, &y)?,
            mean_in,
            mean_out,
        })
    }

    /// The dense layer that minimises the squared error plus `penalty` times the squared weights,
    /// the penalty counted in mean diagonals of `XᵀX`; the intercept is free. `None` where the
    /// penalty is too small for inputs that depend on each other.
    pub fn fit(&self, penalty: f64) -> Option<Linear> {
        let (inputs, outputs) = (self.mean_in.len(), self.mean_out.len());
        let diagonal =
            (0..inputs).map(|i| self.gram[i * inputs + i]).sum::<f64>() / inputs.max(1) as f64;
        let mut penalised = self.gram.clone();
        (0..inputs).for_each(|i| penalised[i * inputs + i] += penalty * diagonal);
        let factor = Cholesky::new(&penalised, inputs).ok()?;
        let (mut weight, mut bias) = (
            Vec::with_capacity(inputs * outputs),
            Vec::with_capacity(outputs),
        );
        for j in 0..outputs {
            let mut row: Vec<f64> = (0..inputs).map(|i| self.cross[i * outputs + j]).collect();
            factor.solve_in_place(&mut row);
            let shift: f64 = row
                .iter()
                .zip(&self.mean_in)
                .map(|(w, &m)| w * f64::from(m))
                .sum();
            bias.push((f64::from(self.mean_out[j]) - shift) as f32);
            weight.extend(row.iter().map(|&w| w as f32));
        }
        Some(Linear {
            weight,
            bias,
            inputs,
        })
    }
}

/// Covariances of two tables, times their number of rows.
pub(crate) struct Moments {
    /// `XᵀX` and `YᵀY`.
    pub within: [Vec<f64>; 2],
    /// `XᵀY`.
    pub between: Vec<f64>,
    /// Mean rows.
    pub means: [Vec<f32>; 2],
}

impl Moments {
    /// Of the rows of two tables that belong together.
    pub fn of(a: &Rows, b: &Rows) -> Result<Self, AlignError> {
        let means = [a.mean(), b.mean()];
        let (x, y) = (centred(a, &means[0])?, centred(b, &means[1])?);
        Ok(Self {
            within: [product(&x, &x)?, product(&y, &y)?],
            between: product(&x, &y)?,
            means,
        })
    }
}

/// `AᵀB`, row major.
fn product(a: &Tensor, b: &Tensor) -> Result<Vec<f64>, AlignError> {
    let values = a.t()?.contiguous()?.matmul(b)?.flatten_all()?;
    Ok(values
        .to_vec1::<f32>()?
        .into_iter()
        .map(f64::from)
        .collect())
}

fn centred(rows: &Rows, mean: &[f32]) -> Result<Tensor, AlignError> {
    let centred = rows.map(rows.width, |row| {
        row.iter().zip(mean).map(|(v, m)| v - m).collect()
    });
    Ok(Tensor::from_vec(
        centred.values,
        (rows.len(), rows.width),
        &Device::Cpu,
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;
    use rand::Rng as _;

    #[test]
    fn without_penalty_a_planted_affine_map_comes_back() {
        let mut rng = Seed(3).stream("ridge", 0);
        let mut draw =
            |n: usize| -> Vec<f32> { (0..n).map(|_| rng.random_range(-1.0..1.0)).collect() };
        let truth = Linear {
            weight: draw(3 * 5),
            bias: draw(3),
            inputs: 5,
        };
        let x = Rows {
            values: draw(200 * 5),
            width: 5,
        };
        let y = x.map(3, |row| truth.forward(row));
        let ridge = Ridge::new(&x, &y).unwrap();
        let found = ridge.fit(1e-9).unwrap();
        for (a, b) in found
            .weight
            .iter()
            .chain(&found.bias)
            .zip(truth.weight.iter().chain(&truth.bias))
        {
            assert!((a - b).abs() < 1e-3, "{a} {b}");
        }
        // An overwhelming penalty leaves the mean.
        let flat = ridge.fit(1e9).unwrap();
        let at = flat.forward(&[0.3; 5]);
        assert!(at.iter().zip(y.mean()).all(|(a, m)| (a - m).abs() < 1e-4));
    }
}
