//! The table: one row a method, both directions, mean ± sd over models, differences to peers.

use serde::Serialize;

use super::bootstrap::{Interval, paired_interval};
use super::method::{Gyrus, Method, Queries, QueryText};
use super::peers::peers;
use super::{EvalError, Part};
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
    pub(super) fn of(values: &[f64]) -> Self {
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
    /// What was chosen on dev, or how it was trained, where that is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<String>,
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

/// The benchmark table of one text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// What asks, or is looked for.
    pub query: QueryText,
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
    name: String,
    settings: Option<String>,
    text_to_map: Vec<Vec<u32>>,
    map_to_text: Vec<Vec<u32>>,
}

/// The models under evaluation, of one atlas and encoder, and the peers, which learn from `train` and choose on `dev`.
///
/// # Errors
/// Models that cannot stand in one table, tables from which nothing can be learnt, a stop.
pub(super) fn methods<'a>(
    bundles: &'a [&'a Bundle],
    train: &Part,
    dev: &Part,
    seed: Seed,
    progress: &Progress,
) -> Result<Vec<Box<dyn Method + 'a>>, EvalError> {
    let first = bundles.first().ok_or(EvalError::Nothing)?;
    let comparable = |b: &&Bundle| {
        (b.manifest.atlas == first.manifest.atlas)
            && b.manifest.encoder == first.manifest.encoder
            && b.manifest.split == first.manifest.split
    };
    if !bundles.iter().all(comparable) {
        return Err(EvalError::Mixed);
    }
    let mut methods: Vec<Box<dyn Method + 'a>> = vec![Box::new(Gyrus(bundles))];
    for peer in peers(train, dev, seed, progress)? {
        methods.push(peer);
    }
    Ok(methods)
}

/// Evaluates models of one atlas and encoder on a part: a table for titles and, where more than the title is known
/// of some studies, one for long texts. The peers learn from `train` and choose on `dev`.
///
/// # Errors
/// Models that cannot stand in one table, an empty part, a stop.
pub fn evaluate(
    bundles: &[&Bundle],
    train: &Part,
    dev: &Part,
    part: &Part,
    seed: Seed,
    progress: &Progress,
) -> Result<Vec<Table>, EvalError> {
    let methods = methods(bundles, train, dev, seed, progress)?;
    retrieval(&methods, bundles.len(), part, seed, progress)
}

/// Retrieval by methods on a part, the first one being `models` models: a table for titles and, where more than the
/// title is known of some studies, one for long texts and one for what is known of their abstracts alone.
///
/// # Errors
/// An empty part, a stop.
pub(super) fn retrieval(
    methods: &[Box<dyn Method + '_>],
    models: usize,
    part: &Part,
    seed: Seed,
    progress: &Progress,
) -> Result<Vec<Table>, EvalError> {
    if part.features.is_empty() {
        return Err(EvalError::Nothing);
    }
    progress.stage("Ranking");
    let mut tables = Vec::new();
    for text in [QueryText::Title, QueryText::Long, QueryText::Words] {
        let of = part.known_by(text);
        if of.is_empty() {
            continue;
        }
        let queries = Queries {
            features: &part.features.select(&of),
            voxels: &part.voxels.select(&of),
            texts: &part.texts(text).select(&of),
            text,
        };
        tables.push(table(methods, queries, models, seed, progress)?);
    }
    Ok(tables)
}

/// The table of some queries; the first method is compared with the others.
fn table(
    methods: &[Box<dyn Method + '_>],
    queries: Queries<'_>,
    models: usize,
    seed: Seed,
    progress: &Progress,
) -> Result<Table, EvalError> {
    let n = queries.features.len();
    let mut ranked = Vec::with_capacity(methods.len());
    for method in methods {
        progress.check()?;
        let ranks = |direction| {
            let answers = method.answers(direction, queries).into_iter();
            answers
                .map(|(asks, sought)| ranks(&asks.values, &sought.values, sought.width))
                .collect()
        };
        ranked.push(Ranked {
            name: method.name().to_owned(),
            settings: method.settings(),
            text_to_map: ranks(Direction::TextToMap),
            map_to_text: ranks(Direction::MapToText),
        });
    }
    let mut rows: Vec<Row> = ranked.iter().map(|r| r.row(n)).collect();
    let chance = Figures::of(&[Retrieval::chance(n)]);
    rows.push(Row {
        name: "Chance".into(),
        text_to_map: chance,
        map_to_text: chance,
        settings: None,
    });
    let mut differences = Vec::new();
    if let Some((model, peers)) = ranked.split_first() {
        for peer in peers {
            for direction in [Direction::TextToMap, Direction::MapToText] {
                differences.push(model.minus(peer, direction, n, seed));
            }
        }
    }
    Ok(Table {
        query: queries.text,
        studies: n,
        models,
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
            name: self.name.clone(),
            text_to_map: figures(&self.text_to_map),
            map_to_text: figures(&self.map_to_text),
            settings: self.settings.clone(),
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
            peer: peer.name.clone(),
            direction,
            recall_10: interval(&|rank| if rank <= 10 { 100.0 } else { 0.0 }),
            recall_100: interval(&|rank| if rank <= 100 { 100.0 } else { 0.0 }),
            mix_match: interval(&|rank| 100.0 * n.saturating_sub(rank as usize) as f64 / others),
        }
    }
}
