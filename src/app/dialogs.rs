//! File dialogs, each on a thread of its own: the window goes on living while one is open.

use std::path::PathBuf;
use std::sync::mpsc::Sender;

use eframe::egui::Context;

use super::apply::Dialog;
use super::command::{Command, ReadCommand, SessionCommand, ViewCommand};
use super::services::AtlasChoice;
use super::session;
use crate::volume::ENDINGS;

/// Shows a dialog; its answer arrives as a command. Only one at a time makes sense, but nothing
/// breaks with two.
pub fn show(dialog: Dialog, folder: Option<PathBuf>, answers: Sender<Command>, ctx: Context) {
    let shown = std::thread::Builder::new()
        .name("gyrus-dialog".into())
        .spawn(move || {
            let mut files = rfd::FileDialog::new();
            if let Some(folder) = folder {
                files = files.set_directory(folder);
            }
            let answer = match dialog {
                Dialog::Open => files
                    .set_title("Open brain maps")
                    .add_filter("Maps and sessions", &endings())
                    .add_filter("All files", &["*"])
                    .pick_files()
                    .map(Command::Open),
                Dialog::OpenSession => files
                    .set_title("Open a session")
                    .add_filter("Gyrus session", &[session::ENDING])
                    .pick_file()
                    .map(|path| Command::Open(vec![path])),
                Dialog::SaveSession => files
                    .set_title("Save session")
                    .set_file_name(format!("session.{}", session::ENDING))
                    .add_filter("Gyrus session", &[session::ENDING])
                    .save_file()
                    .map(|path| SessionCommand::Save(with_ending(path, session::ENDING)).into()),
                Dialog::Locate(id) => files
                    .set_title("Find the file of this layer")
                    .pick_file()
                    .map(|path| SessionCommand::Locate(id, path).into()),
                Dialog::SaveFigure(choice, name) => files
                    .set_title("Save figure")
                    .set_file_name(file_name(&name))
                    .add_filter("PNG picture", &["png"])
                    .save_file()
                    .map(|path| ViewCommand::SaveFigure(choice, with_ending(path, "png")).into()),
                Dialog::Atlas => files
                    .set_title("Choose an atlas")
                    .add_filter("Atlas maps", &crate::volume::ENDINGS)
                    .add_filter("All files", &["*"])
                    .pick_file()
                    .map(|path| {
                        ReadCommand::UseAtlas(Some(AtlasChoice { path, table: None })).into()
                    }),
                Dialog::AtlasNames(path) => files
                    .set_title("Choose the table of names")
                    .add_filter("Tables", &["csv", "tsv", "txt", "lut", "xml", "json"])
                    .add_filter("All files", &["*"])
                    .pick_file()
                    .map(|table| {
                        let table = Some(table);
                        ReadCommand::UseAtlas(Some(AtlasChoice { path, table })).into()
                    }),
                Dialog::SavePeaks(name) => files
                    .set_title("Save peak table")
                    .set_file_name(format!("{}_peaks.csv", file_name(&name)))
                    .add_filter("Table", &["csv"])
                    .save_file()
                    .map(|path| ReadCommand::SavePeaks(with_ending(path, "csv")).into()),
                Dialog::SaveMap(name) => files
                    .set_title("Save layer")
                    .set_file_name(format!("{}.nii.gz", file_name(&name)))
                    .add_filter("NIfTI map", &["nii", "gz"])
                    .save_file()
                    .map(|path| Command::SaveMap(with_ending(path, "nii.gz"))),
            };
            if let Some(command) = answer {
                // The window may have been closed meanwhile: nobody to tell.
                answers.send(command).ok();
                ctx.request_repaint();
            }
        });
    // Without a thread there is no dialog; dropping files still works.
    shown.ok();
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
