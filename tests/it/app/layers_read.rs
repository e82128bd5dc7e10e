//! Frames, atlases, comparison, derived layers and kinds of values, driven as a user would.

use std::path::{Path, PathBuf};

use eframe::egui::Key;
use egui_kittest::kittest::Queryable as _;
use gyrus::app::Call;
use gyrus::app::{AtlasChoice, Edge, Source};
use gyrus::measure::Operation;
use gyrus::volume::{MapKind, VolumeData};

use crate::app::reading::{labels, wait_for};
use crate::support::fake::{Fake, ball};
use crate::support::nifti_bytes::Nifti;
use crate::support::window::{Window, call, drop_file, edit, names, open, open_with, run, settle};

fn write_ball(folder: &Path, name: &str, centre: [f64; 3]) -> PathBuf {
    let path = folder.join(format!("{name}.nii.gz"));
    gyrus::volume::write_nifti(&ball(name, centre, 6.0), &path).unwrap();
    path
}

/// Two maps whose balls overlap.
fn two(folder: &Path) -> Window {
    let files = vec![
        write_ball(folder, "first", [-40.0, -20.0, 50.0]),
        write_ball(folder, "second", [-30.0, -20.0, 50.0]),
    ];
    let (mut window, _) = open_with(Fake::default(), files);
    settle(&mut window, "both are open", |app| {
        app.document().layers.len() == 2
    });
    window
}

/// Five frames of 6 × 5 × 4 voxels; voxel v of frame t holds 100 t + v.
fn frames(folder: &Path) -> PathBuf {
    let values: Vec<f32> = (0..5)
        .flat_map(|t| (0..120).map(move |v| (100 * t + v) as f32 + 0.5))
        .collect();
    let mut file = Nifti::float32(&[6, 5, 4, 5], &values);
    // 2.5 s from one frame to the next.
    file.f32(76 + 16, 2.5).header[123] = 2 | 8;
    let path = folder.join("frames.nii");
    std::fs::write(&path, file.bytes()).unwrap();
    path
}

fn frame(window: &Window) -> usize {
    let document = window.state().document();
    document
        .selected_layer()
        .unwrap()
        .volume
        .as_ref()
        .unwrap()
        .frame
}

#[test]
fn frames_are_stepped_through_undone_and_plotted() {
    let folder = tempfile::tempdir().unwrap();
    let (mut window, _) = open_with(Fake::default(), vec![frames(folder.path())]);
    settle(&mut window, "open", |app| app.document().layers.len() == 1);
    assert_eq!(frame(&window), 0);
    window.get_by_label("Frame shown");
    // Three steps at once: the last one counts, whatever was read between.
    for _ in 0..3 {
        window.key_press(Key::Period);
    }
    settle(&mut window, "frame 4", |app| {
        app.document().layers[0].volume.as_ref().unwrap().frame == 3
    });
    window.key_press(Key::Comma);
    settle(&mut window, "frame 3", |app| {
        app.document().layers[0].volume.as_ref().unwrap().frame == 2
    });
    let layer = &window.state().document().layers[0];
    assert!(matches!(layer.source, Source::File { frame: 2, .. }));
    let values = layer
        .volume
        .as_ref()
        .unwrap()
        .data
        .scalar()
        .unwrap()
        .clone();
    assert_eq!(values[7], 207.5);
    // All steps are one.
    run(&mut window, "undo");
    assert_eq!(frame(&window), 0);
    // One that is given up at once does not come.
    let layer = window.state().document().layers[0].id;
    for frame in [4, 0] {
        call(&mut window, Call::SetFrame(layer, frame));
    }
    settle(&mut window, "given up", |_| true);
    assert_eq!(frame(&window), 0);
    // The voxel at the crosshair in all frames.
    edit(&mut window, |doc| doc.go_to_voxel([1.0, 1.0, 0.0]));
    call(&mut window, Call::ShowTab("Values"));
    window.get_by_label("Plot the time course here").click();
    wait_for(&mut window, "voxel 1 1 0 of frames");
    let plot = labels(&window, "Time course of 5 frames");
    assert!(
        plot.len() == 1 && plot[0].contains("from 7.50 to 40"),
        "{plot:?}"
    );
}

#[test]
fn an_atlas_of_choice_names_places_and_a_broken_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open();
    // Two labels, low and high, so that it is no mask.
    let half = |label: i32, slabs: usize| label.to_le_bytes().repeat(91 * 109 * slabs);
    let body = [half(40_017, 45), half(300, 46)].concat();
    let mut file = Nifti::new(&[91, 109, 91], 8, 32, body);
    file.i16(68, 1002).sform([
        [-2.0, 0.0, 0.0, 90.0],
        [0.0, 2.0, 0.0, -126.0],
        [0.0, 0.0, 2.0, -72.0],
    ]);
    let path = folder.path().join("whole.nii");
    std::fs::write(&path, file.bytes()).unwrap();
    let table = "index\tname\n40017\tThe whole head, low\n300\tThe whole head, high\n";
    std::fs::write(folder.path().join("whole.tsv"), table).unwrap();
    let choice = |path: PathBuf| Call::UseAtlas(Some(AtlasChoice { path, table: None }));
    call(&mut window, choice(path.clone()));
    call(&mut window, Call::ShowTab("Peaks"));
    let begun = std::time::Instant::now();
    let named = |window: &Window| {
        let rows = labels(window, "Row ");
        !rows.is_empty() && rows.iter().all(|row| row.contains("The whole head"))
    };
    while !named(&window) {
        assert!(begun.elapsed().as_secs() < 60, "the rows keep their names");
        window.step();
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    // One that cannot be read is told, and the old one stays.
    let broken = folder.path().join("broken.nii");
    std::fs::write(&broken, b"no atlas").unwrap();
    call(&mut window, choice(broken));
    settle(&mut window, "told", |_| true);
    assert!(labels(&window, "Row ")[0].contains("The whole head"));
    window.get_by_label("Close message");
    // As a layer, its labels have their names at the crosshair.
    run(&mut window, "show-atlas");
    settle(&mut window, "shown", |app| app.document().layers.len() == 2);
    assert!(matches!(
        window.state().document().layers[1]
            .volume
            .as_ref()
            .unwrap()
            .data,
        VolumeData::Label(_)
    ));
    edit(&mut window, |doc| doc.go_to([10.0, -20.0, 40.0]));
    call(&mut window, Call::ShowTab("Values"));
    let values = labels(&window, "Value of whole");
    assert!(
        values[0].contains("label 300 The whole head, high"),
        "{values:?}"
    );
}

#[test]
fn visible_maps_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = two(folder.path());
    call(&mut window, Call::ShowTab("Values"));
    settle(&mut window, "compared", |_| true);
    let found = labels(&window, "Comparison ");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("second ↔ first: r "), "{found:?}");
    assert!(
        !found[0].contains("116380 voxels"),
        "the brain only: {found:?}"
    );
    window
        .get_by_label("Compare voxels: both have data")
        .click();
    window.run_steps(2);
    settle(&mut window, "compared in the whole box", |_| true);
    let found = labels(&window, "Comparison ");
    assert!(found[0].contains("second ↔ first: r 0.88"), "{found:?}");
    assert!(found[0].contains("116380 voxels"), "{found:?}");
    window.get_by_label("Compare voxels: both not 0").click();
    window.run_steps(2);
    settle(&mut window, "compared again", |_| true);
    let layer = window.state().document().layers[0].id;
    // Nothing is told of a threshold that is there no longer.
    edit(&mut window, move |doc| {
        doc.set_edge(layer, false, Edge::Threshold, 1e6)
    });
    for row in labels(&window, "Comparison ") {
        assert!(row.contains("Dice + 0.00"), "{row}");
    }
    settle(&mut window, "compared at the threshold", |_| true);
    assert_eq!(labels(&window, "Comparison ").len(), 1);
    edit(&mut window, move |doc| doc.set_visible(layer, false));
    assert!(labels(&window, "Comparison ").is_empty());
}

#[test]
fn a_layer_is_made_from_layers_and_a_session_makes_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = two(folder.path());
    run(&mut window, "derive");
    window.get_by_label("Make the layer").click();
    window.run_steps(2);
    settle(&mut window, "made", |app| app.document().layers.len() == 3);
    assert_eq!(names(&window)[2], "second − first");
    assert!(
        window.query_by_label("Make the layer").is_none(),
        "the sheet is closed"
    );
    let document = window.state().document();
    let (first, made) = (document.layers[0].id, &document.layers[2]);
    assert_eq!(
        made.kind,
        MapKind::Unknown,
        "a difference of z values is no z value"
    );
    let before = made.volume.as_ref().unwrap().hash.clone();
    let smooth = Operation::Smooth { fwhm_mm: 8.0 };
    call(&mut window, Call::Derive(smooth, vec![first]));
    settle(&mut window, "smoothed", |app| {
        app.document().layers.len() == 4
    });
    assert_eq!(names(&window)[3], "first smoothed 8 mm");
    run(&mut window, "undo");
    assert_eq!(names(&window).len(), 3);
    let path = folder.path().join("study.gyrus-session");
    call(&mut window, Call::SaveSession(path.clone()));
    settle(&mut window, "saved", |_| path.exists());
    let mut again = open();
    drop_file(&mut again, path);
    settle(&mut again, "the session is whole", |app| {
        let layers = &app.document().layers;
        layers.len() == 3 && layers.iter().all(|layer| layer.volume.is_some())
    });
    let made = &again.state().document().layers[2];
    assert_eq!(made.volume.as_ref().unwrap().hash, before);
}

/// Says in the Info tab what the values are.
fn choose_kind(window: &mut Window, kind: &str) {
    window.get_by_label_contains("Kind of values: ").click();
    window.run_steps(3);
    window.get_by_label(kind).click();
    window.run_steps(3);
    settle(window, kind, |_| true);
}

#[test]
fn what_values_are_is_put_right_by_hand_and_taken_back() {
    let mut window = open();
    let layer = window.state().document().layers[0].clone();
    let threshold = layer.display.threshold;
    call(&mut window, Call::ShowTab("Info"));
    choose_kind(&mut window, "effect size (beta)");
    let now = &window.state().document().layers[0];
    assert_eq!(now.kind, MapKind::Beta);
    assert!(
        (now.display.threshold - threshold).abs() > 1e-3,
        "another start"
    );
    run(&mut window, "undo");
    let now = &window.state().document().layers[0];
    assert_eq!((now.kind, now.display.threshold), (layer.kind, threshold));
    // Halves are no labels.
    choose_kind(&mut window, "labels");
    assert_eq!(window.state().document().layers[0].kind, layer.kind);
    call(&mut window, Call::ShowTab("Info"));
    settle(&mut window, "info", |_| true);
    let kind = labels(&window, "Kind of values: ");
    assert_eq!(kind.len(), 1, "{kind:?}");
}
