//! Canonical correlation analysis (Hotelling 1936), regularised: the linear peer of two towers.

use super::method::{Method, Queries, TextInput, recall};
use super::{Direction, EvalError};
use crate::align::{Moments, Rows, unit};
use crate::atlas::Cholesky;
use crate::learn::eigenvectors;
use crate::progress::Progress;
use crate::train::TrainError;

/// Penalties tried, in mean diagonals of each side's covariance.
const PENALTIES: [f64; 4] = [0.03, 0.1, 0.3, 1.0];
/// Powers of the canonical correlations tried as weights of their directions.
const POWERS: [f64; 4] = [0.5, 1.0, 2.0, 4.0];

/// A fitted analysis.
pub(super) struct Cca {
    name: &'static str,
    input: TextInput,
    texts: Side,
    maps: Side,
}

/// One modality: its mean and its directions, each weighted.
#[derive(Clone)]
struct Side {
    mean: Vec<f32>,
    /// Number × direction, row major.
    directions: Vec<f32>,
    count: usize,
}

impl Side {
    /// Rows in the space of the directions, at unit length.
    fn project(&self, rows: &Rows) -> Rows {
        rows.map(self.count, |row| {
            let mut out = vec![0.0_f32; self.count];
            let centred = row.iter().zip(&self.mean).map(|(v, m)| v - m);
            for (value, line) in centred.zip(self.directions.chunks_exact(self.count)) {
                for (sum, weight) in out.iter_mut().zip(line) {
                    *sum += value * weight;
                }
            }
            unit(&out)
        })
    }

    /// The directions weighted by powers of their correlations.
    fn weighted(&self, correlations: &[f64], power: f64) -> Self {
        let weights: Vec<f32> = correlations.iter().map(|r| r.powf(power) as f32).collect();
        let mut out = self.clone();
        for line in out.directions.chunks_exact_mut(self.count) {
            line.iter_mut().zip(&weights).for_each(|(v, w)| *v *= w);
        }
        out
    }
}

impl Cca {
    /// Fits on training rows; penalty and weighting are those with the best mean of Recall@10 and Recall@100 in
    /// both directions on the dev rows. Rows are of unit length.
    ///
    /// # Errors
    /// A stop, or rows from which nothing can be learnt.
    pub(super) fn fit(
        name: &'static str,
        input: TextInput,
        train: (&Rows, &Rows),
        dev: (&Rows, &Rows),
        progress: &Progress,
    ) -> Result<Self, EvalError> {
        let moments = Moments::of(train.0, train.1).map_err(TrainError::from)?;
        let mut best: Option<(f64, Side, Side)> = None;
        for penalty in PENALTIES {
            progress.check()?;
            let Some((texts, maps, correlations)) = solve(&moments, penalty, progress)? else {
                continue;
            };
            for power in POWERS {
                let [texts, maps] = [&texts, &maps].map(|side| side.weighted(&correlations, power));
                let (a, b) = (texts.project(dev.0), maps.project(dev.1));
                let score = recall(&a, &b) + recall(&b, &a);
                if best.as_ref().is_none_or(|(known, ..)| score > *known) {
                    best = Some((score, texts, maps));
                }
            }
        }
        let (_, texts, maps) = best.ok_or(EvalError::Nothing)?;
        Ok(Self {
            name,
            input,
            texts,
            maps,
        })
    }
}

impl Method for Cca {
    fn name(&self) -> &str {
        self.name
    }

    fn answers(&self, direction: Direction, queries: Queries<'_>) -> Vec<(Rows, Rows)> {
        let texts = self.texts.project(&queries.texts.read(self.input));
        let maps = self.maps.project(&queries.features.unit());
        vec![direction.sort(texts, maps)]
    }
}

type Solved = (Side, Side, Vec<f64>);

/// Directions and correlations, strongest first; `None` where the penalty is too small.
fn solve(
    moments: &Moments,
    penalty: f64,
    progress: &Progress,
) -> Result<Option<Solved>, EvalError> {
    let widths = moments.means.each_ref().map(Vec::len);
    let mut factors = Vec::with_capacity(2);
    for (within, n) in moments.within.iter().zip(widths) {
        let mean = (0..n).map(|i| within[i * n + i]).sum::<f64>() / n.max(1) as f64;
        let mut penalised = within.clone();
        (0..n).for_each(|i| penalised[i * n + i] += penalty * mean);
        match Cholesky::new(&penalised, n) {
            Ok(factor) => factors.push(factor),
            Err(_) => return Ok(None),
        }
    }
    let [p, q] = widths;
    // Lx⁻¹ C Ly⁻ᵀ, whose singular vectors and values are the answer in whitened coordinates.
    let mut whitened = vec![0.0; p * q];
    for column in 0..q {
        let mut line: Vec<f64> = (0..p).map(|i| moments.between[i * q + column]).collect();
        factors[0].forward_in_place(&mut line);
        (0..p).for_each(|i| whitened[i * q + column] = line[i]);
    }
    for row in whitened.chunks_exact_mut(q) {
        factors[1].forward_in_place(row);
    }
    progress.check()?;
    let mut squares = vec![0.0; q * q];
    for row in whitened.chunks_exact(q) {
        for (a, line) in row.iter().zip(squares.chunks_exact_mut(q)) {
            line.iter_mut().zip(row).for_each(|(sum, b)| *sum += a * b);
        }
    }
    let (values, vectors) = eigenvectors(squares, q, progress)?;
    let kept = p.min(q);
    let correlations: Vec<f64> = values[..kept].iter().map(|v| v.max(0.0).sqrt()).collect();
    let side = |mean: &[f32], factor: &Cholesky, columns: Vec<Vec<f64>>| {
        let mut directions = vec![0.0_f32; mean.len() * kept];
        for (at, mut column) in columns.into_iter().enumerate() {
            factor.backward_in_place(&mut column);
            for (i, value) in column.into_iter().enumerate() {
                directions[i * kept + at] = value as f32;
            }
        }
        Side {
            mean: mean.to_vec(),
            directions,
            count: kept,
        }
    };
    let right: Vec<Vec<f64>> = vectors
        .chunks_exact(q)
        .take(kept)
        .map(<[_]>::to_vec)
        .collect();
    let left = right
        .iter()
        .zip(&correlations)
        .map(|(vector, r)| {
            let product = |row: &[f64]| crate::linalg::dot_f64(row, vector) / r.max(1e-12);
            whitened.chunks_exact(q).map(product).collect()
        })
        .collect();
    Ok(Some((
        side(&moments.means[0], &factors[0], left),
        side(&moments.means[1], &factors[1], right),
        correlations,
    )))
}
