//! State of the window that several of its parts look at and that belongs to no document.

use std::collections::HashMap;
use std::sync::Arc;

use eframe::egui::{self, Vec2};

use super::arrangement::Pane;
use super::catalogue::{AtlasInUse, Catalogue};
use super::layer::LayerId;
use super::messages::Messages;
use super::settings::Settings;
use crate::render::{Bounds, Cell, MapsPage};
use crate::volume::Volume;

/// Why a layer has no values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// They could not be read or made.
    Failed,
    /// The user stopped it.
    Stopped,
}

/// A field that takes the keyboard in the next frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// Where a task or a sentence is typed.
    Text,
    /// Where a coordinate is typed.
    Coordinate,
}

/// What lies over the window and belongs to no feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlay {
    /// The command palette.
    Palette,
    /// The sheet of keys and mouse.
    Help,
}

/// What the views show, as of the last frame.
#[derive(Debug, Clone)]
pub struct Canvas {
    /// Which view lies in which rectangle.
    pub cells: Vec<Cell>,
    /// Width and height of the views together, points; 0 before there is a frame.
    pub size: Vec2,
    /// What the views are framed by.
    pub bounds: Bounds,
    /// The view under the pointer, or with the keyboard.
    pub pane: Option<Pane>,
    /// Point under the pointer where something is shown, RAS mm.
    pub hover_mm: Option<[f64; 3]>,
    /// Widgets of the views: with the keyboard on one of them, arrows move the crosshair.
    pub widgets: Vec<egui::Id>,
    /// Layers the graphics adapter holds in part only: at this fraction of their resolution.
    pub reduced: HashMap<LayerId, usize>,
    /// The page of maps that stand side by side, where they do.
    pub maps: Option<MapsPage>,
}

impl Default for Canvas {
    fn default() -> Self {
        Self {
            cells: Vec::new(),
            size: Vec2::ZERO,
            bounds: Bounds::MNI,
            pane: None,
            hover_mm: None,
            widgets: Vec::new(),
            reduced: HashMap::new(),
            maps: None,
        }
    }
}

/// State of the window.
#[derive(Debug, Default)]
pub struct Desk {
    /// Tab of the right column, by the name of its feature.
    pub tab: &'static str,
    /// The page shown in place of the views, by the name of its feature.
    pub page: Option<&'static str>,
    /// The view shown alone.
    pub maximised: Option<Pane>,
    /// What the views show.
    pub canvas: Canvas,
    /// The anatomy under the maps, once it is read.
    pub underlay: Option<Arc<Volume>>,
    /// What is written under maps that stand side by side.
    pub caption: String,
    /// What can be found by name.
    pub catalogue: Catalogue,
    /// The atlas that names regions.
    pub atlas: AtlasInUse,
    /// How often region names changed: what holds names is made again.
    pub atlas_changes: u64,
    /// Layers without values, and why.
    pub absent: HashMap<LayerId, Absent>,
    /// Messages to the user.
    pub messages: Messages,
    /// What is remembered from one session to the next.
    pub settings: Settings,
    /// What was shown when the window was last closed.
    pub last_session: Option<String>,
    /// "Opened in 84 ms".
    pub last_timing: String,
    /// Name of the graphics adapter.
    pub device: String,
    /// What lies over the window.
    pub overlay: Option<Overlay>,
    /// The field that takes the keyboard next.
    pub focus: Option<Focus>,
    /// A title the window does not bear yet.
    pub title: Option<String>,
    /// Whether the first loads are still running: no empty state yet.
    pub starting: bool,
}

impl Desk {
    /// Opens something over the window in place of what lies there, or closes it.
    pub fn toggle(&mut self, overlay: Overlay) {
        self.overlay = (self.overlay != Some(overlay)).then_some(overlay);
    }
}
