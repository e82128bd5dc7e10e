//! The one integration-test binary: with the assets embedded every binary is large.

mod align;
mod architecture;
mod atlas;
mod bundle;
mod corpus;
mod ontology;
mod render;
mod shared;
