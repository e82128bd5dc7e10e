//! What a screen reader says about a view.

use eframe::egui::{Role, Ui, WidgetInfo};

use super::canvas::Placed;
use super::view;
use crate::app::feature::Cx;
use crate::app::kit::words;
use crate::render::{DisplayList, View, ViewKind};

/// Names the widget of a view and describes what it shows.
pub(super) fn tell(ui: &Ui, cx: &Cx<'_>, list: &DisplayList, part: usize, tile: &Placed) {
    let name = format!("{} view", tile.pane.name());
    tile.response
        .widget_info(|| WidgetInfo::labeled(Role::Canvas, true, &name));
    let views: Vec<&View> = list.views.iter().filter(|view| view.part == part).collect();
    let mut text = view(tile.pane).summary(cx, &views);
    values(cx, &views, &mut text);
    ui.ctx()
        .accesskit_node_builder(tile.response.id, |node| node.set_description(text));
}

/// ", layer zmap, value 4.1 at 12 −30 24 mm, Left middle frontal".
fn values(cx: &Cx<'_>, views: &[&View], text: &mut String) {
    let cut = cx.doc.cut_mm;
    let zoom = cx.doc.view.zoom.factor;
    if (zoom - 1.0).abs() > 0.01 && views.iter().any(|view| view.kind == ViewKind::Slice) {
        *text += &format!(", magnified {zoom:.1} times");
    }
    let layers = cx.doc.layers.iter().chain(&cx.doc.preview).rev();
    for layer in layers.filter(|layer| layer.display.visible) {
        let value = layer
            .volume
            .as_ref()
            .and_then(|volume| volume.value_at_world(cut));
        let value = value.map_or_else(
            || "outside the map".to_owned(),
            |v| format!("value {}", words::value(v)),
        );
        *text += &format!(", layer {}, {value}", layer.name);
    }
    *text += &format!(" at {} mm", words::coordinate(cut));
    if let Some(hit) = cx.region_at(cut) {
        *text += if hit.inside { ", " } else { ", near " };
        *text += &hit.name;
    }
}
