//! The pipelines: one a kind of volume, and for scalar maps one a combination of interpolation and
//! threshold mode, made when it is first wanted.

use std::collections::HashMap;

use eframe::wgpu;

use super::pool::{Pool, Role};
use super::slices::FORMAT;
use crate::render::look::{Interpolation, ThresholdMode};
use crate::render::scene::SceneLayer;
use crate::render::shader;

/// What makes a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Variant {
    role: Role,
    interpolation: Interpolation,
    mode: ThresholdMode,
    gated: bool,
}

impl Variant {
    /// The one that draws a layer, or the anatomy.
    pub(super) fn of(role: Role, layer: Option<&SceneLayer>) -> Self {
        match layer {
            Some(layer) if role == Role::Scalar => Self {
                role,
                interpolation: layer.display.interpolation,
                mode: layer.display.mode,
                gated: layer.gate.is_some(),
            },
            _ => Self {
                role,
                interpolation: Interpolation::default(),
                mode: ThresholdMode::default(),
                gated: false,
            },
        }
    }

    /// Values of the `override` declarations in `shaders/slice.wgsl`.
    fn constants(self) -> Vec<(&'static str, f64)> {
        if self.role != Role::Scalar {
            return Vec::new();
        }
        let interpolation = match self.interpolation {
            Interpolation::Nearest => 0.0,
            Interpolation::Linear => 1.0,
            Interpolation::Cubic => 2.0,
        };
        let mode = match self.mode {
            ThresholdMode::Hide => 0.0,
            ThresholdMode::Fade => 1.0,
            ThresholdMode::Outline => 2.0,
        };
        let gated = f64::from(u8::from(self.gated));
        vec![
            ("INTERPOLATION", interpolation),
            ("MODE", mode),
            ("GATED", gated),
        ]
    }
}

/// The pipelines made so far.
#[derive(Default)]
pub(super) struct Pipelines {
    made: HashMap<Variant, wgpu::RenderPipeline>,
}

impl Pipelines {
    /// Makes a pipeline unless it is there.
    pub(super) fn ensure(
        &mut self,
        device: &wgpu::Device,
        variant: Variant,
        shared: &wgpu::BindGroupLayout,
        pool: &Pool,
    ) {
        self.made
            .entry(variant)
            .or_insert_with(|| pipeline(device, variant, shared, pool.layout(variant.role)));
    }

    /// A pipeline made before.
    pub(super) fn get(&self, variant: Variant) -> Option<&wgpu::RenderPipeline> {
        self.made.get(&variant)
    }
}

fn pipeline(
    device: &wgpu::Device,
    variant: Variant,
    shared: &wgpu::BindGroupLayout,
    volume: &wgpu::BindGroupLayout,
) -> wgpu::RenderPipeline {
    let shader = match variant.role {
        Role::Anatomy => &shader::UNDERLAY,
        Role::Scalar => &shader::SLICE,
        Role::Labels => &shader::LABELS,
        Role::Picture => &shader::PICTURE,
    };
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(shader.name),
        source: wgpu::ShaderSource::Wgsl(shader.wgsl().into()),
    });
    // A scalar map is told where to show by itself or by another one: the third group.
    let groups = [Some(shared), Some(volume), Some(volume)];
    let used = if variant.role == Role::Scalar { 3 } else { 2 };
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(shader.name),
        bind_group_layouts: &groups[..used],
        immediate_size: 0,
    });
    let constants = variant.constants();
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(shader.name),
        layout: Some(&layout),
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some("cover"),
            compilation_options: Default::default(),
            buffers: &[],
        },
        primitive: wgpu::PrimitiveState::default(),
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some("draw"),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants: &constants,
                ..Default::default()
            },
            targets: &[Some(wgpu::ColorTargetState {
                format: FORMAT,
                blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                write_mask: wgpu::ColorWrites::ALL,
            })],
        }),
        multiview_mask: None,
        cache: None,
    })
}
