//! Does a map lie on the MNI brain? Told as warnings, never as a refusal.

use super::{mask_2mm, on_mask};
use crate::progress::Progress;
use crate::volume::{LoadWarning, Volume, VolumeData, VolumeError, WarningCode};

/// How a map lies on the brain.
#[derive(Debug, Clone, serde::Serialize)]
pub struct SpaceReport {
    /// Share of the brain where the map has data.
    pub coverage: f32,
    /// Share of the brain where the map is not 0.
    pub nonzero: f32,
    /// Share of the map's non-zero voxels that lie outside the brain.
    pub outside: f32,
    /// What to tell.
    pub warnings: Vec<LoadWarning>,
}

/// Below this share of the brain a map's field of view is called small.
const LITTLE_COVERAGE: f32 = 0.5;
/// Above this share of exact zeros in the brain in view a map is called thresholded.
const MANY_ZEROS: f32 = 0.5;
/// Above this share of voxels outside the brain a map is called misplaced. Group maps of SPM and FSL
/// that carry a rim around the brain reach 0.35.
const MUCH_OUTSIDE: f32 = 0.5;
/// Enough for a share in whole percent; more would keep a volume of 512³ waiting for seconds.
const VOXELS_LOOKED_AT: usize = 2_000_000;

/// Compares a scalar map with the 2 mm brain mask. Labels and colours give an empty report.
///
/// # Errors
/// As [`on_mask`].
pub fn check_space(volume: &Volume, progress: &Progress) -> Result<SpaceReport, VolumeError> {
    let VolumeData::Scalar(values) = &volume.data else {
        return Ok(SpaceReport {
            coverage: 0.0,
            nonzero: 0.0,
            outside: 0.0,
            warnings: Vec::new(),
        });
    };
    let mask = mask_2mm();
    let masked = on_mask(volume, mask, progress)?;
    let outside = outside(volume, values);
    let mut warnings = Vec::new();
    if masked.coverage < LITTLE_COVERAGE {
        warnings.push(LoadWarning::with_badge(WarningCode::LittleCoverage, format!("{:.0} % of brain", 100.0 * masked.coverage),
            format!(
                "The map has data in only {:.0} % of the brain. Gyrus takes the rest as 0, so what lies there \
                 cannot show in the ranking.",
                100.0 * masked.coverage
            ),
        ));
    }
    if outside > MUCH_OUTSIDE {
        warnings.push(LoadWarning::new(WarningCode::OtherSpace, format!(
                "{:.0} % of the map's voxels lie outside the MNI brain: it may be in a subject's own or another \
                 template's space. Gyrus shows it where its header puts it; do not trust region names or the ranking.",
                100.0 * outside
            ),
        ));
    }
    let zeros = (masked.coverage - masked.nonzero) / masked.coverage.max(f32::MIN_POSITIVE);
    // Of a map that lies beside the brain or covers little of it, zeros say nothing.
    if zeros > MANY_ZEROS && masked.nonzero > 0.0 && warnings.is_empty() {
        warnings.push(LoadWarning::new(
            WarningCode::Thresholded,
            format!(
                "{:.0} % of the brain in view is exactly 0: somebody seems to have thresholded the map. What was \
                 cut away is neither shown nor read; the unthresholded map says more.",
                (100.0 * zeros).min(99.0)
            ),
        ));
    }
    Ok(SpaceReport {
        coverage: masked.coverage,
        nonzero: masked.nonzero,
        outside,
        warnings,
    })
}

/// Share of non-zero voxels whose centre lies outside the mask, from at most about
/// [`VOXELS_LOOKED_AT`] of them.
fn outside(volume: &Volume, values: &[f32]) -> f32 {
    let mask = mask_2mm();
    let Some(to_mask) = mask.grid.affine.inverse() else {
        return 0.0;
    };
    let step = to_mask.then_after(&volume.grid.affine);
    let (mut all, mut out) = (0u64, 0u64);
    for index in (0..values.len()).step_by(stride(values.len(), volume.grid.shape)) {
        if !values[index].is_finite() || values[index] == 0.0 {
            continue;
        }
        let at = step
            .apply(volume.grid.voxel(index).map(|x| x as f64))
            .map(|x| (x + 0.5).floor());
        let in_grid = (0..3).all(|a| (0.0..mask.grid.shape[a] as f64).contains(&at[a]));
        let inside = in_grid && mask.position[mask.grid.index(at.map(|x| x as usize))] != u32::MAX;
        all += 1;
        out += u64::from(!inside);
    }
    if all == 0 {
        0.0
    } else {
        (out as f64 / all as f64) as f32
    }
}

/// A step through the values that visits the whole volume evenly: not a multiple or divisor of a
/// row's length, or the same columns would be met in every row.
fn stride(len: usize, shape: [usize; 3]) -> usize {
    let mut step = len.div_ceil(VOXELS_LOOKED_AT).max(1);
    while step > 1 && (shape[0].is_multiple_of(step) || step.is_multiple_of(shape[0].max(1))) {
        step += 1;
    }
    step
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::{Affine, Grid, MapKind};

    #[test]
    fn a_large_volume_is_judged_by_a_sample_that_agrees_with_all_of_it() {
        // 8.6 million voxels of 1 mm; half of the x range lies outside the brain.
        let grid = Grid {
            shape: [256, 220, 154],
            affine: Affine::scale_translate([1.0; 3], [-20.0, -110.0, -50.0]),
        };
        assert!(stride(grid.len(), grid.shape) > 1);
        let values: Vec<f32> = (0..grid.len()).map(|n| f32::from(n % 3 != 0)).collect();
        let map = Volume::derived(grid, values.clone().into(), MapKind::Z, "large").unwrap();
        let sampled = outside(&map, &values);
        let mask = mask_2mm();
        let to_mask = mask.grid.affine.inverse().unwrap();
        let (mut all, mut out) = (0.0, 0.0);
        for (n, _) in values.iter().enumerate().filter(|(_, v)| **v != 0.0) {
            let at = to_mask
                .apply(grid.world(grid.voxel(n)))
                .map(|x| (x + 0.5).floor());
            let inside = (0..3).all(|a| (0.0..mask.grid.shape[a] as f64).contains(&at[a]))
                && mask.position[mask.grid.index(at.map(|x| x as usize))] != u32::MAX;
            all += 1.0;
            out += f64::from(u8::from(!inside));
        }
        assert!((f64::from(sampled) - out / all).abs() < 0.003, "{sampled}");
        assert_eq!(stride(1000, [10, 10, 10]), 1);
        let step = stride(512 * 512 * 512, [512; 3]);
        assert!(!512_usize.is_multiple_of(step));
    }

    #[test]
    fn a_map_cut_off_at_a_threshold_is_marked_and_a_whole_one_is_not() {
        let grid = mask_2mm().grid;
        let of = |share: usize| {
            let inside = |n: usize| mask_2mm().position[n] != u32::MAX;
            let value = |n: usize| f32::from(u8::from(inside(n) && n % 10 < share));
            let values: Vec<f32> = (0..grid.len()).map(value).collect();
            let map = Volume::derived(grid, values.into(), MapKind::Z, "map").unwrap();
            let report = check_space(&map, &Progress::new()).unwrap();
            report
                .warnings
                .iter()
                .any(|w| w.code == WarningCode::Thresholded)
        };
        assert!(of(1) && of(4), "most of the brain is 0");
        assert!(!of(6) && !of(10), "most of it is not");
        assert!(!of(0), "an empty map is told by other words");
    }
}
