//! MNI grids, masks, templates; conversions between stereotaxic spaces.

mod check;
mod convert;
mod embedded;
mod masked;
mod open;

pub use check::{SpaceReport, check_space};
pub(crate) use convert::mni_to_tal;
pub use convert::tal_to_mni;
pub use embedded::{demo_map, grid_2mm, mask_2mm, template_t1};
pub use masked::{MaskedMap, on_mask};
pub(crate) use masked::{on_mask_by, on_mask_continuous};
pub(crate) use open::with_space;
pub use open::{open_map, open_map_with};
