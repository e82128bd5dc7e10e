//! The window's state and its two halves: `logic` takes in what happened, `ui` draws and collects
//! what is to be done for the next frame's logic.

use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{Context, ThemePreference, Ui, ViewportCommand};

use super::chooser::Chooser;
use super::clipboard::{Copied, Copier};
use super::commands::WindowCommands;
use super::file_browser::inputs;
use super::held::Held;
use super::options::{AppError, Options};
use super::palette::Palette;
use super::trace::{FrameTrace, StartTrace};
use crate::app::feature::{Act, Action, Call, Registry};
use crate::app::features;
use crate::app::jobs::{Hub, Services, Wake};
use crate::app::kit::theme;
use crate::app::model::{
    Desk, Document, Editor, LAST_SESSION_KEY, SETTINGS_KEY, Settings, ThemeChoice, session_to_text,
};
use crate::app::views::CanvasView;

/// While something is computed, its progress is redrawn this often.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);
/// How long closing the window waits for what is being written.
const WRITING_LIMIT: Duration = Duration::from_secs(10);
/// Actions that ask for actions end after this many rounds.
const MAX_ROUNDS: usize = 8;

/// Features set going before there is a window: reading begins while the graphics adapter starts.
pub(super) struct Early {
    hub: Hub,
    registry: Registry,
    copier: Copier,
    wake: Wake,
}

impl Early {
    /// Starts the threads and asks for the underlay, the files (or the example) and the names.
    ///
    /// # Errors
    /// Where the system gives no threads.
    pub(super) fn start(services: Arc<dyn Services>, options: &Options) -> std::io::Result<Self> {
        let wake = Wake::default();
        let hub = Hub::new(services, wake.clone());
        let mut registry = Registry::default();
        features::register(&mut registry, &hub, &options.files)?;
        registry.add(WindowCommands);
        registry.number_tabs();
        let copier = Copier::start(options.clipboard.clone(), wake.clone())?;
        Ok(Self {
            hub,
            registry,
            copier,
            wake,
        })
    }
}

/// The application.
pub struct GyrusApp {
    pub(super) document: Document,
    pub(super) desk: Desk,
    pub(super) hub: Hub,
    pub(super) registry: Registry,
    pub(super) canvas: CanvasView,
    pub(super) chooser: Chooser,
    copier: Copier,
    /// The palette, while open.
    pub(super) palette: Option<Palette>,
    pub(super) queue: Vec<Action>,
    /// What was typed while a field was opening.
    pub(super) held: Held,
    pub(super) gpu_failed: bool,
    options: Options,
    shown_theme: Option<ThemeChoice>,
    trace: StartTrace,
    frames: FrameTrace,
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
        let early = Early::start(services, &options)?;
        Ok(Self::over(cc, options, early))
    }

    /// Sets up the window over features that are already at it.
    pub(super) fn over(cc: &eframe::CreationContext<'_>, options: Options, early: Early) -> Self {
        let ctx = &cc.egui_ctx;
        theme::install(ctx);
        let storage = cc.storage.filter(|_| options.settings);
        let stored = |key| storage.and_then(|storage| storage.get_string(key));
        let (settings, not_understood) = Settings::read(stored(SETTINGS_KEY).as_deref());
        theme::set_motion(ctx, options.animations && !settings.reduced_motion);
        let mut document = settings.document();
        if let Some(light) = options.light {
            document.theme = match light {
                true => ThemeChoice::Light,
                false => ThemeChoice::Dark,
            };
        }
        // The sizes of text are commands like others.
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        match options.pixels_per_point {
            Some(ppp) => ctx.set_pixels_per_point(ppp),
            None => ctx.set_zoom_factor(settings.zoom),
        }
        early.wake.set(ctx);
        let mut desk = Desk {
            tab: "Decode",
            device: device_name(cc.wgpu_render_state.as_ref()),
            last_session: stored(LAST_SESSION_KEY),
            starting: true,
            settings,
            ..Desk::default()
        };
        if not_understood {
            let text = "The stored settings were not understood: defaults are used";
            desk.messages.notice(text);
        }
        Self {
            document,
            desk,
            hub: early.hub,
            registry: early.registry,
            canvas: CanvasView::default(),
            chooser: Chooser::new(options.dialogs),
            copier: early.copier,
            palette: None,
            queue: Vec::new(),
            held: Held::default(),
            gpu_failed: false,
            options,
            shown_theme: None,
            trace: StartTrace::from_environment(),
            frames: FrameTrace::from_environment(),
        }
    }

    /// The document shown.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The state around it.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Asks for something, as a menu would; done in the next frame.
    pub fn send(&mut self, action: Action) {
        self.queue.push(action);
    }

    /// Names of all rows of the command table.
    pub fn commands(&self) -> Vec<&'static str> {
        let rows = self.registry.commands.rows();
        rows.iter().map(|row| row.name).collect()
    }

    /// Whether anything is being computed.
    pub fn is_busy(&self) -> bool {
        self.hub.foremost().is_some() || self.canvas.is_busy() || self.copier.is_busy()
    }

    fn take_dropped_files(&mut self, ctx: &Context) {
        let dropped = ctx.input_mut(|input| std::mem::take(&mut input.raw.dropped_files));
        let paths: Vec<_> = dropped.iter().map(|file| file.path().to_owned()).collect();
        if !paths.is_empty() {
            self.send(Action::Call(Call::Open(paths)));
        }
    }

    /// Lets the registry act; what it asks for is queued.
    fn act(&mut self, ctx: &Context, what: impl FnOnce(&mut Registry, &mut Act<'_>)) {
        let mut act = Act {
            doc: Editor::new(&mut self.document),
            desk: &mut self.desk,
            hub: &self.hub,
            services: self.hub.services(),
            ctx,
            actions: Vec::new(),
        };
        what(&mut self.registry, &mut act);
        let Act {
            mut doc, actions, ..
        } = act;
        let notices = doc.take_notices();
        for notice in notices {
            self.desk.messages.notice(notice);
        }
        self.queue.extend(actions);
    }

    /// Carries out what was asked for, and what that asks for.
    fn perform(&mut self, ctx: &Context) {
        for _ in 0..MAX_ROUNDS {
            if self.queue.is_empty() {
                return;
            }
            for action in std::mem::take(&mut self.queue) {
                let mut left = None;
                self.act(ctx, |registry, act| match action {
                    Action::Edit(edit) => edit(&mut act.doc),
                    Action::Run(name) => registry.run(name, act),
                    Action::Call(call) => left = registry.call(call, act),
                });
                if let Some(call) = left {
                    self.answer(ctx, call);
                }
            }
        }
    }

    /// Does what no feature does.
    fn answer(&mut self, ctx: &Context, call: Call) {
        match call {
            Call::ShowTab(tab) => self.desk.tab = tab,
            Call::ShowPage(page) => self.desk.page = page,
            Call::Copy { text, notice } => {
                self.copier.copy(Copied::Text(text), notice);
            }
            Call::CopyPicture { pixels, notice } => {
                self.copier.copy(Copied::Picture(pixels), notice);
            }
            Call::Choose(request) => {
                let folder = self.desk.settings.folder.clone();
                if let Some(why) = self.chooser.ask(request, folder, ctx) {
                    self.desk.messages.notice(why);
                }
            }
            other => debug_assert!(false, "nothing answers {other:?}"),
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

    /// Waits for what is being written, and says on stderr what was lost: the window is gone by then.
    fn finish_writing(&mut self, ctx: Option<&Context>) {
        if !self.hub.finish_writing(WRITING_LIMIT) {
            eprintln!("gyrus: closed before a file was written completely");
        }
        let Some(ctx) = ctx else {
            return;
        };
        self.desk.messages.clear();
        self.act(ctx, |registry, act| {
            for feature in registry.features() {
                feature.update(act);
            }
        });
        for explanation in self.desk.messages.errors() {
            eprintln!("gyrus: {explanation}");
        }
    }
}

impl Drop for GyrusApp {
    fn drop(&mut self) {
        self.finish_writing(None);
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
        let (document, desk, services) = (&self.document, &self.desk, self.hub.services());
        let answers = self
            .chooser
            .answers(|| inputs(document, desk, services.as_ref()));
        self.queue.extend(answers);
        for outcome in self.copier.outcomes() {
            match outcome {
                Ok(notice) => self.desk.messages.notice(notice),
                Err(refusal) => self.desk.messages.error(refusal),
            }
        }
        self.take_keys(ctx);
        self.perform(ctx);
        self.act(ctx, |registry, act| {
            for feature in registry.features() {
                feature.update(act);
            }
        });
        self.perform(ctx);
        if let Some(title) = self.desk.title.take() {
            ctx.send_viewport_cmd(ViewportCommand::Title(title));
        }
        self.follow_theme(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        let busy = self.hub.foremost();
        let works = busy.is_some();
        self.draw(ui, busy, frame.wgpu_render_state());
        let ctx = ui.ctx();
        let whole = self.desk.underlay.is_some() && !self.document.layers.is_empty();
        if whole && self.trace.drawn() {
            ctx.request_repaint();
        }
        if !self.queue.is_empty() || self.frames.is_on() {
            ctx.request_repaint();
        }
        if works {
            ctx.request_repaint_after(PROGRESS_INTERVAL);
        }
        if let Some(rest) = self.desk.messages.expire() {
            ctx.request_repaint_after(rest + Duration::from_millis(20));
        }
        self.frames.end();
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        if !self.options.settings {
            return;
        }
        let settings = &mut self.desk.settings;
        settings.theme = self.document.theme;
        settings.convention = self.document.convention;
        settings.view = self.document.view.lasting();
        // Plain data: cannot fail, and settings are not worth a message if it did.
        if let Ok(text) = serde_json::to_string(&settings) {
            storage.set_string(SETTINGS_KEY, text);
        }
        // Layers whose values come from nowhere else are kept by name and recipe like the others.
        if !self.document.layers.is_empty() {
            storage.set_string(LAST_SESSION_KEY, session_to_text(&self.document, None));
        }
    }

    fn on_exit(&mut self) {
        // Some systems end the process without dropping the application.
        self.finish_writing(Some(&Context::default()));
        if let Some(summary) = self.frames.summary() {
            eprintln!("{summary}");
        }
    }

    fn persist_egui_memory(&self) -> bool {
        false
    }
}
