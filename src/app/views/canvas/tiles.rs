//! The tiles the views stand in: dividers and tiles that can be dragged, one-pixel lines, no bars.

use eframe::egui::{CursorIcon, Rect, Sense, Stroke, Style, Ui, UiBuilder, WidgetText};
use egui_tiles::{
    Behavior, EditAction, ResizeState, SimplificationOptions, TabState, Tabs, TileId, Tiles,
    UiResponse,
};

use super::Placed;
use crate::app::feature::Cx;
use crate::app::kit::theme::Tokens;
use crate::app::model::{Document, Pane, cells_of};
use crate::render::Cell;

/// Points between neighbours.
const GAP: f32 = 1.0;

/// A tile is taken hold of by its title.
const HANDLE: Rect = Rect {
    min: eframe::egui::pos2(8.0, 6.0),
    max: eframe::egui::pos2(112.0, 26.0),
};

/// Places the views of the document's arrangement, or the one shown alone, and asks for the pointer
/// over each. What was dragged is changed after the frame.
pub(super) fn place(ui: &mut Ui, cx: &mut Cx<'_>, area: Rect) -> Vec<Placed> {
    let mut child = ui.new_child(UiBuilder::new().max_rect(area));
    let mut behaviour = Views {
        t: cx.t,
        placed: Vec::new(),
        edited: false,
    };
    if let Some(pane) = cx.desk.maximised {
        let response = sense(&child, pane, area);
        behaviour.placed.push(Placed {
            pane,
            rect: area,
            response,
        });
        return behaviour.placed;
    }
    let mut arrangement = cx.doc.view.arrangement.clone();
    arrangement.tree.ui(&mut behaviour, &mut child);
    let Views { placed, edited, .. } = behaviour;
    if edited {
        let arrangement = arrangement.without_tabs();
        if arrangement != cx.doc.view.arrangement {
            cx.edit(move |doc| doc.rearrange(arrangement));
        }
    }
    placed
}

/// The cells of placed views.
pub(super) fn cells(placed: &[Placed], area: Rect, document: &Document) -> Vec<Cell> {
    let rects: Vec<_> = placed.iter().map(|tile| (tile.pane, tile.rect)).collect();
    cells_of(&rects, area, GAP, &document.view)
}

/// The widget of a view: the same one wherever it stands, so that it keeps the keyboard.
fn sense(ui: &Ui, pane: Pane, rect: Rect) -> eframe::egui::Response {
    let id = eframe::egui::Id::unique(("view", pane));
    ui.interact(rect, id, Sense::click_and_drag())
        .on_hover_cursor(CursorIcon::Crosshair)
}

struct Views<'a> {
    t: &'a Tokens,
    placed: Vec<Placed>,
    edited: bool,
}

impl Behavior<Pane> for Views<'_> {
    fn pane_ui(&mut self, ui: &mut Ui, id: TileId, pane: &mut Pane) -> UiResponse {
        let rect = ui.max_rect();
        let response = sense(ui, *pane, rect);
        self.placed.push(Placed {
            pane: *pane,
            rect,
            response,
        });
        // After the view: dragging its title moves it.
        let handle = HANDLE.translate(rect.min.to_vec2()).intersect(rect);
        let handle = ui
            .interact(handle, ui.scope_id().with((id, "handle")), Sense::DRAG)
            .on_hover_cursor(CursorIcon::Grab);
        if handle.drag_started() {
            UiResponse::DragStarted
        } else {
            UiResponse::None
        }
    }

    fn tab_title_for_pane(&mut self, pane: &Pane) -> WidgetText {
        pane.name().into()
    }

    fn is_tab_bar_visible(&self, _: TileId, _: &Tabs) -> bool {
        false
    }

    fn gap_width(&self, _: &Style) -> f32 {
        GAP
    }

    fn min_size(&self) -> f32 {
        90.0
    }

    fn preview_dragged_panes(&self) -> bool {
        false
    }

    fn simplification_options(&self) -> SimplificationOptions {
        SimplificationOptions {
            all_panes_must_have_tabs: false,
            ..SimplificationOptions::default()
        }
    }

    fn resize_stroke(&self, _: &Style, state: ResizeState) -> Stroke {
        match state {
            // The display list draws the line.
            ResizeState::Idle => Stroke::NONE,
            ResizeState::Hovering | ResizeState::Dragging => Stroke::new(2.0, self.t.accent),
        }
    }

    fn drag_ui(&mut self, tiles: &Tiles<Pane>, ui: &mut Ui, id: TileId) {
        let title = self.tab_title_for_tile(tiles, id);
        eframe::egui::Frame::popup(ui.style()).show(ui, |ui| ui.label(title));
    }

    fn dragged_overlay_color(&self, _: &eframe::egui::Visuals) -> eframe::egui::Color32 {
        self.t.scrim
    }

    fn tab_outline_stroke(
        &self,
        _: &eframe::egui::Visuals,
        _: &Tiles<Pane>,
        _: TileId,
        _: &TabState,
    ) -> Stroke {
        Stroke::NONE
    }

    fn ideal_tile_aspect_ratio(&self) -> f32 {
        1.0
    }

    fn on_edit(&mut self, _: EditAction) {
        self.edited = true;
    }
}
