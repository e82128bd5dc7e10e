//! The file browser of the window, driven by keys and clicks.

use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::support::fake::{Fake, ball};
use crate::support::window::{Window, names, open, open_with, run, settle, type_path};

const FIELD: &str = "Path of the file";

fn typed(window: &Window) -> String {
    let field = window.get_by_label(FIELD);
    field.accesskit_node().value().unwrap_or_default()
}

/// A folder with maps and others, and a folder within.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("inner")).unwrap();
    for name in ["alpha.nii.gz", "beta.nii.gz", "inner/gamma.nii.gz"] {
        let map = ball(name, [-40.0, -22.0, 54.0], 6.0);
        gyrus::volume::write_nifti(&map, &folder.path().join(name)).unwrap();
    }
    std::fs::write(folder.path().join("notes.txt"), "no map").unwrap();
    std::fs::write(folder.path().join(".hidden.nii"), "no map").unwrap();
    folder
}

/// Opens the browser in a folder.
fn browse(window: &mut Window, command: &'static str, folder: &std::path::Path) {
    run(window, command);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(1);
    let text = format!("{}/", folder.display());
    window.get_by_label(FIELD).type_text(&text);
    listed(window, "File alpha.nii.gz");
}

/// Waits until an entry is listed.
fn listed(window: &mut Window, label: &str) {
    for _ in 0..500 {
        window.step();
        if window.query_by_label(label).is_some() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("{label} is not listed");
}

#[test]
fn folders_and_files_of_the_kind_asked_for_are_listed() {
    let folder = folder();
    let mut window = open();
    browse(&mut window, "open", folder.path());
    assert!(window.query_by_label("Folder inner").is_some());
    assert!(window.query_by_label("File notes.txt").is_none());
    assert!(window.query_by_label("File .hidden.nii").is_none());
    window.get_by_label("Hidden files").click();
    window.run_steps(2);
    assert!(window.query_by_label("File .hidden.nii").is_some());
    window.get_by_label("Folder inner").click();
    window.run_steps(2);
    listed(&mut window, "File gamma.nii.gz");
    window.get_by_label("Up").click();
    listed(&mut window, "File beta.nii.gz");
}

#[test]
fn names_are_completed_and_chosen_by_keys_alone() {
    let folder = folder();
    let mut window = open();
    browse(&mut window, "open", folder.path());
    window.get_by_label(FIELD).type_text("al");
    window.run_steps(2);
    window.key_press(Key::Tab);
    window.run_steps(2);
    assert!(
        typed(&window).ends_with("/alpha.nii.gz"),
        "{}",
        typed(&window)
    );
    window.key_press(Key::ArrowDown);
    window.run_steps(2);
    assert!(
        typed(&window).ends_with("/beta.nii.gz"),
        "{}",
        typed(&window)
    );
    window.key_press(Key::Enter);
    settle(&mut window, "opened", |app| {
        app.document()
            .layers
            .iter()
            .any(|l| l.name.contains("beta"))
    });
    assert!(window.query_by_label(FIELD).is_none());
}

#[test]
fn several_marked_files_are_opened_together() {
    let folder = folder();
    let mut window = open();
    browse(&mut window, "open", folder.path());
    for _ in 0..2 {
        window.key_press(Key::ArrowDown);
        window.run_steps(2);
    }
    window.key_press(Key::Insert);
    window.run_steps(2);
    window.key_press(Key::ArrowDown);
    window.run_steps(2);
    window.key_press(Key::Insert);
    window.run_steps(2);
    window.get_by_label("Open 2 files").click();
    settle(&mut window, "opened", |app| {
        app.document().layers.len() == 2
    });
    assert_eq!(names(&window).len(), 2);
}

#[test]
fn a_file_is_replaced_only_when_asked() {
    let folder = folder();
    let path = folder.path().join("alpha.nii.gz");
    let before = std::fs::read(&path).unwrap();
    let mut window = open();
    run(&mut window, "save-map");
    type_path(&mut window, &path);
    window.run_steps(3);
    window.get_by_label("Keep it").click();
    window.run_steps(3);
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert!(
        typed(&window).ends_with("alpha.nii.gz"),
        "back in the browser"
    );
    window.key_press(Key::Enter);
    window.run_steps(3);
    window.get_by_label("Replace").click();
    settle(&mut window, "replaced", |_| {
        std::fs::read(&path).unwrap() != before
    });
}

/// The question was asked of the name as typed, and the file with the ending replaced without one.
#[test]
fn a_name_without_its_ending_is_asked_about_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("peaks.csv");
    std::fs::write(&path, "mine").unwrap();
    let mut window = open();
    run(&mut window, "save-peaks");
    type_path(&mut window, &folder.path().join("peaks"));
    window.run_steps(3);
    window.get_by_label("Keep it").click();
    window.run_steps(3);
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
}

#[test]
fn a_figure_is_refused_where_its_name_ends_as_no_picture_does() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fig.pdf");
    let mut window = open();
    run(&mut window, "figure");
    window.get_by_label("Save…").click();
    window.run_steps(3);
    type_path(&mut window, &path);
    window.run_steps(3);
    assert!(window.query_by_label_contains("ends in .png").is_some());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// It was written over without a word where the system's dialog, or nobody, asked.
#[test]
fn nothing_is_saved_over_a_map_that_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.nii");
    let map = ball("mine", [20.0, 0.0, 10.0], 5.0);
    gyrus::volume::write_nifti(&map, &path).unwrap();
    let before = std::fs::read(&path).unwrap();
    let (mut window, _) = open_with(Fake::default(), vec![path.clone()]);
    settle(&mut window, "read", |app| {
        app.document().decoding().is_some()
    });
    run(&mut window, "save-map");
    type_path(&mut window, &path);
    window.run_steps(3);
    let why = "mine.nii is in use here and would be lost: give the file a name of its own";
    assert!(window.query_by_label(why).is_some());
    assert!(window.query_by_label("Replace").is_none());
    assert_eq!(std::fs::read(&path).unwrap(), before);
    let other = folder.path().join("other.nii");
    type_path(&mut window, &other);
    settle(&mut window, "saved", |_| other.exists());
}
