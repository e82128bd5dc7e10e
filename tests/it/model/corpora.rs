//! Corpora in the formats of other programs, and what NiMARE reads from those it knows
//! (`tests/fixtures/corpora/make.py`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gyrus::corpus::{
    self, Corpus, CorpusReport, DropReason, SpaceNote, Study, Suspicion, TextField, TextView,
    drops_csv,
};
use gyrus::error::Explain as _;
use gyrus::progress::Progress;
use proptest::prelude::*;

fn fixture(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/corpora");
    folder.join(name)
}

fn load(path: &Path) -> Corpus {
    corpus::load(path, &Progress::new()).unwrap()
}

fn inspect(path: &Path) -> (Corpus, CorpusReport) {
    corpus::inspect(path, &Progress::new()).unwrap()
}

fn named<'a>(corpus: &'a Corpus, name: &str) -> &'a Study {
    let is = |s: &&Study| s.own_id.as_deref() == Some(name) || s.pmid.to_string() == name;
    corpus.studies.iter().find(is).unwrap()
}

/// The studies that have peaks, with them, as NiMARE writes them: ascending, in MNI.
fn peaks(corpus: &Corpus) -> BTreeMap<String, Vec<[f64; 3]>> {
    let with = corpus.studies.iter().filter(|s| !s.peaks_mm.is_empty());
    let of = |study: &Study| {
        let mut peaks: Vec<[f64; 3]> = study.peaks_mm.iter().map(|p| p.map(f64::from)).collect();
        peaks.sort_by(|a, b| a.partial_cmp(b).unwrap());
        let name = study.own_id.clone();
        (name.unwrap_or_else(|| study.pmid.to_string()), peaks)
    };
    with.map(of).collect()
}

#[test]
fn studies_and_peaks_are_those_that_nimare_reads() {
    let golden = std::fs::read(fixture("nimare_reads.json")).unwrap();
    let golden: BTreeMap<String, BTreeMap<String, Vec<[f64; 3]>>> =
        serde_json::from_slice(&golden).unwrap();
    for (format, path) in [
        ("sleuth", "sleuth"),
        ("nimads", "nimads/studyset.json"),
        ("nimare", "nimare/dataset.json"),
    ] {
        let (found, _) = inspect(&fixture(path));
        let mut want = golden[format].clone();
        if format == "nimads" {
            // Gyrus names studies by PubMed number where they have one.
            for (id, pmid) in [("s0", "90000001"), ("s1", "90000002")] {
                let peaks = want.remove(id).unwrap();
                want.insert(pmid.to_owned(), peaks);
            }
        }
        let found = peaks(&found);
        let names: Vec<_> = found.keys().collect();
        assert_eq!(names, want.keys().collect::<Vec<_>>(), "{format}");
        for (study, want) in &want {
            let found = &found[study];
            assert_eq!(found.len(), want.len(), "{format}, {study}");
            for (a, b) in found.iter().flatten().zip(want.iter().flatten()) {
                assert!((a - b).abs() < 2e-4, "{format}, {study}: {a}, NiMARE {b}");
            }
        }
    }
}

#[test]
fn sleuth_files_are_studies_of_experiments() {
    let corpus = load(&fixture("sleuth"));
    let aster = named(&corpus, "Aster, 2001");
    assert_eq!(
        (aster.title.as_str(), aster.year),
        ("Aster, 2001: finger tapping > rest 0", Some(2001))
    );
    // Of two files in two spaces: each is taken at its word.
    assert_eq!((aster.peaks_mm.len(), aster.space), (4 + 8, SpaceNote::Mni));
    assert_eq!(
        named(&corpus, "Dill, 1999").space,
        SpaceNote::ConvertedTalairach
    );
    assert_eq!(corpus.studies.len(), 4);
    assert_eq!(corpus.report.in_several, 1);
}

#[test]
fn a_sleuth_file_may_be_written_badly() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("foci.txt");
    let text = "//Reference = Dog\n1 2 3\n// PubMedId=77\n// Elm: pain\n-16 4 8\n10 20 dog\n10 20\n1 2 3 4\n";
    std::fs::write(&path, text).unwrap();
    let (corpus, report) = inspect(&path);
    let elm = named(&corpus, "77");
    assert_eq!((elm.title.as_str(), elm.peaks_mm.len()), ("Elm: pain", 1));
    assert_eq!(elm.space, SpaceNote::UnknownTakenAsMni);
    assert_eq!(corpus.report.sources[0].rejected_peaks.rows, 4);
    assert!(
        corpus.report.notes[0].contains("\"Dog\""),
        "{:?}",
        corpus.report.notes
    );
    assert_eq!(report.dropped.len(), 4);
    let csv = drops_csv(&report.dropped);
    assert!(
        csv.contains("peaks that are not three numbers,Elm,foci.txt,6,,,,"),
        "{csv}"
    );
    std::fs::write(&path, "// Reference=MNI\n").unwrap();
    let told = corpus::load(&path, &Progress::new()).unwrap_err().explain();
    assert_eq!(told.what, "Could not read this corpus");
}

#[test]
fn an_annotation_beside_a_studyset_leaves_analyses_out() {
    let alone = load(&fixture("nimads/studyset.json"));
    let (annotated, report) = inspect(&fixture("nimads"));
    let count = |corpus: &Corpus| named(corpus, "s3").peaks_mm.len();
    assert_eq!((count(&alone), count(&annotated)), (6, 3));
    assert_eq!(report.merge.notes.len(), 1);
    assert!(
        report
            .drops
            .iter()
            .any(|d| d.reason == DropReason::LeftOutByAnnotation && d.count == 1)
    );
    let visual = named(&annotated, "90000002");
    assert_eq!(
        visual.text(TextField::Abstract),
        "We looked at visual motion in 13 people."
    );
    assert_eq!(
        (visual.doi.as_deref(), visual.year),
        (Some("10.0000/made.up.1"), Some(2002))
    );
    assert_eq!(named(&annotated, "s2").space, SpaceNote::UnknownTakenAsMni);
    let told = corpus::load(&fixture("nimads/annotation.json"), &Progress::new());
    assert!(
        told.unwrap_err()
            .explain()
            .why
            .contains("belongs to a studyset")
    );
}

#[test]
fn a_nimare_dataset_keeps_its_texts_by_name() {
    let (corpus, report) = inspect(&fixture("nimare"));
    let reward = named(&corpus, "90000011");
    assert_eq!(
        reward.read(TextView::LONG),
        "Another study of reward. reward. About reward."
    );
    assert_eq!(reward.text(TextField::Body).split(' ').count(), 8);
    assert_eq!(named(&corpus, "own.study").peaks_mm.len(), 3);
    assert_eq!((report.studies, report.usable), (3, 2));
    assert!(
        report.merge.notes[0].contains("images and no coordinates"),
        "{:?}",
        report.merge.notes
    );
}

#[test]
fn articles_of_pubget_go_by_their_pubmed_numbers_where_they_have_one() {
    let (corpus, report) = inspect(&fixture("pubget"));
    let names: Vec<_> = corpus.studies.iter().map(|s| s.own_id.as_deref()).collect();
    assert_eq!(names, [None, None, None, Some("PMC8000002")]);
    let visual = named(&corpus, "PMC8000002");
    assert_eq!(visual.space, SpaceNote::ConvertedTalairach);
    assert_eq!(
        visual.text(TextField::Abstract),
        "We asked, \"where is visual motion?\" Here."
    );
    assert!(
        visual
            .text(TextField::Body)
            .starts_with("Introduction visual motion Introduction")
    );
    assert_eq!(
        (
            report.spaces.mni,
            report.spaces.talairach,
            report.spaces.unknown
        ),
        (2, 1, 1)
    );
    assert_eq!((report.usable, report.years.len()), (3, 4));
    let body = report
        .texts
        .iter()
        .find(|t| t.text == TextField::Body)
        .unwrap();
    assert_eq!(body.studies, 4);
    // The body is no part of the standard longer text, and can be chosen.
    assert!(!visual.read(TextView::LONG).contains("Introduction"));
    let view = [TextField::Title, TextField::Body];
    assert!(
        visual
            .read(TextView(&view))
            .starts_with("An article on visual motion. Introduction")
    );
    // One folder up, it is found too.
    assert_eq!(load(&fixture("pubget")).studies, corpus.studies);
}

#[test]
fn one_table_holds_studies_and_peaks() {
    let (corpus, report) = inspect(&fixture("table/peaks.csv"));
    assert_eq!(
        (report.studies, report.usable, report.peaks.kept),
        (4, 4, 12)
    );
    let first = named(&corpus, "own-0");
    assert_eq!(
        first.read(TextView::LONG),
        "One more study of finger tapping. On finger tapping."
    );
    assert_eq!(load(&fixture("table")).studies, corpus.studies);
}

#[test]
fn maps_with_texts_are_read_and_training_says_it_cannot_use_them() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.nii.gz"), b"any").unwrap();
    let table = "file\ttitle\tabstract\na.nii.gz\tFaces\tWe showed faces.\nb.nii.gz\tMissing\t\n../a.nii.gz\tOut\t\n";
    std::fs::write(dir.path().join("maps.tsv"), table).unwrap();
    let (corpus, report) = inspect(dir.path());
    assert_eq!((report.studies, report.usable, report.maps), (1, 0, 1));
    assert_eq!(corpus.maps[0].1, dir.path().join("a.nii.gz"));
    assert!(
        report
            .drops
            .iter()
            .any(|d| d.reason == DropReason::NoMap && d.count == 2)
    );
    let told = corpus::load(dir.path(), &Progress::new())
        .unwrap_err()
        .explain();
    assert_eq!(told.what, "This corpus cannot be learnt from");
}

#[test]
fn a_report_finds_what_is_odd() {
    let dir = tempfile::tempdir().unwrap();
    let mut table = String::from("study,title,space,x,y,z,abstract,year\n");
    for study in ["twin-a", "twin-b"] {
        for peak in ["-40,-20,50", "-38,-22,52", "30,-60,40"] {
            table += &format!("{study},Title of {study},MNI,{peak},,1999\n");
        }
    }
    table += "talks,Says where,,1,2,3,Coordinates of Talairach and Tournoux,2001\n";
    table += "talks,,,1,2,3.02,,\ntalks,,,100,90,80,,\ntalks,,,1,nan,3,,\ntalks,,,1e39,0,0,,\n,,,1,1,1,,\n";
    std::fs::write(dir.path().join("all.csv"), table).unwrap();
    let (_, report) = inspect(dir.path());
    assert_eq!(report.duplicates.same_peaks.len(), 1);
    assert_eq!(report.duplicates.same_peaks[0][1].study, "twin-b");
    assert_eq!(report.suspected_talairach[0].by, Suspicion::Text);
    let count = |reason| {
        report
            .drops
            .iter()
            .find(|d| d.reason == reason)
            .map_or(0, |d| d.count)
    };
    for (reason, want) in [
        (DropReason::Repeated, 1),
        (DropReason::OutsideBrain, 1),
        (DropReason::NotNumbers, 2),
        (DropReason::NoIdentifier, 1),
    ] {
        assert_eq!(count(reason), want, "{reason:?}");
    }
    assert_eq!(
        report.dropped.len(),
        report.drops.iter().map(|d| d.count).sum::<usize>()
    );
    let said = report.to_string();
    assert!(said.contains("twin-a, twin-b: Title of twin-a"), "{said}");
    assert!(
        said.contains("talks (not stated; of 2 peaks 1 are outside"),
        "{said}"
    );
}

#[test]
fn bad_files_are_messages() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let say = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let told = corpus::inspect(&path, &Progress::new())
            .unwrap_err()
            .explain();
        assert_eq!(told.path.as_deref(), Some(path.as_path()));
        assert!(!told.remedy.is_empty());
        told.why
    };
    assert_eq!(say(b""), "it is empty");
    assert!(say(b"\x1f\x8b\x08\0").contains("unexpected"));
    assert!(say(b"PK\x03\x04\0\0\0xl/worksheets").contains("zero bytes"));
    assert!(say(b"one,two\n1,2\n").contains("\"one,two\""));
    let studyset = std::fs::read(fixture("nimads/studyset.json")).unwrap();
    assert!(say(&studyset[..studyset.len() / 2]).contains("it ends in the middle"));
    assert!(say(b"{\"studies\": [\"3mQSmp\"]}").contains("NiMADS studyset"));
    assert!(say(b"{\"studies\": []}").contains("lists no studies"));
    assert!(
        say(b"{\"a\": {\"contrasts\": {\"1\": {\"coords\": {\"x\": [1e999]}}}}}")
            .contains("number out of range")
    );
    assert!(say(&[b"{\"studies\": ".as_slice(), &[b'['; 5000]].concat()).contains("in the middle"));
    // As long as the largest disks hold, and sparse.
    std::fs::write(&path, b"{\"studies\": [").unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(10 << 30).unwrap();
    let told = corpus::inspect(&path, &Progress::new())
        .unwrap_err()
        .explain();
    assert!(told.why.contains("it holds"), "{}", told.why);
    let gone = corpus::inspect(&dir.path().join("gone"), &Progress::new())
        .unwrap_err()
        .explain();
    assert!(gone.what.starts_with("Could not read"), "{}", gone.what);
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_end() {
    let dir = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(dir.path(), dir.path().join("self")).unwrap();
    std::os::unix::fs::symlink("b.json", dir.path().join("a.json")).unwrap();
    std::os::unix::fs::symlink("a.json", dir.path().join("b.json")).unwrap();
    let told = corpus::inspect(dir.path(), &Progress::new())
        .unwrap_err()
        .explain();
    assert_eq!(told.what, "This folder is not a corpus");
    let told = corpus::inspect(&dir.path().join("a.json"), &Progress::new())
        .unwrap_err()
        .explain();
    assert_eq!(told.what, "Could not read this corpus");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    /// Damage to a file of any format is a message or a smaller corpus, never a panic; so are any bytes.
    #[test]
    fn no_bytes_make_a_reader_panic(
        which in 0_usize..6, at: prop::sample::Index, put in proptest::collection::vec(any::<u8>(), 0..24), cut: bool,
    ) {
        const FILES: [&str; 6] = ["sleuth/talairach.txt", "nimads/studyset.json", "nimads/annotation.json",
            "nimare/dataset.json", "table/peaks.csv", "pubget/text.csv"];
        let mut bytes = std::fs::read(fixture(FILES[which])).unwrap();
        let at = at.index(bytes.len());
        let end = if cut { bytes.len() } else { (at + put.len()).min(bytes.len()) };
        bytes.splice(at..end, put);
        let dir = tempfile::tempdir().unwrap();
        if which == 5 {
            for name in ["metadata.csv", "coordinates.csv"] {
                std::fs::copy(fixture("pubget").join(name), dir.path().join(name)).unwrap();
            }
            std::fs::write(dir.path().join("text.csv"), bytes).unwrap();
        } else {
            std::fs::write(dir.path().join("file.txt"), bytes).unwrap();
        }
        let _ = corpus::inspect(dir.path(), &Progress::new());
        let _ = corpus::inspect(&dir.path().join("file.txt"), &Progress::new());
    }
}
