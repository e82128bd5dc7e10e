//! How far outside the brain a peak lies.

use crate::volume::{Affine, Mask};

/// Tells how far outside a mask points are.
pub(super) struct Inside<'a> {
    mask: &'a Mask,
    to_voxel: Option<Affine>,
}

impl<'a> Inside<'a> {
    pub(super) fn new(mask: &'a Mask) -> Self {
        Self {
            mask,
            to_voxel: mask.grid.affine.inverse(),
        }
    }

    /// Continuous voxel coordinates; `None` for what no grid can hold.
    fn voxel(&self, p: [f32; 3]) -> Option<[f64; 3]> {
        let v = self.to_voxel?.apply(p.map(f64::from));
        v.iter().all(|c| c.abs() < 1e6).then_some(v)
    }

    fn contains(&self, v: [i64; 3]) -> bool {
        let shape = self.mask.grid.shape;
        let fits = v
            .iter()
            .zip(shape)
            .all(|(&c, n)| c >= 0 && (c as usize) < n);
        fits && {
            let index = self.mask.grid.index(v.map(|c| c as usize));
            self.mask
                .position
                .get(index)
                .is_some_and(|&p| p != u32::MAX)
        }
    }

    pub(super) fn nearest_is_inside(&self, p: [f32; 3]) -> bool {
        self.voxel(p)
            .is_some_and(|v| self.contains(v.map(|c| c.round_ties_even() as i64)))
    }

    /// Distance to the nearest voxel centre of the mask, where it is at most `limit_mm`.
    fn distance(&self, p: [f32; 3], limit_mm: f64) -> Option<f64> {
        let v = self.voxel(p)?;
        let to_voxel = self.to_voxel?;
        // Along each voxel axis a ball of radius r reaches r times the norm of the inverse's row.
        let reach: [f64; 3] = std::array::from_fn(|r| {
            let row = &to_voxel.0[r];
            limit_mm * (row[0].powi(2) + row[1].powi(2) + row[2].powi(2)).sqrt()
        });
        let range = |axis: usize| {
            let last = self.mask.grid.shape[axis] as i64 - 1;
            let from = ((v[axis] - reach[axis]).ceil() as i64).max(0);
            let to = ((v[axis] + reach[axis]).floor() as i64).min(last);
            from..=to
        };
        let mut best = f64::INFINITY;
        for k in range(2) {
            for j in range(1) {
                for i in range(0) {
                    if self.contains([i, j, k]) {
                        let q = self.mask.grid.affine.apply([i as f64, j as f64, k as f64]);
                        let d2: f64 = q
                            .iter()
                            .zip(p)
                            .map(|(a, b)| (a - f64::from(b)).powi(2))
                            .sum();
                        best = best.min(d2);
                    }
                }
            }
        }
        let distance = best.sqrt();
        (distance <= limit_mm).then_some(distance)
    }

    pub(super) fn within(&self, p: [f32; 3], limit_mm: f64) -> bool {
        self.nearest_is_inside(p) || self.distance(p, limit_mm).is_some()
    }
}

/// Distance in mm from a point to the mask: 0 where its nearest voxel is inside, else to the nearest
/// voxel centre of the mask, `None` beyond `limit_mm` (and for a point that is not finite).
pub fn distance_to_mask_mm(point_mm: [f32; 3], mask: &Mask, limit_mm: f64) -> Option<f64> {
    let inside = Inside::new(mask);
    if inside.nearest_is_inside(point_mm) {
        return Some(0.0);
    }
    inside.distance(point_mm, limit_mm)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::volume::Grid;

    /// A ball of 40 mm in a 2 mm grid.
    pub(in crate::corpus) fn ball() -> Mask {
        let affine = Affine::scale_translate([-2.0, 2.0, 2.0], [60.0, -60.0, -60.0]);
        let grid = Grid {
            shape: [61; 3],
            affine,
        };
        Mask::new(grid, |i| {
            grid.world(grid.voxel(i)).iter().map(|c| c * c).sum::<f64>() <= 1600.0
        })
    }

    #[test]
    fn distance_is_to_the_nearest_voxel_of_the_mask() {
        let mask = ball();
        let away = |p| distance_to_mask_mm(p, &mask, 6.0);
        assert_eq!(away([40.0, 0.0, 0.0]), Some(0.0));
        assert_eq!(away([40.9, 0.0, 0.0]), Some(0.0));
        assert_eq!(away([43.5, 0.0, 0.0]), Some(3.5));
        assert_eq!(away([0.0, -46.0, 0.0]), Some(6.0));
        assert_eq!(away([0.0, 0.0, 46.1]), None);
        for wild in [f32::NAN, f32::INFINITY, f32::MIN, 1e30] {
            assert_eq!(away([wild, 0.0, 0.0]), None);
        }
    }
}
