//! Display of the selected layer: the colour bar with threshold and range on it, and what else decides
//! how the layer looks.

use eframe::egui::{
    Checkbox, CollapsingHeader, DragValue, Frame, Layout, Margin, Rect, RichText, Ui, pos2, vec2,
};

use super::map_picker::map_picker;
use super::range_bar::{BarAction, RangeBar};
use crate::app::feature::Cx;
use crate::app::kit::theme::{PAD, Type};
use crate::app::kit::widgets::{self, Icon, field_name, heading, icon_button, segmented, slider};
use crate::app::kit::words;
use crate::app::model::{Edge, Layer, LayerId};
use crate::render::{
    BarStart, Interpolation, LabelStyle, LayerDisplay, RangeStart, Signs, ThresholdMode,
    first_look, first_values,
};
use crate::volume::VolumeData;

/// Width of a field for a number.
const FIELD: f32 = 62.0;
/// Width of the words before a field.
const NAME: f32 = 84.0;

/// Draws the section.
pub fn display_section(ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer) {
    let right = heading(ui, cx.t, "Display", "");
    let reset = Rect::from_center_size(
        pos2(right.right() - PAD - 8.0, right.center().y),
        vec2(24.0, 24.0),
    );
    if icon_button(ui, cx.t, reset, Icon::Reset, "Reset display").clicked() {
        let id = layer.id;
        cx.edit(move |doc| doc.reset_display(id));
    }
    let inset = Frame::new().inner_margin(Margin {
        left: PAD as i8,
        right: PAD as i8,
        top: 8,
        bottom: 10,
    });
    inset.show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        match layer.volume.as_ref().map(|volume| &volume.data) {
            Some(VolumeData::Label(_)) => {
                label_style(ui, cx, layer);
                opacity(ui, cx, layer);
            }
            Some(VolumeData::Rgba(_)) => opacity(ui, cx, layer),
            Some(VolumeData::Scalar(_)) | None => {
                colour_bar(ui, cx, layer);
                numbers(ui, cx, layer);
                mode(ui, cx, layer);
                signs(ui, cx, layer);
                maps(ui, cx, layer);
                opacity(ui, cx, layer);
                more(ui, cx, layer);
            }
        }
    });
}

fn colour_bar(ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer) {
    let values = layer.volume.as_deref().map(first_values);
    let bar = RangeBar {
        histogram: values.as_ref().and_then(|values| values.histogram.as_ref()),
        display: &layer.display,
        gated: cx.doc.gate(layer).is_some(),
    };
    match bar.show(ui, cx.t) {
        Some(BarAction::Move {
            negative,
            edge,
            value,
        }) => set_edge(cx, layer.id, negative, edge, value),
        Some(BarAction::Reset { negative, edge }) => {
            let first = layer.volume.as_deref().map(first_look);
            let value = first.map(|first| edge_of(&first.display, negative, edge));
            if let Some(value) = value {
                set_edge(cx, layer.id, negative, edge, value);
                cx.edit(|doc| doc.end_drag());
            }
        }
        Some(BarAction::Released) => cx.edit(|doc| doc.end_drag()),
        None => {}
    }
}

fn set_edge(cx: &mut Cx<'_>, layer: LayerId, negative: bool, edge: Edge, value: f32) {
    cx.edit(move |doc| doc.set_edge(layer, negative, edge, value));
}

fn edge_of(display: &LayerDisplay, negative: bool, edge: Edge) -> f32 {
    let range = display.range(negative);
    match edge {
        Edge::Threshold => range.threshold,
        Edge::Minimum => range.start(),
        Edge::Maximum => range.maximum,
    }
}

/// The values of the bar as fields, in the layer's unit.
fn numbers(ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer) {
    let apart = layer.display.negative_range.is_some() && layer.display.signs == Signs::Both;
    let sides: &[bool] = match (apart, layer.display.signs) {
        (true, _) => &[true, false],
        (false, Signs::Negative) => &[true],
        (false, _) => &[false],
    };
    let gate = layer.threshold_by.and_then(|id| cx.doc.layer(id));
    match gate {
        Some(gate) => row(ui, cx, &format!("Where {}", gate.name), |ui, cx| {
            field(
                ui,
                cx,
                gate,
                false,
                Edge::Threshold,
                "Threshold of the other layer",
            );
        }),
        None => edge_row(ui, cx, layer, sides, Edge::Threshold),
    }
    if matches!(layer.display.minimum, RangeStart::Value(_)) {
        edge_row(ui, cx, layer, sides, Edge::Minimum);
    }
    edge_row(ui, cx, layer, sides, Edge::Maximum);
}

fn row(ui: &mut Ui, cx: &mut Cx<'_>, name: &str, add: impl FnOnce(&mut Ui, &mut Cx<'_>)) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        field_name(ui, cx.t, name, NAME);
        let right = Layout::right_to_left(eframe::egui::Align::Center);
        ui.with_layout(right, |ui| add(ui, cx));
    });
}

fn edge_row(ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer, sides: &[bool], edge: Edge) {
    row(ui, cx, edge.label(), |ui, cx| {
        // From the right: the positive side stands right, as on the bar.
        for &negative in sides.iter().rev() {
            let name = match negative && sides.len() > 1 {
                true => format!("Negative {}", edge.label().to_lowercase()),
                false => edge.label().to_owned(),
            };
            field(ui, cx, layer, negative, edge, &format!("{name} value"));
        }
    });
}

fn field(ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer, negative: bool, edge: Edge, name: &str) {
    let was = edge_of(&layer.display, negative, edge);
    let mut value = was;
    let unit = match layer.kind.label() {
        unit if unit.chars().count() <= 2 => format!(" {unit}"),
        _ => String::new(),
    };
    let sign = if negative { "−" } else { "" };
    let field = DragValue::new(&mut value)
        .speed((layer.display.maximum / 300.0).max(f32::MIN_POSITIVE))
        .range(0.0..=f32::MAX)
        .custom_formatter(move |v, _| format!("{sign}{}", words::value(v as f32)))
        .custom_parser(|text| text.replace(['−', '+', '-'], "").trim().parse().ok())
        .suffix(unit)
        .update_while_editing(false);
    let response = ui.add_sized(vec2(FIELD, 22.0), field);
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_label(name));
    if value != was {
        set_edge(cx, layer.id, negative, edge, value);
    }
    if response.drag_stopped() || response.lost_focus() {
        cx.edit(|doc| doc.end_drag());
    }
}

fn mode(ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer) {
    let modes = [
        (ThresholdMode::Hide, "Hide"),
        (ThresholdMode::Fade, "Fade"),
        (ThresholdMode::Outline, "Outline"),
    ];
    if let Some(mode) = segmented(ui, cx.t, "Below the threshold", &modes, layer.display.mode) {
        let id = layer.id;
        cx.edit(move |doc| doc.set_mode(id, mode));
    }
}

fn signs(ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer) {
    let signs = [
        (Signs::Positive, "Positive"),
        (Signs::Negative, "Negative"),
        (Signs::Both, "Both"),
    ];
    if let Some(signs) = segmented(ui, cx.t, "Signs", &signs, layer.display.signs) {
        let id = layer.id;
        cx.edit(move |doc| doc.set_signs(id, signs));
    }
}

/// Swatches of the sides shown; a map with two arms is one swatch.
fn maps(ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer) {
    let LayerDisplay {
        positive,
        negative,
        signs,
        ..
    } = layer.display;
    let whole = ui.available_width();
    let one = positive == negative && positive.has_two_arms();
    let sides: &[(bool, &str)] = match signs {
        _ if one => &[(false, "Colours")],
        Signs::Both => &[(true, "Negative colours"), (false, "Positive colours")],
        Signs::Positive => &[(false, "Positive colours")],
        Signs::Negative => &[(true, "Negative colours")],
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let width = (whole - 6.0 * (sides.len() as f32 - 1.0)) / sides.len() as f32;
        for &(negative, name) in sides {
            let now = layer.display.map(negative);
            if let Some(map) = map_picker(ui, cx.t, name, width, now, negative) {
                let id = layer.id;
                cx.edit(move |doc| doc.set_map(id, negative, map));
            }
        }
    });
}

fn opacity(ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer) {
    let opacity = layer.display.opacity;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        field_name(
            ui,
            cx.t,
            &format!("Opacity {:.0} %", 100.0 * opacity),
            NAME + 8.0,
        );
        let (response, new) = slider(ui, cx.t, "Opacity", opacity);
        if let Some(opacity) = new {
            let id = layer.id;
            cx.edit(move |doc| doc.set_opacity(id, opacity));
        }
        if response.double_clicked() {
            let id = layer.id;
            cx.edit(move |doc| doc.set_opacity(id, 1.0));
        }
        if response.drag_stopped() || response.double_clicked() || response.lost_focus() {
            cx.edit(|doc| doc.end_drag());
        }
        response.on_hover_text("Double-click for 100 %");
    });
}

fn label_style(ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer) {
    let styles = [(LabelStyle::Fill, "Fill"), (LabelStyle::Outline, "Outline")];
    if let Some(style) = segmented(ui, cx.t, "Regions", &styles, layer.display.labels) {
        let id = layer.id;
        cx.edit(move |doc| doc.set_labels(id, style));
    }
}

/// What is rarely changed.
fn more(ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer) {
    let title = RichText::new("More")
        .font(Type::Body.font())
        .color(cx.t.text_2);
    CollapsingHeader::new(title)
        .id_salt("more display")
        .show_unindented(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 6.0;
            let display = &layer.display;
            let interpolations = [
                (Interpolation::Nearest, "Voxels"),
                (Interpolation::Linear, "Linear"),
                (Interpolation::Cubic, "Cubic"),
            ];
            let chosen = segmented(
                ui,
                cx.t,
                "Interpolation",
                &interpolations,
                display.interpolation,
            );
            if let Some(interpolation) = chosen {
                let id = layer.id;
                cx.edit(move |doc| doc.set_interpolation(id, interpolation));
            }
            if display.signs == Signs::Both {
                let mut symmetric = display.negative_range.is_none();
                let text = RichText::new("Same range for both signs").font(Type::Body.font());
                if ui.add(Checkbox::new(&mut symmetric, text)).changed() {
                    let id = layer.id;
                    cx.edit(move |doc| doc.set_symmetric(id, symmetric));
                }
            }
            colours_begin(ui, cx, layer);
            let starts = [
                (BarStart::Zero, "Bar from 0"),
                (BarStart::Threshold, "From threshold"),
            ];
            if let Some(start) = segmented(ui, cx.t, "Colour bar", &starts, display.bar) {
                let id = layer.id;
                cx.edit(move |doc| doc.set_bar(id, start));
            }
            threshold_by(ui, cx, layer);
        });
}

/// A named list of choices; returns the one clicked.
fn choice<T: PartialEq + Clone>(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    name: &str,
    options: &[(T, String)],
    now: &T,
) -> Option<T> {
    let mut chosen = None;
    row(ui, cx, name, |ui, _| {
        chosen = widgets::choice(ui, name, options, now, ui.available_width());
    });
    chosen
}

fn colours_begin(ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer) {
    let start = layer.display.range(false).start();
    let value = match layer.display.minimum {
        RangeStart::Value(value) => RangeStart::Value(value),
        _ => RangeStart::Value(start),
    };
    let options = [
        (RangeStart::Threshold, "at the threshold".to_owned()),
        (RangeStart::Zero, "at zero".to_owned()),
        (value, "at a value".to_owned()),
    ];
    if let Some(start) = choice(ui, cx, "Colours begin", &options, &layer.display.minimum) {
        let id = layer.id;
        cx.edit(move |doc| doc.set_start(id, start));
    }
}

fn threshold_by(ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer) {
    let others = cx.doc.layers.iter().rev().filter(|other| {
        let scalar = other
            .volume
            .as_ref()
            .is_some_and(|v| v.data.scalar().is_some());
        other.id != layer.id && scalar
    });
    let own = (None, "its own values".to_owned());
    let others = others.map(|other| (Some(other.id), other.name.clone()));
    let options: Vec<_> = std::iter::once(own).chain(others).collect();
    let now = layer
        .threshold_by
        .filter(|id| options.iter().any(|(o, _)| *o == Some(*id)));
    if options.len() > 1
        && let Some(gate) = choice(ui, cx, "Threshold by", &options, &now)
    {
        let id = layer.id;
        cx.edit(move |doc| doc.threshold_by(id, gate));
    }
}
