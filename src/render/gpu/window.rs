//! Slices in the window: textures that egui's painter can draw.

use eframe::egui::TextureId;
use eframe::egui_wgpu::RenderState;
use eframe::wgpu;

use super::slices::{Shown, SliceRenderer};
use crate::render::RenderError;
use crate::render::list::{DisplayList, ViewKind};
use crate::render::scene::Scene;
use crate::volume::Volume;

/// The pictures of one canvas, kept on the window's device.
#[derive(Default)]
pub struct WindowSlices {
    on_device: Option<OnDevice>,
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

    /// Brings the slices of a display list up to date and returns the texture of every view, in
    /// order; none for glass brains, which [`crate::render::GlassPictures`] draws. What has not changed is not drawn again; after the loss of a device everything is.
    pub fn prepare(
        &mut self,
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
        let slices: Vec<Option<Shown>> = list
            .views
            .iter()
            .map(|view| (view.kind == ViewKind::Slice).then_some((view.slice, view.only)))
            .collect();
        on_device.update(state, scene, &slices)
    }

    /// Of how many voxels along an edge one is shown, where a volume is larger than the adapter holds: 1
    /// elsewhere.
    pub(crate) fn reduced_by(&self, volume: &Volume) -> usize {
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
        slices: &[Option<Shown>],
    ) -> Result<Vec<Option<TextureId>>, RenderError> {
        let renewed = self.renderer.prepare(scene, slices)?;
        let mut egui_renderer = state.renderer.write();
        for id in self.ids.drain(slices.len().min(self.ids.len())..).flatten() {
            egui_renderer.free_texture(&id);
        }
        self.ids.resize(slices.len(), None);
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
