//! Finds out what a corpus is made of and reads it.

use std::path::{Path, PathBuf};

use crate::files;
use crate::progress::Progress;
use crate::volume::Mask;

use super::detect::{self, Kind};
use super::merge::{Found, merge};
use super::nimads::LeftOut;
use super::published::{Published, neuroquery, neurosynth};
use super::source::{Names, Source};
use super::{Corpus, CorpusError, Study};
use super::{folder, maps, nimads, nimare, one_table, pubget, sleuth};

/// A list of all PMIDs there are would be longer, but is no list of studies to set aside.
const MAX_LIST_BYTES: u64 = 16 << 20;

/// Reads a corpus and brings its peaks into the 2 mm MNI brain. What it is, its files say themselves.
///
/// `path` is a folder that holds, itself or one folder down, any number of: Neurosynth v7
/// (`data-neurosynth*_metadata.tsv.gz`, `…_coordinates.tsv.gz`), NeuroQuery (`data-neuroquery*`, with the word counts
/// where they are), what pubget extracted (`metadata.csv`, `coordinates.csv`, `text.csv`, `coordinate_space.csv`),
/// `studies` and `coordinates` tables (`.csv`, `.tsv`, either with `.gz`), NiMADS studysets with their annotations,
/// NiMARE datasets, Sleuth files, single tables of studies and peaks, tables of maps with titles. Or it is one file
/// of the last five kinds. `evaluation_pmids.txt` in the folder lists studies to set aside.
///
/// # Errors
/// When it is no corpus, a file lacks what it needs or cannot be read, nothing usable remains, or on cancel.
/// Malformed rows are counted in the report.
pub fn load(path: &Path, progress: &Progress) -> Result<Corpus, CorpusError> {
    load_in_mask(path, crate::space::mask_2mm(), progress)
}

/// As [`load`], with another brain mask.
///
/// # Errors
/// As [`load`].
pub(crate) fn load_in_mask(
    path: &Path,
    mask: &Mask,
    progress: &Progress,
) -> Result<Corpus, CorpusError> {
    let (corpus, _) = read(path, mask, false, progress)?;
    if corpus.studies.iter().any(Study::is_usable) {
        return Ok(corpus);
    }
    let path = path.to_path_buf();
    Err(match corpus.maps.len() {
        0 => CorpusError::Empty { path },
        maps => CorpusError::OnlyMaps { path, maps },
    })
}

/// Reads a corpus, whether anything can be learnt from it or not. Drops are listed where asked for, else counted.
pub(super) fn read(
    path: &Path,
    mask: &Mask,
    list_drops: bool,
    progress: &Progress,
) -> Result<(Corpus, Found), CorpusError> {
    let about = std::fs::metadata(path).map_err(CorpusError::io(path))?;
    let files = match about.is_dir() {
        true => list(path)?,
        false => vec![path.to_path_buf()],
    };
    let evaluation = match find(&files, |n| n == "evaluation_pmids.txt") {
        Some(path) => read_pmids(&path)?,
        None => Vec::new(),
    };
    progress.set_fraction(0.0);
    let (sources, notes) = if about.is_dir() {
        of_folder(&files, &evaluation, list_drops, progress)?
    } else {
        let found = detect::look(path)?;
        let kind = found.map_err(|found| CorpusError::UnknownFile {
            path: path.to_path_buf(),
            found,
        })?;
        (
            others(
                &[(kind, path.to_path_buf())],
                list_drops,
                &mut Names::default(),
                progress,
            )?,
            Vec::new(),
        )
    };
    if sources.is_empty() {
        return Err(not_a_corpus(path, &files));
    }
    progress.stage("Merging studies");
    let (studies, mut report, mut found) = merge(sources, mask, list_drops, progress)?;
    report.notes.extend(notes);
    report.evaluation_listed = evaluation.len();
    report.evaluation_present = studies
        .iter()
        .filter(|s| evaluation.binary_search(&s.pmid).is_ok())
        .count();
    let maps = std::mem::take(&mut found.maps);
    if !maps.is_empty() {
        let maps = maps.len();
        report.notes.push(format!(
            "{maps} studies have maps and no peaks: Gyrus learns from peaks alone so far"
        ));
    }
    let corpus = Corpus {
        studies,
        evaluation,
        maps,
        report,
    };
    Ok((corpus, found))
}

/// The sources of a folder in order of precedence, and what is to be said of it.
fn of_folder(
    files: &[PathBuf],
    evaluation: &[u32],
    list_drops: bool,
    progress: &Progress,
) -> Result<(Vec<Source>, Vec<String>), CorpusError> {
    let mut names = Names::default();
    let mut notes = Vec::new();
    let mut sources = Vec::new();
    if let Some(found) = Published::find(files, "data-neurosynth") {
        progress.stage("Reading Neurosynth");
        sources.push(neurosynth(&found, list_drops, progress)?);
    }
    if let Some(found) = Published::find(files, "data-neuroquery") {
        progress.stage("Reading NeuroQuery");
        let (source, counted) = neuroquery(&found, evaluation, list_drops, progress)?;
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
    // Each file is read once.
    let published = |path: &Path| file_name(path).starts_with("data-neuro");
    let mut rest: Vec<PathBuf> = files.iter().filter(|p| !published(p)).cloned().collect();
    if let Some(found) = pubget::Extracted::find(&rest) {
        progress.stage("Reading the articles of pubget");
        sources.push(pubget::read(&found, (&mut names, list_drops), progress)?);
        let folder = found.metadata.parent();
        rest.retain(|path| path.parent() != folder);
    }
    if let Some((studies, coordinates)) = folder::tables(&rest) {
        progress.stage("Reading your tables");
        let read = folder::read(&studies, &coordinates, (&mut names, list_drops), progress)?;
        sources.push(read);
        rest.retain(|path| *path != studies && *path != coordinates);
    }
    let kinds = detect::sorted(&rest);
    // A table of peaks without titles is a part of something that is not here.
    let whole = |(kind, _): &(Kind, PathBuf)| *kind != Kind::OneTable { titled: false };
    let kinds: Vec<(Kind, PathBuf)> = kinds.into_iter().filter(whole).collect();
    sources.extend(others(&kinds, list_drops, &mut names, progress)?);
    Ok((sources, notes))
}

/// Reads files that are a corpus each.
fn others(
    files: &[(Kind, PathBuf)],
    list_drops: bool,
    names: &mut Names,
    progress: &Progress,
) -> Result<Vec<Source>, CorpusError> {
    let annotations = files.iter().filter(|(kind, _)| *kind == Kind::Annotation);
    let annotations: Vec<PathBuf> = annotations.map(|(_, path)| path.clone()).collect();
    let mut sources = Vec::new();
    let left_out = LeftOut::read(&annotations)?;
    for (kind, path) in files {
        progress.check()?;
        progress.stage(format!("Reading {}", file_name(path)));
        let how = (&mut *names, list_drops);
        sources.push(match kind {
            Kind::Annotation => continue,
            Kind::Studyset => nimads::read(path, &left_out, how, progress)?,
            Kind::Dataset => nimare::read(path, how, progress)?,
            Kind::Sleuth => sleuth::read(path, how, progress)?,
            Kind::OneTable { .. } => one_table::read(path, how, progress)?,
            Kind::Maps => maps::read(path, how, progress)?,
        });
    }
    if let (true, Some(alone)) = (sources.is_empty(), annotations.first()) {
        return Err(CorpusError::UnknownFile {
            path: alone.clone(),
            found: "it is a NiMADS annotation, which belongs to a studyset".to_owned(),
        });
    }
    Ok(sources)
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
