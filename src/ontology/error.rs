//! What can be wrong with a task table.

use std::path::PathBuf;

use crate::error::{Explain, Explanation};

/// A task table that breaks a rule. `line` counts from 1, the header included.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OntologyError {
    /// A line with too few or too many columns.
    #[error("{table} line {line}: {found} columns instead of {expected}")]
    Columns {
        /// Which table.
        table: &'static str,
        /// Which line.
        line: usize,
        /// Columns expected.
        expected: usize,
        /// Columns found.
        found: usize,
    },
    /// An empty id, name or definition.
    #[error("{table} line {line}: no {field}")]
    Missing {
        /// Which table.
        table: &'static str,
        /// Which line.
        line: usize,
        /// The empty column.
        field: &'static str,
    },
    /// An id or name that stood before.
    #[error("{table} line {line}: \"{value}\" stands twice")]
    Duplicate {
        /// Which table.
        table: &'static str,
        /// Which line.
        line: usize,
        /// The repeated id or name.
        value: String,
    },
    /// A concept, domain or origin that no table defines.
    #[error("{table} line {line}: \"{value}\" is not known")]
    Unknown {
        /// Which table.
        table: &'static str,
        /// Which line.
        line: usize,
        /// The unresolved name.
        value: String,
    },
    /// A file of tasks or concepts that cannot be used.
    #[error("{path}: {why}")]
    File {
        /// What was wrong.
        why: String,
        /// The file or folder.
        path: PathBuf,
    },
}

impl Explain for OntologyError {
    fn explain(&self) -> Explanation {
        if let Self::File { why, path } = self {
            return Explanation {
                what: "Could not read this ontology".into(),
                why: why.clone(),
                remedy: "Choose a folder of Cognitive Atlas files (task_snapshot*.json, concept_extended_snapshot*.json, \
                         or its collections), of tasks.tsv, concepts.tsv and domains.tsv, or a CSV of tasks and their \
                         concepts"
                    .into(),
                path: Some(path.clone()),
            };
        }
        Explanation {
            what: "Could not read the table of tasks".into(),
            why: self.to_string(),
            remedy: "Correct that line and try again".into(),
            path: None,
        }
    }
}
