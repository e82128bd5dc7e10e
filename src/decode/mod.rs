//! Map → ranked tasks, concepts and domains, with the mathematics of NiCLIP (Peraza et al. 2025).
//!
//! A posterior over a closed list of tasks is a ranking, not a calibrated probability: it always names
//! something. Noisy-OR adds up over members, so concepts and domains with many tasks start higher than those
//! with few; compare a domain with itself across maps rather than with its neighbours in one list.

mod behind;
mod document;
mod engine;
mod error;
mod maths;
mod provenance;
mod signal;
mod table;
mod types;
mod verdict;
mod vocabulary;

pub use behind::tasks_behind;
pub(crate) use document::{BundleInfo, DecodeDocument};
pub(crate) use engine::leading_tail;
pub use engine::{decode, decode_tails, latent, vocabulary};
pub use error::DecodeError;
pub(crate) use table::{scores_csv, scores_csv_head};
pub use types::{Decoding, GroupScore, Reading, Tail, TaskScore};
pub use verdict::{Certainty, Verdict, verdict};
pub use vocabulary::Vocabulary;
