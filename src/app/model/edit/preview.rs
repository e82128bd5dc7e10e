//! A map shown for the moment: on top of the layers, in no list and no history, replaced by the next
//! one, until it is kept or gone.

use super::Editor;
use crate::app::model::layer::{LayerId, Opened};
use crate::render::default_display;

/// The number of what is no layer.
const PREVIEW: LayerId = LayerId(u64::MAX);

impl Editor<'_> {
    /// Shows a map for the moment.
    pub fn show_preview(&mut self, opened: Opened) {
        // Looks like the one before, so that stepping through a list is steady.
        let colours = self.preview.as_ref().map(|layer| layer.display.positive);
        let mut layer = self.made(PREVIEW, opened);
        if let (Some(colours), Some(volume)) = (colours, layer.volume.as_ref()) {
            layer.display = default_display(volume, colours);
        }
        self.document.preview = Some(layer);
    }

    /// Shows it no longer.
    pub fn drop_preview(&mut self) {
        if self.document.preview.take().is_some() {
            self.touch();
        }
    }

    /// Makes it a layer, which can be undone.
    pub fn keep_preview(&mut self) -> Option<LayerId> {
        let layer = self.document.preview.take()?;
        let (volume, source, name) = (layer.volume?, layer.source, layer.name);
        let id = self.add_layer(Opened {
            volume,
            source,
            name,
        });
        let display = layer.display;
        if let Some(kept) = self.document.layer_mut(id) {
            kept.display = display;
        }
        Some(id)
    }
}
