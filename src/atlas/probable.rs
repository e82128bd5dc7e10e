//! Atlases that give each place several regions with a probability: one frame a region.

use crate::progress::Task;
use crate::volume::{Affine, Grid, MapFile, VolumeData};

/// Below this a region is not worth naming, percent.
const LEAST_PERCENT: f32 = 1.0;
/// More frames than this are a time series, not an atlas.
const MOST_MAPS: usize = 4096;

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
    /// Reads all frames. Values are percent, or shares of 1 where none is above 1.
    pub fn read(
        file: &MapFile,
        names: impl Fn(usize) -> String,
        task: &Task,
    ) -> Result<Self, String> {
        let maps = file.frames();
        if maps > MOST_MAPS {
            return Err(format!(
                "it has {maps} frames, more than an atlas has regions"
            ));
        }
        let mut found: Vec<(u32, u16, f32)> = Vec::new();
        let mut tops = vec![(0.0_f32, 0_usize); maps];
        let mut grid = None;
        for (map, top) in tops.iter_mut().enumerate() {
            task.stage(format!("Reading region {} of {maps}", map + 1));
            task.set_fraction(map as f32 / maps as f32);
            let volume = file.frame(map, task).map_err(|error| error.to_string())?;
            grid = Some(volume.grid);
            let mut take = |at: usize, v: f32| {
                if v > 0.0 {
                    found.push((at as u32, map as u16, v));
                    if v > top.0 {
                        *top = (v, at);
                    }
                }
            };
            match &volume.data {
                VolumeData::Scalar(values) => {
                    values.iter().enumerate().for_each(|(at, &v)| take(at, v));
                }
                VolumeData::Label(values) => values
                    .iter()
                    .enumerate()
                    .for_each(|(at, &v)| take(at, v as f32)),
                VolumeData::Rgba(_) => return Err("it holds colours".to_owned()),
            }
        }
        let grid = grid.ok_or("it has no frames")?;
        let largest = tops.iter().fold(0.0_f32, |most, top| most.max(top.0));
        let to_percent = if largest <= 1.0 { 100.0 } else { 1.0 };
        if largest * to_percent > 100.5 {
            return Err(format!("its largest value, {largest}, is no probability"));
        }
        found.retain(|&(.., v)| v * to_percent >= LEAST_PERCENT);
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
