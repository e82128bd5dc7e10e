//! Header and decoded values → a [`Volume`] with its kind and warnings.

use std::sync::Arc;

use super::error::{Fault, thousands};
use super::geometry::{Geometry, geometry};
use super::header::{Header, Layout};
use super::kind::{self, Facts};
use super::values::{Decoded, Noticed};
use super::{Grid, LoadWarning, MapKind, Volume, VolumeData};

/// A header with its checked layout.
#[derive(Debug)]
pub(super) struct Start {
    pub header: Header,
    pub layout: Layout,
}

impl Start {
    /// First byte of a frame.
    ///
    /// # Errors
    /// [`Fault::NoSuchFrame`].
    pub fn frame_offset(&self, frame: usize) -> Result<u64, Fault> {
        let Layout {
            frames,
            data_offset,
            frame_bytes,
            ..
        } = self.layout;
        if frame >= frames {
            return Err(Fault::NoSuchFrame { frame, frames });
        }
        Ok(data_offset + frame as u64 * frame_bytes)
    }

    /// What the header alone makes worth telling.
    pub fn warnings(&self) -> Vec<LoadWarning> {
        let mut warnings = Vec::new();
        if self.header.odd_size_field {
            warnings.push(LoadWarning::new(
                "odd-header-size",
                "odd header",
                "The header's own length field is wrong; all else in it fits, and Gyrus read it.",
            ));
        }
        if self.layout.offset_mended {
            warnings.push(LoadWarning::new(
                "odd-offset",
                "odd offset",
                format!(
                    "The header says the values begin inside it; Gyrus read them from byte {}.",
                    self.layout.data_offset
                ),
            ));
        }
        if self.layout.frames_in_dim5 {
            warnings.push(LoadWarning::new(
                "frames-in-fifth",
                "AFNI bricks",
                format!("AFNI keeps its {} sub-bricks in the fifth dimension; Gyrus shows them as frames.", self.layout.frames),
            ));
        }
        if self.header.scaling().2 {
            warnings.push(LoadWarning::new(
                "bad-intercept",
                "odd scaling",
                "The header's scaling has a slope but no usable intercept; Gyrus took the intercept as 0.",
            ));
        }
        warnings
    }
}

/// The values of one frame as read.
pub(super) struct Loaded {
    pub decoded: Decoded,
    pub noticed: Noticed,
    pub warnings: Vec<LoadWarning>,
}

/// Settles kind and warnings and makes the map.
///
/// # Errors
/// [`Fault::NothingThere`] for a 3-D map without a single value.
pub(super) fn finish(
    loaded: Loaded,
    start: &Start,
    name: String,
    frame: usize,
    hash: String,
) -> Result<Volume, Fault> {
    let Start { header, layout } = start;
    let Loaded {
        decoded,
        mut noticed,
        warnings: while_reading,
    } = loaded;
    let Geometry {
        affine,
        warnings: from_geometry,
        ..
    } = geometry(header, layout.shape);
    let mut warnings = start.warnings();
    warnings.extend(from_geometry);
    warnings.extend(while_reading);
    let words = kind::from_words(header, &name);
    let integer_stored = layout.element.is_integer() && header.scaling() == (1.0, 0.0, false);
    let row = layout.shape[0];
    let settle = |values: &[f32], warnings: &mut Vec<LoadWarning>| {
        let (kind, warning) = kind::settle(words, || Facts::of(values, row, integer_stored));
        warnings.extend(warning);
        kind
    };
    let (data, kind) = match decoded {
        Decoded::Colour(values) => (VolumeData::Rgba(values.into()), MapKind::Unknown),
        Decoded::Whole(whole) => {
            let values: Arc<[f32]> = whole.iter().map(|&v| v as f32).collect();
            let kind = settle(&values, &mut warnings);
            let labels = (kind == MapKind::Label)
                .then(|| whole.iter().map(|&v| u32::try_from(v).ok()).collect());
            match labels.flatten() {
                Some(labels) => (VolumeData::Label(labels), kind),
                None => {
                    let exact = |v: &&i64| (**v as f32) as i64 == **v;
                    noticed.rounded = (whole.len() - whole.iter().filter(exact).count()) as u64;
                    let kind = if kind == MapKind::Label {
                        MapKind::Unknown
                    } else {
                        kind
                    };
                    (VolumeData::Scalar(values), kind)
                }
            }
        }
        Decoded::Float(values) => {
            let kind = settle(&values, &mut warnings);
            if kind == MapKind::Label {
                // Labels are whole, not negative, and below 2²⁴ where they came as f32; no data is no label.
                let label = |&v: &f32| if v.is_nan() { 0 } else { v as u32 };
                (VolumeData::Label(values.iter().map(label).collect()), kind)
            } else {
                (VolumeData::Scalar(values.into()), kind)
            }
        }
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
            "empty-frame",
            "empty frame",
            "There is no value but 0 in this frame.",
        )),
        None => {}
    }
    warnings.extend(value_warnings(noticed, layout.voxels()));
    Ok(Volume {
        grid: Grid {
            shape: layout.shape,
            affine,
        },
        data,
        kind,
        name,
        frames: layout.frames,
        frame,
        hash,
        warnings,
    })
}

fn value_warnings(noticed: Noticed, voxels: usize) -> Vec<LoadWarning> {
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
            "infinite-values"
        } else {
            "nan-values"
        };
        warnings.push(LoadWarning::new(code, "no-data voxels", message));
    }
    if noticed.clipped > 0 {
        warnings.push(LoadWarning::new(
            "clipped",
            "huge values",
            format!(
                "{} values are beyond what can be shown and were cut to the largest number.",
                thousands(noticed.clipped)
            ),
        ));
    }
    if noticed.rounded > 0 {
        warnings.push(LoadWarning::new(
            "rounded",
            "rounded",
            format!(
                "{} whole numbers are too large to be held exactly and were rounded.",
                thousands(noticed.rounded)
            ),
        ));
    }
    warnings
}
