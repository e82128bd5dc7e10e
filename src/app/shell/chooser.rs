//! Asking for files: the system's dialogs, each on a thread of its own, so that the window goes on
//! living while one is open; where the system has none, the window asks itself.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use eframe::egui::Context;

use super::file_browser::{FileBrowser, chosen, is_doubtful};
use super::options::FileDialogs;
use crate::app::feature::{Action, FileRequest, Purpose};

/// A dialog that is gone sooner was never seen: the system has none (the library says so no other way
/// than by an empty answer), and a person takes longer to cancel one.
const SEEN_MS: u128 = 700;

/// What a dialog said.
enum Said {
    /// These files.
    Files(Vec<PathBuf>),
    /// Nothing was chosen.
    Nothing,
    /// There was no dialog.
    NoDialog,
}

/// What the dialog of a number said.
type Answer = (u64, Said);

/// Asks for files.
pub(super) struct Chooser {
    dialogs: FileDialogs,
    /// Requests whose dialogs are open.
    open: Vec<(u64, FileRequest)>,
    count: u64,
    answers: (Sender<Answer>, Receiver<Answer>),
    /// The sheet in the window, while open.
    pub sheet: Option<FileBrowser>,
}

impl Chooser {
    pub(super) fn new(dialogs: FileDialogs) -> Self {
        Self {
            dialogs,
            open: Vec::new(),
            count: 0,
            answers: channel(),
            sheet: None,
        }
    }

    /// Shows a dialog; says why where it does not.
    pub(super) fn ask(
        &mut self,
        request: FileRequest,
        folder: Option<PathBuf>,
        ctx: &Context,
    ) -> Option<&'static str> {
        match self.dialogs {
            FileDialogs::System => {}
            FileDialogs::InWindow => {
                self.sheet = Some(FileBrowser::new(request, folder));
                return None;
            }
            FileDialogs::Off => return Some("File dialogs are switched off"),
        }
        self.count += 1;
        let number = self.count;
        let dialog = dialog(&request, folder.clone());
        let purpose = request.purpose.clone();
        let (answers, ctx) = (self.answers.0.clone(), ctx.clone());
        let shown = std::thread::Builder::new()
            .name("gyrus-dialog".into())
            .spawn(move || {
                let asked = Instant::now();
                let said = match show(dialog, &purpose) {
                    Some(paths) if !paths.is_empty() => Said::Files(paths),
                    _ if asked.elapsed().as_millis() < SEEN_MS => Said::NoDialog,
                    _ => Said::Nothing,
                };
                // The window may have been closed meanwhile: nobody to tell.
                answers.send((number, said)).ok();
                ctx.request_repaint();
            });
        match shown {
            Ok(_) => self.open.push((number, request)),
            Err(_) => self.sheet = Some(FileBrowser::new(request, folder)),
        }
        None
    }

    /// What is to be done with the files chosen since the last call; `inputs` are files nothing is saved over.
    pub(super) fn answers(&mut self, inputs: impl Fn() -> Vec<PathBuf>) -> Vec<Action> {
        let mut actions = Vec::new();
        for (number, said) in self.answers.1.try_iter() {
            let Some(at) = self.open.iter().position(|(known, _)| *known == number) else {
                continue;
            };
            let (_, request) = self.open.remove(at);
            match said {
                Said::Files(paths) => match &paths[..] {
                    [path] if is_doubtful(&request, path, &inputs()) => {
                        self.sheet = Some(FileBrowser::asking(request, path, &inputs()));
                    }
                    _ => actions.push(chosen(request, paths)),
                },
                Said::Nothing => {}
                Said::NoDialog => self.sheet = Some(FileBrowser::new(request, None)),
            }
        }
        actions
    }
}

fn dialog(request: &FileRequest, folder: Option<PathBuf>) -> rfd::FileDialog {
    let mut files = rfd::FileDialog::new().set_title(request.title);
    if let Some(folder) = folder {
        files = files.set_directory(folder);
    }
    for (name, endings) in &request.filters {
        files = files.add_filter(*name, endings);
    }
    files
}

/// Shows the system's dialog and waits; `None` where nothing was chosen.
fn show(dialog: rfd::FileDialog, purpose: &Purpose) -> Option<Vec<PathBuf>> {
    match purpose {
        Purpose::Save { name, .. } => dialog
            .set_file_name(name)
            .save_file()
            .map(|path| vec![path]),
        Purpose::OpenMany => dialog.pick_files(),
        Purpose::Open => dialog.pick_file().map(|path| vec![path]),
    }
}
