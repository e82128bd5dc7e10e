//! The menus of the top bar.

use super::{Command, LookCommand, ReadCommand, SessionCommand, ViewCommand};
use crate::app::document::ThemeChoice;
use crate::decode::Tail;

/// The menus of the top bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Menu {
    /// Open, save, quit.
    File,
    /// Undo and layers.
    Edit,
    /// Views, theme, crosshair.
    View,
    /// Places, peaks, numbers.
    Read,
    /// Decoding and predicting.
    Decode,
    /// Help.
    Help,
}

/// In the order shown.
pub const MENUS: [Menu; 6] = [
    Menu::File,
    Menu::Edit,
    Menu::View,
    Menu::Read,
    Menu::Decode,
    Menu::Help,
];

impl Menu {
    /// Word in the bar.
    pub fn label(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Edit => "Edit",
            Self::View => "View",
            Self::Read => "Read",
            Self::Decode => "Decode",
            Self::Help => "Help",
        }
    }

    /// Entries; `None` is a line between groups.
    pub fn items(self) -> Vec<Option<Command>> {
        use Command as C;
        use SessionCommand as S;
        match self {
            Self::File => vec![
                Some(C::OpenDialog),
                Some(C::OpenDemo),
                Some(S::ReopenLast.into()),
                None,
                Some(S::OpenDialog.into()),
                Some(S::SaveDialog.into()),
                None,
                Some(ViewCommand::FigureSheet.into()),
                Some(ViewCommand::CopyFigure.into()),
                Some(C::SaveMapDialog),
                None,
                Some(C::Quit),
            ],
            Self::Edit => vec![
                Some(C::Undo),
                Some(C::Redo),
                None,
                Some(C::ToggleSelected),
                Some(C::RemoveSelected),
                Some(LookCommand::MoveSelected(1).into()),
                Some(LookCommand::MoveSelected(-1).into()),
                None,
                Some(LookCommand::NextMode.into()),
                Some(LookCommand::NextInterpolation.into()),
            ],
            Self::View => [
                ViewCommand::arranging(),
                vec![
                    None,
                    Some(C::GoToPeak),
                    Some(C::Origin),
                    None,
                    Some(C::ToggleCrosshair),
                    Some(C::ToggleUnderlay),
                    Some(C::ToggleConvention),
                    None,
                    Some(C::SetTheme(ThemeChoice::Dark)),
                    Some(C::SetTheme(ThemeChoice::Light)),
                    Some(C::SetTheme(ThemeChoice::System)),
                    Some(C::ToggleTheme),
                    Some(C::ToggleMotion),
                ],
            ]
            .concat(),
            Self::Read => ReadCommand::menu(),
            Self::Decode => vec![
                Some(C::DecodeSelected),
                Some(C::SetTail(Tail::Pos)),
                Some(C::SetTail(Tail::Neg)),
                None,
                Some(C::FocusText),
                Some(C::CancelJobs),
            ],
            Self::Help => vec![
                Some(C::TogglePalette),
                Some(C::ToggleHelp),
                Some(C::ToggleLog),
                Some(C::DismissMessages),
            ],
        }
    }
}
