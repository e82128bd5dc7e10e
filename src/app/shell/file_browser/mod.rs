//! The file browser of the window, where the system has no file dialog: a path that is typed, and below
//! it what is in its folder.

mod listing;
mod rows;
mod saving;
mod typed;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use eframe::egui::text::{CCursor, CCursorRange};
use eframe::egui::{
    Button, Checkbox, ComboBox, Context, Frame, Id, Key, Margin, Modal, Modifiers, RichText,
    TextEdit, Ui,
};

use self::listing::{Entry, Lister, Listing};
pub(super) use self::saving::{chosen, inputs, is_doubtful};
use self::saving::{refusal, with_ending};
use self::typed::{begun_again, completed, fits, parts, whole, with_separator};
use crate::app::feature::{Action, Cx, FileRequest, Purpose};
use crate::app::kit::theme::Type;
use crate::app::kit::widgets::{paragraph, say};

/// Name of the field for screen readers.
const FIELD_NAME: &str = "Path of the file";

/// Recent folders offered at most.
const MAX_RECENT: usize = 8;

/// What the browser holds.
pub(super) struct FileBrowser {
    request: FileRequest,
    /// The path typed so far: its folder is the one listed.
    text: String,
    lister: Lister,
    /// What the folder holds, once that is known, or why it is not.
    listing: Option<Result<Listing, String>>,
    /// The filter chosen; all files beyond the last.
    filter: usize,
    /// Whether names that begin with a dot are shown.
    hidden: bool,
    /// Files to be opened beside the one typed.
    marked: BTreeSet<PathBuf>,
    /// Row under the keyboard.
    row: Option<usize>,
    /// The field takes the keyboard, with the caret at its end.
    fresh: bool,
    /// A file that is there already, while it is asked whether to replace it.
    replaces: Option<PathBuf>,
    /// Name of a folder to be made, while it is typed.
    new_folder: Option<String>,
    /// Why something was not done.
    refused: Option<String>,
}

impl FileBrowser {
    /// As it opens: in this folder, or at home.
    pub(super) fn new(request: FileRequest, folder: Option<PathBuf>) -> Self {
        let folder = folder.or_else(std::env::home_dir).unwrap_or_default();
        let text = match &request.purpose {
            Purpose::Save { name, .. } => folder.join(name).to_string_lossy().into_owned(),
            Purpose::Open | Purpose::OpenMany => with_separator(&folder),
        };
        Self {
            request,
            text,
            lister: Lister::new(),
            listing: None,
            filter: 0,
            hidden: false,
            marked: BTreeSet::new(),
            row: None,
            fresh: true,
            replaces: None,
            new_folder: None,
            refused: None,
        }
    }

    /// After the system's dialog gave a path to save at: it asks before it replaces a file, but not under the
    /// name that one gets here, and does not know which files are shown.
    pub(super) fn asking(request: FileRequest, path: &Path, inputs: &[PathBuf]) -> Self {
        let mut browser = Self::new(request, None);
        browser.text = path.to_string_lossy().into_owned();
        browser.confirm(inputs);
        browser
    }

    fn saves(&self) -> bool {
        matches!(self.request.purpose, Purpose::Save { .. })
    }

    fn opens_many(&self) -> bool {
        self.request.purpose == Purpose::OpenMany
    }

    /// Goes into a folder; a name that is to be saved under is kept.
    fn go(&mut self, folder: &Path) {
        let (_, name) = parts(&self.text);
        self.text = with_separator(folder);
        if self.saves() {
            self.text.push_str(&name);
        }
        self.row = None;
        self.fresh = true;
        self.refused = None;
    }

    /// The entries that are shown, in their order.
    fn shown(&self) -> Vec<&Entry> {
        let Some(Ok(listing)) = &self.listing else {
            return Vec::new();
        };
        let filter = self.request.filters.get(self.filter);
        let is_shown = |entry: &&Entry| {
            (self.hidden || !entry.name.starts_with('.'))
                && (entry.is_folder || filter.is_none_or(|(_, ends)| fits(&entry.name, ends)))
        };
        listing.entries.iter().filter(is_shown).collect()
    }

    /// Asks for the folder of what is typed, and takes in what was found.
    fn list(&mut self, ctx: &Context) {
        let (folder, _) = parts(&self.text);
        if self.lister.want(&folder, ctx) {
            // What the other folder held must not be taken for this one's.
            self.listing = None;
        }
        if let Some(found) = self.lister.answer() {
            self.listing = Some(found);
            self.row = None;
        }
    }

    /// What Enter or the button does: goes into a folder, asks before a file is replaced, or is done
    /// with these paths. Nothing is saved over the `inputs`.
    fn confirm(&mut self, inputs: &[PathBuf]) -> Option<Vec<PathBuf>> {
        let path = whole(&self.text);
        let (_, name) = parts(&self.text);
        if let Purpose::Save { ending, .. } = &self.request.purpose {
            if name.is_empty() || path.is_dir() {
                self.refused = Some("Type a name for the file".to_owned());
                self.fresh = true;
                return None;
            }
            // What will be written, with the ending that it gets.
            let path = with_ending(path, ending);
            self.refused = refusal(&self.request, &path, inputs);
            if self.refused.is_some() {
                // Another name is what is wanted now.
                self.fresh = true;
                return None;
            }
            if path.is_file() && self.replaces.as_ref() != Some(&path) {
                self.replaces = Some(path);
                return None;
            }
            return Some(vec![path]);
        }
        if !name.is_empty() && self.marked.is_empty() && path.is_dir() {
            self.go(&path);
            return None;
        }
        let mut paths: Vec<PathBuf> = std::mem::take(&mut self.marked).into_iter().collect();
        let is_file_or_folder = !name.is_empty() || (self.opens_many() && paths.is_empty());
        if is_file_or_folder && !paths.contains(&path) {
            paths.push(path);
        }
        if paths.is_empty() {
            self.refused = Some("Choose a file, or type its path".to_owned());
            return None;
        }
        Some(paths)
    }
}

/// The files that nothing is saved over.
fn shown_files(cx: &Cx<'_>) -> Vec<PathBuf> {
    inputs(cx.doc, cx.desk, cx.services.as_ref())
}

/// Draws the browser where it is open; what is to be done with the paths.
pub(super) fn file_browser(open: &mut Option<FileBrowser>, ui: &Ui, cx: &Cx<'_>) -> Option<Action> {
    let browser = open.as_mut()?;
    browser.list(ui.ctx());
    let (mut paths, mut cancelled) = (None, false);
    let frame = Frame::popup(ui.style()).inner_margin(Margin::same(20));
    let window = ui.ctx().content_rect();
    let modal = Modal::new(Id::unique("file browser"))
        .frame(frame)
        .backdrop_color(cx.t.scrim)
        .show(ui.ctx(), |ui| {
            ui.set_width(640.0_f32.min(window.width() - 80.0));
            ui.spacing_mut().item_spacing.y = 6.0;
            say(ui, browser.request.title, Type::Title, cx.t.text);
            if let Some(path) = browser.replaces.clone() {
                (paths, cancelled) = question(browser, ui, cx, &path);
                return;
            }
            places(browser, ui, cx);
            let entered = field(browser, ui);
            browser.list(ui.ctx());
            let height = (window.height() - 300.0).clamp(88.0, 360.0);
            let opened = rows::rows(browser, ui, cx, height);
            if let Some(why) = &browser.refused {
                paragraph(ui, why, Type::Small, cx.t.error);
            }
            (paths, cancelled) = foot(browser, ui, cx);
            if entered || opened {
                paths = browser.confirm(&shown_files(cx));
            }
        });
    if let Some(paths) = paths {
        return open.take().map(|browser| chosen(browser.request, paths));
    }
    if cancelled || modal.should_close() {
        let question = open.as_mut().and_then(|browser| browser.replaces.take());
        match (question, open.as_mut()) {
            (Some(_), Some(browser)) => browser.fresh = true,
            _ => *open = None,
        }
    }
    None
}

/// Whether a file that is there is to be replaced.
fn question(
    browser: &mut FileBrowser,
    ui: &mut Ui,
    cx: &Cx<'_>,
    path: &Path,
) -> (Option<Vec<PathBuf>>, bool) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let text = format!("“{name}” is there already. Replace it?");
    paragraph(ui, &text, Type::Body, cx.t.text);
    let folder = path.parent().unwrap_or(path).display().to_string();
    paragraph(ui, &folder, Type::Small, cx.t.text_3);
    let mut paths = None;
    let mut cancelled = false;
    ui.horizontal(|ui| {
        let keep = ui.button("Keep it");
        if std::mem::take(&mut browser.fresh) {
            keep.request_focus();
        }
        cancelled = keep.clicked();
        if ui.button("Replace").clicked() {
            paths = browser.confirm(&shown_files(cx));
        }
    });
    (paths, cancelled)
}

/// Up, home, folders used lately, and a new one.
fn places(browser: &mut FileBrowser, ui: &mut Ui, cx: &Cx<'_>) {
    let (folder, _) = parts(&browser.text);
    let up = ui.input_mut(|input| input.consume_key(Modifiers::ALT, Key::ArrowUp));
    ui.horizontal(|ui| {
        let parent = folder.parent().map(Path::to_owned);
        let button = ui.add_enabled(parent.is_some(), Button::new("Up"));
        let clicked = button.on_hover_text("The folder above (Alt+↑)").clicked();
        if let Some(parent) = parent.filter(|_| clicked || up) {
            browser.go(&parent);
        }
        if let Some(home) = std::env::home_dir()
            && ui.button("Home").clicked()
        {
            browser.go(&home);
        }
        let recent = recent_folders(cx);
        if !recent.is_empty() {
            ComboBox::from_id_salt("recent folders")
                .selected_text("Recent folders")
                .show_ui(ui, |ui| {
                    for folder in recent {
                        let label = folder.display().to_string();
                        if ui.selectable_label(false, label).clicked() {
                            browser.go(&folder);
                        }
                    }
                });
        }
        if browser.saves() && browser.new_folder.is_none() && ui.button("New folder…").clicked() {
            browser.new_folder = Some(String::new());
        }
    });
    new_folder(browser, ui, &folder);
}

/// The field in which the name of a new folder is typed.
fn new_folder(browser: &mut FileBrowser, ui: &mut Ui, within: &Path) {
    let Some(mut name) = browser.new_folder.take() else {
        return;
    };
    let mut done = false;
    let mut over = false;
    ui.horizontal(|ui| {
        let field = TextEdit::singleline(&mut name).hint_text("Name of the folder");
        let response = ui.add(field).accessible_name("Name of the new folder");
        done = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        done |= ui.button("Make folder").clicked();
        over = ui.button("No folder").clicked();
        if !done && !over && name.is_empty() && !response.has_focus() {
            response.request_focus();
        }
    });
    if over {
        return;
    }
    if done && !name.trim().is_empty() {
        let made = within.join(name.trim());
        match std::fs::create_dir(&made) {
            Ok(()) => return browser.go(&made),
            Err(error) => {
                browser.refused = Some(format!("The folder was not made: {error}"));
            }
        }
    }
    browser.new_folder = Some(name);
}

/// Folders of the files opened last, newest first.
fn recent_folders(cx: &Cx<'_>) -> Vec<PathBuf> {
    let settings = &cx.desk.settings;
    let files = settings.recent.iter().filter_map(|path| path.parent());
    let folders = settings.folder.as_deref().into_iter().chain(files);
    let mut recent: Vec<PathBuf> = Vec::new();
    for folder in folders.filter(|folder| folder.is_absolute()) {
        if recent.len() < MAX_RECENT && !recent.iter().any(|known| known == folder) {
            recent.push(folder.to_owned());
        }
    }
    recent
}

/// The field; whether Enter was pressed in it.
fn field(browser: &mut FileBrowser, ui: &mut Ui) -> bool {
    let id = Id::unique("path field");
    let focused = ui.memory(|memory| memory.has_focus(id));
    let (folder, name) = parts(&browser.text);
    let going_on = completed(&name, &browser.shown());
    if focused && let Some(more) = &going_on {
        let tab = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Tab));
        if tab {
            browser.text = with_separator(&folder) + more;
            browser.fresh = true;
        }
    }
    let fresh = std::mem::take(&mut browser.fresh);
    let edit = TextEdit::singleline(&mut browser.text)
        .id(id)
        // Tab goes on to the buttons where there is nothing to complete.
        .lock_focus(going_on.is_some())
        .desired_width(f32::INFINITY);
    let output = edit.show(ui);
    let response = output.response.response.accessible_name(FIELD_NAME);
    if fresh {
        // The caret at the end: the name is what is changed most.
        let mut edit = output.state;
        let end = CCursor::new(browser.text.chars().count());
        edit.cursor.set_char_range(Some(CCursorRange::one(end)));
        edit.store(ui.ctx(), id);
        response.request_focus();
    }
    if response.changed() {
        browser.refused = None;
        if let Some(again) = begun_again(&browser.text) {
            browser.text = again.to_owned();
            browser.fresh = true;
        }
        // The first name that begins as is typed is the one under the keyboard.
        let (_, name) = parts(&browser.text);
        let lower = name.to_lowercase();
        let begins = |entry: &&Entry| entry.name.to_lowercase().starts_with(&lower);
        browser.row = match name.as_str() {
            "" => None,
            _ => browser.shown().iter().position(begins),
        };
    }
    response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
}

/// Filter, hidden files and the buttons.
fn foot(browser: &mut FileBrowser, ui: &mut Ui, cx: &Cx<'_>) -> (Option<Vec<PathBuf>>, bool) {
    let (mut paths, mut cancelled) = (None, false);
    ui.horizontal(|ui| {
        let filters = &browser.request.filters;
        let has_all = filters
            .iter()
            .any(|(_, ends)| ends.iter().any(|e| e == "*"));
        let mut names: Vec<&str> = filters.iter().map(|(name, _)| *name).collect();
        if !has_all {
            names.push("All files");
        }
        let chosen = names.get(browser.filter).copied().unwrap_or_default();
        let filter = &mut browser.filter;
        ComboBox::from_id_salt("filter")
            .selected_text(chosen)
            .show_ui(ui, |ui| {
                for (n, name) in names.iter().enumerate() {
                    ui.selectable_value(filter, n, *name);
                }
            });
        let text = RichText::new("Hidden files").font(Type::Body.font());
        ui.add(Checkbox::new(&mut browser.hidden, text.color(cx.t.text)));
    });
    ui.horizontal(|ui| {
        let (_, name) = parts(&browser.text);
        let word = match (&browser.request.purpose, browser.marked.len()) {
            (Purpose::Save { .. }, _) => "Save".to_owned(),
            (Purpose::OpenMany, 0) if name.is_empty() => "Open the maps of this folder".to_owned(),
            (_, 0 | 1) => "Open".to_owned(),
            (_, n) => format!("Open {n} files"),
        };
        if ui.button(word).clicked() {
            paths = browser.confirm(&shown_files(cx));
        }
        cancelled = ui.button("Cancel").clicked();
    });
    (paths, cancelled)
}
