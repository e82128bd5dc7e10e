//! Left column: the layers and how the selected one is shown.

use eframe::egui::{
    Color32, Mesh, Painter, Popup, PopupCloseBehavior, Rect, Role, ScrollArea, Sense, Shape,
    Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::{Cx, display::display_section, frames::frames_section, peaks::peaks_section};
use crate::app::command::{Command, SessionCommand};
use crate::app::document::Layer;
use crate::app::state::WindowState;
use crate::app::theme::{PAD, Type};
use crate::app::widgets::{
    Icon, badge, elided, heading, icon_button, link, paint_elided, paragraph, say,
};
use crate::app::words;
use crate::render::Signs;

const ROW: f32 = 52.0;

/// Draws the column into its panel.
pub fn left_column(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut WindowState) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let right = heading(ui, cx.t, "Layers", "");
        let add = Rect::from_min_max(pos2(right.right() - 60.0, right.top()), right.max);
        if link(ui, cx.t, add, "Open…", "Open a map…").clicked() {
            cx.send(Command::OpenDialog);
        }
        let doc = cx.doc;
        for layer in doc.layers.iter().rev() {
            let missing = state.missing.contains(&layer.id);
            ui.push_id(layer.id.0, |ui| layer_row(ui, cx, layer, missing));
        }
        underlay_row(ui, cx);
        if let Some(layer) = doc.selected_layer() {
            display_section(ui, cx, state, layer);
            frames_section(ui, cx, state, layer);
            peaks_section(ui, cx, state, layer);
        }
    });
}

fn layer_row(ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer, missing: bool) {
    let t = cx.t;
    let selected = cx.doc.selected == Some(layer.id);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    response.widget_info(|| {
        let label = format!("Layer {}", layer.name);
        WidgetInfo::selected(Role::ListItem, true, selected, label)
    });
    if selected {
        ui.painter().rect_filled(rect, 0.0, t.accent_soft);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, 0.0, t.raised);
    }
    if response.has_focus() {
        let bar = Rect::from_min_size(rect.min, vec2(2.0, rect.height()));
        ui.painter().rect_filled(bar, 0.0, t.accent);
    }
    let first = rect.top() + 17.0;
    let second = rect.top() + 36.0;
    let left = rect.left() + PAD;
    swatch(
        ui.painter(),
        Rect::from_min_size(pos2(left, first - 5.0), vec2(28.0, 10.0)),
        layer,
    );

    let active = response.hovered() || selected || ui.rect_contains_pointer(rect);
    let button = |n: f32| {
        Rect::from_center_size(
            pos2(rect.right() - PAD - 8.0 - 24.0 * n, first),
            vec2(24.0, 24.0),
        )
    };
    let mut buttons = 0.0;
    if active {
        let label = format!("Remove {}", layer.name);
        if icon_button(ui, t, button(0.0), Icon::Cross, &label).clicked() {
            cx.send(Command::Remove(layer.id));
        }
        buttons += 1.0;
    }
    if active || !layer.display.visible {
        let (icon, word) = if layer.display.visible {
            (Icon::Eye, "Hide")
        } else {
            (Icon::EyeOff, "Show")
        };
        let place = if buttons > 0.0 { buttons } else { 0.0 };
        if icon_button(
            ui,
            t,
            button(place),
            icon,
            &format!("{word} {}", layer.name),
        )
        .clicked()
        {
            cx.send(Command::SetVisible(layer.id, !layer.display.visible));
        }
        buttons = place + 1.0;
    }
    let name_left = left + 38.0;
    let name_width = rect.right() - PAD + 4.0 - 24.0 * buttons - name_left - 4.0;
    let ink = if layer.display.visible {
        t.text
    } else {
        t.text_3
    };
    paint_elided(
        ui.painter(),
        pos2(name_left, first),
        &layer.name,
        Type::Strong,
        ink,
        name_width,
    );
    let right_end = pos2(rect.right() - PAD, second);
    let badge_left = if missing {
        find_link(ui, cx, layer, right_end)
    } else {
        warning_badge(ui, cx, layer, right_end)
    };
    let (details, ink) = if missing {
        ("its file is missing".to_owned(), t.warning)
    } else {
        (details(layer), t.text_2)
    };
    paint_elided(
        ui.painter(),
        pos2(left, second),
        &details,
        Type::Body,
        ink,
        badge_left - left - 8.0,
    );
    ui.painter().hline(
        rect.x_range(),
        rect.bottom() - 0.5,
        Stroke::new(1.0, t.line),
    );

    if response.clicked() {
        cx.send(Command::Select(layer.id));
    }
    response.context_menu(|ui| {
        for command in [
            Command::SetVisible(layer.id, !layer.display.visible),
            Command::Reorder(layer.id, 1),
            Command::Reorder(layer.id, -1),
            Command::ResetDisplay(layer.id),
            Command::Remove(layer.id),
        ] {
            if ui.button(command.label()).clicked() {
                cx.send(command);
                ui.close();
            }
        }
    });
}

/// Asks where the file of a layer went; returns the link's left edge.
fn find_link(ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer, at: eframe::egui::Pos2) -> f32 {
    let rect = Rect::from_min_max(at - vec2(44.0, 10.0), at + vec2(PAD, 10.0));
    let label = format!("Find the file of {}", layer.name);
    if link(ui, cx.t, rect, "Find…", &label).clicked() {
        cx.send(SessionCommand::LocateDialog(layer.id).into());
    }
    rect.left()
}

fn details(layer: &Layer) -> String {
    let Some(volume) = &layer.volume else {
        return "opening…".to_owned();
    };
    let [x, y, z] = volume.grid.shape;
    let size = words::voxel_size(volume.grid.affine.voxel_sizes_mm());
    let kind = layer.kind.label();
    let mut text = format!("{kind} · {x}×{y}×{z} · {size}");
    if volume.frames > 1 {
        text += &format!(" · frame {} of {}", volume.frame + 1, volume.frames);
    }
    text
}

/// Draws the badge for load warnings; returns its left edge.
fn warning_badge(ui: &mut Ui, cx: &Cx<'_>, layer: &Layer, at: eframe::egui::Pos2) -> f32 {
    let warnings = layer
        .volume
        .as_ref()
        .map_or(&[][..], |volume| &volume.warnings[..]);
    let Some(first) = warnings.first() else {
        return at.x;
    };
    let text = match warnings.len() {
        1 => elided(ui.painter(), &first.badge, Type::Small, cx.t.warning, 96.0)
            .text()
            .to_owned(),
        n => format!("{n} notes"),
    };
    let label = format!("Notes on {}", layer.name);
    let response = badge(ui, cx.t, at, &text, &label);
    Popup::from_toggle_button_response(&response)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| {
            ui.set_max_width(300.0);
            ui.spacing_mut().item_spacing.y = 4.0;
            for warning in warnings {
                say(ui, warning.badge.as_str(), Type::Strong, cx.t.warning);
                paragraph(ui, &warning.message, Type::Body, cx.t.text);
            }
        });
    response.rect.left()
}

fn underlay_row(ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, "Underlay MNI152 T1"));
    let shown = cx.doc.underlay;
    let middle = rect.center().y;
    let left = rect.left() + PAD;
    let swatch = Rect::from_min_size(pos2(left, middle - 5.0), vec2(28.0, 10.0));
    gradient(ui.painter(), swatch, |s| {
        Color32::from_gray((255.0 * s) as u8)
    });
    paint_elided(
        ui.painter(),
        pos2(left + 38.0, middle),
        "MNI152 T1",
        Type::Body,
        if shown { t.text_2 } else { t.text_3 },
        100.0,
    );
    let mut at = pos2(rect.right() - PAD, middle);
    if !shown || ui.rect_contains_pointer(rect) {
        let (icon, label) = if shown {
            (Icon::Eye, "Hide MNI152 T1")
        } else {
            (Icon::EyeOff, "Show MNI152 T1")
        };
        let place = Rect::from_center_size(at - vec2(8.0, 0.0), vec2(24.0, 24.0));
        if icon_button(ui, t, place, icon, label).clicked() {
            cx.send(Command::ToggleUnderlay);
        }
        at.x = place.left() - 4.0;
    }
    let galley = elided(ui.painter(), "underlay · 1 mm", Type::Body, t.text_3, 110.0);
    let place = eframe::egui::Align2::RIGHT_CENTER.anchor_size(at, galley.size());
    ui.painter().galley(place.min, galley, t.text_3);
    ui.painter().hline(
        rect.x_range(),
        rect.bottom() - 0.5,
        Stroke::new(1.0, t.line),
    );
}

/// The layer's colours, negative to positive.
fn swatch(painter: &Painter, rect: Rect, layer: &Layer) {
    let display = &layer.display;
    gradient(painter, rect, |s| match display.signs {
        Signs::Positive => display.positive.colour(false, s),
        Signs::Negative => display.negative.colour(true, s),
        Signs::Both if s < 0.5 => display.negative.colour(true, 1.0 - 2.0 * s),
        Signs::Both => display.positive.colour(false, 2.0 * s - 1.0),
    });
}

fn gradient(painter: &Painter, rect: Rect, colour: impl Fn(f32) -> Color32) {
    const STRIPES: usize = 28;
    let mut mesh = Mesh::default();
    let width = rect.width() / STRIPES as f32;
    for n in 0..STRIPES {
        let min = pos2(rect.left() + width * n as f32, rect.top());
        let stripe = Rect::from_min_size(min, vec2(width + 0.3, rect.height()));
        mesh.add_colored_rect(stripe, colour((n as f32 + 0.5) / STRIPES as f32));
    }
    painter.add(Shape::mesh(mesh));
}
