//! Pictures off screen: the display list, with slices from the graphics adapter where there is one and
//! from the processor where there is none.

use std::path::Path;

use eframe::egui::{Pos2, Rect, vec2};

use super::cpu::{self, Pixels};
use super::error::RenderError;
use super::glass;
use super::layout::layout;
use super::list::ViewKind;
use super::raster::raster;
use super::scene::Scene;
use crate::files;

/// Who draws the slices of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Backend {
    /// The graphics adapter, or the processor where there is none or where the adapter is one.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// The graphics adapter; an error where there is none.
    Gpu,
}

/// Physical pixels per point at which a picture of this size is lettered: as a window of 1280 × 800,
/// larger pictures proportionally larger.
pub fn pixels_per_point(size_px: [u32; 2]) -> f32 {
    let scale = (size_px[0] as f32 / 1280.0).min(size_px[1] as f32 / 800.0);
    scale.clamp(1.0, 16.0)
}

/// Draws a scene. Sizes from 64 × 64 to 16,384 × 16,384 pixels.
pub fn pixels(scene: &Scene, size_px: [u32; 2], backend: Backend) -> Result<Pixels, RenderError> {
    let [width, height] = size_px;
    if !(64..=16_384).contains(&width) || !(64..=16_384).contains(&height) {
        return Err(RenderError::Size { width, height });
    }
    let ppp = pixels_per_point(size_px);
    let rect = Rect::from_min_size(Pos2::ZERO, vec2(width as f32 / ppp, height as f32 / ppp));
    let list = layout(scene, rect, ppp);
    let slices: Vec<_> = list
        .views
        .iter()
        .map(|view| (view.kind == ViewKind::Slice).then_some(view.slice))
        .collect();
    let from_gpu = match backend {
        Backend::Cpu => None,
        Backend::Gpu => Some(gpu_slices(scene, &slices)?),
        Backend::Auto => super::gpu::Headless::shared()
            .ok()
            .filter(|adapter| !adapter.is_software)
            .and_then(|_| gpu_slices(scene, &slices).ok()),
    };
    let mut from_gpu = from_gpu.into_iter().flatten();
    let pictures: Vec<_> = list
        .views
        .iter()
        .map(|view| {
            Some(match view.kind {
                ViewKind::Glass => glass::draw(scene, &view.slice),
                ViewKind::Slice => from_gpu
                    .next()
                    .unwrap_or_else(|| cpu::draw_slice(scene, &view.slice)),
            })
        })
        .collect();
    Ok(raster(&list, size_px, &pictures))
}

/// The slices among `views` drawn by the adapter, in order.
fn gpu_slices(
    scene: &Scene,
    views: &[Option<super::SliceView>],
) -> Result<Vec<Pixels>, RenderError> {
    let gpu = super::gpu::Headless::shared()?;
    let mut renderer = gpu.renderer();
    views
        .iter()
        .flatten()
        .map(|view| renderer.read(scene, view))
        .collect()
}

/// Draws a scene and encodes it as PNG.
pub fn png(scene: &Scene, size_px: [u32; 2], backend: Backend) -> Result<Vec<u8>, RenderError> {
    encode(&pixels(scene, size_px, backend)?)
}

/// Encodes pixels as an RGB PNG.
pub fn encode(pixels: &Pixels) -> Result<Vec<u8>, RenderError> {
    use image::ImageEncoder as _;
    let rgb: Vec<u8> = pixels
        .rgba
        .iter()
        .flat_map(|&[r, g, b, _]| [r, g, b])
        .collect();
    let mut out = Vec::new();
    image::codecs::png::PngEncoder::new(&mut out).write_image(
        &rgb,
        pixels.size[0],
        pixels.size[1],
        image::ExtendedColorType::Rgb8,
    )?;
    Ok(out)
}

/// Draws a scene into a PNG file. The file appears whole or not at all.
pub fn write_png(
    scene: &Scene,
    size_px: [u32; 2],
    backend: Backend,
    path: &Path,
) -> Result<(), RenderError> {
    let bytes = png(scene, size_px, backend)?;
    files::write_whole(path, &bytes).map_err(|source| RenderError::Write {
        path: path.to_owned(),
        source,
    })
}
