//! The window.

mod basics;
mod browse;
mod cycle;
mod hands;
mod house;
mod imported;
mod layers_read;
mod look;
mod many;
pub mod reading;
mod region;
mod results;
mod session;
mod stopped;
mod sure;
mod text;
mod train;
mod views;
