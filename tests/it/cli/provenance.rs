//! Every result says how it was made, in whatever file it goes into.

use gyrus::provenance::{Provenance, records_in};
use gyrus::volume;
use serde_json::Value;

use super::decode::Bench;

fn bench_run(bench: &Bench, args: &[&str]) -> Vec<u8> {
    let output = bench.run(args);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {errors}");
    output.stdout
}

fn json(bench: &Bench, args: &[&str]) -> Value {
    let all = [args, &["--json"]].concat();
    serde_json::from_slice(&bench_run(bench, &all)).unwrap()
}

fn hash_of(bench: &Bench, map: &str) -> String {
    let map = volume::open(&bench.path(map), &gyrus::progress::Progress::new());
    map.unwrap().hash
}

fn record(document: &Value) -> Provenance {
    let text = serde_json::to_vec(&document["provenance"]).unwrap();
    Provenance::from_json(&text).unwrap()
}

#[test]
fn documents_carry_the_maps_the_model_and_the_options() {
    let bench = Bench::new();
    let hash = hash_of(&bench, "one.nii.gz");
    let decoded = record(&json(&bench, &["decode", "one.nii.gz"]));
    assert_eq!(decoded.made, "decoding");
    assert_eq!(decoded.gyrus, env!("CARGO_PKG_VERSION"));
    assert_eq!(decoded.maps[0].sha256, hash);
    assert_eq!(decoded.maps[0].frame, 1);
    assert_eq!(decoded.options["tail"], "pos");
    let model = decoded.model.unwrap();
    assert!(!model.fingerprint.is_empty() && !model.ontology.is_empty());

    let args = ["peaks", "one.nii.gz", "--threshold", "3.1"];
    let peaks = record(&json(&bench, &args));
    assert_eq!(peaks.made, "peak table");
    assert_eq!(peaks.options["threshold"], 3.1);
    assert!(peaks.model.is_none());

    let compared = record(&json(
        &bench,
        &["compare", "one.nii.gz", "two, flipped.nii"],
    ));
    assert_eq!(compared.maps.len(), 2);
    assert_eq!(compared.maps[0].sha256, hash);
}

#[test]
fn tables_carry_it_in_their_last_columns() {
    let bench = Bench::new();
    let hash = hash_of(&bench, "one.nii.gz");
    bench_run(&bench, &["decode", "one.nii.gz", "-o", "scores.csv"]);
    bench_run(&bench, &["peaks", "one.nii.gz", "-o", "peaks.csv"]);
    for (name, option) in [("scores.csv", "tail=pos"), ("peaks.csv", "two_sided=false")] {
        let text = std::fs::read_to_string(bench.path(name)).unwrap();
        let mut lines = text.lines();
        let head = lines.next().unwrap();
        assert!(head.ends_with(",map_sha256,model,options,gyrus"), "{head}");
        let first = lines.next().unwrap();
        assert!(first.contains(&format!(",{hash},")), "{first}");
        assert!(first.contains(option), "{first}");
        assert!(first.ends_with(&format!(",{}", env!("CARGO_PKG_VERSION"))));
        // A comment line would break every reader.
        assert!(text.lines().all(|line| !line.starts_with('#')));
    }
}

#[test]
fn pictures_carry_it_and_info_shows_it() {
    let bench = Bench::new();
    let args = ["render", "one.nii.gz", "-o", "a.png", "--size", "320x200"];
    bench_run(&bench, &[&args[..], &["--renderer", "cpu"]].concat());
    let bytes = std::fs::read(bench.path("a.png")).unwrap();
    let records = records_in(&bytes).unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].made, "figure");
    assert_eq!(records[0].maps[0].sha256, hash_of(&bench, "one.nii.gz"));
    assert_eq!(records[0].options["size_px"], serde_json::json!([320, 200]));
    let shown = String::from_utf8(bench_run(&bench, &["info", "a.png"])).unwrap();
    assert!(shown.contains("figure of one by Gyrus"), "{shown}");
    let document = json(&bench, &["info", "a.png"]);
    assert_eq!(document["records"][0]["provenance"][0]["made"], "figure");
}

#[test]
fn predicted_maps_carry_it_through_every_further_step() {
    let bench = Bench::new();
    let task = gyrus::predict::predict_embedding(
        &crate::support::models::BUNDLE,
        crate::support::models::BUNDLE
            .tasks
            .texts(0)
            .next()
            .unwrap(),
        "n-back „α“",
        &gyrus::progress::Progress::new(),
    );
    for name in ["made.nii", "made.nii.gz"] {
        let path = bench.path(name);
        volume::write_nifti(&task.as_ref().unwrap().volume, &path).unwrap();
        let back = volume::open(&path, &gyrus::progress::Progress::new()).unwrap();
        let made = back.provenance.clone().unwrap();
        assert_eq!(made.made, "prediction");
        assert_eq!(made.options["text"], "n-back „α“");
        let bundle = &crate::support::models::BUNDLE;
        assert_eq!(
            made.model.as_ref().unwrap().fingerprint,
            bundle.fingerprint()
        );
        let shown = String::from_utf8(bench_run(&bench, &["info", name])).unwrap();
        assert!(shown.contains("prediction by Gyrus"), "{shown}");
        let peaks = record(&json(&bench, &["peaks", name]));
        let before = peaks.maps[0].made_by.as_ref().unwrap();
        assert_eq!(before.made, "prediction");
    }
}

#[test]
fn a_file_that_ends_early_is_decoded_as_far_as_it_goes_where_that_is_asked_for() {
    let bench = Bench::new();
    let bytes = std::fs::read(bench.path("two, flipped.nii")).unwrap();
    std::fs::write(bench.path("cut.nii"), &bytes[..bytes.len() * 9 / 10]).unwrap();
    assert!(!bench.run(&["info", "cut.nii"]).status.success());
    let info = json(&bench, &["info", "cut.nii", "--partial"]);
    let warnings = info["files"][0]["warnings"].as_array().unwrap();
    assert!(
        warnings.iter().any(|w| w["code"] == "values-missing"),
        "{warnings:?}"
    );
    let args = ["decode", "cut.nii", "--partial", "--tail", "neg"];
    let decoded = json(&bench, &args);
    let warnings = decoded["warnings"].to_string();
    assert!(warnings.contains("ends early"), "{warnings}");
}
