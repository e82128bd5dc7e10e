//! Messages above the status line: what failed, why, what to do, the path last.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use eframe::egui::{
    Align2, Area, Frame, Id, Margin, Modal, Order, Pos2, Rect, Role, ScrollArea, Sense, Stroke, Ui,
    WidgetInfo, accesskit, vec2,
};

use crate::app::feature::{Call, Cx};
use crate::app::kit::theme::{STATUS, Type};
use crate::app::kit::widgets::{Icon, icon_button, paragraph, say};
use crate::app::kit::words::{full_sentence as sentence, remedy};
use crate::app::model::{Body, Message, Messages};
use crate::error::Explanation;

const WIDTH: f32 = 348.0;

/// Draws the messages over the canvas, newest lowest, beside a right column of this width.
pub(super) fn messages(ui: &mut Ui, cx: &mut Cx<'_>, messages: &mut Messages, right_column: f32) {
    log(ui, cx, messages);
    if messages.list.is_empty() {
        messages.held = false;
        return;
    }
    let offset = vec2(-right_column - 12.0, -STATUS - 12.0);
    let mut closed = None;
    let area = Area::new(Id::unique("messages"))
        .order(Order::Foreground)
        .anchor(Align2::RIGHT_BOTTOM, offset)
        .show(ui.ctx(), |ui| {
            ui.set_max_width(WIDTH);
            ui.spacing_mut().item_spacing.y = 8.0;
            for message in &messages.list {
                ui.push_id(message.number, |ui| {
                    if card(ui, cx, message, &messages.cut_short) {
                        closed = Some(message.number);
                    }
                });
            }
        });
    messages.held = area.response.contains_pointer();
    if let Some(number) = closed {
        messages.list.retain(|message| message.number != number);
    }
}

/// The failures that went by, newest first.
fn log(ui: &mut Ui, cx: &mut Cx<'_>, messages: &mut Messages) {
    if !messages.log_open {
        return;
    }
    let t = cx.t;
    let mut closed = None;
    let window = Modal::new(Id::unique("message log"))
        .frame(Frame::popup(ui.style()).inner_margin(Margin::same(18)))
        .backdrop_color(t.scrim)
        .show(ui.ctx(), |ui| {
            ui.set_width(WIDTH);
            say(ui, "Earlier messages", Type::Title, t.text);
            ui.add_space(8.0);
            if messages.log.is_empty() {
                paragraph(ui, "Nothing has failed so far.", Type::Body, t.text_2);
            }
            let height = ui.ctx().content_rect().height() - 180.0;
            ScrollArea::vertical().max_height(height).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 8.0;
                for message in messages.log.iter().rev() {
                    ui.push_id(message.number, |ui| {
                        if card(ui, cx, message, &messages.cut_short) {
                            closed = Some(message.number);
                        }
                    });
                }
            });
        });
    if let Some(number) = closed {
        messages.log.retain(|message| message.number != number);
    }
    if window.should_close() {
        messages.log_open = false;
    }
}

/// "2 messages" in the status line, its right end at `at`, where failures went by unseen; returns
/// its left edge.
pub(super) fn bell(ui: &mut Ui, cx: &mut Cx<'_>, unread: usize, at: Pos2) -> f32 {
    if unread == 0 {
        return at.x;
    }
    let text = match unread {
        1 => "1 message".to_owned(),
        n => format!("{n} messages"),
    };
    let word = ui
        .painter()
        .layout_no_wrap(text.clone(), Type::Strong.font(), cx.t.error);
    let rect = Align2::RIGHT_CENTER.anchor_size(at, word.size());
    let response = ui.interact(rect.expand(6.0), ui.scope_id().with("bell"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &text));
    ui.painter().galley(rect.min, word, cx.t.error);
    if response.clicked() {
        cx.run("messages");
    }
    rect.left() - 20.0
}

/// Draws one message; whether it was closed. `cut_short` are files that can be opened in part.
fn card(ui: &mut Ui, cx: &mut Cx<'_>, message: &Message, cut_short: &BTreeSet<PathBuf>) -> bool {
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
                    if let Some(path) = explanation.path.as_ref().filter(|p| cut_short.contains(*p))
                    {
                        let button = ui.button("Open what is there");
                        let button = button.on_hover_text("Missing voxels are shown as no data");
                        if button.clicked() {
                            cx.call(Call::OpenPartial(path.clone()));
                            closed = true;
                        }
                    }
                    let place = |n: f32| {
                        let centre = top_right + vec2(-10.0 - 24.0 * n, 9.0);
                        Rect::from_center_size(centre, vec2(24.0, 24.0))
                    };
                    closed |=
                        icon_button(ui, t, place(0.0), Icon::Cross, "Close message").clicked();
                    if icon_button(ui, t, place(1.0), Icon::Copy, "Copy message").clicked() {
                        cx.call(Call::Copy {
                            text: explanation.to_string(),
                            notice: "The message is copied",
                        });
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
