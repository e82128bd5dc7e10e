//! What the command line writes: under which names, over what, and what is left of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use gyrus::volume::write_nifti;
use serde_json::Value;

use super::decode::Bench;
use crate::support::models::{BUNDLE, blobs};
use crate::support::program::{gyrus, text};

/// Names and bytes of everything in a folder.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), std::fs::read(&path).unwrap_or_default()))
        .collect();
    all.sort();
    all
}

#[test]
fn no_output_has_a_wrong_ending_or_replaces_an_input() {
    let bench = Bench::new();
    let folder = bench.path("");
    std::fs::write(bench.path("names.csv"), b"index,name\n1,One\n").unwrap();
    std::fs::create_dir(bench.path("corpus")).unwrap();
    let before = contents(&folder);
    for wrong in [
        // A shell's `decode -o *.nii*`.
        "decode -o one.nii.gz two,_flipped.nii",
        "decode one.nii.gz -o scores.tsv",
        "peaks one.nii.gz -o one.nii.gz",
        "peaks one.nii.gz -o peaks",
        "peaks one.nii.gz --atlas one.nii.gz --names names.csv -o names.csv",
        "render one.nii.gz -o fig.pdf",
        "render one.nii.gz -o one.nii.gz",
        "predict pain -o map.csv",
        "predict pain -o .nii",
        "train corpus -o map.nii.gz",
        "atlas learn corpus -o map.csv",
    ] {
        let args: Vec<_> = wrong.split(' ').collect();
        let output = gyrus(&folder, &args);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{wrong}: {}",
            text(&output.stderr)
        );
        assert!(
            text(&output.stderr).contains("nothing was started"),
            "{wrong}"
        );
        assert_eq!(contents(&folder), before, "{wrong}");
    }
}

#[test]
fn an_input_that_is_a_table_is_kept_under_every_name_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_nifti(&blobs(1.0), &at("map.nii")).unwrap();
    // An atlas of one region whose names lie beside it: nobody names the table.
    let labels: Vec<u32> = vec![1; blobs(1.0).grid.len()];
    let atlas = gyrus::volume::Volume {
        data: gyrus::volume::VolumeData::Label(labels.into()),
        kind: gyrus::volume::MapKind::Label,
        ..blobs(1.0)
    };
    write_nifti(&atlas, &at("atlas.nii")).unwrap();
    std::fs::write(at("atlas.csv"), b"index,name\n1,Everywhere\n").unwrap();
    let before = contents(folder.path());
    let args = ["peaks", "map.nii", "--atlas", "atlas.nii", "-o"];
    let output = gyrus(folder.path(), &[&args[..], &["atlas.csv"]].concat());
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert_eq!(contents(folder.path()), before);
    let output = gyrus(folder.path(), &[&args[..], &["peaks.csv"]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let csv = std::fs::read_to_string(at("peaks.csv")).unwrap();
    assert!(csv.contains("Everywhere"), "{csv}");
}

#[test]
fn maps_of_one_name_get_pictures_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    for (place, sign) in [("a", 1.0), ("b", -1.0)] {
        std::fs::create_dir(folder.path().join(place)).unwrap();
        write_nifti(&blobs(sign), &folder.path().join(place).join("map.nii.gz")).unwrap();
    }
    let output = gyrus(folder.path(), &["a/map.nii.gz", "b/map.nii.gz", "-q"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let out = text(&output.stdout);
    assert!(
        out.contains("gyrus-map.png") && out.contains("gyrus-map-2.png"),
        "{out}"
    );
    let [one, two] = ["gyrus-map.png", "gyrus-map-2.png"]
        .map(|name| std::fs::read(folder.path().join(name)).unwrap());
    assert_ne!(one, two);
}

#[cfg(unix)]
#[test]
fn a_table_goes_through_links_and_keeps_permissions() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new();
    std::fs::create_dir(bench.path("store")).unwrap();
    std::fs::write(bench.path("store/real.csv"), b"").unwrap();
    let private = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(bench.path("store/real.csv"), private).unwrap();
    std::os::unix::fs::symlink("store/real.csv", bench.path("link.csv")).unwrap();
    let output = bench.run(&["decode", "one.nii.gz", "-o", "link.csv"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(
        std::fs::symlink_metadata(bench.path("link.csv"))
            .unwrap()
            .is_symlink()
    );
    let about = std::fs::metadata(bench.path("store/real.csv")).unwrap();
    assert!(about.len() > 100);
    assert_eq!(about.permissions().mode() & 0o777, 0o600);
    // A map's writer makes its own file.
    std::os::unix::fs::symlink("store/map.nii.gz", bench.path("map.nii.gz")).unwrap();
    write_nifti(&blobs(1.0), &bench.path("store/map.nii.gz")).unwrap();
    let private = std::fs::Permissions::from_mode(0o640);
    std::fs::set_permissions(bench.path("store/map.nii.gz"), private).unwrap();
    write_nifti(&blobs(2.0), &bench.path("map.nii.gz")).unwrap();
    assert!(
        std::fs::symlink_metadata(bench.path("map.nii.gz"))
            .unwrap()
            .is_symlink()
    );
    let about = std::fs::metadata(bench.path("store/map.nii.gz")).unwrap();
    assert_eq!(about.permissions().mode() & 0o777, 0o640);
}

/// A program stopped in the middle of its work, and how it ended.
#[cfg(target_os = "linux")]
#[test]
fn nothing_half_written_stays_when_the_program_is_stopped() {
    use std::os::unix::process::ExitStatusExt as _;
    let folder = tempfile::tempdir().unwrap();
    BUNDLE.write(&folder.path().join("model.gyrus")).unwrap();
    write_nifti(&blobs(1.0), &folder.path().join("map.nii.gz")).unwrap();
    let partial = || {
        std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .find(|name| name.starts_with(".gyrus-partial-"))
    };
    // So many maps that the table is far from finished.
    let args = ["decode", "--model", "model.gyrus", "-q", "-o", "t.csv"];
    let start = |args: &[&str]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_gyrus"))
            .current_dir(folder.path())
            .args(args)
            .args(std::iter::repeat_n("map.nii.gz", 20_000))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while partial().is_none() {
            assert!(child.try_wait().unwrap().is_none(), "it ended too early");
            assert!(begun.elapsed() < Duration::from_secs(120));
            std::thread::sleep(Duration::from_millis(20));
        }
        child
    };
    for (name, signal) in [("TERM", 15), ("INT", 2)] {
        let mut child = start(&args);
        let kill = Command::new("kill")
            .args([&format!("-{name}"), &child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
        assert_eq!(child.wait().unwrap().signal(), Some(signal));
        assert_eq!(partial(), None, "after SIG{name}");
    }
    // SIGKILL leaves no time; the next write of the same table cleans up.
    let mut child = start(&args);
    child.kill().unwrap();
    child.wait().unwrap();
    let left = partial();
    assert!(left.is_some());
    let done = gyrus(folder.path(), &[&args[..], &["map.nii.gz"]].concat());
    assert!(done.status.success(), "{}", text(&done.stderr));
    assert_eq!(partial(), None);
    assert!(folder.path().join("t.csv").exists());
}

#[cfg(unix)]
#[test]
fn names_that_are_no_text_or_would_steer_a_terminal_are_written_out() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let bench = Bench::new();
    let odd = OsStr::from_bytes(b"m\xff\x1b[31m.nii");
    write_nifti(&blobs(1.0), &bench.path("").join(odd)).unwrap();
    let run = |args: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_gyrus"))
            .current_dir(bench.path(""))
            .args(args)
            .arg(odd)
            .args(["--model", "model.gyrus"])
            .output()
            .unwrap()
    };
    for command in [
        &["info"][..],
        &["decode"],
        &["peaks"],
        &["compare", "one.nii.gz"],
        &[
            "render",
            "--renderer",
            "cpu",
            "--size",
            "64x64",
            "-o",
            "p.png",
        ],
    ] {
        let output = run(command);
        assert!(
            output.status.success(),
            "{command:?}: {}",
            text(&output.stderr)
        );
        for stream in [&output.stdout, &output.stderr] {
            assert!(!stream.contains(&0x1b), "{command:?}: {}", text(stream));
        }
        let output = run(&[command, &["--json", "-q"]].concat());
        assert!(
            output.status.success(),
            "{command:?}: {}",
            text(&output.stderr)
        );
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        if command[0] != "render" {
            assert!(
                document.to_string().contains(r"m\\xff\u001b[31m.nii"),
                "{document}"
            );
        }
    }
    std::fs::write(
        bench.path("").join(OsStr::from_bytes(b"bad\x1b[2J.nii")),
        b"nothing",
    )
    .unwrap();
    let output = bench.run(&["info", "bad\u{1b}[2J.nii"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("bad\\x1b[2J.nii"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn a_spreadsheet_runs_nothing_of_a_table() {
    let bench = Bench::new();
    let formula = "=cmd|'calc'!A1.nii";
    std::fs::copy(bench.path("two, flipped.nii"), bench.path(formula)).unwrap();
    let output = bench.run(&["decode", formula, "-o", "t.csv"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let csv = std::fs::read_to_string(bench.path("t.csv")).unwrap();
    assert!(
        csv.lines().skip(1).all(|line| line.starts_with("'=cmd|")),
        "{csv}"
    );
}
