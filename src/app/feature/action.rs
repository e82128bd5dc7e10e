//! What is asked of features and of the window.

use std::path::PathBuf;

use crate::app::model::{AtlasChoice, Editor, LayerId, Pane, Source, TextToPredict};
use crate::measure::Operation;
use crate::render::Pixels;

/// Something to be done after this frame.
pub enum Action {
    /// Change the document.
    Edit(Box<dyn FnOnce(&mut Editor<'_>)>),
    /// What a row of the command table does, by its name.
    Run(&'static str),
    /// What one feature does for the others.
    Call(Call),
}

impl Action {
    /// Changes the document.
    pub fn edit(edit: impl FnOnce(&mut Editor<'_>) + 'static) -> Self {
        Self::Edit(Box::new(edit))
    }
}

/// What one feature does for the others.
#[derive(Debug)]
pub enum Call {
    /// Open maps, sessions and folders.
    Open(Vec<PathBuf>),
    /// Open a map file that ends early, as far as it goes.
    OpenPartial(PathBuf),
    /// Open the embedded atlas as a layer.
    OpenEmbeddedAtlas,
    /// Read the values of a layer from this source.
    Fill(LayerId, Source),
    /// Write a table.
    SaveText(PathBuf, String),
    /// Write the session.
    SaveSession(PathBuf),
    /// Write the selected layer as NIfTI.
    SaveMap(PathBuf),
    /// Draw what is on screen as it was described last, and write it.
    SaveFigure(PathBuf),
    /// Show the map of a text: as a layer, or for the moment.
    Predict {
        /// Which.
        wanted: TextToPredict,
        /// Whether it becomes a layer.
        keep: bool,
    },
    /// Read a text from a file, to see its map.
    ReadText(PathBuf),
    /// Read a list of texts from a file, one a line, to be shown one after the other.
    ReadPrompts(PathBuf),
    /// Train on this corpus next.
    UseCorpus(PathBuf),
    /// Write the next model that is trained here.
    WriteModelTo(PathBuf),
    /// Show a run by its file of events.
    OpenRun(PathBuf),
    /// Show what carries the decoding of the selected layer as this task of the model.
    Why(String),
    /// Make a layer from layers.
    Derive(Operation, Vec<LayerId>),
    /// Show another frame of a layer's file, from 0.
    SetFrame(LayerId, usize),
    /// Name regions by this atlas, or by the embedded one.
    UseAtlas(Option<AtlasChoice>),
    /// Decode and predict with this model from now on: a bundle file, or the embedded one.
    UseModel(Option<PathBuf>),
    /// Open a tab of the right column, by its word.
    ShowTab(&'static str),
    /// Open the page of this feature in place of the views, or close it.
    ShowPage(Option<&'static str>),
    /// Show one view alone, or all.
    Maximise(Option<Pane>),
    /// Ask the user for a file.
    Choose(FileRequest),
    /// Put text on the clipboard, and say so once it is there.
    Copy {
        /// The text.
        text: String,
        /// What is said ("The peak table is copied").
        notice: &'static str,
    },
    /// Put a picture on the clipboard, and say so once it is there.
    CopyPicture {
        /// The picture.
        pixels: Box<Pixels>,
        /// What is said ("Figure copied").
        notice: &'static str,
    },
}

/// What is done with the files chosen.
type Then = Box<dyn FnOnce(Vec<PathBuf>) -> Action>;

/// A file to be asked for.
pub struct FileRequest {
    /// Title of the dialog ("Save session").
    pub title: &'static str,
    /// What kind of dialog.
    pub purpose: Purpose,
    /// Kinds of files offered: a name and endings.
    pub filters: Vec<(&'static str, Vec<String>)>,
    /// What is done with the files chosen: at least one.
    pub then: Then,
}

impl FileRequest {
    /// Asks where a text goes, and writes it there. `kind` is what the files are called ("Table").
    pub fn save_text(
        title: &'static str,
        kind: &'static str,
        name: String,
        ending: &'static str,
        text: String,
    ) -> Self {
        Self {
            title,
            purpose: Purpose::Save { name, ending },
            filters: vec![(kind, vec![ending.to_owned()])],
            then: Box::new(|mut paths| Action::Call(Call::SaveText(paths.remove(0), text))),
        }
    }
}

/// What a file is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// One to read.
    Open,
    /// Any number to read.
    OpenMany,
    /// One to write: the name suggested and the ending it gets where none is typed.
    Save {
        /// "session.gyrus-session".
        name: String,
        /// "gyrus-session".
        ending: &'static str,
    },
}

impl std::fmt::Debug for FileRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { title, purpose, .. } = self;
        f.debug_tuple("FileRequest")
            .field(title)
            .field(purpose)
            .finish()
    }
}
