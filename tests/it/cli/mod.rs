//! The program as a program.

mod both_faces;
mod bundle;
pub mod decode;
mod files;
mod frames;
mod labelled;
mod limits;
mod own_corpus;
mod program;
mod provenance;
mod reading;
