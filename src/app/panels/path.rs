//! The sheet that asks for a path where the system has no file dialog.

use std::path::PathBuf;

use eframe::egui::text::{CCursor, CCursorRange};
use eframe::egui::{Frame, Id, Key, Margin, Modal, TextEdit, Ui};

use super::Cx;
use crate::app::dialogs;
use crate::app::state::{PathSheet, WindowState};
use crate::app::theme::Type;
use crate::app::widgets::{paragraph, say};

/// Name of the field for screen readers.
const FIELD_NAME: &str = "Path of the file";

/// Draws the sheet where it is open.
pub fn path_sheet(ui: &Ui, cx: &mut Cx<'_>, state: &mut WindowState) {
    let Some(sheet) = &mut state.path else {
        return;
    };
    let (mut done, mut cancelled) = (false, false);
    let frame = Frame::popup(ui.style()).inner_margin(Margin::same(20));
    let modal = Modal::new(Id::unique("path"))
        .frame(frame)
        .backdrop_color(cx.t.scrim)
        .show(ui.ctx(), |ui| {
            ui.set_width(440.0_f32.min(ui.ctx().content_rect().width() - 80.0));
            say(ui, dialogs::title(&sheet.dialog), Type::Title, cx.t.text);
            let text = "No file dialog on this system: type a path";
            paragraph(ui, text, Type::Body, cx.t.text_2);
            ui.add_space(6.0);
            done = field(ui, sheet);
            if sheet.replaces {
                let text = "This file is there already and will be replaced";
                paragraph(ui, text, Type::Small, cx.t.error);
            }
            ui.add_space(8.0);
            ui.horizontal(|ui| {
                done |= ui.button("OK").clicked();
                cancelled = ui.button("Cancel").clicked();
            });
        });
    if done && !sheet.text.trim().is_empty() {
        let path = whole(&sheet.text);
        if let Some(command) = dialogs::answer(sheet.dialog.clone(), vec![path]) {
            cx.send(command);
        }
        state.path = None;
    } else if cancelled || modal.should_close() {
        state.path = None;
    }
}

/// The field; whether Enter was pressed in it.
fn field(ui: &mut Ui, sheet: &mut PathSheet) -> bool {
    let id = Id::unique("path field");
    let fresh = std::mem::take(&mut sheet.fresh);
    let edit = TextEdit::singleline(&mut sheet.text)
        .id(id)
        .desired_width(f32::INFINITY);
    let output = edit.show(ui);
    let response = output.response.response.accessible_name(FIELD_NAME);
    if fresh {
        // The caret at the end: the name is what is changed most.
        let mut edit = output.state;
        let end = CCursor::new(sheet.text.chars().count());
        edit.cursor.set_char_range(Some(CCursorRange::one(end)));
        edit.store(ui.ctx(), id);
        response.request_focus();
    }
    if fresh || response.changed() {
        let writes = dialogs::suggested(&sheet.dialog).is_some();
        sheet.replaces = writes && whole(&sheet.text).is_file();
    }
    response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
}

/// A path as it was typed, "~/" being the home folder.
fn whole(text: &str) -> PathBuf {
    let text = text.trim();
    match (text.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(text),
    }
}
