//! Peaks of the selected layer in short, under its display: one row a cluster; a click goes there.

use eframe::egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::found::nothing;
use super::names::{region, short};
use super::{Delay, PeakTable, TAB};
use crate::app::feature::{Call, Cx};
use crate::app::kit::theme::{PAD, Type};
use crate::app::kit::widgets::{focus_ring, heading, link, paint_elided, paint_text, say};
use crate::app::kit::words;
use crate::app::model::{Layer, is_at, rounded};
use crate::measure::PeakRow;

/// Rows shown; the rest is in the table.
const MAX_ROWS: usize = 8;
const ROW: f32 = 22.0;

/// Draws the section; nothing before the first list is there.
pub(super) fn peaks_section(table_of: &mut PeakTable, ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer) {
    let delay = table_of.delay(cx.doc, cx.desk.atlas_changes);
    let ended = delay.and_then(Delay::words);
    if table_of.of(layer).is_none() && layer.volume.is_none() {
        return;
    }
    let right = heading(ui, cx.t, "Peaks", "");
    let place = Rect::from_min_max(pos2(right.right() - 60.0, right.top()), right.max);
    if link(ui, cx.t, place, "Table", "Open the peak table").clicked() {
        cx.call(Call::ShowTab(TAB));
    }
    ui.add_space(4.0);
    if let Some(ended) = ended {
        ui.horizontal(|ui| {
            ui.add_space(PAD);
            say(ui, ended, Type::Body, cx.t.text_2);
            table_of.again |= ui.button("Search again").clicked();
        });
    }
    let Some((_, peaks)) = table_of.of(layer) else {
        return;
    };
    if let Some(why) = nothing(layer, peaks) {
        ui.horizontal(|ui| {
            ui.add_space(PAD);
            say(ui, why, Type::Body, cx.t.text_2);
        });
    }
    // Strongest first, whatever their sign, as the table does where it is not sorted otherwise.
    let mut heads: Vec<&PeakRow> = peaks.rows.iter().filter(|r| !r.is_sub_peak()).collect();
    heads.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
    for (number, head) in heads.iter().take(MAX_ROWS).enumerate() {
        ui.push_id(("peak", number), |ui| row(ui, cx, head));
    }
    if let rest @ 1.. = heads.len().saturating_sub(MAX_ROWS) {
        ui.horizontal(|ui| {
            ui.add_space(PAD);
            say(ui, format!("and {rest} weaker"), Type::Small, cx.t.text_2);
        });
    }
    ui.add_space(8.0);
}

fn row(ui: &mut Ui, cx: &mut Cx<'_>, peak: &PeakRow) {
    let t = cx.t;
    let name = region(peak);
    let coordinate = words::coordinate(peak.at_mm);
    let value = words::value(peak.value);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let label = format!("Peak {name}, {coordinate} mm, {value}");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
    let painter = ui.painter();
    if is_at(cx.doc.cut_mm, peak.at_mm) {
        painter.rect_filled(rect, 0.0, t.accent_soft);
    } else if response.hovered() {
        painter.rect_filled(rect, 0.0, t.raised);
    }
    let middle = rect.center().y;
    let right = rect.right() - PAD;
    let end = Align2::RIGHT_CENTER;
    let at = pos2(right, middle);
    paint_text(painter, at, end, &value, Type::Body, t.text);
    let place = pos2(right - 44.0, middle);
    let place = paint_text(painter, place, end, &coordinate, Type::Body, t.text_2);
    let left = rect.left() + PAD;
    let width = place.left() - 8.0 - left;
    let at = pos2(left, middle);
    paint_elided(painter, at, &short(&name), Type::Body, t.text, width);
    focus_ring(ui, t, &response, rect);
    let size = peak.volume_mm3.unwrap_or_default() / 1e3;
    let voxels = peak.voxels.unwrap_or_default();
    let spoken = format!("{name} · {size:.1} cm³, {voxels} voxels");
    if response.on_hover_text(spoken).clicked() {
        let to = rounded(peak.at_mm);
        cx.edit(move |doc| doc.go_to(to));
    }
}
