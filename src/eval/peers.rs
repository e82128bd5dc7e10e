//! Two peers that any model should beat: the nearest training study, and ridge regression.

use crate::align::metrics::{Retrieval, ranks};
use crate::align::{Linear, Ridge, Rows, unit};
use crate::linalg::dot_in_order;
use crate::progress::Progress;
use crate::train::TrainError;

use super::EvalError;

/// For each query the training study whose `keys` row is nearest (cosine), and its `values` row: a
/// text is answered with the map of the study whose text is nearest, and the mirror.
pub(crate) fn nearest_study(queries: &Rows, keys: &Rows, values: &Rows) -> Rows {
    let keys = keys.unit();
    queries.unit().map(values.width, |query| {
        let similarity = |key: &[f32]| dot_in_order(key, query);
        let best = keys
            .iter()
            .map(similarity)
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(&b.1));
        best.map_or_else(Vec::new, |(i, _)| values.row(i).to_vec())
    })
}

/// Rows less `mean`, brought to unit length.
pub(super) fn without(rows: &Rows, mean: &[f32]) -> Rows {
    let shift = |row: &[f32]| unit(&row.iter().zip(mean).map(|(v, m)| v - m).collect::<Vec<_>>());
    rows.map(rows.width, shift)
}

/// Penalties tried, in mean diagonals of XᵀX.
const PENALTIES: [f64; 6] = [1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0];

/// Ridge regression from one modality to the other, unit-length rows on both sides. Of six
/// penalties the one with the best mean of Recall@10 and Recall@100 on the dev rows is kept.
pub(crate) fn ridge(
    train: (&Rows, &Rows),
    dev: (&Rows, &Rows),
    progress: &Progress,
) -> Result<Linear, EvalError> {
    let sums = Ridge::new(&train.0.unit(), &train.1.unit()).map_err(TrainError::from)?;
    let mean = train.1.unit().mean();
    let (queries, truth) = (dev.0.unit(), without(&dev.1.unit(), &mean));
    let mut best: Option<(f64, Linear)> = None;
    for penalty in PENALTIES {
        progress.check()?;
        let Some(layer) = sums.fit(penalty) else {
            continue;
        };
        let predicted = queries.map(truth.width, |row| layer.forward(row));
        let predicted = without(&predicted, &mean);
        let ranks = ranks(&predicted.values, &truth.values, truth.width);
        let figures = Retrieval::from_ranks(&ranks, truth.len());
        let score = figures.recall_10 + figures.recall_100;
        if best.as_ref().is_none_or(|(b, _)| score > *b) {
            best = Some((score, layer));
        }
    }
    best.map(|(_, layer)| layer).ok_or(EvalError::Nothing)
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
    fn the_nearest_study_answers_with_its_own_map() {
        let (keys, values) = (random(30, 5, "keys"), random(30, 7, "values"));
        let got = nearest_study(&keys.select(&[4, 9]), &keys, &values);
        assert_eq!((got.row(0), got.row(1)), (values.row(4), values.row(9)));
    }
}
