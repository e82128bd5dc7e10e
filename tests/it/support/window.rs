//! A window for tests to drive, over the stand-ins of [`crate::support::fake`].

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::vec2;
use egui_kittest::Harness;
use gyrus::app::{GyrusApp, Options};

use crate::support::fake::Fake;

/// A window without a screen.
pub type Window = Harness<'static, GyrusApp>;

/// A window over stand-ins, with these files.
pub fn open_with(fake: Fake, files: Vec<PathBuf>) -> (Window, Arc<Fake>) {
    let fake = Arc::new(fake);
    let services = Arc::clone(&fake);
    let options = Options {
        files,
        dialogs: false,
        animations: false,
        settings: false,
        ..Options::default()
    };
    let window = Harness::builder()
        .with_size(vec2(1280.0, 800.0))
        .with_pixels_per_point(1.0)
        .build_eframe(move |cc| GyrusApp::new(cc, services, options).unwrap());
    (window, fake)
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
