//! The document: what a session is, apart from how it is drawn. It can be saved as JSON and is only
//! ever changed by [`super::edit`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::catalogue::{AtlasChoice, ModelChoice};
use super::crosshair_history::CrosshairHistory;
use super::history::History;
use super::layer::{Layer, LayerId};
use super::result::{LayerResult, Side};
use super::view::ViewSettings;
use crate::decode::{Decoding, PriorWeight, Tail};
use crate::measure::Over;
use crate::render::{CanvasOptions, Convention, Gate, Preset, Scene, SceneLayer, nearest_in_grids};
use crate::volume::{Grid, MapKind, Volume, WarningCode};

/// Version written into saved documents.
pub const DOCUMENT_VERSION: u32 = 1;

/// Which colours the window uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    /// Light text on dark.
    #[default]
    Dark,
    /// Dark text on light.
    Light,
    /// Whatever the desktop says.
    System,
}

/// How numbers are read off the maps.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AnalysisSettings {
    /// Smaller clusters are left out of the peak table, voxels.
    pub extent_voxels: usize,
    /// Over which voxels maps are correlated.
    pub over: Over,
    /// How much the literature prior counts in decoding.
    pub prior: PriorWeight,
    /// The atlas that names regions; `None` for the embedded one.
    pub atlas: Option<AtlasChoice>,
}

/// A whole session.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Document {
    /// [`DOCUMENT_VERSION`].
    pub version: u32,
    /// Bottom first.
    pub layers: Vec<Layer>,
    /// The layer the display controls act on.
    pub selected: Option<LayerId>,
    /// Cut point of the three slices, RAS mm.
    pub cut_mm: [f64; 3],
    /// Which side of the screen is left.
    pub convention: Convention,
    /// Whether the crosshair is drawn.
    pub crosshair: bool,
    /// Whether the template is drawn under the maps.
    pub underlay: bool,
    /// Whether only the selected map is drawn; anatomy and regions stay.
    pub only_selected: bool,
    /// Colours of the window.
    pub theme: ThemeChoice,
    /// Where the views are and what is written into them.
    pub view: ViewSettings,
    /// Which side of a map is shown decoded; the one with more in it where none is chosen.
    #[serde(skip)]
    pub tail: Option<Tail>,
    /// How numbers are read off the maps.
    pub analysis: AnalysisSettings,
    /// The model it was made with; not known in sessions of earlier versions.
    pub model: Option<ModelChoice>,
    /// Decodings by layer.
    #[serde(skip)]
    pub results: BTreeMap<LayerId, LayerResult>,
    /// Layers that are decoded though there is a reason not to.
    #[serde(skip)]
    pub insisted: BTreeSet<LayerId>,
    /// The example a window without files began with, until a map takes its place.
    #[serde(skip)]
    pub(super) example: Option<LayerId>,
    /// A map shown on top for the moment: no layer, and no part of the history.
    #[serde(skip)]
    pub preview: Option<Layer>,
    /// Where the crosshair has been.
    #[serde(skip)]
    pub crosshair_history: CrosshairHistory,
    /// Counts changes.
    pub revision: u64,
    /// Next unused layer number.
    pub(super) next_layer: u64,
    /// Grid of the anatomy under the maps, once it is there.
    #[serde(skip)]
    pub anatomy: Option<Grid>,
    #[serde(skip)]
    pub(super) history: History,
    /// What an edit has to say to the user.
    #[serde(skip)]
    pub(super) notices: Vec<String>,
}

impl Default for Document {
    fn default() -> Self {
        Self {
            version: DOCUMENT_VERSION,
            layers: Vec::new(),
            selected: None,
            cut_mm: [0.0; 3],
            convention: Convention::default(),
            crosshair: true,
            underlay: true,
            only_selected: false,
            theme: ThemeChoice::default(),
            view: ViewSettings::default(),
            tail: None,
            analysis: AnalysisSettings::default(),
            model: None,
            results: BTreeMap::new(),
            insisted: BTreeSet::new(),
            example: None,
            preview: None,
            crosshair_history: CrosshairHistory::default(),
            revision: 0,
            next_layer: 1,
            anatomy: None,
            history: History::default(),
            notices: Vec::new(),
        }
    }
}

impl Document {
    /// The layer with this identity.
    pub fn layer(&self, id: LayerId) -> Option<&Layer> {
        self.layers.iter().find(|layer| layer.id == id)
    }

    pub(super) fn layer_mut(&mut self, id: LayerId) -> Option<&mut Layer> {
        self.layers.iter_mut().find(|layer| layer.id == id)
    }

    /// The selected layer.
    pub fn selected_layer(&self) -> Option<&Layer> {
        self.selected.and_then(|id| self.layer(id))
    }

    /// What decides where a layer is shown, where that is another layer with values. A layer that was
    /// removed decides no longer.
    pub fn gate(&self, layer: &Layer) -> Option<Gate> {
        let by = self.layer(layer.threshold_by?)?;
        let volume = by.volume.as_ref()?;
        volume.data.scalar()?;
        (by.id != layer.id).then(|| Gate::new(Arc::clone(volume), &by.display))
    }

    /// What decoding gave for the selected layer, if it is there and was made from the values the
    /// layer has now.
    pub fn result(&self) -> Option<&LayerResult> {
        let layer = self.selected_layer()?;
        let result = self.results.get(&layer.id)?;
        (result.content_revision == layer.content_revision).then_some(result)
    }

    /// What was decoded of a layer as it is now, by this model and with the prior that counts now.
    pub fn result_of(&self, layer: &Layer, model: u64) -> Option<&LayerResult> {
        let result = self.results.get(&layer.id)?;
        (result.is_of(layer, model) && result.prior == self.analysis.prior).then_some(result)
    }

    /// The side of the selected layer that is shown decoded.
    pub fn side(&self) -> Option<(Tail, &Side)> {
        self.result()?.shown(self.tail)
    }

    /// The decoding shown, if there is one.
    pub fn decoding(&self) -> Option<&Decoding> {
        self.side()?.1.decoding()
    }

    /// Whether nothing is visible but maps that do not seem to be in MNI space: where they lie has no MNI name.
    pub fn is_elsewhere(&self) -> bool {
        let elsewhere = |layer: &Layer| {
            let volume = layer.volume.as_ref();
            volume.is_some_and(|volume| volume.has_warning(WarningCode::OtherSpace))
        };
        let mut visible = self.layers.iter().filter(|l| l.display.visible).peekable();
        visible.peek().is_some() && visible.all(elsewhere)
    }

    /// Visible layers that hold numbers, lowest first: those that can be compared. Pictures of the head only
    /// where there is nothing else, with each other.
    pub fn comparable(&self) -> impl Iterator<Item = (&Layer, &Arc<Volume>)> {
        let numbers = || {
            let shown = self.layers.iter().filter(|layer| layer.display.visible);
            shown.filter_map(|layer| Some((layer, layer.scalar()?)))
        };
        let anatomy = numbers().all(|(layer, _)| layer.kind == MapKind::Anatomy);
        numbers().filter(move |(layer, _)| anatomy || layer.kind != MapKind::Anatomy)
    }

    /// Whether a layer is left out because only the selected map is drawn. Maps side by side do not
    /// cover each other: all of them are drawn there.
    pub fn is_left_out(&self, layer: &Layer) -> bool {
        self.only_selected
            && self.view.arrangement.preset != Preset::SideBySide
            && is_map(layer)
            && self.selected != Some(layer.id)
            && self.layer(layer.id).is_some()
    }

    /// How many maps are shown, drawn at the moment or not; anatomy and regions are none.
    pub fn count_maps(&self) -> usize {
        let shown = |layer: &&Layer| is_map(layer) && layer.display.visible;
        self.layers.iter().filter(shown).count()
    }

    /// What is drawn on a black or white canvas, the preview on top.
    pub fn scene(&self, underlay: Option<&Arc<Volume>>, dark: bool) -> Scene {
        let layers = self.layers.iter().chain(&self.preview);
        let layers = layers.filter_map(|layer| {
            let mut display = layer.display.clone();
            display.visible &= !self.is_left_out(layer);
            Some(SceneLayer {
                volume: layer.volume.clone()?,
                display,
                gate: self.gate(layer),
            })
        });
        Scene {
            underlay: underlay.filter(|_| self.underlay).cloned(),
            layers: layers.collect(),
            cut_mm: self.cut_mm,
            convention: self.convention,
            dark,
            crosshair: self.crosshair,
        }
    }

    /// How the canvas is laid out, with a line under maps that stand side by side.
    pub fn canvas_options(&self, caption: &str) -> CanvasOptions {
        let drawn = self.layers.iter().filter(|layer| layer.volume.is_some());
        let focus = drawn
            .map(|layer| layer.id)
            .position(|id| Some(id) == self.selected);
        CanvasOptions {
            focus,
            ..self.view.options(caption)
        }
    }

    /// The point of the anatomy and the maps, as a box along the axes, nearest to this one. RAS mm.
    /// Any point before the anatomy is there.
    pub fn nearest_shown_mm(&self, point_mm: [f64; 3]) -> [f64; 3] {
        let Some(anatomy) = &self.anatomy else {
            return point_mm;
        };
        let maps = self.layers.iter().filter_map(|l| l.volume.as_deref());
        nearest_in_grids(maps.map(|volume| &volume.grid).chain([anatomy]), point_mm)
    }

    /// What the next undo would take back ("Add layer"), if anything.
    pub fn undo_label(&self) -> Option<&str> {
        self.history.undo_label()
    }

    /// What the next redo would bring back, if anything.
    pub fn redo_label(&self) -> Option<&str> {
        self.history.redo_label()
    }
}

/// Whether a layer is a map of values, rather than anatomy or regions.
fn is_map(layer: &Layer) -> bool {
    !matches!(
        layer.kind,
        MapKind::Anatomy | MapKind::Label | MapKind::Mask
    )
}
