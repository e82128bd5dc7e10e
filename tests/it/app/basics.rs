//! The window, driven by what screen readers see. Only the slow parts behind it are stand-ins.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, ViewportId, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use gyrus::app::Call;
use gyrus::app::LayerId;
use gyrus::decode::Tail;

use crate::support::fake::Fake;
use crate::support::window::{
    Window, add_only, call, drop_file, edit, names, open, open_with, predict, run, settle,
};

#[test]
fn demo_then_a_click_previews_a_task_and_a_double_click_keeps_it_until_undone() {
    let mut window = open();
    assert_eq!(names(&window).len(), 1);
    let preview = |window: &mut Window, name: &'static str| {
        window
            .get_by_label_contains(&format!("Task {name}"))
            .click();
        settle(window, "the map is previewed", |app| {
            let preview = app.document().preview.as_ref();
            preview.is_some_and(|layer| layer.name == name)
        });
    };
    preview(&mut window, "finger tapping");
    window.get_by_label("Preview finger tapping");
    preview(&mut window, "grasping");
    assert_eq!(names(&window).len(), 1, "no layer yet");
    window.get_by_label("Close preview").click();
    window.run_steps(3);
    assert!(window.state().document().preview.is_none());
    preview(&mut window, "finger tapping");
    window.get_by_label("Keep preview").click();
    settle(&mut window, "the map is a layer", |app| {
        app.document().layers.len() == 2
    });
    assert!(window.state().document().preview.is_none());
    assert_eq!(names(&window)[1], "finger tapping");
    assert!(
        window.state().document().decoding().is_some(),
        "the ranking stays"
    );
    window.get_by_label("Layer finger tapping");
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut window, "undone", |app| {
        app.document().layers.len() == 1
    });
    window.key_press_modifiers(Modifiers::COMMAND, Key::Y);
    settle(&mut window, "redone", |app| {
        app.document().layers.len() == 2
    });
}

#[test]
fn a_broken_file_gives_a_message_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.nii.gz");
    std::fs::write(&path, b"this is no brain").unwrap();
    let mut window = open();
    let before = serde_json::to_value(window.state().document()).unwrap();
    drop_file(&mut window, path);
    let alert = |window: &Window| window.query_by_role(Role::Alert).is_some();
    let begun = Instant::now();
    while !alert(&window) {
        assert!(begun.elapsed() < Duration::from_secs(20), "no message");
        window.step();
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(
        serde_json::to_value(window.state().document()).unwrap(),
        before
    );
    window.get_by_label("Copy message");
    window.get_by_label("Close message").click();
    window.run_steps(3);
    assert!(!alert(&window), "closed");
}

#[test]
fn a_panic_while_computing_becomes_a_message() {
    let fake = Fake {
        panics_on: Some("the impossible"),
        ..Fake::default()
    };
    let (mut window, _) = open_with(fake, Vec::new());
    settle(&mut window, "the demo is read", |app| {
        app.document().decoding().is_some()
    });
    predict(&mut window, "the impossible", None);
    settle(&mut window, "it panicked", |_| true);
    let begun = Instant::now();
    while window.query_by_role(Role::Alert).is_none() {
        assert!(begun.elapsed() < Duration::from_secs(20), "no message");
        window.step();
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(names(&window).len(), 1);
    predict(&mut window, "grasping", None);
    settle(&mut window, "the thread lives on", |app| {
        app.document().layers.len() == 2
    });
}

#[test]
fn a_text_becomes_a_layer() {
    let mut window = open();
    window.key_press(Key::Slash);
    window.run_steps(3);
    let field = window.get_by_label("Type a task or a sentence to see its map…");
    field.type_text("listening to music");
    window.run_steps(2);
    window.key_press(Key::Enter);
    settle(&mut window, "predicted", |app| {
        app.document().layers.len() == 2
    });
    assert_eq!(names(&window)[1], "listening to music");
}

#[test]
fn keys_move_the_crosshair_but_not_while_typing() {
    let mut window = open();
    let cut = |window: &Window| window.state().document().cut_mm;
    run(&mut window, "origin");
    window.run_steps(2);
    for key in [Key::ArrowRight, Key::ArrowUp, Key::PageUp, Key::PageUp] {
        window.key_press(key);
        window.run_steps(2);
    }
    assert_eq!(cut(&window), [1.0, 1.0, 2.0]);
    window.key_press_modifiers(Modifiers::SHIFT, Key::ArrowLeft);
    window.run_steps(2);
    assert_eq!(cut(&window), [-9.0, 1.0, 2.0]);
    window.key_press(Key::X);
    window.run_steps(2);
    assert!(!window.state().document().crosshair);
    window.key_press(Key::R);
    window.run_steps(2);
    window.get_by_label("Convention: radiological");
    window.key_press(Key::ArrowRight);
    window.run_steps(2);
    assert_eq!(
        cut(&window),
        [-10.0, 1.0, 2.0],
        "right of the screen is left of the brain now"
    );
    window.key_press(Key::Slash);
    window.run_steps(2);
    window.key_press(Key::X);
    window.key_press(Key::ArrowRight);
    window.run_steps(2);
    assert!(!window.state().document().crosshair, "x is a letter here");
    assert_eq!(cut(&window), [-10.0, 1.0, 2.0]);
}

#[test]
fn help_and_palette_open_by_key_and_the_palette_flies_to_a_region() {
    let mut window = open();
    window.key_press_modifiers(Modifiers::SHIFT, Key::Questionmark);
    window.run_steps(3);
    window.get_by_label("What keys and mouse do");
    window.key_press(Key::Escape);
    window.run_steps(3);
    assert!(window.query_by_label("What keys and mouse do").is_none());
    window.key_press_modifiers(Modifiers::COMMAND, Key::K);
    window.run_steps(3);
    let field = window.get_by_label("Find a command, task, region or coordinate");
    field.type_text("hippo");
    window.run_steps(3);
    window.key_press(Key::Enter);
    window.run_steps(3);
    assert_eq!(window.state().document().cut_mm, [-26.0, -20.0, -16.0]);
}

#[test]
fn an_overtaken_decoding_never_shows() {
    // Decodings wait at a gate: the order is the test's, whatever the machine does.
    let (fake, gate) = Fake::gated();
    let (mut window, fake) = open_with(fake, Vec::new());
    let step = |window: &mut Window| {
        window.step();
        std::thread::sleep(Duration::from_millis(2));
    };
    let begun = Instant::now();
    while gate.reached.try_recv().is_err() {
        assert!(begun.elapsed() < Duration::from_secs(60), "none begun");
        step(&mut window);
    }
    // While the first one runs, another map is selected.
    let other = crate::support::fake::opened(crate::support::fake::ball("other", [20.0; 3], 5.0));
    add_only(&mut window, other);
    gate.open.send(()).unwrap();
    while gate.reached.try_recv().is_err() {
        assert!(begun.elapsed() < Duration::from_secs(60), "no second one");
        let document = window.state().document();
        assert!(document.results.is_empty(), "the first one was overtaken");
        step(&mut window);
    }
    gate.open.send(()).unwrap();
    settle(&mut window, "decoded", |app| {
        app.document().decoding().is_some()
    });
    assert_eq!(fake.decodes.load(Ordering::SeqCst), 2);
    let document = window.state().document();
    let decoded: Vec<_> = document.results.keys().copied().collect();
    assert_eq!(decoded, [document.layers[1].id]);
}

#[test]
fn an_idle_window_asks_for_no_frame() {
    let mut window = open();
    let begun = Instant::now();
    // Results wake the window once more after they were taken.
    while begun.elapsed() < Duration::from_millis(200) {
        window.step();
        std::thread::sleep(Duration::from_millis(10));
    }
    let delay = window.output().viewport_output[&ViewportId::ROOT].repaint_delay;
    assert!(
        delay > Duration::from_secs(3600),
        "a frame is due in {delay:?}"
    );
}

#[test]
fn the_canvas_says_what_it_shows() {
    let window = open();
    for view in [
        "Sagittal view",
        "Coronal view",
        "Axial view",
        "Glass brain view",
    ] {
        let node = window.get_by_label(view);
        let description = node
            .accesskit_node()
            .data()
            .description()
            .unwrap_or_default()
            .to_owned();
        assert!(description.contains("value"), "{view}: {description}");
        assert!(description.contains("mm"), "{view}: {description}");
    }
}

#[test]
fn a_click_on_a_slice_moves_the_crosshair() {
    let mut window = open();
    let before = window.state().document().cut_mm;
    let rect = window.get_by_label("Axial view").rect();
    let at = rect.center() + vec2(40.0, -30.0);
    window.drag_at(at);
    window.run_steps(2);
    window.drop_at(at);
    window.run_steps(2);
    let after = window.state().document().cut_mm;
    assert!(
        after[0] != before[0] && after[1] != before[1],
        "{before:?} {after:?}"
    );
    assert_eq!(after[2], before[2], "an axial click keeps z");
}

#[test]
fn the_threshold_is_reachable_without_a_mouse_and_one_undo_takes_it_back() {
    let mut window = open();
    let threshold = |window: &Window| window.state().document().layers[0].display.threshold;
    let before = threshold(&window);
    for _ in 0..5 {
        window.get_by_label("Threshold").increment_accesskit();
        window.run_steps(2);
    }
    assert!(threshold(&window) > before);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(3);
    assert_eq!(threshold(&window), before);
}

#[test]
fn an_empty_window_offers_three_things_to_do() {
    let mut window = open();
    edit(&mut window, move |doc| doc.remove(LayerId(1)));
    window.run_steps(3);
    for action in ["Open a map…", "Try the example", "Type a task"] {
        assert!(
            window.query_all_by_label(action).next().is_some(),
            "{action}"
        );
    }
    window.get_by_label("Try the example").click();
    settle(&mut window, "the example is back", |app| {
        app.document().layers.len() == 1
    });
}

#[test]
fn files_given_open_as_layers_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = ["one", "two"]
        .iter()
        .map(|name| {
            let path = folder.path().join(format!("{name}.nii.gz"));
            let map = crate::support::fake::ball(name, [30.0, -20.0, 50.0], 5.0);
            gyrus::volume::write_nifti(&map, &path).unwrap();
            path
        })
        .collect();
    let (mut window, _) = open_with(Fake::default(), paths);
    settle(&mut window, "both are open", |app| {
        app.document().layers.len() == 2
    });
    assert_eq!(names(&window), ["one", "two"]);
}

#[test]
fn every_tab_and_both_themes_are_drawn_with_all_their_letters() {
    let mut window = open();
    for command in window.state().commands() {
        if !["quit", "undo", "remove-layer", "right-panel"].contains(&command) {
            run(&mut window, command);
        }
    }
    for sheet in ["figure", "derive"] {
        run(&mut window, sheet);
    }
    run(&mut window, "help");
    run(&mut window, "palette");
    window.run_steps(3);
    for tab in ["Studies", "Info", "Decode"] {
        window.get_by_role_and_label(Role::Tab, tab).click();
        settle(&mut window, tab, |_| true);
    }
}

/// Saves what is on screen.
fn figure_to(window: &mut Window, path: &Path) {
    call(window, Call::SaveFigure(path.to_owned()));
}

#[test]
fn picture_and_layer_are_saved() {
    let folder = tempfile::tempdir().unwrap();
    let (picture, map) = (folder.path().join("p.png"), folder.path().join("m.nii.gz"));
    let mut window = open();
    figure_to(&mut window, &picture);
    call(&mut window, Call::SaveMap(map.clone()));
    settle(&mut window, "both are written", |_| {
        picture.exists() && map.exists()
    });
    assert_eq!(image::open(&picture).unwrap().width(), 2560);
    let saved = gyrus::volume::open(&map, &gyrus::progress::Progress::new()).unwrap();
    let shown = window.state().document().layers[0].volume.clone().unwrap();
    assert_eq!(saved.grid.shape, shown.grid.shape);
}

#[test]
fn a_picture_that_cannot_be_written_is_a_message() {
    let mut window = open();
    let nowhere = Path::new("/nowhere/at/all.png");
    figure_to(&mut window, nowhere);
    settle(&mut window, "it failed", |_| true);
    let begun = Instant::now();
    while window.query_by_role(Role::Alert).is_none() {
        assert!(begun.elapsed() < Duration::from_secs(20), "no message");
        window.step();
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn stopping_and_closing_lose_no_save() {
    let folder = tempfile::tempdir().unwrap();
    let (picture, map) = (folder.path().join("p.png"), folder.path().join("m.nii.gz"));
    let mut window = open();
    call(&mut window, Call::SaveMap(map.clone()));
    run(&mut window, "stop");
    window.step();
    // A figure is drawn for a while: "stop" ends it, closing does not.
    figure_to(&mut window, &picture);
    drop(window);
    assert_eq!(image::open(&picture).unwrap().width(), 2560);
    assert!(gyrus::volume::open(&map, &gyrus::progress::Progress::new()).is_ok());
}

#[test]
fn quick_clicks_give_one_layer_each_and_the_same_task_is_selected_again() {
    let mut window = open();
    let ask = |window: &mut Window, n: usize| {
        predict(
            window,
            crate::support::fake::TASKS[n],
            Some(format!("trm_{n}")),
        );
    };
    for n in [0, 0, 1, 2] {
        ask(&mut window, n);
    }
    settle(&mut window, "three maps are predicted", |app| {
        app.document().layers.len() >= 4
    });
    assert_eq!(
        names(&window)[1..],
        ["finger tapping", "overt movement", "grasping"]
    );
    let wanted = window.state().document().layers[2].id;
    ask(&mut window, 1);
    settle(&mut window, "selected", |_| true);
    assert_eq!(names(&window).len(), 4);
    assert_eq!(window.state().document().selected, Some(wanted));
}

#[test]
fn a_new_map_is_shown_from_its_leading_side_and_the_cut_stays_in_the_head() {
    let mut window = open();
    edit(&mut window, |doc| doc.set_tail(Some(Tail::Neg)));
    settle(&mut window, "the negative side is shown", |app| {
        app.document().decoding().is_some()
    });
    run(&mut window, "open-example");
    settle(&mut window, "the second map is read", |app| {
        app.document().layers.len() == 2 && app.document().decoding().is_some()
    });
    assert_eq!(window.state().document().tail, None);
    edit(&mut window, |doc| doc.move_to([-190.0, 190.0, 3.0]));
    window.run_steps(2);
    let [x, y, z] = window.state().document().cut_mm;
    assert!(x > -101.0 && y < 101.0 && z == 3.0, "{x} {y} {z}");
}

#[test]
fn a_side_that_cannot_be_decoded_says_why_where_its_ranking_would_be() {
    let fake = Fake {
        unreadable: true,
        ..Fake::default()
    };
    let (mut window, _) = open_with(fake, Vec::new());
    settle(&mut window, "tried", |app| {
        !app.document().layers.is_empty()
    });
    window.get_by_label_contains("no positive value in the brain");
    window.get_by_label_contains("Choose “Negative values” below");
    assert!(window.query_by_role(Role::Alert).is_none(), "said once");
}
