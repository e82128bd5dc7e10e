//! What the map means: a sentence, ranked tasks, domains, concepts.

use eframe::egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::Decode;
use super::group::{MEANING, for_its_size, group_popup};
use crate::app::feature::{Call, Cx};
use crate::app::jobs::State;
use crate::app::kit::theme::{PAD, Tokens, Type};
use crate::app::kit::widgets::{
    BarRow, ROW, amount_row, chip, link, paint_elided, paint_text, paragraph, segmented, slider,
};
use crate::app::kit::words;
use crate::app::model::{Absent, Decoded, Layer, LayerResult, Side, Source, TextToPredict};
use crate::decode::{Certainty, Decoding, PriorWeight, Tail, TaskScore, verdict};
use crate::error::Explanation;

/// Tasks shown before "all" is asked for, at least and at most: as many as leave room for the rest.
const FIRST_TASKS: [f32; 2] = [5.0, 16.0];
/// Height of everything but the ranked rows, points.
const REST: f32 = 480.0;
/// Domains shown.
const FIRST_DOMAINS: usize = 5;
/// Concepts shown.
const FIRST_CONCEPTS: usize = 9;

/// Draws the tab.
pub(super) fn decode_tab(decode: &mut Decode, ui: &mut Ui, cx: &mut Cx<'_>) {
    let doc = cx.doc;
    let Some(layer) = doc.selected_layer() else {
        return nothing_to_read(ui, cx);
    };
    ui.spacing_mut().item_spacing.y = 0.0;
    match (doc.side(), doc.result().map(|result| &result.decoded)) {
        (Some((tail, Side::Decoded(reading))), _) => {
            let decoding = &reading.decoding;
            // First, so that they stay in their place whatever the sentence below says.
            tail_switch(ui, cx, tail);
            prior(ui, cx);
            sentence(ui, cx, layer, decoding);
            other_side(ui, cx, tail);
            tasks(ui, cx, &mut decode.all_tasks, decoding);
            domains(ui, cx, decoding);
            concepts(ui, cx, decoding);
        }
        (Some((tail, Side::Refused(why))), _) => {
            tail_switch(ui, cx, tail);
            refused(ui, cx.t, why);
        }
        (None, Some(Decoded::Declined(why))) => {
            refused(ui, cx.t, why);
            if ui.button("Decode anyway").clicked() {
                cx.run("decode");
            }
        }
        (None, _) => waiting(decode, ui, cx, layer),
    }
}

fn nothing_to_read(ui: &mut Ui, cx: &Cx<'_>) {
    let t = cx.t;
    let text = "Open a statistical map to decode it: which tasks, concepts and domains its activity \
                resembles.";
    paragraph(ui, "No map is open", Type::Title, t.text);
    paragraph(ui, text, Type::Body, t.text_2);
}

fn sentence(ui: &mut Ui, cx: &Cx<'_>, layer: &Layer, decoding: &Decoding) {
    let t = cx.t;
    let Some(said) = verdict(decoding) else {
        paragraph(ui, "No task of the ontology fits", Type::Title, t.text);
        return;
    };
    if let Some((balance, _)) = cx.doc.result().and_then(LayerResult::other_side)
        && balance.other() == decoding.tail
    {
        let introduced = format!("{}:", balance.introduces());
        paragraph(ui, &introduced, Type::Body, t.text_2);
        ui.add_space(2.0);
    }
    paragraph(ui, &said.sentence, Type::Title, t.text);
    ui.add_space(4.0);
    let colour = match said.certainty {
        Certainty::Clear => t.good,
        Certainty::Likely | Certainty::Several | Certainty::Perhaps => t.accent,
        Certainty::Unsure => t.warning,
    };
    reason(ui, t, said.certainty.label(), &said.because, colour);
    ui.add_space(2.0);
    let what = match &layer.source {
        Source::Predicted { wanted, .. } => {
            format!("decoded from the map predicted for “{}”", wanted.name())
        }
        Source::File { .. }
        | Source::Embedded { .. }
        | Source::Studies { .. }
        | Source::Derived { .. }
        | Source::Carried { .. } => {
            format!("decoded from {}", layer.name)
        }
    };
    paragraph(ui, &what, Type::Small, t.text_3);
    for warning in &decoding.warnings {
        ui.add_space(2.0);
        paragraph(ui, warning, Type::Small, t.warning);
    }
    ui.add_space(12.0);
}

/// One line on the side that does not lead, while the leading one is shown.
fn other_side(ui: &mut Ui, cx: &Cx<'_>, shown: Tail) {
    let Some((balance, other)) = cx.doc.result().and_then(LayerResult::other_side) else {
        return;
    };
    let Some(decoding) = other.decoding().filter(|_| shown == balance.leading) else {
        return;
    };
    let line = balance.other_in_words(decoding, cx.doc.decoding());
    paragraph(ui, &line, Type::Small, cx.t.text_2);
    ui.add_space(8.0);
}

/// A coloured word, then the reason, as one wrapped paragraph.
fn reason(ui: &mut Ui, t: &Tokens, word: &str, because: &str, colour: eframe::egui::Color32) {
    use eframe::egui::{
        Label,
        text::{LayoutJob, TextFormat},
    };
    let mut job = LayoutJob::default();
    let format = |role: Type, colour| TextFormat {
        line_height: Some(18.0),
        ..TextFormat::simple(role.font(), colour)
    };
    job.append(word, 0.0, format(Type::Strong, colour));
    job.append(&format!(" · {because}"), 0.0, format(Type::Body, t.text_2));
    ui.add(Label::new(job).wrap());
}

fn tail_switch(ui: &mut Ui, cx: &mut Cx<'_>, shown: Tail) {
    if shown == Tail::Both {
        let text = "Positive and negative values are read together by this model.";
        paragraph(ui, text, Type::Small, cx.t.text_2);
        ui.add_space(8.0);
        return;
    }
    let options = [
        (Tail::Pos, "Positive values"),
        (Tail::Neg, "Negative values"),
    ];
    if let Some(tail) = segmented(ui, cx.t, "Side", &options, shown) {
        cx.edit(move |doc| doc.set_tail(Some(tail)));
    }
    ui.add_space(12.0);
}

/// Why there is nothing to show, and what to do.
fn refused(ui: &mut Ui, t: &Tokens, why: &Explanation) {
    paragraph(ui, &why.what, Type::Title, t.text);
    ui.add_space(4.0);
    paragraph(ui, &words::full_sentence(&why.why), Type::Body, t.text_2);
    ui.add_space(4.0);
    paragraph(ui, &words::remedy(&why.remedy), Type::Body, t.text);
    ui.add_space(12.0);
}

fn waiting(decode: &Decode, ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer) {
    let t = cx.t;
    match decode.state(cx) {
        State::Waiting => {}
        State::Failed(why) => return refused(ui, t, why),
        State::Unasked | State::Stopped | State::Ready(_) => return not_decoded(ui, cx, layer),
    }
    paragraph(ui, "Decoding the map…", Type::Title, t.text);
    ui.add_space(4.0);
    let activity = decode.query.activity();
    let stage = activity.as_ref().map_or("", |activity| &activity.stage);
    let stage = if stage.is_empty() {
        layer.name.as_str()
    } else {
        stage
    };
    paragraph(ui, stage, Type::Body, t.text_2);
    ui.add_space(8.0);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 4.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, "Decoding the map"));
    ui.painter().rect_filled(rect, 2.0, t.track);
    let fraction = activity.map_or(0.0, |activity| activity.fraction);
    let done = vec2(rect.width() * fraction.max(0.02), rect.height());
    ui.painter()
        .rect_filled(Rect::from_min_size(rect.min, done), 2.0, t.accent);
    ui.add_space(14.0);
}

/// A layer without values: why, and where they come from.
fn no_values(ui: &mut Ui, cx: &Cx<'_>, layer: &Layer) {
    let t = cx.t;
    let file = layer.source.path().is_some();
    let (title, text) = match cx.desk.absent.get(&layer.id) {
        None if layer.source.is_made() => (
            "No values",
            "This map is made from other layers, which are not all there.",
        ),
        None => ("Opening the map…", "It is decoded once it is open."),
        Some(Absent::Stopped) => (
            "Not opened",
            "Opening this map was stopped. Choose “Retry” beside its name in the layer list.",
        ),
        Some(Absent::Failed) if file => (
            "The file of this layer is missing",
            "Choose “Find…” beside its name in the layer list to say where the file is now, or \
             remove the layer.",
        ),
        Some(Absent::Failed) => (
            "This map could not be made",
            "Choose “Retry” beside its name in the layer list, or remove the layer.",
        ),
    };
    paragraph(ui, title, Type::Title, t.text);
    ui.add_space(4.0);
    paragraph(ui, text, Type::Body, t.text_2);
}

/// A layer that cannot be decoded, or whose decoding was stopped.
fn not_decoded(ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer) {
    let t = cx.t;
    let (title, text) = match &layer.volume {
        None => return no_values(ui, cx, layer),
        Some(_) if layer.scalar().is_none() => (
            "Nothing to decode",
            "Labels and colour pictures are shown, not decoded. Select a statistical map.",
        ),
        Some(_) => ("Not decoded", "Decoding this map was stopped."),
    };
    paragraph(ui, title, Type::Title, t.text);
    paragraph(ui, text, Type::Body, t.text_2);
    ui.add_space(8.0);
    if layer.scalar().is_some() && ui.button("Decode it now").clicked() {
        cx.run("decode");
    }
}

fn columns(ui: &mut Ui, t: &Tokens) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::hover());
    let middle = rect.center().y - 1.0;
    let painter = ui.painter();
    let right = rect.right() - 8.0;
    paint_text(
        painter,
        pos2(rect.left() + 9.0, middle),
        Align2::LEFT_CENTER,
        "Task",
        Type::Small,
        t.text_3,
    );
    paint_text(
        painter,
        pos2(right, middle),
        Align2::RIGHT_CENTER,
        "Bayes",
        Type::Small,
        t.text_3,
    );
    let first = pos2(right - 58.0, middle);
    paint_text(
        painter,
        first,
        Align2::RIGHT_CENTER,
        "posterior",
        Type::Small,
        t.text_3,
    );
    response.on_hover_text(
        "Posterior: similarity of map and task turned into a share over all tasks, times how often \
         the literature studies the task. Bayes factor: how much the map raises the odds of the \
         task. Both compare the tasks of this list with each other; neither is the chance that the \
         task was performed.",
    );
}

fn tasks(ui: &mut Ui, cx: &mut Cx<'_>, all: &mut bool, decoding: &Decoding) {
    let t = cx.t;
    columns(ui, t);
    let top = decoding
        .tasks
        .first()
        .map_or(1.0, |task| task.posterior)
        .max(f32::MIN_POSITIVE);
    let room = (ui.clip_rect().height() - REST) / ROW;
    let first = room.floor().clamp(FIRST_TASKS[0], FIRST_TASKS[1]) as usize;
    let shown = if *all { decoding.tasks.len() } else { first };
    let doubtful = is_noise(cx);
    for task in decoding.tasks.iter().take(shown) {
        task_row(ui, cx, task, top, doubtful);
    }
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
    let left = table_links(ui, cx, rect);
    if decoding.tasks.len() > first {
        let text = if *all {
            "Show the first only".to_owned()
        } else {
            format!("Show all {} tasks", decoding.tasks.len())
        };
        let rect = Rect::from_min_max(rect.min, pos2(left, rect.bottom()));
        let response = ui.interact(rect, ui.scope_id().with("all tasks"), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &text));
        let hot = response.hovered() || response.has_focus();
        let colour = if hot { t.accent } else { t.text_2 };
        let at = pos2(rect.left() + 9.0, rect.center().y);
        let width = rect.width() - 18.0;
        paint_elided(ui.painter(), at, &text, Type::Body, colour, width);
        if response.clicked() {
            *all = !*all;
        }
    }
    ui.add_space(8.0);
}

/// How much the literature prior counts.
fn prior(ui: &mut Ui, cx: &mut Cx<'_>) {
    let chosen = cx.doc.analysis.prior;
    let own = cx.services.model().prior_weight();
    let weight = chosen.or(own);
    let response = ui
        .horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            let text = format!("Literature prior {:.0} %", 100.0 * weight);
            let size = vec2(124.0, 20.0);
            let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
            paint_elided(
                ui.painter(),
                rect.left_center(),
                &text,
                Type::Small,
                cx.t.text_2,
                rect.width(),
            );
            let (slider, moved) = slider(ui, cx.t, "Weight of the literature prior", weight);
            let moved = match slider.double_clicked() {
                true => Some(PriorWeight::default()),
                // In steps of a twentieth, so that 0 and 1 are reached.
                false => moved.map(|to| PriorWeight::new((20.0 * to).round() / 20.0)),
            };
            if let Some(to) = moved.filter(|to| *to != chosen) {
                cx.edit(move |doc| doc.set_prior(to));
            }
            response.union(slider)
        })
        .inner;
    response.on_hover_text(format!(
        "How much it counts that some tasks are studied more often than others: 0 % ranks by the map alone. The \
         prior is a habit of the literature, not a property of brains. Double-click: {:.0} %, what the model was \
         measured with",
        100.0 * own
    ));
    ui.add_space(8.0);
}

/// What can be done with the numbers, at the right of a row; returns its left edge.
fn table_links(ui: &mut Ui, cx: &mut Cx<'_>, row: Rect) -> f32 {
    let mut right = row.right() - 8.0 + PAD;
    for (word, width, label, command) in [
        ("Why?", 44.0, "Why this task", "why"),
        ("JSON…", 54.0, "Save as JSON…", "save-decoding-json"),
        ("CSV…", 48.0, "Save as CSV…", "save-decoding-csv"),
        ("Copy", 42.0, "Copy table", "copy-decoding"),
    ] {
        let left = right - width;
        let place = Rect::from_min_max(pos2(left, row.top()), pos2(right, row.bottom()));
        let tip = cx.commands.get(command).map_or("", |row| row.tip);
        let response = link(ui, cx.t, place, word, label);
        if response
            .on_hover_text(format!("{}. {tip}", cx.words(command)))
            .clicked()
        {
            cx.run(command);
        }
        right = left;
    }
    right
}

/// Whether nothing in the map shown stands out from noise.
pub(super) fn is_noise(cx: &Cx<'_>) -> bool {
    let said = cx.doc.decoding().and_then(verdict);
    said.is_some_and(|said| said.certainty == Certainty::Unsure)
}

/// The bar of a task; grey where nothing in the map shown stands out from noise (`doubtful`), or the task does not.
pub(super) fn task_row(ui: &mut Ui, cx: &mut Cx<'_>, task: &TaskScore, top: f32, doubtful: bool) {
    let (first, second) = (
        words::percent(task.posterior),
        words::factor(task.bayes_factor),
    );
    let wanted = TextToPredict::task(&task.id, &task.name);
    let mut shown = cx.doc.layers.iter().chain(&cx.doc.preview);
    let marked = shown.any(|layer| layer.source.predicts(&wanted));
    let label = format!(
        "Task {}, posterior {first}, Bayes factor {second}",
        task.name
    );
    let row = BarRow {
        name: &task.name,
        share: task.posterior / top,
        first: &first,
        second: &second,
        marked,
        doubtful: doubtful || task.is_doubtful(),
        label: &label,
    };
    let predicts = cx.services.model().no_predictions().is_none();
    let click = match predicts {
        true => {
            "\nClick to see the map the model predicts for it; double-click to keep it as a layer"
        }
        false => "",
    };
    let response = row.show(ui, cx.t).on_hover_text_at_pointer(format!(
        "Cosine {:.3} · likelihood {} · prior {}{}{click}",
        task.similarity,
        words::percent(task.likelihood),
        words::percent(task.prior),
        beside_noise(task),
    ));
    response.context_menu(|ui| {
        if ui.button("Why this task").clicked() {
            cx.call(Call::Why(task.id.clone()));
            ui.close();
        }
        if ui.button("Copy its name").clicked() {
            cx.call(Call::Copy {
                text: task.name.clone(),
                notice: "The name is copied",
            });
            ui.close();
        }
    });
    if predicts && response.clicked() {
        let keep = response.double_clicked();
        cx.call(Call::Predict { wanted, keep });
    }
}

/// What a row tells of noise when the pointer rests on it.
fn beside_noise(task: &TaskScore) -> String {
    let Some(percentile) = task.percentile else {
        return String::new();
    };
    let said = match percentile {
        all if all >= 1.0 => "more similar than any map of noise as smooth and as large".to_owned(),
        most => format!(
            "more similar than {:.0} % of maps of noise as smooth and as large",
            (100.0 * most).floor()
        ),
    };
    match task.is_doubtful() {
        true => format!("\n{said}: noise does that too (grey bar)"),
        false => format!("\n{said}"),
    }
}

fn section(ui: &mut Ui, t: &Tokens, title: &str) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, title));
    let at = pos2(rect.left() + 9.0, rect.center().y);
    paint_elided(ui.painter(), at, title, Type::Small, t.text_3, rect.width());
}

fn domains(ui: &mut Ui, cx: &mut Cx<'_>, decoding: &Decoding) {
    let t = cx.t;
    if decoding.domains.is_empty() {
        return;
    }
    section(ui, t, "Domains");
    for domain in decoding.domains.iter().take(FIRST_DOMAINS) {
        let number = format!("{:.2}", domain.score);
        let response = amount_row(ui, t, &domain.name, domain.score, &number);
        let response = response.on_hover_text(format!(
            "{MEANING}\n{}\nClick to see its tasks",
            for_its_size(domain)
        ));
        group_popup(cx, &response, "Domain", domain, decoding);
    }
    ui.add_space(8.0);
}

fn concepts(ui: &mut Ui, cx: &mut Cx<'_>, decoding: &Decoding) {
    let t = cx.t;
    if decoding.concepts.is_empty() {
        return;
    }
    section(ui, t, "Concepts");
    let top = decoding
        .concepts
        .first()
        .map_or(1.0, |c| c.score)
        .max(f32::MIN_POSITIVE);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(5.0, 5.0);
        for concept in decoding.concepts.iter().take(FIRST_CONCEPTS) {
            let response = chip(ui, t, &concept.name, concept.score / top);
            let response = response.on_hover_text(format!(
                "Score {:.2}. {MEANING}\n{}\nClick to see its tasks",
                concept.score,
                for_its_size(concept)
            ));
            group_popup(cx, &response, "Concept", concept, decoding);
        }
    });
}
