//! Slices by wgpu: the pool of volume textures, the pipelines, and the two ways to use them, in the
//! window and off screen. No handle of wgpu leaves this module but through [`window::WindowSlices`].

mod headless;
mod pool;
mod shared;
mod slices;
mod uniform;
mod upload;
mod variant;
mod window;

pub use headless::Headless;
pub(crate) use slices::SliceKey;
pub use slices::{Shown, SliceRenderer};
pub use window::WindowSlices;
