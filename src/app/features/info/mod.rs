//! The selected layer's file: what its values are, its header, everything noticed.

mod panel;

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::Ui;

use crate::app::feature::{Act, Cx, Feature, Tab};
use crate::app::jobs::{Hub, Query, Queue};
use crate::app::model::{Content, with_kind};
use crate::volume::{HeaderInfo, MapKind, Stats, Volume, read_header};

/// What is told of a layer.
struct Facts {
    /// Its file's header, where it has one that can be read.
    header: Option<HeaderInfo>,
    /// Range and counts.
    stats: Stats,
}

/// Values that are to be taken for another kind.
type Retake = (Arc<Volume>, MapKind);

/// The feature.
pub struct Info {
    facts: Query<Content, (Option<PathBuf>, Arc<Volume>), Facts>,
    kind: Queue<(Content, MapKind), Retake, Arc<Volume>>,
}

impl Info {
    /// Sets its threads going.
    ///
    /// # Errors
    /// Where the system gives none.
    pub fn new(hub: &Hub) -> std::io::Result<Self> {
        Ok(Self {
            facts: hub.query("Reading the header", |_, (path, volume), _| {
                let (path, volume): (Option<PathBuf>, Arc<Volume>) = (path, volume);
                Ok(Facts {
                    // A file that is gone by now has no header to show.
                    header: path.and_then(|path| read_header(&path).ok()),
                    stats: volume.stats(),
                })
            })?,
            kind: hub.queue("Changing the kind of values", |_, (volume, kind), _| {
                let volume = with_kind(volume, kind);
                crate::app::model::warm_volume(&volume);
                Ok(volume)
            })?,
        })
    }
}

impl Feature for Info {
    fn name(&self) -> &'static str {
        "info"
    }

    fn update(&mut self, act: &mut Act<'_>) {
        self.facts.poll();
        for done in self.kind.take() {
            let (of, kind) = done.key;
            match done.outcome {
                Ok(volume) => act.doc.set_kind(of, kind, volume),
                Err(error) => act.fail(error),
            }
        }
        if act.desk.tab == panel::TAB
            && let Some(layer) = act.doc.selected_layer()
            && let Some(volume) = &layer.volume
        {
            let request = || (layer.source.path().cloned(), Arc::clone(volume));
            self.facts.want(&layer.content(), request);
        }
    }

    fn tab(&self) -> Option<Tab> {
        Some(Tab {
            label: panel::TAB,
            words: "Show info tab",
            order: 50,
        })
    }

    fn draw_tab(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        panel::info_tab(self, ui, cx);
    }
}
