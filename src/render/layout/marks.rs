//! What is written into a view: its title, the letters at its edges, the crosshair, the scale bar.

use eframe::egui::{Align2, Color32, Pos2, Rect, pos2, vec2};

use super::Draft;
use super::grid::{line_width_px, snap_line};
use crate::render::cell::Marks;
use crate::render::colour::CanvasColours;
use crate::render::list::{Item, View, ViewKind};
use crate::render::scene::{Plane, Scene};
use crate::render::text::{Span, Text, Weight, millimetres};

/// Half the gap of the crosshair around the cut point, points: what is under it stays visible.
const CROSSHAIR_GAP: f32 = 6.0;

/// Widest title of a view and its left margin, points: further left the upper letter would touch it.
pub(super) const TITLE_WIDTH: f32 = 160.0;

/// Height of a title and what lies above it, points.
const TITLE_HEIGHT: f32 = 28.0;

/// Letters, lines and their colours. Over a magnified brain the letters get a rim of background.
pub(super) struct Ink {
    pub(super) items: Vec<Item>,
    pub(super) colours: CanvasColours,
    rim: bool,
}

impl Ink {
    pub(super) fn new(colours: CanvasColours, rim: bool) -> Self {
        Self {
            items: Vec::new(),
            colours,
            rim,
        }
    }

    pub(super) fn text(&mut self, text: Text) {
        if self.rim {
            for offset in [
                vec2(-1.0, 0.0),
                vec2(1.0, 0.0),
                vec2(0.0, -1.0),
                vec2(0.0, 1.0),
            ] {
                let mut behind = text.clone();
                behind.anchor += offset;
                for span in &mut behind.spans {
                    span.colour = self.colours.background;
                }
                self.items.push(Item::Text(behind));
            }
        }
        self.items.push(Item::Text(text));
    }

    pub(super) fn line(&mut self, from: Pos2, to: Pos2, width: f32, colour: Color32) {
        if from.x < to.x || from.y < to.y {
            self.items.push(Item::Line {
                from,
                to,
                width,
                colour,
            });
        }
    }
}

/// "x −20".
pub(super) fn position(plane: Plane, mm: f64) -> String {
    let letter = ["x", "y", "z"][plane.normal_axis()];
    format!("{letter} {}", millimetres(mm))
}

pub(super) fn title(ink: &mut Ink, view: &View, draft: &Draft, scene: &Scene, marks: Marks) {
    let plane = view.slice.plane;
    let mut name = String::new();
    let mut detail = Vec::new();
    let at = || position(plane, scene.cut_mm[plane.normal_axis()]);
    match (view.kind, &draft.heading) {
        // What a cell of its own shows must be told even where labels are off.
        (_, Some(heading)) => {
            name.clone_from(heading);
            if draft.says_plane && marks.coordinates {
                detail.push(at());
            }
        }
        (ViewKind::Slice, None) => {
            if marks.labels && draft.says_plane {
                plane.title().clone_into(&mut name);
            }
            if marks.coordinates && draft.says_plane {
                detail.push(at());
            }
        }
        (ViewKind::Glass, None) if marks.labels => {
            "Glass brain".clone_into(&mut name);
            detail.push(plane.title().to_lowercase());
        }
        (ViewKind::Glass, None) => {}
    }
    let span = |text: String, weight, colour| Span {
        text,
        weight,
        size: 12.5,
        colour,
    };
    let gap = if name.is_empty() { "" } else { "  " };
    let detail = detail.join("  ");
    if name.is_empty() && detail.is_empty() {
        return;
    }
    let spans = vec![
        span(name, Weight::SemiBold, ink.colours.text),
        span(format!("{gap}{detail}"), Weight::Regular, ink.colours.muted),
    ];
    ink.text(Text {
        anchor: view.cell.min + vec2(12.0, 10.0),
        align: Align2::LEFT_TOP,
        spans,
        max_width: (view.cell.width() - 24.0).max(8.0),
    });
}

/// The letters stand at the edges, level with the middle of the brain. L and R are always there, the
/// others where labels are wanted.
pub(super) fn letters(ink: &mut Ink, view: &View, middle: Pos2, marks: Marks, draft: &Draft) {
    let cell = view.cell;
    let [left, right, top, bottom] = view.slice.plane.letters(view.slice.convention);
    let sides = marks.labels || view.slice.plane != Plane::Sagittal;
    let colour = ink.colours.letter;
    let put = |ink: &mut Ink, anchor, align, letter: &str| {
        ink.text(Text::line(
            anchor,
            align,
            letter,
            12.0,
            Weight::Medium,
            colour,
        ));
    };
    let lowest = (cell.max.y - 30.0).max(cell.min.y + 30.0);
    let y = middle.y.clamp(cell.min.y + 30.0, lowest);
    let x = middle.x.clamp(cell.min.x, cell.max.x);
    if sides {
        put(ink, pos2(cell.min.x + 12.0, y), Align2::LEFT_CENTER, left);
        put(ink, pos2(cell.max.x - 12.0, y), Align2::RIGHT_CENTER, right);
    }
    if !marks.labels {
        return;
    }
    // Beside the title where there is room, else below it.
    let first_row = draft.heading.is_none() && x - cell.min.x > TITLE_WIDTH;
    let top_y = cell.min.y + if first_row { 10.0 } else { 24.0 };
    put(ink, pos2(x, top_y), Align2::CENTER_TOP, top);
    if !draft.hosts {
        let at = pos2(x, cell.max.y - 8.0);
        put(ink, at, Align2::CENTER_BOTTOM, bottom);
    }
}

/// Two lines through the cut point, open in the middle, on whole pixels; the upright one keeps clear
/// of a title of this width.
pub(super) fn crosshair(
    ink: &mut Ink,
    view: &View,
    cell: Rect,
    title_width: f32,
    cut_mm: [f64; 3],
    ppp: f32,
) {
    let at = view.point_of(cut_mm);
    let width = line_width_px(ppp) as f32 / ppp;
    let (x, y) = (snap_line(at.x, ppp), snap_line(at.y, ppp));
    let colour = ink.colours.accent.gamma_multiply(0.85);
    let gap = CROSSHAIR_GAP;
    let (low, high) = (cell.min, cell.max);
    if cell.x_range().contains(x) {
        let (above, below) = (
            (y - gap).clamp(low.y, high.y),
            (y + gap).clamp(low.y, high.y),
        );
        // Lines begin below the title, where there is one.
        let titled = (8.0..title_width + 8.0).contains(&(x - low.x));
        let top = if titled { low.y + TITLE_HEIGHT } else { low.y };
        ink.line(pos2(x, top.min(above)), pos2(x, above), width, colour);
        ink.line(pos2(x, below), pos2(x, high.y), width, colour);
    }
    if cell.y_range().contains(y) {
        let (before, after) = (
            (x - gap).clamp(low.x, high.x),
            (x + gap).clamp(low.x, high.x),
        );
        ink.line(pos2(low.x, y), pos2(before, y), width, colour);
        ink.line(pos2(after, y), pos2(high.x, y), width, colour);
    }
}

/// A length of 1, 2 or 5 × 10ⁿ mm no longer than `most_mm`.
pub(super) fn round_length(most_mm: f64) -> Option<f64> {
    if !(most_mm.is_finite() && most_mm > 1e-6) {
        return None;
    }
    let power = 10f64.powf(most_mm.log10().floor());
    [5.0, 2.0, 1.0]
        .into_iter()
        .map(|n| n * power)
        .find(|length| *length <= most_mm * (1.0 + 1e-9))
}

/// "5 cm", "2 mm".
fn length_text(mm: f64) -> String {
    if mm >= 10.0 {
        format!("{} cm", mm / 10.0)
    } else {
        format!("{} mm", (1e6 * mm).round() / 1e6)
    }
}

/// A bar of a round length with its length before it, ending at `right_middle`, within `room` points.
pub(super) fn scale_bar(ink: &mut Ink, view: &View, right_middle: Pos2, room: f32, ppp: f32) {
    // Room for "50 cm" and a gap.
    let words = 40.0;
    let mm_per_point = view.slice.mm_per_px * f64::from(ppp);
    let longest = f64::from((room - words).min(110.0)) * mm_per_point;
    let Some(length_mm) = round_length(longest) else {
        return;
    };
    let length = (length_mm / mm_per_point) as f32;
    let width = 2.0 * line_width_px(ppp) as f32 / ppp;
    let y = (right_middle.y * ppp).round() / ppp;
    let left = right_middle.x - length;
    let colour = ink.colours.letter;
    if ink.rim {
        let (from, to) = (pos2(left - 1.0, y), pos2(right_middle.x + 1.0, y));
        ink.line(from, to, width + 2.0, ink.colours.background);
    }
    ink.line(pos2(left, y), pos2(right_middle.x, y), width, colour);
    ink.text(Text::line(
        pos2(left - 6.0, y),
        Align2::RIGHT_CENTER,
        length_text(length_mm),
        11.0,
        Weight::Regular,
        colour,
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_round_and_fit() {
        for (most, expected) in [
            (31.0, 20.0),
            (50.0, 50.0),
            (99.9, 50.0),
            (100.0, 100.0),
            (7.0, 5.0),
            (0.3, 0.2),
        ] {
            assert!(
                (round_length(most).unwrap() - expected).abs() < 1e-9,
                "{most}"
            );
        }
        for none in [0.0, -4.0, f64::NAN, f64::INFINITY] {
            assert_eq!(round_length(none), None);
        }
        assert_eq!(length_text(50.0), "5 cm");
        assert_eq!(length_text(5.0), "5 mm");
        assert_eq!(length_text(0.2), "0.2 mm");
    }
}
