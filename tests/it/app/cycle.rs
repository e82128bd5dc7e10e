//! From a map to tasks, studies, their meta-analysis and back, on one page.

use egui_kittest::kittest::Queryable as _;

use crate::support::window::{Window, names, open, run, settle};

fn wait_for(window: &mut Window, words: &str) {
    let begun = std::time::Instant::now();
    while window.query_by_label_contains(words).is_none() {
        assert!(begun.elapsed().as_secs() < 20, "waited in vain for {words}");
        window.step();
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    // What else arrives moves the buttons: a click between its two events would miss one.
    settle(window, words, |_| true);
}

#[test]
fn each_step_follows_from_the_one_before() {
    let mut window = open();
    run(&mut window, "cycle");
    wait_for(&mut window, "Where those");
    assert!(window.query_by_label_contains("Highest z").is_none());
    window.get_by_label("Bring their peaks together").click();
    wait_for(&mut window, "Highest z");
    wait_for(&mut window, "r 0.41 with");
    wait_for(
        &mut window,
        "of its first ten tasks are among those of the start",
    );
    let layers = names(&window).len();
    window.get_by_label("Keep as a layer").click();
    settle(&mut window, "kept", |app| {
        app.document().layers.len() == layers + 1
    });
    run(&mut window, "undo");
    assert_eq!(names(&window).len(), layers);
    window.get_by_label("Show on the brain").click();
    settle(&mut window, "shown", |app| app.document().preview.is_some());
    assert!(
        window
            .query_by_label("Bring their peaks together")
            .is_none()
    );
}

#[test]
fn it_begins_again_with_a_region() {
    let mut window = open();
    run(&mut window, "cycle");
    wait_for(&mut window, "Where those");
    let before = names(&window).len();
    window.get_by_label("A sphere at the crosshair").click();
    settle(&mut window, "the sphere", |app| {
        app.document().layers.len() == before + 1
    });
    wait_for(&mut window, "Where those");
    let sphere = names(&window).pop().unwrap();
    assert!(window.query_all_by_label_contains(&sphere).count() >= 1);
}
