//! Small volumes and scenes for the tests of this module.

use std::sync::Arc;

use super::gpu::Headless;
use super::look::LayerDisplay;
use super::scene::{Convention, Scene, SceneLayer};
use crate::volume::{Affine, Grid, MapKind, Volume, VolumeData};

/// A scalar volume on an isotropic grid centred on the origin.
pub fn volume(shape: [usize; 3], step_mm: f64, values: Vec<f32>) -> Volume {
    let shift = shape.map(|n| -0.5 * step_mm * (n as f64 - 1.0));
    on_grid(
        Grid {
            shape,
            affine: Affine::scale_translate([step_mm; 3], shift),
        },
        VolumeData::Scalar(values.into()),
    )
}

/// A volume on any grid.
pub(crate) fn on_grid(grid: Grid, data: VolumeData) -> Volume {
    Volume {
        grid,
        data,
        kind: MapKind::Z,
        name: "fixture".into(),
        frames: 1,
        frame: 0,
        hash: String::new(),
        warnings: Vec::new(),
        provenance: None,
    }
}

/// A layer with both signs drawn from `threshold` to `maximum`.
pub fn layer(volume: Volume, threshold: f32, maximum: f32) -> SceneLayer {
    let display = LayerDisplay {
        threshold,
        maximum,
        ..Default::default()
    };
    SceneLayer::new(Arc::new(volume), display)
}

/// A scene without an underlay.
pub fn scene(layers: Vec<SceneLayer>) -> Scene {
    Scene {
        underlay: None,
        layers,
        cut_mm: [0.0; 3],
        convention: Convention::Neurological,
        dark: true,
        crosshair: true,
    }
}

/// The graphics adapter; `None` where there is none, which is told on stderr and in the log of skipped
/// tests, as `tests/it/support` does, and is a failure with `GYRUS_REQUIRE_SHARED=1`.
pub fn adapter() -> Option<Headless> {
    use std::io::Write as _;
    let error = match Headless::shared() {
        Ok(adapter) => return Some(adapter),
        Err(error) => error,
    };
    assert!(
        std::env::var_os("GYRUS_REQUIRE_SHARED").is_none_or(|v| v != "1"),
        "GYRUS_REQUIRE_SHARED=1 but there is no graphics adapter: {error}"
    );
    eprintln!("SKIPPED: no graphics adapter: {error}");
    if let Some(log) = std::env::var_os("GYRUS_SKIP_LOG") {
        let thread = std::thread::current();
        let test = thread.name().unwrap_or("?");
        let file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(log);
        file.and_then(|mut file| writeln!(file, "{test}\tno graphics adapter"))
            .unwrap();
    }
    None
}
