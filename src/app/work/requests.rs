//! What the workers are asked and what they answer.

use std::path::PathBuf;
use std::sync::Arc;

use crate::app::document::{Document, LayerId, Source};
use crate::app::services::{Catalogue, Opened, StudyHit};
use crate::decode::Tail;
use crate::measure::PeakRow;
use crate::render::export::Figure;
use crate::render::{Pixels, Signs};
use crate::volume::{Cluster, Volume};

/// Something to read.
#[derive(Debug, Clone)]
pub enum LoadRequest {
    /// The anatomy under the maps.
    Underlay,
    /// The example.
    Demo,
    /// A map, a session, or a folder of maps.
    File(PathBuf),
    /// The values of a layer of a session.
    Fill(Source),
    /// A session kept by the program itself.
    Kept(String),
    /// The embedded atlas as a map of labels.
    Atlas,
    /// Names for the palette.
    Catalogue,
}

/// Something to write.
#[derive(Debug, Clone)]
pub enum SaveRequest {
    /// A layer as NIfTI.
    Map(PathBuf, Arc<Volume>),
    /// The session.
    Session(PathBuf, Box<Document>),
    /// A table as text.
    Table(PathBuf, String),
    /// A figure as PNG.
    Figure(PathBuf, Box<Figure>),
    /// A figure for the clipboard.
    Copy(Box<Figure>),
}

/// What was written.
#[derive(Debug)]
pub enum Saved {
    /// A file.
    File(PathBuf),
    /// A picture for the clipboard.
    Picture(Box<Pixels>),
}

/// What was read.
#[derive(Debug)]
pub enum Loaded {
    /// The anatomy.
    Underlay(Arc<Volume>),
    /// A map.
    Map(Opened),
    /// A session, and where it was read where that is a file.
    Session(Box<Document>, Option<PathBuf>),
    /// The maps of a folder, and how many more there are.
    Folder {
        /// In the order of their names.
        maps: Vec<PathBuf>,
        /// Not opened, for there are too many.
        left_out: usize,
    },
    /// Names.
    Catalogue(Catalogue),
}

/// A map to be read and how.
#[derive(Debug)]
pub struct DecodeRequest {
    /// Its values.
    pub volume: Arc<Volume>,
    /// Which tail.
    pub tail: Tail,
}

/// A text whose map is wanted.
#[derive(Debug)]
pub struct PredictRequest {
    /// The text.
    pub text: String,
    /// Its task, where known.
    pub task_id: Option<String>,
}

/// Articles like one tail of a map; `None` where the model has no index.
pub type StudiesFound = (Tail, Option<Vec<StudyHit>>);

/// Which clusters of a layer are wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PeaksKey {
    /// The layer.
    pub layer: LayerId,
    /// What its values are.
    pub content_revision: u64,
    /// Beyond which strength, on the positive and on the negative side.
    pub thresholds: [f32; 2],
    /// Of which signs.
    pub signs: Signs,
    /// Of at least so many voxels.
    pub extent_voxels: usize,
    /// Counts changes of the atlas that names them.
    pub atlas: u64,
}

/// Clusters of a layer: positive ones, then negative ones, each strongest first.
#[derive(Debug, Clone)]
pub struct Peaks {
    /// Of what.
    pub key: PeaksKey,
    /// All of them; empty for labels and colours.
    pub clusters: Vec<Cluster>,
    /// They and their further peaks, named.
    pub rows: Vec<PeakRow>,
}
