//! Training as an event stream: a corpus becomes a bundle. Atlas, towers, decoder, prior, decode scale,
//! study index; [`train_corpus`] is the whole of it.

mod average;
mod axes;
mod cache;
mod checkpoint;
mod config;
mod contrastive;
mod control;
mod data;
mod decoder;
mod event;
mod event_file;
mod finish;
mod kept;
mod learner;
mod noise;
mod nulls;
mod outside;
mod pipeline;
mod preset;
mod run;
mod session;
mod terms;
#[cfg(test)]
mod tests;
mod watch;

pub use crate::align::fused::Objective;
pub use crate::align::metrics::Retrieval;
pub use cache::{Cache, Key};
pub use config::{SettingError, TrainConfig};
pub(crate) use contrastive::{Inputs, Scalers, Towers, train_scaled, train_towers};
pub use control::Control;
pub use data::{MapRecipe, embeddings, features};
pub(crate) use decoder::{mean_cosine, train_decoder};
pub use event::{Event, Trained, Warning};
pub use event_file::{EventFile, EventReader, RunStart};
pub use finish::decode_scale;
pub(crate) use nulls::NULL_MAPS;
pub use nulls::{learn_nulls, text_nearness};
pub use outside::{Outside, OutsideTexts};
pub use pipeline::{DevFigures, Recipe, build};
pub use preset::Preset;
pub(crate) use run::INDEX_AXES;
pub use run::{TrainPlan, train_corpus, train_watched};
pub(crate) use session::Session;
pub use watch::{Projection, Seen, Watch};

use std::path::PathBuf;

use crate::align::AlignError;
use crate::atlas::AtlasError;
use crate::bundle::BundleError;
use crate::corpus::CorpusError;
use crate::error::{Explain, Explanation};
use crate::learn::LearnError;
use crate::progress::Cancelled;
use crate::text::TextError;

/// What can end a training run early.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The user asked for it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// Arithmetic failed.
    #[error(transparent)]
    Align(#[from] AlignError),
    /// The text encoder failed.
    #[error(transparent)]
    Text(TextError),
    /// The modes cannot be projected on.
    #[error("the atlas cannot be used: {0}")]
    Atlas(String),
    /// Not enough studies for one step.
    #[error(
        "{train} training studies do not fill a batch of {batch}, or no study is left to stop on"
    )]
    TooFew {
        /// Studies to train on.
        train: usize,
        /// Pairs a step.
        batch: usize,
    },
    /// A setting is outside its range.
    #[error("the setting {0}")]
    Setting(#[from] SettingError),
    /// The loss is no longer a number.
    #[error("the loss is no longer a number in pass {epoch}")]
    Diverged {
        /// The pass, from 1.
        epoch: usize,
    },
    /// What an interrupted run left cannot be used.
    #[error("the unfinished run cannot be gone on with: {0}")]
    Checkpoint(String),
    /// Noise cannot be made or read.
    #[error("maps of noise: {0}")]
    Noise(String),
    /// The studies could not be read or divided.
    #[error(transparent)]
    Corpus(CorpusError),
    /// No atlas could be learnt.
    #[error(transparent)]
    Learn(LearnError),
    /// The atlas given could not be read.
    #[error(transparent)]
    AtlasFile(#[from] AtlasError),
    /// The parts do not make a bundle.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// Vectors made elsewhere cannot be used.
    #[error("{why}")]
    Vectors {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
        /// What to do.
        remedy: &'static str,
    },
    /// The bundle could not be written, found out before anything was done.
    #[error("{source}")]
    Output {
        /// Where it should go.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

impl From<CorpusError> for TrainError {
    fn from(error: CorpusError) -> Self {
        match error {
            CorpusError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Corpus(other),
        }
    }
}

impl From<LearnError> for TrainError {
    fn from(error: LearnError) -> Self {
        match error {
            LearnError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Learn(other),
        }
    }
}

impl From<TextError> for TrainError {
    fn from(error: TextError) -> Self {
        match error {
            TextError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Text(other),
        }
    }
}

impl Explain for TrainError {
    fn explain(&self) -> Explanation {
        let remedy = match self {
            Self::Cancelled(_) => "Start it again; finished stages are kept",
            Self::Align(e) => return e.explain(),
            Self::Text(e) => return e.explain(),
            Self::Atlas(_) => "Choose another atlas",
            Self::TooFew { .. } => "Use a larger corpus or a smaller batch",
            Self::Setting(_) => "Give it another value, or leave it out for its default",
            Self::Noise(_) => "Leave the null distributions out (--null-maps 0)",
            Self::Checkpoint(_) => "Start it afresh (--fresh)",
            Self::Diverged { .. } => "Lower the learning rate",
            Self::Corpus(e) => return e.explain(),
            Self::Learn(e) => return e.explain(),
            Self::AtlasFile(e) => return e.explain(),
            Self::Bundle(e) => return e.explain(),
            Self::Vectors { path, why, remedy } => {
                return Explanation {
                    what: "These vectors of texts cannot be used".into(),
                    why: why.clone(),
                    remedy: (*remedy).into(),
                    path: Some(path.clone()),
                };
            }
            Self::Output { path, source } => return Explanation::not_started(path, source),
        };
        Explanation {
            what: "The model was not trained".into(),
            why: self.to_string(),
            remedy: remedy.into(),
            path: None,
        }
    }
}
