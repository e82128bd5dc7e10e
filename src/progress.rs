//! The handle every long function takes: it reports how far it is and learns that it should stop.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The work was cancelled by the user. Not a failure: shown, if at all, as "Cancelled".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

#[derive(Default)]
struct State {
    /// `f32` bits, 0..=1.
    fraction: AtomicU32,
    cancelled: AtomicBool,
    stage: Mutex<String>,
}

/// A shared progress and cancel handle. Clones refer to the same work.
#[derive(Clone, Default)]
pub struct Progress {
    state: Arc<State>,
}

impl Progress {
    /// A fresh handle: fraction 0, no stage, not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the stage in progress ("Reading 812 of 2,048 maps").
    pub fn stage(&self, stage: impl Into<String>) {
        // The lock guards one String: a poisoned lock still holds a usable one.
        *self
            .state
            .stage
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = stage.into();
    }

    /// The stage last named.
    pub(crate) fn current_stage(&self) -> String {
        self.state
            .stage
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Sets the share done, clamped to 0..=1.
    pub fn set_fraction(&self, fraction: f32) {
        let clamped = if fraction.is_finite() {
            fraction.clamp(0.0, 1.0)
        } else {
            0.0
        };
        self.state
            .fraction
            .store(clamped.to_bits(), Ordering::Relaxed);
    }

    /// Share done, 0..=1.
    pub fn fraction(&self) -> f32 {
        f32::from_bits(self.state.fraction.load(Ordering::Relaxed))
    }

    /// Asks the work to stop at its next check.
    pub fn cancel(&self) {
        self.state.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether a stop was asked for.
    pub fn is_cancelled(&self) -> bool {
        self.state.cancelled.load(Ordering::Relaxed)
    }

    /// `Err(Cancelled)` once a stop was asked for; called at least every 100 ms of work.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() {
            Err(Cancelled)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_progress_and_cancel() {
        let progress = Progress::new();
        let other = progress.clone();
        other.stage("reading");
        other.set_fraction(7.0);
        assert_eq!(progress.current_stage(), "reading");
        assert_eq!(progress.fraction(), 1.0);
        progress.cancel();
        assert_eq!(other.check(), Err(Cancelled));
    }

    #[test]
    fn a_nan_fraction_is_not_stored() {
        let progress = Progress::new();
        progress.set_fraction(f32::NAN);
        assert_eq!(progress.fraction(), 0.0);
    }
}
