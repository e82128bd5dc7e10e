//! What the window is built of. A feature is one folder: its state, what can be done with it (rows
//! of the command table), its background work, its place in the window. Features know the model and
//! the jobs below them and never each other: what one wants of another is an [`Action`].

mod action;
mod command;
mod context;
mod offer;
mod page;
mod registry;

pub use action::{Action, Call, FileRequest, Purpose};
pub use command::{Command, Menu, Row};
pub use context::{Act, Cx};
pub use offer::Offer;
pub use page::page_frame;
pub use registry::{Registry, tabs};

use std::any::Any;

use eframe::egui::Ui;

use super::model::Layer;

/// A tab of the right column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tab {
    /// The word on it, which is also the name of the row of the command table that opens it.
    pub label: &'static str,
    /// Words of that row ("Show decode tab").
    pub words: &'static str,
    /// Tabs stand in this order.
    pub order: u8,
}

/// One folder of the window. Everything but the name has a default: a feature implements what it
/// needs.
pub trait Feature: Any {
    /// Stable name; also that of its tab and page.
    fn name(&self) -> &'static str;

    /// Its rows of the command table.
    fn commands() -> Vec<Command<Self>>
    where
        Self: Sized,
    {
        Vec::new()
    }

    /// Before every frame: takes in what its work gave, and asks for what the window shows and does
    /// not have.
    fn update(&mut self, act: &mut Act<'_>) {
        let _ = act;
    }

    /// Does what is asked of it by others; gives back what is not for it.
    fn answer(&mut self, call: Call, act: &mut Act<'_>) -> Option<Call> {
        let _ = act;
        Some(call)
    }

    /// What the palette finds in it.
    fn find(&self, query: &str, cx: &Cx<'_>, found: &mut Vec<Offer>) {
        let _ = (query, cx, found);
    }

    /// Its tab in the right column.
    fn tab(&self) -> Option<Tab> {
        None
    }

    /// Draws the tab.
    fn draw_tab(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let _ = (ui, cx);
    }

    /// Draws its part of the left column above what belongs to the selected layer.
    fn draw_left(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let _ = (ui, cx);
    }

    /// Draws its part of the left column about the selected layer.
    fn draw_section(&mut self, ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer) {
        let _ = (ui, cx, layer);
    }

    /// Draws its part of the foot of the right column, which is there whatever tab is open; whether
    /// there is any.
    fn has_foot(&self) -> bool {
        false
    }

    /// Draws that part.
    fn draw_foot(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let _ = (ui, cx);
    }

    /// The word for its page, where it has one: a page takes the place of the views.
    fn page(&self) -> Option<&'static str> {
        None
    }

    /// Draws the page.
    fn draw_page(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let _ = (ui, cx);
    }

    /// Draws what lies over the window: sheets, dialogs.
    fn draw_over(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let _ = (ui, cx);
    }

    /// Whether a sheet of it is open, to which the keys belong.
    fn has_keys(&self) -> bool {
        false
    }
}
