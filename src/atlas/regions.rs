//! Names of places: which grey-matter region a point of MNI space lies in, or near.

use std::sync::OnceLock;

use super::AtlasError;
use super::region_names::grey_label;
use crate::progress::Progress;
use crate::volume::{Affine, Grid, MapKind, Volume, VolumeData, VolumeError};

/// Desikan–Killiany and subcortical labels, 1 mm (`assets/LICENSES.md`).
const LABELS: &[u8] = include_bytes!("../../assets/atlas/desikan_killiany.nii.gz");

/// Beyond this distance to any grey label a point has no name.
const REACH_MM: f64 = 5.0;

/// A region whose centroid is nearer to x = 0 lies on the midline.
const MIDLINE_MM: f64 = 3.0;

/// Hemisphere of a region, by its centroid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// x < 0.
    Left,
    /// x > 0.
    Right,
    /// On both sides of the midline.
    Midline,
}

/// The name of a point.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionName {
    /// "Left precentral".
    pub name: String,
    /// Code of the region in the atlas.
    pub label: u32,
    /// Whether the point lies in the region rather than near it.
    pub inside: bool,
    /// From the point to the nearest voxel of the region; 0 inside.
    pub distance_mm: f32,
}

impl std::fmt::Display for RegionName {
    /// "Left precentral", or "≈ Left precentral" for a point near it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.inside {
            f.write_str("≈ ")?;
        }
        f.write_str(&self.name)
    }
}

/// A region one can go to.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// Code in the atlas (FreeSurfer's in the embedded one).
    pub label: u32,
    /// "Left precentral".
    pub name: String,
    /// Hemisphere.
    pub side: Side,
    /// Mean of its voxels' centres, RAS mm; of a curved region it may lie outside.
    pub centroid_mm: [f64; 3],
    /// The region's voxel nearest to its centroid, RAS mm: where "go to region" goes.
    pub inside_mm: [f64; 3],
    /// Size.
    pub volume_mm3: f32,
}

/// Labelled grey matter.
#[derive(Debug)]
pub struct RegionAtlas {
    grid: Grid,
    world_to_voxel: Affine,
    /// Number of the region of each voxel plus one; 0 where there is no region.
    voxels: Vec<u16>,
    regions: Vec<Region>,
    /// Voxel steps to everything within reach, nearest first, with their length in mm.
    steps: Vec<([i32; 3], f64)>,
    /// A point lies at most this far from the centre of its voxel.
    half_diagonal_mm: f64,
}

impl RegionAtlas {
    /// The embedded Desikan–Killiany atlas; unpacked once (about 30 ms).
    ///
    /// # Errors
    /// A damaged program file.
    pub fn embedded() -> Result<&'static Self, AtlasError> {
        static ATLAS: OnceLock<Result<RegionAtlas, String>> = OnceLock::new();
        ATLAS
            .get_or_init(load_embedded)
            .as_ref()
            .map_err(|why| AtlasError::Labels { why: why.clone() })
    }

    /// The embedded labels as a map, FreeSurfer's codes in every voxel.
    ///
    /// # Errors
    /// A damaged program file, or a stop.
    pub(crate) fn embedded_map(progress: &Progress) -> Result<Volume, AtlasError> {
        Ok(embedded_labels(progress)?)
    }

    /// From FreeSurfer codes on a grid; codes that are not grey matter are dropped.
    ///
    /// # Errors
    /// As [`RegionAtlas::named`].
    pub(crate) fn from_labels(grid: Grid, labels: &[u32]) -> Result<Self, String> {
        Self::named(grid, labels, |code| {
            grey_label(code).map(|(side, part)| full_name(side, part))
        })
    }

    /// From any labels on a grid; those without a name, and 0, are no regions.
    ///
    /// # Errors
    /// As a reason: labels that do not fit the grid, an affine without inverse, more than 65,535
    /// regions.
    pub fn named(
        grid: Grid,
        labels: &[u32],
        name: impl Fn(u32) -> Option<String>,
    ) -> Result<Self, String> {
        if labels.len() != grid.len() {
            return Err(format!("{} labels for {} voxels", labels.len(), grid.len()));
        }
        let world_to_voxel = grid
            .affine
            .inverse()
            .ok_or("the affine cannot be inverted")?;
        // Sorting a label for each voxel is slow; most repeat the one before.
        let mut codes: Vec<u32> = Vec::new();
        let mut before = 0;
        for &label in labels {
            if label != before && label != 0 {
                codes.push(label);
            }
            before = label;
        }
        codes.sort_unstable();
        codes.dedup();
        let (codes, names): (Vec<u32>, Vec<String>) = codes
            .into_iter()
            .filter_map(|code| Some((code, name(code)?)))
            .unzip();
        if codes.len() >= usize::from(u16::MAX) {
            return Err(format!("{} regions", codes.len()));
        }
        let mut last = (0, 0);
        let voxels: Vec<u16> = labels
            .iter()
            .map(|&label| {
                if label != last.0 {
                    let found = codes.binary_search(&label);
                    last = (label, found.map_or(0, |number| number as u16 + 1));
                }
                last.1
            })
            .collect();
        let regions = describe(&grid, &voxels, &codes, names);
        let size = grid.affine.voxel_sizes_mm();
        let half_diagonal_mm = size.iter().sum::<f64>() / 2.0;
        let steps = steps_within(&grid.affine, REACH_MM + half_diagonal_mm);
        Ok(Self {
            grid,
            world_to_voxel,
            voxels,
            regions,
            steps,
            half_diagonal_mm,
        })
    }

    /// All regions, by ascending code.
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// The region called `name`, in any case ("left precentral").
    pub fn region(&self, name: &str) -> Option<&Region> {
        self.regions
            .iter()
            .find(|r| r.name.eq_ignore_ascii_case(name.trim()))
    }

    /// Names like this one, most alike first, five at most: those that hold all its words, else those that differ
    /// from it by the fewest letters.
    pub(crate) fn names_like(&self, name: &str) -> Vec<&str> {
        const MOST: usize = 5;
        let wanted = name.trim().to_lowercase();
        let words: Vec<&str> = wanted.split_whitespace().collect();
        let mut scored: Vec<(usize, &str)> = self
            .regions
            .iter()
            .map(|region| {
                let own = region.name.to_lowercase();
                let held = !words.is_empty() && words.iter().all(|word| own.contains(word));
                let score = if held {
                    0
                } else {
                    1 + letters_between(&wanted, &own)
                };
                (score, region.name.as_str())
            })
            .collect();
        // Stable: equally alike ones keep the atlas's order.
        scored.sort_by_key(|(score, _)| *score);
        scored
            .into_iter()
            .take(MOST)
            .map(|(_, name)| name)
            .collect()
    }

    /// The region of code `label`.
    pub fn by_label(&self, label: u32) -> Option<&Region> {
        self.regions
            .binary_search_by_key(&label, |r| r.label)
            .ok()
            .map(|number| &self.regions[number])
    }

    /// The code at a point, RAS mm; 0 where no region is.
    pub(crate) fn label_at(&self, point_mm: [f64; 3]) -> u32 {
        self.nearest_voxel(point_mm)
            .and_then(|voxel| self.number_at(voxel))
            .map_or(0, |number| self.regions[number].label)
    }

    /// The name of a point, RAS mm: its region, else the nearest one within 5 mm, else nothing.
    pub fn name_at(&self, point_mm: [f64; 3]) -> Option<RegionName> {
        let centre = self.nearest_voxel(point_mm)?;
        let named = |number: usize, distance_mm: f64| {
            let region = &self.regions[number];
            RegionName {
                name: region.name.clone(),
                label: region.label,
                inside: distance_mm == 0.0,
                distance_mm: distance_mm as f32,
            }
        };
        if let Some(number) = self.number_at(centre) {
            return Some(named(number, 0.0));
        }
        let mut best: Option<(f64, usize)> = None;
        for (step, length) in &self.steps {
            // Steps start at the voxel's centre, the point may lie off it: look a little further
            // than the first hit before it is called the nearest.
            if best.is_some_and(|(distance, _)| length - self.half_diagonal_mm > distance) {
                break;
            }
            let voxel: [i64; 3] = std::array::from_fn(|axis| centre[axis] + i64::from(step[axis]));
            let Some(number) = self.number_at(voxel) else {
                continue;
            };
            let at = self.grid.affine.apply(voxel.map(|v| v as f64));
            let distance = distance(at, point_mm);
            if distance <= REACH_MM && best.is_none_or(|(least, _)| distance < least) {
                best = Some((distance, number));
            }
        }
        best.map(|(distance, number)| named(number, distance))
    }

    /// The voxel whose centre is nearest, perhaps outside the grid; `None` far away or for NaN.
    fn nearest_voxel(&self, point_mm: [f64; 3]) -> Option<[i64; 3]> {
        let at = self.world_to_voxel.apply(point_mm);
        at.iter()
            .all(|v| v.abs() < 1e6)
            .then(|| at.map(|v| v.round() as i64))
    }

    fn number_at(&self, voxel: [i64; 3]) -> Option<usize> {
        let mut index = [0_usize; 3];
        for axis in 0..3 {
            index[axis] = usize::try_from(voxel[axis])
                .ok()
                .filter(|&v| v < self.grid.shape[axis])?;
        }
        usize::from(self.voxels[self.grid.index(index)]).checked_sub(1)
    }
}

fn load_embedded() -> Result<RegionAtlas, String> {
    match embedded_labels(&Progress::new()).map_err(|error| error.to_string())? {
        Volume {
            grid,
            data: VolumeData::Label(labels),
            ..
        } => RegionAtlas::from_labels(grid, &labels),
        _ => Err("no labels in it".into()),
    }
}

/// The embedded labels as a map. The file carries no label intent: its codes may have been read as
/// numbers, small and exact.
fn embedded_labels(progress: &Progress) -> Result<Volume, VolumeError> {
    let mut volume = crate::volume::from_bytes("desikan_killiany.nii.gz", LABELS, progress)?;
    if let VolumeData::Scalar(values) = &volume.data {
        volume.data = VolumeData::Label(values.iter().map(|&v| v as u32).collect());
    }
    volume.kind = MapKind::Label;
    Ok(volume)
}

fn describe(grid: &Grid, voxels: &[u16], codes: &[u32], names: Vec<String>) -> Vec<Region> {
    let mut sums = vec![([0.0_f64; 3], 0_u32); codes.len()];
    for (index, &number) in voxels.iter().enumerate() {
        if let Some(number) = usize::from(number).checked_sub(1) {
            let at = grid.world(grid.voxel(index));
            let (sum, count) = &mut sums[number];
            (0..3).for_each(|axis| sum[axis] += at[axis]);
            *count += 1;
        }
    }
    let centroids: Vec<[f64; 3]> = sums
        .iter()
        .map(|(sum, count)| sum.map(|s| s / f64::from((*count).max(1))))
        .collect();
    let mut nearest = vec![(f64::INFINITY, [0.0; 3]); codes.len()];
    for (index, &number) in voxels.iter().enumerate() {
        if let Some(number) = usize::from(number).checked_sub(1) {
            let at = grid.world(grid.voxel(index));
            let distance = distance(at, centroids[number]);
            if distance < nearest[number].0 {
                nearest[number] = (distance, at);
            }
        }
    }
    let voxel_mm3 = grid.affine.determinant().abs();
    names
        .into_iter()
        .enumerate()
        .map(|(number, name)| Region {
            label: codes[number],
            name,
            side: match centroids[number][0] {
                x if x < -MIDLINE_MM => Side::Left,
                x if x > MIDLINE_MM => Side::Right,
                _ => Side::Midline,
            },
            centroid_mm: centroids[number],
            inside_mm: nearest[number].1,
            volume_mm3: (f64::from(sums[number].1) * voxel_mm3) as f32,
        })
        .collect()
}

/// Letters to be put in, taken out or changed to make one text of the other (Levenshtein).
fn letters_between(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

fn full_name(side: Side, part: &str) -> String {
    match side {
        Side::Left => format!("Left {part}"),
        Side::Right => format!("Right {part}"),
        Side::Midline => {
            let mut letters = part.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_uppercase().chain(letters).collect()
            })
        }
    }
}

/// Voxel steps no longer than `reach_mm`, shortest first; ties in a fixed order.
fn steps_within(affine: &Affine, reach_mm: f64) -> Vec<([i32; 3], f64)> {
    let Some(inverse) = affine.inverse() else {
        return Vec::new();
    };
    // The ball's extent along a voxel axis is the length of that row of the inverse.
    let extent: [i32; 3] = std::array::from_fn(|axis| {
        let row = &inverse.0[axis];
        let length = (row[0].powi(2) + row[1].powi(2) + row[2].powi(2)).sqrt();
        // Bounded so that a grid of tiny voxels cannot ask for a list without end.
        (length * reach_mm).ceil().min(32.0) as i32
    });
    let mut steps = Vec::new();
    for i in -extent[0]..=extent[0] {
        for j in -extent[1]..=extent[1] {
            for k in -extent[2]..=extent[2] {
                let [x, y, z] = affine.apply_vector([f64::from(i), f64::from(j), f64::from(k)]);
                let length = (x * x + y * y + z * z).sqrt();
                if length <= reach_mm {
                    steps.push(([i, j, k], length));
                }
            }
        }
    }
    steps.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    steps
}

fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    (0..3)
        .map(|axis| (a[axis] - b[axis]).powi(2))
        .sum::<f64>()
        .sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atlas() -> &'static RegionAtlas {
        RegionAtlas::embedded().unwrap()
    }

    #[test]
    fn known_places_have_their_names() {
        // Coordinates of textbook places in MNI space.
        for (point, want) in [
            ([-38.0, -24.0, 58.0], "Left precentral"),
            ([38.0, -24.0, 58.0], "Right precentral"),
            ([-24.0, -20.0, -16.0], "Left hippocampus"),
            ([22.0, -4.0, -18.0], "Right amygdala"),
            ([-12.0, -18.0, 8.0], "Left thalamus"),
            ([24.0, 4.0, 2.0], "Right putamen"),
            ([30.0, -60.0, -28.0], "Right cerebellum"),
            ([0.0, -30.0, -30.0], "Brain stem"),
        ] {
            let got = atlas().name_at(point).unwrap();
            assert_eq!(got.name, want, "{point:?}");
        }
    }

    #[test]
    fn left_is_where_x_is_negative() {
        assert_eq!(atlas().regions().len(), 87);
        for region in atlas().regions() {
            let x = region.centroid_mm[0];
            match region.side {
                Side::Left => assert!(x < 0.0 && region.name.starts_with("Left "), "{region:?}"),
                Side::Right => assert!(x > 0.0 && region.name.starts_with("Right "), "{region:?}"),
                Side::Midline => assert!(x.abs() < 3.0, "{region:?}"),
            }
            assert_eq!(atlas().label_at(region.inside_mm), region.label);
            assert_eq!(atlas().name_at(region.inside_mm).unwrap().distance_mm, 0.0);
            assert_eq!(atlas().by_label(region.label), Some(region));
            assert_eq!(atlas().region(&region.name.to_uppercase()), Some(region));
        }
    }

    #[test]
    fn points_in_white_matter_are_named_only_from_nearby_grey_matter() {
        // Deep in the left centrum semiovale no grey label is within 5 mm.
        assert_eq!(atlas().name_at([-26.0, -10.0, 30.0]), None);
        assert_eq!(atlas().name_at([0.0, 0.0, 400.0]), None);
        assert_eq!(atlas().name_at([f64::NAN, 0.0, 0.0]), None);
        assert_eq!(atlas().name_at([f64::INFINITY, 0.0, 0.0]), None);
    }

    /// Three voxels of 2 mm in a row with a gap: labels at x = 0 and x = 6.
    fn toy() -> RegionAtlas {
        let grid = Grid {
            shape: [4, 1, 1],
            affine: Affine::scale_translate([2.0; 3], [0.0; 3]),
        };
        RegionAtlas::from_labels(grid, &[1024, 2, 0, 2022]).unwrap()
    }

    #[test]
    fn the_nearest_label_names_a_point_outside_all() {
        let atlas = toy();
        let near = atlas.name_at([2.0, 0.0, 0.0]).unwrap();
        assert_eq!(
            (near.name.as_str(), near.inside, near.distance_mm),
            ("Left precentral", false, 2.0)
        );
        assert_eq!(near.to_string(), "≈ Left precentral");
        assert_eq!(
            atlas.name_at([3.4, 0.0, 0.0]).unwrap().name,
            "Right postcentral"
        );
        // Beyond the grid, but within reach.
        assert_eq!(
            atlas.name_at([10.9, 0.0, 0.0]).unwrap().name,
            "Right postcentral"
        );
        assert_eq!(atlas.name_at([11.1, 0.0, 0.0]), None);
        assert_eq!(
            atlas.name_at([0.3, 0.0, 0.0]).unwrap().to_string(),
            "Left precentral"
        );
        assert_eq!(atlas.label_at([2.0, 0.0, 0.0]), 0);
    }

    #[test]
    fn search_finds_what_an_exhaustive_one_finds() {
        let atlas = atlas();
        let centres: Vec<([f64; 3], u16)> = atlas
            .voxels
            .iter()
            .enumerate()
            .filter(|&(_, &number)| number > 0)
            .map(|(index, &number)| (atlas.grid.world(atlas.grid.voxel(index)), number))
            .collect();
        for point in [
            [-20.3, 31.7, 18.2],
            [1.4, -55.6, 62.9],
            [44.9, -70.2, 3.3],
            [8.2, 8.9, -3.7],
        ] {
            if atlas.label_at(point) != 0 {
                continue;
            }
            let least = centres
                .iter()
                .map(|(at, _)| distance(*at, point))
                .fold(f64::INFINITY, f64::min);
            match atlas.name_at(point) {
                Some(found) => assert!((f64::from(found.distance_mm) - least).abs() < 1e-5),
                None => assert!(least > REACH_MM, "{least}"),
            }
        }
    }
}
