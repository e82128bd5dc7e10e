//! Finds out what a corpus folder holds and reads it.

use std::path::{Path, PathBuf};

use crate::files;
use crate::progress::Progress;
use crate::volume::Mask;

use super::merge::merge;
use super::published::{Published, neuroquery, neurosynth};
use super::{Corpus, CorpusError, Study, folder};

/// A list of all PMIDs there are would be longer, but is no list of studies to set aside.
const MAX_LIST_BYTES: u64 = 16 << 20;

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
pub fn load(dir: &Path, progress: &Progress) -> Result<Corpus, CorpusError> {
    load_in_mask(dir, crate::space::mask_2mm(), progress)
}

/// As [`load`], with another brain mask.
///
/// # Errors
/// As [`load`].
pub(crate) fn load_in_mask(
    dir: &Path,
    mask: &Mask,
    progress: &Progress,
) -> Result<Corpus, CorpusError> {
    let files = list(dir)?;
    let evaluation = match find(&files, |n| n == "evaluation_pmids.txt") {
        Some(path) => read_pmids(&path)?,
        None => Vec::new(),
    };
    let mut notes = Vec::new();
    let mut sources = Vec::new();
    progress.set_fraction(0.0);
    if let Some(found) = Published::find(&files, "data-neurosynth") {
        progress.stage("Reading Neurosynth");
        sources.push(neurosynth(&found, progress)?);
    }
    if let Some(found) = Published::find(&files, "data-neuroquery") {
        progress.stage("Reading NeuroQuery");
        let (source, counted) = neuroquery(&found, &evaluation, progress)?;
        sources.push(source);
        if !counted {
            notes.push(
                "NeuroQuery's word counts are missing: its studies are known by their titles alone"
                    .to_owned(),
            );
        }
    }
    if !sources.is_empty() && evaluation.is_empty() {
        notes.push("There is no evaluation_pmids.txt: no study is set aside for evaluation".into());
    }
    if let Some((studies, coordinates)) = folder::tables(&files) {
        progress.stage("Reading your tables");
        sources.push(folder::read(&studies, &coordinates, progress)?);
    }
    if sources.is_empty() {
        return Err(not_a_corpus(dir, &files));
    }
    progress.stage("Merging studies");
    let (studies, mut report) = merge(sources, mask, progress)?;
    report.notes.extend(notes);
    report.evaluation_listed = evaluation.len();
    report.evaluation_present = studies
        .iter()
        .filter(|s| evaluation.binary_search(&s.pmid).is_ok())
        .count();
    if !studies.iter().any(Study::is_usable) {
        return Err(CorpusError::Empty {
            path: dir.to_path_buf(),
        });
    }
    Ok(Corpus {
        studies,
        evaluation,
        report,
    })
}

/// Files of the folder and of the folders in it, by path.
pub(super) fn list(dir: &Path) -> Result<Vec<PathBuf>, CorpusError> {
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

/// A file's name in lower case.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_ascii_lowercase()
}

/// The first file whose name fits.
fn find(files: &[PathBuf], fits: impl Fn(&str) -> bool) -> Option<PathBuf> {
    files.iter().find(|p| fits(&file_name(p))).cloned()
}

pub(super) fn not_a_corpus(dir: &Path, files: &[PathBuf]) -> CorpusError {
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
    let text = files::read_text(path, MAX_LIST_BYTES).map_err(CorpusError::io(path))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    super::split::parse_pmids(&name, &text)
}
