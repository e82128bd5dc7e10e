//! The four views. Drawing is `render`'s; here the pointer, the wheel and the words for screen
//! readers are added.

use std::sync::Arc;

use eframe::egui::{
    self, Color32, ColorImage, Context, CursorIcon, Event, EventFilter, MouseWheelUnit, Rect, Role,
    Sense, Stroke, StrokeKind, TextureHandle, TextureId, TextureOptions, Ui, WidgetInfo,
};
use eframe::egui_wgpu::RenderState;

use super::Cx;
use crate::app::command::{Command, Pane};
use crate::app::document::Document;
use crate::app::state::WindowState;
use crate::app::words;
use crate::render::gpu::{SliceKey, WindowSlices};
use crate::render::{
    DisplayList, Plane, RenderError, Scene, SceneLayer, View, ViewKind, cpu, glass, layout,
    layout_single, paint,
};
use crate::volume::Volume;

/// Points of a smooth wheel that make one step.
const POINTS_A_STEP: f32 = 24.0;

/// What the canvas keeps between frames.
#[derive(Default)]
pub struct Canvas {
    slices: WindowSlices,
    software: Vec<Option<(SliceKey, TextureHandle)>>,
    wheel: f32,
    /// The anatomy under the maps, once it is read.
    pub underlay: Option<Arc<Volume>>,
}

/// The scene a document shows.
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
    let scene = scene(cx.doc, canvas.underlay.as_ref(), cx.t.dark);
    let list = arrange(&scene, rect, ui.pixels_per_point(), state.maximised);
    let mut failure = Ok(());
    let on_gpu = gpu.and_then(
        |gpu| match canvas.slices.prepare(ui.ctx(), gpu, &scene, &list) {
            Ok(textures) => Some(textures),
            Err(error) => {
                failure = Err(error);
                None
            }
        },
    );
    let textures = match on_gpu {
        Some(textures) => textures,
        None => canvas.draw_in_software(ui.ctx(), &scene, &list),
    };
    paint(&list, ui.painter(), &textures);
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
    state.views.clear();
    for view in &list.views {
        interact(ui, cx, state, canvas, view);
    }
    failure
}

/// The display list of all four views, or of one alone.
pub fn arrange(scene: &Scene, rect: Rect, ppp: f32, only: Option<Pane>) -> DisplayList {
    match only {
        None => layout(scene, rect, ppp),
        Some(Pane::Sagittal) => layout_single(scene, rect, ppp, ViewKind::Slice, Plane::Sagittal),
        Some(Pane::Coronal) => layout_single(scene, rect, ppp, ViewKind::Slice, Plane::Coronal),
        Some(Pane::Axial) => layout_single(scene, rect, ppp, ViewKind::Slice, Plane::Axial),
        Some(Pane::Glass) => layout_single(scene, rect, ppp, ViewKind::Glass, Plane::Axial),
    }
}

fn pane_of(view: &View) -> Pane {
    match (view.kind, view.slice.plane) {
        (ViewKind::Glass, _) => Pane::Glass,
        (ViewKind::Slice, Plane::Sagittal) => Pane::Sagittal,
        (ViewKind::Slice, Plane::Coronal) => Pane::Coronal,
        (ViewKind::Slice, Plane::Axial) => Pane::Axial,
    }
}

fn pane_name(pane: Pane) -> &'static str {
    match pane {
        Pane::Sagittal => "Sagittal",
        Pane::Coronal => "Coronal",
        Pane::Axial => "Axial",
        Pane::Glass => "Glass brain",
    }
}

fn interact(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut WindowState,
    canvas: &mut Canvas,
    view: &View,
) {
    let pane = pane_of(view);
    let id = ui.scope_id().with(pane_name(pane));
    state.views.push(id);
    let response = ui
        .interact(view.cell, id, Sense::click_and_drag())
        .on_hover_cursor(CursorIcon::Crosshair);
    let name = format!("{} view", pane_name(pane));
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, &name));
    let summary = summary(cx, view);
    ui.ctx()
        .accesskit_node_builder(id, |node| node.set_description(summary));
    if response.has_focus() {
        let filter = EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
        let by_key =
            ui.input(|input| !input.pointer.any_down() && input.pointer.latest_pos().is_none());
        if by_key {
            let stroke = Stroke::new(1.5, cx.t.accent);
            ui.painter()
                .rect_stroke(view.cell.shrink(1.0), 0.0, stroke, StrokeKind::Inside);
        }
    }
    if response.double_clicked() {
        let next = if state.maximised == Some(pane) {
            None
        } else {
            Some(pane)
        };
        cx.send(Command::Maximise(next));
        return;
    }
    if let Some(at) = response.interact_pointer_pos()
        && response.is_pointer_button_down_on()
        && ui.input(|input| input.pointer.primary_down())
    {
        let inside = egui::pos2(
            at.x.clamp(view.cell.left(), view.cell.right()),
            at.y.clamp(view.cell.top(), view.cell.bottom()),
        );
        // Whole tenths: what is said in the status line is where the crosshair is.
        let point = view.mm_at(inside).map(|mm| (10.0 * mm).round() / 10.0);
        if point != cx.doc.cut_mm {
            cx.send(Command::MoveTo(point));
        }
    } else if let Some(at) = response.hover_pos() {
        // Over the empty canvas the status line keeps telling the crosshair's place.
        state.hover_mm = Some(view.mm_at(at)).filter(|mm| canvas.shows_something(cx, *mm));
    }
    if response.hovered() && view.kind == ViewKind::Slice {
        let steps = canvas.wheel_steps(ui);
        if steps != 0.0 {
            let mut vector = [0.0; 3];
            vector[view.slice.plane.normal_axis()] = f64::from(steps);
            cx.send(Command::Nudge(vector));
        }
    }
}

/// "Axial z = 24 mm, layer zmap, value 4.1 at 12 −30 24 mm, Left middle frontal".
fn summary(cx: &Cx<'_>, view: &View) -> String {
    let cut = cx.doc.cut_mm;
    let mut text = match view.kind {
        ViewKind::Slice => {
            let axis = view.slice.plane.normal_axis();
            let letter = ["x", "y", "z"][axis];
            format!(
                "{} {letter} = {:.0} mm",
                view.slice.plane.title(),
                cut[axis]
            )
        }
        ViewKind::Glass => "Largest values of every layer, seen from above".to_owned(),
    };
    for layer in cx
        .doc
        .layers
        .iter()
        .rev()
        .filter(|layer| layer.display.visible)
    {
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

impl Canvas {
    /// Whether a point lies in the head or in a map that is shown.
    fn shows_something(&self, cx: &Cx<'_>, point_mm: [f64; 3]) -> bool {
        let valued = |volume: &Volume| {
            volume
                .value_at_world(point_mm)
                .is_some_and(|value| value != 0.0)
        };
        let layers = cx.doc.layers.iter().filter(|l| l.display.visible);
        self.underlay.as_deref().is_some_and(valued)
            || layers.filter_map(|l| l.volume.as_deref()).any(valued)
    }

    /// Whole slices the wheel asks for, up positive.
    fn wheel_steps(&mut self, ui: &Ui) -> f32 {
        let turned: f32 = ui.input(|input| {
            input
                .events
                .iter()
                .map(|event| match event {
                    Event::MouseWheel {
                        unit,
                        delta,
                        modifiers,
                        ..
                    } if !modifiers.command => match unit {
                        MouseWheelUnit::Point => delta.y / POINTS_A_STEP,
                        MouseWheelUnit::Line => delta.y,
                        MouseWheelUnit::Page => 10.0 * delta.y,
                    },
                    _ => 0.0,
                })
                .sum()
        });
        self.wheel += turned;
        let whole = self.wheel.trunc();
        self.wheel -= whole;
        whole
    }

    /// Pictures by the processor, where there is no graphics adapter or it failed.
    fn draw_in_software(
        &mut self,
        ctx: &Context,
        scene: &Scene,
        list: &DisplayList,
    ) -> Vec<Option<TextureId>> {
        self.software.resize_with(list.views.len(), || None);
        let mut textures = Vec::with_capacity(list.views.len());
        for (view, slot) in list.views.iter().zip(&mut self.software) {
            let key = SliceKey::new(scene, &view.slice);
            if slot.as_ref().is_none_or(|(known, _)| *known != key) {
                let pixels = match view.kind {
                    ViewKind::Slice => cpu::draw_slice(scene, &view.slice),
                    ViewKind::Glass => glass::draw(scene, &view.slice),
                };
                let size = pixels.size.map(|n| n as usize);
                let rgba = pixels.rgba.iter();
                let image = ColorImage::new(
                    size,
                    rgba.map(|[r, g, b, _]| Color32::from_rgb(*r, *g, *b))
                        .collect(),
                );
                if let Some((known, handle)) = slot {
                    handle.set(image, TextureOptions::NEAREST);
                    *known = key;
                } else {
                    let handle = ctx.load_texture("view", image, TextureOptions::NEAREST);
                    *slot = Some((key, handle));
                }
            }
            textures.push(slot.as_ref().map(|(_, handle)| handle.id()));
        }
        textures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_view_alone_fills_the_canvas_at_every_scale() {
        let scene = scene(&Document::default(), None, true);
        let rect = Rect::from_min_size(egui::pos2(248.0, 36.0), egui::vec2(684.0, 736.0));
        for ppp in [1.0, 1.25, 1.5, 2.0] {
            for pane in Pane::ALL {
                let list = arrange(&scene, rect, ppp, Some(pane));
                assert_eq!(list.views.len(), 1, "{pane:?}");
                assert_eq!(pane_of(&list.views[0]), pane);
                let cell = list.views[0].cell;
                assert!(
                    (cell.min - rect.min).length() < 2.0 && (cell.max - rect.max).length() < 2.0
                );
            }
            assert_eq!(arrange(&scene, rect, ppp, None).views.len(), 4);
        }
    }
}
