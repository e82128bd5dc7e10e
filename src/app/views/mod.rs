//! The views in the middle of the window. Drawing is `render`'s; here tiles, pointer, wheel and the
//! words for screen readers are added.

mod canvas;
mod glass;
mod mosaic;
mod side_by_side;
mod slices;
mod summary;

pub use canvas::CanvasView;

use super::feature::Cx;
use super::model::Pane;
use crate::render::View;

/// What one kind of view does of its own.
trait PaneView {
    /// What a screen reader says it shows, before values and place.
    fn summary(&self, cx: &Cx<'_>, drawn: &[&View]) -> String;

    /// Whether it holds several pictures, each of which takes the pointer for itself.
    fn has_several(&self) -> bool {
        false
    }
}

/// What the view in a tile does.
fn view(pane: Pane) -> &'static dyn PaneView {
    match pane {
        Pane::Sagittal | Pane::Coronal | Pane::Axial => &slices::Slices,
        Pane::Glass => &glass::Glass { from: "above" },
        Pane::GlassSagittal => &glass::Glass { from: "the side" },
        Pane::GlassCoronal => &glass::Glass { from: "behind" },
        Pane::Mosaic => &mosaic::MosaicView,
        Pane::Maps => &side_by_side::SideBySide,
    }
}
