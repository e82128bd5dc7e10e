//! How alike the visible maps are.

mod order;
mod page;
mod panel;

use std::sync::Arc;

use eframe::egui::{Key, Modifiers, Ui};

use crate::app::feature::{Act, Call, Command, Cx, Feature, FileRequest, Menu, Tab};
use crate::app::jobs::{Hub, Job, JobError, Query, State};
use crate::app::model::{Content, Document, Layer, Pane};
use crate::measure::{self, Comparison, Measured, Over};
use crate::volume::Volume;

/// Of more maps than this the tab lists the selected one with the others; the page has all pairs.
const MAX_LISTED: usize = 8;

/// Name of the feature and of its page.
const NAME: &str = "compare";

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

/// What was found.
#[derive(Debug)]
struct Found {
    /// Every pair, in order: (0, 1), (0, 2), … (1, 2), ….
    pairs: Pairs,
    /// The maps with alike ones beside each other.
    order: Vec<usize>,
    /// How many maps there are.
    count: usize,
}

impl Found {
    /// What two of the maps have in common; nothing for a map and itself.
    fn of(&self, a: usize, b: usize) -> Option<&Comparison> {
        let at = pair_at(a.min(b), a.max(b), self.count)?;
        self.pairs.get(at).map(|(_, found)| found)
    }
}

/// Where the pair of `a` < `b` stands among all pairs of `count`.
fn pair_at(a: usize, b: usize, count: usize) -> Option<usize> {
    (a < b && b < count).then(|| a * (2 * count - a - 1) / 2 + b - a - 1)
}

/// What is to be compared in a document as it is shown now.
fn question(doc: &Document) -> Question {
    let of = |(layer, _): (&Layer, &Arc<Volume>)| Compared {
        of: layer.content(),
        thresholds: layer.display.thresholds(),
    };
    let maps = doc.comparable().map(of);
    (maps.collect(), doc.analysis.over)
}

/// The feature.
pub struct Compare {
    query: Query<Question, (Question, Vec<Arc<Volume>>), Found>,
    /// The cell of the matrix that is chosen, by the positions of its maps in the question.
    cell: Option<[usize; 2]>,
    /// What is to be done with the table of all pairs once it is there.
    then: Option<Then>,
}

/// What is done with a table.
type Then = fn(String, &mut Act<'_>);

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
        Ok(Self {
            query,
            cell: None,
            then: None,
        })
    }
}

fn compare(
    (maps, over): &Question,
    volumes: &[Arc<Volume>],
    job: &Job<'_, ()>,
) -> Result<Found, JobError> {
    job.progress.stage("Comparing the maps");
    let measured: Vec<Measured<'_>> = volumes
        .iter()
        .zip(maps)
        .map(|(volume, map)| Measured {
            volume,
            threshold: map.thresholds[0],
            negative_threshold: map.thresholds[1],
        })
        .collect();
    let pairs = measure::compare_all(&measured, *over, job.progress);
    let pairs = pairs.map_err(|error| JobError::told(job.progress, error))?;
    let mut found = Found {
        pairs: pairs.iter().map(|p| ([p.a, p.b], p.found)).collect(),
        order: Vec::new(),
        count: maps.len(),
    };
    found.order = order::alike_together(found.count, |a, b| found.of(a, b)?.r);
    Ok(found)
}

impl Compare {
    /// Does something with the table of every pair, once it is there.
    fn with_table(&mut self, then: Then, act: &mut Act<'_>) {
        if act.doc.comparable().nth(1).is_none() {
            return act.say("Show two maps or more to compare them");
        }
        let state = self.query.state(&question(&act.doc));
        if matches!(state, State::Stopped | State::Failed(_)) {
            self.query.forget();
        }
        self.then = Some(then);
    }

    /// Whether the comparison is shown anywhere, or asked for.
    fn is_wanted(&self, act: &Act<'_>) -> bool {
        act.desk.tab == panel::TAB
            || act.desk.page == Some(NAME)
            || act.doc.view.arrangement.panes().contains(&Pane::Maps)
            || self.then.is_some()
    }
}

/// Puts the table on the clipboard.
fn copy(text: String, act: &mut Act<'_>) {
    act.call(Call::Copy {
        text,
        notice: "The correlations are copied",
    });
}

fn can_compare(cx: &Cx<'_>) -> bool {
    cx.doc.comparable().nth(1).is_some()
}

impl Feature for Compare {
    fn name(&self) -> &'static str {
        NAME
    }

    fn commands() -> Vec<Command<Self>> {
        let row = Command::<Self>::new;
        vec![
            row("compare-page", "Correlation matrix", |_, act| {
                let open = act.desk.page == Some(NAME);
                act.call(Call::ShowPage((!open).then_some(NAME)));
            })
            .tip("How alike all shown maps are, in place of the views")
            .key(Modifiers::SHIFT, Key::M)
            .menu(Menu::Analyse, 38)
            .when(can_compare),
            row("copy-matrix", "Copy all correlations", |compare, act| {
                compare.with_table(copy, act)
            })
            .when(can_compare),
            row(
                "save-matrix",
                "Save all correlations as CSV…",
                |compare, act| compare.with_table(choose, act),
            )
            .menu(Menu::Analyse, 39)
            .when(can_compare),
        ]
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
        act.desk.caption = pairs.map_or_else(String::new, |found| {
            panel::caption(
                &act.doc,
                &question,
                &found.pairs,
                act.desk.canvas.size.x,
                act.ctx,
            )
        });
        if let Some(then) = self.then {
            match self.query.state(&question) {
                State::Ready(found) => {
                    let text = page::csv(&act.doc, &question, found);
                    self.then = None;
                    then(text, act);
                }
                State::Stopped | State::Failed(_) => self.then = None,
                State::Waiting | State::Unasked => {}
            }
        }
        if question.0.len() < 2 {
            self.then = None;
            return;
        }
        if !self.is_wanted(act) {
            return;
        }
        let volumes = act.doc.comparable();
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

    fn page(&self) -> Option<&'static str> {
        Some("Correlation matrix")
    }

    fn draw_page(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        page::page(self, ui, cx);
    }
}

/// Asks where the table goes.
fn choose(text: String, act: &mut Act<'_>) {
    let (title, name) = ("Save correlations", "correlations.csv".to_owned());
    let request = FileRequest::save_text(title, "Table", name, "csv", text);
    act.call(Call::Choose(request));
}

#[cfg(test)]
mod tests {
    use super::pair_at;

    #[test]
    fn every_pair_has_its_place() {
        for count in 2..9 {
            let pairs = (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b)));
            for (n, (a, b)) in pairs.enumerate() {
                assert_eq!(pair_at(a, b, count), Some(n));
            }
        }
        assert_eq!(pair_at(1, 1, 4), None);
        assert_eq!(pair_at(1, 4, 4), None);
    }
}
