//! `gyrus decode` and `gyrus predict` as programs: JSON, CSV, exit codes, messages.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gyrus::volume::write_nifti;
use serde_json::Value;

use crate::support::models::{BUNDLE, blobs};

/// A folder with a model and two maps.
pub struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        BUNDLE.write(&dir.path().join("model.gyrus")).unwrap();
        write_nifti(&blobs(1.0), &dir.path().join("one.nii.gz")).unwrap();
        write_nifti(&blobs(-1.0), &dir.path().join("two, flipped.nii")).unwrap();
        Self { dir }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_gyrus"))
            .current_dir(self.dir.path())
            .args(args)
            .args(["--model", "model.gyrus", "-q"])
            .output()
            .unwrap()
    }

    pub fn json(&self, args: &[&str]) -> Value {
        let output = self.run(&[args, &["--json"]].concat());
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

fn no_null(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(all) => all.iter().all(no_null),
        Value::Object(all) => all.values().all(no_null),
        _ => true,
    }
}

#[test]
fn json_keeps_its_contract() {
    let bench = Bench::new();
    let one = bench.json(&["decode", "one.nii.gz", "--top", "3"]);
    assert_eq!(one["schema"], 1);
    for key in ["map", "bundle", "tasks", "concepts", "domains", "warnings"] {
        assert!(keys(&one).contains(&key), "{key}");
    }
    let mut task = keys(&one["tasks"][0]);
    task.sort_unstable();
    assert_eq!(
        task,
        [
            "bayes_factor",
            "id",
            "likelihood",
            "name",
            "posterior",
            "prior",
            "similarity"
        ]
    );
    let mut domain = keys(&one["domains"][0]);
    domain.sort_unstable();
    assert_eq!(domain, ["id", "name", "percentile", "score"]);
    assert_eq!(one["tasks"].as_array().unwrap().len(), 3);
    assert_eq!(one["domains"].as_array().unwrap().len(), 10);
    assert_eq!(one["bundle"]["fingerprint"], BUNDLE.fingerprint());
    assert_eq!(one["map"]["sha256"].as_str().unwrap().len(), 64);
    assert!(no_null(&one));
    let all = bench.json(&["decode", "one.nii.gz"]);
    assert_eq!(all["tasks"].as_array().unwrap().len(), BUNDLE.tasks.len());
}

#[test]
fn several_maps_or_tails_are_a_list() {
    let bench = Bench::new();
    let two = bench.json(&["decode", "one.nii.gz", "two, flipped.nii"]);
    assert_eq!(two.as_array().unwrap().len(), 2);
    let both = bench.json(&["decode", "one.nii.gz", "--tail", "both"]);
    let tails: Vec<&Value> = both
        .as_array()
        .unwrap()
        .iter()
        .map(|d| &d["tail"])
        .collect();
    assert_eq!(tails, ["pos", "neg"]);
    // The other map is the negative of the first, and its negative side leads.
    assert_eq!(both[0]["tasks"][0]["id"], two[1]["tasks"][0]["id"]);
}

#[test]
fn without_a_side_named_the_stronger_one_is_shown_and_a_line_on_the_other() {
    let bench = Bench::new();
    for (map, tail, word) in [
        ("one.nii.gz", "pos", "negative"),
        ("two, flipped.nii", "neg", "positive"),
    ] {
        let read = bench.json(&["decode", map, "--top", "1"]);
        assert_eq!(read["tail"], tail);
        assert_eq!(read["leading"], true);
        let other = &read["other_side"];
        assert_ne!(other["tail"], tail);
        let sentence = other["sentence"].as_str().unwrap();
        assert!(
            sentence.starts_with(&format!("The {word} side, weaker: ")),
            "{sentence}"
        );
        let text = String::from_utf8(bench.run(&["decode", map]).stdout).unwrap();
        assert_eq!(text.matches("posterior ").count(), 1, "one table: {text}");
        assert!(text.contains(sentence), "{text}");
    }
    let asked = bench.json(&["decode", "one.nii.gz", "--tail", "neg"]);
    assert_eq!(asked["leading"], false);
    assert!(asked.get("other_side").is_none());
    let text = bench.run(&["decode", "one.nii.gz", "--tail", "neg"]).stdout;
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("The negative side, weaker:\n"), "{text}");
}

#[test]
fn a_map_that_should_not_be_decoded_is_only_on_request() {
    let bench = Bench::new();
    let mut region = crate::support::models::map_of(|mm| f32::from(mm[0] < -30.0 && mm[2] > 20.0));
    region.kind = gyrus::volume::MapKind::Mask;
    write_nifti(&region, &bench.path("region.nii.gz")).unwrap();
    let output = bench.run(&["decode", "region.nii.gz"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("it is a mask") && said.contains("--anyway"),
        "{said}"
    );
    let read = bench.json(&["decode", "region.nii.gz", "--anyway"]);
    assert!(!read["tasks"].as_array().unwrap().is_empty());
}

#[test]
fn the_table_and_the_csv_agree_with_the_json() {
    let bench = Bench::new();
    let json = bench.json(&["decode", "two, flipped.nii", "--top", "2"]);
    let output = bench.run(&[
        "decode",
        "two, flipped.nii",
        "--top",
        "2",
        "-o",
        "scores.csv",
    ]);
    assert!(output.status.success());
    let table = String::from_utf8(output.stdout).unwrap();
    let best = json["tasks"][0]["name"].as_str().unwrap();
    assert!(
        table.contains(best) && table.contains("Bayes factor") && table.contains('█'),
        "{table}"
    );
    let csv = std::fs::read_to_string(bench.path("scores.csv")).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 1 + 2 + 2 + 10);
    assert!(
        lines[1].starts_with("\"two, flipped.nii\",") && lines[1].contains(best),
        "{}",
        lines[1]
    );
    assert!(lines[1].contains(&json["tasks"][0]["posterior"].to_string()[..6]));
}

#[test]
fn a_broken_map_does_not_stop_the_others() {
    let bench = Bench::new();
    std::fs::write(bench.path("broken.nii.gz"), b"not a map at all").unwrap();
    let output = bench.run(&[
        "decode",
        "broken.nii.gz",
        "one.nii.gz",
        "missing.nii",
        "--json",
    ]);
    assert_eq!(output.status.code(), Some(1));
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(read.as_array().unwrap().len(), 1);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("broken.nii.gz") && said.contains("missing.nii"),
        "{said}"
    );
}

#[test]
fn wrong_usage_and_missing_models_have_their_codes() {
    let bench = Bench::new();
    assert_eq!(bench.run(&["decode"]).status.code(), Some(2));
    assert_eq!(
        bench
            .run(&["decode", "one.nii.gz", "--tail", "up"])
            .status
            .code(),
        Some(2)
    );
    let run = |model: &Path| {
        Command::new(env!("CARGO_BIN_EXE_gyrus"))
            .arg("decode")
            .arg(bench.path("one.nii.gz"))
            .arg("--model")
            .arg(model)
            .output()
            .unwrap()
    };
    for model in ["none.gyrus", "one.nii.gz"] {
        let output = run(&bench.path(model));
        assert_eq!(output.status.code(), Some(1));
        assert!(
            String::from_utf8_lossy(&output.stderr)
                .trim_end()
                .ends_with(model)
        );
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn texts_the_literature_does_not_know_are_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_gyrus"))
            .current_dir(folder.path())
            .args(["predict", "-o", "map.nii.gz", "-q"])
            .args(args)
            .output()
            .unwrap()
    };
    for (text, warned) in [
        ("finger tapping", false),
        ("asdf qwer zxcv", true),
        ("\u{1f9e0}\u{1f525}", true),
    ] {
        let output = run(&[text, "--json"]);
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let warnings = document["warnings"].as_array().unwrap();
        assert_eq!(!warnings.is_empty(), warned, "{text}: {warnings:?}");
        let said = String::from_utf8(run(&[text]).stderr).unwrap();
        assert_eq!(
            said.contains("the map is a guess"),
            warned,
            "{text}: {said}"
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_thousand_maps_take_no_more_memory_than_twenty() {
    use std::io::{BufRead as _, BufReader};
    let bench = Bench::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_gyrus"))
        .args([
            "decode",
            "--json",
            "-q",
            "--model",
            "model.gyrus",
            "-o",
            "t.csv",
        ])
        .args(std::iter::repeat_n("one.nii.gz", 1000))
        .current_dir(bench.path(""))
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let most_kib = || -> u64 {
        let status = std::fs::read_to_string(&status).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        line.unwrap()
            .split_whitespace()
            .nth(1)
            .unwrap()
            .parse()
            .unwrap()
    };
    // What is printed while the maps are read tells how far it is; it waits for its reader.
    let (mut text, mut read, mut early) = (String::new(), 0, 0);
    let mut grown = None;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        read += usize::from(line.trim() == "\"schema\": 1,");
        if read == 20 && early == 0 {
            early = most_kib();
        }
        if read == 950 && grown.is_none() {
            grown = Some(most_kib() - early);
        }
        text.push_str(&line);
    }
    assert!(child.wait().unwrap().success());
    // A thousand of these maps are 465 MB.
    let grown = grown.unwrap();
    assert!(grown < 100_000, "{grown} KiB");
    let all: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(all.as_array().unwrap().len(), 1000);
    let csv = std::fs::read_to_string(bench.path("t.csv")).unwrap();
    assert_eq!(
        csv.lines().filter(|line| line.contains(",task,1,")).count(),
        1000
    );
}
