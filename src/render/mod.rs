//! Drawing maps: scenes, the display list, the wgpu renderer and its CPU reference.
//!
//! ```text
//! Scene ──layout──▶ DisplayList ──paint──▶ the window's painter
//!    │                   │      └─raster──▶ pixels ──▶ PNG
//!    └──gpu or cpu: one picture a view ──┘
//! ```

mod bricks;
mod cell;
mod colour;
mod colour_map;
mod content;
pub mod cpu;
mod defaults;
mod error;
pub mod export;
mod first_colours;
mod first_look;
mod first_scene;
#[cfg(test)]
mod fixtures;
mod geometry;
pub mod glass;
mod glass_pictures;
pub mod gpu;
mod histogram;
mod layout;
mod legend;
mod list;
mod look;
mod paint;
mod raster;
mod sample;
mod scene;
mod shade;
pub mod shader;
mod text;

pub use bricks::warm;
pub(crate) use cell::MAX_SLICES;
pub use cell::{CanvasOptions, Cell, CellKind, MapPlanes, Marks, Mosaic, Preset, Slices, Zoom};
pub use colour_map::ColourMap;
pub(crate) use colour_map::{MapFamily, label_colour};
pub use cpu::Pixels;
pub use error::RenderError;
pub(crate) use first_colours::{default_display, next_colours};
pub(crate) use first_look::{first_look, first_values};
pub use first_scene::anatomy;
pub(crate) use first_scene::nearest_in_grids;
pub use geometry::{Bounds, SliceView};
pub use glass_pictures::GlassPictures;
pub(crate) use histogram::Histogram;
pub use layout::layout;
pub(crate) use layout::{PAGE_BUTTON, cells_area, scene_bounds};
pub use list::{DisplayList, Item, MapsPage, View, ViewKind};
pub use look::{
    BarStart, Gate, Interpolation, LabelStyle, LayerDisplay, RangeStart, SideRange, Signs,
    ThresholdMode,
};
pub use paint::{paint, shapes};
pub use scene::{Convention, Plane, Scene, SceneLayer};
pub(crate) use text::millimetres;
pub use text::{Span, Text, Weight, font_definitions, number};
