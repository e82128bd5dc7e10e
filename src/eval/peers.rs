//! Two peers that any model should beat: the nearest training study, and ridge regression.

use candle_core::{Device, Tensor};

use crate::align::metrics::{Retrieval, ranks};
use crate::align::{AlignError, Rows};
use crate::atlas::Cholesky;
use crate::progress::Task;

use super::EvalError;

/// For each query the training study whose `keys` row is nearest (cosine), and its `values` row: a
/// text is answered with the map of the study whose text is nearest, and the mirror.
pub fn nearest_study(queries: &Rows, keys: &Rows, values: &Rows) -> Rows {
    let keys = keys.unit();
    queries.unit().map(values.width, |query| {
        let similarity = |key: &[f32]| key.iter().zip(query).map(|(a, b)| a * b).sum::<f32>();
        let best = keys
            .iter()
            .map(similarity)
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(&b.1));
        best.map_or_else(Vec::new, |(i, _)| values.row(i).to_vec())
    })
}

/// A linear map between the modalities, with intercept, fitted in closed form.
#[derive(Debug, Clone)]
pub struct Ridge {
    /// `inputs × outputs`, row major.
    weights: Vec<f64>,
    mean_in: Vec<f32>,
    mean_out: Vec<f32>,
    /// The penalty chosen, as a share of the mean diagonal of XᵀX.
    pub penalty: f64,
}

/// Penalties tried, as shares of the mean diagonal of XᵀX.
const PENALTIES: [f64; 6] = [1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0];

impl Ridge {
    /// Fits `inputs → outputs` on the training rows; of six penalties the one with the best mean of
    /// Recall@10 and Recall@100 on the dev rows is kept.
    pub fn fit(train: (&Rows, &Rows), dev: (&Rows, &Rows), task: &Task) -> Result<Self, EvalError> {
        let (inputs, outputs) = (train.0.unit(), train.1.unit());
        let (mean_in, mean_out) = (inputs.mean(), outputs.mean());
        let (gram, cross) = products(&inputs, &outputs, &mean_in, &mean_out)?;
        let k = inputs.width;
        let diagonal = (0..k).map(|i| gram[i * k + i]).sum::<f64>() / k.max(1) as f64;
        let mut best: Option<(f64, Self)> = None;
        for penalty in PENALTIES {
            task.check()?;
            let mut penalised = gram.clone();
            (0..k).for_each(|i| penalised[i * k + i] += penalty * diagonal);
            let Ok(factor) = Cholesky::new(&penalised, k) else {
                continue;
            };
            let width = outputs.width;
            let mut weights = vec![0.0; k * width];
            for j in 0..width {
                let mut column: Vec<f64> = (0..k).map(|i| cross[i * width + j]).collect();
                factor.solve_in_place(&mut column);
                column
                    .iter()
                    .enumerate()
                    .for_each(|(i, v)| weights[i * width + j] = *v);
            }
            let fitted = Self {
                weights,
                mean_in: mean_in.clone(),
                mean_out: mean_out.clone(),
                penalty,
            };
            let predicted = fitted.predict(dev.0).unit();
            let ranks = ranks(&predicted.values, &dev.1.unit().values, width);
            let figures = Retrieval::from_ranks(&ranks, dev.1.len());
            let score = figures.recall_10 + figures.recall_100;
            if best.as_ref().is_none_or(|(b, _)| score > *b) {
                best = Some((score, fitted));
            }
        }
        best.map(|(_, fitted)| fitted).ok_or(EvalError::Nothing)
    }

    /// The outputs expected at `inputs`, a row a row.
    pub fn predict(&self, inputs: &Rows) -> Rows {
        let width = self.mean_out.len();
        inputs.unit().map(width, |row| {
            let mut out: Vec<f64> = self.mean_out.iter().map(|&m| f64::from(m)).collect();
            for ((x, m), weights) in row
                .iter()
                .zip(&self.mean_in)
                .zip(self.weights.chunks_exact(width.max(1)))
            {
                let x = f64::from(x - m);
                out.iter_mut().zip(weights).for_each(|(o, w)| *o += x * w);
            }
            out.iter().map(|&v| v as f32).collect()
        })
    }
}

/// XᵀX and XᵀY of the centred tables.
fn products(
    x: &Rows,
    y: &Rows,
    mean_x: &[f32],
    mean_y: &[f32],
) -> Result<(Vec<f64>, Vec<f64>), EvalError> {
    let centred = |rows: &Rows, mean: &[f32]| {
        let rows = rows.map(rows.width, |row| {
            row.iter().zip(mean).map(|(v, m)| v - m).collect()
        });
        Tensor::from_vec(rows.values.clone(), (rows.len(), rows.width), &Device::Cpu)
    };
    let multiply = || -> candle_core::Result<(Vec<f32>, Vec<f32>)> {
        let (x, y) = (centred(x, mean_x)?, centred(y, mean_y)?);
        let transposed = x.t()?.contiguous()?;
        let flat = |t: Tensor| t.flatten_all()?.to_vec1::<f32>();
        Ok((flat(transposed.matmul(&x)?)?, flat(transposed.matmul(&y)?)?))
    };
    let (gram, cross) = multiply().map_err(|e| EvalError::Train(AlignError::from(e).into()))?;
    let wide = |v: Vec<f32>| v.into_iter().map(f64::from).collect();
    Ok((wide(gram), wide(cross)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;
    use rand::Rng as _;

    fn random(n: usize, width: usize, stream: &str) -> Rows {
        let mut rng = Seed(3).stream(stream, 0);
        Rows {
            values: (0..n * width)
                .map(|_| rng.random_range(-1.0..1.0))
                .collect(),
            width,
        }
    }

    #[test]
    fn ridge_finds_a_linear_map() {
        let map = random(6, 4, "map");
        let x = random(600, 6, "x").unit();
        let y = x.map(4, |row| {
            let mut out = vec![0.0; 4];
            row.iter()
                .zip(map.iter())
                .for_each(|(v, m)| out.iter_mut().zip(m).for_each(|(o, w)| *o += v * w));
            out
        });
        let (train, dev): (Vec<usize>, Vec<usize>) = ((0..400).collect(), (400..600).collect());
        let ridge = Ridge::fit(
            (&x.select(&train), &y.select(&train)),
            (&x.select(&dev), &y.select(&dev)),
            &Task::new(),
        )
        .unwrap();
        let predicted = ridge.predict(&x.select(&dev)).unit();
        let truth = y.select(&dev).unit();
        let cosine: f32 = predicted
            .values
            .iter()
            .zip(&truth.values)
            .map(|(a, b)| a * b)
            .sum::<f32>()
            / 200.0;
        assert!(cosine > 0.9, "{cosine}");
    }

    #[test]
    fn the_nearest_study_answers_with_its_own_map() {
        let (keys, values) = (random(30, 5, "keys"), random(30, 7, "values"));
        let got = nearest_study(&keys.select(&[4, 9]), &keys, &values);
        assert_eq!((got.row(0), got.row(1)), (values.row(4), values.row(9)));
    }
}
