//! The colour bar as a control: threshold and range on it, over the histogram of the map.

use eframe::egui::{
    Color32, CursorIcon, Mesh, Pos2, Rect, Response, Sense, Shape, Stroke, Ui, WidgetInfo, pos2,
    vec2,
};

use crate::app::kit::theme::Tokens;
use crate::app::kit::widgets::slider_steps;
use crate::app::model::Edge;
use crate::render::{Histogram, LayerDisplay, RangeStart, ThresholdMode};

const HISTOGRAM: f32 = 34.0;
const BAR: f32 = 14.0;
/// Colours along one side.
const PIECES: usize = 48;

/// What the user did to a handle of the bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BarAction {
    /// Moved it to an absolute value.
    Move {
        /// Whether it is of the negative side.
        negative: bool,
        /// Which.
        edge: Edge,
        /// Where.
        value: f32,
    },
    /// Wants it where it was at first.
    Reset {
        /// Whether it is of the negative side.
        negative: bool,
        /// Which.
        edge: Edge,
    },
    /// Let go.
    Released,
}

/// The control.
pub struct RangeBar<'a> {
    /// Of the layer's values.
    pub histogram: Option<&'a Histogram>,
    /// Shown and changed.
    pub display: &'a LayerDisplay,
    /// Whether another layer's threshold decides: this one has none then.
    pub gated: bool,
}

#[derive(Clone, Copy)]
struct Axis {
    left: f32,
    width: f32,
    end: f32,
    signed: bool,
}

impl Axis {
    fn x(&self, value: f32) -> f32 {
        let share = if self.signed {
            0.5 + 0.5 * value / self.end
        } else {
            value / self.end
        };
        self.left + self.width * share.clamp(0.0, 1.0)
    }

    fn value(&self, x: f32) -> f32 {
        let share = ((x - self.left) / self.width).clamp(0.0, 1.0);
        if self.signed {
            (2.0 * share - 1.0) * self.end
        } else {
            share * self.end
        }
    }

    /// Value of a step of one point.
    fn per_point(&self) -> f32 {
        self.end * if self.signed { 2.0 } else { 1.0 } / self.width
    }
}

/// One handle.
struct Handle {
    negative: bool,
    edge: Edge,
    value: f32,
    /// Keyboard and screen readers meet it; a mirrored one only follows the pointer.
    own: bool,
}

impl RangeBar<'_> {
    /// Draws it; returns what was done.
    pub fn show(&self, ui: &mut Ui, t: &Tokens) -> Option<BarAction> {
        let width = ui.available_width();
        let (rect, _) = ui.allocate_exact_size(vec2(width, HISTOGRAM + BAR + 8.0), Sense::hover());
        let display = self.display;
        let signed = self.histogram.is_none_or(|h| h.signed);
        let largest = display.maximum.max(display.range(true).maximum);
        let end = self.histogram.map_or(largest * 1.15, |h| h.end);
        let axis = Axis {
            // The outermost handles stay whole.
            left: rect.left() + 3.0,
            width: width - 6.0,
            end: end.max(largest).max(f32::MIN_POSITIVE),
            signed,
        };
        let bar = Rect::from_min_size(pos2(rect.left(), rect.top() + HISTOGRAM), vec2(width, BAR));
        self.paint_histogram(ui, t, &axis, bar.top());
        self.paint_bar(ui, t, &axis, bar);
        let mut action = None;
        for handle in self.handles(signed) {
            action = self.handle(ui, t, &axis, bar, &handle).or(action);
        }
        action
    }

    /// Maxima first, so that a threshold lies above them.
    fn handles(&self, signed: bool) -> Vec<Handle> {
        let display = self.display;
        let mut handles = Vec::new();
        for negative in [true, false] {
            if !display.signs.shows(negative) || (negative && !signed) {
                continue;
            }
            let alone = !display.signs.shows(!negative);
            let own = !negative || alone || display.negative_range.is_some();
            let range = display.range(negative);
            let mut add = |edge, value| {
                handles.push(Handle {
                    negative,
                    edge,
                    value,
                    own,
                });
            };
            add(Edge::Maximum, range.maximum);
            if let RangeStart::Value(value) = range.minimum {
                add(Edge::Minimum, value);
            }
            if !self.gated {
                add(Edge::Threshold, range.threshold);
            }
        }
        handles
    }

    fn handle(&self, ui: &Ui, t: &Tokens, axis: &Axis, bar: Rect, h: &Handle) -> Option<BarAction> {
        let sign = if h.negative { -1.0 } else { 1.0 };
        let at = pos2(axis.x(sign * h.value), bar.center().y);
        let id = ui.scope_id().with((h.edge, h.negative));
        let sense = if h.own {
            Sense::click_and_drag()
        } else {
            Sense::CLICK | Sense::DRAG
        };
        let hit = Rect::from_center_size(at, vec2(12.0, BAR + 14.0));
        let response = ui
            .interact(hit, id, sense)
            .on_hover_cursor(CursorIcon::ResizeHorizontal);
        let name = match (h.negative, self.display.negative_range.is_some()) {
            (true, true) => format!("Negative {}", h.edge.label().to_lowercase()),
            (true, false) if !h.own => format!("{}, mirrored", h.edge.label()),
            _ => h.edge.label().to_owned(),
        };
        response.widget_info(|| WidgetInfo::slider(ui.is_enabled(), f64::from(h.value), &name));
        paint_handle(ui, t, &response, at, h.edge);
        let response =
            response.on_hover_text(format!("{name}. Drag; Shift is fine; double-click resets"));

        let (negative, edge) = (h.negative, h.edge);
        if response.double_clicked() {
            return Some(BarAction::Reset { negative, edge });
        }
        let fine = ui.input(|input| input.modifiers.shift);
        let mut moved = None;
        if response.dragged() {
            moved = if fine {
                let step = response.drag_delta().x * axis.per_point() * 0.1;
                Some((h.value + sign * step).max(0.0))
            } else {
                let pointer = response.interact_pointer_pos();
                pointer.map(|pointer| (sign * axis.value(pointer.x)).max(0.0))
            };
        }
        let steps = slider_steps(ui, &response);
        if steps != 0.0 {
            // `slider_steps` counts ten for one with Shift, which here is a tenth.
            let fine = steps.abs() >= 10.0;
            let size = if fine { 0.01 } else { 1.0 } * axis.end / 200.0;
            moved = Some((h.value + size * steps).max(0.0));
        }
        match moved.filter(|new| *new != h.value) {
            Some(value) => Some(BarAction::Move {
                negative,
                edge,
                value,
            }),
            None => {
                (response.drag_stopped() || response.lost_focus()).then_some(BarAction::Released)
            }
        }
    }

    fn paint_histogram(&self, ui: &Ui, t: &Tokens, axis: &Axis, bottom: f32) {
        let Some(histogram) = self.histogram else {
            return;
        };
        let half = histogram.bins.len() / 2;
        let bins = if axis.signed {
            &histogram.bins[..]
        } else {
            &histogram.bins[half..]
        };
        // Cube root: the tail that matters is hundreds of times lower than the middle.
        let top = bins.iter().copied().max().unwrap_or(0) as f32;
        if top <= 0.0 {
            return;
        }
        let painter = ui.painter();
        let place = |n: usize| {
            let s = n as f32 / bins.len() as f32;
            let s = if axis.signed { 2.0 * s - 1.0 } else { s };
            axis.x(s * histogram.end)
        };
        for (n, &count) in bins.iter().enumerate().filter(|(_, count)| **count > 0) {
            let share = (count as f32 / top).cbrt();
            let (left, right) = (place(n), place(n + 1));
            let height = (share * (HISTOGRAM - 4.0)).max(0.75);
            let bar = Rect::from_min_max(
                pos2(left, bottom - 2.0 - height),
                pos2((right - 0.75).max(left + 0.5), bottom - 2.0),
            );
            painter.rect_filled(bar, 0.0, t.text_3.gamma_multiply(0.6));
        }
    }

    /// The colours as they are drawn in the views: what is hidden is empty, what is faint is faint.
    fn paint_bar(&self, ui: &Ui, t: &Tokens, axis: &Axis, bar: Rect) {
        ui.painter().rect_filled(bar, 2.0, t.track);
        let display = self.display;
        let mut mesh = Mesh::default();
        let mut piece = |from: f32, to: f32, first: Color32, last: Color32| {
            let base = mesh.vertices.len() as u32;
            for (x, colour) in [(axis.x(from), first), (axis.x(to), last)] {
                mesh.colored_vertex(Pos2::new(x, bar.top()), colour);
                mesh.colored_vertex(Pos2::new(x, bar.bottom()), colour);
            }
            mesh.add_triangle(base, base + 1, base + 2);
            mesh.add_triangle(base + 1, base + 3, base + 2);
        };
        for negative in [false, true] {
            if !display.signs.shows(negative) || (negative && !axis.signed) {
                continue;
            }
            let sign = if negative { -1.0 } else { 1.0 };
            let mut range = display.range(negative);
            if self.gated && range.minimum == RangeStart::Threshold {
                range.minimum = RangeStart::Zero;
            }
            let threshold = if self.gated {
                0.0
            } else {
                range.threshold.max(0.0)
            };
            let map = display.map(negative);
            let colour = |value: f32| {
                let alpha = if value < threshold {
                    (value / threshold).powi(2)
                } else {
                    1.0
                };
                let colour = map.colour(negative, range.place(value));
                colour.gamma_multiply(alpha)
            };
            let mut run = |from: f32, to: f32| {
                for n in 0..PIECES {
                    let at = |n: usize| from + (to - from) * n as f32 / PIECES as f32;
                    // Just inside, so that a step at the threshold stays one.
                    let (a, b) = (at(n), at(n + 1));
                    let inside = if to <= threshold {
                        b.min(threshold * 0.999)
                    } else {
                        b
                    };
                    piece(sign * a, sign * b, colour(a), colour(inside));
                }
            };
            if display.mode != ThresholdMode::Hide && threshold > 0.0 {
                run(0.0, threshold);
            }
            run(threshold, range.maximum.max(threshold));
            let last = map.colour(negative, 1.0);
            piece(
                sign * range.maximum.max(threshold),
                sign * axis.end,
                last,
                last,
            );
        }
        ui.painter().add(Shape::mesh(mesh));
    }
}

/// A threshold is a bold bar through the colours, a minimum or maximum a short one on them.
fn paint_handle(ui: &Ui, t: &Tokens, response: &Response, at: Pos2, edge: Edge) {
    let hot = response.hovered() || response.dragged() || response.has_focus();
    let size = match (edge, hot) {
        (Edge::Threshold, false) => vec2(5.0, BAR + 8.0),
        (Edge::Threshold, true) => vec2(6.0, BAR + 10.0),
        (_, false) => vec2(3.0, BAR),
        (_, true) => vec2(4.0, BAR + 6.0),
    };
    let grip = Rect::from_center_size(at, size);
    ui.painter().rect_filled(grip.expand(1.0), 3.0, t.panel);
    let fill = if response.has_focus() {
        t.accent
    } else {
        t.handle
    };
    ui.painter().rect_filled(grip, 2.0, fill);
    if edge == Edge::Minimum {
        let tip = grip.center_top() - vec2(0.0, 1.0);
        let stroke = Stroke::new(1.5, fill);
        ui.painter()
            .line_segment([tip, tip + vec2(4.0, 0.0)], stroke);
    }
}
