//! Slices by the processor, where there is no graphics adapter or it failed.

use eframe::egui::{Color32, ColorImage, Context, TextureHandle, TextureId, TextureOptions};

use crate::render::gpu::SliceKey;
use crate::render::{DisplayList, Scene, ViewKind, cpu};

/// The slices of one canvas.
#[derive(Default)]
pub(super) struct SoftwarePictures {
    slots: Vec<Option<(SliceKey, TextureHandle)>>,
}

impl SoftwarePictures {
    /// The textures of the slices among the views, in order.
    pub(super) fn prepare(
        &mut self,
        ctx: &Context,
        scene: &Scene,
        list: &DisplayList,
    ) -> Vec<Option<TextureId>> {
        self.slots.resize_with(list.views.len(), || None);
        let mut textures = Vec::with_capacity(list.views.len());
        for (view, slot) in list.views.iter().zip(&mut self.slots) {
            if view.kind == ViewKind::Glass {
                textures.push(None);
                continue;
            }
            let key = SliceKey::new(scene, &view.slice, view.only);
            if slot.as_ref().is_none_or(|(known, _)| *known != key) {
                let pixels = cpu::draw_layers(scene, &view.slice, view.only);
                let size = pixels.size.map(|n| n as usize);
                let rgba = pixels.rgba.iter();
                let image = ColorImage::new(
                    size,
                    rgba.map(|[r, g, b, _]| Color32::from_rgb(*r, *g, *b))
                        .collect(),
                );
                if let Some((known, handle)) = slot {
                    handle.set(image, TextureOptions::NEAREST);
                    *known = key;
                } else {
                    let handle = ctx.load_texture("view", image, TextureOptions::NEAREST);
                    *slot = Some((key, handle));
                }
            }
            textures.push(slot.as_ref().map(|(_, handle)| handle.id()));
        }
        textures
    }
}
