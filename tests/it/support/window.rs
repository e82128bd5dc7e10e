//! A window for tests to drive, over the stand-ins of [`crate::support::fake`].

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use gyrus::app::{Action, Call};
use gyrus::app::{Clipboard, FileDialogs, GyrusApp, MemoryClipboard, Options};
use gyrus::app::{Editor, Opened, Services, TextToPredict};

use crate::support::fake::Fake;

/// A window without a screen.
pub type Window = Harness<'static, GyrusApp>;

/// A window over stand-ins, with these files.
pub fn open_with(fake: Fake, files: Vec<PathBuf>) -> (Window, Arc<Fake>) {
    open_as(
        fake,
        Options {
            files,
            ..Options::default()
        },
    )
}

/// A window over stand-ins with these options, but without animations and settings.
pub fn open_as(fake: Fake, options: Options) -> (Window, Arc<Fake>) {
    let fake = Arc::new(fake);
    (
        open_over(Arc::clone(&fake) as Arc<dyn Services>, options),
        fake,
    )
}

/// A window over any services with these options, but without animations and settings.
pub fn open_over(services: Arc<dyn Services>, options: Options) -> Window {
    let dialogs = match options.dialogs {
        FileDialogs::System => FileDialogs::InWindow,
        other => other,
    };
    let clipboard = match options.clipboard {
        Clipboard::System => Clipboard::Memory(MemoryClipboard::default()),
        memory => memory,
    };
    let options = Options {
        dialogs,
        clipboard,
        animations: false,
        settings: false,
        ..options
    };
    Harness::builder()
        .with_size(vec2(1280.0, 800.0))
        .with_pixels_per_point(1.0)
        .build_eframe(move |cc| GyrusApp::new(cc, services, options).unwrap())
}

/// As [`open`], with the clipboard it copies to.
pub fn open_with_clipboard() -> (Window, MemoryClipboard) {
    let memory = MemoryClipboard::default();
    let clipboard = Clipboard::Memory(memory.clone());
    let options = Options {
        clipboard,
        ..Options::default()
    };
    let (mut window, _) = open_as(Fake::default(), options);
    settle(&mut window, "the demo is read", |app| {
        app.document().decoding().is_some()
    });
    (window, memory)
}

/// A window with the demo map, read.
pub fn open() -> Window {
    let (mut window, _) = open_with(Fake::default(), Vec::new());
    settle(&mut window, "the demo is read", |app| {
        app.document().decoding().is_some()
    });
    window
}

/// Steps until the condition holds and nothing is being computed.
pub fn settle(window: &mut Window, what: &str, condition: impl Fn(&GyrusApp) -> bool) {
    let begun = Instant::now();
    loop {
        window.step();
        if condition(window.state()) && !window.state().is_busy() {
            break;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "waited in vain: {what}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    // What the last result changed is drawn, and drawn again where one thing waits for another.
    window.run_steps(4);
}

/// Names of the layers, lowest first.
pub fn names(window: &Window) -> Vec<String> {
    window
        .state()
        .document()
        .layers
        .iter()
        .map(|layer| layer.name.clone())
        .collect()
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl eframe::egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// Lets a file go over the window.
pub fn drop_file(window: &mut Window, path: PathBuf) {
    window
        .input_mut()
        .dropped_files
        .push(Arc::new(Dropped(path)));
}

/// Changes the document.
pub fn edit(window: &mut Window, edit: impl FnOnce(&mut Editor<'_>) + 'static) {
    window.state_mut().send(Action::edit(edit));
    window.run_steps(3);
}

/// Does what a row of the command table does.
pub fn run(window: &mut Window, command: &'static str) {
    let known = window.state().commands();
    assert!(known.contains(&command), "no command is called {command}");
    window.state_mut().send(Action::Run(command));
    window.run_steps(3);
}

/// Asks a feature for something.
pub fn call(window: &mut Window, call: Call) {
    window.state_mut().send(Action::Call(call));
    window.run_steps(3);
}

/// Adds a map as a layer.
pub fn add(window: &mut Window, opened: Opened) {
    let count = names(window).len();
    add_only(window, opened);
    settle(window, "added", |app| {
        app.document().layers.len() == count + 1
    });
}

/// Adds a map as a layer, and waits for nothing.
pub fn add_only(window: &mut Window, opened: Opened) {
    edit(window, |doc| {
        doc.add_layer(opened);
    });
}

/// Asks for the map of one of the tasks of the stand-in, as a layer.
pub fn predict(window: &mut Window, text: &str, task_id: Option<String>) {
    let wanted = TextToPredict {
        task_id,
        ..TextToPredict::text(text)
    };
    let keep = true;
    window
        .state_mut()
        .send(Action::Call(Call::Predict { wanted, keep }));
}

/// Types a path into the sheet that asks for one, in place of what is suggested.
pub fn type_path(window: &mut Window, path: &Path) {
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(1);
    window
        .get_by_label("Path of the file")
        .type_text(path.to_str().unwrap());
    window.run_steps(2);
    window.key_press(Key::Enter);
    window.run_steps(2);
}
