//! Ways to order the tasks of a model by how well they go with a map.

use std::ops::Range;

use rayon::prelude::*;

use super::super::EvalError;
use super::super::method::{Method, Queries, QueryText, TextRows};
use super::super::table::Direction;
use super::maps::Maps;
use crate::align::Rows;
use crate::bundle::Bundle;
use crate::decode::{PriorWeight, vocabulary};
use crate::linalg::dot;
use crate::meta::Association;
use crate::ontology::Ontology;
use crate::progress::Progress;

/// One of the ways. A higher score is a better fit; NaN is none.
pub(super) trait TaskRanker {
    /// Its name in the table.
    fn name(&self) -> &str;

    /// Map × task: one table a model, where it is several.
    fn scores(&self, maps: &Maps, progress: &Progress) -> Result<Vec<Rows>, EvalError>;
}

/// The models under evaluation, as they decode.
pub(super) struct Decoder<'a> {
    pub name: &'static str,
    pub bundles: &'a [&'a Bundle],
    pub prior: PriorWeight,
}

impl TaskRanker for Decoder<'_> {
    fn name(&self) -> &str {
        self.name
    }

    fn scores(&self, maps: &Maps, progress: &Progress) -> Result<Vec<Rows>, EvalError> {
        let of = |bundle: &&Bundle| -> Result<Rows, EvalError> {
            let vocabulary = vocabulary(bundle, Ontology::embedded(), progress)?;
            let tasks = &bundle.tasks;
            let mut out = Rows {
                values: Vec::new(),
                width: tasks.len(),
            };
            for map in 0..maps.maps.len() {
                let mut row = vec![f32::NAN; tasks.len()];
                if !maps.is_blank(map) {
                    let latent = bundle.image_tower.forward(maps.features.row(map));
                    let (ranked, ..) = vocabulary.rank(&latent, self.prior);
                    for (place, task) in ranked.iter().enumerate() {
                        if let Some(slot) = tasks.row_of(&task.id).and_then(|t| row.get_mut(t)) {
                            *slot = -(place as f32);
                        }
                    }
                }
                out.values.extend(row);
            }
            Ok(out)
        };
        self.bundles.iter().map(of).collect()
    }
}

/// A peer that brings texts and maps into one space; a task's text is half its name, half its definition.
pub(super) struct Peer<'a> {
    pub method: &'a (dyn Method + 'a),
    pub tasks: &'a TextRows,
}

impl TaskRanker for Peer<'_> {
    fn name(&self) -> &str {
        self.method.name()
    }

    fn scores(&self, maps: &Maps, progress: &Progress) -> Result<Vec<Rows>, EvalError> {
        progress.check()?;
        let queries = Queries {
            features: &maps.features,
            voxels: &maps.voxels,
            texts: self.tasks,
            text: QueryText::Title,
        };
        let answers = self.method.answers(Direction::MapToText, queries);
        let table = |(asks, tasks): (Rows, Rows)| {
            let values = asks.iter().enumerate().flat_map(|(map, asks)| {
                let blank = maps.is_blank(map);
                let score = move |task| if blank { f32::NAN } else { dot(asks, task) };
                tasks.iter().map(score).collect::<Vec<f32>>()
            });
            Rows {
                values: values.collect(),
                width: tasks.len(),
            }
        };
        Ok(answers.into_iter().map(table).collect())
    }
}

/// The same order for every map: how often the literature speaks of a task.
pub(super) struct PriorAlone<'a>(pub &'a Bundle);

impl TaskRanker for PriorAlone<'_> {
    fn name(&self) -> &str {
        "Prior alone"
    }

    fn scores(&self, maps: &Maps, _: &Progress) -> Result<Vec<Rows>, EvalError> {
        let prior = &self.0.tasks.prior;
        let rows = maps.maps.iter().map(|_| prior.as_slice());
        Ok(vec![Rows::from_rows(rows, prior.len())])
    }
}

/// Correlation with the association map of each task's studies (Yarkoni et al. 2011).
pub(super) struct Correlation {
    name: &'static str,
    /// z over the mask, a map a task; none where no training study speaks of it.
    maps: Vec<Option<Vec<f32>>>,
    /// The same at mean 0 and length 1.
    unit: Vec<Option<Vec<f32>>>,
}

impl Correlation {
    /// From counts, of which these sets are the tasks'.
    pub fn of(name: &'static str, counts: &Association, sets: Range<usize>) -> Self {
        let maps: Vec<Option<Vec<f32>>> = sets.into_par_iter().map(|task| counts.z(task)).collect();
        let unit = maps.par_iter().map(|map| map.as_deref().map(centred));
        Self {
            name,
            unit: unit.collect(),
            maps,
        }
    }
}

/// Less its mean, at length 1.
fn centred(map: &[f32]) -> Vec<f32> {
    let n = map.len().max(1) as f64;
    let mean = map.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    let square: f64 = map.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum();
    let scale = 1.0 / square.sqrt().max(f64::MIN_POSITIVE);
    map.iter()
        .map(|&v| ((f64::from(v) - mean) * scale) as f32)
        .collect()
}

impl TaskRanker for Correlation {
    fn name(&self) -> &str {
        self.name
    }

    fn scores(&self, maps: &Maps, progress: &Progress) -> Result<Vec<Rows>, EvalError> {
        let mut out = Rows {
            values: Vec::new(),
            width: self.maps.len(),
        };
        for map in &maps.maps {
            progress.check()?;
            let score: Vec<f32> = match &map.seen {
                None => {
                    let asks = centred(&map.values);
                    let all = self.unit.par_iter();
                    all.map(|task| task.as_deref().map_or(f32::NAN, |task| dot(task, &asks)))
                        .collect()
                }
                Some(seen) => {
                    let kept = |values: &[f32]| -> Vec<f32> {
                        let pairs = values.iter().zip(seen.iter());
                        pairs.filter(|(_, s)| **s).map(|(v, _)| *v).collect()
                    };
                    let asks = centred(&kept(&map.values));
                    let all = self.maps.par_iter();
                    all.map(|task| {
                        let task = task.as_deref();
                        task.map_or(f32::NAN, |task| dot(&centred(&kept(task)), &asks))
                    })
                    .collect()
                }
            };
            out.values.extend(score);
        }
        Ok(vec![out])
    }
}

#[cfg(test)]
mod tests {
    use super::super::maps::NamedMap;
    use super::*;
    use crate::meta::Counts;

    #[test]
    fn a_map_correlates_most_with_the_task_whose_studies_report_there() {
        let counts = |active: [u32; 6], studies| Counts {
            active: active.to_vec(),
            studies,
        };
        let association = Association {
            all: counts([12, 12, 10, 10, 3, 3], 40),
            sets: vec![
                counts([10, 9, 1, 1, 1, 1], 12),
                counts([1, 1, 8, 9, 1, 1], 12),
                counts([0; 6], 0),
            ],
        };
        let correlation = Correlation::of("r", &association, 0..3);
        let map = |values: [f32; 6], seen: Option<[bool; 6]>| NamedMap {
            values: values.to_vec(),
            seen: seen.map(|seen| seen.to_vec().into()),
            fit_where_seen: false,
        };
        let half = [true, false, true, false, true, false];
        let maps = Maps {
            maps: vec![
                map([3.0, 2.0, 0.0, 0.0, 0.0, 0.0], None),
                map([0.0, -1.0, 5.0, 4.0, 0.0, 1.0], None),
                map([3.0, 99.0, 0.0, 99.0, 0.0, 99.0], Some(half)),
            ],
            features: Rows::default(),
            voxels: Rows::default(),
        };
        let table = correlation
            .scores(&maps, &Progress::new())
            .unwrap()
            .remove(0);
        assert!(table.row(0)[0] > 0.8 && table.row(0)[1] < 0.0);
        assert!(table.row(1)[1] > 0.8 && table.row(1)[0] < 0.0);
        // What is not seen does not count.
        assert!(table.row(2)[0] > 0.8, "{:?}", table.row(2));
        assert!(table.iter().all(|row| row[2].is_nan()));
    }
}
