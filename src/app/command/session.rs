//! Sessions, recent files, folders.

use std::path::PathBuf;

use eframe::egui::{Key, KeyboardShortcut, Modifiers};

use super::Command;
use crate::app::document::{Document, LayerId};
use crate::app::services::Opened;

/// What is done with whole sessions and the files they name.
#[derive(Debug, Clone)]
pub enum SessionCommand {
    /// Asks where to save the session.
    SaveDialog,
    /// Saves the session.
    Save(PathBuf),
    /// Asks for a session to open.
    OpenDialog,
    /// A session was read: it takes the place of what is shown.
    Restore(Box<Document>),
    /// The values of a layer of a session were read.
    Fill(LayerId, Box<Opened>),
    /// Brings back what was shown when the window was last closed.
    ReopenLast,
    /// Asks where the missing file of a layer is.
    LocateDialog(LayerId),
    /// Reads a layer's values from this file.
    Locate(LayerId, PathBuf),
    /// Reads the values of a layer again, where that was stopped or failed.
    Retry(LayerId),
    /// Opens a file or a session again.
    OpenRecent(PathBuf),
    /// Forgets the recent files.
    ClearRecent,
}

impl From<SessionCommand> for Command {
    fn from(command: SessionCommand) -> Self {
        Self::Session(command)
    }
}

impl SessionCommand {
    /// Words for menus, the palette and the undo list.
    pub fn label(&self) -> &'static str {
        match self {
            Self::SaveDialog => "Save session…",
            Self::Save(_) => "Save session",
            Self::OpenDialog => "Open a session…",
            Self::Restore(_) => "Open session",
            Self::Fill(..) => "Fill layer",
            Self::ReopenLast => "Reopen the last session",
            Self::LocateDialog(_) => "Find the file…",
            Self::Locate(..) => "Find the file",
            Self::Retry(_) => "Try again",
            Self::OpenRecent(_) => "Open recent",
            Self::ClearRecent => "Forget recent files",
        }
    }

    /// One sentence more, for tooltips.
    pub fn tooltip(&self) -> &'static str {
        match self {
            Self::SaveDialog => {
                "Layers, their display and the crosshair, as a small readable file that names the maps"
            }
            Self::ReopenLast => "What was shown when Gyrus was last closed",
            Self::LocateDialog(_) => "Where the map of this layer is now",
            _ => "",
        }
    }

    /// The key that does it.
    pub fn shortcut(&self) -> Option<KeyboardShortcut> {
        let command_shift = Modifiers::COMMAND.plus(Modifiers::SHIFT);
        match self {
            Self::SaveDialog => Some(KeyboardShortcut::new(command_shift, Key::S)),
            Self::OpenDialog => Some(KeyboardShortcut::new(command_shift, Key::O)),
            _ => None,
        }
    }

    /// What the palette and the file menu list.
    pub fn listed() -> [Self; 4] {
        [
            Self::OpenDialog,
            Self::SaveDialog,
            Self::ReopenLast,
            Self::ClearRecent,
        ]
    }
}
