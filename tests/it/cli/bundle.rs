//! `gyrus bundle`: models of others from their files to a decoded map.

use std::path::Path;

use serde_json::Value;

use crate::support::models::niclip_file;
use crate::support::program::{gyrus, text};

fn path(name: &str) -> String {
    niclip_file(name).to_str().unwrap().to_owned()
}

fn import(folder: &Path, more: &[&str]) -> std::process::Output {
    let [weights, vocabulary, embeddings, prior, atlas] = [
        "weights.pth",
        "vocabulary.txt",
        "embeddings.npy",
        "prior.npy",
        "atlas.nii.gz",
    ]
    .map(path);
    let mut args = vec![
        "bundle",
        "import",
        "niclip",
        "--weights",
        &weights,
        "--vocabulary",
        &vocabulary,
        "--embeddings",
        &embeddings,
        "--prior",
        &prior,
        "--atlas",
        &atlas,
        "-o",
        "small.gyrus",
        "-q",
    ];
    args.extend(more);
    gyrus(folder, &args)
}

fn json(folder: &Path, args: &[&str]) -> Value {
    let output = gyrus(folder, args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_published_model_is_imported_shown_and_decodes() {
    let folder = tempfile::tempdir().unwrap();
    let (atlas, tasks) = (path("cognitive_atlas"), path("reduced_tasks.csv"));
    let made = import(
        folder.path(),
        &[
            "--cognitive-atlas",
            &atlas,
            "--tasks",
            &tasks,
            "--encoder",
            "Mistral",
        ],
    );
    assert!(made.status.success(), "{}", text(&made.stderr));
    let told = text(&made.stdout);
    assert!(
        told.contains("12 tasks, 32 modes") && told.contains("not in the atlas"),
        "{told}"
    );

    let shown = json(folder.path(), &["bundle", "show", "small.gyrus", "--json"]);
    assert_eq!(shown["predicts_maps"], false);
    assert_eq!(shown["reads_signed_maps"], true);
    assert_eq!(shown["manifest"]["preprocess"], "niclip/1");
    assert_eq!(
        shown["manifest"]["encoder"]["fingerprint"],
        "external: Mistral"
    );
    assert_eq!(shown["ontology"], serde_json::json!([10, 12, 10]));
    assert!(shown["sizes"]["text_model"]["bytes"].as_u64() > Some(10_000));
    let words = text(&gyrus(folder.path(), &["bundle", "show", "small.gyrus"]).stdout);
    assert!(
        words.contains("no decoder") && words.contains("6.02 × 5.98 × 6.00 mm"),
        "{words}"
    );
    let embedded = json(folder.path(), &["bundle", "show", "--json"]);
    assert_eq!(embedded["predicts_maps"], true);

    let map = path("map.nii.gz");
    let reference: Value =
        serde_json::from_str(&std::fs::read_to_string(niclip_file("reference.json")).unwrap())
            .unwrap();
    let model = ["--model", "small.gyrus", "-q", "--json"];
    let decoded = json(folder.path(), &[&["decode", &map][..], &model].concat());
    assert_eq!(decoded["tail"], "both");
    assert_eq!(decoded["leading"], true);
    assert!(decoded["other_side"].is_null());
    let highest = reference["niclip"]["posterior"].as_array().unwrap();
    let highest = highest
        .iter()
        .map(|p| p.as_f64().unwrap())
        .fold(0.0, f64::max);
    let found = decoded["tasks"][0]["posterior"].as_f64().unwrap();
    assert!((found - highest).abs() < 1e-4, "{found} {highest}");
    let domain_of = |document: &Value, name: &str| {
        let all = document["domains"].as_array().unwrap();
        let domain = all.iter().find(|d| d["id"] == name).unwrap();
        domain["score"].as_f64().unwrap()
    };
    let reduced = reference["niclip"]["domains_reduced"].as_object().unwrap();
    // Other links for the same ranking.
    let other = json(
        folder.path(),
        &[&["decode", &map, "--ontology", &atlas][..], &model].concat(),
    );
    let full = reference["niclip"]["domains_full"].as_object().unwrap();
    for (id, wanted) in reduced {
        assert!(
            (domain_of(&decoded, id) - wanted.as_f64().unwrap()).abs() < 1e-4,
            "{id}"
        );
        assert!(
            (domain_of(&other, id) - full[id].as_f64().unwrap()).abs() < 1e-4,
            "{id}"
        );
    }
    assert_ne!(decoded["ontology"], other["ontology"]);
    let people = text(
        &gyrus(
            folder.path(),
            &["decode", &map, "--model", "small.gyrus", "-q"],
        )
        .stdout,
    );
    assert!(people.contains("both signs at once"), "{people}");
}

#[test]
fn what_an_imported_model_cannot_do_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    assert!(import(folder.path(), &[]).status.success());
    let output = gyrus(
        folder.path(),
        &[
            "predict",
            "colour naming task",
            "-o",
            "out.nii.gz",
            "--model",
            "small.gyrus",
            "-q",
        ],
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("this model has no decoder"),
        "{}",
        text(&output.stderr)
    );
    let free = [
        "predict",
        "reading rhymes aloud",
        "-o",
        "out.nii.gz",
        "--model",
        "small.gyrus",
        "-q",
    ];
    assert!(text(&gyrus(folder.path(), &free).stderr).contains("this model has no decoder"));

    // Nobody knows what it has learnt from.
    let titles: String = (1..=40)
        .map(|n| format!("{n},study number {n} of tasks\n"))
        .collect();
    std::fs::write(
        folder.path().join("studies.csv"),
        format!("id,title\n{titles}"),
    )
    .unwrap();
    let peaks: String = (1..=40)
        .map(|n| format!("{n},{n},-20,30\n{n},-{n},10,5\n"))
        .collect();
    std::fs::write(
        folder.path().join("coordinates.csv"),
        format!("id,x,y,z\n{peaks}"),
    )
    .unwrap();
    let output = gyrus(
        folder.path(),
        &[
            "eval",
            "small.gyrus",
            "--corpus",
            ".",
            "-q",
            "--cache",
            "cache",
        ],
    );
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    assert!(told.contains("--allow-trained"), "{told}");

    let refused = import(folder.path(), &["--scale", "0"]);
    assert_eq!(refused.status.code(), Some(2));
    let (weights, lost) = (path("legacy.pth"), folder.path().join("small.gyrus"));
    let before = std::fs::read(&lost).unwrap();
    let output = import(folder.path(), &["--name", "x", "--mask", &weights]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        std::fs::read(&lost).unwrap(),
        before,
        "what was there stays"
    );
}
