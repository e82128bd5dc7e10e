//! Peaks of the selected layer: one row a cluster, strongest first; a click goes there.

use eframe::egui::{Align2, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::Cx;
use crate::app::command::Command;
use crate::app::document::Layer;
use crate::app::state::WindowState;
use crate::app::theme::{PAD, Type};
use crate::app::widgets::{focus_ring, heading, paint_elided, paint_text, say};
use crate::app::words;
use crate::volume::Cluster;

/// Rows shown; the rest are weaker and only counted.
const MOST_ROWS: usize = 14;
const ROW: f32 = 22.0;
/// The crosshair is at a peak when it is this near, mm.
const AT_PEAK_MM: f64 = 0.6;

/// Draws the section; nothing before the first list is there.
pub fn peaks_section(ui: &mut Ui, cx: &mut Cx<'_>, state: &WindowState, layer: &Layer) {
    let Some(peaks) = state.peaks.as_ref().filter(|p| p.key.layer == layer.id) else {
        return;
    };
    let count = match peaks.clusters.len() {
        0 => String::new(),
        1 => "1 cluster".to_owned(),
        n => format!("{n} clusters"),
    };
    heading(ui, cx.t, "Peaks", &count);
    ui.add_space(4.0);
    if peaks.clusters.is_empty() {
        ui.horizontal(|ui| {
            ui.add_space(PAD);
            say(ui, "Nothing beyond the threshold", Type::Body, cx.t.text_2);
        });
    }
    for (number, cluster) in peaks.clusters.iter().take(MOST_ROWS).enumerate() {
        ui.push_id(("peak", number), |ui| row(ui, cx, cluster));
    }
    if let rest @ 1.. = peaks.clusters.len().saturating_sub(MOST_ROWS) {
        ui.horizontal(|ui| {
            ui.add_space(PAD);
            say(ui, format!("and {rest} weaker"), Type::Small, cx.t.text_2);
        });
    }
    ui.add_space(8.0);
}

fn row(ui: &mut Ui, cx: &mut Cx<'_>, cluster: &Cluster) {
    let t = cx.t;
    let at_mm = cluster.peak.at_mm;
    let name = cx.services.region_at(at_mm).map_or_else(
        || "unnamed".to_owned(),
        |hit| {
            let near = if hit.inside { "" } else { "≈ " };
            format!("{near}{}", short(&hit.name))
        },
    );
    let coordinate = words::coordinate(at_mm);
    let value = words::value(cluster.peak.value);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let label = format!("Peak {name}, {coordinate} mm, {value}");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
    let here = (0..3).all(|a| (cx.doc.cut_mm[a] - at_mm[a]).abs() < AT_PEAK_MM);
    let painter = ui.painter();
    if here {
        painter.rect_filled(rect, 0.0, t.accent_soft);
    } else if response.hovered() {
        painter.rect_filled(rect, 0.0, t.raised);
    }
    let middle = rect.center().y;
    let right = rect.right() - PAD;
    let end = Align2::RIGHT_CENTER;
    paint_text(
        painter,
        pos2(right, middle),
        end,
        &value,
        Type::Body,
        t.text,
    );
    let place = pos2(right - 44.0, middle);
    let place = paint_text(painter, place, end, &coordinate, Type::Body, t.text_2);
    let left = rect.left() + PAD;
    let width = place.left() - 8.0 - left;
    paint_elided(
        painter,
        pos2(left, middle),
        &name,
        Type::Body,
        t.text,
        width,
    );
    focus_ring(ui, t, &response, rect);
    let size = cluster.volume_mm3 / 1e3;
    let spoken = format!("{name} · {size:.1} cm³, {} voxels", cluster.voxels);
    if response.on_hover_text(spoken).clicked() {
        cx.send(Command::MoveTo(at_mm.map(|mm| (10.0 * mm).round() / 10.0)));
    }
}

/// "Left precentral" → "L precentral": the column is narrow.
fn short(name: &str) -> String {
    if let Some(rest) = name.strip_prefix("Left ") {
        format!("L {rest}")
    } else if let Some(rest) = name.strip_prefix("Right ") {
        format!("R {rest}")
    } else {
        name.to_owned()
    }
}
