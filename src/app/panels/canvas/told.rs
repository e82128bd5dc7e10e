//! What a screen reader says about a view.

use eframe::egui::{Role, Ui, WidgetInfo};

use super::{Cx, Placed};
use crate::app::arrangement::Pane;
use crate::app::state::WindowState;
use crate::app::theme::Type;
use crate::app::words;
use crate::app::work::CompareKey;
use crate::render::{DisplayList, View, ViewKind, millimetres};

/// Names the widget of a view and describes what it shows.
pub(super) fn tell(ui: &Ui, cx: &Cx<'_>, list: &DisplayList, part: usize, tile: &Placed) {
    let name = format!("{} view", tile.pane.name());
    tile.response
        .widget_info(|| WidgetInfo::labeled(Role::Canvas, true, &name));
    let views: Vec<&View> = list.views.iter().filter(|view| view.part == part).collect();
    let summary = summary(cx, tile.pane, &views);
    ui.ctx()
        .accesskit_node_builder(tile.response.id, |node| node.set_description(summary));
}

/// "Axial z = 24 mm, layer zmap, value 4.1 at 12 −30 24 mm, Left middle frontal".
fn summary(cx: &Cx<'_>, pane: Pane, views: &[&View]) -> String {
    let cut = cx.doc.cut_mm;
    let mut text = match (pane, views.first()) {
        (Pane::Mosaic, _) => mosaic(views),
        (Pane::Maps, _) => format!("{} views of maps side by side", views.len()),
        (_, Some(view)) if view.kind == ViewKind::Slice => {
            let axis = view.slice.plane.normal_axis();
            let letter = ["x", "y", "z"][axis];
            let title = view.slice.plane.title();
            format!("{title} {letter} = {:.0} mm", cut[axis])
        }
        _ => {
            let from = match pane {
                Pane::GlassSagittal => "the side",
                Pane::GlassCoronal => "behind",
                _ => "above",
            };
            format!("Largest values of every layer, seen from {from}")
        }
    };
    let zoom = cx.doc.view.zoom.factor;
    if (zoom - 1.0).abs() > 0.01 && views.iter().any(|view| view.kind == ViewKind::Slice) {
        text += &format!(", magnified {zoom:.1} times");
    }
    let layers = cx.doc.layers.iter().rev();
    for layer in layers.filter(|layer| layer.display.visible) {
        let value = layer
            .volume
            .as_ref()
            .and_then(|volume| volume.value_at_world(cut));
        let value = value.map_or_else(
            || "outside the map".to_owned(),
            |v| format!("value {}", words::value(v)),
        );
        text += &format!(", layer {}, {value}", layer.name);
    }
    text += &format!(" at {} mm", words::coordinate(cut));
    if let Some(hit) = cx.services.region_at(cut) {
        text += if hit.inside { ", " } else { ", near " };
        text += &hit.name;
    }
    text
}

/// The line under maps that stand side by side: how they compare, where that is known of the maps as
/// they are shown now. Of more pairs than fit into the width (points) those with the lowest map.
pub(super) fn comparison(ui: &Ui, cx: &Cx<'_>, state: &WindowState, width: f32) -> String {
    let Some(compared) = &state.compared else {
        return String::new();
    };
    if compared.key != CompareKey::wanted(cx.doc, state.over) {
        return String::new();
    }
    let name = |n: usize| {
        let layer = cx.doc.layer(compared.key.0[n].layer);
        layer.map_or("", |layer| layer.name.as_str())
    };
    let pairs = compared.pairs.as_slice();
    if let [(_, found)] = pairs {
        return found.words();
    }
    let line = |first_only: bool| {
        let wanted = pairs
            .iter()
            .filter(|([a, b], _)| !first_only || *a == 0 || *b == 0);
        let words = wanted.map(|([a, b], found)| {
            let r = found
                .r
                .map_or_else(|| "–".to_owned(), |r| format!("{r:.2}"));
            format!("{} ↔ {}  r {}", name(*b), name(*a), r.replace('-', "−"))
        });
        words.collect::<Vec<_>>().join("  ·  ")
    };
    // A little larger than it is drawn, so that what fits here is not cut there.
    let fits = |text: &String| {
        let (font, text) = (Type::Strong.font(), text.clone());
        let galley = ui.painter().layout_no_wrap(text, font, cx.t.text);
        galley.size().x <= width - 32.0
    };
    [line(false), line(true)]
        .into_iter()
        .find(fits)
        .unwrap_or_else(|| format!("{} correlations: see Values", pairs.len()))
}

/// "23 axial slices, z −59 to 59 mm".
fn mosaic(views: &[&View]) -> String {
    let Some(last) = views.last() else {
        return "No room for slices".to_owned();
    };
    // The small picture of where they lie comes first and shows another plane.
    let plane = last.slice.plane;
    let axis = plane.normal_axis();
    let slices: Vec<f64> = views
        .iter()
        .filter(|view| view.slice.plane == plane)
        .map(|view| view.slice.centre_mm[axis])
        .collect();
    format!(
        "{} {} slices, {} {} to {} mm",
        slices.len(),
        plane.title().to_lowercase(),
        ["x", "y", "z"][axis],
        millimetres(slices[0]),
        millimetres(slices[slices.len() - 1]),
    )
}
