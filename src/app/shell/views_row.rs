//! The arrangements as a row of small pictures in the top bar, and beside it what can be set about the
//! views.

use eframe::egui::{
    Checkbox, Color32, DragValue, Popup, PopupCloseBehavior, Rect, Response, RichText, Role, Sense,
    Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use crate::app::feature::Cx;
use crate::app::kit::theme::Type;
use crate::app::kit::widgets::{focus_ring, say, segmented};
use crate::app::model::{Background, Mark};
use crate::render::{Bounds, CellKind, MAX_SLICES, MapPlanes, Mosaic, Plane, Preset, Slices};

/// Width of a picture of the row, points.
const GLYPH: f32 = 26.0;

/// Room the row takes, points.
pub(super) const WIDTH: f32 = 7.0 * GLYPH;

/// Draws the row so that it ends at `right`, in the middle of a bar; returns its left edge.
pub(super) fn views_row(ui: &mut Ui, cx: &mut Cx<'_>, bar: Rect, right: f32) -> f32 {
    let left = right - WIDTH;
    let place = |n: usize| {
        let at = pos2(left + (n as f32 + 0.5) * GLYPH, bar.center().y);
        Rect::from_center_size(at, vec2(GLYPH, 24.0))
    };
    for (n, preset) in Preset::ALL.into_iter().enumerate() {
        let command = command(preset);
        let chosen = cx.doc.view.arrangement.preset == preset;
        let response = ui.interact(
            place(n),
            ui.scope_id().with(("arrangement", n)),
            Sense::click(),
        );
        let label = format!("Arrangement: {}", preset.label());
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, chosen, &label));
        let colour = background(ui, cx, &response, place(n), chosen);
        glyph(ui, preset, place(n), colour);
        if response.clicked() {
            cx.run(command);
        }
        let keys = cx.keys(command);
        response.on_hover_text(format!("{} ({keys})", preset.label()));
    }
    let rect = place(Preset::ALL.len());
    let response = ui.interact(rect, ui.scope_id().with("view options"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "View options"));
    let open = Popup::is_id_open(ui.ctx(), Popup::default_response_id(&response));
    let colour = background(ui, cx, &response, rect, open);
    sliders(ui, rect, colour);
    Popup::menu(&response)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| {
            ui.set_width(250.0);
            options(ui, cx);
        });
    response.on_hover_text("Shown in the views");
    left
}

/// The row of the command table of an arrangement.
fn command(preset: Preset) -> &'static str {
    match preset {
        Preset::FourViews => "four-views",
        Preset::RowOfThree => "row-of-three",
        Preset::OneLarge => "one-large",
        Preset::GlassThree => "glass-three",
        Preset::Mosaic => "mosaic",
        Preset::SideBySide => "side-by-side",
    }
}

fn background(ui: &Ui, cx: &Cx<'_>, response: &Response, rect: Rect, chosen: bool) -> Color32 {
    let t = cx.t;
    let inner = rect.shrink2(vec2(1.0, 1.0));
    if chosen {
        ui.painter().rect_filled(inner, 4.0, t.accent_soft);
    } else if response.hovered() {
        ui.painter().rect_filled(inner, 4.0, t.raised);
    }
    focus_ring(ui, t, response, inner);
    match (chosen, response.hovered()) {
        (true, _) => t.accent,
        (false, true) => t.text,
        (false, false) => t.text_2,
    }
}

/// An arrangement in small: its cells, glass brains as rings.
fn glyph(ui: &Ui, preset: Preset, rect: Rect, colour: Color32) {
    let canvas = Rect::from_center_size(rect.center(), vec2(15.0, 12.0));
    let stroke = Stroke::new(1.0, colour);
    let painter = ui.painter();
    let boxed = |unit: Rect| {
        let min = canvas.min + unit.min.to_vec2() * canvas.size();
        let max = canvas.min + unit.max.to_vec2() * canvas.size();
        Rect::from_min_max(min, max).shrink(0.9)
    };
    let unit = |x: f32, y: f32, w: f32, h: f32| Rect::from_min_size(pos2(x, y), vec2(w, h));
    match preset {
        Preset::Mosaic => {
            for n in 0..6 {
                let (x, y) = ((n % 3) as f32 / 3.0, (n / 3) as f32 / 2.0);
                painter.rect_filled(boxed(unit(x, y, 1.0 / 3.0, 0.5)), 0.5, colour);
            }
        }
        Preset::SideBySide => {
            for x in [0.0, 0.5] {
                let half = boxed(unit(x, 0.0, 0.5, 1.0));
                painter.rect_stroke(half, 1.0, stroke, StrokeKind::Inside);
                let line = half.bottom() - 2.5;
                painter.hline(half.shrink(2.0).x_range(), line, stroke);
            }
        }
        _ => {
            for cell in preset.cells(Mosaic::default(), MapPlanes::default(), 1.25) {
                let place = boxed(cell.unit);
                match cell.kind {
                    CellKind::Glass(_) => {
                        let radius = 0.5 * place.size() - vec2(0.2, 0.2);
                        let radius = if preset == Preset::GlassThree {
                            vec2(radius.x, radius.x * 1.4)
                        } else {
                            radius
                        };
                        painter.add(Shape::ellipse_stroke(place.center(), radius, stroke));
                    }
                    _ => {
                        painter.rect_stroke(place, 0.5, stroke, StrokeKind::Inside);
                    }
                }
            }
        }
    }
}

/// Three lines with knobs.
fn sliders(ui: &Ui, rect: Rect, colour: Color32) {
    let painter = ui.painter();
    let stroke = Stroke::new(1.0, colour);
    for (n, knob) in [-3.0, 3.0, -1.0].into_iter().enumerate() {
        let y = rect.center().y + 4.5 * (n as f32 - 1.0);
        let x = rect.center().x;
        painter.hline(x - 6.5..=x + 6.5, y, stroke);
        painter.circle_filled(pos2(x + knob, y), 1.8, colour);
    }
}

/// What can be set: the mosaic, the planes of maps, what is written, the background.
fn options(ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    ui.spacing_mut().item_spacing.y = 6.0;
    say(ui, "Mosaic", Type::Small, t.text_3);
    mosaic(ui, cx, &cx.desk.canvas.bounds);
    ui.add_space(4.0);
    say(ui, "Maps side by side", Type::Small, t.text_3);
    let planes = MapPlanes::ALL.map(|p| (p, short(p.label())));
    if let Some(maps) = segmented(ui, t, "Planes of maps", &planes, cx.doc.view.maps) {
        cx.edit(move |doc| doc.set_maps(maps));
    }
    ui.add_space(4.0);
    say(ui, "Drawn in the views", Type::Small, t.text_3);
    ui.spacing_mut().item_spacing.y = 3.0;
    let tick = |ui: &mut Ui, on: bool, label: &str| -> bool {
        let text = RichText::new(label).font(Type::Body.font()).color(t.text);
        let mut on = on;
        ui.add(Checkbox::new(&mut on, text)).changed()
    };
    for mark in Mark::ALL {
        if tick(ui, mark.of(cx.doc.view.marks), mark.label()) {
            cx.edit(move |doc| doc.toggle_mark(mark));
        }
    }
    if tick(ui, cx.doc.crosshair, "Crosshair") {
        cx.edit(|doc| doc.toggle_crosshair());
    }
    ui.spacing_mut().item_spacing.y = 6.0;
    ui.add_space(4.0);
    say(ui, "Background", Type::Small, t.text_3);
    let backgrounds = Background::ALL.map(|b| (b, b.label()));
    let chosen = cx.doc.view.background;
    if let Some(background) = segmented(ui, t, "Background", &backgrounds, chosen) {
        cx.edit(move |doc| doc.set_background(background));
    }
}

/// "All three" is too long for a quarter of the width.
fn short(label: &'static str) -> &'static str {
    if label.starts_with("All") {
        "All"
    } else {
        label
    }
}

fn mosaic(ui: &mut Ui, cx: &mut Cx<'_>, bounds: &Bounds) {
    let t = cx.t;
    let before = cx.doc.view.mosaic;
    let mut mosaic = before;
    let planes = Plane::ALL.map(|plane| (plane, plane.title()));
    if let Some(plane) = segmented(ui, t, "Plane of the mosaic", &planes, mosaic.plane) {
        // Positions along another axis mean nothing here.
        mosaic = Mosaic {
            plane,
            from_mm: None,
            to_mm: None,
            ..mosaic
        };
    }
    let by_count = matches!(mosaic.slices, Slices::Count(_));
    let ways = [(true, "Number"), (false, "Every … mm")];
    match segmented(ui, t, "Slices", &ways, by_count) {
        Some(true) => mosaic.slices = Slices::Count(23),
        Some(false) => mosaic.slices = Slices::Every(6.0),
        None => {}
    }
    let (from, to) = mosaic.range_mm(bounds);
    let word = |ui: &mut Ui, text: &str| {
        ui.label(RichText::new(text).font(Type::Body.font()).color(t.text_2));
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        match &mut mosaic.slices {
            Slices::Count(count) => {
                let field = DragValue::new(count).range(1..=MAX_SLICES);
                ui.add(field).accessible_name("Number of slices");
                word(ui, "slices");
            }
            Slices::Every(mm) => {
                let field = DragValue::new(mm)
                    .range(0.5..=50.0)
                    .max_decimals(1)
                    .suffix(" mm");
                ui.add(field).accessible_name("Distance of slices");
            }
        }
        let end = |ui: &mut Ui, asked: &mut Option<f64>, shown: f64, name: &str| {
            let mut value = asked.unwrap_or(shown);
            let field = DragValue::new(&mut value)
                .range(-200.0..=200.0)
                .max_decimals(1)
                .suffix(" mm");
            if ui.add(field).accessible_name(name).changed() {
                *asked = Some(value);
            }
        };
        word(ui, "from");
        end(ui, &mut mosaic.from_mm, from, "First slice");
        word(ui, "to");
        end(ui, &mut mosaic.to_mm, to, "Last slice");
    });
    let text = RichText::new("Show where the slices lie")
        .font(Type::Body.font())
        .color(t.text);
    ui.add(Checkbox::new(&mut mosaic.reference, text));
    if mosaic != before {
        cx.edit(move |doc| doc.set_mosaic(mosaic));
    }
}
