//! Training runs as event streams: towers, decoder, prior, decode scale, study index.

mod average;
mod config;
mod contrastive;
mod decoder;
#[cfg(test)]
mod tests;

pub use config::{DecoderConfig, Event, TrainConfig};
pub use contrastive::{Inputs, Towers, train_towers};
pub use decoder::{mean_cosine, train_decoder};

use crate::align::AlignError;
use crate::error::{Explain, Explanation};
use crate::progress::Cancelled;

/// What can end a training run early.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The user asked for it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// Arithmetic failed.
    #[error(transparent)]
    Align(#[from] AlignError),
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
    /// The loss is no longer a number.
    #[error("the loss is no longer a number in pass {epoch}")]
    Diverged {
        /// The pass, from 1.
        epoch: usize,
    },
}

impl Explain for TrainError {
    fn explain(&self) -> Explanation {
        let remedy = match self {
            Self::Cancelled(_) => "Start it again; finished stages are kept",
            Self::Align(e) => return e.explain(),
            Self::TooFew { .. } => "Use a larger corpus or a smaller batch",
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
