//! Messages above the status line: what failed, why, what to do, the path last.

use std::fmt::Write as _;

use eframe::egui::{
    Align2, Area, Frame, Id, Margin, Order, Rect, Role, Stroke, Ui, WidgetInfo, accesskit, vec2,
};

use super::Cx;
use crate::app::state::{Body, Message, Messages};
use crate::app::theme::{RIGHT, STATUS, Type};
use crate::app::widgets::{Icon, icon_button, paragraph};
use crate::app::words::{full_sentence as sentence, remedy};
use crate::error::Explanation;

const WIDTH: f32 = 348.0;

/// Draws the messages over the canvas, newest lowest.
pub fn messages(ui: &mut Ui, cx: &Cx<'_>, messages: &mut Messages) {
    if messages.list.is_empty() {
        return;
    }
    let offset = vec2(-RIGHT - 12.0, -STATUS - 12.0);
    let mut closed = None;
    Area::new(Id::unique("messages"))
        .order(Order::Foreground)
        .anchor(Align2::RIGHT_BOTTOM, offset)
        .show(ui.ctx(), |ui| {
            ui.set_max_width(WIDTH);
            ui.spacing_mut().item_spacing.y = 8.0;
            for message in &messages.list {
                ui.push_id(message.number, |ui| {
                    if card(ui, cx, message) {
                        closed = Some(message.number);
                    }
                });
            }
        });
    if let Some(number) = closed {
        messages.list.retain(|message| message.number != number);
    }
}

/// Draws one message; whether it was closed.
fn card(ui: &mut Ui, cx: &Cx<'_>, message: &Message) -> bool {
    let t = cx.t;
    let mut closed = false;
    let is_error = matches!(message.body, Body::Error(_));
    let shown = Frame::popup(ui.style())
        .fill(t.raised)
        .inner_margin(Margin {
            left: 14,
            right: 10,
            top: 10,
            bottom: 11,
        })
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            match &message.body {
                Body::Notice(text) => {
                    paragraph(ui, text, Type::Body, t.text);
                }
                Body::Error(explanation) => {
                    ui.set_width(WIDTH - 24.0);
                    let top_right = ui.max_rect().right_top();
                    let width = ui.available_width();
                    ui.scope(|ui| {
                        ui.set_max_width(width - 54.0);
                        paragraph(ui, &explanation.what, Type::Strong, t.text);
                    });
                    paragraph(ui, &sentence(&explanation.why), Type::Body, t.text_2);
                    paragraph(ui, &remedy(&explanation.remedy), Type::Body, t.text);
                    if let Some(path) = &explanation.path {
                        paragraph(ui, &path.display().to_string(), Type::Small, t.text_3);
                    }
                    let place = |n: f32| {
                        let centre = top_right + vec2(-10.0 - 24.0 * n, 9.0);
                        Rect::from_center_size(centre, vec2(24.0, 24.0))
                    };
                    closed = icon_button(ui, t, place(0.0), Icon::Cross, "Close message").clicked();
                    if icon_button(ui, t, place(1.0), Icon::Copy, "Copy message").clicked() {
                        ui.ctx().copy_text(explanation.to_string());
                    }
                }
            }
        });
    if is_error {
        let edge = Rect::from_min_size(
            shown.response.rect.min + vec2(1.0, 8.0),
            vec2(3.0, shown.response.rect.height() - 16.0),
        );
        ui.painter().rect_filled(edge, 1.5, t.error);
        ui.painter()
            .rect_stroke(edge, 1.5, Stroke::NONE, eframe::egui::StrokeKind::Inside);
    }
    let spoken = match &message.body {
        Body::Notice(text) => text.clone(),
        Body::Error(explanation) => spoken(explanation),
    };
    shown
        .response
        .widget_info(|| WidgetInfo::labeled(Role::Alert, true, &spoken));
    ui.ctx().accesskit_node_builder(shown.response.id, |node| {
        node.set_live(accesskit::Live::Polite);
    });
    closed
}

fn spoken(explanation: &Explanation) -> String {
    let mut text = explanation.what.clone();
    // Writing to a String cannot fail.
    write!(
        text,
        ". {} {}",
        sentence(&explanation.why),
        remedy(&explanation.remedy)
    )
    .ok();
    text
}
