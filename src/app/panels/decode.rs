//! What the map means: a sentence, ranked tasks, domains, concepts.

use eframe::egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::Cx;
use crate::app::command::Command;
use crate::app::document::{Layer, Source};
use crate::app::state::WindowState;
use crate::app::theme::{Tokens, Type};
use crate::app::widgets::{
    BarRow, ROW, amount_row, chip, paint_elided, paint_text, paragraph, segmented,
};
use crate::app::words;
use crate::decode::{self, Certainty, Decoding, Tail, TaskScore};

/// Tasks shown before "all" is asked for, at least and at most: as many as leave room for the rest.
const FIRST_TASKS: [f32; 2] = [5.0, 16.0];
/// Height of everything but the ranked rows, points.
const REST: f32 = 452.0;
/// Domains shown.
const FIRST_DOMAINS: usize = 5;
/// Concepts shown.
const FIRST_CONCEPTS: usize = 9;

/// Draws the tab.
pub fn decode_tab(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut WindowState) {
    let doc = cx.doc;
    let Some(layer) = doc.reading_layer() else {
        return nothing_to_read(ui, cx);
    };
    ui.spacing_mut().item_spacing.y = 0.0;
    match doc.decoding() {
        Some(decoding) => {
            sentence(ui, cx, layer, decoding);
            tail_switch(ui, cx);
            tasks(ui, cx, state, decoding);
            domains(ui, cx.t, decoding);
            concepts(ui, cx.t, decoding);
        }
        None => {
            waiting(ui, cx, state, layer);
            tail_switch(ui, cx);
        }
    }
}

fn nothing_to_read(ui: &mut Ui, cx: &Cx<'_>) {
    let t = cx.t;
    let text = "Open a map to read which tasks, concepts and domains its activity resembles.";
    paragraph(ui, "Nothing to read yet", Type::Title, t.text);
    paragraph(ui, text, Type::Body, t.text_2);
}

fn sentence(ui: &mut Ui, cx: &Cx<'_>, layer: &Layer, decoding: &Decoding) {
    let t = cx.t;
    let Some(headline) = decode::verdict(decoding) else {
        paragraph(ui, "No task of the ontology fits", Type::Title, t.text);
        return;
    };
    paragraph(ui, &headline.sentence, Type::Title, t.text);
    ui.add_space(4.0);
    let colour = match headline.certainty {
        Certainty::Clear => t.good,
        Certainty::Likely => t.accent,
        Certainty::Unsure => t.warning,
    };
    verdict(ui, t, headline.certainty.label(), &headline.because, colour);
    ui.add_space(2.0);
    let what = match &layer.source {
        Source::Predicted { text, .. } => format!("read from the map predicted for “{text}”"),
        Source::File { .. } | Source::Embedded { .. } | Source::Derived { .. } => {
            format!("read from {}", layer.name)
        }
    };
    paragraph(ui, &what, Type::Small, t.text_3);
    for warning in &decoding.warnings {
        ui.add_space(2.0);
        paragraph(ui, warning, Type::Small, t.warning);
    }
    ui.add_space(12.0);
}

/// A coloured word, then the reason, as one wrapped paragraph.
fn verdict(ui: &mut Ui, t: &Tokens, word: &str, because: &str, colour: eframe::egui::Color32) {
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

fn tail_switch(ui: &mut Ui, cx: &mut Cx<'_>) {
    let options = [
        (Tail::Pos, "Positive values"),
        (Tail::Neg, "Negative values"),
    ];
    if let Some(tail) = segmented(ui, cx.t, "Read", &options, cx.doc.tail) {
        cx.send(Command::SetTail(tail));
    }
    ui.add_space(12.0);
}

fn waiting(ui: &mut Ui, cx: &Cx<'_>, state: &WindowState, layer: &Layer) {
    let t = cx.t;
    let Some(activity) = &cx.busy.decode else {
        let failed = state.unread.get(&layer.id);
        if let Some((_, why)) = failed.filter(|(tail, _)| *tail == cx.doc.tail) {
            paragraph(ui, &why.what, Type::Title, t.text);
            ui.add_space(4.0);
            paragraph(ui, &words::full_sentence(&why.why), Type::Body, t.text_2);
            ui.add_space(4.0);
            paragraph(ui, &words::remedy(&why.remedy), Type::Body, t.text);
            ui.add_space(12.0);
            return;
        }
        paragraph(ui, "Not read", Type::Title, t.text);
        let text = format!(
            "{} has not been read. Press Ctrl+D to read it again.",
            layer.name
        );
        paragraph(ui, &text, Type::Body, t.text_2);
        ui.add_space(12.0);
        return;
    };
    paragraph(ui, "Reading the map…", Type::Title, t.text);
    ui.add_space(4.0);
    let stage = if activity.stage.is_empty() {
        layer.name.as_str()
    } else {
        activity.stage.as_str()
    };
    paragraph(ui, stage, Type::Body, t.text_2);
    ui.add_space(8.0);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 4.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, "Reading the map"));
    ui.painter().rect_filled(rect, 2.0, t.track);
    let done = vec2(rect.width() * activity.fraction.max(0.02), rect.height());
    ui.painter()
        .rect_filled(Rect::from_min_size(rect.min, done), 2.0, t.accent);
    ui.add_space(14.0);
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

fn tasks(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut WindowState, decoding: &Decoding) {
    let t = cx.t;
    columns(ui, t);
    let top = decoding
        .tasks
        .first()
        .map_or(1.0, |task| task.posterior)
        .max(f32::MIN_POSITIVE);
    let room = (ui.clip_rect().height() - REST) / ROW;
    let first = room.floor().clamp(FIRST_TASKS[0], FIRST_TASKS[1]) as usize;
    let shown = if state.all_tasks {
        decoding.tasks.len()
    } else {
        first
    };
    for task in decoding.tasks.iter().take(shown) {
        task_row(ui, cx, task, top);
    }
    let more = decoding.tasks.len().saturating_sub(first);
    if more > 0 {
        let text = if state.all_tasks {
            "Show the first only".to_owned()
        } else {
            format!("Show all {} tasks", decoding.tasks.len())
        };
        let (rect, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &text));
        let hot = response.hovered() || response.has_focus();
        let colour = if hot { t.accent } else { t.text_2 };
        let at = pos2(rect.left() + 9.0, rect.center().y);
        paint_elided(ui.painter(), at, &text, Type::Body, colour, rect.width());
        if response.clicked() {
            state.all_tasks = !state.all_tasks;
        }
    }
    ui.add_space(8.0);
}

fn task_row(ui: &mut Ui, cx: &mut Cx<'_>, task: &TaskScore, top: f32) {
    let (first, second) = (
        words::percent(task.posterior),
        words::factor(task.bayes_factor),
    );
    let marked = cx.doc.layers.iter().any(|layer| {
        matches!(&layer.source, Source::Predicted { task_id: Some(id), .. } if *id == task.id)
    });
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
        label: &label,
    };
    let response = row.show(ui, cx.t).on_hover_text_at_pointer(format!(
        "Cosine {:.3} · likelihood {} · prior {}\nClick to add the map the model predicts for it",
        task.similarity,
        words::percent(task.likelihood),
        words::percent(task.prior),
    ));
    if response.clicked() {
        cx.send(Command::Predict {
            text: task.name.clone(),
            task_id: Some(task.id.clone()),
        });
    }
}

fn section(ui: &mut Ui, t: &Tokens, title: &str) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, title));
    let at = pos2(rect.left() + 9.0, rect.center().y);
    paint_elided(ui.painter(), at, title, Type::Small, t.text_3, rect.width());
}

fn domains(ui: &mut Ui, t: &Tokens, decoding: &Decoding) {
    if decoding.domains.is_empty() {
        return;
    }
    section(ui, t, "Domains");
    for domain in decoding.domains.iter().take(FIRST_DOMAINS) {
        let number = format!("{:.2}", domain.probability);
        amount_row(ui, t, &domain.name, domain.probability, &number);
    }
    ui.add_space(8.0);
}

fn concepts(ui: &mut Ui, t: &Tokens, decoding: &Decoding) {
    if decoding.concepts.is_empty() {
        return;
    }
    section(ui, t, "Concepts");
    let top = decoding
        .concepts
        .first()
        .map_or(1.0, |c| c.probability)
        .max(f32::MIN_POSITIVE);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(5.0, 5.0);
        for concept in decoding.concepts.iter().take(FIRST_CONCEPTS) {
            let response = chip(ui, t, &concept.name, concept.probability / top);
            response.on_hover_text(format!("probability {:.2}", concept.probability));
        }
    });
}
