//! `gyrus batch`: folders of maps, broken ones among them; stopped, gone on with, in shards.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use gyrus::volume::{MapKind, Volume, VolumeData, write_nifti};
use serde_json::Value;

use crate::support::models::{BUNDLE, blobs, map_of};
use crate::support::nifti_bytes::Nifti;
use crate::support::program::{gyrus, program, text};

const OUTPUTS: [&str; 3] = ["results.jsonl", "results.csv", "errors.csv"];
const LINES: usize = 11;

/// A folder with a model and `maps`, in which good, broken and unsuitable ones lie.
struct Lab {
    dir: tempfile::TempDir,
}

/// Several frames of the grid of [`blobs`], each a multiple of the same map.
fn series(path: &Path, factors: &[f32], of: &Volume) {
    let values = of.data.scalar().unwrap();
    let all: Vec<f32> = factors
        .iter()
        .flat_map(|factor| values.iter().map(move |v| factor * v))
        .collect();
    let [nx, ny, nz] = of.grid.shape.map(|d| d as u16);
    let mut nifti = Nifti::float32(&[nx, ny, nz, factors.len() as u16], &all);
    let rows = of.grid.affine.0;
    nifti.sform(std::array::from_fn(|r| rows[r].map(|v| v as f32)));
    fs::write(path, nifti.bytes()).unwrap();
}

impl Lab {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        BUNDLE.write(&at("model.gyrus")).unwrap();
        fs::create_dir_all(at("maps/sub-2/deep")).unwrap();
        fs::create_dir_all(at("maps/.git")).unwrap();
        for (n, name) in [
            "b.nii.gz",
            "a, odd.nii",
            "sub-2/z.nii.gz",
            "sub-2/deep/y.nii",
        ]
        .iter()
        .enumerate()
        {
            write_nifti(&blobs(1.0 + n as f32), &at("maps").join(name)).unwrap();
        }
        series(&at("maps/series.nii"), &[1.0, -2.0, 3.0], &blobs(1.0));
        // What a scanner gives: of one sign, everywhere.
        let head = map_of(|[x, ..]| 700.0 + x as f32);
        series(&at("maps/bold.nii"), &[1.0, 1.1, 0.9, 1.0], &head);
        let mut mask = map_of(|[x, ..]| f32::from(x > 50.0));
        mask.kind = MapKind::Mask;
        write_nifti(&mask, &at("maps/mask.nii")).unwrap();
        let good = fs::read(at("maps/b.nii.gz")).unwrap();
        fs::write(at("maps/cut.nii.gz"), &good[..good.len() / 2]).unwrap();
        fs::write(at("maps/empty.nii"), b"").unwrap();
        fs::write(at("maps/.git/hidden.nii.gz"), &good).unwrap();
        fs::write(at("maps/notes.txt"), b"no map").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(at("maps"), at("maps/sub-2/up")).unwrap();
        Self { dir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn run(&self, args: &[&str]) -> Output {
        let model = ["--model", "model.gyrus", "-q"];
        gyrus(self.dir.path(), &[&["batch"], args, &model].concat())
    }

    /// The summary of a run that succeeds.
    fn json(&self, args: &[&str]) -> Value {
        let output = self.run(&[args, &["--json"]].concat());
        assert!(
            output.status.success(),
            "{args:?}: {}",
            text(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn outputs(&self, folder: &str) -> [String; 3] {
        OUTPUTS.map(|name| fs::read_to_string(self.path(folder).join(name)).unwrap())
    }

    fn lines(&self, folder: &str) -> Vec<Value> {
        let [lines, ..] = self.outputs(folder);
        lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

#[test]
fn broken_maps_are_lines_among_good_ones() {
    let lab = Lab::new();
    let output = lab.run(&["maps", "-o", "out", "--top", "3"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let told = text(&output.stderr);
    assert!(
        told.contains("4 not decoded: 2 declined, 2 failed, 3 more frames"),
        "{told}"
    );
    assert!(text(&output.stdout).contains("7 maps of 9 files decoded"));
    let lines = lab.lines("out");
    let keys: Vec<(&str, u64)> = lines
        .iter()
        .map(|line| {
            (
                line["file"].as_str().unwrap(),
                line["frame"].as_u64().unwrap(),
            )
        })
        .collect();
    let want = [
        ("a, odd.nii", 1),
        ("b.nii.gz", 1),
        ("bold.nii", 1),
        ("cut.nii.gz", 1),
        ("empty.nii", 1),
        ("mask.nii", 1),
        ("series.nii", 1),
        ("series.nii", 2),
        ("series.nii", 3),
        ("sub-2/deep/y.nii", 1),
        ("sub-2/z.nii.gz", 1),
    ];
    assert_eq!(keys, want);
    assert_eq!(want.len(), LINES);
    assert_eq!(lines[2]["frames_left_out"], 3);
    assert_eq!(lines[2]["error"]["declined"], true);
    assert_eq!(lines[3]["error"]["declined"], false);
    for key in ["what", "why", "remedy"] {
        assert!(
            !lines[4]["error"][key].as_str().unwrap().is_empty(),
            "{key}"
        );
    }
    // The document is that of the program's other face, but for the path and the time.
    let args = [
        "decode",
        "maps/b.nii.gz",
        "--top",
        "3",
        "--json",
        "--model",
        "model.gyrus",
        "-q",
    ];
    let mut alone: Value = serde_json::from_slice(&gyrus(lab.dir.path(), &args).stdout).unwrap();
    alone.as_object_mut().unwrap().remove("elapsed_ms").unwrap();
    alone["map"]["path"] = "b.nii.gz".into();
    assert_eq!(lines[1]["decodings"].as_array().unwrap().len(), 1);
    assert_eq!(lines[1]["decodings"][0], alone);
    assert_eq!(lines[1]["sha256"], alone["map"]["sha256"]);
    assert_eq!(lines[7]["decodings"][0]["map"]["frame"], 2);
    assert_eq!(lines[7]["decodings"][0]["tail"], "neg");
    let [_, scores, errors] = lab.outputs("out");
    // As `gyrus decode -o` writes them.
    let args = [
        "decode",
        "maps/b.nii.gz",
        "--top",
        "3",
        "-o",
        "one.csv",
        "--model",
        "model.gyrus",
        "-q",
    ];
    assert!(gyrus(lab.dir.path(), &args).status.success());
    let alone = fs::read_to_string(lab.path("one.csv")).unwrap();
    let mine: Vec<String> = scores
        .lines()
        .filter(|line| line.starts_with("map,") || line.starts_with("b.nii.gz,"))
        .map(|line| line.replace("b.nii.gz,", "maps/b.nii.gz,"))
        .collect();
    assert_eq!(mine, alone.lines().collect::<Vec<_>>());
    assert_eq!(errors.lines().count(), 5, "{errors}");
    assert!(errors.contains("bold.nii,1,declined,") && errors.contains("cut.nii.gz,1,failed,"));
    let mut left: Vec<String> = fs::read_dir(lab.path("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(
        left,
        ["batch.json", "errors.csv", "results.csv", "results.jsonl"]
    );
}

#[test]
fn shards_merged_are_the_bytes_of_one_run_whatever_the_number_of_threads() {
    let lab = Lab::new();
    let options = ["--tail", "both", "--prior", "0.5", "--top", "2"];
    lab.json(&[&["maps", "-o", "whole", "--threads", "1"], &options[..]].concat());
    let mut files = 0;
    for (folder, shard) in [("s1", "1/3"), ("s2", "2/3"), ("s3", "3/3")] {
        let args = [&["maps", "-o", folder, "--shard", shard], &options[..]].concat();
        // A part of so few maps may hold none that can be decoded.
        let output = lab.run(&[&args[..], &["--json"]].concat());
        let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
        files += summary["files"].as_u64().unwrap();
        let none = summary["decoded"] == 0 && summary["files"] != 0;
        assert_eq!(output.status.code(), Some(i32::from(none)), "{summary}");
    }
    assert_eq!(files, 9);
    let summary = lab.json(&["merge", "s3", "s1", "s2", "-o", "merged"]);
    assert_eq!(
        (&summary["decoded"], &summary["failed"]),
        (&7.into(), &2.into())
    );
    for (merged, whole) in lab.outputs("merged").iter().zip(&lab.outputs("whole")) {
        assert_eq!(merged, whole);
    }
    let manifest = |folder: &str| fs::read_to_string(lab.path(folder).join("batch.json")).unwrap();
    assert_eq!(manifest("merged"), manifest("whole"));
    // Both sides of a map are in its one line.
    let sides = lab.lines("whole")[1]["decodings"].as_array().unwrap().len();
    assert_eq!((sides, lab.lines("whole").len()), (2, LINES));

    let refused = |args: &[&str], why: &str| {
        let output = lab.run(args);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(
            text(&output.stderr).contains(why),
            "{args:?}: {}",
            text(&output.stderr)
        );
    };
    refused(&["merge", "s1", "s2", "-o", "m"], "shard 3 of 3 is missing");
    refused(
        &["merge", "s1", "s2", "s2", "-o", "m"],
        "shard 2 is there twice",
    );
    refused(&["merge", "whole", "-o", "m"], "whole run");
    refused(
        &["merge", "s1", "s2", "s3", "-o", "s1"],
        "one of those that are read",
    );
    refused(&["merge", "maps", "-o", "m"], "no finished results");
    refused(&["maps", "-o", "s1"], "shard 1 of 3");
    refused(&["maps", "-o", "s1", "--shard", "2/3"], "shard 1 of 3");
    lab.run(&["maps", "-o", "s4", "--shard", "3/3"]);
    refused(&["merge", "s1", "s2", "s4", "-o", "m"], "another run");
    for wrong in ["0/3", "4/3", "1", "a/b"] {
        let output = lab.run(&["maps", "-o", "x", "--shard", wrong]);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
    }
}

#[test]
fn a_run_goes_on_after_a_torn_line_and_decodes_again_what_changed() {
    let lab = Lab::new();
    let first = lab.json(&["maps", "-o", "whole"]);
    assert_eq!(first["kept"], 0);
    let whole = lab.outputs("whole");
    // What a run leaves that is killed in the middle of a line; one line is not what was written.
    let lines: Vec<&str> = whole[0].lines().collect();
    fs::create_dir(lab.path("out")).unwrap();
    let journal = lab.path("out").join("journal.jsonl");
    let torn = &lines[9][..lines[9].len() / 2];
    let text = [lines[8], lines[1], "{\"file\":\"b.nii.gz\"", lines[6], torn].join("\n");
    fs::write(&journal, text).unwrap();
    let done = lab.json(&["maps", "-o", "out"]);
    assert_eq!((&done["kept"], &done["decoded"]), (&3.into(), &7.into()));
    assert_eq!(lab.outputs("out"), whole);
    assert!(!journal.exists());

    // Nothing is left to do but what failed, which may be whole by now.
    let again = lab.json(&["maps", "-o", "out"]);
    assert_eq!(again["kept"], 9);
    assert_eq!(lab.outputs("out"), whole);
    let good = fs::read(lab.path("maps/b.nii.gz")).unwrap();
    fs::write(lab.path("maps/cut.nii.gz"), good).unwrap();
    write_nifti(&blobs(-1.0), &lab.path("maps/a, odd.nii")).unwrap();
    fs::remove_file(lab.path("maps/mask.nii")).unwrap();
    let changed = lab.json(&["maps", "-o", "out"]);
    assert_eq!(
        (&changed["kept"], &changed["decoded"]),
        (&7.into(), &8.into())
    );
    assert_eq!(
        (&changed["dropped"], &changed["failed"]),
        (&1.into(), &1.into())
    );
    lab.json(&["maps", "-o", "fresh"]);
    assert_eq!(lab.outputs("out"), lab.outputs("fresh"));
    assert_ne!(lab.outputs("out")[0], whole[0]);
    // Other options, other results.
    let other = lab.json(&["maps", "-o", "out", "--prior", "0"]);
    assert_eq!(other["kept"], 0);
    assert_ne!(lab.outputs("out")[0], lab.outputs("fresh")[0]);
}

/// A run is killed as soon as its journal holds something.
#[cfg(unix)]
#[test]
fn a_killed_run_goes_on() {
    let lab = Lab::new();
    for n in 0..40 {
        write_nifti(
            &blobs(2.0 + n as f32),
            &lab.path(&format!("maps/more-{n}.nii")),
        )
        .unwrap();
    }
    lab.json(&["maps", "-o", "whole"]);
    let mut child = program(lab.dir.path())
        .args([
            "batch",
            "maps",
            "-o",
            "out",
            "--model",
            "model.gyrus",
            "-q",
            "--threads",
            "1",
        ])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let journal = lab.path("out/journal.jsonl");
    let begun = || fs::metadata(&journal).is_ok_and(|about| about.len() > 0);
    while !begun() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    lab.json(&["maps", "-o", "out"]);
    assert_eq!(lab.outputs("out"), lab.outputs("whole"));
}

#[test]
fn a_run_that_decodes_nothing_fails() {
    let lab = Lab::new();
    for (args, why) in [
        (
            &["maps/empty.nii", "maps/mask.nii", "-o", "none"][..],
            "Not one map was decoded",
        ),
        (&["maps/notes", "-o", "none"], "could not go on"),
        (&["maps/.git/..", "-o", "model.gyrus"], "could not go on"),
    ] {
        let output = lab.run(args);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(
            text(&output.stderr).contains(why),
            "{args:?}: {}",
            text(&output.stderr)
        );
    }
    fs::create_dir(lab.path("bare")).unwrap();
    let output = lab.run(&["bare", "-o", "none"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("no map in them"));
    assert_eq!(
        lab.run(&["maps"]).status.code(),
        Some(2),
        "no folder of results"
    );
    assert_eq!(lab.run(&["-o", "none"]).status.code(), Some(2), "no input");
    // A mask says what is reported there, where it is asked for.
    let done = lab.json(&["maps/mask.nii", "-o", "masks", "--anyway"]);
    assert_eq!(done["decoded"], 1);
    let all = lab.json(&["maps/bold.nii", "-o", "frames", "--anyway"]);
    assert_eq!(all["decoded"], 4);
}

#[test]
fn two_runs_do_not_write_into_one_folder() {
    let lab = Lab::new();
    fs::create_dir(lab.path("out")).unwrap();
    let held = fs::File::create(lab.path("out/journal.jsonl")).unwrap();
    held.lock().unwrap();
    let output = lab.run(&["maps", "-o", "out"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("another run of gyrus"),
        "{}",
        text(&output.stderr)
    );
    held.unlock().unwrap();
    assert!(lab.run(&["maps", "-o", "out"]).status.success());
}

/// Unused data kinds are declined, and say so.
#[test]
fn labels_are_declined() {
    let lab = Lab::new();
    let mut labels = map_of(|_| 0.0);
    let count = labels.grid.len();
    labels.kind = MapKind::Label;
    labels.data = VolumeData::Label((0..count as u32).map(|n| n % 90).collect());
    write_nifti(&labels, &lab.path("maps/labels.nii")).unwrap();
    let done = lab.json(&["maps/labels.nii", "maps/b.nii.gz", "-o", "out"]);
    assert_eq!((&done["declined"], &done["failed"]), (&1.into(), &0.into()));
    let line = &lab.lines("out")[1];
    assert!(
        line["error"]["why"].as_str().unwrap().contains("labels"),
        "{line}"
    );
}
