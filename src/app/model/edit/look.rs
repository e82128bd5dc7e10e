//! Layers change their look.

use super::Editor;
use crate::app::model::history::DragKey;
use crate::app::model::layer::{Edge, LayerId};
use crate::render::default_display;
use crate::render::{
    BarStart, ColourMap, Interpolation, LabelStyle, LayerDisplay, RangeStart, SideRange, Signs,
    ThresholdMode,
};

impl Editor<'_> {
    /// Shows or hides a layer.
    pub fn set_visible(&mut self, id: LayerId, visible: bool) {
        let label = if visible { "Show layer" } else { "Hide layer" };
        self.change(id, label, None, |layer| layer.display.visible = visible);
        self.hide_template_under_another_brain();
    }

    /// Hides the MNI brain where nothing but maps of another space is visible: two brains at once mislead. It
    /// comes back with one key.
    pub(super) fn hide_template_under_another_brain(&mut self) {
        if self.underlay && self.is_elsewhere() {
            self.document.underlay = false;
            self.say(
                "What is visible does not seem to be in MNI space: the MNI brain is hidden (U shows it)",
            );
        }
    }

    /// Shows or hides the selected layer.
    pub fn toggle_selected(&mut self) {
        let Some(id) = self.selected_or_say() else {
            return;
        };
        let visible = self.layer(id).is_some_and(|layer| layer.display.visible);
        self.set_visible(id, !visible);
    }

    /// Sets the opacity, 0..=1.
    pub fn set_opacity(&mut self, id: LayerId, opacity: f32) {
        // A value that is no number changes nothing.
        if opacity.is_finite() {
            let drag = Some(DragKey::Opacity(id));
            self.change(id, "Change opacity", drag, |layer| {
                layer.display.opacity = opacity.clamp(0.0, 1.0);
            });
        }
    }

    /// Chooses the signs shown.
    pub fn set_signs(&mut self, id: LayerId, signs: Signs) {
        let label = match signs {
            Signs::Positive => "Show positive values",
            Signs::Negative => "Show negative values",
            Signs::Both => "Show both signs",
        };
        self.change(id, label, None, |layer| layer.display.signs = signs);
    }

    /// Back to the defaults for this map.
    pub fn reset_display(&mut self, id: LayerId) {
        self.change(id, "Reset display", None, |layer| {
            if let Some(volume) = &layer.volume {
                layer.display = default_display(volume, layer.display.positive);
            }
        });
    }

    /// Moves a value of the colour bar; of the negative side where that has its own. Absolute value.
    pub fn set_edge(&mut self, id: LayerId, negative: bool, edge: Edge, value: f32) {
        // A value that is no number changes nothing.
        if !value.is_finite() {
            return;
        }
        let label = match edge {
            Edge::Threshold => "Change threshold",
            Edge::Minimum | Edge::Maximum => "Change range",
        };
        let drag = Some(DragKey::Edge(id, negative, edge));
        self.change(id, label, drag, |layer| {
            set_edge(&mut layer.display, negative, edge, value);
        });
    }

    /// Chooses where the colours begin, on both sides.
    pub fn set_start(&mut self, id: LayerId, start: RangeStart) {
        self.change(id, "Change where colours begin", None, |layer| {
            layer.display.minimum = start;
            if let Some(range) = &mut layer.display.negative_range {
                range.minimum = start;
            }
        });
    }

    /// Gives negative values their own threshold and range, or mirrors the positive ones.
    pub fn set_symmetric(&mut self, id: LayerId, symmetric: bool) {
        let label = if symmetric {
            "Same range for both signs"
        } else {
            "Own range for negative values"
        };
        self.change(id, label, None, |layer| {
            let mirrored = layer.display.range(true);
            layer.display.negative_range = (!symmetric).then_some(mirrored);
        });
    }

    /// Chooses what becomes of values below the threshold.
    pub fn set_mode(&mut self, id: LayerId, mode: ThresholdMode) {
        let label = match mode {
            ThresholdMode::Hide => "Hide below the threshold",
            ThresholdMode::Fade => "Fade below the threshold",
            ThresholdMode::Outline => "Outline at the threshold",
        };
        self.change(id, label, None, |layer| layer.display.mode = mode);
    }

    /// The next mode, for the selected layer.
    pub fn next_mode(&mut self) {
        self.of_selected(|editor, id, display| {
            editor.set_mode(
                id,
                match display.mode {
                    ThresholdMode::Hide => ThresholdMode::Fade,
                    ThresholdMode::Fade => ThresholdMode::Outline,
                    ThresholdMode::Outline => ThresholdMode::Hide,
                },
            );
        });
    }

    /// Chooses how values between voxels are made.
    pub fn set_interpolation(&mut self, id: LayerId, interpolation: Interpolation) {
        let label = match interpolation {
            Interpolation::Nearest => "Show voxels",
            Interpolation::Linear => "Linear interpolation",
            Interpolation::Cubic => "Cubic interpolation",
        };
        self.change(id, label, None, |layer| {
            layer.display.interpolation = interpolation;
        });
    }

    /// The next interpolation, for the selected layer.
    pub fn next_interpolation(&mut self) {
        self.of_selected(|editor, id, display| {
            editor.set_interpolation(
                id,
                match display.interpolation {
                    Interpolation::Nearest => Interpolation::Linear,
                    Interpolation::Linear => Interpolation::Cubic,
                    Interpolation::Cubic => Interpolation::Nearest,
                },
            );
        });
    }

    /// Chooses how labels are drawn.
    pub fn set_labels(&mut self, id: LayerId, style: LabelStyle) {
        let label = match style {
            LabelStyle::Fill => "Fill regions",
            LabelStyle::Outline => "Outline regions",
        };
        self.change(id, label, None, |layer| layer.display.labels = style);
    }

    /// Chooses where the colour bar begins.
    pub fn set_bar(&mut self, id: LayerId, start: BarStart) {
        self.change(id, "Change colour bar", None, |layer| {
            layer.display.bar = start;
        });
    }

    /// Chooses the colours of one sign; the negative side follows where it was the partner.
    pub fn set_map(&mut self, id: LayerId, negative: bool, map: ColourMap) {
        self.change(id, "Change colours", None, |layer| {
            set_map(&mut layer.display, negative, map);
        });
    }

    /// Lets another layer's threshold decide where a layer is shown.
    pub fn threshold_by(&mut self, id: LayerId, gate: Option<LayerId>) {
        // Its own threshold, and one that is not there, are the same as none.
        let gate = gate.filter(|&gate| gate != id && self.layer(gate).is_some());
        let label = match gate {
            Some(_) => "Threshold by another layer",
            None => "Threshold by its own values",
        };
        self.change(id, label, None, |layer| layer.threshold_by = gate);
    }

    /// Shows a layer alone; all again where it is alone already.
    pub fn isolate(&mut self, id: LayerId) {
        if self.layer(id).is_none() {
            return;
        }
        self.remember("Show this layer alone", None);
        let alone = self
            .layers
            .iter()
            .all(|layer| layer.display.visible == (layer.id == id));
        for layer in &mut self.document.layers {
            layer.display.visible = alone || layer.id == id;
        }
        self.hide_template_under_another_brain();
        self.touch();
    }

    /// Shows all other maps as this one: threshold, range, signs, modes; not their colours.
    pub fn look_to_all(&mut self, id: LayerId) {
        let Some(look) = self.layer(id).map(|layer| layer.display.clone()) else {
            return;
        };
        self.remember("Use this threshold and range for all maps", None);
        let layers = self.document.layers.iter_mut();
        for layer in layers.filter(|layer| layer.id != id) {
            let own = &layer.display;
            layer.display = LayerDisplay {
                positive: own.positive,
                negative: own.negative,
                visible: own.visible,
                opacity: own.opacity,
                ..look.clone()
            };
        }
        self.touch();
    }

    fn of_selected(&mut self, edit: impl FnOnce(&mut Self, LayerId, &LayerDisplay)) {
        if let Some(id) = self.selected_or_say()
            && let Some(display) = self.layer(id).map(|layer| layer.display.clone())
        {
            edit(self, id, &display);
        }
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
