//! What a header of any format comes to: all that reading the values, placing them and naming them
//! needs.

use super::error::Fault;
use super::geometry::{AffineSource, Geometry};
use super::info::Coded;
use super::layout::Layout;
use super::reduce::Reduction;
use super::{LoadWarning, MapKind, WarningCode};
use crate::provenance::Provenance;

/// The formats Gyrus reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Nifti1,
    Nifti2,
    Analyze,
    Mgh,
    Afni,
}

impl Format {
    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nifti1 => "NIfTI-1",
            Self::Nifti2 => "NIfTI-2",
            Self::Analyze => "Analyze 7.5",
            Self::Mgh => "MGH",
            Self::Afni => "AFNI",
        }
    }
}

/// What stored numbers are multiplied by and shifted by.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scaling {
    /// The same for all frames.
    Whole { slope: f64, inter: f64 },
    /// A factor for every frame.
    PerFrame(Vec<f64>),
}

impl Scaling {
    /// No scaling.
    pub const NONE: Self = Self::Whole {
        slope: 1.0,
        inter: 0.0,
    };

    /// Slope and intercept of a frame.
    pub fn of(&self, frame: usize) -> (f64, f64) {
        match self {
            Self::Whole { slope, inter } => (*slope, *inter),
            Self::PerFrame(factors) => (factors.get(frame).copied().unwrap_or(1.0), 0.0),
        }
    }
}

/// A step in time that can be one.
pub(super) fn plausible_step_s(step_s: f64) -> Option<f64> {
    (step_s.is_finite() && step_s > 0.0).then_some(step_s)
}

/// What only some formats say, for the header panel.
#[derive(Debug, Clone, Default)]
pub(super) struct Details {
    pub qform: Option<Coded>,
    pub sform: Option<Coded>,
    pub intent: Option<Coded>,
    pub intent_parameters: Vec<f64>,
    pub intent_name: String,
    pub display_range: Option<[f64; 2]>,
    /// Unit of positions in the file.
    pub unit: &'static str,
    /// Name of the space.
    pub space: Option<String>,
    /// Seconds from one frame to the next.
    pub frame_step_s: Option<f64>,
}

/// A header, checked: its layout cannot overflow and its affine can be inverted.
#[derive(Debug)]
pub(super) struct Start {
    pub format: Format,
    /// Ending of the other file, which holds the values, where there are two.
    pub partner: Option<&'static str>,
    pub big_endian: bool,
    pub layout: Layout,
    pub scaling: Scaling,
    /// Of the stored grid.
    pub geometry: Geometry,
    /// What the header says the values mean.
    pub kind: Option<MapKind>,
    pub description: String,
    /// One for every frame, or none at all.
    pub frame_names: Vec<String>,
    /// What the header says of single frames; may be shorter than there are frames.
    pub frame_kinds: Vec<Option<MapKind>>,
    /// What the header alone makes worth telling, without the geometry's warnings.
    pub warnings: Vec<LoadWarning>,
    pub details: Details,
    /// How Gyrus made the map, where it did.
    pub provenance: Option<Provenance>,
}

/// NIfTI's code of a transform to the scanner's coordinates.
const SCANNER: i32 = 1;

impl Start {
    /// Whether the transform in use leads to the scanner's coordinates, by the header's own word.
    pub(super) fn is_in_scanner_space(&self) -> bool {
        let used = match self.geometry.source {
            AffineSource::Sform => &self.details.sform,
            AffineSource::Qform => &self.details.qform,
            AffineSource::Zooms | AffineSource::Origin | AffineSource::Header => &None,
        };
        used.as_ref().is_some_and(|form| form.code == SCANNER)
    }

    /// How the frames must be made smaller to have at most `most` voxels.
    ///
    /// # Errors
    /// [`Fault::TooLarge`] where no sensible reduction does it.
    pub(crate) fn reduction(&self, most: u64) -> Result<Option<Reduction>, Fault> {
        Reduction::to_fit(self.layout.shape, most)
    }

    /// All that the header makes worth telling.
    pub(crate) fn all_warnings(&self) -> Vec<LoadWarning> {
        let mut warnings = self.warnings.clone();
        warnings.extend(self.geometry.warnings.iter().cloned());
        if self.layout.element.is_complex() {
            warnings.push(LoadWarning::new(WarningCode::ComplexMagnitude, "Its values are complex numbers; Gyrus shows their magnitude. A magnitude is no statistic and is not decoded.",
            ));
        }
        warnings
    }
}
