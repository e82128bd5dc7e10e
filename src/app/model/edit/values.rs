//! A layer gets other values, or its values another meaning; what was decoded from them is kept.

use std::sync::Arc;

use super::Editor;
use crate::app::model::catalogue::AtlasChoice;
use crate::app::model::history::DragKey;
use crate::app::model::kind::with_kind;
use crate::app::model::layer::{Content, LayerId, Opened};
use crate::app::model::result::LayerResult;
use crate::decode::PriorWeight;
use crate::measure::Over;
use crate::render::default_display;
use crate::volume::{MapKind, Volume, VolumeData};

impl Editor<'_> {
    /// A frame was read: it takes the place of the one shown.
    pub fn show_frame(&mut self, id: LayerId, opened: Opened) {
        let revision = self.revision + 1;
        // Undone, the old values are there at once: a snapshot shares them.
        let drag = Some(DragKey::Frame(id));
        self.change(id, "Change frame", drag, |layer| {
            layer.volume = Some(with_kind(opened.volume, layer.kind));
            layer.source = opened.source;
            layer.content_revision = revision;
        });
    }

    /// A layer's values were taken for another kind of map (see [`with_kind`]): threshold and range
    /// start where this kind starts; the colours stay.
    pub fn set_kind(&mut self, of: Content, kind: MapKind, volume: Arc<Volume>) {
        if self.layer(of.layer).map(|layer| layer.content()) != Some(of) {
            return;
        }
        if kind == MapKind::Label && !matches!(volume.data, VolumeData::Label(_)) {
            self.say("Labels are whole numbers from 0 up: this map holds others");
            return;
        }
        let revision = self.revision + 1;
        self.change(of.layer, "Change the kind of values", None, |layer| {
            layer.kind = kind;
            layer.display = default_display(&volume, layer.display.positive);
            layer.volume = Some(volume);
            layer.content_revision = revision;
        });
    }

    /// Keeps what was decoded from a layer, where the layer still holds those values.
    pub fn set_result(&mut self, of: Content, result: LayerResult) {
        if self.layer(of.layer).map(|layer| layer.content()) == Some(of) {
            self.document.results.insert(of.layer, result);
            self.touch();
        }
    }

    /// Forgets what was decoded from the selected layer, so that it is decoded again, whatever speaks
    /// against it.
    pub fn decode_again(&mut self) {
        if let Some(id) = self.selected_or_say() {
            self.document.results.remove(&id);
            self.document.insisted.insert(id);
            self.touch();
        }
    }

    /// Leaves smaller clusters out of the peak table; voxels.
    pub fn set_extent(&mut self, voxels: usize) {
        self.document.analysis.extent_voxels = voxels;
        self.touch();
    }

    /// Chooses the voxels over which maps are correlated.
    pub fn set_over(&mut self, over: Over) {
        self.document.analysis.over = over;
        self.touch();
    }

    /// Chooses how much the literature prior counts in decoding.
    pub fn set_prior(&mut self, weight: PriorWeight) {
        self.document.analysis.prior = weight;
        self.touch();
    }

    /// Chooses the atlas that names regions.
    pub fn set_atlas(&mut self, choice: Option<AtlasChoice>) {
        self.document.analysis.atlas = choice;
        self.touch();
    }
}
