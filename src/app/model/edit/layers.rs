//! Layers come, go and move.

use super::Editor;
use crate::app::model::layer::{Layer, LayerId, Opened};
use crate::render::{default_display, first_look, next_colours};
use crate::volume::{MapKind, WarningCode};

impl Editor<'_> {
    /// A map that was opened becomes a layer, and is selected. The map predicted for a text beside a
    /// measured one is not: its ranking stays in sight.
    pub fn add_layer(&mut self, opened: Opened) -> LayerId {
        self.remember("Add layer", None);
        // Anatomy and regions are looked at with a map: they leave the example.
        let replaces = opened.source.path().is_some()
            && opened.volume.data.scalar().is_some()
            && opened.volume.kind != MapKind::Anatomy;
        if let Some(example) = self.example.filter(|_| replaces) {
            self.document.layers.retain(|layer| layer.id != example);
            self.document.selected = None;
            self.document.example = None;
        }
        let first = self.layers.is_empty();
        // Where only the selected map is drawn, one that is not selected would not be seen.
        let predicted = opened.source.is_predicted() && !self.only_selected;
        let beside = predicted && self.selected.is_some();
        let volume = opened.volume.clone();
        let id = LayerId(self.next_layer);
        self.document.next_layer += 1;
        let layer = self.made(id, opened);
        self.insert(layer);
        if first && volume.has_warning(WarningCode::OtherSpace) {
            // Another brain under the map would only mislead. It comes back with one key.
            self.document.underlay = false;
            self.say(
                "This map does not seem to be in MNI space: the MNI brain is hidden (U shows it)",
            );
        }
        if !beside {
            self.document.selected = Some(id);
            // The side was chosen for another map.
            self.document.tail = None;
        }
        if first && let Some(point) = first_look(&volume).point_mm(&volume) {
            self.place(point);
        }
        id
    }

    /// The example that a window without files begins with: the first map that is opened takes its
    /// place.
    pub fn add_example(&mut self, opened: Opened) {
        let id = self.add_layer(opened);
        self.document.example = Some(id);
    }

    /// A layer of a map, as it is first shown.
    pub(super) fn made(&mut self, id: LayerId, opened: Opened) -> Layer {
        let revision = self.touch();
        let Opened {
            volume,
            source,
            name,
        } = opened;
        let shown = self.layers.iter().map(|layer| layer.display.positive);
        let colours = next_colours(shown, source.is_predicted());
        Layer {
            id,
            name,
            source,
            kind: volume.kind,
            display: default_display(&volume, colours),
            threshold_by: None,
            content_revision: revision,
            volume: Some(volume),
        }
    }

    /// On top; anatomy goes where anatomy belongs: an opaque picture on top would hide the maps.
    fn insert(&mut self, layer: Layer) {
        let layers = &mut self.document.layers;
        let at = if layer.kind == MapKind::Anatomy {
            let below = layers.iter().take_while(|l| l.kind == MapKind::Anatomy);
            below.count()
        } else {
            layers.len()
        };
        layers.insert(at, layer);
    }

    /// Removes a layer.
    pub fn remove(&mut self, id: LayerId) {
        let Some(at) = self.layers.iter().position(|layer| layer.id == id) else {
            return;
        };
        self.remember("Remove layer", None);
        self.document.layers.remove(at);
        if self.selected == Some(id) {
            let below = at.saturating_sub(1);
            self.document.selected = self.layers.get(below).map(|layer| layer.id);
        }
        self.hide_template_under_another_brain();
        self.touch();
    }

    /// Removes the selected layer.
    pub fn remove_selected(&mut self) {
        if let Some(id) = self.selected_or_say() {
            self.remove(id);
        }
    }

    /// Selects a layer.
    pub fn select(&mut self, id: LayerId) {
        if self.layer(id).is_none() {
            return;
        }
        if self.selected != Some(id) {
            // The side was chosen for another map.
            self.document.tail = None;
        }
        self.document.selected = Some(id);
        self.touch();
    }

    /// Selects the layer above (+1) or below (−1) the selected one.
    pub fn select_next(&mut self, step: isize) {
        let at = self.position(self.selected);
        let next = at.and_then(|at| at.checked_add_signed(step));
        if let Some(id) = next.and_then(|next| self.layers.get(next)).map(|l| l.id) {
            self.select(id);
        }
    }

    /// Moves a layer to a place in the stack, 0 lowest.
    pub fn move_layer(&mut self, id: LayerId, to: usize) {
        let Some(at) = self.position(Some(id)) else {
            return;
        };
        let to = to.min(self.layers.len() - 1);
        if to != at {
            self.remember("Move layer", None);
            let layer = self.document.layers.remove(at);
            self.document.layers.insert(to, layer);
            self.touch();
        }
    }

    /// Moves a layer up (+1) or down (−1) in the stack.
    pub fn raise(&mut self, id: LayerId, step: isize) {
        let at = self.position(Some(id));
        let to = at.and_then(|at| at.checked_add_signed(step));
        if let Some(to) = to.filter(|to| *to < self.layers.len()) {
            self.move_layer(id, to);
        }
    }

    /// Moves the selected layer.
    pub fn raise_selected(&mut self, step: isize) {
        if let Some(id) = self.selected_or_say() {
            self.raise(id, step);
        }
    }

    /// Gives a layer another name.
    pub fn rename(&mut self, id: LayerId, name: &str) {
        let name = name.trim();
        if !name.is_empty() {
            let name = name.to_owned();
            self.change(id, "Rename layer", None, |layer| layer.name = name);
        }
    }

    fn position(&self, id: Option<LayerId>) -> Option<usize> {
        self.layers.iter().position(|layer| Some(layer.id) == id)
    }
}
