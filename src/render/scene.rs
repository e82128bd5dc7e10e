//! What is to be drawn, free of any window: the input of the display list, the GPU and CPU renderers.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

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

/// Which signs of a layer are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Signs {
    /// Positive values only.
    Positive,
    /// Negative values only.
    Negative,
    /// Both.
    #[default]
    Both,
}

/// Named colour maps; values rise from the threshold outwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColourMap {
    /// Black to white, for anatomy.
    Gray,
    /// Red to yellow; its negative partner is Cool.
    Warm,
    /// Blue to cyan.
    Cool,
    /// Green, for predicted maps.
    Green,
    /// Perceptual violet to yellow.
    Viridis,
    /// Perceptual black-red-yellow-white.
    Inferno,
}

/// How a layer is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerDisplay {
    /// Absolute values below it are hidden.
    pub threshold: f32,
    /// Absolute value at which the colour map ends.
    pub maximum: f32,
    /// Signs drawn.
    pub signs: Signs,
    /// 0..=1.
    pub opacity: f32,
    /// Colours of positive values.
    pub positive: ColourMap,
    /// Colours of negative values.
    pub negative: ColourMap,
    /// Whether the layer is drawn at all.
    pub visible: bool,
}

/// A layer ready to draw.
#[derive(Debug, Clone)]
pub struct SceneLayer {
    /// The values.
    pub volume: Arc<Volume>,
    /// How to show them.
    pub display: LayerDisplay,
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
