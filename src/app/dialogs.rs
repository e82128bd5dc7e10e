//! File dialogs, each on a thread of its own: the window goes on living while one is open.

use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::time::Instant;

use eframe::egui::Context;

use super::apply::Dialog;
use super::command::{Command, ReadCommand, SessionCommand, ViewCommand};
use super::services::AtlasChoice;
use super::session;
use crate::volume::ENDINGS;

/// A dialog that is gone sooner was never seen: the system has none (the library says so no other way
/// than by an empty answer), and a person takes longer to cancel one.
const SEEN_MS: u128 = 700;

/// Shows a dialog; its answer arrives as a command. Only one at a time makes sense, but nothing
/// breaks with two. Where the system has no dialogs the command is to ask for a path in the window.
pub fn show(dialog: Dialog, folder: Option<PathBuf>, answers: Sender<Command>, ctx: Context) {
    let shown = std::thread::Builder::new()
        .name("gyrus-dialog".into())
        .spawn(move || {
            let asked = Instant::now();
            let command = match ask(&dialog, folder) {
                Some(paths) => answer(dialog, paths),
                None if asked.elapsed().as_millis() < SEEN_MS => {
                    Some(Command::TypePath(Box::new(dialog)))
                }
                None => None,
            };
            if let Some(command) = command {
                // The window may have been closed meanwhile: nobody to tell.
                answers.send(command).ok();
                ctx.request_repaint();
            }
        });
    // Without a thread there is no dialog; dropping files still works.
    shown.ok();
}

/// What a dialog is for, as its title.
pub fn title(dialog: &Dialog) -> &'static str {
    match dialog {
        Dialog::Open => "Open brain maps",
        Dialog::OpenSession => "Open a session",
        Dialog::SaveSession => "Save session",
        Dialog::Locate(_) => "Find the file of this layer",
        Dialog::SaveFigure(..) => "Save figure",
        Dialog::Atlas => "Choose an atlas",
        Dialog::AtlasNames(_) => "Choose the table of names",
        Dialog::SavePeaks(_) => "Save peak table",
        Dialog::SaveMap(_) => "Save layer",
    }
}

/// The name suggested for a file to be written; `None` where one is read.
pub fn suggested(dialog: &Dialog) -> Option<String> {
    match dialog {
        Dialog::SaveSession => Some(format!("session.{}", session::ENDING)),
        Dialog::SaveFigure(_, name) => Some(file_name(name)),
        Dialog::SavePeaks(name) => Some(format!("{}_peaks.csv", file_name(name))),
        Dialog::SaveMap(name) => Some(format!("{}.nii.gz", file_name(name))),
        Dialog::Open
        | Dialog::OpenSession
        | Dialog::Locate(_)
        | Dialog::Atlas
        | Dialog::AtlasNames(_) => None,
    }
}

/// The command of the files that were chosen; `None` without one.
pub fn answer(dialog: Dialog, paths: Vec<PathBuf>) -> Option<Command> {
    if dialog == Dialog::Open {
        return (!paths.is_empty()).then_some(Command::Open(paths));
    }
    let path = paths.into_iter().next()?;
    Some(match dialog {
        Dialog::Open | Dialog::OpenSession => Command::Open(vec![path]),
        Dialog::SaveSession => SessionCommand::Save(with_ending(path, session::ENDING)).into(),
        Dialog::Locate(id) => SessionCommand::Locate(id, path).into(),
        Dialog::SaveFigure(choice, _) => {
            ViewCommand::SaveFigure(choice, with_ending(path, "png")).into()
        }
        Dialog::Atlas => ReadCommand::UseAtlas(Some(AtlasChoice { path, table: None })).into(),
        Dialog::AtlasNames(atlas) => ReadCommand::UseAtlas(Some(AtlasChoice {
            path: atlas,
            table: Some(path),
        }))
        .into(),
        Dialog::SavePeaks(_) => ReadCommand::SavePeaks(with_ending(path, "csv")).into(),
        Dialog::SaveMap(_) => Command::SaveMap(with_ending(path, "nii.gz")),
    })
}

/// Shows the system's dialog and waits; `None` where nothing was chosen.
fn ask(dialog: &Dialog, folder: Option<PathBuf>) -> Option<Vec<PathBuf>> {
    let mut files = rfd::FileDialog::new().set_title(title(dialog));
    if let Some(folder) = folder {
        files = files.set_directory(folder);
    }
    let all = ("All files", vec!["*".to_owned()]);
    let owned = |list: &[&str]| list.iter().map(|e| (*e).to_owned()).collect::<Vec<_>>();
    let filters = match dialog {
        Dialog::Open => vec![("Maps and sessions", endings()), all],
        Dialog::OpenSession | Dialog::SaveSession => {
            vec![("Gyrus session", owned(&[session::ENDING]))]
        }
        Dialog::Locate(_) => Vec::new(),
        Dialog::SaveFigure(..) => vec![("PNG picture", owned(&["png"]))],
        Dialog::Atlas => vec![("Atlas maps", owned(&ENDINGS)), all],
        Dialog::AtlasNames(_) => {
            let tables = owned(&["csv", "tsv", "txt", "lut", "xml", "json"]);
            vec![("Tables", tables), all]
        }
        Dialog::SavePeaks(_) => vec![("Table", owned(&["csv"]))],
        Dialog::SaveMap(_) => vec![("NIfTI map", owned(&["nii", "gz"]))],
    };
    for (name, endings) in filters {
        files = files.add_filter(name, &endings);
    }
    match (dialog, suggested(dialog)) {
        (_, Some(name)) => files.set_file_name(name).save_file().map(|path| vec![path]),
        (Dialog::Open, None) => files.pick_files(),
        (_, None) => files.pick_file().map(|path| vec![path]),
    }
}

/// Endings of maps, as they are and in capitals (AFNI's are), for dialogs that mind.
fn endings() -> Vec<String> {
    let small = ENDINGS.iter().chain(&["gz", session::ENDING]).copied();
    small
        .flat_map(|ending| [ending.to_owned(), ending.to_uppercase()])
        .collect()
}

/// A layer's name as a file's.
fn file_name(name: &str) -> String {
    let safe = |c: char| {
        if c.is_alphanumeric() || "-_. ".contains(c) {
            c
        } else {
            '_'
        }
    };
    name.chars()
        .map(safe)
        .collect::<String>()
        .trim()
        .replace(' ', "_")
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
