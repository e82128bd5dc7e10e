//! Everything a user can do, once. Menus, palette, keys, tooltips, the help sheet and the tests all
//! read this table.

mod look;
mod menu;
mod parts;
mod read;
mod session;
mod view;

pub use look::{Edge, LookCommand};
pub use menu::{MENUS, Menu};
pub use parts::Tab;
pub use read::ReadCommand;
pub use session::SessionCommand;
pub use view::ViewCommand;

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::{Key, KeyboardShortcut, Modifiers};

use crate::app::apply::Dialog;
use crate::app::arrangement::Pane;
use crate::app::document::{LayerId, LayerResult, Source, ThemeChoice};
use crate::decode::Tail;
use crate::render::{ColourMap, Convention, Signs};
use crate::volume::Volume;

/// A user's action, or a job's result, with all it needs.
#[derive(Debug, Clone)]
pub enum Command {
    /// Asks for files to open.
    OpenDialog,
    /// Opens files as layers.
    Open(Vec<PathBuf>),
    /// Opens the map that ships with Gyrus.
    OpenDemo,
    /// Asks for a path in the window, where the system has no file dialog.
    TypePath(Box<Dialog>),
    /// Asks where to save the selected layer.
    SaveMapDialog,
    /// Saves the selected layer as NIfTI.
    SaveMap(PathBuf),
    /// Closes the window.
    Quit,
    /// Sessions, recent files, folders.
    Session(SessionCommand),
    /// Places, peaks, values, atlases, comparison, derived layers, frames.
    Read(ReadCommand),
    /// How layers look and lie.
    Look(LookCommand),

    /// Takes the last change back.
    Undo,
    /// Brings it back again.
    Redo,
    /// Removes a layer.
    Remove(LayerId),
    /// Removes the selected layer.
    RemoveSelected,
    /// Selects a layer.
    Select(LayerId),
    /// Selects the layer above (+1) or below (−1) the selected one.
    SelectNext(i32),
    /// Moves a layer up (+1) or down (−1) in the stack.
    Reorder(LayerId, i32),

    /// A map was loaded or predicted.
    AddLayer {
        /// Its values.
        volume: Arc<Volume>,
        /// Its origin.
        source: Source,
        /// Name shown.
        name: String,
    },
    /// A decoding was computed.
    SetDecoding {
        /// Of which layer.
        layer: LayerId,
        /// The answer and the revision it was asked at.
        result: Box<LayerResult>,
    },

    /// Shows or hides a layer.
    SetVisible(LayerId, bool),
    /// Shows or hides the selected layer.
    ToggleSelected,
    /// Sets the threshold.
    SetThreshold(LayerId, f32),
    /// Sets the value at which the colours end.
    SetMaximum(LayerId, f32),
    /// Sets the opacity, 0..=1.
    SetOpacity(LayerId, f32),
    /// Chooses the signs shown.
    SetSigns(LayerId, Signs),
    /// Chooses the colours of positive and negative values.
    SetColours(LayerId, ColourMap, ColourMap),
    /// Back to the defaults for this map.
    ResetDisplay(LayerId),
    /// A drag ended: the next one is an undo step of its own.
    EndDrag,

    /// Moves the cut point, RAS mm.
    MoveTo([f64; 3]),
    /// Moves it by a vector, mm.
    Nudge([f64; 3]),
    /// Moves it to the largest value of the selected layer.
    GoToPeak,
    /// Moves it to 0 0 0.
    Origin,
    /// Sets which side is left.
    SetConvention(Convention),
    /// Swaps it.
    ToggleConvention,
    /// Shows or hides the crosshair.
    ToggleCrosshair,
    /// Shows or hides the template under the maps.
    ToggleUnderlay,
    /// Chooses the colours of the window.
    SetTheme(ThemeChoice),
    /// Dark to light and back.
    ToggleTheme,
    /// Arrangement, magnification, marks, figures.
    View(ViewCommand),
    /// Shows one view alone, or all.
    Maximise(Option<Pane>),
    /// Steps through: all four, each alone.
    CycleViews,

    /// Chooses which tail is read.
    SetTail(Tail),
    /// Reads the selected layer.
    DecodeSelected,
    /// Asks the model for the map of a text.
    Predict {
        /// A task's name or any sentence.
        text: String,
        /// The ontology's id where it is one of its tasks.
        task_id: Option<String>,
    },
    /// Puts the caret into the text field.
    FocusText,
    /// Stops what is being computed.
    CancelJobs,

    /// Opens or closes the command palette.
    TogglePalette,
    /// Opens or closes the help sheet.
    ToggleHelp,
    /// Switches the right column.
    SetTab(Tab),
    /// Closes all messages.
    DismissMessages,
    /// Shows or hides the messages that went by.
    ToggleLog,
    /// Things appear and scroll at once, or glide.
    ToggleMotion,
}

const fn key(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

const fn ctrl(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

const fn shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::SHIFT, key)
}

impl Command {
    /// Words for menus, the palette and the undo list.
    pub fn label(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::OpenDialog => "Open a map…",
            Self::Open(_) => "Open",
            Self::OpenDemo => "Open the example map",
            Self::TypePath(_) => "Type a path",
            Self::SaveMapDialog => "Save layer as NIfTI…",
            Self::SaveMap(_) => "Save layer as NIfTI",
            Self::Quit => "Quit",
            Self::Session(command) => command.label(),
            Self::Read(command) => command.label(),
            Self::Look(command) => return command.label(),
            Self::Undo => "Undo",
            Self::Redo => "Redo",
            Self::Remove(_) => "Remove layer",
            Self::RemoveSelected => "Remove layer",
            Self::Select(_) => "Select layer",
            Self::SelectNext(n) if *n > 0 => "Select layer above",
            Self::SelectNext(_) => "Select layer below",
            Self::Reorder(_, n) if *n > 0 => "Move layer up",
            Self::Reorder(..) => "Move layer down",
            Self::AddLayer { .. } => "Add layer",
            Self::SetDecoding { .. } => "Show decoding",
            Self::SetVisible(_, true) => "Show layer",
            Self::SetVisible(_, false) => "Hide layer",
            Self::ToggleSelected => "Show or hide layer",
            Self::SetThreshold(..) => "Change threshold",
            Self::SetMaximum(..) => "Change range",
            Self::SetOpacity(..) => "Change opacity",
            Self::SetSigns(_, Signs::Positive) => "Show positive values",
            Self::SetSigns(_, Signs::Negative) => "Show negative values",
            Self::SetSigns(_, Signs::Both) => "Show both signs",
            Self::SetColours(..) => "Change colours",
            Self::ResetDisplay(_) => "Reset display",
            Self::EndDrag => "End drag",
            Self::MoveTo(_) => "Go to coordinate",
            Self::Nudge(_) => "Move crosshair",
            Self::GoToPeak => "Go to the peak",
            Self::Origin => "Go to the origin",
            Self::SetConvention(_) => "Set left and right",
            Self::ToggleConvention => "Swap left and right",
            Self::ToggleCrosshair => "Show or hide crosshair",
            Self::ToggleUnderlay => "Show or hide the MNI brain",
            Self::SetTheme(ThemeChoice::Dark) => "Dark theme",
            Self::SetTheme(ThemeChoice::Light) => "Light theme",
            Self::SetTheme(ThemeChoice::System) => "Theme of the desktop",
            Self::ToggleTheme => "Switch dark and light",
            Self::View(command) => command.label(),
            Self::Maximise(None) => "Show all views",
            Self::Maximise(Some(_)) => "Show one view alone",
            Self::CycleViews => "Next view",
            Self::SetTail(Tail::Pos) => "Read positive values",
            Self::SetTail(Tail::Neg) => "Read negative values",
            Self::SetTail(Tail::Both) => "Read both signs",
            Self::DecodeSelected => "Decode layer",
            Self::Predict { text, .. } => {
                return Cow::Owned(format!("Predict the map of “{text}”"));
            }
            Self::FocusText => "Type a task or a sentence…",
            Self::CancelJobs => "Stop computing",
            Self::TogglePalette => "Find…",
            Self::ToggleHelp => "Keys and mouse",
            Self::SetTab(Tab::Decode) => "Show decode tab",
            Self::SetTab(Tab::Studies) => "Show studies tab",
            Self::SetTab(Tab::Peaks) => "Show peaks tab",
            Self::SetTab(Tab::Values) => "Show values tab",
            Self::SetTab(Tab::Info) => "Show info tab",
            Self::DismissMessages => "Close messages",
            Self::ToggleLog => "Earlier messages",
            Self::ToggleMotion => "Reduce motion, or allow it",
        })
    }

    /// One sentence more, for tooltips.
    pub fn tooltip(&self) -> &'static str {
        match self {
            Self::OpenDialog => {
                "NIfTI, Analyze, MGH or AFNI files; dropping them on the window works too"
            }
            Self::Session(command) => command.tooltip(),
            Self::Read(command) => command.tooltip(),
            Self::Look(command) => command.tooltip(),
            Self::OpenDemo => "Left against right hand movement, NeuroVault image 10426",
            Self::View(command) => command.tooltip(),
            Self::SaveMapDialog => "The selected layer's values, for other programs",
            Self::Undo => "Layers, thresholds, colours and left-right; not the crosshair",
            Self::ToggleConvention => "Neurological: left is left. Radiological: left is right",
            Self::GoToPeak => "The largest absolute value the selected layer shows",
            Self::Origin => "The anterior commissure, 0 0 0 mm",
            Self::DecodeSelected => "Ranks the tasks whose brain activity this map resembles",
            Self::SetTail(Tail::Neg) => "Reads the map with its sign turned",
            Self::FocusText => "Shows the map the model expects for it",
            Self::ToggleMotion => "Without gliding panels and scrolling",
            Self::TogglePalette => "Commands, tasks, regions and coordinates",
            Self::CycleViews => "All views, then each alone",
            _ => "",
        }
    }

    /// The key that does it.
    pub fn shortcut(&self) -> Option<KeyboardShortcut> {
        Some(match self {
            Self::OpenDialog => ctrl(Key::O),
            Self::View(command) => return command.shortcut(),
            Self::Session(command) => return command.shortcut(),
            Self::Read(command) => return command.shortcut(),
            Self::Look(command) => return command.shortcut(),
            Self::Quit => ctrl(Key::Q),
            Self::Undo => ctrl(Key::Z),
            Self::Redo => ctrl(Key::Y),
            Self::RemoveSelected => key(Key::Delete),
            Self::SelectNext(1) => key(Key::CloseBracket),
            Self::SelectNext(-1) => key(Key::OpenBracket),
            Self::ToggleSelected => key(Key::H),
            Self::GoToPeak => key(Key::C),
            Self::Origin => key(Key::O),
            Self::ToggleConvention => key(Key::R),
            Self::ToggleCrosshair => key(Key::X),
            Self::ToggleUnderlay => key(Key::U),
            Self::ToggleTheme => ctrl(Key::L),
            Self::CycleViews => key(Key::V),
            Self::DecodeSelected => ctrl(Key::D),
            Self::FocusText => key(Key::Slash),
            Self::TogglePalette => ctrl(Key::K),
            Self::ToggleHelp => key(Key::Questionmark),
            Self::SetTab(Tab::Decode) => ctrl(Key::Num1),
            Self::SetTab(Tab::Studies) => ctrl(Key::Num2),
            Self::SetTab(Tab::Peaks) => ctrl(Key::Num3),
            Self::SetTab(Tab::Values) => ctrl(Key::Num4),
            Self::SetTab(Tab::Info) => ctrl(Key::Num5),
            Self::Nudge(v) => return nudge_shortcut(*v),
            _ => return None,
        })
    }

    /// What the palette and the help sheet list, in this order.
    pub fn listed() -> Vec<Self> {
        let mut all: Vec<Self> = MENUS
            .iter()
            .flat_map(|menu| menu.items())
            .flatten()
            .collect();
        all.extend([
            Self::SelectNext(1),
            Self::SelectNext(-1),
            Self::SetTab(Tab::Decode),
            Self::SetTab(Tab::Studies),
            Self::SetTab(Tab::Peaks),
            Self::SetTab(Tab::Values),
            Self::SetTab(Tab::Info),
            SessionCommand::ClearRecent.into(),
        ]);
        all.extend(ViewCommand::listed());
        all
    }
}

/// Arrow keys and page keys move along the axes; with Shift ten times as far.
pub const NUDGES: [(Key, [f64; 3]); 6] = [
    (Key::ArrowLeft, [-1.0, 0.0, 0.0]),
    (Key::ArrowRight, [1.0, 0.0, 0.0]),
    (Key::ArrowDown, [0.0, -1.0, 0.0]),
    (Key::ArrowUp, [0.0, 1.0, 0.0]),
    (Key::PageDown, [0.0, 0.0, -1.0]),
    (Key::PageUp, [0.0, 0.0, 1.0]),
];

fn nudge_shortcut(vector: [f64; 3]) -> Option<KeyboardShortcut> {
    NUDGES.iter().find_map(|&(k, unit)| {
        if unit == vector {
            Some(key(k))
        } else if unit.map(|x| 10.0 * x) == vector {
            Some(shift(k))
        } else {
            None
        }
    })
}
