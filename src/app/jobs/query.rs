//! A question whose latest answer is wanted.

use super::worker::{Message, Worker};
use super::{Activity, JobError};
use crate::error::Explanation;

/// What there is to show for a question.
#[derive(Debug)]
pub enum State<'a, A> {
    /// It was never asked, or was forgotten.
    Unasked,
    /// The answer is being worked out.
    Waiting,
    /// The answer.
    Ready(&'a A),
    /// There is none; the message for the user.
    Failed(&'a Explanation),
    /// The user stopped it.
    Stopped,
}

/// Remembers its question (`K`), works the answer (`A`) out of a request (`Q`) on a thread of its
/// own, and drops answers to questions that nobody asks any more. `E` is what it shows meanwhile.
pub struct Query<K, Q, A, E = ()> {
    worker: Worker<Q, A, E>,
    asked: Option<K>,
    waiting: bool,
    answer: Option<(K, A)>,
    trouble: Option<(K, JobError)>,
    elapsed_ms: f32,
    events: Vec<E>,
}

impl<K, Q, A, E> Query<K, Q, A, E>
where
    K: PartialEq + Clone,
    Q: Send + 'static,
    A: Send + 'static,
    E: Send + 'static,
{
    pub(super) fn over(worker: Worker<Q, A, E>) -> Self {
        Self {
            worker,
            asked: None,
            waiting: false,
            answer: None,
            trouble: None,
            elapsed_ms: 0.0,
            events: Vec::new(),
        }
    }

    /// Asks, unless this was the last question asked: what runs for another one is stopped. May be
    /// called every frame.
    pub fn want(&mut self, key: &K, request: impl FnOnce() -> Q) {
        if self.asked.as_ref() != Some(key) {
            self.ask(key.clone(), request());
        }
    }

    /// Asks, whether or not the same was asked before.
    pub fn ask(&mut self, key: K, request: Q) {
        self.asked = Some(key);
        self.waiting = true;
        self.events.clear();
        self.worker.submit(request);
    }

    /// Takes in what came; whether an answer, or the news that there is none, is among it.
    pub fn poll(&mut self) -> bool {
        let mut news = false;
        for (_, message) in self.worker.drain() {
            match (message, &self.asked) {
                (Message::Event(event), Some(_)) => self.events.push(event),
                (
                    Message::Done {
                        outcome,
                        elapsed_ms,
                    },
                    Some(key),
                ) => {
                    self.waiting = false;
                    self.elapsed_ms = elapsed_ms;
                    news = true;
                    match outcome {
                        Ok(answer) => {
                            self.answer = Some((key.clone(), answer));
                            self.trouble = None;
                        }
                        Err(error) => self.trouble = Some((key.clone(), error)),
                    }
                }
                // Forgotten meanwhile.
                (_, None) => {}
            }
        }
        news
    }

    /// What there is to show for a question.
    pub fn state(&self, key: &K) -> State<'_, A> {
        if let Some(answer) = self.ready(key) {
            return State::Ready(answer);
        }
        if self.asked.as_ref() != Some(key) {
            return State::Unasked;
        }
        match &self.trouble {
            _ if self.waiting => State::Waiting,
            Some((of, JobError::Failed(why) | JobError::CutShort(why))) if of == key => {
                State::Failed(why)
            }
            _ => State::Stopped,
        }
    }

    /// The answer to this question, if it is there.
    pub fn ready(&self, key: &K) -> Option<&A> {
        let (of, answer) = self.answer.as_ref()?;
        (of == key).then_some(answer)
    }

    /// The last answer and its question, which may not be the last one asked.
    pub fn latest(&self) -> Option<(&K, &A)> {
        self.answer.as_ref().map(|(key, answer)| (key, answer))
    }

    /// The question asked last.
    pub fn asked(&self) -> Option<&K> {
        self.asked.as_ref()
    }

    /// Takes the answer away.
    pub fn take(&mut self) -> Option<(K, A)> {
        self.answer.take()
    }

    /// Takes the failure of the question asked last, once.
    pub fn take_failure(&mut self) -> Option<Explanation> {
        match self.trouble.take()? {
            (_, JobError::Failed(why) | JobError::CutShort(why)) => Some(*why),
            (key, JobError::Cancelled) => {
                self.trouble = Some((key, JobError::Cancelled));
                None
            }
        }
    }

    /// Events since the last call.
    pub fn events(&mut self) -> Vec<E> {
        std::mem::take(&mut self.events)
    }

    /// Whether an answer is on its way.
    pub fn is_waiting(&self) -> bool {
        self.waiting
    }

    /// How the work goes, while there is some.
    pub fn activity(&self) -> Option<Activity> {
        self.worker.activity().filter(|_| self.waiting)
    }

    /// Wall time of the last answer.
    pub fn elapsed_ms(&self) -> f32 {
        self.elapsed_ms
    }

    /// Stops what runs; the question is not asked again by itself.
    pub fn stop(&mut self) {
        self.worker.cancel();
    }

    /// Stops what runs and forgets the question: it can be asked again.
    pub fn forget(&mut self) {
        self.worker.cancel();
        self.asked = None;
        self.waiting = false;
        self.trouble = None;
    }
}
