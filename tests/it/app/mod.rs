//! The window.

mod basics;
mod house;
mod layers_read;
mod look;
pub mod reading;
mod session;
mod views;
