use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use super::*;
use crate::app::model::{
    AmongTitles, AtlasChoice, AtlasInUse, Beside, Catalogue, Decoded, Opened, Predicted, RegionHit,
    RegionReport, StudiesBy, StudyFilter, StudyList, StudyPlan, TaskPlane, TextToPredict,
    WordEffect,
};
use crate::decode::{Carried, PriorWeight, Tail};
use crate::volume::Volume;

/// Jobs of these tests ask nothing of the program.
struct Nothing;

fn none<T>() -> Result<T, JobError> {
    Err(JobError::Cancelled)
}

impl Services for Nothing {
    fn underlay(&self, _: &Progress) -> Result<Arc<Volume>, JobError> {
        none()
    }
    fn demo(&self, _: &Progress) -> Result<Opened, JobError> {
        none()
    }
    fn open(&self, _: &Path, _: usize, _: &Progress) -> Result<Opened, JobError> {
        none()
    }
    fn decode(
        &self,
        _: &Volume,
        _: bool,
        _: PriorWeight,
        _: &Progress,
    ) -> Result<Decoded, JobError> {
        none()
    }
    fn studies(
        &self,
        _: &StudiesBy,
        _: &StudyFilter,
        _: &Progress,
    ) -> Result<Option<StudyList>, JobError> {
        none()
    }
    fn among_titles(
        &self,
        _: &[f32],
        _: &[f32],
        _: &Progress,
    ) -> Result<Option<AmongTitles>, JobError> {
        none()
    }
    fn study_map(&self, _: &StudyPlan, _: &Progress) -> Result<Opened, JobError> {
        none()
    }
    fn predict(&self, _: &TextToPredict, _: &Progress) -> Result<Predicted, JobError> {
        none()
    }
    fn word_effects(
        &self,
        _: &str,
        _: [f64; 3],
        _: &Progress,
    ) -> Result<Option<Vec<WordEffect>>, JobError> {
        none()
    }
    fn regions_of_text(&self, _: &str, _: &Volume, _: &Progress) -> Result<RegionReport, JobError> {
        none()
    }
    fn beside(
        &self,
        _: &Volume,
        _: (&Volume, bool),
        _: Option<(&[f32], &[f32])>,
        _: &Progress,
    ) -> Result<Beside, JobError> {
        none()
    }
    fn carried(&self, _: &Volume, _: Tail, _: &str, _: &Progress) -> Result<Carried, JobError> {
        none()
    }
    fn plane(&self, _: &Progress) -> Result<TaskPlane, JobError> {
        none()
    }
    fn save_map(&self, _: &Volume, _: &Path) -> Result<(), JobError> {
        none()
    }
    fn catalogue(&self) -> Catalogue {
        Catalogue::default()
    }
    fn use_atlas(&self, _: Option<&AtlasChoice>, _: &Progress) -> Result<AtlasInUse, JobError> {
        none()
    }
    fn region_at(&self, _: [f64; 3]) -> Option<RegionHit> {
        None
    }
    fn model(&self) -> ModelInUse {
        ModelInUse {
            path: None,
            facts: None,
            number: 0,
            name: String::new(),
        }
    }
    fn use_model(&self, _: Option<&Path>, _: &Progress) -> Result<ModelInUse, JobError> {
        none()
    }
}

fn hub() -> Hub {
    Hub::new(Arc::new(Nothing), Wake::default())
}

/// Waits until something holds.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A gate in the middle of a job: the job says that it is there and waits to be let through.
struct Gate {
    reached: Receiver<u64>,
    open: Sender<()>,
}

/// A query whose jobs for numbers below 100 wait at a gate, whether they were stopped or not.
fn gated(hub: &Hub) -> (Query<u64, u64, u64, u64>, Gate) {
    let (say, reached) = channel();
    let (open, opened) = channel();
    let query = hub.query("Test", move |_, n: u64, job: &Job<'_, u64>| {
        if n < 100 {
            say.send(n).ok();
            opened.recv().ok();
        }
        assert!(n != 13, "thirteen");
        job.emit(10 * n);
        Ok(n)
    });
    (query.unwrap(), Gate { reached, open })
}

#[test]
fn the_latest_question_wins_and_an_overtaken_answer_is_dropped() {
    let (mut query, gate) = gated(&hub());
    query.want(&1, || 1);
    assert_eq!(gate.reached.recv(), Ok(1), "the first one runs");
    query.want(&200, || 200);
    query.want(&201, || 201);
    gate.open.send(()).unwrap();
    until("an answer came", || query.poll());
    assert_eq!(query.latest(), Some((&201, &201)));
    assert_eq!(query.events(), [2010], "events of the others are dropped");
    assert!(matches!(query.state(&1), State::Unasked));
    assert!(!query.is_waiting());
}

#[test]
fn the_same_question_is_asked_once() {
    let mut query = hub()
        .query("Test", |_, n: u64, _: &Job<'_, ()>| Ok(n))
        .unwrap();
    let mut asked = 0;
    for _ in 0..3 {
        query.want(&5, || {
            asked += 1;
            5
        });
    }
    assert_eq!(asked, 1);
    until("answered", || query.poll());
    assert!(matches!(query.state(&5), State::Ready(5)));
    query.forget();
    query.want(&5, || 6);
    until("answered again", || query.poll());
    assert!(matches!(query.state(&5), State::Ready(6)));
}

#[test]
fn stopping_is_told_from_failing_and_is_not_undone_by_asking() {
    let (mut query, gate) = gated(&hub());
    query.want(&1, || 1);
    gate.reached.recv().unwrap();
    query.want(&13, || 13);
    assert!(matches!(query.state(&13), State::Waiting));
    gate.open.send(()).unwrap();
    gate.open.send(()).unwrap();
    until("it failed", || query.poll());
    let State::Failed(message) = query.state(&13) else {
        panic!("no message");
    };
    assert!(message.why.contains("thirteen"), "a panic is a message");
    assert!(query.take_failure().is_some());

    let stopping = hub()
        .query("Test", |_, _: u64, job: &Job<'_, ()>| {
            loop {
                job.progress.check()?;
                std::thread::yield_now();
            }
        })
        .unwrap();
    let mut stopping: Query<u64, u64, u64> = stopping;
    stopping.want(&1, || 1);
    stopping.stop();
    until("it stopped", || stopping.poll());
    stopping.want(&1, || 1);
    assert!(!stopping.is_waiting(), "not asked again by itself");
    assert!(matches!(stopping.state(&1), State::Stopped));
}

#[test]
fn every_question_of_a_queue_is_answered_in_order_also_a_stopped_one() {
    let (say, reached) = channel();
    let (open, opened) = channel::<()>();
    let hub = hub();
    let queue = hub.queue("Test", move |_, n: u64, _: &Job<'_, ()>| {
        if n == 2 {
            say.send(()).ok();
            opened.recv().ok();
        }
        Ok(n)
    });
    let mut queue: Queue<char, u64, u64> = queue.unwrap();
    for (key, n) in [('a', 1), ('b', 2), ('c', 3)] {
        queue.ask(key, n);
    }
    reached.recv().unwrap();
    assert!(hub.foremost().is_some_and(|busy| busy.title == "Test"));
    hub.cancel();
    queue.ask('d', 4);
    open.send(()).unwrap();
    let mut done = Vec::new();
    until("all four are done", || {
        done.extend(queue.take());
        done.len() == 4
    });
    let outcomes: Vec<_> = done.into_iter().map(|d| (d.key, d.outcome)).collect();
    let expected = [
        ('a', Ok(1)),
        ('b', Ok(2)),
        ('c', Err(JobError::Cancelled)),
        ('d', Ok(4)),
    ];
    assert_eq!(outcomes, expected, "what ran on to its end is an answer");
    assert_eq!(queue.waiting().count(), 0);
}

#[test]
fn stopping_leaves_writing_alone_and_closing_waits_for_it() {
    let hub = hub();
    let writing = hub.writing("Test", |_, ms: u64, job: &Job<'_, ()>| {
        std::thread::sleep(Duration::from_millis(ms));
        job.progress.check()?;
        Ok(ms)
    });
    let mut writing: Queue<(), u64, u64> = writing.unwrap();
    writing.ask((), 20);
    writing.ask((), 21);
    hub.cancel();
    assert!(hub.finish_writing(Duration::from_secs(20)));
    let done = writing.take();
    assert!(done.iter().all(|d| d.outcome.is_ok()) && done.len() == 2);
    writing.ask((), 2000);
    assert!(!hub.finish_writing(Duration::from_millis(20)));
}

/// A large figure could not be stopped.
#[test]
fn what_is_computed_before_it_is_written_can_be_stopped_and_closing_waits_for_it() {
    let hub = Hub::new(Arc::new(Nothing), Wake::default());
    let drawing = hub.drawing("Test", |_, ms: u64, job: &Job<'_, ()>| {
        for _ in 0..ms {
            job.progress.check()?;
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(ms)
    });
    let mut drawing: Queue<(), u64, u64> = drawing.unwrap();
    drawing.ask((), 20);
    assert!(hub.finish_writing(Duration::from_secs(20)));
    let done = drawing.take();
    assert!(matches!(done[0].outcome, Ok(20)), "closing waited");
    drawing.ask((), 1_000_000);
    hub.cancel();
    assert!(hub.finish_writing(Duration::from_secs(20)));
    let done = drawing.take();
    assert!(matches!(done[0].outcome, Err(JobError::Cancelled)));
}
