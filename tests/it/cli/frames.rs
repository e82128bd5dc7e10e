//! `--frame` of every subcommand that reads maps, and what is said of files with several.

use std::path::Path;

use gyrus::volume::{MapKind, Volume, write_nifti};
use serde_json::Value;

use super::decode::Bench;
use crate::support::models::blobs;
use crate::support::nifti_bytes::Nifti;
use crate::support::program::{gyrus, text};

/// Two frames on the grid of [`blobs`]: the map, and its negative three times as strong.
fn two_frames(path: &Path) {
    let map = blobs(1.0);
    let values = map.data.scalar().unwrap();
    let both: Vec<f32> = values
        .iter()
        .copied()
        .chain(values.iter().map(|v| -3.0 * v))
        .collect();
    let [nx, ny, nz] = map.grid.shape.map(|d| d as u16);
    let mut nifti = Nifti::float32(&[nx, ny, nz, 2], &both);
    let rows = map.grid.affine.0;
    nifti.sform(std::array::from_fn(|r| rows[r].map(|v| v as f32)));
    std::fs::write(path, nifti.bytes()).unwrap();
}

fn json(folder: &Path, args: &[&str]) -> Value {
    let output = gyrus(folder, &[args, &["--json", "-q"]].concat());
    assert!(
        output.status.success(),
        "{args:?}: {}",
        text(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_reader_of_maps_takes_a_frame_and_says_which() {
    let bench = Bench::new();
    let folder = bench.path("");
    two_frames(&bench.path("two.nii"));
    let picture = [
        "render",
        "two.nii",
        "-o",
        "p.png",
        "--renderer",
        "cpu",
        "--size",
        "300x200",
    ];
    for args in [
        &["info", "two.nii"][..],
        &[
            "decode",
            "two.nii",
            "--model",
            "model.gyrus",
            "--tail",
            "both",
        ],
        &["peaks", "two.nii", "--threshold", "1", "--two-sided"],
        &["compare", "two.nii", "one.nii.gz"],
        &picture,
    ] {
        let mut printed = Vec::new();
        for frame in ["1", "2"] {
            let with = [args, &["--frame", frame]].concat();
            let document = json(&folder, &with);
            let output = gyrus(&folder, &with);
            let both = text(&output.stdout) + &text(&output.stderr);
            let which = [
                format!("frame {frame} of 2"),
                format!("2 frames; frame {frame} was read"),
            ];
            assert!(
                which.iter().any(|which| both.contains(which)),
                "{with:?}: {both}"
            );
            let drawn = std::fs::read(bench.path("p.png")).unwrap_or_default();
            printed.push((document.to_string(), drawn));
        }
        assert_ne!(printed[0], printed[1], "{args:?}");
        // The first frame is what there is without the option.
        let plain = json(&folder, args);
        if args[0] != "decode" {
            assert_eq!(plain.to_string(), printed[0].0, "{args:?}");
        }
        for (frame, code) in [("0", 2), ("3", 1), ("-1", 2)] {
            let frame = format!("--frame={frame}");
            let output = gyrus(&folder, &[args, &[frame.as_str()]].concat());
            assert_eq!(output.status.code(), Some(code), "{args:?} {frame}");
        }
    }
    let first = json(
        &folder,
        &["peaks", "two.nii", "--frame", "2", "--threshold", "1"],
    );
    assert_eq!(
        (&first["map"]["frame"], &first["map"]["frames"]),
        (&2.into(), &2.into())
    );
    let info = json(&folder, &["info", "two.nii", "--frame", "2"]);
    assert!(info["files"][0]["values"]["min"].as_f64().unwrap() < -1.0);
}

#[test]
fn maps_of_one_frame_are_taken_as_they_are_beside_others_but_not_alone() {
    let bench = Bench::new();
    let folder = bench.path("");
    two_frames(&bench.path("two.nii"));
    let pair = json(
        &folder,
        &["compare", "two.nii", "one.nii.gz", "--frame", "2"],
    );
    assert_eq!(pair["maps"][0]["frame"], 2);
    assert_eq!(pair["maps"][1]["frame"], 1);
    assert!(pair["pairs"][0]["r"].as_f64().unwrap() < -0.999);
    let alone = gyrus(
        &folder,
        &["compare", "one.nii.gz", "one.nii.gz", "--frame", "2"],
    );
    assert_eq!(alone.status.code(), Some(1));
    assert!(
        text(&alone.stderr).contains("Choose a frame from 1 to 1"),
        "{}",
        text(&alone.stderr)
    );
}

#[test]
fn info_counts_the_voxels_of_a_frame_shown_coarser() {
    let folder = tempfile::tempdir().unwrap();
    // More voxels than are held; the file system keeps no zeros.
    let nifti = Nifti::new(&[1025, 1024, 256], 2, 8, vec![200; 9]);
    let path = folder.path().join("big.nii");
    std::fs::write(&path, nifti.bytes()).unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(352 + 1025 * 1024 * 256).unwrap();
    let document = json(folder.path(), &["info", "big.nii"]);
    let file = &document["files"][0];
    assert_eq!(file["warnings"][0]["code"], "reduced", "{file}");
    assert_eq!(file["voxels"], 513 * 512 * 128);
    let output = gyrus(folder.path(), &["info", "big.nii", "-q"]);
    assert!(
        text(&output.stdout).contains(" 0 without data"),
        "{}",
        text(&output.stdout)
    );
}

#[test]
fn a_label_volume_made_smaller_keeps_its_labels() {
    let map = Volume {
        kind: MapKind::Label,
        ..blobs(1.0)
    };
    let folder = tempfile::tempdir().unwrap();
    let labels: Vec<u32> = (0..map.grid.len() as u32).map(|n| n / 500 * 300).collect();
    let map = Volume {
        data: gyrus::volume::VolumeData::Label(labels.into()),
        ..map
    };
    let path = folder.path().join("labels.nii");
    write_nifti(&map, &path).unwrap();
    let options = gyrus::volume::OpenOptions {
        frame: 0,
        most_voxels: map.grid.len() as u64 / 4,
        ..gyrus::volume::OpenOptions::default()
    };
    let small =
        gyrus::volume::open_with(&path, &options, &gyrus::progress::Progress::new()).unwrap();
    let gyrus::volume::VolumeData::Label(labels) = &small.data else {
        panic!("{:?}", small.kind)
    };
    assert!(labels.iter().all(|label| label % 300 == 0));
    assert!(labels.iter().any(|&label| label > 255));
}
