//! One frame: the panels around the views, then what lies over them.

use eframe::egui::{CentralPanel, Frame, Key, Modifiers, Panel, Stroke, Ui};
use eframe::egui_wgpu::RenderState;

use super::application::GyrusApp;
use super::columns::{Columns, left_column, right_column};
use super::empty::empty_state;
use super::file_browser::file_browser;
use super::help::help_sheet;
use super::messages::messages;
use super::palette::{Palette, palette};
use super::status::status_line;
use super::top::top_bar;
use crate::app::feature::{Call, Cx};
use crate::app::jobs::Activity;
use crate::app::kit::theme;
use crate::app::model::Overlay;
use crate::error::{Explain as _, Explanation};

impl GyrusApp {
    /// Draws the window.
    pub(super) fn draw(&mut self, ui: &mut Ui, busy: Option<Activity>, gpu: Option<&RenderState>) {
        let app = self;
        let t = theme::tokens(ui.ctx().theme());
        let mut list = std::mem::take(&mut app.desk.messages);
        let (features, commands) = app.registry.parts();
        let mut cx = Cx {
            t,
            doc: &app.document,
            desk: &app.desk,
            services: app.hub.services(),
            commands,
            busy,
            actions: Vec::new(),
        };
        let bar = |fill| Frame::new().fill(fill);
        // Panels draw their own one-pixel lines: egui's would take room from the fixed sizes.
        Panel::top("top")
            .exact_size(theme::TOP_BAR)
            .frame(bar(t.panel))
            .show_separator_line(false)
            .show(ui, |ui| {
                top_bar(ui, &mut cx);
                edge(ui, t, Side::Bottom);
            });
        Panel::bottom("status")
            .exact_size(theme::STATUS)
            .frame(bar(t.panel))
            .show_separator_line(false)
            .show(ui, |ui| {
                edge(ui, t, Side::Top);
                status_line(ui, &mut cx, list.unread);
            });
        let mut columns = Columns::new(cx.desk.settings.panels, ui.max_rect().width());
        if columns.panels.left {
            Panel::left("left")
                .exact_size(columns.left)
                .resizable(false)
                .frame(bar(t.panel))
                .show_separator_line(false)
                .show(ui, |ui| {
                    edge(ui, t, Side::Right);
                    left_column(ui, &mut cx, features);
                });
        }
        if columns.panels.right {
            Panel::right("right")
                .exact_size(columns.right)
                .resizable(false)
                .frame(bar(t.panel))
                .show_separator_line(false)
                .show(ui, |ui| {
                    edge(ui, t, Side::Left);
                    right_column(ui, &mut cx, features);
                });
        }
        let mut canvas = None;
        let mut gpu_result = Ok(());
        CentralPanel::default().frame(bar(t.canvas)).show(ui, |ui| {
            let page = cx.desk.page;
            let page = features
                .iter_mut()
                .find(|feature| feature.page().is_some() && Some(feature.name()) == page);
            if let Some(feature) = page {
                // What lies over the page closes first.
                let modal = ui.ctx().memory(|memory| memory.top_modal_layer().is_some());
                let free = cx.desk.overlay.is_none() && !modal;
                if free && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
                    cx.call(Call::ShowPage(None));
                }
                feature.draw_page(ui, &mut cx);
                return;
            }
            let area = ui.max_rect();
            let (shown, result) = app.canvas.draw(ui, &mut cx, gpu);
            canvas = Some(shown);
            gpu_result = result;
            let nothing = cx.doc.layers.is_empty() && cx.doc.preview.is_none();
            if nothing && !cx.desk.starting && cx.busy.is_none() {
                empty_state(ui, &mut cx, area);
            }
        });
        columns.handles(ui, t);
        let right = if columns.panels.right {
            columns.right
        } else {
            0.0
        };
        messages(ui, &mut cx, &mut list, right);
        let mut overlay = cx.desk.overlay;
        if overlay == Some(Overlay::Palette) {
            let open = app.palette.get_or_insert_with(Palette::default);
            if palette(open, features, ui, &mut cx) {
                overlay = None;
            }
        }
        if overlay == Some(Overlay::Help) && help_sheet(ui, &cx) {
            overlay = None;
        }
        for feature in features.iter_mut() {
            feature.draw_over(ui, &mut cx);
        }
        let path = file_browser(&mut app.chooser.sheet, ui, &cx);
        app.queue.extend(cx.actions);
        app.queue.extend(path);
        if overlay != Some(Overlay::Palette) {
            app.palette = None;
        }
        let desk = &mut app.desk;
        desk.messages = list;
        desk.settings.panels = columns.panels;
        desk.overlay = overlay;
        desk.focus = None;
        if let Some(canvas) = canvas {
            desk.canvas = canvas;
        }
        if let Err(error) = gpu_result
            && !app.gpu_failed
        {
            app.gpu_failed = true;
            desk.messages.error(Explanation {
                what: "The graphics adapter failed; Gyrus draws on the processor now".to_owned(),
                ..error.explain()
            });
        }
    }
}

enum Side {
    Top,
    Bottom,
    Left,
    Right,
}

/// The line between two parts of the window.
fn edge(ui: &Ui, t: &theme::Tokens, side: Side) {
    let rect = ui.max_rect();
    let stroke = Stroke::new(1.0, t.line);
    let painter = ui.painter();
    match side {
        Side::Top => painter.hline(rect.x_range(), rect.top() + 0.5, stroke),
        Side::Bottom => painter.hline(rect.x_range(), rect.bottom() - 0.5, stroke),
        Side::Left => painter.vline(rect.left() + 0.5, rect.y_range(), stroke),
        Side::Right => painter.vline(rect.right() - 0.5, rect.y_range(), stroke),
    };
}
