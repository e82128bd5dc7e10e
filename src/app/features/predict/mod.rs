//! From words to a brain: the map expected for a task or a sentence.

mod beside;
mod examples;
mod field;
mod lecture;
mod live;
mod tab;
mod typed;

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::{Key, Modifiers, Ui};

use crate::app::feature::{
    Act, Action, Call, Command, Cx, Feature, FileRequest, Menu, Offer, Purpose, Tab,
};
use crate::app::jobs::{Hub, JobError, Query, Queue};
use crate::app::kit::theme::{Tokens, Type};
use crate::app::kit::widgets::paragraph;
use crate::app::kit::words;
use crate::app::model::{
    AmongTitles, Beside, Content, Focus, LayerId, Opened, Predicted, RegionReport, Support,
    SupportLevel, TextToPredict, WordEffect, warmed,
};
use crate::measure::Operation;
use crate::predict::read_article;
use crate::volume::Volume;
use lecture::Lecture;
use live::Live;
use typed::{Texts, Typed};

/// Of what words are looked at: a text, a place (RAS mm, to a tenth) and the number of the model.
type EffectsOf = (String, [f64; 3], u64);

/// What a text's map is held against: the text, values, whether the negative ones, and the number of the model.
type BesideOf = (TextToPredict, Content, bool, u64);

/// Two maps, whether the negative values of the second count, and the places of both in the model's space.
type BesideMaps = (Arc<Volume>, Arc<Volume>, bool, Option<(Vec<f32>, Vec<f32>)>);

/// A text of which regions are looked for, and the number of the model.
type RegionsOf = (TextToPredict, u64);

/// What a text file is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ReadFor {
    /// Its map.
    Map,
    /// Texts to be shown one after the other.
    Prompts,
}

/// The feature.
pub struct Predict {
    /// Maps that become layers: each one is wanted.
    keep: Queue<TextToPredict, TextToPredict, Opened>,
    /// Maps shown for the moment: only the last one is wanted.
    glance: Query<TextToPredict, TextToPredict, Predicted>,
    /// What words do at the crosshair.
    effects: Query<EffectsOf, (String, [f64; 3]), Option<Vec<WordEffect>>>,
    /// How alike the map of the text and the selected map are; the key says whether that map was read by then.
    beside: Query<(BesideOf, bool), BesideMaps, Beside>,
    /// How many titles of new studies are more like that map.
    among_titles: Query<BesideOf, [Vec<f32>; 2], Option<AmongTitles>>,
    /// The overlap of the map of this text with that layer is wanted once the text's map is a layer.
    overlap: Option<(TextToPredict, LayerId, Operation)>,
    /// The map to be selected again once its overlap is there.
    back_to: Option<LayerId>,
    /// Regions the text names.
    regions: Query<RegionsOf, (String, Arc<Volume>), RegionReport>,
    /// Text files.
    texts: Queue<ReadFor, PathBuf, String>,
    /// Typed so far in the field at the foot.
    text: String,
    /// Typed so far in the tab.
    typed: Typed,
    /// The map that asks for, once a frame and where it is typed.
    wanted: Option<TextToPredict>,
    /// What is shown of it.
    live: Live,
    /// The tab's texts changed otherwise than by typing: their map is asked for before the next frame is drawn.
    to_follow: bool,
    /// Texts to be shown one after the other.
    lecture: Lecture,
    /// Whether the tab is open.
    is_open: bool,
}

impl Predict {
    /// Sets its threads going.
    ///
    /// # Errors
    /// Where the system gives none.
    pub fn new(hub: &Hub) -> std::io::Result<Self> {
        Ok(Self {
            keep: hub.queue("Predicting a map", |services, wanted, job| {
                let made = services.predict(&wanted, job.progress)?;
                Ok(warmed(made.opened))
            })?,
            glance: hub.query("Predicting a map", |services, wanted, job| {
                let made = services.predict(&wanted, job.progress)?;
                Ok(Predicted {
                    opened: warmed(made.opened),
                    ..made
                })
            })?,
            effects: hub.query("Looking at the words", |services, (text, at_mm), job| {
                let text: String = text;
                services.word_effects(&text, at_mm, job.progress)
            })?,
            beside: hub.query("Comparing with the map", |services, maps, job| {
                let (predicted, map, negative, latents): BesideMaps = maps;
                let latents = latents.as_ref().map(|(a, b)| (&a[..], &b[..]));
                services.beside(&predicted, (&map, negative), latents, job.progress)
            })?,
            among_titles: hub.query(
                "Reading titles of new studies",
                |services, latents, job| {
                    let [map, text]: [Vec<f32>; 2] = latents;
                    services.among_titles(&map, &text, job.progress)
                },
            )?,
            overlap: None,
            back_to: None,
            regions: hub.query("Looking for regions", |services, (text, map), job| {
                let (text, map): (String, Arc<Volume>) = (text, map);
                services.regions_of_text(&text, &map, job.progress)
            })?,
            texts: hub.queue("Reading a text", |_, path, _| {
                let path: PathBuf = path;
                read_article(&path).map_err(|told| JobError::Failed(Box::new(told)))
            })?,
            text: String::new(),
            typed: Typed::default(),
            wanted: None,
            live: Live::default(),
            to_follow: false,
            lecture: Lecture::default(),
            is_open: false,
        })
    }

    /// The tab opens: what was begun in the field at the foot goes on there, and the map is that of its text.
    fn begin_tab(&mut self, act: &mut Act<'_>) {
        let begun = std::mem::take(&mut self.text);
        if self.typed.first.is_empty() && !begun.is_empty() {
            self.typed.first = begun;
            act.desk.focus = Some(Focus::Text);
        }
        self.to_follow = !self.typed.first.is_empty();
    }

    /// Puts a text into the tab: before its next frame the window asks for its map.
    fn show_text(&mut self, text: String) {
        self.typed.first = text;
        self.typed.texts = Texts::One;
        self.to_follow = true;
    }

    /// Shows the next text of the list, or the one before.
    fn step_text(&mut self, by: isize, act: &mut Act<'_>) {
        let Some(text) = self.lecture.step(by) else {
            return act.say("The list of texts is empty: add some in the Text tab");
        };
        act.desk.tab = tab::TAB;
        act.desk.settings.panels.right = true;
        self.show_text(text);
    }

    fn predict(&mut self, wanted: TextToPredict, keep: bool, act: &mut Act<'_>) {
        let text = wanted.text.trim().to_owned();
        if text.is_empty() {
            return act.say("Type a task or a sentence first");
        }
        let wanted = TextToPredict { text, ..wanted };
        self.rest();
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
        rows.extend([
            Command::<Self>::new("open-text", "Open a text…", |_, act| {
                choose("Open a text", ReadFor::Map, act);
            })
            .tip("A plain text, as an abstract or an article: shows the map the model expects for it")
            .unless(|cx| cx.services.model().no_predictions())
            .menu(Menu::Decode, 21),
            Command::<Self>::new("open-prompts", "Open a list of texts to show…", |_, act| {
                choose("Open a list of texts", ReadFor::Prompts, act);
            })
            .tip("A text file with one text a line, to be shown one after the other")
            .unless(|cx| cx.services.model().no_predictions())
            .menu(Menu::Decode, 22),
            Command::<Self>::new("next-prompt", "Show the next text of the list", |own, act| {
                own.step_text(1, act);
            })
            .key(Modifiers::COMMAND, Key::ArrowDown)
            .menu(Menu::Decode, 27),
            Command::<Self>::new("previous-prompt", "Show the previous text", |own, act| {
                own.step_text(-1, act);
            })
            .key(Modifiers::COMMAND, Key::ArrowUp)
            .menu(Menu::Decode, 28),
        ]);
        rows.extend([
            Command::<Self>::new(
                "keep-contrast",
                "Keep both texts' maps and their difference",
                |own, act| {
                    own.keep_contrast(act);
                },
            )
            .tip("Of the Text tab"),
            Command::<Self>::new(
                "overlap-with-text",
                "Show where the text's map and the selected map overlap",
                |own, act| {
                    own.ask_overlap(act);
                },
            )
            .tip("Of the Text tab: a layer of labels"),
        ]);
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
        self.follow_model(act);
        self.take_glance(act);
        self.take_texts(act);
        self.lecture.remember(&mut act.desk.settings.prompts);
        self.wanted = self.typed.wanted(&act.desk.catalogue);
        if std::mem::take(&mut self.to_follow) {
            self.follow_now(self.wanted.clone(), act);
        }
        self.effects.poll();
        self.beside.poll();
        self.among_titles.poll();
        self.make_overlap(act);
        self.regions.poll();
        let open = act.desk.tab == tab::TAB && act.desk.settings.panels.right;
        if open && !std::mem::replace(&mut self.is_open, open) {
            self.begin_tab(act);
        }
        self.is_open = open;
        if open {
            self.ask_for_words(act);
            self.ask_beside(act);
            self.ask_for_regions(act);
        }
    }

    fn answer(&mut self, call: Call, act: &mut Act<'_>) -> Option<Call> {
        match call {
            Call::Predict { wanted, keep } => self.predict(wanted, keep, act),
            Call::ReadText(path) => self.texts.ask(ReadFor::Map, path),
            Call::ReadPrompts(path) => self.texts.ask(ReadFor::Prompts, path),
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

    fn tab(&self) -> Option<Tab> {
        Some(Tab {
            label: tab::TAB,
            words: "Show text tab",
            order: 90,
        })
    }

    fn draw_tab(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        tab::text_tab(self, ui, cx);
    }

    fn has_foot(&self) -> bool {
        true
    }

    fn draw_foot(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        match cx.services.model().no_predictions() {
            Some(why) => {
                paragraph(ui, why, Type::Small, cx.t.text_2);
            }
            // Its fields take the place of this one.
            None if cx.desk.tab == tab::TAB => {}
            None => self.draw_field(ui, cx),
        }
    }
}

/// Asks for a text file.
fn choose(title: &'static str, to: ReadFor, act: &mut Act<'_>) {
    act.call(Call::Choose(FileRequest {
        title,
        purpose: Purpose::Open,
        filters: vec![("Text", vec!["txt".to_owned(), "md".to_owned()])],
        then: Box::new(move |mut paths| {
            let path = paths.remove(0);
            Action::Call(match to {
                ReadFor::Prompts => Call::ReadPrompts(path),
                ReadFor::Map => Call::ReadText(path),
            })
        }),
    }));
}

/// What the literature says of one text or two, each on its line, and what to be careful of.
fn support_lines(ui: &mut Ui, t: &Tokens, supports: &[Support]) {
    for (support, before) in supports.iter().zip(["First", "Second"]) {
        let colour = match support.level() {
            SupportLevel::Good => t.text_2,
            SupportLevel::Little => t.text,
            SupportLevel::None => t.warning,
        };
        let line = match supports.len() {
            1 => support.line(),
            _ => format!("{before}: {}", support.line()),
        };
        paragraph(ui, &line, Type::Small, colour);
        for warning in support.warnings() {
            paragraph(ui, &warning.message, Type::Small, t.warning);
        }
    }
}
