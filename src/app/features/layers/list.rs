//! The list of layers, top one first, and the anatomy under them.

use eframe::egui::{
    Color32, CursorIcon, Rect, Role, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::row::{layer_row, preview_row};
use super::split::Split;
use crate::app::feature::Cx;
use crate::app::kit::theme::{PAD, Type};
use crate::app::kit::widgets::{Icon, elided, gradient, heading, icon_button, link, paint_elided};

/// Draws the heading and the list.
pub(super) fn layers(ui: &mut Ui, cx: &mut Cx<'_>, split: &mut Split) {
    let right = heading(ui, cx.t, "Layers", "");
    let add = Rect::from_min_max(pos2(right.right() - 60.0, right.top()), right.max);
    if link(ui, cx.t, add, "Open…", "Open a map…").clicked() {
        cx.run("open");
    }
    let doc = cx.doc;
    if doc.only_selected || doc.count_maps() > 1 {
        which_are_drawn(ui, cx, add);
    }
    let room = ui.available_height();
    let height = split.height(cx.desk.settings.panels.list_height, room);
    let shown = ScrollArea::vertical()
        .id_salt("layers")
        .max_height(height)
        .min_scrolled_height(height)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            if let Some(layer) = &doc.preview {
                preview_row(ui, cx, layer);
            }
            layer_list(ui, cx);
            underlay_row(ui, cx);
        });
    split.content = shown.content_size.y;
    split.handle(ui, cx, shown.inner_rect, room);
}

/// The word in the heading that chooses between the selected map and all.
fn which_are_drawn(ui: &mut Ui, cx: &mut Cx<'_>, before: Rect) {
    let (word, label, tip) = if cx.doc.only_selected {
        (
            "Show all",
            "Show all maps",
            "Only the selected map is drawn",
        )
    } else {
        let label = "Show only the selected map";
        ("Only selected", label, "All maps are drawn over each other")
    };
    let min = pos2(before.left() - 84.0, before.top());
    let place = Rect::from_min_max(min, pos2(before.left() + PAD - 4.0, before.bottom()));
    let keys = cx.keys("only-selected");
    let response = link(ui, cx.t, place, word, label);
    if response.on_hover_text(format!("{tip} ({keys})")).clicked() {
        cx.run("only-selected");
    }
}

/// The layers, top one first; dragging one moves it.
fn layer_list(ui: &mut Ui, cx: &mut Cx<'_>) {
    let doc = cx.doc;
    let mut rows = Vec::with_capacity(doc.layers.len());
    let mut held = None;
    for layer in doc.layers.iter().rev() {
        let response = ui.push_id(layer.id.0, |ui| layer_row(ui, cx, layer)).inner;
        if response.dragged() || response.drag_stopped() {
            held = Some((layer.id, response.drag_stopped()));
        }
        rows.push(response.rect);
    }
    let (Some((id, released)), Some(pointer)) = (held, ui.ctx().pointer_interact_pos()) else {
        return;
    };
    // The gap between rows nearest to the pointer, counted from the top.
    let gap = rows.iter().filter(|row| row.center().y < pointer.y).count();
    let Some(from_top) = doc.layers.iter().rev().position(|layer| layer.id == id) else {
        return;
    };
    if released {
        // Taken out of the list, the layer leaves a place for those below it.
        let to_top = if gap > from_top { gap - 1 } else { gap };
        if to_top != from_top {
            let to = doc.layers.len() - 1 - to_top;
            cx.edit(move |doc| doc.move_layer(id, to));
        }
        return;
    }
    ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
    let y = rows
        .get(gap)
        .map_or_else(|| rows[gap - 1].bottom(), |row| row.top());
    if gap != from_top && gap != from_top + 1 {
        let line = Rect::from_min_max(
            pos2(rows[0].left(), y - 1.0),
            pos2(rows[0].right(), y + 1.0),
        );
        ui.painter().rect_filled(line, 1.0, cx.t.accent);
    }
}

fn underlay_row(ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, "Underlay MNI152 T1"));
    let shown = cx.doc.underlay;
    let middle = rect.center().y;
    let left = rect.left() + PAD;
    let swatch = Rect::from_min_size(pos2(left, middle - 5.0), vec2(28.0, 10.0));
    gradient(ui.painter(), swatch, 8, |s| {
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
            cx.edit(|doc| doc.toggle_underlay());
        }
        at.x = place.left() - 4.0;
    }
    let room = at.x - left - 38.0 - 80.0;
    let galley = elided(ui.painter(), "underlay · 1 mm", Type::Body, t.text_3, room);
    let place = eframe::egui::Align2::RIGHT_CENTER.anchor_size(at, galley.size());
    ui.painter().galley(place.min, galley, t.text_3);
    ui.painter().hline(
        rect.x_range(),
        rect.bottom() - 0.5,
        Stroke::new(1.0, t.line),
    );
}
