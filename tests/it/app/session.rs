//! Sessions, recent files and folders, driven as a user would.

use gyrus::volume::WarningCode;
use std::path::Path;

use eframe::egui::Key;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::support::fake::{Fake, ball};
use gyrus::app::Call;
use gyrus::app::{Edge, LayerId, read_session};

use crate::support::window::{
    call, drop_file, edit, names, open, open_with, run, settle, type_path,
};

fn write_ball(path: &Path, name: &str, centre: [f64; 3]) {
    gyrus::volume::write_nifti(&ball(name, centre, 6.0), path).unwrap();
}

/// Two maps in a folder within the session's, a threshold, a place.
fn a_session(folder: &Path) -> std::path::PathBuf {
    let maps = folder.join("maps");
    std::fs::create_dir(&maps).unwrap();
    write_ball(&maps.join("one.nii.gz"), "one", [-40.0, -20.0, 50.0]);
    write_ball(&maps.join("two.nii.gz"), "two", [40.0, 20.0, 30.0]);
    let files = vec![maps.join("one.nii.gz"), maps.join("two.nii.gz")];
    let (mut window, _) = open_with(Fake::default(), files);
    settle(&mut window, "both are open", |app| {
        app.document().layers.len() == 2
    });
    let second = window.state().document().layers[1].id;
    edit(&mut window, move |doc| {
        doc.set_edge(second, false, Edge::Threshold, 2.25)
    });
    edit(&mut window, |doc| doc.move_to([12.0, -34.0, 20.0]));
    let path = folder.join("study.gyrus-session");
    call(&mut window, Call::SaveSession(path.clone()));
    settle(&mut window, "saved", |_| path.exists());
    path
}

#[test]
fn a_session_comes_back_whole_after_its_folder_has_moved() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().join("here");
    std::fs::create_dir(&here).unwrap();
    a_session(&here);
    let there = folder.path().join("there");
    std::fs::rename(&here, &there).unwrap();

    let mut window = open();
    let before = window.state().document().cut_mm;
    let text = std::fs::read_to_string(there.join("study.gyrus-session")).unwrap();
    assert!(text.contains("\"maps/one.nii.gz\""), "relative: {text}");
    drop_file(&mut window, there.join("study.gyrus-session"));
    settle(&mut window, "the session is open", |app| {
        let layers = &app.document().layers;
        layers.len() == 2 && layers.iter().all(|layer| layer.volume.is_some())
    });
    let document = window.state().document();
    assert_eq!(names(&window), ["one", "two"]);
    assert_eq!(document.cut_mm, [12.0, -34.0, 20.0]);
    assert_eq!(document.layers[1].display.threshold, 2.25);
    assert!(document.decoding().is_some(), "the map is read again");
    assert!(
        document.layers.iter().all(|layer| layer.id > LayerId(1)),
        "no number of the demo's is used twice"
    );
    window.get_by_label("Layer two");

    // The demo was taken away by the session: undo brings it back, redo the session.
    run(&mut window, "undo");
    assert_eq!(names(&window).len(), 1);
    assert_eq!(window.state().document().cut_mm, before);
    run(&mut window, "redo");
    assert_eq!(window.state().document().cut_mm, [12.0, -34.0, 20.0]);
    let layers = &window.state().document().layers;
    assert!(layers.iter().all(|layer| layer.volume.is_some()));
}

#[test]
fn a_missing_map_is_a_message_and_the_rest_opens() {
    let folder = tempfile::tempdir().unwrap();
    let path = a_session(folder.path());
    let away = folder.path().join("renamed.nii.gz");
    std::fs::rename(folder.path().join("maps/one.nii.gz"), &away).unwrap();

    let mut window = open();
    drop_file(&mut window, path.clone());
    settle(&mut window, "the rest is open", |app| {
        let layers = &app.document().layers;
        layers.len() == 2 && layers[1].volume.is_some()
    });
    assert_eq!(names(&window), ["one", "two"], "nothing is forgotten");
    let alert = window.get_by_role(Role::Alert);
    let said = alert.accesskit_node().label().unwrap_or_default();
    assert!(said.contains("Could not"), "{said}");
    window.get_by_label("Find the file of one");

    // Saved again now, the session still names the missing map.
    call(&mut window, Call::SaveSession(path.clone()));
    settle(&mut window, "saved", |_| true);
    let kept = read_session(&path).unwrap();
    assert_eq!(kept.layers.len(), 2);

    window.get_by_label("Find the file of one").click();
    window.run_steps(3);
    type_path(&mut window, &away);
    settle(&mut window, "found", |app| {
        app.document().layers[0].volume.is_some()
    });
    assert!(window.query_by_label("Find the file of one").is_none());
}

#[test]
fn a_changed_map_opens_with_a_note() {
    let folder = tempfile::tempdir().unwrap();
    let path = a_session(folder.path());
    write_ball(
        &folder.path().join("maps/two.nii.gz"),
        "two",
        [0.0, 0.0, 0.0],
    );
    let mut window = open();
    drop_file(&mut window, path);
    settle(&mut window, "open", |app| {
        let layers = &app.document().layers;
        layers.len() == 2 && layers.iter().all(|layer| layer.volume.is_some())
    });
    let codes = |n: usize| -> Vec<WarningCode> {
        let layer = &window.state().document().layers[n];
        let volume = layer.volume.as_ref().unwrap();
        volume.warnings.iter().map(|w| w.code).collect()
    };
    assert!(!codes(0).contains(&WarningCode::ChangedSinceSaved));
    assert!(codes(1).contains(&WarningCode::ChangedSinceSaved));
}

#[test]
fn a_broken_session_is_a_message_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.gyrus-session");
    std::fs::write(&path, b"{\"gyrus_session\": 1").unwrap();
    let mut window = open();
    let before = names(&window);
    drop_file(&mut window, path);
    settle(&mut window, "said", |_| true);
    window.get_by_role(Role::Alert);
    assert_eq!(names(&window), before);
}

#[test]
fn the_maps_of_a_folder_open_in_order() {
    let folder = tempfile::tempdir().unwrap();
    for (n, x) in [(2, 10.0), (10, 20.0), (1, 0.0)] {
        let path = folder.path().join(format!("sub-{n}_z.nii.gz"));
        write_ball(&path, "", [x, 0.0, 20.0]);
    }
    std::fs::write(folder.path().join("notes.txt"), b"no map").unwrap();
    let mut window = open();
    drop_file(&mut window, folder.path().to_owned());
    settle(&mut window, "all are open", |app| {
        app.document().layers.len() == 3
    });
    assert_eq!(names(&window), ["sub-1_z", "sub-2_z", "sub-10_z"]);

    let empty = tempfile::tempdir().unwrap();
    drop_file(&mut window, empty.path().to_owned());
    settle(&mut window, "said", |_| true);
    window.get_by_role(Role::Alert);
    assert_eq!(names(&window).len(), 3);
}

#[test]
fn a_recent_file_is_in_the_menu_and_opens_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("again.nii.gz");
    write_ball(&path, "again", [0.0, 0.0, 20.0]);
    let mut window = open();
    drop_file(&mut window, path);
    settle(&mut window, "open", |app| {
        app.document().layers[0].name == "again"
    });
    window.get_by_label("File").click();
    window.run_steps(3);
    window.get_by_label("Open recent").click();
    window.run_steps(3);
    window.get_by_label("again.nii.gz").click();
    settle(&mut window, "open twice", |app| {
        app.document().layers.len() == 2
    });
}

#[test]
fn without_a_file_dialog_a_path_is_typed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("typed.nii.gz");
    let mut window = open();
    let first = window.state().document().layers[0].id;
    edit(&mut window, move |doc| doc.rename(first, "my map"));
    run(&mut window, "save-map");
    let name = "Path of the file";
    let field = window.get_by_label(name);
    let suggested = field.accesskit_node().value().unwrap_or_default();
    assert!(suggested.ends_with("my_map.nii.gz"), "{suggested}");
    window.key_press(Key::Escape);
    window.run_steps(3);
    assert!(window.query_by_label(name).is_none(), "Escape closes it");

    run(&mut window, "save-map");
    type_path(&mut window, &path);
    settle(&mut window, "saved", |_| path.exists());
    assert!(window.query_by_label(name).is_none());
    let saved = gyrus::volume::open(&path, &gyrus::progress::Progress::new()).unwrap();
    assert!(saved.stats().nonzero > 0);
}
