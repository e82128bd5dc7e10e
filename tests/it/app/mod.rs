//! The window.

mod basics;
mod hands;
mod house;
mod layers_read;
mod look;
pub mod reading;
mod session;
mod views;
