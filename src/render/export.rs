//! Pictures off screen: the display list, with slices from the graphics adapter where there is one and
//! from the processor where there is none.

use std::path::Path;

use eframe::egui::{Pos2, Rect, vec2};
use png::text_metadata::{ITXtChunk, TEXtChunk};
use serde::Serialize;

use super::cell::{CanvasOptions, Cell, MapPlanes, Mosaic, Preset};
use super::cpu::{self, Pixels};
use super::error::RenderError;
use super::glass;
use super::layout::layout;
use super::list::{DisplayList, View, ViewKind};
use super::look::{RangeStart, Signs};
use super::raster::raster;
use super::scene::{Scene, SceneLayer};
use crate::files::{self, OutputFormat};
use crate::progress::Progress;
use crate::provenance::{PNG_KEYWORD, Provenance};

/// Shortest and longest edge of a picture, pixels.
pub(crate) const EDGES_PX: (u32, u32) = (64, 16_384);

/// Size in typographic points of the titles of a printed figure of normal lettering.
const PRINTED_TITLE: f32 = 7.0;
/// Size in canvas points of those titles.
const CANVAS_TITLE: f32 = 12.5;

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

/// Physical pixels per point of a figure that is printed at `dpi` dots an inch: titles become 7 pt,
/// whatever the figure's size.
pub(crate) fn printed_pixels_per_point(dpi: f64) -> f32 {
    (dpi as f32 / 72.0 * PRINTED_TITLE / CANVAS_TITLE).clamp(0.25, 16.0)
}

/// A picture to be made: what, divided how, how large.
#[derive(Debug, Clone)]
pub struct Figure {
    /// What it shows.
    pub scene: Scene,
    /// How the canvas is divided.
    pub cells: Vec<Cell>,
    /// Magnification and marks.
    pub options: CanvasOptions,
    /// Width and height, pixels.
    pub size_px: [u32; 2],
    /// Physical pixels per point: how large lettering is.
    pub pixels_per_point: f32,
    /// Dots an inch, written into the file where known.
    pub dpi: Option<f64>,
}

/// How a layer of a figure is shown, for its record.
#[derive(Debug, Clone, Copy, Serialize)]
struct LayerLook {
    threshold: f32,
    minimum: RangeStart,
    maximum: f32,
    signs: Signs,
    visible: bool,
}

impl Figure {
    /// Four views of a scene, lettered as a window.
    pub fn of(scene: &Scene, size_px: [u32; 2]) -> Self {
        let aspect = size_px[0] as f32 / size_px[1].max(1) as f32;
        Self {
            scene: scene.clone(),
            cells: Preset::FourViews.cells(Mosaic::default(), MapPlanes::default(), aspect),
            options: CanvasOptions::default(),
            size_px,
            pixels_per_point: pixels_per_point(size_px),
            dpi: None,
        }
    }

    /// What is drawn.
    pub fn list(&self) -> DisplayList {
        let [width, height] = self.size_px.map(|n| n as f32 / self.pixels_per_point);
        let rect = Rect::from_min_size(Pos2::ZERO, vec2(width, height));
        let Self { scene, cells, .. } = self;
        layout(scene, cells, rect, self.pixels_per_point, &self.options)
    }

    /// How it was made.
    pub fn provenance(&self) -> Provenance {
        let layers = &self.scene.layers;
        let look = |layer: &SceneLayer| LayerLook {
            threshold: layer.display.threshold,
            minimum: layer.display.minimum,
            maximum: layer.display.maximum,
            signs: layer.display.signs,
            visible: layer.display.visible,
        };
        let made = Provenance::new("figure")
            .option("cut_mm", self.scene.cut_mm)
            .option("size_px", self.size_px)
            .option("layers", layers.iter().map(look).collect::<Vec<_>>());
        let made = match self.dpi {
            Some(dpi) => made.option("dpi", dpi),
            None => made,
        };
        layers
            .iter()
            .fold(made, |made, layer| made.map(layer.volume.record()))
    }

    /// The same figure with fewer pixels: laid out alike, no edge longer than `longest_px`.
    pub fn preview(&self, longest_px: u32) -> Self {
        let longest = self.size_px[0].max(self.size_px[1]).max(1);
        let factor = (longest_px as f32 / longest as f32).min(1.0);
        Self {
            size_px: self
                .size_px
                .map(|n| ((n as f32 * factor).round() as u32).max(EDGES_PX.0)),
            pixels_per_point: self.pixels_per_point * factor,
            ..self.clone()
        }
    }

    /// Draws it. Edges from 64 to 16,384 pixels.
    ///
    /// # Errors
    /// A size that cannot be drawn, no adapter where one is asked for, or a stopped task.
    pub fn draw(&self, backend: Backend, progress: &Progress) -> Result<Pixels, RenderError> {
        let [width, height] = self.size_px;
        let edges = EDGES_PX.0..=EDGES_PX.1;
        if !edges.contains(&width) || !edges.contains(&height) {
            return Err(RenderError::Size { width, height });
        }
        let list = self.list();
        let mut renderer = match backend {
            Backend::Cpu => None,
            Backend::Gpu => Some(super::gpu::Headless::shared()?.renderer()),
            Backend::Auto => super::gpu::Headless::shared()
                .ok()
                .filter(|adapter| !adapter.is_software)
                .map(|gpu| gpu.renderer()),
        };
        let mut pictures = Vec::with_capacity(list.views.len());
        for (n, view) in list.views.iter().enumerate() {
            progress.check()?;
            let scene = &self.scene;
            let picture = match (&mut renderer, view.kind) {
                (Some(renderer), ViewKind::Slice) => {
                    match renderer.read_layers(scene, &view.slice, view.only) {
                        Err(_) if backend == Backend::Auto => {
                            cpu::draw_layers(scene, &view.slice, view.only)
                        }
                        other => other?,
                    }
                }
                _ => draw_view(scene, view),
            };
            pictures.push(Some(picture));
            progress.set_fraction((n + 1) as f32 / (list.views.len() + 1) as f32);
        }
        progress.check()?;
        Ok(raster(&list, self.size_px, &pictures))
    }

    /// Draws it and encodes it as PNG.
    ///
    /// # Errors
    /// As [`Self::draw`].
    pub fn png(&self, backend: Backend, progress: &Progress) -> Result<Vec<u8>, RenderError> {
        encode_with(
            &self.draw(backend, progress)?,
            self.dpi,
            Some(&self.provenance()),
        )
    }

    /// Draws it into a PNG file. The file appears whole or not at all.
    ///
    /// # Errors
    /// As [`Self::draw`], where the name does not end in .png, and where the file cannot be written.
    pub fn write(
        &self,
        backend: Backend,
        path: &Path,
        progress: &Progress,
    ) -> Result<(), RenderError> {
        files::check_output(path, OutputFormat::Picture, [])?;
        let bytes = self.png(backend, progress)?;
        files::write_whole(path, &bytes).map_err(|source| RenderError::Write {
            path: path.to_owned(),
            source,
        })
    }
}

/// One view by the processor.
pub(crate) fn draw_view(scene: &Scene, view: &View) -> Pixels {
    match view.kind {
        ViewKind::Glass => glass::draw(scene, &view.slice),
        ViewKind::Slice => cpu::draw_layers(scene, &view.slice, view.only),
    }
}

/// Draws four views of a scene. Sizes from 64 × 64 to 16,384 × 16,384 pixels.
///
/// # Errors
/// As [`Figure::draw`].
pub fn pixels(scene: &Scene, size_px: [u32; 2], backend: Backend) -> Result<Pixels, RenderError> {
    Figure::of(scene, size_px).draw(backend, &Progress::new())
}

/// Draws four views of a scene and encodes them as PNG.
///
/// # Errors
/// As [`Figure::draw`].
pub fn png(scene: &Scene, size_px: [u32; 2], backend: Backend) -> Result<Vec<u8>, RenderError> {
    Figure::of(scene, size_px).png(backend, &Progress::new())
}

/// Encodes pixels as an RGB PNG.
///
/// # Errors
/// Where there are no pixels.
pub fn encode(pixels: &Pixels) -> Result<Vec<u8>, RenderError> {
    encode_with(pixels, None, None)
}

/// Encodes pixels as an RGB PNG that says how many dots there are to the inch and how it was made.
///
/// # Errors
/// Where there are no pixels.
fn encode_with(
    pixels: &Pixels,
    dpi: Option<f64>,
    made: Option<&Provenance>,
) -> Result<Vec<u8>, RenderError> {
    let rgb: Vec<u8> = pixels
        .rgba
        .iter()
        .flat_map(|&[r, g, b, _]| [r, g, b])
        .collect();
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, pixels.size[0], pixels.size[1]);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    if let Some(dpi) = dpi.filter(|dpi| dpi.is_finite() && *dpi > 0.0) {
        // The file counts pixels a metre.
        let per_metre = (dpi / 0.0254).round() as u32;
        encoder.set_pixel_dims(Some(png::PixelDimensions {
            xppu: per_metre,
            yppu: per_metre,
            unit: png::Unit::Meter,
        }));
    }
    let software = concat!("Gyrus ", env!("CARGO_PKG_VERSION"));
    encoder.add_text_chunk("Software".to_owned(), software.to_owned())?;
    if let Some(made) = made {
        encoder.add_text_chunk(PNG_KEYWORD.to_owned(), made.to_json())?;
    }
    let mut writer = encoder.write_header()?;
    if let Some(made) = made {
        let description = made.line();
        // A plain text chunk holds Latin-1 only.
        if description.chars().all(|c| u32::from(c) < 256) {
            writer.write_text_chunk(&TEXtChunk::new("Description", description))?;
        } else {
            writer.write_text_chunk(&ITXtChunk::new("Description", description))?;
        }
    }
    writer.write_image_data(&rgb)?;
    writer.finish()?;
    Ok(out)
}

/// Draws four views of a scene into a PNG file. The file appears whole or not at all.
///
/// # Errors
/// As [`Figure::write`].
pub fn write_png(
    scene: &Scene,
    size_px: [u32; 2],
    backend: Backend,
    path: &Path,
) -> Result<(), RenderError> {
    Figure::of(scene, size_px).write(backend, path, &Progress::new())
}
