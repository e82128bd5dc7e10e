//! What is done to maps to see how much a decoder can take.

use std::sync::Arc;

use super::super::EvalError;
use super::maps::{NamedMap, on_grid};
use crate::measure::smooth;
use crate::progress::Progress;
use crate::seed::{Seed, normal};
use crate::space::on_mask;
use crate::volume::{Affine, Grid, MapKind, Mask, Resampling, Volume, resample};

/// One change of a map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Disturbance {
    Smoothed {
        fwhm_mm: f64,
    },
    /// White noise: standard deviation of the map over that of the noise.
    Noise {
        signal_to_noise: f64,
    },
    Resampled {
        voxel_mm: f64,
    },
    /// 0 where |z| is less.
    Thresholded {
        z: f32,
    },
    Mirrored,
    /// One hemisphere is not in the picture.
    Half {
        left_is_missing: bool,
        fit_where_seen: bool,
    },
}

/// All that are tried, in the order of the table.
pub(super) const TRIED: [Disturbance; 16] = {
    use Disturbance::*;
    [
        Smoothed { fwhm_mm: 4.0 },
        Smoothed { fwhm_mm: 8.0 },
        Smoothed { fwhm_mm: 12.0 },
        Noise {
            signal_to_noise: 1.0,
        },
        Noise {
            signal_to_noise: 0.5,
        },
        Noise {
            signal_to_noise: 0.25,
        },
        Resampled { voxel_mm: 1.0 },
        Resampled { voxel_mm: 3.0 },
        Resampled { voxel_mm: 4.0 },
        Thresholded { z: 2.3 },
        Thresholded { z: 3.1 },
        Mirrored,
        Half {
            left_is_missing: true,
            fit_where_seen: false,
        },
        Half {
            left_is_missing: true,
            fit_where_seen: true,
        },
        Half {
            left_is_missing: false,
            fit_where_seen: false,
        },
        Half {
            left_is_missing: false,
            fit_where_seen: true,
        },
    ]
};

impl Disturbance {
    pub fn words(self) -> String {
        match self {
            Self::Smoothed { fwhm_mm } => format!("smoothed by {fwhm_mm} mm"),
            Self::Noise { signal_to_noise } => format!("white noise, SNR {signal_to_noise}"),
            Self::Resampled { voxel_mm } => format!("on a {voxel_mm} mm grid"),
            Self::Thresholded { z } => format!("0 below |z| {z}"),
            Self::Mirrored => "left and right changed".to_owned(),
            Self::Half {
                left_is_missing,
                fit_where_seen,
            } => {
                let side = if left_is_missing { "left" } else { "right" };
                let fit = if fit_where_seen {
                    ", modes fitted to the rest"
                } else {
                    ""
                };
                format!("{side} half missing{fit}")
            }
        }
    }

    /// The changed map; `number` names its noise.
    pub fn apply(
        self,
        map: &[f32],
        mask: &Mask,
        seed: Seed,
        number: u64,
        progress: &Progress,
    ) -> Result<NamedMap, EvalError> {
        progress.check()?;
        let full = || mask.scatter(map, 0.0).ok_or(EvalError::Nothing);
        Ok(NamedMap::whole(match self {
            Self::Smoothed { fwhm_mm } => on_grid(mask, full()?, |volume| {
                let smoothed = smooth(volume, fwhm_mm, progress);
                Ok(smoothed
                    .map_err(|error| EvalError::of_map(&error, progress))?
                    .to_vec())
            })?,
            Self::Noise { signal_to_noise } => {
                let mut rng = seed.stream("white noise", number);
                let noise = normal(&mut rng, map.len());
                let scale = (deviation(map) / signal_to_noise) as f32;
                let values = map.iter().zip(noise);
                values.map(|(v, noise)| v + scale * noise).collect()
            }
            Self::Resampled { voxel_mm } => there_and_back(mask, full()?, voxel_mm, progress)?,
            Self::Thresholded { z } => {
                let kept = |&v: &f32| if v.abs() < z { 0.0 } else { v };
                map.iter().map(kept).collect()
            }
            Self::Mirrored => mirrored(map, mask),
            Self::Half {
                left_is_missing,
                fit_where_seen,
            } => {
                let seen: Arc<[bool]> = mask
                    .voxels
                    .iter()
                    .map(|&voxel| {
                        let [x, ..] = mask.grid.world(mask.grid.voxel(voxel as usize));
                        if left_is_missing { x >= 0.0 } else { x <= 0.0 }
                    })
                    .collect();
                let kept = map.iter().zip(seen.iter());
                return Ok(NamedMap {
                    values: kept.map(|(&v, &seen)| if seen { v } else { 0.0 }).collect(),
                    seen: Some(seen),
                    fit_where_seen,
                });
            }
        }))
    }
}

fn deviation(map: &[f32]) -> f64 {
    let n = map.len().max(1) as f64;
    let mean = map.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    (map.iter()
        .map(|&v| (f64::from(v) - mean).powi(2))
        .sum::<f64>()
        / n)
        .sqrt()
}

/// The map as a file with voxels of another size would give it.
fn there_and_back(
    mask: &Mask,
    values: Vec<f32>,
    voxel_mm: f64,
    progress: &Progress,
) -> Result<Vec<f32>, EvalError> {
    let corners = [
        mask.grid.world([0; 3]),
        mask.grid.world(mask.grid.shape.map(|n| n - 1)),
    ];
    let low: [f64; 3] = std::array::from_fn(|axis| corners[0][axis].min(corners[1][axis]));
    let shape = std::array::from_fn(|axis| {
        let side = (corners[0][axis] - corners[1][axis]).abs();
        (side / voxel_mm).ceil() as usize + 1
    });
    let grid = Grid {
        shape,
        affine: Affine::scale_translate([voxel_mm; 3], low),
    };
    let volume = Volume::derived(mask.grid, values.into(), MapKind::Z, "map");
    let volume = volume.ok_or(EvalError::Nothing)?;
    let failed = |error| EvalError::of_map(&error, progress);
    let moved = resample(&volume, &grid, Resampling::Average, progress).map_err(failed)?;
    Ok(on_mask(&moved, mask, progress).map_err(failed)?.values)
}

/// Values of the other hemisphere; 0 where its place is not in the mask.
fn mirrored(map: &[f32], mask: &Mask) -> Vec<f32> {
    let Some(to_voxel) = mask.grid.affine.inverse() else {
        return map.to_vec();
    };
    let value = |&voxel: &u32| {
        let [x, y, z] = mask.grid.world(mask.grid.voxel(voxel as usize));
        let at = to_voxel.apply([-x, y, z]).map(f64::round);
        let inside = (0..3).all(|axis| (0.0..mask.grid.shape[axis] as f64).contains(&at[axis]));
        let position = inside.then(|| mask.position[mask.grid.index(at.map(|c| c as usize))]);
        position
            .and_then(|p| map.get(p as usize))
            .copied()
            .unwrap_or(0.0)
    };
    mask.voxels.iter().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::kde;
    use crate::space::mask_2mm;

    fn changed(map: &[f32], how: Disturbance) -> NamedMap {
        how.apply(map, mask_2mm(), Seed(1), 0, &Progress::new())
            .unwrap()
    }

    fn cosine(a: &[f32], b: &[f32]) -> f64 {
        let dot = |a: &[f32], b: &[f32]| crate::linalg::dot_wide(a, b);
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    }

    #[test]
    fn each_change_does_what_its_name_says() {
        let mask = mask_2mm();
        let blob = |x: f32| kde(&[[x, -24.0, 54.0]], mask, 12.0).to_dense(mask.len());
        let (left, right) = (blob(-38.0), blob(38.0));
        assert!(cosine(&changed(&left, Disturbance::Mirrored).values, &right) > 0.999);
        for voxel_mm in [1.0, 3.0, 4.0] {
            let moved = changed(&left, Disturbance::Resampled { voxel_mm }).values;
            assert!(cosine(&moved, &left) > 0.97, "{voxel_mm}");
        }
        let wide = changed(&left, Disturbance::Smoothed { fwhm_mm: 12.0 }).values;
        let peak = |map: &[f32]| map.iter().copied().fold(0.0, f32::max);
        assert!(peak(&wide) < 0.5 * peak(&left) && cosine(&wide, &left) > 0.7);
        let noisy = |snr| {
            changed(
                &left,
                Disturbance::Noise {
                    signal_to_noise: snr,
                },
            )
            .values
        };
        let spread = |map: &[f32]| {
            let change: Vec<f32> = map.iter().zip(&left).map(|(a, b)| a - b).collect();
            deviation(&change) / deviation(&left)
        };
        assert!((spread(&noisy(0.25)) - 4.0).abs() < 0.05);
        let half = peak(&left) / 2.0;
        let cut = changed(&left, Disturbance::Thresholded { z: half }).values;
        assert!(cut.iter().all(|&v| v == 0.0 || v >= half) && peak(&cut) == peak(&left));
        let gone = Disturbance::Half {
            left_is_missing: true,
            fit_where_seen: true,
        };
        let gone = changed(&left, gone);
        assert!(gone.values.iter().all(|&v| v == 0.0) && gone.fit_where_seen);
        let seen = gone.seen.unwrap();
        let share = seen.iter().filter(|s| **s).count() as f64 / seen.len() as f64;
        assert!((0.45..0.56).contains(&share), "{share}");
    }
}
