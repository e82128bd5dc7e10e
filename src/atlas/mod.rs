//! Soft atlases (map ↔ features) and region atlases (mm → name).
//!
//! A [`SoftAtlas`] holds K sparse, overlapping modes over a mask. [`Preprocess`] brings statistical
//! maps and density maps into one distribution before they are projected. A [`RegionAtlas`] names
//! points of the brain, a [`LabelledAtlas`] does so by files of the user's choice.

mod cholesky;
mod codec;
mod error;
mod freesurfer;
mod label_table;
mod labelled;
mod maps;
mod preprocess;
mod probable;
mod region_names;
mod regions;
mod soft;
mod texture;

pub(crate) use cholesky::Cholesky;
pub use error::AtlasError;
pub(crate) use freesurfer::freesurfer_name;
pub(crate) use labelled::EMBEDDED_NAME;
pub use labelled::{LabelledAtlas, NamedRegion, RegionNamer};
pub use preprocess::{Noise, Preprocess, Step};
pub use regions::{Region, RegionAtlas, RegionName, Side};
pub use soft::{SoftAtlas, SparseMode};
pub use texture::Texture;
