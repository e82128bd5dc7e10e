//! Maps made from maps: difference, conjunction, masking, smoothing, absolute value, turned sign; and regions.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::region::{self, REGION};
use super::{MeasureError, smooth};
use crate::progress::Progress;
use crate::provenance::Provenance;
use crate::volume::{Fault, Grid, MapKind, Resampling, Volume, VolumeData, VolumeError, resample};

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
    /// Labels: where both are strong ([`OVERLAP`] names them), only the first, or only the second.
    Overlap {
        /// The first is strong strictly above this.
        first: f32,
        /// The second is strong strictly above this.
        second: f32,
        /// Whether the second's negative values are meant, turned positive.
        negative: bool,
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
    /// A ball, from no map.
    Sphere {
        /// Its centre, RAS mm.
        centre_mm: [f64; 3],
        /// Its radius, above 0 and up to [`super::MAX_RADIUS_MM`].
        radius_mm: f64,
    },
    /// A region of the embedded atlas, from no map.
    Region {
        /// Its code.
        label: u32,
    },
    /// The cluster of the map that holds a point.
    Cluster {
        /// The point, RAS mm.
        at_mm: [f64; 3],
        /// Voxels strictly beyond this strength belong to it.
        threshold: f32,
    },
}

/// What the labels of an overlap mean, from 1.
pub const OVERLAP: [&str; 3] = ["both", "the first alone", "the second alone"];

impl Operation {
    /// How many maps it needs.
    pub fn maps(self) -> usize {
        match self {
            Self::Difference | Self::Conjunction | Self::Mask { .. } | Self::Overlap { .. } => 2,
            Self::Smooth { .. } | Self::Absolute | Self::Invert | Self::Cluster { .. } => 1,
            Self::Sphere { .. } | Self::Region { .. } => 0,
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
            Self::Overlap { .. } => format!("Overlap of {a} and {b}"),
            Self::Smooth { fwhm_mm } => format!("{a} smoothed {fwhm_mm} mm"),
            Self::Absolute => format!("|{a}|"),
            Self::Invert => format!("−{a}"),
            Self::Sphere {
                centre_mm: [x, y, z],
                radius_mm,
            } => format!("Sphere of {radius_mm} mm at {x} {y} {z}"),
            Self::Region { label } => region::region_name(label),
            Self::Cluster {
                at_mm: [x, y, z], ..
            } => format!("Cluster of {a} at {x} {y} {z}"),
        }
    }

    /// Whether the result says where rather than how strongly.
    pub fn is_region(self) -> bool {
        matches!(
            self,
            Self::Sphere { .. } | Self::Region { .. } | Self::Cluster { .. }
        )
    }

    /// What the values of the result are: a difference of z values is no z value, and no longer is
    /// a smoothed one.
    fn kind(self, a: &Volume, b: Option<&Volume>) -> MapKind {
        let statistic = matches!(a.kind, MapKind::Z | MapKind::T | MapKind::F | MapKind::P);
        match (self, b) {
            (Self::Overlap { .. }, _) => MapKind::Label,
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
    /// Its values, on the grid of the first map, or the 2 mm MNI grid where it is made from none.
    pub volume: Volume,
    /// Whether the second map had to be brought to that grid.
    pub resampled: bool,
}

/// Makes a map. Where either map has no data the result has none, but for smoothing, which takes no
/// data for 0 as nilearn does.
///
/// # Errors
/// [`MeasureError::Maps`] for a wrong number of maps, [`MeasureError::Width`], those of regions,
/// [`Fault::NotScalar`] for labels and colours (a mask may be labels), a degenerate grid, a stop.
pub fn derive(
    operation: Operation,
    maps: &[&Volume],
    progress: &Progress,
) -> Result<Derived, MeasureError> {
    let names: Vec<&str> = maps.iter().map(|m| m.name.as_str()).collect();
    let name = operation.name(&names);
    let made = if operation.is_region() { REGION } else { "map" };
    let record = Provenance::new(made).options(operation);
    let record = maps
        .iter()
        .fold(record, |record, map| record.map(map.record()));
    let Made {
        grid,
        values,
        kind,
        resampled,
    } = values_of(operation, maps, progress)?;
    // All results have one value for each voxel of their grid; an odd one out would be no map.
    let mut volume = Volume::derived(grid, values, kind, name).ok_or_else(not_scalar)?;
    volume.provenance = Some(Arc::new(record));
    if kind == MapKind::Label
        && let Some(labels) = volume.data.scalar()
    {
        // Made above: small whole numbers.
        volume.data = VolumeData::Label(labels.iter().map(|&label| label as u32).collect());
    }
    Ok(Derived { volume, resampled })
}

/// What an operation comes to.
struct Made {
    grid: Grid,
    values: Arc<[f32]>,
    kind: MapKind,
    /// Whether the second map had to be moved.
    resampled: bool,
}

fn values_of(
    operation: Operation,
    maps: &[&Volume],
    progress: &Progress,
) -> Result<Made, MeasureError> {
    let wrong = MeasureError::Maps {
        wanted: operation.maps(),
        got: maps.len(),
    };
    let region = |(grid, values)| Made {
        grid,
        values,
        kind: MapKind::Mask,
        resampled: false,
    };
    let (a, b) = match (operation.maps(), maps) {
        (0, []) => {
            return match operation {
                Operation::Sphere {
                    centre_mm,
                    radius_mm,
                } => region::sphere(centre_mm, radius_mm).map(region),
                Operation::Region { label } => region::atlas_region(label, progress).map(region),
                _ => Err(wrong),
            };
        }
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
        Operation::Overlap {
            first,
            second,
            negative,
        } => {
            let sign = if negative { -1.0 } else { 1.0 };
            // Where there is no data nothing is strong.
            with(&|x, y| match (x > first, sign * y > second) {
                (true, true) => 1.0,
                (true, false) => 2.0,
                (false, true) => 3.0,
                (false, false) => 0.0,
            })
        }
        Operation::Smooth { fwhm_mm } => smooth(a, fwhm_mm, progress)?,
        Operation::Absolute => values.iter().map(|v| v.abs()).collect(),
        Operation::Invert => values.iter().map(|v| -v).collect(),
        Operation::Cluster { at_mm, threshold } => {
            return region::cluster(a, at_mm, threshold, progress).map(region);
        }
        // Made above, from no map.
        Operation::Sphere { .. } | Operation::Region { .. } => return Err(wrong),
    };
    Ok(Made {
        grid: a.grid,
        values: made,
        kind: operation.kind(a, b),
        resampled,
    })
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
