//! Why a map cannot be decoded.

use crate::error::{Explain, Explanation};
use crate::progress::Cancelled;
use crate::volume::VolumeError;

use super::{Tail, Unsuitable};

/// A map that has no meaning to read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Labels, colours or another thing that is no statistical map.
    #[error("it holds {0}, not a statistic")]
    NotAStatistic(&'static str),
    /// Not one number in the brain: NaN everywhere, or the map lies elsewhere.
    #[error("it has no value anywhere in the brain")]
    NoData,
    /// A list of peaks that are all elsewhere.
    #[error("none of its peaks lies in the brain")]
    NoPeak,
    /// Zero in the whole brain.
    #[error("all its values in the brain are 0")]
    AllZero,
    /// Nothing on the side asked for.
    #[error("it has no {} value in the brain", .0.word())]
    EmptyTail(Tail),
    /// The same value everywhere: nothing survives the threshold.
    #[error("its values have no pattern that the model can see")]
    NoPattern,
    /// A task that the model does not know.
    #[error("the model has no such task")]
    NoTask,
    /// A ranking would mean nothing; the user may insist.
    #[error(transparent)]
    Declined(#[from] Unsuitable),
    /// The map could not be brought onto the model's grid.
    #[error(transparent)]
    Volume(#[from] VolumeError),
    /// The user stopped the work.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Explain for DecodeError {
    fn explain(&self) -> Explanation {
        let what = match self {
            Self::Declined(_) => "This map was not decoded",
            _ => "Could not decode this map",
        };
        let remedy = match self {
            Self::Declined(why) => why.remedy(),
            Self::Volume(error) => return error.explain(),
            Self::NotAStatistic(_) => {
                "Open a z, t or effect map of a contrast; labels and pictures can be shown but not decoded"
            }
            Self::NoData => {
                "Check that the map is in MNI space and that its header places it on the brain"
            }
            Self::NoPeak => "Check that the coordinates are MNI millimetres",
            Self::AllZero => "Open the unthresholded map, or lower the threshold it was saved with",
            Self::EmptyTail(Tail::Pos) => "Decode the negative tail instead (--tail neg)",
            Self::EmptyTail(_) => "Decode the positive tail instead (--tail pos)",
            Self::NoPattern => {
                "Open the statistical map itself rather than a constant or a mask of the brain"
            }
            Self::NoTask => "Choose a task of its list (gyrus ontology, or the Decode tab)",
            Self::Cancelled(_) => "Start it again when you want",
        };
        Explanation {
            what: what.into(),
            why: self.to_string(),
            remedy: remedy.into(),
            path: None,
        }
    }
}
