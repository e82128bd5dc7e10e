//! What can be wrong with a task table.

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
}

impl Explain for OntologyError {
    fn explain(&self) -> Explanation {
        Explanation {
            what: "Could not read the table of tasks".into(),
            why: self.to_string(),
            remedy: "Correct that line and try again".into(),
            path: None,
        }
    }
}
