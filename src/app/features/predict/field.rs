//! The field at the foot of the right column: a task or a sentence, whose map follows while it is typed.

use eframe::egui::{Align2, Area, Frame, Id, Key, Order, Rect, Sense, TextEdit, Ui, pos2, vec2};

use super::typed::one;
use super::{Predict, support_lines};
use crate::app::feature::{Call, Cx};
use crate::app::kit::theme::Type;
use crate::app::kit::widgets::{field_frame, paint_elided, paint_text};
use crate::app::model::Focus;

/// Hint and name of the text field.
const TEXT_HINT: &str = "Type a task or a sentence to see its map…";
/// Letters that can be typed; longer texts go into the tab.
const MAX_LETTERS: usize = 2000;

impl Predict {
    /// What is done while no map comes, or how the work goes.
    fn activity(&self, ui: &mut Ui, cx: &Cx<'_>) {
        let t = cx.t;
        let activity = self.keep.activity().or_else(|| self.glance.activity());
        // What follows the keys is there before a line about it could be read.
        let Some(activity) = activity.filter(|activity| activity.elapsed_ms > 250.0) else {
            return;
        };
        let size = vec2(ui.available_width(), 18.0);
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        let stage = if activity.stage.is_empty() {
            "Predicting a map…"
        } else {
            &activity.stage
        };
        let at = pos2(rect.left() + 2.0, rect.center().y);
        paint_elided(ui.painter(), at, stage, Type::Body, t.text_2, rect.width());
    }

    /// Says above the field how much the literature supports what is typed.
    fn say_above(&self, ui: &Ui, cx: &Cx<'_>, field: Rect) {
        let Some(wanted) = one(&self.text, &cx.desk.catalogue) else {
            return;
        };
        let Some(supports) = self.live.supports(&wanted) else {
            return;
        };
        // The column's foot has one height.
        Area::new(Id::unique("support of the text"))
            .order(Order::Foreground)
            .pivot(Align2::LEFT_BOTTOM)
            .fixed_pos(field.left_top() - vec2(0.0, 6.0))
            .show(ui.ctx(), |ui| {
                Frame::popup(ui.style()).show(ui, |ui| {
                    ui.set_width(field.width() - 14.0);
                    support_lines(ui, cx.t, supports);
                });
            });
    }

    /// Draws it.
    pub(super) fn draw_field(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let t = cx.t;
        self.activity(ui, cx);
        let id = Id::unique("predict text");
        if cx.desk.focus == Some(Focus::Text) {
            ui.memory_mut(|memory| memory.request_focus(id));
        }
        let focused = ui.memory(|memory| memory.has_focus(id));
        let outer = field_frame(t, focused).show(ui, |ui| {
            let response = ui.add(
                TextEdit::singleline(&mut self.text)
                    .id(id)
                    .frame(Frame::NONE)
                    .desired_width(f32::INFINITY)
                    .char_limit(MAX_LETTERS)
                    .text_color(t.text)
                    .font(Type::Body.font()),
            );
            let response = response.accessible_name(TEXT_HINT);
            if self.text.is_empty() {
                let at = response.rect.left_center();
                let width = response.rect.width() - if focused { 0.0 } else { 22.0 };
                paint_elided(ui.painter(), at, TEXT_HINT, Type::Body, t.text_3, width);
                if !focused {
                    let at = response.rect.right_center();
                    let right = Align2::RIGHT_CENTER;
                    paint_text(ui.painter(), at, right, "/", Type::Small, t.text_3);
                }
            }
            response
        });
        let response = outer.inner;
        if response.has_focus() {
            self.say_above(ui, cx, outer.response.rect);
        }
        if response.changed() {
            let wanted = one(&self.text, &cx.desk.catalogue);
            self.follow(wanted, cx, ui.ctx());
        }
        let (enter, escape) = ui.input(|i| (i.key_pressed(Key::Enter), i.key_pressed(Key::Escape)));
        if response.lost_focus() && escape && !self.text.is_empty() {
            self.text.clear();
            self.follow(None, cx, ui.ctx());
        }
        if response.lost_focus()
            && enter
            && let Some(wanted) = one(&self.text, &cx.desk.catalogue)
        {
            cx.call(Call::Predict { wanted, keep: true });
            self.text.clear();
            self.rest();
            ui.memory_mut(|memory| memory.request_focus(id));
        }
    }
}
