//! What was decoded from a layer.

use super::{Content, Document, Layer};
use crate::decode::{Balance, Decoding, Plane, PriorWeight, Reading, Tail};
use crate::error::Explanation;

/// One side of a map.
#[derive(Debug, Clone)]
pub enum Side {
    /// What it says.
    Decoded(Box<Reading>),
    /// Why it says nothing.
    Refused(Explanation),
}

impl Side {
    /// The place in the model's space it was decoded from, if it says anything.
    pub fn latent(&self) -> Option<&[f32]> {
        match self {
            Self::Decoded(reading) => Some(&reading.latent),
            Self::Refused(_) => None,
        }
    }

    /// What it says, if anything.
    pub fn decoding(&self) -> Option<&Decoding> {
        match self {
            Self::Decoded(reading) => Some(&reading.decoding),
            Self::Refused(_) => None,
        }
    }
}

/// The tasks of a model in the plane.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskPlane {
    /// Where latents lie.
    pub plane: Plane,
    /// Names of the tasks, in the order of the plane.
    pub tasks: Vec<PlacedTask>,
    /// Names of the domains.
    pub domains: Vec<String>,
    /// Concepts, in the middle of their tasks.
    pub concepts: Vec<(String, [f32; 2])>,
}

/// A task of a plane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedTask {
    /// The ontology's id.
    pub id: String,
    /// Name.
    pub name: String,
    /// The domain most of its concepts belong to, by its place in the list.
    pub domain: Option<usize>,
}

/// What decoding says of a map.
#[derive(Debug, Clone)]
pub enum Decoded {
    /// Both sides of it.
    Sides {
        /// Its positive values.
        positive: Side,
        /// Its negative values, turned positive.
        negative: Side,
        /// Which side is the stronger one.
        balance: Balance,
    },
    /// What it says, read once with both its signs: the model takes maps so.
    Signed(Side),
    /// Why it was not decoded; the user may insist.
    Declined(Explanation),
}

/// What is decoded: the values of a layer, by a model, with so much of the prior, whatever speaks against it or not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DecodeQuestion {
    /// The values.
    pub of: Content,
    /// Number of the model.
    pub model: u64,
    /// Decoded even where that means nothing.
    pub insisted: bool,
    /// How much the literature prior counts.
    pub prior: PriorWeight,
}

impl DecodeQuestion {
    /// Of a layer as it is now.
    pub fn now(doc: &Document, layer: &Layer, model: u64) -> Self {
        Self {
            of: layer.content(),
            model,
            insisted: doc.insisted.contains(&layer.id),
            prior: doc.analysis.prior,
        }
    }

    /// The answer as the document keeps it.
    pub fn result(&self, decoded: Decoded) -> LayerResult {
        LayerResult {
            content_revision: self.of.revision,
            model: self.model,
            prior: self.prior,
            decoded,
        }
    }
}

/// A result and what it was made from.
#[derive(Debug, Clone)]
pub struct LayerResult {
    /// Document revision at which the layer got the values decoded.
    pub content_revision: u64,
    /// Number of the model.
    pub model: u64,
    /// How much the literature prior counted.
    pub prior: PriorWeight,
    /// The answer.
    pub decoded: Decoded,
}

impl LayerResult {
    /// Whether it was decoded from the values the layer has now, by this model.
    pub fn is_of(&self, layer: &Layer, model: u64) -> bool {
        self.content_revision == layer.content_revision && self.model == model
    }

    /// Which side is the stronger one, and what both say; `None` of a map that was declined or has no sides.
    fn sides<'a>(&'a self) -> Option<(Balance, impl Fn(Tail) -> &'a Side + 'a)> {
        match &self.decoded {
            Decoded::Sides {
                positive,
                negative,
                balance,
            } => Some((*balance, move |tail| match tail {
                Tail::Neg => negative,
                Tail::Pos | Tail::Both => positive,
            })),
            Decoded::Signed(_) | Decoded::Declined(_) => None,
        }
    }

    /// The side shown: the one chosen, else the leading one; [`Tail::Both`] of a map read with both signs.
    pub fn shown(&self, chosen: Option<Tail>) -> Option<(Tail, &Side)> {
        if let Decoded::Signed(side) = &self.decoded {
            return Some((Tail::Both, side));
        }
        let (balance, side) = self.sides()?;
        let tail = match chosen.unwrap_or(balance.leading) {
            Tail::Neg => Tail::Neg,
            Tail::Pos | Tail::Both => Tail::Pos,
        };
        Some((tail, side(tail)))
    }

    /// Which side is the stronger one, and what the other says; `None` of a map that was declined or has no sides.
    pub fn other_side(&self) -> Option<(Balance, &Side)> {
        let (balance, side) = self.sides()?;
        Some((balance, side(balance.other())))
    }
}
