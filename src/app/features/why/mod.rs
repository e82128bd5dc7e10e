//! Why a map is decoded as a task: the places that carry it, and how it stands beside noise.

mod panel;

use std::sync::Arc;

use eframe::egui::Ui;

use crate::app::feature::{Act, Call, Command, Cx, Feature, Menu, Tab};
use crate::app::jobs::{Hub, JobError, Query, Queue, Services};
use crate::app::model::{Content, Document, LayerId, Opened, Origin, Side, Source, warmed};
use crate::decode::{Carried, Share, Tail, TaskScore};
use crate::progress::Progress;
use crate::volume::Volume;

/// What is asked: of which values, read on which side, by which model, and of which task.
type Question = (Content, Tail, u64, String);

/// What a worker needs for that.
#[derive(Clone)]
struct Request {
    volume: Arc<Volume>,
    origin: Origin,
    tail: Tail,
    task: String,
    task_id: String,
    bundle: String,
}

/// What was found.
#[derive(Clone)]
struct Found {
    opened: Opened,
    regions: Vec<Share>,
    against: Vec<Share>,
    modes: Vec<Share>,
}

/// The feature.
pub struct Why {
    query: Query<Question, Request, Found>,
    /// Layers of a session that are made again.
    again: Queue<LayerId, Request, Found>,
    /// The task asked about, by its id; the first of the ranking without.
    task: Option<String>,
}

impl Why {
    /// Sets its threads going.
    ///
    /// # Errors
    /// Where the system gives none.
    pub fn new(hub: &Hub) -> std::io::Result<Self> {
        let stage = "Finding what carries the decoding";
        Ok(Self {
            query: hub.query(stage, |services, request, job| {
                find(services, request, job.progress)
            })?,
            again: hub.queue(stage, |services, request, job| {
                find(services, request, job.progress)
            })?,
            task: None,
        })
    }

    /// The task that is told of: the one asked about where the ranking has it, else the first.
    fn task<'a>(&self, doc: &'a Document) -> Option<&'a TaskScore> {
        let tasks = &doc.decoding()?.tasks;
        let asked = self.task.as_ref();
        let asked = asked.and_then(|id| tasks.iter().find(|task| task.id == *id));
        asked.or_else(|| tasks.first())
    }

    fn question(&self, doc: &Document, model: u64) -> Option<Question> {
        let layer = doc.selected_layer()?;
        let (tail, Side::Decoded(_)) = doc.side()? else {
            return None;
        };
        Some((layer.content(), tail, model, self.task(doc)?.id.clone()))
    }

    fn request(&self, act: &Act<'_>) -> Option<Request> {
        let layer = act.doc.selected_layer()?;
        let volume = Arc::clone(layer.scalar()?);
        let (tail, _) = act.doc.side()?;
        let task = self.task(&act.doc)?;
        Some(Request {
            origin: Origin {
                layer: layer.id,
                name: layer.name.clone(),
                hash: volume.hash.clone(),
                frame: volume.frame,
            },
            volume,
            tail,
            task: task.name.clone(),
            task_id: task.id.clone(),
            bundle: act.services.model().fingerprint().to_owned(),
        })
    }

    /// Shows the contributions over the map, for the moment or as a layer.
    fn show(&mut self, keep: bool, act: &mut Act<'_>) {
        let question = self.question(&act.doc, act.services.model().number);
        let found = question.and_then(|question| self.query.ready(&question).cloned());
        let Some(found) = found else {
            return act.say("What carries the decoding is not known yet");
        };
        act.call(Call::ShowPage(None));
        let there = act.doc.layers.iter();
        let there = there
            .clone()
            .find(|layer| layer.source == found.opened.source);
        if let Some((id, visible)) = there.map(|layer| (layer.id, layer.display.visible)) {
            if !visible {
                act.doc.set_visible(id, true);
            }
            return act.doc.drop_preview();
        }
        match keep {
            true => {
                let selected = act.doc.selected;
                act.doc.drop_preview();
                act.doc.add_layer(found.opened);
                // Its own ranking would take the place of the one that is read.
                if let Some(selected) = selected {
                    act.doc.select(selected);
                }
            }
            false => act.doc.show_preview(found.opened),
        }
    }

    /// Makes the layers of a session whose origins have come meanwhile.
    fn make_again(&mut self, act: &mut Act<'_>) {
        // Layers name the model they were made with, which is known once it is read.
        if act.services.model().facts.is_none() {
            return;
        }
        let mut wanted = Vec::new();
        for layer in &act.doc.layers {
            let Source::Carried {
                origin,
                tail,
                task,
                task_id,
                ..
            } = &layer.source
            else {
                continue;
            };
            let waits = self.again.waiting().any(|known| *known == layer.id);
            if layer.volume.is_some() || waits || act.desk.absent.contains_key(&layer.id) {
                continue;
            }
            let Some(volume) = act.doc.layer(origin.layer).and_then(|l| l.scalar()) else {
                continue;
            };
            let request = Request {
                volume: Arc::clone(volume),
                origin: Origin {
                    hash: volume.hash.clone(),
                    frame: volume.frame,
                    ..origin.clone()
                },
                tail: *tail,
                task: task.clone(),
                task_id: task_id.clone(),
                bundle: act.services.model().fingerprint().to_owned(),
            };
            wanted.push((layer.id, request));
        }
        for (id, request) in wanted {
            self.again.ask(id, request);
        }
    }
}

/// The model in use, as layers name it.
fn find(services: &dyn Services, request: Request, progress: &Progress) -> Result<Found, JobError> {
    let Request {
        volume,
        origin,
        tail,
        task,
        task_id,
        bundle,
    } = request;
    let Carried {
        volume,
        regions,
        against,
        modes,
    } = services.carried(&volume, tail, &task_id, progress)?;
    let opened = Opened {
        name: format!("{task} in {}", origin.name),
        volume: Arc::new(volume),
        source: Source::Carried {
            origin,
            tail,
            task,
            task_id,
            bundle,
        },
    };
    Ok(Found {
        opened: warmed(opened),
        regions,
        against,
        modes,
    })
}

impl Feature for Why {
    fn name(&self) -> &'static str {
        "why"
    }

    fn commands() -> Vec<Command<Self>> {
        let row = Command::<Self>::new;
        vec![
            row("why", "Why this task", |why, act| {
                // Of the task asked about last, where the ranking still has it.
                let task = why.task(&act.doc).map(|task| task.id.clone());
                why.task = task;
                act.call(Call::ShowTab(panel::TAB));
            })
            .tip("Which places of the map carry its decoding, and how it stands beside noise")
            .menu(Menu::Decode, 24)
            .when(|cx| cx.doc.decoding().is_some()),
            row("show-why", "Show what carries the decoding", |why, act| {
                why.show(false, act);
            })
            .tip("The places that speak for the task and against it, over the map for the moment")
            .menu(Menu::Decode, 25)
            .when(|cx| cx.doc.decoding().is_some() && cx.desk.tab == panel::TAB),
            row(
                "keep-why",
                "Keep what carries the decoding as a layer",
                |why, act| {
                    why.show(true, act);
                },
            )
            .tip("The contributions of all voxels as a layer, which is saved with the session")
            .menu(Menu::Decode, 26)
            .when(|cx| cx.doc.decoding().is_some() && cx.desk.tab == panel::TAB),
        ]
    }

    fn update(&mut self, act: &mut Act<'_>) {
        if self.query.poll()
            && let Some(explanation) = self.query.take_failure()
        {
            act.explain(explanation);
        }
        for done in self.again.take() {
            match done.outcome {
                Ok(found) => act.doc.fill(done.key, found.opened),
                Err(error) => {
                    act.desk.absent.insert(done.key, error.absent());
                    act.fail(error);
                }
            }
        }
        self.make_again(act);
        if act.desk.tab == panel::TAB
            && let Some(question) = self.question(&act.doc, act.services.model().number)
            && let Some(request) = self.request(act)
        {
            self.query.want(&question, || request);
        }
    }

    fn answer(&mut self, call: Call, act: &mut Act<'_>) -> Option<Call> {
        let Call::Why(task_id) = call else {
            return Some(call);
        };
        self.task = Some(task_id);
        act.call(Call::ShowTab(panel::TAB));
        None
    }

    fn tab(&self) -> Option<Tab> {
        Some(Tab {
            label: panel::TAB,
            words: "Show why tab",
            order: 15,
        })
    }

    fn draw_tab(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        panel::why_tab(self, ui, cx);
    }
}
