//! State of the window that belongs to no document: open overlays, messages, typed text.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use eframe::egui;

use super::apply::Dialog;
use super::arrangement::Pane;
use super::command::Tab;
use super::document::{Layer, LayerId};
use super::figure::FigureSheet;
use super::places::Places;
use super::services::{AtlasInUse, Catalogue, StudyHit};
use super::work::{Compared, Course, Facts, Peaks};
use crate::decode::Tail;
use crate::error::Explanation;
use crate::measure::{Operation, Over};
use crate::render::Bounds;

/// How long a notice stays.
pub const NOTICE_TIME: Duration = Duration::from_millis(3500);
/// How long a failure stays on screen; it is then in the log.
pub const ERROR_TIME: Duration = Duration::from_secs(15);
/// Messages on screen at once; older ones go.
const MAX_MESSAGES: usize = 4;
/// Failures kept in the log.
const MAX_LOGGED: usize = 100;

/// What a message is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A short word that goes by itself.
    Notice(String),
    /// A failure; goes into the log by and by.
    Error(Explanation),
}

/// A message in the corner.
#[derive(Debug, Clone)]
pub struct Message {
    /// Distinguishes messages.
    pub number: u64,
    /// What it says.
    pub body: Body,
    /// When it came.
    pub since: Instant,
}

impl Message {
    /// How long it stays on screen.
    fn time(&self) -> Duration {
        match self.body {
            Body::Notice(_) => NOTICE_TIME,
            Body::Error(_) => ERROR_TIME,
        }
    }
}

/// The messages shown.
#[derive(Debug, Default)]
pub struct Messages {
    /// Oldest first.
    pub list: Vec<Message>,
    /// Failures that went by, oldest first.
    pub log: Vec<Message>,
    /// Whether the log is open.
    pub log_open: bool,
    /// Failures in the log that nobody has looked at.
    pub unread: usize,
    /// Set while the pointer is on a message: none goes by then.
    pub held: bool,
    count: u64,
}

impl Messages {
    /// Says a short thing.
    pub fn notice(&mut self, text: impl Into<String>) {
        self.list
            .retain(|message| matches!(message.body, Body::Error(_)));
        self.push(Body::Notice(text.into()));
    }

    /// Shows a failure. The same one twice is shown once.
    pub fn error(&mut self, explanation: Explanation) {
        let same = |message: &Message| message.body == Body::Error(explanation.clone());
        self.list.retain(|message| !same(message));
        self.log.retain(|message| !same(message));
        self.push(Body::Error(explanation));
    }

    fn push(&mut self, body: Body) {
        self.count += 1;
        self.list.push(Message {
            number: self.count,
            body,
            since: Instant::now(),
        });
        while self.list.len() > MAX_MESSAGES {
            let oldest = self.list.remove(0);
            self.keep(oldest);
        }
    }

    /// A failure that leaves the screen by itself is kept.
    fn keep(&mut self, message: Message) {
        if matches!(message.body, Body::Error(_)) {
            self.unread += 1;
            self.log.push(message);
            let extra = self.log.len().saturating_sub(MAX_LOGGED);
            self.log.drain(..extra);
        }
    }

    /// Shows or hides what went by.
    pub fn toggle_log(&mut self) {
        self.log_open = !self.log_open;
        self.unread = 0;
    }

    /// Takes away what is over; returns when the next one will be.
    pub fn expire(&mut self) -> Option<Duration> {
        if self.held {
            return None;
        }
        for message in std::mem::take(&mut self.list) {
            if message.since.elapsed() < message.time() {
                self.list.push(message);
            } else {
                self.keep(message);
            }
        }
        let rest = |message: &Message| message.time().saturating_sub(message.since.elapsed());
        self.list.iter().map(rest).min()
    }
}

/// Articles near a layer.
#[derive(Debug, Clone)]
pub struct Studies {
    /// Of which layer.
    pub layer: LayerId,
    /// Of which tail.
    pub tail: Tail,
    /// Layer content they were made from.
    pub revision: u64,
    /// `None`: the model holds no index.
    pub list: Option<Vec<StudyHit>>,
}

impl Studies {
    /// Whether they belong to what a layer holds now.
    pub fn is_of(&self, layer: &Layer, tail: Tail) -> bool {
        self.layer == layer.id && self.tail == tail && self.revision >= layer.content_revision
    }
}

/// Why a layer of a session has no values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// They could not be read or made.
    Failed,
    /// The user stopped it.
    Stopped,
}

/// What the palette shows.
#[derive(Debug, Default)]
pub struct Palette {
    /// Typed so far.
    pub query: String,
    /// Row under the keyboard.
    pub row: usize,
    /// Set on opening: the field takes the keyboard once.
    pub fresh: bool,
}

/// What the sheet that makes a layer from layers holds.
#[derive(Debug, Clone, Copy)]
pub struct DeriveSheet {
    /// What is made.
    pub operation: Operation,
    /// From this layer.
    pub first: LayerId,
    /// And this one, where two are needed.
    pub second: Option<LayerId>,
}

/// What the sheet that asks for a path holds.
#[derive(Debug)]
pub struct PathSheet {
    /// What the path is for.
    pub dialog: Dialog,
    /// Typed so far.
    pub text: String,
    /// Set on opening: the field takes the keyboard once.
    pub fresh: bool,
    /// A file to be written is there already.
    pub replaces: bool,
}

/// By what the peak table is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PeakSort {
    /// As numbered: positive clusters, then negative ones.
    #[default]
    Number,
    /// Name of the place.
    Region,
    /// Strength of the peak.
    Value,
    /// Volume of the cluster.
    Size,
}

impl PeakSort {
    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Region => "region",
            Self::Value => "strength",
            Self::Size => "size",
        }
    }
}

/// The field a coordinate is typed into.
#[derive(Debug, Default)]
pub struct CoordinateField {
    /// Typed so far, while it has the keyboard.
    pub text: Option<String>,
    /// What was typed is no place.
    pub refused: bool,
    /// It takes the keyboard in the next frame.
    pub wants_focus: bool,
}

/// Everything else.
#[derive(Debug)]
pub struct WindowState {
    /// Tab of the right column.
    pub tab: Tab,
    /// The palette, while open.
    pub palette: Option<Palette>,
    /// Whether the help sheet is open.
    pub help: bool,
    /// The view shown alone.
    pub maximised: Option<Pane>,
    /// The view under the pointer, or with the keyboard.
    pub pane: Option<Pane>,
    /// What the views are framed by.
    pub framed: Option<Bounds>,
    /// How the maps that stand side by side compare.
    pub caption: String,
    /// The sheet that saves figures, while open.
    pub figure: Option<FigureSheet>,
    /// The sheet that asks for a path, while open.
    pub path: Option<PathSheet>,
    /// Text field at the bottom right.
    pub text: String,
    /// The text field wants the keyboard.
    pub focus_text: bool,
    /// All tasks rather than the first.
    pub all_tasks: bool,
    /// Messages.
    pub messages: Messages,
    /// Names for the palette.
    pub catalogue: Catalogue,
    /// Layers the graphics adapter holds in part only: at this fraction of their resolution.
    pub reduced: HashMap<LayerId, usize>,
    /// Articles near the layer read.
    pub studies: Option<Studies>,
    /// Clusters of the selected layer, or of how it was a moment ago.
    pub peaks: Option<Peaks>,
    /// Smaller clusters are left out, voxels.
    pub extent_voxels: usize,
    /// How often the atlas that names places was changed.
    pub atlas_changes: u64,
    /// The atlas that names places.
    pub atlas: AtlasInUse,
    /// Over which voxels maps are correlated.
    pub over: Over,
    /// What the visible maps have in common, or had a moment ago.
    pub compared: Option<Compared>,
    /// Comparing what is visible now was stopped, or failed.
    pub compare_stopped: bool,
    /// The sheet that makes a layer from layers, while open.
    pub derive: Option<DeriveSheet>,
    /// Frames asked for and not yet read.
    pub wanted_frames: HashMap<LayerId, usize>,
    /// The time course read last.
    pub course: Option<Course>,
    /// Header and range of the layer looked at last.
    pub facts: Option<Facts>,
    /// By what the peak table is sorted.
    pub peak_sort: PeakSort,
    /// The row of the peak table that takes the keyboard.
    pub peak_row: usize,
    /// Where the crosshair has been.
    pub places: Places,
    /// The field of the coordinate.
    pub coordinate: CoordinateField,
    /// Why layers could not be read, and which tail was tried.
    pub unread: HashMap<LayerId, (Tail, Explanation)>,
    /// Layers without values, and why.
    pub absent: HashMap<LayerId, Absent>,
    /// Files opened last, newest first.
    pub recent: Vec<PathBuf>,
    /// "Opened in 84 ms".
    pub last_timing: String,
    /// Name of the graphics adapter.
    pub device: String,
    /// Point under the pointer, RAS mm.
    pub hover_mm: Option<[f64; 3]>,
    /// Widgets of the views: with the keyboard on one of them, arrows move the crosshair.
    pub views: Vec<egui::Id>,
    /// Whether the first loads are still running: no empty state yet.
    pub starting: bool,
}

impl Default for WindowState {
    fn default() -> Self {
        Self {
            tab: Tab::Decode,
            palette: None,
            help: false,
            maximised: None,
            pane: None,
            framed: None,
            caption: String::new(),
            figure: None,
            path: None,
            text: String::new(),
            focus_text: false,
            all_tasks: false,
            messages: Messages::default(),
            catalogue: Catalogue::default(),
            reduced: HashMap::new(),
            studies: None,
            peaks: None,
            extent_voxels: 0,
            atlas_changes: 0,
            atlas: AtlasInUse::default(),
            over: Over::default(),
            compared: None,
            compare_stopped: false,
            derive: None,
            wanted_frames: HashMap::new(),
            course: None,
            facts: None,
            peak_sort: PeakSort::default(),
            peak_row: 0,
            places: Places::default(),
            coordinate: CoordinateField::default(),
            unread: HashMap::new(),
            absent: HashMap::new(),
            recent: Vec::new(),
            last_timing: String::new(),
            device: String::new(),
            hover_mm: None,
            views: Vec::new(),
            starting: true,
        }
    }
}

impl WindowState {
    /// Opens the palette, or closes it.
    pub fn toggle_palette(&mut self) {
        self.palette = match self.palette.take() {
            Some(_) => None,
            None => Some(Palette {
                fresh: true,
                ..Palette::default()
            }),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(what: &str) -> Explanation {
        Explanation {
            what: what.to_owned(),
            why: String::new(),
            remedy: String::new(),
            path: None,
        }
    }

    fn age(messages: &mut Messages, by: Duration) {
        for message in &mut messages.list {
            message.since = message.since.checked_sub(by).unwrap();
        }
    }

    #[test]
    fn failures_go_by_into_the_log_and_notices_go_for_good() {
        let mut messages = Messages::default();
        messages.error(failure("one"));
        messages.notice("saved");
        age(&mut messages, NOTICE_TIME);
        assert!(messages.expire().is_some());
        assert_eq!(messages.list.len(), 1, "the failure stays longer");
        messages.held = true;
        age(&mut messages, ERROR_TIME);
        assert_eq!(messages.expire(), None);
        assert_eq!(
            messages.list.len(),
            1,
            "nothing goes from under the pointer"
        );
        messages.held = false;
        assert_eq!(messages.expire(), None);
        assert_eq!((messages.list.len(), messages.log.len()), (0, 1));
        assert_eq!(messages.unread, 1);
        messages.toggle_log();
        assert!(messages.log_open && messages.unread == 0);
    }

    #[test]
    fn a_flood_of_failures_is_kept_once_each() {
        let mut messages = Messages::default();
        for n in 0..10 {
            messages.error(failure(&format!("file {}", n % 6)));
        }
        assert_eq!(messages.list.len(), MAX_MESSAGES);
        assert_eq!(messages.log.len(), 2);
    }
}
