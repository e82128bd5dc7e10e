//! The sheet of keys and mouse, made from the command table.

use eframe::egui::{Frame, Grid, Id, Margin, Modal, RichText, ScrollArea, Ui, vec2};

use crate::app::feature::Cx;
use crate::app::kit::theme::{Tokens, Type};
use crate::app::kit::widgets::say;
use crate::app::kit::words;

const MOUSE: [(&str, &str); 12] = [
    ("Click or drag on a slice", "Move the crosshair"),
    ("Wheel over a slice", "Next slice"),
    ("Ctrl and wheel, or two fingers", "Zoom at the pointer"),
    ("Drag with the middle button, or Space", "Pan a zoomed view"),
    ("Double-click a view", "Show it alone, or all"),
    ("Drag a title or a line between views", "Arrange the views"),
    ("Click a task", "Preview the map predicted for it"),
    ("Double-click a task", "Add that map as a layer"),
    ("Drag a handle on the colour bar", "Threshold and range"),
    ("with Shift; double-click", "Finely; back to the start"),
    ("Drag a layer in the list", "Move it up or down"),
    ("Drop files on the window", "Open them as layers"),
];

const MOVES: [(&str, &str); 4] = [
    ("← →", "1 mm left, right"),
    ("↑ ↓", "1 mm forward, back"),
    ("Page Up, Page Down", "1 mm up, down"),
    ("with Shift", "10 mm"),
];

/// Draws the sheet; whether it should close.
pub(super) fn help_sheet(ui: &Ui, cx: &Cx<'_>) -> bool {
    let t = cx.t;
    let frame = Frame::popup(ui.style()).inner_margin(Margin::same(20));
    let modal = Modal::new(Id::unique("help"))
        .frame(frame)
        .backdrop_color(t.scrim)
        .show(ui.ctx(), |ui| {
            ui.set_width(640.0_f32.min(ui.ctx().content_rect().width() - 60.0));
            say(ui, "What keys and mouse do", Type::Title, t.text);
            ui.add_space(8.0);
            let height = ui.ctx().content_rect().height() - 140.0;
            ScrollArea::vertical()
                .max_height(height)
                .min_scrolled_height(height)
                .show(ui, |ui| {
                    ui.columns(2, |columns| {
                        let rows = cx.commands.rows().iter();
                        let keys: Vec<(String, String)> = rows
                            .filter_map(|row| {
                                let keys = words::keys(&row.key?);
                                Some((keys, row.words.to_owned()))
                            })
                            .collect();
                        table(&mut columns[0], t, "Commands", &keys);
                        let own = |list: &[(&str, &str)]| -> Vec<(String, String)> {
                            list.iter()
                                .map(|&(a, b)| (a.to_owned(), b.to_owned()))
                                .collect()
                        };
                        table(&mut columns[1], t, "Crosshair", &own(&MOVES));
                        columns[1].add_space(14.0);
                        mouse(&mut columns[1], t);
                    });
                });
        });
    modal.should_close()
}

fn table(ui: &mut Ui, t: &Tokens, title: &str, rows: &[(String, String)]) {
    say(ui, title, Type::Small, t.text_3);
    Grid::new(title)
        .num_columns(2)
        .spacing(vec2(14.0, 5.0))
        .show(ui, |ui| {
            for (keys, what) in rows {
                ui.label(
                    RichText::new(keys)
                        .font(Type::Strong.font())
                        .color(t.accent),
                );
                ui.label(RichText::new(what).font(Type::Body.font()).color(t.text));
                ui.end_row();
            }
        });
}

fn mouse(ui: &mut Ui, t: &Tokens) {
    say(ui, "Mouse", Type::Small, t.text_3);
    ui.spacing_mut().item_spacing.y = 2.0;
    for (how, what) in MOUSE {
        say(ui, how, Type::Strong, t.text);
        say(ui, what, Type::Body, t.text_2);
        ui.add_space(5.0);
    }
}
