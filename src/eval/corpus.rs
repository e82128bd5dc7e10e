//! Models measured on a part of a corpus.

use std::collections::HashSet;
use std::path::Path;

use super::{EvalError, Part, Table, evaluate};
use crate::bundle::Bundle;
use crate::corpus::{self, Corpus, Split, SplitBy, Study};
use crate::progress::Progress;
use crate::seed::Seed;
use crate::text::{MiniLm, TextEncoder as _};
use crate::train::{Cache, MapRecipe, TextKind, embeddings, features};

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
    /// Seed of the bootstrap.
    pub seed: Seed,
}

/// The benchmark table of some models, beside chance, nearest study and ridge, which learn from the
/// corpus's training studies.
///
/// # Errors
/// A corpus that cannot be read, a part that holds studies a model has learnt from, or as [`evaluate`].
pub(crate) fn evaluate_corpus(
    bundles: &[&Bundle],
    plan: &EvalPlan<'_>,
    cache: &Cache,
    progress: &Progress,
) -> Result<Table, EvalError> {
    let corpus = corpus::load(plan.corpus, progress)?;
    let split = corpus::split(&corpus, &SplitBy::for_corpus(&corpus))?;
    let studies = match plan.part {
        PartName::Test => &split.test,
        PartName::Dev => &split.dev,
    };
    if !plan.allow_trained {
        for bundle in bundles {
            check_unseen(bundle, &corpus, &split, studies)?;
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
    let part = |indices: &[usize]| -> Result<Part, EvalError> {
        let studies: Vec<&Study> = indices.iter().map(|&i| &corpus.studies[i]).collect();
        let text = |kind| embeddings(&studies, kind, encoder, cache, progress, &mut |_| {});
        Ok(Part {
            features: features(&studies, maps, cache, progress, &mut |_| {})?,
            titles: text(TextKind::Title)?,
            long_texts: text(TextKind::Long)?,
        })
    };
    let (train, dev) = (part(&split.train)?, part(&split.dev)?);
    evaluate(bundles, &train, &dev, &part(studies)?, plan.seed, progress)
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
