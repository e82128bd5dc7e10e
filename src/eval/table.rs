//! The table: one row a method, both directions, mean ± sd over models, differences to peers.

use serde::Serialize;

use super::bootstrap::{Interval, paired_interval};
use super::peers::{nearest_study, ridge, without};
use super::{EvalError, Part};
use crate::align::Rows;
use crate::align::metrics::{Retrieval, ranks};
use crate::bundle::Bundle;
use crate::progress::Progress;
use crate::seed::Seed;

/// Which modality asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Query a title, find the map.
    TextToMap,
    /// Query a map, find the title.
    MapToText,
}

/// Mean and standard deviation over models; no deviation for a single one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Sample standard deviation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sd: Option<f64>,
}

impl Spread {
    fn of(values: &[f64]) -> Self {
        let n = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / n;
        let square: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
        Self {
            mean,
            sd: (values.len() > 1).then(|| (square / (n - 1.0)).sqrt()),
        }
    }
}

/// The three figures of a method in one direction, percent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figures {
    /// Truth among the best ten.
    pub recall_10: Spread,
    /// Truth among the best hundred.
    pub recall_100: Spread,
    /// Mean share of the others ranked below the truth.
    pub mix_match: Spread,
}

impl Figures {
    fn of(all: &[Retrieval]) -> Self {
        let spread = |f: fn(&Retrieval) -> f64| Spread::of(&all.iter().map(f).collect::<Vec<_>>());
        Self {
            recall_10: spread(|r| r.recall_10),
            recall_100: spread(|r| r.recall_100),
            mix_match: spread(|r| r.mix_match),
        }
    }
}

/// One method.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// Query a title, find the map.
    pub text_to_map: Figures,
    /// Query a map, find the title.
    pub map_to_text: Figures,
}

/// How far the model is ahead of a peer, over the same queries.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// The peer.
    pub peer: String,
    /// Which modality asks.
    pub direction: Direction,
    /// Difference of Recall@10, points.
    pub recall_10: Interval,
    /// Difference of Recall@100, points.
    pub recall_100: Interval,
    /// Difference of Mix&Match, points.
    pub mix_match: Interval,
}

/// The benchmark table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// Queries, and candidates each.
    pub studies: usize,
    /// Models averaged in the first row.
    pub models: usize,
    /// The model first, then its peers, chance last.
    pub rows: Vec<Row>,
    /// Model minus peer with 95 % paired bootstrap intervals.
    pub differences: Vec<Difference>,
}

/// Ranks of the truths, a list a model.
struct Ranked {
    name: &'static str,
    text_to_map: Vec<Vec<u32>>,
    map_to_text: Vec<Vec<u32>>,
}

/// Evaluates models of one atlas and encoder on a part. The peers learn from `train` and choose on
/// `dev`.
pub fn evaluate(
    bundles: &[&Bundle],
    train: &Part,
    dev: &Part,
    part: &Part,
    seed: Seed,
    progress: &Progress,
) -> Result<Table, EvalError> {
    let (first, n) = (
        bundles.first().ok_or(EvalError::Nothing)?,
        part.features.len(),
    );
    if n == 0 {
        return Err(EvalError::Nothing);
    }
    let comparable = |b: &&Bundle| {
        (b.manifest.atlas == first.manifest.atlas)
            && b.manifest.encoder == first.manifest.encoder
            && b.manifest.split == first.manifest.split
    };
    if !bundles.iter().all(comparable) {
        return Err(EvalError::Mixed);
    }
    let mut model = Ranked {
        name: "Gyrus",
        text_to_map: Vec::new(),
        map_to_text: Vec::new(),
    };
    for bundle in bundles {
        progress.check()?;
        let width = bundle.image_tower.outputs();
        let images = part.features.map(width, |f| bundle.image_tower.forward(f));
        let texts = part.titles.map(width, |t| bundle.text_tower.forward(t));
        model
            .text_to_map
            .push(ranks(&texts.values, &images.values, width));
        model
            .map_to_text
            .push(ranks(&images.values, &texts.values, width));
    }
    let (features, titles) = (part.features.unit(), part.titles.unit());
    // A peer's answer is compared after the training mean is taken from both sides: what all maps
    // (or all titles) share says nothing about which one is meant. It makes both peers stronger.
    let rank_of = |predicted: &Rows, truth: &Rows, mean: &[f32]| {
        vec![ranks(
            &without(predicted, mean).values,
            &without(truth, mean).values,
            truth.width,
        )]
    };
    let (mean_map, mean_text) = (train.features.unit().mean(), train.titles.unit().mean());
    progress.stage("Comparing with the nearest study");
    let nearest = Ranked {
        name: "Nearest study",
        text_to_map: rank_of(
            &nearest_study(&titles, &train.titles, &train.features),
            &features,
            &mean_map,
        ),
        map_to_text: rank_of(
            &nearest_study(&features, &train.features, &train.titles),
            &titles,
            &mean_text,
        ),
    };
    progress.stage("Comparing with ridge regression");
    let stack = |a: &Rows, b: &Rows| Rows {
        values: [&a.values[..], &b.values].concat(),
        width: a.width,
    };
    // Ridge learns from both texts of a study, as the towers do.
    let (texts, maps) = (
        stack(&train.titles, &train.long_texts),
        stack(&train.features, &train.features),
    );
    let forward = ridge((&texts, &maps), (&dev.titles, &dev.features), progress)?;
    let backward = ridge(
        (&train.features, &train.titles),
        (&dev.features, &dev.titles),
        progress,
    )?;
    let linear = Ranked {
        name: "Ridge",
        text_to_map: rank_of(
            &titles.map(features.width, |t| forward.forward(t)),
            &features,
            &mean_map,
        ),
        map_to_text: rank_of(
            &features.map(titles.width, |f| backward.forward(f)),
            &titles,
            &mean_text,
        ),
    };
    let mut rows: Vec<Row> = [&model, &nearest, &linear]
        .iter()
        .map(|r| r.row(n))
        .collect();
    let chance = Figures::of(&[Retrieval::chance(n)]);
    rows.push(Row {
        name: "Chance".into(),
        text_to_map: chance,
        map_to_text: chance,
    });
    let mut differences = Vec::new();
    for peer in [&nearest, &linear] {
        for direction in [Direction::TextToMap, Direction::MapToText] {
            differences.push(model.minus(peer, direction, n, seed));
        }
    }
    Ok(Table {
        studies: n,
        models: bundles.len(),
        rows,
        differences,
    })
}

impl Ranked {
    fn row(&self, n: usize) -> Row {
        let figures = |lists: &[Vec<u32>]| {
            Figures::of(
                &lists
                    .iter()
                    .map(|r| Retrieval::from_ranks(r, n))
                    .collect::<Vec<_>>(),
            )
        };
        Row {
            name: self.name.into(),
            text_to_map: figures(&self.text_to_map),
            map_to_text: figures(&self.map_to_text),
        }
    }

    fn lists(&self, direction: Direction) -> &[Vec<u32>] {
        match direction {
            Direction::TextToMap => &self.text_to_map,
            Direction::MapToText => &self.map_to_text,
        }
    }

    /// Score of each query, averaged over models.
    fn scores(&self, direction: Direction, score: impl Fn(u32) -> f64) -> Vec<f64> {
        let lists = self.lists(direction);
        let queries = lists.first().map_or(0, Vec::len);
        let mean = |q: usize| lists.iter().map(|l| score(l[q])).sum::<f64>() / lists.len() as f64;
        (0..queries).map(mean).collect()
    }

    fn minus(&self, peer: &Self, direction: Direction, n: usize, seed: Seed) -> Difference {
        let interval = |score: &dyn Fn(u32) -> f64| {
            paired_interval(
                &self.scores(direction, score),
                &peer.scores(direction, score),
                seed,
            )
        };
        let others = n.saturating_sub(1).max(1) as f64;
        Difference {
            peer: peer.name.into(),
            direction,
            recall_10: interval(&|rank| if rank <= 10 { 100.0 } else { 0.0 }),
            recall_100: interval(&|rank| if rank <= 100 { 100.0 } else { 0.0 }),
            mix_match: interval(&|rank| 100.0 * n.saturating_sub(rank as usize) as f64 / others),
        }
    }
}
