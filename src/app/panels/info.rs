//! The selected layer's file: grid, range, provenance, everything noticed while loading.

use eframe::egui::{Label, RichText, Ui, vec2};

use super::Cx;
use crate::app::document::Source;
use crate::app::theme::{Tokens, Type};
use crate::app::widgets::{paragraph, say};
use crate::app::words;

/// Draws the tab.
pub fn info_tab(ui: &mut Ui, cx: &Cx<'_>) {
    let t = cx.t;
    let Some(layer) = cx.doc.selected_layer() else {
        paragraph(ui, "No layer is selected.", Type::Body, t.text_2);
        model(ui, cx);
        return;
    };
    ui.spacing_mut().item_spacing = vec2(8.0, 5.0);
    paragraph(ui, &layer.name, Type::Title, t.text);
    ui.add_space(4.0);
    if let Some(volume) = &layer.volume {
        let [x, y, z] = volume.grid.shape;
        row(ui, t, "Values", layer.kind.label());
        row(ui, t, "Grid", &format!("{x} × {y} × {z} voxels"));
        row(
            ui,
            t,
            "Voxel",
            &words::voxel_size(volume.grid.affine.voxel_sizes_mm()),
        );
        let low = volume.grid.world([0; 3]);
        let high = volume
            .grid
            .world([x - 1, y - 1, z - 1].map(|n| n.min(usize::MAX - 1)));
        row(ui, t, "From", &format!("{} mm", words::coordinate(low)));
        row(ui, t, "To", &format!("{} mm", words::coordinate(high)));
        if volume.frames > 1 {
            row(
                ui,
                t,
                "Frame",
                &format!("{} of {}", volume.frame + 1, volume.frames),
            );
        }
        let stats = volume.stats();
        row(
            ui,
            t,
            "Range",
            &format!("{} … {}", words::value(stats.min), words::value(stats.max)),
        );
        let share = 100.0 * stats.nonzero as f64 / volume.grid.len().max(1) as f64;
        row(ui, t, "Not zero", &format!("{share:.1} % of the voxels"));
        let missing = volume.grid.len().saturating_sub(stats.finite);
        if missing > 0 {
            row(ui, t, "No data", &format!("{missing} voxels"));
        }
    }
    match &layer.source {
        Source::File { path, hash, .. } => {
            row(ui, t, "File", &path.display().to_string());
            row(ui, t, "SHA-256", hash);
        }
        Source::Embedded { name, hash } => {
            row(ui, t, "Source", name);
            row(ui, t, "SHA-256", hash);
        }
        Source::Predicted {
            text,
            task_id,
            bundle,
        } => {
            row(ui, t, "Text", text);
            if let Some(id) = task_id {
                row(ui, t, "Task", id);
            }
            row(ui, t, "Model", bundle);
        }
    }
    if let Some(volume) = layer
        .volume
        .as_ref()
        .filter(|volume| !volume.warnings.is_empty())
    {
        ui.add_space(8.0);
        paragraph(ui, "Noticed while loading", Type::Strong, t.text);
        for warning in &volume.warnings {
            say(ui, warning.badge.as_str(), Type::Strong, t.warning);
            paragraph(ui, &warning.message, Type::Body, t.text_2);
        }
    }
    model(ui, cx);
}

fn model(ui: &mut Ui, cx: &Cx<'_>) {
    let t = cx.t;
    ui.add_space(12.0);
    paragraph(ui, "Model in use", Type::Strong, t.text);
    paragraph(ui, &cx.services.model_name(), Type::Body, t.text_2);
}

fn row(ui: &mut Ui, t: &Tokens, name: &str, value: &str) {
    ui.horizontal_top(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(72.0, 16.0), eframe::egui::Sense::hover());
        crate::app::widgets::paint_elided(
            ui.painter(),
            rect.left_center(),
            name,
            Type::Body,
            t.text_2,
            rect.width(),
        );
        let text = RichText::new(value).font(Type::Body.font()).color(t.text);
        ui.add(Label::new(text).wrap().selectable(true));
    });
}
