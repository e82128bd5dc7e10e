//! The window and the command line show and say the same of the same maps.

use std::path::{Path, PathBuf};
use std::process::Command as Process;

use gyrus::app::Engine;
use gyrus::app::Services as _;
use gyrus::app::{Decoded, Document, Editor, TextToPredict};
use gyrus::decode::{PriorWeight, verdict};
use gyrus::progress::Progress;
use gyrus::render::Scene;
use gyrus::render::export::{Backend, Figure};
use gyrus::space;
use gyrus::volume::{Affine, MapKind, VolumeData, write_nifti};
use serde_json::Value;

const SIZE_PX: [u32; 2] = [640, 400];

/// The document of a window in which these files were opened one after the other, as a scene.
fn window_scene(files: &[&Path]) -> Scene {
    let engine = Engine::new(None);
    let progress = Progress::new();
    let underlay = engine.underlay(&progress).unwrap();
    let mut document = Document::default();
    let mut editor = Editor::new(&mut document);
    editor.set_anatomy(underlay.grid);
    for file in files {
        editor.add_layer(engine.open(file, 0, &progress).unwrap());
    }
    document.scene(Some(&underlay), true)
}

fn gyrus(folder: &Path, args: &[&str]) -> std::process::Output {
    let output = Process::new(env!("CARGO_BIN_EXE_gyrus"))
        .current_dir(folder)
        .args(args)
        .arg("-q")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// The demo map with a voxel stronger than its clusters, with other strengths and turned signs, and
/// half beside the MNI brain.
fn maps(folder: &Path) -> [PathBuf; 3] {
    let made = |name: &str, edit: &dyn Fn(&mut Vec<f32>), shift_mm: f64| {
        let mut map = space::demo_map(&Progress::new()).unwrap();
        let mut values = map.data.scalar().unwrap().to_vec();
        edit(&mut values);
        map.data = VolumeData::Scalar(values.into());
        let shift = Affine::scale_translate([1.0; 3], [shift_mm; 3]);
        map.grid.affine = shift.then_after(&map.grid.affine);
        let path = folder.join(name);
        write_nifti(&map, &path).unwrap();
        path
    };
    let speck = |values: &mut Vec<f32>| values[70_000] = 30.0;
    let turned = |values: &mut Vec<f32>| values.iter_mut().for_each(|v| *v *= -0.7);
    [
        made("speck zmap.nii.gz", &speck, 0.0),
        made("turned zmap.nii.gz", &turned, 0.0),
        made("away zmap.nii.gz", &|_| {}, 60.0),
    ]
}

#[test]
fn two_maps_are_first_shown_as_in_the_window() {
    let folder = tempfile::tempdir().unwrap();
    let [speck, turned, away] = maps(folder.path());
    for files in [[&speck, &turned], [&turned, &speck], [&away, &speck]] {
        let shown = window_scene(&files.map(PathBuf::as_path));
        let names = files.map(|file| file.file_name().unwrap().to_str().unwrap());
        let [width, height] = SIZE_PX;
        let size = format!("{width}x{height}");
        let args = ["render", names[0], names[1], "-o", "out.png"];
        let more = ["--size", &size, "--renderer", "cpu", "--json"];
        let output = gyrus(folder.path(), &[&args[..], &more[..]].concat());
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(told["cut_mm"], serde_json::json!(shown.cut_mm), "{names:?}");
        for (layer, told) in shown.layers.iter().zip(told["layers"].as_array().unwrap()) {
            assert_eq!(told["name"], layer.volume.name);
            let near = |key: &str, value: f32| {
                let told = told[key].as_f64().unwrap();
                assert!(
                    (told - f64::from(value)).abs() < 1e-4,
                    "{key}: {told} {value}"
                );
            };
            near("threshold", layer.display.threshold);
            near("maximum", layer.display.maximum);
        }
        // The picture says the rest: colours, order, anatomy.
        let drawn = std::fs::read(folder.path().join("out.png")).unwrap();
        let wanted = Figure::of(&shown, SIZE_PX).png(Backend::Cpu, &Progress::new());
        assert!(drawn == wanted.unwrap(), "{names:?}: another picture");
    }
    let shown = window_scene(&[&speck, &turned]);
    let colours: Vec<&str> = shown
        .layers
        .iter()
        .map(|layer| layer.display.positive.name())
        .collect();
    assert_eq!(colours, ["warm", "plain-green"]);
    assert!(shown.underlay.is_some());
    assert!(window_scene(&[&away, &speck]).underlay.is_none());
}

#[test]
fn the_verdict_is_the_windows_in_words_and_in_json() {
    let folder = tempfile::tempdir().unwrap();
    let [speck, ..] = maps(folder.path());
    let engine = Engine::new(None);
    let progress = Progress::new();
    let opened = engine.open(&speck, 0, &progress).unwrap();
    let decoded = engine
        .decode(&opened.volume, false, PriorWeight::default(), &progress)
        .unwrap();
    let Decoded::Sides { negative, .. } = decoded else {
        panic!("declined");
    };
    let declined = engine.underlay(&progress).unwrap();
    let declined = engine
        .decode(&declined, false, PriorWeight::default(), &progress)
        .unwrap();
    assert!(matches!(declined, Decoded::Declined(_)), "a T1");
    let wanted = verdict(negative.decoding().unwrap()).unwrap();
    let args = ["decode", "speck zmap.nii.gz", "--tail", "neg", "--top", "2"];
    let text = gyrus(folder.path(), &args).stdout;
    let text = String::from_utf8(text).unwrap();
    let told = format!("{} · {}", wanted.certainty.label(), wanted.because);
    assert!(text.contains(&wanted.sentence), "{text}");
    assert!(text.contains(&told), "{text}\n{told}");
    let json = gyrus(folder.path(), &[&args[..], &["--json"]].concat()).stdout;
    let json: Value = serde_json::from_slice(&json).unwrap();
    let said = &json["verdict"];
    assert_eq!(said["sentence"], wanted.sentence);
    assert_eq!(said["because"], wanted.because);
    assert_eq!(said["certainty"], wanted.certainty.label().to_lowercase());
}

#[test]
fn every_subcommand_says_what_the_window_says_of_a_map_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let [.., away] = maps(folder.path());
    let opened = space::open_map(&away, 0, &Progress::new()).unwrap();
    let warning = opened
        .warnings
        .iter()
        .find(|w| w.code == gyrus::volume::WarningCode::OtherSpace);
    let message = &warning.unwrap().message;
    let name = "away zmap.nii.gz";
    for args in [
        &["info", name, "--json"][..],
        &["decode", name, "--json"],
        &["peaks", name, "--json"],
    ] {
        let output = gyrus(folder.path(), args);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(message.as_str()), "{args:?}\n{text}");
    }
    let engine = Engine::new(None);
    let shown = engine.open(&away, 0, &Progress::new()).unwrap();
    assert_eq!(shown.volume.warnings, opened.warnings);
}

/// What is typed in the window and is the name of a task stood for its definition too, and on the command
/// line for its name alone: two maps of one text.
#[test]
fn the_name_of_a_task_predicts_the_same_map() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::new(None);
    for text in ["N-back task", "a sentence that names no task"] {
        gyrus(folder.path(), &["predict", text, "-o", "map.nii"]);
        let path = folder.path().join("map.nii");
        let written = gyrus::volume::open(&path, &Progress::new()).unwrap();
        let wanted = TextToPredict::text(text);
        let shown = engine
            .predict(&wanted, &Progress::new())
            .unwrap()
            .opened
            .volume;
        let [a, b] = [&written, shown.as_ref()].map(|map| map.provenance.clone().unwrap());
        assert_eq!(a.options_line(), b.options_line());
        let task = text.starts_with('N');
        assert_eq!(a.options_line().contains("task="), task, "{a:?}");
        assert_eq!(
            (written.kind, shown.kind),
            (MapKind::Predicted, MapKind::Predicted)
        );
        let (a, b) = (written.data.scalar().unwrap(), shown.data.scalar().unwrap());
        let same = |(a, b): (&f32, &f32)| a == b || (a.is_nan() && b.is_nan());
        assert!(a.iter().zip(b.iter()).all(same));
    }
}
