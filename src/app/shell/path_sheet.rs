//! The sheet that asks for a path where the system has no file dialog.

use std::path::PathBuf;

use eframe::egui::text::{CCursor, CCursorRange};
use eframe::egui::{Frame, Id, Key, Margin, Modal, TextEdit, Ui};

use crate::app::feature::{Action, Cx, FileRequest, Purpose};
use crate::app::kit::theme::Type;
use crate::app::kit::widgets::{paragraph, say};

/// Name of the field for screen readers.
const FIELD_NAME: &str = "Path of the file";

/// What the sheet holds.
pub(super) struct PathSheet {
    request: FileRequest,
    /// Typed so far.
    text: String,
    /// Set on opening: the field takes the keyboard once.
    fresh: bool,
    /// A file to be written is there already.
    replaces: bool,
}

impl PathSheet {
    /// As it opens: in this folder, or at home.
    pub(super) fn new(request: FileRequest, folder: Option<PathBuf>) -> Self {
        let folder = folder.or_else(std::env::home_dir).unwrap_or_default();
        let path = match &request.purpose {
            Purpose::Save { name, .. } => folder.join(name),
            // With a separator at its end: what is typed goes into the folder.
            Purpose::Open | Purpose::OpenMany => folder.join(""),
        };
        Self {
            request,
            text: path.to_string_lossy().into_owned(),
            fresh: true,
            replaces: false,
        }
    }
}

/// Draws the sheet where it is open; what is to be done with the path.
pub(super) fn path_sheet(open: &mut Option<PathSheet>, ui: &Ui, cx: &Cx<'_>) -> Option<Action> {
    let sheet = open.as_mut()?;
    let (mut done, mut cancelled) = (false, false);
    let frame = Frame::popup(ui.style()).inner_margin(Margin::same(20));
    let modal = Modal::new(Id::unique("path"))
        .frame(frame)
        .backdrop_color(cx.t.scrim)
        .show(ui.ctx(), |ui| {
            ui.set_width(440.0_f32.min(ui.ctx().content_rect().width() - 80.0));
            say(ui, sheet.request.title, Type::Title, cx.t.text);
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
        return open.take().map(|sheet| chosen(sheet.request, vec![path]));
    }
    if cancelled || modal.should_close() {
        *open = None;
    }
    None
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
        let writes = matches!(sheet.request.purpose, Purpose::Save { .. });
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

/// What is to be done with the files chosen.
pub(super) fn chosen(request: FileRequest, mut paths: Vec<PathBuf>) -> Action {
    if let Purpose::Save { ending, .. } = request.purpose {
        for path in &mut paths {
            *path = with_ending(std::mem::take(path), ending);
        }
    }
    (request.then)(paths)
}

fn with_ending(path: PathBuf, ending: &str) -> PathBuf {
    if path.extension().is_some() {
        return path;
    }
    let mut name = path.into_os_string();
    name.push(".");
    name.push(ending);
    name.into()
}
