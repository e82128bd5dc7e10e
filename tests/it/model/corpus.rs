//! The corpora as published, the committed split, and the kernels beside their references.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::OnceLock;

use gyrus::corpus::{
    self, Corpus, Kernel, SpaceNote, Split, SplitBy, SplitLists, TextView, duplicate_groups,
};
use gyrus::progress::Progress;
use gyrus::space::mask_2mm;
use sha2::{Digest as _, Sha256};

use crate::support::shared::shared;

/// The whole corpus, read once for all tests here; `None` where it is not at hand.
fn whole() -> Option<&'static Corpus> {
    static CORPUS: OnceLock<Option<Corpus>> = OnceLock::new();
    CORPUS
        .get_or_init(|| {
            let dir = shared("corpora")?;
            Some(corpus::load(&dir, &Progress::new()).expect("the published corpora are sound"))
        })
        .as_ref()
}

fn pmids(corpus: &Corpus, part: &[usize]) -> Vec<u32> {
    part.iter().map(|&i| corpus.studies[i].pmid).collect()
}

#[test]
fn every_row_of_the_published_corpora_is_accounted_for() {
    let Some(corpus) = whole() else { return };
    let report = &corpus.report;
    eprintln!("{report}");
    assert_eq!(corpus.studies.len(), 19_148);
    assert_eq!(report.studies, 19_148);
    assert_eq!(report.in_several, 8_682);
    let [neurosynth, neuroquery] = report.sources.as_slice() else {
        panic!("two sources")
    };
    assert_eq!((neurosynth.studies, neurosynth.peaks), (14_371, 507_891));
    assert_eq!((neuroquery.studies, neuroquery.peaks), (13_459, 469_260));
    for source in &report.sources {
        assert_eq!(source.rejected_studies.rows, 0);
        assert_eq!(source.rejected_peaks.rows, 0);
    }
    assert_eq!(
        report.peaks_read,
        report.peaks_repeated + report.peaks_outside + report.peaks_kept
    );
    assert_eq!(
        report.peaks_kept,
        corpus
            .studies
            .iter()
            .map(|s| s.peaks_mm.len())
            .sum::<usize>()
    );
    assert_eq!(report.studies_converted, 2_335);
    assert_eq!(report.studies_unknown_space, 1_832 + 13_459 - 8_682);
    assert_eq!(
        (report.evaluation_listed, report.evaluation_present),
        (1_435, 718)
    );
    // The grounds of the rule on unknown space still hold.
    let unknown = report
        .space_evidence
        .iter()
        .find(|e| e.reported == "not stated")
        .unwrap();
    assert!(unknown.outside_as_talairach > 3.0 * unknown.outside_as_mni);
}

#[test]
fn peaks_are_distinct_finite_and_in_the_brain() {
    let Some(corpus) = whole() else { return };
    for study in &corpus.studies {
        let distinct: HashSet<[i32; 3]> = study
            .peaks_mm
            .iter()
            .map(|p| p.map(|v| (v * 10.0).round() as i32))
            .collect();
        // Conversion and rounding may bring two distinct Talairach peaks together; nothing else may.
        if study.space != SpaceNote::ConvertedTalairach {
            assert_eq!(distinct.len(), study.peaks_mm.len(), "{}", study.pmid);
        }
        for &p in &study.peaks_mm {
            let away = corpus::distance_to_mask_mm(p, mask_2mm(), corpus::MAX_OUTSIDE_MM);
            assert!(away.is_some(), "{} {p:?}", study.pmid);
        }
    }
}

#[test]
fn titles_and_texts_are_clean() {
    let Some(corpus) = whole() else { return };
    let title = |pmid| {
        corpus.studies[corpus.index_of(pmid).unwrap()]
            .title
            .as_str()
    };
    // Quoted, over three lines in the table.
    assert_eq!(
        title(22_470_352),
        "Resting State Functional Connectivity Correlates of Inhibitory Control in Children with \
         Attention-Deficit/Hyperactivity Disorder"
    );
    for study in &corpus.studies {
        assert!(
            study.is_usable() || study.peaks_mm.is_empty(),
            "{} has no title",
            study.pmid
        );
        assert!(
            study
                .read(TextView::LONG)
                .starts_with(study.title.trim_end_matches(['.', ' ']))
        );
        assert!(
            !study.title.starts_with('"') || study.title[1..].contains('"'),
            "{}",
            study.title
        );
    }
}

#[test]
fn the_committed_lists_are_whole_without_the_corpora() {
    let lists = SplitLists::committed();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/splits");
    let card: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("hashes.json")).unwrap())
            .unwrap();
    assert_eq!(card["seed"], SplitLists::COMMITTED_SEED.0);
    for (name, list) in [("dev", &lists.dev), ("test", &lists.test)] {
        assert_eq!(list.len(), SplitLists::COMMITTED_SIZE, "{name}");
        assert_eq!(
            card[name]["sha256"],
            corpus::hash_pmids(list.iter().copied()),
            "{name}"
        );
        let lines = std::fs::read_to_string(folder.join(format!("{name}.txt"))).unwrap();
        assert_eq!(
            lines.lines().count(),
            list.len(),
            "{name}: every line is a PMID of its own"
        );
    }
    let dev: HashSet<u32> = lists.dev.iter().copied().collect();
    assert!(lists.test.iter().all(|p| !dev.contains(p)));
    if let Some(path) = shared("corpora/evaluation_pmids.txt") {
        let text = std::fs::read_to_string(path).unwrap();
        let evaluation: HashSet<u32> = text.lines().map(|l| l.trim().parse().unwrap()).collect();
        assert_eq!(evaluation.len(), 1_435);
        assert!(
            lists
                .test
                .iter()
                .chain(&lists.dev)
                .all(|p| !evaluation.contains(p))
        );
    }
}

/// Draws the committed lists anew. With GYRUS_WRITE_SPLITS=1 it writes them instead.
#[test]
fn the_committed_split_is_the_one_the_seed_draws() {
    let Some(corpus) = whole() else { return };
    let size = SplitLists::COMMITTED_SIZE;
    let by = SplitBy::Seed {
        seed: SplitLists::COMMITTED_SEED,
        dev: size,
        test: size,
    };
    let drawn = corpus::split(corpus, &by).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/splits");
    if std::env::var_os("GYRUS_WRITE_SPLITS").is_some_and(|v| v == "1") {
        for (name, part) in [("dev", &drawn.dev), ("test", &drawn.test)] {
            let lines: Vec<String> = pmids(corpus, part).iter().map(u32::to_string).collect();
            std::fs::write(folder.join(format!("{name}.txt")), lines.join("\n") + "\n").unwrap();
        }
        let card = serde_json::json!({
            "seed": SplitLists::COMMITTED_SEED.0,
            "train": {"studies": drawn.train.len(), "sha256": drawn.hashes.train},
            "dev": {"studies": drawn.dev.len(), "sha256": drawn.hashes.dev},
            "test": {"studies": drawn.test.len(), "sha256": drawn.hashes.test},
        });
        let card = serde_json::to_string_pretty(&card).unwrap() + "\n";
        std::fs::write(folder.join("hashes.json"), card).unwrap();
        return;
    }
    let lists = SplitLists::committed();
    let listed = corpus::split(corpus, &SplitBy::Lists(lists.clone())).unwrap();
    assert_eq!(pmids(corpus, &listed.dev), lists.dev);
    assert_eq!(pmids(corpus, &listed.test), lists.test);
    assert_eq!(listed, drawn);
    let card: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("hashes.json")).unwrap())
            .unwrap();
    for (name, hash) in [
        ("train", &drawn.hashes.train),
        ("dev", &drawn.hashes.dev),
        ("test", &drawn.hashes.test),
    ] {
        assert_eq!(card[name]["sha256"], hash.as_str(), "{name}");
    }
    assert_eq!(SplitBy::for_corpus(corpus), SplitBy::Lists(lists));
}

#[test]
fn no_split_holds_an_evaluation_study_nor_cuts_a_group() {
    let Some(corpus) = whole() else { return };
    let lists = SplitLists::committed();
    let split = corpus::split(corpus, &SplitBy::Lists(lists)).unwrap();
    assert_eq!((split.dev.len(), split.test.len()), (1_000, 1_000));
    check_split(corpus, &split);
    let groups = duplicate_groups(&corpus.studies);
    let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
    for &group in &groups {
        *sizes.entry(group).or_default() += 1;
    }
    let many = sizes.values().filter(|&&n| n > 1).count();
    let largest = sizes.values().max().unwrap();
    eprintln!(
        "{many} groups of duplicates, the largest of {largest}; train {} dev {} test {} left out {}",
        split.train.len(),
        split.dev.len(),
        split.test.len(),
        split.left_out.len()
    );
    // A chain that ties half the corpus together would be a fault of the thresholds.
    assert!(many > 30 && *largest < 20);
}

/// What must hold of any split.
fn check_split(corpus: &Corpus, split: &Split) {
    let groups = duplicate_groups(&corpus.studies);
    let mut side: BTreeMap<usize, &str> = BTreeMap::new();
    let mut seen = HashSet::new();
    for (name, part) in [
        ("train", &split.train),
        ("dev", &split.dev),
        ("test", &split.test),
    ] {
        for &i in part {
            assert!(seen.insert(i), "{i} is in two parts");
            assert!(corpus.studies[i].is_usable());
            assert!(!corpus.is_evaluation(corpus.studies[i].pmid));
            let first = *side.entry(groups[i]).or_insert(name);
            assert_eq!(
                first, name,
                "a group of duplicates is cut at {}",
                corpus.studies[i].pmid
            );
        }
    }
    for (i, study) in corpus.studies.iter().enumerate() {
        if corpus.is_evaluation(study.pmid) {
            assert!(
                !side.contains_key(&groups[i]),
                "a duplicate of {} is in use",
                study.pmid
            );
        }
    }
}

#[derive(serde::Deserialize)]
struct Reference {
    peaks: Vec<[f32; 3]>,
    kde: KdeReference,
    mkda: MkdaReference,
    neuroquery: Option<Values>,
}

#[derive(serde::Deserialize)]
struct KdeReference {
    count: usize,
    sum: f64,
    norm: f64,
    voxels: Vec<usize>,
    values: Vec<f64>,
}

#[derive(serde::Deserialize)]
struct MkdaReference {
    count: usize,
    sha256: String,
}

#[derive(serde::Deserialize)]
struct Values {
    values: Vec<f64>,
}

#[test]
fn kernels_equal_scipy_neuroquery_and_nimare() {
    let references: BTreeMap<String, Reference> =
        serde_json::from_str(include_str!("../../fixtures/corpus/kernels.json")).unwrap();
    let mask = mask_2mm();
    for (name, want) in references {
        let kde = corpus::kde(&want.peaks, mask, 9.0);
        assert_eq!(kde.len(), want.kde.count, "{name}");
        assert!((kde.sum() / want.kde.sum - 1.0).abs() < 1e-6, "{name}");
        assert!((kde.norm() / want.kde.norm - 1.0).abs() < 1e-6, "{name}");
        let dense = kde.to_dense(mask.len());
        let check = |values: &[f64], relative: f64| {
            for (&voxel, &value) in want.kde.voxels.iter().zip(values) {
                let got = f64::from(dense[voxel]);
                assert!(
                    (got - value).abs() <= relative * value + 1e-12,
                    "{name} {got} {value}"
                );
            }
        };
        check(&want.kde.values, 2e-6);
        if let Some(neuroquery) = &want.neuroquery {
            check(&neuroquery.values, 2e-5);
        }
        let mkda = corpus::mkda(&want.peaks, mask, 10.0);
        assert_eq!(mkda.len(), want.mkda.count, "{name}");
        assert!(mkda.values.iter().all(|&v| v == 1.0));
        let bytes: Vec<u8> = mkda.voxels.iter().flat_map(|v| v.to_le_bytes()).collect();
        let hash: String = Sha256::digest(&bytes)
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        assert_eq!(hash, want.mkda.sha256, "{name}");
    }
}

#[test]
fn all_studies_at_once_equal_one_by_one() {
    let Some(corpus) = whole() else { return };
    let peaks: Vec<&[[f32; 3]]> = corpus
        .studies
        .iter()
        .step_by(97)
        .map(|s| s.peaks_mm.as_slice())
        .collect();
    let mask = mask_2mm();
    for kernel in [Kernel::KDE_9_MM, Kernel::MKDA_10_MM] {
        let maps = kernel
            .for_each(&peaks, mask, &Progress::new(), |_, map| map)
            .unwrap();
        for (map, peaks) in maps.iter().zip(&peaks) {
            assert_eq!(*map, kernel.map(peaks, mask));
        }
    }
}

#[test]
fn a_cancelled_load_stops() {
    let Some(dir) = shared("corpora") else { return };
    let progress = Progress::new();
    progress.cancel();
    assert!(matches!(
        corpus::load(&dir, &progress),
        Err(corpus::CorpusError::Cancelled(_))
    ));
}
