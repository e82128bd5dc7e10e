//! Reading the map: places, peaks, atlases, comparison, derived layers, frames.

use std::path::PathBuf;

use eframe::egui::{Key, KeyboardShortcut, Modifiers};

use super::Command;
use crate::app::document::{Document, LayerId};
use crate::app::services::{AtlasChoice, Opened};
use crate::measure::{Operation, Over};
use crate::volume::MapKind;

/// What is done to read numbers off the maps.
#[derive(Debug, Clone)]
pub enum ReadCommand {
    /// Moves the crosshair to a place that was looked up, RAS mm: one that can be left again.
    GoTo([f64; 3]),
    /// The same by a voxel of the selected layer's file, from 0.
    GoToVoxel([f64; 3]),
    /// To the place before.
    Back,
    /// To the place that was left by going back.
    Forward,
    /// To the next (+1) or previous (−1) row of the peak table.
    StepPeak(i32),
    /// Puts the caret into the field of the coordinate.
    FocusCoordinate,
    /// Leaves smaller clusters out of the peak table; voxels.
    SetExtent(usize),
    /// Puts the peak table on the clipboard.
    CopyPeaks,
    /// Asks where to save the peak table.
    SavePeaksDialog,
    /// Saves the peak table as CSV.
    SavePeaks(PathBuf),
    /// Asks for an atlas.
    AtlasDialog,
    /// Asks for the table of names of the atlas in use.
    AtlasNamesDialog,
    /// Names places by this atlas, or by the embedded one.
    UseAtlas(Option<AtlasChoice>),
    /// Opens the atlas in use as a layer.
    ShowAtlas,
    /// Chooses the voxels over which maps are correlated.
    SetOver(Over),
    /// Opens or closes the sheet that makes a layer from layers.
    ToggleDerive,
    /// Makes a layer from layers.
    Derive(Operation, Vec<LayerId>),
    /// Shows another frame of a layer's file, from 0.
    SetFrame(LayerId, usize),
    /// The next (+1) or previous (−1) frame of the selected layer.
    StepFrame(i32),
    /// A frame was read.
    ShowFrame(LayerId, Box<Opened>),
    /// Reads the voxel at the crosshair in all frames of the selected layer.
    ReadCourse,
    /// Says what the values of a layer are.
    SetKind(LayerId, MapKind),
}

impl From<ReadCommand> for Command {
    fn from(command: ReadCommand) -> Self {
        Self::Read(command)
    }
}

impl ReadCommand {
    /// Words for menus, the palette and the undo list.
    pub fn label(&self) -> &'static str {
        match self {
            Self::GoTo(_) => "Go to coordinate",
            Self::GoToVoxel(_) => "Go to voxel",
            Self::Back => "Back to the place before",
            Self::Forward => "Forward again",
            Self::StepPeak(n) if *n > 0 => "Next peak",
            Self::StepPeak(_) => "Previous peak",
            Self::FocusCoordinate => "Type a coordinate…",
            Self::SetExtent(_) => "Leave out small clusters",
            Self::CopyPeaks => "Copy the peak table",
            Self::SavePeaksDialog => "Save peak table as CSV…",
            Self::SavePeaks(_) => "Save peak table as CSV",
            Self::AtlasDialog => "Name regions by another atlas…",
            Self::AtlasNamesDialog => "Choose the names of this atlas…",
            Self::UseAtlas(Some(_)) => "Name regions by this atlas",
            Self::UseAtlas(None) => "Name regions by Desikan–Killiany",
            Self::ShowAtlas => "Show the atlas as a layer",
            Self::SetOver(Over::All) => "Correlate all voxels",
            Self::SetOver(Over::NonZero) => "Correlate voxels that are not 0",
            Self::ToggleDerive => "New layer from layers…",
            Self::Derive(..) => "New layer from layers",
            Self::SetFrame(..) | Self::ShowFrame(..) => "Change frame",
            Self::StepFrame(n) if *n > 0 => "Next frame",
            Self::StepFrame(_) => "Previous frame",
            Self::ReadCourse => "Read the time course here",
            Self::SetKind(..) => "Change what the values are",
        }
    }

    /// One sentence more, for tooltips.
    pub fn tooltip(&self) -> &'static str {
        match self {
            Self::FocusCoordinate => {
                "“-42 22 8” in mm, or “ijk 10 20 30” for a voxel of the selected layer"
            }
            Self::StepPeak(_) => "Through the peak table of the selected layer",
            Self::SavePeaksDialog => "Clusters and peaks of the selected layer at its threshold",
            Self::AtlasDialog => {
                "A map of labels, or one region a frame; names from a table beside it"
            }
            Self::AtlasNamesDialog => "CSV, TSV, FreeSurfer colour table, FSL XML or JSON",
            Self::ToggleDerive => "Difference, conjunction, mask, smoothing…",
            Self::StepFrame(_) => "Frames are counted from 1",
            Self::ReadCourse => "The selected layer's values at the crosshair in all its frames",
            _ => "",
        }
    }

    /// The key that does it.
    pub fn shortcut(&self) -> Option<KeyboardShortcut> {
        let (modifiers, key) = match self {
            Self::Back => (Modifiers::ALT, Key::ArrowLeft),
            Self::Forward => (Modifiers::ALT, Key::ArrowRight),
            Self::StepPeak(1) => (Modifiers::NONE, Key::N),
            Self::StepPeak(-1) => (Modifiers::SHIFT, Key::N),
            Self::FocusCoordinate => (Modifiers::NONE, Key::G),
            Self::StepFrame(1) => (Modifiers::NONE, Key::Period),
            Self::StepFrame(-1) => (Modifiers::NONE, Key::Comma),
            _ => return None,
        };
        Some(KeyboardShortcut::new(modifiers, key))
    }

    /// Whether there is anything for it to act on.
    pub fn is_possible(&self, document: &Document) -> bool {
        let layer = document.selected_layer();
        let volume = layer.and_then(|layer| layer.volume.as_ref());
        match self {
            Self::StepPeak(_) | Self::CopyPeaks | Self::SavePeaksDialog => {
                volume.is_some_and(|volume| volume.data.scalar().is_some())
            }
            Self::ToggleDerive => volume.is_some(),
            Self::StepFrame(_) | Self::ReadCourse => volume.is_some_and(|volume| volume.frames > 1),
            _ => true,
        }
    }

    /// Entries of the menu; `None` is a line between groups.
    pub fn menu() -> Vec<Option<Command>> {
        [
            Some(Self::FocusCoordinate),
            Some(Self::Back),
            Some(Self::Forward),
            None,
            Some(Self::StepPeak(1)),
            Some(Self::StepPeak(-1)),
            Some(Self::CopyPeaks),
            Some(Self::SavePeaksDialog),
            None,
            Some(Self::AtlasDialog),
            Some(Self::AtlasNamesDialog),
            Some(Self::UseAtlas(None)),
            Some(Self::ShowAtlas),
            None,
            Some(Self::ToggleDerive),
            Some(Self::StepFrame(1)),
            Some(Self::StepFrame(-1)),
            Some(Self::ReadCourse),
        ]
        .into_iter()
        .map(|entry| entry.map(Command::from))
        .collect()
    }
}
