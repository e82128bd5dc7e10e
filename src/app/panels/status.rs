//! Status line: where the crosshair is, what lies there, what was done last.

use eframe::egui::{Align2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, accesskit, pos2, vec2};

use super::{Cx, messages::bell};
use crate::app::command::Command;
use crate::app::state::WindowState;
use crate::app::theme::{PAD, Type};
use crate::app::widgets::{elided, paint_text};
use crate::app::words;

/// Work shorter than this shows no progress: it would only flicker.
const PATIENCE_MS: f32 = 150.0;

/// Draws the line into its panel.
pub fn status_line(ui: &mut Ui, cx: &mut Cx<'_>, state: &WindowState) {
    let t = cx.t;
    let bar = ui.max_rect();
    let middle = bar.center().y;
    let right = right_end(ui, cx, state, bar);
    let point = state.hover_mm.unwrap_or(cx.doc.cut_mm);
    let mut x = bar.left() + PAD;
    let painter = ui.painter().clone();
    let mut spoken = format!("{} mm", words::coordinate(point));
    let mut put = |text: &str, role: Type, colour, gap: f32| {
        let width = right - 16.0 - x;
        if width > 24.0 {
            let galley = elided(&painter, text, role, colour, width);
            let size = galley.size();
            painter.galley(pos2(x, middle - size.y / 2.0), galley, colour);
            x += size.x + gap;
        }
    };
    put(&words::coordinate(point), Type::Strong, t.text, 4.0);
    put("mm", Type::Body, t.text_2, 20.0);
    if let Some(hit) = cx.services.region_at(point) {
        let name = if hit.inside {
            hit.name
        } else {
            format!("≈ {}", hit.name)
        };
        put(&name, Type::Body, t.text, 20.0);
        spoken += &format!(", {name}");
    }
    for layer in cx
        .doc
        .layers
        .iter()
        .rev()
        .filter(|layer| layer.display.visible)
    {
        let Some(volume) = &layer.volume else {
            continue;
        };
        let text = volume
            .value_at_world(point)
            .map_or_else(|| "outside".to_owned(), words::value);
        let mut name: String = layer.name.chars().take(22).collect();
        if name.len() < layer.name.len() {
            name.push('…');
        }
        put(&name, Type::Body, t.text_2, 5.0);
        put(&text, Type::Strong, t.text, 16.0);
        spoken += &format!(", {} {text}", layer.name);
    }
    let id = ui.scope_id().with("position");
    let response = ui.interact(
        Rect::from_min_max(bar.min, pos2(right, bar.bottom())),
        id,
        Sense::hover(),
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Status, true, &spoken));
    ui.ctx()
        .accesskit_node_builder(id, |node| node.set_live(accesskit::Live::Polite));
}

/// What runs, or what was done last, and the device; returns the left edge.
fn right_end(ui: &mut Ui, cx: &mut Cx<'_>, state: &WindowState, bar: Rect) -> f32 {
    let t = cx.t;
    let painter = ui.painter().clone();
    let middle = bar.center().y;
    let at = pos2(bar.right() - PAD, middle);
    let device = elided(&painter, &state.device, Type::Body, t.text_2, 170.0);
    let device_rect = Align2::RIGHT_CENTER.anchor_size(at, device.size());
    painter.galley(device_rect.min, device, t.text_2);
    let at = pos2(device_rect.left() - 20.0, middle);
    let at = pos2(bell(ui, cx, state.messages.unread, at), middle);
    let Some((name, activity)) = cx
        .busy
        .foremost()
        .filter(|(_, a)| a.elapsed_ms > PATIENCE_MS)
    else {
        let text = &state.last_timing;
        return paint_text(
            &painter,
            at,
            Align2::RIGHT_CENTER,
            text,
            Type::Body,
            t.text_2,
        )
        .left();
    };
    let stop = painter.layout_no_wrap("Stop".to_owned(), Type::Strong.font(), t.accent);
    let stop_rect = Align2::RIGHT_CENTER.anchor_size(at, stop.size());
    let response = ui.interact(
        stop_rect.expand(6.0),
        ui.scope_id().with("stop"),
        Sense::click(),
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Stop computing"));
    painter.galley(stop_rect.min, stop, t.accent);
    if response.clicked() {
        cx.send(Command::CancelJobs);
    }
    let rail = Rect::from_center_size(pos2(stop_rect.left() - 58.0, middle), vec2(92.0, 4.0));
    painter.rect_filled(rail, 2.0, t.track);
    let done = vec2(rail.width() * activity.fraction.max(0.03), rail.height());
    painter.rect_filled(Rect::from_min_size(rail.min, done), 2.0, t.accent);
    painter.rect_stroke(rail, 2.0, Stroke::NONE, eframe::egui::StrokeKind::Inside);
    let text = if activity.stage.is_empty() {
        format!("{name}…")
    } else {
        activity.stage.clone()
    };
    let text = elided(&painter, &text, Type::Body, t.text, 260.0);
    let text_rect = Align2::RIGHT_CENTER.anchor_size(pos2(rail.left() - 10.0, middle), text.size());
    painter.galley(text_rect.min, text, t.text);
    text_rect.left()
}
