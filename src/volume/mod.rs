//! Statistical maps: reading, writing, grids and resampling.

mod affine;
mod types;

pub use affine::Affine;
pub use types::{Grid, LoadWarning, MapKind, Mask, Volume, VolumeData};
