//! Draws the page.

use eframe::egui::{Button, Checkbox, DragValue, ScrollArea, Ui};

use super::curves::{colour, curves};
use super::run::{Run, State};
use super::{Train, corpus, seen};
use crate::app::feature::{Call, Cx, page_frame};
use crate::app::kit::theme::Type;
use crate::app::kit::widgets::paragraph;
use crate::app::kit::words;

/// Draws it.
pub(super) fn page(train: &mut Train, ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    let mut ui = page_frame(ui, cx);
    paragraph(&mut ui, "Train a model", Type::Title, t.text);
    let about = "Two towers learn to place the maps and the texts of the same studies in one space. A run can be \
                 interrupted at any time: started again with the same settings it goes on after its last pass.";
    paragraph(&mut ui, about, Type::Small, t.text_3);
    ui.add_space(8.0);
    ScrollArea::vertical()
        .auto_shrink(false)
        .show(&mut ui, |ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            // The bar at the side lies over what is there.
            ui.set_max_width(ui.available_width() - 14.0);
            let busy = train.is_running();
            if !busy || train.form_open {
                let mut form = std::mem::take(&mut train.form);
                if form.draw(ui, cx, busy) {
                    train.start_wanted = true;
                    train.form_open = false;
                }
                train.form = form;
                corpus::section(train, ui, cx);
                ui.add_space(10.0);
            }
            runs(train, ui, cx);
            if let Some(run) = train.shown() {
                state(train, run, ui, cx);
            }
            plots(train, ui, cx);
        });
}

/// The runs there are; which is looked at, which are drawn over each other.
fn runs(train: &mut Train, ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        let (mut looked_at, mut removed) = (None, None);
        for (place, run) in train.runs.iter().enumerate() {
            let chosen = train.looked_at == Some(run.number);
            let ink = match train.hidden.contains(&run.number) && !chosen {
                true => cx.t.text_2,
                false => colour(run.number),
            };
            let text = eframe::egui::RichText::new(&run.name).color(ink);
            let response = ui.selectable_label(chosen, text);
            if response.clicked() {
                looked_at = Some(run.number);
            }
            response
                .on_hover_text("Click to look at it; right-click for more")
                .context_menu(|ui| {
                    if ui.button("Draw its curves, or not").clicked() {
                        removed = Some((place, false));
                        ui.close();
                    }
                    if !train.is_own(run) && ui.button("Take it off the list").clicked() {
                        removed = Some((place, true));
                        ui.close();
                    }
                });
        }
        if let Some(number) = looked_at {
            train.looked_at = Some(number);
            train.hidden.remove(&number);
        }
        match removed {
            Some((place, true)) => {
                train.runs.remove(place);
            }
            Some((place, false)) => {
                let number = train.runs[place].number;
                if !train.hidden.remove(&number) {
                    train.hidden.insert(number);
                }
            }
            None => {}
        }
        if ui
            .button("Open a run…")
            .on_hover_text("A file of events, as gyrus train --events writes them")
            .clicked()
        {
            cx.run("open-run");
        }
        if train.is_running() && !train.form_open && ui.button("Settings…").clicked() {
            train.form_open = true;
        }
    });
    ui.add_space(6.0);
}

/// How the run looked at stands, and what can be done with it.
fn state(train: &Train, run: &Run, ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    let own = train.is_own(run);
    let (line, ink) = match &run.state {
        State::Running if own && run.at_towers() && train.control.is_paused() => {
            ("Paused".to_owned(), t.text)
        }
        State::Running => (format!("Training: {}", run.stage), t.text),
        State::Stopped => {
            let text =
                "Stopped. Started again with the same settings it goes on after its last pass.";
            (text.to_owned(), t.text)
        }
        State::Failed(why) => (why.clone(), t.warning),
        State::Done(trained) => {
            let file = trained.bundle.display();
            (
                format!("Done: {file} ({:.1} MB)", trained.bytes as f64 / 1e6),
                t.text,
            )
        }
    };
    paragraph(ui, &line, Type::Strong, ink);
    let at_towers = run.is_running() && run.at_towers();
    let mut facts = Vec::new();
    if let Some([train, dev]) = run.studies {
        facts.push(format!("{train} studies to learn from, {dev} to stop on"));
    }
    if run.step[1] > 0 {
        facts.push(format!("step {} of {}", run.step[0], run.step[1]));
    }
    if at_towers && run.pairs_per_s > 0.0 {
        facts.push(format!("{:.0} pairs a second", run.pairs_per_s));
        facts.push(format!("learning rate {:.1e}", run.learning_rate));
    }
    if let Some(best) = run.best() {
        facts.push(format!(
            "best pass {}: title → map {:.1} / {:.1} / {:.1}, map → title {:.1} / {:.1} / {:.1}",
            best.epoch,
            best.text_to_map[0],
            best.text_to_map[1],
            best.text_to_map[2],
            best.map_to_text[0],
            best.map_to_text[1],
            best.map_to_text[2],
        ));
    }
    if let Some(left) = run.left_ms().filter(|_| at_towers) {
        facts.push(format!(
            "at most {} left for the towers",
            words::duration(left)
        ));
    }
    paragraph(ui, &facts.join(" · "), Type::Small, t.text_2);
    for warning in &run.warnings {
        paragraph(ui, warning, Type::Small, t.text_3);
    }
    ui.add_space(4.0);
    ui.horizontal_wrapped(|ui| {
        if run.is_running() && own {
            let words = if train.control.is_paused() {
                "Go on"
            } else {
                "Pause"
            };
            let can = at_towers || train.control.is_paused();
            let tip = "Between two steps of the towers";
            let pause = ui.add_enabled(can, Button::new(words)).on_hover_text(tip);
            if pause.clicked() {
                cx.run("pause-training");
            }
            if ui
                .button("Stop")
                .on_hover_text("It can be gone on with later")
                .clicked()
            {
                cx.run("stop-training");
            }
            let kept = ui.add_enabled(
                at_towers && !run.passes.is_empty(),
                Button::new("Stop and keep the best"),
            );
            let tip = "Ends the towers' training now and writes a model of the best pass so far";
            if kept.on_hover_text(tip).clicked() {
                cx.run("keep-best");
            }
        }
        if let State::Done(trained) = &run.state
            && ui.button("Use this model now").clicked()
        {
            cx.call(Call::UseModel(Some(trained.bundle.clone())));
        }
    });
    if let State::Done(trained) = &run.state
        && !trained.card.is_empty()
    {
        eframe::egui::CollapsingHeader::new("Card of the model").show(ui, |ui| {
            paragraph(ui, &trained.card, Type::Small, t.text_2);
        });
    }
    ui.add_space(8.0);
}

fn plots(train: &mut Train, ui: &mut Ui, cx: &mut Cx<'_>) {
    let t = cx.t;
    let drawn: Vec<&Run> = train.drawn().collect();
    let nothing = |run: &&Run| run.steps.is_empty() && run.passes.is_empty();
    if drawn.iter().all(nothing) {
        return;
    }
    let mut look = train.look;
    ui.horizontal(|ui| {
        ui.add(Checkbox::new(&mut look.log, "logarithm of the loss"));
        let field = DragValue::new(&mut look.smoothing)
            .range(0.0..=0.99)
            .speed(0.01);
        ui.add(field.prefix("smoothing "))
            .accessible_name("Smoothing");
    });
    curves(&drawn, look, ui, t);
    train.look = look;
    let Some(at) = train
        .runs
        .iter()
        .position(|run| train.looked_at == Some(run.number))
    else {
        return;
    };
    let run = &train.runs[at];
    let Some(looked) = &run.seen else {
        return;
    };
    ui.add_space(6.0);
    let prompts = &train.prompts;
    seen::gallery(&mut train.gallery, (run.number, prompts), looked, ui, t);
    ui.add_space(10.0);
    seen::matrices(looked, ui, t);
    ui.add_space(10.0);
    let half = 0.5 * (ui.available_width() - 20.0);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 20.0;
        ui.vertical(|ui| {
            ui.set_width(half);
            seen::plane(looked, half, ui, t);
        });
        ui.vertical(|ui| {
            ui.set_width(half);
            seen::ranking(looked, &train.watched_map, ui, cx);
        });
    });
    ui.add_space(16.0);
}
