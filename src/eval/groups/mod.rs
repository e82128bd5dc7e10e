//! Task-group maps: all peaks of the studies whose titles name a task make one map, which every method is to name.
//! The same as z maps simulated from them, and as those after what maps go through.

mod disturb;
mod lists;
mod maps;
mod patterns;
mod rank;
mod result;
mod score;
#[cfg(test)]
mod tests;

pub use lists::{TaskList, TaskLists, TaskText};
use rand::Rng as _;
use rand::seq::index;
use rayon::prelude::*;
pub use result::{Disturbed, DisturbedRow, GroupInfo, GroupScores, GroupTable, Robustness};
pub use score::{GroupDifference, GroupRow, TaskFigures};

use super::EvalError;
use super::bootstrap::paired_interval;
use super::method::{Method, TextRows};
use super::voxels::Thinned;
use crate::align::Rows;
use crate::bundle::Bundle;
use crate::corpus::{Kernel, Study, TextView};
use crate::decode::PriorWeight;
use crate::meta::Association;
use crate::ontology::Ontology;
use crate::progress::Progress;
use crate::seed::Seed;
use crate::text::{Lexical, TextEncoder};
use disturb::TRIED;
use maps::{Maps, NamedMap, density, simulated_z, smooth_noise};
use patterns::{TaskPatterns, patterns, tasks_of};
use rank::{Correlation, Decoder, Peer, PriorAlone, TaskRanker};
use score::{Marked, Wanted};

/// Studies a group has at least.
const LEAST_STUDIES: usize = 5;
/// Peaks of simulated z maps.
const PEAKS: [f32; 2] = [8.0, 4.0];
/// Random sets of studies a group.
const RANDOM_SETS: usize = 10;

/// What groups are made of and named by.
pub(super) struct Setting<'a> {
    pub bundles: &'a [&'a Bundle],
    /// Peers that bring texts and maps into one space.
    pub peers: Vec<&'a (dyn Method + 'a)>,
    pub encoder: &'a dyn TextEncoder,
    pub lexical: Option<&'a Lexical>,
    /// What peers learnt from.
    pub train: &'a [&'a Study],
    /// What the groups are made of.
    pub studies: &'a [&'a Study],
    pub kernel: Kernel,
    /// The voxels that some peers read.
    pub thinned: Option<&'a Thinned>,
    pub seed: Seed,
    /// Also change the maps.
    pub robustness: bool,
    /// Another list of tasks, in which the groups' are also looked for.
    pub other_tasks: Option<&'a Ontology>,
}

/// A group on its way.
struct Group {
    wanted: Wanted,
    members: Vec<usize>,
    density: Vec<f32>,
    /// Another group's density is taken off simulated maps.
    other: Option<usize>,
    noise: Vec<f32>,
}

/// The tables of the groups; nothing to rank where too few titles name a task.
///
/// # Errors
/// A stop, or a text that cannot be read.
pub(super) fn evaluate_groups(
    setting: &Setting<'_>,
    progress: &Progress,
) -> Result<(GroupScores, Option<Robustness>), EvalError> {
    let bundle = *setting.bundles.first().ok_or(EvalError::Nothing)?;
    let (mut groups, infos) = gather(bundle, setting);
    let mut scores = GroupScores {
        tasks: bundle.tasks.len(),
        least_studies: LEAST_STUDIES,
        studies: setting.studies.len(),
        groups: infos,
        tables: Vec::new(),
        lists: None,
    };
    if groups.is_empty() {
        return Ok((scores, None));
    }
    progress.stage("Mapping groups of studies");
    add_noise(&mut groups, bundle, setting, progress)?;
    let texts = task_texts(bundle, setting, progress)?;
    let rankers = rankers(bundle, setting, &texts, progress)?;
    let wanted: Vec<Wanted> = groups.iter().map(|g| g.wanted.clone()).collect();
    progress.stage("Naming groups of studies");
    let densities = groups.iter().map(|g| g.density.clone()).collect();
    let name = "density of the peaks";
    let (mut marked, mut tables) = marks(
        &rankers,
        (bundle, setting.thinned),
        whole(densities),
        &wanted,
        progress,
    )?;
    marked.push(Marked::dealt(
        "Gyrus, labels dealt",
        &tables.remove(0),
        &wanted,
    ));
    marked.push(of_random_studies(
        &rankers, bundle, setting, &groups, &wanted, progress,
    )?);
    scores.tables.push(table(name, &marked, setting.seed));
    for peak in PEAKS {
        progress.stage(format!("Naming simulated maps of peak {peak}"));
        let maps = whole(simulated(&groups, peak));
        let (marked, _) = marks(&rankers, (bundle, setting.thinned), maps, &wanted, progress)?;
        let name = format!("simulated z maps, peak {peak}");
        scores.tables.push(table(&name, &marked, setting.seed));
    }
    if let Some(other) = setting.other_tasks {
        let maps = groups.iter().map(|g| (g.wanted.task, g.density.clone()));
        let found = lists::evaluate(setting, other, maps.collect(), progress)?;
        scores.lists = (found.groups > 0).then_some(found);
    }
    let robustness = if setting.robustness {
        Some(disturbed(
            &rankers, bundle, setting, &groups, &wanted, progress,
        )?)
    } else {
        None
    };
    Ok((scores, robustness))
}

fn whole(maps: Vec<Vec<f32>>) -> Vec<NamedMap> {
    maps.into_iter().map(NamedMap::whole).collect()
}

/// Groups with enough studies, in the order of the model's tasks.
fn gather(bundle: &Bundle, setting: &Setting<'_>) -> (Vec<Group>, Vec<GroupInfo>) {
    let all = patterns();
    let of: Vec<Vec<usize>> = setting
        .studies
        .par_iter()
        .map(|study| tasks_of(all, &study.title))
        .collect();
    let (mut groups, mut infos) = (Vec::new(), Vec::new());
    for task in 0..bundle.tasks.len() {
        let id = &bundle.tasks.ids[task];
        let Some(row) = all.iter().position(|patterns| patterns.id == *id) else {
            continue;
        };
        let members: Vec<usize> = (0..of.len()).filter(|&s| of[s].contains(&row)).collect();
        if members.len() < LEAST_STUDIES {
            continue;
        }
        let alike = all[row].alike.iter();
        let alike: Vec<usize> = alike.filter_map(|id| bundle.tasks.row_of(id)).collect();
        infos.push(GroupInfo {
            task: id.clone(),
            name: bundle.tasks.names[task].clone(),
            studies: members.len(),
            alike: alike
                .iter()
                .map(|&t| bundle.tasks.names[t].clone())
                .collect(),
        });
        let peaks: Vec<&[[f32; 3]]> = members
            .iter()
            .map(|&s| setting.studies[s].peaks_mm.as_slice())
            .collect();
        groups.push(Group {
            density: density(&peaks, setting.kernel, bundle.atlas.mask()),
            wanted: Wanted {
                task,
                lenient: std::iter::once(task).chain(alike).collect(),
            },
            members,
            other: None,
            noise: Vec::new(),
        });
    }
    (groups, infos)
}

/// Gives each group its noise, and another group that is not alike as negative lobe.
fn add_noise(
    groups: &mut [Group],
    bundle: &Bundle,
    setting: &Setting<'_>,
    progress: &Progress,
) -> Result<(), EvalError> {
    for at in 0..groups.len() {
        let own = &groups[at].wanted;
        // Named by the task and not by the place, which depends on the other groups.
        let number = own.task as u64;
        let others: Vec<usize> = (0..groups.len())
            .filter(|&other| !own.lenient.contains(&groups[other].wanted.task))
            .collect();
        let mut rng = setting.seed.stream("negative lobe", number);
        let other = (!others.is_empty()).then(|| others[rng.random_range(0..others.len())]);
        let noise = smooth_noise(bundle.atlas.mask(), setting.seed, number, progress)?;
        groups[at].other = other;
        groups[at].noise = noise;
    }
    Ok(())
}

fn simulated(groups: &[Group], peak: f32) -> Vec<Vec<f32>> {
    let of = |group: &Group| {
        let other = group.other.map(|other| groups[other].density.as_slice());
        simulated_z(&group.density, other, &group.noise, peak)
    };
    groups.iter().map(of).collect()
}

/// The texts peers read of each task: half its name, half its definition.
fn task_texts(
    bundle: &Bundle,
    setting: &Setting<'_>,
    progress: &Progress,
) -> Result<TextRows, EvalError> {
    progress.stage("Reading the tasks");
    let names: Vec<&str> = bundle.tasks.names.iter().map(String::as_str).collect();
    let ontology = Ontology::embedded();
    let tasks = bundle.tasks.ids.iter().zip(&names);
    let definitions: Vec<&str> = tasks
        .map(|(id, name)| {
            ontology
                .task(id)
                .map_or(*name, |task| task.definition.as_str())
        })
        .collect();
    let halves = |read: &dyn Fn(&[&str]) -> Result<Rows, EvalError>| -> Result<Rows, EvalError> {
        let (mut sum, other) = (read(&names)?.unit(), read(&definitions)?.unit());
        sum.values
            .iter_mut()
            .zip(other.values)
            .for_each(|(a, b)| *a += b);
        Ok(sum.unit())
    };
    let sentence = halves(&|texts| {
        let vectors = setting.encoder.embed(texts, progress)?;
        let dim = setting.encoder.dim();
        Ok(Rows::from_rows(vectors.iter().map(Vec::as_slice), dim))
    })?;
    let lexical = match setting.lexical {
        Some(lexical) => halves(&|texts| {
            let vectors = lexical.embed(texts, progress)?;
            Ok(Rows::from_rows(
                vectors.iter().map(Vec::as_slice),
                lexical.dim(),
            ))
        })?,
        None => Rows::default(),
    };
    let whole = names.iter().zip(&definitions);
    Ok(TextRows {
        sentence,
        lexical,
        texts: whole
            .map(|(name, definition)| format!("{name}. {definition}"))
            .collect(),
    })
}

/// The model with and without its prior, its peers, what correlates, and the prior alone.
fn rankers<'a>(
    bundle: &'a Bundle,
    setting: &'a Setting<'a>,
    texts: &'a TextRows,
    progress: &Progress,
) -> Result<Vec<Box<dyn TaskRanker + 'a>>, EvalError> {
    let mut all: Vec<Box<dyn TaskRanker + 'a>> = Vec::new();
    for (name, weight) in [("Gyrus", 1.0), ("Gyrus, no prior", 0.0)] {
        all.push(Box::new(Decoder {
            name,
            bundles: setting.bundles,
            prior: PriorWeight::new(weight),
        }));
    }
    for &method in &setting.peers {
        all.push(Box::new(Peer {
            method,
            tasks: texts,
        }));
    }
    for correlation in correlations(bundle, setting, progress)? {
        all.push(Box::new(correlation));
    }
    all.push(Box::new(PriorAlone(bundle)));
    Ok(all)
}

/// Association maps of the tasks, from training studies whose texts have the patterns the groups are made by, and
/// from those whose texts have the task's name. The first are told more than any other method: what a group is.
fn correlations(
    bundle: &Bundle,
    setting: &Setting<'_>,
    progress: &Progress,
) -> Result<[Correlation; 2], EvalError> {
    progress.stage("Counting activations of the training studies");
    let tasks = &bundle.tasks;
    let table = patterns();
    let rows: Vec<Option<usize>> = table.iter().map(|p| tasks.row_of(&p.id)).collect();
    let named = tasks.ids.iter().zip(&tasks.names);
    let named: Vec<TaskPatterns> = named
        .map(|(id, name)| TaskPatterns::of_name(id, name))
        .collect();
    let n = tasks.len();
    let sets: Vec<Vec<usize>> = setting
        .train
        .par_iter()
        .map(|study| {
            let text = study.read(TextView::LONG);
            let by_pattern = tasks_of(table, &text);
            let by_pattern = by_pattern.into_iter().filter_map(|row| rows[row]);
            let by_name = tasks_of(&named, &text).into_iter().map(|row| n + row);
            by_pattern.chain(by_name).collect()
        })
        .collect();
    let peaks: Vec<&[[f32; 3]]> = setting
        .train
        .iter()
        .map(|study| study.peaks_mm.as_slice())
        .collect();
    let mask = bundle.atlas.mask();
    let counts = Association::count(&peaks, &sets, 2 * n, Kernel::MKDA_10_MM, mask, progress)?;
    Ok([
        Correlation::of("Neurosynth, same patterns", &counts, 0..n),
        Correlation::of("Neurosynth, names", &counts, n..2 * n),
    ])
}

type Tables = Vec<Vec<Rows>>;

/// What every method makes of some maps, and its scores.
fn marks(
    rankers: &[Box<dyn TaskRanker + '_>],
    (bundle, thinned): (&Bundle, Option<&Thinned>),
    maps: Vec<NamedMap>,
    wanted: &[Wanted],
    progress: &Progress,
) -> Result<(Vec<Marked>, Tables), EvalError> {
    let maps = Maps::read(bundle, maps, thinned, progress)?;
    let (mut marked, mut tables) = (Vec::new(), Vec::new());
    for ranker in rankers {
        let scores = ranker.scores(&maps, progress)?;
        marked.push(Marked::of(ranker.name(), &scores, wanted));
        tables.push(scores);
    }
    Ok((marked, tables))
}

/// The model on as many random studies as each group has: what the size of a group alone gives.
fn of_random_studies(
    rankers: &[Box<dyn TaskRanker + '_>],
    bundle: &Bundle,
    setting: &Setting<'_>,
    groups: &[Group],
    wanted: &[Wanted],
    progress: &Progress,
) -> Result<Marked, EvalError> {
    progress.stage("Naming random studies");
    let mut maps = Vec::with_capacity(groups.len() * RANDOM_SETS);
    for group in groups {
        let number = group.wanted.task as u64;
        let mut rng = setting.seed.stream("random studies", number);
        for _ in 0..RANDOM_SETS {
            let drawn = index::sample(&mut rng, setting.studies.len(), group.members.len());
            let peaks: Vec<&[[f32; 3]]> = drawn
                .iter()
                .map(|s| setting.studies[s].peaks_mm.as_slice())
                .collect();
            let map = density(&peaks, setting.kernel, bundle.atlas.mask());
            maps.push(NamedMap::whole(map));
        }
    }
    let maps = Maps::read(bundle, maps, None, progress)?;
    let first = rankers.first().ok_or(EvalError::Nothing)?;
    let scores = first.scores(&maps, progress)?;
    Ok(Marked::of_several(
        "Gyrus, random studies",
        &scores,
        wanted,
        RANDOM_SETS,
    ))
}

fn table(maps: &str, marked: &[Marked], seed: Seed) -> GroupTable {
    let differences = match marked.split_first() {
        Some((model, others)) => others
            .iter()
            .map(|other| model.minus(other, seed))
            .collect(),
        None => Vec::new(),
    };
    GroupTable {
        maps: maps.to_owned(),
        rows: marked.iter().map(Marked::row).collect(),
        differences,
    }
}

/// Every method on simulated z maps of the higher peak, unchanged and after each change.
fn disturbed(
    rankers: &[Box<dyn TaskRanker + '_>],
    bundle: &Bundle,
    setting: &Setting<'_>,
    groups: &[Group],
    wanted: &[Wanted],
    progress: &Progress,
) -> Result<Robustness, EvalError> {
    let [peak, ..] = PEAKS;
    let plain = simulated(groups, peak);
    let (unchanged, _) = marks(
        rankers,
        (bundle, setting.thinned),
        whole(plain.clone()),
        wanted,
        progress,
    )?;
    let mut changes = Vec::with_capacity(TRIED.len());
    for (number, change) in TRIED.into_iter().enumerate() {
        progress.stage(format!("Naming maps {}", change.words()));
        progress.set_fraction(number as f32 / TRIED.len() as f32);
        let changed = plain.iter().zip(groups).map(|(map, group)| {
            let number = group.wanted.task as u64;
            change.apply(map, bundle.atlas.mask(), setting.seed, number, progress)
        });
        let changed = changed.collect::<Result<Vec<_>, _>>()?;
        let (marked, _) = marks(
            rankers,
            (bundle, setting.thinned),
            changed,
            wanted,
            progress,
        )?;
        let pairs = marked.iter().zip(&unchanged);
        let rows = pairs.map(|(now, before)| DisturbedRow {
            row: now.row(),
            change: paired_interval(&now.lenient(), &before.lenient(), setting.seed),
        });
        changes.push(Disturbed {
            what: change.words(),
            rows: rows.collect(),
        });
    }
    Ok(Robustness {
        maps: format!("simulated z maps, peak {peak}"),
        unchanged: unchanged.iter().map(Marked::row).collect(),
        changes,
    })
}
