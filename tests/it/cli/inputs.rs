//! Inputs of `gyrus decode` beyond a map: spheres, regions, clusters, lists of peaks, frames.

use std::path::Path;

use gyrus::volume::{MapKind, write_nifti};
use serde_json::Value;

use super::decode::Bench;
use crate::support::models::{blobs, map_of, values_at};
use crate::support::nifti_bytes::Nifti;
use crate::support::program::{gyrus, text};

fn json(folder: &Path, args: &[&str]) -> Value {
    let output = gyrus(folder, &[args, &["--json", "-q"]].concat());
    assert!(
        output.status.success(),
        "{args:?}: {}",
        text(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn told(folder: &Path, args: &[&str], code: i32) -> String {
    let output = gyrus(folder, &[args, &["-q"]].concat());
    assert_eq!(
        output.status.code(),
        Some(code),
        "{args:?}: {}",
        text(&output.stderr)
    );
    text(&output.stderr)
}

/// The place of a task in a ranking, from 0.
fn rank(document: &Value, part: &str) -> usize {
    let tasks = document["tasks"].as_array().unwrap();
    let names = tasks
        .iter()
        .map(|task| task["name"].as_str().unwrap().to_lowercase());
    names
        .into_iter()
        .position(|name| name.contains(part))
        .unwrap()
}

#[test]
fn regions_and_spheres_are_decoded_as_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let region = json(folder.path(), &["decode", "--region", "left PRECENTRAL"]);
    assert_eq!(region["map"]["name"], "Left precentral");
    assert_eq!(region["map"]["kind"], "mask");
    let record = &region["provenance"]["maps"][0]["made_by"];
    assert_eq!(
        (&record["made"], &record["options"]["make"]),
        (&"region".into(), &"region".into())
    );
    let warnings = region["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0]
            .as_str()
            .unwrap()
            .contains("a region, not a statistic")
    );
    assert!(rank(&region, "motor") < 5, "{}", region["tasks"]);
    // The model inside the program names the amygdala's and the hand area's tasks.
    let args = [
        "decode",
        "--sphere=-22,-4,-18",
        "--sphere",
        "-38,-24,58,10",
        "--region",
        "Left amygdala",
    ];
    let several = json(folder.path(), &args);
    let several = several.as_array().unwrap();
    assert_eq!(several.len(), 3);
    assert_eq!(several[0]["map"]["name"], "Sphere of 8 mm at -22 -4 -18");
    assert_eq!(several[1]["map"]["name"], "Sphere of 10 mm at -38 -24 58");
    let options = &several[1]["provenance"]["maps"][0]["made_by"]["options"];
    assert_eq!(options["radius_mm"], 10.0);
    assert!(rank(&several[1], "motor") < 5);
    let emotion = rank(&several[0], "emotion").min(rank(&several[0], "face"));
    assert!(emotion < 5, "{}", several[0]["tasks"]);
    let together = json(folder.path(), &[&args[..], &["--together"]].concat());
    assert!(
        together["map"]["name"]
            .as_str()
            .unwrap()
            .ends_with("and Left amygdala")
    );
    assert_eq!(
        together["provenance"]["maps"][0]["made_by"]["maps"]
            .as_array()
            .unwrap()
            .len(),
        3
    );

    let wrong = told(folder.path(), &["decode", "--region", "hippocampus"], 1);
    assert!(
        wrong.contains("\"Left hippocampus\", \"Right hippocampus\""),
        "{wrong}"
    );
    let outside = told(folder.path(), &["decode", "--sphere", "0,200,0"], 1);
    assert!(
        outside.contains("no voxel of the sphere of 8 mm around 0 200 0 lies in the brain"),
        "{outside}"
    );
    let large = told(folder.path(), &["decode", "--sphere", "0,0,0,1000"], 1);
    assert!(large.contains("1000 mm is not a radius"), "{large}");
    told(folder.path(), &["decode", "--sphere", "0,0"], 2);
    told(folder.path(), &["decode"], 2);
    let shown = gyrus(
        folder.path(),
        &[
            "decode",
            "--region",
            "Left amygdala",
            "-q",
            "-o",
            "scores.csv",
        ],
    );
    assert!(
        text(&shown.stdout).starts_with("Left amygdala  (mask, positive side, 100 % of the brain")
    );
    let scores = std::fs::read_to_string(folder.path().join("scores.csv")).unwrap();
    assert!(
        scores
            .lines()
            .nth(1)
            .unwrap()
            .starts_with("Left amygdala,pos,task,1,")
    );
}

#[test]
fn the_cluster_under_a_place_is_decoded_on_its_own() {
    let bench = Bench::new();
    let folder = bench.path("");
    let model = ["--model", "model.gyrus"];
    let at = |map, place, threshold| {
        let args = ["decode", map, "--cluster", place, "--threshold", threshold];
        [&args[..], &model].concat()
    };
    let cluster = json(&folder, &at("one.nii.gz", "-40,-20,50", "2"));
    assert_eq!(cluster["map"]["name"], "Cluster of one at -40 -20 50");
    assert_eq!(cluster["map"]["kind"], "mask");
    let record = &cluster["provenance"]["maps"][0]["made_by"];
    assert_eq!(record["options"]["threshold"], 2.0);
    assert_eq!(record["maps"][0]["name"], "one");
    // The same voxels as a mask of one's own.
    let mut mask = map_of(|mm| f32::from(values_at(mm) > 2.0 && mm[1] < 5.0));
    mask.kind = MapKind::Mask;
    write_nifti(&mask, &bench.path("mask.nii")).unwrap();
    let args = [&["decode", "mask.nii", "--anyway"], &model[..]].concat();
    assert_eq!(json(&folder, &args)["tasks"], cluster["tasks"]);
    assert!(
        told(&folder, &[&["decode", "mask.nii"], &model[..]].concat(), 1).contains("it is a mask")
    );
    // The side is that of the value at the place.
    let front = json(&folder, &at("one.nii.gz", "4,50,0", "2"));
    assert_ne!(front["tasks"], cluster["tasks"]);
    let flipped = json(&folder, &at("two, flipped.nii", "-40,-20,50", "2"));
    assert_eq!(flipped["tasks"], cluster["tasks"]);
    let weak = told(&folder, &at("one.nii.gz", "-40,-20,50", "7"), 1);
    assert!(weak.contains("which is not beyond ±7"), "{weak}");
    let outside = told(&folder, &at("one.nii.gz", "0,500,0", "2"), 1);
    assert!(outside.contains("no value at 0 500 0"), "{outside}");
    told(&folder, &["decode", "one.nii.gz", "--cluster", "1,2,3"], 2);
    told(&folder, &["decode", "one.nii.gz", "--threshold", "3"], 2);
}

#[test]
fn a_list_of_peaks_is_read_as_studies_are() {
    let folder = tempfile::tempdir().unwrap();
    let table = "x,y,z,value\n-38,-24,58,6\n-36,-20,56,5\n10,-52,-18,4\nnone,1,2,3\n";
    std::fs::write(folder.path().join("hand.csv"), table).unwrap();
    let hand = json(folder.path(), &["decode", "--peaks", "hand.csv"]);
    assert!(rank(&hand, "motor") < 5, "{}", hand["tasks"]);
    let made = &hand["provenance"]["maps"][0]["made_by"];
    assert_eq!(made["options"]["peaks_mm"].as_array().unwrap().len(), 3);
    assert_eq!(made["options"]["kernel"]["kind"], "kde");
    let warnings = hand["warnings"].to_string();
    assert!(
        warnings.contains("density of 3 peaks") && warnings.contains("1 lines"),
        "{warnings}"
    );
    assert!(!warnings.contains("thresholded"), "{warnings}");
    // What the program's own table of peaks holds, its negative ones on their side.
    let turned = "x,y,z,value\n-38,-24,58,-6\n-36,-20,56,-5\n10,-52,-18,-4\n";
    std::fs::write(folder.path().join("turned.csv"), turned).unwrap();
    let turned = json(folder.path(), &["decode", "--peaks", "turned.csv"]);
    assert_eq!(
        (&turned["tail"], &turned["tasks"]),
        (&"neg".into(), &hand["tasks"])
    );
    let demo = gyrus::space::demo_map(&gyrus::progress::Progress::new()).unwrap();
    write_nifti(&demo, &folder.path().join("demo zmap.nii.gz")).unwrap();
    let peaks = [
        "peaks",
        "demo zmap.nii.gz",
        "-o",
        "peaks.csv",
        "--threshold",
        "4",
    ];
    told(folder.path(), &peaks, 0);
    assert!(
        rank(
            &json(folder.path(), &["decode", "--peaks", "peaks.csv"]),
            "motor"
        ) < 5
    );
    std::fs::write(folder.path().join("far.csv"), "x,y,z\n0,250,0\n").unwrap();
    let far = told(folder.path(), &["decode", "--peaks", "far.csv"], 1);
    assert!(far.contains("none of its peaks lies in the brain"), "{far}");
    std::fs::write(folder.path().join("bad.csv"), "a,b\n1,2\n").unwrap();
    assert!(
        told(folder.path(), &["decode", "--peaks", "bad.csv"], 1).contains("columns x, y and z")
    );
    let over = ["decode", "--peaks", "hand.csv", "-o", "hand.csv"];
    told(folder.path(), &over, 2);
}

#[test]
fn frames_are_decoded_one_after_another() {
    let bench = Bench::new();
    let folder = bench.path("");
    let map = blobs(1.0);
    let values = map.data.scalar().unwrap();
    let all: Vec<f32> = [1.0, -3.0, 2.0, 0.0]
        .into_iter()
        .flat_map(|factor| values.iter().map(move |v| factor * v))
        .collect();
    let [nx, ny, nz] = map.grid.shape.map(|d| d as u16);
    let mut nifti = Nifti::float32(&[nx, ny, nz, 4], &all);
    let rows = map.grid.affine.0;
    nifti.sform(std::array::from_fn(|r| rows[r].map(|v| v as f32)));
    std::fs::write(bench.path("four.nii"), nifti.bytes()).unwrap();
    let of = |more: &[&str]| {
        json(
            &folder,
            &[&["decode", "four.nii", "--model", "model.gyrus"], more].concat(),
        )
    };
    let some = of(&["--frames", "1-3"]);
    let some = some.as_array().unwrap();
    assert_eq!(some.len(), 3);
    for (n, one) in some.iter().enumerate() {
        let frame = (n + 1).to_string();
        let alone = of(&["--frame", &frame]);
        assert_eq!(
            (&one["tasks"], &one["tail"]),
            (&alone["tasks"], &alone["tail"])
        );
        assert_eq!(one["map"]["frame"], n + 1);
        assert!(!one["warnings"].to_string().contains("--frame"), "{one}");
    }
    // One frame that says nothing does not cost the others.
    let args = [
        "decode",
        "four.nii",
        "--model",
        "model.gyrus",
        "--frames",
        "all",
        "--json",
        "-q",
    ];
    let output = gyrus(&folder, &args);
    assert_eq!(output.status.code(), Some(1));
    let all: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(all.as_array().unwrap().len(), 3);
    assert!(
        text(&output.stderr).contains("four.nii"),
        "{}",
        text(&output.stderr)
    );
    let beyond = [
        "decode",
        "four.nii",
        "--model",
        "model.gyrus",
        "--frames",
        "3-9",
    ];
    assert!(told(&folder, &beyond, 1).contains("from 1 to 4"));
    let both = ["decode", "four.nii", "--frames", "all", "--frame", "2"];
    told(&folder, &both, 2);
}
