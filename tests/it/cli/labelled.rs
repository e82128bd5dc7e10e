//! `gyrus eval --maps`: labelled maps scored by the program.

use std::path::Path;
use std::process::{Command, Output};

use gyrus::progress::Progress;
use gyrus::space;
use gyrus::volume::{VolumeData, write_nifti};
use serde_json::Value;

fn gyrus(folder: &Path, args: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_gyrus");
    let output = Command::new(program)
        .current_dir(folder)
        .args(args)
        .output();
    output.unwrap()
}

#[test]
fn labelled_maps_are_scored_and_what_is_not_decoded_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let map = space::demo_map(&Progress::new()).unwrap();
    write_nifti(&map, &folder.path().join("hands zmap.nii.gz")).unwrap();
    let mut turned = map.clone();
    let values = map.data.scalar().unwrap().iter().map(|v| -v).collect();
    turned.data = VolumeData::Scalar(values);
    write_nifti(&turned, &folder.path().join("turned zmap.nii.gz")).unwrap();
    let table = "file,label,domains\nhands zmap.nii.gz,motor task*;touch*,Action\nturned zmap.nii.gz,motor task*;touch*;motor imagery,\n\
                 gone.nii.gz,motor imagery,\n";
    std::fs::write(folder.path().join("maps.csv"), table).unwrap();

    let args = ["eval", "--maps", "maps.csv", "--json", "-o", "out.csv"];
    let found = gyrus(folder.path(), &args);
    assert!(found.status.success(), "{found:?}");
    let found: Value = serde_json::from_slice(&found.stdout).unwrap();
    assert_eq!(found["maps"][0]["rank"], 1);
    assert_eq!(found["maps"][0]["domain_found"], true);
    // The side with the right hemisphere leads in both: it is the negative one where the map was turned.
    assert_eq!(found["maps"][0]["tail"], "pos");
    assert_eq!(found["maps"][1]["tail"], "neg");
    assert_eq!(found["maps"][1]["rank"], 1);
    assert!(found["maps"][1]["domain_found"].is_null());
    assert_eq!(found["mrr"], 100.0);
    assert_eq!(found["normalised_accuracy"], 100.0);
    assert!(found["normalised_accuracy_permuted"].as_f64() > Some(50.0));
    assert!(found["p"].as_f64() > Some(0.1), "two maps prove nothing");
    assert_eq!(found["left_out"][0]["file"], "gone.nii.gz");
    let csv = std::fs::read_to_string(folder.path().join("out.csv")).unwrap();
    assert_eq!(csv.lines().count(), 3, "{csv}");

    // The other side of the first map is another matter.
    let args = ["eval", "--maps", "maps.csv", "--json", "--tail", "neg"];
    let negative: Value = serde_json::from_slice(&gyrus(folder.path(), &args).stdout).unwrap();
    assert!(negative["maps"][0]["rank"].as_u64() > Some(1));

    let refused = gyrus(
        folder.path(),
        &["eval", "--maps", "maps.csv", "-o", "maps.csv"],
    );
    assert_eq!(refused.status.code(), Some(2));
    let lost = gyrus(folder.path(), &["eval", "--corpus", ".", "--prior", "0"]);
    assert_eq!(lost.status.code(), Some(2));
    let both = gyrus(
        folder.path(),
        &["eval", "--maps", "maps.csv", "--tail", "both"],
    );
    assert_eq!(both.status.code(), Some(2));
    std::fs::write(
        folder.path().join("maps.csv"),
        "file,label\na.nii,fishing\n",
    )
    .unwrap();
    let wrong = gyrus(folder.path(), &["eval", "--maps", "maps.csv"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("line 2"));
}
