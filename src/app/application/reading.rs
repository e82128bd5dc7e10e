//! Reading the map: places, the peak table, atlases, comparison, derived layers, frames.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::Context;

use super::GyrusApp;
use crate::app::apply::{Dialog, Effect, apply};
use crate::app::arrangement::Pane;
use crate::app::command::{Command, ReadCommand, SessionCommand, Tab};
use crate::app::document::{LayerId, Source};
use crate::app::jobs::Tag;
use crate::app::places;
use crate::app::state::DeriveSheet;
use crate::app::work::{
    self, CompareKey, CompareRequest, FactsRequest, MAX_COMPARED, SaveRequest, comparable,
};
use crate::measure::{Operation, PeakRow, peaks_csv};

/// A frame shown this long is read.
const STAYS: Duration = Duration::from_millis(700);

/// How the crosshair moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Travel {
    /// To a place of its own.
    Jump,
    /// Along a way.
    Step,
}

impl GyrusApp {
    /// How a command moves the crosshair, where that is what it is for.
    pub(super) fn travel(command: &Command) -> Option<Travel> {
        match command {
            Command::GoToPeak
            | Command::Origin
            | Command::Read(ReadCommand::GoTo(_) | ReadCommand::GoToVoxel(_)) => Some(Travel::Jump),
            Command::MoveTo(_) | Command::Nudge(_) => Some(Travel::Step),
            _ => None,
        }
    }

    /// Remembers the place that was left, where the crosshair moved.
    pub(super) fn remember_place(&mut self, from_mm: [f64; 3], travel: Option<Travel>) {
        if let Some(travel) = travel
            && self.document.cut_mm != from_mm
        {
            let now = Instant::now();
            self.state.places.left(from_mm, travel == Travel::Jump, now);
        }
    }

    /// Carries out what a reading command asks of the window.
    pub(super) fn read(&mut self, ctx: &Context, command: ReadCommand) {
        let here = self.document.cut_mm;
        match command {
            ReadCommand::Back => match self.state.places.back(here) {
                Some(to) => self.return_to(to),
                None => self.state.messages.notice("No place before this one"),
            },
            ReadCommand::Forward => match self.state.places.forward(here) {
                Some(to) => self.return_to(to),
                None => self.state.messages.notice("No place after this one"),
            },
            ReadCommand::StepPeak(step) => self.step_peak(step),
            ReadCommand::StepFrame(step) => self.step_frame(step),
            ReadCommand::FocusCoordinate => self.state.coordinate.wants_focus = true,
            ReadCommand::SetExtent(voxels) => self.state.extent_voxels = voxels,
            ReadCommand::SetOver(over) => {
                self.state.over = over;
                if self.state.compare_stopped {
                    self.compare_asked = None;
                }
            }
            ReadCommand::ToggleDerive => self.toggle_derive(),
            ReadCommand::AtlasNamesDialog => match &self.state.atlas.choice {
                Some(choice) => {
                    let dialog = Dialog::AtlasNames(choice.path.clone());
                    self.perform(ctx, Effect::Dialog(dialog));
                }
                None => {
                    let text = "The embedded atlas has its names; choose another atlas first";
                    self.state.messages.notice(text);
                }
            },
            ReadCommand::ShowAtlas => match &self.state.atlas.choice {
                Some(choice) => self.load(vec![choice.path.clone()]),
                None => {
                    let tag = work::tag(self.document.revision);
                    let request = work::LoadRequest::Atlas;
                    self.workers.load.submit(tag, request);
                }
            },
            ReadCommand::CopyPeaks => match self.peak_table() {
                Some(text) => {
                    ctx.copy_text(text);
                    self.state.messages.notice("The peak table is copied");
                }
                None => self.state.messages.notice("There is no peak table"),
            },
            ReadCommand::SavePeaks(path) => match self.peak_table() {
                Some(text) => {
                    let tag = work::tag(self.document.revision);
                    let request = SaveRequest::Table(path, text);
                    self.workers.save.submit(tag, request);
                }
                None => self.state.messages.notice("There is no peak table"),
            },
            // The document's, done before.
            _ => {}
        }
    }

    /// Not a jump: the way back is no place of its own.
    fn return_to(&mut self, to: [f64; 3]) {
        apply(&mut self.document, Command::MoveTo(to));
    }

    fn rows(&self) -> &[PeakRow] {
        let selected = self.document.selected;
        match &self.state.peaks {
            Some(peaks) if Some(peaks.key.layer) == selected => &peaks.rows,
            _ => &[],
        }
    }

    fn peak_table(&self) -> Option<String> {
        let layer = self.document.selected_layer()?;
        let rows = self.rows();
        (!rows.is_empty()).then(|| peaks_csv(rows, layer.kind))
    }

    /// From the row the crosshair is at, else from the top or the bottom.
    fn step_peak(&mut self, step: i32) {
        let rows = self.rows();
        let here = self.document.cut_mm;
        let at = rows.iter().position(|row| places::is_at(row.at_mm, here));
        let next = match at {
            Some(at) => at.checked_add_signed(step as isize),
            None if step > 0 => Some(0),
            None => rows.len().checked_sub(1),
        };
        match next.and_then(|next| rows.get(next)) {
            Some(row) => {
                let to = ReadCommand::GoTo(places::rounded(row.at_mm));
                self.queue.push(to.into());
            }
            None if rows.is_empty() => {
                let text = "The selected layer has no peaks beyond its threshold";
                self.state.messages.notice(text);
            }
            None => self.state.messages.notice("This was the last one"),
        }
    }

    /// From the frame asked for last, whether it is there already or not.
    fn step_frame(&mut self, step: i32) {
        let Some(layer) = self.document.selected_layer() else {
            self.state.messages.notice("No layer is selected");
            return;
        };
        let Some(volume) = layer.volume.as_ref().filter(|v| v.frames > 1) else {
            self.state
                .messages
                .notice("The selected layer has one frame");
            return;
        };
        let wanted = self.state.wanted_frames.get(&layer.id);
        let now = wanted.copied().unwrap_or(volume.frame);
        let next = now.checked_add_signed(step as isize);
        if let Some(next) = next.filter(|&next| next < volume.frames) {
            let command = ReadCommand::SetFrame(layer.id, next);
            self.queue.push(command.into());
        }
    }

    pub(super) fn ask_frame(&mut self, layer: LayerId, path: PathBuf, frame: usize) {
        let shown = self.document.layer(layer).and_then(|l| l.volume.as_ref());
        if shown.is_some_and(|volume| volume.frame == frame) {
            // What is on its way for this layer is given up; another layer's is not.
            if self.state.wanted_frames.remove(&layer).is_some() {
                self.workers.readers.frame.cancel();
            }
            return;
        }
        // One frame is read at a time, the latest asked for: others are given up.
        self.state.wanted_frames.clear();
        self.state.wanted_frames.insert(layer, frame);
        let tag = Tag {
            revision: self.document.revision,
            layer: Some(layer),
        };
        self.workers.readers.frame.submit(tag, (path, frame));
    }

    fn toggle_derive(&mut self) {
        let doc = &self.document;
        self.state.derive = match (self.state.derive.take(), doc.selected) {
            (Some(_), _) => None,
            (None, None) => {
                self.state.messages.notice("No layer is selected");
                None
            }
            (None, Some(first)) => {
                let other = doc.layers.iter().rev().find(|layer| layer.id != first);
                Some(DeriveSheet {
                    operation: match other {
                        Some(_) => Operation::Difference,
                        None => Operation::Smooth { fwhm_mm: 6.0 },
                    },
                    first,
                    second: other.map(|layer| layer.id),
                })
            }
        };
    }

    /// What the reading workers gave.
    pub(super) fn collect_readings(&mut self) {
        for report in self.workers.readers.atlas.drain() {
            match report.outcome {
                Ok(atlas) => {
                    self.settings.atlas = atlas.choice.clone();
                    self.state.catalogue.regions.clone_from(&atlas.regions);
                    let text = format!("Regions are named by {}", atlas.name);
                    self.state.messages.notice(text);
                    self.state.atlas = atlas;
                    self.state.atlas_changes += 1;
                }
                Err(error) => self.fail(error),
            }
        }
        for report in self.workers.readers.derive.drain() {
            match (report.outcome, report.tag.layer) {
                (Ok(made), Some(layer)) => {
                    let fill = SessionCommand::Fill(layer, Box::new(made.opened));
                    self.queue.push(fill.into());
                }
                (Ok(made), None) => {
                    if made.resampled {
                        let text = "The second map was brought to the first one's grid";
                        self.state.messages.notice(text);
                    }
                    self.queue.push(made.opened.into());
                }
                (Err(error), _) => self.fail(error),
            }
        }
        for report in self.workers.readers.compare.drain() {
            match report.outcome {
                Ok(compared) => self.state.compared = Some(compared),
                // Asked again when the maps change or the user wants it, not at once.
                Err(error) => {
                    self.state.compare_stopped = true;
                    self.fail(error);
                }
            }
        }
        for report in self.workers.readers.frame.drain() {
            let Some(layer) = report.tag.layer else {
                continue;
            };
            let wanted = self.state.wanted_frames.get(&layer).copied();
            match report.outcome {
                // Given up while it was on its way.
                Ok(opened) if wanted != Some(opened.volume.frame) => {}
                Ok(opened) => {
                    self.state.wanted_frames.remove(&layer);
                    let show = ReadCommand::ShowFrame(layer, Box::new(opened));
                    self.queue.push(show.into());
                    self.frame_shown = Some(Instant::now());
                }
                Err(error) => {
                    self.state.wanted_frames.remove(&layer);
                    self.fail(error);
                }
            }
        }
        for report in self.workers.readers.course.drain() {
            match report.outcome {
                Ok(course) => self.state.course = Some(course),
                Err(error) => self.fail(error),
            }
        }
        for report in self.workers.readers.facts.drain() {
            if let Ok(facts) = report.outcome {
                self.state.facts = Some(facts);
            }
        }
    }

    /// Compares the visible maps while the tab that shows it is open, or they stand side by side.
    pub(super) fn want_comparison(&mut self) {
        let side_by_side = self.document.view.arrangement.panes().contains(&Pane::Maps);
        if self.state.tab != Tab::Values && !side_by_side {
            return;
        }
        let key = CompareKey::wanted(&self.document, self.state.over);
        if key.0.len() < 2 || self.compare_asked.as_ref() == Some(&key) {
            return;
        }
        let volumes = comparable(&self.document)
            .take(MAX_COMPARED)
            .map(|(_, volume)| Arc::clone(volume))
            .collect();
        self.compare_asked = Some(key.clone());
        self.state.compare_stopped = false;
        let tag = work::tag(self.document.revision);
        let request = CompareRequest { key, volumes };
        self.workers.readers.compare.submit(tag, request);
    }

    /// Asks for the selected layer's header and range once the tab that shows them is open.
    pub(super) fn want_facts(&mut self) {
        let (Tab::Info, Some(layer)) = (self.state.tab, self.document.selected_layer()) else {
            return;
        };
        let key = (layer.id, layer.content_revision);
        if let (Some(volume), true) = (&layer.volume, self.facts_asked != Some(key)) {
            let path = match &layer.source {
                Source::File { path, .. } => Some(path.clone()),
                _ => None,
            };
            let volume = Arc::clone(volume);
            self.facts_asked = Some(key);
            let tag = work::tag(self.document.revision);
            let request = FactsRequest { key, path, volume };
            self.workers.readers.facts.submit(tag, request);
        }
    }

    /// Decodes a frame that was stepped to, once no other follows it.
    pub(super) fn read_frame_that_stays(&mut self, ctx: &Context) {
        let Some(shown) = self.frame_shown else {
            return;
        };
        let rest = STAYS.saturating_sub(shown.elapsed());
        if !rest.is_zero() {
            ctx.request_repaint_after(rest + Duration::from_millis(5));
            return;
        }
        self.frame_shown = None;
        let doc = &self.document;
        let scalar = doc
            .reading_layer()
            .and_then(|layer| layer.volume.as_ref())
            .is_some_and(|volume| volume.data.scalar().is_some());
        if doc.reading == doc.selected && doc.decoding().is_none() && scalar {
            self.queue.push(Command::DecodeSelected);
            ctx.request_repaint();
        }
    }
}
