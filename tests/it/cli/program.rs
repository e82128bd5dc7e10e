//! The program without a window, `info`, `render` and `bench`: what they print and how they end.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use gyrus::volume::write_nifti;
use serde_json::Value;

use crate::support::models::blobs;
use crate::support::program::{gyrus, text};

fn pictures(folder: &Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "png"))
        .collect()
}

#[test]
fn without_a_display_the_demo_map_is_read_in_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let output = gyrus(folder.path(), &[]);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{err}");
    for head in ["task", "concept", "domain", "posterior", "Picture: "] {
        assert!(out.contains(head), "{head} is missing in\n{out}");
    }
    assert!(err.contains("No window can be opened here"), "{err}");
    let drawn = pictures(folder.path());
    let [picture] = drawn.as_slice() else {
        panic!("{drawn:?}")
    };
    let image = image::open(picture).unwrap().to_rgb8();
    let mut colours: Vec<_> = image.pixels().map(|p| p.0).collect();
    colours.sort_unstable();
    colours.dedup();
    assert!(colours.len() > 200, "{} colours", colours.len());
}

#[cfg(target_os = "linux")]
#[test]
fn an_unreachable_display_is_given_up_within_its_limit() {
    let folder = tempfile::tempdir().unwrap();
    write_nifti(&blobs(1.0), &folder.path().join("map.nii.gz")).unwrap();
    for (variable, value) in [("DISPLAY", ":4095"), ("WAYLAND_DISPLAY", "no-such-socket")] {
        let start = Instant::now();
        let output = Command::new(env!("CARGO_BIN_EXE_gyrus"))
            .current_dir(folder.path())
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env(variable, value)
            .arg("map.nii.gz")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert!(
            text(&output.stderr).contains("unreachable"),
            "{}",
            text(&output.stderr)
        );
        // A program that hangs never gets here; the limit is generous for a busy machine.
        assert!(start.elapsed() < Duration::from_secs(120));
    }
}

#[test]
fn a_file_that_does_not_open_is_a_message_and_the_others_are_read() {
    let folder = tempfile::tempdir().unwrap();
    write_nifti(&blobs(1.0), &folder.path().join("good.nii.gz")).unwrap();
    std::fs::write(folder.path().join("bad.nii.gz"), b"not a map at all").unwrap();
    for args in [
        vec!["good.nii.gz", "bad.nii.gz"],
        vec!["info", "bad.nii.gz", "good.nii.gz"],
    ] {
        let output = gyrus(folder.path(), &args);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        let err = text(&output.stderr);
        assert!(
            err.trim_end().ends_with("bad.nii.gz"),
            "the path comes last: {err}"
        );
        assert!(text(&output.stdout).contains("good.nii.gz"), "{args:?}");
    }
}

#[test]
fn info_prints_one_json_document() {
    let folder = tempfile::tempdir().unwrap();
    write_nifti(&blobs(1.0), &folder.path().join("map.nii.gz")).unwrap();
    let output = gyrus(folder.path(), &["info", "map.nii.gz", "--json", "-q"]);
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        text(&output.stderr)
    );
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["schema"], 1);
    let file = &document["files"][0];
    assert_eq!(file["path"], "map.nii.gz");
    assert!(file["header"]["shape"].is_array() && file["hash"].as_str().unwrap().len() == 64);
}

#[test]
fn info_and_decode_know_every_format() {
    let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats");
    for (name, words) in [
        (
            "nifti/pair2_be.img.gz",
            &["NIfTI-2, float32, big-endian"][..],
        ),
        (
            "analyze/spm_origin.hdr",
            &["Analyze 7.5", "LAS", "which side is left"],
        ),
        ("mgh/float.mgz", &["MGH (gzip)", "frames       2"]),
        (
            "afni/short_le+orig.BRIK",
            &["AFNI", "mean, Coef, Tstat", "ORIG"],
        ),
        ("nifti/complex64_le.nii", &["complex64", "magnitude"]),
        (
            "nifti/rgb24_le.nii",
            &["RGB24", "colours: shown, not decoded"],
        ),
    ] {
        let output = gyrus(&made, &["info", name, "-q"]);
        let printed = text(&output.stdout);
        assert!(output.status.success(), "{}", text(&output.stderr));
        for word in words {
            assert!(printed.contains(word), "{name}: {printed}");
        }
    }
    for (name, word) in [
        ("nifti/rgb24_le.nii", "colours"),
        ("nifti/complex64_le.nii", "magnitude"),
    ] {
        let output = gyrus(&made, &["decode", name, "-q"]);
        assert_eq!(output.status.code(), Some(1));
        let told = text(&output.stderr);
        assert!(told.contains(word), "{told}");
    }
}

#[test]
fn render_writes_the_size_it_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    write_nifti(&blobs(1.0), &folder.path().join("map.nii.gz")).unwrap();
    let args = [
        "render",
        "map.nii.gz",
        "-o",
        "out.png",
        "--size",
        "640x400",
        "--renderer",
        "cpu",
    ];
    let output = gyrus(folder.path(), &args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(
        image::image_dimensions(folder.path().join("out.png")).unwrap(),
        (640, 400)
    );
}

#[test]
fn wrong_usage_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        vec!["info"],
        vec!["decode"],
        vec!["render", "x.nii", "--size", "0x0"],
        vec!["render", "x.nii", "-o", "x.jpg"],
        vec!["decode", "x.nii", "--top", "0"],
        vec!["--threads", "0"],
        vec!["--json"],
        vec!["--no-such"],
    ] {
        assert_eq!(
            gyrus(folder.path(), &args).status.code(),
            Some(2),
            "{args:?}"
        );
    }
}

#[test]
fn bench_measures_every_budget() {
    let folder = tempfile::tempdir().unwrap();
    let output = gyrus(folder.path(), &["bench", "--runs", "1", "--json", "-q"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = document["rows"].as_array().unwrap();
    for name in [
        "load bundle",
        "open map",
        "project",
        "decode",
        "text to map",
        "nearest studies",
    ] {
        let row = rows.iter().find(|row| row["name"] == name);
        assert!(
            row.is_some_and(|row| row["median_ms"].as_f64().unwrap() > 0.0),
            "{name}"
        );
    }
}

#[cfg(not(feature = "cuda"))]
#[test]
fn a_device_this_build_lacks_is_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    let output = gyrus(folder.path(), &["decode", "x.nii", "--device", "cuda"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--features cuda"));
}

#[test]
fn render_draws_every_arrangement_and_writes_its_resolution() {
    let folder = tempfile::tempdir().unwrap();
    write_nifti(&blobs(1.0), &folder.path().join("a.nii.gz")).unwrap();
    write_nifti(&blobs(2.0), &folder.path().join("b.nii.gz")).unwrap();
    let mut drawn = Vec::new();
    for arguments in [
        "--view ortho --zoom 2 --no-scale-bar",
        "--view row --no-colour-bar",
        "--view large --no-labels",
        "--view mosaic --plane coronal --count 9 --from=-60 --to 40",
        "--view mosaic --every 8",
        "--view glass --threshold-text",
        "--view side-by-side --plane all",
    ] {
        let mut all = vec!["render", "a.nii.gz", "b.nii.gz", "-o", "p.png"];
        all.extend(["--renderer", "cpu", "--cut=0,0,10"]);
        all.extend(["--size", "60x40mm", "--dpi", "150"]);
        all.extend(arguments.split(' '));
        let output = gyrus(folder.path(), &all);
        assert!(
            output.status.success(),
            "{arguments}: {}",
            text(&output.stderr)
        );
        let bytes = std::fs::read(folder.path().join("p.png")).unwrap();
        let reader = png::Decoder::new(std::io::Cursor::new(&bytes))
            .read_info()
            .unwrap();
        assert_eq!((reader.info().width, reader.info().height), (354, 236));
        let dims = reader.info().pixel_dims.unwrap();
        assert_eq!((dims.xppu, dims.yppu), (5906, 5906), "150 dots an inch");
        assert!(!drawn.contains(&bytes), "{arguments} changes nothing");
        drawn.push(bytes);
    }
    for wrong in [
        "--view mosaic --plane all",
        "--view mosaic --count 0",
        "--view mosaic --count 9 --every 4",
        "--view cubist",
        "--zoom 0",
        "--dpi 0",
    ] {
        let mut all = vec!["render", "a.nii.gz", "-o", "q.png"];
        all.extend(wrong.split(' '));
        let output = gyrus(folder.path(), &all);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
    }
    assert!(!folder.path().join("q.png").exists());
}
