//! A session takes the place of what is shown, and its layers get their values as they come.

use std::sync::Arc;

use super::effect::{Dialog, Effect};
use super::read::with_kind;
use super::{decode_effect, derived};
use crate::app::command::SessionCommand;
use crate::app::document::{Document, LayerId, Source};
use crate::app::history;
use crate::app::services::Opened;
use crate::volume::{LoadWarning, Volume, WarningCode};

/// Carries a session command out.
pub fn apply(document: &mut Document, command: SessionCommand, label: &str) -> Vec<Effect> {
    match command {
        SessionCommand::SaveDialog => vec![Effect::Dialog(Dialog::SaveSession)],
        SessionCommand::Save(path) => {
            let mut effects = derived::orphans(document, "save it as NIfTI too");
            effects.push(Effect::SaveSession(path));
            effects
        }
        SessionCommand::OpenDialog => vec![Effect::Dialog(Dialog::OpenSession)],
        SessionCommand::Restore(session) => restore(document, *session, label),
        SessionCommand::Fill(id, opened) => fill(document, id, *opened),
        SessionCommand::ReopenLast => vec![Effect::ReopenLast],
        SessionCommand::LocateDialog(id) => vec![Effect::Dialog(Dialog::Locate(id))],
        SessionCommand::Locate(id, path) => locate(document, id, path),
        SessionCommand::Retry(id) => match document.layer(id) {
            Some(layer) if layer.volume.is_none() => {
                vec![Effect::Fill(id, layer.source.clone())]
            }
            _ => Vec::new(),
        },
        SessionCommand::OpenRecent(path) => vec![Effect::Load(vec![path])],
        SessionCommand::ClearRecent => vec![Effect::ClearRecent],
    }
}

/// The session's layers get numbers of their own: undo brings back what was shown before, and the
/// two must not be taken for each other.
fn restore(document: &mut Document, session: Document, label: &str) -> Vec<Effect> {
    history::remember_whole(document, label);
    let first = document.next_layer;
    let anew = |id: LayerId| LayerId(id.0.saturating_add(first));
    let mut next = session;
    for layer in &mut next.layers {
        layer.renumber(anew);
    }
    next.selected = next.selected.map(anew);
    next.reading = next.reading.map(anew);
    let highest = next.layers.iter().map(|layer| layer.id.0).max();
    next.next_layer = highest.unwrap_or(first).saturating_add(1);
    next.revision = document.revision + 1;
    for layer in &mut next.layers {
        layer.content_revision = next.revision;
    }
    // What belongs to the window and not to the session.
    next.anatomy = document.anatomy;
    next.theme = document.theme;
    next.history = std::mem::take(&mut document.history);
    next.results.clear();
    *document = next;
    let mut effects = Vec::new();
    for layer in &mut document.layers {
        if layer.display.replace_unknown_maps() {
            let name = &layer.name;
            effects.push(Effect::Notice(format!(
                "This version does not know the colours of {name}: others are used"
            )));
        }
        if !matches!(layer.source, Source::Derived { .. }) {
            effects.push(Effect::Fill(layer.id, layer.source.clone()));
        }
    }
    effects.extend(derived::orphans(document, "it stays empty"));
    effects
}

fn fill(document: &mut Document, id: LayerId, opened: Opened) -> Vec<Effect> {
    let revision = document.revision + 1;
    let Some(layer) = document.layer_mut(id) else {
        // Undone or removed meanwhile: a step back or forward finds the values.
        document.history.fill(id, &opened.volume);
        return Vec::new();
    };
    let mut volume = opened.volume;
    if let Some(warning) = changed(&layer.source, &opened.source) {
        let mut noted = Volume::clone(&volume);
        noted.warnings.push(warning);
        volume = Arc::new(noted);
    }
    // The kind may have been chosen by hand before the session was saved.
    volume = with_kind(volume, layer.kind);
    layer.volume = Some(Arc::clone(&volume));
    layer.source = opened.source;
    layer.content_revision = revision;
    document.revision = revision;
    // A step back must not lose what has come meanwhile.
    document.history.fill(id, &volume);
    let mut effects = derived::ready(document, id);
    if document.reading == Some(id) && volume.data.scalar().is_some() {
        effects.extend(decode_effect(document, id));
    }
    effects
}

/// What to say where a source gives other values than when the session was saved.
fn changed(saved: &Source, now: &Source) -> Option<LoadWarning> {
    match (saved, now) {
        (Source::File { hash: was, .. }, Source::File { hash: is, .. })
        | (Source::Embedded { hash: was, .. }, Source::Embedded { hash: is, .. })
            if was != is && !was.is_empty() =>
        {
            Some(LoadWarning::with_badge(
                WarningCode::ChangedSinceSaved,
                "Changed file",
                "The file has changed since the session was saved: what is shown may differ from \
                 what was saved.",
            ))
        }
        (Source::Predicted { bundle: was, .. }, Source::Predicted { bundle: is, .. })
            if was != is =>
        {
            Some(LoadWarning::with_badge(
                WarningCode::OtherModel,
                "Other model",
                "Another model predicted this map when the session was saved: the one in use now \
                 gives other values.",
            ))
        }
        (Source::Derived { origins: was, .. }, Source::Derived { origins: is, .. })
            if !was.iter().zip(is).all(|(a, b)| a.same_values(b)) =>
        {
            Some(LoadWarning::with_badge(
                WarningCode::ChangedSinceSaved,
                "Changed origin",
                "A map this one was made from has changed since, or shows another frame: this map was \
                 made again from what is there now.",
            ))
        }
        _ => None,
    }
}

fn locate(document: &mut Document, id: LayerId, path: std::path::PathBuf) -> Vec<Effect> {
    let Some(layer) = document.layer(id) else {
        return Vec::new();
    };
    let Source::File { hash, frame, .. } = layer.source.clone() else {
        return Vec::new();
    };
    // Filling what was missing is nothing to undo.
    let source = Source::File { path, hash, frame };
    vec![Effect::Fill(id, source)]
}
