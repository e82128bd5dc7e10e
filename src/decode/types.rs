//! The answer to "what does this map mean".

use serde::{Deserialize, Serialize};

use crate::provenance::Provenance;

/// Which part of a signed map is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Tail {
    /// Positive values only (the default for Gyrus bundles).
    #[default]
    Pos,
    /// Negative values only, turned positive.
    Neg,
    /// Both tails, each on its own (two decodings), or the signed map for a NiCLIP bundle.
    Both,
}

impl Tail {
    /// "positive", for "the positive side".
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Pos => "positive",
            Self::Neg => "negative",
            Self::Both => "positive or negative",
        }
    }
}

/// One ranked task (Peraza et al. 2025, "Decoding").
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskScore {
    /// Task name.
    pub name: String,
    /// Ontology identifier.
    pub id: String,
    /// Cosine of map and task in the latent space, −1..=1.
    pub similarity: f32,
    /// Softmax over the vocabulary of scale × similarity.
    pub likelihood: f32,
    /// Literature prior, by its weight.
    pub prior: f32,
    /// likelihood × prior, normalised.
    pub posterior: f32,
    /// Posterior odds over prior odds.
    pub bayes_factor: f32,
    /// Share of maps of noise, as smooth and as large, that are less similar to the task, 0..=1; `None` where the
    /// model was not tried on noise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percentile: Option<f32>,
}

impl TaskScore {
    /// Whether more than one map of noise in twenty is as similar to the task.
    pub fn is_doubtful(&self) -> bool {
        self.percentile.is_some_and(|percentile| percentile < 0.95)
    }
}

/// A concept or a domain with its score by noisy-OR, which is no probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupScore {
    /// Concept or domain name.
    pub name: String,
    /// Ontology identifier.
    pub id: String,
    /// 1 − Π(1 − p) over its members, 0..=1.
    #[serde(alias = "probability")]
    pub score: f32,
    /// Share of deals of the same posteriors among the tasks in which it scores lower, 0..=1: unlike the score it does
    /// not grow with the number of its tasks.
    #[serde(default)]
    pub percentile: f32,
}

/// A whole decoding beside maps of noise and beside the literature.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BesideNulls {
    /// Share of maps of noise, as smooth and as large, in which no task stands out as far as the best one here, 0..=1;
    /// `None` where the map is smoother or rougher than all noise that was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise_percentile: Option<f32>,
    /// Maps of noise about as smooth and as large, with which it was compared.
    pub noise_maps: u32,
    /// Share of single studies that taught the model nothing but when to stop, whose maps are less similar to their nearest studies, 0..=1;
    /// `None` where the model has no studies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub literature_percentile: Option<f32>,
}

/// What was read from one tail of a map, and where the map lies in the shared space.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The ranking.
    pub decoding: Decoding,
    /// The unit vector the ranking was made from: what nearest studies are looked up by.
    pub latent: Vec<f32>,
    /// How it was made.
    pub provenance: Provenance,
}

/// Everything read from one map, each list sorted best first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decoding {
    /// Which tail was read.
    pub tail: Tail,
    /// All tasks of the vocabulary.
    pub tasks: Vec<TaskScore>,
    /// All concepts measured by at least one task.
    pub concepts: Vec<GroupScore>,
    /// The ten domains.
    pub domains: Vec<GroupScore>,
    /// Share of the atlas mask inside the map's field of view, 0..=1.
    pub coverage: f32,
    /// Beside noise and the literature, where the model was tried on them and the map shows enough of the brain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nulls: Option<BesideNulls>,
    /// What the reader should know ("Only 41 % of the brain is inside this map's field of view").
    pub warnings: Vec<String>,
    /// Wall time of the decoding.
    pub elapsed_ms: f32,
}
