//! The Text tab: texts of any length, two of them, how sharp their map is, what each word does, and texts shown one after
//! the other.

use eframe::egui::{Button, Frame, Id, Key, ScrollArea, TextEdit, Ui};

use super::typed::Texts;
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
/// Letters of a text: a long article. More would keep a frame waiting while they are laid out.
pub(super) const MAX_LETTERS: usize = 60_000;
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
            *text = text.chars().take(MAX_LETTERS).collect();
            cx.edit(move |doc| doc.say(cut_words(all)));
        }
    }
    let escape = ui.input(|input| input.key_pressed(Key::Escape));
    shown.inner.inner.lost_focus() && escape
}

/// What to say of a text that is longer than the field holds.
pub(super) fn cut_words(letters: usize) -> String {
    format!(
        "The text has {letters} letters; the first {MAX_LETTERS} are read here (gyrus predict --file reads parts of all of it)"
    )
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
        if ui.button("Open a text…").clicked() {
            cx.run("open-text");
        }
    });
}

/// How alike the map of the text and the selected map are.
fn beside_rows(predict: &Predict, ui: &mut Ui, cx: &Cx<'_>) {
    let t = cx.t;
    let model = cx.services.model().number;
    let Some(key) = predict.beside_key(cx.doc, model) else {
        return;
    };
    let (Some(layer), Some(((of, _), found))) = (cx.doc.selected_layer(), predict.beside.latest())
    else {
        return;
    };
    if *of != key {
        return;
    }
    ui.add_space(10.0);
    paragraph(ui, "Beside the selected map", Type::Strong, t.text);
    let what = if key.2 { "the negative side of " } else { "" };
    let alike = format!(
        "r {} with {what}{}, Dice of the strongest tenth {}",
        words::two_decimals(found.pearson),
        layer.name,
        words::two_decimals(found.dice_of_a_tenth())
    );
    let curve: Vec<String> = found
        .dice
        .iter()
        .map(|at| {
            format!(
                "above {} %: {}",
                at.percentile,
                words::two_decimals(at.dice)
            )
        })
        .collect();
    let tip = format!(
        "In the model's brain. Dice of the voxels of both\n{}",
        curve.join("\n")
    );
    paragraph(ui, &alike, Type::Body, t.text).on_hover_text(tip);
    if let Some(rank) = found.rank {
        let before = match rank - 1 {
            0 => "No task".to_owned(),
            1 => "One".to_owned(),
            n => n.to_string(),
        };
        let verb = if rank <= 2 { "is" } else { "are" };
        let line = format!(
            "{before} of the model's {} tasks {verb} more like this map than the text is.",
            found.tasks
        );
        paragraph(ui, &line, Type::Small, t.text_2);
    }
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
