//! Gyrus: open a statistical brain map, see it, read what it means.
//!
//! ARCHITECTURE.md shows the modules, their floors and the roads data takes through them.

#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod align;
pub mod app;
pub mod assets;
pub mod atlas;
pub mod batch;
pub mod bundle;
pub mod cli;
pub mod corpus;
pub mod decode;
pub mod delimited;
pub mod error;
pub mod eval;
pub mod files;
pub mod learn;
pub mod linalg;
pub mod measure;
pub mod meta;
pub mod ontology;
pub mod predict;
pub mod progress;
pub mod provenance;
pub mod render;
pub mod seed;
pub mod space;
pub mod tensors;
pub mod text;
pub mod train;
pub mod volume;
