//! A map as shown, and where its values come from.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::decode::Tail;
use crate::measure::Operation;
use crate::predict::{StudyPlan, Support, TextToPredict};
use crate::render::LayerDisplay;
use crate::volume::{MapKind, Volume};

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
        /// The text, or both.
        #[serde(flatten)]
        wanted: TextToPredict,
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
    /// Peaks of studies of the model's index, brought together.
    Studies {
        /// Which, and how.
        #[serde(flatten)]
        plan: StudyPlan,
        /// Fingerprint of the model.
        bundle: String,
    },
    /// What of a layer carries its decoding as one task.
    Carried {
        /// The layer.
        origin: Origin,
        /// Which of its sides is decoded.
        tail: Tail,
        /// Name of the task.
        task: String,
        /// The model's id of it.
        task_id: String,
        /// Fingerprint of the model.
        bundle: String,
    },
}

impl Source {
    /// Whether the map was predicted from text rather than measured.
    pub fn is_predicted(&self) -> bool {
        matches!(self, Self::Predicted { .. })
    }

    /// Its file, where it has one.
    pub fn path(&self) -> Option<&PathBuf> {
        match self {
            Self::File { path, .. } => Some(path),
            Self::Embedded { .. }
            | Self::Predicted { .. }
            | Self::Studies { .. }
            | Self::Derived { .. }
            | Self::Carried { .. } => None,
        }
    }

    /// The layers it was made from, in order.
    pub fn origins(&self) -> &[Origin] {
        match self {
            Self::Derived { origins, .. } => origins,
            Self::Carried { origin, .. } => std::slice::from_ref(origin),
            Self::File { .. }
            | Self::Embedded { .. }
            | Self::Predicted { .. }
            | Self::Studies { .. } => &[],
        }
    }

    fn origins_mut(&mut self) -> &mut [Origin] {
        match self {
            Self::Derived { origins, .. } => origins,
            Self::Carried { origin, .. } => std::slice::from_mut(origin),
            Self::File { .. }
            | Self::Embedded { .. }
            | Self::Predicted { .. }
            | Self::Studies { .. } => &mut [],
        }
    }

    /// Whether it is made from what the document holds, rather than read or predicted.
    pub fn is_made(&self) -> bool {
        matches!(self, Self::Derived { .. } | Self::Carried { .. })
    }

    /// Whether it is the prediction for these texts, or tasks.
    pub fn predicts(&self, wanted: &TextToPredict) -> bool {
        match self {
            Self::Predicted { wanted: own, .. } => own.same_map(wanted),
            Self::File { .. }
            | Self::Embedded { .. }
            | Self::Studies { .. }
            | Self::Derived { .. }
            | Self::Carried { .. } => false,
        }
    }
}

/// A predicted map, and how much the literature supports each of its texts.
#[derive(Debug, Clone)]
pub struct Predicted {
    /// The map.
    pub opened: Opened,
    /// Of one text or two.
    pub supports: Vec<Support>,
    /// Where the text lies in the model's space.
    pub latent: Vec<f32>,
    /// Id of the task of the model that lies nearest to it.
    pub nearest_task: Option<String>,
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
    /// Its values, where they are numbers.
    pub fn scalar(&self) -> Option<&Arc<Volume>> {
        self.volume.as_ref().filter(|v| v.data.scalar().is_some())
    }

    /// Its values, where its file holds several frames.
    pub fn framed(&self) -> Option<&Arc<Volume>> {
        self.volume.as_ref().filter(|v| v.frames > 1)
    }

    /// Which values of which layer: results made from them are kept under this.
    pub fn content(&self) -> Content {
        Content {
            layer: self.id,
            revision: self.content_revision,
        }
    }

    /// Gives the layer, and every layer it names, another number.
    pub(super) fn renumber(&mut self, anew: impl Fn(LayerId) -> LayerId) {
        self.id = anew(self.id);
        self.threshold_by = self.threshold_by.map(&anew);
        for origin in self.source.origins_mut() {
            origin.layer = anew(origin.layer);
        }
    }
}

/// Values a layer has, or had: a layer that gets other values gets another revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// The layer.
    pub layer: LayerId,
    /// Document revision at which it got the values.
    pub revision: u64,
}

/// A map that was opened or made.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Its values.
    pub volume: Arc<Volume>,
    /// Its origin.
    pub source: Source,
    /// Name for the list.
    pub name: String,
}

/// A value on the colour bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Edge {
    /// Below it values do not pass.
    Threshold,
    /// The colours begin there.
    Minimum,
    /// The colours end there.
    Maximum,
}

impl Edge {
    /// Name for fields and screen readers.
    pub fn label(self) -> &'static str {
        match self {
            Self::Threshold => "Threshold",
            Self::Minimum => "Minimum",
            Self::Maximum => "Maximum",
        }
    }
}
