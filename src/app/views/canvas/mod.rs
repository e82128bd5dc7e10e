//! The canvas the views stand on.

mod pointer;
mod software;
mod tiles;

use eframe::egui::{self, Rect, Shape, Ui};
use eframe::egui_wgpu::RenderState;

use self::software::SoftwarePictures;
use super::{side_by_side, summary, view};
use crate::app::feature::Cx;
use crate::app::model::{Canvas, Pane};
use crate::render::gpu::WindowSlices;
use crate::render::{
    Bounds, Cell, DisplayList, GlassPictures, RenderError, ViewKind, Zoom, cells_area, layout,
    scene_bounds, shapes,
};

/// Points kept between the crosshair and the edge of a magnified view when it is moved by key.
const FOLLOW_MARGIN: f32 = 20.0;

/// The views, and what they keep between frames.
#[derive(Default)]
pub struct CanvasView {
    slices: WindowSlices,
    glass: GlassPictures,
    software: SoftwarePictures,
    wheel: f32,
    /// A menu, a list or the palette was open in the last frame.
    popup_open: bool,
    /// The press that closed one of them is not for the views.
    deaf: bool,
    /// The crosshair the views were last shifted for.
    followed: Option<[f64; 3]>,
    /// Cells of the last frame, for the room the colour bars take.
    cells: Vec<Cell>,
}

impl CanvasView {
    /// Whether a picture is still being drawn.
    pub fn is_busy(&self) -> bool {
        self.glass.is_busy()
    }

    /// Draws the views into the rest of the window; what they show, and `Err` where the graphics
    /// adapter failed: the processor has drawn then.
    pub fn draw(
        &mut self,
        ui: &mut Ui,
        cx: &mut Cx<'_>,
        gpu: Option<&RenderState>,
    ) -> (Canvas, Result<(), RenderError>) {
        self.listen(ui, cx);
        let rect = ui.max_rect();
        let dark = cx.doc.view.background.is_dark(cx.t.dark);
        let scene = cx.doc.scene(cx.desk.underlay.as_ref(), dark);
        let options = cx.doc.canvas_options(&cx.desk.caption);
        let mut shown = Canvas {
            size: rect.size(),
            bounds: scene_bounds(&scene),
            ..Canvas::default()
        };
        // What is drawn lies below the tiles' dividers, but is known only after them.
        let painter = ui.painter().clone();
        let below = painter.add(Shape::Noop);
        let area = cells_area(&scene, &self.cells, rect, &options);
        let placed = tiles::place(ui, cx, area);
        let cells = tiles::cells(&placed, area, cx.doc);
        if cells_area(&scene, &cells, rect, &options) != area {
            ui.ctx()
                .request_discard("the colour bars took or gave room");
        }
        self.cells.clone_from(&cells);
        let list = layout(&scene, &cells, rect, ui.pixels_per_point(), &options);
        shown.cells = cells;
        let mut failure = Ok(());
        let on_gpu = gpu.and_then(|gpu| match self.slices.prepare(gpu, &scene, &list) {
            Ok(textures) => Some(textures),
            Err(error) => {
                failure = Err(error);
                None
            }
        });
        let mut textures = match on_gpu {
            Some(textures) => textures,
            None => self.software.prepare(ui.ctx(), &scene, &list),
        };
        self.glass.prepare(ui.ctx(), &scene, &list, &mut textures);
        painter.set(below, Shape::Vec(shapes(&list, &painter, &textures)));
        for layer in &cx.doc.layers {
            let by = layer
                .volume
                .as_ref()
                .map(|volume| self.slices.reduced_by(volume));
            if let Some(factor) = by.filter(|factor| *factor > 1) {
                shown.reduced.insert(layer.id, factor);
            }
        }
        shown.widgets = placed.iter().map(|tile| tile.response.id).collect();
        for (part, tile) in placed.iter().enumerate() {
            if tile.response.contains_pointer() || tile.response.has_focus() {
                shown.pane = Some(tile.pane);
            }
            summary::tell(ui, cx, &list, part, tile);
            pointer::interact(ui, cx, self, &mut shown, &list, part, tile);
        }
        shown.maps = list.maps;
        whole_names(ui, &list, &placed);
        if let Some(tile) = placed.iter().find(|tile| tile.pane == Pane::Maps) {
            side_by_side::page_buttons(ui, cx, tile.rect, list.maps);
        }
        self.follow(ui, cx, &shown, &list);
        (shown, failure)
    }

    /// Leaves a press alone that closes a menu: it is not meant for what lies behind.
    fn listen(&mut self, ui: &Ui, cx: &Cx<'_>) {
        let open = egui::Popup::is_any_open(ui.ctx()) || cx.desk.overlay.is_some();
        let (pressed, down, released) = ui.input(|input| {
            let pointer = &input.pointer;
            (
                pointer.any_pressed(),
                pointer.any_down(),
                pointer.any_released(),
            )
        });
        if pressed {
            self.deaf = open || self.popup_open;
        } else if !down && !released {
            self.deaf = false;
        }
        self.popup_open = open;
    }

    /// Shifts magnified views so that a crosshair moved by key, or sent elsewhere, can be seen.
    fn follow(&mut self, ui: &Ui, cx: &mut Cx<'_>, shown: &Canvas, list: &DisplayList) {
        let cut = cx.doc.cut_mm;
        let moved = self.followed.replace(cut) != Some(cut);
        let by_pointer = ui.input(|input| input.pointer.any_down());
        if !moved || by_pointer || cx.doc.view.zoom.is_none() {
            return;
        }
        let bounds = shown.bounds;
        let mut zoom = cx.doc.view.zoom.within(&bounds);
        let mosaic = |part: usize| {
            let kind = shown.cells.get(part).map(|cell| cell.kind);
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
                cx.edit(move |doc| doc.zoom(zoom));
            }
        }
    }
}

/// Says names in whole under the pointer, where they may be cut.
fn whole_names(ui: &Ui, list: &DisplayList, placed: &[Placed]) {
    let pointer = ui.input(|input| input.pointer.hover_pos());
    for (n, (rect, name)) in list.names.iter().enumerate() {
        let inside = placed.iter().find(|tile| tile.rect.intersects(*rect));
        match inside {
            Some(tile) => {
                if pointer.is_some_and(|at| rect.contains(at)) {
                    tile.response.clone().on_hover_text_at_pointer(name);
                }
            }
            None => {
                let id = ui.scope_id().with(("whole name", n));
                ui.interact(*rect, id, egui::Sense::hover())
                    .on_hover_text(name);
            }
        }
    }
}

/// A view on screen.
pub(super) struct Placed {
    pub(super) pane: Pane,
    pub(super) rect: Rect,
    pub(super) response: egui::Response,
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
    use crate::app::model::{Arrangement, Document};
    use crate::render::{CanvasOptions, Preset};

    #[test]
    fn one_view_alone_fills_the_canvas_at_every_scale() {
        let document = Document::default();
        let scene = document.scene(None, true);
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
