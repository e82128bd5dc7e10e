//! Ranked rows: the bar lies behind the text, numbers stand in columns.

use eframe::egui::{Align2, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::controls::focus_ring;
use super::text::{paint_name, paint_text};
use crate::app::kit::theme::{Tokens, Type};

/// Height of a ranked row.
pub const ROW: f32 = 25.0;

/// A clickable row with a bar behind its name and two numbers.
#[derive(Debug, Clone, Copy)]
pub struct BarRow<'a> {
    /// Name, left.
    pub name: &'a str,
    /// Length of the bar, 0..=1.
    pub share: f32,
    /// First number.
    pub first: &'a str,
    /// Second number, quieter.
    pub second: &'a str,
    /// Whether it is marked: its map is among the layers.
    pub marked: bool,
    /// Whether its bar is grey: what it says may be chance.
    pub doubtful: bool,
    /// What screen readers say.
    pub label: &'a str,
}

impl BarRow<'_> {
    /// Draws the row; the response tells clicks.
    pub fn show(self, ui: &mut Ui, t: &Tokens) -> Response {
        let (rect, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), self.label));
        let body = Rect::from_min_max(rect.min, pos2(rect.right(), rect.bottom() - 2.0));
        let painter = ui.painter();
        if response.hovered() {
            painter.rect_filled(body, 4.0, t.raised);
        }
        let width = (body.width() * self.share.clamp(0.0, 1.0)).max(3.0);
        let bar = Rect::from_min_size(body.min, vec2(width, body.height()));
        let fill = if self.doubtful { t.track } else { t.bar };
        painter.rect_filled(bar, 3.0, fill);
        if self.marked {
            let mark = Rect::from_min_size(body.min, vec2(2.5, body.height()));
            painter.rect_filled(mark, 1.0, t.accent);
        }
        let middle = body.center().y;
        let right = body.right() - 8.0;
        paint_text(
            painter,
            pos2(right, middle),
            Align2::RIGHT_CENTER,
            self.second,
            Type::Body,
            t.text_2,
        );
        let first = pos2(right - 58.0, middle);
        paint_text(
            painter,
            first,
            Align2::RIGHT_CENTER,
            self.first,
            Type::Strong,
            t.text,
        );
        let space = first.x - 44.0 - body.left() - 9.0;
        paint_name(
            painter,
            pos2(body.left() + 9.0, middle),
            self.name,
            Type::Strong,
            t.text,
            space,
            &response,
        );
        focus_ring(ui, t, &response, body);
        response
    }
}

/// A clickable row: a name, a thin bar and a number. The bar of a negative share is grey.
pub fn amount_row(ui: &mut Ui, t: &Tokens, name: &str, share: f32, number: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 21.0), Sense::click());
    let label = format!("{name} {number}");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), &label));
    if response.hovered() {
        ui.painter().rect_filled(rect, 4.0, t.raised);
    }
    let painter = ui.painter();
    let middle = rect.center().y;
    let left = rect.left() + 9.0;
    let right = rect.right() - 8.0;
    paint_text(
        painter,
        pos2(right, middle),
        Align2::RIGHT_CENTER,
        number,
        Type::Body,
        t.text,
    );
    let bar_left = rect.left() + rect.width() * 0.47;
    let rail = Rect::from_min_max(
        pos2(bar_left, middle - 2.0),
        pos2(right - 42.0, middle + 2.0),
    );
    painter.rect_filled(rail, 2.0, t.track.gamma_multiply(0.6));
    let filled = vec2(rail.width() * share.abs().min(1.0), rail.height());
    let fill = if share < 0.0 { t.text_3 } else { t.accent };
    painter.rect_filled(Rect::from_min_size(rail.min, filled), 2.0, fill);
    paint_name(
        painter,
        pos2(left, middle),
        name,
        Type::Body,
        t.text,
        bar_left - left - 8.0,
        &response,
    );
    focus_ring(ui, t, &response, rect);
    response
}
