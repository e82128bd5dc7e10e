//! Peers that a model should beat, fitted on its training studies: nearest studies, ridge regression, and
//! canonical correlation, reading texts by the sentence encoder, by their terms, or by both.

use rand::seq::SliceRandom as _;
use rayon::prelude::*;

use super::cca::Cca;
use super::method::{Means, Method, Queries, QueryText, Regression, TextInput, recall, without};
use super::{Direction, EvalError, Part};
use crate::align::{Linear, Ridge, Rows};
use crate::linalg::dot;
use crate::progress::Progress;
use crate::seed::Seed;
use crate::train::TrainError;

/// Penalties of ridge regression tried, in mean diagonals of XᵀX.
const PENALTIES: [f64; 6] = [1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0];
/// Numbers of neighbours tried.
const NEIGHBOURS: [usize; 6] = [1, 3, 10, 30, 100, 300];

/// All peers, in the order of the table.
///
/// # Errors
/// A stop, or tables from which nothing can be learnt.
pub(super) fn peers(
    train: &Part,
    dev: &Part,
    seed: Seed,
    progress: &Progress,
) -> Result<Vec<Box<dyn Method>>, EvalError> {
    let mut all: Vec<Box<dyn Method>> = Vec::new();
    progress.stage("Comparing with the nearest studies");
    all.push(Box::new(Nearest::fit("Nearest study", train, &[1], dev)));
    all.push(Box::new(Nearest::fit("k nearest", train, &NEIGHBOURS, dev)));
    let has_terms = train.titles.lexical.width > 0;
    let inputs = |with_terms: bool| {
        if with_terms {
            TextInput::Both
        } else {
            TextInput::Sentence
        }
    };
    progress.stage("Comparing with ridge regression");
    all.push(Box::new(ridge(
        "Ridge",
        TextInput::Sentence,
        train,
        dev,
        progress,
    )?));
    if has_terms {
        let name = "Ridge, terms";
        all.push(Box::new(ridge(
            name,
            TextInput::Lexical,
            train,
            dev,
            progress,
        )?));
    }
    progress.stage("Comparing with canonical correlation");
    let mut cca = |name, input, order: Option<&[usize]>| -> Result<(), EvalError> {
        let (texts, mut maps) = stacked(train, input);
        if let Some(order) = order {
            maps = maps.select(order);
        }
        let dev = (&dev.titles.read(input), &dev.features.unit());
        all.push(Box::new(Cca::fit(
            name,
            input,
            (&texts, &maps),
            dev,
            progress,
        )?));
        Ok(())
    };
    cca("CCA", TextInput::Sentence, None)?;
    if has_terms {
        cca("CCA, both", TextInput::Both, None)?;
    }
    // Both texts of a study get the same wrong map.
    let n = train.features.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(&mut seed.stream("shuffled pairs", 0));
    order.extend_from_within(..);
    cca("CCA, shuffled", inputs(has_terms), Some(&order))?;
    Ok(all)
}

/// Both texts of the training studies, and their maps twice.
pub(super) fn stacked(train: &Part, input: TextInput) -> (Rows, Rows) {
    let (mut texts, long) = (train.titles.read(input), train.long_texts.read(input));
    texts.values.extend(long.values);
    let mut maps = train.features.unit();
    maps.values.extend_from_within(..);
    (texts, maps)
}

/// The mean answer of the training studies most like what asks.
struct Nearest {
    name: &'static str,
    /// How many.
    k: usize,
    features: Rows,
    titles: Rows,
    long_texts: Rows,
    means: Means,
}

/// Neighbours of each query, nearest first: similarity and row.
type Neighbours = Vec<Vec<(f32, usize)>>;

impl Nearest {
    /// Of the numbers of neighbours the one with the best mean of Recall@10 and Recall@100 on dev.
    fn fit(name: &'static str, train: &Part, tried: &[usize], dev: &Part) -> Self {
        let features = train.features.unit();
        let titles = train.titles.sentence.unit();
        let means = Means {
            map: features.mean(),
            text: titles.mean(),
        };
        let mut this = Self {
            name,
            k: tried.first().copied().unwrap_or(1),
            features,
            titles,
            long_texts: train.long_texts.sentence.unit(),
            means,
        };
        if tried.len() > 1 {
            let queries = Queries {
                features: &dev.features,
                voxels: &dev.voxels,
                texts: &dev.titles,
                text: QueryText::Title,
            };
            let most = tried.iter().copied().max().unwrap_or(1);
            let ways = [Direction::TextToMap, Direction::MapToText]
                .map(|direction| (direction, this.neighbours(direction, queries, most)));
            let score = |k: usize| -> f64 {
                let recall = |(direction, near): &(Direction, Neighbours)| {
                    let (a, b) = this.answer(*direction, queries, near, k);
                    recall(&a, &b)
                };
                ways.iter().map(recall).sum()
            };
            let scores: Vec<f64> = tried.iter().map(|&k| score(k)).collect();
            let best = (0..tried.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
            this.k = best.map_or(this.k, |best| tried[best]);
        }
        this
    }

    fn known(&self, text: QueryText) -> &Rows {
        match text {
            QueryText::Title => &self.titles,
            QueryText::Long | QueryText::Words => &self.long_texts,
        }
    }

    fn neighbours(&self, direction: Direction, queries: Queries<'_>, k: usize) -> Neighbours {
        let (asks, keys) = match direction {
            Direction::TextToMap => (queries.texts.sentence.unit(), self.known(queries.text)),
            Direction::MapToText => (queries.features.unit(), &self.features),
        };
        let of = |query: &[f32]| {
            let similar = keys.iter().map(|key| dot(key, query));
            let mut near: Vec<(f32, usize)> = similar.zip(0..).collect();
            let better =
                |a: &(f32, usize), b: &(f32, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
            if k < near.len() {
                near.select_nth_unstable_by(k, better);
                near.truncate(k);
            }
            near.sort_unstable_by(better);
            near
        };
        let rows = asks.values.par_chunks_exact(asks.width.max(1));
        rows.map(of).collect()
    }

    /// The means of the first `k` neighbours, weighted by similarity, and what they are compared with.
    fn answer(
        &self,
        direction: Direction,
        queries: Queries<'_>,
        near: &Neighbours,
        k: usize,
    ) -> (Rows, Rows) {
        let mean = |values: &Rows| {
            let rows: Vec<Vec<f32>> = near
                .par_iter()
                .map(|near| {
                    let mut out = vec![0.0_f32; values.width];
                    for &(similarity, at) in near.iter().take(k) {
                        let weight = similarity.max(1e-6);
                        for (sum, value) in out.iter_mut().zip(values.row(at)) {
                            *sum += weight * value;
                        }
                    }
                    out
                })
                .collect();
            Rows::from_rows(rows.iter().map(Vec::as_slice), values.width).unit()
        };
        match direction {
            Direction::TextToMap => self
                .means
                .of_maps(&mean(&self.features), &queries.features.unit()),
            Direction::MapToText => self.means.of_texts(
                &mean(self.known(queries.text)),
                &queries.texts.sentence.unit(),
            ),
        }
    }
}

impl Method for Nearest {
    fn name(&self) -> &str {
        self.name
    }

    fn settings(&self) -> Option<String> {
        (self.k > 1).then(|| format!("{} neighbours", self.k))
    }

    fn answers(&self, direction: Direction, queries: Queries<'_>) -> Vec<(Rows, Rows)> {
        let near = self.neighbours(direction, queries, self.k);
        vec![self.answer(direction, queries, &near, self.k)]
    }
}

/// Ridge regression each way: to maps from both texts of the training studies, to texts from their maps to their
/// titles; penalties chosen on dev.
fn ridge(
    name: &'static str,
    input: TextInput,
    train: &Part,
    dev: &Part,
    progress: &Progress,
) -> Result<Regression, EvalError> {
    let (texts, maps) = stacked(train, input);
    let (titles, features) = (train.titles.read(input), train.features.unit());
    let (dev_titles, dev_features) = (dev.titles.read(input), dev.features.unit());
    let to_maps = one_way((&texts, &maps), (&dev_titles, &dev_features), progress)?;
    let to_texts = one_way((&features, &titles), (&dev_features, &dev_titles), progress)?;
    Ok(Regression {
        name,
        input,
        to_maps,
        to_texts,
        means: Means {
            map: features.mean(),
            text: titles.mean(),
        },
    })
}

/// Unit-length rows on both sides. The penalty with the best mean of Recall@10 and Recall@100 on the dev rows
/// is kept.
fn one_way(
    train: (&Rows, &Rows),
    dev: (&Rows, &Rows),
    progress: &Progress,
) -> Result<Linear, EvalError> {
    let sums = Ridge::new(train.0, train.1).map_err(TrainError::from)?;
    let mean = train.1.mean();
    let truth = without(dev.1, &mean);
    let mut best: Option<(f64, Linear)> = None;
    for penalty in PENALTIES {
        progress.check()?;
        let Some(layer) = sums.fit(penalty) else {
            continue;
        };
        let predicted = dev.0.map(truth.width, |row| layer.forward(row));
        let score = recall(&without(&predicted, &mean), &truth);
        if best.as_ref().is_none_or(|(b, _)| score > *b) {
            best = Some((score, layer));
        }
    }
    best.map(|(_, layer)| layer).ok_or(EvalError::Nothing)
}

#[cfg(test)]
mod tests {
    use super::super::TextRows;
    use super::*;
    use crate::align::metrics::{Retrieval, ranks};
    use rand::Rng as _;

    fn random(n: usize, width: usize, stream: &str) -> Rows {
        let mut rng = Seed(3).stream(stream, 0);
        let values = (0..n * width).map(|_| rng.random_range(-1.0..1.0));
        Rows {
            values: values.collect(),
            width,
        }
    }

    fn part(features: Rows, sentence: Rows) -> Part {
        let texts = TextRows {
            texts: vec![String::new(); sentence.len()],
            sentence,
            lexical: Rows::default(),
        };
        Part {
            features,
            titles: texts.clone(),
            long_texts: texts,
            ..Part::default()
        }
    }

    #[test]
    fn the_nearest_study_answers_with_its_own_map() {
        let (texts, maps) = (random(30, 5, "texts"), random(30, 7, "maps"));
        let train = part(maps.clone(), texts.clone());
        let nearest = Nearest::fit("nearest", &train, &[1], &train);
        let rows = [4, 9];
        let asked = part(maps.select(&rows), texts.select(&rows));
        let queries = Queries {
            features: &asked.features,
            voxels: &asked.voxels,
            texts: &asked.titles,
            text: QueryText::Title,
        };
        for direction in [Direction::TextToMap, Direction::MapToText] {
            let (predicted, truth) = nearest.answers(direction, queries).remove(0);
            for (a, b) in predicted.values.iter().zip(&truth.values) {
                assert!((a - b).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn linear_peers_find_a_planted_link_and_shuffled_pairs_find_none() {
        let hidden = random(900, 4, "hidden");
        let image = |width: usize, stream: &str| {
            let (way, noise) = (
                random(4, width, stream),
                random(900, width, &format!("{stream} noise")),
            );
            let values = hidden.iter().zip(noise.iter()).flat_map(|(h, noise)| {
                (0..width)
                    .map(|j| {
                        let clean: f32 = h.iter().enumerate().map(|(i, v)| v * way.row(i)[j]).sum();
                        clean + 0.3 * noise[j]
                    })
                    .collect::<Vec<_>>()
            });
            Rows {
                values: values.collect(),
                width,
            }
        };
        let (maps, texts) = (image(12, "map"), image(9, "text"));
        let rows = |range: std::ops::Range<usize>| {
            let rows: Vec<usize> = range.collect();
            part(maps.select(&rows), texts.select(&rows))
        };
        let (train, dev, test) = (rows(0..600), rows(600..750), rows(750..900));
        let queries = Queries {
            features: &test.features,
            voxels: &test.voxels,
            texts: &test.titles,
            text: QueryText::Title,
        };
        let all = peers(&train, &dev, Seed(1), &Progress::new()).unwrap();
        for method in &all {
            let (a, b) = method.answers(Direction::MapToText, queries).remove(0);
            let found = Retrieval::from_ranks(&ranks(&a.values, &b.values, a.width), a.len());
            if method.name().ends_with("shuffled") {
                assert!((30.0..70.0).contains(&found.mix_match), "{found:?}");
            } else {
                assert!(found.mix_match > 80.0, "{} {found:?}", method.name());
            }
        }
    }
}
