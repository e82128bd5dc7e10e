//! Text on a painter, with the roles of the theme.

use std::sync::Arc;

use eframe::egui::{
    Align2, Color32, FontSelection, Galley, Label, Painter, Pos2, Rect, Response, RichText, Ui,
    text::{LayoutJob, TextFormat, TextWrapping},
};

use crate::app::kit::theme::Type;

/// Paints one line of text.
pub fn paint_text(
    painter: &Painter,
    at: Pos2,
    align: Align2,
    text: impl ToString,
    role: Type,
    colour: Color32,
) -> Rect {
    painter.text(at, align, text, role.font(), colour)
}

/// Lays out one line, cut with "…" where it is wider than `width`.
pub fn elided(
    painter: &Painter,
    text: &str,
    role: Type,
    colour: Color32,
    width: f32,
) -> Arc<Galley> {
    let format = TextFormat {
        font_id: role.font(),
        color: colour,
        ..TextFormat::default()
    };
    let mut job = LayoutJob::single_section(text.to_owned(), format);
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    painter.layout_job(job)
}

/// Paints one line that never grows wider than `width`; `at` is on its vertical middle.
pub fn paint_elided(
    painter: &Painter,
    at: Pos2,
    text: &str,
    role: Type,
    colour: Color32,
    width: f32,
) -> Rect {
    let galley = elided(painter, text, role, colour, width);
    let rect = Align2::LEFT_CENTER.anchor_size(at, galley.size());
    painter.galley(rect.min, galley, colour);
    rect
}

/// As [`paint_elided`], with the whole text under the pointer where it was cut.
pub fn paint_name(
    painter: &Painter,
    at: Pos2,
    text: &str,
    role: Type,
    colour: Color32,
    width: f32,
    response: &Response,
) -> Rect {
    let galley = elided(painter, text, role, colour, width);
    let rect = Align2::LEFT_CENTER.anchor_size(at, galley.size());
    if galley.elided {
        response.clone().on_hover_text(text);
    }
    painter.galley(rect.min, galley, colour);
    rect
}

/// A line of text as a widget.
pub fn say(ui: &mut Ui, text: impl Into<String>, role: Type, colour: Color32) -> Response {
    let text = RichText::new(text).font(role.font()).color(colour);
    ui.add(Label::new(text).truncate())
}

/// Wrapped text with the line height of running text.
pub fn paragraph(ui: &mut Ui, text: &str, role: Type, colour: Color32) -> Response {
    let font = role.font();
    let mut job = LayoutJob::default();
    let line = (font.size * 1.42).round();
    let format = TextFormat {
        line_height: Some(line),
        ..TextFormat::simple(FontSelection::from(font).resolve(ui.style()), colour)
    };
    job.append(text, 0.0, format);
    ui.add(Label::new(job).wrap())
}
