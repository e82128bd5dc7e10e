//! What a canvas is divided into: slices, glass brains, mosaics, maps side by side, and how they are
//! magnified and marked.

use eframe::egui::{Rect, pos2};
use serde::{Deserialize, Serialize};

use super::geometry::Bounds;
use super::scene::Plane;

/// Slices a mosaic shows at most.
pub(crate) const MAX_SLICES: u32 = 120;

/// What one cell of a canvas shows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CellKind {
    /// A cut through the cut point.
    Slice(Plane),
    /// The largest values along the normal of a plane.
    Glass(Plane),
    /// Many slices of one plane.
    Mosaic(Mosaic),
    /// The same cut of every visible layer, one beside the other.
    Maps(MapPlanes),
}

/// Which planes are shown of every map where maps stand side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MapPlanes {
    /// x fixed.
    Sagittal,
    /// y fixed.
    Coronal,
    /// z fixed.
    #[default]
    Axial,
    /// All three.
    All,
}

impl MapPlanes {
    /// In the order offered.
    pub const ALL: [Self; 4] = [Self::Sagittal, Self::Coronal, Self::Axial, Self::All];

    /// The planes meant.
    pub fn planes(self) -> &'static [Plane] {
        match self {
            Self::Sagittal => &[Plane::Sagittal],
            Self::Coronal => &[Plane::Coronal],
            Self::Axial => &[Plane::Axial],
            Self::All => &Plane::ALL,
        }
    }

    /// Word on a button.
    pub fn label(self) -> &'static str {
        match self {
            Self::All => "All three",
            one => one.planes()[0].title(),
        }
    }
}

/// How many slices a mosaic has.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Slices {
    /// This many, evenly from the first to the last.
    Count(u32),
    /// One every so many mm.
    Every(f64),
}

/// Many slices of one plane.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mosaic {
    /// The plane.
    pub plane: Plane,
    /// How many.
    pub slices: Slices,
    /// Position of the first along the plane's normal, RAS mm; the head decides where there is none.
    pub from_mm: Option<f64>,
    /// Position of the last.
    pub to_mm: Option<f64>,
    /// Whether a small picture shows where the slices lie.
    pub reference: bool,
}

impl Default for Mosaic {
    fn default() -> Self {
        Self {
            plane: Plane::Axial,
            slices: Slices::Count(23),
            from_mm: None,
            to_mm: None,
            reference: true,
        }
    }
}

impl Mosaic {
    /// First and last position along the normal, mm: as asked, else the head without its outermost
    /// tenth on either side.
    pub(crate) fn range_mm(&self, bounds: &Bounds) -> (f64, f64) {
        let axis = self.plane.normal_axis();
        let (low, high) = (bounds.low[axis], bounds.high[axis]);
        let edge = 0.1 * (high - low);
        let sound = |asked: Option<f64>, otherwise: f64| {
            asked.filter(|v| v.is_finite()).unwrap_or(otherwise)
        };
        let from = sound(self.from_mm, (low + edge).round());
        let to = sound(self.to_mm, (high - edge).round());
        (from.min(to), from.max(to))
    }

    /// Positions of the slices along the plane's normal, mm, rising; whole where they lie more than
    /// 2 mm apart. Between one and [`MAX_SLICES`].
    pub(crate) fn positions_mm(&self, bounds: &Bounds) -> Vec<f64> {
        let (from, to) = self.range_mm(bounds);
        let length = to - from;
        let (count, step) = match self.slices {
            Slices::Count(count) => {
                let count = count.clamp(1, MAX_SLICES);
                (count, length / f64::from(count.saturating_sub(1).max(1)))
            }
            Slices::Every(step) => {
                let least = length / f64::from(MAX_SLICES - 1);
                let step = if step.is_finite() && step > 0.0 {
                    step.max(least).max(0.01)
                } else {
                    least.max(1.0)
                };
                // A hair more: 0.1 mm steps must not lose the last slice to rounding.
                ((length / step + 1e-6).floor() as u32 + 1, step)
            }
        };
        if count == 1 {
            return vec![match self.slices {
                Slices::Count(_) => 0.5 * (from + to),
                Slices::Every(_) => from,
            }];
        }
        let at = |n: u32| from + f64::from(n) * step;
        let tidy = |v: f64| match self.slices {
            Slices::Count(_) if step > 2.0 => v.round(),
            _ => (100.0 * v).round() / 100.0,
        };
        (0..count.min(MAX_SLICES)).map(|n| tidy(at(n))).collect()
    }
}

/// A part of a canvas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// What it shows.
    pub kind: CellKind,
    /// Where, as fractions of the canvas: 0, 0 is its top left corner, 1, 1 its bottom right one.
    pub unit: Rect,
}

impl Cell {
    /// A cell over the whole canvas.
    pub fn whole(kind: CellKind) -> Self {
        Self {
            kind,
            unit: Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)),
        }
    }

    fn at(kind: CellKind, [x0, y0, x1, y1]: [f32; 4]) -> Self {
        Self {
            kind,
            unit: Rect::from_min_max(pos2(x0, y0), pos2(x1, y1)),
        }
    }
}

/// Arrangements that have a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Sagittal, coronal, axial and the glass brain.
    #[default]
    FourViews,
    /// Sagittal, coronal and axial beside each other.
    RowOfThree,
    /// Axial large, coronal and sagittal beside it.
    OneLarge,
    /// The glass brain from three directions.
    GlassThree,
    /// Many slices of one plane.
    Mosaic,
    /// One cell a map.
    SideBySide,
}

impl Preset {
    /// In the order offered.
    pub const ALL: [Self; 6] = [
        Self::FourViews,
        Self::RowOfThree,
        Self::OneLarge,
        Self::GlassThree,
        Self::Mosaic,
        Self::SideBySide,
    ];

    /// Words for menus.
    pub fn label(self) -> &'static str {
        match self {
            Self::FourViews => "Four views",
            Self::RowOfThree => "Row of three",
            Self::OneLarge => "One large + two",
            Self::GlassThree => "Glass brain × 3",
            Self::Mosaic => "Mosaic",
            Self::SideBySide => "Maps side by side",
        }
    }

    /// The cells on a canvas of this width ÷ height: what stands in a row on a wide one stands in a
    /// column on a tall one.
    pub fn cells(self, mosaic: Mosaic, maps: MapPlanes, aspect: f32) -> Vec<Cell> {
        use CellKind::{Glass, Slice};
        let row = |kinds: &[CellKind]| -> Vec<Cell> {
            let n = kinds.len() as f32;
            let place = |(i, kind): (usize, &CellKind)| {
                let (from, to) = (i as f32 / n, (i + 1) as f32 / n);
                let unit = if aspect >= 1.0 {
                    [from, 0.0, to, 1.0]
                } else {
                    [0.0, from, 1.0, to]
                };
                Cell::at(*kind, unit)
            };
            kinds.iter().enumerate().map(place).collect()
        };
        let slices = Plane::ALL.map(Slice);
        let four = [slices[0], slices[1], slices[2], Glass(Plane::Axial)];
        match self {
            Self::FourViews if !(1.0 / 2.6..=2.6).contains(&aspect) => row(&four),
            Self::FourViews => {
                let corner = |n: usize| {
                    let (x, y) = (0.5 * (n % 2) as f32, 0.5 * (n / 2) as f32);
                    [x, y, x + 0.5, y + 0.5]
                };
                (0..4).map(|n| Cell::at(four[n], corner(n))).collect()
            }
            Self::RowOfThree => row(&slices),
            Self::OneLarge if aspect >= 1.0 => vec![
                Cell::at(slices[2], [0.0, 0.0, 0.64, 1.0]),
                Cell::at(slices[1], [0.64, 0.0, 1.0, 0.5]),
                Cell::at(slices[0], [0.64, 0.5, 1.0, 1.0]),
            ],
            Self::OneLarge => vec![
                Cell::at(slices[2], [0.0, 0.0, 1.0, 0.64]),
                Cell::at(slices[1], [0.0, 0.64, 0.5, 1.0]),
                Cell::at(slices[0], [0.5, 0.64, 1.0, 1.0]),
            ],
            Self::GlassThree => row(&Plane::ALL.map(Glass)),
            Self::Mosaic => vec![Cell::whole(CellKind::Mosaic(mosaic))],
            Self::SideBySide => vec![Cell::whole(CellKind::Maps(maps))],
        }
    }
}

/// How far the slices of a canvas are magnified, and what lies in their middle. One for all slices:
/// they share millimetres a point.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Zoom {
    /// 1 shows the whole head.
    pub factor: f64,
    /// How far the middle is moved from the middle of the head, RAS mm.
    pub pan_mm: [f64; 3],
}

impl Default for Zoom {
    fn default() -> Self {
        Self {
            factor: 1.0,
            pan_mm: [0.0; 3],
        }
    }
}

impl Zoom {
    /// Smallest and largest magnification.
    pub(crate) const LIMITS: (f64, f64) = (0.5, 40.0);

    /// Whether the whole head is shown as it lies.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The same with numbers that can be drawn: finite, the factor within its limits.
    pub fn sound(self) -> Self {
        let factor = if self.factor.is_finite() {
            self.factor.clamp(Self::LIMITS.0, Self::LIMITS.1)
        } else {
            1.0
        };
        let pan_mm = self.pan_mm.map(|v| if v.is_finite() { v } else { 0.0 });
        Self { factor, pan_mm }
    }

    /// As [`Self::sound`], and the middle of the views stays within the head.
    pub fn within(self, bounds: &Bounds) -> Self {
        let half = bounds.size().map(|s| 0.5 * s.abs());
        let Self { factor, pan_mm } = self.sound();
        Self {
            factor,
            pan_mm: std::array::from_fn(|a| pan_mm[a].clamp(-half[a], half[a])),
        }
    }

    /// Magnified by a factor; in views of `plane` the point at `mm` stays where it is.
    pub fn about(self, by: f64, mm: [f64; 3], plane: Plane, bounds: &Bounds) -> Self {
        let before = self.within(bounds);
        let factor = (before.factor * by).clamp(Self::LIMITS.0, Self::LIMITS.1);
        let centre = bounds.centre();
        let mut pan_mm = before.pan_mm;
        for axis in [plane.across_axis(), plane.up_axis()] {
            let offset = mm[axis] - centre[axis] - pan_mm[axis];
            pan_mm[axis] += offset * (1.0 - before.factor / factor);
        }
        Self { factor, pan_mm }.within(bounds)
    }

    /// Magnified by a factor; the point at `mm` stays where it is in every view.
    pub(crate) fn about_point(self, by: f64, mm: [f64; 3], bounds: &Bounds) -> Self {
        let before = self.within(bounds);
        let factor = (before.factor * by).clamp(Self::LIMITS.0, Self::LIMITS.1);
        let centre = bounds.centre();
        let pan_mm = std::array::from_fn(|axis| {
            let offset = mm[axis] - centre[axis] - before.pan_mm[axis];
            before.pan_mm[axis] + offset * (1.0 - before.factor / factor)
        });
        Self { factor, pan_mm }.within(bounds)
    }
}

/// What is written into the views. L and R always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Marks {
    /// Names of the views, front, back, top and bottom, and in words which side is left.
    pub labels: bool,
    /// Positions of the slices.
    pub coordinates: bool,
    /// A length to compare with.
    pub scale_bar: bool,
    /// Colours and their values.
    pub colour_bar: bool,
    /// The thresholds in words.
    pub threshold: bool,
}

impl Default for Marks {
    fn default() -> Self {
        Self {
            labels: true,
            coordinates: true,
            scale_bar: true,
            colour_bar: true,
            threshold: false,
        }
    }
}

/// How a canvas is laid out beyond what it shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CanvasOptions {
    /// Magnification of the slices.
    pub zoom: Zoom,
    /// What is written.
    pub marks: Marks,
    /// A line under the maps that stand side by side ("r 0.42 · Dice 0.61"); empty for none.
    pub caption: String,
    /// The selected layer (index into the scene's): of maps side by side the page it is on is shown,
    /// and it is marked there. The first page where there is none.
    pub focus: Option<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mosaic(slices: Slices, from: f64, to: f64) -> Vec<f64> {
        Mosaic {
            slices,
            from_mm: Some(from),
            to_mm: Some(to),
            ..Mosaic::default()
        }
        .positions_mm(&Bounds::MNI)
    }

    #[test]
    fn mosaic_positions_run_from_the_first_to_the_last() {
        assert_eq!(
            mosaic(Slices::Count(5), -40.0, 60.0),
            [-40.0, -15.0, 10.0, 35.0, 60.0]
        );
        assert_eq!(
            mosaic(Slices::Every(30.0), -40.0, 60.0),
            [-40.0, -10.0, 20.0, 50.0]
        );
        assert_eq!(mosaic(Slices::Every(0.1), 0.0, 0.3), [0.0, 0.1, 0.2, 0.3]);
        assert_eq!(
            mosaic(Slices::Count(1), -40.0, 60.0),
            [10.0],
            "the one in the middle"
        );
        assert_eq!(
            mosaic(Slices::Count(3), 60.0, -40.0),
            [-40.0, 10.0, 60.0],
            "turned round"
        );
        assert_eq!(mosaic(Slices::Every(5.0), 7.0, 7.0), [7.0]);
    }

    #[test]
    fn mosaics_of_strange_numbers_are_small_and_finite() {
        for slices in [
            Slices::Count(0),
            Slices::Count(u32::MAX),
            Slices::Every(0.0),
            Slices::Every(-3.0),
            Slices::Every(f64::NAN),
            Slices::Every(1e-12),
            Slices::Every(1e12),
        ] {
            for (from, to) in [(f64::NAN, f64::INFINITY), (-1e9, 1e9), (0.0, 0.0)] {
                let positions = mosaic(slices, from, to);
                let count = positions.len();
                assert!(
                    (1..=MAX_SLICES as usize).contains(&count),
                    "{slices:?} gave {count}"
                );
                assert!(positions.iter().all(|p| p.is_finite()));
            }
        }
    }

    #[test]
    fn zooming_keeps_the_point_under_the_pointer() {
        let bounds = Bounds::MNI;
        let mm = [20.0, -30.0, 11.0];
        let mut zoom = Zoom::default();
        for by in [1.3, 2.0, 0.7, 1.9] {
            let before = zoom;
            zoom = zoom.about(by, mm, Plane::Coronal, &bounds);
            for axis in [0, 2] {
                let seen = |z: Zoom| (mm[axis] - bounds.centre()[axis] - z.pan_mm[axis]) * z.factor;
                assert!((seen(zoom) - seen(before)).abs() < 1e-9);
            }
            assert_eq!(zoom.pan_mm[1], 0.0, "the normal is left alone");
        }
        let far = zoom.about(1e9, mm, Plane::Axial, &bounds);
        assert_eq!(far.factor, Zoom::LIMITS.1);
        let broken = Zoom {
            factor: f64::NAN,
            pan_mm: [f64::INFINITY, f64::NAN, 1e9],
        };
        let mended = broken.within(&bounds);
        assert_eq!(mended.factor, 1.0);
        assert_eq!(mended.pan_mm, [0.0, 0.0, 74.0]);
    }

    #[test]
    fn every_preset_fills_the_canvas_once() {
        for preset in Preset::ALL {
            for aspect in [0.2, 0.6, 1.0, 1.6, 4.0] {
                let cells = preset.cells(Mosaic::default(), MapPlanes::Axial, aspect);
                let area: f32 = cells.iter().map(|c| c.unit.area()).sum();
                assert!((area - 1.0).abs() < 1e-5, "{preset:?} at {aspect}: {area}");
            }
        }
    }
}
