//! Maps that follow what is typed: the last text asked for wins, and what is shown is a preview that leaves no trace.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::Context;

use super::lecture::prompts_of;
use super::typed::{MAX_LETTERS, cut_words, excerpt};
use super::{BesideOf, EffectsOf, Predict, ReadFor, RegionsOf};
use crate::app::feature::{Act, Call, Cx};
use crate::app::kit::words;
use crate::app::model::{Document, Source, Support, TextToPredict, rounded};
use crate::decode::Tail;
use crate::measure::Operation;
use crate::predict::WordEffects;
use crate::volume::Volume;

/// What was typed must rest that long before its words are taken apart: each takes a reading of the text.
const REST: Duration = Duration::from_millis(450);

/// What is shown of what is typed.
#[derive(Debug, Default)]
pub(super) struct Live {
    /// The map that is wanted now.
    wanted: Option<TextToPredict>,
    /// When that changed last.
    changed: Option<Instant>,
    /// Number of the model that says so.
    model: u64,
    /// What is known of the text whose map is shown.
    known: Option<(TextToPredict, Known)>,
    /// Why there is no map for what is typed.
    trouble: Option<String>,
}

/// What is known of a text once its map is there.
#[derive(Debug)]
struct Known {
    supports: Vec<Support>,
    latent: Vec<f32>,
    map: Arc<Volume>,
    nearest_task: Option<String>,
}

impl Live {
    fn known(&self, wanted: &TextToPredict) -> Option<&Known> {
        let (of, known) = self.known.as_ref()?;
        (of == wanted).then_some(known)
    }

    /// What the literature says of the texts asked for, once that is known.
    pub(super) fn supports(&self, wanted: &TextToPredict) -> Option<&[Support]> {
        self.known(wanted).map(|known| &known.supports[..])
    }

    /// The task that lies nearest to what is asked for, once that is known.
    pub(super) fn nearest_task(&self, wanted: &TextToPredict) -> Option<&str> {
        self.known(wanted)?.nearest_task.as_deref()
    }

    /// Why there is no map for what is typed.
    pub(super) fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Whether what is typed has rested.
    fn rests(&self) -> bool {
        self.changed.is_some_and(|at| at.elapsed() >= REST)
    }
}

impl Predict {
    /// Asks for the map of what is typed now, or shows none; called while drawing, where it changed.
    pub(super) fn follow(&mut self, wanted: Option<TextToPredict>, cx: &mut Cx<'_>, ctx: &Context) {
        let drop = self.asks(wanted, cx.doc);
        ctx.request_repaint_after(REST + Duration::from_millis(20));
        if drop {
            cx.edit(|doc| doc.drop_preview());
        }
    }

    /// The same before a frame is drawn.
    pub(super) fn follow_now(&mut self, wanted: Option<TextToPredict>, act: &mut Act<'_>) {
        let drop = self.asks(wanted, &act.doc);
        act.ctx
            .request_repaint_after(REST + Duration::from_millis(20));
        if drop {
            act.doc.drop_preview();
        }
    }

    /// Asks; whether the map shown for the moment is to go.
    fn asks(&mut self, wanted: Option<TextToPredict>, doc: &Document) -> bool {
        let shows = |wanted: &TextToPredict| {
            let preview = doc.preview.as_ref();
            preview.is_some_and(|layer| layer.source.predicts(wanted))
        };
        let there = wanted
            .as_ref()
            .is_none_or(|w| shows(w) || self.glance.is_waiting());
        if self.live.wanted == wanted && there {
            return false;
        }
        self.live.wanted.clone_from(&wanted);
        self.live.changed = Some(Instant::now());
        self.live.trouble = None;
        let another = || {
            let preview = doc.preview.as_ref();
            preview.is_some_and(|layer| layer.source.is_predicted())
        };
        match wanted {
            Some(wanted) => {
                let mut layers = doc.layers.iter();
                let kept = layers.any(|l| l.display.visible && l.source.predicts(&wanted));
                // Of a layer that is shown what is known of its text is wanted all the same.
                self.glance.ask(wanted.clone(), wanted);
                kept && another()
            }
            None => {
                self.glance.forget();
                another()
            }
        }
    }

    /// Takes in texts that were read from files.
    pub(super) fn take_texts(&mut self, act: &mut Act<'_>) {
        for done in self.texts.take() {
            let text = match done.outcome {
                Ok(text) => text,
                Err(error) => {
                    act.fail(error);
                    continue;
                }
            };
            act.desk.tab = super::tab::TAB;
            act.desk.settings.panels.right = true;
            match done.key {
                ReadFor::Map => {
                    let all = text.chars().count();
                    self.show_text(excerpt(text));
                    if all > MAX_LETTERS {
                        act.say(cut_words(all));
                    }
                }
                ReadFor::Prompts => {
                    let prompts = prompts_of(&text);
                    if prompts.is_empty() {
                        act.say("The file holds no text: it takes one a line");
                        continue;
                    }
                    self.lecture.replace(prompts);
                    if let Some(first) = self.lecture.show(0) {
                        self.show_text(first);
                    }
                }
            }
        }
    }

    /// What is typed asks for nothing any more: it was kept, or given up.
    pub(super) fn rest(&mut self) {
        self.live.wanted = None;
        self.live.trouble = None;
        self.glance.forget();
    }

    /// What another model said is forgotten, and what is typed in the tab is asked anew.
    pub(super) fn follow_model(&mut self, act: &Act<'_>) {
        let model = act.services.model().number;
        if self.live.model != model {
            self.live = Live {
                model,
                ..Live::default()
            };
            self.glance.forget();
            self.to_follow = act.desk.tab == super::tab::TAB;
        }
    }

    /// Takes in the map shown for the moment.
    pub(super) fn take_glance(&mut self, act: &mut Act<'_>) {
        if !self.glance.poll() {
            return;
        }
        match (self.glance.take(), self.glance.take_failure()) {
            (Some((wanted, made)), _) => {
                let known = Known {
                    supports: made.supports,
                    latent: made.latent,
                    nearest_task: made.nearest_task,
                    map: Arc::clone(&made.opened.volume),
                };
                self.live.known = Some((wanted.clone(), known));
                // Kept meanwhile, or there before.
                let mut layers = act.doc.layers.iter();
                if layers.any(|l| l.display.visible && l.source.predicts(&wanted))
                    || self.keep.waiting().any(|known| *known == wanted)
                {
                    return;
                }
                let took = words::duration(self.glance.elapsed_ms());
                act.desk.last_timing = format!("predicted in {took}");
                act.doc.show_preview(made.opened);
            }
            (None, Some(why)) if self.live.wanted.is_some() => {
                self.live.trouble = Some(words::full_sentence(&why.why));
            }
            (None, Some(explanation)) => act.explain(explanation),
            (None, None) => {}
        }
    }

    /// Of which words at which place something is to be said: of one text that is no task of the model.
    pub(super) fn words_key(&self, at_mm: [f64; 3], model: u64) -> Option<EffectsOf> {
        let wanted = self.plain()?;
        Some((wanted.text.clone(), rounded(at_mm), model))
    }

    /// What is typed, where it is one text that is no task of the model.
    fn plain(&self) -> Option<&TextToPredict> {
        let wanted = self.wanted.as_ref();
        wanted.filter(|wanted| wanted.second.is_none() && wanted.task_id.is_none())
    }

    /// Asks what each word does at the crosshair, while the tab shows one text that has rested.
    pub(super) fn ask_for_words(&mut self, act: &mut Act<'_>) {
        let model = act.services.model().number;
        let at_mm = act.doc.cut_mm;
        let key = self.words_key(at_mm, model);
        let key = key.filter(|key| WordEffects::takes(&key.0));
        if let Some(key) = key.filter(|_| self.live.rests() && !self.glance.is_waiting()) {
            self.effects.want(&key, || (key.0.clone(), at_mm));
        }
    }

    /// The text whose map is shown, and the measured map it is held against: the selected one.
    pub(super) fn beside_key(&self, doc: &Document, model: u64) -> Option<BesideOf> {
        let wanted = self.wanted.clone()?;
        let layer = doc
            .selected_layer()
            .filter(|layer| !layer.source.is_predicted())?;
        layer.volume.as_ref()?.data.scalar()?;
        let negative = doc.side().is_some_and(|(tail, _)| tail == Tail::Neg);
        Some((wanted, layer.content(), negative, model))
    }

    /// Asks how alike the map of the text and the selected map are, while the tab is open.
    pub(super) fn ask_beside(&mut self, act: &mut Act<'_>) {
        let model = act.services.model().number;
        let Some(key) = self.beside_key(&act.doc, model) else {
            return;
        };
        let known = self.live.known(&key.0);
        let map = act
            .doc
            .selected_layer()
            .and_then(|layer| layer.volume.clone());
        let (Some(known), Some(map)) = (known, map) else {
            return;
        };
        let own = act.doc.side().and_then(|(_, side)| side.latent());
        let latents = own.map(|own| (own.to_vec(), known.latent.clone()));
        if let Some((map, text)) = latents.clone().filter(|_| self.live.rests()) {
            self.among_titles.want(&key, || [map, text]);
        }
        let predicted = Arc::clone(&known.map);
        let negative = key.2;
        self.beside.want(&(key, latents.is_some()), || {
            (predicted, map, negative, latents)
        });
    }

    /// Keeps the maps of both texts and their difference as layers.
    pub(super) fn keep_contrast(&mut self, act: &mut Act<'_>) {
        let both = self.wanted.as_ref();
        let Some((wanted, second)) = both.and_then(|w| Some((w.clone(), w.second.clone()?))) else {
            return act.say("Type two texts in the Text tab first");
        };
        let alone = |text: String, task_id: Option<String>| TextToPredict {
            text,
            task_id,
            second: None,
            sharpness_percent: wanted.sharpness_percent,
        };
        let first = alone(wanted.text.clone(), wanted.task_id.clone());
        let second = alone(second.text, second.task_id);
        for wanted in [first, second, wanted] {
            act.call(Call::Predict { wanted, keep: true });
        }
    }

    /// Asks for the overlap of the text's map with the selected one: each one's strongest tenth.
    pub(super) fn ask_overlap(&mut self, act: &mut Act<'_>) {
        let model = act.services.model().number;
        let key = self.beside_key(&act.doc, model);
        let found = key.and_then(|key| {
            let ((of, _), found) = self.beside.latest()?;
            (*of == key).then_some((key, found.tenth))
        });
        let (Some(((wanted, _, negative, _), [first, second])), Some(map)) =
            (found, act.doc.selected)
        else {
            return act.say("Type a text in the Text tab and select a map first");
        };
        let operation = Operation::Overlap {
            first: first.max(0.0),
            second: second.max(0.0),
            negative,
        };
        self.overlap = Some((wanted.clone(), map, operation));
        act.call(Call::Predict { wanted, keep: true });
    }

    /// Makes the overlap that was asked for, once the text's map is a layer.
    pub(super) fn make_overlap(&mut self, act: &mut Act<'_>) {
        let is_overlap = act.doc.selected_layer().is_some_and(|layer| {
            let overlap = |operation: &Operation| matches!(operation, Operation::Overlap { .. });
            matches!(&layer.source, Source::Derived { operation, .. } if overlap(operation))
        });
        // What stands beside the text goes on to be the map.
        if is_overlap && let Some(map) = self.back_to.take() {
            act.doc.select(map);
        }
        let Some((wanted, map, operation)) = &self.overlap else {
            return;
        };
        let mut layers = act.doc.layers.iter();
        if let Some(predicted) = layers.find(|layer| layer.source.predicts(wanted)) {
            let of = vec![predicted.id, *map];
            let operation = *operation;
            self.back_to = Some(*map);
            self.overlap = None;
            act.call(Call::Derive(operation, of));
        } else if !self.keep.waiting().any(|known| known == wanted) {
            // It failed, which was said, or was given up.
            self.overlap = None;
        }
    }

    /// Of which text regions are looked for: of one text that is no task of the model.
    pub(super) fn regions_key(&self, model: u64) -> Option<RegionsOf> {
        // Those of other texts are densities.
        let dense = self.plain().filter(|wanted| wanted.sharpness_percent == 0);
        dense.map(|wanted| (wanted.clone(), model))
    }

    /// Asks which regions the text names once its map is there and it has rested.
    pub(super) fn ask_for_regions(&mut self, act: &mut Act<'_>) {
        let model = act.services.model().number;
        let key = self.regions_key(model);
        if let Some(key) = key.filter(|_| self.live.rests())
            && let Some(known) = self.live.known(&key.0)
        {
            let map = Arc::clone(&known.map);
            self.regions.want(&key, || (key.0.text.clone(), map));
        }
    }
}
