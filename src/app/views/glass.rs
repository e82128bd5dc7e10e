//! The largest values of every layer, seen through the head.

use super::PaneView;
use crate::app::feature::Cx;
use crate::render::View;

pub(super) struct Glass {
    /// "above", "behind".
    pub from: &'static str,
}

impl PaneView for Glass {
    fn summary(&self, _: &Cx<'_>, _: &[&View]) -> String {
        format!("Largest values of every layer, seen from {}", self.from)
    }
}
