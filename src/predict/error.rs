//! Why no map was predicted.

use crate::bundle::BundleError;
use crate::error::{Explain, Explanation};
use crate::progress::Cancelled;
use crate::text::TextError;
use crate::volume::VolumeError;

/// A text that gave no map.
#[derive(Debug, thiserror::Error)]
pub enum PredictError {
    /// Nothing was typed.
    #[error("the text is empty")]
    NoText,
    /// The model reads maps and makes none.
    #[error("this model has no decoder: it decodes maps and predicts none")]
    NoDecoder,
    /// The embedding is not of the width the model takes.
    #[error("the text vector has {found} numbers where the model takes {expected}")]
    Width {
        /// Numbers given.
        found: usize,
        /// Numbers expected.
        expected: usize,
    },
    /// The model answered with nothing.
    #[error("the model gives no map for this text")]
    NoMap,
    /// The difference of two texts is nothing.
    #[error("both texts give the same map: nothing is left of one without the other")]
    SameMap,
    /// The text could not be embedded.
    #[error(transparent)]
    Text(#[from] TextError),
    /// Model and encoder do not belong together.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The atlas of regions cannot be read.
    #[error("{0}")]
    Atlas(String),
    /// A map to compare with does not fit the model's grid.
    #[error(transparent)]
    Volume(VolumeError),
    /// The user stopped the work.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<VolumeError> for PredictError {
    fn from(error: VolumeError) -> Self {
        match error {
            VolumeError::Cancelled => Self::Cancelled(Cancelled),
            other => Self::Volume(other),
        }
    }
}

impl Explain for PredictError {
    fn explain(&self) -> Explanation {
        let remedy = match self {
            Self::Text(error) => return error.explain(),
            Self::Bundle(error) => return error.explain(),
            Self::Volume(error) => return error.explain(),
            Self::NoDecoder => "Use a model that predicts maps, as the embedded one does",
            Self::Atlas(_) => "Install the program again",
            Self::NoText => "Type a task, a few words or a sentence in English",
            Self::Width { .. } => "Use the text encoder this model was trained with",
            Self::SameMap => "Type two texts that differ",
            Self::NoMap => "Try other words, or another model",
            Self::Cancelled(_) => "Start it again when you want",
        };
        Explanation {
            what: "Could not predict a map".into(),
            why: self.to_string(),
            remedy: remedy.into(),
            path: None,
        }
    }
}
