//! A model learns, and one watches: contrastive runs on a corpus of one's own, started, paused, stopped and compared on a
//! page.

mod corpus;
mod curves;
mod form;
mod page;
mod run;
mod seen;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{Align2, Frame, InputState, Key, Modifiers, Ui, ViewportCommand, Window};

use crate::app::feature::{Act, Action, Call, Command, Cx, Feature, FileRequest, Menu, Purpose};
use crate::app::jobs::{Hub, Query};
use crate::app::kit::theme::Type;
use crate::app::kit::widgets::paragraph;
use crate::app::model::TrainRequest;
use crate::error::Explanation;
use crate::train::{Control, Event, EventReader, Trained, Watch};
use form::Form;
use run::{Run, State};

/// Name of the feature and of its page.
const NAME: &str = "train";

/// Texts whose maps take shape while a model learns.
const PROMPTS: [&str; 4] = [
    "finger tapping",
    "viewing faces",
    "listening to speech",
    "n-back working memory task",
];

/// What starts a run, and what it is told while it runs.
type Started = (TrainRequest, Arc<Control>);

/// The feature.
pub struct Train {
    /// The run of this window, by its number.
    query: Query<u32, Started, Trained, Event>,
    /// Corpora that are looked over.
    looking: corpus::Looking,
    /// What it is told.
    control: Arc<Control>,
    /// Runs there were.
    numbers: u32,
    /// All runs that are known, oldest first.
    runs: Vec<Run>,
    /// The run of this window.
    own: Option<u32>,
    /// The run whose state is shown.
    looked_at: Option<u32>,
    /// Runs whose curves are not drawn.
    hidden: BTreeSet<u32>,
    form: Form,
    /// Whether the form is shown while a run goes on.
    form_open: bool,
    /// The form asks for a run.
    start_wanted: bool,
    look: curves::Look,
    gallery: seen::Gallery,
    prompts: Vec<String>,
    /// Name of the map whose ranking is followed.
    watched_map: String,
    /// Closing the window was asked for while a run goes on.
    closing: Option<Closing>,
}

/// What becomes of closing the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closing {
    Asked,
    Confirmed,
}

impl Train {
    /// Sets its thread going.
    ///
    /// # Errors
    /// Where the system gives none.
    pub fn new(hub: &Hub) -> std::io::Result<Self> {
        let query = hub.query("Training a model", |services, started, job| {
            let (request, control): Started = started;
            let mut emit = |event| job.emit(event);
            services.train(&request, &control, &mut emit, job.progress)
        })?;
        let looking = hub.query("Looking a corpus over", |_, path, job| {
            let path: PathBuf = path;
            corpus::look(&path, job.progress)
        })?;
        Ok(Self {
            query,
            looking,
            control: Arc::default(),
            numbers: 0,
            runs: Vec::new(),
            own: None,
            looked_at: None,
            hidden: BTreeSet::new(),
            form: Form::default(),
            form_open: false,
            start_wanted: false,
            look: curves::Look::default(),
            gallery: seen::Gallery::default(),
            prompts: PROMPTS.map(str::to_owned).to_vec(),
            watched_map: String::new(),
            closing: None,
        })
    }

    fn is_running(&self) -> bool {
        self.query.is_waiting()
    }

    /// Whether a run is that of this window, going on.
    fn is_own(&self, run: &Run) -> bool {
        self.own == Some(run.number) && self.is_running()
    }

    /// The run whose state is shown.
    fn shown(&self) -> Option<&Run> {
        let mut runs = self.runs.iter();
        runs.find(|run| self.looked_at == Some(run.number))
    }

    /// Runs whose curves are drawn, the one looked at first.
    fn drawn(&self) -> impl Iterator<Item = &Run> {
        let others = self
            .runs
            .iter()
            .filter(|run| self.looked_at != Some(run.number) && !self.hidden.contains(&run.number));
        self.shown().into_iter().chain(others)
    }

    fn next_number(&mut self) -> u32 {
        self.numbers += 1;
        self.numbers
    }

    fn start(&mut self, act: &mut Act<'_>) {
        let plan = match self.form.plan() {
            _ if self.is_running() => return act.say("A run is under way: stop it first"),
            Ok(plan) => plan,
            Err(why) => return act.say(why),
        };
        let number = self.next_number();
        let mut run = Run::new(number, plan.clone());
        let same = self.runs.iter().filter(|other| other.plan.name == run.name);
        let before = same.count();
        if before > 0 {
            run.name = format!("{} ({})", run.name, before + 1);
        }
        self.control = Arc::new(Control::default());
        let layer = act
            .doc
            .selected_layer()
            .filter(|layer| layer.scalar().is_some());
        self.watched_map = layer.map_or_else(String::new, |layer| layer.name.clone());
        let request = TrainRequest {
            events: Some(plan.output.with_extension("events.jsonl")),
            plan,
            watch: Watch {
                prompts: self.prompts.clone(),
                map: layer.and_then(|layer| layer.volume.clone()),
                anew: self.form.anew,
            },
        };
        self.runs.push(run);
        (self.own, self.looked_at) = (Some(number), Some(number));
        self.query.ask(number, (request, Arc::clone(&self.control)));
    }

    /// Takes in what the run told, and its end.
    fn take(&mut self, act: &mut Act<'_>) {
        let ended = self.query.poll();
        let events = self.query.events();
        let own = self.own;
        let Some(run) = self.runs.iter_mut().find(|run| Some(run.number) == own) else {
            return;
        };
        events.into_iter().for_each(|event| run.take(event));
        if !ended {
            return;
        }
        match (self.query.take(), self.query.take_failure()) {
            (Some((_, trained)), _) => {
                act.say(format!("{} is trained", run.name));
                run.state = State::Done(Box::new(trained));
            }
            (None, Some(explanation)) => {
                run.state = State::Failed(explanation.to_string());
                act.explain(explanation);
            }
            (None, None) => run.state = State::Stopped,
        }
    }

    /// Opens the events of a run, which are read along while it goes on.
    fn open_run(&mut self, path: &Path, act: &mut Act<'_>) {
        let regular = std::fs::metadata(path).and_then(|found| match found.is_file() {
            true => Ok(()),
            false => Err(std::io::Error::other("it is no file")),
        });
        let opened = regular
            .and_then(|()| EventReader::open(path))
            .and_then(|mut reader| Ok((reader.read()?, reader)));
        match opened {
            Ok((events, reader)) => {
                let mut run = Run::new(self.next_number(), reader.start.plan.clone());
                events.into_iter().for_each(|event| run.take(event));
                run.followed = Some(reader);
                self.looked_at = Some(run.number);
                self.runs.push(run);
                act.call(Call::ShowPage(Some(NAME)));
            }
            Err(error) => act.explain(Explanation {
                what: "The run could not be opened".to_owned(),
                why: error.to_string(),
                remedy: "Choose a file that gyrus train --events or the Train page wrote"
                    .to_owned(),
                path: Some(path.to_owned()),
            }),
        }
    }

    /// Reads on in runs of other programs.
    fn follow(&mut self, act: &Act<'_>) {
        let mut going = false;
        for run in &mut self.runs {
            let going_on = run.is_running();
            let read = run
                .followed
                .as_mut()
                .filter(|_| going_on)
                .map(EventReader::read);
            match read {
                Some(Ok(events)) => events.into_iter().for_each(|event| run.take(event)),
                // The file is gone or unreadable: what was read stays.
                Some(Err(_)) => run.followed = None,
                None => {}
            }
            going |= run.followed.is_some() && run.is_running();
        }
        if going {
            act.ctx.request_repaint_after(Duration::from_millis(500));
        }
    }

    /// A window that is closed ends the run that goes on: it asks first.
    fn ask_before_closing(&mut self, act: &Act<'_>) {
        let asked = act.ctx.input(|input| input.viewport().close_requested());
        let escape = |input: &mut InputState| input.consume_key(Modifiers::NONE, Key::Escape);
        if self.closing == Some(Closing::Asked) && act.ctx.input_mut(escape) {
            self.closing = None;
        }
        if asked && self.is_running() && self.closing != Some(Closing::Confirmed) {
            act.ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            self.closing = Some(Closing::Asked);
        }
    }
}

impl Feature for Train {
    fn name(&self) -> &'static str {
        NAME
    }

    fn commands() -> Vec<Command<Self>> {
        let row = Command::<Self>::new;
        vec![
            row("train-page", "Train a model", |_, act| {
                let open = act.desk.page == Some(NAME);
                act.call(Call::ShowPage((!open).then_some(NAME)));
            })
            .tip("Contrastive training on a corpus of your own, watched while it runs")
            .menu(Menu::Analyse, 90),
            row("open-run", "Open a run…", |_, act| {
                act.call(Call::Choose(FileRequest {
                    title: "Open a run",
                    purpose: Purpose::Open,
                    filters: vec![("Events of a run", vec!["jsonl".to_owned()])],
                    then: Box::new(|mut paths| Action::Call(Call::OpenRun(paths.remove(0)))),
                }));
            })
            .tip("The curves of a run, while it goes on or later")
            .menu(Menu::Analyse, 91),
            row(
                "save-drops",
                "Save what of a corpus is not used…",
                Self::save_drops,
            )
            .tip("Of the Train page: every study and peak that is left out, with the reason"),
            row(
                "pause-training",
                "Pause the training, or go on",
                |own, act| match own.is_running() {
                    true => own.control.pause(!own.control.is_paused()),
                    false => act.say("No run is under way"),
                },
            ),
            row("stop-training", "Stop the training", |own, act| {
                match own.is_running() {
                    true => {
                        own.query.stop();
                    }
                    false => act.say("No run is under way"),
                }
            }),
            row(
                "keep-best",
                "Stop the training and keep the best pass",
                |own, act| {
                    let runs = own.runs.iter().find(|run| own.is_own(run));
                    match runs.is_some_and(|run| run.at_towers() && !run.passes.is_empty()) {
                        true => own.control.keep_best(),
                        false => act.say("There is no pass to keep yet, or the towers are trained"),
                    }
                },
            ),
        ]
    }

    fn update(&mut self, act: &mut Act<'_>) {
        self.looking.poll();
        self.take(act);
        self.follow(act);
        if std::mem::take(&mut self.start_wanted) {
            self.start(act);
        }
        self.ask_before_closing(act);
    }

    fn answer(&mut self, call: Call, act: &mut Act<'_>) -> Option<Call> {
        match call {
            Call::UseCorpus(path) => self.form.take_corpus(&path),
            Call::WriteModelTo(path) => self.form.output = path.display().to_string(),
            Call::OpenRun(path) => self.open_run(&PathBuf::from(&path), act),
            other => return Some(other),
        }
        None
    }

    fn page(&self) -> Option<&'static str> {
        Some("Train a model")
    }

    fn draw_page(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        page::page(self, ui, cx);
    }

    fn draw_over(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        if self.closing != Some(Closing::Asked) {
            return;
        }
        if !self.is_running() {
            self.closing = None;
            return;
        }
        let t = cx.t;
        Window::new("A model is being trained")
            .frame(Frame::window(ui.style()).inner_margin(14))
            .collapsible(false)
            .resizable(false)
            .anchor(Align2::CENTER_CENTER, [0.0, 0.0])
            .show(ui.ctx(), |ui| {
                ui.set_width(340.0);
                let text = "Closing the window ends the run. Started again with the same settings it goes on after its \
                            last pass.";
                paragraph(ui, text, Type::Body, t.text);
                ui.add_space(8.0);
                ui.horizontal(|ui| {
                    if ui.button("Go on training").clicked() {
                        self.closing = None;
                    }
                    if ui.button("Close the window").clicked() {
                        self.closing = Some(Closing::Confirmed);
                        ui.ctx().send_viewport_cmd(ViewportCommand::Close);
                    }
                });
            });
    }

    fn has_keys(&self) -> bool {
        self.closing == Some(Closing::Asked)
    }
}
