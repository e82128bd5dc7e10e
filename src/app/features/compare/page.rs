//! The correlation matrix of all maps: a page in place of the views.

use eframe::egui::{
    Align2, Button, Color32, Key, Modifiers, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};

use super::panel::name;
use super::{Compare, Found, Question, question};
use crate::app::feature::{Cx, page_frame};
use crate::app::jobs::State;
use crate::app::kit::theme::{Tokens, Type, readable_on};
use crate::app::kit::widgets::{paint_elided, paint_text, paragraph};
use crate::app::model::Document;
use crate::measure::{Comparison, csv_text};
use crate::render::ColourMap;

/// Largest and smallest edge of a cell, points.
const CELL: (f32, f32) = (52.0, 4.0);
/// A cell this large has room for its number.
const WITH_NUMBER: f32 = 34.0;
/// A row this high has room for its name.
const WITH_NAME: f32 = 11.0;
/// Room for the names at the left, points.
const NAMES: f32 = 180.0;
/// Height of the head with title and buttons, and of the lines below the matrix, points.
const HEAD: f32 = 64.0;
const FOOT: f32 = 56.0;

/// Draws the page.
pub(super) fn page(compare: &mut Compare, ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    let mut ui = page_frame(ui, cx);
    let all = ui.max_rect();
    let ui = &mut ui;
    let question = question(cx.doc);
    let (maps, _) = &question;
    let title = format!("Correlation of {} maps", maps.len());
    paragraph(ui, &title, Type::Title, t.text);
    if maps.len() < 2 {
        paragraph(
            ui,
            "Open two maps or more to compare them",
            Type::Body,
            t.text_2,
        );
        return;
    }
    let (query, selected) = (&mut compare.query, &mut compare.cell);
    let found = match query.state(&question) {
        State::Ready(found) => found,
        State::Waiting | State::Unasked => {
            paragraph(ui, "Comparing…", Type::Body, t.text_2);
            return;
        }
        State::Stopped | State::Failed(_) => {
            paragraph(ui, "The comparison was stopped", Type::Body, t.text_2);
            if ui.button("Compare now").clicked() {
                query.forget();
            }
            return;
        }
    };
    ui.horizontal(|ui| {
        for command in ["copy-matrix", "save-matrix"] {
            if ui.add(Button::new(cx.words(command))).clicked() {
                cx.run(command);
            }
        }
    });
    let place = Rect::from_min_max(
        pos2(all.left(), all.top() + HEAD),
        pos2(all.right(), all.bottom() - FOOT),
    );
    let matrix = matrix(ui, cx, place, &question, found, selected);
    let below = pos2(all.left(), matrix.bottom() + 12.0);
    let chosen = selected.filter(|[a, b]| a.max(b) < &maps.len());
    let line = match chosen {
        Some([a, b]) => words(cx.doc, &question, found, a, b),
        None => "Choose a cell by a click or with the arrow keys: it is said here".to_owned(),
    };
    let width = all.width();
    paint_elided(ui.painter(), below, &line, Type::Strong, t.text, width);
    let note = "Alike maps stand together (average linkage over 1 − r). No p-values: neighbouring \
                voxels are not samples.";
    let at = below + vec2(0.0, 20.0);
    paint_elided(ui.painter(), at, note, Type::Small, t.text_3, width);
}

/// "a ↔ b: r 0.42 · Dice + 0.61 − 0.12".
fn words(doc: &Document, (maps, _): &Question, found: &Found, a: usize, b: usize) -> String {
    let [first, second] = [a, b].map(|n| name(doc, maps[n].of.layer));
    match found.of(a, b) {
        Some(pair) => format!("{first} ↔ {second}: {}", pair.words()),
        None => first.to_owned(),
    }
}

/// Draws names and cells; the rectangle they take.
fn matrix(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    place: Rect,
    question: &Question,
    found: &Found,
    selected: &mut Option<[usize; 2]>,
) -> Rect {
    let t = cx.t;
    let (maps, _) = question;
    let count = maps.len();
    let room = (place.width() - NAMES).min(place.height() - 16.0);
    let edge = (room / count as f32).floor().clamp(CELL.1, CELL.0);
    let origin = pos2(place.left() + NAMES, place.top() + 16.0);
    let grid = Rect::from_min_size(origin, vec2(edge, edge) * count as f32);
    let cell = |row: usize, column: usize| {
        let at = origin + vec2(column as f32, row as f32) * edge;
        Rect::from_min_size(at, vec2(edge, edge)).shrink(if edge > 8.0 { 0.5 } else { 0.0 })
    };
    let response = ui.interact(grid, ui.scope_id().with("matrix"), Sense::click());
    response.widget_info(|| {
        let label = format!("Correlation matrix of {count} maps");
        WidgetInfo::labeled(Role::Table, true, label)
    });
    let painter = ui.painter();
    for (n, &map) in found.order.iter().enumerate() {
        let layer = maps[map].of.layer;
        if edge >= WITH_NAME {
            let at = pos2(place.left(), cell(n, 0).center().y);
            let ink = match cx.doc.selected == Some(layer) {
                true => t.accent,
                false => t.text,
            };
            let text = format!("{}  {}", n + 1, name(cx.doc, layer));
            paint_elided(painter, at, &text, Type::Small, ink, NAMES - 10.0);
        }
        if edge >= 16.0 || n % 5 == 4 {
            let at = pos2(cell(0, n).center().x, grid.top() - 3.0);
            let number = (n + 1).to_string();
            paint_text(
                painter,
                at,
                Align2::CENTER_BOTTOM,
                number,
                Type::Small,
                t.text_2,
            );
        }
    }
    let colours = Colours::new(t);
    for (row, &a) in found.order.iter().enumerate() {
        for (column, &b) in found.order.iter().enumerate() {
            let r = match a == b {
                true => Some(1.0),
                false => found.of(a, b).and_then(|pair| pair.r),
            };
            let place = cell(row, column);
            let fill = colours.of(r);
            painter.rect_filled(place, 0.0, fill);
            if edge >= WITH_NUMBER {
                let text = r.map_or_else(|| "–".to_owned(), |r| format!("{r:.2}"));
                let ink = readable_on(fill);
                let text = text.replace('-', "−");
                paint_text(
                    painter,
                    place.center(),
                    Align2::CENTER_CENTER,
                    text,
                    Type::Small,
                    ink,
                );
            }
        }
    }
    let at_place = |[a, b]: [usize; 2]| {
        let of = |map: usize| found.order.iter().position(|m| *m == map);
        Some([of(a)?, of(b)?])
    };
    if let Some([row, column]) = selected.and_then(at_place) {
        let stroke = Stroke::new(2.0, t.text);
        painter.rect_stroke(cell(row, column), 0.0, stroke, StrokeKind::Outside);
    }
    let hit = response.hover_pos().map(|at| {
        let of = |offset: f32| ((offset / edge) as usize).min(count - 1);
        let offset = at - origin;
        [found.order[of(offset.y)], found.order[of(offset.x)]]
    });
    let mut chosen = hit.filter(|_| response.clicked());
    if response.has_focus() {
        let from = selected.and_then(at_place).unwrap_or([0, 0]);
        let to = moved(ui, &response, from, count);
        if to != from {
            chosen = Some(to.map(|n| found.order[n]));
        }
    }
    if let Some([a, b]) = chosen {
        *selected = Some([a, b]);
        response.request_focus();
        let layer = maps[a].of.layer;
        cx.edit(move |doc| doc.select(layer));
    }
    if let Some([a, b]) = hit {
        response.on_hover_text_at_pointer(words(cx.doc, question, found, a, b));
    }
    grid
}

/// Where the arrow keys take the chosen cell.
fn moved(
    ui: &Ui,
    response: &eframe::egui::Response,
    [row, column]: [usize; 2],
    count: usize,
) -> [usize; 2] {
    let filter = eframe::egui::EventFilter {
        vertical_arrows: true,
        horizontal_arrows: true,
        ..Default::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    ui.input_mut(|input| {
        let mut count_of = |key| input.count_and_consume_key(Modifiers::NONE, key);
        let (up, down) = (count_of(Key::ArrowUp), count_of(Key::ArrowDown));
        let (left, right) = (count_of(Key::ArrowLeft), count_of(Key::ArrowRight));
        let last = count.saturating_sub(1);
        [
            (row + down).saturating_sub(up).min(last),
            (column + right).saturating_sub(left).min(last),
        ]
    })
}

/// Blue through pale to red, as correlations are usually drawn.
struct Colours {
    map: ColourMap,
    unknown: Color32,
}

impl Colours {
    fn new(t: &Tokens) -> Self {
        Self {
            map: ColourMap::named("coolwarm").unwrap_or(ColourMap::WARM),
            unknown: t.track,
        }
    }

    fn of(&self, r: Option<f64>) -> Color32 {
        r.map_or(self.unknown, |r| {
            let strength = r.abs().min(1.0) as f32;
            self.map.colour(r < 0.0, strength)
        })
    }
}

/// Every pair as a row of a table.
pub(super) fn csv(doc: &Document, (maps, _): &Question, found: &Found) -> String {
    let mut text = String::from("map_a,map_b,r,dice_positive,dice_negative,voxels\n");
    for ([a, b], pair) in &found.pairs {
        let Comparison {
            r,
            dice_positive,
            dice_negative,
            voxels,
            ..
        } = pair;
        let number = |x: &Option<f64>| x.map_or_else(String::new, |x| format!("{x:.6}"));
        let [first, second] = [a, b].map(|n| csv_text(name(doc, maps[*n].of.layer)));
        let numbers = [r, dice_positive, dice_negative].map(number).join(",");
        text += &format!("{first},{second},{numbers},{voxels}\n");
    }
    text
}
