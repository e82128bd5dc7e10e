//! Background work. Each kind has one thread and one slot: a new request replaces the one that
//! waits and stops the one that runs, so the newest always wins and nothing queues up.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::document::LayerId;
use crate::error::{Explain, Explanation};
use crate::progress::{Cancelled, Progress};

/// What a request was made for: decides on arrival whether its result is still wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag {
    /// Document revision at the request.
    pub revision: u64,
    /// The layer concerned, if any.
    pub layer: Option<LayerId>,
}

/// Why a job gave no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobError {
    /// Stopped, by the user or by a newer request.
    Cancelled,
    /// Failed; the message for the user.
    Failed(Box<Explanation>),
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
}

impl From<Cancelled> for JobError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// How a finished job reports.
#[derive(Debug)]
pub struct Report<R> {
    /// Of the request.
    pub tag: Tag,
    /// What came out.
    pub outcome: Result<R, JobError>,
    /// Wall time of the work.
    pub elapsed_ms: f32,
}

/// What a second request does to the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Replaces it and stops it: only the newest answer is wanted.
    LatestWins,
    /// Waits with it: every file dropped is wanted.
    KeepAll,
}

struct Running {
    tag: Tag,
    sequence: u64,
    progress: Progress,
    since: Instant,
}

struct Slot<Q> {
    pending: Vec<(Tag, u64, Q)>,
    running: Option<Running>,
    newest: u64,
    closing: bool,
}

struct Shared<Q> {
    slot: Mutex<Slot<Q>>,
    wake: Condvar,
}

impl<Q> Shared<Q> {
    fn lock(&self) -> MutexGuard<'_, Slot<Q>> {
        // Nothing that can panic runs under the lock, so a poisoned slot is still whole.
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a worker is doing now, for the progress line.
#[derive(Debug, Clone)]
pub struct Activity {
    /// Stage named by the work itself, may be empty.
    pub stage: String,
    /// Share done, 0..=1.
    pub fraction: f32,
    /// Since the work began.
    pub elapsed_ms: f32,
    /// What it was asked for.
    pub tag: Tag,
}

/// One thread for one kind of work.
pub struct Worker<Q, R> {
    shared: Arc<Shared<Q>>,
    results: Receiver<(u64, Report<R>)>,
    policy: Policy,
    thread: Option<JoinHandle<()>>,
}

impl<Q: Send + 'static, R: Send + 'static> Worker<Q, R> {
    /// Starts the thread. `run` does the work; `wake` is called after each result, from the thread.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn spawn(
        name: &str,
        policy: Policy,
        run: impl Fn(Q, &Progress) -> Result<R, JobError> + Send + 'static,
        wake: impl Fn() + Send + 'static,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            slot: Mutex::new(Slot {
                pending: Vec::new(),
                running: None,
                newest: 0,
                closing: false,
            }),
            wake: Condvar::new(),
        });
        let (sender, results) = channel();
        let thread = std::thread::Builder::new()
            .name(format!("gyrus-{name}"))
            .spawn({
                let shared = Arc::clone(&shared);
                move || work(&shared, &sender, &run, &wake)
            })?;
        Ok(Self {
            shared,
            results,
            policy,
            thread: Some(thread),
        })
    }

    /// Asks for work.
    pub fn submit(&self, tag: Tag, request: Q) {
        let mut slot = self.shared.lock();
        slot.newest += 1;
        let sequence = slot.newest;
        if self.policy == Policy::LatestWins {
            slot.pending.clear();
            if let Some(running) = &slot.running {
                running.progress.cancel();
            }
        }
        slot.pending.push((tag, sequence, request));
        drop(slot);
        self.shared.wake.notify_one();
    }

    /// Results since the last call. A result that a newer request overtook is dropped here.
    pub fn drain(&self) -> Vec<Report<R>> {
        let newest = self.shared.lock().newest;
        self.results
            .try_iter()
            .filter(|(sequence, _)| self.policy == Policy::KeepAll || *sequence == newest)
            .map(|(_, report)| report)
            .collect()
    }

    /// What runs, if anything.
    pub fn activity(&self) -> Option<Activity> {
        let slot = self.shared.lock();
        if let Some(running) = &slot.running {
            return Some(Activity {
                stage: running.progress.current_stage(),
                fraction: running.progress.fraction(),
                elapsed_ms: running.since.elapsed().as_secs_f32() * 1e3,
                tag: running.tag,
            });
        }
        slot.pending.first().map(|(tag, ..)| Activity {
            stage: String::new(),
            fraction: 0.0,
            elapsed_ms: 0.0,
            tag: *tag,
        })
    }

    /// Waits until all that was asked for is done, at most this long; whether it is.
    pub fn finish(&self, limit: Duration) -> bool {
        let begun = Instant::now();
        while self.activity().is_some() {
            if begun.elapsed() >= limit {
                return false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        true
    }

    /// Stops what runs and forgets what waits.
    pub fn cancel(&self) {
        let mut slot = self.shared.lock();
        slot.pending.clear();
        if let Some(running) = &slot.running {
            running.progress.cancel();
        }
    }
}

impl<Q, R> Drop for Worker<Q, R> {
    fn drop(&mut self) {
        {
            let mut slot = self.shared.lock();
            slot.closing = true;
            slot.pending.clear();
            if let Some(running) = &slot.running {
                running.progress.cancel();
            }
        }
        self.shared.wake.notify_all();
        // Not joined: a job that is slow to notice must not hold the window open. The thread owns
        // all it uses and ends with the process at the latest.
        drop(self.thread.take());
    }
}

fn work<Q, R>(
    shared: &Shared<Q>,
    sender: &Sender<(u64, Report<R>)>,
    run: &impl Fn(Q, &Progress) -> Result<R, JobError>,
    wake: &impl Fn(),
) {
    loop {
        let (tag, sequence, request, progress) = {
            let mut slot = shared.lock();
            loop {
                if !slot.pending.is_empty() {
                    break;
                }
                if slot.closing {
                    return;
                }
                slot = shared
                    .wake
                    .wait(slot)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            let (tag, sequence, request) = slot.pending.remove(0);
            let progress = Progress::new();
            let since = Instant::now();
            slot.running = Some(Running {
                tag,
                sequence,
                progress: progress.clone(),
                since,
            });
            (tag, sequence, request, progress)
        };
        let begun = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| run(request, &progress)))
            .unwrap_or_else(|payload| Err(panicked(payload.as_ref())));
        let elapsed_ms = begun.elapsed().as_secs_f32() * 1e3;
        {
            let mut slot = shared.lock();
            if slot
                .running
                .as_ref()
                .is_some_and(|running| running.sequence == sequence)
            {
                slot.running = None;
            }
        }
        if sender
            .send((
                sequence,
                Report {
                    tag,
                    outcome,
                    elapsed_ms,
                },
            ))
            .is_err()
        {
            return;
        }
        wake();
    }
}

fn panicked(payload: &(dyn std::any::Any + Send)) -> JobError {
    let said = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no reason was given".to_owned());
    JobError::Failed(Box::new(Explanation {
        what: "Gyrus made a mistake while computing".to_owned(),
        why: said,
        remedy: "Nothing of yours was changed; please report it with the text above".to_owned(),
        path: None,
    }))
}

#[cfg(test)]
#[path = "jobs_tests.rs"]
mod tests;
