//! The atlas that names regions: the embedded one or one of the user's choice.

use crate::app::feature::{
    Act, Action, Call, Command, Cx, Feature, FileRequest, Menu, Offer, Purpose,
};
use crate::app::jobs::{Hub, Query};
use crate::app::model::{AtlasChoice, AtlasInUse};
use crate::volume::ENDINGS;

/// The feature.
pub struct Atlas {
    query: Query<Option<AtlasChoice>, Option<AtlasChoice>, AtlasInUse>,
}

impl Atlas {
    /// Sets its thread going.
    ///
    /// # Errors
    /// Where the system gives none.
    pub fn new(hub: &Hub) -> std::io::Result<Self> {
        let query = hub.query("Opening the atlas", |services, choice, job| {
            let choice: Option<AtlasChoice> = choice;
            job.progress.stage("Opening the atlas");
            services.use_atlas(choice.as_ref(), job.progress)
        })?;
        Ok(Self { query })
    }
}

fn all() -> (&'static str, Vec<String>) {
    ("All files", vec!["*".to_owned()])
}

fn owned(list: &[&str]) -> Vec<String> {
    list.iter().map(|ending| (*ending).to_owned()).collect()
}

fn ask_for_atlas(act: &mut Act<'_>) {
    act.call(Call::Choose(FileRequest {
        title: "Choose an atlas",
        purpose: Purpose::Open,
        filters: vec![("Atlas maps", owned(&ENDINGS)), all()],
        then: Box::new(|mut paths| {
            let path = paths.remove(0);
            Action::Call(Call::UseAtlas(Some(AtlasChoice { path, table: None })))
        }),
    }));
}

fn ask_for_names(act: &mut Act<'_>) {
    let Some(choice) = act.desk.atlas.choice.clone() else {
        return act.say("The embedded atlas has its names; choose another atlas first");
    };
    act.call(Call::Choose(FileRequest {
        title: "Choose the table of names",
        purpose: Purpose::Open,
        filters: vec![
            (
                "Tables",
                owned(&["csv", "tsv", "txt", "lut", "xml", "json"]),
            ),
            all(),
        ],
        then: Box::new(move |mut paths| {
            Action::Call(Call::UseAtlas(Some(AtlasChoice {
                path: choice.path,
                table: Some(paths.remove(0)),
            })))
        }),
    }));
}

impl Feature for Atlas {
    fn name(&self) -> &'static str {
        "atlas"
    }

    fn commands() -> Vec<Command<Self>> {
        let row = Command::<Self>::new;
        vec![
            row(
                "choose-atlas",
                "Name regions by another atlas…",
                |_, act| {
                    ask_for_atlas(act);
                },
            )
            .tip("A map of labels, or one region a frame; names from a table beside it")
            .menu(Menu::Analyse, 30),
            row(
                "choose-names",
                "Choose the names of this atlas…",
                |_, act| {
                    ask_for_names(act);
                },
            )
            .tip("CSV, TSV, FreeSurfer colour table, FSL XML or JSON")
            .menu(Menu::Analyse, 31),
            row(
                "embedded-atlas",
                "Name regions by Desikan–Killiany",
                |_, act| {
                    act.call(Call::UseAtlas(None));
                },
            )
            .menu(Menu::Analyse, 32),
            row("show-atlas", "Show the atlas as a layer", |_, act| {
                let call = match &act.desk.atlas.choice {
                    Some(choice) => Call::Open(vec![choice.path.clone()]),
                    None => Call::OpenEmbeddedAtlas,
                };
                act.call(call);
            })
            .menu(Menu::Analyse, 33),
        ]
    }

    fn update(&mut self, act: &mut Act<'_>) {
        if self.query.poll() {
            match (self.query.take(), self.query.take_failure()) {
                (Some((choice, atlas)), _) => {
                    act.desk.settings.atlas.clone_from(&choice);
                    act.doc.set_atlas(choice);
                    act.say(format!("Regions are named by {}", atlas.name));
                    act.desk.atlas = atlas;
                    act.desk.atlas_changes += 1;
                }
                // The one in use stays, and the other is not asked for again. Without an explanation it
                // was stopped.
                (None, failure) => {
                    let choice = act.desk.atlas.choice.clone();
                    act.doc.set_atlas(choice);
                    if let Some(explanation) = failure {
                        act.explain(explanation);
                    }
                }
            }
        }
        // A session names regions as it did when it was saved.
        let wanted = &act.doc.analysis.atlas;
        if *wanted != act.desk.atlas.choice && !self.query.is_waiting() {
            self.query.ask(wanted.clone(), wanted.clone());
        }
    }

    fn answer(&mut self, call: Call, act: &mut Act<'_>) -> Option<Call> {
        match call {
            Call::UseAtlas(choice) => {
                if act.desk.atlas.choice != choice || self.query.is_waiting() {
                    act.doc.set_atlas(choice.clone());
                }
                self.query.ask(choice.clone(), choice);
            }
            other => return Some(other),
        }
        None
    }

    fn find(&self, query: &str, cx: &Cx<'_>, found: &mut Vec<Offer>) {
        if query.is_empty() {
            return;
        }
        let regions = match &cx.desk.atlas.choice {
            Some(_) => &cx.desk.atlas.regions,
            None => &cx.desk.catalogue.regions,
        };
        for region in regions {
            let centre = region.centre_mm;
            let go = move || Action::edit(move |doc| doc.go_to(centre));
            found.extend(Offer::fuzzy(query, &region.name, "Region", 0, go));
        }
    }
}
