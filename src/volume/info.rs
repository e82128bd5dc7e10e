//! What a header says, for people and for `gyrus info --json`.

use std::path::Path;

use super::geometry::AffineSource;
use super::kind::{self, KindSource};
use super::start::Start;
use super::{Affine, LoadWarning, MapKind, Volume};
use crate::files::path_text;
use crate::provenance::Provenance;

/// A header in plain words and numbers. Fields the file leaves empty are absent from JSON.
#[derive(Debug, Clone, serde::Serialize)]
pub struct HeaderInfo {
    /// "NIfTI-1", "NIfTI-2", "Analyze 7.5", "MGH" or "AFNI".
    pub format: &'static str,
    /// The file with the header is compressed with gzip.
    pub gzip: bool,
    /// Header and image in two files.
    pub pair: bool,
    /// "little" or "big".
    pub byte_order: &'static str,
    /// Voxels along i, j, k, as stored.
    pub shape: [usize; 3],
    /// Frames (1 for a 3-D map).
    pub frames: usize,
    /// Seconds from one frame to the next, where the file says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame_step_s: Option<f64>,
    /// Their names, where the file has any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub frame_names: Vec<String>,
    /// Stored number format ("float32").
    pub datatype: &'static str,
    /// Edge lengths of a voxel.
    pub voxel_mm: [f64; 3],
    /// Voxel → RAS mm.
    pub affine: Affine,
    /// Which part of the header the affine came from.
    pub affine_source: AffineSource,
    /// The qform's affine, where the sform was used and both are there; in the file's own unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qform_affine: Option<Affine>,
    /// Directions in which i, j, k grow ("RAS").
    pub orientation: String,
    /// qform code and its meaning, of NIfTI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qform: Option<Coded>,
    /// sform code and its meaning, of NIfTI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sform: Option<Coded>,
    /// Intent code and its meaning, of NIfTI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent: Option<Coded>,
    /// Degrees of freedom and the like, where the intent has them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub intent_parameters: Vec<f64>,
    /// The writer's name for the intent.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub intent_name: String,
    /// Free description.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Name of the space, where the format has one (AFNI's template).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub space: Option<String>,
    /// Slope and intercept applied to stored values of the first frame.
    pub scaling: [f64; 2],
    /// Display range the writer proposed, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_range: Option<[f64; 2]>,
    /// Unit of positions in the file.
    pub unit: &'static str,
    /// What the values mean, as far as header and name tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<MapKind>,
    /// What told it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind_source: Option<KindSource>,
    /// How Gyrus made the map, where it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
    /// What was noticed.
    pub warnings: Vec<LoadWarning>,
}

/// A header code with its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Coded {
    /// As stored.
    pub code: i32,
    /// In words.
    pub name: &'static str,
}

impl HeaderInfo {
    /// `name` is the file's, `warnings` all that was noticed.
    pub(super) fn new(start: &Start, name: &str, gzip: bool, warnings: Vec<LoadWarning>) -> Self {
        let (slope, inter) = start.scaling.of(0);
        let kind = kind::from_words(start, 0, name);
        let details = start.details.clone();
        let affine = start.geometry.affine;
        Self {
            format: start.format.name(),
            gzip,
            pair: start.partner.is_some(),
            byte_order: if start.big_endian { "big" } else { "little" },
            shape: start.layout.shape,
            frames: start.layout.frames,
            frame_step_s: details.frame_step_s.filter(|_| start.layout.frames > 1),
            frame_names: start.frame_names.clone(),
            datatype: start.layout.element.name(),
            voxel_mm: affine.voxel_sizes_mm(),
            affine,
            affine_source: start.geometry.source,
            qform_affine: start.geometry.qform,
            orientation: affine.axis_codes(),
            qform: details.qform,
            sform: details.sform,
            intent: details.intent,
            intent_parameters: details.intent_parameters,
            intent_name: details.intent_name,
            description: start.description.clone(),
            space: details.space,
            scaling: [slope, inter],
            display_range: details.display_range,
            unit: details.unit,
            provenance: start.provenance.clone(),
            kind: kind.map(|k| k.0),
            kind_source: kind.map(|k| k.1),
            warnings,
        }
    }
}

/// Which map a result is of, in JSON documents.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct MapInfo {
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    name: String,
    sha256: String,
    kind: &'static str,
    shape: [usize; 3],
    /// From 1.
    frame: usize,
    frames: usize,
}

impl MapInfo {
    /// Of a volume, read from or written to `path`.
    pub(crate) fn of(volume: &Volume, path: Option<&Path>) -> Self {
        Self {
            path: path.map(path_text),
            name: volume.name.clone(),
            sha256: volume.hash.clone(),
            kind: volume.kind.label(),
            shape: volume.grid.shape,
            frame: volume.frame + 1,
            frames: volume.frames,
        }
    }
}
