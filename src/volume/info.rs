//! What a header says, for people and for `gyrus info --json`.

use super::geometry::{AffineSource, Geometry};
use super::header::{Header, Layout};
use super::kind::KindSource;
use super::{Affine, LoadWarning, MapKind};

/// A header in plain words and numbers. Fields the file leaves empty are absent from JSON.
#[derive(Debug, Clone, serde::Serialize)]
pub struct HeaderInfo {
    /// "NIfTI-1" or "NIfTI-2".
    pub format: &'static str,
    /// Compressed with gzip.
    pub gzip: bool,
    /// Header and image in two files.
    pub pair: bool,
    /// "little" or "big".
    pub byte_order: &'static str,
    /// Voxels along i, j, k.
    pub shape: [usize; 3],
    /// Frames (1 for a 3-D map).
    pub frames: usize,
    /// Stored number format ("float32").
    pub datatype: &'static str,
    /// Edge lengths of a voxel.
    pub voxel_mm: [f64; 3],
    /// Voxel → RAS mm.
    pub affine: Affine,
    /// Which part of the header the affine came from.
    pub affine_source: AffineSource,
    /// Directions in which i, j, k grow ("RAS").
    pub orientation: String,
    /// qform code and its meaning.
    pub qform: Coded,
    /// sform code and its meaning.
    pub sform: Coded,
    /// Intent code and its meaning.
    pub intent: Coded,
    /// Degrees of freedom and the like, where the intent has them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub intent_parameters: Vec<f64>,
    /// The writer's name for the intent.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub intent_name: String,
    /// Free description.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Slope and intercept applied to stored values.
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
    pub(super) fn new(
        header: &Header,
        layout: &Layout,
        geometry: &Geometry,
        kind: Option<(MapKind, KindSource)>,
        gzip: bool,
        warnings: Vec<LoadWarning>,
    ) -> Self {
        let (slope, inter, _) = header.scaling();
        let intent_parameters = match header.intent_code {
            3 => header.intent_p[..1].to_vec(),
            4 => header.intent_p[..2].to_vec(),
            _ => Vec::new(),
        };
        // Writers leave nonsense here; only a true range is passed on.
        let display = header.cal_min.is_finite()
            && header.cal_max.is_finite()
            && header.cal_max > header.cal_min;
        Self {
            format: if header.version == 2 {
                "NIfTI-2"
            } else {
                "NIfTI-1"
            },
            gzip,
            pair: header.pair,
            byte_order: if header.big_endian { "big" } else { "little" },
            shape: layout.shape,
            frames: layout.frames,
            datatype: header.datatype_name(),
            voxel_mm: geometry.affine.voxel_sizes_mm(),
            affine: geometry.affine,
            affine_source: geometry.source,
            orientation: geometry.affine.axis_codes(),
            qform: Coded {
                code: header.qform_code,
                name: space_name(header.qform_code),
            },
            sform: Coded {
                code: header.sform_code,
                name: space_name(header.sform_code),
            },
            intent: Coded {
                code: header.intent_code,
                name: intent_name(header.intent_code),
            },
            intent_parameters,
            intent_name: header.intent_name.clone(),
            description: header.descrip.clone(),
            scaling: [slope, inter],
            display_range: display.then_some([header.cal_min, header.cal_max]),
            unit: match header.xyzt_units & 7 {
                1 => "m",
                2 => "mm",
                3 => "µm",
                _ => "unknown",
            },
            kind: kind.map(|k| k.0),
            kind_source: kind.map(|k| k.1),
            warnings,
        }
    }
}

fn space_name(code: i32) -> &'static str {
    match code {
        0 => "not set",
        1 => "scanner",
        2 => "aligned to another image",
        3 => "Talairach",
        4 => "MNI 152",
        5 => "another template",
        _ => "unknown",
    }
}

fn intent_name(code: i32) -> &'static str {
    match code {
        0 => "none",
        2 => "correlation",
        3 => "t statistic",
        4 => "F statistic",
        5 => "z score",
        6 => "chi-squared",
        22 => "p value",
        23 => "log p value",
        24 => "log10 p value",
        1001 => "estimate",
        1002 => "labels",
        1003 => "names",
        1004 => "matrix",
        1005 => "symmetric matrix",
        1006 => "displacement",
        1007 => "vector",
        2001..=2005 => "colour or surface data",
        _ => "other",
    }
}
