//! The window's state and its two halves: `logic` takes in what happened, `ui` draws and collects
//! commands for the next frame's logic.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use eframe::egui::{self, CentralPanel, Context, Frame, Panel, Stroke, ThemePreference, Ui};

use super::apply::{Effect, WindowChange, apply};
use super::command::{Command, Pane, Tab};
use super::document::{Document, LayerResult, ThemeChoice};
use super::panels::{self, Activities, Cx, canvas::Canvas};
use super::services::Services;
use super::settings::{self, Settings};
use super::state::{Studies, WindowState};
use super::trace::StartTrace;
use super::window::{AppError, Options};
use super::work::{
    self, DecodeRequest, Early, FIRST_REVISION, LoadRequest, Loaded, PeaksKey, PredictRequest,
    SaveRequest, Workers,
};
use super::{dialogs, keys, theme, words};
use crate::error::{Explain as _, Explanation};

/// While something is computed, its progress is redrawn this often.
const PROGRESS_TIME: Duration = Duration::from_millis(100);

/// The application.
pub struct GyrusApp {
    document: Document,
    state: WindowState,
    canvas: Canvas,
    services: Arc<dyn Services>,
    workers: Workers,
    settings: Settings,
    options: Options,
    queue: Vec<Command>,
    dialog_answers: (Sender<Command>, Receiver<Command>),
    shown_theme: Option<ThemeChoice>,
    gpu_failed: bool,
    peaks_asked: Option<PeaksKey>,
    trace: StartTrace,
    /// Texts whose maps are asked for, with the document revision of the request.
    predicting: Vec<(u64, String, Option<String>)>,
}

impl GyrusApp {
    /// Sets up the window and starts loading.
    ///
    /// # Errors
    /// Where the system gives no threads.
    pub fn new(
        cc: &eframe::CreationContext<'_>,
        services: Arc<dyn Services>,
        options: Options,
    ) -> Result<Self, AppError> {
        let early = Early::start(&services, &options.files)?;
        Ok(Self::over(cc, services, options, early))
    }

    /// Sets up the window over workers that are already at it.
    pub fn over(
        cc: &eframe::CreationContext<'_>,
        services: Arc<dyn Services>,
        options: Options,
        early: Early,
    ) -> Self {
        let ctx = &cc.egui_ctx;
        theme::install(ctx, options.animations);
        let stored = cc
            .storage
            .filter(|_| options.settings)
            .and_then(|s| s.get_string(settings::KEY));
        let (settings, not_understood) = Settings::read(stored.as_deref());
        let mut document = Document {
            theme: match options.light {
                Some(true) => ThemeChoice::Light,
                Some(false) => ThemeChoice::Dark,
                None => settings.theme,
            },
            convention: settings.convention,
            ..Document::default()
        };
        document.revision = FIRST_REVISION;
        if let Some(ppp) = options.pixels_per_point {
            ctx.set_pixels_per_point(ppp);
        } else {
            ctx.set_zoom_factor(settings.zoom);
        }
        // Set once: this is the only window.
        early.window.set(ctx.clone()).ok();
        let mut state = WindowState::default();
        if not_understood {
            state
                .messages
                .notice("The stored settings were not understood: defaults are used");
        }
        state.device = device_name(cc.wgpu_render_state.as_ref());
        Self {
            document,
            state,
            canvas: Canvas::default(),
            services,
            workers: early.workers,
            settings,
            options,
            queue: Vec::new(),
            dialog_answers: channel(),
            shown_theme: None,
            gpu_failed: false,
            peaks_asked: None,
            trace: StartTrace::from_environment(),
            predicting: Vec::new(),
        }
    }

    /// The document shown.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Queues a command, as a menu would.
    pub fn send(&mut self, command: Command) {
        self.queue.push(command);
    }

    /// Whether anything is being computed.
    pub fn is_busy(&self) -> bool {
        self.workers.activities().foremost().is_some()
    }

    fn load(&mut self, paths: Vec<std::path::PathBuf>) {
        for path in paths {
            self.workers
                .load
                .submit(work::tag(self.document.revision), LoadRequest::File(path));
        }
    }

    fn collect_results(&mut self) {
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
                    if let super::document::Source::File { path, .. } = &opened.source {
                        self.settings.opened(path);
                    }
                    let super::services::Opened {
                        volume,
                        source,
                        name,
                    } = opened;
                    self.queue.push(Command::AddLayer {
                        volume,
                        source,
                        name,
                    });
                }
                Ok(Loaded::Catalogue(catalogue)) => self.state.catalogue = catalogue,
                Err(error) => {
                    self.state.starting = false;
                    self.fail(error);
                }
            }
        }
        for report in self.workers.save.drain() {
            match report.outcome {
                Ok(path) => {
                    let name = path.file_name().unwrap_or_default().to_string_lossy();
                    self.state.messages.notice(format!("Saved {name}"));
                }
                Err(error) => self.fail(error),
            }
        }
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
                    let super::services::Opened {
                        volume,
                        source,
                        name,
                    } = opened;
                    self.queue.push(Command::AddLayer {
                        volume,
                        source,
                        name,
                    });
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

    fn fail(&mut self, error: super::jobs::JobError) {
        if let Some(explanation) = work::failure(error) {
            self.state.messages.error(explanation);
        }
    }

    fn take_dropped_files(&mut self, ctx: &Context) {
        let dropped = ctx.input_mut(|input| std::mem::take(&mut input.raw.dropped_files));
        let paths: Vec<_> = dropped.iter().map(|file| file.path().to_owned()).collect();
        if !paths.is_empty() {
            self.queue.push(Command::Open(paths));
        }
    }

    fn perform(&mut self, ctx: &Context, effect: Effect) {
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
                let tag = super::jobs::Tag {
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
            Effect::SavePicture(path) => self.save_picture(ctx, path),
            Effect::Dialog(dialog) => {
                if self.options.dialogs {
                    let folder = self.settings.folder.clone();
                    dialogs::show(dialog, folder, self.dialog_answers.0.clone(), ctx.clone());
                } else {
                    self.state.messages.notice("File dialogs are switched off");
                }
            }
            Effect::CancelJobs => {
                self.workers.cancel();
                self.predicting.clear();
            }
            Effect::Notice(text) => self.state.messages.notice(text),
            Effect::Window(change) => self.change_window(ctx, change),
        }
    }

    fn change_window(&mut self, ctx: &Context, change: WindowChange) {
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
                self.state.maximised = match self.state.maximised {
                    None => Some(Pane::ALL[0]),
                    Some(pane) => {
                        let at = Pane::ALL.iter().position(|p| *p == pane).unwrap_or(0);
                        Pane::ALL.get(at + 1).copied()
                    }
                };
            }
            WindowChange::DismissMessages => self.state.messages.list.clear(),
            WindowChange::Quit => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
        }
    }

    /// Draws the picture anew, larger, on a worker's thread.
    fn save_picture(&mut self, ctx: &Context, path: std::path::PathBuf) {
        let dark = theme::tokens(ctx.theme()).dark;
        let scene = panels::canvas::scene(&self.document, self.canvas.underlay.as_ref(), dark);
        let tag = work::tag(self.document.revision);
        self.workers
            .save
            .submit(tag, SaveRequest::Picture(path, Box::new(scene)));
    }

    fn follow_theme(&mut self, ctx: &Context) {
        if self.shown_theme != Some(self.document.theme) {
            self.shown_theme = Some(self.document.theme);
            ctx.set_theme(match self.document.theme {
                ThemeChoice::Dark => ThemePreference::Dark,
                ThemeChoice::Light => ThemePreference::Light,
                ThemeChoice::System => ThemePreference::System,
            });
        }
    }

    /// Asks for articles once the tab that shows them is open.
    fn want_studies(&mut self) {
        if self.state.tab != Tab::Studies || self.workers.studies.activity().is_some() {
            return;
        }
        let Some(layer) = self.document.reading_layer() else {
            return;
        };
        let known = self
            .state
            .studies
            .as_ref()
            .is_some_and(|s| s.is_of(layer, self.document.tail));
        if let (false, Some(volume)) = (known, &layer.volume) {
            let tag = super::jobs::Tag {
                revision: self.document.revision,
                layer: Some(layer.id),
            };
            self.workers
                .studies
                .submit(tag, (self.document.tail, Arc::clone(volume)));
        }
    }

    /// Asks for the clusters of the selected layer as it is shown.
    fn want_peaks(&mut self) {
        let Some(layer) = self.document.selected_layer() else {
            return;
        };
        let key = PeaksKey {
            layer: layer.id,
            content_revision: layer.content_revision,
            threshold: layer.display.threshold,
            signs: layer.display.signs,
        };
        if let (Some(volume), true) = (&layer.volume, self.peaks_asked != Some(key)) {
            self.peaks_asked = Some(key);
            let tag = super::jobs::Tag {
                revision: self.document.revision,
                layer: Some(layer.id),
            };
            self.workers.peaks.submit(tag, (key, Arc::clone(volume)));
        }
    }

    fn panels(
        &mut self,
        ui: &mut Ui,
        busy: &Activities,
        gpu: Option<&eframe::egui_wgpu::RenderState>,
    ) {
        let t = theme::tokens(ui.ctx().theme());
        let services = Arc::clone(&self.services);
        let mut cx = Cx {
            t,
            doc: &self.document,
            services: services.as_ref(),
            busy,
            out: Vec::new(),
        };
        let state = &mut self.state;
        let bar = |fill| Frame::new().fill(fill);
        // Panels draw their own one-pixel lines: egui's would take room from the fixed sizes.
        Panel::top("top")
            .exact_size(theme::TOP_BAR)
            .frame(bar(t.panel))
            .show_separator_line(false)
            .show(ui, |ui| {
                panels::top_bar(ui, &mut cx);
                edge(ui, t, Side::Bottom);
            });
        Panel::bottom("status")
            .exact_size(theme::STATUS)
            .frame(bar(t.panel))
            .show_separator_line(false)
            .show(ui, |ui| {
                edge(ui, t, Side::Top);
                panels::status_line(ui, &mut cx, state);
            });
        Panel::left("left")
            .exact_size(theme::LEFT)
            .resizable(false)
            .frame(bar(t.panel))
            .show_separator_line(false)
            .show(ui, |ui| {
                edge(ui, t, Side::Right);
                panels::left_column(ui, &mut cx, state);
            });
        Panel::right("right")
            .exact_size(theme::RIGHT)
            .resizable(false)
            .frame(bar(t.panel))
            .show_separator_line(false)
            .show(ui, |ui| {
                edge(ui, t, Side::Left);
                panels::right_column(ui, &mut cx, state);
            });
        let mut gpu_result = Ok(());
        CentralPanel::default().frame(bar(t.canvas)).show(ui, |ui| {
            let area = ui.max_rect();
            gpu_result = panels::canvas::canvas(ui, &mut cx, state, &mut self.canvas, gpu);
            let waiting = state.starting || busy.load.is_some();
            if cx.doc.layers.is_empty() && !waiting {
                panels::empty_state(ui, &mut cx, area);
            }
        });
        panels::messages(ui, &cx, &mut state.messages);
        panels::palette(ui, &mut cx, state);
        if state.help && panels::help_sheet(ui, &cx) {
            state.help = false;
        }
        panels::drop_overlay(ui, &cx);
        self.queue.append(&mut cx.out);
        if let Err(error) = gpu_result
            && !self.gpu_failed
        {
            self.gpu_failed = true;
            self.state.messages.error(Explanation {
                what: "The graphics adapter failed; Gyrus draws on the processor now".to_owned(),
                ..error.explain()
            });
        }
    }
}

enum Side {
    Top,
    Bottom,
    Left,
    Right,
}

/// The line between two parts of the window.
fn edge(ui: &Ui, t: &theme::Tokens, side: Side) {
    let rect = ui.max_rect();
    let stroke = Stroke::new(1.0, t.line);
    let painter = ui.painter();
    match side {
        Side::Top => painter.hline(rect.x_range(), rect.top() + 0.5, stroke),
        Side::Bottom => painter.hline(rect.x_range(), rect.bottom() - 0.5, stroke),
        Side::Left => painter.vline(rect.left() + 0.5, rect.y_range(), stroke),
        Side::Right => painter.vline(rect.right() - 0.5, rect.y_range(), stroke),
    };
}

fn device_name(gpu: Option<&eframe::egui_wgpu::RenderState>) -> String {
    match gpu {
        Some(gpu) => {
            let info = gpu.adapter.get_info();
            let soft = matches!(info.device_type, eframe::wgpu::DeviceType::Cpu);
            if soft { "CPU".to_owned() } else { info.name }
        }
        None => "CPU".to_owned(),
    }
}

impl eframe::App for GyrusApp {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.trace.before_frame();
        self.take_dropped_files(ctx);
        self.collect_results();
        self.queue
            .extend(keys::pressed(ctx, &self.document, &self.state));
        for command in std::mem::take(&mut self.queue) {
            for effect in apply(&mut self.document, command) {
                self.perform(ctx, effect);
            }
        }
        self.want_studies();
        self.want_peaks();
        self.follow_theme(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        let busy = self.workers.activities();
        self.panels(ui, &busy, frame.wgpu_render_state());
        let ctx = ui.ctx();
        let whole = self.canvas.underlay.is_some() && !self.document.layers.is_empty();
        if whole && self.trace.drawn() {
            ctx.request_repaint();
        }
        if !self.queue.is_empty() {
            ctx.request_repaint();
        }
        if busy.foremost().is_some() {
            ctx.request_repaint_after(PROGRESS_TIME);
        }
        if let Some(rest) = self.state.messages.expire() {
            ctx.request_repaint_after(rest + Duration::from_millis(20));
        }
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        if !self.options.settings {
            return;
        }
        self.settings.theme = self.document.theme;
        self.settings.convention = self.document.convention;
        // Plain data: cannot fail, and settings are not worth a message if it did.
        if let Ok(text) = serde_json::to_string(&self.settings) {
            storage.set_string(settings::KEY, text);
        }
    }

    fn on_exit(&mut self) {
        // Some systems end the process without dropping the application.
        self.workers.finish_saves();
    }

    fn persist_egui_memory(&self) -> bool {
        false
    }
}
