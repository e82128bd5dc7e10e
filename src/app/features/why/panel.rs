//! Draws the tab.

use eframe::egui::{Button, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::Why;
use crate::app::feature::{Call, Cx};
use crate::app::jobs::State;
use crate::app::kit::theme::Type;
use crate::app::kit::widgets::{amount_row, chip, paint_elided, paragraph};
use crate::app::kit::words;
use crate::decode::{Certainty, Share, Tail, TaskScore, verdict};

/// The word on the tab.
pub(super) const TAB: &str = "Why";
/// Tasks that can be asked about by a click.
const OTHERS: usize = 8;

/// Draws it.
pub(super) fn why_tab(why: &mut Why, ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    ui.spacing_mut().item_spacing.y = 0.0;
    let model = cx.services.model().number;
    let (Some(task), Some(layer)) = (why.task(cx.doc).cloned(), cx.doc.selected_layer()) else {
        let text = "A map that was decoded shows here which of its places carry the decoding.";
        paragraph(ui, text, Type::Body, t.text_2);
        return;
    };
    paragraph(ui, &format!("Why {}?", task.name), Type::Title, t.text);
    ui.add_space(4.0);
    let tail = cx.doc.side().map_or(Tail::Pos, |(tail, _)| tail);
    let side = match tail {
        Tail::Neg => "negative values",
        Tail::Pos => "positive values",
        Tail::Both => "values",
    };
    let of = format!("the {side} of {}", layer.name);
    paragraph(ui, &of, Type::Small, t.text_3);
    ui.add_space(4.0);
    paragraph(ui, &standing(&task), Type::Body, t.text_2);
    let said = cx.doc.decoding().and_then(verdict);
    if said.is_some_and(|said| said.certainty == Certainty::Unsure) {
        let text = "No task stands out in this map: of so many tasks some are always this similar to noise, and \
                    what follows may explain chance.";
        paragraph(ui, text, Type::Body, t.warning);
    }
    ui.add_space(8.0);
    others(ui, cx, &task);
    let Some(question) = why.question(cx.doc, model) else {
        return;
    };
    let found = match why.query.state(&question) {
        State::Ready(found) => found,
        State::Waiting | State::Unasked => {
            paragraph(ui, "Finding what carries it…", Type::Body, t.text_2);
            return;
        }
        State::Failed(why) => {
            paragraph(ui, &why.what, Type::Title, t.text);
            paragraph(ui, &words::full_sentence(&why.why), Type::Body, t.text_2);
            return;
        }
        State::Stopped => {
            paragraph(ui, "The search was stopped.", Type::Body, t.text_2);
            ui.add_space(4.0);
            if ui.button("Search again").clicked() {
                why.query.forget();
            }
            return;
        }
    };
    ui.horizontal(|ui| {
        let shown = cx.doc.preview.as_ref();
        let shown = shown.is_some_and(|layer| layer.source == found.opened.source);
        let word = if shown { "Shown" } else { "Show on the brain" };
        let tip = "Each voxel by its value times what a change of it does to the task's score: positive values \
                   speak for the task, negative ones against it";
        let show = ui.add_enabled(!shown, Button::new(word)).on_hover_text(tip);
        if show.clicked() {
            cx.run("show-why");
        }
        if ui.button("Keep as a layer").clicked() {
            cx.run("keep-why");
        }
    });
    ui.add_space(10.0);
    let lists = [&found.regions, &found.against, &found.modes];
    let most = lists
        .iter()
        .filter_map(|list| list.first())
        .map(|s| s.share);
    let most = most.fold(f32::MIN_POSITIVE, f32::max);
    section(ui, cx, "Regions that speak for it", &found.regions, most);
    section(
        ui,
        cx,
        "Regions that speak against it",
        &found.against,
        most,
    );
    section(
        ui,
        cx,
        "Modes of the model that speak for it",
        &found.modes,
        most,
    );
    let text = "Shares are of all that speaks for the task, or against it. They tell what the model looks at, not \
                what the brain needs.";
    paragraph(ui, text, Type::Small, t.text_3);
}

/// "21 % of the posterior · more similar than 99.6 % of noise".
fn standing(task: &TaskScore) -> String {
    let posterior = words::percent(task.posterior);
    let noise = match task.percentile {
        None => String::new(),
        Some(most) => format!(
            " · more similar to this one task than {:.0} % of noise",
            (100.0 * most).floor().min(99.0)
        ),
    };
    format!(
        "{posterior} of the posterior · Bayes factor {}{noise}",
        words::factor(task.bayes_factor)
    )
}

/// The first tasks of the ranking, to ask about another one.
fn others(ui: &mut Ui, cx: &mut Cx<'_>, shown: &TaskScore) {
    let t = cx.t;
    let Some(decoding) = cx.doc.decoding() else {
        return;
    };
    let top = decoding.tasks.first().map_or(1.0, |task| task.posterior);
    let mut asked = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(5.0, 5.0);
        for task in decoding.tasks.iter().take(OTHERS) {
            if task.id == shown.id {
                continue;
            }
            let share = task.posterior / top.max(f32::MIN_POSITIVE);
            let response = chip(ui, t, &task.name, share);
            if response.on_hover_text("Ask about this task").clicked() {
                asked = Some(task.id.clone());
            }
        }
    });
    if let Some(task_id) = asked {
        cx.call(Call::Why(task_id));
    }
    ui.add_space(10.0);
}

/// `most` is what the longest bar of all lists stands for.
fn section(ui: &mut Ui, cx: &mut Cx<'_>, title: &str, shares: &[Share], most: f32) {
    let t = cx.t;
    if shares.is_empty() {
        return;
    }
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, title));
    let at = pos2(rect.left() + 9.0, rect.center().y);
    paint_elided(ui.painter(), at, title, Type::Small, t.text_3, rect.width());
    for share in shares {
        let number = format!("{:.0} %", 100.0 * share.share);
        let response = amount_row(ui, t, &share.name, share.share / most, &number);
        if let Some(at_mm) = share.at_mm {
            let response = response.on_hover_text("Click to go to its strongest place");
            if response.clicked() {
                cx.edit(move |doc| doc.go_to(at_mm));
            }
        }
    }
    ui.add_space(8.0);
}
