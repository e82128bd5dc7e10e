//! Draws the page.

use eframe::egui::{
    Align2, Button, Color32, CursorIcon, EventFilter, Key, Modifiers, Rect, Role, ScrollArea,
    Sense, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::table::{Level, Scores};
use super::{Overview, maps};
use crate::app::feature::{Cx, page_frame};
use crate::app::kit::theme::{Type, readable_on};
use crate::app::kit::widgets::{paint_elided, paint_text, paragraph, segmented};
use crate::app::kit::words;
use crate::app::model::TextToPredict;

/// Height of title, switch and buttons; of the line below the table; of a row; of the names of the maps.
const HEAD: f32 = 108.0;
const FOOT: f32 = 46.0;
const ROW: f32 = 24.0;
const NAMES: f32 = 22.0;
/// Width of the names at the left, of a column at most and at least.
const LEFT: (f32, f32) = (280.0, 130.0);
const COLUMN: (f32, f32) = (150.0, 12.0);
/// A column this wide has room for its number, and for its name.
const WITH_NUMBER: f32 = 44.0;
const WITH_NAME: f32 = 70.0;

/// Draws it.
pub(super) fn page(overview: &mut Overview, ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    let mut ui = page_frame(ui, cx);
    let all = ui.max_rect();
    let ui = &mut ui;
    let count = maps(cx.doc).count();
    let title = match count {
        1 => "What one map means".to_owned(),
        n => format!("What {n} maps mean"),
    };
    paragraph(ui, &title, Type::Title, t.text);
    if count == 0 {
        let text = "Open statistical maps to see their tasks side by side.";
        paragraph(ui, text, Type::Body, t.text_2);
        return;
    }
    ui.horizontal(|ui| {
        ui.set_max_width(320.0);
        if let Some(level) = segmented(ui, t, "Rows", &Level::ALL, overview.level) {
            overview.level = level;
            overview.cell = None;
        }
    });
    ui.horizontal(|ui| {
        for command in ["copy-overview", "save-overview"] {
            if ui.add(Button::new(cx.words(command))).clicked() {
                cx.run(command);
            }
        }
    });
    let scores = overview.scores(cx.doc, cx.services.model().number);
    let waiting = scores.maps.iter().filter(|(_, _, known)| !known).count();
    let place = Rect::from_min_max(
        pos2(all.left(), all.top() + HEAD),
        pos2(all.right(), all.bottom() - FOOT),
    );
    if scores.rows.is_empty() {
        let mut ui = ui.new_child(UiBuilder::new().max_rect(place));
        let text = match overview.query.activity() {
            Some(_) => "Decoding…",
            None => "None of the maps could be decoded; the Decode tab says why.",
        };
        paragraph(&mut ui, text, Type::Body, t.text_2);
        return;
    }
    table(ui, cx, place, &scores, &mut overview.cell);
    let note = match (waiting, overview.query.activity()) {
        (0, _) => "Each map's stronger side, or the side chosen in the Decode tab. Click a cell to select its \
                   map, a name to see the map the model predicts for it."
            .to_owned(),
        (n, Some(_)) => format!("{n} more to be decoded…"),
        (1, None) => "One map was not decoded; the Decode tab says why.".to_owned(),
        (n, None) => format!("{n} maps were not decoded; the Decode tab says why."),
    };
    let said = overview.cell.and_then(|at| words_of(&scores, at));
    let line = said.unwrap_or(note);
    let below = Rect::from_min_max(pos2(all.left(), all.bottom() - FOOT + 8.0), all.max);
    let mut below = ui.new_child(UiBuilder::new().max_rect(below));
    paragraph(&mut below, &line, Type::Body, t.text_2);
}

/// "finger tapping in left − right: 37 %, number 1 of 121, above 99 % of its null".
fn words_of(scores: &Scores, [row, column]: [usize; 2]) -> Option<String> {
    let (_, map, _) = scores.maps.get(column)?;
    let of = scores.rows.get(row)?;
    let cell = of.cells[column]?;
    let all = scores.rows.len();
    let percentile = cell.percentile.map_or_else(String::new, |p| {
        format!(", above {:.0} % of its null", (100.0 * p).floor())
    });
    let difference = scores.difference(row).map_or_else(String::new, |d| {
        format!("; first map less second {d:+.1} points").replace('-', "−")
    });
    Some(format!(
        "{} in {map}: {}, number {} of {all}{percentile}{difference}",
        of.name,
        words::percent(cell.value),
        cell.rank,
    ))
}

fn table(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    place: Rect,
    scores: &Scores,
    chosen: &mut Option<[usize; 2]>,
) {
    let t = cx.t;
    let two = scores.maps.len() == 2;
    let columns = scores.maps.len() + usize::from(two);
    let names = (0.42 * place.width()).clamp(LEFT.1, LEFT.0);
    let width = ((place.width() - names - 14.0) / columns as f32)
        .floor()
        .clamp(COLUMN.1, COLUMN.0);
    let left = place.left() + names;
    let column_x = |column: usize| left + width * column as f32;
    // Names of the maps stay while the rows are scrolled.
    for (column, (layer, name, _)) in scores.maps.iter().enumerate() {
        let at = pos2(column_x(column) + 4.0, place.top() + NAMES / 2.0);
        let ink = match cx.doc.selected == Some(*layer) {
            true => t.accent,
            false => t.text_2,
        };
        if width >= WITH_NAME {
            paint_elided(ui.painter(), at, name, Type::Small, ink, width - 8.0);
        } else {
            let at = pos2(column_x(column) + width / 2.0, at.y);
            let number = column + 1;
            paint_text(
                ui.painter(),
                at,
                Align2::CENTER_CENTER,
                number,
                Type::Small,
                ink,
            );
        }
        let rect = Rect::from_min_size(pos2(column_x(column), place.top()), vec2(width, NAMES));
        ui.interact(rect, ui.scope_id().with(("map", column)), Sense::hover())
            .on_hover_text(format!("{}  {name}", column + 1));
    }
    if two {
        let at = pos2(column_x(2) + 4.0, place.top() + NAMES / 2.0);
        paint_elided(
            ui.painter(),
            at,
            "first − second",
            Type::Small,
            t.text_2,
            width,
        );
    }
    let most = scores.most();
    let below = Rect::from_min_max(pos2(place.left(), place.top() + NAMES), place.max);
    let mut inner = ui.new_child(UiBuilder::new().max_rect(below));
    inner.spacing_mut().item_spacing.y = 0.0;
    let focused = ui.scope_id().with("overview table");
    // Before the cells: a click on one of them would take the focus from what is drawn after it.
    ui.interact(below, focused, Sense::focusable_noninteractive());
    let mut area = ScrollArea::vertical()
        .id_salt("overview rows")
        .auto_shrink([false, false]);
    // A row the keys moved to comes into sight, in the middle.
    let moved = ui.data_mut(|data| data.remove_temp::<usize>(focused));
    if let Some(row) = moved {
        let middle = (row as f32 + 0.5) * ROW - below.height() / 2.0;
        area = area.vertical_scroll_offset(middle.max(0.0));
    }
    area.show_rows(&mut inner, ROW, scores.rows.len(), |ui, shown| {
        for row in shown {
            let of = &scores.rows[row];
            let size = vec2(left - place.left() + width * columns as f32, ROW);
            let (line, _) = ui.allocate_exact_size(size, Sense::hover());
            let place = Rect::from_min_size(line.min, vec2(names - 8.0, ROW));
            name_cell(ui, cx, place, of.name.as_str(), of.id.as_str());
            for (column, cell) in of.cells.iter().enumerate() {
                let rect =
                    Rect::from_min_size(pos2(column_x(column), line.top()), vec2(width, ROW))
                        .shrink(0.5);
                let share = cell.map_or(0.0, |cell| (cell.value / most).sqrt());
                let fill = mix(t.raised, t.accent, cell.map_or(0.0, |_| 0.06 + 0.9 * share));
                ui.painter().rect_filled(rect, 2.0, fill);
                if let Some(cell) = cell.filter(|_| width >= WITH_NUMBER) {
                    let ink = match share > 0.55 {
                        true => readable_on(fill),
                        false => t.text,
                    };
                    let text = words::percent(cell.value);
                    let at = rect.center();
                    paint_text(
                        ui.painter(),
                        at,
                        Align2::CENTER_CENTER,
                        text,
                        Type::Small,
                        ink,
                    );
                }
                if *chosen == Some([row, column]) {
                    let stroke = Stroke::new(2.0, t.text);
                    ui.painter()
                        .rect_stroke(rect, 2.0, stroke, StrokeKind::Inside);
                }
                let id = ui.scope_id().with(("cell", row, column));
                let response = ui.interact(rect, id, Sense::click());
                let words = words_of(scores, [row, column]);
                let words = words.unwrap_or_else(|| "not decoded".to_owned());
                response.widget_info(|| WidgetInfo::labeled(Role::Cell, true, &words));
                if response.clicked() {
                    *chosen = Some([row, column]);
                    let layer = scores.maps[column].0;
                    cx.edit(move |doc| doc.select(layer));
                    ui.memory_mut(|memory| memory.request_focus(focused));
                }
                response.on_hover_text_at_pointer(words);
            }
            if let Some(difference) = scores.difference(row) {
                let at = pos2(column_x(2) + width / 2.0, line.center().y);
                let text = format!("{difference:+.1}").replace('-', "−");
                let ink = match difference.abs() >= 1.0 {
                    true => t.text,
                    false => t.text_3,
                };
                paint_text(
                    ui.painter(),
                    at,
                    Align2::CENTER_CENTER,
                    text,
                    Type::Small,
                    ink,
                );
            }
        }
    });
    if ui.memory(|memory| memory.has_focus(focused)) {
        let filter = EventFilter {
            vertical_arrows: true,
            horizontal_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(focused, filter));
        let before = *chosen;
        move_by_keys(ui, cx, scores, chosen);
        if let Some([row, _]) = chosen.filter(|_| *chosen != before) {
            ui.data_mut(|data| data.insert_temp(focused, row));
            ui.ctx().request_repaint();
        }
    }
}

/// The name of a row, which predicts its map.
fn name_cell(ui: &mut Ui, cx: &mut Cx<'_>, rect: Rect, name: &str, id: &str) {
    let t = cx.t;
    let response = ui.interact(rect, ui.scope_id().with(("name", id)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Row {name}")));
    let predicts = cx.services.model().no_predictions().is_none();
    let hot = predicts && (response.hovered() || response.has_focus());
    let ink = if hot { t.accent } else { t.text };
    let at = pos2(rect.left() + 4.0, rect.center().y);
    paint_elided(ui.painter(), at, name, Type::Body, ink, rect.width() - 8.0);
    if !predicts {
        return;
    }
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    if response.clicked() {
        let task = cx.desk.catalogue.tasks.iter().any(|task| task.id == id);
        cx.glance(match task {
            true => TextToPredict::task(id, name),
            false => TextToPredict::text(name),
        });
    }
}

fn move_by_keys(ui: &Ui, cx: &mut Cx<'_>, scores: &Scores, chosen: &mut Option<[usize; 2]>) {
    let [row, column] = chosen.unwrap_or([0, 0]);
    let to = ui.input_mut(|input| {
        let mut count_of = |key| input.count_and_consume_key(Modifiers::NONE, key);
        let (up, down) = (count_of(Key::ArrowUp), count_of(Key::ArrowDown));
        let (left, right) = (count_of(Key::ArrowLeft), count_of(Key::ArrowRight));
        [
            (row + down).saturating_sub(up).min(scores.rows.len() - 1),
            (column + right)
                .saturating_sub(left)
                .min(scores.maps.len() - 1),
        ]
    });
    if to != [row, column] {
        *chosen = Some(to);
        let layer = scores.maps[to[1]].0;
        cx.edit(move |doc| doc.select(layer));
    }
}

/// So much of `b` over `a`.
fn mix(a: Color32, b: Color32, share: f32) -> Color32 {
    a.lerp_to_gamma(b, share.clamp(0.0, 1.0))
}
