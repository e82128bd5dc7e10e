//! Asks for what the window shows and does not have yet.

use std::sync::Arc;

use super::GyrusApp;
use crate::app::command::Tab;
use crate::app::jobs::Tag;
use crate::app::work::PeaksKey;

impl GyrusApp {
    /// Asks for articles once the tab that shows them is open.
    pub(super) fn want_studies(&mut self) {
        if self.state.tab != Tab::Studies || self.workers.studies.activity().is_some() {
            return;
        }
        let Some(layer) = self.document.reading_layer() else {
            return;
        };
        let known = self
            .state
            .studies
            .as_ref()
            .is_some_and(|s| s.is_of(layer, self.document.tail));
        if let (false, Some(volume)) = (known, &layer.volume) {
            let tag = Tag {
                revision: self.document.revision,
                layer: Some(layer.id),
            };
            self.workers
                .studies
                .submit(tag, (self.document.tail, Arc::clone(volume)));
        }
    }

    /// Asks for the clusters of the selected layer as it is shown.
    pub(super) fn want_peaks(&mut self) {
        let Some(layer) = self.document.selected_layer() else {
            return;
        };
        let key = PeaksKey {
            layer: layer.id,
            content_revision: layer.content_revision,
            thresholds: layer.display.thresholds(),
            signs: layer.display.signs,
            extent_voxels: self.state.extent_voxels,
            atlas: self.state.atlas_changes,
        };
        if let (Some(volume), true) = (&layer.volume, self.peaks_asked != Some(key)) {
            self.peaks_asked = Some(key);
            let tag = Tag {
                revision: self.document.revision,
                layer: Some(layer.id),
            };
            self.workers.peaks.submit(tag, (key, Arc::clone(volume)));
        }
    }
}
