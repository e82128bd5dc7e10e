//! The Train page: a run is asked for, watched, paused, ended and used.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use egui_kittest::kittest::Queryable as _;
use gyrus::app::Call;
use gyrus::train::{Event, EventFile, TrainPlan};

use super::reading::wait_for;
use crate::support::fake::Fake;
use crate::support::window::{Window, call, open_with, run, settle};

/// The page with a form that is filled in.
fn filled(folder: &Path) -> (Window, Arc<Fake>) {
    let (mut window, fake) = open_with(Fake::default(), Vec::new());
    settle(&mut window, "the demo is read", |app| {
        app.document().decoding().is_some()
    });
    run(&mut window, "train-page");
    wait_for(&mut window, "Start training");
    window.get_by_label("Choose the folder of a corpus.");
    call(&mut window, Call::UseCorpus(folder.join("studies.csv")));
    window.run_steps(2);
    window.get_by_label("Say where the model is written.");
    call(&mut window, Call::WriteModelTo(folder.join("own.gyrus")));
    window.run_steps(2);
    (window, fake)
}

fn sees(window: &Window, words: &str) -> bool {
    window.query_all_by_label_contains(words).next().is_some()
}

fn until(window: &mut Window, words: &str) {
    let begun = std::time::Instant::now();
    while !sees(window, words) {
        assert!(begun.elapsed().as_secs() < 60, "waited in vain for {words}");
        window.step();
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[test]
fn a_run_is_watched_paused_ended_and_its_model_used() {
    let folder = tempfile::tempdir().unwrap();
    let (mut window, fake) = filled(folder.path());
    fake.holds.store(true, Ordering::SeqCst);
    window.get_by_label("Start training").click();
    until(&mut window, "48 studies to learn from, 6 to stop on");
    assert!(window.query_by_label("Start training").is_none());
    fake.holds.store(false, Ordering::SeqCst);
    until(&mut window, "best pass");
    window.get_by_label("Pause").click();
    until(&mut window, "Paused");
    // What is watched stands below the curves.
    until(&mut window, "Map of finger tapping after pass");
    until(&mut window, "Similarities of titles and maps");
    until(&mut window, "What it makes of ");
    window.get_by_label("Stop and keep the best").click();
    until(&mut window, "Done: ");
    window.get_by_label("Use this model now").click();
    settle(&mut window, "the model is used", |_| true);
    // Another run stands beside the first.
    window.get_by_label("Start training").click();
    until(&mut window, "My model (2)");
    until(&mut window, "Done: ");
}

#[test]
fn a_run_that_is_stopped_can_be_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let (mut window, fake) = filled(folder.path());
    fake.holds.store(true, Ordering::SeqCst);
    window.get_by_label("Start training").click();
    until(&mut window, "48 studies to learn from");
    window.get_by_label("Stop").click();
    until(&mut window, "Stopped. Started again with the same settings");
    fake.holds.store(false, Ordering::SeqCst);
    window.get_by_label("Start training").click();
    until(&mut window, "Done: ");
}

#[test]
fn a_run_of_another_program_is_read_along() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl");
    let plan = serde_json::json!({"corpus": "c", "output": "o.gyrus", "name": "Elsewhere"});
    let plan: TrainPlan = serde_json::from_value(plan).unwrap();
    let mut file = EventFile::create(&path, &plan).unwrap();
    let studies = |studies| Event::Config {
        config: plan.config.clone(),
        studies,
    };
    file.write(&studies([100, 20]));
    let (mut window, _) = filled(folder.path());
    call(&mut window, Call::OpenRun(path.clone()));
    until(&mut window, "100 studies to learn from, 20 to stop on");
    file.write(&studies([200, 40]));
    until(&mut window, "200 studies to learn from, 40 to stop on");
    // What is no run is a message.
    std::fs::write(folder.path().join("odd.jsonl"), "no run\n").unwrap();
    call(&mut window, Call::OpenRun(folder.path().join("odd.jsonl")));
    until(&mut window, "The run could not be opened");
}
