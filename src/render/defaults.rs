//! How a map is shown before anyone has touched a slider.

use std::sync::Arc;

use super::colour_map::ColourMap;
use super::content;
use super::look::{LayerDisplay, Signs, Smoothing};
use super::scene::{Convention, Scene, SceneLayer};
use crate::volume::{MapKind, Volume, VolumeData};

impl LayerDisplay {
    /// The first look of a volume: threshold 3.1 for z and t, else a robust percentile; the range ends
    /// at a robust maximum; both signs where there are both; predicted maps green, others warm and
    /// cool.
    pub fn of(volume: &Volume) -> Self {
        let stats = volume.stats();
        let predicted = volume.kind == MapKind::Predicted;
        let threshold = volume.default_threshold();
        let robust = volume.robust_max();
        Self {
            threshold,
            // A map without much above its threshold still gets a range with colours to tell apart.
            maximum: robust.max(threshold * 1.25),
            signs: if stats.min < 0.0 && !predicted {
                Signs::Both
            } else {
                Signs::Positive
            },
            // What lies under regions stays in sight.
            opacity: if matches!(volume.data, VolumeData::Label(_)) {
                0.6
            } else {
                1.0
            },
            // Interpolation would shrink or grow a region of ones.
            smoothing: match volume.kind {
                MapKind::Mask => Smoothing::Nearest,
                _ => Smoothing::Linear,
            },
            positive: match volume.kind {
                _ if predicted => ColourMap::GREEN,
                MapKind::Anatomy | MapKind::Magnitude | MapKind::Label => ColourMap::GRAY,
                _ => ColourMap::WARM,
            },
            ..Self::default()
        }
    }
}

impl Scene {
    /// A scene of some volumes at their first look, cut where the top one is strongest.
    pub fn of(underlay: Option<Arc<Volume>>, volumes: Vec<Arc<Volume>>, dark: bool) -> Self {
        let layers: Vec<_> = volumes
            .into_iter()
            .map(|volume| {
                let display = LayerDisplay::of(&volume);
                SceneLayer::new(volume, display)
            })
            .collect();
        let cut_mm = layers
            .last()
            .and_then(|layer| strongest_mm(&layer.volume, layer.display.signs))
            .map_or([0.0; 3], |mm| mm.map(f64::round));
        Self {
            underlay,
            layers,
            cut_mm,
            convention: Convention::default(),
            dark,
            crosshair: true,
        }
    }
}

/// Where a scalar map is strongest: the voxel whose neighbourhood of 3 × 3 × 3 has the largest mean
/// among the signs shown, so that one bright voxel at the edge does not win. RAS mm, whole where the
/// grid allows; `None` for a map without values.
pub fn strongest_mm(volume: &Volume, signs: Signs) -> Option<[f64; 3]> {
    let VolumeData::Scalar(values) = &volume.data else {
        return None;
    };
    let range = content::content_box(volume)?;
    let grid = volume.grid;
    let strength = |v: f32| match signs {
        Signs::Both => v.abs(),
        Signs::Positive => v,
        Signs::Negative => -v,
    };
    let mean = |voxel: [usize; 3]| {
        let low = voxel.map(|v| v.saturating_sub(1));
        let high: [usize; 3] = std::array::from_fn(|a| (voxel[a] + 1).min(grid.shape[a] - 1));
        let mut sum = 0.0f32;
        for k in low[2]..=high[2] {
            for j in low[1]..=high[1] {
                for i in low[0]..=high[0] {
                    let value = strength(values[grid.index([i, j, k])]);
                    sum += if value.is_finite() { value } else { 0.0 };
                }
            }
        }
        sum / 27.0
    };
    let peak = values
        .iter()
        .map(|&v| strength(v))
        .filter(|v| v.is_finite())
        .fold(0.0f32, f32::max);
    let mut best: Option<(f32, [usize; 3])> = None;
    for k in range.low[2]..=range.high[2] {
        for j in range.low[1]..=range.high[1] {
            for i in range.low[0]..=range.high[0] {
                // Only strong voxels can head a strong neighbourhood worth showing.
                if strength(values[grid.index([i, j, k])]) >= 0.5 * peak {
                    let mean = mean([i, j, k]);
                    if best.is_none_or(|(most, _)| mean > most) {
                        best = Some((mean, [i, j, k]));
                    }
                }
            }
        }
    }
    best.map(|(_, voxel)| grid.world(voxel))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixtures::volume;

    #[test]
    fn a_blob_wins_over_a_brighter_speck() {
        let mut values = vec![0.0f32; 20 * 20 * 20];
        let index = |i: usize, j: usize, k: usize| i + 20 * (j + 20 * k);
        for k in 4..8 {
            for j in 4..8 {
                for i in 4..8 {
                    values[index(i, j, k)] = -6.0;
                }
            }
        }
        values[index(18, 18, 18)] = 8.0;
        let map = volume([20, 20, 20], 1.0, values);
        let both = strongest_mm(&map, Signs::Both).unwrap();
        assert!(both.iter().all(|v| *v < 0.0), "{both:?}");
        let positive = strongest_mm(&map, Signs::Positive).unwrap();
        assert_eq!(positive, map.grid.world([18, 18, 18]));
        assert!(strongest_mm(&volume([2, 2, 2], 1.0, vec![f32::NAN; 8]), Signs::Both).is_none());
    }
}
