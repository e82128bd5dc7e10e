//! Header and decoded values → a [`Volume`] with its kind and warnings.

use std::sync::Arc;

use crate::provenance::Provenance;

use super::error::{Fault, thousands};
use super::facts::Facts;
use super::kind;
use super::picks::Picks;
use super::reduce::Reduction;
use super::start::Start;
use super::values::{Decoded, Noticed, labels_of, numbers_of};
use super::{Grid, LoadWarning, MapKind, Volume, VolumeData, WarningCode};

/// The values of one frame as read.
pub(super) struct Loaded {
    pub decoded: Decoded,
    pub noticed: Noticed,
    pub facts: Facts,
    pub warnings: Vec<LoadWarning>,
}

/// Whose values they are.
pub(super) struct Origin {
    /// Display name of the file.
    pub name: String,
    pub frame: usize,
    pub hash: String,
}

/// Settles kind and warnings and makes the map. `by` is how the frame was made smaller.
///
/// # Errors
/// [`Fault::NothingThere`] for a 3-D map without a single value.
pub(super) fn finish(
    loaded: Loaded,
    start: &Start,
    by: Option<Reduction>,
    origin: Origin,
) -> Result<Volume, Fault> {
    let layout = &start.layout;
    let Loaded {
        decoded,
        mut noticed,
        facts,
        warnings: while_reading,
    } = loaded;
    let mut warnings = start.all_warnings();
    warnings.extend(while_reading);
    let grid = by.map_or(
        Grid {
            shape: layout.shape,
            affine: start.geometry.affine,
        },
        |by| Grid {
            shape: by.shape(),
            affine: by.affine(&start.geometry.affine),
        },
    );
    let words = kind::from_words(start, origin.frame, &origin.name);
    // What kind colours are nobody asks.
    let kind = if layout.element.is_complex() {
        MapKind::Magnitude
    } else if layout.element.is_colour() {
        MapKind::Unknown
    } else if start.provenance.as_ref().is_some_and(is_prediction) {
        // Its own header says so; the values alone look like many others.
        MapKind::Predicted
    } else {
        let (kind, of_kind) = kind::settle(words, layout.frames, &facts);
        warnings.extend(of_kind);
        kind
    };
    if kind == MapKind::Anatomy && start.is_in_scanner_space() {
        warnings.push(LoadWarning::new(
            WarningCode::OtherSpace,
            "Its header says scanner coordinates: this is a subject's own space, not MNI. Gyrus shows it \
             where its header puts it; do not trust region names there.",
        ));
    }
    let data = match decoded {
        Decoded::Colour(values) => VolumeData::Rgba(values),
        Decoded::Whole(labels) if kind == MapKind::Label => VolumeData::Label(labels),
        Decoded::Whole(labels) => VolumeData::Scalar(numbers_of(labels, &mut noticed)),
        // Whole, not negative, and below 2²⁴ where they came as f32.
        Decoded::Float(values) if kind == MapKind::Label => VolumeData::Label(labels_of(values)),
        Decoded::Float(values) => VolumeData::Scalar(values),
        Decoded::Reduced { means, picks } => reduced(kind, means, picks),
    };
    let empty = match &data {
        VolumeData::Scalar(values) if values.iter().all(|v| v.is_nan()) => Some(true),
        VolumeData::Scalar(values) if values.iter().all(|&v| v.is_nan() || v == 0.0) => Some(false),
        VolumeData::Label(values) if values.iter().all(|&v| v == 0) => Some(false),
        _ => None,
    };
    match empty {
        Some(all_nan) if layout.frames == 1 => return Err(Fault::NothingThere { all_nan }),
        Some(_) => warnings.push(LoadWarning::new(
            WarningCode::EmptyFrame,
            "There is no value but 0 in this frame.",
        )),
        None => {}
    }
    warnings.extend(value_warnings(noticed, layout.voxels()));
    Ok(Volume {
        grid,
        data,
        kind,
        name: origin.name,
        frames: layout.frames,
        frame: origin.frame,
        hash: origin.hash,
        warnings,
        provenance: start.provenance.clone().map(Arc::new),
    })
}

/// Whether a map is one that a model predicted for a text.
fn is_prediction(made: &Provenance) -> bool {
    made.made == "prediction"
}

/// Means of labels mean nothing: for these and for masks the voxels in the middle of the blocks stand.
fn reduced(kind: MapKind, means: Arc<[f32]>, picks: Picks) -> VolumeData {
    match kind {
        // Given back before the labels take as much again.
        MapKind::Label if picks.facts.could_be_labels() => {
            drop(means);
            VolumeData::Label(picks.labels().unwrap_or_default())
        }
        MapKind::Mask if picks.facts.is_binary() => {
            drop(means);
            VolumeData::Scalar(picks.values().unwrap_or_default())
        }
        _ => VolumeData::Scalar(means),
    }
}

fn value_warnings(noticed: Noticed, voxels: u64) -> Vec<LoadWarning> {
    let mut warnings = Vec::new();
    if noticed.nan + noticed.infinite > 0 {
        let share = 100.0 * (noticed.nan + noticed.infinite) as f64 / voxels as f64;
        let message = match (noticed.nan, noticed.infinite) {
            (nan, 0) => format!(
                "{} voxels ({share:.1} %) are NaN; Gyrus treats them as outside the map.",
                thousands(nan)
            ),
            (nan, inf) => format!(
                "{} voxels are NaN and {} infinite ({share:.1} %); Gyrus treats both as outside the map.",
                thousands(nan),
                thousands(inf)
            ),
        };
        let code = if noticed.infinite > 0 {
            WarningCode::InfiniteValues
        } else {
            WarningCode::NanValues
        };
        warnings.push(LoadWarning::new(code, message));
    }
    if noticed.clipped > 0 {
        warnings.push(LoadWarning::new(
            WarningCode::Clipped,
            format!(
                "{} values are beyond what can be shown and were cut to the largest number.",
                thousands(noticed.clipped)
            ),
        ));
    }
    if noticed.rounded > 0 {
        warnings.push(LoadWarning::new(
            WarningCode::Rounded,
            format!(
                "{} whole numbers are too large to be held exactly and were rounded.",
                thousands(noticed.rounded)
            ),
        ));
    }
    warnings
}
