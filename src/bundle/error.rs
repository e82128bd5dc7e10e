//! Why a bundle was not used.

use std::path::PathBuf;

use crate::error::{Explain, Explanation};
use crate::tensors::TensorError;

/// What can go wrong in reading or writing a bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The file could not be read or written.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The file could not be written.
    #[error("{0}")]
    Write(std::io::Error),
    /// Not a safetensors file with a Gyrus manifest.
    #[error("this is no Gyrus bundle ({0})")]
    NotABundle(String),
    /// Written for a later version of the program.
    #[error(
        "it needs bundle format {needed}, this program reads up to {}",
        super::manifest::VERSION
    )]
    Newer {
        /// The format version the bundle asks of its reader.
        needed: u32,
    },
    /// It holds a part that must be understood and is not.
    #[error("it holds the required part \"{0}\", which this program does not know")]
    UnknownPart(String),
    /// It lacks a part that the work needs.
    #[error("it has no {0}")]
    MissingPart(&'static str),
    /// The parts are there but do not fit together.
    #[error("its contents are damaged: {0}")]
    Damaged(String),
    /// Made for another text encoder.
    #[error("it was trained on text encoder {wanted}, not on {found}")]
    Encoder {
        /// Fingerprint in the bundle.
        wanted: String,
        /// Fingerprint of the encoder in use.
        found: String,
    },
    /// The model inside the program cannot be read.
    #[error("the model inside the program is damaged: {0}")]
    Embedded(String),
    /// Any of these, with the file concerned.
    #[error("{source}")]
    At {
        /// What went wrong.
        source: Box<BundleError>,
        /// The file.
        path: PathBuf,
    },
}

impl From<TensorError> for BundleError {
    fn from(error: TensorError) -> Self {
        match error {
            TensorError::NotSafetensors(_) => Self::NotABundle(error.to_string()),
            other => Self::Damaged(other.to_string()),
        }
    }
}

impl BundleError {
    /// Adds the file concerned.
    pub fn at(self, path: impl Into<PathBuf>) -> Self {
        Self::At {
            source: Box::new(self),
            path: path.into(),
        }
    }
}

impl Explain for BundleError {
    fn explain(&self) -> Explanation {
        let remedy = match self {
            Self::At { source, path } => {
                return Explanation {
                    path: Some(path.clone()),
                    ..source.explain()
                };
            }
            Self::Write(error) => {
                return Explanation {
                    what: "Could not write the result".into(),
                    why: error.to_string(),
                    remedy: "Check that the folder exists, is writable and has space, or give the result another name"
                        .into(),
                    path: None,
                };
            }
            Self::Io(_) => "Check that the file exists and can be read and written",
            Self::NotABundle(_) => "Choose a .gyrus file made by `gyrus train`",
            Self::Newer { .. } | Self::UnknownPart(_) => "Update Gyrus, or use another model",
            Self::MissingPart(_) => "Use a model that has this part",
            Self::Damaged(_) => "Download or train the model again",
            Self::Encoder { .. } => "Choose the text encoder it was trained on, or another model",
            Self::Embedded(_) => "Install Gyrus again, or pass a model with --model",
        };
        Explanation {
            what: "This model could not be used".into(),
            why: self.to_string(),
            remedy: remedy.into(),
            path: None,
        }
    }
}
