//! The largest magnitude in and around each brick of a map: where it stays below the threshold nothing
//! need be sampled. Both renderers skip by it.

use std::sync::Arc;

use super::content::{Memo, VolumeId, content_box, is_sound};
use super::look::Interpolation;
use crate::volume::{Volume, VolumeData};

/// Voxels along the edge of a brick; `shaders/slice.wgsl` shifts by its logarithm.
const BRICK: usize = 8;

/// No cubic sample is further from zero than this many times its 64 voxels: (5/4)³, rounded up.
const CUBIC_OVERSHOOT: f32 = 1.96;

/// The bricks of a map.
pub(super) struct Bricks {
    tops: Vec<f32>,
    shape: [usize; 3],
}

impl Bricks {
    /// Of a scalar map; remembered.
    pub(super) fn of(volume: &Volume) -> Option<Arc<Self>> {
        static MEMO: Memo<Option<Arc<Bricks>>> = Memo::new(256);
        MEMO.get(VolumeId::of(volume), || match &volume.data {
            VolumeData::Scalar(values) if is_sound(volume) => {
                let (tops, shape) = tops(values, volume.grid.shape);
                Some(Arc::new(Self { tops, shape }))
            }
            _ => None,
        })
    }

    /// The largest magnitude a sample at a voxel coordinate can have.
    pub(super) fn ceiling(&self, voxel: [f32; 3], interpolation: Interpolation) -> f32 {
        // Coordinates a voxel outside the grid are cut to its edge; further out nothing is sampled.
        let brick = |at: f32, a: usize| ((at.max(0.0) as usize) / BRICK).min(self.shape[a] - 1);
        let top =
            |at: [usize; 3]| self.tops[at[0] + self.shape[0] * (at[1] + self.shape[1] * at[2])];
        match interpolation {
            Interpolation::Nearest => {
                top(std::array::from_fn(|a| brick((voxel[a] + 0.5).floor(), a)))
            }
            Interpolation::Linear => top(std::array::from_fn(|a| brick(voxel[a].floor(), a))),
            Interpolation::Cubic => {
                let low: [usize; 3] = std::array::from_fn(|a| brick(voxel[a].floor() - 1.0, a));
                let high: [usize; 3] = std::array::from_fn(|a| brick(voxel[a].floor() + 2.0, a));
                let mut most = 0.0f32;
                for n in 0..8usize {
                    let at = |a: usize| if n >> a & 1 == 1 { high[a] } else { low[a] };
                    most = most.max(top([at(0), at(1), at(2)]));
                }
                CUBIC_OVERSHOOT * most
            }
        }
    }
}

/// Works out what the renderers remember of a map: in a frame of a large map it would be felt.
pub fn warm(volume: &Volume) {
    content_box(volume);
    Bricks::of(volume);
}

/// Largest magnitude a trilinear sample whose lower corner lies in a brick can have: the brick's own
/// voxels and the layer beyond its upper faces. An interpolated value never exceeds its neighbours, so
/// a pixel whose brick stays below the threshold need not be sampled.
pub(super) fn tops(values: &[f32], shape: [usize; 3]) -> (Vec<f32>, [usize; 3]) {
    let count = shape.map(|n| n.div_ceil(BRICK));
    let mut out = vec![0.0f32; count.iter().product()];
    for (row, line) in values.chunks_exact(shape[0]).enumerate() {
        let (j, k) = (row % shape[1], row / shape[1]);
        for (b, chunk) in line.chunks(BRICK).enumerate() {
            let mut most = chunk.iter().fold(0.0f32, |m, v| m.max(v.abs()));
            if let Some(next) = line.get((b + 1) * BRICK) {
                most = most.max(next.abs());
            }
            // A voxel on a brick's lower face also belongs to the brick below.
            let touched = |n: usize| {
                let own = n / BRICK;
                let below = if n.is_multiple_of(BRICK) && own > 0 {
                    own - 1
                } else {
                    own
                };
                below..=own
            };
            for bk in touched(k) {
                for bj in touched(j) {
                    let slot = &mut out[b + count[0] * (bj + count[1] * bk)];
                    *slot = slot.max(most);
                }
            }
        }
    }
    (out, count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixtures::volume;
    use crate::render::sample;

    #[test]
    fn a_brick_bounds_every_sample_that_starts_in_it() {
        let shape = [17, 9, 8];
        let mut values = vec![0.0f32; 17 * 9 * 8];
        values[8 + 17 * (8 + 9 * 7)] = -5.0;
        let (tops, count) = tops(&values, shape);
        assert_eq!(count, [3, 2, 1]);
        // Voxel (8, 8, 7) starts brick (1, 1) and is the upper neighbour of bricks (0 and 1, 0 and 1).
        let at = |i: usize, j: usize| tops[i + 3 * j];
        assert_eq!([at(0, 0), at(1, 0), at(0, 1), at(1, 1)], [5.0; 4]);
        assert_eq!([at(2, 0), at(2, 1)], [0.0; 2]);
    }

    #[test]
    fn no_sample_is_above_its_ceiling() {
        let shape = [19, 17, 23];
        let values: Vec<f32> = (0..19 * 17 * 23usize)
            .map(|n| match n.wrapping_mul(2_654_435_761) >> 9 & 63 {
                0 => 4.0,
                1 => -7.0,
                _ => 0.0,
            })
            .collect();
        let map = volume(shape, 1.0, values.clone());
        let bricks = Bricks::of(&map).unwrap();
        for n in 0..20_000u32 {
            // A walk that meets every face of every brick.
            let voxel: [f32; 3] = std::array::from_fn(|a| {
                let step = [0.377, 0.713, 0.531][a] * n as f32;
                step % shape[a] as f32 - 0.5
            });
            for (interpolation, sample) in [
                (
                    Interpolation::Linear,
                    sample::trilinear(&values, shape, voxel),
                ),
                (Interpolation::Cubic, sample::cubic(&values, shape, voxel)),
            ] {
                let Some(sample) = sample else { continue };
                let ceiling = bricks.ceiling(voxel, interpolation);
                let value = sample.value.abs();
                assert!(
                    value <= ceiling,
                    "{voxel:?} {interpolation:?}: {value} above {ceiling}"
                );
            }
            if let Some(index) = sample::nearest(shape, voxel) {
                assert!(values[index].abs() <= bricks.ceiling(voxel, Interpolation::Nearest));
            }
        }
    }
}
