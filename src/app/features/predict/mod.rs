//! From words to a brain: the map expected for a task or a sentence.

mod examples;

use eframe::egui::{
    Align2, Area, Frame, Id, Key, Modifiers, Order, Rect, Sense, TextEdit, Ui, pos2, vec2,
};

use crate::app::feature::{Act, Action, Call, Command, Cx, Feature, Menu, Offer};
use crate::app::jobs::{Hub, Query, Queue};
use crate::app::kit::theme::Type;
use crate::app::kit::widgets::{field_frame, paint_elided, paint_text, paragraph};
use crate::app::kit::words;
use crate::app::model::{Focus, Opened, TextToPredict, warmed};
use crate::predict::familiarity;

/// Hint and name of the text field.
const TEXT_HINT: &str = "Type a task or a sentence to see its map…";
/// Letters that can be typed.
const MAX_LETTERS: usize = 2000;

/// The feature.
pub struct Predict {
    /// Maps that become layers: each one is wanted.
    keep: Queue<TextToPredict, TextToPredict, Opened>,
    /// Maps shown for the moment: only the last one is wanted.
    glance: Query<TextToPredict, TextToPredict, Opened>,
    /// Typed so far.
    text: String,
    /// The text last looked up, and what to tell of it.
    judged: (String, Option<String>),
}

impl Predict {
    /// Sets its threads going.
    ///
    /// # Errors
    /// Where the system gives none.
    pub fn new(hub: &Hub) -> std::io::Result<Self> {
        Ok(Self {
            keep: hub.queue("Predicting a map", |services, wanted, job| {
                services.predict(&wanted, job.progress).map(warmed)
            })?,
            glance: hub.query("Predicting a map", |services, wanted, job| {
                services.predict(&wanted, job.progress).map(warmed)
            })?,
            text: String::new(),
            judged: (String::new(), None),
        })
    }

    /// Whether a text's map is a layer, or about to be.
    fn is_layer(&self, wanted: &TextToPredict, act: &Act<'_>) -> bool {
        let mut layers = act.doc.layers.iter();
        layers.any(|layer| layer.source.predicts(wanted))
            || self.keep.waiting().any(|known| known == wanted)
    }

    /// Says above the field what is wrong with the words typed so far.
    fn warn(&mut self, ui: &Ui, cx: &Cx<'_>, field: Rect) {
        // The word that is being typed is not known yet.
        let whole = self.text.rsplit_once(char::is_whitespace);
        let typed = whole.map_or("", |(words, _)| words.trim());
        if typed.chars().count() < 3 {
            return;
        }
        let whole = self.text.trim().to_lowercase();
        let mut tasks = cx.desk.catalogue.tasks.iter();
        if tasks.any(|task| task.name.to_lowercase() == whole) {
            return;
        }
        if self.judged.0 != typed {
            self.judged = (typed.to_owned(), familiarity(typed).warning());
        }
        if let Some(warning) = &self.judged.1 {
            // The column's foot has one height.
            Area::new(Id::unique("unknown words"))
                .order(Order::Foreground)
                .pivot(Align2::LEFT_BOTTOM)
                .fixed_pos(field.left_top() - vec2(0.0, 6.0))
                .show(ui.ctx(), |ui| {
                    Frame::popup(ui.style()).show(ui, |ui| {
                        ui.set_width(field.width() - 14.0);
                        paragraph(ui, warning, Type::Small, cx.t.warning);
                    });
                });
        }
    }

    fn predict(&mut self, wanted: TextToPredict, keep: bool, act: &mut Act<'_>) {
        let text = wanted.text.trim().to_owned();
        if text.is_empty() {
            return act.say("Type a task or a sentence first");
        }
        let wanted = TextToPredict { text, ..wanted };
        if let Some(why) = act.services.model().no_predictions() {
            return act.say(why);
        }
        let there = act.doc.layers.iter().find(|l| l.source.predicts(&wanted));
        if let Some((id, visible)) = there.map(|layer| (layer.id, layer.display.visible)) {
            // Its ranking would take the place of the one that is clicked through.
            if keep && act.doc.preview.is_none() {
                act.doc.select(id);
            }
            if !visible {
                act.doc.set_visible(id, true);
            }
            return act.doc.drop_preview();
        }
        let previewed = act.doc.preview.as_ref();
        match (previewed.is_some_and(|p| p.source.predicts(&wanted)), keep) {
            (true, true) => {
                act.doc.keep_preview();
            }
            (true, false) => {}
            (false, true) => {
                // Clicked twice before the first answer came.
                if !self.keep.waiting().any(|known| *known == wanted) {
                    self.keep.ask(wanted.clone(), wanted);
                }
            }
            (false, false) => self.glance.ask(wanted.clone(), wanted),
        }
    }
}

impl Feature for Predict {
    fn name(&self) -> &'static str {
        "predict"
    }

    fn commands() -> Vec<Command<Self>> {
        let mut rows = vec![
            Command::<Self>::new("type-text", "Type a task or a sentence…", |_, act| {
                if let Some(why) = act.services.model().no_predictions() {
                    return act.say(why);
                }
                // The field is at the foot of the right panel.
                act.desk.settings.panels.right = true;
                act.desk.focus = Some(Focus::Text);
            })
            .tip("Shows the map the model expects for it")
            .key(Modifiers::NONE, Key::Slash)
            .field()
            .unless(|cx| cx.services.model().no_predictions())
            .menu(Menu::Decode, 20),
        ];
        rows.extend(examples::commands());
        rows
    }

    fn update(&mut self, act: &mut Act<'_>) {
        for done in self.keep.take() {
            match done.outcome {
                Ok(opened) => {
                    let took = words::duration(done.elapsed_ms);
                    act.desk.last_timing = format!("predicted in {took}");
                    if act
                        .doc
                        .preview
                        .as_ref()
                        .is_some_and(|p| p.source == opened.source)
                    {
                        act.doc.drop_preview();
                    }
                    act.doc.add_layer(opened);
                }
                Err(error) => act.fail(error),
            }
        }
        if self.glance.poll() {
            match (self.glance.take(), self.glance.take_failure()) {
                // Kept meanwhile.
                (Some((wanted, _)), _) if self.is_layer(&wanted, act) => {}
                (Some((_, opened)), _) => {
                    let took = words::duration(self.glance.elapsed_ms());
                    act.desk.last_timing = format!("predicted in {took}");
                    act.doc.show_preview(opened);
                }
                (None, Some(explanation)) => act.explain(explanation),
                (None, None) => {}
            }
        }
    }

    fn answer(&mut self, call: Call, act: &mut Act<'_>) -> Option<Call> {
        match call {
            Call::Predict { wanted, keep } => self.predict(wanted, keep, act),
            other => return Some(other),
        }
        None
    }

    fn find(&self, query: &str, cx: &Cx<'_>, found: &mut Vec<Offer>) {
        if query.is_empty() || cx.services.model().no_predictions().is_some() {
            return;
        }
        for task in &cx.desk.catalogue.tasks {
            found.extend(Offer::fuzzy(query, &task.name, "Task", 1, || {
                Action::Call(Call::Predict {
                    wanted: TextToPredict::task(&task.id, &task.name),
                    keep: true,
                })
            }));
        }
        if query.chars().count() > 2 {
            found.push(Offer {
                score: i32::MIN,
                ..Offer::exact(
                    format!("Predict the map of “{query}”"),
                    "Text",
                    Action::Call(Call::Predict {
                        wanted: TextToPredict::text(query),
                        keep: true,
                    }),
                )
            });
        }
    }

    fn has_foot(&self) -> bool {
        true
    }

    fn draw_foot(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let t = cx.t;
        if let Some(why) = cx.services.model().no_predictions() {
            paragraph(ui, why, Type::Small, t.text_2);
            return;
        }
        let activity = self.keep.activity().or_else(|| self.glance.activity());
        if let Some(activity) = activity.filter(|activity| activity.elapsed_ms > 120.0) {
            let size = vec2(ui.available_width(), 18.0);
            let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
            let stage = if activity.stage.is_empty() {
                "Predicting a map…"
            } else {
                &activity.stage
            };
            let at = pos2(rect.left() + 2.0, rect.center().y);
            paint_elided(ui.painter(), at, stage, Type::Body, t.text_2, rect.width());
        }
        let id = Id::unique("predict text");
        if cx.desk.focus == Some(Focus::Text) {
            ui.memory_mut(|memory| memory.request_focus(id));
        }
        let focused = ui.memory(|memory| memory.has_focus(id));
        let outer = field_frame(t, focused).show(ui, |ui| {
            let response = ui.add(
                TextEdit::singleline(&mut self.text)
                    .id(id)
                    .frame(Frame::NONE)
                    .desired_width(f32::INFINITY)
                    .char_limit(MAX_LETTERS)
                    .text_color(t.text)
                    .font(Type::Body.font()),
            );
            let response = response.accessible_name(TEXT_HINT);
            if self.text.is_empty() {
                let at = response.rect.left_center();
                let width = response.rect.width() - if focused { 0.0 } else { 22.0 };
                paint_elided(ui.painter(), at, TEXT_HINT, Type::Body, t.text_3, width);
                if !focused {
                    let at = response.rect.right_center();
                    let right = Align2::RIGHT_CENTER;
                    paint_text(ui.painter(), at, right, "/", Type::Small, t.text_3);
                }
            }
            response
        });
        self.warn(ui, cx, outer.response.rect);
        let response = outer.inner;
        let enter = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if enter && !self.text.trim().is_empty() {
            let text = self.text.trim().to_owned();
            let wanted = text.to_lowercase();
            let mut tasks = cx.desk.catalogue.tasks.iter();
            let known = tasks.find(|task| task.name.to_lowercase() == wanted);
            let task_id = known.map(|task| task.id.clone());
            let wanted = TextToPredict { text, task_id };
            cx.call(Call::Predict { wanted, keep: true });
            self.text.clear();
            ui.memory_mut(|memory| memory.request_focus(id));
        }
    }
}
