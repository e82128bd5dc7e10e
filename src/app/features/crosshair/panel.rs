//! What every visible map holds at the crosshair, and where the crosshair has been.

use eframe::egui::{Align2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::app::feature::Cx;
use crate::app::kit::theme::{Tokens, Type};
use crate::app::kit::widgets::{focus_ring, paint_elided, paint_text, paragraph};
use crate::app::kit::words;
use crate::app::model::{Layer, Source};
use crate::atlas::freesurfer_name;
use crate::measure::{OVERLAP, Operation};
use crate::volume::{Volume, VolumeData};

const ROW: f32 = 38.0;
/// Places listed.
const MAX_PLACES: usize = 8;

/// Draws the tab.
pub(super) fn values(ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    ui.spacing_mut().item_spacing.y = 0.0;
    paragraph(ui, "At the crosshair", Type::Title, t.text);
    let at_mm = cx.doc.cut_mm;
    let region = cx.region_at(at_mm).map(|hit| hit.to_string());
    let place = format!("{} mm", words::coordinate(at_mm));
    paragraph(ui, &place, Type::Strong, t.text);
    let region = region.map_or_else(
        || format!("no region of {}", cx.desk.atlas.name),
        |region| format!("{region} ({})", cx.desk.atlas.name),
    );
    paragraph(ui, &region, Type::Body, t.text_2);
    ui.add_space(8.0);
    let layers = cx.doc.layers.iter().chain(&cx.doc.preview);
    for layer in layers.rev().filter(|l| l.display.visible) {
        if let Some(volume) = &layer.volume {
            value_row(ui, cx, layer, volume);
        }
    }
    places(ui, cx);
}

/// Name and value, below them the voxel and what it holds by itself.
fn value_row(ui: &mut Ui, cx: &Cx<'_>, layer: &Layer, volume: &Volume) {
    let t = cx.t;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let at_mm = cx.doc.cut_mm;
    let value = spoken_value(cx, layer, volume);
    let voxel = volume.voxel_at_world(at_mm);
    let below = match voxel {
        Some(voxel) => {
            let own = match &volume.data {
                VolumeData::Scalar(values) => {
                    let own = values[volume.grid.index(voxel)];
                    let own = if own.is_nan() {
                        "no data".to_owned()
                    } else {
                        words::value(own)
                    };
                    format!(", itself {own}")
                }
                VolumeData::Label(_) | VolumeData::Rgba(_) => String::new(),
            };
            format!("voxel {}{own}", words::voxel(voxel))
        }
        None => "outside its voxels".to_owned(),
    };
    response.widget_info(|| {
        let spoken = format!("Value of {}: {value}, {below}", layer.name);
        WidgetInfo::labeled(Role::ListItem, true, spoken)
    });
    let painter = ui.painter();
    let first = rect.top() + 12.0;
    let end = pos2(rect.right(), first);
    let number = paint_text(
        painter,
        end,
        Align2::RIGHT_CENTER,
        &value,
        Type::Strong,
        t.text,
    );
    let width = number.left() - rect.left() - 8.0;
    let at = pos2(rect.left(), first);
    paint_elided(painter, at, &layer.name, Type::Body, t.text, width);
    let at = pos2(rect.left(), rect.top() + 27.0);
    paint_elided(painter, at, &below, Type::Small, t.text_2, rect.width());
    line(ui, t, rect);
}

/// "z 4.1", "beta −0.3", "label 17 Hippocampus", "no data".
fn spoken_value(cx: &Cx<'_>, layer: &Layer, volume: &Volume) -> String {
    let at_mm = cx.doc.cut_mm;
    if let Some(label) = volume.label_at_world(at_mm) {
        if matches!(
            &layer.source,
            Source::Derived {
                operation: Operation::Overlap { .. },
                ..
            }
        ) {
            let name = label.checked_sub(1).and_then(|at| OVERLAP.get(at as usize));
            return name.map_or_else(|| "neither".to_owned(), |name| (*name).to_owned());
        }
        // The layer may be the atlas itself: its names are known then.
        let atlas = cx.desk.atlas.choice.as_ref().map(|choice| &choice.path);
        let own = atlas.is_some() && layer.source.path() == atlas;
        let name = (own && label != 0)
            .then(|| cx.services.region_at(at_mm))
            .flatten()
            .filter(|hit| hit.inside)
            .map(|hit| hit.name)
            .or_else(|| freesurfer_name(volume, label).map(str::to_owned))
            .map(|name| format!(" {name}"));
        return format!("label {label}{}", name.unwrap_or_default());
    }
    match (&volume.data, volume.value_at_world(at_mm)) {
        (VolumeData::Rgba(_), _) => "colour".to_owned(),
        (_, Some(value)) => format!("{} {}", layer.kind.label(), words::value(value)),
        (_, None) => "no data".to_owned(),
    }
}

/// Where the crosshair has been, the last place first.
fn places(ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    let list: Vec<[f64; 3]> = cx.doc.crosshair_history.list().take(MAX_PLACES).collect();
    if list.is_empty() {
        return;
    }
    ui.add_space(14.0);
    paragraph(ui, "Places before", Type::Strong, t.text);
    ui.add_space(4.0);
    for (n, place) in list.into_iter().enumerate() {
        let size = vec2(ui.available_width(), 22.0);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        let coordinate = words::coordinate(place);
        let region = cx.region_at(place).map(|hit| hit.to_string());
        let region = region.unwrap_or_default();
        response.widget_info(|| {
            let spoken = format!("Place {}: {coordinate} mm {region}", n + 1);
            WidgetInfo::labeled(Role::Button, true, spoken)
        });
        let painter = ui.painter();
        if response.hovered() {
            painter.rect_filled(rect, 4.0, t.raised);
        }
        let middle = rect.center().y;
        let end = pos2(rect.right() - 2.0, middle);
        let right = Align2::RIGHT_CENTER;
        let number = paint_text(painter, end, right, &coordinate, Type::Body, t.text_2);
        let width = number.left() - rect.left() - 10.0;
        let at = pos2(rect.left() + 2.0, middle);
        paint_elided(painter, at, &region, Type::Body, t.text, width);
        focus_ring(ui, t, &response, rect);
        if response.clicked() {
            cx.edit(move |doc| doc.go_to(place));
        }
    }
}

fn line(ui: &Ui, t: &Tokens, rect: Rect) {
    let stroke = Stroke::new(1.0, t.line);
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, stroke);
}
