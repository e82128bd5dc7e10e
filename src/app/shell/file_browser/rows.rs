//! What is in the folder, a row each.

use eframe::egui::{
    Align2, Key, Modifiers, Rect, Response, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2,
};

use super::FileBrowser;
use super::listing::{Entry, date_text, size_text};
use super::typed::{parts, with_separator};
use crate::app::feature::Cx;
use crate::app::kit::theme::{Tokens, Type};
use crate::app::kit::widgets::{paint_name, paint_text, paragraph};

const ROW: f32 = 22.0;
/// Right edges of size and date, from the right edge.
const SIZE: f32 = 100.0;
const DATE: f32 = 8.0;
/// Room for the tick of a file that is to be opened with others.
const TICK: f32 = 20.0;

/// Draws the list; whether what is typed now is confirmed by a double-click.
pub(super) fn rows(browser: &mut FileBrowser, ui: &mut Ui, cx: &Cx<'_>, height: f32) -> bool {
    let (folder, _) = parts(&browser.text);
    let entries: Vec<Entry> = browser.shown().into_iter().cloned().collect();
    let step = keys(ui);
    if step != 0 && !entries.is_empty() {
        let last = entries.len() - 1;
        let row = match browser.row {
            None if step > 0 => 0,
            None => last,
            Some(row) => row.saturating_add_signed(step).min(last),
        };
        browser.row = Some(row);
        browser.text = with_separator(&folder) + &entries[row].name;
        browser.fresh = true;
    }
    let mark = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Insert));
    if step != 0 || mark || ui.input(|input| input.pointer.any_click()) {
        // The field above and the ticks show the change in the next frame.
        ui.ctx().request_repaint();
    }
    let mut confirmed = false;
    let size = vec2(ui.available_width(), height);
    let (frame, _) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect_filled(frame, 4.0, cx.t.raised);
    let mut ui = ui.new_child(eframe::egui::UiBuilder::new().max_rect(frame.shrink(4.0)));
    let ui = &mut ui;
    ui.spacing_mut().item_spacing.y = 0.0;
    match &browser.listing {
        None => {
            paragraph(ui, "Reading the folder…", Type::Body, cx.t.text_2);
            return false;
        }
        Some(Err(why)) => {
            let text = format!("This folder cannot be listed: {why}");
            paragraph(ui, &text, Type::Body, cx.t.text_2);
            return false;
        }
        Some(Ok(listing)) if listing.is_cut => {
            let text = "Too many files: only some are listed. Type the name of another";
            paragraph(ui, text, Type::Small, cx.t.warning);
        }
        Some(Ok(_)) => {}
    }
    if entries.is_empty() {
        paragraph(ui, "Nothing of this kind here", Type::Body, cx.t.text_2);
        return false;
    }
    let mut area = ScrollArea::vertical().auto_shrink(false);
    if let Some(row) = browser.row.filter(|_| step != 0) {
        // The row under the keyboard in the middle.
        let offset = (row as f32 + 0.5) * ROW - 0.5 * frame.height();
        area = area.vertical_scroll_offset(offset.max(0.0));
    }
    area.show_rows(ui, ROW, entries.len(), |ui, seen| {
        for n in seen {
            let entry = &entries[n];
            let path = folder.join(&entry.name);
            let marked = browser.marked.contains(&path);
            let can_mark = browser.opens_many() && !entry.is_folder;
            let current = browser.row == Some(n);
            let response = row(ui, cx.t, entry, current, can_mark.then_some(marked));
            let ticked = response.clicked()
                && (ui.input(|input| input.modifiers.command)
                    || response
                        .interact_pointer_pos()
                        .is_some_and(|at| at.x < response.rect.left() + TICK));
            if can_mark && (ticked || (current && mark)) {
                if !browser.marked.remove(&path) {
                    browser.marked.insert(path);
                }
                browser.row = Some(n);
                continue;
            }
            if response.clicked() && entry.is_folder {
                browser.go(&path);
            } else if response.clicked() {
                browser.row = Some(n);
                browser.text = with_separator(&folder) + &entry.name;
                browser.fresh = true;
                browser.refused = None;
            }
            confirmed |= response.double_clicked() && !entry.is_folder;
        }
    });
    confirmed
}

/// Rows the arrow keys move by.
fn keys(ui: &Ui) -> isize {
    ui.input_mut(|input| {
        let mut count = |key| input.count_and_consume_key(Modifiers::NONE, key) as isize;
        count(Key::ArrowDown) - count(Key::ArrowUp)
            + 10 * (count(Key::PageDown) - count(Key::PageUp))
    })
}

fn row(ui: &mut Ui, t: &Tokens, entry: &Entry, current: bool, tick: Option<bool>) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let kind = if entry.is_folder { "Folder" } else { "File" };
    response.widget_info(|| {
        let label = format!("{kind} {}", entry.name);
        WidgetInfo::selected(Role::ListBoxOption, true, tick.unwrap_or(current), label)
    });
    let painter = ui.painter();
    if current {
        painter.rect_filled(rect, 3.0, t.accent_soft);
    } else if response.hovered() {
        painter.rect_filled(rect, 3.0, t.line);
    }
    let middle = rect.center().y;
    let mut left = rect.left() + 6.0;
    if let Some(on) = tick {
        let square = Rect::from_center_size(pos2(left + 5.0, middle), vec2(11.0, 11.0));
        let stroke = eframe::egui::Stroke::new(1.0, if on { t.accent } else { t.text_3 });
        painter.rect_stroke(square, 2.0, stroke, eframe::egui::StrokeKind::Inside);
        if on {
            painter.rect_filled(square.shrink(2.5), 1.0, t.accent);
        }
    }
    left += TICK;
    let end = Align2::RIGHT_CENTER;
    let mut right = rect.right() - SIZE - 74.0;
    if !entry.is_folder {
        let at = pos2(rect.right() - SIZE, middle);
        let size = size_text(entry.bytes);
        right = paint_text(painter, at, end, size, Type::Small, t.text_2).left();
    }
    if let Some(date) = entry.modified.and_then(date_text) {
        let at = pos2(rect.right() - DATE, middle);
        paint_text(painter, at, end, date, Type::Small, t.text_3);
    }
    let (role, ink) = match entry.is_folder {
        true => (Type::Strong, t.text),
        false => (Type::Body, t.text),
    };
    let name = match entry.is_folder {
        true => format!("{}{}", entry.name, std::path::MAIN_SEPARATOR),
        false => entry.name.clone(),
    };
    let width = right - 10.0 - left;
    paint_name(
        painter,
        pos2(left, middle),
        &name,
        role,
        ink,
        width,
        &response,
    );
    response
}
