//! Where a map is strongest.

use super::Volume;

/// Centres of the strongest voxels of each sign, RAS mm; the first of equal ones. None of labels and
/// colours, and none of a sign that does not occur.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Strongest {
    /// The largest value.
    pub positive: Option<[f64; 3]>,
    /// The smallest value.
    pub negative: Option<[f64; 3]>,
    /// The largest magnitude.
    pub both: Option<[f64; 3]>,
}

impl Strongest {
    /// Looks at every voxel of a map once.
    pub fn of(volume: &Volume) -> Self {
        let Some(values) = volume.data.scalar() else {
            return Self::default();
        };
        let (mut high, mut low) = ((0.0_f32, 0), (0.0_f32, 0));
        // Comparisons with NaN are false.
        for (index, &value) in values.iter().enumerate() {
            if value > high.0 {
                high = (value, index);
            } else if value < low.0 {
                low = (value, index);
            }
        }
        let place = |index| volume.grid.world(volume.grid.voxel(index));
        let of = |(value, index): (f32, usize)| (value != 0.0).then(|| place(index));
        let first = high.0 > -low.0 || (high.0 == -low.0 && high.1 <= low.1);
        Self {
            positive: of(high),
            negative: of(low),
            both: of(if first { high } else { low }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::{Affine, Grid, MapKind};

    fn strongest(values: &[f32]) -> [Option<f64>; 3] {
        let grid = Grid {
            shape: [values.len(), 1, 1],
            affine: Affine::scale_translate([1.0; 3], [0.0; 3]),
        };
        let map = Volume::derived(grid, values.into(), MapKind::Z, "row").unwrap();
        let of = Strongest::of(&map);
        [of.positive, of.negative, of.both].map(|place| place.map(|[x, ..]| x))
    }

    #[test]
    fn each_sign_has_its_first_strongest_voxel() {
        let voxels = strongest(&[1.0, f32::NAN, 4.0, -4.0, 4.0, -5.0]);
        assert_eq!(voxels, [Some(2.0), Some(5.0), Some(5.0)]);
        assert_eq!(strongest(&[0.0, -4.0, 4.0])[2], Some(1.0));
        assert_eq!(strongest(&[0.0, 2.0]), [Some(1.0), None, Some(1.0)]);
        assert_eq!(strongest(&[0.0, f32::NAN]), [None; 3]);
    }
}
