//! Status line: where the crosshair is, what lies there or under the pointer, what was done last.

use eframe::egui::text::{CCursor, CCursorRange};
use eframe::egui::{
    Align2, Frame, Id, Key, Rect, Role, Sense, Stroke, StrokeKind, TextEdit, Ui, UiBuilder,
    WidgetInfo, accesskit, pos2, vec2,
};

use super::messages::bell;
use crate::app::feature::Cx;
use crate::app::kit::theme::{PAD, RADIUS, Type};
use crate::app::kit::widgets::{elided, paint_text};
use crate::app::kit::words;
use crate::app::model::{Coordinate, Focus, coordinate_refusal, parse_coordinate};
use crate::atlas::freesurfer_name;

/// Width of the field of the coordinate.
const FIELD: f32 = 104.0;
/// Its name for screen readers.
pub const COORDINATE_NAME: &str = "Coordinate in mm, or ijk and a voxel";

/// Work shorter than this shows no progress: it would only flicker.
const PATIENCE_MS: f32 = 150.0;

/// The field of the coordinate: what it keeps between frames.
#[derive(Debug, Default, Clone)]
struct CoordinateField {
    /// Typed so far, while it has the keyboard.
    text: Option<String>,
    /// What was typed is no place.
    refused: bool,
}

/// Draws the line into its panel.
pub(super) fn status_line(ui: &mut Ui, cx: &mut Cx<'_>, unread: usize) {
    let t = cx.t;
    let bar = ui.max_rect();
    let middle = bar.center().y;
    let right = right_end(ui, cx, bar, unread);
    let field = Rect::from_min_max(
        pos2(bar.left() + PAD - 6.0, bar.top() + 3.0),
        pos2(bar.left() + PAD + FIELD, bar.bottom() - 3.0),
    );
    coordinate_field(ui, cx, field, cx.doc.cut_mm);
    let mut x = field.right() + 4.0;
    let painter = ui.painter().clone();
    let mut put = |text: &str, role: Type, colour, gap: f32| {
        let width = right - 16.0 - x;
        if width > 24.0 && !text.is_empty() {
            let galley = elided(&painter, text, role, colour, width);
            let size = galley.size();
            painter.galley(pos2(x, middle - size.y / 2.0), galley, colour);
            x += size.x + gap;
        }
    };
    // First all about the crosshair, then, in another colour, all about the pointer.
    let here = There::at(cx, cx.doc.cut_mm);
    put("mm", Type::Body, t.text_2, 20.0);
    put(&here.region, Type::Body, t.text, 20.0);
    put(&here.value, Type::Strong, t.text, 8.0);
    put(&here.voxel, Type::Body, t.text_2, 16.0);
    let mut spoken = format!("{} mm, {}", words::coordinate(cx.doc.cut_mm), here.words());
    // Behind a sheet or the palette the pointer means nothing.
    let covered =
        cx.desk.overlay.is_some() || ui.memory(|memory| memory.top_modal_layer().is_some());
    match cx.desk.canvas.hover_mm.filter(|_| !covered) {
        Some(point) => {
            let there = There::at(cx, point);
            let place = format!("pointer {}", words::coordinate(point));
            put("·", Type::Body, t.text_3, 12.0);
            put(&place, Type::Body, t.accent, 12.0);
            put(&there.value, Type::Strong, t.accent, 12.0);
            put(&there.region, Type::Body, t.accent, 12.0);
            spoken += &format!("; {place} mm, {}", there.words());
        }
        None => {
            let layer = cx.doc.selected_layer();
            put(layer.map_or("", |l| &l.name), Type::Body, t.text_2, 16.0);
            if cx.desk.atlas.choice.is_some() {
                put(&cx.desk.atlas.name, Type::Small, t.text_3, 20.0);
            }
        }
    }
    let id = ui.scope_id().with("position");
    let response = ui.interact(
        Rect::from_min_max(pos2(field.right(), bar.top()), pos2(right, bar.bottom())),
        id,
        Sense::hover(),
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Status, true, &spoken));
    ui.ctx()
        .accesskit_node_builder(id, |node| node.set_live(accesskit::Live::Polite));
}

/// What lies at a point. Words are empty where there is nothing to say.
struct There {
    region: String,
    /// The selected layer's; every layer's stands in the values tab.
    value: String,
    voxel: String,
}

impl There {
    fn at(cx: &Cx<'_>, point: [f64; 3]) -> Self {
        let region = cx.region_at(point).map(|hit| hit.to_string());
        let layer = cx.doc.selected_layer();
        let shown = layer.and_then(|layer| Some((layer, layer.volume.as_ref()?)));
        let value = shown.map(|(layer, volume)| {
            match (volume.label_at_world(point), volume.value_at_world(point)) {
                (Some(label), _) => match freesurfer_name(volume, label) {
                    Some(name) => format!("label {label} {name}"),
                    None => format!("label {label}"),
                },
                (None, Some(value)) => format!("{} {}", layer.kind.label(), words::value(value)),
                (None, None) => "no data".to_owned(),
            }
        });
        let voxel = shown.and_then(|(_, volume)| volume.voxel_at_world(point));
        let voxel = voxel.map(|voxel| format!("voxel {}", words::voxel(voxel)));
        Self {
            region: region.unwrap_or_default(),
            value: value.unwrap_or_default(),
            voxel: voxel.unwrap_or_default(),
        }
    }

    fn words(&self) -> String {
        let parts = [&self.region, &self.value, &self.voxel];
        let parts: Vec<&str> = parts
            .into_iter()
            .map(String::as_str)
            .filter(|part| !part.is_empty())
            .collect();
        parts.join(", ")
    }
}

/// The coordinate, which can be typed over.
fn coordinate_field(ui: &mut Ui, cx: &mut Cx<'_>, rect: Rect, point: [f64; 3]) {
    let t = cx.t;
    let id = Id::unique("coordinate");
    let mut field: CoordinateField = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    if cx.desk.focus == Some(Focus::Coordinate) {
        ui.memory_mut(|memory| memory.request_focus(id));
    }
    let focused = ui.memory(|memory| memory.has_focus(id));
    let edge = match (focused, field.refused) {
        (true, true) => t.error,
        (true, false) => t.accent,
        _ => t.panel,
    };
    let fill = if focused { t.raised } else { t.panel };
    ui.painter().rect(
        rect,
        RADIUS,
        fill,
        Stroke::new(1.0, edge),
        StrokeKind::Inside,
    );
    let mut text = match &field.text {
        Some(text) if focused => text.clone(),
        _ => words::coordinate(point),
    };
    let edit = TextEdit::singleline(&mut text)
        .id(id)
        .frame(Frame::NONE)
        .desired_width(rect.width() - 12.0)
        .min_size(vec2(rect.width() - 12.0, rect.height()))
        .align(Align2::RIGHT_CENTER)
        .char_limit(80)
        .font(Type::Strong.font())
        .text_color(t.text);
    let inner = rect.shrink2(vec2(6.0, 0.0));
    let output = ui
        .scope_builder(UiBuilder::new().max_rect(inner), |ui| edit.show(ui))
        .inner;
    let response = output.response.response.accessible_name(COORDINATE_NAME);
    if response.gained_focus() {
        // All of it is marked, so that typing takes its place.
        let mut edit = output.state;
        let end = CCursor::new(text.chars().count());
        let all = CCursorRange::two(CCursor::default(), end);
        edit.cursor.set_char_range(Some(all));
        edit.store(ui.ctx(), id);
    }
    if response.changed() {
        field.refused = false;
    }
    if focused {
        field.text = Some(text.clone());
    }
    if !response.lost_focus() {
        ui.data_mut(|data| data.insert_temp(id, field));
        return;
    }
    let enter = ui.input(|input| input.key_pressed(Key::Enter));
    let mut wrong = false;
    match parse_coordinate(&text) {
        _ if !enter => field.text = None,
        Some(place) => {
            field.text = None;
            cx.edit(move |doc| match place {
                Coordinate::Mm(point) => doc.go_to(point),
                Coordinate::Voxel(voxel) => doc.go_to_voxel(voxel),
            });
        }
        None => {
            // What was typed stays, to be put right.
            let why = coordinate_refusal(&text);
            cx.edit(move |doc| doc.say(why));
            field.text = Some(text);
            ui.memory_mut(|memory| memory.request_focus(id));
            wrong = true;
        }
    }
    field.refused = wrong;
    ui.data_mut(|data| data.insert_temp(id, field));
}

/// What runs, or what was done last, and the device; returns the left edge.
fn right_end(ui: &mut Ui, cx: &mut Cx<'_>, bar: Rect, unread: usize) -> f32 {
    let t = cx.t;
    let painter = ui.painter().clone();
    let middle = bar.center().y;
    let at = pos2(bar.right() - PAD, middle);
    let device = elided(&painter, &cx.desk.device, Type::Body, t.text_2, 170.0);
    let device_rect = Align2::RIGHT_CENTER.anchor_size(at, device.size());
    painter.galley(device_rect.min, device, t.text_2);
    let at = pos2(device_rect.left() - 20.0, middle);
    let at = pos2(bell(ui, cx, unread, at), middle);
    let busy = cx.busy.clone();
    let Some(activity) = busy.filter(|busy| busy.elapsed_ms > PATIENCE_MS) else {
        let text = &cx.desk.last_timing;
        return paint_text(
            &painter,
            at,
            Align2::RIGHT_CENTER,
            text,
            Type::Body,
            t.text_2,
        )
        .left();
    };
    let stop = painter.layout_no_wrap("Stop".to_owned(), Type::Strong.font(), t.accent);
    let stop_rect = Align2::RIGHT_CENTER.anchor_size(at, stop.size());
    let response = ui.interact(
        stop_rect.expand(6.0),
        ui.scope_id().with("stop"),
        Sense::click(),
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Stop computing"));
    painter.galley(stop_rect.min, stop, t.accent);
    if response.clicked() {
        cx.run("stop");
    }
    let rail = Rect::from_center_size(pos2(stop_rect.left() - 58.0, middle), vec2(92.0, 4.0));
    painter.rect_filled(rail, 2.0, t.track);
    let done = vec2(rail.width() * activity.fraction.max(0.03), rail.height());
    painter.rect_filled(Rect::from_min_size(rail.min, done), 2.0, t.accent);
    painter.rect_stroke(rail, 2.0, Stroke::NONE, eframe::egui::StrokeKind::Inside);
    let text = if activity.stage.is_empty() {
        format!("{}…", activity.title)
    } else {
        activity.stage
    };
    let text = elided(&painter, &text, Type::Body, t.text, 260.0);
    let text_rect = Align2::RIGHT_CENTER.anchor_size(pos2(rail.left() - 10.0, middle), text.size());
    painter.galley(text_rect.min, text, t.text);
    text_rect.left()
}
