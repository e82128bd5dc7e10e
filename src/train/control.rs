//! What a run is told while it runs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::progress::{Cancelled, Progress};

/// Pauses a run and ends it early with what it has. Stopping it for good is the progress handle's.
#[derive(Debug, Default)]
pub struct Control {
    paused: AtomicBool,
    ends: AtomicBool,
}

impl Control {
    /// Pauses before the next step, or goes on.
    pub fn pause(&self, paused: bool) {
        self.paused.store(paused, Ordering::Relaxed);
    }

    /// Whether it is paused.
    pub fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Relaxed)
    }

    /// Ends the training of the towers after the step that runs: what follows is done with the best pass so far.
    pub fn keep_best(&self) {
        self.ends.store(true, Ordering::Relaxed);
    }

    /// Whether the training of the towers is to end now.
    pub fn is_ended(&self) -> bool {
        self.ends.load(Ordering::Relaxed)
    }

    /// Waits while it is paused.
    ///
    /// # Errors
    /// A stop.
    pub(super) fn wait(&self, progress: &Progress) -> Result<(), Cancelled> {
        while self.is_paused() && !self.is_ended() {
            progress.check()?;
            std::thread::sleep(Duration::from_millis(20));
        }
        progress.check()
    }
}
