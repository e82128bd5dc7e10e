//! How alike two maps are: correlation over voxels and overlap of what is beyond the thresholds.
//!
//! No p-value: neighbouring voxels are not samples, and with hundreds of thousands of them every
//! correlation would look certain.

use std::borrow::Cow;
use std::sync::Arc;

use super::MeasureError;
use crate::progress::Progress;
use crate::volume::{Fault, Grid, Resampling, Volume, VolumeError, resample};

/// Which voxels a correlation is taken over.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Over {
    /// Every voxel where both maps have data.
    #[default]
    All,
    /// Those of them where neither map is 0.
    NonZero,
}

/// A map and the strength from which it counts as active.
#[derive(Debug, Clone, Copy)]
pub struct Measured<'a> {
    /// The map.
    pub volume: &'a Volume,
    /// Voxels strictly above it overlap on the positive side.
    pub threshold: f32,
    /// Voxels strictly below minus this overlap on the negative side.
    pub negative_threshold: f32,
}

/// What two maps have in common.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Comparison {
    /// Pearson's correlation; absent where a map is constant over the voxels or there are fewer
    /// than two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r: Option<f64>,
    /// Voxels it was taken over.
    pub voxels: usize,
    /// Dice overlap of what lies above both thresholds; absent where nothing does in either.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dice_positive: Option<f64>,
    /// Dice overlap of what lies below both negative thresholds; absent where nothing does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dice_negative: Option<f64>,
    /// Whether one map was brought to the other's grid (the coarser one) by linear interpolation.
    pub resampled: bool,
}

impl Comparison {
    /// "r 0.42 · Dice + 0.61 − 0.12", for a line under two maps.
    pub fn words(&self) -> String {
        let number = |x: f64| format!("{x:.2}").replace('-', "−");
        let mut parts = vec![match self.r {
            Some(r) => format!("r {}", number(r)),
            None => "r –".to_owned(),
        }];
        let dice = [("+", self.dice_positive), ("−", self.dice_negative)];
        let dice: Vec<_> = dice
            .into_iter()
            .filter_map(|(sign, found)| Some(format!("{sign} {}", number(found?))))
            .collect();
        if !dice.is_empty() {
            parts.push(format!("Dice {}", dice.join("  ")));
        }
        parts.join("  ·  ")
    }
}

/// Compares two scalar maps, on the coarser of their grids.
///
/// # Errors
/// [`Fault::NotScalar`] for labels and colours, a degenerate grid, or a stop.
pub fn compare(
    a: Measured<'_>,
    b: Measured<'_>,
    over: Over,
    progress: &Progress,
) -> Result<Comparison, MeasureError> {
    let size = |m: &Measured<'_>| m.volume.grid.affine.determinant().abs();
    // The first one's grid where neither is clearly coarser: rounding must not decide.
    let grid = if size(&b) > size(&a) * (1.0 + 1e-6) {
        b.volume.grid
    } else {
        a.volume.grid
    };
    let x = on_grid(a.volume, &grid, progress)?;
    let y = on_grid(b.volume, &grid, progress)?;
    let resampled = matches!(x, Cow::Owned(_)) || matches!(y, Cow::Owned(_));
    let used = |(x, y): (f32, f32)| match over {
        Over::All => x.is_finite() && y.is_finite(),
        Over::NonZero => x.is_finite() && y.is_finite() && x != 0.0 && y != 0.0,
    };
    let pairs = || x.iter().copied().zip(y.iter().copied());
    progress.check()?;
    let (mut n, mut sum_x, mut sum_y) = (0usize, 0.0, 0.0);
    for (x, y) in pairs().filter(|&p| used(p)) {
        n += 1;
        sum_x += f64::from(x);
        sum_y += f64::from(y);
    }
    progress.check()?;
    let (mean_x, mean_y) = (sum_x / n as f64, sum_y / n as f64);
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs().filter(|&p| used(p)) {
        let (dx, dy) = (f64::from(x) - mean_x, f64::from(y) - mean_y);
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    let r = xy / (xx * yy).sqrt();
    let dice = |sign: f32, beyond_a: f32, beyond_b: f32| {
        let (mut only, mut both) = (0usize, 0usize);
        for (x, y) in pairs().filter(|(x, y)| x.is_finite() && y.is_finite()) {
            let (in_a, in_b) = (sign * x > beyond_a, sign * y > beyond_b);
            only += usize::from(in_a) + usize::from(in_b);
            both += usize::from(in_a && in_b);
        }
        (only > 0).then(|| 2.0 * both as f64 / only as f64)
    };
    Ok(Comparison {
        r: (n > 1 && r.is_finite()).then(|| r.clamp(-1.0, 1.0)),
        voxels: n,
        dice_positive: dice(1.0, a.threshold, b.threshold),
        dice_negative: dice(-1.0, a.negative_threshold, b.negative_threshold),
        resampled,
    })
}

/// The values of a map on a grid: borrowed where they lie on it already.
fn on_grid<'a>(
    volume: &'a Volume,
    grid: &Grid,
    progress: &Progress,
) -> Result<Cow<'a, [f32]>, MeasureError> {
    let not_scalar = || VolumeError::from(Fault::NotScalar("labels or colours"));
    let values = volume.data.scalar().ok_or_else(not_scalar)?;
    let moved = resample(volume, grid, Resampling::Trilinear, progress)?;
    let moved = moved.data.scalar().ok_or_else(not_scalar)?;
    // `resample` shares the values of a map that lies on the grid already.
    Ok(if Arc::ptr_eq(values, moved) {
        Cow::Borrowed(values)
    } else {
        Cow::Owned(moved.to_vec())
    })
}
