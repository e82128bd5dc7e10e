//! A run seen from its training loop: who is told, who may stop it, what is kept.

use std::time::{Duration, Instant};

use super::cache::{Cache, Key};
use super::checkpoint::Checkpoint;
use super::learner::Learner;
use super::{Control, Event, Towers, TrainError};
use crate::progress::Progress;

/// Steps are told of at most that often.
const BETWEEN_STEPS: Duration = Duration::from_millis(100);
/// Passes are kept at most that often: a pass over a small corpus takes less time than writing it.
const BETWEEN_CHECKPOINTS: Duration = Duration::from_secs(2);
/// Name of the stage that holds an unfinished run.
pub(super) const UNFINISHED: &str = "unfinished";

/// Looks at the towers after a pass.
pub(crate) type Watcher<'a> = &'a mut dyn FnMut(&Towers) -> Result<Event, TrainError>;

/// What a training loop has to do with.
pub(crate) struct Session<'a> {
    /// Pauses and ends it.
    pub control: &'a Control,
    /// Stops it.
    pub progress: &'a Progress,
    events: &'a mut dyn FnMut(Event),
    watcher: Option<Watcher<'a>>,
    /// Where it is kept, and under what.
    kept: Option<(&'a Cache, &'a Key)>,
    begun: Instant,
    before_ms: f32,
    told: Option<Instant>,
    stored: Option<Instant>,
}

impl<'a> Session<'a> {
    /// Of a run that nobody watches and that is not kept.
    pub fn new(
        control: &'a Control,
        progress: &'a Progress,
        events: &'a mut dyn FnMut(Event),
    ) -> Self {
        Self {
            control,
            progress,
            events,
            watcher: None,
            kept: None,
            begun: Instant::now(),
            before_ms: 0.0,
            told: None,
            stored: None,
        }
    }

    /// With somebody who looks at the towers after each pass.
    pub fn watched(self, watcher: Option<Watcher<'a>>) -> Self {
        Self { watcher, ..self }
    }

    /// Kept after each pass.
    pub fn kept(self, cache: &'a Cache, key: &'a Key) -> Self {
        Self {
            kept: Some((cache, key)),
            ..self
        }
    }

    /// Time since the run began, with what an interrupted one took before.
    pub fn elapsed_ms(&self) -> f32 {
        self.before_ms + self.begun.elapsed().as_secs_f32() * 1e3
    }

    /// What an interrupted run took.
    pub fn set_elapsed(&mut self, before_ms: f32) {
        self.before_ms = before_ms;
    }

    /// Tells what happened.
    pub fn tell(&mut self, event: Event) {
        (self.events)(event);
    }

    /// Tells of a step, where the last one told was long enough ago.
    pub fn tell_step(&mut self, event: impl FnOnce() -> Event) {
        if self.told.is_none_or(|at| at.elapsed() >= BETWEEN_STEPS) {
            self.told = Some(Instant::now());
            self.tell(event());
        }
    }

    /// Lets the one who watches look.
    ///
    /// # Errors
    /// Those of looking.
    pub fn watch(&mut self, towers: &Towers) -> Result<(), TrainError> {
        if let Some(watcher) = &mut self.watcher {
            let seen = watcher(towers)?;
            (self.events)(seen);
        }
        Ok(())
    }

    /// What an interrupted run of the same settings left, which the learner goes on from; its passes are told again.
    ///
    /// # Errors
    /// Failing arithmetic. What cannot be read is no run.
    pub(super) fn resume(
        &mut self,
        learner: &mut dyn Learner,
    ) -> Result<Option<Checkpoint>, TrainError> {
        let stored = self
            .kept
            .and_then(|(cache, key)| cache.get(UNFINISHED, key));
        let Some(mut stored) = stored else {
            return Ok(None);
        };
        let Some(found) = Checkpoint::load(&mut stored) else {
            return Ok(None);
        };
        learner.load(&mut stored)?;
        self.tell(Event::Resumed {
            epoch: found.passes,
        });
        for event in found.events.clone() {
            self.tell(event);
        }
        Ok(Some(found))
    }

    /// Keeps a run as far as it is.
    ///
    /// # Errors
    /// Failing arithmetic.
    pub(super) fn keep(
        &mut self,
        run: &Checkpoint,
        learner: &dyn Learner,
    ) -> Result<(), TrainError> {
        let Some((cache, key)) = self.kept.filter(|(cache, _)| cache.folder().is_some()) else {
            return Ok(());
        };
        if self
            .stored
            .is_some_and(|at| at.elapsed() < BETWEEN_CHECKPOINTS)
        {
            return Ok(());
        }
        let mut stored = learner.store()?;
        run.store(&mut stored);
        cache.put(UNFINISHED, key, &stored);
        self.stored = Some(Instant::now());
        Ok(())
    }

    /// Forgets what was kept: the run is finished.
    pub fn forget(&self) {
        if let Some((cache, key)) = self.kept {
            cache.remove(UNFINISHED, key);
        }
    }
}
