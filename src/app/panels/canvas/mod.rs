//! The views. Drawing is `render`'s; here tiles, pointer, wheel and the words for screen readers are
//! added.

mod pointer;
mod software;
mod tiles;
mod told;

use std::sync::Arc;

use eframe::egui::{self, Rect, Shape, Ui};
use eframe::egui_wgpu::RenderState;

use self::software::SoftwarePictures;
use super::Cx;
use crate::app::arrangement::Pane;
use crate::app::command::ViewCommand;
use crate::app::document::Document;
use crate::app::state::WindowState;
use crate::render::gpu::WindowSlices;
use crate::render::{
    Bounds, Cell, DisplayList, GlassPictures, RenderError, Scene, SceneLayer, ViewKind, Zoom,
    cells_area, layout, scene_bounds, shapes,
};
use crate::volume::Volume;

/// Points kept between the crosshair and the edge of a magnified view when it is moved by key.
const FOLLOW_MARGIN: f32 = 20.0;

/// What the canvas keeps between frames.
#[derive(Default)]
pub struct Canvas {
    slices: WindowSlices,
    glass: GlassPictures,
    software: SoftwarePictures,
    wheel: f32,
    /// The crosshair the views were last shifted for.
    followed: Option<[f64; 3]>,
    /// Cells of the last frame, for figures and for the room the colour bars take.
    cells: Vec<Cell>,
    /// What the views are framed by.
    bounds: Option<Bounds>,
    /// Width and height of the views together, points.
    size: egui::Vec2,
    /// The anatomy under the maps, once it is read.
    pub underlay: Option<Arc<Volume>>,
}

impl Canvas {
    /// The cells on screen; those of the document's arrangement before there is a frame.
    pub fn cells(&self, document: &Document) -> Vec<Cell> {
        if self.cells.is_empty() {
            let view = &document.view;
            return view.arrangement.preset.cells(view.mosaic, view.maps, 1.0);
        }
        self.cells.clone()
    }

    /// Width and height of the views together, points; 0 before there is a frame.
    pub fn size(&self) -> egui::Vec2 {
        self.size
    }

    /// What the views are framed by.
    pub fn bounds(&self) -> Bounds {
        self.bounds.unwrap_or(Bounds::MNI)
    }

    /// Whether a picture is still being drawn.
    pub fn is_busy(&self) -> bool {
        self.glass.is_busy()
    }
}

/// The scene a document shows on a black or white canvas.
pub fn scene(document: &Document, underlay: Option<&Arc<Volume>>, dark: bool) -> Scene {
    let layers = document.layers.iter().filter_map(|layer| {
        Some(SceneLayer {
            volume: layer.volume.clone()?,
            display: layer.display.clone(),
            gate: document.gate(layer),
        })
    });
    Scene {
        underlay: underlay.filter(|_| document.underlay).cloned(),
        layers: layers.collect(),
        cut_mm: document.cut_mm,
        convention: document.convention,
        dark,
        crosshair: document.crosshair,
    }
}

/// Draws the canvas into the rest of the window. `Err` where the graphics adapter failed; the
/// processor has drawn then.
pub fn canvas(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut WindowState,
    canvas: &mut Canvas,
    gpu: Option<&RenderState>,
) -> Result<(), RenderError> {
    let rect = ui.max_rect();
    canvas.size = rect.size();
    let dark = cx.doc.view.background.is_dark(cx.t.dark);
    let scene = scene(cx.doc, canvas.underlay.as_ref(), dark);
    state.caption = told::comparison(ui, cx, state, rect.width());
    let options = cx.doc.view.options(&state.caption);
    canvas.bounds = Some(scene_bounds(&scene));
    state.framed = canvas.bounds;
    // What is drawn lies below the tiles' dividers, but is known only after them.
    let painter = ui.painter().clone();
    let below = painter.add(Shape::Noop);
    let area = cells_area(&scene, &canvas.cells, rect, &options);
    let placed = tiles::place(ui, cx, state, area);
    let cells = tiles::cells(&placed, area, cx.doc);
    if cells_area(&scene, &cells, rect, &options) != area {
        ui.ctx()
            .request_discard("the colour bars took or gave room");
    }
    canvas.cells = cells;
    let list = layout(&scene, &canvas.cells, rect, ui.pixels_per_point(), &options);
    let mut failure = Ok(());
    let on_gpu = gpu.and_then(|gpu| match canvas.slices.prepare(gpu, &scene, &list) {
        Ok(textures) => Some(textures),
        Err(error) => {
            failure = Err(error);
            None
        }
    });
    let mut textures = match on_gpu {
        Some(textures) => textures,
        None => canvas.software.prepare(ui.ctx(), &scene, &list),
    };
    canvas.glass.prepare(ui.ctx(), &scene, &list, &mut textures);
    painter.set(below, Shape::Vec(shapes(&list, &painter, &textures)));
    state.reduced.clear();
    for layer in &cx.doc.layers {
        let by = layer
            .volume
            .as_ref()
            .map(|volume| canvas.slices.reduced_by(volume));
        if let Some(factor) = by.filter(|factor| *factor > 1) {
            state.reduced.insert(layer.id, factor);
        }
    }
    state.hover_mm = None;
    state.views = placed.iter().map(|tile| tile.response.id).collect();
    state.pane = None;
    for (part, tile) in placed.iter().enumerate() {
        if tile.response.contains_pointer() || tile.response.has_focus() {
            state.pane = Some(tile.pane);
        }
        told::tell(ui, cx, &list, part, tile);
        pointer::interact(ui, cx, state, canvas, &list, part, tile);
    }
    follow(ui, cx, canvas, &list);
    failure
}

/// Shifts magnified views so that a crosshair moved by key, or sent elsewhere, can be seen.
fn follow(ui: &Ui, cx: &mut Cx<'_>, canvas: &mut Canvas, list: &DisplayList) {
    let cut = cx.doc.cut_mm;
    let moved = canvas.followed.replace(cut) != Some(cut);
    let by_pointer = ui.input(|input| input.pointer.any_down());
    if !moved || by_pointer || cx.doc.view.zoom.is_none() {
        return;
    }
    let bounds = canvas.bounds();
    let mut zoom = cx.doc.view.zoom.within(&bounds);
    let mosaic = |part: usize| {
        let kind = canvas.cells.get(part).map(|cell| cell.kind);
        matches!(kind, Some(crate::render::CellKind::Mosaic(_)))
    };
    let mut shifted = [false; 3];
    for view in &list.views {
        if view.kind != ViewKind::Slice || mosaic(view.part) {
            continue;
        }
        let margin = FOLLOW_MARGIN.min(0.25 * view.cell.size().min_elem());
        let inner = view.cell.shrink(margin);
        let there = view.mm_at(inner.clamp(view.point_of(cut)));
        let plane = view.slice.plane;
        for axis in [plane.across_axis(), plane.up_axis()] {
            let beyond = cut[axis] - there[axis];
            if beyond.abs() > 1e-6 && !std::mem::replace(&mut shifted[axis], true) {
                zoom.pan_mm[axis] += beyond;
            }
        }
    }
    if shifted.contains(&true) {
        let zoom = zoom.within(&bounds);
        if zoom != cx.doc.view.zoom {
            cx.send(ViewCommand::Zoom(zoom).into());
        }
    }
}

/// A view on screen.
pub(super) struct Placed {
    pane: Pane,
    rect: Rect,
    response: egui::Response,
}

/// The views shifted so that what lay under the pointer follows it.
fn shifted(zoom: Zoom, view: &crate::render::View, by: egui::Vec2, bounds: &Bounds) -> Zoom {
    let from = view.mm_at(view.cell.center());
    let to = view.mm_at(view.cell.center() + by);
    let mut zoom = zoom.within(bounds);
    for (axis, pan) in zoom.pan_mm.iter_mut().enumerate() {
        *pan += from[axis] - to[axis];
    }
    zoom.within(bounds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::arrangement::Arrangement;
    use crate::render::{CanvasOptions, Preset};

    #[test]
    fn one_view_alone_fills_the_canvas_at_every_scale() {
        let document = Document::default();
        let scene = scene(&document, None, true);
        let rect = Rect::from_min_size(egui::pos2(248.0, 36.0), egui::vec2(684.0, 736.0));
        for ppp in [1.0, 1.25, 1.5, 2.0] {
            for pane in Arrangement::of(Preset::FourViews).panes() {
                let cells = [Cell::whole(pane.kind(&document.view))];
                let options = CanvasOptions::default();
                let list = layout(&scene, &cells, rect, ppp, &options);
                assert_eq!(list.views.len(), 1, "{pane:?}");
                let cell = list.views[0].cell;
                assert!((cell.min - rect.min).length() < 2.0);
                assert!((cell.max.x - rect.max.x).abs() < 2.0);
                assert!(cell.height() > 0.9 * rect.height());
            }
        }
    }
}
