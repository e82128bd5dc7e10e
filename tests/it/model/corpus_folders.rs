//! Corpus folders of every kind: as published, one's own, incomplete, damaged.

use std::io::Write as _;
use std::path::Path;

use gyrus::corpus::{self, Corpus, SpaceNote, Study, TextView};
use gyrus::error::Explain as _;
use gyrus::progress::Progress;

fn write(dir: &Path, name: &str, text: &str) {
    std::fs::write(dir.join(name), text).unwrap();
}

fn own(corpus: &Corpus, i: usize) -> &Study {
    &corpus.studies[i]
}

#[test]
fn a_folder_of_ones_own_tables_is_a_corpus() {
    let dir = tempfile::tempdir().unwrap();
    write(
        dir.path(),
        "studies.csv",
        "PMID,Title,Abstract,Year\n12,\"Fear, and the amygdala.\",We looked at fear.,2011\n\
         smith2020,Finger tapping,,n/a\n,nameless,,\n12,again,,\n",
    );
    write(
        dir.path(),
        "coordinates.csv",
        "id,x,y,z,space\n12,-22,-4,-18,MNI\n12,-22,-4,-18.04,MNI\n12,-22,-4,nan,MNI\n\
         12,300,0,0,MNI\nsmith2020,-38,-26,50,TAL\nsmith2020,-36,-20,52,TAL\n99,0,0,0,MNI\n",
    );
    let corpus = corpus::load(dir.path(), &Progress::new()).unwrap();
    let (fear, tapping) = (own(&corpus, 0), own(&corpus, 1));
    assert_eq!(
        (fear.pmid, fear.year, fear.space),
        (12, Some(2011), SpaceNote::Mni)
    );
    assert_eq!(
        fear.read(TextView::LONG),
        "Fear, and the amygdala. We looked at fear."
    );
    assert_eq!(fear.peaks_mm, [[-22.0, -4.0, -18.0]]);
    assert_eq!(tapping.own_id.as_deref(), Some("smith2020"));
    assert_eq!(
        (tapping.pmid, tapping.year),
        (Study::FIRST_UNNUMBERED, None)
    );
    assert_eq!(tapping.space, SpaceNote::ConvertedTalairach);
    let want = gyrus::space::tal_to_mni([-38.0, -26.0, 50.0]);
    assert!(
        tapping.peaks_mm[0]
            .iter()
            .zip(want)
            .all(|(a, b)| (f64::from(*a) - b).abs() < 1e-4)
    );
    let report = &corpus.report;
    assert_eq!(report.sources[0].rejected_studies.rows, 2);
    assert_eq!(report.sources[0].rejected_peaks.rows, 2);
    assert_eq!(
        (
            report.peaks_repeated,
            report.peaks_outside,
            report.peaks_kept
        ),
        (1, 1, 3)
    );
    let said = report.to_string();
    assert!(said.contains("coordinates.csv, line 4"), "{said}");
    assert!(
        said.contains("studies.csv, line 4: no identifier"),
        "{said}"
    );
}

#[test]
fn what_is_no_corpus_is_said_to_be_none() {
    let say = |dir: &Path| corpus::load(dir, &Progress::new()).unwrap_err().explain();
    let dir = tempfile::tempdir().unwrap();
    let empty = say(dir.path());
    assert_eq!(
        (empty.what.as_str(), empty.why.as_str()),
        ("This folder is not a corpus", "it is empty")
    );
    assert_eq!(empty.path.as_deref(), Some(dir.path()));
    write(dir.path(), "coordinates.csv", "id,x,y,z\n1,0,0,0\n");
    assert_eq!(
        say(dir.path()).why,
        "it has coordinates but no table of studies"
    );
    write(dir.path(), "studies.csv", "pmid,name\n1\n");
    assert_eq!(
        say(dir.path()).what,
        "This corpus has nothing to learn from"
    );
    write(dir.path(), "studies.csv", "number,title\n1,one\n");
    let missing = say(dir.path());
    assert_eq!(
        missing.why,
        "it has no column pmid (or id); its columns are number, title"
    );
    assert!(
        say(&dir.path().join("nowhere"))
            .what
            .starts_with("Could not read")
    );
    let file = dir.path().join("studies.csv");
    let other = say(&file);
    assert_eq!(other.what, "This file is not a corpus");
    assert!(other.why.contains("number,title"), "{}", other.why);
}

/// Writes a gzipped file.
fn write_gz(dir: &Path, name: &str, text: &str) {
    std::fs::create_dir_all(dir).unwrap();
    let file = std::fs::File::create(dir.join(name)).unwrap();
    let mut gz = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    gz.write_all(text.as_bytes()).unwrap();
    gz.finish().unwrap();
}

const COUNTS: &[u8] = include_bytes!("../../fixtures/corpus/counts.npz");

/// Two small data sets named as the published ones are: study 20 in both, 40 on the evaluation list.
fn published(dir: &Path) {
    let (ns, nq) = (dir.join("neurosynth_v7"), dir.join("neuroquery"));
    write_gz(
        &ns,
        "data-neurosynth_version-7_metadata.tsv.gz",
        "id\tdoi\tspace\ttitle\tauthors\tyear\tjournal\n\
         10\t\tMNI\t\"A \"\"quoted\"\" title.\"\tA\t1999\tJ\n\
         20\t10.1/x\tTAL\tThe row of Neurosynth.\tB\t2004\tJ\n\
         30\t\tUNKNOWN\tNobody says where\tC\tunknown\tJ\n\
         10\t\tMNI\tten again\tD\t2000\tJ\nx1\t\tMNI\tno number\tE\t2000\tJ\n",
    );
    write_gz(
        &ns,
        "data-neurosynth_version-7_coordinates.tsv.gz",
        "id\ttable_id\ttable_num\tpeak_id\tx\ty\tz\n\
         10\t1\t1.\t1\t-40\t-20\t50\n10\t1\t1.\t2\t-40.0\t-20.0\t50.0\n10\t1\t\t3\t0\n\
         20\t1\t\t4\t30\t-60\t40\n30\t1\t\t5\t10\t10\t10\n99\t1\t\t6\t0\t0\t0\n",
    );
    write_gz(
        &nq,
        "data-neuroquery_version-1_metadata.tsv.gz",
        "id\ttitle\n20\tThe row of NeuroQuery\n40\t\"Over\ntwo lines\"\n50\tFar away\n60\tDeep\n",
    );
    write_gz(
        &nq,
        "data-neuroquery_version-1_coordinates.tsv.gz",
        "id\ttable_id\ttable_name\tx\ty\tz\n20\tt\t\"Table\n1\"\t30.0\t-60.0\t40.0\n\
         20\tt\tT\t-30\t-60\t40\n40\tt\tT\t0\t20\t30\n50\tt\tT\t140\t0\t0\n60\tt\tT\t4\t-20\t6\n",
    );
    for source in ["keywords", "abstract"] {
        let name =
            format!("data-neuroquery_version-1_vocab-x_source-{source}_type-count_features.npz");
        std::fs::write(nq.join(name), COUNTS).unwrap();
    }
    let words = "amygdala\nbrain\nfear\nworking memory\nzygote\n";
    write(
        &nq,
        "data-neuroquery_version-1_vocab-x_vocabulary.txt",
        words,
    );
    write(dir, "evaluation_pmids.txt", "40\n777\n");
}

#[test]
fn neurosynth_wins_over_neuroquery_and_peaks_are_pooled() {
    let dir = tempfile::tempdir().unwrap();
    published(dir.path());
    let corpus = corpus::load(dir.path(), &Progress::new()).unwrap();
    let numbers: Vec<u32> = corpus.studies.iter().map(|s| s.pmid).collect();
    assert_eq!(numbers, [10, 20, 30, 40, 50, 60]);
    let study = |pmid| &corpus.studies[corpus.index_of(pmid).unwrap()];
    assert_eq!(
        (study(10).title.as_str(), study(10).year),
        ("A \"quoted\" title.", Some(1999))
    );
    assert_eq!(study(10).peaks_mm, [[-40.0, -20.0, 50.0]]);
    // Talairach by Neurosynth: NeuroQuery's extra peak is converted too, the shared one kept once.
    let both = study(20);
    assert_eq!(
        (both.title.as_str(), both.doi.as_deref()),
        ("The row of Neurosynth.", Some("10.1/x"))
    );
    assert_eq!(both.space, SpaceNote::ConvertedTalairach);
    assert_eq!(both.peaks_mm.len(), 2);
    let want = gyrus::space::tal_to_mni([-30.0, -60.0, 40.0]);
    assert!(
        both.peaks_mm[1]
            .iter()
            .zip(want)
            .all(|(a, b)| (f64::from(*a) - b).abs() < 1e-4)
    );
    // Row 0 of the counts: brain twice, zygote once; what the keywords say the abstract does not.
    assert_eq!(
        both.read(TextView::LONG),
        "The row of Neurosynth. brain, zygote"
    );
    assert_eq!(
        (study(30).year, study(30).space),
        (None, SpaceNote::UnknownTakenAsMni)
    );
    assert_eq!(
        (
            study(40).title.as_str(),
            study(40).read(TextView::LONG).as_str()
        ),
        ("Over two lines", "Over two lines")
    );
    assert!(!study(50).is_usable());
    assert_eq!(study(60).read(TextView::LONG), "Deep. working memory, fear");
    let r = &corpus.report;
    assert_eq!(
        (r.studies, r.in_several, r.studies_without_peaks),
        (6, 1, 1)
    );
    assert_eq!(
        (
            r.peaks_read,
            r.peaks_repeated,
            r.peaks_outside,
            r.peaks_kept
        ),
        (9, 2, 1, 6)
    );
    assert_eq!(
        (
            r.studies_converted,
            r.peaks_converted,
            r.studies_unknown_space
        ),
        (1, 2, 4)
    );
    assert_eq!((r.evaluation_listed, r.evaluation_present), (2, 1));
    assert_eq!(
        (
            r.sources[0].rejected_studies.rows,
            r.sources[0].rejected_peaks.rows
        ),
        (2, 2)
    );
    assert!(r.notes.is_empty(), "{:?}", r.notes);
}

#[test]
fn missing_word_counts_are_noted_and_wrong_ones_refused() {
    let dir = tempfile::tempdir().unwrap();
    published(dir.path());
    let nq = dir.path().join("neuroquery");
    let vocabulary = "data-neuroquery_version-1_vocab-x_vocabulary.txt";
    write(&nq, vocabulary, "one\ntwo\n");
    let wrong = corpus::load(dir.path(), &Progress::new())
        .unwrap_err()
        .explain();
    assert_eq!(wrong.what, "Could not read the word counts");
    assert!(
        wrong.why.contains("there are 2 words and 4 studies"),
        "{}",
        wrong.why
    );
    std::fs::remove_file(nq.join(vocabulary)).unwrap();
    std::fs::remove_file(dir.path().join("evaluation_pmids.txt")).unwrap();
    let corpus = corpus::load(dir.path(), &Progress::new()).unwrap();
    assert!(
        corpus
            .studies
            .iter()
            .all(|s| s.texts.is_empty() && s.read(TextView::LONG) == s.title)
    );
    assert_eq!(corpus.report.notes.len(), 2);
    assert!(
        corpus
            .report
            .to_string()
            .contains("no study is set aside for evaluation")
    );
}

#[test]
fn a_damaged_table_is_a_message() {
    let dir = tempfile::tempdir().unwrap();
    published(dir.path());
    let path = dir
        .path()
        .join("neurosynth_v7/data-neurosynth_version-7_coordinates.tsv.gz");
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let said = corpus::load(dir.path(), &Progress::new())
        .unwrap_err()
        .explain();
    assert_eq!(said.what, "Could not read this corpus");
    assert_eq!(said.path.as_deref(), Some(path.as_path()));
    std::fs::write(&path, whole).unwrap();
    write(dir.path(), "evaluation_pmids.txt", "40\nforty\n");
    let said = corpus::load(dir.path(), &Progress::new())
        .unwrap_err()
        .explain();
    assert!(
        said.why.contains("evaluation_pmids.txt, line 2"),
        "{}",
        said.why
    );
}

#[test]
fn one_folder_of_a_data_set_may_be_given_alone() {
    let dir = tempfile::tempdir().unwrap();
    published(dir.path());
    let corpus = corpus::load(&dir.path().join("neuroquery"), &Progress::new()).unwrap();
    assert_eq!((corpus.studies.len(), corpus.report.sources.len()), (4, 1));
    assert!(
        corpus
            .studies
            .iter()
            .all(|s| s.space == SpaceNote::UnknownTakenAsMni)
    );
}

#[test]
fn tables_of_two_folders_are_not_mixed() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["a", "b"] {
        std::fs::create_dir(dir.path().join(name)).unwrap();
    }
    write(&dir.path().join("a"), "studies.csv", "pmid,title\n1,one\n");
    write(
        &dir.path().join("b"),
        "coordinates.csv",
        "pmid,x,y,z\n1,0,0,0\n",
    );
    assert!(corpus::load(dir.path(), &Progress::new()).is_err());
}

#[test]
fn peaks_that_state_several_spaces_are_each_taken_at_their_word() {
    let dir = tempfile::tempdir().unwrap();
    write(
        dir.path(),
        "studies.tsv",
        "id\ttitle\n7\tMixed\n8\tStated\n",
    );
    write(
        dir.path(),
        "coordinates.tsv",
        "id\tx\ty\tz\tspace\n7\t-38\t-26\t50\tMNI152\n7\t-30\t-20\t46\tTalairach\n7\t4\t8\t2\t\n",
    );
    let corpus = corpus::load(dir.path(), &Progress::new()).unwrap();
    let mixed = own(&corpus, 0);
    assert_eq!(mixed.space, SpaceNote::Mni);
    assert_eq!(
        (mixed.peaks_mm[0], mixed.peaks_mm[2]),
        ([-38.0, -26.0, 50.0], [4.0, 8.0, 2.0])
    );
    assert_ne!(mixed.peaks_mm[1], [-30.0, -20.0, 46.0]);
}
