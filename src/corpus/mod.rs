//! Literature corpora: studies, their peaks and titles, merged, cleaned, split and turned into maps.
//!
//! [`load`] reads a folder that holds Neurosynth v7 and NeuroQuery (either or both), or a person's own
//! `studies` and `coordinates` tables, and merges them by PMID; every row read, changed or dropped is
//! counted in the [`MergeReport`]. [`split()`] divides the studies so that no duplicate of a test study
//! is ever trained on. [`kernel`] makes a map of a study's peaks.

mod authors;
mod coordinates;
mod details;
mod duplicates;
mod error;
mod folder;
mod inside;
pub mod kernel;
mod load;
mod merge;
mod npz;
mod published;
mod report;
mod rows;
mod split;
mod study;
mod table;
mod words;

pub use authors::Author;
pub use coordinates::{Coordinates, CoordinatesError};
pub use details::{StudyDetail, StudyDetails};
pub use duplicates::duplicate_groups;
pub use error::CorpusError;
pub use inside::distance_to_mask_mm;
pub use kernel::{Kernel, SparseMap, kde, mkda};
pub(crate) use kernel::{Painter, Stamp};
pub use load::load;
pub use merge::MAX_OUTSIDE_MM;
pub use report::{MergeReport, Rejected, SourceCount, SpaceEvidence};
pub use split::{Split, SplitBy, SplitHashes, SplitLists, hash_pmids, split};
pub use study::{Corpus, SpaceNote, Study, StudyTexts, TextField, TextView};
