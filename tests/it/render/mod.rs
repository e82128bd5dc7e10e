//! Pictures of maps.

mod look;
mod renderers;
