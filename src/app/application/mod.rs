//! The window's state and its two halves: `logic` takes in what happened, `ui` draws and collects
//! commands for the next frame's logic.

mod effects;
mod figure;
mod frame;
mod reading;
mod results;
mod wants;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use eframe::egui::{Context, ThemePreference, Ui, ViewportCommand};

use super::apply::apply;
use super::command::{Command, ReadCommand};
use super::document::{Document, LayerId, ThemeChoice};
use super::panels::canvas::Canvas;
use super::services::Services;
use super::settings::{self, Settings};
use super::state::WindowState;
use super::trace::{FrameTrace, StartTrace};
use super::window::{AppError, Options};
use super::work::{CompareKey, Early, FIRST_REVISION, PeaksKey, Workers};
use super::{keys, session, theme};
use crate::measure::Over;
use crate::render::Pixels;

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
    frames: FrameTrace,
    /// What was shown when the window was last closed.
    last_session: Option<String>,
    /// A title the window does not bear yet.
    title: Option<String>,
    /// Preview of the figure being described.
    preview: figure::Preview,
    /// A figure on its way to the clipboard.
    copied: Option<Box<Pixels>>,
    /// Texts whose maps are asked for, with the document revision of the request.
    predicting: Vec<(u64, String, Option<String>)>,
    compare_asked: Option<(Vec<CompareKey>, Over)>,
    /// A frame was shown at this moment and is read once it stays.
    frame_shown: Option<Instant>,
    /// Layer whose facts were asked for last, and what its values were.
    facts_asked: Option<(LayerId, u64)>,
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
        theme::install(ctx);
        let stored = cc
            .storage
            .filter(|_| options.settings)
            .and_then(|s| s.get_string(settings::KEY));
        let last_session = cc
            .storage
            .filter(|_| options.settings)
            .and_then(|s| s.get_string(settings::LAST_SESSION_KEY));
        let (settings, not_understood) = Settings::read(stored.as_deref());
        theme::set_motion(ctx, options.animations && !settings.reduced_motion);
        let mut document = Document {
            theme: match options.light {
                Some(true) => ThemeChoice::Light,
                Some(false) => ThemeChoice::Dark,
                None => settings.theme,
            },
            convention: settings.convention,
            view: settings.view.lasting(),
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
        let atlas = settings.atlas.clone().map(Some);
        let queue: Option<Command> = atlas.map(|choice| ReadCommand::UseAtlas(choice).into());
        Self {
            document,
            state,
            canvas: Canvas::default(),
            services,
            workers: early.workers,
            settings,
            options,
            queue: queue.into_iter().collect(),
            dialog_answers: channel(),
            shown_theme: None,
            gpu_failed: false,
            peaks_asked: None,
            trace: StartTrace::from_environment(),
            frames: FrameTrace::from_environment(),
            last_session,
            title: None,
            preview: figure::Preview::default(),
            copied: None,
            predicting: Vec::new(),
            compare_asked: None,
            frame_shown: None,
            facts_asked: None,
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
        self.workers.activities().foremost().is_some() || self.canvas.is_busy()
    }

    fn take_dropped_files(&mut self, ctx: &Context) {
        let dropped = ctx.input_mut(|input| std::mem::take(&mut input.raw.dropped_files));
        let paths: Vec<_> = dropped.iter().map(|file| file.path().to_owned()).collect();
        if !paths.is_empty() {
            self.queue.push(Command::Open(paths));
        }
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
        self.frames.begin();
        self.take_dropped_files(ctx);
        self.collect_results();
        self.collect_readings();
        self.queue
            .extend(keys::pressed(ctx, &self.document, &self.state));
        for command in std::mem::take(&mut self.queue) {
            let from_mm = self.document.cut_mm;
            let travel = Self::travel(&command);
            let effects = apply(&mut self.document, command);
            self.remember_place(from_mm, travel);
            for effect in effects {
                self.perform(ctx, effect);
            }
        }
        if let Some(title) = self.title.take() {
            ctx.send_viewport_cmd(ViewportCommand::Title(title));
        }
        if self.state.recent != self.settings.recent {
            self.state.recent.clone_from(&self.settings.recent);
        }
        self.want_studies();
        self.want_peaks();
        self.want_comparison();
        self.want_facts();
        self.read_frame_that_stays(ctx);
        self.want_preview(ctx);
        self.give_copied(ctx);
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
        self.frames.end();
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        if !self.options.settings {
            return;
        }
        self.settings.theme = self.document.theme;
        self.settings.convention = self.document.convention;
        self.settings.view = self.document.view.lasting();
        // Plain data: cannot fail, and settings are not worth a message if it did.
        if let Ok(text) = serde_json::to_string(&self.settings) {
            storage.set_string(settings::KEY, text);
        }
        // Layers whose values come from nowhere else are kept by name and recipe like the others.
        if !self.document.layers.is_empty() {
            let text = session::to_text(&self.document, None);
            storage.set_string(settings::LAST_SESSION_KEY, text);
        }
    }

    fn on_exit(&mut self) {
        // Some systems end the process without dropping the application.
        self.workers.finish_saves();
        if let Some(summary) = self.frames.summary() {
            eprintln!("{summary}");
        }
    }

    fn persist_egui_memory(&self) -> bool {
        false
    }
}
