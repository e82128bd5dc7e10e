//! `gyrus studies` and `gyrus meta` as programs.

use std::path::PathBuf;
use std::process::{Command, Output};

use gyrus::progress::Progress;
use gyrus::space::demo_map;
use gyrus::volume::write_nifti;
use serde_json::Value;

/// A folder with a map, and the program with the model inside it: others have no studies with peaks.
struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let map = demo_map(&Progress::new()).unwrap();
        write_nifti(&map, &dir.path().join("one_z.nii.gz")).unwrap();
        Self { dir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_gyrus"))
            .current_dir(self.dir.path())
            .env("GYRUS_ASSETS", self.path("assets"))
            .args(args)
            .arg("-q")
            .output()
            .unwrap()
    }

    fn json(&self, args: &[&str]) -> Value {
        let output = self.run(&[args, &["--json"]].concat());
        assert!(output.status.success(), "{}", stderr(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn studies_near_a_text_are_filtered_and_written_for_reference_managers() {
    let bench = Bench::new();
    let found = bench.json(&["studies", "--text", "fear conditioning", "--top", "8"]);
    let studies = found["studies"].as_array().unwrap();
    assert_eq!(studies.len(), 8);
    let about = |word: &str| {
        let titles = studies.iter().filter_map(|s| s["title"].as_str());
        titles.filter(|t| t.to_lowercase().contains(word)).count()
    };
    assert!(about("fear") + about("condition") >= 6, "{found}");
    let late = [
        "studies",
        "--text",
        "fear conditioning",
        "--from",
        "2010",
        "--word",
        "Extinction",
        "--top",
        "3",
    ];
    for study in bench.json(&late)["studies"].as_array().unwrap() {
        assert!(study["year"].as_u64().unwrap() >= 2010, "{study}");
        let title = study["title"].as_str().unwrap().to_lowercase();
        assert!(title.contains("extinction"), "{study}");
    }
    for (file, begins, entry) in [
        ("list.csv", "rank,pmid,year,title,", "\n"),
        ("list.bib", "@article{pmid", "@article"),
        ("list.ris", "TY  - JOUR", "TY  - "),
    ] {
        let done = bench.run(&["studies", "--text", "pain", "--top", "4", "-o", file]);
        assert!(done.status.success(), "{}", stderr(&done));
        let text = std::fs::read_to_string(bench.path(file)).unwrap();
        assert!(text.starts_with(begins), "{text}");
        assert!(text.matches(entry).count() >= 4, "{text}");
    }
    let wrong = bench.run(&["studies", "--text", "pain", "-o", "list.txt"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(stderr(&wrong).contains(".csv or .bib or .ris"));
}

#[test]
fn studies_are_found_by_what_is_seen_too_and_what_is_missing_is_said() {
    let bench = Bench::new();
    let by_map = bench.json(&["studies", "--map", "one_z.nii.gz", "--top", "3"]);
    assert_eq!(by_map["studies"].as_array().unwrap().len(), 3);
    let by_region = bench.json(&["studies", "--region", "Left hippocampus", "--top", "3"]);
    assert_eq!(by_region["by"], "Left hippocampus");
    for wrong in [
        &["studies"][..],
        &["studies", "--text", "pain", "--map", "one_z.nii.gz"],
    ] {
        assert_eq!(bench.run(wrong).status.code(), Some(2), "{wrong:?}");
    }
    let blank = bench.run(&["studies", "--text", "   "]);
    assert_eq!(blank.status.code(), Some(1));
    assert!(stderr(&blank).contains("empty"), "{}", stderr(&blank));
    std::fs::write(bench.path("list.txt"), "# mine\n1\nnot a number\n").unwrap();
    let none = bench.run(&["studies", "--pmids", "list.txt"]);
    assert!(stdout(&none).contains("No study"), "{}", stdout(&none));
    let told = stderr(&none);
    assert!(
        told.contains("1 lines of the list") && told.contains("1 of 1 studies"),
        "{told}"
    );
}

#[test]
fn studies_with_peaks_near_a_place_are_sorted_by_distance() {
    let bench = Bench::new();
    let place = ["studies", "--near", "-22,-4,-18,6", "--top", "30"];
    let found = bench.json(&place);
    let studies = found["studies"].as_array().unwrap();
    assert_eq!(studies.len(), 30);
    let far: Vec<f64> = studies
        .iter()
        .map(|s| s["near"]["distance_mm"].as_f64().unwrap())
        .collect();
    assert!(far.is_sorted() && far[29] <= 6.0, "{far:?}");
    assert!(studies.iter().all(|s| s.get("similarity").is_none()));
    // Most of them are far fewer where nothing is reported.
    let nowhere = bench.json(&["studies", "--near", "0,0,110,3"]);
    assert_eq!(nowhere["studies"].as_array().unwrap().len(), 0);
    let told = bench.run(&place);
    assert!(
        stderr(&told).contains("studies report a peak there"),
        "{}",
        stderr(&told)
    );
    assert!(stdout(&told).contains("nearest, mm"));
    for wrong in [
        &["studies", "--near", "1,2"][..],
        &["studies", "--near", "1,2,3,-4"],
    ] {
        assert_eq!(bench.run(wrong).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn a_meta_analysis_finds_where_the_studies_agree_and_says_how_it_was_made() {
    let bench = Bench::new();
    let found = bench.json(&[
        "meta",
        "--text",
        "finger tapping",
        "--top",
        "60",
        "--method",
        "ale",
        "--iterations",
        "100",
        "--keep",
        "voxel",
        "-o",
        "tapping.nii.gz",
    ]);
    assert_eq!(found["studies"], 60);
    let first = &found["clusters"][0];
    let region = first["region"].as_str().unwrap().to_lowercase();
    assert!(
        region.contains("central") || region.contains("frontal"),
        "{first}"
    );
    assert!(found["fwe_thresholds"]["statistic"].as_f64().unwrap() > 0.0);
    assert!(
        found["provenance"]["options"]["pmids"]
            .as_str()
            .unwrap()
            .split(' ')
            .count()
            == 60
    );
    let again = bench.json(&["info", "tapping.nii.gz"]);
    assert!(again.to_string().contains("meta-analysis"), "{again}");
    // A map chooses studies that agree with it: that is said.
    let circle = bench.run(&[
        "meta",
        "--map",
        "one_z.nii.gz",
        "--top",
        "20",
        "--method",
        "mkda",
        "-o",
        "m.nii.gz",
    ]);
    assert!(
        stderr(&circle).contains("no evidence for it"),
        "{}",
        stderr(&circle)
    );
    let against = bench.json(&[
        "meta", "--text", "pain", "--top", "40", "--method", "chi2", "--keep", "fdr", "-o",
        "c.nii.gz",
    ]);
    assert!(against["others"].as_u64().unwrap() > 10_000);
    let few = bench.run(&[
        "meta", "--text", "pain", "--word", "xyzzy", "-o", "x.nii.gz",
    ]);
    assert_eq!(few.status.code(), Some(1));
    assert!(
        stderr(&few).contains("0 of the studies have peaks"),
        "{}",
        stderr(&few)
    );
    assert!(!bench.path("x.nii.gz").exists());
    let unproven = bench.run(&["meta", "--text", "pain", "--keep", "size", "-o", "x.nii.gz"]);
    assert_eq!(unproven.status.code(), Some(2));
}

#[test]
fn what_each_study_gives_to_a_cluster_is_written() {
    let bench = Bench::new();
    let meta = |method: &str| {
        bench.run(&[
            "meta",
            "--text",
            "fear conditioning",
            "--top",
            "40",
            "--method",
            method,
            "--contributions",
            "shares.csv",
            "-o",
            "z.nii.gz",
        ])
    };
    let output = meta("ale");
    assert!(output.status.success(), "{}", stderr(&output));
    let table = std::fs::read_to_string(bench.path("shares.csv")).unwrap();
    assert!(table.starts_with("cluster,pmid,year,title,peaks_inside,share,"));
    let rows: Vec<Vec<String>> = table.lines().map(cells).collect();
    let first: Vec<&Vec<String>> = rows.iter().filter(|row| row[0] == "1").collect();
    let share = |row: &[String]| row[5].parse::<f64>().unwrap();
    assert!(first.len() >= 3);
    assert!(first.iter().all(|row| (0.0..1.0).contains(&share(row))));
    assert!(first.windows(2).all(|two| share(two[0]) >= share(two[1])));
    assert!(first.iter().any(|row| row[4].parse::<u32>().unwrap() > 0));
    assert_eq!(meta("chi2").status.code(), Some(2));
}

/// Cells of a line, quotes taken off.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            other => cells.last_mut().unwrap().push(other),
        }
    }
    cells
}
