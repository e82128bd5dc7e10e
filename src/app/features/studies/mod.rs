//! The studies whose activations look like the selected layer.

mod panel;

use std::sync::Arc;

use eframe::egui::Ui;

use crate::app::feature::{Act, Cx, Feature, Tab};
use crate::app::jobs::{Hub, Query};
use crate::app::model::{Content, Document, StudyHit};
use crate::decode::Tail;
use crate::volume::Volume;

/// Of what studies are wanted: values, side, model.
type Question = (Content, Tail, u64);

/// The feature.
pub struct Studies {
    /// `None` where the model holds no index.
    query: Query<Question, (Arc<Volume>, Tail), Option<Vec<StudyHit>>>,
}

impl Studies {
    /// Sets its thread going.
    ///
    /// # Errors
    /// Where the system gives none.
    pub fn new(hub: &Hub) -> std::io::Result<Self> {
        let query = hub.query("Looking for studies", |services, (volume, tail), job| {
            let volume: Arc<Volume> = volume;
            services.studies(&volume, tail, job.progress)
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

    fn update(&mut self, act: &mut Act<'_>) {
        self.query.poll();
        if act.desk.tab == panel::TAB
            && let Some(question) = question(&act.doc, act.services.model().number)
            && let Some(volume) = act.doc.selected_layer().and_then(|l| l.scalar())
        {
            let request = || (Arc::clone(volume), question.1);
            self.query.want(&question, request);
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
        panel::studies_tab(&self.query, ui, cx);
    }
}
