//! What is to be drawn, free of any window: the input of the display list, the GPU and CPU renderers.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::look::{Gate, LayerDisplay};
use crate::volume::Volume;

/// The plane of a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Plane {
    /// x fixed; anterior to the right.
    Sagittal,
    /// y fixed.
    Coronal,
    /// z fixed.
    Axial,
}

/// Which side of the screen shows the left hemisphere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Convention {
    /// Left is left.
    #[default]
    Neurological,
    /// Left is right.
    Radiological,
}

/// A layer ready to draw.
#[derive(Debug, Clone)]
pub struct SceneLayer {
    /// The values.
    pub volume: Arc<Volume>,
    /// How to show them.
    pub display: LayerDisplay,
    /// Another map whose threshold decides where this one is shown, in place of its own.
    pub gate: Option<Gate>,
}

impl SceneLayer {
    /// A map under its own threshold.
    pub fn new(volume: Arc<Volume>, display: LayerDisplay) -> Self {
        Self {
            volume,
            display,
            gate: None,
        }
    }
}

/// Everything a canvas shows.
#[derive(Debug, Clone)]
pub struct Scene {
    /// Anatomical picture under the layers, if any.
    pub underlay: Option<Arc<Volume>>,
    /// Layers, bottom first.
    pub layers: Vec<SceneLayer>,
    /// Cut point, RAS mm.
    pub cut_mm: [f64; 3],
    /// Left or right.
    pub convention: Convention,
    /// Black or white canvas.
    pub dark: bool,
    /// Whether the crosshair is drawn.
    pub crosshair: bool,
}

impl Scene {
    /// The layers a view shows, bottom first: every visible one, or of these only the one at an index.
    pub fn shown(&self, only: Option<usize>) -> impl Iterator<Item = &SceneLayer> {
        let layers = self.layers.iter().enumerate();
        layers
            .filter(move |(n, layer)| layer.display.visible && only.is_none_or(|only| only == *n))
            .map(|(_, layer)| layer)
    }
}
