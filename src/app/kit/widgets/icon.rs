//! Icons drawn with lines, sharp at every scale.

use eframe::egui::{
    Color32, Painter, Pos2, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, vec2,
};

use crate::app::kit::theme::Tokens;

/// The icons in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    /// An open eye: shown.
    Eye,
    /// A struck eye: hidden.
    EyeOff,
    /// A cross: remove, close.
    Cross,
    /// Two sheets: copy.
    Copy,
    /// A loop: reset.
    Reset,
}

impl Icon {
    /// Draws the icon into a square of 12 points around `centre`.
    pub fn paint(self, painter: &Painter, centre: Pos2, colour: Color32) {
        let stroke = Stroke::new(1.2, colour);
        let p = |x: f32, y: f32| centre + vec2(x, y);
        match self {
            Self::Eye | Self::EyeOff => {
                let lid = |sign: f32| {
                    (0..=12)
                        .map(|i| {
                            let x = -5.5 + 11.0 * i as f32 / 12.0;
                            p(x, sign * 3.4 * (1.0 - (x / 5.5).powi(2)))
                        })
                        .collect::<Vec<_>>()
                };
                painter.line(lid(1.0), stroke);
                painter.line(lid(-1.0), stroke);
                painter.circle_stroke(centre, 1.5, stroke);
                if self == Self::EyeOff {
                    painter.line_segment([p(-4.5, 4.5), p(4.5, -4.5)], stroke);
                }
            }
            Self::Cross => {
                painter.line_segment([p(-3.5, -3.5), p(3.5, 3.5)], stroke);
                painter.line_segment([p(-3.5, 3.5), p(3.5, -3.5)], stroke);
            }
            Self::Copy => {
                let sheet = |x: f32, y: f32| Rect::from_center_size(p(x, y), vec2(6.5, 7.5));
                painter.line(vec![p(-1.5, -4.8), p(-4.7, -4.8), p(-4.7, 2.0)], stroke);
                painter.rect_stroke(
                    sheet(1.2, 1.0),
                    1.0,
                    stroke,
                    eframe::egui::StrokeKind::Middle,
                );
            }
            Self::Reset => {
                let arc = (0..=20)
                    .map(|i| {
                        let a = -0.6 + 5.0 * i as f32 / 20.0;
                        p(4.2 * a.cos(), 4.2 * a.sin())
                    })
                    .collect::<Vec<_>>();
                painter.line(arc, stroke);
                painter.line_segment([p(3.5, -2.4), p(3.7, -5.4)], stroke);
                painter.line_segment([p(3.5, -2.4), p(0.7, -3.3)], stroke);
            }
        }
    }
}

/// A button of 24 points that shows an icon. `label` is what screen readers say and the tooltip.
pub fn icon_button(ui: &mut Ui, t: &Tokens, rect: Rect, icon: Icon, label: &str) -> Response {
    let id = ui
        .scope_id()
        .with((label, rect.min.x as i32, rect.min.y as i32));
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), label));
    let strong = response.hovered() || response.has_focus();
    if strong {
        ui.painter().rect_filled(rect, 4.0, t.line);
    }
    icon.paint(
        ui.painter(),
        rect.center(),
        if strong { t.text } else { t.text_2 },
    );
    response.on_hover_text(label)
}
