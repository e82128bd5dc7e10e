//! Switches of the window, and why there may be none.

use std::path::PathBuf;

use super::clipboard::Clipboard;
use crate::error::{Explain, Explanation};

/// Where files are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileDialogs {
    /// In the system's dialogs, and in the window where there are none.
    System,
    /// In the window.
    InWindow,
    /// Nowhere.
    Off,
}

/// Switches of the window, most of them for tests.
#[derive(Debug, Clone)]
pub struct Options {
    /// Maps to open; the example where there is none.
    pub files: Vec<PathBuf>,
    /// Where files are asked for.
    pub dialogs: FileDialogs,
    /// Where copies go.
    pub clipboard: Clipboard,
    /// Whether things move.
    pub animations: bool,
    /// Physical pixels per point, where the system's are not wanted.
    pub pixels_per_point: Option<f32>,
    /// Whether settings are read and kept.
    pub settings: bool,
    /// Start light rather than as remembered.
    pub light: Option<bool>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            files: Vec::new(),
            dialogs: FileDialogs::System,
            clipboard: Clipboard::System,
            animations: true,
            pixels_per_point: None,
            settings: true,
            light: None,
        }
    }
}

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The window toolkit or the graphics adapter refused.
    #[error("no window: {0}")]
    Window(String),
    /// No threads for the workers.
    #[error("no worker thread: {0}")]
    Thread(#[from] std::io::Error),
}

impl Explain for AppError {
    fn explain(&self) -> Explanation {
        let (why, remedy) = match self {
            Self::Window(why) => (
                why.clone(),
                "Check the display and the graphics driver, or use the subcommands, which need neither",
            ),
            Self::Thread(error) => (error.to_string(), "Close other programs and try again"),
        };
        Explanation {
            what: "Could not open the window".to_owned(),
            why,
            remedy: remedy.to_owned(),
            path: None,
        }
    }
}
