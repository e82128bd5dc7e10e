//! The display list: everything a canvas shows, in points. The window's painter and the PNG exporter
//! read the same list, so an exported picture is what is on screen.

use eframe::egui::{Color32, Pos2, Rect, pos2};

use super::geometry::SliceView;
use super::text::Text;

/// What a view shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ViewKind {
    /// A cut through the volumes.
    Slice,
    /// The largest values along the normal, within the outline of the head.
    Glass,
}

/// One picture of the brain and how its pixels map to millimetres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// Slice or glass brain.
    pub kind: ViewKind,
    /// Where it is on the canvas, points; edges lie on physical pixels.
    pub cell: Rect,
    /// Its geometry, in physical pixels from the cell's top left corner.
    pub slice: SliceView,
    /// Which of the canvas's cells it belongs to: mosaics hold many views.
    pub part: usize,
    /// The one layer it shows (index into the scene's); all where there is none.
    pub only: Option<usize>,
}

impl View {
    fn px_per_point(&self) -> f64 {
        f64::from(self.slice.size_px[0]) / f64::from(self.cell.width().max(f32::MIN_POSITIVE))
    }

    /// RAS mm under a point of the canvas. The coordinate along the normal is the cut of this view.
    pub(crate) fn mm_at(&self, point: Pos2) -> [f64; 3] {
        let scale = self.px_per_point();
        let offset = point - self.cell.min;
        self.slice
            .mm_of_px([f64::from(offset.x) * scale, f64::from(offset.y) * scale])
    }

    /// Where a point in RAS mm is on the canvas, projected along the normal.
    pub fn point_of(&self, mm: [f64; 3]) -> Pos2 {
        let scale = self.px_per_point();
        let [x, y] = self.slice.px_of_mm(mm);
        self.cell.min + pos2((x / scale) as f32, (y / scale) as f32).to_vec2()
    }
}

/// One thing to draw.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A filled rectangle.
    Fill {
        /// Where.
        rect: Rect,
        /// With what.
        colour: Color32,
    },
    /// The picture of `views[view]`, over its whole cell.
    Image {
        /// Index into [`DisplayList::views`].
        view: usize,
    },
    /// A straight line.
    Line {
        /// One end.
        from: Pos2,
        /// The other.
        to: Pos2,
        /// Points.
        width: f32,
        /// Colour, straight alpha allowed.
        colour: Color32,
    },
    /// A rectangle whose colour runs from left to right through evenly spaced stops.
    Gradient {
        /// Where.
        rect: Rect,
        /// At least two colours.
        stops: Vec<Color32>,
    },
    /// A line of text.
    Text(Text),
}

/// Everything a canvas shows, back to front.
#[derive(Debug, Clone, PartialEq)]
pub struct DisplayList {
    /// The canvas, points.
    pub rect: Rect,
    /// Physical pixels per point.
    pub pixels_per_point: f32,
    /// What to draw, in this order.
    pub items: Vec<Item>,
    /// The pictures among it.
    pub views: Vec<View>,
    /// Where the canvas's cells lie, points; `None` for one without room.
    pub frames: Vec<Option<Rect>>,
    /// Names that may be cut, whole, and where they are written.
    pub names: Vec<(Rect, String)>,
    /// Which of the maps that stand side by side are on this page, where they do.
    pub maps: Option<MapsPage>,
}

/// A page of maps that stand side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MapsPage {
    /// Number of its first map among those shown, from 0.
    pub first: usize,
    /// Maps on it.
    pub count: usize,
    /// Maps a page has room for.
    pub per_page: usize,
    /// Maps on all pages.
    pub total: usize,
}

impl MapsPage {
    /// Whether there are others.
    pub fn is_one_of_several(&self) -> bool {
        self.total > self.per_page
    }

    /// "Maps 1–12 of 23".
    pub fn label(&self) -> String {
        let last = self.first + self.count;
        match self.count {
            1 => format!("Map {last} of {}", self.total),
            _ => format!("Maps {}–{last} of {}", self.first + 1, self.total),
        }
    }
}

impl DisplayList {
    /// The texts in drawing order, for summaries and tests.
    pub fn texts(&self) -> impl Iterator<Item = &Text> {
        self.items.iter().filter_map(|item| match item {
            Item::Text(text) => Some(text),
            _ => None,
        })
    }
}
