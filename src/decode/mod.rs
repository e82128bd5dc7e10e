//! Map → ranked tasks, concepts and domains, with the mathematics of NiCLIP (Peraza et al. 2025).
//!
//! A posterior over a closed list of tasks is a ranking, not a calibrated probability: it always names
//! something. Noisy-OR adds up over members, so concepts and domains with many tasks start higher than those
//! with few; compare a domain with itself across maps rather than with its neighbours in one list.

mod behind;
mod carried;
mod coordinates;
mod dealt;
mod decline;
mod document;
mod engine;
mod error;
mod maths;
mod nulls;
mod plane;
mod prior;
mod provenance;
mod readings;
mod sides;
mod signal;
mod table;
mod types;
mod verdict;
mod vocabulary;

pub use behind::tasks_behind;
pub use carried::{Carried, Share};
pub use coordinates::peaks_map;
pub use decline::Unsuitable;
pub(crate) use document::{BundleInfo, DecodeDocument, OtherSide, file_notes};
pub(crate) use engine::tail_features;
pub use engine::{PreparedMap, decode, latent, vocabulary};
pub use error::DecodeError;
pub use plane::Plane;
pub use prior::PriorWeight;
pub(crate) use readings::{Readings, read_sides};
pub use sides::Balance;
pub(crate) use table::{scores_csv, scores_csv_head};
pub use types::{BesideNulls, Decoding, GroupScore, Reading, Tail, TaskScore};
pub use verdict::{Certainty, Verdict, verdict};
pub use vocabulary::Vocabulary;
