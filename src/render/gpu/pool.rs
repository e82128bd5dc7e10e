//! The volume textures on the device: made on first use, kept while they fit the budget.

use std::collections::HashMap;

use eframe::wgpu;

use super::upload::{Texels, Upload};
use crate::render::content::{VolumeId, VoxelBox};
use crate::volume::{Grid, Volume};

/// Bytes of textures kept. A T1 takes 17 MB, a map of 91 × 109 × 91 less than 5.
const BUDGET_BYTES: usize = 768 << 20;

/// One volume may take at most this much of it.
const VOLUME_BYTES: usize = BUDGET_BYTES / 3;

/// Which pipeline draws a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Role {
    Anatomy,
    Scalar,
    Labels,
    Picture,
}

impl Role {
    pub(super) const ALL: [Self; 4] = [Self::Anatomy, Self::Scalar, Self::Labels, Self::Picture];

    /// Sample types of the textures in bind group 1.
    fn textures(self) -> &'static [wgpu::TextureSampleType] {
        use wgpu::TextureSampleType::{Float, Uint};
        match self {
            Self::Anatomy => &[Float { filterable: true }],
            Self::Scalar => &[
                Float { filterable: false },
                Float { filterable: false },
                Float { filterable: false },
            ],
            Self::Labels => &[Uint],
            Self::Picture => &[Float { filterable: false }],
        }
    }

    pub(super) fn layout(self, device: &wgpu::Device) -> wgpu::BindGroupLayout {
        let entries: Vec<_> = (0u32..)
            .zip(self.textures())
            .map(|(binding, &sample_type)| wgpu::BindGroupLayoutEntry {
                binding,
                visibility: wgpu::ShaderStages::FRAGMENT,
                ty: wgpu::BindingType::Texture {
                    sample_type,
                    view_dimension: wgpu::TextureViewDimension::D3,
                    multisampled: false,
                },
                count: None,
            })
            .collect();
        device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("volume"),
            entries: &entries,
        })
    }
}

/// A volume on the device.
pub(super) struct Resident {
    pub role: Role,
    pub bind_group: wgpu::BindGroup,
    pub grid: Grid,
    pub content: VoxelBox,
    pub has_validity: bool,
    pub reduced_by: usize,
    bytes: usize,
    last_used: u64,
}

pub(super) struct Pool {
    entries: HashMap<(VolumeId, bool), Option<Resident>>,
    layouts: HashMap<Role, wgpu::BindGroupLayout>,
    clock: u64,
    budget: usize,
    /// Voxels along an edge of a texture at most: the device's limit, or less in a test.
    most_edge: usize,
}

impl Pool {
    pub(super) fn new(device: &wgpu::Device) -> Self {
        Self {
            entries: HashMap::new(),
            layouts: Role::ALL
                .into_iter()
                .map(|role| (role, role.layout(device)))
                .collect(),
            clock: 0,
            budget: BUDGET_BYTES,
            most_edge: device.limits().max_texture_dimension_3d as usize,
        }
    }

    /// Pretends that the device holds no longer edge than this.
    #[cfg(test)]
    pub(super) fn limit_edge(&mut self, most_edge: usize) {
        self.most_edge = most_edge;
    }

    pub(super) fn layout(&self, role: Role) -> &wgpu::BindGroupLayout {
        // Every role was inserted by `new`.
        &self.layouts[&role]
    }

    /// Starts a round: what is used from here on is not dropped by [`Self::trim`].
    pub(super) fn begin(&mut self) {
        self.clock += 1;
    }

    /// Uploads a volume if it is not there. A volume that shows nothing is remembered as such.
    pub(super) fn ensure(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        volume: &Volume,
        as_anatomy: bool,
    ) {
        let key = (VolumeId::of(volume), as_anatomy);
        let clock = self.clock;
        if let Some(entry) = self.entries.get_mut(&key) {
            if let Some(resident) = entry {
                resident.last_used = clock;
            }
            return;
        }
        let resident = Upload::new(volume, as_anatomy, self.most_edge, VOLUME_BYTES)
            .map(|upload| self.make(device, queue, upload));
        self.entries.insert(key, resident);
    }

    /// A volume uploaded before, if it shows anything.
    pub(super) fn get(&self, volume: &Volume, as_anatomy: bool) -> Option<&Resident> {
        self.entries
            .get(&(VolumeId::of(volume), as_anatomy))?
            .as_ref()
    }

    /// Drops what was used longest ago until the budget holds; never what this round used.
    pub(super) fn trim(&mut self) {
        // Notes of volumes that show nothing cost next to nothing, but must not pile up for ever.
        if self.entries.len() > 4096 {
            self.entries.retain(|_, entry| entry.is_some());
        }
        while self.bytes() > self.budget {
            let oldest = self
                .entries
                .iter()
                .filter_map(|(key, entry)| Some((key, entry.as_ref()?)))
                .filter(|(_, resident)| resident.last_used < self.clock)
                .min_by_key(|(_, resident)| resident.last_used)
                .map(|(key, _)| key.clone());
            match oldest {
                Some(key) => self.entries.remove(&key),
                None => break,
            };
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.entries
            .values()
            .flatten()
            .map(|resident| resident.bytes)
            .sum()
    }

    fn make(&self, device: &wgpu::Device, queue: &wgpu::Queue, upload: Upload) -> Resident {
        use wgpu::TextureFormat::{R8Unorm, R32Float, R32Uint, Rg8Unorm, Rgba8Unorm};
        let Upload {
            texels,
            grid,
            content,
            reduced_by,
        } = upload;
        let mut bytes = 0;
        let mut write = |shape, format, data: &[u8]| {
            bytes += data.len();
            texture(device, queue, shape, format, data)
        };
        let (role, views, has_validity) = match &texels {
            Texels::Anatomy(texels) => (
                Role::Anatomy,
                vec![write(grid.shape, Rg8Unorm, texels.as_flattened())],
                false,
            ),
            Texels::Scalar {
                values,
                validity,
                bricks,
                brick_shape,
            } => {
                let values = write(grid.shape, R32Float, bytemuck::cast_slice(values));
                let has_validity = validity.is_some();
                let validity = match validity {
                    Some(validity) => write(grid.shape, R8Unorm, validity),
                    None => write([1; 3], R8Unorm, &[255]),
                };
                let bricks = write(*brick_shape, R32Float, bytemuck::cast_slice(bricks));
                (Role::Scalar, vec![values, validity, bricks], has_validity)
            }
            Texels::Labels(labels) => (
                Role::Labels,
                vec![write(grid.shape, R32Uint, bytemuck::cast_slice(labels))],
                false,
            ),
            Texels::Picture(texels) => (
                Role::Picture,
                vec![write(grid.shape, Rgba8Unorm, texels.as_flattened())],
                false,
            ),
        };
        let entries: Vec<_> = (0u32..)
            .zip(&views)
            .map(|(binding, view)| wgpu::BindGroupEntry {
                binding,
                resource: wgpu::BindingResource::TextureView(view),
            })
            .collect();
        let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("volume"),
            layout: self.layout(role),
            entries: &entries,
        });
        Resident {
            role,
            bind_group,
            grid,
            content,
            has_validity,
            reduced_by,
            bytes,
            last_used: self.clock,
        }
    }
}

/// A 3-D texture filled with tightly packed texels.
fn texture(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    shape: [usize; 3],
    format: wgpu::TextureFormat,
    data: &[u8],
) -> wgpu::TextureView {
    // The limit of 3-D textures, checked before, is far below u32::MAX.
    let [width, height, depth] = shape.map(|n| n as u32);
    let size = wgpu::Extent3d {
        width,
        height,
        depth_or_array_layers: depth,
    };
    let texture = device.create_texture(&wgpu::TextureDescriptor {
        label: Some("volume"),
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D3,
        format,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    let texel_bytes = format.block_copy_size(None).unwrap_or(4);
    queue.write_texture(
        texture.as_image_copy(),
        data,
        wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(width * texel_bytes),
            rows_per_image: Some(height),
        },
        size,
    );
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixtures::{adapter, volume};

    #[test]
    fn the_pool_forgets_the_oldest_first_and_keeps_what_is_in_use() {
        let Some(gpu) = adapter() else { return };
        let (device, queue) = gpu.parts();
        let mut pool = Pool::new(device);
        // 16³ floats and their bricks: about 16 kB each.
        pool.budget = 40_000;
        let maps: Vec<_> = (0..4)
            .map(|n| {
                let mut map = volume([16, 16, 16], 1.0, vec![1.0 + n as f32; 4096]);
                map.hash = format!("map {n}");
                map
            })
            .collect();
        for map in &maps {
            pool.begin();
            pool.ensure(device, queue, map, false);
            pool.trim();
        }
        assert!(pool.bytes() <= 40_000);
        assert!(pool.get(&maps[0], false).is_none() && pool.get(&maps[3], false).is_some());
        pool.begin();
        for map in &maps {
            pool.ensure(device, queue, map, false);
        }
        pool.trim();
        assert!(
            maps.iter().all(|map| pool.get(map, false).is_some()),
            "all four are in use"
        );
    }
}
