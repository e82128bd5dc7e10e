use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;

const TAG: Tag = Tag {
    revision: 1,
    layer: None,
};

fn wait<Q: Send + 'static, R: Send + 'static>(worker: &Worker<Q, R>) -> Vec<Report<R>> {
    for _ in 0..400 {
        let reports = worker.drain();
        if !reports.is_empty() {
            return reports;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("no report within 2 s");
}

/// A decoder that takes its time and looks at its cancel flag.
fn slow(n: u64, progress: &Progress) -> Result<u64, JobError> {
    for step in 0..200 {
        progress.set_fraction(step as f32 / 200.0);
        progress.check()?;
        std::thread::sleep(Duration::from_millis(if n == 1 { 10 } else { 0 }));
    }
    Ok(n)
}

#[test]
fn the_latest_request_wins_and_the_older_result_is_dropped() {
    let worker = Worker::spawn("test", Policy::LatestWins, slow, || ()).unwrap();
    worker.submit(TAG, 1);
    std::thread::sleep(Duration::from_millis(30));
    assert!(worker.activity().is_some());
    for n in 2..=9 {
        worker.submit(
            Tag {
                revision: n,
                layer: None,
            },
            n,
        );
    }
    let begun = Instant::now();
    let reports = wait(&worker);
    assert!(
        begun.elapsed() < Duration::from_millis(900),
        "the slow one was not stopped"
    );
    assert_eq!(reports.len(), 1);
    assert_eq!(reports[0].outcome, Ok(9));
    assert_eq!(reports[0].tag.revision, 9);
}

#[test]
fn a_decoder_deaf_to_cancelling_is_still_overtaken() {
    let deaf = |n: u64, _: &Progress| -> Result<u64, JobError> {
        std::thread::sleep(Duration::from_millis(60));
        Ok(n)
    };
    let worker = Worker::spawn("test", Policy::LatestWins, deaf, || ()).unwrap();
    worker.submit(TAG, 1);
    std::thread::sleep(Duration::from_millis(20));
    worker.submit(TAG, 2);
    assert_eq!(wait(&worker)[0].outcome, Ok(2));
}

#[test]
fn every_file_is_kept() {
    let worker =
        Worker::spawn("test", Policy::KeepAll, |n: u64, _: &Progress| Ok(n), || ()).unwrap();
    for n in 0..5 {
        worker.submit(TAG, n);
    }
    let mut seen = Vec::new();
    while seen.len() < 5 {
        seen.extend(
            wait(&worker)
                .into_iter()
                .filter_map(|report| report.outcome.ok()),
        );
    }
    assert_eq!(seen, [0, 1, 2, 3, 4]);
}

#[test]
fn a_panic_becomes_a_message_and_the_worker_lives_on() {
    let run = |n: u64, _: &Progress| -> Result<u64, JobError> {
        assert!(n != 13, "thirteen");
        Ok(n)
    };
    let woken = Arc::new(AtomicUsize::new(0));
    let wake = {
        let woken = Arc::clone(&woken);
        move || {
            woken.fetch_add(1, Ordering::SeqCst);
        }
    };
    let worker = Worker::spawn("test", Policy::LatestWins, run, wake).unwrap();
    worker.submit(TAG, 13);
    let reports = wait(&worker);
    let Err(JobError::Failed(message)) = &reports[0].outcome else {
        panic!("no message")
    };
    assert!(message.why.contains("thirteen"));
    worker.submit(TAG, 14);
    assert_eq!(wait(&worker)[0].outcome, Ok(14));
    // The last wake-up follows its result closely.
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(woken.load(Ordering::SeqCst), 2);
}

#[test]
fn cancelling_reports_cancelled() {
    let worker = Worker::spawn("test", Policy::LatestWins, slow, || ()).unwrap();
    worker.submit(TAG, 1);
    std::thread::sleep(Duration::from_millis(30));
    worker.cancel();
    assert_eq!(wait(&worker)[0].outcome, Err(JobError::Cancelled));
    assert!(worker.activity().is_none());
}

#[test]
fn finishing_waits_for_all_and_no_longer_than_allowed() {
    let run = |ms: u64, _: &Progress| -> Result<u64, JobError> {
        std::thread::sleep(Duration::from_millis(ms));
        Ok(ms)
    };
    let worker = Worker::spawn("test", Policy::KeepAll, run, || ()).unwrap();
    worker.submit(TAG, 40);
    worker.submit(TAG, 41);
    assert!(worker.finish(Duration::from_secs(10)));
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(worker.drain().len(), 2);
    worker.submit(TAG, 400);
    assert!(!worker.finish(Duration::from_millis(30)));
}
