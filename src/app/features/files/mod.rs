//! Maps, sessions and folders are opened and saved.

mod commands;
mod drop;
mod folder;
mod load;
mod save;

use std::path::{Path, PathBuf};

use eframe::egui::Ui;

use self::drop::Hover;
use self::load::{LoadRequest, Loaded, Own, OwnRequest};
use self::save::SaveRequest;
use crate::app::feature::{Act, Call, Command, Cx, Feature};
use crate::app::jobs::{Done, Hub, JobError, Queue};
use crate::app::kit::words;
use crate::app::model::{Layer, LayerId, Source, looks_like_a_session};

/// More maps opened at once than this are not drawn over each other.
const MAX_DRAWN_TOGETHER: usize = 3;

/// What is read for what.
#[derive(Debug, Clone, PartialEq)]
enum Wanted {
    /// The example that a window without files begins with.
    FirstExample,
    /// A layer, a session, a folder.
    New,
    /// The values of this layer.
    Fill(LayerId),
}

/// The feature.
pub struct Files {
    load: Queue<Wanted, LoadRequest, Loaded>,
    /// What the window itself needs need not wait for the files.
    own: Queue<(), OwnRequest, Own>,
    save: Queue<(), SaveRequest, PathBuf>,
    /// How many maps were asked for at once, while they come.
    many: Option<usize>,
    /// Whether it is known that only the selected one of them is drawn.
    many_begun: bool,
    /// Whether what the window itself needs was stopped with the rest.
    own_stopped: bool,
    /// What hangs over the window.
    hover: Hover,
}

impl Files {
    /// Sets its threads going and asks for the underlay, the files (or the example) and the names.
    ///
    /// # Errors
    /// Where the system gives no threads.
    pub fn start(hub: &Hub, files: &[PathBuf]) -> std::io::Result<Self> {
        let mut this = Self {
            load: hub.queue("Opening", load::load)?,
            own: hub.queue("Starting", load::load_own)?,
            save: hub.writing("Saving", save::save)?,
            many: None,
            many_begun: false,
            own_stopped: false,
            hover: Hover::default(),
        };
        this.own.ask((), OwnRequest::Underlay);
        this.own.ask((), OwnRequest::Catalogue);
        if files.is_empty() {
            this.load.ask(Wanted::FirstExample, LoadRequest::Demo);
        }
        this.open(files);
        Ok(this)
    }

    fn open(&mut self, paths: &[PathBuf]) {
        let is_one = |path: &&PathBuf| !looks_like_a_session(path) && !path.is_dir();
        let maps = paths.iter().filter(is_one).count();
        if maps > MAX_DRAWN_TOGETHER {
            self.many = Some(self.many.unwrap_or(0) + maps);
            self.many_begun = false;
        }
        for path in paths {
            let request = LoadRequest::File(path.clone());
            self.load.ask(Wanted::New, request);
        }
    }

    /// Many maps over each other show none of them: one is drawn, and it is said so once all are there.
    fn show_one_of_many(&mut self, act: &mut Act<'_>) {
        if self.many.is_none() {
            return;
        }
        if !std::mem::replace(&mut self.many_begun, true) {
            act.doc.set_only_selected(true);
        }
        if !self.load.waiting().any(|wanted| *wanted == Wanted::New) {
            self.many = None;
            let count = act
                .doc
                .layers
                .iter()
                .filter(|layer| layer.volume.is_some())
                .count();
            act.say(format!(
                "{count} maps are open, only the selected one is drawn: Shift+H draws all"
            ));
        }
    }

    fn fill(&mut self, id: LayerId, source: Source, act: &mut Act<'_>) {
        act.desk.absent.remove(&id);
        let Some(layer) = act.doc.layer(id) else {
            return;
        };
        let request = LoadRequest::Fill(source, layer.kind);
        self.load.ask(Wanted::Fill(id), request);
    }

    /// Opens a file as far as it goes: for the layers that wait for it, else as a new one.
    fn open_partial(&mut self, path: &Path, act: &mut Act<'_>) {
        let waits = |layer: &&Layer| {
            layer.volume.is_none() && layer.source.path().is_some_and(|of| of == path)
        };
        let waiting: Vec<_> = act.doc.layers.iter().filter(waits).cloned().collect();
        for layer in &waiting {
            act.desk.absent.remove(&layer.id);
            let frame = match layer.source {
                Source::File { frame, .. } => frame,
                _ => 0,
            };
            let request = LoadRequest::Partial(path.to_owned(), frame, Some(layer.kind));
            self.load.ask(Wanted::Fill(layer.id), request);
        }
        if waiting.is_empty() {
            let request = LoadRequest::Partial(path.to_owned(), 0, None);
            self.load.ask(Wanted::New, request);
        }
    }

    /// Reads what layers have no values yet, as after a session was opened or a step undone.
    fn fill_layers(&mut self, act: &mut Act<'_>) {
        let waits = |id: LayerId| self.load.waiting().any(|w| *w == Wanted::Fill(id));
        let empty = act.doc.layers.iter().filter(|layer| {
            layer.volume.is_none()
                && !layer.source.is_made()
                && !act.desk.absent.contains_key(&layer.id)
                && !waits(layer.id)
        });
        let empty: Vec<_> = empty.map(|l| (l.id, l.source.clone())).collect();
        for (id, source) in empty {
            self.fill(id, source, act);
        }
    }

    /// The brain under the maps and the names of regions and tasks are asked for again after "stop".
    fn ask_for_own(&mut self, act: &Act<'_>) {
        if !std::mem::take(&mut self.own_stopped) {
            return;
        }
        if act.desk.underlay.is_none() {
            self.own.ask((), OwnRequest::Underlay);
        }
        if act.desk.catalogue.tasks.is_empty() {
            self.own.ask((), OwnRequest::Catalogue);
        }
    }

    fn take_in(&mut self, done: Done<Wanted, Loaded>, act: &mut Act<'_>) {
        act.desk.starting = false;
        match (done.key, done.outcome) {
            (wanted, Ok(Loaded::Map(opened))) => {
                let took = words::duration(done.elapsed_ms);
                act.desk.last_timing = format!("opened in {took}");
                match wanted {
                    Wanted::Fill(layer) => act.doc.fill(layer, opened),
                    Wanted::FirstExample => act.doc.add_example(opened),
                    Wanted::New => {
                        if let Some(path) = opened.source.path() {
                            act.desk.settings.opened(path);
                        }
                        act.doc.add_layer(opened);
                    }
                }
            }
            (_, Ok(Loaded::Session(document, path))) => {
                if let Some(path) = path {
                    session_is(&path, act);
                }
                act.doc.restore(*document);
            }
            (_, Ok(Loaded::Folder { maps, left_out })) => {
                if left_out > 0 {
                    let all = maps.len() + left_out;
                    act.say(format!("The first {} of {all} maps are opened", maps.len()));
                }
                self.open(&maps);
            }
            (wanted, Err(error)) => {
                if let Wanted::Fill(layer) = wanted {
                    act.desk.absent.insert(layer, error.absent());
                }
                act.fail(error);
            }
        }
    }

    /// Takes in what the window itself needs.
    fn take_in_own(&mut self, outcome: Result<Own, JobError>, act: &mut Act<'_>) {
        match outcome {
            Ok(Own::Underlay(volume)) => {
                act.doc.set_anatomy(volume.grid);
                act.desk.underlay = Some(volume);
            }
            Ok(Own::Catalogue(catalogue)) => {
                act.desk.catalogue = catalogue;
                // The names of regions are there now.
                act.desk.atlas_changes += 1;
            }
            Err(JobError::Cancelled) => self.own_stopped = true,
            Err(error) => act.fail(error),
        }
    }
}

/// Writes the session's name into the title of the window, and the file into the menu.
fn session_is(path: &Path, act: &mut Act<'_>) {
    act.desk.settings.opened(path);
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    act.desk.title = Some(format!("Gyrus — {name}"));
}

impl Feature for Files {
    fn name(&self) -> &'static str {
        "files"
    }

    fn commands() -> Vec<Command<Self>> {
        commands::commands()
    }

    fn update(&mut self, act: &mut Act<'_>) {
        for done in self.own.take() {
            self.take_in_own(done.outcome, act);
        }
        for done in self.load.take() {
            self.take_in(done, act);
        }
        for done in self.save.take() {
            match done.outcome {
                Ok(path) => {
                    if looks_like_a_session(&path) {
                        session_is(&path, act);
                    }
                    let name = path.file_name().unwrap_or_default().to_string_lossy();
                    act.say(format!("Saved {name}"));
                }
                Err(error) => act.fail(error),
            }
        }
        self.ask_for_own(act);
        self.show_one_of_many(act);
        self.fill_layers(act);
    }

    fn answer(&mut self, call: Call, act: &mut Act<'_>) -> Option<Call> {
        match call {
            Call::Open(paths) => self.open(&paths),
            Call::OpenPartial(path) => self.open_partial(&path, act),
            Call::OpenEmbeddedAtlas => self.load.ask(Wanted::New, LoadRequest::Atlas),
            Call::Fill(layer, source) => self.fill(layer, source, act),
            Call::SaveText(path, text) => self.save.ask((), SaveRequest::Text(path, text)),
            Call::SaveSession(path) => self.save_session(path, act),
            Call::SaveMap(path) => self.save_map(path, act),
            other => return Some(other),
        }
        None
    }

    fn draw_over(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        self.hover.draw(ui, cx);
    }
}
