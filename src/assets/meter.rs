//! How far a fetch is, in bytes of how many.

use crate::progress::{Cancelled, Progress};

/// Bytes brought of all that are wanted.
pub(super) struct Meter<'a> {
    progress: &'a Progress,
    title: &'static str,
    all: u64,
    done: u64,
    told: Option<u64>,
}

impl<'a> Meter<'a> {
    /// Nothing of `all` bytes is there yet.
    pub(super) fn new(progress: &'a Progress, title: &'static str, all: u64) -> Self {
        let mut meter = Self {
            progress,
            title,
            all,
            done: 0,
            told: None,
        };
        meter.tell();
        meter
    }

    /// So many bytes more; `bytes` may be taken back with [`Self::back`].
    pub(super) fn add(&mut self, bytes: u64) {
        self.done = self.done.saturating_add(bytes);
        self.tell();
    }

    /// Bytes that turned out to be of no use.
    pub(super) fn back(&mut self, bytes: u64) {
        self.done = self.done.saturating_sub(bytes);
        self.tell();
    }

    /// `Err` once a stop was asked for.
    pub(super) fn check(&self) -> Result<(), Cancelled> {
        self.progress.check()
    }

    /// The handle behind it.
    pub(super) fn progress(&self) -> &Progress {
        self.progress
    }

    fn tell(&mut self) {
        let share = self.done as f64 / self.all.max(1) as f64;
        self.progress.set_fraction(share as f32);
        // In a log each stage is a line: a tenth of the whole is news, a block is not.
        let tenth = (share * 10.0) as u64;
        if self.told != Some(tenth) {
            self.told = Some(tenth);
            self.progress.stage(format!(
                "Fetching {}: {:.1} of {}",
                self.title,
                self.done as f64 / 1e6,
                megabytes(self.all)
            ));
        }
    }
}

/// "4.8 MB".
pub(super) fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
