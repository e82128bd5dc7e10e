//! Undo by snapshots. Values are shared (`Arc`), so a snapshot costs a few hundred bytes.

use std::sync::Arc;

use super::command::Edge;
use super::document::{Document, Layer, LayerId};
use crate::render::Convention;
use crate::volume::Volume;

/// Steps kept.
const LIMIT: usize = 200;

/// The part of a document that undo gives back. Cut point, theme and results are not in it: nobody
/// wants a click on the brain undone.
#[derive(Debug, Clone)]
struct Snapshot {
    layers: Vec<Layer>,
    selected: Option<LayerId>,
    reading: Option<LayerId>,
    convention: Convention,
}

impl Snapshot {
    fn of(document: &Document) -> Self {
        Self {
            layers: document.layers.clone(),
            selected: document.selected,
            reading: document.reading,
            convention: document.convention,
        }
    }

    fn restore(self, document: &mut Document) {
        let Self {
            layers,
            selected,
            reading,
            convention,
        } = self;
        document.layers = layers;
        document.selected = selected;
        document.reading = reading;
        document.convention = convention;
    }
}

/// What a running drag changes; steps of the same key in a row are one undo step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DragKey {
    /// Threshold of a layer.
    Threshold(LayerId),
    /// Upper end of the colours of a layer.
    Maximum(LayerId),
    /// Opacity of a layer.
    Opacity(LayerId),
    /// Frame of a layer.
    Frame(LayerId),
    /// A value on the colour bar of a layer, of its negative side or not.
    Edge(LayerId, bool, Edge),
}

#[derive(Debug, Clone)]
struct Step {
    label: String,
    before: Snapshot,
}

/// The undo and redo stacks of a document.
#[derive(Debug, Clone, Default)]
pub struct History {
    undo: Vec<Step>,
    redo: Vec<Step>,
    open_drag: Option<DragKey>,
}

impl History {
    pub(super) fn undo_label(&self) -> Option<&str> {
        self.undo.last().map(|step| step.label.as_str())
    }

    pub(super) fn redo_label(&self) -> Option<&str> {
        self.redo.last().map(|step| step.label.as_str())
    }

    /// Puts values that came later into every step that has the layer without them.
    pub(super) fn fill(&mut self, id: LayerId, volume: &Arc<Volume>) {
        let steps = self.undo.iter_mut().chain(&mut self.redo);
        for layer in steps.flat_map(|step| &mut step.before.layers) {
            if layer.id == id && layer.volume.is_none() {
                layer.volume = Some(Arc::clone(volume));
            }
        }
    }

    pub(super) fn end_drag(&mut self) {
        self.open_drag = None;
    }
}

/// Remembers the document as it is before a change called `label`.
pub(super) fn remember(document: &mut Document, label: &str, drag: Option<DragKey>) {
    let continues = drag.is_some() && document.history.open_drag == drag;
    document.history.open_drag = drag;
    if continues {
        return;
    }
    let before = Snapshot::of(document);
    let history = &mut document.history;
    history.redo.clear();
    if history.undo.len() == LIMIT {
        history.undo.remove(0);
    }
    history.undo.push(Step {
        label: label.to_owned(),
        before,
    });
}

/// Goes one step back; whether there was one.
pub(super) fn undo(document: &mut Document) -> bool {
    document.history.open_drag = None;
    let Some(step) = document.history.undo.pop() else {
        return false;
    };
    let now = Snapshot::of(document);
    document.history.redo.push(Step {
        label: step.label,
        before: now,
    });
    step.before.restore(document);
    true
}

/// Goes one step forward again; whether there was one.
pub(super) fn redo(document: &mut Document) -> bool {
    document.history.open_drag = None;
    let Some(step) = document.history.redo.pop() else {
        return false;
    };
    let now = Snapshot::of(document);
    document.history.undo.push(Step {
        label: step.label,
        before: now,
    });
    step.before.restore(document);
    true
}
