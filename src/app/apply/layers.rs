//! Layers come, go, move and change.

use std::sync::Arc;

use super::effect::Effect;
use super::{decode_effect, move_to};
use crate::app::display::{default_display, first_look, next_colours};
use crate::app::document::{Document, Layer, LayerId, Source};
use crate::app::history::{self, DragKey};
use crate::decode::Tail;
use crate::volume::{MapKind, Volume, WarningCode};

pub(super) fn add_layer(
    document: &mut Document,
    volume: Arc<Volume>,
    source: Source,
    name: String,
    label: &str,
) -> Vec<Effect> {
    history::remember(document, label, None);
    document.revision += 1;
    let id = LayerId(document.next_layer);
    document.next_layer += 1;
    let predicted = source.is_predicted();
    let display = default_display(&volume, next_colours(&document.layers, predicted));
    let first = document.layers.is_empty();
    let layer = Layer {
        id,
        name,
        source,
        kind: volume.kind,
        display,
        threshold_by: None,
        content_revision: document.revision,
        volume: Some(volume.clone()),
    };
    if layer.kind == MapKind::Anatomy {
        // An opaque picture on top would hide the maps: it goes where anatomy belongs.
        let at = document.layers.iter();
        let at = at.take_while(|l| l.kind == MapKind::Anatomy).count();
        document.layers.insert(at, layer);
    } else {
        document.layers.push(layer);
    }
    let mut effects = Vec::new();
    if first
        && volume
            .warnings
            .iter()
            .any(|w| w.code == WarningCode::OtherSpace)
    {
        // Another brain under the map would only mislead. It comes back with one key.
        document.underlay = false;
        effects.push(Effect::Notice(
            "This map does not seem to be in MNI space: the MNI brain is hidden (U shows it)"
                .to_owned(),
        ));
    }
    document.selected = Some(id);
    if first && let Some(point) = first_look(&volume).point_mm(&volume) {
        move_to(document, point);
    }
    // A predicted map is what the model thinks already: it is read only on request.
    if predicted && document.reading.is_some() {
        return effects;
    }
    document.reading = Some(id);
    // The negative tail was chosen for another map.
    document.tail = Tail::Pos;
    // Labels and colour pictures are shown; there is nothing in them to read.
    if volume.data.scalar().is_some() {
        effects.extend(decode_effect(document, id));
    }
    effects
}

pub(super) fn remove(document: &mut Document, id: LayerId, label: &str) -> Vec<Effect> {
    let Some(at) = document.layers.iter().position(|layer| layer.id == id) else {
        return Vec::new();
    };
    history::remember(document, label, None);
    document.layers.remove(at);
    document.revision += 1;
    if document.selected == Some(id) {
        let below = at.saturating_sub(1);
        document.selected = document.layers.get(below).map(|layer| layer.id);
    }
    if document.reading == Some(id) {
        let measured = document
            .layers
            .iter()
            .rev()
            .find(|layer| !layer.source.is_predicted());
        document.reading = measured.map(|layer| layer.id);
        if let Some(next) = document.reading
            && document.decoding().is_none()
        {
            return decode_effect(document, next);
        }
    }
    Vec::new()
}

pub(super) fn select(document: &mut Document, id: LayerId) -> Vec<Effect> {
    let Some(layer) = document.layer(id) else {
        return Vec::new();
    };
    let readable = !layer.source.is_predicted() || document.results.contains_key(&id);
    document.selected = Some(id);
    document.revision += 1;
    if readable && document.reading != Some(id) {
        document.reading = Some(id);
        if document.decoding().is_none() {
            return decode_effect(document, id);
        }
    }
    Vec::new()
}

pub(super) fn reorder(document: &mut Document, id: LayerId, step: i32, label: &str) -> Vec<Effect> {
    let Some(at) = document.layers.iter().position(|layer| layer.id == id) else {
        return Vec::new();
    };
    let Some(to) = at.checked_add_signed(step as isize) else {
        return Vec::new();
    };
    if to >= document.layers.len() {
        return Vec::new();
    }
    history::remember(document, label, None);
    document.layers.swap(at, to);
    document.revision += 1;
    Vec::new()
}

pub(super) fn change(
    document: &mut Document,
    id: LayerId,
    label: &str,
    drag: Option<DragKey>,
    edit: impl FnOnce(&mut Layer),
) -> Vec<Effect> {
    if document.layer(id).is_none() {
        return Vec::new();
    }
    history::remember(document, label, drag);
    if let Some(layer) = document.layer_mut(id) {
        edit(layer);
    }
    document.revision += 1;
    Vec::new()
}
