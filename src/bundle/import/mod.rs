//! Models published by others as bundles: NiCLIP's and NeuroConText's weights with their vocabulary,
//! embeddings, prior and atlas.
//!
//! What is imported decodes as its authors' program does: its own pre-processing chain, its weights in
//! single precision, its ontology. It has no decoder, so it predicts no maps, and no study index.

mod error;
mod weights;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use error::ImportError;

use super::manifest::{EncoderInfo, FORMAT, KernelInfo, Manifest, SplitInfo, VERSION};
use super::{AtlasInfo, BundleParts, Precision, TaskTable};
use crate::atlas::{Preprocess, SoftAtlas};
use crate::files;
use crate::ontology::{Ontology, ReadOntology, read_cognitive_atlas, with_links_of};
use crate::progress::Progress;
use crate::tensors::NpyArray;

/// NiCLIP's weights have 15 MB, NeuroConText's 17.
const MAX_WEIGHT_BYTES: u64 = 512 << 20;
/// 851 tasks of 4,096 numbers have 14 MB.
const MAX_ARRAY_BYTES: u64 = 1 << 30;
/// The whole Cognitive Atlas has 851.
const MAX_TASKS: usize = u16::MAX as usize;
const MAX_LIST_BYTES: u64 = 16 << 20;

/// Whose model it is, which decides the names of its weights and what is done to a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Peraza et al. 2025.
    Niclip,
    /// NeuroConText.
    Neurocontext,
}

impl Layout {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Niclip => "NiCLIP",
            Self::Neurocontext => "NeuroConText",
        }
    }
}

/// Multiplier of cosines in the decoding softmax.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scale {
    /// This one.
    Fixed(f32),
    /// The one that was trained and is stored with the weights.
    Learned,
}

/// The files of a model.
#[derive(Debug, Clone)]
pub struct ImportSources {
    /// Whose model it is.
    pub layout: Layout,
    /// PyTorch state dict.
    pub weights: PathBuf,
    /// Names of the tasks, one a line.
    pub vocabulary: PathBuf,
    /// Embeddings of the tasks (`.npy`), a row a task in the order of the vocabulary.
    pub embeddings: PathBuf,
    /// Literature prior (`.npy`), a number a task in the order of the vocabulary; uniform without one.
    pub prior: Option<PathBuf>,
    /// 4-D map, a mode a frame.
    pub atlas: PathBuf,
    /// Map of the voxels that are used; those of the atlas without one.
    pub mask: Option<PathBuf>,
    /// Table of tasks and their concepts, whose links are then the only ones.
    pub tasks: Option<PathBuf>,
    /// Folder of Cognitive Atlas files.
    pub cognitive_atlas: Option<PathBuf>,
    /// Multiplier of cosines.
    pub scale: Scale,
    /// What its authors call the text encoder.
    pub encoder: String,
    /// Display name.
    pub name: String,
}

impl ImportSources {
    /// All files that are read.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let always = [
            &self.weights,
            &self.vocabulary,
            &self.embeddings,
            &self.atlas,
        ];
        let perhaps = [&self.prior, &self.mask, &self.tasks];
        always.into_iter().chain(perhaps.into_iter().flatten())
    }
}

/// A model ready to be stored.
#[derive(Debug)]
pub struct Imported {
    /// The parts of its bundle.
    pub parts: BundleParts,
    /// What the user should know.
    pub notes: Vec<String>,
}

/// Reads the files of a model and puts them together.
///
/// # Errors
/// [`ImportError`] names the file and what does not fit.
pub fn import(sources: &ImportSources, progress: &Progress) -> Result<Imported, ImportError> {
    progress.stage("Reading the weights");
    let read = weights::read(&sources.weights, sources.layout)?;
    let mut notes = read.notes;
    progress.stage("Reading the vocabulary");
    let names = vocabulary(&sources.vocabulary)?;
    let (ontology, unknown) = ontology(sources)?.map_or((None, Vec::new()), |read| {
        (Some(Arc::new(read.ontology)), read.unknown_concepts)
    });
    if !unknown.is_empty() {
        notes.push(format!(
            "Of the table of tasks these concepts are not in the Cognitive Atlas and were left out: {}",
            unknown.join(", ")
        ));
    }
    let links = ontology.as_deref().unwrap_or(Ontology::embedded());
    let ids = ids(&names, links);
    let unlinked = names.iter().filter(|name| links.task_named(name).is_none());
    let unlinked: Vec<&str> = unlinked.map(String::as_str).collect();
    if !unlinked.is_empty() {
        notes.push(format!(
            "{} of the {} tasks are not in the ontology and count for no concept or domain: {}",
            unlinked.len(),
            names.len(),
            first_of(&unlinked)
        ));
    }
    let embeddings = array(&sources.embeddings)?;
    let width = read.text.inputs();
    if embeddings.shape != [names.len(), width] {
        return Err(ImportError::unfit(
            &sources.embeddings,
            format!(
                "its shape is {:?}, where {} tasks and weights for {width} numbers a text need [{}, {width}]",
                embeddings.shape,
                names.len(),
                names.len()
            ),
        ));
    }
    let prior = prior(sources.prior.as_deref(), names.len())?;
    if sources.prior.is_none() {
        notes.push("No prior was given: all tasks count alike".to_owned());
    }

    let atlas = SoftAtlas::from_maps(&sources.atlas, sources.mask.as_deref(), progress)?;
    if atlas.modes() != read.image.inputs() {
        return Err(ImportError::unfit(
            &sources.atlas,
            format!(
                "it has {} modes, where the weights take {}",
                atlas.modes(),
                read.image.inputs()
            ),
        ));
    }
    progress.stage("Checking the modes");
    atlas.prepare()?;
    progress.stage("Putting the model together");
    let decode_scale = match sources.scale {
        Scale::Fixed(scale) => scale,
        Scale::Learned => read.logit_scale,
    };
    if !(decode_scale.is_finite() && decode_scale > 0.0) {
        return Err(ImportError::unfit(
            &sources.weights,
            format!("the scale {decode_scale} is not a positive number"),
        ));
    }
    let (chain, kernel, normalisation) = match sources.layout {
        Layout::Niclip => (
            Preprocess::NICLIP,
            ("mkda", 10.0),
            "features and embeddings to unit length",
        ),
        Layout::Neurocontext => (
            Preprocess::NEUROCONTEXT,
            ("kde", 9.0),
            "z scores over voxels and over features; embeddings as they were given",
        ),
    };
    let manifest = Manifest {
        format: FORMAT.into(),
        version: VERSION,
        min_reader: VERSION,
        name: sources.name.clone(),
        written_by: concat!("gyrus ", env!("CARGO_PKG_VERSION")).into(),
        parts: Vec::new(),
        encoder: EncoderInfo {
            fingerprint: format!("external: {}", sources.encoder),
            pooling: "mean".into(),
            max_tokens: 0,
            dim: width,
        },
        atlas: AtlasInfo::of(&atlas),
        kernel: KernelInfo {
            name: kernel.0.into(),
            width_mm: kernel.1,
        },
        preprocess: String::new(),
        normalisation: normalisation.into(),
        decode_scale,
        prior_weight: 1.0,
            split: SplitInfo::default(),
        seed: 0,
        tasks: Vec::new(),
        licences: vec![
            "Weights, vocabulary, embeddings, prior, atlas and ontology: those of their authors; ask them before \
             passing this file on"
                .into(),
        ],
        card: card(sources, decode_scale, &notes)?,
    };
    Ok(Imported {
        parts: BundleParts {
            manifest,
            atlas,
            preprocess: Preprocess::by_name(chain)?,
            image_tower: read.image,
            text_tower: read.text,
            decoder: None,
            decode_scale,
            lexical: None,
            tasks: TaskTable {
                text_of: (0..names.len()).map(|task| task as u16).collect(),
                ids,
                names,
                embeddings: embeddings.values,
                prior,
            },
            index: None,
            nulls: None,
            precision: Precision::Single,
            ontology,
        },
        notes,
    })
}

fn vocabulary(path: &Path) -> Result<Vec<String>, ImportError> {
    let text = files::read_text(path, MAX_LIST_BYTES).map_err(ImportError::io(path))?;
    let lines = text.trim_start_matches('\u{feff}').trim_end().lines();
    let names: Vec<String> = lines.map(|line| line.trim().to_owned()).collect();
    match names.iter().position(String::is_empty) {
        // Left out, a line would move all names below it to other embeddings.
        Some(empty) => Err(ImportError::unfit(
            path,
            format!("line {} holds no name", empty + 1),
        )),
        None if names.is_empty() => Err(ImportError::unfit(path, "it holds no names".into())),
        None if names.len() > MAX_TASKS => Err(ImportError::unfit(
            path,
            format!("it holds {} names, more than {MAX_TASKS}", names.len()),
        )),
        None => Ok(names),
    }
}

fn array(path: &Path) -> Result<NpyArray, ImportError> {
    let bytes = files::read_whole(path, MAX_ARRAY_BYTES).map_err(ImportError::io(path))?;
    NpyArray::from_bytes(&bytes).map_err(|error| ImportError::Array {
        why: error.to_string(),
        path: path.to_owned(),
    })
}

fn prior(path: Option<&Path>, tasks: usize) -> Result<Vec<f32>, ImportError> {
    let Some(path) = path else {
        return Ok(vec![1.0 / tasks.max(1) as f32; tasks]);
    };
    let NpyArray { shape, values } = array(path)?;
    if shape != [tasks] && shape != [tasks, 1] && shape != [1, tasks] {
        return Err(ImportError::unfit(
            path,
            format!("its shape is {shape:?}, where {tasks} tasks need [{tasks}]"),
        ));
    }
    let sum: f64 = values.iter().map(|&p| f64::from(p)).sum();
    if values.iter().any(|&p| p <= 0.0) || (sum - 1.0).abs() > 1e-3 {
        return Err(ImportError::unfit(
            path,
            format!(
                "its numbers are no shares of 1: all are to be above 0, and they sum to {sum:.4}"
            ),
        ));
    }
    Ok(values)
}

/// The ontology the files describe, where they do.
fn ontology(sources: &ImportSources) -> Result<Option<ReadOntology>, ImportError> {
    let whole = sources.cognitive_atlas.as_deref().map(read_cognitive_atlas);
    let whole = whole.transpose()?;
    Ok(match &sources.tasks {
        None => whole,
        Some(table) => {
            let base = whole
                .as_ref()
                .map_or_else(|| Ontology::embedded(), |read| &read.ontology);
            Some(with_links_of(table, base)?)
        }
    })
}

/// Identifiers of tasks: the ontology's where it knows the name, each once.
fn ids(names: &[String], ontology: &Ontology) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut id = |(row, name): (usize, &String)| {
        let known = ontology.task_named(name).map(|task| task.id.as_str());
        let base = known.map_or_else(|| format!("vocabulary_{}", row + 1), str::to_owned);
        let mut id = base.clone();
        while !taken.insert(id.clone()) {
            id = format!("{base}.{}", row + 1);
        }
        id
    };
    names.iter().enumerate().map(&mut id).collect()
}

/// A few names, and how many there are more.
fn first_of(names: &[&str]) -> String {
    const SHOWN: usize = 8;
    let mut out = names
        .iter()
        .take(SHOWN)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > SHOWN {
        out += &format!(" and {} more", names.len() - SHOWN);
    }
    out
}

/// The model card: what was put together, by digest, and what to know.
fn card(sources: &ImportSources, scale: f32, notes: &[String]) -> Result<String, ImportError> {
    let mut out = format!(
        "# {}\n\nA model in the layout of {}, imported unchanged and not trained here.\n\n\
         | file | sha-256 |\n|---|---|\n",
        sources.name,
        sources.layout.name()
    );
    for path in sources.files() {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        out += &format!(
            "| {name} | {} |\n",
            digest(path).map_err(ImportError::io(path))?
        );
    }
    out += &format!(
        "\nCosines are multiplied by {scale}. The posterior compares the tasks of a closed list with one another; it is no \
         probability that a task was performed. Concepts and domains with many tasks score higher. Which studies the \
         model has learnt from is not known to this file, so it is not evaluated on studies unless that is asked for. \
         It predicts no maps.\n"
    );
    for note in notes {
        out += &format!("\n- {note}");
    }
    Ok(out)
}

/// Sha-256 of a file, read piece by piece.
fn digest(path: &Path) -> std::io::Result<String> {
    use sha2::{Digest as _, Sha256};
    let (mut file, _) = files::open_regular(path)?;
    let mut hash = Sha256::new();
    std::io::copy(&mut file, &mut hash)?;
    Ok(files::hex(&hash.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_unique_whatever_the_names() {
        let names = ["Stroop task", "stroop task", "nobody knows it"].map(str::to_owned);
        let ids = ids(&names, Ontology::embedded());
        assert_eq!(ids[0], "tsk_4a57abb949e27");
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 3);
        assert_eq!(ids[2], "vocabulary_3");
    }
}
