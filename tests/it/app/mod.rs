//! The window.

mod basics;
mod hands;
mod house;
mod layers_read;
mod look;
pub mod reading;
mod results;
mod session;
mod views;
