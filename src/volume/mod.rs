//! Statistical maps: reading, writing, grids and resampling.
//!
//! The reader is our own: NIfTI-1 and -2, checked before anything is allocated, streaming and
//! stoppable. What it notices travels with the map as [`LoadWarning`]s.

mod affine;
mod assemble;
mod clusters;
mod error;
mod geometry;
mod header;
mod info;
mod kind;
mod read;
mod resample;
mod sample;
mod source;
mod spline;
mod stats;
mod types;
mod values;
mod write;

pub use affine::Affine;
pub use clusters::{Cluster, ClusterOptions, Connectivity, Peak, clusters};
pub use error::{Fault, VolumeError};
pub use geometry::AffineSource;
pub use info::{Coded, HeaderInfo};
pub use kind::KindSource;
pub use read::{MapFile, from_bytes, open, open_frame, read_header};
pub use resample::{Interpolation, resample, resample_at};
pub use stats::Stats;
pub use types::{Grid, LoadWarning, MapKind, Mask, Volume, VolumeData};
pub use write::write_nifti;
