//! Figures of what is on screen: described in a sheet, previewed, saved, copied.

mod choice;
mod sheet;

use std::path::PathBuf;

use eframe::egui::{ColorImage, Context, Key, Modifiers, TextureHandle, TextureOptions, Ui};

use self::choice::{FigureChoice, FigureSheet};
use self::sheet::Answer;
use crate::app::feature::{Act, Action, Call, Command, Cx, Feature, FileRequest, Menu, Purpose};
use crate::app::jobs::{Hub, JobError, Query, Queue};
use crate::app::kit::{theme, words};
use crate::app::model::{Desk, Document};
use crate::render::export::{Backend, Figure};
use crate::render::{Cell, Pixels, RenderError};

/// Longest edge of a preview, pixels.
const PREVIEW_PX: u32 = 640;

/// What is drawn for what.
#[derive(Debug, Clone, PartialEq)]
enum Wanted {
    /// Written to this file.
    File(PathBuf),
    /// Put on the clipboard.
    Clipboard,
}

/// A figure, and the file it goes into; the clipboard's pixels come back without one.
type Drawing = (Option<PathBuf>, Box<Figure>);

/// The feature.
pub struct Figures {
    draw: Queue<Wanted, Drawing, Option<Box<Pixels>>>,
    preview: Query<(FigureChoice, u64), Box<Figure>, Pixels>,
    texture: Option<TextureHandle>,
    /// The sheet, while open.
    sheet: Option<FigureSheet>,
    /// What was chosen in the sheet, until a file is.
    chosen: Option<FigureChoice>,
}

impl Figures {
    /// Sets its threads going.
    ///
    /// # Errors
    /// Where the system gives none.
    pub fn new(hub: &Hub) -> std::io::Result<Self> {
        Ok(Self {
            draw: hub.drawing("Drawing the figure", |_, (path, figure), job| {
                let (path, figure): Drawing = (path, figure);
                job.progress.stage("Drawing the figure");
                match path {
                    Some(path) => figure
                        .write(Backend::Cpu, &path, job.progress)
                        .map(|()| None),
                    None => figure
                        .draw(Backend::Cpu, job.progress)
                        .map(|pixels| Some(Box::new(pixels))),
                }
                .map_err(drawing)
            })?,
            preview: hub.query("Drawing the preview", |_, figure, job| {
                let figure: Box<Figure> = figure;
                figure.draw(Backend::Cpu, job.progress).map_err(drawing)
            })?,
            texture: None,
            sheet: None,
            chosen: None,
        })
    }

    fn copy(&mut self, figure: Figure) {
        self.draw.ask(Wanted::Clipboard, (None, Box::new(figure)));
    }

    /// Draws a preview while the sheet is open and something has changed.
    fn want_preview(&mut self, act: &mut Act<'_>) {
        let Some(sheet) = &self.sheet else {
            self.texture = None;
            return;
        };
        let wanted = (sheet.choice, act.doc.revision);
        let (doc, desk) = (&*act.doc, &*act.desk);
        self.preview.want(&wanted, || {
            Box::new(figure(doc, desk, act.ctx, &wanted.0).preview(PREVIEW_PX))
        });
        if self.preview.poll() {
            // A size that cannot be drawn has none: saving says why.
            self.texture = self.preview.take().map(|(_, pixels)| {
                let image = image_of(&pixels);
                let options = TextureOptions::LINEAR;
                act.ctx.load_texture("figure preview", image, options)
            });
        }
    }
}

/// The figure of what is on screen.
fn figure(doc: &Document, desk: &Desk, ctx: &Context, choice: &FigureChoice) -> Figure {
    let dark = theme::tokens(ctx.theme()).dark;
    let scene = doc.scene(desk.underlay.as_ref(), dark);
    let options = doc.canvas_options(&desk.caption);
    choice.figure(scene, cells(doc, desk), options, dark)
}

/// The cells on screen; those of the document's arrangement before there is a frame.
fn cells(doc: &Document, desk: &Desk) -> Vec<Cell> {
    if desk.canvas.cells.is_empty() {
        let view = &doc.view;
        return view.arrangement.preset.cells(view.mosaic, view.maps, 1.0);
    }
    desk.canvas.cells.clone()
}

fn image_of(pixels: &Pixels) -> ColorImage {
    ColorImage::from_rgba_premultiplied(pixels.size.map(|n| n as usize), pixels.rgba.as_flattened())
}

fn drawing(error: RenderError) -> JobError {
    match error {
        RenderError::Stopped(_) => JobError::Cancelled,
        other => JobError::of(other),
    }
}

impl Feature for Figures {
    fn name(&self) -> &'static str {
        "figure"
    }

    fn commands() -> Vec<Command<Self>> {
        vec![
            Command::<Self>::new("figure", "Save figure…", |figures, act| {
                figures.sheet = match figures.sheet {
                    None => Some(FigureSheet::of(&act.doc, act.desk.canvas.size)),
                    Some(_) => None,
                };
            })
            .tip("The views as PNG, at any size and resolution")
            .key(Modifiers::COMMAND, Key::S)
            .menu(Menu::File, 30),
            Command::<Self>::new("copy-figure", "Copy figure", |figures, act| {
                let choice = FigureChoice::of(&act.doc);
                let figure = figure(&act.doc, act.desk, act.ctx, &choice);
                figures.copy(figure);
            })
            .tip("The views as a picture, to paste elsewhere")
            .key(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::C)
            .menu(Menu::File, 31),
        ]
    }

    fn update(&mut self, act: &mut Act<'_>) {
        for done in self.draw.take() {
            match (done.outcome, done.key) {
                (Ok(Some(pixels)), _) => {
                    act.call(Call::CopyPicture {
                        pixels,
                        notice: "Figure copied",
                    });
                }
                (Ok(None), Wanted::File(path)) => {
                    let name = path.file_name().unwrap_or_default().to_string_lossy();
                    act.say(format!("Saved {name}"));
                }
                (Ok(None), Wanted::Clipboard) => {}
                (Err(JobError::Cancelled), Wanted::File(_)) => {
                    act.say("Stopped: the figure was not saved");
                }
                (Err(error), _) => act.fail(error),
            }
        }
        self.want_preview(act);
    }

    fn answer(&mut self, call: Call, act: &mut Act<'_>) -> Option<Call> {
        let Call::SaveFigure(path) = call else {
            return Some(call);
        };
        let choice = self.chosen.take();
        let choice = choice.unwrap_or_else(|| FigureChoice::of(&act.doc));
        let figure = figure(&act.doc, act.desk, act.ctx, &choice);
        let request = (Some(path.clone()), Box::new(figure));
        self.draw.ask(Wanted::File(path), request);
        None
    }

    fn draw_over(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let Some(sheet) = &mut self.sheet else {
            return;
        };
        let done = sheet::figure_sheet(sheet, self.texture.as_ref(), ui, cx);
        let choice = sheet.choice;
        match done {
            None => return,
            Some(Answer::Save) => {
                self.chosen = Some(choice);
                cx.call(choose(cx.doc));
            }
            Some(Answer::Copy) => {
                let figure = figure(cx.doc, cx.desk, ui.ctx(), &choice);
                self.copy(figure);
            }
            Some(Answer::Close) => {}
        }
        self.sheet = None;
    }

    fn has_keys(&self) -> bool {
        self.sheet.is_some()
    }
}

/// Asks where a figure goes.
fn choose(doc: &Document) -> Call {
    Call::Choose(FileRequest {
        title: "Save figure",
        purpose: Purpose::Save {
            name: words::file_name(&choice::file_name(doc)),
            ending: "png",
        },
        filters: vec![("PNG picture", vec!["png".to_owned()])],
        then: Box::new(|mut paths| Action::Call(Call::SaveFigure(paths.remove(0)))),
    })
}
