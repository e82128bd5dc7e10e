//! Where things are drawn: arrangement, magnification, marks, figures.

use std::path::PathBuf;

use eframe::egui::{Key, KeyboardShortcut, Modifiers};

use super::Command;
use crate::app::arrangement::Arrangement;
use crate::app::figure::FigureChoice;
use crate::app::view::{Background, Mark};
use crate::render::{MapPlanes, Mosaic, Preset, Zoom};

/// What is done with the views.
#[derive(Debug, Clone)]
pub enum ViewCommand {
    /// Arranges the views as named.
    Arrange(Preset),
    /// A divider or a tile was dragged.
    Rearrange(Box<Arrangement>),
    /// Undoes what was dragged.
    ResetArrangement,
    /// Shows the view under the pointer, or with the keyboard, alone; or all again.
    ToggleMaximise,
    /// Magnifies the slices so.
    Zoom(Zoom),
    /// Magnifies about the crosshair.
    ZoomIn,
    /// The other way.
    ZoomOut,
    /// Shows the whole head.
    ResetZoom,
    /// Writes something into the views, or no longer.
    Toggle(Mark),
    /// Chooses the colour behind the brain.
    SetBackground(Background),
    /// Chooses the slices of the mosaic.
    SetMosaic(Mosaic),
    /// Chooses the planes shown of maps side by side.
    SetMaps(MapPlanes),
    /// Opens the sheet that saves a figure.
    FigureSheet,
    /// Asks where to save a figure.
    SaveFigureDialog(Box<FigureChoice>),
    /// Saves a figure.
    SaveFigure(Box<FigureChoice>, PathBuf),
    /// Copies the views as they are to the clipboard.
    CopyFigure,
    /// Copies a figure to the clipboard.
    CopyFigureAs(Box<FigureChoice>),
}

impl From<ViewCommand> for Command {
    fn from(command: ViewCommand) -> Self {
        Self::View(command)
    }
}

impl ViewCommand {
    /// Words for menus, the palette and the undo list.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Arrange(preset) => preset.label(),
            Self::Rearrange(_) => "Move views",
            Self::ResetArrangement => "Reset arrangement",
            Self::ToggleMaximise => "Show this view alone, or all",
            Self::Zoom(_) => "Magnify",
            Self::ZoomIn => "Magnify about the crosshair",
            Self::ZoomOut => "Show more around the crosshair",
            Self::ResetZoom => "Show the whole head",
            Self::Toggle(Mark::Labels) => "Show or hide labels",
            Self::Toggle(Mark::Coordinates) => "Show or hide coordinates",
            Self::Toggle(Mark::ScaleBar) => "Show or hide scale bar",
            Self::Toggle(Mark::ColourBar) => "Show or hide colour bar",
            Self::Toggle(Mark::Threshold) => "Show or hide threshold in words",
            Self::SetBackground(Background::Theme) => "Background as the theme",
            Self::SetBackground(Background::Black) => "Black background",
            Self::SetBackground(Background::White) => "White background",
            Self::SetMosaic(_) => "Change mosaic",
            Self::SetMaps(_) => "Change planes of maps",
            Self::FigureSheet => "Save figure…",
            Self::SaveFigureDialog(_) | Self::SaveFigure(..) => "Save figure",
            Self::CopyFigure | Self::CopyFigureAs(_) => "Copy figure",
        }
    }

    /// One sentence more, for tooltips.
    pub fn tooltip(&self) -> &'static str {
        match self {
            Self::Arrange(Preset::FourViews) => "Sagittal, coronal, axial and the glass brain",
            Self::Arrange(Preset::RowOfThree) => "Sagittal, coronal and axial in a row",
            Self::Arrange(Preset::OneLarge) => "Axial large, coronal and sagittal beside it",
            Self::Arrange(Preset::GlassThree) => "Largest values from the side, behind and above",
            Self::Arrange(Preset::Mosaic) => "Many slices of one plane",
            Self::Arrange(Preset::SideBySide) => "The same cut of every map that is shown",
            Self::ResetArrangement => "Views as large and where they were before they were dragged",
            Self::ToggleMaximise => "The view under the pointer; double-click does the same",
            Self::ZoomIn | Self::ZoomOut => {
                "Ctrl and the wheel, or two fingers, magnify about the pointer"
            }
            Self::ResetZoom => "Undoes magnifying and shifting",
            Self::FigureSheet => "What is on screen as PNG, at any size and resolution",
            Self::CopyFigure => "What is on screen, to paste elsewhere",
            _ => "",
        }
    }

    /// The key that does it.
    pub fn shortcut(&self) -> Option<KeyboardShortcut> {
        let plain = |key| KeyboardShortcut::new(Modifiers::NONE, key);
        let alt = |key| KeyboardShortcut::new(Modifiers::ALT, key);
        Some(match self {
            Self::Arrange(Preset::FourViews) => alt(Key::Num1),
            Self::Arrange(Preset::RowOfThree) => alt(Key::Num2),
            Self::Arrange(Preset::OneLarge) => alt(Key::Num3),
            Self::Arrange(Preset::GlassThree) => alt(Key::Num4),
            Self::Arrange(Preset::Mosaic) => alt(Key::Num5),
            Self::Arrange(Preset::SideBySide) => alt(Key::Num6),
            Self::ToggleMaximise => plain(Key::F),
            Self::ZoomIn => plain(Key::Plus),
            Self::ZoomOut => plain(Key::Minus),
            Self::ResetZoom => plain(Key::Num0),
            Self::FigureSheet => KeyboardShortcut::new(Modifiers::COMMAND, Key::S),
            Self::CopyFigure => {
                KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::C)
            }
            _ => return None,
        })
    }

    /// The part of the view menu about arrangement and magnification; `None` is a line.
    pub fn arranging() -> Vec<Option<Command>> {
        let presets = Preset::ALL
            .into_iter()
            .map(|p| Some(Self::Arrange(p).into()));
        let rest = [
            Some(Self::ResetArrangement.into()),
            None,
            Some(Self::ToggleMaximise.into()),
            Some(Command::CycleViews),
            None,
            Some(Self::ZoomIn.into()),
            Some(Self::ZoomOut.into()),
            Some(Self::ResetZoom.into()),
        ];
        presets.chain(rest).collect()
    }

    /// What the palette lists beyond the menus.
    pub fn listed() -> Vec<Command> {
        let marks = Mark::ALL.into_iter().map(|mark| Self::Toggle(mark).into());
        let backgrounds = Background::ALL
            .into_iter()
            .map(|background| Self::SetBackground(background).into());
        marks.chain(backgrounds).collect()
    }
}
