//! Maps of which it is known what they show: how early the model ranks that.

use std::path::PathBuf;

use rand::seq::SliceRandom as _;
use serde::Serialize;

use super::EvalError;
use super::mapping::Mapping;
use crate::bundle::Bundle;
use crate::decode::{DecodeError, PreparedMap, PriorWeight, Tail};
use crate::error::Explain as _;
use crate::progress::Progress;
use crate::seed::Seed;
use crate::space;

/// Times the labels are dealt anew.
const PERMUTATIONS: usize = 1000;

/// How maps are decoded.
#[derive(Debug, Clone, Copy)]
pub struct LabelledPlan {
    /// The side read; the stronger one where none is named.
    pub tail: Option<Tail>,
    /// How much the prior counts.
    pub prior: PriorWeight,
    /// Decode also what should not be decoded.
    pub anyway: bool,
    /// Seed of the permutations.
    pub seed: Seed,
}

/// One map.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MapScore {
    /// As the table names it.
    pub file: PathBuf,
    /// What it shows.
    pub label: String,
    /// The side read.
    pub tail: Tail,
    /// Best rank of a task of the label, from 1.
    pub rank: usize,
    /// The task ranked first.
    pub first: String,
    /// Whether one of its domains is among the first two; absent where none is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain_found: Option<bool>,
}

/// A map that was not decoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// As the table names it.
    pub file: PathBuf,
    /// The reason.
    pub why: String,
}

/// All maps of one label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelScore {
    /// The label.
    pub label: String,
    /// How many.
    pub maps: usize,
    /// Share with rank 10 or better, percent.
    pub recall_10: f64,
    /// Mean reciprocal rank, percent.
    pub mrr: f64,
    /// Share of dealings in which maps of other labels do as well for it (the observed one counted); absent where
    /// all maps have one label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
}

/// How early the model ranks what the maps show.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelledScores {
    /// Tasks ranked.
    pub tasks: usize,
    /// Every map decoded.
    pub maps: Vec<MapScore>,
    /// Maps that were not, which count nowhere.
    pub left_out: Vec<LeftOut>,
    /// Share of maps with rank 1, ≤ 4, ≤ 10; percent.
    pub recall_1_4_10: [f64; 3],
    /// Mean reciprocal rank, percent.
    pub mrr: f64,
    /// Mean share of the tasks outside the label ranked behind its best one, percent. Chance depends on how many
    /// tasks a label has: see the permuted value.
    pub normalised_accuracy: f64,
    /// The same where labels are dealt to maps at random: mean over the dealings, percent.
    pub normalised_accuracy_permuted: f64,
    /// Share of the maps with a domain that have it among the first two, percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain_recall_2: Option<f64>,
    /// By label, most maps first.
    pub labels: Vec<LabelScore>,
    /// Mean reciprocal rank where labels are dealt to maps at random: mean over the dealings, percent.
    pub mrr_permuted: f64,
    /// Share of dealings with as high a mean reciprocal rank (the observed one counted); absent where all maps have
    /// one label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
    /// Number of dealings.
    pub permutations: usize,
}

/// A decoded map: where each task stands, and the domains in their order.
struct Ranked {
    /// From 1, by row of the bundle's tasks.
    places: Vec<usize>,
    score: MapScore,
    /// The label, by number.
    label: usize,
}

/// Decodes the maps of a table and scores the ranking of what they show.
///
/// # Errors
/// [`EvalError::NoMap`] where no map is decoded; a stop.
pub fn evaluate_labelled(
    bundle: &Bundle,
    mapping: &Mapping,
    plan: &LabelledPlan,
    progress: &Progress,
) -> Result<LabelledScores, EvalError> {
    let mut ranked = Vec::with_capacity(mapping.maps.len());
    let mut left_out = Vec::new();
    for (number, map) in mapping.maps.iter().enumerate() {
        progress.check()?;
        progress.stage(format!("Decoding {} of {}", number + 1, mapping.maps.len()));
        progress.set_fraction(number as f32 / mapping.maps.len() as f32);
        let mut leave_out = |why: String| {
            let file = map.file.clone();
            left_out.push(LeftOut { file, why });
        };
        let volume = match space::open_map(&mapping.path_of(map), map.frame, progress) {
            Ok(volume) => volume,
            Err(_) if progress.is_cancelled() => return Err(crate::progress::Cancelled.into()),
            Err(error) => {
                leave_out(error.explain().why);
                continue;
            }
        };
        let read = || {
            let prepared = PreparedMap::new(bundle, bundle.ontology(), &volume, progress)?
                .weigh_prior(plan.prior);
            if !plan.anyway {
                prepared.check()?;
            }
            prepared.read(plan.tail.unwrap_or(Tail::Both), progress)
        };
        let decoding = match read() {
            Ok(reading) => reading.decoding,
            Err(DecodeError::Cancelled(cancelled)) => return Err(cancelled.into()),
            Err(error) => {
                leave_out(error.explain().why);
                continue;
            }
        };
        let mut places = vec![usize::MAX; bundle.tasks.len()];
        for (place, task) in decoding.tasks.iter().enumerate() {
            if let Some(row) = bundle.tasks.row_of(&task.id) {
                places[row] = place + 1;
            }
        }
        let wanted = |name: &str| map.domains.iter().any(|d| d.eq_ignore_ascii_case(name));
        let found = decoding.domains.iter().take(2).any(|d| wanted(&d.name));
        let first = decoding.tasks.first();
        ranked.push(Ranked {
            score: MapScore {
                file: map.file.clone(),
                label: mapping.labels[map.label].name.clone(),
                tail: decoding.tail,
                rank: best(&places, &mapping.labels[map.label].tasks),
                first: first.map_or_else(String::new, |task| task.name.clone()),
                domain_found: (!map.domains.is_empty()).then_some(found),
            },
            places,
            label: map.label,
        });
    }
    score(ranked, left_out, mapping, plan.seed, progress)
}

/// Best place among some tasks.
fn best(places: &[usize], tasks: &[usize]) -> usize {
    let all = tasks.iter().filter_map(|&task| places.get(task));
    all.copied().min().unwrap_or(usize::MAX)
}

fn score(
    ranked: Vec<Ranked>,
    left_out: Vec<LeftOut>,
    mapping: &Mapping,
    seed: Seed,
    progress: &Progress,
) -> Result<LabelledScores, EvalError> {
    let n = ranked.len();
    let Some(tasks) = ranked.first().map(|map| map.places.len()) else {
        return Err(EvalError::NoMap {
            maps: left_out.len(),
            why: left_out
                .into_iter()
                .next()
                .map_or_else(String::new, |map| map.why),
        });
    };
    let mean = |values: &mut dyn Iterator<Item = f64>, of: usize| {
        100.0 * values.sum::<f64>() / of.max(1) as f64
    };
    let share = |k: usize| {
        let mut hits = ranked
            .iter()
            .map(|r| f64::from(u8::from(r.score.rank <= k)));
        mean(&mut hits, n)
    };
    // Reciprocal rank of every label on every map: dealing labels anew only looks it up.
    let table: Vec<Vec<f64>> = ranked
        .iter()
        .map(|map| {
            let labels = mapping.labels.iter();
            labels
                .map(|label| 1.0 / best(&map.places, &label.tasks) as f64)
                .collect()
        })
        .collect();
    // Of the label's own tasks the best is in front of the others: they are no competitors.
    let accuracy = |map: &Ranked, label: usize| {
        let label = &mapping.labels[label];
        let others = tasks.saturating_sub(label.tasks.len());
        let before = (best(&map.places, &label.tasks) - 1).min(others);
        1.0 - before as f64 / others.max(1) as f64
    };
    let labels: Vec<usize> = ranked.iter().map(|map| map.label).collect();
    let one_label = labels.windows(2).all(|two| two[0] == two[1]);
    // Sums of reciprocal ranks: of each label's maps, and of all.
    let sums = |dealt: &[usize]| {
        let mut sums = vec![0.0; mapping.labels.len()];
        for (row, &label) in table.iter().zip(dealt) {
            sums[label] += row[label];
        }
        let all: f64 = sums.iter().sum();
        (sums, all)
    };
    let (observed, all) = sums(&labels);
    let mut as_good = vec![1_usize; mapping.labels.len()];
    let (mut all_as_good, mut permuted, mut accuracy_permuted) = (1, 0.0, 0.0);
    let mut rng = seed.stream("dealt labels", 0);
    let mut dealt = labels.clone();
    for _ in 0..PERMUTATIONS {
        progress.check()?;
        dealt.shuffle(&mut rng);
        let (found, sum) = sums(&dealt);
        for ((count, found), observed) in as_good.iter_mut().zip(&found).zip(&observed) {
            *count += usize::from(*found >= observed - 1e-12);
        }
        all_as_good += usize::from(sum >= all - 1e-12);
        permuted += sum;
        let dealt = ranked.iter().zip(&dealt);
        accuracy_permuted += dealt.map(|(map, &label)| accuracy(map, label)).sum::<f64>();
    }
    let p = |count: usize| (!one_label).then(|| count as f64 / (PERMUTATIONS + 1) as f64);
    let mut by_label: Vec<LabelScore> = (0..mapping.labels.len())
        .filter_map(|label| {
            let maps = labels.iter().filter(|&&l| l == label).count();
            let of_label = ranked.iter().filter(|map| map.label == label);
            let mut hits = of_label.map(|r| f64::from(u8::from(r.score.rank <= 10)));
            (maps > 0).then(|| LabelScore {
                label: mapping.labels[label].name.clone(),
                maps,
                recall_10: mean(&mut hits, maps),
                mrr: 100.0 * observed[label] / maps as f64,
                p: p(as_good[label]),
            })
        })
        .collect();
    by_label.sort_by(|a, b| b.maps.cmp(&a.maps).then(b.mrr.total_cmp(&a.mrr)));
    let domains: Vec<bool> = ranked.iter().filter_map(|r| r.score.domain_found).collect();
    let mut hits = domains.iter().map(|&hit| f64::from(u8::from(hit)));
    Ok(LabelledScores {
        tasks,
        recall_1_4_10: [1, 4, 10].map(share),
        mrr: 100.0 * all / n as f64,
        normalised_accuracy: mean(&mut ranked.iter().map(|map| accuracy(map, map.label)), n),
        normalised_accuracy_permuted: 100.0 * accuracy_permuted / (PERMUTATIONS * n) as f64,
        domain_recall_2: (!domains.is_empty()).then(|| mean(&mut hits, domains.len())),
        labels: by_label,
        mrr_permuted: 100.0 * permuted / (PERMUTATIONS * n) as f64,
        p: p(all_as_good),
        permutations: PERMUTATIONS,
        maps: ranked.into_iter().map(|map| map.score).collect(),
        left_out,
    })
}

#[cfg(test)]
mod tests {
    use super::super::mapping::{Label, MappedFile};
    use super::*;

    /// Twelve maps of three labels over ten tasks; each ranks the task of its label first, or last.
    fn scores(right: bool) -> LabelledScores {
        let labels = (0..3).map(|n| Label {
            name: format!("label {n}"),
            tasks: vec![n],
        });
        let maps = (0..12).map(|n| MappedFile {
            file: format!("{n}.nii").into(),
            frame: 0,
            label: n % 3,
            domains: Vec::new(),
        });
        let mapping = Mapping {
            folder: PathBuf::new(),
            labels: labels.collect(),
            maps: maps.collect(),
        };
        let ranked = mapping.maps.iter().map(|map| {
            let order = (0..10).map(|task| (task + 10 - map.label) % 10);
            let places: Vec<usize> = order
                .map(|place| if right { place + 1 } else { 10 - place })
                .collect();
            Ranked {
                score: MapScore {
                    file: map.file.clone(),
                    label: String::new(),
                    tail: Tail::Pos,
                    rank: best(&places, &mapping.labels[map.label].tasks),
                    first: String::new(),
                    domain_found: (map.label == 0).then_some(right),
                },
                places,
                label: map.label,
            }
        });
        let ranked = ranked.collect();
        score(ranked, Vec::new(), &mapping, Seed(1), &Progress::new()).unwrap()
    }

    #[test]
    fn maps_that_name_their_task_score_full_and_others_as_dealt_ones() {
        let good = scores(true);
        assert_eq!(good.recall_1_4_10, [100.0; 3]);
        assert_eq!((good.mrr, good.normalised_accuracy), (100.0, 100.0));
        assert_eq!(good.domain_recall_2, Some(100.0));
        assert!(
            good.p.unwrap() < 0.01 && good.mrr_permuted < 75.0,
            "{good:?}"
        );
        let sure = |l: &LabelScore| l.maps == 4 && l.p.unwrap() < 0.01;
        assert!(good.labels.iter().all(sure));
        // Dealt labels put the other tasks at places 9 and 10 or 1 and 2 as often as 1.
        assert!(good.normalised_accuracy_permuted < 75.0, "{good:?}");
        let bad = scores(false);
        assert_eq!(bad.recall_1_4_10, [0.0, 0.0, 100.0]);
        assert!((bad.mrr - 10.0).abs() < 1e-9 && bad.normalised_accuracy == 0.0);
        assert!(bad.p.unwrap() > 0.9, "{bad:?}");
    }
}
