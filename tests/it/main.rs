//! The one integration-test binary: with the assets embedded every binary is large.

mod architecture;
mod ontology;
mod shared;
