//! Questions that are all answered, one after the other.

use super::worker::{Message, Worker};
use super::{Activity, JobError};

/// An answer of a [`Queue`].
#[derive(Debug)]
pub struct Done<K, A> {
    /// The question.
    pub key: K,
    /// The answer, or why there is none.
    pub outcome: Result<A, JobError>,
    /// Wall time of the work.
    pub elapsed_ms: f32,
}

/// Answers (`A`) questions (`K`) from requests (`Q`) in their order; each gets an answer, also one
/// that was stopped.
pub struct Queue<K, Q, A> {
    worker: Worker<Q, A, ()>,
    waiting: Vec<(u64, K)>,
}

impl<K, Q, A> Queue<K, Q, A>
where
    Q: Send + 'static,
    A: Send + 'static,
{
    pub(super) fn over(worker: Worker<Q, A, ()>) -> Self {
        Self {
            worker,
            waiting: Vec::new(),
        }
    }

    /// Asks.
    pub fn ask(&mut self, key: K, request: Q) {
        let number = self.worker.submit(request);
        self.waiting.push((number, key));
    }

    /// Answers since the last call, in the order of their questions.
    pub fn take(&mut self) -> Vec<Done<K, A>> {
        let mut done = Vec::new();
        for (number, message) in self.worker.drain() {
            let at = self.waiting.iter().position(|(known, _)| *known == number);
            if let (
                Some(at),
                Message::Done {
                    outcome,
                    elapsed_ms,
                },
            ) = (at, message)
            {
                let (_, key) = self.waiting.remove(at);
                done.push(Done {
                    key,
                    outcome,
                    elapsed_ms,
                });
            }
        }
        done
    }

    /// Questions without an answer yet, in their order.
    pub fn waiting(&self) -> impl Iterator<Item = &K> {
        self.waiting.iter().map(|(_, key)| key)
    }

    /// How the work goes, while there is some.
    pub fn activity(&self) -> Option<Activity> {
        self.worker.activity()
    }
}
