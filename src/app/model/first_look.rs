//! First display settings of a map, its peak and its histogram.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::layer::{Layer, Opened};
use crate::render::{ColourMap, LayerDisplay, Signs, VolumeId, warm};
use crate::volume::{MapKind, Volume, VolumeData};

/// Bins of a layer's histogram.
const BINS: usize = 96;

/// Maps remembered: more than anyone has open.
const MAX_KNOWN: usize = 256;

/// What is worked out once about a map of a kind before it is shown.
#[derive(Debug)]
pub struct FirstLook {
    /// The renderer's defaults.
    pub display: LayerDisplay,
    point_mm: OnceLock<Option<[f64; 3]>>,
}

impl FirstLook {
    /// Where the map, the one this was made of, is looked at first, RAS mm.
    pub fn point_mm(&self, volume: &Volume) -> Option<[f64; 3]> {
        let threshold = self.display.threshold;
        *self
            .point_mm
            .get_or_init(|| first_look_mm(volume, threshold))
    }
}

/// What is worked out once about a map's values, whatever they are taken for.
#[derive(Debug)]
pub struct FirstValues {
    /// Of the values; `None` for labels and colour pictures.
    pub histogram: Option<Histogram>,
    strongest: Strongest,
}

impl FirstValues {
    /// Centre of the voxel with the largest absolute value of the signs shown, RAS mm.
    pub fn peak_mm(&self, signs: Signs) -> Option<[f64; 3]> {
        self.strongest.of(signs)
    }
}

/// A place to begin from needs no more of a map.
const VOXELS_LOOKED_AT: usize = 4_000_000;

type Known<K, V> = OnceLock<Mutex<HashMap<K, Arc<V>>>>;

/// The first look of a map: several passes over its values, remembered. The workers that read or make
/// a map call it, so that the window finds it done.
pub fn first_look(volume: &Volume) -> Arc<FirstLook> {
    static KNOWN: Known<(VolumeId, MapKind), FirstLook> = OnceLock::new();
    // The kind decides the threshold, and the user may change it.
    let id = (VolumeId::of(volume), volume.kind);
    remembered(&KNOWN, id, || FirstLook {
        display: LayerDisplay::of(volume),
        point_mm: OnceLock::new(),
    })
}

/// The values of a map, remembered like [`first_look`] and shared by all kinds it is taken for.
pub fn first_values(volume: &Volume) -> Arc<FirstValues> {
    static KNOWN: Known<VolumeId, FirstValues> = OnceLock::new();
    remembered(&KNOWN, VolumeId::of(volume), || FirstValues {
        histogram: Histogram::of(volume, BINS),
        strongest: Strongest::in_map(volume),
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

/// Works out what is expensive about a map here, off the window's thread, which finds it done.
pub fn warmed(opened: Opened) -> Opened {
    warm_volume(&opened.volume);
    opened
}

/// As [`warmed`], of values alone.
pub fn warm_volume(volume: &Volume) {
    first_look(volume).point_mm(volume);
    first_values(volume);
    warm(volume);
}

/// Colours of measured maps, positive and negative, in the order they are given away: positive hues far
/// apart and never blue or cyan, negative ones always blue, cyan or a bluish grey, so that no
/// layer's negative values look like another's positive ones.
const MEASURED: [(&str, &str); 6] = [
    ("warm", "cool"),
    ("plain-green", "plain-blue"),
    ("plain-magenta", "plain-cyan"),
    ("plain-yellow", "bone"),
    ("plain-red", "PuBu_r"),
    ("plain-orange", "black-blue"),
];

/// Colours of predicted maps.
const PREDICTED: [(&str, &str); 4] = [
    ("green", "cool"),
    ("plain-violet", "plain-cyan"),
    ("plain-orange", "plain-blue"),
    ("plain-magenta", "bone"),
];

/// The colours of negative values beside automatic ones of positive values; a map's own partner where
/// the colours were chosen by hand.
fn negative_of(positive: ColourMap) -> ColourMap {
    let pairs = MEASURED.iter().chain(&PREDICTED);
    let mut given = pairs.filter(|(name, _)| *name == positive.name());
    let named = given.next().and_then(|(_, name)| ColourMap::named(name));
    named.unwrap_or_else(|| positive.partner())
}

/// Colours for the next map: those that the fewest layers have, so that maps beside each other are
/// told apart, and predicted ones from measured ones.
pub fn next_colours(layers: &[Layer], predicted: bool) -> ColourMap {
    let list: &[(&str, &str)] = if predicted { &PREDICTED } else { &MEASURED };
    let used = |map: ColourMap| {
        let same = |layer: &&Layer| layer.display.positive == map;
        layers.iter().filter(same).count()
    };
    list.iter()
        .filter_map(|(name, _)| ColourMap::named(name))
        .min_by_key(|map| used(*map))
        .unwrap_or(ColourMap::WARM)
}

/// How a map is shown at first: the renderer's defaults in this layer's colours. Anatomy stays grey, and
/// regions have colours of their own.
pub fn default_display(volume: &Volume, positive: ColourMap) -> LayerDisplay {
    let display = first_look(volume).display.clone();
    if display.positive == ColourMap::GRAY || volume.data.scalar().is_none() {
        return display;
    }
    LayerDisplay {
        positive,
        negative: negative_of(positive),
        ..display
    }
}

/// Centres of the strongest voxels of each sign, RAS mm; the first of equal ones.
#[derive(Debug, Clone, Copy, Default)]
struct Strongest {
    positive: Option<[f64; 3]>,
    negative: Option<[f64; 3]>,
    both: Option<[f64; 3]>,
}

impl Strongest {
    fn in_map(volume: &Volume) -> Self {
        let Some(values) = volume.data.scalar() else {
            return Self::default();
        };
        let (mut high, mut low) = ((0.0_f32, 0), (0.0_f32, 0));
        // Comparisons with NaN are false.
        for (index, &value) in values.iter().enumerate() {
            if value > high.0 {
                high = (value, index);
            } else if value < low.0 {
                low = (value, index);
            }
        }
        let place = |index| volume.grid.world(volume.grid.voxel(index));
        let of = |(value, index): (f32, usize)| (value != 0.0).then(|| place(index));
        let first = high.0 > -low.0 || (high.0 == -low.0 && high.1 <= low.1);
        Self {
            positive: of(high),
            negative: of(low),
            both: of(if first { high } else { low }),
        }
    }

    fn of(self, signs: Signs) -> Option<[f64; 3]> {
        match signs {
            Signs::Positive => self.positive,
            Signs::Negative => self.negative,
            Signs::Both => self.both,
        }
    }
}

/// Centre of the voxel with the largest absolute value of the signs shown, RAS mm: a pass over the
/// map, which [`first_values`] remembers.
pub fn peak_mm(volume: &Volume, signs: Signs) -> Option<[f64; 3]> {
    Strongest::in_map(volume).of(signs)
}

/// Where a map is looked at first: the strongest point of its largest cluster above the threshold
/// (voxels sharing a face, both signs apart), else [`peak_mm`]. RAS mm. Of a large map every few
/// voxels are looked at: it is a place to begin from, and clusters of single voxels are none.
pub fn first_look_mm(volume: &Volume, threshold: f32) -> Option<[f64; 3]> {
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

/// Counts of the non-zero values over −`end`..=`end`; what lies beyond is not counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// Absolute value at both ends.
    pub end: f32,
    /// Counts, an even number of bins.
    pub bins: Vec<u32>,
    /// Whether there are negative values at all.
    pub signed: bool,
}

impl Histogram {
    /// Of a map's values; `None` for labels and colour pictures.
    pub fn of(volume: &Volume, bins: usize) -> Option<Self> {
        let VolumeData::Scalar(values) = &volume.data else {
            return None;
        };
        let mut end = volume.robust_max();
        if !(end.is_finite() && end > 0.0) {
            end = 1.0;
        }
        let end = end * 1.15;
        let half = (bins / 2).max(1);
        let mut counts = vec![0_u32; half * 2];
        let mut signed = false;
        for &value in values.iter().filter(|v| v.is_finite() && **v != 0.0) {
            signed |= value < 0.0;
            let place = (value / end * half as f32).floor() + half as f32;
            if place >= 0.0
                && let Some(count) = counts.get_mut(place as usize)
            {
                *count += 1;
            }
        }
        Some(Self {
            end,
            bins: counts,
            signed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::{Affine, Grid};

    /// Hue of the middle colour, degrees, and how far it is from grey.
    fn hue(map: ColourMap) -> f32 {
        let [r, g, b, _] = map.at(0.5).to_array().map(f32::from);
        let (most, least) = (r.max(g).max(b), r.min(g).min(b));
        assert!(most > least, "{} has no hue", map.name());
        let sixth = if most == r {
            (g - b) / (most - least)
        } else if most == g {
            2.0 + (b - r) / (most - least)
        } else {
            4.0 + (r - g) / (most - least)
        };
        (60.0 * sixth).rem_euclid(360.0)
    }

    #[test]
    fn automatic_colours_are_never_cool_for_positive_nor_warm_for_negative_values() {
        for list in [&MEASURED[..], &PREDICTED[..]] {
            for (n, (name, other)) in list.iter().enumerate() {
                let positive = ColourMap::named(name).unwrap();
                assert!(ColourMap::named(other).is_some(), "{other}");
                let negative = negative_of(positive);
                let (up, down) = (hue(positive), hue(negative));
                assert!(!(165.0..=255.0).contains(&up), "{name}: {up}");
                assert!((165.0..=255.0).contains(&down), "{other}: {down}");
                assert!(!positive.has_two_arms() && !negative.has_two_arms());
                assert!(list[..n].iter().all(|(before, _)| before != name));
            }
        }
    }

    #[test]
    fn the_first_look_goes_to_the_largest_cluster() {
        let mut values = vec![0.0_f32; 1000];
        values[0] = 50.0;
        for n in [555, 556, 557, 565] {
            values[n] = -4.0;
        }
        values[556] = -6.0;
        let mut map = blank();
        map.grid.shape = [10; 3];
        map.data = VolumeData::Scalar(values.into());
        let expected = map.grid.world(map.grid.voxel(556));
        assert_eq!(first_look_mm(&map, 3.1), Some(expected));
        assert_eq!(first_look_mm(&map, 60.0), peak_mm(&map, Signs::Both));
        assert_eq!(peak_mm(&map, Signs::Negative), Some(expected));
        // Remembered, and by every kind the values are taken for.
        let other = Volume {
            kind: MapKind::Beta,
            ..Volume::clone(&map)
        };
        let known = first_values(&map);
        assert!(Arc::ptr_eq(&known, &first_values(&other)));
        for signs in [Signs::Positive, Signs::Negative, Signs::Both] {
            assert_eq!(known.peak_mm(signs), peak_mm(&map, signs));
        }
    }

    #[test]
    fn a_large_map_is_looked_at_where_its_largest_cluster_is() {
        let grid = Grid {
            shape: [200, 200, 200],
            affine: Affine::scale_translate([0.5; 3], [-50.0; 3]),
        };
        let mut values = vec![0.0_f32; grid.len()];
        // A single voxel is stronger; the ball is larger.
        values[grid.index([3, 3, 3])] = 90.0;
        let centre = [120.0, 40.0, 60.0_f64];
        for (n, value) in values.iter_mut().enumerate() {
            let voxel = grid.voxel(n);
            let away: f64 = (0..3).map(|a| (voxel[a] as f64 - centre[a]).powi(2)).sum();
            if away < 100.0 {
                *value = (12.0 - away.sqrt()) as f32;
            }
        }
        let map = Volume::derived(grid, values.into(), MapKind::Z, "large").unwrap();
        let at = first_look_mm(&map, 1.0).unwrap();
        let wanted = grid.world([120, 40, 60]);
        for axis in 0..3 {
            assert!((at[axis] - wanted[axis]).abs() <= 1.0, "{at:?} {wanted:?}");
        }
    }

    fn blank() -> Volume {
        let grid = Grid {
            shape: [5; 3],
            affine: Affine::scale_translate([2.0; 3], [-4.0; 3]),
        };
        Volume::derived(grid, vec![1.0_f32; 125].into(), MapKind::Z, "blank").unwrap()
    }
}
