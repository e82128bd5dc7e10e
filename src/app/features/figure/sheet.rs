//! The sheet that saves or copies a figure: size, resolution, background, what is written, and how it
//! will look.

use eframe::egui::{
    Button, DragValue, Frame, Id, Image, Key, Margin, Modal, Modifiers, Rect, RichText, Sense,
    Stroke, StrokeKind, TextureHandle, Ui, Vec2, vec2,
};

use super::choice::{FigureSheet, FigureSize};
use crate::app::feature::Cx;
use crate::app::kit::theme::{RADIUS, Type};
use crate::app::kit::widgets::{paint_text, say, segmented};
use crate::app::model::{Background, Mark};
use crate::render::export::EDGES_PX;

/// Width of the choices, points.
const CHOICES: f32 = 264.0;

/// How the sheet is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// The figure goes into a file.
    Save,
    /// It goes onto the clipboard.
    Copy,
    /// It goes nowhere.
    Close,
}

/// Draws the sheet; how it is left, where it is.
pub(super) fn figure_sheet(
    sheet: &mut FigureSheet,
    preview: Option<&TextureHandle>,
    ui: &Ui,
    cx: &Cx<'_>,
) -> Option<Answer> {
    let window = ui.ctx().content_rect();
    let frame = Frame::popup(ui.style()).inner_margin(Margin::same(20));
    let mut answer = None;
    let modal = Modal::new(Id::unique("figure"))
        .frame(frame)
        .backdrop_color(cx.t.scrim)
        .show(ui.ctx(), |ui| {
            say(ui, "Save figure", Type::Title, cx.t.text);
            ui.add_space(10.0);
            let shown = vec2(
                (window.width() - CHOICES - 120.0).clamp(160.0, 480.0),
                (window.height() - 160.0).clamp(160.0, 400.0),
            );
            ui.horizontal_top(|ui| {
                picture(ui, cx, sheet, preview, shown);
                ui.add_space(16.0);
                ui.vertical(|ui| {
                    ui.set_width(CHOICES);
                    choices(ui, cx, sheet);
                    ui.add_space(14.0);
                    // In a field, or on a button, Enter is theirs.
                    let free = ui.memory(|memory| memory.focused().is_none());
                    let enter = free
                        && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
                    answer = buttons(ui, cx).or(enter.then_some(Answer::Save));
                });
            });
        });
    answer.or(modal.should_close().then_some(Answer::Close))
}

/// How the figure will look, in a frame of fixed size.
fn picture(
    ui: &mut Ui,
    cx: &Cx<'_>,
    sheet: &FigureSheet,
    preview: Option<&TextureHandle>,
    size: Vec2,
) {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let stroke = Stroke::new(1.0, cx.t.line);
    let [width, height] = sheet.choice.size_px();
    let label = format!("Preview of the figure, {width} × {height} pixels");
    response
        .widget_info(|| eframe::egui::WidgetInfo::labeled(eframe::egui::Role::Image, true, &label));
    let aspect = width.max(1) as f32 / height.max(1) as f32;
    let fits = if aspect > rect.aspect_ratio() {
        vec2(rect.width(), rect.width() / aspect)
    } else {
        vec2(rect.height() * aspect, rect.height())
    };
    let place = Rect::from_center_size(rect.center(), fits);
    if let Some(texture) = preview {
        Image::new((texture.id(), fits)).paint_at(ui, place);
    }
    ui.painter()
        .rect_stroke(place, 0.0, stroke, StrokeKind::Outside);
}

#[derive(Clone, Copy, PartialEq)]
enum Unit {
    Pixels,
    Paper,
}

fn choices(ui: &mut Ui, cx: &Cx<'_>, sheet: &mut FigureSheet) {
    let t = cx.t;
    ui.spacing_mut().item_spacing.y = 7.0;
    let unit = match sheet.choice.size {
        FigureSize::Pixels(_) => Unit::Pixels,
        FigureSize::Printed { .. } => Unit::Paper,
    };
    let units = [(Unit::Pixels, "Pixels"), (Unit::Paper, "Print")];
    match segmented(ui, t, "Size in", &units, unit) {
        Some(Unit::Pixels) => sheet.choice.size = FigureSize::Pixels(sheet.pixels),
        Some(Unit::Paper) => {
            let (size_mm, dpi) = sheet.printed;
            sheet.choice.size = FigureSize::Printed { size_mm, dpi };
        }
        None => {}
    }
    match &mut sheet.choice.size {
        FigureSize::Pixels(size) => {
            for (value, name) in size.iter_mut().zip(["Width", "Height"]) {
                let field = DragValue::new(value)
                    .range(EDGES_PX.0..=EDGES_PX.1)
                    .suffix(" px");
                line(ui, cx, name, field);
            }
            sheet.pixels = *size;
        }
        FigureSize::Printed { size_mm, dpi } => {
            for (value, name) in size_mm.iter_mut().zip(["Width", "Height"]) {
                let field = DragValue::new(value)
                    .range(10.0..=1000.0)
                    .max_decimals(1)
                    .suffix(" mm");
                line(ui, cx, name, field);
            }
            let field = DragValue::new(dpi)
                .range(36.0..=2400.0)
                .max_decimals(0)
                .suffix(" dpi");
            line(ui, cx, "Resolution", field);
            sheet.printed = (*size_mm, *dpi);
            let [width, height] = sheet.choice.size_px();
            say(
                ui,
                format!("{width} × {height} pixels"),
                Type::Small,
                t.text_2,
            );
        }
    }
    let mut percent = (100.0 * sheet.choice.lettering).round();
    let field = DragValue::new(&mut percent)
        .range(50.0..=300.0)
        .max_decimals(0)
        .suffix(" %");
    line(ui, cx, "Lettering", field);
    sheet.choice.lettering = percent / 100.0;
    let backgrounds = Background::ALL.map(|b| (b, b.label()));
    let chosen = sheet.choice.background;
    if let Some(background) = segmented(ui, t, "Background", &backgrounds, chosen) {
        sheet.choice.background = background;
    }
    let tick = |ui: &mut Ui, on: bool, label: &str| -> bool {
        let text = RichText::new(label).font(Type::Body.font()).color(t.text);
        let mut on = on;
        ui.checkbox(&mut on, text).changed()
    };
    ui.spacing_mut().item_spacing.y = 4.0;
    for mark in Mark::ALL {
        if tick(ui, mark.of(sheet.choice.marks), mark.label()) {
            sheet.choice.marks = mark.toggled(sheet.choice.marks);
        }
    }
    if tick(ui, sheet.choice.crosshair, "Crosshair") {
        sheet.choice.crosshair = !sheet.choice.crosshair;
    }
}

/// A named field.
fn line(ui: &mut Ui, cx: &Cx<'_>, name: &str, field: DragValue<'_>) {
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(96.0, 20.0), Sense::hover());
        paint_text(
            ui.painter(),
            rect.left_center(),
            eframe::egui::Align2::LEFT_CENTER,
            name,
            Type::Body,
            cx.t.text_2,
        );
        ui.add(field).accessible_name(name);
    });
}

fn buttons(ui: &mut Ui, cx: &Cx<'_>) -> Option<Answer> {
    let t = cx.t;
    let mut answer = None;
    ui.horizontal(|ui| {
        let text = RichText::new("Save…")
            .font(Type::Strong.font())
            .color(t.accent);
        let save = Button::new(text)
            .fill(t.accent_soft)
            .corner_radius(RADIUS)
            .min_size(vec2(84.0, 26.0));
        if ui.add(save).clicked() {
            answer = Some(Answer::Save);
        }
        let plain = |label: &str| {
            let text = RichText::new(label).font(Type::Body.font()).color(t.text);
            Button::new(text).min_size(vec2(72.0, 26.0))
        };
        if ui.add(plain("Copy")).clicked() {
            answer = Some(Answer::Copy);
        }
        if ui.add(plain("Cancel")).clicked() {
            answer = Some(Answer::Close);
        }
    });
    answer
}
