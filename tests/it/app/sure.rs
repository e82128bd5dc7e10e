//! Why a map is decoded as a task, what all maps mean side by side, tasks in the plane, tasks to read.

use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use gyrus::app::{Call, Copied, Source};

use crate::support::fake::{ball, opened};
use crate::support::window::{Window, call, edit, open, open_with_clipboard, run, settle};

fn decoded() -> Window {
    let mut window = open();
    settle(&mut window, "the demo is read", |app| {
        app.document().decoding().is_some()
    });
    window
}

/// Clicks a widget and waits for what follows.
fn click(window: &mut Window, label: &str) {
    window.get_by_label(label).click();
    window.run_steps(3);
}

#[test]
fn a_task_tells_why_and_shows_its_places_which_can_be_kept_and_undone() {
    let mut window = decoded();
    let layers = window.state().document().layers.len();
    let selected = window.state().document().selected;
    click(&mut window, "Why this task");
    settle(&mut window, "found", |app| app.desk().tab == "Why");
    settle(&mut window, "found", |_| true);
    window.run_steps(3);
    assert!(window.query_by_label("Why finger tapping?").is_some());
    let _ = window.get_by_label("Left precentral 60 %");
    let _ = window.get_by_label("Regions that speak against it");
    // Another task of the ranking.
    click(&mut window, "grasping");
    settle(&mut window, "found", |_| true);
    assert!(window.query_by_label("Why grasping?").is_some());
    click(&mut window, "Show on the brain");
    settle(&mut window, "shown", |app| app.document().preview.is_some());
    assert_eq!(window.state().document().layers.len(), layers);
    click(&mut window, "Keep as a layer");
    settle(&mut window, "kept", |app| {
        app.document().layers.len() > layers
    });
    let document = window.state().document();
    assert!(document.preview.is_none());
    assert_eq!(
        document.selected, selected,
        "the ranking that is read stays"
    );
    let kept = document.layers.last().unwrap();
    assert!(
        matches!(&kept.source, Source::Carried { task, .. } if task == "grasping"),
        "{:?}",
        kept.source
    );
    run(&mut window, "undo");
    settle(&mut window, "undone", |app| {
        app.document().layers.len() == layers
    });
    // A region is gone to.
    let before = window.state().document().cut_mm;
    click(&mut window, "Right insula 40 %");
    settle(&mut window, "gone to", |app| {
        app.document().cut_mm != before
    });
}

#[test]
fn contributions_kept_in_a_session_are_made_again() {
    let mut window = decoded();
    run(&mut window, "why");
    settle(&mut window, "found", |_| true);
    window.run_steps(3);
    run(&mut window, "keep-why");
    settle(&mut window, "kept", |app| app.document().layers.len() > 1);
    edit(&mut window, |doc| {
        let id = doc.layers.last().map(|layer| layer.id).unwrap();
        doc.remove(id);
    });
    settle(&mut window, "removed", |app| {
        app.document().layers.len() == 1
    });
    run(&mut window, "undo");
    let all_there = |app: &gyrus::app::GyrusApp| {
        let layers = &app.document().layers;
        layers.len() == 2 && layers.iter().all(|layer| layer.volume.is_some())
    };
    settle(&mut window, "there again", all_there);
    // Saved and opened, when layers get other numbers.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kept.gyrus-session");
    call(&mut window, Call::SaveSession(path.clone()));
    settle(&mut window, "saved", |_| path.exists());
    let before = window.state().document().layers[1].id;
    call(&mut window, Call::Open(vec![path]));
    settle(&mut window, "opened", |app| {
        all_there(app) && app.document().layers[1].id != before
    });
    let layers = &window.state().document().layers;
    assert!(
        matches!(&layers[1].source, Source::Carried { origin, .. } if origin.layer == layers[0].id),
        "{:?}",
        layers[1].source
    );
}

#[test]
fn all_maps_are_decoded_side_by_side() {
    let (mut window, memory) = open_with_clipboard();
    settle(&mut window, "the demo is read", |app| {
        app.document().decoding().is_some()
    });
    edit(&mut window, |doc| {
        for n in 0..20 {
            let centre = [-60.0 + 6.0 * f64::from(n), -22.0, 54.0];
            doc.add_layer(opened(ball(&format!("map {n}"), centre, 6.0)));
        }
    });
    settle(&mut window, "drawn", |_| true);
    window.key_press_modifiers(Modifiers::SHIFT, Key::T);
    window.run_steps(3);
    settle(&mut window, "all decoded", |app| {
        app.document().results.len() == 21
    });
    let _ = window.get_by_label("What 21 maps mean");
    // A click on a cell selects its map.
    let first = window.state().document().layers[3].id;
    let cells = window.get_all_by_label_contains("finger tapping in map 2");
    let cell = cells.into_iter().next().unwrap();
    cell.click();
    window.run_steps(3);
    settle(&mut window, "selected", |app| {
        app.document().selected == Some(first)
    });
    // The arrow keys go on from there, to the map below in the list and to other rows.
    let crosshair = window.state().document().cut_mm;
    window.key_press(Key::ArrowRight);
    window.run_steps(3);
    settle(&mut window, "the next map", |app| {
        app.document().selected.is_some_and(|id| id != first)
    });
    (0..30).for_each(|_| window.key_press(Key::ArrowDown));
    window.run_steps(3);
    assert_eq!(window.state().document().cut_mm, crosshair);
    click(&mut window, "Domains");
    click(&mut window, "Copy table of all maps");
    settle(&mut window, "copied", |_| memory.last().is_some());
    let Some(Copied::Text(table)) = memory.last() else {
        panic!("a table");
    };
    assert!(table.starts_with("name,id,"), "{table}");
    assert_eq!(table.lines().next().unwrap().split(',').count(), 2 + 3 * 21);
    window.key_press(Key::Escape);
    window.run_steps(3);
    assert!(window.state().desk().page.is_none());
}

#[test]
fn tasks_lie_in_the_plane_with_the_maps_among_them() {
    let mut window = decoded();
    run(&mut window, "landscape-page");
    settle(&mut window, "placed", |app| app.desk().page.is_some());
    settle(&mut window, "drawn", |_| true);
    window.run_steps(3);
    let _ = window.get_by_label("Plane of 14 tasks with 1 maps");
    click(&mut window, "Show concepts");
    window.key_press(Key::Escape);
    window.run_steps(3);
    assert!(window.state().desk().page.is_none());
}

#[test]
fn tasks_are_found_read_and_shown() {
    let mut window = decoded();
    run(&mut window, "ontology-page");
    settle(&mut window, "open", |app| app.desk().page.is_some());
    window.run_steps(3);
    let field = window.get_by_label("Look for a task, a concept or a word…");
    field.focus();
    field.type_text("n-back");
    window.run_steps(4);
    let found = window.get_all_by_label_contains("Read about").count();
    assert!((1..20).contains(&found), "{found}");
    click(&mut window, "Show the map predicted for it");
    settle(&mut window, "predicted", |app| {
        app.document().preview.is_some() && app.desk().page.is_none()
    });
}
