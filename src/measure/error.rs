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
    /// A radius that is none.
    #[error("{0} mm is not a radius of a sphere")]
    Radius(f64),
    /// A region outside the brain, in words.
    #[error("no voxel of {0} lies in the brain")]
    OutsideBrain(String),
    /// A code that the embedded atlas does not have.
    #[error("the embedded atlas has no region {0}")]
    NoRegion(u32),
    /// The embedded atlas could not be read.
    #[error("{0}")]
    Atlas(String),
    /// A point that no cluster holds.
    #[error("{}", no_cluster(*at_mm, *value, *threshold))]
    NoCluster {
        /// The point, RAS mm.
        at_mm: [f64; 3],
        /// The map's value there, where it has one.
        value: Option<f32>,
        /// The threshold.
        threshold: f32,
    },
    /// Too few or too many maps.
    #[error("{got} maps were given where {wanted} are needed")]
    Maps {
        /// Maps needed.
        wanted: usize,
        /// Maps given.
        got: usize,
    },
}

fn no_cluster([x, y, z]: [f64; 3], value: Option<f32>, threshold: f32) -> String {
    match value {
        Some(value) => {
            format!("the value at {x} {y} {z} is {value:.3}, which is not beyond ±{threshold}")
        }
        None => format!("the map has no value at {x} {y} {z}"),
    }
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
            Self::Radius(_) => (
                "The region was not made",
                "Give a radius above 0 and up to 100 mm",
            ),
            Self::OutsideBrain(_) => (
                "The region was not made",
                "Give a place in the brain, in MNI millimetres",
            ),
            Self::NoRegion(_) | Self::Atlas(_) => (
                "The region was not made",
                "Name a region of the embedded atlas",
            ),
            Self::NoCluster { .. } => (
                "The region was not made",
                "Give a place inside a cluster, as the peak table lists them, or a lower threshold",
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
