//! How alike the visible maps are.

mod panel;

use std::sync::Arc;

use eframe::egui::Ui;

use crate::app::feature::{Act, Cx, Feature, Tab};
use crate::app::jobs::{Hub, Job, JobError, Query};
use crate::app::model::{Content, Document, Layer, Pane};
use crate::measure::{self, Comparison, Measured, Over};
use crate::volume::Volume;

/// More maps than this are not compared: the list would be too long to read.
const MAX_COMPARED: usize = 8;

/// One map of a comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Compared {
    /// Its values.
    of: Content,
    /// Its thresholds, of the positive and of the negative side.
    thresholds: [f32; 2],
}

/// What is compared.
type Question = (Vec<Compared>, Over);
/// By the positions of both in the question, the first below the second.
type Pairs = Vec<([usize; 2], Comparison)>;

/// What is to be compared in a document as it is shown now.
fn question(doc: &Document) -> Question {
    let of = |(layer, _): (&Layer, &Arc<Volume>)| Compared {
        of: layer.content(),
        thresholds: layer.display.thresholds(),
    };
    let maps = doc.comparable().take(MAX_COMPARED).map(of);
    (maps.collect(), doc.analysis.over)
}

/// The feature.
pub struct Compare {
    query: Query<Question, (Question, Vec<Arc<Volume>>), Pairs>,
}

impl Compare {
    /// Sets its thread going.
    ///
    /// # Errors
    /// Where the system gives none.
    pub fn new(hub: &Hub) -> std::io::Result<Self> {
        let query = hub.query("Comparing the maps", |_, (question, maps), job| {
            let (question, maps): (Question, Vec<Arc<Volume>>) = (question, maps);
            compare(&question, &maps, job)
        })?;
        Ok(Self { query })
    }
}

fn compare(
    (maps, over): &Question,
    volumes: &[Arc<Volume>],
    job: &Job<'_, ()>,
) -> Result<Pairs, JobError> {
    job.progress.stage("Comparing the maps");
    let of = |n: usize| Measured {
        volume: &volumes[n],
        threshold: maps[n].thresholds[0],
        negative_threshold: maps[n].thresholds[1],
    };
    let mut pairs = Vec::new();
    for b in 1..volumes.len() {
        for a in 0..b {
            let found = measure::compare(of(a), of(b), *over, job.progress);
            let found = found.map_err(|error| JobError::told(job.progress, error))?;
            pairs.push(([a, b], found));
        }
    }
    Ok(pairs)
}

impl Feature for Compare {
    fn name(&self) -> &'static str {
        "compare"
    }

    fn update(&mut self, act: &mut Act<'_>) {
        if self.query.poll()
            && let Some(explanation) = self.query.take_failure()
        {
            act.explain(explanation);
        }
        let question = question(&act.doc);
        // Numbers of maps or thresholds that are shown no longer would be taken for theirs.
        let pairs = self.query.ready(&question);
        act.desk.caption = pairs.map_or_else(String::new, |pairs| {
            panel::caption(&act.doc, &question, pairs, act.desk.canvas.size.x, act.ctx)
        });
        let side_by_side = act.doc.view.arrangement.panes().contains(&Pane::Maps);
        if (act.desk.tab != panel::TAB && !side_by_side) || question.0.len() < 2 {
            return;
        }
        let volumes = act.doc.comparable().take(MAX_COMPARED);
        let volumes = volumes.map(|(_, volume)| Arc::clone(volume)).collect();
        self.query.want(&question, || (question.clone(), volumes));
    }

    fn tab(&self) -> Option<Tab> {
        Some(Tab {
            label: panel::TAB,
            words: "Show values tab",
            order: 40,
        })
    }

    fn draw_tab(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        panel::compare_section(self, ui, cx);
    }
}
