//! Many slices of one plane.

use super::PaneView;
use crate::app::feature::Cx;
use crate::render::{View, millimetres};

pub(super) struct MosaicView;

impl PaneView for MosaicView {
    /// "23 axial slices, z −59 to 59 mm".
    fn summary(&self, _: &Cx<'_>, drawn: &[&View]) -> String {
        let Some(last) = drawn.last() else {
            return "No room for slices".to_owned();
        };
        // The small picture of where they lie comes first and shows another plane.
        let plane = last.slice.plane;
        let axis = plane.normal_axis();
        let slices: Vec<f64> = drawn
            .iter()
            .filter(|view| view.slice.plane == plane)
            .map(|view| view.slice.centre_mm[axis])
            .collect();
        format!(
            "{} {} slices, {} {} to {} mm",
            slices.len(),
            plane.title().to_lowercase(),
            ["x", "y", "z"][axis],
            millimetres(slices[0]),
            millimetres(slices[slices.len() - 1]),
        )
    }

    fn has_several(&self) -> bool {
        true
    }
}
