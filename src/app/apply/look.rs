//! Layers change their look and their order.

use super::effect::Effect;
use super::layers::change;
use super::notice;
use crate::app::command::{Edge, LookCommand};
use crate::app::document::{Document, LayerId};
use crate::app::history::{self, DragKey};
use crate::render::{ColourMap, Interpolation, LayerDisplay, RangeStart, SideRange, ThresholdMode};

/// Carries a look command out.
pub fn apply(document: &mut Document, command: LookCommand, label: &str) -> Vec<Effect> {
    match command {
        LookCommand::SetEdge {
            layer,
            negative,
            edge,
            value,
        } => {
            // A value that is no number changes nothing.
            if !value.is_finite() {
                return Vec::new();
            }
            let drag = Some(DragKey::Edge(layer, negative, edge));
            change(document, layer, label, drag, |layer| {
                set_edge(&mut layer.display, negative, edge, value);
            })
        }
        LookCommand::SetStart(id, start) => change(document, id, label, None, |layer| {
            layer.display.minimum = start;
            if let Some(range) = &mut layer.display.negative_range {
                range.minimum = start;
            }
        }),
        LookCommand::SetSymmetric(id, symmetric) => change(document, id, label, None, |layer| {
            let mirrored = layer.display.range(true);
            layer.display.negative_range = (!symmetric).then_some(mirrored);
        }),
        LookCommand::SetMode(id, mode) => change(document, id, label, None, |layer| {
            layer.display.mode = mode;
        }),
        LookCommand::NextMode => selected(document, label, |display| {
            display.mode = match display.mode {
                ThresholdMode::Hide => ThresholdMode::Fade,
                ThresholdMode::Fade => ThresholdMode::Outline,
                ThresholdMode::Outline => ThresholdMode::Hide,
            };
        }),
        LookCommand::SetInterpolation(id, interpolation) => {
            change(document, id, label, None, |layer| {
                layer.display.interpolation = interpolation;
            })
        }
        LookCommand::NextInterpolation => selected(document, label, |display| {
            display.interpolation = match display.interpolation {
                Interpolation::Nearest => Interpolation::Linear,
                Interpolation::Linear => Interpolation::Cubic,
                Interpolation::Cubic => Interpolation::Nearest,
            };
        }),
        LookCommand::SetLabels(id, style) => change(document, id, label, None, |layer| {
            layer.display.labels = style;
        }),
        LookCommand::SetBar(id, start) => change(document, id, label, None, |layer| {
            layer.display.bar = start;
        }),
        LookCommand::SetMap {
            layer,
            negative,
            map,
        } => change(document, layer, label, None, |layer| {
            set_map(&mut layer.display, negative, map);
        }),
        LookCommand::ThresholdBy(id, gate) => {
            // Its own threshold, and one that is not there, are the same as none.
            let gate = gate.filter(|&gate| gate != id && document.layer(gate).is_some());
            change(document, id, label, None, |layer| layer.threshold_by = gate)
        }
        LookCommand::MoveTo(id, to) => move_to(document, id, to, label),
        LookCommand::MoveSelected(step) => {
            let at = document
                .layers
                .iter()
                .position(|layer| Some(layer.id) == document.selected);
            match (at, document.selected) {
                (Some(at), Some(id)) => match at.checked_add_signed(step as isize) {
                    Some(to) if to < document.layers.len() => move_to(document, id, to, label),
                    _ => Vec::new(),
                },
                _ => notice("No layer is selected"),
            }
        }
        LookCommand::Isolate(id) => isolate(document, id, label),
        LookCommand::LookToAll(id) => look_to_all(document, id, label),
        LookCommand::Rename(id, name) => {
            let name = name.trim().to_owned();
            if name.is_empty() {
                return Vec::new();
            }
            change(document, id, label, None, |layer| layer.name = name)
        }
    }
}

fn selected(
    document: &mut Document,
    label: &str,
    edit: impl FnOnce(&mut LayerDisplay),
) -> Vec<Effect> {
    match document.selected {
        Some(id) => change(document, id, label, None, |layer| edit(&mut layer.display)),
        None => notice("No layer is selected"),
    }
}

/// Moves a value of one side, the others out of its way.
fn set_edge(display: &mut LayerDisplay, negative: bool, edge: Edge, value: f32) {
    let mut range = display.range(negative);
    let beyond = |value: f32| value * 1.001 + f32::MIN_POSITIVE;
    match edge {
        Edge::Threshold => {
            range.threshold = value.max(0.0);
            if range.minimum == RangeStart::Threshold {
                range.maximum = range.maximum.max(beyond(range.threshold));
            }
        }
        Edge::Minimum => {
            let value = value.max(0.0);
            range.minimum = RangeStart::Value(value);
            range.maximum = range.maximum.max(beyond(value));
        }
        Edge::Maximum => {
            let value = value.max(f32::MIN_POSITIVE);
            range.maximum = value;
            match &mut range.minimum {
                RangeStart::Threshold => range.threshold = range.threshold.min(value * 0.999),
                RangeStart::Value(start) => *start = start.min(value * 0.999),
                RangeStart::Zero => {}
            }
        }
    }
    let SideRange {
        threshold,
        minimum,
        maximum,
    } = range;
    match &mut display.negative_range {
        Some(own) if negative => *own = range,
        _ => (display.threshold, display.minimum, display.maximum) = (threshold, minimum, maximum),
    }
}

/// A map with two arms is for both signs; otherwise the negative side follows the positive one where it
/// was its partner.
fn set_map(display: &mut LayerDisplay, negative: bool, map: ColourMap) {
    let (now, other) = if negative {
        (display.negative, display.positive)
    } else {
        (display.positive, display.negative)
    };
    let led = !negative && other == now.partner();
    let follows = map.has_two_arms() || other.has_two_arms() || led;
    let other = if follows { map.partner() } else { other };
    (display.positive, display.negative) = if negative { (other, map) } else { (map, other) };
}

fn move_to(document: &mut Document, id: LayerId, to: usize, label: &str) -> Vec<Effect> {
    let Some(at) = document.layers.iter().position(|layer| layer.id == id) else {
        return Vec::new();
    };
    let to = to.min(document.layers.len() - 1);
    if to != at {
        history::remember(document, label, None);
        let layer = document.layers.remove(at);
        document.layers.insert(to, layer);
        document.revision += 1;
    }
    Vec::new()
}

fn isolate(document: &mut Document, id: LayerId, label: &str) -> Vec<Effect> {
    if document.layer(id).is_none() {
        return Vec::new();
    }
    history::remember(document, label, None);
    let alone = document
        .layers
        .iter()
        .all(|layer| layer.display.visible == (layer.id == id));
    for layer in &mut document.layers {
        layer.display.visible = alone || layer.id == id;
    }
    document.revision += 1;
    Vec::new()
}

fn look_to_all(document: &mut Document, id: LayerId, label: &str) -> Vec<Effect> {
    let Some(look) = document.layer(id).map(|layer| layer.display.clone()) else {
        return Vec::new();
    };
    history::remember(document, label, None);
    for layer in document.layers.iter_mut().filter(|layer| layer.id != id) {
        let (positive, negative) = (layer.display.positive, layer.display.negative);
        let (visible, opacity) = (layer.display.visible, layer.display.opacity);
        layer.display = LayerDisplay {
            positive,
            negative,
            visible,
            opacity,
            ..look.clone()
        };
    }
    document.revision += 1;
    Vec::new()
}
