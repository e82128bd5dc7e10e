//! Commands about where things are drawn.

use super::{Effect, WindowChange};
use crate::app::arrangement::Arrangement;
use crate::app::command::ViewCommand;
use crate::app::document::Document;
use crate::app::figure::FigureChoice;
use crate::render::Zoom;

/// Carries a command out on the document.
pub(super) fn apply(document: &mut Document, command: ViewCommand) -> Vec<Effect> {
    let view = &mut document.view;
    match command {
        ViewCommand::Arrange(preset) => {
            view.arrangement = Arrangement::of(preset);
            document.revision += 1;
            // What was shown alone may not be there.
            return vec![Effect::Window(WindowChange::Maximise(None))];
        }
        ViewCommand::ResetArrangement => {
            view.arrangement = Arrangement::of(view.arrangement.preset);
            document.revision += 1;
            return vec![Effect::Window(WindowChange::Maximise(None))];
        }
        ViewCommand::Rearrange(arrangement) => view.arrangement = *arrangement,
        ViewCommand::ToggleMaximise => return vec![Effect::Window(WindowChange::ToggleMaximise)],
        ViewCommand::Zoom(zoom) => view.zoom = zoom.sound(),
        // How the views are framed is known where they are drawn.
        ViewCommand::ZoomIn => return vec![Effect::Window(WindowChange::ZoomStep(1))],
        ViewCommand::ZoomOut => return vec![Effect::Window(WindowChange::ZoomStep(-1))],
        ViewCommand::ResetZoom => view.zoom = Zoom::default(),
        ViewCommand::Toggle(mark) => view.marks = mark.toggled(view.marks),
        ViewCommand::SetBackground(background) => view.background = background,
        ViewCommand::SetMosaic(mosaic) => view.mosaic = mosaic,
        ViewCommand::SetMaps(maps) => view.maps = maps,
        ViewCommand::FigureSheet => return vec![Effect::Window(WindowChange::FigureSheet)],
        ViewCommand::SaveFigureDialog(choice) => return vec![Effect::AskForFigure(choice)],
        ViewCommand::SaveFigure(choice, path) => return vec![Effect::SaveFigure(choice, path)],
        ViewCommand::CopyFigure => {
            let choice = FigureChoice::of(document);
            return vec![Effect::CopyFigure(Box::new(choice))];
        }
        ViewCommand::CopyFigureAs(choice) => return vec![Effect::CopyFigure(choice)],
    }
    document.revision += 1;
    Vec::new()
}
