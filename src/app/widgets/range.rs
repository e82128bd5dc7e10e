//! Threshold and range on the colour bar, over the histogram of the map.

use eframe::egui::{
    Color32, CursorIcon, Mesh, Pos2, Rect, Response, Role, Sense, Shape, Ui, WidgetInfo, pos2, vec2,
};

use super::controls::slider_steps;
use crate::app::display::Histogram;
use crate::app::theme::Tokens;
use crate::render::{LayerDisplay, Signs};

const HISTOGRAM: f32 = 30.0;
const BAR: f32 = 12.0;

/// What the user did to the bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RangeAction {
    /// Moved the threshold.
    Threshold(f32),
    /// Moved the upper end.
    Maximum(f32),
    /// Let go.
    Released,
}

/// The control.
pub struct RangeBar<'a> {
    /// Of the layer's values.
    pub histogram: Option<&'a Histogram>,
    /// Shown and changed.
    pub display: &'a LayerDisplay,
    /// Colour at an absolute position 0..=1 between threshold and maximum, by sign.
    pub colour: &'a dyn Fn(bool, f32) -> Color32,
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
}

impl RangeBar<'_> {
    /// Draws it; returns what was done.
    pub fn show(&self, ui: &mut Ui, t: &Tokens) -> Option<RangeAction> {
        let width = ui.available_width();
        let (rect, _) = ui.allocate_exact_size(vec2(width, HISTOGRAM + BAR + 8.0), Sense::hover());
        let display = self.display;
        let end = self
            .histogram
            .map_or(display.maximum * 1.15, |h| h.end)
            .max(display.maximum);
        let signed = self.histogram.is_none_or(|h| h.signed);
        let axis = Axis {
            left: rect.left(),
            width,
            end,
            signed,
        };
        let bar = Rect::from_min_size(pos2(rect.left(), rect.top() + HISTOGRAM), vec2(width, BAR));
        self.paint_histogram(ui, t, &axis, bar.top());
        self.paint_bar(ui, t, &axis, bar);
        let mut action = None;
        for negative in [true, false] {
            let shows = match display.signs {
                Signs::Both => signed || !negative,
                Signs::Positive => !negative,
                Signs::Negative => negative,
            };
            if !shows || (negative && !signed) {
                continue;
            }
            // Keyboard and screen readers meet each handle once: on the positive side where shown.
            let main = !negative || display.signs == Signs::Negative;
            let sign = if negative { -1.0 } else { 1.0 };
            for (name, value) in [
                ("Upper end", display.maximum),
                ("Threshold", display.threshold),
            ] {
                let x = axis.x(sign * value);
                let response = self.handle(ui, t, name, value, x, bar, main, negative);
                let step = end / 200.0;
                let mut moved = None;
                if response.dragged()
                    && let Some(at) = response.interact_pointer_pos()
                {
                    moved = Some((sign * axis.value(at.x)).max(0.0));
                }
                let steps = if main {
                    slider_steps(ui, &response)
                } else {
                    0.0
                };
                if steps != 0.0 {
                    moved = Some((value + step * steps).max(0.0));
                }
                if let Some(new) = moved.filter(|new| *new != value) {
                    action = Some(match name {
                        "Threshold" => RangeAction::Threshold(new),
                        _ => RangeAction::Maximum(new),
                    });
                } else if response.drag_stopped() {
                    action = Some(RangeAction::Released);
                }
            }
        }
        action
    }

    #[expect(clippy::too_many_arguments, reason = "one handle, drawn in one place")]
    fn handle(
        &self,
        ui: &Ui,
        t: &Tokens,
        name: &str,
        value: f32,
        x: f32,
        bar: Rect,
        main: bool,
        negative: bool,
    ) -> Response {
        let is_threshold = name == "Threshold";
        let hit = Rect::from_center_size(pos2(x, bar.center().y), vec2(12.0, BAR + 12.0));
        let id = ui.scope_id().with((name, negative));
        let sense = if main {
            Sense::click_and_drag()
        } else {
            Sense::drag()
        };
        let response = ui
            .interact(hit, id, sense)
            .on_hover_cursor(CursorIcon::ResizeHorizontal);
        if main {
            response.widget_info(|| WidgetInfo::slider(ui.is_enabled(), f64::from(value), name));
        } else {
            response.widget_info(|| {
                WidgetInfo::labeled(
                    Role::Splitter,
                    ui.is_enabled(),
                    format!("{name}, negative side"),
                )
            });
        }
        let hot = response.hovered() || response.dragged() || response.has_focus();
        let size = match (is_threshold, hot) {
            (true, false) => vec2(5.0, BAR + 8.0),
            (true, true) => vec2(6.0, BAR + 10.0),
            (false, false) => vec2(2.0, BAR + 2.0),
            (false, true) => vec2(4.0, BAR + 6.0),
        };
        let grip = Rect::from_center_size(pos2(x, bar.center().y), size);
        ui.painter().rect_filled(grip.expand(1.0), 3.0, t.panel);
        let fill = if response.has_focus() {
            t.accent
        } else {
            t.handle
        };
        ui.painter().rect_filled(grip, 2.0, fill);
        response
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
        let scale = histogram.end / axis.end;
        let painter = ui.painter();
        for (n, &count) in bins.iter().enumerate() {
            let share = (count as f32 / top).cbrt();
            let place = |n: usize| {
                let s = n as f32 / bins.len() as f32;
                let v = if axis.signed {
                    (2.0 * s - 1.0) * scale
                } else {
                    s * scale
                } * axis.end;
                axis.x(v)
            };
            let (left, right) = (place(n), place(n + 1));
            if count > 0 {
                let height = (share * (HISTOGRAM - 4.0)).max(0.75);
                let bar = Rect::from_min_max(
                    pos2(left, bottom - 2.0 - height),
                    pos2((right - 0.75).max(left + 0.5), bottom - 2.0),
                );
                painter.rect_filled(bar, 0.0, t.text_3.gamma_multiply(0.6));
            }
        }
    }

    fn paint_bar(&self, ui: &Ui, t: &Tokens, axis: &Axis, bar: Rect) {
        ui.painter().rect_filled(bar, 2.0, t.track);
        let display = self.display;
        let mut mesh = Mesh::default();
        let mut piece = |from: f32, to: f32, colour_from: Color32, colour_to: Color32| {
            let (x0, x1) = (axis.x(from), axis.x(to));
            let base = mesh.vertices.len() as u32;
            for (x, colour) in [(x0, colour_from), (x1, colour_to)] {
                mesh.colored_vertex(Pos2::new(x, bar.top()), colour);
                mesh.colored_vertex(Pos2::new(x, bar.bottom()), colour);
            }
            mesh.add_triangle(base, base + 1, base + 2);
            mesh.add_triangle(base + 1, base + 3, base + 2);
        };
        for (negative, shown) in [
            (false, display.signs != Signs::Negative),
            (true, axis.signed && display.signs != Signs::Positive),
        ] {
            if !shown {
                continue;
            }
            let sign = if negative { -1.0 } else { 1.0 };
            let span = display.maximum - display.threshold;
            const PIECES: usize = 24;
            for n in 0..PIECES {
                let (a, b) = (n as f32 / PIECES as f32, (n + 1) as f32 / PIECES as f32);
                piece(
                    sign * (display.threshold + a * span),
                    sign * (display.threshold + b * span),
                    (self.colour)(negative, a),
                    (self.colour)(negative, b),
                );
            }
            let last = (self.colour)(negative, 1.0);
            piece(sign * display.maximum, sign * axis.end, last, last);
        }
        ui.painter().add(Shape::mesh(mesh));
    }
}
