//! Where a slice lies: pixels of a view ↔ millimetres ↔ voxels of any volume.

use serde::{Deserialize, Serialize};

use super::scene::{Convention, Plane};
use crate::volume::Affine;

/// A box in RAS mm.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// Lowest x, y, z.
    pub low: [f64; 3],
    /// Highest x, y, z.
    pub high: [f64; 3],
}

impl Bounds {
    /// The MNI152 brain with a little air: used where there is nothing to show.
    pub const MNI: Self = Self {
        low: [-72.0, -107.0, -66.0],
        high: [72.0, 74.0, 82.0],
    };

    /// The smallest box around both.
    pub(crate) fn union(self, other: Self) -> Self {
        Self {
            low: std::array::from_fn(|a| self.low[a].min(other.low[a])),
            high: std::array::from_fn(|a| self.high[a].max(other.high[a])),
        }
    }

    /// The box around a range of voxels (inclusive indices), their full extent included.
    pub(crate) fn of_voxels(affine: &Affine, low: [usize; 3], high: [usize; 3]) -> Self {
        let mut bounds = Self {
            low: [f64::INFINITY; 3],
            high: [f64::NEG_INFINITY; 3],
        };
        for corner in 0..8 {
            let voxel = std::array::from_fn(|a| {
                if corner >> a & 1 == 1 {
                    high[a] as f64 + 0.5
                } else {
                    low[a] as f64 - 0.5
                }
            });
            let mm = affine.apply(voxel);
            for (a, at) in mm.into_iter().enumerate() {
                bounds.low[a] = bounds.low[a].min(at);
                bounds.high[a] = bounds.high[a].max(at);
            }
        }
        bounds
    }

    /// Edge lengths, mm.
    pub fn size(&self) -> [f64; 3] {
        std::array::from_fn(|a| self.high[a] - self.low[a])
    }

    /// Centre, mm.
    pub fn centre(&self) -> [f64; 3] {
        std::array::from_fn(|a| 0.5 * (self.low[a] + self.high[a]))
    }

    /// Whether every edge is a positive finite number.
    pub(crate) fn is_sound(&self) -> bool {
        self.size().iter().all(|s| s.is_finite() && *s > 0.0)
    }
}

impl Plane {
    /// The three planes in the order they are shown.
    pub const ALL: [Self; 3] = [Self::Sagittal, Self::Coronal, Self::Axial];

    /// World axis at right angles to the plane (0 x, 1 y, 2 z).
    pub(crate) fn normal_axis(self) -> usize {
        match self {
            Self::Sagittal => 0,
            Self::Coronal => 1,
            Self::Axial => 2,
        }
    }

    /// World axis that runs across the screen.
    pub(crate) fn across_axis(self) -> usize {
        if self == Self::Sagittal { 1 } else { 0 }
    }

    /// World axis that runs up the screen.
    pub(crate) fn up_axis(self) -> usize {
        if self == Self::Axial { 1 } else { 2 }
    }

    /// +1 where the across axis grows to the right. The convention turns coronal and axial views
    /// round, never the sagittal one.
    pub(crate) fn across_sign(self, convention: Convention) -> f64 {
        match (self, convention) {
            (Self::Sagittal, _) | (_, Convention::Neurological) => 1.0,
            (_, Convention::Radiological) => -1.0,
        }
    }

    /// "Sagittal", "Coronal", "Axial".
    pub fn title(self) -> &'static str {
        match self {
            Self::Sagittal => "Sagittal",
            Self::Coronal => "Coronal",
            Self::Axial => "Axial",
        }
    }

    /// Letters at the left, right, top and bottom edge.
    pub fn letters(self, convention: Convention) -> [&'static str; 4] {
        let (left, right) = match (self, convention) {
            (Self::Sagittal, _) => ("P", "A"),
            (_, Convention::Neurological) => ("L", "R"),
            (_, Convention::Radiological) => ("R", "L"),
        };
        let (top, bottom) = if self == Self::Axial {
            ("A", "P")
        } else {
            ("S", "I")
        };
        [left, right, top, bottom]
    }
}

/// A slice as an image: which plane, how large, where. Two equal views show the same millimetres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SliceView {
    /// The plane.
    pub plane: Plane,
    /// Left or right.
    pub convention: Convention,
    /// Width and height of the image in physical pixels.
    pub size_px: [u32; 2],
    /// Millimetres a pixel covers, the same in both directions.
    pub mm_per_px: f64,
    /// RAS mm at the centre of the image; the coordinate along the normal is the cut.
    pub centre_mm: [f64; 3],
}

/// Voxel coordinate of a pixel position: `origin + x·step_x + y·step_y`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PixelToVoxel {
    /// Voxel at the image's top left corner.
    pub origin: [f32; 3],
    /// Change from one pixel to the next on its right.
    pub step_x: [f32; 3],
    /// Change from one pixel to the one below.
    pub step_y: [f32; 3],
}

impl PixelToVoxel {
    /// Voxel coordinate of a pixel position (pixel centres are at .5).
    pub fn at(&self, x: f32, y: f32) -> [f32; 3] {
        std::array::from_fn(|a| self.origin[a] + x * self.step_x[a] + y * self.step_y[a])
    }
}

/// A rectangle of pixels: `x0..x1`, `y0..y1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PixelRect {
    /// First column.
    pub x0: u32,
    /// First row.
    pub y0: u32,
    /// One past the last column.
    pub x1: u32,
    /// One past the last row.
    pub y1: u32,
}

impl SliceView {
    /// Unit vectors to the right and down, in RAS mm.
    fn directions(&self) -> ([f64; 3], [f64; 3]) {
        let mut right = [0.0; 3];
        right[self.plane.across_axis()] = self.plane.across_sign(self.convention);
        let mut down = [0.0; 3];
        down[self.plane.up_axis()] = -1.0;
        (right, down)
    }

    /// RAS mm of a position in the image (pixels from the top left corner).
    pub(crate) fn mm_of_px(&self, [x, y]: [f64; 2]) -> [f64; 3] {
        let (right, down) = self.directions();
        let dx = (x - 0.5 * f64::from(self.size_px[0])) * self.mm_per_px;
        let dy = (y - 0.5 * f64::from(self.size_px[1])) * self.mm_per_px;
        std::array::from_fn(|a| self.centre_mm[a] + dx * right[a] + dy * down[a])
    }

    /// Position in the image of a point in RAS mm, projected along the normal.
    pub(crate) fn px_of_mm(&self, mm: [f64; 3]) -> [f64; 2] {
        let (right, down) = self.directions();
        let along = |direction: [f64; 3]| -> f64 {
            (0..3)
                .map(|a| direction[a] * (mm[a] - self.centre_mm[a]))
                .sum()
        };
        [
            0.5 * f64::from(self.size_px[0]) + along(right) / self.mm_per_px,
            0.5 * f64::from(self.size_px[1]) + along(down) / self.mm_per_px,
        ]
    }

    /// From pixels to the voxels of a grid; `None` where its affine has no inverse.
    pub(crate) fn pixel_to_voxel(&self, affine: &Affine) -> Option<PixelToVoxel> {
        let to_voxel = affine.inverse()?;
        let (right, down) = self.directions();
        let step = |direction: [f64; 3]| {
            to_voxel
                .apply_vector(direction.map(|d| d * self.mm_per_px))
                .map(|v| v as f32)
        };
        Some(PixelToVoxel {
            origin: to_voxel.apply(self.mm_of_px([0.0, 0.0])).map(|v| v as f32),
            step_x: step(right),
            step_y: step(down),
        })
    }

    /// Pixels this plane can show of a range of voxels (inclusive): the rectangle around plane ∩ box.
    /// `None` where they do not meet.
    pub(crate) fn covered_voxels(
        &self,
        affine: &Affine,
        low: [usize; 3],
        high: [usize; 3],
    ) -> Option<PixelRect> {
        let axis = self.plane.normal_axis();
        let cut = self.centre_mm[axis];
        // Half a voxel beyond the outer centres may still be drawn; a whole one leaves room for
        // rounding.
        let corner = |n: usize| -> [f64; 3] {
            affine.apply(std::array::from_fn(|a| {
                if n >> a & 1 == 1 {
                    high[a] as f64 + 1.0
                } else {
                    low[a] as f64 - 1.0
                }
            }))
        };
        let mut range: Option<[f64; 4]> = None;
        let mut touch = |mm: [f64; 3]| {
            let [x, y] = self.px_of_mm(mm);
            let r = range.get_or_insert([x, y, x, y]);
            *r = [r[0].min(x), r[1].min(y), r[2].max(x), r[3].max(y)];
        };
        for from in 0..8 {
            for bit in 0..3 {
                let to = from | 1 << bit;
                if to == from {
                    continue;
                }
                let (a, b) = (corner(from), corner(to));
                let (da, db) = (a[axis] - cut, b[axis] - cut);
                if da * db > 0.0 {
                    continue;
                }
                if da == db {
                    touch(a);
                    touch(b);
                } else {
                    let t = da / (da - db);
                    touch(std::array::from_fn(|i| a[i] + t * (b[i] - a[i])));
                }
            }
        }
        let [x0, y0, x1, y1] = range?;
        let clamp = |v: f64, most: u32| v.clamp(0.0, f64::from(most)) as u32;
        let rect = PixelRect {
            x0: clamp(x0.floor(), self.size_px[0]),
            y0: clamp(y0.floor(), self.size_px[1]),
            x1: clamp(x1.ceil(), self.size_px[0]),
            y1: clamp(y1.ceil(), self.size_px[1]),
        };
        (rect.x0 < rect.x1 && rect.y0 < rect.y1).then_some(rect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Grid;

    fn view(plane: Plane, convention: Convention) -> SliceView {
        SliceView {
            plane,
            convention,
            size_px: [301, 200],
            mm_per_px: 0.73,
            centre_mm: [1.0, -17.0, 18.0],
        }
    }

    #[test]
    fn pixels_and_millimetres_are_inverse() {
        for plane in Plane::ALL {
            for convention in [Convention::Neurological, Convention::Radiological] {
                let view = view(plane, convention);
                for px in [[0.0, 0.0], [12.25, 199.0], [301.0, 3.5]] {
                    let back = view.px_of_mm(view.mm_of_px(px));
                    assert!((back[0] - px[0]).abs() < 1e-9 && (back[1] - px[1]).abs() < 1e-9);
                }
            }
        }
    }

    #[test]
    fn left_is_on_the_side_that_carries_the_letter() {
        for plane in [Plane::Coronal, Plane::Axial] {
            for convention in [Convention::Neurological, Convention::Radiological] {
                let view = view(plane, convention);
                let left_brain = view.px_of_mm([-40.0, -17.0, 18.0]);
                let on_left = left_brain[0] < 150.0;
                let expected = if on_left { 0 } else { 1 };
                assert_eq!(plane.letters(convention)[expected], "L");
            }
        }
    }

    #[test]
    fn sagittal_looks_the_same_in_both_conventions() {
        let neurological = view(Plane::Sagittal, Convention::Neurological);
        let radiological = view(Plane::Sagittal, Convention::Radiological);
        let front = [1.0, 40.0, 18.0];
        assert_eq!(neurological.px_of_mm(front), radiological.px_of_mm(front));
        assert!(neurological.px_of_mm(front)[0] > 150.0, "anterior is right");
    }

    #[test]
    fn pixel_to_voxel_agrees_with_the_affine_of_a_sheared_grid() {
        let affine = Affine::from_rows([
            [-2.0, 0.3, 0.1, 90.0],
            [0.2, 2.5, -0.4, -126.0],
            [0.0, 0.6, 3.0, -72.0],
        ]);
        let view = view(Plane::Coronal, Convention::Radiological);
        let map = view.pixel_to_voxel(&affine).unwrap();
        let voxel = map.at(33.5, 71.5);
        let mm = affine.apply(voxel.map(f64::from));
        for (got, want) in mm.iter().zip(view.mm_of_px([33.5, 71.5])) {
            assert!((got - want).abs() < 1e-3);
        }
    }

    #[test]
    fn a_plane_beside_the_volume_covers_nothing() {
        let covered = |grid: &Grid| {
            let high = grid.shape.map(|n| n - 1);
            view(Plane::Sagittal, Convention::default()).covered_voxels(&grid.affine, [0; 3], high)
        };
        let grid = Grid {
            shape: [10, 10, 10],
            affine: Affine::scale_translate([1.0; 3], [100.0, 0.0, 0.0]),
        };
        assert_eq!(covered(&grid), None);
        let here = Grid {
            affine: Affine::scale_translate([1.0; 3], [0.0, -20.0, 15.0]),
            ..grid
        };
        assert!(covered(&here).is_some());
    }

    #[test]
    fn a_degenerate_affine_has_no_pixels() {
        let flat = Affine::scale_translate([2.0, 0.0, 2.0], [0.0; 3]);
        assert!(
            view(Plane::Axial, Convention::default())
                .pixel_to_voxel(&flat)
                .is_none()
        );
    }
}
