//! What tests share: data, models, stand-ins, pictures.

pub mod adapter;
pub mod fake;
pub mod models;
pub mod nifti_bytes;
pub mod pictures;
pub mod program;
pub mod server;
pub mod shared;
pub mod window;
