//! How alike the visible maps are: correlation of every pair, overlap beyond their thresholds.

use eframe::egui::{
    Align2, Color32, Context, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::{Compare, MAX_LISTED, Pairs, Question, question};
use crate::app::feature::Cx;
use crate::app::jobs::State;
use crate::app::kit::theme::Type;
use crate::app::kit::widgets::{paint_elided, paint_text, paragraph, segmented};
use crate::app::model::{Document, LayerId};
use crate::measure::{Comparison, Over};

const ROW: f32 = 40.0;

/// The word on the tab, which is shared with the values at the crosshair.
pub(super) const TAB: &str = "Values";

/// Draws the section; nothing for fewer than two maps.
pub(super) fn compare_section(compare: &mut Compare, ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    let visible = cx.doc.comparable().count();
    if visible < 2 {
        return;
    }
    ui.add_space(14.0);
    paragraph(ui, "Compare", Type::Strong, t.text);
    ui.add_space(4.0);
    let options = [
        (Over::Brain, "brain"),
        (Over::All, "both have data"),
        (Over::NonZero, "both not 0"),
    ];
    if let Some(over) = segmented(ui, t, "Compare voxels", &options, cx.doc.analysis.over) {
        cx.edit(move |doc| doc.set_over(over));
    }
    ui.add_space(4.0);
    if ui.button("Show as a matrix").clicked() {
        cx.run("compare-page");
    }
    if visible > MAX_LISTED {
        let text = format!("{visible} maps are shown: the selected one with each of the others");
        paragraph(ui, &text, Type::Small, t.text_2);
    }
    let question = question(cx.doc);
    let pairs = match compare.query.state(&question) {
        State::Ready(found) => &found.pairs,
        State::Waiting | State::Unasked => {
            paragraph(ui, "Comparing…", Type::Body, t.text_2);
            return;
        }
        State::Stopped | State::Failed(_) => {
            let text = "Stopped: compared again when a map or its threshold changes";
            paragraph(ui, text, Type::Body, t.text_2);
            if ui.button("Compare now").clicked() {
                compare.query.forget();
            }
            return;
        }
    };
    let (maps, _) = &question;
    let is_listed = |[a, b]: &[usize; 2]| {
        let is_selected = |n: usize| cx.doc.selected == Some(maps[n].of.layer);
        maps.len() <= MAX_LISTED || is_selected(*a) || is_selected(*b)
    };
    let mut listed: Vec<_> = pairs.iter().filter(|(pair, _)| is_listed(pair)).collect();
    if maps.len() > MAX_LISTED {
        // The ones most alike first.
        listed.sort_by(|(_, a), (_, b)| b.r.unwrap_or(-2.0).total_cmp(&a.r.unwrap_or(-2.0)));
    }
    for ([a, b], found) in listed {
        let (a, b) = (
            name(cx.doc, maps[*a].of.layer),
            name(cx.doc, maps[*b].of.layer),
        );
        pair_row(ui, cx, &format!("{b} ↔ {a}"), found);
    }
    let elsewhere = cx.doc.analysis.over == Over::Brain
        && pairs.iter().any(|(_, found)| found.over != Over::Brain);
    if elsewhere {
        let text =
            "A map that is not in MNI space is compared over all voxels where both have data";
        paragraph(ui, text, Type::Small, t.warning);
    }
    let text = format!(
        "r over voxels {}; Dice beyond each map's own thresholds. No p-values: neighbouring voxels are \
         not samples.",
        cx.doc.analysis.over.words()
    );
    paragraph(ui, &text, Type::Small, t.text_3);
}

/// Name of a layer.
pub(super) fn name(doc: &Document, id: LayerId) -> &str {
    doc.layer(id).map_or("", |layer| layer.name.as_str())
}

/// The line under maps that stand side by side: how they compare. Of more pairs than fit into the
/// width (points) those with the lowest map.
pub(super) fn caption(
    doc: &Document,
    (maps, _): &Question,
    pairs: &Pairs,
    width: f32,
    ctx: &Context,
) -> String {
    if let [(_, found)] = &pairs[..] {
        return found.words();
    }
    let name = |n: usize| name(doc, maps[n].of.layer);
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
        let galley = ctx.fonts_mut(|fonts| fonts.layout_no_wrap(text, font, Color32::WHITE));
        galley.size().x <= width - 32.0
    };
    [line(false), line(true)]
        .into_iter()
        .find(fits)
        .unwrap_or_else(|| format!("{} correlations: see Values", pairs.len()))
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
