//! A figure to be saved or copied: the views on screen at a size, resolution and with marks of their
//! own.

use eframe::egui::Vec2;

use crate::app::model::{Background, Document, LayerId};
use crate::render::export::{self, EDGES_PX, Figure};
use crate::render::{CanvasOptions, Cell, Marks, Scene};

/// How large a figure is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FigureSize {
    /// Pixels; lettered as a window.
    Pixels([u32; 2]),
    /// Millimetres on paper, at so many dots an inch; lettered for print.
    Printed {
        /// Width and height, mm.
        size_mm: [f64; 2],
        /// Dots an inch.
        dpi: f64,
    },
}

/// What is chosen in the figure sheet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FigureChoice {
    /// How large.
    pub size: FigureSize,
    /// Black or white.
    pub background: Background,
    /// What is written.
    pub marks: Marks,
    /// Whether the crosshair is drawn.
    pub crosshair: bool,
    /// Size of the lettering, 1 as designed.
    pub lettering: f32,
}

impl FigureChoice {
    /// The views as they are on screen, twice as large as the window is designed.
    pub fn of(document: &Document) -> Self {
        Self {
            size: FigureSize::Pixels([2560, 1600]),
            background: document.view.background,
            marks: document.view.marks,
            crosshair: document.crosshair,
            lettering: 1.0,
        }
    }

    /// Width and height, pixels.
    pub fn size_px(&self) -> [u32; 2] {
        match self.size {
            FigureSize::Pixels(size) => size,
            FigureSize::Printed { size_mm, dpi } => {
                // Beyond what can be drawn it is refused by the exporter.
                size_mm.map(|mm| (mm / 25.4 * dpi).round().clamp(0.0, 1e6) as u32)
            }
        }
    }

    /// The figure of a scene divided into cells.
    pub fn figure(
        &self,
        mut scene: Scene,
        cells: Vec<Cell>,
        options: CanvasOptions,
        dark_theme: bool,
    ) -> Figure {
        scene.dark = self.background.is_dark(dark_theme);
        scene.crosshair = self.crosshair;
        let size_px = self.size_px();
        let (density, dpi) = match self.size {
            FigureSize::Pixels(size) => (export::pixels_per_point(size), None),
            FigureSize::Printed { dpi, .. } => (export::printed_pixels_per_point(dpi), Some(dpi)),
        };
        Figure {
            scene,
            cells,
            options: CanvasOptions {
                marks: self.marks,
                ..options
            },
            size_px,
            pixels_per_point: density * self.lettering.clamp(0.4, 4.0),
            dpi,
        }
    }
}

/// The sheet in which a figure is described.
#[derive(Debug, Clone, PartialEq)]
pub struct FigureSheet {
    /// What is chosen.
    pub choice: FigureChoice,
    /// Pixels, while the size on paper is shown.
    pub pixels: [u32; 2],
    /// Size on paper and dots an inch, while pixels are shown.
    pub printed: ([f64; 2], f64),
}

impl FigureSheet {
    /// As it opens: in the shape of the views on screen (`view_size`, points) and twice as large,
    /// lettered as they are.
    pub fn of(document: &Document, view_size: Vec2) -> Self {
        let mut choice = FigureChoice::of(document);
        let mut pixels = [2560, 1600];
        if view_size.x >= 1.0 && view_size.y >= 1.0 {
            let (least, most) = (EDGES_PX.0 as f32, EDGES_PX.1 as f32);
            pixels =
                [view_size.x, view_size.y].map(|n| (2.0 * n).round().clamp(least, most) as u32);
            choice.lettering = 2.0 / export::pixels_per_point(pixels);
        }
        choice.size = FigureSize::Pixels(pixels);
        let width_mm = 180.0;
        let height_mm = width_mm * f64::from(pixels[1]) / f64::from(pixels[0]);
        Self {
            choice,
            pixels,
            printed: ([width_mm, height_mm], 300.0),
        }
    }
}

/// A name for the file of a figure: that of the layer shown first.
pub fn file_name(document: &Document) -> String {
    let named = |id: LayerId| document.layer(id).map(|layer| layer.name.clone());
    let name = document
        .selected
        .and_then(named)
        .unwrap_or_else(|| "gyrus".to_owned());
    let base = name
        .trim_end_matches(".gz")
        .trim_end_matches(".nii")
        .to_owned();
    format!("{base} figure.png")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn millimetres_and_dots_give_pixels() {
        let printed = FigureChoice {
            size: FigureSize::Printed {
                size_mm: [180.0, 120.0],
                dpi: 300.0,
            },
            ..FigureChoice::of(&Document::default())
        };
        assert_eq!(printed.size_px(), [2126, 1417]);
        let broken = FigureChoice {
            size: FigureSize::Printed {
                size_mm: [f64::NAN, 1e12],
                dpi: 300.0,
            },
            ..printed
        };
        assert_eq!(broken.size_px(), [0, 1_000_000]);
    }
}
