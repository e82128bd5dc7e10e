//! Fractions of a canvas → rectangles whose edges lie on physical pixels.

use eframe::egui::{Pos2, Rect, pos2};

/// Edges closer than this fraction of a canvas are one edge.
const SAME_EDGE: f32 = 2e-3;

/// Longest edge of a canvas, physical pixels.
const LONGEST_PX: i64 = 1 << 15;

/// A density that can be drawn with.
pub(super) fn sound_density(pixels_per_point: f32) -> f32 {
    if pixels_per_point.is_finite() {
        pixels_per_point.clamp(0.05, 64.0)
    } else {
        1.0
    }
}

/// Physical pixels of the thinnest line: one point, at least a pixel.
pub(super) fn line_width_px(ppp: f32) -> i64 {
    (ppp.round() as i64).max(1)
}

/// The middle of a line an odd number of pixels wide lies on a pixel's centre.
pub(super) fn snap_line(v: f32, ppp: f32) -> f32 {
    let width = line_width_px(ppp) as f32;
    ((v * ppp - 0.5 * width).round() + 0.5 * width) / ppp
}

/// A rectangle in whole physical pixels: left, top, right, bottom. `None` where it cannot be drawn.
fn in_pixels(rect: Rect, ppp: f32) -> Option<[i64; 4]> {
    let px = [rect.min.x, rect.min.y, rect.max.x, rect.max.y].map(|v| v * ppp);
    if px.iter().any(|v| !v.is_finite() || v.abs() > 1e7) {
        return None;
    }
    let px = px.map(|v| v.round() as i64);
    let fits = |n: i64| (8..=LONGEST_PX).contains(&n);
    (fits(px[2] - px[0]) && fits(px[3] - px[1])).then_some(px)
}

fn in_points([x0, y0, x1, y1]: [i64; 4], ppp: f32) -> Rect {
    let point = |x: i64, y: i64| -> Pos2 { pos2(x as f32 / ppp, y as f32 / ppp) };
    Rect::from_min_max(point(x0, y0), point(x1, y1))
}

/// Places cells given as fractions, with one line's width between neighbours; `None` for a cell
/// without room.
pub(super) fn place(units: &[Rect], rect: Rect, ppp: f32) -> Vec<Option<Rect>> {
    let Some([x0, y0, x1, y1]) = in_pixels(rect, ppp) else {
        return vec![None; units.len()];
    };
    let gap = line_width_px(ppp);
    let xs = merged(units.iter().flat_map(|u| [u.min.x, u.max.x]));
    let ys = merged(units.iter().flat_map(|u| [u.min.y, u.max.y]));
    // The near and the far side of an edge: the line lies between.
    let sides = |edges: &[f32], at: f32, from: i64, to: i64| -> (i64, i64) {
        let edge = edges
            .iter()
            .copied()
            .find(|e| (e - at).abs() <= SAME_EDGE)
            .unwrap_or(at);
        if edge <= SAME_EDGE {
            return (from, from);
        }
        if edge >= 1.0 - SAME_EDGE {
            return (to, to);
        }
        let middle = from as f32 + edge * (to - from) as f32;
        let near = (middle - 0.5 * gap as f32).round() as i64;
        (near, near + gap)
    };
    units
        .iter()
        .map(|unit| {
            let left = sides(&xs, unit.min.x, x0, x1).1;
            let right = sides(&xs, unit.max.x, x0, x1).0;
            let top = sides(&ys, unit.min.y, y0, y1).1;
            let bottom = sides(&ys, unit.max.y, y0, y1).0;
            (right - left >= 8 && bottom - top >= 8)
                .then(|| in_points([left, top, right, bottom], ppp))
        })
        .collect()
}

/// Sorted values, those that are nearly equal once.
fn merged(values: impl Iterator<Item = f32>) -> Vec<f32> {
    let mut values: Vec<f32> = values.filter(|v| v.is_finite()).collect();
    values.sort_by(f32::total_cmp);
    values.dedup_by(|b, a| *b - *a <= SAME_EDGE);
    values
}

/// Divides a rectangle into rows of tiles without lines between them, filled row by row; edges on
/// physical pixels. Fewer where there is no room.
pub(super) fn tiles(rect: Rect, ppp: f32, columns: usize, rows: usize) -> Vec<Rect> {
    let Some([x0, y0, x1, y1]) = in_pixels(rect, ppp) else {
        return Vec::new();
    };
    let size = [
        (x1 - x0) / columns.max(1) as i64,
        (y1 - y0) / rows.max(1) as i64,
    ];
    if size[0] < 8 || size[1] < 8 {
        return Vec::new();
    }
    // What the division leaves over goes to the margins.
    let left = x0 + (x1 - x0 - size[0] * columns as i64) / 2;
    (0..columns * rows)
        .map(|n| {
            let x = left + (n % columns) as i64 * size[0];
            let y = y0 + (n / columns) as i64 * size[1];
            in_points([x, y, x + size[0], y + size[1]], ppp)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::vec2;

    #[test]
    fn nearly_equal_edges_make_one_line() {
        let units = [
            Rect::from_min_max(pos2(0.0, 0.0), pos2(0.4999, 1.0)),
            Rect::from_min_max(pos2(0.5004, 0.0), pos2(1.0, 0.3)),
            Rect::from_min_max(pos2(0.4996, 0.3), pos2(1.0, 1.0)),
        ];
        for ppp in [1.0, 1.25, 1.5, 2.0, 3.0] {
            let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(701.0, 433.0));
            let placed: Vec<_> = place(&units, rect, ppp).into_iter().flatten().collect();
            let line = line_width_px(ppp) as f32 / ppp;
            assert_eq!(placed.len(), 3);
            for right in &placed[1..] {
                assert!((right.min.x - placed[0].max.x - line).abs() < 1e-3);
            }
            assert!((placed[2].min.y - placed[1].max.y - line).abs() < 1e-3);
        }
    }

    #[test]
    fn rectangles_without_room_are_left_out() {
        let half = Rect::from_min_max(pos2(0.0, 0.0), pos2(0.5, 1.0));
        for rect in [
            Rect::from_min_size(pos2(0.0, 0.0), vec2(3.0, 900.0)),
            Rect::from_min_size(pos2(0.0, 0.0), vec2(f32::NAN, 9.0)),
            Rect::from_min_size(pos2(0.0, 0.0), vec2(1e9, 1e9)),
            Rect::NOTHING,
            Rect::EVERYTHING,
        ] {
            assert_eq!(place(&[half], rect, 1.0), [None]);
            assert!(tiles(rect, 1.0, 2, 2).is_empty());
        }
    }
}
