//! Pointer and wheel over the views: crosshair, slices, magnification.

use eframe::egui::{
    CursorIcon, Event, EventFilter, Key, MouseWheelUnit, PointerButton, Pos2, Rect, Response, Role,
    Sense, Stroke, StrokeKind, Ui, WidgetInfo,
};

use super::{CanvasView, Placed, shifted, view};
use crate::app::feature::{Call, Cx};
use crate::app::model::Canvas;
use crate::render::{DisplayList, View, ViewKind, millimetres};
use crate::volume::Volume;

/// Points of a smooth wheel that make one step.
const POINTS_A_STEP: f32 = 24.0;

/// What pointer, wheel and keyboard do over the view in cell `part`.
pub(super) fn interact(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    canvas: &mut CanvasView,
    shown: &mut Canvas,
    list: &DisplayList,
    part: usize,
    tile: &Placed,
) {
    focus(ui, cx, tile);
    let views: Vec<&View> = list.views.iter().filter(|view| view.part == part).collect();
    if tile.response.double_clicked() {
        let next = match cx.desk.maximised {
            Some(_) => None,
            None => Some(tile.pane),
        };
        cx.call(Call::Maximise(next));
        return;
    }
    if view(tile.pane).has_several() {
        // Dividers at the tile's edge stay within reach.
        let within = tile.rect.shrink(4.0);
        for (n, view) in views.iter().enumerate() {
            let rect = view.cell.intersect(within);
            let id = tile.response.id.with(("slice", n));
            let response = ui
                .interact(rect, id, Sense::CLICK | Sense::DRAG)
                .on_hover_cursor(CursorIcon::Crosshair);
            let name = name(cx, view);
            response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
            over(ui, cx, canvas, shown, view, &response);
        }
        return;
    }
    if let Some(view) = views.first() {
        over(ui, cx, canvas, shown, view, &tile.response);
    }
}

/// "Axial slice z 12", "motor map, axial z 12".
fn name(cx: &Cx<'_>, view: &View) -> String {
    let plane = view.slice.plane;
    let axis = plane.normal_axis();
    let letter = ["x", "y", "z"][axis];
    let at = millimetres(view.slice.centre_mm[axis]);
    let shown = |n: usize| cx.doc.layers.iter().filter(|l| l.volume.is_some()).nth(n);
    match view.only.and_then(shown) {
        Some(layer) => format!(
            "{}, {} {letter} {at}",
            layer.name,
            plane.title().to_lowercase()
        ),
        None => format!("{} slice {letter} {at}", plane.title()),
    }
}

/// With the keyboard on a view, arrows are the crosshair's; a ring shows it where the keyboard brought
/// it.
fn focus(ui: &Ui, cx: &Cx<'_>, tile: &Placed) {
    if !tile.response.has_focus() {
        return;
    }
    let filter = EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(tile.response.id, filter));
    let by_key =
        ui.input(|input| !input.pointer.any_down() && input.pointer.latest_pos().is_none());
    if by_key {
        let stroke = Stroke::new(1.5, cx.t.accent);
        let ring = tile.rect.shrink(1.0);
        ui.painter()
            .rect_stroke(ring, 0.0, stroke, StrokeKind::Inside);
    }
}

/// The pointer over one picture.
fn over(
    ui: &Ui,
    cx: &mut Cx<'_>,
    canvas: &mut CanvasView,
    shown: &mut Canvas,
    view: &View,
    response: &Response,
) {
    let (space, primary) = ui.input(|input| {
        (
            input.key_down(Key::Space),
            input.pointer.primary_down() && !input.pointer.middle_down(),
        )
    });
    let bounds = shown.bounds;
    let slice = view.kind == ViewKind::Slice;
    let pans = response.dragged_by(PointerButton::Middle)
        || (space && response.dragged_by(PointerButton::Primary));
    if slice && pans {
        let by = response.drag_delta();
        if by != eframe::egui::Vec2::ZERO {
            let zoom = shifted(cx.doc.view.zoom, view, by, &bounds);
            cx.edit(move |doc| doc.zoom(zoom));
        }
    } else if let Some(at) = response.interact_pointer_pos()
        && response.is_pointer_button_down_on()
        && primary
        && !space
    {
        let inside = clamped(at, view.cell);
        // Whole tenths: what is said in the status line is where the crosshair is.
        let point = view.mm_at(inside).map(|mm| (10.0 * mm).round() / 10.0);
        if point != cx.doc.cut_mm {
            cx.edit(move |doc| doc.move_to(point));
        }
    } else if let Some(at) = response.hover_pos() {
        let mm = view.mm_at(at);
        // Over the empty canvas the status line keeps telling the crosshair's place.
        shown.hover_mm = Some(mm).filter(|mm| shows_something(cx, *mm));
    }
    if !(response.contains_pointer() && slice) {
        return;
    }
    let steps = canvas.wheel_steps(ui);
    if steps != 0.0 {
        let mut vector = [0.0; 3];
        vector[view.slice.plane.normal_axis()] = f64::from(steps);
        cx.edit(move |doc| doc.nudge(vector));
    }
    let by = magnified(ui);
    if let (Some(at), true) = (
        response.hover_pos(),
        by.is_finite() && by != 1.0 && by > 0.0,
    ) {
        let mm = view.mm_at(at);
        let zoom = cx.doc.view.zoom.about(by, mm, view.slice.plane, &bounds);
        cx.edit(move |doc| doc.zoom(zoom));
    }
}

/// How much the wheel with Ctrl, or two fingers, magnify in this frame.
fn magnified(ui: &Ui) -> f64 {
    let (by, pinched) = ui.input(|input| {
        let pinch = |event: &Event| matches!(event, Event::Zoom(_));
        (
            f64::from(input.zoom_delta()),
            input.events.iter().any(pinch),
        )
    });
    // The toolkit's half as much again for a notch of the wheel overshoots; fingers are followed.
    if pinched { by } else { by.sqrt() }
}

fn clamped(at: Pos2, cell: Rect) -> Pos2 {
    at.clamp(cell.min, cell.max)
}

/// Whether a point lies in the head or in a map that is shown.
fn shows_something(cx: &Cx<'_>, point_mm: [f64; 3]) -> bool {
    let valued = |volume: &Volume| {
        volume
            .value_at_world(point_mm)
            .is_some_and(|value| value != 0.0)
    };
    let layers = cx.doc.layers.iter().filter(|l| l.display.visible);
    cx.desk.underlay.as_deref().is_some_and(valued)
        || layers.filter_map(|l| l.volume.as_deref()).any(valued)
}

impl CanvasView {
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
}
