//! What a training run reports while it runs.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{DevFigures, Seen, TrainConfig};
use crate::align::metrics::Retrieval;

/// What a small corpus changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "warning", rename_all = "snake_case")]
pub enum Warning {
    /// The atlas gets fewer modes than the standard number.
    FewerModes {
        /// Training studies.
        studies: usize,
        /// Modes learnt.
        used: usize,
        /// Modes of a large corpus.
        standard: usize,
    },
    /// A step takes fewer pairs than the standard number.
    FewerPairs {
        /// Training studies.
        studies: usize,
        /// Pairs a step.
        used: usize,
        /// Pairs a step of a large corpus.
        standard: usize,
    },
    /// Studies are left out for want of a vector.
    NoVectors {
        /// Training and dev studies that have one.
        studies: usize,
        /// Those that have none.
        without: usize,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (studies, used, what, standard) = match *self {
            Self::FewerModes {
                studies,
                used,
                standard,
            } => (studies, used, "modes", standard),
            Self::FewerPairs {
                studies,
                used,
                standard,
            } => (studies, used, "pairs a step", standard),
            Self::NoVectors { studies, without } => {
                return write!(
                    f,
                    "{without} studies have no vector and are left out, {studies} have one"
                );
            }
        };
        write!(
            f,
            "{studies} studies to learn from: {used} {what} instead of {standard}"
        )
    }
}

/// A finished run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trained {
    /// The bundle's file.
    pub bundle: PathBuf,
    /// Sha-256 of the file, hexadecimal.
    pub fingerprint: String,
    /// Its size.
    pub bytes: u64,
    /// What was measured on dev.
    pub dev: DevFigures,
    /// The model card stored in it.
    #[serde(skip)]
    pub card: String,
}

/// What a run reports, in order: warnings about the corpus, the settings, stages with their passes and
/// penalties, done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The run goes on otherwise than a large corpus would make it.
    Warning(Warning),
    /// The run starts with these settings.
    Config {
        /// The settings.
        config: TrainConfig,
        /// Studies in train and dev.
        studies: [usize; 2],
    },
    /// A stage starts, or was found in the cache.
    Stage {
        /// Its name.
        name: String,
        /// Whether its result was read from the cache.
        cached: bool,
    },
    /// An interrupted run of the same settings goes on after this pass; the passes before are told again.
    Resumed {
        /// From 1.
        epoch: usize,
    },
    /// A step was taken; told ten times a second at most.
    Step {
        /// From 1, over all passes.
        step: u64,
        /// Steps of all passes.
        steps: u64,
        /// The pass, from 1.
        epoch: usize,
        /// Loss of its batch (with dropout).
        loss: f32,
        /// Step size.
        learning_rate: f64,
        /// Pairs a second of this pass.
        pairs_per_s: f32,
    },
    /// What the towers of a pass make of what is watched.
    Seen(Box<Seen>),
    /// A pass of the towers ended.
    Epoch {
        /// From 1.
        epoch: usize,
        /// Mean loss of its steps (with dropout).
        train_loss: f32,
        /// Loss over all dev pairs at once, titles as texts.
        dev_loss: f32,
        /// Query a dev title, find its map.
        text_to_map: Retrieval,
        /// Query a dev map, find its title.
        map_to_text: Retrieval,
        /// The trained multiplier of cosines.
        logit_scale: f32,
        /// Whether this is the best pass so far.
        best: bool,
        /// Time since the start of the stage.
        elapsed_ms: f32,
    },
    /// A penalty of the decoder was tried.
    Decoder {
        /// In mean diagonals of XᵀX.
        penalty: f64,
        /// Mean cosine of predicted and true features of the dev titles.
        dev_cosine: f32,
        /// Whether this is the best so far.
        best: bool,
    },
    /// The towers are trained; the best pass is kept.
    TowersKept {
        /// The pass kept.
        best_epoch: usize,
        /// Its dev figures, query title.
        text_to_map: Retrieval,
        /// Its dev figures, query map.
        map_to_text: Retrieval,
    },
    /// The bundle is written.
    Done(Trained),
}
