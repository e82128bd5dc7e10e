//! Volumes as the shaders want them: values without NaN, validity, bricks, and a smaller copy where a
//! volume is beyond what the device holds.

use crate::render::bricks;
use crate::render::content::{self, VoxelBox};
use crate::volume::{Affine, Grid, Volume, VolumeData};

/// What is written to textures.
pub(super) enum Texels {
    /// Intensity and coverage.
    Anatomy(Vec<[u8; 2]>),
    /// A scalar map.
    Scalar {
        /// NaN replaced by 0.
        values: Vec<f32>,
        /// 255 where there is data; `None` where there is everywhere.
        validity: Option<Vec<u8>>,
        /// Largest magnitude in and around each brick.
        bricks: Vec<f32>,
        /// Bricks along i, j, k.
        brick_shape: [usize; 3],
    },
    /// Integer labels.
    Labels(std::sync::Arc<[u32]>),
    /// Colour voxels.
    Picture(std::sync::Arc<[[u8; 4]]>),
}

/// A volume ready for upload.
pub(super) struct Upload {
    pub texels: Texels,
    pub grid: Grid,
    pub content: VoxelBox,
    /// Voxels of the volume along the edge of one texel; 1 where nothing was reduced.
    pub reduced_by: usize,
}

impl Upload {
    /// `None` where the volume shows nothing. `most_edge` and `most_bytes` are the device's limits.
    pub(super) fn new(
        volume: &Volume,
        as_anatomy: bool,
        most_edge: usize,
        most_bytes: usize,
    ) -> Option<Self> {
        content::content_box(volume)?;
        let factor = reduction(volume, as_anatomy, most_edge, most_bytes);
        let reduced;
        let volume = if factor > 1 {
            reduced = reduce(volume, factor);
            &reduced
        } else {
            volume
        };
        let texels = match &volume.data {
            VolumeData::Scalar(_) if as_anatomy => {
                Texels::Anatomy(content::make_anatomy_texels(volume)?)
            }
            _ if as_anatomy => return None,
            VolumeData::Scalar(values) => scalar(values, volume.grid.shape),
            VolumeData::Label(labels) => Texels::Labels(labels.clone()),
            VolumeData::Rgba(texels) => Texels::Picture(texels.clone()),
        };
        let content = content::content_box(volume)?;
        Some(Self {
            texels,
            grid: volume.grid,
            content,
            reduced_by: factor,
        })
    }
}

fn scalar(data: &[f32], shape: [usize; 3]) -> Texels {
    let whole = data.iter().all(|v| v.is_finite());
    let values: Vec<f32> = data
        .iter()
        .map(|&v| if v.is_finite() { v } else { 0.0 })
        .collect();
    let validity = (!whole).then(|| {
        data.iter()
            .map(|v| if v.is_finite() { 255 } else { 0 })
            .collect()
    });
    let (bricks, brick_shape) = bricks::tops(&values, shape);
    Texels::Scalar {
        values,
        validity,
        bricks,
        brick_shape,
    }
}

/// By how much a volume must shrink along every edge to fit.
fn reduction(volume: &Volume, as_anatomy: bool, most_edge: usize, most_bytes: usize) -> usize {
    let shape = volume.grid.shape;
    let bytes_per_voxel = match (&volume.data, as_anatomy) {
        (VolumeData::Scalar(_), true) => 2,
        (VolumeData::Scalar(_), false) => 5,
        _ => 4,
    };
    let mut factor = shape
        .iter()
        .map(|n| n.div_ceil(most_edge.max(1)))
        .max()
        .unwrap_or(1)
        .max(1);
    let bytes = |f: usize| -> f64 {
        shape.iter().map(|n| n.div_ceil(f) as f64).product::<f64>() * f64::from(bytes_per_voxel)
    };
    while bytes(factor) > most_bytes as f64 && factor < 1 << 20 {
        factor += 1;
    }
    factor
}

/// Every `factor`³ voxels become one: the mean of the finite ones, or the first label or colour.
fn reduce(volume: &Volume, factor: usize) -> Volume {
    let from = volume.grid;
    let shape = from.shape.map(|n| n.div_ceil(factor));
    let offset = 0.5 * (factor as f64 - 1.0);
    let affine = from
        .affine
        .then_after(&Affine::scale_translate([factor as f64; 3], [offset; 3]));
    let grid = Grid { shape, affine };
    let data = match &volume.data {
        VolumeData::Scalar(values) => {
            let mean = |low: [usize; 3]| {
                let (mut sum, mut count) = (0.0f64, 0u32);
                let upto = |a: usize| (low[a] + factor).min(from.shape[a]);
                for k in low[2]..upto(2) {
                    for j in low[1]..upto(1) {
                        for i in low[0]..upto(0) {
                            let value = values[from.index([i, j, k])];
                            if value.is_finite() {
                                sum += f64::from(value);
                                count += 1;
                            }
                        }
                    }
                }
                if count == 0 {
                    f32::NAN
                } else {
                    (sum / f64::from(count)) as f32
                }
            };
            VolumeData::Scalar(blocks(grid, factor).map(mean).collect())
        }
        VolumeData::Label(labels) => VolumeData::Label(
            blocks(grid, factor)
                .map(|low| labels[from.index(low)])
                .collect(),
        ),
        VolumeData::Rgba(texels) => VolumeData::Rgba(
            blocks(grid, factor)
                .map(|low| texels[from.index(low)])
                .collect(),
        ),
    };
    Volume {
        grid,
        data,
        hash: format!("{} reduced by {factor}", volume.hash),
        ..volume.clone()
    }
}

/// Lowest voxel of every block, in storage order.
fn blocks(grid: Grid, factor: usize) -> impl Iterator<Item = [usize; 3]> {
    (0..grid.len()).map(move |n| grid.voxel(n).map(|v| v * factor))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixtures::volume;

    #[test]
    fn a_volume_beyond_the_limit_is_averaged_and_stays_in_place() {
        let values: Vec<f32> = (0..40 * 4 * 4).map(|n| (n % 40) as f32).collect();
        let map = volume([40, 4, 4], 1.0, values);
        let upload = Upload::new(&map, false, 20, usize::MAX).unwrap();
        assert_eq!((upload.reduced_by, upload.grid.shape), (2, [20, 2, 2]));
        let Texels::Scalar { values, .. } = &upload.texels else {
            panic!("not scalar")
        };
        assert_eq!(values[..3], [0.5, 2.5, 4.5]);
        // The first block's centre lies between the first two voxels.
        let (block, a, b) = (
            upload.grid.world([0, 0, 0]),
            map.grid.world([0, 0, 0]),
            map.grid.world([1, 1, 1]),
        );
        for axis in 0..3 {
            assert!((block[axis] - 0.5 * (a[axis] + b[axis])).abs() < 1e-12);
        }
    }

    #[test]
    fn a_byte_budget_reduces_too() {
        let map = volume([32, 32, 32], 1.0, vec![1.0; 32 * 32 * 32]);
        assert_eq!(Upload::new(&map, false, 64, 40_000).unwrap().reduced_by, 2);
        assert_eq!(Upload::new(&map, false, 64, 1 << 20).unwrap().reduced_by, 1);
    }

    #[test]
    fn validity_is_only_made_where_data_is_missing() {
        let whole = volume([2, 2, 2], 1.0, vec![1.0; 8]);
        let Texels::Scalar { validity, .. } =
            Upload::new(&whole, false, 64, 1 << 20).unwrap().texels
        else {
            panic!("not scalar")
        };
        assert!(validity.is_none());
        let mut values = vec![1.0; 8];
        values[3] = f32::NAN;
        let Texels::Scalar {
            values, validity, ..
        } = Upload::new(&volume([2, 2, 2], 1.0, values), false, 64, 1 << 20)
            .unwrap()
            .texels
        else {
            panic!("not scalar")
        };
        assert_eq!(values[3], 0.0);
        assert_eq!(validity.unwrap(), [255, 255, 255, 0, 255, 255, 255, 255]);
    }
}
