//! From a region or a map to tasks, from there to studies, to their meta-analysis, and back to where it began: one page
//! with a step under the other (the cycle of hypotheses of Peraza et al. 2025). Every step's result can be kept as a
//! layer.

mod page;

use std::sync::Arc;

use eframe::egui::Ui;

use crate::app::feature::{Act, Call, Command, Cx, Feature, Menu};
use crate::app::jobs::{Hub, Query};
use crate::app::model::{
    Beside, ChosenBy, Content, Decoded, Document, Layer, LayerId, LayerResult, Opened, Source,
    StudiesBy, StudyFilter, StudyList, StudyPlan, warmed,
};
use crate::decode::{Decoding, PriorWeight, Tail};
use crate::meta::{LEAST_STUDIES, MetaMethod};
use crate::volume::{Strongest, Volume};

/// Name of the feature and of its page.
const NAME: &str = "cycle";

/// What the cycle begins with: its values, the side that is read, and the number of the model.
type Start = (Content, Tail, u64);
/// What is brought together: the studies, and the number of the model.
type Together = (Vec<u32>, u64);

/// The meta-analysis, the map it began with, and whether that map's negative values count.
type BackMaps = (Arc<Volume>, Arc<Volume>, bool);

/// Where studies agree.
#[derive(Debug)]
struct Agreed {
    map: Opened,
    /// The place of the highest z, RAS mm, and that z.
    highest: Option<([f64; 3], f32)>,
}

/// What the meta-analysis says of the map it began with.
#[derive(Debug)]
struct Back {
    beside: Beside,
    decoded: Decoded,
}

/// The feature.
pub struct Cycle {
    /// Studies nearest to the start; `None` where the model holds no index.
    studies: Query<Start, Vec<f32>, Option<StudyList>>,
    /// Their peaks brought together.
    meta: Query<Together, Vec<u32>, Agreed>,
    /// What is decoded from that, and how alike both maps are.
    back: Query<(Start, Together), BackMaps, Back>,
    /// The layer it begins with.
    start: Option<LayerId>,
    /// A region was asked for: the next layer that is selected is the start.
    awaits: Option<Option<LayerId>>,
    /// The page was opened: the start is selected, so that it is decoded.
    is_new: bool,
    /// The studies whose meta-analysis was asked for.
    asked: Option<Together>,
}

impl Cycle {
    /// Sets its threads going.
    ///
    /// # Errors
    /// Where the system gives none.
    pub fn new(hub: &Hub) -> std::io::Result<Self> {
        Ok(Self {
            studies: hub.query("Looking for studies", |services, latent, job| {
                let latent: Vec<f32> = latent;
                let with_peaks = StudyFilter {
                    with_peaks: true,
                    ..StudyFilter::default()
                };
                services.studies(&StudiesBy::Latent(latent), &with_peaks, job.progress)
            })?,
            meta: hub.query("Meta-analysis", |services, pmids, job| {
                let pmids: Vec<u32> = pmids;
                let plan = StudyPlan::whole(pmids, MetaMethod::Ale, ChosenBy::Map);
                let made = services.study_map(&plan, job.progress)?;
                let at_mm = Strongest::of(&made.volume).positive;
                Ok(Agreed {
                    highest: at_mm.map(|at_mm| (at_mm, made.volume.stats().max)),
                    map: warmed(made),
                })
            })?,
            back: hub.query("Comparing with the start", |services, maps, job| {
                let (found, start, negative): BackMaps = maps;
                let beside = services.beside(&found, (&start, negative), None, job.progress)?;
                let prior = PriorWeight::default();
                let decoded = services.decode(&found, true, prior, job.progress)?;
                Ok(Back { beside, decoded })
            })?,
            start: None,
            awaits: None,
            is_new: false,
            asked: None,
        })
    }

    /// Opens the page, with the layer it began with as the start, else the selected one.
    fn open(&mut self, act: &mut Act<'_>) {
        if act.desk.page == Some(NAME) {
            return act.call(Call::ShowPage(None));
        }
        self.start = self.start.filter(|&id| act.doc.layer(id).is_some());
        self.start = self.start.or(act.doc.selected);
        self.is_new = true;
        act.call(Call::ShowPage(Some(NAME)));
    }

    /// The layer it begins with and what was decoded from it.
    fn begun<'a>(
        &self,
        doc: &'a Document,
        model: u64,
    ) -> Option<(&'a Layer, Option<&'a LayerResult>)> {
        let layer = doc.layer(self.start?)?;
        Some((layer, doc.result_of(layer, model)))
    }

    /// The start as a question, and its place in the model's space.
    fn question<'a>(&self, doc: &'a Document, model: u64) -> Option<(Start, &'a [f32])> {
        let (layer, result) = self.begun(doc, model)?;
        let (tail, side) = result?.shown(doc.tail)?;
        Some(((layer.content(), tail, model), side.latent()?))
    }

    /// The studies to be brought together, once they are known.
    fn together(&self, start: &Start) -> Option<Together> {
        let list = self.studies.ready(start)?.as_ref()?;
        let pmids: Vec<u32> = list.hits.iter().map(|study| study.pmid).collect();
        (pmids.len() >= LEAST_STUDIES).then_some((pmids, start.2))
    }
}

/// What a map that was brought together says first.
fn first_side(decoded: &Decoded) -> Option<&Decoding> {
    match decoded {
        Decoded::Sides { positive, .. } => positive.decoding(),
        Decoded::Signed(side) => side.decoding(),
        Decoded::Declined(_) => None,
    }
}

impl Feature for Cycle {
    fn name(&self) -> &'static str {
        NAME
    }

    fn commands() -> Vec<Command<Self>> {
        let row = Command::<Self>::new;
        vec![
            row("cycle", "From a region to its studies and back", Self::open)
                .tip("A map or a region → tasks → studies → their meta-analysis → compared with where it began")
                .menu(Menu::Decode, 33),
        ]
    }

    fn update(&mut self, act: &mut Act<'_>) {
        self.studies.poll();
        self.meta.poll();
        self.back.poll();
        if act.desk.page != Some(NAME) {
            self.awaits = None;
            return;
        }
        // A region that was asked for is there and selected.
        let region = act.doc.selected_layer().is_some_and(|layer| {
            matches!(&layer.source, Source::Derived { operation, .. } if operation.is_region())
        });
        if let Some(before) = self.awaits
            && act.doc.selected != before
        {
            // Where none came of it, another layer may be selected meanwhile: that is no start.
            if region {
                self.start = act.doc.selected;
            }
            self.awaits = None;
        }
        let model = act.services.model().number;
        // What is not selected is not decoded.
        if std::mem::take(&mut self.is_new)
            && let Some((layer, None)) = self.begun(&act.doc, model)
        {
            let id = layer.id;
            act.doc.select(id);
        }
        let Some((start, latent)) = self.question(&act.doc, model) else {
            return;
        };
        self.studies.want(&start, || latent.to_vec());
        let Some(asked) = self
            .asked
            .clone()
            .filter(|a| self.together(&start).as_ref() == Some(a))
        else {
            return;
        };
        self.meta.want(&asked, || asked.0.clone());
        let layer = self
            .begun(&act.doc, model)
            .and_then(|(layer, _)| layer.volume.clone());
        if let (Some(found), Some(map)) = (self.meta.ready(&asked), layer) {
            let (found, negative) = (Arc::clone(&found.map.volume), start.1 == Tail::Neg);
            self.back.want(&(start, asked), || (found, map, negative));
        }
    }

    fn page(&self) -> Option<&'static str> {
        Some("From a region to its studies and back")
    }

    fn draw_page(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        page::page(self, ui, cx);
    }
}
