//! The display list by egui's painter: the window's half of what `raster` does for files.

use eframe::egui::{Color32, Mesh, Painter, Rect, Shape, Stroke, TextureId, pos2};

use super::list::{DisplayList, Item};
use super::text::{Text, Weight};

/// Draws a display list. `textures` holds the picture of every view, in order.
pub fn paint(list: &DisplayList, painter: &Painter, textures: &[Option<TextureId>]) {
    let painter = painter.with_clip_rect(list.rect.intersect(painter.clip_rect()));
    painter.extend(shapes(list, &painter, textures));
}

/// What [`paint`] draws, for a painter that puts it below something already there.
pub fn shapes(list: &DisplayList, painter: &Painter, textures: &[Option<TextureId>]) -> Vec<Shape> {
    let family = Weight::Medium.family();
    let has_weights = painter.fonts(|fonts| fonts.definitions().families.contains_key(&family));
    let shape = |item: &Item| match item {
        Item::Fill { rect, colour } => Some(Shape::rect_filled(*rect, 0.0, *colour)),
        Item::Image { view } => {
            let all = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            let texture = (*textures.get(*view)?)?;
            let cell = list.views.get(*view)?.cell;
            Some(Shape::image(texture, cell, all, Color32::WHITE))
        }
        Item::Line {
            from,
            to,
            width,
            colour,
        } => Some(Shape::line_segment(
            [*from, *to],
            Stroke::new(*width, *colour),
        )),
        Item::Gradient { rect, stops } => Some(gradient(*rect, stops)),
        Item::Text(text) => Some(letter(painter, text, has_weights)),
    };
    list.items.iter().filter_map(shape).collect()
}

fn letter(painter: &Painter, text: &Text, has_weights: bool) -> Shape {
    let galley = painter.layout_job(text.layout_job(has_weights));
    let corner = text.align.anchor_size(text.anchor, galley.size()).min;
    Shape::galley(corner, galley, Color32::WHITE)
}

fn gradient(rect: Rect, stops: &[Color32]) -> Shape {
    let mut mesh = Mesh::default();
    let last = stops.len().saturating_sub(1).max(1) as f32;
    for (n, colour) in stops.iter().enumerate() {
        let x = rect.min.x + rect.width() * n as f32 / last;
        mesh.colored_vertex(pos2(x, rect.min.y), *colour);
        mesh.colored_vertex(pos2(x, rect.max.y), *colour);
    }
    for n in 1..stops.len() as u32 {
        mesh.add_triangle(2 * n - 2, 2 * n - 1, 2 * n);
        mesh.add_triangle(2 * n - 1, 2 * n, 2 * n + 1);
    }
    Shape::mesh(mesh)
}
