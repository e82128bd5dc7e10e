//! Slices in the window: textures that egui's painter can draw.

use eframe::egui::{self, ColorImage, TextureHandle, TextureId, TextureOptions};
use eframe::egui_wgpu::RenderState;
use eframe::wgpu;

use super::slices::{SliceKey, SliceRenderer};
use crate::render::glass;
use crate::render::list::{DisplayList, ViewKind};
use crate::render::scene::Scene;
use crate::render::{RenderError, SliceView};
use crate::volume::Volume;

/// The pictures of one canvas, kept on the window's device.
#[derive(Default)]
pub struct WindowSlices {
    on_device: Option<OnDevice>,
    glass: Option<(SliceKey, TextureHandle)>,
    always_adapter: bool,
}

/// What is lost with the device.
struct OnDevice {
    renderer: SliceRenderer,
    ids: Vec<Option<TextureId>>,
}

impl WindowSlices {
    /// Nothing drawn yet; everything is made on the first [`Self::prepare`].
    pub fn new() -> Self {
        Self::default()
    }

    /// As [`Self::new`], drawing with the adapter even where that is the processor in disguise: for
    /// tests of the shaders.
    pub fn on_adapter() -> Self {
        Self {
            always_adapter: true,
            ..Self::default()
        }
    }

    /// Brings the pictures of a display list up to date and returns the texture of every view, in
    /// order. What has not changed is not drawn again; after the loss of a device everything is.
    pub fn prepare(
        &mut self,
        context: &egui::Context,
        state: &RenderState,
        scene: &Scene,
        list: &DisplayList,
    ) -> Result<Vec<Option<TextureId>>, RenderError> {
        if self
            .on_device
            .as_ref()
            .is_none_or(|d| !d.renderer.is_on(&state.device))
        {
            let disguised = state.adapter.get_info().device_type == wgpu::DeviceType::Cpu;
            let renderer = if disguised && !self.always_adapter {
                SliceRenderer::by_processor(&state.device, &state.queue)
            } else {
                SliceRenderer::new(&state.device, &state.queue)
            };
            self.on_device = Some(OnDevice {
                renderer,
                ids: Vec::new(),
            });
        }
        let Some(on_device) = &mut self.on_device else {
            return Ok(Vec::new());
        };
        let slices: Vec<Option<SliceView>> = list
            .views
            .iter()
            .map(|view| (view.kind == ViewKind::Slice).then_some(view.slice))
            .collect();
        let mut out = on_device.update(state, scene, &slices)?;
        for (view, id) in list.views.iter().zip(&mut out) {
            if view.kind == ViewKind::Glass {
                *id = Some(self.glass(context, scene, &view.slice));
            }
        }
        Ok(out)
    }

    fn glass(&mut self, context: &egui::Context, scene: &Scene, view: &SliceView) -> TextureId {
        // The glass brain does not depend on the cut: moving the crosshair does not redraw it.
        let mut view = *view;
        view.centre_mm[view.plane.normal_axis()] = 0.0;
        let key = SliceKey::new(scene, &view);
        let stale = self.glass.as_ref().is_none_or(|(known, _)| *known != key);
        if stale {
            let pixels = glass::draw(scene, &view);
            let image = ColorImage::from_rgba_premultiplied(
                pixels.size.map(|n| n as usize),
                pixels.rgba.as_flattened(),
            );
            match &mut self.glass {
                Some((known, handle)) => {
                    handle.set(image, TextureOptions::NEAREST);
                    *known = key;
                }
                none => {
                    let handle =
                        context.load_texture("glass brain", image, TextureOptions::NEAREST);
                    *none = Some((key, handle));
                }
            }
        }
        self.glass
            .as_ref()
            .map_or(TextureId::default(), |(_, handle)| handle.id())
    }

    /// Of how many voxels along an edge one is shown, where a volume is larger than the adapter holds: 1
    /// elsewhere.
    pub fn reduced_by(&self, volume: &Volume) -> usize {
        self.on_device
            .as_ref()
            .map_or(1, |d| d.renderer.reduced_by(volume))
    }
}

impl OnDevice {
    fn update(
        &mut self,
        state: &RenderState,
        scene: &Scene,
        slices: &[Option<SliceView>],
    ) -> Result<Vec<Option<TextureId>>, RenderError> {
        let renewed = self.renderer.prepare(scene, slices)?;
        self.ids.resize(slices.len(), None);
        let mut egui_renderer = state.renderer.write();
        for (slot, id) in self.ids.iter_mut().enumerate() {
            let (Some(target), true) = (self.renderer.target(slot), renewed[slot]) else {
                continue;
            };
            // One texel a physical pixel: nothing to filter.
            let filter = wgpu::FilterMode::Nearest;
            match id {
                Some(id) => egui_renderer.update_egui_texture_from_wgpu_texture(
                    &state.device,
                    target,
                    filter,
                    *id,
                ),
                None => {
                    *id =
                        Some(egui_renderer.register_native_texture(&state.device, target, filter));
                }
            }
        }
        Ok(self.ids.clone())
    }
}
