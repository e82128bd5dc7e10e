//! The display list on a canvas of pixels, without a window: what the PNG exporter writes.

use eframe::egui::epaint::text::{Fonts, TextOptions};
use eframe::egui::{Color32, ColorImage, Pos2, Rect};

use super::cpu::Pixels;
use super::list::{DisplayList, Item};
use super::text::{Text, font_definitions};

/// Draws a display list whose canvas starts at the origin. `pictures` holds the image of every view,
/// in order; a view without one stays empty.
pub(super) fn raster(list: &DisplayList, size: [u32; 2], pictures: &[Option<Pixels>]) -> Pixels {
    let mut canvas = Canvas {
        pixels: Pixels::filled(size, Color32::BLACK),
        ppp: list.pixels_per_point,
    };
    let options = TextOptions {
        max_texture_side: 4096,
        ..Default::default()
    };
    let mut fonts = Fonts::new(options, font_definitions());
    for item in &list.items {
        match item {
            Item::Fill { rect, colour } => canvas.fill(*rect, |_| *colour),
            Item::Gradient { rect, stops } => canvas.fill(*rect, |t| stop_colour(stops, t)),
            Item::Line {
                from,
                to,
                width,
                colour,
            } => canvas.line(*from, *to, *width, *colour),
            Item::Image { view } => {
                if let (Some(view), Some(Some(picture))) =
                    (list.views.get(*view), pictures.get(*view))
                {
                    canvas.picture(view.cell.min, picture);
                }
            }
            Item::Text(text) => canvas.text(text, &mut fonts),
        }
    }
    canvas.pixels
}

/// Colour at 0..=1 between evenly spaced stops.
pub(super) fn stop_colour(stops: &[Color32], t: f32) -> Color32 {
    let (Some(first), Some(last)) = (stops.first(), stops.last()) else {
        return Color32::TRANSPARENT;
    };
    let x = t * (stops.len() - 1) as f32;
    if x <= 0.0 {
        return *first;
    }
    let low = x as usize;
    match stops.get(low..low + 2) {
        Some([a, b]) => {
            let part = x - low as f32;
            let mix =
                |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * part).round() as u8;
            Color32::from_rgb(mix(a.r(), b.r()), mix(a.g(), b.g()), mix(a.b(), b.b()))
        }
        _ => *last,
    }
}

struct Canvas {
    pixels: Pixels,
    ppp: f32,
}

impl Canvas {
    fn width(&self) -> usize {
        self.pixels.size[0] as usize
    }

    /// Source-over of a premultiplied colour, thinned by a coverage of 0..=1.
    fn put(&mut self, x: i64, y: i64, colour: Color32, coverage: f32) {
        let [w, h] = self.pixels.size;
        if x < 0 || y < 0 || x >= i64::from(w) || y >= i64::from(h) || coverage <= 0.0 {
            return;
        }
        let index = x as usize + y as usize * self.width();
        let [r, g, b, a] = colour.to_array().map(|c| f32::from(c) / 255.0 * coverage);
        super::shade::blend(&mut self.pixels.rgba[index], [r, g, b, a]);
    }

    /// A rectangle with covered-area edges; the colour may run from left (0) to right (1).
    fn fill(&mut self, rect: Rect, colour: impl Fn(f32) -> Color32) {
        let [x0, y0, x1, y1] =
            [rect.min.x, rect.min.y, rect.max.x, rect.max.y].map(|v| v * self.ppp);
        let [w, h] = self.pixels.size.map(|n| n as f32);
        let overlap = |pixel: i64, low: f32, high: f32| {
            (high.min(pixel as f32 + 1.0) - low.max(pixel as f32)).clamp(0.0, 1.0)
        };
        for y in y0.clamp(0.0, h).floor() as i64..y1.clamp(0.0, h).ceil() as i64 {
            let down = overlap(y, y0, y1);
            for x in x0.clamp(0.0, w).floor() as i64..x1.clamp(0.0, w).ceil() as i64 {
                let t = ((x as f32 + 0.5 - x0) / (x1 - x0)).clamp(0.0, 1.0);
                self.put(x, y, colour(t), down * overlap(x, x0, x1));
            }
        }
    }

    /// An anti-aliased line with flat ends.
    fn line(&mut self, from: Pos2, to: Pos2, width: f32, colour: Color32) {
        let half = 0.5 * width;
        if from.x == to.x || from.y == to.y {
            let (min, max) = (from.min(to), from.max(to));
            let out = if from.x == to.x {
                Pos2::new(half, 0.0)
            } else {
                Pos2::new(0.0, half)
            };
            self.fill(
                Rect::from_min_max(min - out.to_vec2(), max + out.to_vec2()),
                |_| colour,
            );
            return;
        }
        let (a, b, half) = (from * self.ppp, to * self.ppp, half * self.ppp);
        let length = (b - a).length();
        let direction = (b - a) / length;
        let [w, h] = self.pixels.size.map(|n| n as f32);
        let reach = half + 1.0;
        let (low, high) = (a.min(b), a.max(b));
        for y in (low.y - reach).clamp(0.0, h) as i64..(high.y + reach).clamp(0.0, h) as i64 {
            for x in (low.x - reach).clamp(0.0, w) as i64..(high.x + reach).clamp(0.0, w) as i64 {
                let offset = Pos2::new(x as f32 + 0.5, y as f32 + 0.5) - a;
                let along = offset.dot(direction);
                let aside = offset.dot(direction.rot90()).abs();
                let ends = (along + 0.5).min(length - along + 0.5).clamp(0.0, 1.0);
                self.put(x, y, colour, (half + 0.5 - aside).clamp(0.0, 1.0) * ends);
            }
        }
    }

    /// A picture at its own resolution, its corner on a whole pixel.
    fn picture(&mut self, at: Pos2, picture: &Pixels) {
        let (x0, y0) = (
            (at.x * self.ppp).round() as usize,
            (at.y * self.ppp).round() as usize,
        );
        let width = self.width();
        let columns = (picture.size[0] as usize).min(width.saturating_sub(x0));
        let rows =
            (picture.size[1] as usize).min((self.pixels.size[1] as usize).saturating_sub(y0));
        for row in 0..rows {
            let source = &picture.rgba[row * picture.size[0] as usize..][..columns];
            self.pixels.rgba[(y0 + row) * width + x0..][..columns].copy_from_slice(source);
        }
    }

    /// The galley's glyphs lie on whole pixels and are copied texel by texel, as on screen.
    fn text(&mut self, text: &Text, fonts: &mut Fonts) {
        let ppp = self.ppp;
        let galley = fonts
            .with_pixels_per_point(ppp)
            .layout_job(text.layout_job(true));
        let atlas: &ColorImage = fonts.texture_atlas().image();
        let corner = text.align.anchor_size(text.anchor, galley.size()).min;
        let snap = |v: f32| (v * ppp).round();
        let (x0, y0) = (snap(corner.x), snap(corner.y));
        // The galley's meshes are what the window draws: quads of four vertices, one a glyph.
        for row in &galley.rows {
            let mesh = &row.visuals.mesh;
            for quad in mesh.vertices.as_chunks::<4>().0 {
                let (low, high) = (quad[0], quad[3]);
                let x = (x0 + (row.pos.x + low.pos.x) * ppp).round() as i64;
                let y = (y0 + (row.pos.y + low.pos.y) * ppp).round() as i64;
                let (u0, v0) = (low.uv.x as usize, low.uv.y as usize);
                let (u1, v1) = (high.uv.x as usize, high.uv.y as usize);
                for v in v0..v1.min(atlas.size[1]) {
                    for u in u0..u1.min(atlas.size[0]) {
                        let coverage = f32::from(atlas.pixels[u + v * atlas.size[0]].a()) / 255.0;
                        self.put(
                            x + (u - u0) as i64,
                            y + (v - v0) as i64,
                            low.color,
                            coverage,
                        );
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::text::Weight;
    use eframe::egui::{Align2, pos2};

    fn list(items: Vec<Item>, ppp: f32) -> DisplayList {
        DisplayList {
            rect: Rect::from_min_size(Pos2::ZERO, eframe::egui::vec2(40.0, 20.0)),
            pixels_per_point: ppp,
            items,
            views: Vec::new(),
            frames: Vec::new(),
            names: Vec::new(),
            maps: None,
        }
    }

    #[test]
    fn fills_cover_exactly_their_pixels_and_share_edges_by_area() {
        let rect = Rect::from_min_max(pos2(2.0, 3.0), pos2(4.5, 5.0));
        let drawn = raster(
            &list(
                vec![Item::Fill {
                    rect,
                    colour: Color32::WHITE,
                }],
                1.0,
            ),
            [40, 20],
            &[],
        );
        assert_eq!(drawn.get(2, 3), Some([255, 255, 255, 255]));
        assert_eq!(drawn.get(1, 3), Some([0, 0, 0, 255]));
        assert_eq!(drawn.get(4, 4), Some([128, 128, 128, 255]));
        assert_eq!(drawn.get(2, 5), Some([0, 0, 0, 255]));
    }

    #[test]
    fn text_leaves_ink_where_it_is_anchored() {
        let text = |align| {
            Item::Text(Text::line(
                pos2(20.0, 10.0),
                align,
                "L",
                12.0,
                Weight::Medium,
                Color32::WHITE,
            ))
        };
        for ppp in [1.0, 2.0] {
            let size = [(40.0 * ppp) as u32, (20.0 * ppp) as u32];
            let drawn = raster(&list(vec![text(Align2::LEFT_CENTER)], ppp), size, &[]);
            let ink: Vec<usize> = (0..drawn.rgba.len())
                .filter(|&n| drawn.rgba[n][0] > 128)
                .collect();
            assert!(ink.len() > 8);
            let columns = ink.iter().map(|n| n % size[0] as usize);
            let (low, high) = (columns.clone().min().unwrap(), columns.max().unwrap());
            assert!(low >= (20.0 * ppp) as usize && high <= (30.0 * ppp) as usize);
        }
    }

    #[test]
    fn drawing_beyond_the_canvas_is_cut_off() {
        let items = vec![
            Item::Fill {
                rect: Rect::EVERYTHING,
                colour: Color32::RED,
            },
            Item::Line {
                from: pos2(-9.0, -9.0),
                to: pos2(99.0, 55.0),
                width: 2.0,
                colour: Color32::WHITE,
            },
            Item::Gradient {
                rect: Rect::NOTHING,
                stops: vec![],
            },
        ];
        let drawn = raster(&list(items, 1.0), [40, 20], &[]);
        assert_eq!(drawn.get(0, 19), Some([255, 0, 0, 255]));
    }
}
