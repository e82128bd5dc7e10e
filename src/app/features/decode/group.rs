//! A concept or a domain, opened: the tasks its score comes from, and the map of its name.

use eframe::egui::{Frame, Popup, PopupCloseBehavior, Response, ScrollArea, Ui};

use super::panel::{is_noise, task_row};
use crate::app::feature::{Call, Cx};
use crate::app::kit::theme::Type;
use crate::app::kit::widgets::{ROW, paragraph};
use crate::app::model::TextToPredict;
use crate::decode::{Decoding, GroupScore, tasks_behind};

/// Width of what opens.
const WIDTH: f32 = 330.0;
/// Tasks seen without scrolling.
const TASKS_IN_VIEW: usize = 10;

/// What a score of a concept or a domain means.
pub(super) const MEANING: &str = "Noisy-OR over its tasks: 1 − Π(1 − posterior). Groups with many \
    tasks score higher: compare one group across maps, not groups with each other";

/// How unusual a score is for a group of its size.
pub(super) fn for_its_size(group: &GroupScore) -> String {
    format!(
        "For its size: higher than in {:.0} % of deals of these posteriors among all tasks",
        (100.0 * group.percentile).floor()
    )
}

/// Opens below `response` when that is clicked, and stays while it is worked in.
pub(super) fn group_popup(
    cx: &mut Cx<'_>,
    response: &Response,
    what: &str,
    group: &GroupScore,
    decoding: &Decoding,
) {
    Popup::from_toggle_button_response(response)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .width(WIDTH)
        .show(|ui| {
            ui.set_width(WIDTH);
            ui.spacing_mut().item_spacing.y = 0.0;
            Frame::new().inner_margin(6).show(ui, |ui| {
                contents(ui, cx, what, group, decoding);
            });
        });
}

fn contents(ui: &mut Ui, cx: &mut Cx<'_>, what: &str, group: &GroupScore, decoding: &Decoding) {
    let t = cx.t;
    paragraph(ui, &group.name, Type::Title, t.text);
    let score = format!("{what}, score {:.2}", group.score);
    paragraph(ui, &score, Type::Body, t.text_2);
    paragraph(ui, &for_its_size(group), Type::Body, t.text_2);
    paragraph(ui, MEANING, Type::Small, t.text_3);
    ui.add_space(8.0);
    let model = cx.services.model();
    let ontology = model.ontology();
    let tasks = tasks_behind(ontology, &group.id, decoding);
    if tasks.is_empty() {
        let text = "No task of this model is linked to it.";
        paragraph(ui, text, Type::Body, t.text_2);
    } else {
        let said = match tasks.len() {
            1 => "The task it comes from, with posterior and Bayes factor".to_owned(),
            n => format!("The {n} tasks it comes from, with posterior and Bayes factor"),
        };
        paragraph(ui, &said, Type::Small, t.text_3);
        let top = tasks[0].posterior.max(f32::MIN_POSITIVE);
        let doubtful = is_noise(cx);
        ScrollArea::vertical()
            .max_height(ROW * TASKS_IN_VIEW as f32)
            .show(ui, |ui| {
                for task in tasks {
                    task_row(ui, cx, task, top, doubtful);
                }
            });
    }
    if model.no_predictions().is_some() {
        return;
    }
    ui.add_space(8.0);
    let shown = ui.button("Show the map predicted for it");
    let shown = shown.on_hover_text(format!(
        "The map the model expects for the text “{}”",
        group.name
    ));
    if shown.clicked() {
        cx.call(Call::Predict {
            wanted: TextToPredict::text(&group.name),
            keep: false,
        });
    }
}
