//! Atlases of the user's choice: labels by value, tables beside the map, probabilities.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use gyrus::atlas::{AtlasError, LabelledAtlas};
use gyrus::error::Explain as _;
use gyrus::progress::Task;

use crate::nifti_bytes::Nifti;
use crate::shared::shared;

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
    LabelledAtlas::open(path, table, &Task::new())
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
    assert!(atlas.is_probable());
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
