//! What the renderers need to know of a volume beyond its values: identity, where its content lies,
//! the anatomy as bytes. Computed once a volume and remembered.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::geometry::Bounds;
use rayon::prelude::*;

use crate::volume::{Affine, Grid, Volume, VolumeData};

/// What makes two volumes the same picture: equal ids have equal values on equal grids.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct VolumeId {
    hash: String,
    frame: usize,
    shape: [usize; 3],
    /// Bits of the affine: the same values may be shown in another place.
    affine: [u64; 12],
}

impl VolumeId {
    /// The identity of a volume. One without a hash is told from others by where its values are held.
    pub fn of(volume: &Volume) -> Self {
        let hash = if volume.hash.is_empty() {
            let address = match &volume.data {
                VolumeData::Scalar(v) => v.as_ptr().addr(),
                VolumeData::Label(v) => v.as_ptr().addr(),
                VolumeData::Rgba(v) => v.as_ptr().addr(),
            };
            format!("address {address}")
        } else {
            volume.hash.clone()
        };
        let rows = &volume.grid.affine.0;
        Self {
            hash,
            frame: volume.frame,
            shape: volume.grid.shape,
            affine: std::array::from_fn(|n| rows[n / 4][n % 4].to_bits()),
        }
    }
}

/// A range of voxels, inclusive, that holds everything a volume shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct VoxelBox {
    /// Lowest i, j, k.
    pub low: [usize; 3],
    /// Highest i, j, k.
    pub high: [usize; 3],
}

/// Whether the data fills its grid. Readers see to it; a volume made by hand may not, and is then
/// not drawn rather than read past its end.
pub(crate) fn is_sound(volume: &Volume) -> bool {
    let len = match &volume.data {
        VolumeData::Scalar(v) => v.len(),
        VolumeData::Label(v) => v.len(),
        VolumeData::Rgba(v) => v.len(),
    };
    !volume.grid.is_empty() && len == volume.grid.len()
}

/// Where a volume has content (finite and not 0, a label, any opacity); `None` where it has none.
pub(crate) fn content_box(volume: &Volume) -> Option<VoxelBox> {
    static MEMO: Memo<Option<VoxelBox>> = Memo::new(256);
    MEMO.get(VolumeId::of(volume), || {
        if !is_sound(volume) {
            return None;
        }
        match &volume.data {
            VolumeData::Scalar(v) => scan(v, volume.grid.shape, |x| x.is_finite() && *x != 0.0),
            VolumeData::Label(v) => scan(v, volume.grid.shape, |x| *x != 0),
            VolumeData::Rgba(v) => scan(v, volume.grid.shape, |x| x[3] != 0),
        }
    })
}

/// The box in RAS mm around a volume's content.
pub(crate) fn content_bounds(volume: &Volume) -> Option<Bounds> {
    let VoxelBox { low, high } = content_box(volume)?;
    let bounds = Bounds::of_voxels(&volume.grid.affine, low, high);
    bounds.is_sound().then_some(bounds)
}

/// Row by row: only the first and last hit of a row matter along i.
fn scan<T>(values: &[T], shape: [usize; 3], shown: impl Fn(&T) -> bool) -> Option<VoxelBox> {
    let mut found: Option<VoxelBox> = None;
    for (row, line) in values.chunks_exact(shape[0]).enumerate() {
        let Some(first) = line.iter().position(&shown) else {
            continue;
        };
        let last = line.iter().rposition(&shown).unwrap_or(first);
        let (j, k) = (row % shape[1], row / shape[1]);
        let bounds = found.get_or_insert(VoxelBox {
            low: [first, j, k],
            high: [last, j, k],
        });
        bounds.low = [
            bounds.low[0].min(first),
            bounds.low[1].min(j),
            bounds.low[2].min(k),
        ];
        bounds.high = [
            bounds.high[0].max(last),
            bounds.high[1].max(j),
            bounds.high[2].max(k),
        ];
    }
    found
}

/// The anatomy as the underlay shader wants it: intensity and coverage, one byte each, i fastest.
/// `None` for labels and colour pictures.
pub(crate) fn anatomy_texels(volume: &Volume) -> Option<Arc<[[u8; 2]]>> {
    static MEMO: Memo<Option<Arc<[[u8; 2]]>>> = Memo::new(2);
    if !is_sound(volume) {
        return None;
    }
    MEMO.get(VolumeId::of(volume), || {
        make_anatomy_texels(volume).map(Arc::from)
    })
}

/// As [`anatomy_texels`], but not remembered: for who keeps them elsewhere.
pub(super) fn make_anatomy_texels(volume: &Volume) -> Option<Vec<[u8; 2]>> {
    if !is_sound(volume) {
        return None;
    }
    let values = volume.data.scalar()?;
    let scale = WHITE / bright(values);
    // The cast saturates: brighter than the window is white, NaN and below 0 black.
    let grey: Vec<u8> = values
        .par_iter()
        .map(|&v| (v * scale + 0.5) as u8)
        .collect();
    let mask: Vec<bool> = values.par_iter().map(|&v| v > 0.0).collect();
    Some(smooth_edge(&grey, &mask, volume.grid.shape))
}

/// The part of a scalar volume that holds its content and `margin` voxels around it, in the same
/// place; the volume itself where there is nothing to cut off. A template is half air.
pub(crate) fn cropped(volume: &Arc<Volume>, margin: usize) -> Arc<Volume> {
    let grid = volume.grid;
    let (Some(values), Some(content)) = (volume.data.scalar(), content_box(volume)) else {
        return Arc::clone(volume);
    };
    let low = content.low.map(|v| v.saturating_sub(margin));
    let high: [usize; 3] =
        std::array::from_fn(|a| (content.high[a] + margin).min(grid.shape[a] - 1));
    let shape: [usize; 3] = std::array::from_fn(|a| high[a] - low[a] + 1);
    if shape == grid.shape {
        return Arc::clone(volume);
    }
    let mut kept = Vec::with_capacity(shape.iter().product());
    for k in low[2]..=high[2] {
        for j in low[1]..=high[1] {
            let from = grid.index([low[0], j, k]);
            kept.extend_from_slice(&values[from..from + shape[0]]);
        }
    }
    let shift = Affine::scale_translate([1.0; 3], low.map(|v| v as f64));
    Arc::new(Volume {
        grid: Grid {
            shape,
            affine: grid.affine.then_after(&shift),
        },
        data: VolumeData::Scalar(kept.into()),
        ..Volume::clone(volume)
    })
}

/// White matter is kept below white: layers stand out from it, and it from a white canvas.
const WHITE: f32 = 232.0;

/// Intensity (premultiplied) and coverage of every voxel. A mask of whole voxels has an edge of steps;
/// at its border coverage becomes the binomial mean of the 3 × 3 × 3 neighbourhood, and voxels just
/// outside borrow their intensity from those inside.
fn smooth_edge(grey: &[u8], mask: &[bool], shape: [usize; 3]) -> Vec<[u8; 2]> {
    let [nx, ny, nz] = shape;
    let mut out = vec![[0u8; 2]; grey.len()];
    out.par_chunks_exact_mut(nx)
        .enumerate()
        .for_each(|(row, line)| {
            let (j, k) = (row % ny, row / ny);
            // The outermost voxels keep what they are: their neighbourhood is cut off.
            let edge_row = j == 0 || k == 0 || j + 1 == ny || k + 1 == nz;
            let rows: [usize; 9] = std::array::from_fn(|n| {
                let (dj, dk) = (n % 3, n / 3);
                if edge_row {
                    row * nx
                } else {
                    ((j + dj - 1) + ny * (k + dk - 1)) * nx
                }
            });
            for (i, texel) in line.iter_mut().enumerate() {
                let own = mask[row * nx + i];
                let whole = if own {
                    [grey[row * nx + i], 255]
                } else {
                    [0, 0]
                };
                let inner = !edge_row && i > 0 && i + 1 < nx;
                let mixed = |r: &usize| {
                    mask[r + i - 1] != own || mask[r + i] != own || mask[r + i + 1] != own
                };
                *texel = if inner && rows.iter().any(mixed) {
                    neighbourhood(grey, mask, &rows, i)
                } else {
                    whole
                };
            }
        });
    out
}

/// Coverage and intensity of a border voxel from its 27 neighbours, weighted 1-2-1 along each axis.
fn neighbourhood(grey: &[u8], mask: &[bool], rows: &[usize; 9], i: usize) -> [u8; 2] {
    let (mut covered, mut sum) = (0u32, 0u32);
    for (n, row) in rows.iter().enumerate() {
        let across = [1, 2, 1][n % 3] * [1, 2, 1][n / 3];
        for (step, along) in [1, 2, 1].into_iter().enumerate() {
            let at = row + i + step - 1;
            if mask[at] {
                covered += across * along;
                sum += across * along * u32::from(grey[at]);
            }
        }
    }
    if covered == 0 {
        return [0, 0];
    }
    let coverage = covered * 255 / 64;
    let mean = if mask[rows[4] + i] {
        u32::from(grey[rows[4] + i])
    } else {
        sum / covered
    };
    [(mean * coverage / 255) as u8, coverage as u8]
}

/// The value shown as white: the 99.8th percentile of what is above 0, from at most 65,536 of them.
fn bright(values: &[f32]) -> f32 {
    let positive = || values.iter().copied().filter(|v| v.is_finite() && *v > 0.0);
    let count = positive().count();
    if count == 0 {
        return 1.0;
    }
    let mut sample: Vec<f32> = positive().step_by(count.div_ceil(65_536)).collect();
    let rank = ((sample.len() - 1) as f64 * 0.998) as usize;
    let (_, value, _) = sample.select_nth_unstable_by(rank, f32::total_cmp);
    value.max(f32::MIN_POSITIVE)
}

/// Results remembered by key, emptied when full: the entries are cheap to make again.
pub(super) struct Memo<V, K = VolumeId> {
    map: OnceLock<Mutex<HashMap<K, V>>>,
    most: usize,
}

impl<V: Clone, K: Eq + Hash> Memo<V, K> {
    pub(super) const fn new(most: usize) -> Self {
        Self {
            map: OnceLock::new(),
            most,
        }
    }

    pub(super) fn get(&self, key: K, make: impl FnOnce() -> V) -> V {
        let lock = self.map.get_or_init(Mutex::default);
        // A thread that panicked while inserting left whole entries behind.
        let guard = || lock.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = guard().get(&key) {
            return value.clone();
        }
        // Made outside the lock: two threads may do it twice, none waits for the other.
        let value = make();
        let mut map = guard();
        if map.len() >= self.most {
            map.clear();
        }
        map.insert(key, value.clone());
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixtures::volume;

    #[test]
    fn content_is_found_and_no_data_is_none() {
        let mut values = vec![0.0f32; 5 * 6 * 7];
        values[2 + 5 * (3 + 6 * 4)] = -1.0;
        values[4 + 5 * (3 + 6 * 6)] = 2.0;
        values[0] = f32::NAN;
        let map = volume([5, 6, 7], 2.0, values);
        let found = content_box(&map).unwrap();
        assert_eq!((found.low, found.high), ([2, 3, 4], [4, 3, 6]));
        assert_eq!(content_box(&volume([2, 2, 2], 1.0, vec![0.0; 8])), None);
    }

    #[test]
    fn cropping_keeps_every_value_in_its_place() {
        let mut values = vec![0.0f32; 9 * 8 * 7];
        values[4 + 9 * (3 + 8 * 2)] = 5.0;
        values[5 + 9 * (4 + 8 * 6)] = -2.0;
        let whole = Arc::new(volume([9, 8, 7], 2.0, values));
        let part = cropped(&whole, 1);
        assert_eq!(part.grid.shape, [4, 4, 6]);
        for index in 0..whole.grid.len() {
            let at = whole.grid.world(whole.grid.voxel(index));
            let was = whole.value_at_world(at).unwrap();
            assert_eq!(part.value_at_world(at).unwrap_or(0.0), was, "{at:?}");
        }
        let empty = Arc::new(volume([3, 3, 3], 1.0, vec![0.0; 27]));
        assert!(Arc::ptr_eq(&cropped(&empty, 1), &empty));
    }

    #[test]
    fn a_volume_shorter_than_its_grid_is_not_sound() {
        assert!(!is_sound(&volume([3, 3, 3], 1.0, vec![1.0; 26])));
        assert_eq!(content_box(&volume([3, 3, 3], 1.0, vec![1.0; 26])), None);
    }

    #[test]
    fn anatomy_windows_to_its_bright_end_and_covers_what_is_positive() {
        let values: Vec<f32> = (0..1000).map(|v| v as f32).collect();
        let texels = anatomy_texels(&volume([10, 10, 10], 1.0, values)).unwrap();
        assert_eq!(texels[0], [0, 0]);
        assert!((232..=233).contains(&texels[999][0]) && texels[999][1] == 255);
        assert!((115..=118).contains(&texels[500][0]));
    }

    #[test]
    fn the_edge_of_the_anatomy_is_smooth_and_its_inside_untouched() {
        let inside = |n: usize| (4..8).contains(&(n % 12)) && (4..8).contains(&(n / 12 % 12));
        let values: Vec<f32> = (0..12 * 12 * 12)
            .map(|n| if inside(n) { 10.0 } else { 0.0 })
            .collect();
        let texels = anatomy_texels(&volume([12, 12, 12], 1.0, values)).unwrap();
        let at = |i: usize, j: usize| texels[i + 12 * (j + 12 * 6)];
        assert_eq!(at(5, 5), [232, 255]);
        assert_eq!(at(2, 5), [0, 0]);
        // A straight edge: three quarters covered within, a quarter outside.
        assert_eq!((at(4, 6)[1], at(3, 6)[1]), (191, 63));
        // Colour stays premultiplied: un-multiplied it is the same grey on both sides.
        for [grey, coverage] in [at(4, 6), at(3, 6), at(4, 4)] {
            let grey = f32::from(grey) / f32::from(coverage) * 255.0;
            assert!((grey - 232.0).abs() < 5.0, "{grey}");
        }
    }
}
