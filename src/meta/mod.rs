//! Coordinate-based meta-analysis: what is reported where by some studies and not by others.

mod chi2;

pub use chi2::{Association, Counts, association_z};
