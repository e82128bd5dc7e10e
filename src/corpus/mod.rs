//! Literature corpora: studies, their peaks and titles, merged, cleaned, split and turned into maps.
//!
//! [`load`] reads a folder that holds Neurosynth v7, NeuroQuery, a person's own `studies` and `coordinates` tables, or
//! what pubget, NiMARE, NeuroStore (NiMADS) and Sleuth write, and merges them by PMID; every row read, changed or
//! dropped is counted in the [`MergeReport`]. [`inspect`] reads the same and tells more: the [`CorpusReport`].
//! [`split()`] divides the studies so that no duplicate of a test study
//! is ever trained on. [`kernel`] makes a map of a study's peaks.

mod authors;
mod coordinates;
mod details;
mod detect;
mod drops;
mod duplicates;
mod encoding;
mod error;
mod folder;
mod inside;
mod inspect;
mod json;
pub mod kernel;
mod load;
mod maps;
mod merge;
mod nimads;
mod nimare;
mod npz;
mod one_table;
mod overview;
mod pubget;
mod published;
mod report;
mod rows;
mod sleuth;
mod source;
mod split;
mod study;
mod suspects;
mod table;
mod words;

pub use authors::Author;
pub use coordinates::{Coordinates, CoordinatesError};
pub use details::{StudyDetail, StudyDetails};
pub use drops::{DropReason, Dropped, drops_csv};
pub use duplicates::duplicate_groups;
pub use error::CorpusError;
pub use inside::distance_to_mask_mm;
pub use inspect::inspect;
pub(crate) use kernel::{Brush, Painter};
pub use kernel::{Kernel, SparseMap, kde, mkda};
pub use load::load;
pub use merge::MAX_OUTSIDE_MM;
pub use overview::{
    CorpusReport, DropCount, Duplicates, PeakCounts, PeaksBin, SpaceCounts, StudyRef, TextCoverage,
    YearCount,
};
pub use report::{MergeReport, Rejected, SourceCount, SpaceEvidence};
pub use split::{Split, SplitBy, SplitHashes, SplitLists, hash_pmids, split};
pub use study::{Corpus, SpaceNote, Study, StudyTexts, TextField, TextView};
pub use suspects::{SuspectedTalairach, Suspicion};
