//! How alike the visible maps are: correlation of every pair, overlap beyond their thresholds.

use eframe::egui::{Align2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::Cx;
use crate::app::command::ReadCommand;
use crate::app::document::LayerId;
use crate::app::state::WindowState;
use crate::app::theme::Type;
use crate::app::widgets::{paint_elided, paint_text, paragraph, segmented};
use crate::app::work::{CompareKey, MAX_COMPARED, comparable};
use crate::measure::{Comparison, Over};

const ROW: f32 = 40.0;

/// Draws the section; nothing for fewer than two maps.
pub fn compare_section(ui: &mut Ui, cx: &mut Cx<'_>, state: &WindowState) {
    let t = cx.t;
    let visible = comparable(cx.doc).count();
    if visible < 2 {
        return;
    }
    ui.add_space(14.0);
    paragraph(ui, "Compare", Type::Strong, t.text);
    ui.add_space(4.0);
    let options = [(Over::All, "all voxels"), (Over::NonZero, "both not 0")];
    if let Some(over) = segmented(ui, t, "Correlate", &options, state.over) {
        cx.send(ReadCommand::SetOver(over).into());
    }
    ui.add_space(4.0);
    if visible > MAX_COMPARED {
        let text = format!("{visible} maps are visible: the first {MAX_COMPARED} are compared");
        paragraph(ui, &text, Type::Small, t.text_2);
    }
    // Numbers of maps or thresholds that are shown no longer would be taken for theirs.
    let wanted = CompareKey::wanted(cx.doc, state.over);
    let compared = state.compared.as_ref().filter(|c| c.key == wanted);
    let Some(compared) = compared else {
        if state.compare_stopped {
            let text = "Stopped: compared again when a map or its threshold changes";
            paragraph(ui, text, Type::Body, t.text_2);
            if ui.button("Compare now").clicked() {
                cx.send(ReadCommand::SetOver(state.over).into());
            }
        } else {
            paragraph(ui, "Comparing…", Type::Body, t.text_2);
        }
        return;
    };
    let (keys, _) = &compared.key;
    for ([a, b], found) in &compared.pairs {
        let names = (name(cx, keys[*a].layer), name(cx, keys[*b].layer));
        if let (Some(a), Some(b)) = names {
            pair_row(ui, cx, &format!("{b} ↔ {a}"), found);
        }
    }
    let text = "r over voxels where both maps have data; Dice beyond each map's own threshold. \
                No p-values: neighbouring voxels are not samples.";
    paragraph(ui, text, Type::Small, t.text_3);
}

fn name(cx: &Cx<'_>, id: LayerId) -> Option<String> {
    cx.doc.layer(id).map(|layer| layer.name.clone())
}

fn pair_row(ui: &mut Ui, cx: &Cx<'_>, names: &str, found: &Comparison) {
    let t = cx.t;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let number = |x: Option<f64>| x.map_or_else(|| "–".to_owned(), |x| format!("{x:.2}"));
    let r = format!("r {}", number(found.r));
    let grid = if found.resampled {
        ", on the coarser grid"
    } else {
        ""
    };
    let below = format!(
        "Dice + {}  − {}  ·  {} voxels{grid}",
        number(found.dice_positive),
        number(found.dice_negative),
        found.voxels
    );
    response.widget_info(|| {
        let spoken = format!("Comparison {names}: {r}, {below}");
        WidgetInfo::labeled(Role::ListItem, true, spoken)
    });
    let painter = ui.painter();
    let first = rect.top() + 12.0;
    let end = pos2(rect.right(), first);
    let word = paint_text(painter, end, Align2::RIGHT_CENTER, &r, Type::Strong, t.text);
    let width = word.left() - rect.left() - 8.0;
    let at = pos2(rect.left(), first);
    paint_elided(painter, at, names, Type::Body, t.text, width);
    let at = pos2(rect.left(), rect.top() + 28.0);
    paint_elided(painter, at, &below, Type::Small, t.text_2, rect.width());
    // The correlation as a bar from the middle: left is opposite, right is alike.
    if let Some(r) = found.r {
        let rail = Rect::from_min_max(
            pos2(rect.left(), rect.bottom() - 2.0),
            pos2(rect.right(), rect.bottom()),
        );
        painter.rect_filled(rail, 1.0, t.track);
        let middle = rail.center().x;
        let reach = middle + 0.5 * rail.width() * r as f32;
        let bar = Rect::from_min_max(
            pos2(middle.min(reach), rail.top()),
            pos2(middle.max(reach), rail.bottom()),
        );
        painter.rect_filled(bar, 1.0, t.accent);
    }
    let line = Stroke::new(1.0, t.line);
    ui.painter()
        .hline(rect.x_range(), rect.bottom() + 1.5, line);
    ui.add_space(3.0);
}
