//! What the towers of a pass make of the same studies, texts and map.

use eframe::egui::ecolor::Hsva;
use eframe::egui::{
    Color32, ColorImage, Context, Image, Mesh, Rect, Role, Sense, Shape, TextureHandle,
    TextureOptions, Ui, WidgetInfo, lerp, pos2, vec2,
};
use egui_plot::{MarkerShape, Plot, PlotPoints, Points};

use crate::app::feature::Cx;
use crate::app::kit::theme::{Tokens, Type};
use crate::app::kit::widgets::{amount_row, paragraph};
use crate::app::kit::words::two_decimals;
use crate::ontology::Ontology;
use crate::train::{Projection, Seen};

/// Textures of the maps of a look.
#[derive(Default)]
pub(super) struct Gallery {
    /// Run and pass they are of.
    of: Option<(u32, usize)>,
    textures: Vec<[TextureHandle; 2]>,
}

impl Gallery {
    fn make(&mut self, run: u32, seen: &Seen, ctx: &Context, t: &Tokens) {
        if self.of == Some((run, seen.epoch)) && self.textures.len() == seen.maps.len() {
            return;
        }
        self.of = Some((run, seen.epoch));
        let texture = |n: usize, side: usize, projection: &Projection| {
            let name = format!("training map {n} {side}");
            ctx.load_texture(name, picture(projection, t), TextureOptions::LINEAR)
        };
        let pair = |(n, [above, left]): (usize, &[Projection; 2])| {
            [texture(n, 0, above), texture(n, 1, left)]
        };
        self.textures = seen.maps.iter().enumerate().map(pair).collect();
    }
}

/// Values from 0 to their highest, on the brain's outline.
fn picture(projection: &Projection, t: &Tokens) -> ColorImage {
    let [width, height] = projection.size;
    let highest = projection.values.iter().copied().fold(0.0_f32, f32::max);
    let colour = |value: f32| -> Color32 {
        if value.is_nan() {
            return Color32::TRANSPARENT;
        }
        let share = (value / highest.max(1e-9)).clamp(0.0, 1.0);
        // The weak half stays the colour of the brain.
        let heat = ((share - 0.35) / 0.65).clamp(0.0, 1.0);
        let glow = [
            lerp(200.0..=255.0, heat),
            lerp(60.0..=230.0, heat),
            lerp(20.0..=120.0, heat),
        ];
        let base = t.track;
        let mix = |from: u8, to: f32| lerp(f32::from(from)..=to, (2.0 * heat).min(1.0)) as u8;
        Color32::from_rgb(
            mix(base.r(), glow[0]),
            mix(base.g(), glow[1]),
            mix(base.b(), glow[2]),
        )
    };
    // Pictures begin at the top.
    let rows = projection.values.chunks_exact(width.max(1)).rev();
    ColorImage::new(
        [width, height],
        rows.flatten().map(|&v| colour(v)).collect(),
    )
}

/// Draws the maps of the prompts.
pub(super) fn gallery(
    gallery: &mut Gallery,
    (run, prompts): (u32, &[String]),
    seen: &Seen,
    ui: &mut Ui,
    t: &Tokens,
) {
    gallery.make(run, seen, ui.ctx(), t);
    let title = format!("Maps of four texts, after pass {}", seen.epoch);
    paragraph(ui, &title, Type::Strong, t.text);
    let about = "The mean of the training studies' maps, each as much as the towers take it for one of the text; strongest \
                 values from above and from the left.";
    paragraph(ui, about, Type::Small, t.text_3);
    ui.add_space(4.0);
    let n = gallery.textures.len().max(1) as f32;
    let width = (ui.available_width() - 12.0 * (n - 1.0)) / n;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        for (textures, prompt) in gallery.textures.iter().zip(prompts) {
            ui.vertical(|ui| {
                ui.set_width(width);
                let size = vec2(0.5 * (width - 6.0), 0.5 * (width - 6.0) * 1.2);
                let images = ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 6.0;
                    for texture in textures {
                        let image = Image::from_texture(texture).fit_to_exact_size(size);
                        ui.add(image.maintain_aspect_ratio(true));
                    }
                });
                let label = format!("Map of {prompt} after pass {}", seen.epoch);
                images
                    .response
                    .widget_info(|| WidgetInfo::labeled(Role::Image, true, &label));
                paragraph(ui, prompt, Type::Small, t.text);
            });
        }
    });
}

/// Draws the three tables of similarities.
pub(super) fn matrices(seen: &Seen, ui: &mut Ui, t: &Tokens) {
    let title = format!(
        "The same {} training studies after pass {}",
        seen.pairs, seen.epoch
    );
    paragraph(ui, &title, Type::Strong, t.text);
    let about = format!(
        "The diagonal grows as titles and maps of a study find each other. Mean cosine of dev studies, which it has not seen: \
         {} of a study's own, {} of another's.",
        two_decimals(seen.diagonal.into()),
        two_decimals(seen.off_diagonal.into())
    );
    paragraph(ui, &about, Type::Small, t.text_3);
    ui.add_space(4.0);
    let side = ((ui.available_width() - 24.0) / 3.0).min(190.0);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        let names = ["titles and maps", "maps and maps", "titles and titles"];
        for (cosines, name) in seen.similarities.iter().zip(names) {
            ui.vertical(|ui| {
                matrix(cosines, seen.pairs, side, name, ui, t);
                paragraph(ui, name, Type::Small, t.text_2);
            });
        }
    });
}

fn matrix(cosines: &[f32], pairs: usize, side: f32, name: &str, ui: &mut Ui, t: &Tokens) {
    let (rect, response) = ui.allocate_exact_size(vec2(side, side), Sense::hover());
    let cell = side / pairs.max(1) as f32;
    let highest = cosines.iter().copied().fold(0.3_f32, f32::max);
    let mut mesh = Mesh::default();
    for (at, &cosine) in cosines.iter().enumerate() {
        let (row, column) = (at / pairs.max(1), at % pairs.max(1));
        let corner = pos2(
            rect.left() + cell * column as f32,
            rect.top() + cell * row as f32,
        );
        // From 0, the colour of the page, to the highest.
        let share = (cosine / highest).clamp(0.0, 1.0);
        let mix = |from: u8, to: u8| lerp(f32::from(from)..=f32::from(to), share) as u8;
        let (a, b) = (t.track, t.accent);
        let colour = Color32::from_rgb(mix(a.r(), b.r()), mix(a.g(), b.g()), mix(a.b(), b.b()));
        mesh.add_colored_rect(Rect::from_min_size(corner, vec2(cell, cell)), colour);
    }
    ui.painter().add(Shape::mesh(mesh));
    let label = format!("Similarities of {name}");
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &label));
    if let Some(at) = ui.ctx().pointer_hover_pos().filter(|at| rect.contains(*at)) {
        let column = ((at.x - rect.left()) / cell) as usize;
        let row = ((at.y - rect.top()) / cell) as usize;
        if let Some(&cosine) = cosines.get(row * pairs + column) {
            let text = format!(
                "Study {} and study {}: {}",
                row + 1,
                column + 1,
                two_decimals(cosine.into())
            );
            response.on_hover_text_at_pointer(text);
        }
    }
}

/// Draws the dev maps in the plane.
pub(super) fn plane(seen: &Seen, width: f32, ui: &mut Ui, t: &Tokens) {
    paragraph(ui, "Dev maps in the shared space", Type::Strong, t.text);
    let about = "Its two main axes; colours are domains of the nearest task.";
    paragraph(ui, about, Type::Small, t.text_3);
    let domains = &Ontology::embedded().domains;
    Plot::new("training plane")
        .width(width)
        .height(200.0)
        .show_axes(false)
        .allow_scroll(false)
        .data_aspect(1.0)
        .show(ui, |plot| {
            for (number, domain) in domains.iter().enumerate() {
                let own = seen.plane.iter().filter(|(_, of)| *of == Some(number));
                let own: Vec<[f64; 2]> = own.map(|(at, _)| at.map(f64::from)).collect();
                if !own.is_empty() {
                    let colour = domain_colour(number, domains.len());
                    let points = Points::new(domain.name.clone(), PlotPoints::from(own));
                    plot.points(points.color(colour).radius(2.5).shape(MarkerShape::Circle));
                }
            }
        });
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(10.0, 2.0);
        for (number, domain) in domains.iter().enumerate() {
            let colour = domain_colour(number, domains.len());
            paragraph(ui, &domain.name, Type::Small, colour);
        }
    });
}

fn domain_colour(number: usize, of: usize) -> Color32 {
    Hsva::new(number as f32 / of.max(1) as f32, 0.65, 0.85, 1.0).into()
}

/// Draws the tasks nearest to the watched map.
pub(super) fn ranking(seen: &Seen, map: &str, ui: &mut Ui, cx: &Cx<'_>) {
    let t = cx.t;
    if seen.tasks.is_empty() {
        return;
    }
    let title = format!("What it makes of {map}");
    paragraph(ui, &title, Type::Strong, t.text);
    paragraph(
        ui,
        "Cosine with the tasks nearest to it.",
        Type::Small,
        t.text_3,
    );
    for (task, cosine) in &seen.tasks {
        let number = two_decimals((*cosine).into());
        amount_row(ui, t, task, cosine.max(0.0), &number);
    }
}
