//! What all maps mean, side by side: a page of maps by tasks, concepts or domains.

mod page;
mod table;

use std::collections::HashSet;
use std::sync::Arc;

use eframe::egui::{Key, Modifiers, Ui};

use self::table::{Level, Scores};
use crate::app::feature::{Act, Call, Command, Cx, Feature, FileRequest, Menu};
use crate::app::jobs::{Hub, Query};
use crate::app::model::{DecodeQuestion, Decoded, Document, Layer, LayerId};
use crate::decode::PriorWeight;
use crate::volume::Volume;

/// Name of the feature and of its page.
const NAME: &str = "overview";

/// The feature.
pub struct Overview {
    query: Query<DecodeQuestion, (Arc<Volume>, bool, PriorWeight), Decoded>,
    /// Maps that could not be decoded, or whose decoding was stopped.
    given_up: HashSet<(LayerId, u64, u64)>,
    level: Level,
    /// The cell that is chosen, by row and column.
    cell: Option<[usize; 2]>,
}

impl Overview {
    /// Sets its thread going.
    ///
    /// # Errors
    /// Where the system gives none.
    pub fn new(hub: &Hub) -> std::io::Result<Self> {
        let query = hub.query(
            "Decoding all maps",
            |services, (volume, insist, prior), job| {
                let volume: Arc<Volume> = volume;
                services.decode(&volume, insist, prior, job.progress)
            },
        )?;
        Ok(Self {
            query,
            given_up: HashSet::new(),
            level: Level::Tasks,
            cell: None,
        })
    }

    /// Decodes the next map that is shown in the table and was not decoded yet. The selected one is decoded whatever
    /// is shown.
    fn want(&mut self, act: &Act<'_>) {
        let model = act.services.model().number;
        let prior = act.doc.analysis.prior;
        let selected = act.doc.selected;
        let mut others = maps(&act.doc).filter(|layer| Some(layer.id) != selected);
        let next = others.find_map(|layer| {
            let question = DecodeQuestion::now(&act.doc, layer, model);
            let given_up = (layer.id, question.of.revision, model);
            let open =
                act.doc.result_of(layer, model).is_none() && !self.given_up.contains(&given_up);
            open.then(|| Some((question, Arc::clone(layer.scalar()?))))?
        });
        if let Some((question, volume)) = next {
            self.query
                .want(&question, || (volume, question.insisted, prior));
        }
    }

    fn scores(&self, doc: &Document, model: u64) -> Scores {
        let decoded = maps(doc).map(|layer| {
            let result = doc.result_of(layer, model);
            let decoding = result.and_then(|result| result.shown(doc.tail)?.1.decoding());
            (layer.id, layer.name.clone(), decoding)
        });
        Scores::of(decoded, self.level)
    }
}

/// The maps of the table: all that could be decoded, in the order of the list.
fn maps(doc: &Document) -> impl Iterator<Item = &Layer> {
    use crate::volume::MapKind;
    let not = [MapKind::Anatomy, MapKind::Label];
    // As the list of layers has them, the topmost first.
    doc.layers
        .iter()
        .rev()
        .filter(move |layer| layer.scalar().is_some() && !not.contains(&layer.kind))
}

fn has_maps(cx: &Cx<'_>) -> bool {
    maps(cx.doc).next().is_some()
}

impl Feature for Overview {
    fn name(&self) -> &'static str {
        NAME
    }

    fn commands() -> Vec<Command<Self>> {
        let row = Command::<Self>::new;
        vec![
            row("overview-page", "Tasks of all maps", |_, act| {
                let open = act.desk.page == Some(NAME);
                act.call(Call::ShowPage((!open).then_some(NAME)));
            })
            .tip("What every map means, side by side, in place of the views")
            .key(Modifiers::SHIFT, Key::T)
            .menu(Menu::Decode, 30)
            .when(has_maps),
            row(
                "copy-overview",
                "Copy table of all maps",
                |overview, act| {
                    let model = act.services.model().number;
                    let text = overview.scores(&act.doc, model).csv();
                    act.call(Call::Copy {
                        text,
                        notice: "The table of all maps is copied",
                    });
                },
            )
            .when(has_maps),
            row(
                "save-overview",
                "Save table of all maps as CSV…",
                |overview, act| {
                    let model = act.services.model().number;
                    let text = overview.scores(&act.doc, model).csv();
                    let (title, name) = ("Save table of all maps", "all_maps.csv".to_owned());
                    let request = FileRequest::save_text(title, "Table", name, "csv", text);
                    act.call(Call::Choose(request));
                },
            )
            .menu(Menu::Decode, 43)
            .when(has_maps),
        ]
    }

    fn update(&mut self, act: &mut Act<'_>) {
        if self.query.poll()
            && let Some(question) = self.query.asked().copied()
        {
            match self.query.ready(&question) {
                Some(decoded) => {
                    let result = question.result(decoded.clone());
                    act.doc.set_result(question.of, result);
                }
                None => {
                    let of = question.of;
                    self.given_up
                        .insert((of.layer, of.revision, question.model));
                }
            }
        }
        if act.desk.page == Some(NAME) {
            self.want(act);
        } else {
            // Opened anew, what was stopped is tried again.
            self.given_up.clear();
        }
    }

    fn page(&self) -> Option<&'static str> {
        Some("Tasks of all maps")
    }

    fn draw_page(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        page::page(self, ui, cx);
    }
}
