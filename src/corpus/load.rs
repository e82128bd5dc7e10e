//! Finds out what a corpus folder holds and reads it.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::progress::Task;
use crate::volume::Mask;

use super::merge::{RawStudy, ReportedSpace, Source, merge};
use super::report::Rejected;
use super::split::SplitLists;
use super::table::{Table, tidy};
use super::words::WordCounts;
use super::{Corpus, CorpusError, folder};

/// Reads the corpus in `dir` and brings its peaks into the 2 mm MNI brain.
///
/// `dir` holds, itself or one folder down, Neurosynth v7 (`data-neurosynth*_metadata.tsv.gz`,
/// `…_coordinates.tsv.gz`), NeuroQuery (`data-neuroquery*`, with the word counts where they are), or
/// `studies` and `coordinates` tables (`.csv`, `.tsv`, either with `.gz`); any number of the three.
/// `evaluation_pmids.txt` beside them lists studies to set aside.
///
/// # Errors
/// When the folder is no corpus, a table lacks a column or cannot be read, nothing usable remains, or
/// on cancel. Malformed rows are counted in the report.
pub fn load(dir: &Path, task: &Task) -> Result<Corpus, CorpusError> {
    load_in_mask(dir, crate::space::mask_2mm(), task)
}

/// As [`load`], with another brain mask.
///
/// # Errors
/// As [`load`].
pub fn load_in_mask(dir: &Path, mask: &Mask, task: &Task) -> Result<Corpus, CorpusError> {
    let files = list(dir)?;
    let evaluation = match find(&files, |n| n == "evaluation_pmids.txt") {
        Some(path) => read_pmids(&path)?,
        None => Vec::new(),
    };
    let mut notes = Vec::new();
    let mut sources = Vec::new();
    task.set_fraction(0.0);
    if let Some((metadata, coordinates)) = tables(&files, "data-neurosynth") {
        task.stage("Reading Neurosynth");
        sources.push(neurosynth(&metadata, &coordinates, task)?);
    }
    if let Some((metadata, coordinates)) = tables(&files, "data-neuroquery") {
        task.stage("Reading NeuroQuery");
        let (mut source, order) = neuroquery(&metadata, &coordinates, task)?;
        task.stage("Reading NeuroQuery's word counts");
        match word_counts(&files, order.len())? {
            Some(counts) => add_texts(&mut source, &order, &counts, &evaluation),
            None => notes.push(
                "NeuroQuery's word counts are missing: studies are known by their titles alone"
                    .into(),
            ),
        }
        sources.push(source);
    }
    if let Some((studies, coordinates)) = folder::tables(&files) {
        task.stage("Reading your tables");
        sources.push(folder::read(&studies, &coordinates, task)?);
    }
    if sources.is_empty() {
        return Err(not_a_corpus(dir, &files));
    }
    task.stage("Merging studies");
    let (studies, mut report) = merge(sources, mask, task)?;
    report.notes.extend(notes);
    report.evaluation_listed = evaluation.len();
    let corpus = Corpus {
        studies,
        evaluation,
        report,
    };
    let present = corpus
        .studies
        .iter()
        .filter(|s| corpus.is_evaluation(s.pmid))
        .count();
    if !corpus.studies.iter().any(super::Study::is_usable) {
        return Err(CorpusError::Empty {
            path: dir.to_path_buf(),
        });
    }
    let mut corpus = corpus;
    corpus.report.evaluation_present = present;
    Ok(corpus)
}

/// Files of the folder and of the folders in it, by path.
fn list(dir: &Path) -> Result<Vec<PathBuf>, CorpusError> {
    let entries = |dir: &Path| -> Result<Vec<PathBuf>, CorpusError> {
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(dir).map_err(CorpusError::io(dir))? {
            paths.push(entry.map_err(CorpusError::io(dir))?.path());
        }
        paths.sort();
        Ok(paths)
    };
    let mut files = Vec::new();
    let mut folders = Vec::new();
    for path in entries(dir)? {
        if path.is_dir() {
            folders.push(path)
        } else {
            files.push(path)
        }
    }
    for folder in folders {
        // A folder that may not be read cannot be the corpus.
        files.extend(
            entries(&folder)
                .unwrap_or_default()
                .into_iter()
                .filter(|p| !p.is_dir()),
        );
    }
    Ok(files)
}

/// The first file whose name (in lower case) fits.
pub(super) fn find(files: &[PathBuf], fits: impl Fn(&str) -> bool) -> Option<PathBuf> {
    let name = |p: &Path| {
        p.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .to_ascii_lowercase()
    };
    files.iter().find(|p| fits(&name(p))).cloned()
}

/// A published data set's metadata and coordinates.
fn tables(files: &[PathBuf], prefix: &str) -> Option<(PathBuf, PathBuf)> {
    let table = |part: &str| {
        find(files, |n| {
            n.starts_with(prefix)
                && [".tsv.gz", ".tsv"]
                    .iter()
                    .any(|e| n.ends_with(&format!("_{part}{e}")))
        })
    };
    Some((table("metadata")?, table("coordinates")?))
}

fn not_a_corpus(dir: &Path, files: &[PathBuf]) -> CorpusError {
    let has = |part: &str| find(files, |n| n.contains(part) && n.contains(".")).is_some();
    let found = if files.is_empty() {
        "it is empty".to_owned()
    } else if has("coordinates") && !has("studies") && !has("metadata") {
        "it has coordinates but no table of studies".to_owned()
    } else if !has("coordinates") && (has("studies") || has("metadata")) {
        "it has a table of studies but no coordinates".to_owned()
    } else {
        let names: Vec<String> = files
            .iter()
            .take(4)
            .map(|p| {
                p.file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        let more = if files.len() > names.len() { "…" } else { "" };
        format!(
            "it holds {} files ({}{more}), none a known table",
            files.len(),
            names.join(", ")
        )
    };
    CorpusError::NotACorpus {
        path: dir.to_path_buf(),
        found,
    }
}

/// A text file with one PMID a line; blank lines and `#` comments are passed over.
fn read_pmids(path: &Path) -> Result<Vec<u32>, CorpusError> {
    let text = std::fs::read_to_string(path).map_err(CorpusError::io(path))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    super::split::parse_pmids(&name, &text)
}

/// A PMID: a whole number from 1, also written "123.0" as spreadsheets do.
pub(super) fn parse_pmid(text: &str) -> Option<u32> {
    let digits = text.trim().strip_suffix(".0").unwrap_or(text.trim());
    let known = |p: &u32| (1..super::Study::FIRST_UNNUMBERED).contains(p);
    digits.parse::<u32>().ok().filter(known)
}

/// Reads peaks into the studies of `source`; `space` is called with the study and the row's space.
pub(super) fn read_peaks(
    table: &Table,
    ids: &[&str],
    source: &mut Source,
    resolve: impl Fn(&str) -> Option<u32>,
    mut each: impl FnMut(u32, &mut RawStudy, [f32; 3], ReportedSpace),
    task: &Task,
) -> Result<(), CorpusError> {
    let id = table.need(ids, "id (or pmid)")?;
    let axes = [
        table.need(&["x"], "x")?,
        table.need(&["y"], "y")?,
        table.need(&["z"], "z")?,
    ];
    let space = table.column(&["space"]);
    let mut rejected = Rejected::default();
    for (n, row) in table.rows().enumerate() {
        if n % 8192 == 0 {
            task.check()?;
        }
        let Some((pmid, study)) = resolve(row.get(id))
            .and_then(|pmid| source.studies.get_mut(&pmid).map(|study| (pmid, study)))
        else {
            rejected.add(table, row.line, &format!("no study {:?}", row.get(id)));
            continue;
        };
        let mut peak = [f32::NAN; 3];
        for (value, &column) in peak.iter_mut().zip(&axes) {
            *value = row.get(column).parse().unwrap_or(f32::NAN);
        }
        if peak.iter().all(|v| v.is_finite()) {
            source.count.peaks += 1;
            each(
                pmid,
                study,
                peak,
                ReportedSpace::parse(row.get_optional(space)),
            );
        } else {
            let seen: Vec<&str> = axes.iter().map(|&a| row.get(a)).collect();
            rejected.add(table, row.line, &format!("{seen:?} are not three numbers"));
        }
    }
    source.count.rejected_peaks = rejected;
    Ok(())
}

fn neurosynth(metadata: &Path, coordinates: &Path, task: &Task) -> Result<Source, CorpusError> {
    let table = Table::read(metadata)?;
    let id = table.need(&["id", "pmid"], "id")?;
    let title = table.need(&["title"], "title")?;
    let space = table.need(&["space"], "space")?;
    let (doi, year) = (table.column(&["doi"]), table.column(&["year"]));
    let mut source = Source::default();
    source.count.name = "Neurosynth v7".into();
    for row in table.rows() {
        let Some(pmid) = parse_pmid(row.get(id)) else {
            source
                .count
                .rejected_studies
                .add(&table, row.line, "no PMID");
            continue;
        };
        if source.studies.contains_key(&pmid) {
            source
                .count
                .rejected_studies
                .add(&table, row.line, &format!("{pmid} again"));
            continue;
        }
        let doi = row.get_optional(doi);
        source.studies.insert(
            pmid,
            RawStudy {
                doi: (!doi.is_empty()).then(|| doi.to_owned()),
                title: tidy(row.get(title)),
                year: row.get_optional(year).parse().ok(),
                space: ReportedSpace::parse(row.get(space)),
                ..RawStudy::default()
            },
        );
    }
    source.count.studies = source.studies.len();
    let table = Table::read(coordinates)?;
    read_peaks(
        &table,
        &["id", "pmid"],
        &mut source,
        parse_pmid,
        |_, s, p, _| s.peaks.push(p),
        task,
    )?;
    Ok(source)
}

/// Also gives the PMID of every metadata row, which is the row order of the word counts.
fn neuroquery(
    metadata: &Path,
    coordinates: &Path,
    task: &Task,
) -> Result<(Source, Vec<Option<u32>>), CorpusError> {
    let table = Table::read(metadata)?;
    let id = table.need(&["id", "pmid"], "id")?;
    let title = table.need(&["title"], "title")?;
    let mut source = Source::default();
    source.count.name = "NeuroQuery".into();
    let mut order = Vec::new();
    for row in table.rows() {
        let pmid = parse_pmid(row.get(id));
        let fresh = pmid.filter(|p| !source.studies.contains_key(p));
        order.push(fresh);
        match fresh {
            Some(pmid) => {
                let study = RawStudy {
                    title: tidy(row.get(title)),
                    ..RawStudy::default()
                };
                source.studies.insert(pmid, study);
            }
            None => source
                .count
                .rejected_studies
                .add(&table, row.line, "no PMID, or one again"),
        }
    }
    source.count.studies = source.studies.len();
    let table = Table::read(coordinates)?;
    read_peaks(
        &table,
        &["id", "pmid"],
        &mut source,
        parse_pmid,
        |_, s, p, _| s.peaks.push(p),
        task,
    )?;
    Ok((source, order))
}

/// NeuroQuery's word counts where all three files are there.
fn word_counts(files: &[PathBuf], studies: usize) -> Result<Option<WordCounts>, CorpusError> {
    let npz = |part: &str| {
        find(files, |n| {
            n.starts_with("data-neuroquery") && n.contains(part) && n.ends_with(".npz")
        })
    };
    let vocabulary = find(files, |n| {
        n.starts_with("data-neuroquery") && n.ends_with("_vocabulary.txt")
    });
    match (
        vocabulary,
        npz("source-keywords_type-count"),
        npz("source-abstract_type-count"),
    ) {
        (Some(vocabulary), Some(keywords), Some(abstracts)) => {
            WordCounts::read(&vocabulary, &keywords, &abstracts, studies).map(Some)
        }
        _ => Ok(None),
    }
}

fn add_texts(source: &mut Source, order: &[Option<u32>], counts: &WordCounts, evaluation: &[u32]) {
    let test: HashSet<u32> = SplitLists::committed().test.into_iter().collect();
    let hide = |pmid: u32| test.contains(&pmid) || evaluation.binary_search(&pmid).is_ok();
    let hidden = order
        .iter()
        .enumerate()
        .filter(|(_, pmid)| pmid.is_some_and(hide))
        .map(|(row, _)| row)
        .collect();
    for (pmid, text) in order.iter().zip(counts.texts(&hidden)) {
        if let Some(study) = pmid.and_then(|p| source.studies.get_mut(&p)) {
            study.more_text = text;
        }
    }
}
