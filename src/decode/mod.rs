//! Map → ranked tasks, concepts and domains.

mod types;

pub use types::{Decoding, GroupScore, Tail, TaskScore};
