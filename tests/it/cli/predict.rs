//! `gyrus predict` of two texts, of files, and how sure it is.

use std::process::{Command, Output};

use serde_json::Value;

fn run(folder: &std::path::Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gyrus"))
        .current_dir(folder)
        .args(["predict", "-q"])
        .args(args)
        .output()
        .unwrap()
}

fn json(folder: &std::path::Path, args: &[&str]) -> Value {
    let output = run(folder, &[args, &["--json"]].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn two_texts_and_sharpness() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let minus = json(
        folder,
        &[
            "viewing faces",
            "--minus",
            "tapping fingers",
            "-o",
            "d.nii.gz",
        ],
    );
    assert_eq!(minus["second"]["mix"], "minus");
    assert_eq!(minus["support"].as_array().unwrap().len(), 2);
    assert_eq!(minus["map"]["name"], "viewing faces − tapping fingers");
    assert!(minus["peak"]["value"].as_f64().unwrap() > 0.2);
    assert!(minus["lowest"]["value"].as_f64().unwrap() < -0.2);
    let between = json(
        folder,
        &[
            "viewing faces",
            "--toward",
            "n-back task",
            "--share",
            "30",
            "--sharpness",
            "100",
            "-o",
            "b.nii.gz",
        ],
    );
    assert_eq!(between["second"]["mix"]["toward_percent"], 30);
    assert!(between["second"]["task_id"].is_string());
    assert_eq!(between["sharpness_percent"], 100);
    assert!(
        between["unit"]
            .as_str()
            .unwrap()
            .contains("no test statistic")
    );
    let same = run(
        folder,
        &[
            "viewing faces",
            "--minus",
            "viewing faces",
            "-o",
            "s.nii.gz",
        ],
    );
    assert_eq!(same.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&same.stderr).contains("same map"));
    assert!(!folder.join("s.nii.gz").exists());
    for wrong in [
        &["a", "--minus", "b", "--toward", "c", "-o", "x.nii"][..],
        &["a", "--share", "20", "-o", "x.nii"],
        &["a", "--sharpness", "101", "-o", "x.nii"],
        &["-o", "x.nii"],
    ] {
        assert_eq!(run(folder, wrong).status.code(), Some(2), "{wrong:?}");
    }
}

/// The map that is compared with, and the text, are never written over.
#[test]
fn what_is_read_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    json(folder, &["viewing faces", "-o", "own.nii.gz"]);
    let before = std::fs::read(folder.join("own.nii.gz")).unwrap();
    let beside = ["tapping", "--beside", "own.nii.gz", "-o"];
    assert_eq!(
        run(folder, &[&beside[..], &["own.nii.gz"]].concat())
            .status
            .code(),
        Some(2)
    );
    assert_eq!(std::fs::read(folder.join("own.nii.gz")).unwrap(), before);
    let made = json(folder, &[&beside[..], &["other.nii.gz"]].concat());
    let (r, rank) = (&made["beside"]["pearson"], &made["beside"]["rank"]);
    assert!(
        r.as_f64().unwrap() < 0.9 && rank.as_u64().unwrap() > 5,
        "{made}"
    );
    let same = json(
        folder,
        &[
            "viewing faces",
            "--beside",
            "own.nii.gz",
            "-o",
            "again.nii.gz",
        ],
    );
    assert!(same["beside"]["pearson"].as_f64().unwrap() > 0.999);
    assert!(same["beside"]["rank"].as_u64().unwrap() <= 5, "{same}");
}

#[test]
fn a_text_is_read_from_a_file_whole() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let article = "Participants tapped their fingers while their brains were scanned.\n".repeat(80);
    std::fs::write(folder.join("article.txt"), &article).unwrap();
    let made = json(folder, &["--file", "article.txt", "-o", "map.nii.gz"]);
    let parts = made["support"][0]["parts"].as_u64().unwrap();
    assert!(parts > 2, "{made}");
    assert_eq!(made["text"].as_str().unwrap(), article.trim());
    std::fs::write(folder.join("picture.txt"), [0xff, 0xd8, 0xff]).unwrap();
    for missing in ["picture.txt", "nothing.txt"] {
        let output = run(folder, &["--file", missing, "-o", "other.nii.gz"]);
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            said.contains("Could not read the text") && said.trim_end().ends_with(missing),
            "{said}"
        );
    }
    assert!(!folder.join("other.nii.gz").exists());
}

#[test]
fn how_much_the_literature_supports_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let sure = json(folder.path(), &["reading words aloud", "-o", "a.nii.gz"]);
    let share = sure["support"][0]["title_percentile"].as_f64().unwrap();
    assert!(share > 0.2, "{share}");
    assert_eq!(sure["warnings"].as_array().unwrap().len(), 0);
    let unsure = json(
        folder.path(),
        &["photosynthesis in algae", "-o", "a.nii.gz"],
    );
    let share = unsure["support"][0]["title_percentile"].as_f64().unwrap();
    assert!(share < 0.1, "{share}");
    let said = run(folder.path(), &["memory without emotion", "-o", "a.nii.gz"]);
    assert!(String::from_utf8_lossy(&said.stderr).contains("“without”"));
    assert!(String::from_utf8_lossy(&said.stdout).contains("Supported: closer to"));
}
