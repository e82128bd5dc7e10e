//! Where things are drawn.

use super::Editor;
use crate::app::model::arrangement::Arrangement;
use crate::app::model::view::{Background, Mark};
use crate::render::{MapPlanes, Mosaic, Preset, Zoom};

impl Editor<'_> {
    /// Arranges the views as named.
    pub fn arrange(&mut self, preset: Preset) {
        self.rearrange(Arrangement::of(preset));
    }

    /// A divider or a tile was dragged.
    pub fn rearrange(&mut self, arrangement: Arrangement) {
        self.document.view.arrangement = arrangement;
        self.touch();
    }

    /// Undoes what was dragged.
    pub fn reset_arrangement(&mut self) {
        self.arrange(self.view.arrangement.preset);
    }

    /// Magnifies the slices.
    pub fn zoom(&mut self, zoom: Zoom) {
        self.document.view.zoom = zoom.sound();
        self.touch();
    }

    /// Writes something into the views, or no longer.
    pub fn toggle_mark(&mut self, mark: Mark) {
        self.document.view.marks = mark.toggled(self.view.marks);
        self.touch();
    }

    /// Chooses the colour behind the brain.
    pub fn set_background(&mut self, background: Background) {
        self.document.view.background = background;
        self.touch();
    }

    /// Chooses the slices of the mosaic.
    pub fn set_mosaic(&mut self, mosaic: Mosaic) {
        self.document.view.mosaic = mosaic;
        self.touch();
    }

    /// Chooses the planes shown of maps side by side.
    pub fn set_maps(&mut self, maps: MapPlanes) {
        self.document.view.maps = maps;
        self.touch();
    }
}
