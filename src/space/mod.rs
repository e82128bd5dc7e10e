//! MNI grids, masks, templates; conversions between stereotaxic spaces.

mod check;
mod convert;
mod embedded;
mod masked;

pub use check::{SpaceReport, check_space};
pub use convert::{mni_to_tal, mni152_to_mni305, mni305_to_mni152, tal_to_mni};
pub use embedded::{DEMO_NAME, demo_bytes, demo_map, grid_2mm, mask_2mm, template_t1};
pub use masked::{MaskedMap, on_mask, on_mask_by};
