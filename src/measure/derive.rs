//! Maps made from maps: difference, conjunction, masking, smoothing, absolute value, turned sign.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{MeasureError, smooth};
use crate::progress::Progress;
use crate::provenance::Provenance;
use crate::volume::{Fault, MapKind, Resampling, Volume, VolumeData, VolumeError, resample};

/// How a map is made. The maps it is made from are kept beside it, in order.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "make", rename_all = "kebab-case")]
pub enum Operation {
    /// First minus second.
    Difference,
    /// Where both have the same sign the weaker of the two, else 0: both must be strong.
    Conjunction,
    /// The first where the second is strong, or where it is not.
    Mask {
        /// Keep what lies inside rather than outside.
        inside: bool,
        /// Inside is where the second's strength is beyond this.
        threshold: f32,
    },
    /// Gaussian smoothing.
    Smooth {
        /// Full width at half maximum.
        fwhm_mm: f64,
    },
    /// Values without their sign.
    Absolute,
    /// Values with their sign turned.
    Invert,
}

impl Operation {
    /// How many maps it needs.
    pub fn maps(self) -> usize {
        match self {
            Self::Difference | Self::Conjunction | Self::Mask { .. } => 2,
            Self::Smooth { .. } | Self::Absolute | Self::Invert => 1,
        }
    }

    /// Name of the result from the names of its maps: "a − b", "a smoothed 6 mm".
    pub fn name(self, of: &[&str]) -> String {
        let a = of.first().copied().unwrap_or_default();
        let b = of.get(1).copied().unwrap_or_default();
        match self {
            Self::Difference => format!("{a} − {b}"),
            Self::Conjunction => format!("{a} ∧ {b}"),
            Self::Mask { inside: true, .. } => format!("{a} inside {b}"),
            Self::Mask { inside: false, .. } => format!("{a} outside {b}"),
            Self::Smooth { fwhm_mm } => format!("{a} smoothed {fwhm_mm} mm"),
            Self::Absolute => format!("|{a}|"),
            Self::Invert => format!("−{a}"),
        }
    }

    /// What the values of the result are: a difference of z values is no z value, and no longer is
    /// a smoothed one.
    fn kind(self, a: &Volume, b: Option<&Volume>) -> MapKind {
        let statistic = matches!(a.kind, MapKind::Z | MapKind::T | MapKind::F | MapKind::P);
        match (self, b) {
            (Self::Difference | Self::Conjunction, Some(b)) if a.kind != b.kind => MapKind::Unknown,
            (Self::Difference | Self::Smooth { .. }, _) if statistic => MapKind::Unknown,
            (Self::Difference | Self::Smooth { .. }, _) if a.kind == MapKind::Mask => {
                MapKind::Unknown
            }
            _ => a.kind,
        }
    }
}

/// A map that was made.
#[derive(Debug, Clone)]
pub struct Derived {
    /// Its values, on the grid of the first map.
    pub volume: Volume,
    /// Whether the second map had to be brought to that grid.
    pub resampled: bool,
}

/// Makes a map. Where either map has no data the result has none, but for smoothing, which takes no
/// data for 0 as nilearn does.
///
/// # Errors
/// [`MeasureError::Maps`] for a wrong number of maps, [`MeasureError::Width`],
/// [`Fault::NotScalar`] for labels and colours (a mask may be labels), a degenerate grid, a stop.
pub fn derive(
    operation: Operation,
    maps: &[&Volume],
    progress: &Progress,
) -> Result<Derived, MeasureError> {
    let wrong = MeasureError::Maps {
        wanted: operation.maps(),
        got: maps.len(),
    };
    let (a, b) = match (operation.maps(), maps) {
        (1, [a]) => (*a, None),
        (2, [a, b]) => (*a, Some(*b)),
        _ => return Err(wrong),
    };
    let values = a.data.scalar().ok_or_else(not_scalar)?;
    let second = b.map(|b| on_first(a, b, operation, progress)).transpose()?;
    let resampled = second.as_ref().is_some_and(|(_, moved)| *moved);
    progress.check()?;
    let with = |f: &dyn Fn(f32, f32) -> f32| -> Arc<[f32]> {
        let second = second.iter().flat_map(|(second, _)| second.iter());
        let pairs = values.iter().zip(second);
        // Overflow is no data, like every other infinity.
        pairs
            .map(|(&x, &y)| Some(f(x, y)).filter(|v| v.is_finite()).unwrap_or(f32::NAN))
            .collect()
    };
    let made = match operation {
        Operation::Difference => with(&|x, y| x - y),
        Operation::Conjunction => with(&|x, y| {
            if x.is_nan() || y.is_nan() {
                f32::NAN
            } else if x != 0.0 && y != 0.0 && x.signum() == y.signum() {
                if x.abs() <= y.abs() { x } else { y }
            } else {
                0.0
            }
        }),
        Operation::Mask { inside, threshold } => with(&|x, y| {
            // No data is neither inside nor outside.
            if !y.is_nan() && (y.abs() > threshold) == inside {
                x
            } else {
                f32::NAN
            }
        }),
        Operation::Smooth { fwhm_mm } => smooth(a, fwhm_mm, progress)?,
        Operation::Absolute => values.iter().map(|v| v.abs()).collect(),
        Operation::Invert => values.iter().map(|v| -v).collect(),
    };
    let names: Vec<&str> = maps.iter().map(|m| m.name.as_str()).collect();
    let volume = Volume::derived(a.grid, made, operation.kind(a, b), operation.name(&names));
    // All results have one value for each of the first map's; an odd one out would be no map.
    let mut volume = volume.ok_or_else(not_scalar)?;
    let record = Provenance::new("map").options(operation);
    let record = maps
        .iter()
        .fold(record, |record, map| record.map(map.record()));
    volume.provenance = Some(Arc::new(record));
    Ok(Derived { volume, resampled })
}

/// The second map's values on the first one's grid, and whether they had to be moved there. Labels
/// and masks take the nearest voxel, statistics the mean over the first one's voxel.
fn on_first(
    a: &Volume,
    b: &Volume,
    operation: Operation,
    progress: &Progress,
) -> Result<(Arc<[f32]>, bool), MeasureError> {
    let how = if b.kind == MapKind::Mask {
        Resampling::Nearest
    } else {
        Resampling::Average
    };
    let moved = resample(b, &a.grid, how, progress)?;
    match (&b.data, &moved.data, operation) {
        (VolumeData::Scalar(before), VolumeData::Scalar(after), _) => {
            Ok((after.clone(), !Arc::ptr_eq(before, after)))
        }
        (VolumeData::Label(before), VolumeData::Label(after), Operation::Mask { .. }) => Ok((
            after.iter().map(|&label| label as f32).collect(),
            !Arc::ptr_eq(before, after),
        )),
        _ => Err(not_scalar().into()),
    }
}

fn not_scalar() -> VolumeError {
    Fault::NotScalar("labels or colours").into()
}
