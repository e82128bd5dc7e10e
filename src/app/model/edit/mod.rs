//! The only way to change a document. Each edit is a method that says what undo will call it.

mod crosshair;
mod derived;
mod layers;
mod look;
mod model;
mod preview;
mod session;
mod values;
mod view;

pub use derived::Recipe;

use std::ops::Deref;

use super::document::{Document, ThemeChoice};
use super::history::{self, DragKey};
use super::layer::{Layer, LayerId};
use crate::decode::Tail;
use crate::render::Convention;

/// Changes a document; reads like one.
pub struct Editor<'a> {
    document: &'a mut Document,
}

impl Deref for Editor<'_> {
    type Target = Document;

    fn deref(&self) -> &Document {
        self.document
    }
}

impl<'a> Editor<'a> {
    /// Over the document.
    pub fn new(document: &'a mut Document) -> Self {
        Self { document }
    }

    /// What the edits since the last call have to say to the user.
    pub fn take_notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.document.notices)
    }

    /// Says something to the user.
    pub fn say(&mut self, text: impl Into<String>) {
        self.document.notices.push(text.into());
    }

    /// Takes the last change back.
    pub fn undo(&mut self) {
        self.travel(history::undo, "Nothing to undo");
    }

    /// Brings it back again.
    pub fn redo(&mut self) {
        self.travel(history::redo, "Nothing to redo");
    }

    fn travel(&mut self, step: fn(&mut Document) -> bool, empty: &str) {
        let before: Vec<_> = self.layers.iter().map(Layer::content).collect();
        if !step(self.document) {
            self.say(empty);
            return;
        }
        // A layer that shows other values now has a new content: what was read from the values it
        // had a moment ago, or is being read from them, is not of these.
        let revision = self.touch();
        for was in before {
            if let Some(layer) = self.document.layer_mut(was.layer)
                && layer.content_revision != was.revision
            {
                layer.content_revision = revision;
                self.document.results.remove(&was.layer);
            }
        }
    }

    /// The running drag ended: the next one is an undo step of its own.
    pub fn end_drag(&mut self) {
        self.document.history.end_drag();
    }

    /// Chooses the side of a map that is shown decoded.
    pub fn set_tail(&mut self, tail: Option<Tail>) {
        self.document.tail = tail;
        self.touch();
    }

    /// Chooses the colours of the window.
    pub fn set_theme(&mut self, theme: ThemeChoice) {
        self.document.theme = theme;
        self.touch();
    }

    /// Dark to light and back.
    pub fn toggle_theme(&mut self) {
        self.set_theme(match self.theme {
            ThemeChoice::Light => ThemeChoice::Dark,
            ThemeChoice::Dark | ThemeChoice::System => ThemeChoice::Light,
        });
    }

    /// Chooses which side of the screen is left.
    pub fn set_convention(&mut self, convention: Convention) {
        if self.convention != convention {
            self.remember("Swap left and right", None);
            self.document.convention = convention;
            self.touch();
        }
    }

    /// Swaps it.
    pub fn toggle_convention(&mut self) {
        self.set_convention(match self.convention {
            Convention::Neurological => Convention::Radiological,
            Convention::Radiological => Convention::Neurological,
        });
    }

    /// Shows or hides the template under the maps.
    pub fn toggle_underlay(&mut self) {
        self.remember("Show or hide the MNI brain", None);
        self.document.underlay = !self.underlay;
        self.touch();
    }

    /// Draws the selected map alone, or all that are shown.
    pub fn set_only_selected(&mut self, only: bool) {
        self.document.only_selected = only;
        self.touch();
    }

    /// The anatomy under the maps is there now.
    pub fn set_anatomy(&mut self, grid: crate::volume::Grid) {
        self.document.anatomy = Some(grid);
    }

    fn remember(&mut self, label: &str, drag: Option<DragKey>) {
        history::remember(self.document, label, drag);
    }

    /// Counts a change; returns the new revision.
    fn touch(&mut self) -> u64 {
        self.document.revision += 1;
        self.document.revision
    }

    /// Changes a layer in a way that can be undone.
    fn change(
        &mut self,
        id: LayerId,
        label: &str,
        drag: Option<DragKey>,
        edit: impl FnOnce(&mut Layer),
    ) {
        if self.layer(id).is_none() {
            return;
        }
        self.remember(label, drag);
        if let Some(layer) = self.document.layer_mut(id) {
            edit(layer);
        }
        self.touch();
    }

    /// The selected layer; says so where there is none.
    fn selected_or_say(&mut self) -> Option<LayerId> {
        let selected = self.selected.filter(|id| self.layer(*id).is_some());
        if selected.is_none() {
            self.say("No layer is selected");
        }
        selected
    }
}

#[cfg(test)]
mod tests;
