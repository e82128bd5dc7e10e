//! What is worked out once about a map before it is shown: its display, where it is looked at first, its
//! strongest voxels and its histogram.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::content::VolumeId;
use super::histogram::Histogram;
use super::look::{LayerDisplay, Signs};
use crate::volume::{MapKind, Strongest, Volume};

/// Bins of a layer's histogram.
const BINS: usize = 96;

/// Maps remembered: more than anyone has open.
const MAX_KNOWN: usize = 256;

/// What is worked out once about a map of a kind before it is shown.
#[derive(Debug)]
pub(crate) struct FirstLook {
    /// The renderer's defaults.
    pub display: LayerDisplay,
    point_mm: OnceLock<Option<[f64; 3]>>,
}

impl FirstLook {
    /// Where the map, the one this was made of, is looked at first, RAS mm.
    pub(crate) fn point_mm(&self, volume: &Volume) -> Option<[f64; 3]> {
        let threshold = self.display.threshold;
        *self
            .point_mm
            .get_or_init(|| first_look_mm(volume, threshold))
    }
}

/// What is worked out once about a map's values, whatever they are taken for.
#[derive(Debug)]
pub(crate) struct FirstValues {
    /// Of the values; `None` for labels and colour pictures.
    pub histogram: Option<Histogram>,
    strongest: Strongest,
}

impl FirstValues {
    /// Centre of the voxel with the largest absolute value of the signs shown, RAS mm.
    pub(crate) fn peak_mm(&self, signs: Signs) -> Option<[f64; 3]> {
        shown(self.strongest, signs)
    }
}

/// A place to begin from needs no more of a map.
const VOXELS_LOOKED_AT: usize = 4_000_000;

type Known<K, V> = OnceLock<Mutex<HashMap<K, Arc<V>>>>;

/// The first look of a map: several passes over its values, remembered. The workers that read or make
/// a map call it, so that the window finds it done.
pub(crate) fn first_look(volume: &Volume) -> Arc<FirstLook> {
    static KNOWN: Known<(VolumeId, MapKind), FirstLook> = OnceLock::new();
    // The kind decides the threshold, and the user may change it.
    let id = (VolumeId::of(volume), volume.kind);
    remembered(&KNOWN, id, || FirstLook {
        display: LayerDisplay::of(volume),
        point_mm: OnceLock::new(),
    })
}

/// The values of a map, remembered like [`first_look`] and shared by all kinds it is taken for.
pub(crate) fn first_values(volume: &Volume) -> Arc<FirstValues> {
    static KNOWN: Known<VolumeId, FirstValues> = OnceLock::new();
    remembered(&KNOWN, VolumeId::of(volume), || FirstValues {
        histogram: Histogram::of(volume, BINS),
        strongest: Strongest::of(volume),
    })
}

fn remembered<K: Eq + Hash, V>(known: &Known<K, V>, id: K, make: impl FnOnce() -> V) -> Arc<V> {
    let known = known.get_or_init(Mutex::default);
    // A thread that panicked while inserting left whole entries behind.
    let lock = || known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = lock().get(&id) {
        return Arc::clone(known);
    }
    let made = Arc::new(make());
    let mut map = lock();
    if map.len() >= MAX_KNOWN {
        map.clear();
    }
    map.insert(id, Arc::clone(&made));
    made
}

/// The strongest voxel of the signs shown.
fn shown(strongest: Strongest, signs: Signs) -> Option<[f64; 3]> {
    match signs {
        Signs::Positive => strongest.positive,
        Signs::Negative => strongest.negative,
        Signs::Both => strongest.both,
    }
}

/// Centre of the voxel with the largest absolute value of the signs shown, RAS mm: a pass over the
/// map, which [`first_values`] remembers.
pub(crate) fn peak_mm(volume: &Volume, signs: Signs) -> Option<[f64; 3]> {
    shown(Strongest::of(volume), signs)
}

/// Where a map is looked at first: the strongest point of its largest cluster above the threshold
/// (voxels sharing a face, both signs apart), else [`peak_mm`]. RAS mm. Of a large map every few
/// voxels are looked at: it is a place to begin from, and clusters of single voxels are none.
pub(crate) fn first_look_mm(volume: &Volume, threshold: f32) -> Option<[f64; 3]> {
    let whole = volume.data.scalar()?;
    let every = (1_usize..)
        .find(|n| whole.len().div_ceil(n * n * n) <= VOXELS_LOOKED_AT)
        .unwrap_or(1);
    let shape = volume.grid.shape.map(|n| n.div_ceil(every));
    let [nx, ny, nz] = shape;
    let place = |n: usize| [n % nx, n / nx % ny, n / nx / ny].map(|x| x * every);
    let copied: Vec<f32>;
    let values: &[f32] = if every == 1 {
        whole
    } else {
        let at = |n| whole[volume.grid.index(place(n))];
        copied = (0..nx * ny * nz).map(at).collect();
        &copied
    };
    let mut seen = vec![false; values.len()];
    let mut best: (usize, Option<usize>) = (0, None);
    let mut stack = Vec::new();
    for start in 0..values.len() {
        // Comparisons with NaN are false: voxels without data belong to no cluster.
        let inside = |n: usize| values[n] * values[start].signum() > threshold;
        if seen[start] || values[start] == 0.0 || !inside(start) {
            continue;
        }
        seen[start] = true;
        stack.push(start);
        let (mut size, mut top) = (0, start);
        while let Some(n) = stack.pop() {
            size += 1;
            if values[n].abs() > values[top].abs() {
                top = n;
            }
            let [i, j, k] = [n % nx, n / nx % ny, n / nx / ny];
            let neighbours = [
                (i > 0).then(|| n - 1),
                (i + 1 < nx).then(|| n + 1),
                (j > 0).then(|| n - nx),
                (j + 1 < ny).then(|| n + nx),
                (k > 0).then(|| n - nx * ny),
                (k + 1 < nz).then(|| n + nx * ny),
            ];
            for next in neighbours.into_iter().flatten() {
                if !seen[next] && inside(next) {
                    seen[next] = true;
                    stack.push(next);
                }
            }
        }
        if size > best.0 {
            best = (size, Some(top));
        }
    }
    match best.1 {
        Some(n) => Some(volume.grid.world(place(n))),
        None => peak_mm(volume, Signs::Both),
    }
}
