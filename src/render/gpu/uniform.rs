//! What the shaders are told of a layer.

use super::pool::{Resident, Role};
use crate::render::colour_map;
use crate::render::geometry::{PixelRect, PixelToVoxel, SliceView};
use crate::render::look::{LabelStyle, Look};
use crate::render::scene::SceneLayer;

/// Bytes between two uniforms: the largest alignment a device may ask for.
pub(super) const UNIFORM_STRIDE: usize = 256;

/// One layer's uniform, as `Layer` in `shaders/common.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
pub(super) struct LayerUniform {
    way: Way,
    test_way: Way,
    positive: [f32; 4],
    negative: [f32; 4],
    arms: [f32; 4],
    look: [f32; 4],
    choice: [u32; 4],
    test: [u32; 4],
}

const _: () = assert!(size_of::<LayerUniform>() <= UNIFORM_STRIDE);

/// From pixels to voxels.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Way {
    origin: [f32; 4],
    step_x: [f32; 4],
    step_y: [f32; 4],
}

impl From<PixelToVoxel> for Way {
    fn from(map: PixelToVoxel) -> Self {
        let vector = |[x, y, z]: [f32; 3]| [x, y, z, 0.0];
        Self {
            origin: vector(map.origin),
            step_x: vector(map.step_x),
            step_y: vector(map.step_y),
        }
    }
}

/// Uniform and scissor of a layer in a view, `tested` being the map whose threshold decides; the
/// anatomy has no layer. `None` where it cannot be seen.
pub(super) fn place(
    resident: &Resident,
    tested: &Resident,
    layer: Option<&SceneLayer>,
    view: &SliceView,
) -> Option<(LayerUniform, PixelRect)> {
    let map = view.pixel_to_voxel(&resident.grid.affine)?;
    let content = resident.content;
    let rect = view.covered_voxels(&resident.grid.affine, content.low, content.high)?;
    let mut uniform = LayerUniform {
        way: map.into(),
        test_way: view.pixel_to_voxel(&tested.grid.affine)?.into(),
        ..bytemuck::Zeroable::zeroed()
    };
    if let Some(SceneLayer { display, gate, .. }) = layer {
        let look = Look::new(display, gate.as_ref(), view.mm_per_px);
        let side = |n: usize| {
            let [_, start, end] = look.sides[n];
            [start, end, look.test[n], 0.0]
        };
        let [[p, q], [r, s]] = look.arms;
        uniform.positive = side(0);
        uniform.negative = side(1);
        uniform.arms = [p, q, r, s];
        uniform.look = [look.opacity, look.lowest, look.half_line, 0.0];
        let [positive, negative] = look.rows;
        let row = if resident.role == Role::Labels {
            colour_map::label_row()
        } else {
            positive
        };
        uniform.choice = [row, negative, look.signs, u32::from(resident.has_validity)];
        let outlined = u32::from(display.labels == LabelStyle::Outline);
        uniform.test = [look.test_signs, u32::from(tested.has_validity), outlined, 0];
    }
    Some((uniform, rect))
}
