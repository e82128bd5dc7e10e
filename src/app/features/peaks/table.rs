//! The peak table: clusters and their further peaks, live with the layer's threshold. A click, or
//! Enter on the row with the keyboard, goes there.

use eframe::egui::{
    Align2, Checkbox, DragValue, EventFilter, Key, Modifiers, Rect, Response, RichText, Role,
    Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::cluster;
use super::found::{Peaks, PeaksKey, nothing, size_text};
use super::names::{region, short};
use super::{Delay, PeakTable};
use crate::app::feature::{Call, Cx};
use crate::app::kit::theme::{Tokens, Type};
use crate::app::kit::widgets::{focus_ring, paint_elided, paint_text, paragraph, say};
use crate::app::kit::words;
use crate::app::model::{Layer, PeakSort, is_at, rounded};
use crate::measure::{PeakRow, peaks_csv};
use crate::render::Signs;

const ROW: f32 = 22.0;
/// Free between two columns of numbers, points.
const BETWEEN: f32 = 14.0;
/// Width of the column of numbers of clusters.
const NUMBER: f32 = 30.0;

/// What a way of sorting is called.
fn label(sort: PeakSort) -> &'static str {
    match sort {
        PeakSort::Number => "number",
        PeakSort::Region => "region",
        PeakSort::Value => "strength",
        PeakSort::Size => "size",
    }
}

/// Right edges of the columns of numbers, from the table's right edge: as wide as the longest number.
#[derive(Debug, Clone, Copy)]
struct Columns {
    size: f32,
    value: f32,
    place: f32,
}

impl Columns {
    fn of(peaks: &Peaks, kind: &str, ui: &Ui) -> Self {
        let width = |text: &str| {
            let font = Type::Body.font();
            let text = ui
                .painter()
                .layout_no_wrap(text.to_owned(), font, Default::default());
            text.size().x
        };
        // Digits are equally wide: the longest text is the widest.
        let [longest_value, longest_size] = &peaks.longest;
        let size = 2.0;
        let value = size + width(longest_size).max(width("mm³")) + BETWEEN;
        let place = value + width(longest_value).max(width(kind)) + BETWEEN;
        Self { size, value, place }
    }
}

/// What the table keeps: the order and the row with the keyboard.
struct Place<'a> {
    sort: &'a mut PeakSort,
    row: &'a mut usize,
}

/// Draws the tab.
pub(super) fn peaks_tab(table_of: &mut PeakTable, ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    let Some(layer) = cx.doc.selected_layer() else {
        let text = "Open a map to list its clusters and peaks.";
        paragraph(ui, text, Type::Body, t.text_2);
        return;
    };
    let kept = cx.desk.settings.peak_sort;
    let mut sort = kept;
    let delay = table_of.delay(cx.doc, cx.desk.atlas_changes);
    if let Some(ended) = delay.and_then(Delay::words) {
        ui.horizontal(|ui| {
            say(ui, ended, Type::Body, t.text_2);
            table_of.again |= ui.button("Search again").clicked();
        });
    }
    let mut row = table_of.row;
    match table_of.of(layer) {
        Some((key, peaks)) => {
            head(ui, cx, layer, key, peaks);
            let (sort, row) = (&mut sort, &mut row);
            table(ui, cx, &mut Place { sort, row }, layer, peaks);
        }
        None if delay == Some(Delay::Waiting) => {
            let text = match layer.volume {
                Some(_) => "Looking for clusters…",
                None => "The values of this layer are not there.",
            };
            paragraph(ui, text, Type::Body, t.text_2);
        }
        None => {}
    }
    table_of.row = row;
    if sort != kept {
        table_of.sort_by = Some(sort);
    }
}

/// What is listed, the fields that change it, and the buttons.
fn head(ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer, key: &PeaksKey, peaks: &Peaks) {
    let t = cx.t;
    let clusters = match (peaks.clusters, peaks.left_out) {
        (1, 0) => "1 cluster".to_owned(),
        (n, 0) => format!("{n} clusters"),
        (n, more) => format!("The {n} strongest clusters of {}", n + more),
    };
    paragraph(ui, &clusters, Type::Title, t.text);
    let kind = layer.kind.label();
    let [above, below] = key.thresholds.map(words::value);
    let beyond = match key.signs {
        Signs::Both if above == below => format!("|{kind}| > {above}"),
        Signs::Both => format!("{kind} > {above} or < −{below}"),
        Signs::Positive => format!("{kind} > {above}"),
        Signs::Negative => format!("{kind} < −{below}"),
    };
    let text = format!(
        "{beyond} in {}, regions by {}",
        layer.name, cx.desk.atlas.name
    );
    paragraph(ui, &text, Type::Small, t.text_3);
    if let Some(gate) = layer.threshold_by.and_then(|id| cx.doc.layer(id)) {
        let text = format!(
            "The layer is shown where {} passes; the table is not limited to that",
            gate.name
        );
        paragraph(ui, &text, Type::Small, t.text_2);
    }
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        let mut both = layer.display.signs == Signs::Both;
        let text = RichText::new("Two-sided")
            .font(Type::Body.font())
            .color(t.text);
        if ui.add(Checkbox::new(&mut both, text)).changed() {
            let signs = if both { Signs::Both } else { Signs::Positive };
            let id = layer.id;
            cx.edit(move |doc| doc.set_signs(id, signs));
        }
        ui.add_space(8.0);
        let known = cx.doc.analysis.extent_voxels;
        let mut extent = known;
        let field = DragValue::new(&mut extent)
            .range(0..=1_000_000)
            .speed(1.0)
            .prefix("≥ ")
            .suffix(" voxels");
        let response = ui.add(field);
        response.widget_info(|| {
            WidgetInfo::labeled(Role::SpinButton, true, "Smallest cluster, voxels")
        });
        if extent != known {
            cx.edit(move |doc| doc.set_extent(extent));
        }
        if let Some(volume) = layer.volume.as_ref().filter(|_| extent > 0) {
            let mm3 = extent as f64 * volume.grid.affine.determinant().abs();
            let text = RichText::new(format!("= {mm3:.0} mm³"));
            ui.label(text.font(Type::Small.font()).color(t.text_2));
        }
    });
    // Beyond the edge of a narrow column they would push the table's last column out of sight.
    ui.horizontal_wrapped(|ui| {
        for command in ["copy-peaks", "save-peaks"] {
            let enabled = !peaks.rows.is_empty();
            let button = eframe::egui::Button::new(cx.words(command));
            if ui.add_enabled(enabled, button).clicked() {
                cx.run(command);
            }
        }
    });
    ui.add_space(6.0);
}

fn table(ui: &mut Ui, cx: &mut Cx<'_>, at: &mut Place<'_>, layer: &Layer, peaks: &Peaks) {
    let t = cx.t;
    ui.spacing_mut().item_spacing.y = 0.0;
    if peaks.rows.is_empty() {
        if let Some(why) = nothing(layer, peaks) {
            paragraph(ui, why, Type::Body, t.text_2);
        }
        return;
    }
    let columns = Columns::of(peaks, layer.kind.label(), ui);
    titles(ui, t, at.sort, layer, columns);
    let order = sorted(&peaks.rows, *at.sort);
    let width = ui.available_width();
    let (all, _) = ui.allocate_exact_size(vec2(width, ROW * order.len() as f32), Sense::hover());
    let last = order.len() - 1;
    *at.row = (*at.row).min(last);
    // Only rows in sight are made, and the one that may get the keyboard.
    let clip = ui.clip_rect();
    let first = ((clip.top() - all.top()) / ROW).floor().max(0.0) as usize;
    let beyond = ((clip.bottom() - all.top()) / ROW).ceil().max(0.0) as usize;
    let seen = first..beyond.min(order.len());
    let current = *at.row;
    let outside = (!seen.contains(&current)).then_some(current);
    for n in seen.chain(outside) {
        let top = pos2(all.left(), all.top() + ROW * n as f32);
        let rect = Rect::from_min_size(top, vec2(width, ROW));
        let peak = &peaks.rows[order[n]];
        let response = row(ui, cx, rect, n, peak, n == current, columns);
        if response.clicked() {
            *at.row = n;
            let to = rounded(peak.at_mm);
            cx.edit(move |doc| doc.go_to(to));
        }
        if n == current && response.has_focus() {
            let to = moved(ui, &response, n, last);
            if to != n {
                *at.row = to;
                let id = ui.scope_id().with(("peak row", to));
                ui.memory_mut(|memory| memory.request_focus(id));
                let top = all.top() + ROW * to as f32;
                let rect = Rect::from_min_size(pos2(all.left(), top), vec2(width, ROW));
                ui.scroll_to_rect(rect, None);
            }
        }
        response.context_menu(|ui| {
            if ui.button("Decode this cluster").clicked() {
                for call in cluster::decode(layer, peak.at_mm, peak.value) {
                    cx.call(call);
                }
                ui.close();
            }
            if ui.button("Copy row").clicked() {
                let key = PeaksKey::of(layer, &cx.doc.analysis, cx.desk.atlas_changes);
                let made = key.provenance(layer);
                let csv = peaks_csv(std::slice::from_ref(peak), layer.kind, &made);
                let line = csv.lines().nth(1).unwrap_or_default();
                cx.call(Call::Copy {
                    text: line.to_owned(),
                    notice: "The row is copied",
                });
                ui.close();
            }
            if ui.button(cx.words("copy-peaks")).clicked() {
                cx.run("copy-peaks");
                ui.close();
            }
        });
    }
}

/// Where the arrow keys take the keyboard from row `n`.
fn moved(ui: &Ui, response: &Response, n: usize, last: usize) -> usize {
    let filter = EventFilter {
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    ui.input_mut(|input| {
        let mut count = |key| input.count_and_consume_key(Modifiers::NONE, key);
        let (up, down) = (count(Key::ArrowUp), count(Key::ArrowDown));
        if count(Key::Home) > 0 {
            0
        } else if count(Key::End) > 0 {
            last
        } else {
            (n + down).saturating_sub(up).min(last)
        }
    })
}

/// The line of headings: a click sorts.
fn titles(ui: &mut Ui, t: &Tokens, by: &mut PeakSort, layer: &Layer, edges: Columns) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let kind = layer.kind.label();
    let columns = [
        (
            PeakSort::Number,
            "#",
            rect.left(),
            NUMBER,
            Align2::LEFT_CENTER,
        ),
        (
            PeakSort::Region,
            "Region",
            rect.left() + NUMBER,
            70.0,
            Align2::LEFT_CENTER,
        ),
        (
            PeakSort::Value,
            kind,
            rect.right() - edges.value,
            44.0,
            Align2::RIGHT_CENTER,
        ),
        (
            PeakSort::Size,
            "mm³",
            rect.right() - edges.size,
            50.0,
            Align2::RIGHT_CENTER,
        ),
    ];
    for (sort, text, edge, width, align) in columns {
        let left = if align == Align2::LEFT_CENTER {
            edge
        } else {
            edge - width
        };
        let place = Rect::from_min_size(pos2(left, rect.top()), vec2(width, ROW));
        let id = ui.scope_id().with(("sort", text));
        let response = ui.interact(place, id, Sense::click());
        let chosen = *by == sort;
        let spoken = format!("Sort peaks by {}", label(sort));
        response.widget_info(|| WidgetInfo::selected(Role::ColumnHeader, true, chosen, &spoken));
        let ink = if chosen { t.accent } else { t.text_2 };
        let at = pos2(edge, rect.center().y);
        paint_text(ui.painter(), at, align, text, Type::Small, ink);
        focus_ring(ui, t, &response, place);
        if response.on_hover_text(spoken.as_str()).clicked() {
            *by = sort;
        }
    }
    let at = pos2(rect.right() - edges.place, rect.center().y);
    let end = Align2::RIGHT_CENTER;
    paint_text(ui.painter(), at, end, "x y z mm", Type::Small, t.text_2);
    let line = Stroke::new(1.0, t.line);
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, line);
}

fn row(
    ui: &Ui,
    cx: &Cx<'_>,
    rect: Rect,
    n: usize,
    peak: &PeakRow,
    current: bool,
    edges: Columns,
) -> Response {
    let t = cx.t;
    let id = ui.scope_id().with(("peak row", n));
    // One row of the table takes part in the order of the Tab key; arrows go on from there.
    let sense = if current {
        Sense::click()
    } else {
        Sense::CLICK
    };
    let response = ui.interact(rect, id, sense);
    let here = is_at(cx.doc.cut_mm, peak.at_mm);
    let name = region(peak);
    let coordinate = words::coordinate(peak.at_mm);
    let value = words::value(peak.value);
    let size = size_text(peak);
    response.widget_info(|| {
        let size = size.as_ref().map(|size| format!(", {size} mm³"));
        let size = size.unwrap_or_default();
        let spoken = format!("Row {}: {name}, {coordinate} mm, {value}{size}", peak.id);
        WidgetInfo::selected(Role::Row, true, here, spoken)
    });
    let painter = ui.painter();
    if here {
        painter.rect_filled(rect, 4.0, t.accent_soft);
    } else if response.hovered() {
        painter.rect_filled(rect, 4.0, t.raised);
    }
    let middle = rect.center().y;
    let sub = peak.is_sub_peak();
    let ink = if sub { t.text_2 } else { t.text };
    let indent = if sub { 8.0 } else { 0.0 };
    let at = pos2(rect.left() + 2.0 + indent, middle);
    paint_text(
        painter,
        at,
        Align2::LEFT_CENTER,
        &peak.id,
        Type::Body,
        t.text_2,
    );
    let end = Align2::RIGHT_CENTER;
    if let Some(size) = &size {
        let at = pos2(rect.right() - edges.size, middle);
        paint_text(painter, at, end, size, Type::Body, t.text_2);
    }
    let at = pos2(rect.right() - edges.value, middle);
    paint_text(painter, at, end, &value, Type::Body, ink);
    let at = pos2(rect.right() - edges.place, middle);
    let place = paint_text(painter, at, end, &coordinate, Type::Body, t.text_2);
    let left = rect.left() + NUMBER + indent;
    let width = place.left() - 8.0 - left;
    let at = pos2(left, middle);
    paint_elided(painter, at, &short(&name), Type::Body, ink, width);
    focus_ring(ui, t, &response, rect);
    response.on_hover_text(format!("{name}, voxel {}", words::voxel(peak.voxel)))
}

/// The order rows are shown in; further peaks stay below their cluster.
pub(super) fn sorted(rows: &[PeakRow], by: PeakSort) -> Vec<usize> {
    let mut clusters: Vec<Vec<usize>> = Vec::new();
    for (n, row) in rows.iter().enumerate() {
        match clusters.last_mut() {
            Some(cluster) if row.is_sub_peak() => cluster.push(n),
            _ => clusters.push(vec![n]),
        }
    }
    let head = |cluster: &Vec<usize>| &rows[cluster[0]];
    match by {
        PeakSort::Number => {}
        PeakSort::Region => clusters.sort_by_key(|c| short(&region(head(c)))),
        PeakSort::Value => {
            clusters.sort_by(|a, b| head(b).value.abs().total_cmp(&head(a).value.abs()));
        }
        PeakSort::Size => clusters.sort_by_key(|c| std::cmp::Reverse(head(c).voxels)),
    }
    clusters.concat()
}
