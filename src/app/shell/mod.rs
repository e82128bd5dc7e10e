//! The window around the features: it carries out what they ask for, draws the bars and columns they
//! stand in, and holds what belongs to no feature.

mod application;
mod chooser;
mod clipboard;
mod columns;
mod commands;
mod empty;
mod file_browser;
mod frame;
mod held;
mod help;
mod keys;
mod messages;
mod options;
mod palette;

mod status;
mod top;
mod trace;
mod views_row;
mod window;

pub use application::GyrusApp;
pub use clipboard::{Clipboard, Copied, MemoryClipboard};
pub use options::{AppError, FileDialogs, Options};
pub use window::{run, run_with};
