//! Carries out what commands ask for outside the document.

use std::path::PathBuf;

use eframe::egui::{self, Context};

use super::GyrusApp;
use crate::app::apply::{Dialog, Effect, WindowChange};
use crate::app::command::ViewCommand;
use crate::app::figure::{self, FigureSheet};
use crate::app::jobs::Tag;
use crate::app::state::{Absent, PathSheet};
use crate::app::work::{self, DecodeRequest, LoadRequest, PredictRequest, SaveRequest};
use crate::app::{dialogs, theme};

/// Magnification of one key press.
const ZOOM_STEP: f64 = 1.25;

impl GyrusApp {
    pub(super) fn load(&mut self, paths: Vec<PathBuf>) {
        for path in paths {
            self.workers
                .load
                .submit(work::tag(self.document.revision), LoadRequest::File(path));
        }
    }

    pub(super) fn perform(&mut self, ctx: &Context, effect: Effect) {
        match effect {
            Effect::Load(paths) => self.load(paths),
            Effect::LoadDemo => {
                self.workers
                    .load
                    .submit(work::tag(self.document.revision), LoadRequest::Demo);
            }
            Effect::Decode {
                layer,
                volume,
                tail,
                revision,
            } => {
                let tag = Tag {
                    revision,
                    layer: Some(layer),
                };
                self.workers
                    .decode
                    .submit(tag, DecodeRequest { volume, tail });
            }
            Effect::Predict {
                text,
                task_id,
                revision,
            } => {
                // Clicked twice before the first answer came.
                let twice =
                    |(_, t, id): &(u64, String, Option<String>)| *t == text && *id == task_id;
                if self.predicting.iter().any(twice) {
                    return;
                }
                self.predicting
                    .push((revision, text.clone(), task_id.clone()));
                self.workers
                    .predict
                    .submit(work::tag(revision), PredictRequest { text, task_id });
            }
            Effect::SaveMap(path, volume) => {
                let tag = work::tag(self.document.revision);
                self.workers
                    .save
                    .submit(tag, SaveRequest::Map(path, volume));
            }
            Effect::SaveSession(path) => {
                let tag = work::tag(self.document.revision);
                let document = Box::new(self.document.clone());
                self.workers
                    .save
                    .submit(tag, SaveRequest::Session(path, document));
            }
            Effect::Fill(layer, source) => {
                self.state.absent.remove(&layer);
                let tag = Tag {
                    revision: self.document.revision,
                    layer: Some(layer),
                };
                self.workers.load.submit(tag, LoadRequest::Fill(source));
            }
            Effect::ReopenLast => match self.last_session.clone() {
                Some(text) => {
                    let tag = work::tag(self.document.revision);
                    self.workers.load.submit(tag, LoadRequest::Kept(text));
                }
                None => {
                    let text = "No session is kept from the last time";
                    self.state.messages.notice(text);
                }
            },
            Effect::ClearRecent => self.settings.recent.clear(),
            Effect::AskForFigure(choice) => {
                let name = figure::file_name(&self.document);
                self.perform(ctx, Effect::Dialog(Dialog::SaveFigure(choice, name)));
            }
            Effect::SaveFigure(choice, path) => self.save_figure(ctx, &choice, path),
            Effect::CopyFigure(choice) => self.copy_figure(ctx, &choice),
            Effect::Dialog(dialog) => {
                if self.options.dialogs {
                    let folder = self.settings.folder.clone();
                    dialogs::show(dialog, folder, self.dialog_answers.0.clone(), ctx.clone());
                } else {
                    self.state.messages.notice("File dialogs are switched off");
                }
            }
            Effect::TypePath(dialog) => {
                let folder = self.settings.folder.clone().or_else(std::env::home_dir);
                let name = dialogs::suggested(&dialog).unwrap_or_default();
                let path = folder.unwrap_or_default().join(name);
                self.state.path = Some(PathSheet {
                    text: path.to_string_lossy().into_owned(),
                    dialog,
                    fresh: true,
                    replaces: false,
                });
            }
            Effect::Derive(layer, request) => {
                let tag = Tag {
                    revision: self.document.revision,
                    layer,
                };
                self.workers.readers.derive.submit(tag, request);
            }
            Effect::Frame(layer, path, frame) => self.ask_frame(layer, path, frame),
            Effect::Course(layer, path, voxel) => {
                let tag = work::tag(self.document.revision);
                let request = (layer, path, voxel);
                self.workers.readers.course.submit(tag, request);
            }
            Effect::Atlas(choice) => {
                let tag = work::tag(self.document.revision);
                self.workers.readers.atlas.submit(tag, choice);
            }
            Effect::Read(command) => self.read(ctx, command),
            Effect::CancelJobs => {
                self.workers.cancel();
                // What still waited to be read is dropped without a word from the worker.
                let layers = self.document.layers.iter();
                let waiting = layers.filter(|layer| layer.volume.is_none());
                for id in waiting.map(|layer| layer.id) {
                    self.state.absent.entry(id).or_insert(Absent::Stopped);
                }
                self.state.wanted_frames.clear();
                self.predicting.clear();
            }
            Effect::Notice(text) => self.state.messages.notice(text),
            Effect::Window(change) => self.change_window(ctx, change),
        }
    }

    pub(super) fn change_window(&mut self, ctx: &Context, change: WindowChange) {
        match change {
            WindowChange::TogglePalette => {
                self.state.help = false;
                self.state.toggle_palette();
            }
            WindowChange::ToggleHelp => self.state.help = !self.state.help,
            WindowChange::FocusText => self.state.focus_text = true,
            WindowChange::Tab(tab) => self.state.tab = tab,
            WindowChange::Maximise(pane) => self.state.maximised = pane,
            WindowChange::CycleViews => {
                let panes = self.document.view.arrangement.panes();
                self.state.maximised = match self.state.maximised {
                    None => panes.first().copied(),
                    Some(pane) => {
                        let at = panes.iter().position(|p| *p == pane);
                        at.and_then(|at| panes.get(at + 1)).copied()
                    }
                };
            }
            WindowChange::ToggleLog => self.state.messages.toggle_log(),
            WindowChange::ToggleMotion => {
                self.settings.reduced_motion = !self.settings.reduced_motion;
                theme::set_motion(ctx, !self.settings.reduced_motion);
                let text = if self.settings.reduced_motion {
                    "Motion is reduced"
                } else {
                    "Motion is allowed"
                };
                self.state.messages.notice(text);
            }
            WindowChange::ToggleMaximise => {
                self.state.maximised = match self.state.maximised {
                    None => self
                        .state
                        .pane
                        .or_else(|| self.document.view.arrangement.panes().first().copied()),
                    Some(_) => None,
                };
            }
            WindowChange::ZoomStep(steps) => {
                let zoom = self.document.view.zoom;
                let cut = self.document.cut_mm;
                let by = ZOOM_STEP.powi(steps);
                let zoom = zoom.about_point(by, cut, &self.canvas.bounds());
                self.queue.push(ViewCommand::Zoom(zoom).into());
            }
            WindowChange::FigureSheet => {
                self.state.help = false;
                self.state.figure = match self.state.figure {
                    None => Some(FigureSheet::of(&self.document, self.canvas.size())),
                    Some(_) => None,
                };
            }
            WindowChange::DismissMessages => self.state.messages.list.clear(),
            WindowChange::Quit => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
        }
    }
}
