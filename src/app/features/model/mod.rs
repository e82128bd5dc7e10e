//! The model that decodes and predicts: the embedded one, or a bundle of the user's choice.

use std::path::PathBuf;

use crate::app::feature::{Act, Action, Call, Command, Cx, Feature, FileRequest, Menu, Purpose};
use crate::app::jobs::{Hub, ModelInUse, Query};
use crate::app::model::ModelChoice;

/// The feature.
pub struct Model {
    /// Of bundle files; `None` for the embedded model.
    query: Query<Option<PathBuf>, Option<PathBuf>, ModelInUse>,
    /// Number of the model whose results are shown.
    known: Option<u64>,
}

impl Model {
    /// Sets its thread going.
    ///
    /// # Errors
    /// Where the system gives none.
    pub fn new(hub: &Hub) -> std::io::Result<Self> {
        let query = hub.query("Reading the model", |services, path, job| {
            let path: Option<PathBuf> = path;
            job.progress.stage("Reading the model");
            services.use_model(path.as_deref(), job.progress)
        })?;
        Ok(Self { query, known: None })
    }

    /// Takes in that another model is in use, or that none could be read.
    fn take_in(&mut self, act: &mut Act<'_>) {
        match (self.query.take(), self.query.take_failure()) {
            (Some((_, model)), _) => {
                act.doc.set_model(choice(&model));
                act.say(format!("Model in use: {}", model.name));
            }
            (None, failure) => {
                // The one in use stays, and the other is not asked for again.
                let model = act.services.model();
                act.doc.set_model(choice(&model));
                if let Some(mut explanation) = failure {
                    explanation.why = format!(
                        "{}. {} stays in use",
                        explanation.why.trim_end_matches('.'),
                        capitalised(&model.name)
                    );
                    act.explain(explanation);
                }
            }
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// What a session says of a model.
fn choice(model: &ModelInUse) -> ModelChoice {
    let facts = model.facts.as_ref();
    ModelChoice {
        path: model.path.clone(),
        fingerprint: facts.map_or_else(String::new, |facts| facts.fingerprint.clone()),
    }
}

fn ask_for_model(_: &mut Model, act: &mut Act<'_>) {
    let ending = |text: &str| vec![text.to_owned()];
    act.call(Call::Choose(FileRequest {
        title: "Choose a model",
        purpose: Purpose::Open,
        filters: vec![
            ("Gyrus models", ending("gyrus")),
            ("All files", ending("*")),
        ],
        then: Box::new(|mut paths| Action::Call(Call::UseModel(Some(paths.remove(0))))),
    }));
}

impl Feature for Model {
    fn name(&self) -> &'static str {
        "model"
    }

    fn commands() -> Vec<Command<Self>> {
        let row = Command::<Self>::new;
        let is_other = |cx: &Cx<'_>| cx.services.model().path.is_some();
        vec![
            row("use-model", "Use another model…", ask_for_model)
                .tip("A bundle written by “gyrus train”: decodes and predicts from now on")
                .menu(Menu::Decode, 60),
            row("use-embedded-model", "Use the embedded model", |_, act| {
                act.call(Call::UseModel(None));
            })
            .tip("The model that ships inside Gyrus")
            .menu(Menu::Decode, 61)
            .when(is_other),
        ]
    }

    fn update(&mut self, act: &mut Act<'_>) {
        if self.query.poll() {
            self.take_in(act);
        }
        let model = act.services.model();
        if self.known.is_some_and(|known| known != model.number) {
            act.doc.forget_results();
        }
        self.known = Some(model.number);
        if let Some(facts) = &model.facts {
            act.doc.note_models(&facts.fingerprint);
        }
        if self.query.is_waiting() {
            return;
        }
        match act.doc.model.clone() {
            // A session decodes with the model it was saved with.
            Some(wanted) if wanted.path != model.path => {
                self.query.ask(wanted.path.clone(), wanted.path);
            }
            Some(wanted) if model.facts.is_some() && wanted != choice(&model) => {
                if !wanted.fingerprint.is_empty() {
                    act.say("The session was saved with another version of this model");
                }
                act.doc.set_model(choice(&model));
            }
            Some(_) => {}
            None => act.doc.set_model(choice(&model)),
        }
    }

    fn answer(&mut self, call: Call, act: &mut Act<'_>) -> Option<Call> {
        let Call::UseModel(path) = call else {
            return Some(call);
        };
        act.doc.set_model(ModelChoice {
            path: path.clone(),
            fingerprint: String::new(),
        });
        self.query.ask(path.clone(), path);
        None
    }
}
