//! A training run that is asked for.

use std::path::PathBuf;

use crate::train::{TrainPlan, Watch};

/// A run: what is trained, what is looked at meanwhile, and where its events are written.
#[derive(Debug, Clone)]
pub struct TrainRequest {
    /// What is trained.
    pub plan: TrainPlan,
    /// What is looked at after each pass.
    pub watch: Watch,
    /// The file of events.
    pub events: Option<PathBuf>,
}
