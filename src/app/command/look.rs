//! How layers look and in which order they lie.

use std::borrow::Cow;

use eframe::egui::{Key, KeyboardShortcut, Modifiers};

use super::Command;
use crate::app::document::LayerId;
use crate::render::{BarStart, ColourMap, Interpolation, LabelStyle, RangeStart, ThresholdMode};

/// A value on the colour bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Edge {
    /// Below it values do not pass.
    Threshold,
    /// The colours begin there.
    Minimum,
    /// The colours end there.
    Maximum,
}

impl Edge {
    /// Name for fields and screen readers.
    pub fn label(self) -> &'static str {
        match self {
            Self::Threshold => "Threshold",
            Self::Minimum => "Minimum",
            Self::Maximum => "Maximum",
        }
    }
}

/// What changes the look of layers.
#[derive(Debug, Clone, PartialEq)]
pub enum LookCommand {
    /// Moves a value of the colour bar; of the negative side where that has its own.
    SetEdge {
        /// Of which layer.
        layer: LayerId,
        /// Of its negative values.
        negative: bool,
        /// Which.
        edge: Edge,
        /// Absolute value.
        value: f32,
    },
    /// Chooses where the colours begin, on both sides.
    SetStart(LayerId, RangeStart),
    /// Gives negative values their own threshold and range, or mirrors the positive ones.
    SetSymmetric(LayerId, bool),
    /// Chooses what becomes of values below the threshold.
    SetMode(LayerId, ThresholdMode),
    /// The next mode, for the selected layer.
    NextMode,
    /// Chooses how values between voxels are made.
    SetInterpolation(LayerId, Interpolation),
    /// The next interpolation, for the selected layer.
    NextInterpolation,
    /// Chooses how labels are drawn.
    SetLabels(LayerId, LabelStyle),
    /// Chooses where the colour bar begins.
    SetBar(LayerId, BarStart),
    /// Chooses the colours of one sign; the negative side follows where it was the partner.
    SetMap {
        /// Of which layer.
        layer: LayerId,
        /// Of its negative values.
        negative: bool,
        /// The colours.
        map: ColourMap,
    },
    /// Lets another layer's threshold decide where a layer is shown.
    ThresholdBy(LayerId, Option<LayerId>),
    /// Moves a layer to a place in the stack, 0 lowest.
    MoveTo(LayerId, usize),
    /// Moves the selected layer up (+1) or down (−1).
    MoveSelected(i32),
    /// Shows a layer alone; all again where it is alone already.
    Isolate(LayerId),
    /// Shows all other maps as this one: threshold, range, signs, modes; not their colours.
    LookToAll(LayerId),
    /// Gives a layer another name.
    Rename(LayerId, String),
}

impl From<LookCommand> for Command {
    fn from(command: LookCommand) -> Self {
        Self::Look(command)
    }
}

impl LookCommand {
    /// Words for menus, the palette and the undo list.
    pub fn label(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::SetEdge { edge, .. } => match edge {
                Edge::Threshold => "Change threshold",
                Edge::Minimum | Edge::Maximum => "Change range",
            },
            Self::SetStart(..) => "Change where colours begin",
            Self::SetSymmetric(_, true) => "Same range for both signs",
            Self::SetSymmetric(_, false) => "Own range for negative values",
            Self::SetMode(_, ThresholdMode::Hide) => "Hide below the threshold",
            Self::SetMode(_, ThresholdMode::Fade) => "Fade below the threshold",
            Self::SetMode(_, ThresholdMode::Outline) => "Outline at the threshold",
            Self::NextMode => "Next threshold mode",
            Self::SetInterpolation(_, Interpolation::Nearest) => "Show voxels",
            Self::SetInterpolation(_, Interpolation::Linear) => "Interpolate linearly",
            Self::SetInterpolation(_, Interpolation::Cubic) => "Interpolate by cubics",
            Self::NextInterpolation => "Next interpolation",
            Self::SetLabels(_, LabelStyle::Fill) => "Fill regions",
            Self::SetLabels(_, LabelStyle::Outline) => "Outline regions",
            Self::SetBar(..) => "Change colour bar",
            Self::SetMap { .. } => "Change colours",
            Self::ThresholdBy(_, Some(_)) => "Threshold by another layer",
            Self::ThresholdBy(_, None) => "Threshold by its own values",
            Self::MoveTo(..) => "Move layer",
            Self::MoveSelected(n) if *n > 0 => "Move layer up",
            Self::MoveSelected(_) => "Move layer down",
            Self::Isolate(_) => "Show this layer alone",
            Self::LookToAll(_) => "Use this threshold and range for all maps",
            Self::Rename(..) => "Rename layer",
        })
    }

    /// One sentence more, for tooltips.
    pub fn tooltip(&self) -> &'static str {
        match self {
            Self::NextMode => "Hide, fade or outline what does not pass",
            Self::NextInterpolation => "Nearest voxel, linear, cubic",
            Self::Isolate(_) => "Once more shows all layers again",
            _ => "",
        }
    }

    /// The key that does it.
    pub fn shortcut(&self) -> Option<KeyboardShortcut> {
        let (modifiers, key) = match self {
            Self::NextMode => (Modifiers::NONE, Key::T),
            Self::NextInterpolation => (Modifiers::NONE, Key::I),
            Self::MoveSelected(1) => (Modifiers::ALT, Key::ArrowUp),
            Self::MoveSelected(-1) => (Modifiers::ALT, Key::ArrowDown),
            _ => return None,
        };
        Some(KeyboardShortcut::new(modifiers, key))
    }
}
