//! The command palette: commands, tasks, regions and coordinates behind one field.

use eframe::egui::{
    Align2, Area, Frame, Id, Key, Margin, Modifiers, Order, Rect, Role, ScrollArea, Sense,
    TextEdit, Ui, WidgetInfo, pos2,
    text::{LayoutJob, TextFormat},
    vec2,
};

use super::{Cx, top::PALETTE_HINT};
use crate::app::finder::{Found, find};
use crate::app::state::WindowState;
use crate::app::theme::Type;
use crate::app::widgets::{paint_elided, paint_text};

const WIDTH: f32 = 520.0;
const ROW: f32 = 30.0;

/// Draws the palette where it is open.
pub fn palette(ui: &Ui, cx: &mut Cx<'_>, state: &mut WindowState) {
    let Some(palette) = &mut state.palette else {
        return;
    };
    let t = cx.t;
    let id = Id::unique("palette query");
    let (up, down, enter, escape) = ui.input_mut(|input| {
        (
            input.count_and_consume_key(Modifiers::NONE, Key::ArrowUp),
            input.count_and_consume_key(Modifiers::NONE, Key::ArrowDown),
            input.consume_key(Modifiers::NONE, Key::Enter),
            input.consume_key(Modifiers::NONE, Key::Escape),
        )
    });
    let window = ui.ctx().content_rect();
    let width = WIDTH.min(window.width() - 32.0);
    let mut chosen = None;
    let shown = Area::new(Id::unique("palette"))
        .order(Order::Foreground)
        .anchor(Align2::CENTER_TOP, vec2(0.0, 3.0))
        .show(ui.ctx(), |ui| {
            Frame::popup(ui.style())
                .inner_margin(Margin::same(6))
                .show(ui, |ui| {
                    ui.set_width(width);
                    ui.spacing_mut().item_spacing.y = 0.0;
                    let field = Frame::new()
                        .inner_margin(Margin::symmetric(8, 7))
                        .show(ui, |ui| {
                            let response = ui.add(
                                TextEdit::singleline(&mut palette.query)
                                    .id(id)
                                    .frame(Frame::NONE)
                                    .desired_width(f32::INFINITY)
                                    .font(Type::Body.font())
                                    .text_color(t.text),
                            );
                            if palette.query.is_empty() {
                                let at = response.rect.left_center();
                                let width = response.rect.width();
                                paint_elided(
                                    ui.painter(),
                                    at,
                                    PALETTE_HINT,
                                    Type::Body,
                                    t.text_3,
                                    width,
                                );
                            }
                            response.accessible_name("Find a command, task, region or coordinate")
                        });
                    if palette.fresh {
                        field.inner.request_focus();
                        palette.fresh = false;
                    }
                    if field.inner.changed() {
                        palette.row = 0;
                    }
                    ui.separator();
                    // After the field: what was typed in this frame counts in this frame.
                    let found = find(&palette.query, &state.catalogue);
                    let last = found.len().saturating_sub(1);
                    palette.row = (palette.row + down).saturating_sub(up).min(last);
                    if enter {
                        chosen = found.get(palette.row).map(|entry| entry.command.clone());
                    }
                    let height = (window.height() - 160.0).clamp(ROW, 11.0 * ROW);
                    ScrollArea::vertical()
                        .max_height(height)
                        .auto_shrink([false, true])
                        .show(ui, |ui| {
                            if found.is_empty() {
                                let (rect, _) = ui.allocate_exact_size(
                                    vec2(ui.available_width(), ROW),
                                    Sense::hover(),
                                );
                                let at = rect.left_center() + vec2(8.0, 0.0);
                                let text = "Nothing of that name";
                                paint_elided(ui.painter(), at, text, Type::Body, t.text_2, width);
                            }
                            for (n, entry) in found.iter().enumerate() {
                                if row(ui, cx, entry, n == palette.row, up + down > 0) {
                                    chosen = Some(entry.command.clone());
                                }
                            }
                        });
                });
        });
    let outside = ui.input(|input| {
        input.pointer.any_pressed()
            && input
                .pointer
                .interact_pos()
                .is_some_and(|at| !shown.response.rect.contains(at))
    });
    if let Some(command) = chosen {
        cx.send(command);
        state.palette = None;
    } else if escape || outside {
        state.palette = None;
    }
}

fn row(ui: &mut Ui, cx: &Cx<'_>, entry: &Found, chosen: bool, follow: bool) -> bool {
    let t = cx.t;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(
            Role::ListBoxOption,
            true,
            chosen,
            format!("{}: {}", entry.group, entry.label),
        )
    });
    if chosen {
        ui.painter().rect_filled(rect, 5.0, t.accent_soft);
        if follow {
            response.scroll_to_me(None);
        }
    } else if response.hovered() {
        ui.painter().rect_filled(rect, 5.0, t.raised);
    }
    let painter = ui.painter();
    let middle = rect.center().y;
    let right = match entry.command.shortcut() {
        Some(shortcut) => crate::app::words::keys(&shortcut),
        None => entry.group.to_owned(),
    };
    let at = pos2(rect.right() - 8.0, middle);
    let right = paint_text(
        painter,
        at,
        Align2::RIGHT_CENTER,
        right,
        Type::Small,
        t.text_3,
    );
    let mut job = LayoutJob::default();
    for (n, letter) in entry.label.chars().enumerate() {
        let hit = entry.hits.contains(&n);
        let (role, colour) = if hit {
            (Type::Strong, t.accent)
        } else {
            (Type::Body, t.text)
        };
        job.append(
            letter.encode_utf8(&mut [0; 4]),
            0.0,
            TextFormat::simple(role.font(), colour),
        );
    }
    job.wrap.max_rows = 1;
    job.wrap.max_width = right.left() - rect.left() - 20.0;
    job.wrap.break_anywhere = true;
    let galley = painter.layout_job(job);
    let place: Rect =
        Align2::LEFT_CENTER.anchor_size(pos2(rect.left() + 8.0, middle), galley.size());
    painter.galley(place.min, galley, t.text);
    response.clicked()
}
