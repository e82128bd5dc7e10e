//! Drawing maps: scenes, the display list, the wgpu renderer and its CPU reference.

mod scene;

pub use scene::{ColourMap, Convention, LayerDisplay, Plane, Scene, SceneLayer, Signs};
