//! Settings of a training run.

use serde::{Deserialize, Serialize};

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
