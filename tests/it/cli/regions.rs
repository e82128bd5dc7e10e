//! `gyrus regions`: planted articles whose tables lack what they name.

use std::process::{Command, Output};

use serde_json::Value;

const ARTICLE: &str = "Fear conditioning and extinction. Participants learned that a face predicts a shock. Conditioned \
    stimuli activated the left amygdala and the right amygdala, the insular cortex; the amygdala responded less \
    during extinction. We also saw V1.";

fn run(folder: &std::path::Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gyrus"))
        .current_dir(folder)
        .args(["regions", "-q"])
        .args(args)
        .output()
        .unwrap()
}

#[test]
fn a_region_that_is_named_predicted_and_not_reported_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("article.txt"), ARTICLE).unwrap();
    // The insula and V1 are in the table, one peak lies outside the brain; the amygdala is not.
    std::fs::write(
        folder.join("peaks.csv"),
        "x,y,z\n-36,6,2\n38,8,0\n-8,-84,4\n10,-82,6\n0,40,120\n",
    )
    .unwrap();
    let arguments = [
        "--file",
        "article.txt",
        "--peaks",
        "peaks.csv",
        "-o",
        "regions.csv",
        "--map",
        "missing.nii.gz",
    ];
    let output = run(folder, &[&arguments[..], &["--json"]].concat());
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let region = |name: &str| {
        let rows = found["regions"].as_array().unwrap();
        rows.iter()
            .find(|row| row["region"] == name)
            .cloned()
            .unwrap()
    };
    let amygdala = region("Left amygdala");
    assert_eq!(
        (&amygdala["named"], &amygdala["peaks"]),
        (&Value::from(2), &Value::from(0))
    );
    assert_eq!(amygdala["is_missing"], true);
    assert_eq!(amygdala["is_predicted"], true);
    let visual = region("Left pericalcarine");
    assert_eq!(
        (&visual["peaks"], &visual["is_missing"]),
        (&Value::from(1), &Value::from(false))
    );
    assert_eq!(visual["is_predicted"], false);
    assert_eq!(
        (&found["peaks"], &found["peaks_outside"]),
        (&Value::from(5), &Value::from(1))
    );
    let p = found["p_of_tasks"].as_f64().unwrap();
    assert!(p < 0.1, "{p}");
    let table = std::fs::read_to_string(folder.join("regions.csv")).unwrap();
    assert!(table.starts_with("region,x,y,z,named,peaks,predicted,percentile,missing,"));
    assert!(table.contains("Left amygdala,"));
    // The map is of the amygdala and not of the insula.
    let map = folder.join("missing.nii.gz");
    let map = gyrus::volume::open(&map, &gyrus::progress::Progress::new()).unwrap();
    let at = |mm| map.value_at_world(mm).unwrap();
    assert!(at([-22.0, -4.0, -18.0]) > 0.0 && at([-36.0, 6.0, 2.0]) == 0.0);
    // The same regions planted in another article are not predicted for it.
    let other = "Visual motion in area V5. The amygdala was lesioned.";
    let output = run(folder, &[other, "--peaks", "peaks.csv", "--json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let p_other = found["p_of_tasks"].as_f64().unwrap();
    assert!(p_other > p, "{p_other} {p}");
    let said = run(folder, &["--file", "article.txt", "--peaks", "peaks.csv"]);
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(said.contains("named, predicted, not reported"), "{said}");
    assert!(said.contains("1 of 5 peaks lie in no region"), "{said}");
}

#[test]
fn without_peaks_nothing_is_called_missing() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &[ARTICLE, "--json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(found.get("missing").is_none() && found.get("peaks").is_none());
    let rows = found["regions"].as_array().unwrap();
    assert!(rows.iter().all(|row| row.get("is_missing").is_none()));
    assert_eq!(
        rows[0]["region"].as_str().unwrap().split(' ').next_back(),
        Some("amygdala")
    );
    assert_eq!(run(folder.path(), &[]).status.code(), Some(2));
}
