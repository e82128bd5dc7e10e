//! What an interrupted run goes on from: kept after each pass, whole or not at all.

use super::{Event, Towers};
use crate::tensors::Container;

/// Everything of a run but what the learner holds.
#[derive(Debug, Default)]
pub(crate) struct Checkpoint {
    /// Passes done.
    pub passes: usize,
    /// Steps done.
    pub steps: u64,
    /// Time they took.
    pub elapsed_ms: f32,
    /// The lowest dev loss and the towers that gave it.
    pub best: Option<(f32, Towers)>,
    /// The passes, as they were told.
    pub events: Vec<Event>,
}

/// Names of what is stored beside arrays.
const NOTES: &str = "run";
const BEST: &str = "best";

impl Checkpoint {
    /// Whether the towers have not become better for so many passes.
    pub fn is_over(&self, patience: usize) -> bool {
        let kept = self.best.as_ref();
        kept.is_some_and(|(_, towers)| self.passes - towers.epoch >= patience)
    }

    /// Takes towers in where they are the best so far; whether they are.
    pub fn offer(&mut self, dev_loss: f32, towers: Towers) -> bool {
        let is_best = self.best.as_ref().is_none_or(|(best, _)| dev_loss < *best);
        if is_best {
            self.best = Some((dev_loss, towers));
        }
        is_best
    }

    /// Adds itself to what the learner stored.
    pub fn store(&self, into: &mut Container<'static>) {
        if let Some((dev_loss, towers)) = &self.best
            && let Some(stored) = towers.store()
        {
            into.merge(stored);
            into.metadata
                .insert(BEST.to_owned(), dev_loss.to_bits().to_string());
        }
        let notes = (self.passes, self.steps, self.elapsed_ms, &self.events);
        // Plain data: serde_json has nothing to refuse.
        let notes = serde_json::to_string(&notes).unwrap_or_default();
        into.metadata.insert(NOTES.to_owned(), notes);
    }

    /// From what was stored; the learner's part stays in `from`.
    pub fn load(from: &mut Container<'static>) -> Option<Self> {
        let notes = serde_json::from_str(from.metadata.get(NOTES)?);
        let (passes, steps, elapsed_ms, events) = notes.ok()?;
        let best = match from.metadata.get(BEST) {
            None => None,
            Some(bits) => {
                let dev_loss = f32::from_bits(bits.parse().ok()?);
                Some((dev_loss, Towers::load_from(from)?))
            }
        };
        Some(Self {
            passes,
            steps,
            elapsed_ms,
            best,
            events,
        })
    }
}
