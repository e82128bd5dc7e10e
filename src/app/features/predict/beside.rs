//! The map of a text beside the selected map: how alike they are, voxel by voxel, and what the likeness is worth.

use eframe::egui::{
    Align2, Button, Color32, Mesh, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo,
    lerp, pos2, vec2,
};

use super::Predict;
use crate::app::feature::Cx;
use crate::app::kit::theme::{Tokens, Type};
use crate::app::kit::widgets::{paint_text, paragraph};
use crate::app::kit::words::{self, two_decimals};
use crate::app::model::Beside;
use crate::measure::SCATTER_CELLS;

/// Height of the plots, points.
const HEIGHT: f32 = 132.0;

/// Draws the section.
pub(super) fn beside_rows(predict: &Predict, ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    let model = cx.services.model().number;
    let Some(key) = predict.beside_key(cx.doc, model) else {
        return;
    };
    let (Some(layer), Some(((of, _), found))) = (cx.doc.selected_layer(), predict.beside.latest())
    else {
        return;
    };
    if *of != key {
        return;
    }
    ui.add_space(10.0);
    paragraph(ui, "Beside the selected map", Type::Strong, t.text);
    let what = if key.2 { "the negative side of " } else { "" };
    let alike = format!(
        "r {} with {what}{}, Dice of the strongest tenth {}",
        two_decimals(found.pearson),
        layer.name,
        two_decimals(found.dice_of_a_tenth())
    );
    paragraph(ui, &alike, Type::Body, t.text).on_hover_text("In the model's brain");
    if let Some(rank) = found.rank {
        let line = more_like_it(rank - 1, found.tasks, "of the model's", "tasks");
        paragraph(ui, &line, Type::Small, t.text_2);
    }
    match predict.among_titles.ready(&key) {
        Some(Some(among)) => {
            let line = more_like_it(among.before, among.titles, "of", "titles of new studies");
            paragraph(ui, &line, Type::Small, t.text_2);
        }
        Some(None) => {}
        None if predict.among_titles.is_waiting() => {
            let line = "Reading titles of new studies to compare with…";
            paragraph(ui, line, Type::Small, t.text_3);
        }
        None => {}
    }
    ui.add_space(6.0);
    let half = 0.5 * (ui.available_width() - 12.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        scatter(found, key.2, half, ui, cx);
        dice_curve(found, half, ui, t);
    });
    ui.add_space(6.0);
    let tip = "A layer: where both maps are among their strongest tenth, where the text's alone, where the selected one \
               alone. Keeps the text's map as a layer";
    if ui
        .add(Button::new("Show where they overlap"))
        .on_hover_text(tip)
        .clicked()
    {
        cx.run("overlap-with-text");
    }
}

/// "3 of the model's 154 tasks are more like this map than the text is."
fn more_like_it(before: usize, all: usize, of: &str, what: &str) -> String {
    let (number, verb) = match before {
        0 => ("None".to_owned(), "is"),
        1 => ("One".to_owned(), "is"),
        n => (n.to_string(), "are"),
    };
    format!("{number} {of} {all} {what} {verb} more like this map than the text is.")
}

/// A frame for a plot, with what its axes are; the inner rectangle.
fn plot(ui: &Ui, t: &Tokens, rect: Rect, [across, up]: [&str; 2]) -> Rect {
    let inner = Rect::from_min_max(rect.min, pos2(rect.right(), rect.bottom() - 16.0));
    let painter = ui.painter();
    painter.rect_stroke(inner, 2.0, Stroke::new(1.0, t.line), StrokeKind::Inside);
    let below = pos2(inner.center().x, rect.bottom() - 6.0);
    let middle = Align2::CENTER_CENTER;
    paint_text(painter, below, middle, across, Type::Small, t.text_3);
    let corner = inner.left_top() + vec2(5.0, 4.0);
    paint_text(painter, corner, Align2::LEFT_TOP, up, Type::Small, t.text_3);
    inner
}

/// How many voxels have which pair of values; a click goes to such a voxel.
fn scatter(found: &Beside, negative: bool, width: f32, ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    let (rect, response) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::click_and_drag());
    let inner = plot(ui, t, rect, ["text", "map"]);
    let cells = SCATTER_CELLS as f32;
    let size = vec2(inner.width() / cells, inner.height() / cells);
    let most = found
        .scatter
        .counts
        .iter()
        .copied()
        .max()
        .unwrap_or(0)
        .max(1) as f32;
    let cell_rect = |x: usize, y: usize| {
        let min = pos2(
            inner.left() + size.x * x as f32,
            inner.bottom() - size.y * (y + 1) as f32,
        );
        Rect::from_min_size(min, size)
    };
    let mut mesh = Mesh::default();
    for (at, &count) in found.scatter.counts.iter().enumerate() {
        if count > 0 {
            // Most voxels lie in one corner: shades follow the logarithm.
            let share = (1.0 + count as f32).ln() / (1.0 + most).ln();
            let shade = lerp(0.12..=1.0, share);
            let colour = t.accent.linear_multiply(shade);
            mesh.add_colored_rect(cell_rect(at % SCATTER_CELLS, at / SCATTER_CELLS), colour);
        }
    }
    let painter = ui.painter_at(inner);
    painter.add(Shape::mesh(mesh));
    // Where the crosshair is.
    let at_mm = cx.doc.cut_mm;
    let value = |volume: &crate::volume::Volume| volume.value_at_world(at_mm);
    let predicted = cx.doc.preview.as_ref().filter(|p| p.source.is_predicted());
    let predicted = predicted.and_then(|p| p.volume.as_deref()).and_then(value);
    let selected = cx.doc.selected_layer().and_then(|l| l.volume.as_deref());
    let sign = if negative { -1.0 } else { 1.0 };
    let selected = selected.and_then(value).map(|v| sign * v);
    let here = predicted.zip(selected);
    if let Some([x, y]) = here.and_then(|(x, y)| found.scatter.cell(x, y)) {
        let centre = cell_rect(x, y).center();
        painter.circle_stroke(centre, 5.0, Stroke::new(2.0, Color32::BLACK));
        painter.circle_stroke(centre, 5.0, Stroke::new(1.0, Color32::WHITE));
    }
    let spoken = here.map_or_else(String::new, |(x, y)| {
        format!(
            ": text {}, map {} at the crosshair",
            words::value(x),
            words::value(y)
        )
    });
    let label = format!("Scatter plot of both maps{spoken}");
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &label));
    if let Some(at) = response.interact_pointer_pos()
        && inner.contains(at)
    {
        let along = |offset: f32, size: f32| ((offset / size) as usize).min(SCATTER_CELLS - 1);
        let x = along(at.x - inner.left(), size.x);
        let y = along(inner.bottom() - at.y, size.y);
        let cell = y * SCATTER_CELLS + x;
        let full = found.scatter.counts.get(cell).is_some_and(|&n| n > 0);
        if let Some(&place) = found.cells_mm.get(cell).filter(|_| full) {
            cx.edit(move |doc| {
                doc.go_to(place);
            });
        }
    }
    let tip = "Voxels of the brain by the value of the text's map (across) and of the selected map (up); the ring is the \
               crosshair. Click to go to a voxel with such values";
    response.on_hover_text(tip);
}

/// Dice of the strongest voxels of both, from the strongest fifth to the strongest five hundredth.
fn dice_curve(found: &Beside, width: f32, ui: &mut Ui, t: &Tokens) {
    let (rect, response) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::hover());
    let inner = plot(ui, t, rect, ["percentile", "Dice"]);
    let highest = found.dice.iter().map(|d| d.dice).fold(0.1, f64::max) as f32;
    let last = found.dice.len().saturating_sub(1).max(1) as f32;
    let place = |(n, dice): (usize, f64)| {
        let x = lerp(inner.left() + 8.0..=inner.right() - 8.0, n as f32 / last);
        let y = lerp(
            inner.bottom() - 8.0..=inner.top() + 20.0,
            dice as f32 / highest,
        );
        pos2(x, y)
    };
    let points: Vec<_> = found
        .dice
        .iter()
        .map(|d| d.dice)
        .enumerate()
        .map(place)
        .collect();
    let painter = ui.painter_at(inner);
    for &point in &points {
        painter.circle_filled(point, 2.5, t.accent);
    }
    painter.add(Shape::line(points, Stroke::new(1.5, t.accent)));
    for (align, at) in [
        (Align2::LEFT_BOTTOM, found.dice.first()),
        (Align2::RIGHT_BOTTOM, found.dice.last()),
    ] {
        if let Some(at) = at {
            let x = align.x().to_factor() * (inner.width() - 10.0) + inner.left() + 5.0;
            let corner = pos2(x, rect.bottom());
            let text = format!("{}", at.percentile);
            paint_text(ui.painter(), corner, align, text, Type::Small, t.text_3);
        }
    }
    let top = inner.right_top() + vec2(-5.0, 4.0);
    let text = two_decimals(highest.into());
    paint_text(
        &painter,
        top,
        Align2::RIGHT_TOP,
        text,
        Type::Small,
        t.text_3,
    );
    let curve: Vec<String> = found
        .dice
        .iter()
        .map(|at| format!("above {} %: {}", at.percentile, two_decimals(at.dice)))
        .collect();
    let label = format!("Dice of the strongest voxels: {}", curve.join(", "));
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &label));
    let tip = format!(
        "Dice of the voxels of both maps above a percentile of their own\n{}",
        curve.join("\n")
    );
    response.on_hover_text(tip);
}
