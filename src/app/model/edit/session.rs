//! A session takes the place of what is shown, and its layers get their values as they come.

use std::sync::Arc;

use super::Editor;
use crate::app::model::document::Document;
use crate::app::model::history;
use crate::app::model::kind::with_kind;
use crate::app::model::layer::{LayerId, Opened, Source};
use crate::volume::{LoadWarning, Volume, WarningCode, display_name};

impl Editor<'_> {
    /// A session takes the place of what is shown. Its layers get numbers of their own: undo brings
    /// back what was shown before, and the two must not be taken for each other.
    pub fn restore(&mut self, session: Document) {
        history::remember_whole(self.document, "Open session");
        let first = self.next_layer;
        let anew = |id: LayerId| LayerId(id.0.saturating_add(first));
        let mut next = session;
        next.revision = self.revision + 1;
        for layer in &mut next.layers {
            layer.renumber(anew);
            layer.content_revision = next.revision;
        }
        next.selected = next.selected.map(anew);
        let highest = next.layers.iter().map(|layer| layer.id.0).max();
        next.next_layer = highest.unwrap_or(first).saturating_add(1);
        // What belongs to the window and not to the session.
        let now = &mut *self.document;
        next.anatomy = now.anatomy;
        if next.model.is_none() {
            next.model.clone_from(&now.model);
        }
        next.theme = now.theme;
        next.history = std::mem::take(&mut now.history);
        next.notices = std::mem::take(&mut now.notices);
        next.crosshair_history = std::mem::take(&mut now.crosshair_history);
        *now = next;
        let mut unknown = Vec::new();
        for layer in &mut now.layers {
            if layer.display.replace_unknown_maps() {
                unknown.push(layer.name.clone());
            }
        }
        for name in unknown {
            self.say(format!(
                "This version does not know the colours of {name}: others are used"
            ));
        }
        self.say_orphans("it stays empty");
    }

    /// The values of a layer were read.
    pub fn fill(&mut self, id: LayerId, opened: Opened) {
        let revision = self.revision + 1;
        let Some(layer) = self.document.layer_mut(id) else {
            // Undone or removed meanwhile: a step back or forward finds the values.
            self.document.history.fill(id, &opened.volume);
            return;
        };
        let mut volume = opened.volume;
        if let Some(warning) = changed(&layer.source, &opened.source) {
            let mut noted = Volume::clone(&volume);
            noted.warnings.push(warning);
            volume = Arc::new(noted);
        }
        // The kind may have been chosen by hand before the session was saved.
        volume = with_kind(volume, layer.kind);
        // A file found elsewhere gives its name, unless the user gave the layer one.
        if let (Source::File { path: was, .. }, Source::File { path: is, .. }) =
            (&layer.source, &opened.source)
            && was != is
            && layer.name == display_name(was)
        {
            layer.name.clone_from(&opened.name);
        }
        layer.volume = Some(Arc::clone(&volume));
        layer.source = opened.source;
        layer.content_revision = revision;
        self.document.revision = revision;
        // A step back must not lose what has come meanwhile.
        self.document.history.fill(id, &volume);
    }
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
        | (Source::Studies { bundle: was, .. }, Source::Studies { bundle: is, .. })
        | (Source::Carried { bundle: was, .. }, Source::Carried { bundle: is, .. })
            if was != is =>
        {
            Some(LoadWarning::with_badge(
                WarningCode::OtherModel,
                "Other model",
                "Another model made this map when the session was saved: the one in use now \
                 gives other values.",
            ))
        }
        (was, is)
            if is.is_made()
                && !was
                    .origins()
                    .iter()
                    .zip(is.origins())
                    .all(|(a, b)| a.same_values(b)) =>
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
