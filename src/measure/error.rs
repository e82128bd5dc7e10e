//! Why a measure could not be taken.

use crate::error::{Explain, Explanation};
use crate::progress::Cancelled;
use crate::volume::VolumeError;

/// A measure or a derived map could not be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MeasureError {
    /// A map does not allow it.
    #[error(transparent)]
    Map(#[from] VolumeError),
    /// A smoothing width that is none.
    #[error("{0} mm is not a width to smooth with")]
    Width(f64),
    /// Too few or too many maps.
    #[error("{got} maps were given where {wanted} are needed")]
    Maps {
        /// Maps needed.
        wanted: usize,
        /// Maps given.
        got: usize,
    },
}

impl From<Cancelled> for MeasureError {
    fn from(cancelled: Cancelled) -> Self {
        Self::Map(cancelled.into())
    }
}

impl Explain for MeasureError {
    fn explain(&self) -> Explanation {
        let (what, remedy) = match self {
            Self::Map(error) => return error.explain(),
            Self::Width(_) => (
                "The map was not smoothed",
                "Give a full width at half maximum above 0 and up to 100 mm",
            ),
            Self::Maps { .. } => (
                "The new layer was not made",
                "Choose as many maps as it needs",
            ),
        };
        Explanation {
            what: what.to_owned(),
            why: self.to_string(),
            remedy: remedy.to_owned(),
            path: None,
        }
    }
}
