//! Opening the window.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::ViewportBuilder;
use eframe::{egui_wgpu, wgpu};

use super::application::{Early, GyrusApp};
use super::options::{AppError, Options};
use crate::app::engine::Engine;
use crate::app::jobs::Services;

/// Opens the window over these services and stays until it is closed.
///
/// # Errors
/// Where no window can be opened.
pub fn run_with(services: Arc<dyn Services>, options: Options) -> Result<(), AppError> {
    let viewport = ViewportBuilder::default()
        .with_title("Gyrus")
        .with_app_id("gyrus")
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([900.0, 600.0])
        .with_drag_and_drop(true);
    // Reading begins before the window is asked for: the template is unpacked while the graphics
    // adapter starts.
    let early = Early::start(services, &options)?;
    let native = eframe::NativeOptions {
        viewport,
        wgpu_options: graphics(),
        renderer: eframe::Renderer::Wgpu,
        persist_window: options.settings,
        ..eframe::NativeOptions::default()
    };
    eframe::run_native(
        "gyrus",
        native,
        Box::new(move |cc| Ok(Box::new(GyrusApp::over(cc, options, early)))),
    )
    .map_err(|error| AppError::Window(without_source_place(&error.to_string())))
}

/// The window toolkit says where in its own source an error arose; nobody can act on that.
fn without_source_place(text: &str) -> String {
    const MARK: &str = "os error at ";
    let told = text.find(MARK).and_then(|at| {
        let reason = text[at + MARK.len()..].split_once(": ")?.1;
        Some(format!("{}{reason}", &text[..at]))
    });
    told.unwrap_or_else(|| text.to_owned())
}

/// What is asked of the graphics adapter: memory in small blocks, as a window of pictures needs it.
/// The default keeps blocks of 64 MB and more for ever once a volume went through them.
fn graphics() -> egui_wgpu::WgpuConfiguration {
    let mut setup = egui_wgpu::WgpuSetupCreateNew::without_display_handle();
    let usual = Arc::clone(&setup.device_descriptor);
    setup.device_descriptor = Arc::new(move |adapter| wgpu::DeviceDescriptor {
        memory_hints: wgpu::MemoryHints::MemoryUsage,
        ..usual(adapter)
    });
    egui_wgpu::WgpuConfiguration {
        wgpu_setup: egui_wgpu::WgpuSetup::CreateNew(setup),
        ..egui_wgpu::WgpuConfiguration::default()
    }
}

/// Opens the window over the whole program: the embedded model, or `model`.
///
/// # Errors
/// Where no window can be opened.
pub fn run(options: Options, model: Option<PathBuf>) -> Result<(), AppError> {
    run_with(Arc::new(Engine::new(model)), options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_somebody_elses_source_is_not_shown() {
        let said =
            "EventLoopError: os error at /home/x/winit/src/mod.rs:788: Failed to open connection";
        assert_eq!(
            without_source_place(said),
            "EventLoopError: Failed to open connection"
        );
        assert_eq!(without_source_place("no adapter"), "no adapter");
    }
}
