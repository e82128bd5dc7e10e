//! The one integration-test binary: with the assets embedded every binary is large.

mod app;
mod architecture;
mod assets;
mod cli;
mod model;
mod render;
mod support;
mod volume;
