//! The program as a program.

mod assets;
mod batch;
mod both_faces;
mod bundle;
mod corpus;
pub mod decode;
mod files;
mod frames;
mod inputs;
mod labelled;
mod limits;
mod own_corpus;
mod predict;
mod program;
mod provenance;
mod reading;
mod regions;
mod studies;
mod sure;
mod vectors;
