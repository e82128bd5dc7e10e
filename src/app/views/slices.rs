//! One slice through the crosshair.

use super::PaneView;
use crate::app::feature::Cx;
use crate::render::View;

pub(super) struct Slices;

impl PaneView for Slices {
    /// "Axial z = 24 mm".
    fn summary(&self, cx: &Cx<'_>, drawn: &[&View]) -> String {
        let Some(view) = drawn.first() else {
            return String::new();
        };
        let axis = view.slice.plane.normal_axis();
        let letter = ["x", "y", "z"][axis];
        let title = view.slice.plane.title();
        format!("{title} {letter} = {:.0} mm", cx.doc.cut_mm[axis])
    }
}
