//! A folder of studies becomes a bundle file.

use std::path::PathBuf;

use candle_core::Device;
use serde::{Deserialize, Serialize};

use super::cache::{Cache, Key};
use super::event::{Event, Trained, Warning};
use super::nulls::{NULL_MAPS, learn_nulls};
use super::{
    Control, MapRecipe, Outside, OutsideTexts, Recipe, TrainConfig, TrainError, Watch, build,
};
use crate::atlas::{Preprocess, SoftAtlas};
use crate::bundle::{BundleParts, Nulls, write_files};
use crate::corpus::{self, Corpus, Kernel, Split, SplitBy};
use crate::files;
use crate::learn::{LearnOptions, fitting, learn_corpus, peaks};
use crate::ontology::Ontology;
use crate::progress::Progress;
use crate::seed::Seed;
use crate::tensors::Container;
use crate::text::MiniLm;

/// Axes kept of each study in the index, where nothing else is said.
pub(crate) const INDEX_AXES: usize = 192;

/// A training run from a folder of studies to a bundle file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainPlan {
    /// Folder of the corpus (Neurosynth, NeuroQuery, or tables of one's own).
    pub corpus: PathBuf,
    /// The bundle to write.
    pub output: PathBuf,
    /// Name of the model.
    pub name: String,
    /// Settings of the towers.
    #[serde(default)]
    pub config: TrainConfig,
    /// Take `config.batch` as it is, however few the studies are.
    #[serde(default)]
    pub keep_batch: bool,
    /// Modes of the atlas that is learnt: the standard number, or fewer for a small corpus, where none
    /// is given.
    #[serde(default)]
    pub modes: Option<usize>,
    /// Modes at most where none is said.
    #[serde(default)]
    pub most_modes: Option<usize>,
    /// Training studies learnt from at most, evenly spread over the corpus; all where nothing is said. No more than a
    /// fifth as many decide when to stop.
    #[serde(default)]
    pub studies: Option<usize>,
    /// Soft atlas to use instead of learning one.
    #[serde(default)]
    pub atlas: Option<PathBuf>,
    /// Vectors of the texts that another program made, instead of the sentence encoder's.
    #[serde(default)]
    pub outside: Option<OutsideTexts>,
    /// Axes kept of each study in the index; 0 for no index.
    #[serde(default = "index_axes")]
    pub index_axes: usize,
    /// Maps of noise that decodings are held against; 0 for none.
    #[serde(default = "null_maps")]
    pub null_maps: usize,
}

fn null_maps() -> usize {
    NULL_MAPS
}

fn index_axes() -> usize {
    INDEX_AXES
}

/// Reads the corpus, learns the atlas, trains towers and decoder, and writes the bundle, which appears
/// whole or not at all. Finished stages are read from the cache. Towers are trained on `device`.
///
/// Only the training and dev studies are looked at. The first model of a corpus and those of other
/// seeds share split and atlas: learning has a seed of its own.
///
/// # Errors
/// [`TrainError::Output`] before anything is read where the bundle could not be written; the errors of
/// every stage; [`TrainError::Cancelled`] soon after a cancel.
pub fn train_corpus(
    plan: &TrainPlan,
    cache: &Cache,
    device: &Device,
    progress: &Progress,
    events: &mut dyn FnMut(Event),
) -> Result<Trained, TrainError> {
    let control = Control::default();
    train_watched(plan, cache, device, (&control, None), progress, events)
}

/// As [`train_corpus`], with somebody who may pause it or end it early, and looks at what the towers make of texts and a
/// map after each pass. An interrupted run of the same plan goes on after its last pass.
///
/// # Errors
/// As [`train_corpus`].
pub fn train_watched(
    plan: &TrainPlan,
    cache: &Cache,
    device: &Device,
    (control, watch): (&Control, Option<&Watch>),
    progress: &Progress,
    events: &mut dyn FnMut(Event),
) -> Result<Trained, TrainError> {
    files::WholeFile::create(&plan.output)
        .map(drop)
        .map_err(|source| TrainError::Output {
            path: plan.output.clone(),
            source,
        })?;
    let corpus = corpus::load(&plan.corpus, progress)?;
    let mut split = corpus::split(&corpus, &SplitBy::for_corpus(&corpus))?;
    let outside = match &plan.outside {
        Some(texts) => {
            progress.stage("Reading vectors of texts");
            Some(Outside::read(texts, &corpus, Ontology::embedded())?)
        }
        None => None,
    };
    if let Some(outside) = &outside {
        let (known, without) = outside.known(&corpus, &split);
        split = known;
        if without > 0 {
            let studies = split.train.len() + split.dev.len();
            events(Event::Warning(Warning::NoVectors { studies, without }));
        }
    }
    if let Some(most) = plan.studies {
        split.thin(&corpus, most, most.div_ceil(5));
    }
    let studies = split.train.len();
    let mut config = plan.config.clone();
    if !plan.keep_batch {
        let (standard, used) = (config.batch, fitting(config.batch, studies));
        if used < standard {
            events(Event::Warning(Warning::FewerPairs {
                studies,
                used,
                standard,
            }));
        }
        config.batch = used;
    }
    let atlas = atlas(plan, (&corpus, &split), cache, progress, events)?;
    let encoder = MiniLm::embedded()?;
    let preprocess = Preprocess::standard();
    let recipe = Recipe {
        corpus: &corpus,
        split: &split,
        maps: MapRecipe {
            atlas: &atlas,
            preprocess: &preprocess,
            kernel: Kernel::KDE_9_MM,
        },
        encoder,
        outside: outside.as_ref(),
        encoder_notes: ("mean", encoder.config().max_tokens),
        ontology: Ontology::embedded(),
        config: &config,
        // No more directions than studies hold anything.
        index_axes: plan.index_axes.min(studies + split.dev.len()),
        name: &plan.name,
        cache,
        device,
        control,
        watch,
    };
    let (mut parts, dev) = build(&recipe, progress, events)?;
    if plan.null_maps > 0 {
        parts.nulls = Some(nulls(&parts, plan.null_maps, cache, progress, events)?);
    }
    progress.check()?;
    let (bundle, bytes) = write_files(&parts, &plan.output)?;
    let trained = Trained {
        bundle: plan.output.clone(),
        fingerprint: bundle.fingerprint().to_owned(),
        bytes: bytes as u64,
        dev,
        card: bundle.manifest.card,
    };
    events(Event::Done(trained.clone()));
    Ok(trained)
}

/// What the model makes of noise. Its seed is not that of the run: models are held against the same noise.
fn nulls(
    parts: &BundleParts,
    maps: usize,
    cache: &Cache,
    progress: &Progress,
    events: &mut dyn FnMut(Event),
) -> Result<Nulls, TrainError> {
    let bundle = parts.to_bundle()?;
    let fingerprint = bundle.fingerprint().as_bytes();
    let key = Key::of([b"nulls/3", fingerprint, &maps.to_le_bytes()]);
    let known = cache.get("nulls", &key);
    let known = known.and_then(|mut stage| Nulls::load(&mut stage, bundle.tasks.len()).ok());
    events(Event::Stage {
        name: "nulls".into(),
        cached: known.is_some(),
    });
    if let Some(nulls) = known {
        return Ok(nulls);
    }
    let nulls = learn_nulls(&bundle, maps, Seed(0), progress)?;
    let mut stage = Container::default();
    nulls.store(&mut stage);
    cache.put("nulls", &key, &stage);
    Ok(nulls)
}

/// The atlas given, or modes learnt from the training studies.
fn atlas(
    plan: &TrainPlan,
    (corpus, split): (&Corpus, &Split),
    cache: &Cache,
    progress: &Progress,
    events: &mut dyn FnMut(Event),
) -> Result<SoftAtlas, TrainError> {
    if let Some(path) = &plan.atlas {
        return Ok(SoftAtlas::read(path)?);
    }
    let standard = LearnOptions::default();
    let standard = LearnOptions {
        modes: plan
            .most_modes
            .map_or(standard.modes, |most| most.min(standard.modes)),
        ..standard
    };
    let studies = split.train.len();
    let modes = plan
        .modes
        .unwrap_or_else(|| fitting(standard.modes, studies));
    if plan.modes.is_none() && modes < standard.modes {
        events(Event::Warning(Warning::FewerModes {
            studies,
            used: modes,
            standard: standard.modes,
        }));
    }
    let options = LearnOptions { modes, ..standard };
    let key = atlas_key(&options, corpus, split);
    let known = cache
        .get_bytes("atlas", &key)
        .and_then(|bytes| SoftAtlas::from_bytes(&bytes).ok());
    events(Event::Stage {
        name: "atlas".into(),
        cached: known.is_some(),
    });
    if let Some(atlas) = known {
        return Ok(atlas);
    }
    let learnt = learn_corpus(corpus, split, &options, progress)?;
    cache.put_bytes("atlas", &key, &learnt.bytes);
    Ok(learnt.atlas)
}

fn atlas_key(options: &LearnOptions, corpus: &Corpus, split: &Split) -> Key {
    let (train, dev) = (peaks(corpus, &split.train), peaks(corpus, &split.dev));
    let coordinates = train.iter().chain(&dev).flat_map(|p| {
        let count = (p.len() as u64).to_le_bytes();
        count
            .into_iter()
            .chain(p.iter().flatten().flat_map(|v| v.to_le_bytes()))
            .collect::<Vec<u8>>()
    });
    let coordinates: Vec<u8> = coordinates.collect();
    Key::of([b"atlas/1", format!("{options:?}").as_bytes(), &coordinates])
}
