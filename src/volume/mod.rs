//! Statistical maps: reading, writing, grids and resampling.
//!
//! The readers are our own: NIfTI-1 and -2, Analyze 7.5, MGH and AFNI, told by their contents, checked
//! before anything is allocated, streaming and stoppable. What they notice travels with the map as
//! [`LoadWarning`]s.

mod affine;
mod afni;
mod afni_text;
mod analyze;
mod assemble;
mod clusters;
mod error;
mod facts;
mod field;
mod fields;
mod files;
mod foreign;
mod format;
mod geometry;
mod hash;
mod identity;
mod info;
mod kept_clusters;
mod kind;
mod lanes;
mod layout;
mod map_file;
mod mgh;
mod nifti;
mod peaks;
mod picks;
mod read;
mod reduce;
mod resample;
mod sample;
mod source;
mod spline;
mod start;
mod stats;
mod strongest;
mod sums;
mod types;
mod values;
mod warning;
mod write;

pub use affine::Affine;
pub(crate) use clusters::cluster_at;
pub use clusters::{Cluster, ClusterOptions, Clusters, Connectivity, MAX_CLUSTERS, Peak, clusters};
pub use error::{Fault, VolumeError};
pub(crate) use files::ENDINGS;
pub(crate) use files::{display_name, drop_image_halves, looks_like_a_map};
pub use foreign::Foreign;
pub use geometry::AffineSource;
pub(crate) use info::MapInfo;
pub use info::{Coded, HeaderInfo};
pub use kind::KindSource;
pub use map_file::MapFile;
pub use peaks::Spacing;
pub use read::{OpenOptions, from_bytes, open, open_frame, open_summed, open_with, read_header};
pub use resample::{Resampling, resample};
pub(crate) use resample::{resample_at, same_grid};
pub use stats::Stats;
pub use strongest::Strongest;
pub use types::{Grid, MapKind, Mask, Volume, VolumeData};
pub use warning::{LoadWarning, WarningCode};
pub use write::write_nifti;
