//! Maps and their files, and what is measured on them.

mod bad_input;
mod format_details;
mod format_fuzz;
mod formats;
mod large;
mod measure;
pub mod orientations;
mod partial;
mod reading;
mod traps;
mod traps_shown;
