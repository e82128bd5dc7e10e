//! `gyrus why`, `ontology`, `bundle nulls` and `decode --only` as programs.

use gyrus::bundle::Bundle;
use gyrus::ontology::Ontology;
use gyrus::space::open_map;

use super::decode::Bench;

fn stderr(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn stdout(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn why_names_regions_and_writes_a_map_that_opens() {
    let bench = Bench::new();
    let first = &bench.json(&["decode", "one.nii.gz"])["tasks"][0];
    let why = bench.json(&["why", "one.nii.gz", "-o", "carried.nii.gz"]);
    assert_eq!(why["task"], first["name"]);
    assert_eq!(why["tail"], "pos");
    let regions = why["regions"].as_array().unwrap();
    assert!(!regions.is_empty() && regions[0]["at_mm"].as_array().unwrap().len() == 3);
    assert!(
        why["provenance"]["options"]["task"] == first["name"],
        "{why}"
    );
    let map = open_map(
        &bench.path("carried.nii.gz"),
        0,
        &gyrus::progress::Progress::new(),
    );
    let (_, high) = map
        .unwrap()
        .data
        .scalar()
        .unwrap()
        .iter()
        .fold((0.0_f32, 0.0_f32), |m, v| (m.0.min(*v), m.1.max(v.abs())));
    assert!(
        (high - 1.0).abs() < 1e-5,
        "the largest magnitude is 1, not {high}"
    );
    // Another task and side, by name, to a person.
    let name = &Ontology::embedded().tasks[3].name;
    let said = bench.run(&["why", "one.nii.gz", "--task", name, "--tail", "neg"]);
    assert!(stdout(&said).contains(&format!("look like “{name}” (negative values)")));
    // What is wrong is said, and nothing is written over the map.
    let unknown = bench.run(&["why", "one.nii.gz", "--task", "juggling of knives"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("no task “juggling of knives”"));
    let same = bench.run(&["why", "one.nii.gz", "-o", "one.nii.gz"]);
    assert!(!same.status.success());
    assert_eq!(bench.run(&["why", "none.nii.gz"]).status.code(), Some(1));
}

#[test]
fn some_tasks_only_are_ranked() {
    let bench = Bench::new();
    let tasks = &Ontology::embedded().tasks;
    let (a, b) = (&tasks[2], &tasks[5]);
    std::fs::write(bench.path("some.txt"), format!("{}\n\n{}\n", b.id, a.name)).unwrap();
    let one = bench.json(&[
        "decode",
        "one.nii.gz",
        "--only",
        &a.name,
        "--only-from",
        "some.txt",
    ]);
    let ranked = one["tasks"].as_array().unwrap();
    assert_eq!(ranked.len(), 2);
    let sum: f64 = ranked
        .iter()
        .map(|t| t["posterior"].as_f64().unwrap())
        .sum();
    assert!((sum - 1.0).abs() < 1e-5);
    assert_eq!(
        one["provenance"]["options"]["only_tasks"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let wrong = bench.run(&["decode", "one.nii.gz", "--only", "nothing of the kind"]);
    assert_eq!(wrong.status.code(), Some(2));
    let missing = bench.run(&["decode", "one.nii.gz", "--only-from", "missing.txt"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(stderr(&missing).contains("missing.txt"));
}

#[test]
fn a_model_is_tried_on_noise_and_says_so() {
    let bench = Bench::new();
    let made = bench.json(&[
        "bundle",
        "nulls",
        "model.gyrus",
        "-o",
        "tried.gyrus",
        "--maps",
        "12",
    ]);
    assert_eq!(made["null_maps"], 24);
    let tried = Bundle::read(&bench.path("tried.gyrus")).unwrap();
    assert_eq!(tried.nulls.as_ref().unwrap().maps, 24);
    let shown = bench.run(&["bundle", "show", "tried.gyrus"]);
    assert!(
        stdout(&shown).contains("held against 24 maps of noise"),
        "{}",
        stdout(&shown)
    );
    let untried = bench.run(&["bundle", "show", "model.gyrus"]);
    assert!(stdout(&untried).contains("not tried"));
    let few = bench.run(&[
        "bundle",
        "nulls",
        "model.gyrus",
        "-o",
        "x.gyrus",
        "--maps",
        "3",
    ]);
    assert_eq!(few.status.code(), Some(2));
    let over = bench.run(&["bundle", "nulls", "model.gyrus", "-o", "model.gyrus"]);
    assert!(!over.status.success(), "the model that is read stays");
}

#[test]
fn the_ontology_is_listed_shown_and_compared() {
    let bench = Bench::new();
    let list = bench.json(&["ontology", "list", "working memory"]);
    let tasks = list["tasks"].as_array().unwrap();
    assert!(!tasks.is_empty() && tasks.len() < Ontology::embedded().tasks.len());
    let name = tasks[0]["name"].as_str().unwrap();
    let shown = bench.json(&["ontology", "show", name]);
    assert_eq!(shown["name"], name);
    assert_eq!(shown["nearest"].as_array().unwrap().len(), 5);
    let prior = bench.json(&["ontology", "prior"]);
    let bits = |key: &str| prior[key].as_f64().unwrap();
    assert!(bits("entropy_bits") > 0.0 && bits("entropy_bits") <= bits("most_bits") + 1e-9);
    assert!((bits("effective_tasks") - bits("entropy_bits").exp2()).abs() < 1e-9);
    // A table with one task of ours and one of its own.
    let csv = format!("task,concept_1\n{name},memory\njuggling,balance\n");
    std::fs::write(bench.path("own.csv"), csv).unwrap();
    let diff = bench.json(&["ontology", "diff", "own.csv"]);
    assert_eq!(diff["shared"], 1, "{diff}");
    assert_eq!(diff["only_second"], serde_json::json!(["juggling"]));
    let said = bench.run(&["ontology", "diff", "own.csv"]);
    assert!(
        stdout(&said).contains("Tasks in both: 1 "),
        "{}",
        stdout(&said)
    );
    assert_eq!(
        bench.run(&["ontology", "show", "juggling"]).status.code(),
        Some(2)
    );
    assert_eq!(
        bench.run(&["ontology", "diff", "none.csv"]).status.code(),
        Some(1)
    );
}
