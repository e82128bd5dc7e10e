//! `gyrus peaks` and `gyrus compare`.

use std::process::Output;

use crate::support::program::gyrus;
use serde_json::Value;

const DEMO: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/assets/templates/image_10426.nii.gz"
);

fn document(output: &Output) -> Value {
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && err.is_empty(), "{err}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn peaks_are_the_same_as_text_json_and_csv() {
    let folder = tempfile::tempdir().unwrap();
    let at = ["peaks", DEMO, "--threshold", "3.1", "--two-sided", "-q"];
    let json = document(&gyrus(
        folder.path(),
        &[&at[..], &["--json", "-o", "t.csv"]].concat(),
    ));
    let rows = json["peaks"].as_array().unwrap();
    // nilearn's table of this map has 25 rows in 20 clusters.
    assert_eq!((rows.len(), json["clusters"].as_u64()), (25, Some(20)));
    assert_eq!(json["schema"], 1);
    assert_eq!(json["atlas"], "Desikan–Killiany");
    // Right motor cortex is positive in this map.
    let first = &rows[0];
    assert_eq!(first["id"], "1");
    assert!(first["mm"][0].as_f64().unwrap() > 20.0, "{first}");
    assert!(
        first["region"].as_str().unwrap().contains("Right "),
        "{first}"
    );
    assert!(
        rows.iter()
            .all(|r| r["id"] == "1a" || r.get("id").is_some())
    );
    let csv = std::fs::read_to_string(folder.path().join("t.csv")).unwrap();
    assert_eq!(csv.lines().count(), 26);
    assert!(csv.starts_with("cluster,x_mm,y_mm,z_mm,value,"));
    let table = gyrus(folder.path(), &at);
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.contains("regions by Desikan–Killiany"), "{table}");
    let few = document(&gyrus(
        folder.path(),
        &[
            "peaks",
            DEMO,
            "--threshold",
            "3.1",
            "--extent",
            "50",
            "--json",
            "-q",
        ],
    ));
    let few = few["peaks"].as_array().unwrap();
    assert!(!few.is_empty() && few.len() < rows.len());
    assert!(few.iter().all(|r| r["value"].as_f64() > Some(3.1)));
}

#[test]
fn numbers_that_are_none_are_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    for wrong in [
        ["--threshold", "nan"],
        ["--min-distance", "-3"],
        ["--threshold", "-1"],
    ] {
        let argument = format!("{}={}", wrong[0], wrong[1]);
        let output = gyrus(folder.path(), &["peaks", DEMO, &argument]);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
    }
    assert_eq!(
        gyrus(folder.path(), &["compare", DEMO]).status.code(),
        Some(2)
    );
}

#[test]
fn a_map_is_like_itself() {
    let folder = tempfile::tempdir().unwrap();
    let voxels = |over: &[&str]| {
        let args = [&["compare", DEMO, DEMO, DEMO, "--json", "-q"], over].concat();
        let json = document(&gyrus(folder.path(), &args));
        let pairs = json["pairs"].as_array().unwrap().clone();
        assert_eq!(pairs.len(), 3);
        for pair in &pairs {
            assert!((pair["r"].as_f64().unwrap() - 1.0).abs() < 1e-12);
            assert_eq!(pair["dice_positive"], 1.0);
            assert_eq!(pair["resampled"], false);
        }
        pairs[0]["voxels"].as_u64().unwrap()
    };
    assert_eq!(voxels(&["--over", "all"]), 53 * 63 * 46);
    // The mask has 228,483 voxels of 8 mm³; those of the map have 27 mm³.
    let brain = voxels(&[]);
    assert!((60_000..228_483 * 8 / 27).contains(&brain), "{brain}");
}
