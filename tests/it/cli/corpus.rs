//! `gyrus corpus`: a corpus looked over in the terminal.

use std::path::{Path, PathBuf};

use crate::support::program::{gyrus, text};
use crate::support::shared::shared;
use serde_json::Value;

fn fixture(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/corpora");
    folder.join(name)
}

#[test]
fn a_corpus_is_described_and_its_drops_are_written() {
    let folder = tempfile::tempdir().unwrap();
    for format in ["sleuth", "nimads", "nimare", "pubget", "table"] {
        let corpus = fixture(format);
        let corpus = corpus.to_str().unwrap();
        let said = gyrus(folder.path(), &["corpus", corpus, "--drops", "drops.csv"]);
        let (out, told) = (text(&said.stdout), text(&said.stderr));
        assert!(said.status.success(), "{format}: {told}");
        assert!(out.contains("with a title and a peak"), "{format}: {out}");
        assert!(out.ends_with("Wrote drops.csv\n"), "{format}: {out}");
        let drops = std::fs::read_to_string(folder.path().join("drops.csv")).unwrap();
        assert!(drops.starts_with("reason,study,file,line,x,y,z,detail\n"));
        let said = gyrus(folder.path(), &["corpus", corpus, "--json"]);
        let json: Value = serde_json::from_slice(&said.stdout).unwrap();
        assert_eq!(json["schema"], 1);
        let listed: u64 = json["drops"]
            .as_array()
            .unwrap()
            .iter()
            .map(|d| d["count"].as_u64().unwrap())
            .sum();
        assert_eq!(
            listed as usize,
            drops.lines().count() - 1,
            "{format}: {drops}"
        );
    }
    let said = gyrus(folder.path(), &["corpus", "nowhere"]);
    assert_eq!(said.status.code(), Some(1));
    let told = text(&said.stderr);
    assert!(told.trim_end().ends_with("nowhere"), "{told}");
}

#[test]
fn the_published_corpora_are_described() {
    let Some(corpora) = shared("corpora") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let said = gyrus(
        folder.path(),
        &["corpus", corpora.to_str().unwrap(), "--json"],
    );
    let json: Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!(json["studies"], 19_148);
    assert_eq!(json["duplicates"]["in_several_sources"], 8_682);
    assert_eq!(json["texts"][0]["studies"], 19_148);
    assert_eq!(json["spaces"]["talairach"], 2_335);
    let years = json["years"].as_array().unwrap();
    assert!(years.len() > 15, "{years:?}");
    let suspected = json["suspected_talairach"].as_array().unwrap();
    assert!(
        (200..1000).contains(&suspected.len()),
        "{}",
        suspected.len()
    );
}
