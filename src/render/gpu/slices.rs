//! Slices into off-screen textures, redrawn only when what they show changes.

use eframe::wgpu;

use super::pool::{Pool, Resident, Role};
use super::shared::{lut_texture, shared_group, shared_layout, uniform_buffer};
use super::uniform::{UNIFORM_STRIDE, place};
use super::variant::{Pipelines, Variant};
use crate::render::colour::CanvasColours;
use crate::render::content::VolumeId;
use crate::render::cpu::{self, Pixels};
use crate::render::geometry::PixelRect;
use crate::render::look::LayerDisplay;
use crate::render::scene::{Scene, SceneLayer};
use crate::render::{RenderError, Signs, SliceView};
use crate::volume::Volume;

/// Colour format of a slice; what egui asks of user textures.
pub(super) const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

/// A slice and the one layer it shows (index into the scene's), or all.
pub type Shown = (SliceView, Option<usize>);

/// Everything a slice depends on: equal keys are equal pictures.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SliceKey {
    view: SliceView,
    only: Option<usize>,
    dark: bool,
    underlay: Option<VolumeId>,
    layers: Vec<LayerKey>,
}

/// What the picture of a layer depends on.
#[derive(Debug, Clone, PartialEq)]
struct LayerKey {
    volume: VolumeId,
    display: LayerDisplay,
    gate: Option<(VolumeId, [f32; 2], Signs)>,
}

impl LayerKey {
    fn new(layer: &SceneLayer) -> Self {
        Self {
            volume: VolumeId::of(&layer.volume),
            display: layer.display.clone(),
            gate: layer
                .gate
                .as_ref()
                .map(|gate| (VolumeId::of(&gate.volume), gate.thresholds, gate.signs)),
        }
    }
}

impl SliceKey {
    /// The key of one view of a scene, with all visible layers or one (index into the scene's).
    pub fn new(scene: &Scene, view: &SliceView, only: Option<usize>) -> Self {
        Self {
            view: *view,
            only,
            dark: scene.dark,
            underlay: scene.underlay.as_deref().map(VolumeId::of),
            layers: scene.shown(only).map(LayerKey::new).collect(),
        }
    }
}

impl SliceKey {
    /// Width and height of the picture, physical pixels.
    pub fn size_px(&self) -> [u32; 2] {
        self.view.size_px
    }
}

/// A slice on the device.
struct Target {
    key: SliceKey,
    texture: wgpu::Texture,
    view: wgpu::TextureView,
}

/// Draws slices with wgpu. One per device; it owns the device's volume textures.
pub struct SliceRenderer {
    device: wgpu::Device,
    queue: wgpu::Queue,
    pool: Pool,
    pipelines: Pipelines,
    shared_layout: wgpu::BindGroupLayout,
    lut: wgpu::TextureView,
    sampler: wgpu::Sampler,
    uniforms: wgpu::Buffer,
    shared_group: wgpu::BindGroup,
    targets: Vec<Option<Target>>,
    by_processor: bool,
}

/// One quad of one layer.
struct Draw<'a> {
    resident: &'a Resident,
    /// The map whose threshold decides.
    tested: &'a Resident,
    variant: Variant,
    offset: u32,
    rect: PixelRect,
}

impl SliceRenderer {
    /// Builds the pipelines and uploads the colour tables.
    pub fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Self {
        let pool = Pool::new(device);
        let shared_layout = shared_layout(device);
        let lut = lut_texture(device, queue);
        let sampler = device.create_sampler(&wgpu::SamplerDescriptor {
            label: Some("underlay"),
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            ..Default::default()
        });
        let uniforms = uniform_buffer(device, 16);
        let shared_group = shared_group(device, &shared_layout, &uniforms, &lut, &sampler);
        Self {
            device: device.clone(),
            queue: queue.clone(),
            pool,
            pipelines: Pipelines::default(),
            shared_layout,
            lut,
            sampler,
            uniforms,
            shared_group,
            targets: Vec::new(),
            by_processor: false,
        }
    }

    /// As [`Self::new`], but the processor draws and the device only holds the pictures: faster where
    /// the adapter is the same processor in disguise, which would emulate every texture fetch.
    pub(crate) fn by_processor(device: &wgpu::Device, queue: &wgpu::Queue) -> Self {
        Self {
            by_processor: true,
            ..Self::new(device, queue)
        }
    }

    /// Whether this renderer lives on a device.
    pub(super) fn is_on(&self, device: &wgpu::Device) -> bool {
        self.device == *device
    }

    /// Brings the slices of a scene up to date; slot n holds `views[n]`, with all layers or the one
    /// named. Returns for each whether its
    /// texture was made anew (a changed size); a redrawn one keeps its texture.
    pub(super) fn prepare(
        &mut self,
        scene: &Scene,
        views: &[Option<Shown>],
    ) -> Result<Vec<bool>, RenderError> {
        self.targets.resize_with(views.len(), || None);
        let stale: Vec<(usize, SliceKey)> = views
            .iter()
            .enumerate()
            .filter_map(|(slot, view)| {
                let (view, only) = (*view)?;
                Some((slot, SliceKey::new(scene, &view, only)))
            })
            .filter(|(slot, key)| {
                self.targets[*slot]
                    .as_ref()
                    .is_none_or(|target| target.key != *key)
            })
            .collect();
        let mut renewed = vec![false; views.len()];
        if stale.is_empty() {
            return Ok(renewed);
        }
        if self.by_processor {
            for (slot, key) in stale {
                let (view, only) = (key.view, key.only);
                renewed[slot] = self.renew_target(slot, key)?;
                if let Some(target) = &self.targets[slot] {
                    self.fill(target, &cpu::draw_layers(scene, &view, only));
                }
            }
            return Ok(renewed);
        }
        self.pool.begin();
        if let Some(underlay) = &scene.underlay {
            self.pool.ensure(&self.device, &self.queue, underlay, true);
        }
        for layer in scene.layers.iter().filter(|layer| layer.display.visible) {
            let gate = layer.gate.as_ref().map(|gate| &gate.volume);
            for volume in [&layer.volume].into_iter().chain(gate) {
                self.pool.ensure(&self.device, &self.queue, volume, false);
            }
        }
        for (slot, key) in stale.iter().cloned() {
            renewed[slot] = self.renew_target(slot, key)?;
        }
        self.draw(
            scene,
            stale
                .iter()
                .map(|(slot, key)| (*slot, (key.view, key.only))),
        );
        self.pool.trim();
        Ok(renewed)
    }

    /// Writes a picture into a slot's texture.
    fn fill(&self, target: &Target, pixels: &Pixels) {
        self.queue.write_texture(
            target.texture.as_image_copy(),
            pixels.rgba.as_flattened(),
            wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(pixels.size[0] * 4),
                rows_per_image: None,
            },
            target.texture.size(),
        );
    }

    /// Makes a slot's texture fit its key; whether it was made anew.
    fn renew_target(&mut self, slot: usize, key: SliceKey) -> Result<bool, RenderError> {
        let [width, height] = key.view.size_px;
        let most = self.device.limits().max_texture_dimension_2d;
        if width == 0 || height == 0 || width > most || height > most {
            return Err(RenderError::Size { width, height });
        }
        if let Some(target) = &mut self.targets[slot]
            && target.key.view.size_px == key.view.size_px
        {
            target.key = key;
            return Ok(false);
        }
        let texture = self.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("slice"),
            size: wgpu::Extent3d {
                width,
                height,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: FORMAT,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT
                | wgpu::TextureUsages::TEXTURE_BINDING
                | wgpu::TextureUsages::COPY_SRC
                | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        });
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        self.targets[slot] = Some(Target { key, texture, view });
        Ok(true)
    }

    /// One pass a slice, one quad a layer, one submission.
    fn draw(&mut self, scene: &Scene, stale: impl Iterator<Item = (usize, Shown)>) {
        let mut uniforms: Vec<u8> = Vec::new();
        let mut plans = Vec::new();
        for (slot, (view, only)) in stale {
            let mut draws = Vec::new();
            let underlay = scene.underlay.as_deref();
            let anatomy = underlay.and_then(|volume| self.pool.get(volume, true));
            let anatomy = anatomy.map(|resident| (resident, resident, None));
            let layers = scene.shown(only).filter_map(|layer| {
                let resident = self.pool.get(&layer.volume, false)?;
                let tested = match &layer.gate {
                    Some(gate) => self.pool.get(&gate.volume, false)?,
                    None => resident,
                };
                // Only values can be told to be above a threshold.
                let sound = layer.gate.is_none()
                    || resident.role != Role::Scalar
                    || tested.role == Role::Scalar;
                sound.then_some((resident, tested, Some(layer)))
            });
            for (resident, tested, layer) in anatomy.into_iter().chain(layers) {
                let Some((uniform, rect)) = place(resident, tested, layer, &view) else {
                    continue;
                };
                let variant = Variant::of(resident.role, layer);
                self.pipelines
                    .ensure(&self.device, variant, &self.shared_layout, &self.pool);
                let offset = uniforms.len() as u32;
                uniforms.extend_from_slice(bytemuck::bytes_of(&uniform));
                uniforms.resize(offset as usize + UNIFORM_STRIDE, 0);
                draws.push(Draw {
                    resident,
                    tested,
                    variant,
                    offset,
                    rect,
                });
            }
            plans.push((slot, draws));
        }
        if uniforms.len() as u64 > self.uniforms.size() {
            self.uniforms = uniform_buffer(
                &self.device,
                (uniforms.len() / UNIFORM_STRIDE).next_power_of_two(),
            );
            self.shared_group = shared_group(
                &self.device,
                &self.shared_layout,
                &self.uniforms,
                &self.lut,
                &self.sampler,
            );
        }
        if !uniforms.is_empty() {
            self.queue.write_buffer(&self.uniforms, 0, &uniforms);
        }
        let mut encoder = self.device.create_command_encoder(&Default::default());
        let background = CanvasColours::new(scene.dark).background;
        for (slot, draws) in plans {
            if let Some(target) = &self.targets[slot] {
                self.pass(&mut encoder, target, background, &draws);
            }
        }
        self.queue.submit([encoder.finish()]);
    }

    fn pass(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        target: &Target,
        background: eframe::egui::Color32,
        draws: &[Draw<'_>],
    ) {
        let [r, g, b, _] = background.to_array().map(|c| f64::from(c) / 255.0);
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("slice"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &target.view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color { r, g, b, a: 1.0 }),
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..Default::default()
        });
        for Draw {
            resident,
            tested,
            variant,
            offset,
            rect,
        } in draws
        {
            let Some(pipeline) = self.pipelines.get(*variant) else {
                continue;
            };
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, &self.shared_group, &[*offset]);
            pass.set_bind_group(1, &resident.bind_group, &[]);
            if resident.role == Role::Scalar {
                pass.set_bind_group(2, &tested.bind_group, &[]);
            }
            pass.set_scissor_rect(rect.x0, rect.y0, rect.x1 - rect.x0, rect.y1 - rect.y0);
            pass.draw(0..3, 0..1);
        }
    }

    /// The texture view of a slot prepared before.
    pub(super) fn target(&self, slot: usize) -> Option<&wgpu::TextureView> {
        self.targets.get(slot)?.as_ref().map(|target| &target.view)
    }

    /// Of how many voxels along an edge the device holds one, where it could not hold all: 1 elsewhere.
    pub(crate) fn reduced_by(&self, volume: &Volume) -> usize {
        self.pool
            .get(volume, false)
            .map_or(1, |resident| resident.reduced_by)
    }

    /// Draws slices and waits until they are done, for benchmarks.
    pub fn draw_and_wait(
        &mut self,
        scene: &Scene,
        views: &[Option<Shown>],
    ) -> Result<(), RenderError> {
        self.prepare(scene, views)?;
        self.wait()
    }

    fn wait(&self) -> Result<(), RenderError> {
        self.device
            .poll(wgpu::PollType::wait_indefinitely())
            .map(|_| ())
            .map_err(|error| RenderError::Adapter(error.to_string()))
    }

    /// Draws one slice and reads it back.
    pub fn read(&mut self, scene: &Scene, view: &SliceView) -> Result<Pixels, RenderError> {
        self.read_layers(scene, view, None)
    }

    /// As [`Self::read`], with only one of the layers where `only` names it.
    pub(crate) fn read_layers(
        &mut self,
        scene: &Scene,
        view: &SliceView,
        only: Option<usize>,
    ) -> Result<Pixels, RenderError> {
        self.prepare(scene, &[Some((*view, only))])?;
        let Some(target) = self.targets.first().and_then(Option::as_ref) else {
            return Err(RenderError::Adapter("the slice was not drawn".to_owned()));
        };
        let [width, height] = view.size_px;
        let row_bytes = (width * 4).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("read back"),
            size: u64::from(row_bytes) * u64::from(height),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let mut encoder = self.device.create_command_encoder(&Default::default());
        encoder.copy_texture_to_buffer(
            target.texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo {
                buffer: &buffer,
                layout: wgpu::TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(row_bytes),
                    rows_per_image: Some(height),
                },
            },
            target.texture.size(),
        );
        self.queue.submit([encoder.finish()]);
        let (send, receive) = std::sync::mpsc::channel();
        buffer.map_async(wgpu::MapMode::Read, .., move |result| {
            send.send(result).ok();
        });
        self.wait()?;
        receive
            .recv()
            .map_err(|error| RenderError::Adapter(error.to_string()))?
            .map_err(|error| RenderError::Adapter(error.to_string()))?;
        let mapped = buffer
            .get_mapped_range(..)
            .map_err(|error| RenderError::Adapter(error.to_string()))?;
        let rgba = mapped
            .chunks_exact(row_bytes as usize)
            .flat_map(|row| row[..width as usize * 4].as_chunks::<4>().0)
            .copied()
            .collect();
        Ok(Pixels {
            size: view.size_px,
            rgba,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixtures::{adapter, layer, scene, volume};
    use crate::render::{Convention, Plane};

    #[test]
    fn a_volume_beyond_the_adapters_limit_is_shown_smaller_in_its_place_and_counted() {
        let Some(adapter) = adapter() else { return };
        // A ball of 12 mm around (10, -6, 4).
        let mut map = volume([40, 40, 40], 2.0, vec![0.0; 64_000]);
        let values = (0..64_000).map(|n| {
            let [x, y, z] = map.grid.world(map.grid.voxel(n));
            let far = (x - 10.0).hypot(y + 6.0).hypot(z - 4.0);
            (6.0 - 0.25 * far) as f32
        });
        map.data = crate::volume::VolumeData::Scalar(values.collect());
        let scene = scene(vec![layer(map, 3.0, 6.0)]);
        let view = SliceView {
            plane: Plane::Axial,
            convention: Convention::Neurological,
            size_px: [80, 80],
            mm_per_px: 1.0,
            centre_mm: [0.0, 0.0, 4.0],
        };
        let mut renderer = adapter.renderer();
        let whole = renderer.read(&scene, &view).unwrap();
        assert_eq!(renderer.reduced_by(&scene.layers[0].volume), 1);
        let mut renderer = adapter.renderer();
        renderer.pool.limit_edge(20);
        let reduced = renderer.read(&scene, &view).unwrap();
        assert_eq!(renderer.reduced_by(&scene.layers[0].volume), 2);
        let pixels = whole.rgba.iter().zip(&reduced.rgba);
        let differ = |(a, b): &(&[u8; 4], &[u8; 4])| (a[..3] == [0; 3]) != (b[..3] == [0; 3]);
        let drawn = whole.rgba.iter().filter(|p| p[..3] != [0; 3]).count();
        let apart = pixels.filter(differ).count();
        assert!(drawn > 300 && apart * 10 < drawn, "{apart} of {drawn}");
    }
}
