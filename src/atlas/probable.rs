//! Atlases that give each place several regions with a probability: one frame a region.

use crate::progress::Progress;
use crate::volume::{Affine, Grid, MapFile, VolumeData};

/// Below this a region is not worth naming, percent.
const LEAST_PERCENT: f32 = 1.0;
/// What rounding adds to a percent or takes from it.
const ROUNDING_PERCENT: f32 = 0.5;
/// More frames than this are a time series, not an atlas.
const MAX_MAPS: usize = 4096;
/// More probabilities than this are not held (12 bytes each while they are collected): atlases of a
/// millimetre have about ten million.
const MAX_ENTRIES: usize = 1 << 25;

/// Probabilities as they are read.
#[derive(Default)]
struct Found {
    /// Voxel, map and value as stored.
    entries: Vec<(u32, u16, f32)>,
    /// The smallest value yet, at most 0.
    lowest: f32,
    /// A value above 1 was met. Until then all may be shares of 1.
    percent: bool,
}

impl Found {
    /// Takes a value. What is no probability is refused at once, before more of it is collected.
    fn take(&mut self, voxel: u32, map: u16, v: f32) -> Result<(), String> {
        if !self.percent && v > 1.0 + ROUNDING_PERCENT / 100.0 {
            self.percent = true;
            self.entries.retain(|&(.., v)| v >= LEAST_PERCENT);
        }
        self.lowest = self.lowest.min(v);
        let possible = -ROUNDING_PERCENT..=100.0 + ROUNDING_PERCENT;
        // No data is no region.
        if v.is_nan() {
            return Ok(());
        }
        if !possible.contains(&v) {
            return Err(no_probability(v));
        }
        let least = if self.percent { 1.0 } else { 0.01 } * LEAST_PERCENT;
        if v >= least {
            if self.entries.len() == MAX_ENTRIES {
                return Err(format!(
                    "it gives more than {MAX_ENTRIES} probabilities, too dense for an atlas"
                ));
            }
            self.entries.push((voxel, map, v));
        }
        Ok(())
    }

    /// What makes the entries percent, once all values were taken.
    fn to_percent(&self) -> Result<f32, String> {
        if self.percent {
            return Ok(1.0);
        }
        if self.lowest < -ROUNDING_PERCENT / 100.0 {
            return Err(no_probability(self.lowest));
        }
        Ok(100.0)
    }
}

fn no_probability(v: f32) -> String {
    format!("it holds {v}, which is no probability")
}

/// Probabilities by voxel, sparse: most places have a few of all regions.
#[derive(Debug)]
pub(super) struct ProbableAtlas {
    grid: Grid,
    world_to_voxel: Affine,
    names: Vec<String>,
    /// Start of each voxel's entries, one more than voxels.
    starts: Vec<u32>,
    /// Region and percent, most probable first within a voxel.
    entries: Vec<(u16, u8)>,
    /// Where each region is most probable, RAS mm.
    tops_mm: Vec<[f64; 3]>,
}

impl ProbableAtlas {
    /// Refuses what has more frames than an atlas has regions.
    pub(crate) fn check_maps(maps: usize) -> Result<(), String> {
        if maps > MAX_MAPS {
            return Err(format!(
                "it has {maps} frames, more than an atlas has regions"
            ));
        }
        Ok(())
    }

    /// Reads all frames. Values are percent, or shares of 1 where none is above 1. Stops at the first
    /// that is neither.
    pub fn read(
        file: &MapFile,
        names: impl Fn(usize) -> String,
        progress: &Progress,
    ) -> Result<Self, String> {
        let maps = file.frames();
        Self::check_maps(maps)?;
        let mut found = Found::default();
        let mut tops = vec![(0.0_f32, 0_usize); maps];
        let mut grid = None;
        for (map, top) in tops.iter_mut().enumerate() {
            progress.stage(format!("Reading region {} of {maps}", map + 1));
            progress.set_fraction(map as f32 / maps as f32);
            let volume = file
                .frame(map, progress)
                .map_err(|error| error.to_string())?;
            grid = Some(volume.grid);
            let mut take = |at: usize, v: f32| {
                if v > top.0 {
                    *top = (v, at);
                }
                found.take(at as u32, map as u16, v)
            };
            match &volume.data {
                VolumeData::Scalar(values) => {
                    let mut all = values.iter().enumerate();
                    all.try_for_each(|(at, &v)| take(at, v))?;
                }
                VolumeData::Label(values) => {
                    let mut all = values.iter().enumerate();
                    all.try_for_each(|(at, &v)| take(at, v as f32))?;
                }
                VolumeData::Rgba(_) => return Err("it holds colours".to_owned()),
            }
        }
        let grid = grid.ok_or("it has no frames")?;
        let to_percent = found.to_percent()?;
        let mut found = found.entries;
        found.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.2.total_cmp(&a.2)).then(a.1.cmp(&b.1)));
        let mut starts = vec![0_u32; grid.len() + 1];
        for &(at, ..) in &found {
            starts[at as usize + 1] += 1;
        }
        for at in 0..grid.len() {
            starts[at + 1] += starts[at];
        }
        Ok(Self {
            grid,
            world_to_voxel: grid
                .affine
                .inverse()
                .ok_or("the affine cannot be inverted")?,
            names: (0..maps).map(names).collect(),
            starts,
            entries: found
                .iter()
                .map(|&(_, map, v)| (map, (v * to_percent).round().min(100.0) as u8))
                .collect(),
            tops_mm: tops
                .iter()
                .map(|&(_, at)| grid.world(grid.voxel(at)))
                .collect(),
        })
    }

    /// Regions at a point with their percent, most probable first.
    pub fn at(&self, point_mm: [f64; 3]) -> Vec<(&str, u16, u8)> {
        let at = self.world_to_voxel.apply(point_mm).map(f64::round);
        let inside = (0..3).all(|a| at[a] >= 0.0 && at[a] < self.grid.shape[a] as f64);
        if !inside {
            return Vec::new();
        }
        let index = self.grid.index(at.map(|x| x as usize));
        let range = self.starts[index] as usize..self.starts[index + 1] as usize;
        self.entries[range]
            .iter()
            .map(|&(map, percent)| (self.names[usize::from(map)].as_str(), map, percent))
            .collect()
    }

    /// Names and where each region is most probable, RAS mm.
    pub fn regions(&self) -> impl Iterator<Item = (&str, [f64; 3])> {
        let names = self.names.iter().map(String::as_str);
        names.zip(self.tops_mm.iter().copied())
    }
}
