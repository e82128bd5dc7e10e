//! One thread for one kind of background work. A new request replaces the one that runs, or waits
//! behind it; results and events come back over a channel; a panic becomes a message.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Activity, JobError, Registered, Writes};
use crate::error::Explanation;
use crate::progress::Progress;

/// The window is woken for events at most this often.
const EVENT_INTERVAL: Duration = Duration::from_millis(100);

/// What a second request does to the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Policy {
    /// Replaces it and stops it: only the newest answer is wanted.
    LatestWins,
    /// Waits behind it: every file dropped is wanted.
    KeepAll,
}

/// What running work holds: its progress, and where its events go.
pub struct Job<'a, E> {
    /// How far it is, and whether it should stop.
    pub progress: &'a Progress,
    emit: &'a dyn Fn(E),
}

impl<E> Job<'_, E> {
    /// Hands an event to the window while the work goes on.
    pub fn emit(&self, event: E) {
        (self.emit)(event);
    }
}

struct Running {
    sequence: u64,
    progress: Progress,
    since: Instant,
}

struct Slot<Q> {
    pending: Vec<(u64, Q)>,
    running: Option<Running>,
    /// The last request given a number.
    newest: u64,
    /// Requests up to this number were stopped before they ran.
    stopped: u64,
    closing: bool,
}

struct Shared<Q> {
    title: &'static str,
    writes: Writes,
    slot: Mutex<Slot<Q>>,
    wake: Condvar,
}

impl<Q> Shared<Q> {
    fn lock(&self) -> MutexGuard<'_, Slot<Q>> {
        // Nothing that can panic runs under the lock, so a poisoned slot is still whole.
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Q: Send> Registered for Shared<Q> {
    fn activity(&self) -> Option<Activity> {
        let slot = self.lock();
        if let Some(running) = &slot.running {
            return Some(Activity {
                title: self.title,
                stage: running.progress.current_stage(),
                fraction: running.progress.fraction(),
                elapsed_ms: running.since.elapsed().as_secs_f32() * 1e3,
            });
        }
        (!slot.pending.is_empty()).then(|| Activity {
            title: self.title,
            stage: String::new(),
            fraction: 0.0,
            elapsed_ms: 0.0,
        })
    }

    fn cancel(&self) {
        let mut slot = self.lock();
        slot.stopped = slot.newest;
        if let Some(running) = &slot.running {
            running.progress.cancel();
        }
    }

    fn writes(&self) -> Writes {
        self.writes
    }
}

/// What comes back from the thread.
pub(super) enum Message<R, E> {
    /// The work goes on and has something to show.
    Event(E),
    /// It is over.
    Done {
        /// What came out.
        outcome: Result<R, JobError>,
        /// Wall time of the work.
        elapsed_ms: f32,
    },
}

/// A thread and its slot.
pub(super) struct Worker<Q, R, E> {
    shared: Arc<Shared<Q>>,
    messages: Receiver<(u64, Message<R, E>)>,
    policy: Policy,
}

impl<Q: Send + 'static, R: Send + 'static, E: Send + 'static> Worker<Q, R, E> {
    /// Starts the thread. `run` does the work; `wake` asks the window for a frame, from the thread.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub(super) fn spawn(
        title: &'static str,
        policy: Policy,
        writes: Writes,
        run: impl Fn(Q, &Job<'_, E>) -> Result<R, JobError> + Send + 'static,
        wake: impl Fn() + Send + 'static,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            title,
            writes,
            slot: Mutex::new(Slot {
                pending: Vec::new(),
                running: None,
                newest: 0,
                stopped: 0,
                closing: false,
            }),
            wake: Condvar::new(),
        });
        let (sender, messages) = channel();
        // Not joined: a job that is slow to notice must not hold the window open. The thread owns
        // all it uses and ends with the process at the latest.
        std::thread::Builder::new()
            .name("gyrus-job".into())
            .spawn({
                let shared = Arc::clone(&shared);
                move || work(&shared, &sender, &run, &wake)
            })?;
        Ok(Self {
            shared,
            messages,
            policy,
        })
    }

    /// What the hub looks at.
    pub(super) fn registered(&self) -> Arc<dyn Registered> {
        Arc::clone(&self.shared) as Arc<dyn Registered>
    }

    /// Asks for work; returns the number of the request.
    pub(super) fn submit(&self, request: Q) -> u64 {
        let mut slot = self.shared.lock();
        slot.newest += 1;
        let sequence = slot.newest;
        if self.policy == Policy::LatestWins {
            slot.pending.clear();
            if let Some(running) = &slot.running {
                running.progress.cancel();
            }
        }
        slot.pending.push((sequence, request));
        drop(slot);
        self.shared.wake.notify_one();
        sequence
    }

    /// What came back since the last call, of which request. What a newer request overtook is
    /// dropped here.
    pub(super) fn drain(&self) -> Vec<(u64, Message<R, E>)> {
        let newest = self.shared.lock().newest;
        self.messages
            .try_iter()
            .filter(|(sequence, _)| self.policy == Policy::KeepAll || *sequence == newest)
            .collect()
    }

    /// Stops what runs and what waits; each of them is reported as stopped.
    pub(super) fn cancel(&self) {
        self.shared.cancel();
    }

    /// What runs, if anything.
    pub(super) fn activity(&self) -> Option<Activity> {
        self.shared.activity()
    }
}

impl<Q, R, E> Drop for Worker<Q, R, E> {
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
    }
}

fn work<Q, R, E>(
    shared: &Shared<Q>,
    sender: &Sender<(u64, Message<R, E>)>,
    run: &impl Fn(Q, &Job<'_, E>) -> Result<R, JobError>,
    wake: &impl Fn(),
) {
    loop {
        let (sequence, request, progress) = {
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
            let (sequence, request) = slot.pending.remove(0);
            let progress = Progress::new();
            if sequence <= slot.stopped {
                progress.cancel();
            }
            slot.running = Some(Running {
                sequence,
                progress: progress.clone(),
                since: Instant::now(),
            });
            (sequence, request, progress)
        };
        let begun = Instant::now();
        let outcome = if progress.is_cancelled() {
            Err(JobError::Cancelled)
        } else {
            let woken = Cell::new(begun);
            let emit = |event| {
                // Nobody listens any more: the next check of the work ends it.
                sender.send((sequence, Message::Event(event))).ok();
                if woken.get().elapsed() >= EVENT_INTERVAL {
                    woken.set(Instant::now());
                    wake();
                }
            };
            let job = Job {
                progress: &progress,
                emit: &emit,
            };
            catch_unwind(AssertUnwindSafe(|| run(request, &job)))
                .unwrap_or_else(|payload| Err(panicked(payload.as_ref())))
        };
        let elapsed_ms = begun.elapsed().as_secs_f32() * 1e3;
        // The answer first: whoever sees that nothing runs finds it there.
        let sent = sender.send((
            sequence,
            Message::Done {
                outcome,
                elapsed_ms,
            },
        ));
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
        if sent.is_err() {
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
        what: "An internal error stopped this computation".to_owned(),
        why: said,
        remedy: "Nothing of yours was changed; please report it with the text above".to_owned(),
        path: None,
    }))
}
