//! Atlases of the user's choice: labels by value, tables beside the map, probabilities.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use gyrus::atlas::{AtlasError, LabelledAtlas};
use gyrus::error::Explain as _;
use gyrus::progress::Progress;

use crate::support::nifti_bytes::Nifti;
use crate::support::shared::shared;

/// Rows of six voxels of 4 mm; labels at x = 0, 4 … 20.
fn labels(folder: &Path, name: &str, values: [i32; 6]) -> PathBuf {
    let row: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let mut file = Nifti::new(&[6, 2, 2], 8, 32, row.repeat(4));
    file.i16(68, 1002).sform([
        [4.0, 0.0, 0.0, 0.0],
        [0.0, 4.0, 0.0, 0.0],
        [0.0, 0.0, 4.0, 0.0],
    ]);
    let path = folder.join(name);
    std::fs::write(&path, file.bytes()).unwrap();
    path
}

fn open(path: &Path, table: Option<&Path>) -> Result<LabelledAtlas, AtlasError> {
    LabelledAtlas::open(path, table, &Progress::new())
}

fn at(atlas: &LabelledAtlas, x: f64) -> String {
    let names: Vec<String> = atlas
        .names_at([x, 0.0, 0.0])
        .iter()
        .map(ToString::to_string)
        .collect();
    names.join(", ")
}

#[test]
fn labels_are_named_by_value_and_never_by_rank() {
    let folder = tempfile::tempdir().unwrap();
    // Sparse, above a byte, above 32,767 and beyond what a 32-bit float tells apart.
    let path = labels(
        folder.path(),
        "parcels.nii",
        [0, 7, 300, 40_000, 16_777_217, 9],
    );
    let bare = open(&path, None).unwrap();
    assert_eq!(at(&bare, 4.0), "label 7");
    assert_eq!(at(&bare, 16.0), "label 16777217");
    assert_eq!(bare.table(), None);
    assert_eq!(bare.name(), "parcels");
    let mut table = "index\tname\n".to_owned();
    for (label, name) in [
        (7, "seven"),
        (300, "three hundred"),
        (40_000, "forty thousand"),
        (16_777_217, "many"),
        (16_777_216, "wrong"),
    ] {
        writeln!(table, "{label}\t{name}").unwrap();
    }
    let beside = folder.path().join("parcels.tsv");
    std::fs::write(&beside, table).unwrap();
    let atlas = open(&path, None).unwrap();
    assert_eq!(atlas.table(), Some(beside.as_path()));
    for (x, name) in [
        (4.0, "seven"),
        (8.0, "three hundred"),
        (12.0, "forty thousand"),
        (16.0, "many"),
        (20.0, "label 9 (no name)"),
        (0.5, "≈ seven"),
        (-3.0, ""),
    ] {
        assert_eq!(at(&atlas, x), name, "{x}");
    }
    // Another table in one go.
    let other = folder.path().join("other names.txt");
    std::fs::write(&other, "# LUT\n7  Somewhere-Else  1 2 3 0\n").unwrap();
    let atlas = open(&path, Some(&other)).unwrap();
    assert_eq!(
        (at(&atlas, 4.0).as_str(), at(&atlas, 8.0).as_str()),
        ("Somewhere-Else", "label 300 (no name)")
    );
    assert_eq!(
        atlas.regions()[0],
        ("Somewhere-Else".to_owned(), [4.0, 0.0, 0.0])
    );
}

#[test]
fn what_is_no_atlas_is_told_with_the_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = labels(folder.path(), "parcels.nii", [1, 1, 2, 2, 3, 3]);
    let table = folder.path().join("table.csv");
    std::fs::write(&table, "no,table\nof,names\n").unwrap();
    let error = open(&path, Some(&table)).unwrap_err().explain();
    assert_eq!(error.path.as_deref(), Some(table.as_path()));
    let missing = folder.path().join("missing.nii");
    assert_eq!(
        open(&missing, None).unwrap_err().explain().path,
        Some(missing)
    );
    // A description of the scan beside the map is no table.
    std::fs::write(folder.path().join("parcels.json"), "{\"EchoTime\": 0.03}").unwrap();
    assert_eq!(open(&path, None).unwrap().table(), None);
    let values: Vec<f32> = (0..8).map(|v| v as f32 / 2.0).collect();
    let halves = Nifti::float32(&[2, 2, 2], &values);
    let path = folder.path().join("halves.nii");
    std::fs::write(&path, halves.bytes()).unwrap();
    let why = open(&path, None).unwrap_err().explain();
    assert!(why.why.contains("0.5, which is no label"), "{why}");
}

#[test]
fn probabilities_are_named_with_their_percent() {
    let Some(path) = shared("atlases/atlas_harvard_oxford.nii.gz") else {
        return;
    };
    let table = shared("atlases/labels_harvard_oxford.csv").unwrap();
    let atlas = open(&path, Some(&table)).unwrap();
    // nibabel reads 11, 9 and 8 at this voxel from frames 10, 6 and 8 (from 0).
    let names: Vec<String> = atlas
        .names_at([-44.0, 22.0, 18.0])
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        names,
        [
            "Left_Inferior_Frontal_Gyrus_pars_opercularis 11 %",
            "Left_Middle_Frontal_Gyrus 9 %",
            "Left_Inferior_Frontal_Gyrus_pars_triangularis 8 %",
        ]
    );
    assert_eq!(atlas.names_at([0.0, 0.0, 300.0]), []);
    assert_eq!(atlas.regions().len(), 113);
}

/// Frames of 2 × 2 × 2 voxels: a value at the origin, else 0.
fn maps(folder: &Path, name: &str, firsts: &[f32]) -> PathBuf {
    let frame = |&v: &f32| [[v].as_slice(), &[0.0; 7]].concat();
    let values: Vec<f32> = firsts.iter().flat_map(frame).collect();
    let mut file = Nifti::float32(&[2, 2, 2, firsts.len() as u16], &values);
    file.sform([
        [2.0, 0.0, 0.0, 0.0],
        [0.0, 2.0, 0.0, 0.0],
        [0.0, 0.0, 2.0, 0.0],
    ]);
    let path = folder.join(name);
    std::fs::write(&path, file.bytes()).unwrap();
    path
}

#[test]
fn a_probable_atlas_tells_shares_from_percent() {
    let folder = tempfile::tempdir().unwrap();
    for (firsts, want) in [
        ([0.3, 0.005, 1.0].as_slice(), "label 3 100 %, label 1 30 %"),
        // Kept as shares of 1 until the last frame tells better.
        (&[0.9, 1.0, 40.0], "label 3 40 %, label 2 1 %"),
        (&[-0.001, 0.5], "label 2 50 %"),
        (&[f32::NAN, -0.4, 100.2], "label 3 100 %"),
    ] {
        let path = maps(folder.path(), "maps.nii", firsts);
        assert_eq!(at(&open(&path, None).unwrap(), 0.0), want, "{firsts:?}");
    }
}

#[test]
fn what_is_no_probable_atlas_is_refused_at_its_first_value() {
    let folder = tempfile::tempdir().unwrap();
    for (firsts, word) in [
        ([812.0, 800.0, 790.0].as_slice(), "812"),
        (&[-3.5, 2.0, 1.0], "-3.5"),
        (&[0.2, -0.1], "-0.1"),
    ] {
        let path = maps(folder.path(), "run.nii", firsts);
        if firsts[0] != 0.2 {
            // The later frames are not there: had they been asked for, that would be told instead.
            let bytes = std::fs::read(&path).unwrap();
            std::fs::write(&path, &bytes[..352 + 32]).unwrap();
        }
        let told = open(&path, None).unwrap_err().explain();
        let want = format!("it holds {word}, which is no probability");
        assert!(told.why.contains(&want), "{told}");
    }
    // As many frames as a header cares to declare, with a table of names beside them.
    let path = maps(folder.path(), "many.nii", &[0.5]);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[40..50].copy_from_slice(&[4, 0, 2, 0, 2, 0, 2, 0, 0xff, 0x7f]);
    std::fs::write(&path, bytes).unwrap();
    std::fs::write(folder.path().join("many.tsv"), "index\tname\n1\tOne\n").unwrap();
    let told = open(&path, None).unwrap_err().explain();
    assert!(told.why.contains("32767 frames"), "{told}");
}

#[test]
fn the_embedded_labels_as_a_file_say_what_the_embedded_atlas_says() {
    let Some(path) = shared("atlases/atlas_desikan_killiany.nii.gz") else {
        return;
    };
    let table = shared("atlases/labels_desikan_killiany.csv").unwrap();
    let atlas = open(&path, Some(&table)).unwrap();
    let embedded = gyrus::atlas::RegionAtlas::embedded().unwrap();
    for point in [
        [-38.0, -24.0, 58.0],
        [22.0, -4.0, -18.0],
        [-12.0, -18.0, 8.0],
    ] {
        let own = atlas.names_at(point);
        assert_eq!(own[0].label, embedded.name_at(point).unwrap().label);
        assert!(own[0].inside);
    }
    assert_eq!(
        atlas.names_at([-24.0, -20.0, -16.0])[0].name,
        "Left-Hippocampus"
    );
}
