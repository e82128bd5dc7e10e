//! What can go wrong with a corpus folder.

use std::path::{Path, PathBuf};

use crate::error::{Explain, Explanation};
use crate::progress::Cancelled;

/// Why a corpus could not be read or split. Malformed rows are no error: they are counted.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// A file or folder could not be read.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The folder holds none of the known layouts.
    #[error("{path} holds no corpus: {found}", path = path.display())]
    NotACorpus {
        /// The folder.
        path: PathBuf,
        /// What was found there instead.
        found: String,
    },
    /// A table lacks a column it needs.
    #[error("{path} has no column {wanted}; its columns are {present}", path = path.display())]
    MissingColumn {
        /// The table.
        path: PathBuf,
        /// The column's accepted names.
        wanted: &'static str,
        /// The names in the header.
        present: String,
    },
    /// The word counts are not what they should be.
    #[error("{path}: {why}", path = path.display())]
    BadCounts {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// It holds more than can be.
    #[error("{path} holds more than {most}", path = path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most that is read, with its unit.
        most: String,
    },
    /// A file that is none of the known formats.
    #[error("{path} is no corpus: {found}", path = path.display())]
    UnknownFile {
        /// The file.
        path: PathBuf,
        /// What was found in it.
        found: String,
    },
    /// A file of a known format that is not as it should be.
    #[error("{path}: {why}", path = path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What it should be, with its article.
        format: &'static str,
        /// What is wrong, and where.
        why: String,
    },
    /// Bytes that are no text.
    #[error("{path} is no text: {why}", path = path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// How that shows.
        why: &'static str,
    },
    /// A table without a head line.
    #[error("{path} is empty", path = path.display())]
    NoRows {
        /// The table.
        path: PathBuf,
    },
    /// Nothing usable remained.
    #[error("{path}: no study has both a title and a peak inside the brain", path = path.display())]
    Empty {
        /// The folder.
        path: PathBuf,
    },
    /// There are only maps, which training cannot learn from.
    #[error("{path}: its {maps} studies have maps and no peaks", path = path.display())]
    OnlyMaps {
        /// The folder.
        path: PathBuf,
        /// How many.
        maps: usize,
    },
    /// A list of PMIDs holds something else.
    #[error("{name}, line {line}: {text:?} is not a PMID")]
    BadPmid {
        /// The list.
        name: String,
        /// Line number from 1.
        line: usize,
        /// What stands there.
        text: String,
    },
    /// The corpus is too small to be divided.
    #[error("{usable} usable studies cannot give {dev} for tuning and {test} for testing")]
    TooSmall {
        /// Studies that could be divided.
        usable: usize,
        /// Studies wanted for dev.
        dev: usize,
        /// Studies wanted for test.
        test: usize,
    },
    /// The work was cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl CorpusError {
    /// Wraps a system error with the file it concerns.
    pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, source }
    }

    /// Wrong word counts.
    pub(super) fn counts(path: &Path, why: impl Into<String>) -> Self {
        Self::BadCounts {
            path: path.to_path_buf(),
            why: why.into(),
        }
    }
}

/// The layouts [`super::load`] knows, as told to the user.
const LAYOUTS: &str = "Choose a folder that holds neurosynth_v7/ or neuroquery/ (their files as \
     published), your own studies.csv (pmid, title, abstract) and coordinates.csv (pmid, x, y, z, \
     space), what pubget extracted, a NiMADS studyset or a NiMARE dataset (.json), Sleuth files (.txt) or \
     one table (pmid, title, x, y, z); .tsv and .gz are read too";

impl Explain for CorpusError {
    fn explain(&self) -> Explanation {
        let say = |what: &str, why: String, remedy: &str, path: Option<&PathBuf>| Explanation {
            what: what.into(),
            why,
            remedy: remedy.into(),
            path: path.cloned(),
        };
        match self {
            Self::Io { path, source } => say(
                "Could not read this corpus",
                source.to_string(),
                "Check that the file exists, is whole and may be read",
                Some(path),
            ),
            Self::NotACorpus { path, found } => say(
                "This folder is not a corpus",
                found.clone(),
                LAYOUTS,
                Some(path),
            ),
            Self::MissingColumn {
                path,
                wanted,
                present,
            } => say(
                "Could not read this table",
                format!("it has no column {wanted}; its columns are {present}"),
                "Name the column in the first line of the file",
                Some(path),
            ),
            Self::BadCounts { path, why } => say(
                "Could not read the word counts",
                why.clone(),
                "Download the file again, or remove the three .npz files to go on with titles alone",
                Some(path),
            ),
            Self::TooLarge { path, most } => say(
                "Could not read this corpus",
                format!("it holds more than {most}, the most that is read of such a file"),
                "Check that it is the file you meant, or divide the corpus into several folders",
                Some(path),
            ),
            Self::UnknownFile { path, found } => say(
                "This file is not a corpus",
                found.clone(),
                "Choose a NiMADS studyset or a NiMARE dataset (.json), a Sleuth file (its first line reads \
                 // Reference=MNI), a table with the columns pmid, title, x, y, z, or the folder of a corpus",
                Some(path),
            ),
            Self::Broken { path, format, why } => say(
                "Could not read this corpus",
                format!("it should be {format}, but {why}"),
                "Check that the file is whole, or write it again with the program that made it",
                Some(path),
            ),
            Self::NotText { path, why } => say(
                "Could not read this corpus",
                format!("it is no text: {why}"),
                "Check that it is the file you meant; spreadsheets are read as saved to CSV",
                Some(path),
            ),
            Self::NoRows { path } => say(
                "Could not read this table",
                "it is empty".into(),
                "Check that the file was written whole; its first line names the columns",
                Some(path),
            ),
            Self::Empty { path } => say(
                "This corpus has nothing to learn from",
                "no study has both a title and a peak inside the brain".into(),
                "Check that both tables use the same study numbers and that x, y, z are millimetres",
                Some(path),
            ),
            Self::OnlyMaps { path, maps } => say(
                "This corpus cannot be learnt from",
                format!(
                    "its {maps} studies have maps and no peaks, and Gyrus learns from peaks alone so far"
                ),
                "Give it their peaks: `gyrus peaks MAP -o FILE.csv` finds those of a map, and coordinates.csv lists them by study",
                Some(path),
            ),
            Self::BadPmid { name, line, text } => say(
                "Could not read a list of PMIDs",
                format!("{name}, line {line}, reads {text:?}"),
                "Write one PMID a line",
                None,
            ),
            Self::TooSmall { usable, dev, test } => say(
                "This corpus is too small to be divided",
                format!(
                    "{usable} usable studies cannot give {dev} for tuning and {test} for testing"
                ),
                "Add studies: a tenth of those that are neither set aside for evaluation nor duplicates of such goes to dev and another to test",
                None,
            ),
            Self::Cancelled(_) => say(
                "Reading the corpus stopped",
                "it was cancelled".into(),
                "Start it again when you want it",
                None,
            ),
        }
    }
}
