//! What the window asks of the rest of the program, as a trait, so that tests can stand in for it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::command::Command;
use super::document::Source;
use super::jobs::JobError;
use crate::atlas::{EMBEDDED_NAME, RegionAtlas};
use crate::decode::{Decoding, Tail};
use crate::progress::Progress;
use crate::volume::Volume;

/// A map that was opened.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Its values.
    pub volume: Arc<Volume>,
    /// Its origin.
    pub source: Source,
    /// Name for the list.
    pub name: String,
}

impl From<Opened> for Command {
    /// The map becomes a layer.
    fn from(opened: Opened) -> Self {
        let Opened {
            volume,
            source,
            name,
        } = opened;
        Self::AddLayer {
            volume,
            source,
            name,
        }
    }
}

/// A task the palette can find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskEntry {
    /// Ontology identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// One or two sentences.
    pub definition: String,
}

/// A region the palette can fly to.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionEntry {
    /// "Left precentral".
    pub name: String,
    /// A point inside it, RAS mm.
    pub centre_mm: [f64; 3],
}

/// What can be found by name.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// Tasks of the ontology.
    pub tasks: Vec<TaskEntry>,
    /// Regions of the atlas.
    pub regions: Vec<RegionEntry>,
}

/// An atlas of the user's choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AtlasChoice {
    /// Map of labels, or of probabilities with one region a frame.
    pub path: PathBuf,
    /// Its table of names, where it is not the one beside the map.
    pub table: Option<PathBuf>,
}

/// The atlas that names places.
#[derive(Debug, Clone, PartialEq)]
pub struct AtlasInUse {
    /// What it is called.
    pub name: String,
    /// Its files; `None` for the embedded one.
    pub choice: Option<AtlasChoice>,
    /// The table its names are from, chosen or found beside the map.
    pub table: Option<PathBuf>,
    /// What the palette can fly to.
    pub regions: Vec<RegionEntry>,
}

impl Default for AtlasInUse {
    fn default() -> Self {
        Self {
            name: EMBEDDED_NAME.to_owned(),
            choice: None,
            table: None,
            regions: Vec::new(),
        }
    }
}

/// The region at a point.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionHit {
    /// "Left precentral".
    pub name: String,
    /// Whether the point is inside it; else it is the nearest.
    pub inside: bool,
}

impl std::fmt::Display for RegionHit {
    /// "Left precentral", or "≈ Left precentral" for a point near it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.inside {
            f.write_str("≈ ")?;
        }
        f.write_str(&self.name)
    }
}

/// An article near a map.
#[derive(Debug, Clone, PartialEq)]
pub struct StudyHit {
    /// PubMed number.
    pub pmid: u32,
    /// Year, where known.
    pub year: Option<u16>,
    /// Title, where a corpus is installed.
    pub title: Option<String>,
    /// Its nearest tasks.
    pub tasks: Vec<String>,
    /// Cosine to the map.
    pub similarity: f32,
}

/// The rest of the program, seen from the window. All methods may be slow but [`Self::region_at`]
/// and [`Self::model_name`], and are called from worker threads.
pub trait Services: Send + Sync + 'static {
    /// The anatomical picture under the maps.
    fn underlay(&self, progress: &Progress) -> Result<Arc<Volume>, JobError>;
    /// The example map.
    fn demo(&self, progress: &Progress) -> Result<Opened, JobError>;
    /// The embedded atlas as a map of labels.
    fn atlas_map(&self, progress: &Progress) -> Result<Opened, JobError> {
        let volume = RegionAtlas::embedded_map(progress).map_err(JobError::of)?;
        Ok(Opened {
            name: EMBEDDED_NAME.to_owned(),
            source: Source::Embedded {
                name: EMBEDDED_NAME.to_owned(),
                hash: volume.hash.clone(),
            },
            volume: Arc::new(volume),
        })
    }
    /// Opens one frame of a file, from 0.
    fn open(&self, path: &Path, frame: usize, progress: &Progress) -> Result<Opened, JobError>;
    /// Gets the values of a layer of a session again.
    fn reopen(&self, source: &Source, progress: &Progress) -> Result<Opened, JobError> {
        match source {
            Source::File { path, frame, .. } => self.open(path, *frame, progress),
            Source::Embedded { name, .. } if name == EMBEDDED_NAME => self.atlas_map(progress),
            Source::Embedded { .. } => self.demo(progress),
            Source::Predicted { text, task_id, .. } => {
                self.predict(text, task_id.as_deref(), progress)
            }
            // Made from other layers once these are there.
            Source::Derived { .. } => Err(JobError::Cancelled),
        }
    }
    /// Reads a map.
    fn decode(
        &self,
        volume: &Volume,
        tail: Tail,
        progress: &Progress,
    ) -> Result<Decoding, JobError>;
    /// Articles whose maps are like this one, best first; `None` where the model holds no index.
    fn studies(
        &self,
        volume: &Volume,
        tail: Tail,
        progress: &Progress,
    ) -> Result<Option<Vec<StudyHit>>, JobError>;
    /// The map expected for a text.
    fn predict(
        &self,
        text: &str,
        task_id: Option<&str>,
        progress: &Progress,
    ) -> Result<Opened, JobError>;
    /// Writes a map as NIfTI.
    fn save_map(&self, volume: &Volume, path: &Path) -> Result<(), JobError>;
    /// What the palette finds.
    fn catalogue(&self) -> Catalogue;
    /// Names places by this atlas from now on, or by the embedded one. Where it cannot be read the
    /// one in use stays.
    fn use_atlas(
        &self,
        choice: Option<&AtlasChoice>,
        progress: &Progress,
    ) -> Result<AtlasInUse, JobError>;
    /// The region at a point. Fast.
    fn region_at(&self, point_mm: [f64; 3]) -> Option<RegionHit>;
    /// One line on the model in use. Fast.
    fn model_name(&self) -> String;
}
