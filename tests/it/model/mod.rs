//! Atlases, corpora, training, the model and what it reads.

mod align;
mod atlas;
mod bundle;
mod corpora;
mod corpus;
mod corpus_folders;
mod decode;
mod golden;
mod how_sure;
mod import;
mod labelled;
mod ontology;
mod predict;
mod road;
mod smoke;
mod text;
mod text_to_map;
mod train;
