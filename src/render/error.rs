//! What can go wrong between a scene and a picture.

use std::path::PathBuf;

use crate::error::{Explain, Explanation};
use crate::files::OutputError;
use crate::progress::Cancelled;

/// Why a picture was not made.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// No adapter, or none that answered in time. The CPU renderer still works.
    #[error("no graphics adapter: {0}")]
    NoAdapter(String),
    /// The adapter took a command and failed.
    #[error("the graphics adapter failed: {0}")]
    Adapter(String),
    /// A picture of no pixels, or of more than can be held.
    #[error("a picture of {width} × {height} pixels cannot be made")]
    Size {
        /// Asked width.
        width: u32,
        /// Asked height.
        height: u32,
    },
    /// PNG encoding failed.
    #[error("the PNG could not be encoded: {0}")]
    Encode(#[from] png::EncodingError),
    /// Somebody asked to stop.
    #[error(transparent)]
    Stopped(#[from] Cancelled),
    /// The name is not that of a picture.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The file could not be written.
    #[error("{path}: {source}")]
    Write {
        /// Where to.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

impl Explain for RenderError {
    fn explain(&self) -> Explanation {
        let (why, remedy, path) = match self {
            Self::Output(error) => (
                error.to_string(),
                error.remedy(),
                Some(error.path().to_owned()),
            ),
            Self::NoAdapter(why) => (
                format!("no graphics adapter answered ({why})"),
                "Install a Vulkan driver (mesa-vulkan-drivers draws without a card), or draw on the \
                 processor"
                    .to_owned(),
                None,
            ),
            Self::Adapter(why) => (
                format!("the graphics adapter failed ({why})"),
                "Draw on the processor, or update the graphics driver".to_owned(),
                None,
            ),
            Self::Size { width, height } => (
                format!("{width} × {height} pixels is not a size Gyrus can draw"),
                "Give a width and a height between 64 and 16,384".to_owned(),
                None,
            ),
            Self::Encode(error) => (
                error.to_string(),
                "This is a fault of Gyrus: please report it".to_owned(),
                None,
            ),
            Self::Stopped(cancelled) => (
                cancelled.to_string(),
                "Start again where it was not meant".to_owned(),
                None,
            ),
            Self::Write { path, source } => (
                source.to_string(),
                "Check that the folder exists, is writable and has space".to_owned(),
                Some(path.clone()),
            ),
        };
        Explanation {
            what: "Could not draw the picture".to_owned(),
            why,
            remedy,
            path,
        }
    }
}
