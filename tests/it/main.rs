//! The one integration-test binary: with the assets embedded every binary is large.

mod align;
mod app;
mod architecture;
mod atlas;
mod bad_input;
mod bundle;
mod cli;
mod cli_decode;
mod corpus;
mod corpus_folders;
mod decode;
mod fake;
mod golden;
mod nifti_bytes;
mod ontology;
mod own_corpus;
mod predict;
mod render;
mod road;
mod shared;
mod smoke;
mod text;
mod train;
mod volume;
mod volume_traps;
