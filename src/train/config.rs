//! Settings of a training run and what it reports while it runs.

use serde::{Deserialize, Serialize};

use crate::align::metrics::Retrieval;
use crate::align::optim::AdamWConfig;

/// Settings of the towers' training; the decoder's is in closed form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainConfig {
    /// Seed of initial weights, dropout and order.
    pub seed: u64,
    /// Width of the shared space.
    pub width: usize,
    /// Blocks a tower.
    pub depth: usize,
    /// Dropout of the image tower, 0..1.
    pub dropout_image: f32,
    /// Dropout of the text tower, 0..1.
    pub dropout_text: f32,
    /// Optimiser of the towers.
    pub optimiser: AdamWConfig,
    /// Where the trained multiplier of cosines starts.
    pub logit_scale: f32,
    /// Pairs a step.
    pub batch: usize,
    /// Passes over the studies, at most; each study is seen with both of its texts in a pass.
    pub epochs: usize,
    /// Passes without a lower dev loss before stopping.
    pub patience: usize,
    /// Standardise the features with the mean and deviation of the training studies.
    pub standardise_features: bool,
    /// Standardise the text embeddings likewise.
    pub standardise_texts: bool,
    /// Weight of the running average of weights that is evaluated and kept, 0 for none.
    pub average: f64,
}

impl Default for TrainConfig {
    /// NiCLIP's towers; batch, step size and averaging chosen on dev (docs/MODEL_CARD.md).
    fn default() -> Self {
        Self {
            seed: 1,
            width: 512,
            depth: 3,
            dropout_image: 0.5,
            dropout_text: 0.5,
            optimiser: AdamWConfig {
                learning_rate: 1e-3,
                ..AdamWConfig::default()
            },
            logit_scale: 10.0,
            batch: 512,
            epochs: 20,
            patience: 5,
            standardise_features: false,
            standardise_texts: false,
            average: 0.995,
        }
    }
}

/// What a run reports, in order: config, then stages with their epochs, done.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
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
    /// The run ended; the best pass is kept.
    Done {
        /// The pass kept.
        best_epoch: usize,
        /// Its dev figures, query title.
        text_to_map: Retrieval,
        /// Its dev figures, query map.
        map_to_text: Retrieval,
    },
}
