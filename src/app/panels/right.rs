//! Right column: tabs, their content, and the text field that is always there.

use eframe::egui::{
    Align2, Frame, Id, Key, Margin, Panel, Rect, Role, ScrollArea, Sense, Stroke, TextEdit, Ui,
    WidgetInfo, pos2, vec2,
};

use super::{
    Cx, decode::decode_tab, info::info_tab, peak_table::peaks_tab, studies::studies_tab,
    values::values_tab,
};
use crate::app::command::{Command, Tab};
use crate::app::state::WindowState;
use crate::app::theme::{HEADING, PAD, Type};
use crate::app::widgets::{elided, field_frame, paint_elided, paint_text};

/// Hint and name of the text field.
pub const TEXT_HINT: &str = "Type a task or a sentence to see its map…";

/// Draws the column into its panel.
pub fn right_column(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut WindowState) {
    tabs(ui, cx, state);
    let margin = Margin {
        left: PAD as i8,
        right: PAD as i8,
        top: 8,
        bottom: 12,
    };
    Panel::bottom("text field")
        .frame(Frame::new().inner_margin(margin))
        .show_separator_line(false)
        .resizable(false)
        .show(ui, |ui| text_field(ui, cx, state));
    ScrollArea::vertical()
        .id_salt(state.tab.label())
        .auto_shrink(false)
        .show(ui, |ui| {
            let margin = Margin {
                left: PAD as i8,
                right: PAD as i8,
                top: 14,
                bottom: 8,
            };
            Frame::new()
                .inner_margin(margin)
                .show(ui, |ui| match state.tab {
                    Tab::Decode => decode_tab(ui, cx, state),
                    Tab::Studies => studies_tab(ui, cx, state),
                    Tab::Peaks => peaks_tab(ui, cx, state),
                    Tab::Values => values_tab(ui, cx, state),
                    Tab::Info => info_tab(ui, cx, state),
                });
        });
}

fn tabs(ui: &mut Ui, cx: &mut Cx<'_>, state: &WindowState) {
    let t = cx.t;
    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEADING), Sense::hover());
    let mut x = bar.left();
    for tab in Tab::ALL {
        let chosen = state.tab == tab;
        let role = if chosen { Type::Strong } else { Type::Body };
        let colour = if chosen { t.text } else { t.text_2 };
        let galley = elided(ui.painter(), tab.label(), role, colour, 120.0);
        let rect = Rect::from_min_size(
            pos2(x, bar.top()),
            vec2(galley.size().x + 2.0 * PAD, bar.height()),
        );
        let response = ui.interact(rect, ui.scope_id().with(tab.label()), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::Tab, true, chosen, tab.label()));
        if response.hovered() && !chosen {
            ui.painter()
                .rect_filled(rect.shrink2(vec2(2.0, 4.0)), 4.0, t.raised);
        }
        let at = Align2::CENTER_CENTER.anchor_size(rect.center(), galley.size());
        ui.painter().galley(at.min, galley, colour);
        if chosen || response.has_focus() {
            let y = bar.bottom() - 1.0;
            ui.painter()
                .hline(rect.x_range(), y, Stroke::new(2.0, t.accent));
        }
        if response.clicked() {
            cx.send(Command::SetTab(tab));
        }
        x = rect.right();
    }
    ui.painter().hline(
        x..=bar.right(),
        bar.bottom() - 0.5,
        Stroke::new(1.0, t.line),
    );
    ui.add_space(-ui.spacing().item_spacing.y);
}

fn text_field(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut WindowState) {
    let t = cx.t;
    let id = Id::unique("predict text");
    if let Some(activity) = &cx.busy.predict
        && activity.elapsed_ms > 120.0
    {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::hover());
        let stage = if activity.stage.is_empty() {
            "Predicting a map…"
        } else {
            &activity.stage
        };
        let at = pos2(rect.left() + 2.0, rect.center().y);
        paint_elided(ui.painter(), at, stage, Type::Body, t.text_2, rect.width());
    }
    if state.focus_text {
        ui.memory_mut(|memory| memory.request_focus(id));
        state.focus_text = false;
    }
    let focused = ui.memory(|memory| memory.has_focus(id));
    let outer = field_frame(t, focused).show(ui, |ui| {
        let response = ui.add(
            TextEdit::singleline(&mut state.text)
                .id(id)
                .frame(Frame::NONE)
                .desired_width(f32::INFINITY)
                .char_limit(2000)
                .text_color(t.text)
                .font(Type::Body.font()),
        );
        let response = response.accessible_name(TEXT_HINT);
        if state.text.is_empty() {
            let at = response.rect.left_center();
            let width = response.rect.width() - if focused { 0.0 } else { 22.0 };
            paint_elided(ui.painter(), at, TEXT_HINT, Type::Body, t.text_3, width);
            if !focused {
                let at = response.rect.right_center();
                paint_text(
                    ui.painter(),
                    at,
                    Align2::RIGHT_CENTER,
                    "/",
                    Type::Small,
                    t.text_3,
                );
            }
        }
        response
    });
    let response = outer.inner;
    let enter = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if enter && !state.text.trim().is_empty() {
        let text = state.text.trim().to_owned();
        let wanted = text.to_lowercase();
        let known = state
            .catalogue
            .tasks
            .iter()
            .find(|task| task.name.to_lowercase() == wanted);
        let task_id = known.map(|task| task.id.clone());
        cx.send(Command::Predict { text, task_id });
        state.text.clear();
        state.focus_text = true;
    }
}
