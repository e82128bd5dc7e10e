//! Models measured on a part of a corpus.

use std::collections::HashSet;
use std::path::Path;

use super::gclda::gclda;
use super::groups::{Setting, evaluate_groups};
use super::neurosynth::Neurosynth;
use super::reconstruction::{self, Reconstruction, evaluate_reconstruction};
use super::table::{methods, retrieval};
use super::towers::published;
use super::voxels::Thinned;
use super::{EvalError, GroupScores, Part, Robustness, Table, TextRows};
use crate::align::Rows;
use crate::bundle::Bundle;
use crate::corpus::{self, Corpus, Split, SplitBy, Study, TextView};
use crate::learn::{LearnError, learn_lexical};
use crate::ontology::Ontology;
use crate::progress::Progress;
use crate::seed::Seed;
use crate::text::{MiniLm, TextEncoder as _, literature_terms};
use crate::train::{Cache, MapRecipe, embeddings, features};

/// Directions of the terms that peers read.
const LEXICAL_DIRECTIONS: usize = 300;

/// A part of the split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PartName {
    /// Kept for the outcome.
    Test,
    /// Used for every choice, so its figures are optimistic.
    Dev,
}

/// How models are measured on a corpus.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EvalPlan<'a> {
    /// Folder of the corpus.
    pub corpus: &'a Path,
    /// The part measured on.
    pub part: PartName,
    /// Measure even on studies a model was trained on.
    pub allow_trained: bool,
    /// Also name maps of groups of studies.
    pub groups: bool,
    /// Also change those maps.
    pub robustness: bool,
    /// Another list of tasks, in which the groups' are also looked for.
    pub other_tasks: Option<&'a Ontology>,
    /// Also compare maps predicted from texts with the studies' own.
    pub reconstruction: bool,
    /// Also sample GC-LDA's topics.
    pub gclda: bool,
    /// Seeds with which the towers of others are trained, 0 for none of them.
    pub towers: usize,
    /// Seed of the bootstrap, of what is dealt, of noise, and the first of those towers.
    pub seed: Seed,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub(crate) struct CorpusScores {
    /// Retrieval, a table a text.
    pub tables: Vec<Table>,
    /// Maps of groups of studies, where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<GroupScores>,
    /// The same maps changed, where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub robustness: Option<Robustness>,
    /// Maps predicted from texts, where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reconstruction: Option<Reconstruction>,
}

/// The benchmark of some models, beside peers which learn from the corpus's training studies.
///
/// # Errors
/// A corpus that cannot be read, a part that holds studies a model has learnt from, or as [`evaluate`].
pub(crate) fn evaluate_corpus(
    bundles: &[&Bundle],
    plan: &EvalPlan<'_>,
    cache: &Cache,
    progress: &Progress,
) -> Result<CorpusScores, EvalError> {
    let corpus = corpus::load(plan.corpus, progress)?;
    let split = corpus::split(&corpus, &SplitBy::for_corpus(&corpus))?;
    let studies = match plan.part {
        PartName::Test => &split.test,
        PartName::Dev => &split.dev,
    };
    let grouped = group_studies(&corpus, &split, plan.part);
    if !plan.allow_trained {
        for bundle in bundles {
            let part = if plan.groups { &grouped } else { studies };
            check_unseen(bundle, &corpus, &split, part)?;
        }
    }
    let encoder = MiniLm::embedded()?;
    let first = bundles.first().ok_or(EvalError::Nothing)?;
    for bundle in bundles {
        bundle.check_encoder(encoder.fingerprint())?;
    }
    let maps = MapRecipe {
        atlas: &first.atlas,
        preprocess: &first.preprocess,
        kernel: first.manifest.kernel.kernel(),
    };
    let of = |indices: &[usize]| -> Vec<&Study> {
        indices.iter().map(|&i| &corpus.studies[i]).collect()
    };
    // The terms' weights and directions are the training studies' own.
    let known: Vec<String> = of(&split.train)
        .iter()
        .map(|study| study.read(TextView::LONG))
        .collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let terms = literature_terms();
    let lexical = match learn_lexical(terms, &known, LEXICAL_DIRECTIONS, plan.seed, progress) {
        Ok(lexical) => Some(lexical),
        Err(LearnError::Cancelled(cancelled)) => return Err(EvalError::Cancelled(cancelled)),
        // A small corpus has fewer directions: its peers read texts by the sentence encoder alone.
        Err(_) => None,
    };
    let mask = first.atlas.mask();
    let thinned = Thinned::of(mask);
    let text = |studies: &[&Study], view| -> Result<TextRows, EvalError> {
        let sentence = embeddings(studies, view, encoder, cache, progress, &mut |_| {})?;
        let texts: Vec<String> = studies.iter().map(|study| study.read(view)).collect();
        let read: Vec<&str> = texts.iter().map(String::as_str).collect();
        let lexical = match &lexical {
            Some(lexical) => {
                let vectors = lexical.embed(&read, progress)?;
                Rows::from_rows(vectors.iter().map(Vec::as_slice), lexical.dim())
            }
            None => Rows::default(),
        };
        Ok(TextRows {
            sentence,
            lexical,
            texts,
        })
    };
    let part = |indices: &[usize]| -> Result<Part, EvalError> {
        let studies = of(indices);
        let longer = (0..studies.len()).filter(|&i| !studies[i].texts.is_empty());
        Ok(Part {
            features: features(&studies, maps, cache, progress, &mut |_| {})?,
            voxels: Rows::default(),
            titles: text(&studies, TextView::TITLE)?,
            long_texts: text(&studies, TextView::LONG)?,
            words: TextRows::default(),
            longer: longer.collect(),
        })
    };
    // A part that asks: some peers read its voxels, and abstracts alone ask too.
    let asking = |indices: &[usize]| -> Result<Part, EvalError> {
        let studies = of(indices);
        let peaks: Vec<&[[f32; 3]]> = studies.iter().map(|s| s.peaks_mm.as_slice()).collect();
        Ok(Part {
            voxels: thinned.maps(&peaks, maps.kernel, mask, progress)?,
            words: text(&studies, TextView::ABSTRACT)?,
            ..part(indices)?
        })
    };
    let (train, dev) = (part(&split.train)?, asking(&split.dev)?);
    let mut methods = methods(bundles, &train, &dev, plan.seed, progress)?;
    // The control stays the last row.
    let control = methods.pop();
    let (known, texts) = (of(&split.train), &train.long_texts.texts);
    let grid = (mask, &thinned);
    let neurosynth = Neurosynth::fit(&known, texts, &dev, grid, progress)?;
    methods.push(Box::new(neurosynth));
    if plan.gclda {
        let kept = (plan.seed, cache);
        methods.push(gclda(&known, texts, &dev, &thinned, kept, progress)?);
    }
    let seeds = (plan.seed, plan.towers);
    for method in published(&train, &dev, seeds, cache, progress)? {
        methods.push(method);
    }
    methods.extend(control);
    let part = asking(studies)?;
    let tables = retrieval(&methods, bundles.len(), &part, plan.seed, progress)?;
    let mut scores = CorpusScores {
        tables,
        groups: None,
        robustness: None,
        reconstruction: None,
    };
    if plan.reconstruction {
        let setting = reconstruction::Setting {
            bundles,
            train: &train,
            dev: &dev,
            part: &part,
            studies: &of(studies),
            maps,
            seed: plan.seed,
        };
        scores.reconstruction = Some(evaluate_reconstruction(&setting, progress)?);
    }
    if plan.groups {
        let setting = Setting {
            bundles,
            peers: methods.iter().skip(1).map(|method| &**method).collect(),
            encoder,
            lexical: lexical.as_ref(),
            train: &of(&split.train),
            studies: &of(&grouped),
            kernel: maps.kernel,
            thinned: Some(&thinned),
            seed: plan.seed,
            robustness: plan.robustness,
            other_tasks: plan.other_tasks,
        };
        let (groups, robustness) = evaluate_groups(&setting, progress)?;
        scores.groups = Some(groups);
        scores.robustness = robustness;
    }
    Ok(scores)
}

/// The studies groups are made of: dev, or test and those set aside for evaluation, which are in no part.
fn group_studies(corpus: &Corpus, split: &Split, part: PartName) -> Vec<usize> {
    match part {
        PartName::Dev => split.dev.clone(),
        PartName::Test => {
            let aside = |i: &&usize| corpus.is_evaluation(corpus.studies[**i].pmid);
            let aside = split.left_out.iter().filter(aside);
            let mut all: Vec<usize> = split.test.iter().chain(aside).copied().collect();
            all.sort_unstable();
            all
        }
    }
}

/// Refuses a part that holds studies the model has learnt from. Where the split is the model's own,
/// its dev and test studies are not among them. In any other corpus the index tells, which lists dev
/// studies too; without an index nobody can.
fn check_unseen(
    bundle: &Bundle,
    corpus: &Corpus,
    split: &Split,
    part: &[usize],
) -> Result<(), EvalError> {
    let info = &bundle.manifest.split;
    let same = info.train_sha256 == split.hashes.train
        && info.dev_sha256 == split.hashes.dev
        && info.test_sha256 == split.hashes.test;
    let trained = match (&bundle.index, same) {
        (_, true) => 0,
        (Some(index), false) => {
            let seen: HashSet<u32> = index.pmids.iter().copied().collect();
            part.iter()
                .filter(|&&i| seen.contains(&corpus.studies[i].pmid))
                .count()
        }
        (None, false) => return Err(EvalError::UnknownTraining),
    };
    if trained == 0 {
        Ok(())
    } else {
        Err(EvalError::TrainedOn {
            trained,
            studies: part.len(),
        })
    }
}
