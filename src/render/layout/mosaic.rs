//! A mosaic: many slices of one plane in rows, each with its position beneath, and a small picture
//! that shows where they lie.

use eframe::egui::{Align2, Rect, pos2, vec2};

use super::grid::{self, line_width_px, snap_line};
use super::marks::{self, Ink};
use super::{Draft, Page, fit_into};
use crate::render::cell::{Mosaic, Zoom};
use crate::render::list::{View, ViewKind};
use crate::render::scene::Plane;
use crate::render::text::{Span, Text, Weight, millimetres};

/// Room for the title, points.
const HEADER: f32 = 34.0;

/// Room around a slice: across, above, below (its position stands there).
const ACROSS: f32 = 6.0;
const TOP: f32 = 3.0;
const FOOT: f32 = 17.0;

/// Tiles narrower than this have no room for letters beside the position.
const LETTERED: f32 = 62.0;

/// Draws a mosaic into a cell.
pub(super) fn draw(page: &mut Page<'_>, part: usize, mosaic: &Mosaic, frame: Rect) {
    let positions = mosaic.positions_mm(&page.bounds);
    let reference = mosaic.reference.then(|| reference_plane(mosaic.plane));
    let count = positions.len() + usize::from(reference.is_some());
    let inner = Rect::from_min_max(frame.min + vec2(8.0, HEADER), frame.max - vec2(8.0, 4.0));
    let Some((tiles, scale)) = divide(page, mosaic.plane, inner, count) else {
        return;
    };
    let axis = mosaic.plane.normal_axis();
    // Without a crosshair no slice is set apart from the others.
    let nearest = nearest(&positions, page.scene.cut_mm[axis]).filter(|_| page.scene.crosshair);
    let lift = 0.5 * (TOP - FOOT);
    let mut ink = Ink::new(page.colours, false);
    let mut first = None;
    let mut tiles = tiles.into_iter();
    if let (Some(plane), Some(tile)) = (reference, tiles.next()) {
        // The whole head, whatever the slices magnify.
        let own = fit_into(&page.bounds, plane, tile, [2.0 * ACROSS, TOP + FOOT]);
        let draft = Draft::new(part, ViewKind::Slice, plane, tile);
        let mut view = page.place(&draft, scale.max(own), lift, Zoom::default());
        // Through the middle of the head, wherever the crosshair is.
        let normal = plane.normal_axis();
        view.slice.centre_mm[normal] = page.bounds.centre()[normal];
        page.image(view);
        lines(&mut ink, page, &view, mosaic.plane, &positions, nearest);
    }
    for (n, (mm, tile)) in positions.iter().zip(tiles).enumerate() {
        let draft = Draft::new(part, ViewKind::Slice, mosaic.plane, tile);
        let mut view = page.place(&draft, scale, lift, page.options.zoom);
        view.slice.centre_mm[axis] = *mm;
        page.image(view);
        first.get_or_insert(view);
        let here = nearest == Some(n);
        if here {
            let mut free = tile;
            free.max.y -= FOOT;
            let ppp = page.list.pixels_per_point;
            marks::crosshair(&mut ink, &view, free, 0.0, page.scene.cut_mm, ppp);
        }
        caption(&mut ink, page, &view, *mm, here);
    }
    header(&mut ink, page, mosaic, frame, &positions, first.as_ref());
    page.list.items.extend(ink.items);
}

/// The plane that sees the slices of another edge on.
fn reference_plane(plane: Plane) -> Plane {
    match plane {
        Plane::Axial | Plane::Coronal => Plane::Sagittal,
        Plane::Sagittal => Plane::Axial,
    }
}

/// Rows and columns with the largest slices.
fn divide(page: &Page<'_>, plane: Plane, inner: Rect, count: usize) -> Option<(Vec<Rect>, f64)> {
    let ppp = page.list.pixels_per_point;
    (1..=count)
        .filter_map(|columns| {
            let tiles = grid::tiles(inner, ppp, columns, count.div_ceil(columns));
            let margins = [2.0 * ACROSS, TOP + FOOT];
            let scale = fit_into(&page.bounds, plane, *tiles.first()?, margins);
            Some((tiles, scale))
        })
        .min_by(|a, b| a.1.total_cmp(&b.1))
}

/// The slice the cut point lies in: the nearest, no further off than half the way to the next.
fn nearest(positions: &[f64], cut_mm: f64) -> Option<usize> {
    let step = positions
        .windows(2)
        .map(|p| p[1] - p[0])
        .fold(f64::INFINITY, f64::min);
    let reach = if step.is_finite() { 0.5 * step } else { 0.5 };
    let distance = |n: &usize| (positions[*n] - cut_mm).abs();
    (0..positions.len())
        .min_by(|a, b| distance(a).total_cmp(&distance(b)))
        .filter(|n| distance(n) <= reach + 1e-9)
}

/// Where the slices lie, in the small picture.
fn lines(
    ink: &mut Ink,
    page: &Page<'_>,
    view: &View,
    plane: Plane,
    positions: &[f64],
    nearest: Option<usize>,
) {
    let ppp = page.list.pixels_per_point;
    let width = line_width_px(ppp) as f32 / ppp;
    let corners = [page.bounds.low, page.bounds.high].map(|mm| view.point_of(mm));
    let head = Rect::from_two_pos(corners[0], corners[1])
        .expand(4.0)
        .intersect(view.cell);
    let axis = plane.normal_axis();
    let upright = view.slice.plane.across_axis() == axis;
    for (n, mm) in positions.iter().enumerate() {
        let mut point = page.bounds.centre();
        point[axis] = *mm;
        let at = view.point_of(point);
        let colour = if nearest == Some(n) {
            page.colours.accent
        } else {
            page.colours.letter.gamma_multiply(0.55)
        };
        if upright {
            let x = snap_line(at.x, ppp);
            let (top, bottom) = (head.min.y, head.max.y);
            ink.line(pos2(x, top), pos2(x, bottom), width, colour);
        } else {
            let y = snap_line(at.y, ppp);
            let (left, right) = (head.min.x, head.max.x);
            ink.line(pos2(left, y), pos2(right, y), width, colour);
        }
    }
}

/// "L   z 12   R" under a slice.
fn caption(ink: &mut Ink, page: &Page<'_>, view: &View, mm: f64, here: bool) {
    let cell = view.cell;
    let plane = view.slice.plane;
    let marks = page.options.marks;
    let y = cell.max.y - 3.0;
    let colours = page.colours;
    let mut put = |x: f32, align, text: &str, weight, colour| {
        let text = Text::line(pos2(x, y), align, text, 10.5, weight, colour);
        ink.text(text);
    };
    if marks.coordinates {
        let colour = if here { colours.accent } else { colours.muted };
        let text = marks::position(plane, mm);
        let x = cell.center().x;
        put(x, Align2::CENTER_BOTTOM, &text, Weight::Regular, colour);
    }
    if (marks.labels || plane != Plane::Sagittal) && cell.width() >= LETTERED {
        let [left, right, ..] = plane.letters(view.slice.convention);
        let (near, far) = (cell.min.x + 6.0, cell.max.x - 6.0);
        let colour = colours.letter;
        put(near, Align2::LEFT_BOTTOM, left, Weight::Medium, colour);
        put(far, Align2::RIGHT_BOTTOM, right, Weight::Medium, colour);
    }
}

/// Title at the left, scale bar at the right.
fn header(
    ink: &mut Ink,
    page: &Page<'_>,
    mosaic: &Mosaic,
    frame: Rect,
    positions: &[f64],
    first: Option<&View>,
) {
    let marks = page.options.marks;
    let mut right = frame.max.x - 12.0;
    if let (Some(view), true) = (first, marks.scale_bar) {
        let ppp = page.list.pixels_per_point;
        let at = pos2(right, frame.min.y + 18.0);
        let room = 0.3 * frame.width();
        marks::scale_bar(ink, view, at, room, ppp);
        right -= room;
    }
    if !marks.labels {
        return;
    }
    let span = |text: String, weight, colour| Span {
        text,
        weight,
        size: 12.5,
        colour,
    };
    let letter = ["x", "y", "z"][mosaic.plane.normal_axis()];
    let (from, to) = (positions[0], positions[positions.len() - 1]);
    let mut detail = format!("  {} slices", positions.len());
    if marks.coordinates && positions.len() > 1 {
        detail += &format!(", {letter} {} to {}", millimetres(from), millimetres(to));
    }
    ink.text(Text {
        anchor: frame.min + vec2(12.0, 10.0),
        align: Align2::LEFT_TOP,
        spans: vec![
            span(
                mosaic.plane.title().to_owned(),
                Weight::SemiBold,
                page.colours.text,
            ),
            span(detail, Weight::Regular, page.colours.muted),
        ],
        max_width: (right - frame.min.x - 24.0).max(8.0),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crosshair_lies_in_the_nearest_slice_or_in_none() {
        let positions = [-10.0, 0.0, 10.0];
        assert_eq!(nearest(&positions, 4.0), Some(1));
        assert_eq!(nearest(&positions, 14.0), Some(2));
        assert_eq!(nearest(&positions, 16.0), None);
        assert_eq!(nearest(&[3.0], 3.2), Some(0));
        assert_eq!(nearest(&[3.0], 9.0), None);
        assert_eq!(nearest(&positions, f64::NAN), None);
    }
}
