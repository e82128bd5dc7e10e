//! The contrastive brain–text model: towers, the map decoder, losses, optimiser, retrieval figures.
//!
//! The architecture is NiCLIP's (Peraza et al. 2025), itself NeuroConText's (Ghayem et al. 2024)
//! with an image tower of three residual blocks and a text tower of a projection block followed by
//! two residual blocks. Two implementations stand side by side: [`Tower`] is plain `f32` Rust and
//! is all the program needs at run time; [`graph`] builds the same function from candle tensors so
//! that it can be differentiated. A test holds them to each other. [`fused`] does a training step of both towers by hand,
//! which is what the processor trains with fastest.

pub mod fused;
mod gradient;
pub mod graph;
mod layers;
pub mod loss;
pub mod metrics;
pub mod optim;
mod ridge;
mod rows;
mod tower;

pub use layers::{Block, LayerNorm, Linear, Standardise};
pub(crate) use ridge::{Moments, Ridge};
pub use rows::Rows;
pub(crate) use rows::beside;
pub use tower::{Beside, MapDecoder, Tower, unit};

use crate::error::{Explain, Explanation};
use crate::tensors::TensorError;

/// What can go wrong in building or running the model.
#[derive(Debug, thiserror::Error)]
pub enum AlignError {
    /// A weight the architecture needs is not there.
    #[error("weight {0} is missing")]
    MissingWeight(String),
    /// A weight has a shape that does not fit its neighbours.
    #[error("weight {name} has shape {found:?}, expected {expected}")]
    Shape {
        /// Name of the weight.
        name: String,
        /// The shape found.
        found: Vec<usize>,
        /// The shape expected, in words.
        expected: String,
    },
    /// A weight is not stored as numbers.
    #[error(transparent)]
    Stored(#[from] TensorError),
    /// The tensor library failed (out of memory, device).
    #[error("tensor arithmetic failed: {0}")]
    Tensor(#[from] candle_core::Error),
}

impl Explain for AlignError {
    fn explain(&self) -> Explanation {
        let (why, remedy) = match self {
            Self::MissingWeight(_) | Self::Shape { .. } | Self::Stored(_) => (
                self.to_string(),
                "Use another model, or export this one again",
            ),
            Self::Tensor(_) => (self.to_string(), "Free some memory, then try again"),
        };
        Explanation {
            what: "The brain–text model could not be used".into(),
            why,
            remedy: remedy.into(),
            path: None,
        }
    }
}
