//! Does a map lie on the MNI brain? Told as warnings, never as a refusal.

use super::{mask_2mm, on_mask};
use crate::progress::Progress;
use crate::volume::{LoadWarning, MapKind, Volume, VolumeData, VolumeError, WarningCode};

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

/// A brain without its skull, or its labels, has at least this share of the brain's volume, and at most that
/// one: less is a region, more has the head around it, and neither can be held against the MNI brain.
const BRAIN_VOLUME: [f64; 2] = [0.45, 1.3];
/// Two brains of which the smaller lies in the larger with less than this share of it are not in one place.
/// Set by the template's own brain, registered roughly (kept) and moved by 30 mm (told); no population of
/// subjects was measured.
const LEAST_OVERLAP: f64 = 0.9;

/// Compares a map with the 2 mm brain mask. Colours give an empty report.
///
/// # Errors
/// As [`on_mask`].
pub fn check_space(volume: &Volume, progress: &Progress) -> Result<SpaceReport, VolumeError> {
    let values = match &volume.data {
        VolumeData::Scalar(values) => values,
        VolumeData::Label(labels) => {
            progress.check()?;
            let (outside, filled) = outside(volume, labels.len(), |n| labels[n] != 0);
            return Ok(SpaceReport {
                coverage: 0.0,
                nonzero: 0.0,
                outside,
                warnings: other_brain(volume, outside, filled).into_iter().collect(),
            });
        }
        VolumeData::Rgba(_) => {
            return Ok(SpaceReport {
                coverage: 0.0,
                nonzero: 0.0,
                outside: 0.0,
                warnings: Vec::new(),
            });
        }
    };
    let mask = mask_2mm();
    let masked = on_mask(volume, mask, progress)?;
    let (outside, filled) = outside(volume, values.len(), |n| {
        values[n].is_finite() && values[n] != 0.0
    });
    let is_picture = volume.kind == MapKind::Anatomy;
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
    if is_picture {
        // Heads reach far beyond the brain wherever they are.
        warnings.extend(other_brain(volume, outside, filled));
    } else if outside > MUCH_OUTSIDE {
        warnings.push(LoadWarning::new(WarningCode::OtherSpace, format!(
                "{:.0} % of the map's voxels lie outside the MNI brain: it may be in a subject's own or another \
                 template's space. Gyrus shows it where its header puts it; do not trust region names or the ranking.",
                100.0 * outside
            ),
        ));
    }
    let zeros = (masked.coverage - masked.nonzero) / masked.coverage.max(f32::MIN_POSITIVE);
    // Of a map that lies beside the brain or covers little of it, zeros say nothing.
    if !is_picture && zeros > MANY_ZEROS && masked.nonzero > 0.0 && warnings.is_empty() {
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

/// Whether a picture of a brain, or its labels, lies elsewhere than the MNI brain. `outside` and `filled` as
/// [`outside`] gives them.
fn other_brain(volume: &Volume, outside: f32, filled: f64) -> Option<LoadWarning> {
    // The header may have said so.
    if volume.has_warning(WarningCode::OtherSpace) {
        return None;
    }
    let mask = mask_2mm();
    let brain_mm3 = mask.len() as f64 * mask.grid.affine.determinant().abs();
    let own_mm3 = filled * volume.grid.len() as f64 * volume.grid.affine.determinant().abs();
    let share = own_mm3 / brain_mm3;
    let is_brain = (BRAIN_VOLUME[0]..BRAIN_VOLUME[1]).contains(&share);
    let overlap = (1.0 - f64::from(outside)) * share / share.min(1.0);
    let why = if is_brain && overlap < LEAST_OVERLAP {
        format!(
            "Only {:.0} % of this brain lies in the MNI brain",
            100.0 * overlap
        )
    } else if !is_brain && is_conformed(volume) {
        "It has the grid of FreeSurfer's files of a subject (256 × 256 × 256 voxels of 1 mm)"
            .to_owned()
    } else {
        return None;
    };
    Some(LoadWarning::new(
        WarningCode::OtherSpace,
        format!(
            "{why}: it may be in a subject's own or another template's space. Gyrus shows it where its header puts \
             it; do not trust region names or the ranking."
        ),
    ))
}

/// Whether a grid is FreeSurfer's conformed one: coronal slices, voxels of 1 mm, the first at the right, top and
/// back.
fn is_conformed(volume: &Volume) -> bool {
    let step = |axis: usize| {
        let affine = &volume.grid.affine;
        let mut to = [0.0; 3];
        to[axis] = 1.0;
        let (from, to) = (affine.apply([0.0; 3]), affine.apply(to));
        [0, 1, 2].map(|world| to[world] - from[world])
    };
    let wanted = [[-1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]];
    let alike = |axis: usize| {
        let step = step(axis);
        (0..3).all(|world| (step[world] - wanted[axis][world]).abs() < 0.01)
    };
    volume.grid.shape == [256; 3] && (0..3).all(alike)
}

/// Share of the voxels that hold something (`is_something` of the flat index) whose centre lies outside the mask,
/// and the share of all voxels that hold something, from at most about [`VOXELS_LOOKED_AT`] of them.
fn outside(volume: &Volume, len: usize, is_something: impl Fn(usize) -> bool) -> (f32, f64) {
    let Some(in_brain) = mask_2mm().covers(&volume.grid) else {
        return (0.0, 0.0);
    };
    let (mut seen, mut all, mut out) = (0u64, 0u64, 0u64);
    for index in (0..len).step_by(stride(len, volume.grid.shape)) {
        seen += 1;
        if is_something(index) {
            all += 1;
            out += u64::from(!in_brain(index));
        }
    }
    let share = |n: u64, of: u64| n as f64 / of.max(1) as f64;
    (share(out, all) as f32, share(all, seen))
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
        let (sampled, filled) = outside(&map, values.len(), |n| values[n] != 0.0);
        assert!((filled - 2.0 / 3.0).abs() < 0.003, "{filled}");
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

    /// The template's brain and labels of its size, moved and grown.
    #[test]
    fn brains_that_lie_elsewhere_are_told_from_those_on_the_mni_brain() {
        let grid = mask_2mm().grid;
        let said = |shift_mm: [f64; 3], factor: f64, kind: MapKind| {
            let mut moved = grid;
            moved.affine = Affine::scale_translate([factor; 3], shift_mm).then_after(&grid.affine);
            let of = |n: usize| u32::from(mask_2mm().position[n] != u32::MAX);
            let values: Vec<f32> = (0..grid.len()).map(|n| of(n) as f32 * 90.0).collect();
            let mut map = Volume::derived(moved, values.into(), kind, "brain").unwrap();
            if kind == MapKind::Label {
                map.data = VolumeData::Label((0..grid.len()).map(of).collect());
            }
            let report = check_space(&map, &Progress::new()).unwrap();
            let mut codes = report.warnings.iter().map(|warning| warning.code);
            codes.any(|code| code == WarningCode::OtherSpace)
        };
        for kind in [MapKind::Anatomy, MapKind::Label] {
            assert!(!said([0.0; 3], 1.0, kind), "{kind:?} on the MNI brain");
            assert!(
                !said([0.0, -1.0, 2.0], 0.97, kind),
                "{kind:?} registered roughly"
            );
            assert!(
                said([0.0, 28.0, 12.0], 0.95, kind),
                "{kind:?} in front of it"
            );
            // A few labels are no brain.
            assert!(!said([0.0, 28.0, 12.0], 0.6, kind), "{kind:?} of a part");
        }
    }

    #[test]
    fn a_head_on_freesurfers_grid_is_a_subjects_own() {
        let affine = Affine::from_rows([
            [-1.0, 0.0, 0.0, 128.0],
            [0.0, 0.0, 1.0, -128.0],
            [0.0, -1.0, 0.0, 128.0],
        ]);
        let head = |shape: [usize; 3]| {
            let grid = Grid { shape, affine };
            let values = vec![70.0_f32; grid.len()];
            Volume::derived(grid, values.into(), MapKind::Anatomy, "orig").unwrap()
        };
        let warnings = |map: &Volume| check_space(map, &Progress::new()).unwrap().warnings;
        let own = warnings(&head([256; 3]));
        assert!(own[0].message.contains("FreeSurfer"), "{own:?}");
        assert_eq!(warnings(&head([240, 256, 256])), []);
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
