//! Background work of the window.
//!
//! A [`Query`] remembers the question it was asked and holds the latest answer; a [`Queue`] answers
//! every question. Both are made by the [`Hub`], which thereby knows all of them: what runs is shown
//! and stopped without anyone having to list it.

mod hub;
mod query;
mod queue;
mod services;
mod worker;

pub use hub::{Hub, Wake};
pub use query::{Query, State};
pub use queue::{Done, Queue};
pub use services::{ModelFacts, ModelInUse, Services};
pub use worker::Job;

use super::model::Absent;
use crate::error::{Explain, Explanation};
use crate::progress::{Cancelled, Progress};

/// Why a job gave no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobError {
    /// Stopped, by the user or by a newer request.
    Cancelled,
    /// Failed; the message for the user.
    Failed(Box<Explanation>),
    /// Failed for a file that ends early, which can be opened as far as it goes.
    CutShort(Box<Explanation>),
}

impl JobError {
    /// A failure in the user's words.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "used as a function over errors"
    )]
    pub fn of(error: impl Explain) -> Self {
        Self::Failed(Box::new(error.explain()))
    }

    /// A failure in the user's words; where the work was asked to stop, a stop.
    pub fn told(progress: &Progress, error: impl Explain) -> Self {
        if progress.is_cancelled() {
            Self::Cancelled
        } else {
            Self::of(error)
        }
    }

    /// Why a layer has no values after it.
    pub fn absent(&self) -> Absent {
        match self {
            Self::Cancelled => Absent::Stopped,
            Self::Failed(_) | Self::CutShort(_) => Absent::Failed,
        }
    }

    /// The message for the user, or nothing where it was stopped.
    pub fn explanation(self) -> Option<Explanation> {
        match self {
            Self::Cancelled => None,
            Self::Failed(explanation) | Self::CutShort(explanation) => Some(*explanation),
        }
    }
}

impl From<Cancelled> for JobError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// What is being computed, for the progress line.
#[derive(Debug, Clone)]
pub struct Activity {
    /// What kind of work it is ("Opening").
    pub title: &'static str,
    /// Stage named by the work itself, may be empty.
    pub stage: String,
    /// Share done, 0..=1.
    pub fraction: f32,
    /// Since the work began.
    pub elapsed_ms: f32,
}

/// Whether work writes the user's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writes {
    /// No: "stop" ends it, and so does closing the window.
    No,
    /// After long work of its own: "stop" ends it, closing the window waits for it.
    AtTheEnd,
    /// At once: "stop" leaves it alone, closing the window waits for it.
    AtOnce,
}

/// What the hub sees of a worker.
trait Registered: Send + Sync {
    fn activity(&self) -> Option<Activity>;
    fn cancel(&self);
    /// What it writes, where that is the user's files.
    fn writes(&self) -> Writes;
}

#[cfg(test)]
mod tests;
