//! Undo by snapshots. Values are shared (`Arc`), so a snapshot costs a few hundred bytes as long as the
//! document shows the same values; what only the history still holds has a limit in bytes.

use std::sync::Arc;

use super::document::{AnalysisSettings, Document};
use super::layer::{Edge, Layer, LayerId};
use super::view::ViewSettings;
use crate::render::Convention;
use crate::volume::Volume;

/// Steps kept.
const LIMIT: usize = 200;
/// Values that only the history holds, bytes; the oldest steps go first. The last step is kept whatever
/// it holds.
const LIMIT_BYTES: usize = 1 << 30;

/// The part of a document that undo gives back. Cut point, theme and results are not in it: nobody
/// wants a click on the brain undone.
#[derive(Debug, Clone)]
struct Snapshot {
    layers: Vec<Layer>,
    selected: Option<LayerId>,
    convention: Convention,
    underlay: bool,
    example: Option<LayerId>,
    /// Where and how it was shown, for steps that replace all of it.
    place: Option<Box<Place>>,
}

/// What else a session brings.
#[derive(Debug, Clone)]
struct Place {
    cut_mm: [f64; 3],
    view: ViewSettings,
    crosshair: bool,
    only_selected: bool,
    analysis: AnalysisSettings,
}

impl Snapshot {
    fn of(document: &Document) -> Self {
        Self {
            layers: document.layers.clone(),
            selected: document.selected,
            convention: document.convention,
            underlay: document.underlay,
            example: document.example,
            place: None,
        }
    }

    /// With the place, where the step it belongs to has one.
    fn like(document: &Document, other: &Self) -> Self {
        let mut snapshot = Self::of(document);
        if other.place.is_some() {
            snapshot.place = Some(Box::new(Place::of(document)));
        }
        snapshot
    }

    fn restore(self, document: &mut Document) {
        let Self {
            layers,
            selected,
            convention,
            underlay,
            example,
            place,
        } = self;
        document.underlay = underlay;
        document.example = example;
        if let Some(place) = place {
            document.cut_mm = place.cut_mm;
            document.view = place.view;
            document.crosshair = place.crosshair;
            document.only_selected = place.only_selected;
            document.analysis = place.analysis;
        }
        document.layers = layers;
        document.selected = selected;
        document.convention = convention;
    }
}

impl Place {
    fn of(document: &Document) -> Self {
        Self {
            cut_mm: document.cut_mm,
            view: document.view.clone(),
            crosshair: document.crosshair,
            only_selected: document.only_selected,
            analysis: document.analysis.clone(),
        }
    }
}

/// What a running drag changes; steps of the same key in a row are one undo step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DragKey {
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
    drop_the_oldest(document);
}

/// As [`remember`], with the place and the views: for what replaces the whole document.
pub(super) fn remember_whole(document: &mut Document, label: &str) {
    remember(document, label, None);
    let place = Box::new(Place::of(document));
    if let Some(step) = document.history.undo.last_mut() {
        step.before.place = Some(place);
    }
}

/// Forgets steps until what only the history holds is within its limit.
fn drop_the_oldest(document: &mut Document) {
    let shown: Vec<*const Volume> = document.layers.iter().filter_map(volume_of).collect();
    while document.history.undo.len() > 1 {
        let mut known = shown.clone();
        let mut bytes = 0;
        let layers = document.history.undo.iter().flat_map(|s| &s.before.layers);
        for volume in layers.filter_map(|layer| layer.volume.as_ref()) {
            let place = Arc::as_ptr(volume);
            if !known.contains(&place) {
                known.push(place);
                bytes += 4 * volume.grid.len();
            }
        }
        if bytes <= LIMIT_BYTES {
            break;
        }
        document.history.undo.remove(0);
    }
}

fn volume_of(layer: &Layer) -> Option<*const Volume> {
    layer.volume.as_ref().map(Arc::as_ptr)
}

/// Goes one step back; whether there was one.
pub(super) fn undo(document: &mut Document) -> bool {
    document.history.open_drag = None;
    let Some(step) = document.history.undo.pop() else {
        return false;
    };
    let now = Snapshot::like(document, &step.before);
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
    let now = Snapshot::like(document, &step.before);
    document.history.undo.push(Step {
        label: step.label,
        before: now,
    });
    step.before.restore(document);
    true
}
