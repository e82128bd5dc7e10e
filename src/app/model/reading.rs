//! What was decoded from a layer.

use crate::decode::{Decoding, Tail};
use crate::error::Explanation;

/// One side of a map.
#[derive(Debug, Clone)]
pub enum Side {
    /// What it says.
    Decoded(Box<Decoding>),
    /// Why it says nothing.
    Refused(Explanation),
}

impl Side {
    /// What it says, if anything.
    pub fn decoding(&self) -> Option<&Decoding> {
        match self {
            Self::Decoded(decoding) => Some(decoding),
            Self::Refused(_) => None,
        }
    }
}

/// What decoding says of a map.
#[derive(Debug, Clone)]
pub enum Reading {
    /// Both sides of it.
    Sides {
        /// Its positive values.
        positive: Side,
        /// Its negative values, turned positive.
        negative: Side,
        /// The side with more in it: never [`Tail::Both`].
        leading: Tail,
    },
    /// Why it was not decoded; the user may insist.
    Declined(Explanation),
}

/// A reading and what it was made from.
#[derive(Debug, Clone)]
pub struct LayerResult {
    /// Document revision at which the layer got the values decoded.
    pub content_revision: u64,
    /// Number of the model.
    pub model: u64,
    /// The answer.
    pub reading: Reading,
}

impl LayerResult {
    /// The side shown: the one chosen, else the leading one.
    pub fn shown(&self, chosen: Option<Tail>) -> Option<(Tail, &Side)> {
        let Reading::Sides {
            positive,
            negative,
            leading,
        } = &self.reading
        else {
            return None;
        };
        let tail = chosen.unwrap_or(*leading);
        Some(match tail {
            Tail::Neg => (Tail::Neg, negative),
            Tail::Pos | Tail::Both => (Tail::Pos, positive),
        })
    }
}
