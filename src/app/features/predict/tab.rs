//! The Text tab: texts of any length, two of them, how sharp their map is, what each word does, and texts shown one after
//! the other.

use eframe::egui::{Button, Frame, Id, Key, ScrollArea, TextEdit, Ui};

use super::beside::beside_rows;
use super::typed::{MAX_LETTERS, Texts, cut_words, excerpt};
use super::{Predict, support_lines};
use crate::app::feature::{Call, Cx};
use crate::app::jobs::State;
use crate::app::kit::theme::Type;
use crate::app::kit::widgets::{amount_row, field_frame, paragraph, segmented, slider};
use crate::app::kit::words;
use crate::app::model::{Focus, WordEffect};
use crate::predict::WordEffects;

/// The word on the tab.
pub(super) const TAB: &str = "Text";
/// Words listed.
const WORDS: usize = 12;

/// Name of the first text's field.
const FIRST: &str = "A phrase, an abstract, a whole article…";
/// Name of the second text's field.
const SECOND: &str = "The second text…";

/// Draws the tab.
pub(super) fn text_tab(predict: &mut Predict, ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    ui.spacing_mut().item_spacing.y = 0.0;
    if let Some(why) = cx.services.model().no_predictions() {
        paragraph(ui, why, Type::Body, t.text_2);
        return;
    }
    paragraph(ui, "The map of a text", Type::Title, t.text);
    let about = "It follows what you type and leaves no trace until it is kept.";
    paragraph(ui, about, Type::Small, t.text_3);
    ui.add_space(6.0);
    let before = predict.typed.clone();
    if cx.desk.focus == Some(Focus::Text) {
        ui.memory_mut(|memory| memory.request_focus(field_id(FIRST)));
    }
    let mut left = text_field(ui, cx, FIRST, 4, &mut predict.typed.first);
    ui.add_space(6.0);
    let choices = [
        (Texts::One, "One text"),
        (Texts::Between, "Between two"),
        (Texts::Difference, "Difference"),
    ];
    if let Some(chosen) = segmented(ui, t, "Texts", &choices, predict.typed.texts) {
        predict.typed.texts = chosen;
    }
    if predict.typed.texts != Texts::One {
        ui.add_space(6.0);
        left |= text_field(ui, cx, SECOND, 2, &mut predict.typed.second);
    }
    if predict.typed.texts == Texts::Between {
        percent_slider(
            ui,
            cx,
            (
                "Towards the second text",
                "The first text at 0 %, the second at 100 %",
            ),
            &mut predict.typed.toward_percent,
        );
    }
    percent_slider(
        ui,
        cx,
        (
            "Sharpness",
            "0 %: how often activation is reported there. 100 %: by how many deviations that exceeds what is \
             predicted for the literature at large; places that nearly every study reports fade",
        ),
        &mut predict.typed.sharpness_percent,
    );
    if predict.typed != before {
        predict.wanted = predict.typed.wanted(&cx.desk.catalogue);
        predict.follow(predict.wanted.clone(), cx, ui.ctx());
    } else if left {
        predict.follow(None, cx, ui.ctx());
    }
    ui.add_space(4.0);
    said(predict, ui, cx);
    helped(predict, ui, cx);
    ui.add_space(6.0);
    buttons(predict, ui, cx);
    beside_rows(predict, ui, cx);
    word_rows(predict, ui, cx);
    region_rows(predict, ui, cx);
    let typed = predict.typed.first.trim().to_owned();
    if let Some(text) = predict.lecture.draw(ui, cx, &typed) {
        predict.show_text(text);
        ui.ctx().request_repaint();
    }
}

fn field_id(name: &str) -> Id {
    Id::unique(("text tab", name))
}

/// A field of several lines that scrolls where the text is longer; whether it was left by Esc.
fn text_field(ui: &mut Ui, cx: &mut Cx<'_>, name: &str, rows: usize, text: &mut String) -> bool {
    let id = field_id(name);
    let focused = ui.memory(|memory| memory.has_focus(id));
    let shown = field_frame(cx.t, focused).show(ui, |ui| {
        let height = Type::Body.font().size * 1.5 * (rows + 2) as f32;
        ScrollArea::vertical()
            .id_salt(name)
            .max_height(height)
            .min_scrolled_height(height)
            .show(ui, |ui| {
                let field = TextEdit::multiline(text)
                    .id(id)
                    .hint_text(name)
                    .frame(Frame::NONE)
                    .desired_width(f32::INFINITY)
                    .desired_rows(rows)
                    .text_color(cx.t.text)
                    .font(Type::Body.font());
                ui.add(field).accessible_name(name)
            })
    });
    // What is pasted may be longer than a field holds.
    if text.len() > MAX_LETTERS {
        let all = text.chars().count();
        if all > MAX_LETTERS {
            *text = excerpt(std::mem::take(text));
            cx.edit(move |doc| doc.say(cut_words(all)));
        }
    }
    let escape = ui.input(|input| input.key_pressed(Key::Escape));
    shown.inner.inner.lost_focus() && escape
}

/// A name with its per cent, and the slider that sets it.
fn percent_slider(ui: &mut Ui, cx: &Cx<'_>, (name, tip): (&str, &str), percent: &mut u8) {
    ui.add_space(6.0);
    let label = format!("{name}  {percent} %");
    paragraph(ui, &label, Type::Body, cx.t.text_2).on_hover_text(tip);
    let (response, new) = slider(ui, cx.t, name, f32::from(*percent) / 100.0);
    response.on_hover_text(tip);
    if let Some(new) = new {
        *percent = (100.0 * new).round() as u8;
    }
}

/// What the literature says of the texts, or why there is no map.
fn said(predict: &Predict, ui: &mut Ui, cx: &Cx<'_>) {
    let t = cx.t;
    if let Some(why) = predict.live.trouble() {
        paragraph(ui, why, Type::Body, t.warning);
        return;
    }
    let Some(wanted) = &predict.wanted else {
        if predict.typed.texts != Texts::One && !predict.typed.first.trim().is_empty() {
            paragraph(ui, "Type the second text, too.", Type::Small, t.text_3);
        }
        return;
    };
    match predict.live.supports(wanted) {
        Some(supports) => support_lines(ui, t, supports),
        None if predict.glance.is_waiting() => {
            paragraph(ui, "Reading the text…", Type::Small, t.text_3);
        }
        None => {}
    }
}

/// A few words may be read together with the definition of the task they are nearest to: as two texts, so that it is
/// seen, named in the map and undone like any other.
fn helped(predict: &mut Predict, ui: &mut Ui, cx: &Cx<'_>) {
    /// More words than these say enough of themselves.
    const FEW: usize = 6;
    let Some(wanted) = &predict.wanted else {
        return;
    };
    let few = wanted.text.split_whitespace().count() <= FEW;
    if !few || wanted.second.is_some() || wanted.task_id.is_some() {
        return;
    }
    let Some(id) = predict.live.nearest_task(wanted) else {
        return;
    };
    let mut tasks = cx.desk.catalogue.tasks.iter();
    let Some(task) = tasks.find(|task| task.id == id && !task.definition.is_empty()) else {
        return;
    };
    ui.add_space(7.0);
    let words = format!("Help it with the definition of “{}”", task.name);
    let tip = format!(
        "Reads the map half way between your words and: {}",
        task.definition
    );
    if ui
        .add(Button::new(words).small().truncate())
        .on_hover_text(tip)
        .clicked()
    {
        predict.typed.texts = Texts::Between;
        predict.typed.toward_percent = 50;
        predict.typed.second.clone_from(&task.definition);
        predict.to_follow = true;
        ui.ctx().request_repaint();
    }
}

fn buttons(predict: &Predict, ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        let wanted = predict.wanted.clone();
        let keep = ui.add_enabled(wanted.is_some(), Button::new("Keep as a layer"));
        if keep.clicked()
            && let Some(wanted) = wanted
        {
            cx.call(Call::Predict { wanted, keep: true });
        }
        if predict.typed.texts == Texts::Difference {
            let tip = "Both maps and their difference as layers, beside each other";
            let both = ui.add_enabled(predict.wanted.is_some(), Button::new("Keep all three"));
            if both.on_hover_text(tip).clicked() {
                cx.run("keep-contrast");
                cx.run("side-by-side");
            }
        }
        if ui.button("Open a text…").clicked() {
            cx.run("open-text");
        }
    });
}

/// What each word does at the crosshair.
fn word_rows(predict: &Predict, ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    let at_mm = cx.doc.cut_mm;
    let model = cx.services.model().number;
    let Some(key) = predict.words_key(at_mm, model) else {
        return;
    };
    if !WordEffects::takes(&key.0) {
        return;
    }
    ui.add_space(10.0);
    paragraph(ui, "Words at the crosshair", Type::Strong, t.text);
    let place = match cx.region_at(at_mm) {
        Some(region) => format!("{} mm, {region}", words::coordinate(at_mm)),
        None => format!("{} mm", words::coordinate(at_mm)),
    };
    paragraph(ui, &place, Type::Small, t.text_3).on_hover_text(
        "What is predicted at the crosshair with each word, less what is predicted without it; at sharpness 0 %",
    );
    match predict.effects.state(&key) {
        State::Ready(Some(effects)) => {
            let mut sorted: Vec<&WordEffect> = effects.iter().collect();
            sorted.sort_by(|a, b| b.effect.abs().total_cmp(&a.effect.abs()));
            let largest = sorted.first().map_or(1.0, |e| e.effect.abs()).max(1e-6);
            for effect in sorted.iter().take(WORDS) {
                let number = format!("{:+.2}", effect.effect).replace('-', "−");
                let share = effect.effect / largest;
                amount_row(ui, t, &effect.word, share, &number);
            }
        }
        State::Ready(None) => {
            paragraph(ui, "Outside the model's brain.", Type::Body, t.text_2);
        }
        State::Failed(why) => {
            let why = words::full_sentence(&why.why);
            paragraph(ui, &why, Type::Body, t.text_2);
        }
        State::Waiting | State::Unasked => {
            paragraph(ui, "…", Type::Body, t.text_3);
        }
        State::Stopped => {
            paragraph(ui, "Stopped.", Type::Body, t.text_3);
        }
    }
}

/// Regions the text names, and how much is predicted there.
fn region_rows(predict: &Predict, ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    let model = cx.services.model().number;
    let key = predict.regions_key(model);
    let Some(report) = key.and_then(|key| predict.regions.ready(&key)) else {
        return;
    };
    let named: Vec<_> = report.regions.iter().filter(|row| row.named > 0).collect();
    if named.is_empty() {
        return;
    }
    ui.add_space(10.0);
    paragraph(ui, "Regions the text names", Type::Strong, t.text);
    let about = "The bar: what share of the model's tasks predict less there. Click to go there.";
    paragraph(ui, about, Type::Small, t.text_3);
    for row in named.iter().take(WORDS) {
        let number = format!("{}×", row.named);
        let tip = format!(
            "Named {}×; predicted more than by {} of the model's tasks",
            row.named,
            words::percent(row.percentile)
        );
        let at_mm = row.at_mm;
        if amount_row(ui, t, &row.region, row.percentile, &number)
            .on_hover_text(tip)
            .clicked()
        {
            cx.edit(move |doc| {
                doc.go_to(at_mm);
            });
        }
    }
    if named.len() > WORDS {
        let more = format!(
            "and {} more: gyrus regions lists all, beside the article's peaks",
            named.len() - WORDS
        );
        paragraph(ui, &more, Type::Small, t.text_3);
    }
}
