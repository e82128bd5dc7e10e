//! One layer in the list: name, what it is, eye, badges, context menu.

use eframe::egui::{
    Color32, Id, Key, Painter, Popup, PopupCloseBehavior, Pos2, Rect, Response, Role, Sense,
    Stroke, TextEdit, Ui, WidgetInfo, pos2, vec2,
};

use crate::app::feature::{Action, Call, Cx, FileRequest, Purpose};
use crate::app::kit::theme::{PAD, Type};
use crate::app::kit::widgets::{
    Icon, badge, elided, gradient, icon_button, link, paint_name, paragraph, say,
};
use crate::app::kit::words;
use crate::app::model::{Absent, Editor, Layer, LayerId, Source};
use crate::render::{Signs, label_colour};
use crate::volume::VolumeData;

/// Height of a row, points.
pub(super) const ROW: f32 = 52.0;

/// Draws the row; the list looks at the response for drags.
pub(super) fn layer_row(ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer) -> Response {
    let t = cx.t;
    let selected = cx.doc.selected == Some(layer.id);
    let size = vec2(ui.available_width(), ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let left_out = cx.doc.is_left_out(layer);
    if left_out {
        let text = "Not drawn: only the selected map is";
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_description(text));
    }
    if selected {
        follow_selection(ui, &response, layer.id);
    }
    response.widget_info(|| {
        let label = format!("Layer {}", layer.name);
        WidgetInfo::selected(Role::ListItem, true, selected, label)
    });
    if selected {
        ui.painter().rect_filled(rect, 0.0, t.accent_soft);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, 0.0, t.raised);
    }
    if response.has_focus() {
        let bar = Rect::from_min_size(rect.min, vec2(2.0, rect.height()));
        ui.painter().rect_filled(bar, 0.0, t.accent);
    }
    let first = rect.top() + 17.0;
    let second = rect.top() + 36.0;
    let left = rect.left() + PAD;
    let colours = Rect::from_min_size(pos2(left, first - 5.0), vec2(28.0, 10.0));
    swatch(ui.painter(), colours, layer);
    if left_out {
        // Its colours are nowhere on the screen.
        let veil = t.panel.gamma_multiply(0.75);
        ui.painter().rect_filled(colours, 0.0, veil);
    }
    let active = response.hovered() || selected || ui.rect_contains_pointer(rect);
    let buttons = buttons(ui, cx, layer, pos2(rect.right() - PAD - 8.0, first), active);
    let name_left = left + 38.0;
    let name_width = rect.right() - PAD + 4.0 - 24.0 * buttons - name_left - 4.0;
    let name_rect = Rect::from_min_size(pos2(name_left, first - 11.0), vec2(name_width, 22.0));
    let renaming = ui.scope_id().with("rename");
    if !rename(ui, cx, layer, renaming, name_rect) {
        let ink = if layer.display.visible && !left_out {
            t.text
        } else {
            t.text_3
        };
        let at = pos2(name_left, first);
        let (painter, role) = (ui.painter(), Type::Strong);
        paint_name(painter, at, &layer.name, role, ink, name_width, &response);
    }
    let right_end = pos2(rect.right() - PAD, second);
    let absent = why_absent(cx, layer);
    let badge_left = match absent {
        Some((_, remedy)) => absent_link(ui, cx, layer, remedy, right_end),
        None => badges(ui, cx, layer, right_end),
    };
    let (details, ink) = match absent {
        Some((why, _)) => (why.to_owned(), t.warning),
        None => (details(layer), t.text_2),
    };
    let width = badge_left - left - 8.0;
    paint_name(
        ui.painter(),
        pos2(left, second),
        &details,
        Type::Body,
        ink,
        width,
        &response,
    );
    let line = Stroke::new(1.0, t.line);
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, line);

    if response.clicked() {
        let id = layer.id;
        cx.edit(move |doc| doc.select(id));
    }
    if response.has_focus() && ui.input(|input| input.key_pressed(Key::F2)) {
        ui.data_mut(|data| data.insert_temp(renaming, layer.name.clone()));
    }
    response.context_menu(|ui| menu(ui, cx, layer, renaming));
    response
}

/// Scrolls to the row of a layer that was selected elsewhere, once.
fn follow_selection(ui: &Ui, response: &Response, layer: LayerId) {
    let id = Id::unique("selected row");
    let before = ui.data(|data| data.get_temp::<u64>(id));
    if before != Some(layer.0) {
        ui.data_mut(|data| data.insert_temp(id, layer.0));
        response.scroll_to_me(None);
    }
}

/// Eye and cross; returns how many are shown.
fn buttons(ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer, right: Pos2, active: bool) -> f32 {
    let button = |n: f32| Rect::from_center_size(right - vec2(24.0 * n, 0.0), vec2(24.0, 24.0));
    let mut shown = 0.0;
    if active {
        let label = format!("Remove {}", layer.name);
        if icon_button(ui, cx.t, button(shown), Icon::Cross, &label).clicked() {
            let id = layer.id;
            cx.edit(move |doc| doc.remove(id));
        }
        shown += 1.0;
    }
    if active || !layer.display.visible {
        let (icon, word) = if layer.display.visible {
            (Icon::Eye, "Hide")
        } else {
            (Icon::EyeOff, "Show")
        };
        let label = format!("{word} {}", layer.name);
        if icon_button(ui, cx.t, button(shown), icon, &label).clicked() {
            let (id, visible) = (layer.id, !layer.display.visible);
            cx.edit(move |doc| doc.set_visible(id, visible));
        }
        shown += 1.0;
    }
    shown
}

/// The name as a field, while it is being changed; whether it is.
fn rename(ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer, id: Id, rect: Rect) -> bool {
    let Some(mut text) = ui.data(|data| data.get_temp::<String>(id)) else {
        return false;
    };
    let field = TextEdit::singleline(&mut text)
        .id(id.with("field"))
        .font(Type::Strong.font());
    let response = ui.put(rect, field);
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_label("Name of the layer"));
    let escaped = ui.input(|input| input.key_pressed(Key::Escape));
    if response.lost_focus() || escaped {
        if !escaped && text != layer.name {
            let id = layer.id;
            cx.edit(move |doc| doc.rename(id, &text));
        }
        ui.data_mut(|data| data.remove::<String>(id));
    } else {
        response.request_focus();
        ui.data_mut(|data| data.insert_temp(id, text));
    }
    true
}

fn menu(ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer, renaming: Id) {
    let id = layer.id;
    let visible = layer.display.visible;
    let mut entry = |ui: &mut Ui, words: &str, edit: fn(&mut Editor<'_>, LayerId)| {
        if ui.button(words).clicked() {
            cx.edit(move |doc| edit(doc, id));
            ui.close();
        }
    };
    if visible {
        entry(ui, "Hide layer", |doc, id| doc.set_visible(id, false));
    } else {
        entry(ui, "Show layer", |doc, id| doc.set_visible(id, true));
    }
    entry(ui, "Show this layer alone", |doc, id| doc.isolate(id));
    entry(ui, "Move layer up", |doc, id| doc.raise(id, 1));
    entry(ui, "Move layer down", |doc, id| doc.raise(id, -1));
    ui.separator();
    ui.menu_button("Opacity", |ui| {
        for percent in [100u8, 75, 50, 25] {
            if ui.button(format!("{percent} %")).clicked() {
                cx.edit(move |doc| {
                    doc.set_opacity(id, f32::from(percent) / 100.0);
                    doc.end_drag();
                });
                ui.close();
            }
        }
    });
    let mut entry = |ui: &mut Ui, words: &str, edit: fn(&mut Editor<'_>, LayerId)| {
        if ui.button(words).clicked() {
            cx.edit(move |doc| edit(doc, id));
            ui.close();
        }
    };
    let all = "Use this threshold and range for all maps";
    entry(ui, all, |doc, id| doc.look_to_all(id));
    entry(ui, "Reset display", |doc, id| doc.reset_display(id));
    ui.separator();
    if ui.button("Rename…").clicked() {
        ui.data_mut(|data| data.insert_temp(renaming, layer.name.clone()));
        ui.close();
    }
    if ui.button(cx.words("save-map")).clicked() {
        cx.edit(move |doc| doc.select(id));
        cx.run("save-map");
        ui.close();
    }
    if ui.button("Remove layer").clicked() {
        cx.edit(move |doc| doc.remove(id));
        ui.close();
    }
}

/// Draws the row of the map shown for the moment.
pub(super) fn preview_row(ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer) {
    let t = cx.t;
    let (rect, shown) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::hover());
    shown.widget_info(|| {
        WidgetInfo::labeled(Role::ListItem, true, format!("Preview {}", layer.name))
    });
    ui.painter().rect_filled(rect, 0.0, t.raised);
    let middle = rect.center().y;
    let left = rect.left() + PAD;
    let colours = Rect::from_min_size(pos2(left, middle - 5.0), vec2(28.0, 10.0));
    swatch(ui.painter(), colours, layer);
    let close = Rect::from_center_size(pos2(rect.right() - PAD - 8.0, middle), vec2(24.0, 24.0));
    if icon_button(ui, t, close, Icon::Cross, "Close preview").clicked() {
        cx.edit(|doc| doc.drop_preview());
    }
    let keep = Rect::from_min_max(
        pos2(close.left() - 44.0, rect.top()),
        pos2(close.left() + PAD - 4.0, rect.bottom()),
    );
    let tip = "Add the previewed map to the layers";
    let response = link(ui, t, keep, "Keep", "Keep preview").on_hover_text(tip);
    if response.clicked() {
        cx.run("keep-preview");
    }
    let at = pos2(left + 38.0, middle);
    let width = keep.left() - at.x - 4.0;
    let (painter, role) = (ui.painter(), Type::Strong);
    paint_name(painter, at, &layer.name, role, t.text, width, &shown);
    let line = Stroke::new(1.0, t.line);
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, line);
}

/// What can be done for a layer without values.
#[derive(Clone, Copy)]
enum Remedy {
    /// Say where its file is.
    Find,
    /// Read it again.
    Retry,
    /// Nothing here.
    None,
}

/// Why a layer has no values, in words, and what to do; `None` while it has some or they come.
fn why_absent(cx: &Cx<'_>, layer: &Layer) -> Option<(&'static str, Remedy)> {
    if layer.volume.is_some() {
        return None;
    }
    if layer.source.is_made() {
        let gone = |id| cx.doc.layer(id).is_none() || cx.desk.absent.contains_key(&id);
        let lost = layer
            .source
            .origins()
            .iter()
            .any(|origin| gone(origin.layer));
        return lost.then_some(("what it was made from is missing", Remedy::None));
    }
    let file = matches!(layer.source, Source::File { .. });
    match cx.desk.absent.get(&layer.id)? {
        Absent::Stopped => Some(("not opened: stopped", Remedy::Retry)),
        Absent::Failed if file => Some(("its file is missing", Remedy::Find)),
        Absent::Failed => Some(("could not be made", Remedy::Retry)),
    }
}

/// The link that brings a layer's values; returns its left edge.
fn absent_link(ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer, remedy: Remedy, at: Pos2) -> f32 {
    let (word, label, call) = match remedy {
        Remedy::Find => (
            "Find…",
            format!("Find the file of {}", layer.name),
            Call::Choose(file_of(layer)),
        ),
        Remedy::Retry => (
            "Retry",
            format!("Open {} again", layer.name),
            Call::Fill(layer.id, layer.source.clone()),
        ),
        Remedy::None => return at.x,
    };
    let rect = Rect::from_min_max(at - vec2(44.0, 10.0), at + vec2(PAD, 10.0));
    if link(ui, cx.t, rect, word, &label).clicked() {
        cx.call(call);
    }
    rect.left()
}

/// Asks where the file of a layer is. Its place is taken over once it was read.
fn file_of(layer: &Layer) -> FileRequest {
    let (id, source) = (layer.id, layer.source.clone());
    FileRequest {
        title: "Find the file of this layer",
        purpose: Purpose::Open,
        filters: Vec::new(),
        then: Box::new(move |mut paths| {
            let found = match source {
                Source::File { hash, frame, .. } => Source::File {
                    path: paths.remove(0),
                    hash,
                    frame,
                },
                other => other,
            };
            Action::Call(Call::Fill(id, found))
        }),
    }
}

fn details(layer: &Layer) -> String {
    let Some(volume) = &layer.volume else {
        return "opening…".to_owned();
    };
    let [x, y, z] = volume.grid.shape;
    let size = words::voxel_size(volume.grid.affine.voxel_sizes_mm());
    let kind = layer.kind.label();
    let mut text = String::new();
    if layer.display.opacity < 0.995 {
        text += &format!("{:.0} % · ", 100.0 * layer.display.opacity);
    }
    text += &format!("{kind} · {x}×{y}×{z} · {size}");
    if volume.frames > 1 {
        text += &format!(" · frame {} of {}", volume.frame + 1, volume.frames);
    }
    text
}

/// Draws the badge for what there is to know about a layer; returns its left edge.
fn badges(ui: &mut Ui, cx: &Cx<'_>, layer: &Layer, at: Pos2) -> f32 {
    let reduced = cx.desk.canvas.reduced.get(&layer.id).copied();
    let gate = layer.threshold_by.and_then(|id| cx.doc.layer(id));
    let notes = notes(layer, reduced, gate);
    let text = match &notes[..] {
        [] => return at.x,
        [(badge, _)] => elided(ui.painter(), badge, Type::Small, cx.t.warning, 96.0)
            .text()
            .to_owned(),
        more => format!("{} notes", more.len()),
    };
    let label = format!("Notes on {}", layer.name);
    let response = badge(ui, cx.t, at, &text, &label);
    Popup::from_toggle_button_response(&response)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| {
            ui.set_max_width(300.0);
            ui.spacing_mut().item_spacing.y = 4.0;
            for (badge, message) in &notes {
                say(ui, badge.as_str(), Type::Strong, cx.t.warning);
                paragraph(ui, message, Type::Body, cx.t.text);
            }
        });
    response.rect.left()
}

/// What there is to know about a layer: a few words and a sentence each.
fn notes(layer: &Layer, reduced: Option<usize>, gate: Option<&Layer>) -> Vec<(String, String)> {
    let warnings = layer.volume.iter().flat_map(|volume| &volume.warnings);
    let mut notes: Vec<(String, String)> = warnings
        .map(|warning| (warning.badge.clone(), warning.message.clone()))
        .collect();
    if let Some(factor) = reduced {
        notes.push((
            format!("1/{factor} resolution"),
            format!(
                "Shown at 1/{factor} resolution: larger than this graphics adapter holds. Values and \
                 results are those of the whole map."
            ),
        ));
    }
    if let Some(gate) = gate {
        notes.push((
            format!("by {}", gate.name),
            format!("Shown where “{}” passes its threshold.", gate.name),
        ));
    }
    notes
}

/// The layer's colours, negative to positive; of regions the first few.
fn swatch(painter: &Painter, rect: Rect, layer: &Layer) {
    let display = &layer.display;
    if let Some(VolumeData::Label(_)) = layer.volume.as_ref().map(|volume| &volume.data) {
        let width = rect.width() / 7.0;
        for label in 1..=7u8 {
            let [r, g, b] = label_colour(u32::from(label)).unwrap_or_default();
            let at = rect.min + vec2(width * f32::from(label - 1), 0.0);
            let stripe = Rect::from_min_size(at, vec2(width, rect.height()));
            let [r, g, b] = [r, g, b].map(|c| (255.0 * c).round() as u8);
            painter.rect_filled(stripe, 0.0, Color32::from_rgb(r, g, b));
        }
        return;
    }
    gradient(painter, rect, 29, |s| match display.signs {
        Signs::Positive => display.positive.colour(false, s),
        Signs::Negative => display.negative.colour(true, s),
        Signs::Both if s < 0.5 => display.negative.colour(true, 1.0 - 2.0 * s),
        Signs::Both => display.positive.colour(false, 2.0 * s - 1.0),
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::model::{LayerId, Source};
    use crate::volume::MapKind;

    fn layer(name: &str) -> Layer {
        Layer {
            id: LayerId(1),
            name: name.to_owned(),
            source: Source::Embedded {
                name: name.to_owned(),
                hash: String::new(),
            },
            kind: MapKind::Z,
            display: Default::default(),
            threshold_by: None,
            content_revision: 0,
            volume: None,
        }
    }

    #[test]
    fn a_reduced_layer_says_so_and_why() {
        assert!(notes(&layer("a"), None, None).is_empty());
        let notes = notes(&layer("a"), Some(2), Some(&layer("b")));
        assert_eq!(notes[0].0, "1/2 resolution");
        assert!(
            notes[0]
                .1
                .contains("larger than this graphics adapter holds")
        );
        assert_eq!(notes[1].0, "by b");
    }
}
