//! What noise must have in common with a map to be compared with it: how much of the brain it fills, and how smooth it
//! is there.

use crate::volume::Mask;

/// How far apart voxels are whose likeness tells smoothness, mm: beyond the width of most single foci, within that of
/// most activations.
const LAG_MM: f64 = 8.0;

/// Extent and smoothness of a map as a model reads it (after threshold and root).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Texture {
    /// Share of the mask's voxels with a value, 0..=1.
    pub extent: f32,
    /// Σ v(x) v(x + 8 mm) over Σ v², mean over the three axes of the grid: near 1 for a smooth map, near 0 for specks.
    pub smoothness: f32,
}

impl Texture {
    /// Of `values` in the order of `mask`; missing values count as 0.
    pub(crate) fn of(values: &[f32], mask: &Mask) -> Self {
        let grid = &mask.grid;
        let [nx, ny, _] = grid.shape;
        let strides = [1, nx, nx * ny];
        let sizes = grid.affine.voxel_sizes_mm();
        let lags: [usize; 3] =
            std::array::from_fn(|axis| (LAG_MM / sizes[axis]).round().max(1.0) as usize);
        let (mut filled, mut square, mut product) = (0_usize, 0.0_f64, 0.0_f64);
        for (&value, &voxel) in values.iter().zip(mask.voxels.iter()) {
            if value == 0.0 || !value.is_finite() {
                continue;
            }
            filled += 1;
            square += f64::from(value) * f64::from(value);
            let at = grid.voxel(voxel as usize);
            for axis in 0..3 {
                if at[axis] + lags[axis] >= grid.shape[axis] {
                    continue;
                }
                let there = mask.position[voxel as usize + lags[axis] * strides[axis]];
                // Outside the mask the position is larger than any.
                let other = values.get(there as usize).copied().unwrap_or(0.0);
                if other.is_finite() {
                    product += f64::from(value) * f64::from(other);
                }
            }
        }
        Self {
            extent: (filled as f64 / mask.len().max(1) as f64) as f32,
            smoothness: if square > 0.0 {
                (product / (3.0 * square)) as f32
            } else {
                0.0
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::{Affine, Grid};

    fn mask() -> Mask {
        let grid = Grid {
            shape: [12, 10, 10],
            affine: Affine::scale_translate([4.0; 3], [0.0; 3]),
        };
        Mask::new(grid, |_| true)
    }

    #[test]
    fn a_block_is_smooth_and_a_speck_is_not() {
        let mask = mask();
        let of = |inside: &dyn Fn([usize; 3]) -> bool| {
            let values: Vec<f32> = (0..mask.len())
                .map(|i| f32::from(u8::from(inside(mask.grid.voxel(i)))))
                .collect();
            Texture::of(&values, &mask)
        };
        let speck = of(&|v| v == [5, 5, 5]);
        assert_eq!((speck.extent, speck.smoothness), (1.0 / 1200.0, 0.0));
        // 6³ voxels of 4 mm; the lag is two voxels: four of six have one that far along each axis.
        let block = of(&|v| v.iter().all(|&x| (2..8).contains(&x)));
        assert!((block.smoothness - 4.0 / 6.0).abs() < 1e-6, "{block:?}");
        assert!((block.extent - 216.0 / 1200.0).abs() < 1e-6);
        assert_eq!(of(&|_| false), Texture::default());
        assert_eq!(Texture::of(&[f32::NAN; 3], &mask), Texture::default());
    }
}
