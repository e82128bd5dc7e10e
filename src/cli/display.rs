//! Is there a display that a window could open on? Asked before the window toolkit is, because a
//! toolkit that waits for a dead server never comes back.

use std::sync::mpsc;
use std::time::Duration;

/// All probes together answer within this time.
const PROBE_LIMIT: Duration = Duration::from_millis(2500);

/// `Ok` where a window can be tried, else one sentence that says why not.
pub fn probe() -> Result<(), String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        // The receiver is gone once the time limit has passed: nobody waits for the answer then.
        sender.send(probe_now()).ok();
    });
    receiver.recv_timeout(PROBE_LIMIT).unwrap_or_else(|_| {
        Err(format!(
            "the display did not answer within {:.1} s",
            PROBE_LIMIT.as_secs_f32()
        ))
    })
}

fn probe_now() -> Result<(), String> {
    server_answers()?;
    adapter_exists()
}

#[cfg(target_os = "linux")]
fn server_answers() -> Result<(), String> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let mut refusals = Vec::new();
    if let Some(name) = set("WAYLAND_DISPLAY") {
        let path = match set("XDG_RUNTIME_DIR") {
            Some(dir) => std::path::Path::new(&dir).join(&name),
            None => name.clone().into(),
        };
        match std::os::unix::net::UnixStream::connect(&path) {
            Ok(_) => return Ok(()),
            Err(error) => refusals.push(format!("Wayland display {name} is unreachable ({error})")),
        }
    }
    if let Some(name) = set("DISPLAY") {
        match x11rb::connect(None) {
            Ok(_) => return Ok(()),
            Err(error) => refusals.push(format!("X display {name} is unreachable ({error})")),
        }
    }
    if refusals.is_empty() {
        return Err("neither DISPLAY nor WAYLAND_DISPLAY is set".into());
    }
    Err(refusals.join("; "))
}

#[cfg(not(target_os = "linux"))]
fn server_answers() -> Result<(), String> {
    Ok(())
}

fn adapter_exists() -> Result<(), String> {
    use eframe::wgpu::{Backends, Instance, InstanceDescriptor};
    // OpenGL is asked only where nothing better answers: starting EGL costs more than all the rest.
    let asked = Backends::from_env().unwrap_or(Backends::PRIMARY | Backends::GL);
    for backends in [asked & Backends::PRIMARY, asked & Backends::GL] {
        if backends.is_empty() {
            continue;
        }
        let instance = Instance::new(InstanceDescriptor {
            backends,
            ..InstanceDescriptor::new_without_display_handle_from_env()
        });
        if !pollster::block_on(instance.enumerate_adapters(backends)).is_empty() {
            return Ok(());
        }
    }
    Err("no graphics adapter was found (on Debian: apt install mesa-vulkan-drivers)".into())
}
