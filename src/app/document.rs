//! The document: what a session is, apart from how it is drawn. It can be saved as JSON and is only
//! ever changed by [`super::apply`].

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::history::History;
use super::view::ViewSettings;
use crate::decode::{Decoding, Tail};
use crate::measure::Operation;
use crate::render::{Convention, Gate, LayerDisplay, nearest_in_grids};
use crate::volume::{Grid, MapKind, Volume};

/// Version written into saved documents.
pub const DOCUMENT_VERSION: u32 = 1;

/// Identifies a layer for the life of a document; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LayerId(pub u64);

/// Where a layer's values come from, exactly enough to get them again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "lowercase")]
pub enum Source {
    /// A file on disk.
    File {
        /// As the user gave it.
        path: PathBuf,
        /// Sha-256 of its bytes, hex.
        hash: String,
        /// Frame shown, from 0.
        frame: usize,
    },
    /// A map that ships inside the program.
    Embedded {
        /// Its name.
        name: String,
        /// Sha-256 of its bytes, hex.
        hash: String,
    },
    /// A map the model predicts for a text.
    Predicted {
        /// The text.
        text: String,
        /// The ontology's id, where the text is one of its tasks.
        task_id: Option<String>,
        /// Fingerprint of the bundle that predicted it.
        bundle: String,
    },
    /// A map made from other layers.
    Derived {
        /// How.
        operation: Operation,
        /// From which, in order.
        origins: Vec<Origin>,
    },
}

/// A layer another one was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The layer, which may be gone by now.
    pub layer: LayerId,
    /// What it was called.
    pub name: String,
    /// Hash of the file, or of the values, it had.
    pub hash: String,
    /// Frame it showed, from 0.
    #[serde(default)]
    pub frame: usize,
}

impl Origin {
    /// Whether both name the same values.
    pub fn same_values(&self, other: &Self) -> bool {
        self.hash == other.hash && self.frame == other.frame
    }
}

impl Source {
    /// Whether the map was predicted from text rather than measured.
    pub fn is_predicted(&self) -> bool {
        matches!(self, Self::Predicted { .. })
    }
}

/// A map as shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Layer {
    /// Identity.
    pub id: LayerId,
    /// Name shown in the list.
    pub name: String,
    /// Origin of the values.
    pub source: Source,
    /// What the values mean.
    pub kind: MapKind,
    /// How they are drawn.
    pub display: LayerDisplay,
    /// The layer whose threshold decides where this one is shown, in place of its own.
    #[serde(default)]
    pub threshold_by: Option<LayerId>,
    /// Document revision at which the values last changed: results asked for earlier are stale.
    pub content_revision: u64,
    /// The values; absent right after a saved document was read.
    #[serde(skip)]
    pub volume: Option<Arc<Volume>>,
}

impl Layer {
    /// Gives the layer, and every layer it names, another number.
    pub(super) fn renumber(&mut self, anew: impl Fn(LayerId) -> LayerId) {
        self.id = anew(self.id);
        self.threshold_by = self.threshold_by.map(&anew);
        if let Source::Derived { origins, .. } = &mut self.source {
            for origin in origins {
                origin.layer = anew(origin.layer);
            }
        }
    }
}

/// What was read from a layer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LayerResult {
    /// Document revision the request was made at.
    pub revision: u64,
    /// The answer.
    pub decoding: Decoding,
}

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
    /// The layer whose decoding is shown: the last measured map selected, so that adding a
    /// predicted map beside it does not take the ranking away.
    pub reading: Option<LayerId>,
    /// Cut point of the three slices, RAS mm.
    pub cut_mm: [f64; 3],
    /// Which side of the screen is left.
    pub convention: Convention,
    /// Whether the crosshair is drawn.
    pub crosshair: bool,
    /// Whether the template is drawn under the maps.
    pub underlay: bool,
    /// Colours of the window.
    pub theme: ThemeChoice,
    /// Where the views are and what is written into them.
    pub view: ViewSettings,
    /// Which tail of a map is read.
    pub tail: Tail,
    /// Decodings by layer.
    pub results: BTreeMap<LayerId, LayerResult>,
    /// Counts changes.
    pub revision: u64,
    /// Next unused layer number.
    pub(super) next_layer: u64,
    /// Grid of the anatomy under the maps, once it is there.
    #[serde(skip)]
    pub anatomy: Option<Grid>,
    #[serde(skip)]
    pub(super) history: History,
}

impl Default for Document {
    fn default() -> Self {
        Self {
            version: DOCUMENT_VERSION,
            layers: Vec::new(),
            selected: None,
            reading: None,
            cut_mm: [0.0; 3],
            convention: Convention::default(),
            crosshair: true,
            underlay: true,
            theme: ThemeChoice::default(),
            view: ViewSettings::default(),
            tail: Tail::default(),
            results: BTreeMap::new(),
            revision: 0,
            next_layer: 1,
            anatomy: None,
            history: History::default(),
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

    /// The layer whose decoding is shown.
    pub fn reading_layer(&self) -> Option<&Layer> {
        self.reading.and_then(|id| self.layer(id))
    }

    /// The decoding shown, if it is there and was made from the values the layer has now.
    pub fn decoding(&self) -> Option<&Decoding> {
        let layer = self.reading_layer()?;
        let result = self.results.get(&layer.id)?;
        (result.revision >= layer.content_revision && result.decoding.tail == self.tail)
            .then_some(&result.decoding)
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
