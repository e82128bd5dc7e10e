//! The same cut of every map.

use super::PaneView;
use crate::app::feature::Cx;
use crate::render::View;

pub(super) struct SideBySide;

impl PaneView for SideBySide {
    fn summary(&self, _: &Cx<'_>, drawn: &[&View]) -> String {
        format!("{} views of maps side by side", drawn.len())
    }

    fn has_several(&self) -> bool {
        true
    }
}
