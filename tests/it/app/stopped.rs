//! What was stopped can be asked for again, and is not asked for by itself.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use egui_kittest::kittest::Queryable as _;
use gyrus::app::{AtlasChoice, Call};

use crate::support::fake::{Fake, ball, opened};
use crate::support::window::{add, call, open_with, run, settle, type_path};

/// Stopped, the atlas was asked for again in the next frame, for ever.
#[test]
fn an_atlas_that_was_stopped_is_not_read_again() {
    let (mut window, fake) = open_with(Fake::default(), Vec::new());
    settle(&mut window, "read", |app| {
        app.document().decoding().is_some()
    });
    fake.holds.store(true, Ordering::SeqCst);
    let path = PathBuf::from("/somewhere/atlas.nii");
    let choice = AtlasChoice { path, table: None };
    call(&mut window, Call::UseAtlas(Some(choice)));
    assert!(window.state().is_busy());
    run(&mut window, "stop");
    settle(&mut window, "stopped", |_| true);
    window.run_steps(5);
    assert!(!window.state().is_busy());
    assert!(window.state().document().analysis.atlas.is_none());
    assert_eq!(window.state().desk().messages.errors().count(), 0);
}

#[test]
fn a_search_for_studies_that_was_stopped_is_made_when_asked_for() {
    let (mut window, fake) = open_with(Fake::default(), Vec::new());
    settle(&mut window, "read", |app| {
        app.document().decoding().is_some()
    });
    fake.holds.store(true, Ordering::SeqCst);
    call(&mut window, Call::ShowTab("Studies"));
    assert!(window.state().is_busy());
    run(&mut window, "stop");
    settle(&mut window, "stopped", |_| true);
    assert!(window.query_by_label_contains("PMID").is_none());
    fake.holds.store(false, Ordering::SeqCst);
    window.get_by_label("Search again").click();
    // Asked in the frame after the click.
    let begun = std::time::Instant::now();
    while window.query_all_by_label_contains("PMID").count() <= 3 {
        assert!(begun.elapsed().as_secs() < 20, "found nothing");
        window.step();
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

/// The command said that the maps were not compared yet, unless the numbers were on screen already.
#[test]
fn correlations_are_saved_whether_they_are_shown_or_not() {
    let (mut window, _) = open_with(Fake::default(), Vec::new());
    settle(&mut window, "read", |app| {
        app.document().decoding().is_some()
    });
    run(&mut window, "save-matrix");
    assert!(window.query_by_label("Path of the file").is_none());
    add(&mut window, opened(ball("other", [20.0, 0.0, 10.0], 5.0)));
    run(&mut window, "save-matrix");
    settle(&mut window, "compared", |_| true);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.csv");
    type_path(&mut window, &path);
    settle(&mut window, "saved", |_| path.exists());
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.lines().count() >= 2 && text.contains("other"),
        "{text}"
    );
}
