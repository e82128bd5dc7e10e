//! What a command asks for outside the document.

use std::path::PathBuf;
use std::sync::Arc;

use crate::app::arrangement::Pane;
use crate::app::command::{ReadCommand, Tab};
use crate::app::document::{LayerId, Source};
use crate::app::figure::FigureChoice;
use crate::app::services::AtlasChoice;
use crate::app::work::DeriveRequest;
use crate::decode::Tail;
use crate::volume::Volume;

/// Something to be done outside the document.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Read these files.
    Load(Vec<PathBuf>),
    /// Read the embedded example.
    LoadDemo,
    /// Read a layer's meaning.
    Decode {
        /// Which layer.
        layer: LayerId,
        /// Its values.
        volume: Arc<Volume>,
        /// Which tail.
        tail: Tail,
        /// Document revision of the request.
        revision: u64,
    },
    /// Predict the map of a text.
    Predict {
        /// The text.
        text: String,
        /// The ontology's id, where known.
        task_id: Option<String>,
        /// Document revision of the request.
        revision: u64,
    },
    /// Write a layer as NIfTI.
    SaveMap(PathBuf, Arc<Volume>),
    /// Ask where a figure goes.
    AskForFigure(Box<FigureChoice>),
    /// Write a figure.
    SaveFigure(Box<FigureChoice>, PathBuf),
    /// Put a figure onto the clipboard.
    CopyFigure(Box<FigureChoice>),
    /// Show a dialog.
    Dialog(Dialog),
    /// Ask for a path in the window, as this dialog would.
    TypePath(Dialog),
    /// Write the session.
    SaveSession(PathBuf),
    /// Read the values of a layer from where they come.
    Fill(LayerId, Source),
    /// Bring back the session of the last time.
    ReopenLast,
    /// Forget the recent files.
    ClearRecent,
    /// Make a map from maps: a new layer, or the values of this one.
    Derive(Option<LayerId>, DeriveRequest),
    /// Read another frame of a layer's file, from 0.
    Frame(LayerId, PathBuf, usize),
    /// Read a voxel of a layer's file in all frames.
    Course(LayerId, PathBuf, [usize; 3]),
    /// Name places by this atlas, or the embedded one.
    Atlas(Option<AtlasChoice>),
    /// What a reading command asks of the window.
    Read(ReadCommand),
    /// Stop all jobs.
    CancelJobs,
    /// Change something of the window that is no part of the document.
    Window(WindowChange),
    /// Say a short thing ("Nothing to undo").
    Notice(String),
}

/// A file dialog.
#[derive(Debug, Clone, PartialEq)]
pub enum Dialog {
    /// Choose maps.
    Open,
    /// Choose a session.
    OpenSession,
    /// Choose where the session goes.
    SaveSession,
    /// Choose the file of this layer.
    Locate(LayerId),
    /// Choose where a figure goes; the name suggested.
    SaveFigure(Box<FigureChoice>, String),
    /// Choose where the layer goes; the name suggested.
    SaveMap(String),
    /// Choose where the peak table goes; the name of the layer.
    SavePeaks(String),
    /// Choose an atlas.
    Atlas,
    /// Choose the table of names for this atlas.
    AtlasNames(PathBuf),
}

/// Parts of the window that no document holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowChange {
    /// Palette open or closed.
    TogglePalette,
    /// Help open or closed.
    ToggleHelp,
    /// Caret into the text field.
    FocusText,
    /// Tab of the right column.
    Tab(Tab),
    /// One view alone or all.
    Maximise(Option<Pane>),
    /// The view under the pointer alone, or all.
    ToggleMaximise,
    /// Magnify by so many steps about the crosshair.
    ZoomStep(i32),
    /// The sheet that saves figures.
    FigureSheet,
    /// The next view alone, or all.
    CycleViews,
    /// All messages away.
    DismissMessages,
    /// Log of messages open or closed.
    ToggleLog,
    /// Gliding on or off.
    ToggleMotion,
    /// Close the window.
    Quit,
}
