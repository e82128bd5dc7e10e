//! Display of the selected layer: threshold and range on the colour bar, opacity, signs, colours.

use eframe::egui::{
    Align2, Color32, ComboBox, Frame, Margin, Rect, RichText, Sense, Ui, pos2, vec2,
};

use super::Cx;
use crate::app::command::Command;
use crate::app::display::Histogram;
use crate::app::document::Layer;
use crate::app::state::WindowState;
use crate::app::theme::{PAD, Tokens, Type};
use crate::app::widgets::{
    Icon, RangeAction, RangeBar, heading, icon_button, paint_text, segmented, slider,
};
use crate::app::words;
use crate::render::{ColourMap, Signs};

const BINS: usize = 72;

/// Draws the section.
pub fn display_section(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut WindowState, layer: &Layer) {
    let right = heading(ui, cx.t, "Display", "");
    let reset = Rect::from_center_size(
        pos2(right.right() - PAD - 8.0, right.center().y),
        vec2(24.0, 24.0),
    );
    if icon_button(ui, cx.t, reset, Icon::Reset, "Reset display").clicked() {
        cx.send(Command::ResetDisplay(layer.id));
    }
    let inset = Frame::new().inner_margin(Margin {
        left: PAD as i8,
        right: PAD as i8,
        top: 8,
        bottom: 12,
    });
    inset.show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        let display = &layer.display;
        caption(
            ui,
            cx.t,
            "Threshold and range",
            &format!(
                "{} … {}",
                words::value(display.threshold),
                words::value(display.maximum)
            ),
        );
        let key = (layer.id, layer.content_revision);
        let histogram = state.histograms.entry(key).or_insert_with(|| {
            layer
                .volume
                .as_ref()
                .and_then(|volume| Histogram::of(volume, BINS))
        });
        let (positive, negative) = (display.positive, display.negative);
        let colour = move |minus: bool, s: f32| -> Color32 {
            if minus {
                negative.colour(true, s)
            } else {
                positive.colour(false, s)
            }
        };
        let bar = RangeBar {
            histogram: histogram.as_ref(),
            display,
            colour: &colour,
        };
        match bar.show(ui, cx.t) {
            Some(RangeAction::Threshold(v)) => cx.send(Command::SetThreshold(layer.id, v)),
            Some(RangeAction::Maximum(v)) => cx.send(Command::SetMaximum(layer.id, v)),
            Some(RangeAction::Released) => cx.send(Command::EndDrag),
            None => {}
        }
        ui.add_space(2.0);
        caption(
            ui,
            cx.t,
            "Opacity",
            &format!("{:.0} %", 100.0 * display.opacity),
        );
        let (response, new) = slider(ui, cx.t, "Opacity", display.opacity);
        if let Some(opacity) = new {
            cx.send(Command::SetOpacity(layer.id, opacity));
        }
        if response.drag_stopped() || response.lost_focus() {
            cx.send(Command::EndDrag);
        }
        ui.add_space(4.0);
        let signs = [
            (Signs::Positive, "Positive"),
            (Signs::Negative, "Negative"),
            (Signs::Both, "Both"),
        ];
        if let Some(signs) = segmented(ui, cx.t, "Signs", &signs, display.signs) {
            cx.send(Command::SetSigns(layer.id, signs));
        }
        ui.add_space(2.0);
        colours(ui, cx, layer);
    });
}

fn caption(ui: &mut Ui, t: &Tokens, left: &str, right: &str) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::hover());
    let middle = rect.center().y;
    let painter = ui.painter();
    paint_text(
        painter,
        pos2(rect.left(), middle),
        Align2::LEFT_CENTER,
        left,
        Type::Body,
        t.text_2,
    );
    paint_text(
        painter,
        pos2(rect.right(), middle),
        Align2::RIGHT_CENTER,
        right,
        Type::Body,
        t.text,
    );
}

fn colours(ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer) {
    let t = cx.t;
    ui.horizontal(|ui| {
        let text = RichText::new("Colours")
            .font(Type::Body.font())
            .color(t.text_2);
        let label = ui.label(text);
        ui.with_layout(
            eframe::egui::Layout::right_to_left(eframe::egui::Align::Center),
            |ui| {
                let now = layer.display.positive;
                let pair = |map: ColourMap| map.label().to_owned();
                ComboBox::from_id_salt("colours")
                    .selected_text(RichText::new(pair(now)).font(Type::Body.font()))
                    .width(128.0)
                    .show_ui(ui, |ui| {
                        for map in ColourMap::all().filter(|map| *map != ColourMap::GRAY) {
                            if ui.selectable_label(map == now, pair(map)).clicked() {
                                let other = if map == ColourMap::COOL {
                                    ColourMap::WARM
                                } else {
                                    ColourMap::COOL
                                };
                                cx.send(Command::SetColours(layer.id, map, other));
                            }
                        }
                    })
                    .response
                    .labelled_by(label.id);
            },
        );
    });
}
