//! Training runs as event streams: towers, decoder, prior, decode scale, study index.

mod average;
mod axes;
mod cache;
mod config;
mod contrastive;
mod data;
mod decoder;
mod finish;
mod pipeline;
#[cfg(test)]
mod tests;

pub use cache::{Cache, Key};
pub use config::{Event, SettingError, TrainConfig};
pub use contrastive::{Inputs, Towers, train_towers};
pub use data::{MapRecipe, TextKind, embeddings, features};
pub use decoder::{mean_cosine, train_decoder};
pub use finish::{IndexInputs, decode_scale, literature_prior, study_index, task_table};
pub use pipeline::{DevFigures, Recipe, build};

use crate::align::AlignError;
use crate::error::{Explain, Explanation};
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
            Self::Diverged { .. } => "Lower the learning rate",
        };
        Explanation {
            what: "The model was not trained".into(),
            why: self.to_string(),
            remedy: remedy.into(),
            path: None,
        }
    }
}
