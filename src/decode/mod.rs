//! Map → ranked tasks, concepts and domains.

mod maths;
mod types;
mod vocabulary;

pub use types::{Decoding, GroupScore, Tail, TaskScore};
pub use vocabulary::{Ranking, Vocabulary};
