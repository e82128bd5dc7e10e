//! What has no end, or says it is larger than it is, is a message and never the machine's memory.

#![cfg(unix)]

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use gyrus::volume::write_nifti;

use crate::support::models::blobs;
use crate::support::nifti_bytes::Nifti;

/// Runs the program with at most so much memory; hanging for two minutes counts as a failure.
fn limited(folder: &Path, memory_mib: u64, args: &[&str]) -> Output {
    let child = Command::new("sh")
        .args(["-c", "ulimit -v \"$1\"; shift; exec \"$@\"", "sh"])
        .arg((memory_mib << 10).to_string())
        .arg(env!("CARGO_BIN_EXE_gyrus"))
        .args(args)
        .current_dir(folder)
        // Every thread has address space of its own.
        .env("RAYON_NUM_THREADS", "2")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait(child, args)
}

/// What a child says; read while it runs, since a full pipe would keep it waiting.
fn wait(child: Child, args: &[&str]) -> Output {
    let process = child.id();
    let (done, result) = std::sync::mpsc::channel();
    std::thread::spawn(move || done.send(child.wait_with_output()));
    match result.recv_timeout(Duration::from_secs(120)) {
        Ok(output) => output.unwrap(),
        Err(_) => {
            let kill = Command::new("kill").arg(process.to_string()).status();
            panic!("{args:?} hangs ({kill:?})");
        }
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[cfg(target_os = "linux")]
#[test]
fn pipes_and_devices_are_refused_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_nifti(&blobs(1.0), &at("map.nii")).unwrap();
    let pipe = Command::new("mkfifo").arg(at("pipe")).status().unwrap();
    assert!(pipe.success());
    for table in ["studies.csv", "coordinates.csv"] {
        std::fs::create_dir_all(at(table).with_extension("")).unwrap();
        let here = at(table).with_extension("");
        std::os::unix::fs::symlink("/dev/zero", here.join(table)).unwrap();
        let other = if table == "studies.csv" {
            "coordinates.csv"
        } else {
            "studies.csv"
        };
        std::fs::write(here.join(other), b"pmid,title,x,y,z\n1,pain,0,0,0\n").unwrap();
    }
    for source in ["pipe", "/dev/zero"] {
        for args in [
            &["info", source][..],
            &["decode", source],
            &["decode", "map.nii", "--model", source],
            &["peaks", "map.nii", "--atlas", source],
            &["peaks", "map.nii", "--atlas", "map.nii", "--names", source],
            &["train", "studies", "-o", "m.gyrus", "--config", source],
            &["eval", source, "--corpus", "studies"],
        ] {
            let output = limited(folder.path(), 2048, args);
            let said = said(&output);
            assert_eq!(output.status.code(), Some(1), "{args:?}: {said}");
            let kind = ["a named pipe, not a file", "a device, not a file"];
            assert!(
                kind.iter().any(|kind| said.contains(kind)),
                "{args:?}: {said}"
            );
        }
    }
    for corpus in ["studies", "coordinates"] {
        let output = limited(folder.path(), 2048, &["train", corpus, "-o", "m.gyrus"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains("a device"), "{}", said(&output));
    }
}

/// A gzip file of `mib` times the same mebibyte.
fn packed(path: &Path, start: &[u8], piece: &[u8], mib: usize) {
    let file = std::fs::File::create(path).unwrap();
    let mut packer = GzEncoder::new(file, Compression::new(6));
    packer.write_all(start).unwrap();
    let piece = piece.repeat((1 << 20) / piece.len());
    for _ in 0..mib {
        packer.write_all(&piece).unwrap();
    }
    packer.finish().unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_small_table_that_unpacks_to_gigabytes_is_refused_early() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("coordinates.csv"), b"pmid,x,y,z\n1,0,0,0\n").unwrap();
    packed(&at("studies.tsv.gz"), b"pmid\ttitle\n", b"\t", 700);
    let size = std::fs::metadata(at("studies.tsv.gz")).unwrap().len();
    assert!(size < 2 << 20, "{size}");
    let output = limited(folder.path(), 2048, &["train", ".", "-o", "m.gyrus"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("256 MB of text"),
        "{}",
        said(&output)
    );
    // Just below the limit, all of it columns of one row.
    packed(&at("studies.tsv.gz"), b"pmid\ttitle\n", b"\t", 255);
    let output = limited(folder.path(), 2048, &["train", ".", "-o", "m.gyrus"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(
        said(&output).contains("nothing to learn from"),
        "{}",
        said(&output)
    );
}

#[test]
fn settings_that_cannot_be_are_named_before_the_corpus_is_read() {
    let folder = tempfile::tempdir().unwrap();
    for (json, field, allowed) in [
        (
            r#"{"width": 9223372036854775808}"#,
            "width is 9223372036854775808",
            "1 to 4096",
        ),
        (r#"{"width": 1048576}"#, "width is 1048576", "1 to 4096"),
        (r#"{"width": 0}"#, "width is 0", "1 to 4096"),
        (r#"{"dropout_image": -1}"#, "dropout_image is -1", "below 1"),
        (r#"{"average": 2}"#, "average is 2", "below 1"),
    ] {
        std::fs::write(folder.path().join("c.json"), json).unwrap();
        // There is no such corpus: it must not come to that.
        let output = limited(
            folder.path(),
            4096,
            &["train", "nowhere", "-o", "m.gyrus", "--config", "c.json"],
        );
        assert_eq!(output.status.code(), Some(1), "{json}");
        let said = said(&output);
        assert!(
            said.contains(field) && said.contains(allowed),
            "{json}: {said}"
        );
        assert!(said.trim_end().ends_with("c.json"), "{said}");
    }
}

#[test]
fn of_too_many_clusters_the_table_says_how_many_it_leaves_out() {
    let folder = tempfile::tempdir().unwrap();
    let board: Vec<f32> = (0..64 * 64 * 8)
        .map(|n| match (n % 64 + n / 64 % 64 + n / 4096) % 2 {
            0 => 4.0 + (n % 1000) as f32 / 1000.0,
            _ => 0.0,
        })
        .collect();
    let nifti = Nifti::float32(&[64, 64, 8], &board);
    std::fs::write(folder.path().join("board_zstat.nii"), nifti.bytes()).unwrap();
    let args = ["peaks", "board_zstat.nii", "--threshold", "3", "-q"];
    let output = limited(folder.path(), 4096, &[&args[..], &["--json"]].concat());
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["clusters"], 10_000);
    assert_eq!(document["clusters_left_out"], 16_384 - 10_000);
    assert!(document.to_string().contains("leaves out 6384 weaker ones"));
    let output = limited(folder.path(), 4096, &args);
    assert!(
        said(&output).contains("leaves out 6384 weaker ones"),
        "{}",
        said(&output)
    );
}
