//! The window.
//!
//! ```text
//! keys, menus, panels ──▶ Command ──apply──▶ Document ──▶ Scene ──▶ render
//!                            ▲         └───▶ Effect ──▶ workers, dialogs
//!                            └──────────────────────────────┘
//! ```
//!
//! Panels read the [`document::Document`] and answer with [`command::Command`]s; only
//! [`apply::apply`] changes it.

mod application;
pub mod apply;
pub mod arrangement;
pub mod command;
mod dialogs;
pub mod document;
mod engine;
pub mod figure;
mod finder;
mod folder;
mod history;
pub mod jobs;
mod keys;
mod panels;
mod place;
mod places;
pub mod services;
pub mod session;
pub mod settings;
mod state;
pub mod theme;
mod trace;
pub mod view;
mod widgets;
mod window;
pub mod words;
mod work;

pub use application::GyrusApp;
pub use engine::Engine;
pub use panels::canvas::scene;
pub use window::{AppError, Options, run, run_with};
