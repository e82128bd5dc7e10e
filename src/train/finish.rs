//! What follows the towers: task table with prior, decode scale, study index.

use crate::align::{Rows, Tower, unit};
use crate::bundle::{StudyEntry, StudyFacts, StudyIndex, TOP_TASKS, TaskTable};
use crate::corpus::Study;
use crate::linalg::dot_in_order;
use crate::ontology::{Ontology, TaskDef};
use crate::progress::Progress;
use crate::seed::Seed;
use crate::text::{Lexical, TextEncoder, unit_beside};

use super::TrainError;
use super::axes::principal_axes;
use super::cache::{Cache, Key};

/// Sharpness of the softmax behind the literature prior, NiCLIP's.
const PRIOR_SCALE: f32 = 10.0;

/// The vocabulary: of each task its name, its definition, and both with the concepts it measures, in the numbers
/// the text tower takes; with a literature prior over `documents` (embeddings of training texts): the mean over
/// documents of the softmax over tasks of ten times their cosine, as NiCLIP computes it (of half name and half
/// definition, by the sentence encoder).
pub(crate) fn task_table(
    ontology: &Ontology,
    encoder: &dyn TextEncoder,
    lexical: Option<&Lexical>,
    documents: &Rows,
    cache: &Cache,
    progress: &Progress,
) -> Result<TaskTable, TrainError> {
    let texts: Vec<[String; TASK_TEXTS]> = ontology
        .tasks
        .iter()
        .map(|task| task_texts(ontology, task))
        .collect();
    let flat: Vec<&str> = texts.iter().flatten().map(String::as_str).collect();
    // Before every run: a stage of its own.
    let fingerprint = encoder.fingerprint().as_bytes();
    let parts = [&b"task texts/1"[..], fingerprint];
    let key = Key::of(
        parts
            .into_iter()
            .chain(flat.iter().map(|text| text.as_bytes())),
    );
    let known = cache.get_rows("task-texts", &key, flat.len(), encoder.dim());
    let sentences: Vec<Vec<f32>> = match known {
        Some(rows) => rows.iter().map(<[f32]>::to_vec).collect(),
        None => {
            let read = encoder.embed(&flat, progress)?;
            let rows = Rows::from_rows(read.iter().map(Vec::as_slice), encoder.dim());
            cache.put_rows("task-texts", &key, &rows);
            read
        }
    };
    let halves: Vec<f32> = sentences
        .chunks_exact(TASK_TEXTS)
        .flat_map(|texts| {
            let halves = texts[0].iter().zip(&texts[1]);
            halves.map(|(n, d)| 0.5 * n + 0.5 * d).collect::<Vec<_>>()
        })
        .collect();
    let table = Rows {
        values: halves,
        width: encoder.dim(),
    };
    let (embeddings, text_of) = match lexical {
        None => (
            table.values.clone(),
            (0..table.len()).map(|task| task as u16).collect(),
        ),
        Some(lexical) => {
            let read =
                |(sentence, text): (&Vec<f32>, &&str)| unit_beside(sentence, &lexical.vector(text));
            let rows = sentences.iter().zip(&flat).flat_map(read).collect();
            let of = (0..flat.len()).map(|text| (text / TASK_TEXTS) as u16);
            (rows, of.collect())
        }
    };
    Ok(TaskTable {
        ids: ontology.tasks.iter().map(|t| t.id.clone()).collect(),
        names: ontology.tasks.iter().map(|t| t.name.clone()).collect(),
        prior: literature_prior(&table, documents),
        embeddings,
        text_of,
    })
}

/// Texts a task is known by.
const TASK_TEXTS: usize = 3;

fn task_texts(ontology: &Ontology, task: &TaskDef) -> [String; TASK_TEXTS] {
    let concept = |id| ontology.concept(id).map(|concept| concept.name.as_str());
    let concepts: Vec<&str> = task.concepts.iter().filter_map(concept).collect();
    [
        task.name.clone(),
        task.definition.clone(),
        format!("{}. {} {}", task.name, task.definition, concepts.join(", ")),
    ]
}

/// Mean over documents of softmax over tasks of 10 · cosine; sums to 1.
pub(crate) fn literature_prior(tasks: &Rows, documents: &Rows) -> Vec<f32> {
    let tasks = tasks.unit();
    let shares = documents.unit().map(tasks.len(), |document| {
        softmax(
            &tasks
                .iter()
                .map(|t| PRIOR_SCALE * dot_in_order(t, document))
                .collect::<Vec<_>>(),
        )
    });
    let mean = shares.mean();
    let sum: f32 = mean.iter().sum();
    mean.iter().map(|p| p / sum).collect()
}

/// The multiplier of cosines that gives true pairs the highest likelihood: each dev map's own title
/// among the titles of all dev studies, rows of `images` and `texts` being unit latents. Found by
/// golden section on the logarithm of the scale, between 1 and 200.
pub fn decode_scale(images: &Rows, texts: &Rows) -> f32 {
    let cosines = images.map(texts.len(), |image| {
        texts.iter().map(|t| dot_in_order(image, t)).collect()
    });
    let loss = |log_scale: f64| -> f64 {
        let scale = log_scale.exp();
        let row_loss = |(i, row): (usize, &[f32])| {
            let largest = row.iter().copied().fold(f32::MIN, f32::max);
            let sum: f64 = row
                .iter()
                .map(|&c| (scale * f64::from(c - largest)).exp())
                .sum();
            sum.ln() - scale * f64::from(row.get(i).copied().unwrap_or(largest) - largest)
        };
        cosines.iter().enumerate().map(row_loss).sum()
    };
    let ratio = (5f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (0.0f64, 200f64.ln());
    while high - low > 1e-3 {
        let (a, b) = (high - ratio * (high - low), low + ratio * (high - low));
        if loss(a) < loss(b) { high = b } else { low = a }
    }
    ((low + high) / 2.0).exp() as f32
}

/// What the index of a bundle is made of. Row i of every table is study i.
pub(crate) struct IndexInputs<'a> {
    /// The studies, none of them set aside for evaluation.
    pub studies: &'a [&'a Study],
    /// Features of their maps.
    pub features: &'a Rows,
    /// Their long texts in the numbers the text tower takes.
    pub long_texts: &'a Rows,
    /// The towers.
    pub image: &'a Tower,
    /// The towers.
    pub text: &'a Tower,
    /// Axes kept a study.
    pub axes: usize,
}

/// The study index: a study lies midway between the latents of its map and its long text, so that
/// it is near to queries of either kind. Also returns the share of the exact ten nearest studies
/// that the packed index finds, over the studies at `probes`.
pub(crate) fn study_index(
    inputs: &IndexInputs<'_>,
    tasks: &TaskTable,
    probes: &[usize],
    seed: Seed,
) -> Option<(StudyIndex, f64)> {
    let width = inputs.image.outputs();
    let images = inputs.features.map(width, |f| inputs.image.forward(f));
    let texts = inputs.long_texts.map(width, |t| inputs.text.forward(t));
    let between =
        |(u, t): (&[f32], &[f32])| unit(&u.iter().zip(t).map(|(a, b)| a + b).collect::<Vec<_>>());
    let latents: Vec<Vec<f32>> = images.iter().zip(texts.iter()).map(between).collect();
    let latents = Rows::from_rows(latents.iter().map(Vec::as_slice), width);
    let table: Vec<Vec<f32>> = (0..tasks.len())
        .map(|task| tasks.latent(task, inputs.text))
        .collect();
    let table = Rows::from_rows(table.iter().map(Vec::as_slice), width);
    let entries: Vec<StudyEntry> = inputs
        .studies
        .iter()
        .zip(latents.iter())
        .map(|(study, latent)| StudyEntry {
            pmid: study.pmid,
            year: study.year,
            top_tasks: best_tasks(latent, &table),
        })
        .collect();
    let axes = principal_axes(&latents, inputs.axes, seed);
    let mut index = StudyIndex::pack(&entries, &latents.values, latents.mean(), axes.values)?;
    let facts = inputs.studies.iter();
    let facts = facts.map(|study| (study.title.as_str(), study.peaks_mm.as_slice()));
    index.facts = Some(StudyFacts::pack(facts));
    let kept: f64 = probes
        .iter()
        .map(|&probe| {
            let query = texts.row(probe);
            let mut exact: Vec<(usize, f32)> = latents
                .iter()
                .map(|l| dot_in_order(l, query))
                .enumerate()
                .collect();
            exact.sort_by(|a, b| b.1.total_cmp(&a.1));
            let packed = index.nearest(query, 10);
            exact[..10.min(exact.len())]
                .iter()
                .filter(|(i, _)| packed.iter().any(|(j, _)| i == j))
                .count() as f64
                / 10.0
        })
        .sum();
    Some((index, kept / probes.len().max(1) as f64))
}

fn best_tasks(latent: &[f32], tasks: &Rows) -> [u16; TOP_TASKS] {
    let mut scored: Vec<(usize, f32)> = tasks
        .iter()
        .map(|t| dot_in_order(t, latent))
        .enumerate()
        .collect();
    scored.sort_by(|a, b| b.1.total_cmp(&a.1));
    // Fewer than three tasks: the last is repeated.
    let last = scored.len().saturating_sub(1);
    std::array::from_fn(|i| scored.get(i.min(last)).map_or(0, |&(t, _)| t as u16))
}

fn softmax(z: &[f32]) -> Vec<f32> {
    let largest = z.iter().copied().fold(f32::MIN, f32::max);
    let e: Vec<f32> = z.iter().map(|v| (v - largest).exp()).collect();
    let sum: f32 = e.iter().sum();
    e.iter().map(|v| v / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prior_of_even_documents_is_even_and_of_others_follows_them() {
        let tasks = Rows {
            values: vec![2.0, 0.0, 0.0, 3.0],
            width: 2,
        };
        let even = literature_prior(
            &tasks,
            &Rows {
                values: vec![1.0, 1.0],
                width: 2,
            },
        );
        assert!((even[0] - 0.5).abs() < 1e-6);
        let one = literature_prior(
            &tasks,
            &Rows {
                values: vec![5.0, 0.0],
                width: 2,
            },
        );
        // softmax of (10, 0)
        assert!((one[0] - 1.0 / (1.0 + (-10f32).exp())).abs() < 1e-6);
    }

    #[test]
    fn the_scale_is_the_one_the_pairs_were_drawn_with() {
        // Two kinds of text at cosine c and −c; three images in four lie on the side of their own
        // text. The best scale s makes exp(s c)/(exp(s c) + exp(−s c)) that share: with c = 0.1,
        // s = ln(3)/0.2.
        let texts = Rows {
            values: vec![1.0, 0.0, 1.0, 0.0, -1.0, 0.0, -1.0, 0.0],
            width: 2,
        };
        let images = Rows {
            values: [1.0, 1.0, -1.0, 1.0]
                .into_iter()
                .flat_map(|side| [side * 0.1, 0.995])
                .collect(),
            width: 2,
        };
        let scale = decode_scale(&images, &texts);
        let best = 3.0_f32.ln() / 0.2;
        assert!((scale / best - 1.0).abs() < 0.02, "{scale} is not {best}");
    }
}
