//! The reference renderer: the same maths as the shaders, on the processor. It draws where there is no
//! graphics adapter, and the tests hold the GPU against it.

use rayon::prelude::*;

use super::bricks::Bricks;
use super::colour::CanvasColours;
use super::colour_map;
use super::content;
use super::geometry::{PixelToVoxel, SliceView};
use super::look::{Gate, LabelStyle, Look};
use super::sample::{self, Taken};
use super::scene::{Scene, SceneLayer};
use super::shade::{self, Premultiplied, Tested};
use crate::volume::{Volume, VolumeData};

/// An opaque picture, rows from the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    /// Width and height.
    pub size: [u32; 2],
    /// Row-major RGBA; alpha is 255.
    pub rgba: Vec<[u8; 4]>,
}

impl Pixels {
    /// A picture of one colour.
    pub fn filled(size: [u32; 2], colour: eframe::egui::Color32) -> Self {
        let [r, g, b, _] = colour.to_array();
        Self {
            size,
            rgba: vec![[r, g, b, 255]; size[0] as usize * size[1] as usize],
        }
    }

    /// The pixel at column `x`, row `y`; `None` outside.
    pub fn get(&self, x: u32, y: u32) -> Option<[u8; 4]> {
        (x < self.size[0] && y < self.size[1])
            .then(|| self.rgba[x as usize + y as usize * self.size[0] as usize])
    }
}

/// Draws one slice of a scene: canvas, underlay, layers from the bottom up.
///
/// Volumes whose affine has no inverse, or whose data do not fill their grid, are left out: readers
/// refuse such files.
pub fn draw_slice(scene: &Scene, view: &SliceView) -> Pixels {
    draw_layers(scene, view, None)
}

/// As [`draw_slice`], with only one of the layers where `only` names it (index into the scene's).
pub(crate) fn draw_layers(scene: &Scene, view: &SliceView, only: Option<usize>) -> Pixels {
    let mut pixels = Pixels::filled(view.size_px, CanvasColours::new(scene.dark).background);
    if let Some(underlay) = &scene.underlay {
        draw_underlay(&mut pixels, view, underlay);
    }
    for layer in scene.shown(only) {
        draw_layer(&mut pixels, view, layer);
    }
    pixels
}

fn draw_underlay(pixels: &mut Pixels, view: &SliceView, volume: &Volume) {
    let Some(texels) = content::anatomy_texels(volume) else {
        return;
    };
    let shape = volume.grid.shape;
    each_pixel(pixels, view, volume, |voxel, _, _| {
        let [grey, coverage] = sample::anatomy(&texels, shape, voxel)?;
        Some([grey, grey, grey, coverage])
    });
}

fn draw_layer(pixels: &mut Pixels, view: &SliceView, layer: &SceneLayer) {
    let SceneLayer {
        volume,
        display,
        gate,
    } = layer;
    let shape = volume.grid.shape;
    let look = Look::new(display, gate.as_ref(), view.mm_per_px);
    let opacity = look.opacity;
    match &volume.data {
        VolumeData::Scalar(values) => match (gate, Bricks::of(volume)) {
            (_, None) => {}
            (Some(gate), Some(bricks)) => {
                draw_gated(pixels, view, volume, values, &bricks, gate, &look);
            }
            (None, Some(bricks)) => each_pixel(pixels, view, volume, |voxel, map, _| {
                let top = bricks.ceiling(voxel, look.interpolation);
                if top == 0.0 || (!look.faint && top < look.lowest) {
                    return None;
                }
                let own = sample::take(values, shape, voxel, map, &look)?;
                // No neighbour reaches the threshold.
                if !look.faint && own.most < look.lowest {
                    return None;
                }
                let Taken { value, contour, .. } = own;
                shade::fragment(&look, value, Tested { value, contour })
            }),
        },
        VolumeData::Label(labels) => each_pixel(pixels, view, volume, |voxel, map, _| {
            let label = labels[sample::nearest(shape, voxel)?];
            if display.labels == LabelStyle::Outline {
                let other = |at| sample::nearest(shape, at).is_none_or(|n| labels[n] != label);
                if !sample::around(voxel, map, 2.0 * look.half_line)
                    .into_iter()
                    .any(other)
                {
                    return None;
                }
            }
            let [r, g, b] = colour_map::label_colour(label)?;
            Some([r * opacity, g * opacity, b * opacity, opacity])
        }),
        VolumeData::Rgba(texels) => each_pixel(pixels, view, volume, |voxel, _, _| {
            let texel = texels[sample::nearest(shape, voxel)?].map(|c| f32::from(c) / 255.0);
            let alpha = texel[3] * opacity;
            Some([texel[0] * alpha, texel[1] * alpha, texel[2] * alpha, alpha])
        }),
    }
}

/// A map shown where another one passes its threshold.
fn draw_gated(
    pixels: &mut Pixels,
    view: &SliceView,
    volume: &Volume,
    values: &[f32],
    bricks: &Bricks,
    gate: &Gate,
    look: &Look,
) {
    let VolumeData::Scalar(tests) = &gate.volume.data else {
        return;
    };
    let Some(to_gate) = view.pixel_to_voxel(&gate.volume.grid.affine) else {
        return;
    };
    let Some(test_bricks) = Bricks::of(&gate.volume) else {
        return;
    };
    if content::content_box(&gate.volume).is_none() {
        return;
    }
    each_pixel(pixels, view, volume, |voxel, map, [x, y]| {
        let there = to_gate.at(x, y);
        let below = || test_bricks.ceiling(there, look.interpolation) < look.lowest;
        if bricks.ceiling(voxel, look.interpolation) == 0.0 || (!look.faint && below()) {
            return None;
        }
        let value = sample::take(values, volume.grid.shape, voxel, map, look)?.value;
        let test = sample::take(tests, gate.volume.grid.shape, there, &to_gate, look)?;
        if !look.faint && test.most < look.lowest {
            return None;
        }
        let tested = Tested {
            value: test.value,
            contour: test.contour,
        };
        shade::fragment(look, value, tested)
    });
}

/// Runs a fragment function over the pixels a volume can reach and blends what it returns. It gets the
/// voxel coordinate, the map from pixels to voxels and the pixel's centre.
fn each_pixel(
    pixels: &mut Pixels,
    view: &SliceView,
    volume: &Volume,
    fragment: impl Fn([f32; 3], &PixelToVoxel, [f32; 2]) -> Option<Premultiplied> + Sync,
) {
    let Some((map, rect)) = reach(view, volume) else {
        return;
    };
    pixels
        .rgba
        .par_chunks_exact_mut(view.size_px[0].max(1) as usize)
        .enumerate()
        .skip(rect.y0 as usize)
        .take((rect.y1 - rect.y0) as usize)
        .for_each(|(y, row)| {
            for (x, pixel) in row
                .iter_mut()
                .enumerate()
                .take(rect.x1 as usize)
                .skip(rect.x0 as usize)
            {
                let at = [x as f32 + 0.5, y as f32 + 0.5];
                if let Some(colour) = fragment(map.at(at[0], at[1]), &map, at) {
                    shade::blend(pixel, colour);
                }
            }
        });
}

/// How a view reaches a volume: the pixel → voxel map and the pixels concerned; `None` where nothing
/// of it can be seen.
pub(super) fn reach(
    view: &SliceView,
    volume: &Volume,
) -> Option<(PixelToVoxel, super::geometry::PixelRect)> {
    let content = content::content_box(volume)?;
    let map = view.pixel_to_voxel(&volume.grid.affine)?;
    let rect = view.covered_voxels(&volume.grid.affine, content.low, content.high)?;
    Some((map, rect))
}
