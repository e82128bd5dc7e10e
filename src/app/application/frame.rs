//! One frame: the panels around the canvas, then what lies over them.

use std::sync::Arc;

use eframe::egui::{CentralPanel, Frame, Panel, Stroke, Ui};

use super::GyrusApp;
use crate::app::panels::{self, Activities, Cx};
use crate::app::theme;
use crate::error::{Explain as _, Explanation};

impl GyrusApp {
    pub(super) fn panels(
        &mut self,
        ui: &mut Ui,
        busy: &Activities,
        gpu: Option<&eframe::egui_wgpu::RenderState>,
    ) {
        let t = theme::tokens(ui.ctx().theme());
        let services = Arc::clone(&self.services);
        let mut cx = Cx {
            t,
            doc: &self.document,
            services: services.as_ref(),
            busy,
            out: Vec::new(),
        };
        let state = &mut self.state;
        let bar = |fill| Frame::new().fill(fill);
        // Panels draw their own one-pixel lines: egui's would take room from the fixed sizes.
        Panel::top("top")
            .exact_size(theme::TOP_BAR)
            .frame(bar(t.panel))
            .show_separator_line(false)
            .show(ui, |ui| {
                panels::top_bar(ui, &mut cx, state);
                edge(ui, t, Side::Bottom);
            });
        Panel::bottom("status")
            .exact_size(theme::STATUS)
            .frame(bar(t.panel))
            .show_separator_line(false)
            .show(ui, |ui| {
                edge(ui, t, Side::Top);
                panels::status_line(ui, &mut cx, state);
            });
        Panel::left("left")
            .exact_size(theme::LEFT)
            .resizable(false)
            .frame(bar(t.panel))
            .show_separator_line(false)
            .show(ui, |ui| {
                edge(ui, t, Side::Right);
                panels::left_column(ui, &mut cx, state);
            });
        Panel::right("right")
            .exact_size(theme::RIGHT)
            .resizable(false)
            .frame(bar(t.panel))
            .show_separator_line(false)
            .show(ui, |ui| {
                edge(ui, t, Side::Left);
                panels::right_column(ui, &mut cx, state);
            });
        let mut gpu_result = Ok(());
        CentralPanel::default().frame(bar(t.canvas)).show(ui, |ui| {
            let area = ui.max_rect();
            gpu_result = panels::canvas::canvas(ui, &mut cx, state, &mut self.canvas, gpu);
            let waiting = state.starting || busy.load.is_some();
            if cx.doc.layers.is_empty() && !waiting {
                panels::empty_state(ui, &mut cx, area);
            }
        });
        panels::messages(ui, &cx, &mut state.messages);
        panels::palette(ui, &mut cx, state);
        panels::derive_sheet(ui, &mut cx, state);
        if state.help && panels::help_sheet(ui, &cx) {
            state.help = false;
        }
        panels::figure_sheet(ui, &mut cx, state, self.preview.texture());
        panels::path_sheet(ui, &mut cx, state);
        panels::drop_overlay(ui, &cx);
        self.queue.append(&mut cx.out);
        if let Err(error) = gpu_result
            && !self.gpu_failed
        {
            self.gpu_failed = true;
            self.state.messages.error(Explanation {
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
