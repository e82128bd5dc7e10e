//! What can be found by name, and what names places.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::atlas::EMBEDDED_NAME;

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
    /// Regions of the embedded atlas.
    pub regions: Vec<RegionEntry>,
}

/// The model a document was made with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelChoice {
    /// Its bundle file; `None` for the embedded model.
    pub path: Option<PathBuf>,
    /// Its fingerprint; empty while it is not known.
    pub fingerprint: String,
}

/// An atlas of the user's choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AtlasChoice {
    /// Map of labels, or of probabilities with one region a frame.
    pub path: PathBuf,
    /// Its table of names, where it is not the one beside the map.
    pub table: Option<PathBuf>,
}

/// The atlas that names regions.
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
