//! How alike two maps are: correlation over voxels and overlap of what is beyond the thresholds.
//!
//! No p-value: neighbouring voxels are not samples, and with hundreds of thousands of them every
//! correlation would look certain.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::MeasureError;
use super::on_grid::OnGrid;
use crate::progress::Progress;
use crate::space::mask_2mm;
use crate::volume::{
    Fault, Grid, Resampling, Volume, VolumeError, WarningCode, resample, same_grid,
};

/// Which voxels a comparison is taken over.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Over {
    /// Every voxel of the MNI brain where both maps have data.
    #[default]
    Brain,
    /// Every voxel where both maps have data. Files often hold 0 outside the brain, which makes maps alike.
    All,
    /// Those of them where neither map is 0.
    NonZero,
}

impl Over {
    /// "in the brain", for a line under a number.
    pub fn words(self) -> &'static str {
        match self {
            Self::Brain => "in the brain",
            Self::All => "where both have data",
            Self::NonZero => "where neither is 0",
        }
    }
}

/// Whether a map is known to lie elsewhere than in MNI space: nobody knows where its brain is.
fn is_elsewhere(volume: &Volume) -> bool {
    let codes = [WarningCode::OtherSpace, WarningCode::SpaceTalairach];
    codes.iter().any(|code| volume.has_warning(*code))
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
    /// The voxels it was taken over, which [`Over::Brain`] is not where a map lies in another space.
    pub over: Over,
    /// Whether one map was brought to the other's grid (the coarser one) by linear interpolation.
    pub resampled: bool,
}

impl Comparison {
    /// "r 0.42 · Dice + 0.61 − 0.12 · in the brain", for a line under two maps.
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
        parts.push(self.over.words().to_owned());
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
    let pairs = compare_all(&[a, b], over, progress)?;
    let only = pairs.into_iter().next();
    // Two maps are one pair.
    only.map(|pair| pair.found)
        .ok_or(MeasureError::Maps { wanted: 2, got: 0 })
}

/// Two of several maps and what they have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Place of the first in the list.
    pub a: usize,
    /// Place of the second, which comes after it.
    pub b: usize,
    /// What was found.
    pub found: Comparison,
}

/// Compares every pair of scalar maps, each on the coarser of its two grids; pairs in order. A map is
/// brought to another grid once, however many maps lie on that one, and only one such copy is held.
///
/// # Errors
/// As [`compare`].
pub fn compare_all(
    maps: &[Measured<'_>],
    over: Over,
    progress: &Progress,
) -> Result<Vec<Pair>, MeasureError> {
    let in_mni: Vec<usize> = (0..maps.len())
        .filter(|&m| !is_elsewhere(maps[m].volume))
        .collect();
    if over != Over::Brain || in_mni.len() == maps.len() {
        return compare_some(maps, over, |_, _| true, progress);
    }
    let there: Vec<Measured<'_>> = in_mni.iter().map(|&m| maps[m]).collect();
    let mut found = compare_some(&there, Over::Brain, |_, _| true, progress)?;
    for pair in &mut found {
        (pair.a, pair.b) = (in_mni[pair.a], in_mni[pair.b]);
    }
    let has_other = |a, b| [a, b].iter().any(|m| in_mni.binary_search(m).is_err());
    found.extend(compare_some(maps, Over::All, has_other, progress)?);
    found.sort_by_key(|pair| (pair.a, pair.b));
    Ok(found)
}

/// [`compare_all`] of the pairs (a < b) that are `wanted`, over these voxels.
fn compare_some(
    maps: &[Measured<'_>],
    over: Over,
    wanted: impl Fn(usize, usize) -> bool,
    progress: &Progress,
) -> Result<Vec<Pair>, MeasureError> {
    let size = |m: usize| maps[m].volume.grid.affine.determinant().abs();
    let grid = |m: usize| &maps[m].volume.grid;
    // The first map on each grid stands for it.
    let mut grids: Vec<usize> = Vec::new();
    let of_grid: Vec<usize> = (0..maps.len())
        .map(|m| {
            let known = grids.iter().position(|&g| same_grid(grid(g), grid(m)));
            known.unwrap_or_else(|| {
                grids.push(m);
                grids.len() - 1
            })
        })
        .collect();
    // Of every grid the voxels outside the brain, where those do not count.
    let outside = grids
        .iter()
        .map(|&g| (over == Over::Brain).then(|| outside_brain(grid(g))))
        .collect::<Vec<_>>();
    let values = maps
        .par_iter()
        .zip(&of_grid)
        .map(|(map, &g)| Ok(within(values_of(map.volume)?, outside[g].as_deref())))
        .collect::<Result<Vec<_>, MeasureError>>()?;
    let as_they_are: Vec<OnGrid<'_>> = values
        .par_iter()
        .zip(maps)
        .map(|(values, map)| OnGrid::new(values, map, over))
        .collect();
    let mut direct = Vec::new();
    // By the map that is moved and the grid it is moved to.
    let mut moved: BTreeMap<(usize, usize), Vec<(usize, usize)>> = BTreeMap::new();
    for a in 0..maps.len() {
        for b in (a + 1..maps.len()).filter(|&b| wanted(a, b)) {
            // The first one's grid where neither is clearly coarser: rounding must not decide.
            let mover = if size(b) > size(a) * (1.0 + 1e-6) {
                a
            } else {
                b
            };
            if of_grid[a] == of_grid[b] {
                direct.push((a, b));
            } else {
                let to = of_grid[a + b - mover];
                moved.entry((mover, to)).or_default().push((a, b));
            }
        }
    }
    let mut found: Vec<Pair> = direct
        .par_iter()
        .map(|&(a, b)| {
            progress.check()?;
            let found = as_they_are[a].compare(&as_they_are[b], over, false);
            Ok(Pair { a, b, found })
        })
        .collect::<Result<_, MeasureError>>()?;
    let groups = moved.len();
    for (n, ((mover, to), pairs)) in moved.into_iter().enumerate() {
        progress.set_fraction(n as f32 / groups as f32);
        let copy = resample(
            maps[mover].volume,
            grid(grids[to]),
            Resampling::Trilinear,
            progress,
        )?;
        let values = within(values_of(&copy)?, outside[to].as_deref());
        let copy = OnGrid::new(&values, &maps[mover], over);
        let compared: Vec<Pair> = pairs
            .par_iter()
            .map(|&(a, b)| {
                progress.check()?;
                let of = |m: usize| if m == mover { &copy } else { &as_they_are[m] };
                let found = of(a).compare(of(b), over, true);
                Ok(Pair { a, b, found })
            })
            .collect::<Result<_, MeasureError>>()?;
        found.extend(compared);
    }
    found.sort_by_key(|pair| (pair.a, pair.b));
    Ok(found)
}

/// For every voxel of a grid whether its centre lies outside the MNI brain.
fn outside_brain(grid: &Grid) -> Vec<bool> {
    let Some(in_brain) = mask_2mm().covers(grid) else {
        return vec![false; grid.len()];
    };
    let voxels = (0..grid.len()).into_par_iter();
    voxels.map(|index| !in_brain(index)).collect()
}

/// The values, with no data where they do not count.
fn within(values: &Arc<[f32]>, outside: Option<&[bool]>) -> Arc<[f32]> {
    match outside {
        None => Arc::clone(values),
        Some(outside) => {
            let pairs = values.iter().zip(outside);
            pairs
                .map(|(&v, &out)| if out { f32::NAN } else { v })
                .collect()
        }
    }
}

fn values_of(volume: &Volume) -> Result<&Arc<[f32]>, MeasureError> {
    let not_scalar = || VolumeError::from(Fault::NotScalar("labels or colours"));
    Ok(volume.data.scalar().ok_or_else(not_scalar)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::{Affine, Grid, MapKind};

    fn map(step_mm: f64, side: usize, value: impl Fn([f64; 3]) -> f32) -> Volume {
        let grid = Grid {
            shape: [side; 3],
            affine: Affine::scale_translate([step_mm; 3], [-20.0; 3]),
        };
        let values: Vec<f32> = (0..grid.len())
            .map(|n| value(grid.world(grid.voxel(n))))
            .collect();
        Volume::derived(grid, values.into(), MapKind::Z, "map").unwrap()
    }

    /// Pearson's r and the voxels it is over, plainly.
    fn plainly(a: &[f32], b: &[f32], over: Over) -> (f64, usize) {
        let used = |v: f32| v.is_finite() && (over != Over::NonZero || v != 0.0);
        let pairs: Vec<(f64, f64)> = a
            .iter()
            .zip(b)
            .filter(|(a, b)| used(**a) && used(**b))
            .map(|(&a, &b)| (f64::from(a), f64::from(b)))
            .collect();
        let n = pairs.len() as f64;
        let (x, y) = (
            pairs.iter().map(|p| p.0).sum::<f64>() / n,
            pairs.iter().map(|p| p.1).sum::<f64>() / n,
        );
        let of = |f: fn(f64, f64) -> f64| pairs.iter().map(|p| f(p.0 - x, p.1 - y)).sum::<f64>();
        let r = of(|a, b| a * b) / (of(|a, _| a * a) * of(|_, b| b * b)).sqrt();
        (r, pairs.len())
    }

    #[test]
    fn only_the_brain_counts_where_maps_lie_on_it() {
        // Alike in the box around the brain, unrelated in it.
        let grid = crate::space::grid_2mm();
        let of = |factor: usize| {
            let value = |n: usize| match mask_2mm().position[n] {
                u32::MAX => 50.0,
                place => ((place as usize * factor) % 101) as f32 - 50.0,
            };
            let values: Vec<f32> = (0..grid.len()).map(value).collect();
            Volume::derived(grid, values.into(), MapKind::Z, "map").unwrap()
        };
        let (a, mut b) = (of(7), of(31));
        let found = |a: &Volume, b: &Volume, over| {
            let [a, b] = [a, b].map(|volume| Measured {
                volume,
                threshold: 49.5,
                negative_threshold: 49.5,
            });
            compare(a, b, over, &Progress::new()).unwrap()
        };
        let brain = found(&a, &b, Over::default());
        assert_eq!((brain.over, brain.voxels), (Over::Brain, 228_483));
        assert!(brain.r.unwrap().abs() < 0.2, "{brain:?}");
        assert!(brain.dice_positive.unwrap() < 0.5, "{brain:?}");
        let all = found(&a, &b, Over::All);
        assert_eq!(all.voxels, grid.len());
        assert!(all.r.unwrap() > 0.5 && all.dice_positive.unwrap() > 0.9);
        assert!(brain.words().ends_with("in the brain"));
        // Nobody knows where the brain of a map in another space is.
        let elsewhere = crate::volume::LoadWarning::new(WarningCode::OtherSpace, "elsewhere");
        b.warnings.push(elsewhere);
        let found = found(&a, &b, Over::Brain);
        assert_eq!((found.over, found.voxels), (Over::All, grid.len()));
        // That is so for its pairs alone.
        let maps = [&a, &b, &a].map(|volume| Measured {
            volume,
            threshold: 49.5,
            negative_threshold: 49.5,
        });
        let pairs = compare_all(&maps, Over::Brain, &Progress::new()).unwrap();
        let over: Vec<_> = pairs.iter().map(|p| (p.a, p.b, p.found.over)).collect();
        assert_eq!(
            over,
            [(0, 1, Over::All), (0, 2, Over::Brain), (1, 2, Over::All)]
        );
        assert_eq!(pairs[0].found, found);
        assert_eq!(pairs[1].found.voxels, 228_483);
    }

    #[test]
    fn every_pair_is_compared_on_the_coarser_grid_whatever_data_are_missing() {
        let maps = [
            map(2.0, 20, |[x, y, z]| {
                (x * 0.3).sin() as f32 + (y * z) as f32 / 400.0
            }),
            map(
                3.0,
                13,
                |[x, y, _]| if x < -10.0 { f32::NAN } else { (x + y) as f32 },
            ),
            map(
                2.0,
                20,
                |[x, _, z]| if z > 9.0 { 0.0 } else { (x - z) as f32 },
            ),
            map(
                2.0,
                20,
                |[x, y, _]| if y > 5.0 { f32::NAN } else { x as f32 },
            ),
        ];
        let measured = maps.each_ref().map(|volume| Measured {
            volume,
            threshold: 0.5,
            negative_threshold: 2.0,
        });
        for over in [Over::All, Over::NonZero] {
            let found = compare_all(&measured, over, &Progress::new()).unwrap();
            let places: Vec<_> = found.iter().map(|pair| (pair.a, pair.b)).collect();
            assert_eq!(places, [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]);
            for pair in found {
                let coarse = [pair.a, pair.b].contains(&1);
                assert_eq!(pair.found.resampled, coarse);
                let grid = if coarse { maps[1].grid } else { maps[0].grid };
                let on = |m: usize| {
                    let moved = resample(&maps[m], &grid, Resampling::Trilinear, &Progress::new());
                    Arc::clone(moved.unwrap().data.scalar().unwrap())
                };
                let (a, b) = (on(pair.a), on(pair.b));
                let (r, voxels) = plainly(&a, &b, over);
                assert_eq!(pair.found.voxels, voxels, "{pair:?}");
                assert!((pair.found.r.unwrap() - r).abs() < 1e-12, "{pair:?} {r}");
                let (mut beyond, mut both) = (0, 0);
                for (a, b) in a
                    .iter()
                    .zip(b.iter())
                    .filter(|(a, b)| a.is_finite() && b.is_finite())
                {
                    beyond += usize::from(*a < -2.0) + usize::from(*b < -2.0);
                    both += usize::from(*a < -2.0 && *b < -2.0);
                }
                let dice = (beyond > 0).then(|| 2.0 * both as f64 / beyond as f64);
                assert_eq!(pair.found.dice_negative, dice, "{pair:?}");
            }
        }
    }
}
