//! The parts of the window. Each reads the document and answers with commands.

pub mod canvas;
mod compare;
mod decode;
mod derive;
mod display;
mod drop;
mod empty;
mod figure;
mod frames;
mod help;
mod info;
mod layer_row;
mod layers;
mod messages;
mod palette;
mod path;
mod peak_table;
mod peaks;
mod right;
mod status;
mod studies;
mod top;
mod values;
mod views;

pub use derive::derive_sheet;
pub use drop::drop_overlay;
pub use empty::empty_state;
pub use figure::figure_sheet;
pub use help::help_sheet;
pub use layers::left_column;
pub use messages::messages;
pub use palette::palette;
pub use path::path_sheet;
pub use right::right_column;
pub use status::status_line;
pub use top::top_bar;

use super::command::Command;
use super::document::Document;
use super::jobs::Activity;
use super::services::Services;
use super::theme::Tokens;

/// What is being computed.
#[derive(Debug, Clone, Default)]
pub struct Activities {
    /// Opening files.
    pub load: Option<Activity>,
    /// Writing files.
    pub save: Option<Activity>,
    /// Reading a map.
    pub decode: Option<Activity>,
    /// Predicting a map.
    pub predict: Option<Activity>,
    /// Looking for articles.
    pub studies: Option<Activity>,
    /// Opening an atlas.
    pub atlas: Option<Activity>,
    /// Making a map from maps.
    pub derive: Option<Activity>,
    /// Comparing maps.
    pub compare: Option<Activity>,
    /// Reading a frame.
    pub frame: Option<Activity>,
    /// Reading a voxel in all frames.
    pub course: Option<Activity>,
}

impl Activities {
    /// The one worth a line, with its name.
    pub fn foremost(&self) -> Option<(&'static str, &Activity)> {
        [
            ("Opening", &self.load),
            ("Saving", &self.save),
            ("Predicting a map", &self.predict),
            ("Reading the map", &self.decode),
            ("Looking for studies", &self.studies),
            ("Making the layer", &self.derive),
            ("Opening the atlas", &self.atlas),
            ("Reading the frame", &self.frame),
            ("Reading the time course", &self.course),
            ("Comparing the maps", &self.compare),
        ]
        .into_iter()
        .find_map(|(name, activity)| activity.as_ref().map(|a| (name, a)))
    }
}

/// What every panel may look at, and where its commands go.
pub struct Cx<'a> {
    /// Colours.
    pub t: &'static Tokens,
    /// The document.
    pub doc: &'a Document,
    /// The rest of the program: fast questions only.
    pub services: &'a dyn Services,
    /// Work in progress.
    pub busy: &'a Activities,
    /// Collected during the frame, applied after it.
    pub out: Vec<Command>,
}

impl Cx<'_> {
    /// Asks for something to be done after this frame.
    pub fn send(&mut self, command: Command) {
        self.out.push(command);
    }
}
