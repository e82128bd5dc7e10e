//! Figures of what is on screen: saved, copied, previewed.

use std::path::PathBuf;

use eframe::egui::{ColorImage, Context, TextureHandle, TextureOptions};

use super::GyrusApp;
use crate::app::figure::FigureChoice;
use crate::app::work::{self, SaveRequest};
use crate::app::{panels, theme};
use crate::render::Pixels;
use crate::render::export::Figure;

/// Longest edge of a preview, pixels.
const PREVIEW_PX: u32 = 640;

/// What the sheet shows of a figure.
#[derive(Default)]
pub(super) struct Preview {
    asked: Option<(FigureChoice, u64)>,
    drawn: Option<Pixels>,
    texture: Option<TextureHandle>,
}

impl Preview {
    pub(super) fn texture(&self) -> Option<&TextureHandle> {
        self.texture.as_ref()
    }
}

impl GyrusApp {
    /// Draws a figure anew on a worker's thread and writes it.
    pub(super) fn save_figure(&mut self, ctx: &Context, choice: &FigureChoice, path: PathBuf) {
        let figure = self.figure(ctx, choice);
        let tag = work::tag(self.document.revision);
        self.workers
            .save
            .submit(tag, SaveRequest::Figure(path, Box::new(figure)));
    }

    /// Draws a figure anew on a worker's thread; the clipboard gets it when it is done.
    pub(super) fn copy_figure(&mut self, ctx: &Context, choice: &FigureChoice) {
        let figure = self.figure(ctx, choice);
        let tag = work::tag(self.document.revision);
        self.workers
            .save
            .submit(tag, SaveRequest::Copy(Box::new(figure)));
    }

    /// The figure of what is on screen.
    fn figure(&self, ctx: &Context, choice: &FigureChoice) -> Figure {
        let dark = theme::tokens(ctx.theme()).dark;
        let scene = panels::canvas::scene(&self.document, self.canvas.underlay.as_ref(), dark);
        let cells = self.canvas.cells(&self.document);
        choice.figure(
            scene,
            cells,
            self.document.view.options(&self.state.caption),
            dark,
        )
    }

    /// Asks for a preview while the sheet is open and something has changed.
    pub(super) fn want_preview(&mut self, ctx: &Context) {
        let Some(sheet) = &self.state.figure else {
            self.preview = Preview::default();
            return;
        };
        let wanted = (sheet.choice, self.document.revision);
        if self.preview.asked != Some(wanted) {
            self.preview.asked = Some(wanted);
            let figure = self.figure(ctx, &wanted.0).preview(PREVIEW_PX);
            let tag = work::tag(self.document.revision);
            self.workers.preview.submit(tag, Box::new(figure));
        }
        if let Some(pixels) = self.preview.drawn.take() {
            let image = image_of(&pixels);
            self.preview.texture =
                Some(ctx.load_texture("figure preview", image, TextureOptions::LINEAR));
        }
    }

    /// Takes in a preview that was drawn. A size that cannot be drawn has none: saving says why.
    pub(super) fn take_preview(&mut self) {
        for report in self.workers.preview.drain() {
            self.preview.drawn = report.outcome.ok();
            if self.preview.drawn.is_none() {
                self.preview.texture = None;
            }
        }
    }

    /// Puts a figure that was drawn onto the clipboard.
    pub(super) fn give_copied(&mut self, ctx: &Context) {
        if let Some(pixels) = self.copied.take() {
            ctx.copy_image(image_of(&pixels));
            self.state.messages.notice("Figure copied");
        }
    }
}

fn image_of(pixels: &Pixels) -> ColorImage {
    ColorImage::from_rgba_premultiplied(pixels.size.map(|n| n as usize), pixels.rgba.as_flattened())
}
