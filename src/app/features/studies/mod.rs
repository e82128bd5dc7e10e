//! The studies whose activations look like the selected layer.

mod panel;
mod table;

use eframe::egui::Ui;

use crate::app::feature::{Act, Command, Cx, Feature, Menu, Tab};
use crate::app::jobs::{Hub, Query};
use crate::app::model::{Content, Document, StudyHit};
use crate::decode::Tail;

/// Of what studies are wanted: values, side, model.
type Question = (Content, Tail, u64);

/// The feature.
pub struct Studies {
    /// `None` where the model holds no index.
    query: Query<Question, Vec<f32>, Option<Vec<StudyHit>>>,
}

impl Studies {
    /// Sets its thread going.
    ///
    /// # Errors
    /// Where the system gives none.
    pub fn new(hub: &Hub) -> std::io::Result<Self> {
        let query = hub.query("Looking for studies", |services, latent, job| {
            let latent: Vec<f32> = latent;
            services.studies(&latent, job.progress)
        })?;
        Ok(Self { query })
    }
}

/// The question about the selected layer: the side that is shown decoded.
fn question(doc: &Document, model: u64) -> Option<Question> {
    let layer = doc.selected_layer()?;
    let (tail, _) = doc.side()?;
    Some((layer.content(), tail, model))
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
        ]
    }

    fn update(&mut self, act: &mut Act<'_>) {
        self.query.poll();
        if act.desk.tab == panel::TAB
            && let Some(question) = question(&act.doc, act.services.model().number)
            && let Some(latent) = act.doc.side().and_then(|(_, side)| side.latent())
        {
            self.query.want(&question, || latent.to_vec());
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
        panel::studies_tab(&mut self.query, ui, cx);
    }
}
