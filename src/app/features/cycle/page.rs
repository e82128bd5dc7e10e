//! Draws the page: a step under the other, each with what it found.

use eframe::egui::{Align2, OpenUrl, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use super::{Cycle, Start, Together, first_side};
use crate::app::feature::{Call, Cx, page_frame};
use crate::app::jobs::State;
use crate::app::kit::theme::{Tokens, Type};
use crate::app::kit::widgets::{amount_row, paint_text, paragraph};
use crate::app::kit::words;
use crate::app::model::{Layer, LayerResult, Side, TextToPredict};
use crate::decode::{Decoding, Tail};
use crate::meta::LEAST_STUDIES;
use crate::predict::pubmed_page;

/// Rows of a step's list.
const ROWS: usize = 5;
/// Width of what is read, and of the numbers of the steps, points.
const WIDTH: f32 = 620.0;
const NUMBER: f32 = 34.0;

/// Draws it.
pub(super) fn page(cycle: &mut Cycle, ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    let mut ui = page_frame(ui, cx);
    paragraph(
        &mut ui,
        "From a region to its studies and back",
        Type::Title,
        t.text,
    );
    let about = "What the literature does with a place, which studies report it, where those studies agree, and how \
                 that compares with where you began.";
    paragraph(&mut ui, about, Type::Small, t.text_3);
    ui.add_space(10.0);
    ScrollArea::vertical()
        .auto_shrink(false)
        .show(&mut ui, |ui| {
            ui.set_max_width(WIDTH);
            ui.spacing_mut().item_spacing.y = 2.0;
            steps(cycle, ui, cx);
            ui.add_space(20.0);
        });
}

/// A step: its number beside its words, what it found below.
fn step(ui: &mut Ui, t: &Tokens, number: u8, title: &str, found: impl FnOnce(&mut Ui)) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 26.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, title));
    let at = pos2(rect.left() + 12.0, rect.center().y);
    ui.painter().circle_filled(at, 11.0, t.accent_soft);
    paint_text(
        ui.painter(),
        at,
        Align2::CENTER_CENTER,
        number,
        Type::Strong,
        t.accent,
    );
    let at = pos2(rect.left() + NUMBER, rect.center().y);
    paint_text(
        ui.painter(),
        at,
        Align2::LEFT_CENTER,
        title,
        Type::Strong,
        t.text,
    );
    ui.horizontal(|ui| {
        ui.add_space(NUMBER);
        ui.vertical(|ui| found(ui));
    });
    ui.add_space(12.0);
}

fn steps(cycle: &mut Cycle, ui: &mut Ui, cx: &mut Cx<'_>) {
    let model = cx.services.model().number;
    let doc = cx.doc;
    let begun = cycle.begun(doc, model);
    step(ui, cx.t, 1, "Begin", |ui| {
        begin(cycle, ui, cx, begun.map(|(layer, _)| layer))
    });
    let Some((layer, result)) = begun else {
        return;
    };
    let mut goes_on = false;
    step(ui, cx.t, 2, "Tasks reported there", |ui| {
        goes_on = tasks(ui, cx, layer, result);
    });
    let Some((start, _)) = cycle.question(doc, model).filter(|_| goes_on) else {
        return;
    };
    let mut together = None;
    step(
        ui,
        cx.t,
        3,
        "Studies whose activation looks most like it",
        |ui| {
            studies(cycle, ui, cx, &start);
            together = cycle.together(&start);
        },
    );
    let Some(together) = together else {
        return;
    };
    let mut is_there = false;
    let title = format!("Where those {} studies agree", together.0.len());
    step(ui, cx.t, 4, &title, |ui| {
        is_there = meta(cycle, ui, cx, &together)
    });
    if is_there {
        step(ui, cx.t, 5, "Back at the beginning", |ui| {
            back(cycle, ui, cx, (start, together), (layer, result));
        });
    }
}

fn begin(cycle: &mut Cycle, ui: &mut Ui, cx: &mut Cx<'_>, layer: Option<&Layer>) {
    let t = cx.t;
    match layer {
        Some(layer) => paragraph(ui, &layer.name, Type::Body, t.text),
        None => paragraph(ui, "Choose a map or a place.", Type::Body, t.text_2),
    };
    ui.add_space(4.0);
    ui.horizontal_wrapped(|ui| {
        for (words, command) in [
            ("The region under the crosshair", "decode-region"),
            ("A sphere at the crosshair", "decode-sphere"),
        ] {
            if ui.button(words).clicked() {
                cycle.awaits = Some(cx.doc.selected);
                cx.run(command);
            }
        }
        let other = cx.doc.selected.filter(|id| Some(*id) != cycle.start);
        if let Some(id) = other
            && ui.button("The selected layer").clicked()
        {
            (cycle.start, cycle.awaits) = (Some(id), None);
        }
    });
}

/// The first tasks of a decoding; a click shows the map predicted for one.
fn ranked(ui: &mut Ui, cx: &mut Cx<'_>, decoding: &Decoding) {
    for task in decoding.tasks.iter().take(ROWS) {
        let number = words::percent(task.posterior);
        let response = amount_row(ui, cx.t, &task.name, task.posterior, &number);
        if response
            .on_hover_text("Show the map predicted for it")
            .clicked()
        {
            cx.glance(TextToPredict::task(&task.id, &task.name));
        }
    }
}

/// What was decoded; whether there is a place to go on from.
fn tasks(ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer, result: Option<&LayerResult>) -> bool {
    let t = cx.t;
    let Some(result) = result else {
        let text = format!("Decoding {}…", layer.name);
        paragraph(ui, &text, Type::Body, t.text_2);
        return false;
    };
    match result.shown(cx.doc.tail) {
        Some((tail, Side::Decoded(reading))) => {
            if tail == Tail::Neg {
                paragraph(ui, "of its negative side", Type::Small, t.text_3);
            }
            ranked(ui, cx, &reading.decoding);
            true
        }
        Some((_, Side::Refused(why))) => {
            paragraph(ui, &words::full_sentence(&why.why), Type::Body, t.text_2);
            false
        }
        None => {
            let text = "This map is not decoded: the Decode tab says why.";
            paragraph(ui, text, Type::Body, t.text_2);
            false
        }
    }
}

fn studies(cycle: &Cycle, ui: &mut Ui, cx: &mut Cx<'_>, start: &Start) {
    let t = cx.t;
    match cycle.studies.state(start) {
        State::Ready(Some(list)) if list.hits.len() >= LEAST_STUDIES => {
            for study in list.hits.iter().take(ROWS) {
                let name = study
                    .title
                    .clone()
                    .unwrap_or_else(|| format!("PMID {}", study.pmid));
                let similarity = study.similarity.unwrap_or_default();
                let number = words::two_decimals(similarity.into());
                let row = amount_row(ui, t, &name, similarity, &number);
                if row.on_hover_text("Open in PubMed").clicked() {
                    ui.ctx().open_url(OpenUrl::new_tab(pubmed_page(study.pmid)));
                }
            }
            let text = format!(
                "and {} more with peaks",
                list.hits.len().saturating_sub(ROWS)
            );
            paragraph(ui, &text, Type::Small, t.text_3);
            if ui.button("All of them").clicked() {
                cx.call(Call::ShowTab("Studies"));
            }
        }
        State::Ready(Some(_)) => {
            let text =
                format!("Fewer than {LEAST_STUDIES} studies of the index report peaks like it.");
            paragraph(ui, &text, Type::Body, t.text_2);
        }
        State::Ready(None) => {
            let text = "The model in use carries no index of studies.";
            paragraph(ui, text, Type::Body, t.text_2);
        }
        State::Failed(why) => {
            paragraph(ui, &words::full_sentence(&why.why), Type::Body, t.text_2);
        }
        State::Waiting | State::Unasked | State::Stopped => {
            paragraph(ui, "Looking for studies…", Type::Body, t.text_2);
        }
    }
}

/// The meta-analysis, or the button that begins it; whether it is there.
fn meta(cycle: &mut Cycle, ui: &mut Ui, cx: &mut Cx<'_>, together: &Together) -> bool {
    let t = cx.t;
    match cycle.meta.state(together) {
        State::Ready(made) => {
            let line = match made.highest {
                Some((at_mm, z)) => {
                    let region = cx.services.region_at(at_mm);
                    let region = region.map_or(String::new(), |region| format!(", {region}"));
                    format!(
                        "Highest z {z:.1} at {} mm{region}",
                        words::coordinate(at_mm)
                    )
                }
                None => "The studies agree nowhere.".to_owned(),
            };
            paragraph(ui, &line, Type::Body, t.text);
            let caution = "Activation likelihood estimation, z uncorrected. The studies were chosen because they look \
                           like the start: that they agree with it is no evidence for it.";
            paragraph(ui, caution, Type::Small, t.text_3);
            ui.add_space(4.0);
            ui.horizontal(|ui| {
                let known = cx
                    .doc
                    .layers
                    .iter()
                    .any(|layer| layer.source == made.map.source);
                if !known && ui.button("Keep as a layer").clicked() {
                    let made = made.map.clone();
                    cx.edit(move |doc| {
                        doc.add_layer(made);
                    });
                }
                if ui.button("Show on the brain").clicked() {
                    let made = made.map.clone();
                    if !known {
                        cx.edit(move |doc| doc.show_preview(made));
                    }
                    cx.call(Call::ShowPage(None));
                }
            });
            true
        }
        State::Waiting => {
            paragraph(ui, "Bringing their peaks together…", Type::Body, t.text_2);
            false
        }
        State::Failed(why) => {
            paragraph(ui, &words::full_sentence(&why.why), Type::Body, t.text_2);
            false
        }
        State::Unasked | State::Stopped => {
            if ui.button("Bring their peaks together").clicked() {
                cycle.meta.forget();
                cycle.asked = Some(together.clone());
                ui.ctx().request_repaint();
            }
            false
        }
    }
}

/// What the meta-analysis says of the map it began with.
fn back(
    cycle: &Cycle,
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    key: (Start, Together),
    (layer, result): (&Layer, Option<&LayerResult>),
) {
    let t = cx.t;
    let found = match cycle.back.state(&key) {
        State::Ready(found) => found,
        State::Failed(why) => {
            paragraph(ui, &words::full_sentence(&why.why), Type::Body, t.text_2);
            return;
        }
        State::Waiting | State::Unasked | State::Stopped => {
            paragraph(ui, "Comparing with the start…", Type::Body, t.text_2);
            return;
        }
    };
    let line = format!(
        "r {} with {}, Dice of the strongest tenth {}",
        words::two_decimals(found.beside.pearson),
        layer.name,
        words::two_decimals(found.beside.dice_of_a_tenth())
    );
    paragraph(ui, &line, Type::Body, t.text);
    let Some(decoding) = first_side(&found.decoded) else {
        return;
    };
    let before = result.and_then(|result| result.shown(cx.doc.tail)?.1.decoding());
    if let Some(before) = before {
        let first = |decoding: &Decoding| -> Vec<String> {
            decoding
                .tasks
                .iter()
                .take(10)
                .map(|task| task.id.clone())
                .collect()
        };
        let own = first(before);
        let same = first(decoding).iter().filter(|id| own.contains(id)).count();
        let line = format!("{same} of its first ten tasks are among those of the start:");
        paragraph(ui, &line, Type::Small, t.text_2);
    }
    ranked(ui, cx, decoding);
}
