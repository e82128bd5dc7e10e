//! What came back from the workers becomes commands, messages and window state.

use super::GyrusApp;
use std::path::Path;

use crate::app::command::{Command, SessionCommand};
use crate::app::document::{LayerResult, Source};
use crate::app::jobs::JobError;
use crate::app::session::looks_like_a_session;
use crate::app::state::{Absent, Studies};
use crate::app::words;
use crate::app::work::{self, Loaded, Saved};

impl GyrusApp {
    pub(super) fn collect_results(&mut self) {
        for report in self.workers.load.drain() {
            match report.outcome {
                Ok(Loaded::Underlay(volume)) => {
                    self.document.anatomy = Some(volume.grid);
                    self.canvas.underlay = Some(volume);
                }
                Ok(Loaded::Map(opened)) => {
                    self.state.starting = false;
                    self.state.last_timing =
                        format!("opened in {}", words::duration(report.elapsed_ms));
                    if let Some(layer) = report.tag.layer {
                        self.state.absent.remove(&layer);
                        let fill = SessionCommand::Fill(layer, Box::new(opened));
                        self.queue.push(fill.into());
                        continue;
                    }
                    if let Source::File { path, .. } = &opened.source {
                        self.settings.opened(path);
                    }
                    self.queue.push(opened.into());
                }
                Ok(Loaded::Session(document, path)) => {
                    self.state.starting = false;
                    if let Some(path) = path {
                        self.settings.opened(&path);
                        self.name_session(&path);
                    }
                    self.queue.push(SessionCommand::Restore(document).into());
                }
                Ok(Loaded::Folder { maps, left_out }) => {
                    if left_out > 0 {
                        let all = maps.len() + left_out;
                        self.state
                            .messages
                            .notice(format!("The first {} of {all} maps are opened", maps.len()));
                    }
                    self.load(maps);
                }
                Ok(Loaded::Catalogue(catalogue)) => {
                    self.state.catalogue = catalogue;
                    // The names of places are there now.
                    self.state.atlas_changes += 1;
                    if self.state.atlas.choice.is_some() {
                        let regions = self.state.atlas.regions.clone();
                        self.state.catalogue.regions = regions;
                    }
                }
                Err(error) => {
                    self.state.starting = false;
                    if let Some(layer) = report.tag.layer {
                        let why = match error {
                            JobError::Cancelled => Absent::Stopped,
                            JobError::Failed(_) => Absent::Failed,
                        };
                        self.state.absent.insert(layer, why);
                    }
                    self.fail(error);
                }
            }
        }
        for report in self.workers.save.drain() {
            match report.outcome {
                Ok(Saved::Picture(pixels)) => self.copied = Some(pixels),
                Ok(Saved::File(path)) => {
                    if looks_like_a_session(&path) {
                        self.settings.opened(&path);
                        self.name_session(&path);
                    }
                    let name = path.file_name().unwrap_or_default().to_string_lossy();
                    self.state.messages.notice(format!("Saved {name}"));
                }
                Err(error) => self.fail(error),
            }
        }
        self.take_preview();
        for report in self.workers.decode.drain() {
            match (report.outcome, report.tag.layer) {
                (Ok(decoding), Some(layer)) => {
                    self.state.last_timing =
                        format!("read in {}", words::duration(report.elapsed_ms));
                    self.state.unread.remove(&layer);
                    let result = Box::new(LayerResult {
                        revision: report.tag.revision,
                        decoding,
                    });
                    self.queue.push(Command::SetDecoding { layer, result });
                }
                (Ok(_), None) => {}
                // Shown where the reading would be, for as long as there is none.
                (Err(error), Some(layer)) => {
                    if let Some(explanation) = work::failure(error) {
                        let tail = self.document.tail;
                        self.state.unread.insert(layer, (tail, explanation));
                    }
                }
                (Err(error), None) => self.fail(error),
            }
        }
        for report in self.workers.predict.drain() {
            self.predicting
                .retain(|(revision, ..)| *revision != report.tag.revision);
            match report.outcome {
                Ok(opened) => {
                    self.state.last_timing =
                        format!("predicted in {}", words::duration(report.elapsed_ms));
                    self.queue.push(opened.into());
                }
                Err(error) => self.fail(error),
            }
        }
        for report in self.workers.studies.drain() {
            let Some(layer) = report.tag.layer else {
                continue;
            };
            let (tail, list) = match report.outcome {
                Ok(found) => found,
                Err(error) => {
                    self.fail(error);
                    // Remembered as none found: the same question is not asked again every frame.
                    (self.document.tail, Some(Vec::new()))
                }
            };
            let revision = report.tag.revision;
            self.state.studies = Some(Studies {
                layer,
                tail,
                revision,
                list,
            });
        }
        for report in self.workers.peaks.drain() {
            // It fails only where it is stopped, and is then asked again.
            if let Ok(peaks) = report.outcome {
                self.state.peaks = Some(peaks);
            } else {
                self.peaks_asked = None;
            }
        }
        self.queue.extend(self.dialog_answers.1.try_iter());
    }

    /// Writes the session's name into the title of the window, and the recent files into the menu.
    fn name_session(&mut self, path: &Path) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        self.title = Some(format!("Gyrus — {name}"));
    }

    pub(super) fn fail(&mut self, error: JobError) {
        if let Some(explanation) = work::failure(error) {
            self.state.messages.error(explanation);
        }
    }
}
