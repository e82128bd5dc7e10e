//! The studies whose activations look like the selected layer.

mod panel;
mod table;

use eframe::egui::Ui;

use crate::app::feature::{Act, Command, Cx, Feature, Menu, Tab};
use crate::app::jobs::{Hub, Query, Queue};
use crate::app::kit::words;
use crate::app::model::{Content, Document, Opened, StudyFilter, StudyHit, warmed};
use crate::decode::Tail;
use crate::meta::{LEAST_STUDIES, MetaMethod};

/// Of what studies are wanted: values, side, model, and which pass.
type Question = (Content, Tail, u64, StudyFilter);

/// Which studies are brought together, and how.
type Together = (Vec<u32>, MetaMethod);

/// The feature.
pub struct Studies {
    /// `None` where the model holds no index.
    query: Query<Question, (Vec<f32>, StudyFilter), Option<Vec<StudyHit>>>,
    /// The peaks of a study, shown for the moment.
    glance: Query<Together, Together, Opened>,
    /// Meta-analyses that become layers.
    keep: Queue<Together, Together, Opened>,
    /// What is typed to tell studies apart.
    typed: String,
}

impl Studies {
    /// Sets its thread going.
    ///
    /// # Errors
    /// Where the system gives none.
    pub fn new(hub: &Hub) -> std::io::Result<Self> {
        let query = hub.query("Looking for studies", |services, (latent, filter), job| {
            let (latent, filter): (Vec<f32>, StudyFilter) = (latent, filter);
            services.studies(&latent, &filter, job.progress)
        })?;
        let glance = hub.query(
            "Mapping the peaks of a study",
            |services, (pmids, how), job| {
                let pmids: Vec<u32> = pmids;
                services.study_map(&pmids, how, job.progress).map(warmed)
            },
        )?;
        let keep = hub.queue("Meta-analysis", |services, (pmids, how), job| {
            let pmids: Vec<u32> = pmids;
            services.study_map(&pmids, how, job.progress).map(warmed)
        })?;
        Ok(Self {
            query,
            glance,
            keep,
            typed: String::new(),
        })
    }

    /// The question about the selected layer: the side that is shown decoded.
    fn question(&self, doc: &Document, model: u64) -> Option<Question> {
        let layer = doc.selected_layer()?;
        let (tail, _) = doc.side()?;
        let filter = StudyFilter::typed(&self.typed);
        Some((layer.content(), tail, model, filter))
    }

    /// Brings the peaks of the studies listed together, as a layer.
    fn analyse(&mut self, act: &mut Act<'_>) {
        let question = self.question(&act.doc, act.services.model().number);
        let found = question.and_then(|question| self.query.ready(&question).cloned());
        let Some(list) = found.flatten() else {
            return act.say("There is no list of studies yet: open the Studies tab");
        };
        let with_peaks = list
            .iter()
            .filter(|study| study.peaks.is_none_or(|n| n > 0));
        let pmids: Vec<u32> = with_peaks.map(|study| study.pmid).collect();
        if pmids.len() < LEAST_STUDIES {
            return act.say(format!(
                "A meta-analysis takes {LEAST_STUDIES} studies with peaks or more"
            ));
        }
        let together = (pmids, MetaMethod::Ale);
        if !self.keep.waiting().any(|known| *known == together) {
            self.keep.ask(together.clone(), together);
        }
    }

    /// Shows what came.
    fn take(&mut self, act: &mut Act<'_>) {
        for done in self.keep.take() {
            match done.outcome {
                Ok(opened) => {
                    let took = words::duration(done.elapsed_ms);
                    act.desk.last_timing = format!("analysed in {took}");
                    let selected = act.doc.selected;
                    act.doc.drop_preview();
                    act.doc.add_layer(opened);
                    // Its own studies would take the place of those it was made of.
                    if let Some(selected) = selected {
                        act.doc.select(selected);
                    }
                }
                Err(error) => act.fail(error),
            }
        }
        if self.glance.poll() {
            match (self.glance.take(), self.glance.take_failure()) {
                (Some((_, opened)), _) => act.doc.show_preview(opened),
                (None, Some(explanation)) => act.explain(explanation),
                (None, None) => {}
            }
        }
    }
}

impl Feature for Studies {
    fn name(&self) -> &'static str {
        "studies"
    }

    fn commands() -> Vec<Command<Self>> {
        let row = Command::<Self>::new;
        vec![
            row("copy-studies", "Copy the list of studies", Self::copy)
                .tip("The studies of the Studies tab, as comma-separated values")
                .menu(Menu::Decode, 50)
                .when(|cx| cx.doc.decoding().is_some()),
            row("save-studies", "Save list of studies as CSV…", Self::save)
                .tip("The studies of the Studies tab with their PubMed links")
                .menu(Menu::Decode, 51)
                .when(|cx| cx.doc.decoding().is_some()),
            row("meta-analysis", "Meta-analysis of the studies found", Self::analyse)
                .tip("Where the peaks of the studies of the Studies tab agree (ALE), as a layer of z values")
                .menu(Menu::Decode, 52)
                .when(|cx| cx.doc.decoding().is_some()),
        ]
    }

    fn update(&mut self, act: &mut Act<'_>) {
        self.query.poll();
        self.take(act);
        if act.desk.tab == panel::TAB
            && let Some(question) = self.question(&act.doc, act.services.model().number)
            && let Some(latent) = act.doc.side().and_then(|(_, side)| side.latent())
        {
            let filter = &question.3;
            self.query
                .want(&question, || (latent.to_vec(), filter.clone()));
        }
    }

    fn tab(&self) -> Option<Tab> {
        Some(Tab {
            label: panel::TAB,
            words: "Show studies tab",
            order: 20,
        })
    }

    fn draw_tab(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        panel::studies_tab(self, ui, cx);
    }
}
