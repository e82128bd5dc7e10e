//! The clusters and peaks of the selected layer as it is shown.

mod cluster;
mod found;
mod names;
mod section;
mod table;

use std::sync::Arc;

use eframe::egui::{Key, Modifiers, Ui};

use self::found::{Peaks, PeaksKey, peaks};
use crate::app::feature::{Act, Call, Command, Cx, Feature, FileRequest, Menu, Tab};
use crate::app::jobs::{Hub, Query, State};
use crate::app::kit::words::file_name;
use crate::app::model::{Document, Layer, PeakSort, is_at, rounded};
use crate::measure::{PeakRow, peaks_csv};
use crate::volume::Volume;

/// The word on the tab.
const TAB: &str = "Peaks";
/// So long the list of other values of the layer stays while the new one is made.
const MOMENT_MS: f32 = 300.0;

/// Why a list is late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delay {
    Waiting,
    Stopped,
    Failed,
}

impl Delay {
    /// What to say of a search that came to no end.
    fn words(self) -> Option<&'static str> {
        match self {
            Self::Waiting => None,
            Self::Stopped => Some("The search was stopped"),
            Self::Failed => Some("The search failed"),
        }
    }
}

/// The feature.
pub struct PeakTable {
    query: Query<PeaksKey, (PeaksKey, Arc<Volume>), Peaks>,
    /// What the table is to be sorted by from the next frame on.
    sort_by: Option<PeakSort>,
    /// Whether a search that was stopped is to be made after all.
    again: bool,
    /// The row that takes the keyboard.
    row: usize,
}

impl PeakTable {
    /// Sets its thread going.
    ///
    /// # Errors
    /// Where the system gives none.
    pub fn new(hub: &Hub) -> std::io::Result<Self> {
        let query = hub.query("Looking for clusters", |services, (key, volume), job| {
            let volume: Arc<Volume> = volume;
            peaks(services, &key, &volume, job.progress)
        })?;
        Ok(Self {
            query,
            sort_by: None,
            again: false,
            row: 0,
        })
    }

    /// What there is to list of the selected layer: what was found for it as it is shown, or for its values at
    /// the threshold before, which the table names; for a moment, that a table need not flash while one
    /// steps through frames, what was found for other values.
    fn of(&self, layer: &Layer) -> Option<(&PeaksKey, &Peaks)> {
        let (key, peaks) = self.query.latest()?;
        let same_values = key.of == layer.content();
        let moment = || {
            let activity = self.query.activity();
            activity.is_some_and(|activity| activity.elapsed_ms < MOMENT_MS)
        };
        let shown = same_values || (key.of.layer == layer.id && moment());
        shown.then_some((key, peaks))
    }

    /// Why what is listed is not what was asked for, or nothing is listed.
    fn delay(&self, doc: &Document, atlas_changes: u64) -> Option<Delay> {
        let layer = doc.selected_layer()?;
        let key = PeaksKey::of(layer, &doc.analysis, atlas_changes);
        match self.query.state(&key) {
            State::Ready(_) => None,
            State::Stopped => Some(Delay::Stopped),
            State::Failed(_) => Some(Delay::Failed),
            State::Waiting | State::Unasked => Some(Delay::Waiting),
        }
    }

    fn rows(&self, doc: &Document) -> &[PeakRow] {
        let found = doc.selected_layer().and_then(|layer| self.of(layer));
        found.map_or(&[], |(_, peaks)| &peaks.rows)
    }

    /// The table as CSV.
    ///
    /// # Errors
    /// Why there is none, in words.
    fn csv(&self, doc: &Document, atlas_changes: u64) -> Result<String, &'static str> {
        let layer = doc.selected_layer().ok_or("No layer is selected")?;
        let key = PeaksKey::of(layer, &doc.analysis, atlas_changes);
        let found = self.query.ready(&key);
        let rows = &found.ok_or("The peaks are not found yet")?.rows;
        if rows.is_empty() {
            return Err("The selected layer has no peaks beyond its threshold");
        }
        Ok(peaks_csv(rows, layer.kind, &key.provenance(layer)))
    }

    /// From the row the crosshair is at, else from the top or the bottom.
    fn step(&self, step: isize, act: &mut Act<'_>) {
        let rows = self.rows(&act.doc);
        let order = table::sorted(rows, act.desk.settings.peak_sort);
        let rows: Vec<&PeakRow> = order.into_iter().map(|n| &rows[n]).collect();
        let here = act.doc.cut_mm;
        let at = rows.iter().position(|row| is_at(row.at_mm, here));
        let next = match at {
            Some(at) => at.checked_add_signed(step),
            None if step > 0 => Some(0),
            None => rows.len().checked_sub(1),
        };
        match next.and_then(|next| rows.get(next)) {
            Some(row) => act.doc.go_to(rounded(row.at_mm)),
            None if rows.is_empty() => {
                act.say("The selected layer has no peaks beyond its threshold");
            }
            None => act.say("This was the last one"),
        }
    }
}

fn is_statistic(cx: &Cx<'_>) -> bool {
    let layer = cx.doc.selected_layer();
    layer.is_some_and(|layer| layer.scalar().is_some())
}

impl Feature for PeakTable {
    fn name(&self) -> &'static str {
        "peaks"
    }

    fn commands() -> Vec<Command<Self>> {
        let row = Command::<Self>::new;
        let through = "Through the peak table of the selected layer";
        vec![
            row("next-peak", "Next peak", |peaks, act| peaks.step(1, act))
                .tip(through)
                .key(Modifiers::NONE, Key::N)
                .menu(Menu::Analyse, 20)
                .when(is_statistic),
            row("previous-peak", "Previous peak", |peaks, act| {
                peaks.step(-1, act);
            })
            .tip(through)
            .key(Modifiers::SHIFT, Key::N)
            .menu(Menu::Analyse, 21)
            .when(is_statistic),
            row(
                "decode-cluster",
                "Decode cluster under the crosshair",
                |_, act| cluster::decode_at_crosshair(act),
            )
            .tip(
                "Adds the cluster of the selected layer, beyond its threshold, as a layer and ranks the tasks that are \
                 reported there",
            )
            .menu(Menu::Decode, 17)
            .when(is_statistic),
            row(
                "copy-peaks",
                "Copy the peak table",
                |peaks, act| match peaks.csv(&act.doc, act.desk.atlas_changes) {
                    Ok(text) => act.call(Call::Copy {
                        text,
                        notice: "The peak table is copied",
                    }),
                    Err(why) => act.say(why),
                },
            )
            .menu(Menu::Analyse, 22)
            .when(is_statistic),
            row(
                "save-peaks",
                "Save peak table as CSV…",
                |peaks, act| match peaks.csv(&act.doc, act.desk.atlas_changes) {
                    Ok(text) => choose(text, act),
                    Err(why) => act.say(why),
                },
            )
            .tip("Clusters and peaks of the selected layer at its threshold")
            .menu(Menu::Analyse, 23)
            .when(is_statistic),
        ]
    }

    fn update(&mut self, act: &mut Act<'_>) {
        if self.query.poll()
            && let Some(explanation) = self.query.take_failure()
        {
            act.explain(explanation);
        }
        if std::mem::take(&mut self.again) {
            self.query.forget();
        }
        if let Some(by) = self.sort_by.take() {
            act.desk.settings.peak_sort = by;
        }
        let Some(layer) = act.doc.selected_layer() else {
            return;
        };
        let key = PeaksKey::of(layer, &act.doc.analysis, act.desk.atlas_changes);
        if let Some(volume) = &layer.volume {
            self.query.want(&key, || (key, Arc::clone(volume)));
        }
    }

    fn draw_section(&mut self, ui: &mut Ui, cx: &mut Cx<'_>, layer: &Layer) {
        section::peaks_section(self, ui, cx, layer);
    }

    fn tab(&self) -> Option<Tab> {
        Some(Tab {
            label: TAB,
            words: "Show peaks tab",
            order: 30,
        })
    }

    fn draw_tab(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        table::peaks_tab(self, ui, cx);
    }
}

/// Asks where the table goes.
fn choose(text: String, act: &mut Act<'_>) {
    let layer = act.doc.selected_layer();
    let name = layer.map_or("map", |layer| layer.name.as_str());
    let name = format!("{}_peaks.csv", file_name(name));
    let request = FileRequest::save_text("Save peak table", "Table", name, "csv", text);
    act.call(Call::Choose(request));
}
