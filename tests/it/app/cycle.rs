//! From a map to tasks, studies, their meta-analysis and back, on one page.

use egui_kittest::kittest::Queryable as _;

use crate::support::window::{Window, names, open, run};

fn wait_for(window: &mut Window, words: &str) {
    let begun = std::time::Instant::now();
    while window.query_by_label_contains(words).is_none() {
        assert!(begun.elapsed().as_secs() < 20, "waited in vain for {words}");
        window.step();
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// Clicks until it is done: a click between whose two events the page moves misses its button.
fn click(window: &mut Window, label: &str, done: impl Fn(&Window) -> bool) {
    let begun = std::time::Instant::now();
    while !done(window) {
        assert!(begun.elapsed().as_secs() < 20, "{label} does nothing");
        if let Some(button) = window.query_by_label(label) {
            button.click();
        }
        for _ in 0..20 {
            window.step();
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }
}

#[test]
fn each_step_follows_from_the_one_before() {
    let mut window = open();
    run(&mut window, "cycle");
    wait_for(&mut window, "Where those");
    assert!(window.query_by_label_contains("Highest z").is_none());
    click(&mut window, "Bring their peaks together", |w| {
        w.query_by_label("Bring their peaks together").is_none()
    });
    wait_for(&mut window, "Highest z");
    wait_for(&mut window, "r 0.41 with");
    wait_for(
        &mut window,
        "of its first ten tasks are among those of the start",
    );
    let layers = names(&window).len();
    click(&mut window, "Keep as a layer", |w| {
        names(w).len() == layers + 1
    });
    run(&mut window, "undo");
    assert_eq!(names(&window).len(), layers);
    click(&mut window, "Show on the brain", |w| {
        w.state().document().preview.is_some()
    });
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
    click(&mut window, "A sphere at the crosshair", |w| {
        names(w).len() > before
    });
    wait_for(&mut window, "Where those");
    let sphere = names(&window).pop().unwrap();
    assert!(window.query_all_by_label_contains(&sphere).count() >= 1);
}
