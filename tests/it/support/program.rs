//! The program, run as a person would without a display.

use std::path::Path;
use std::process::{Command, Output};

/// The program in a folder, not started yet.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gyrus"));
    command
        .current_dir(folder)
        // Not what was fetched on this machine.
        .env("GYRUS_ASSETS", folder.join("assets"))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY");
    command
}

/// Runs it.
pub fn gyrus(folder: &Path, args: &[&str]) -> Output {
    program(folder).args(args).output().unwrap()
}

/// What it wrote.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
