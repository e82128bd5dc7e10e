//! Choosing a colour map from swatches.

use eframe::egui::{
    Popup, PopupCloseBehavior, Rect, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};

use crate::app::kit::theme::{RADIUS, Tokens, Type};
use crate::app::kit::widgets::{focus_ring, gradient, paint_elided, say};
use crate::render::{ColourMap, MapFamily};

const COLUMN: f32 = 176.0;
const ROW: f32 = 24.0;

/// A button that shows a colour map and opens a list of all of them; returns the one chosen.
/// `reversed` shows it with its last colour first, as negative values lie on a colour bar.
pub fn map_picker(
    ui: &mut Ui,
    t: &Tokens,
    name: &str,
    width: f32,
    map: ColourMap,
    reversed: bool,
) -> Option<ColourMap> {
    let (rect, response) = ui.allocate_exact_size(vec2(width, ROW), Sense::click());
    response.widget_info(|| {
        let label = format!("{name}: {}", map.label());
        WidgetInfo::labeled(Role::Button, ui.is_enabled(), label)
    });
    let stroke = Stroke::new(1.0, if response.hovered() { t.text_3 } else { t.line });
    ui.painter()
        .rect_stroke(rect, RADIUS, stroke, StrokeKind::Inside);
    gradient(ui.painter(), rect.shrink(5.0), 48, |s| {
        let s = if reversed { 1.0 - s } else { s };
        if map.has_two_arms() {
            map.at(s)
        } else {
            map.colour(false, s)
        }
    });
    focus_ring(ui, t, &response, rect);
    let response = response.on_hover_text(format!("{name}: {}", map.label()));
    let mut chosen = None;
    Popup::from_toggle_button_response(&response)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| {
            chosen = list(ui, t, map);
            if chosen.is_some() {
                ui.close();
            }
        });
    chosen
}

fn list(ui: &mut Ui, t: &Tokens, now: ColourMap) -> Option<ColourMap> {
    let mut chosen = None;
    ui.set_width(2.0 * COLUMN + 12.0);
    let height = (ui.ctx().content_rect().height() - 160.0).clamp(160.0, 460.0);
    ScrollArea::vertical().max_height(height).show(ui, |ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 0.0);
        for family in MapFamily::ALL {
            ui.add_space(6.0);
            say(ui, family.label(), Type::Small, t.text_2);
            ui.add_space(2.0);
            let maps: Vec<_> = ColourMap::all().filter(|m| m.family() == family).collect();
            for pair in maps.chunks(2) {
                ui.horizontal(|ui| {
                    for &map in pair {
                        if entry(ui, t, map, map == now) {
                            chosen = Some(map);
                        }
                    }
                });
            }
        }
        ui.add_space(4.0);
    });
    chosen
}

fn entry(ui: &mut Ui, t: &Tokens, map: ColourMap, is_now: bool) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(COLUMN, ROW), Sense::click());
    response.widget_info(|| {
        let label = format!("Colour map {}", map.label());
        WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), is_now, label)
    });
    if is_now {
        ui.painter().rect_filled(rect, RADIUS, t.accent_soft);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, RADIUS, t.raised);
    }
    let swatch = Rect::from_min_size(rect.min + vec2(5.0, 7.0), vec2(56.0, 10.0));
    gradient(ui.painter(), swatch, 32, |s| map.at(s));
    let at = pos2(swatch.right() + 8.0, rect.center().y);
    let colour = if is_now { t.accent } else { t.text };
    paint_elided(
        ui.painter(),
        at,
        map.label(),
        Type::Body,
        colour,
        rect.right() - at.x - 4.0,
    );
    focus_ring(ui, t, &response, rect);
    response.clicked()
}
