//! A soft atlas from a 4-D map file, one mode a frame, as DiFuMo is published.

use std::path::Path;

use super::{AtlasError, SoftAtlas, SparseMode};
use crate::progress::Progress;
use crate::volume::{Grid, MapFile, Mask, Volume, VolumeData};

/// DiFuMo has 64 to 1,024.
const MAX_MODES: usize = 4096;
/// Weights of all modes: 512 that cover the brain at 2 mm have 117 million, DiFuMo a small part of it.
const MAX_WEIGHTS: usize = 1 << 27;

impl SoftAtlas {
    /// Reads the modes frame by frame into lists of their voxels, on the grid and affine of the file: a
    /// whole 4-D array is never held. The mask is that of the file `mask` (nearest voxel, whatever is
    /// not 0), or the voxels where any mode is not 0. Weights are stored as they are.
    ///
    /// # Errors
    /// A file that cannot be read, or holds no modes; a stop.
    pub fn from_maps(
        path: &Path,
        mask: Option<&Path>,
        progress: &Progress,
    ) -> Result<Self, AtlasError> {
        let no_modes = |why: String| AtlasError::NoModes {
            why,
            path: path.to_owned(),
        };
        let file = MapFile::open(path, progress)?;
        let frames = file.frames();
        if !(2..=MAX_MODES).contains(&frames) {
            return Err(no_modes(format!(
                "it has {frames} frames, where an atlas has one for each of 2 to {MAX_MODES} modes"
            )));
        }
        let mut grid: Option<Grid> = None;
        let (mut modes, mut total) = (Vec::with_capacity(frames), 0);
        for frame in 0..frames {
            progress.stage(format!("Reading mode {} of {frames}", frame + 1));
            progress.set_fraction(frame as f32 / frames as f32);
            let volume = file.frame(frame, progress)?;
            grid.get_or_insert(volume.grid);
            let mode = sparse(&volume).map_err(no_modes)?;
            total += mode.voxels.len();
            if total > MAX_WEIGHTS {
                return Err(no_modes(format!(
                    "it has more than {MAX_WEIGHTS} values other than 0, too many to keep"
                )));
            }
            modes.push(mode);
        }
        let grid = grid.ok_or_else(|| no_modes("it has no frame".into()))?;
        let inside = match mask {
            Some(path) => inside_of(path, &grid, progress)?,
            None => {
                let mut inside = vec![false; grid.len()];
                for &voxel in modes.iter().flat_map(|mode| &mode.voxels) {
                    inside[voxel as usize] = true;
                }
                inside
            }
        };
        let mask = Mask::new(grid, |index| inside[index]);
        for (number, mode) in modes.iter_mut().enumerate() {
            let kept = mode.voxels.iter().zip(&mode.weights);
            let place = |(&voxel, &weight): (&u32, &f32)| {
                let position = mask.position[voxel as usize];
                (position != u32::MAX).then_some((position, weight))
            };
            let (voxels, weights) = kept.filter_map(place).unzip();
            *mode = SparseMode { voxels, weights };
            if mode.voxels.is_empty() {
                return Err(no_modes(format!(
                    "frame {} has no value other than 0 in the mask",
                    number + 1
                )));
            }
        }
        Ok(Self::new(mask, &modes, Vec::new())?.stored_exactly())
    }
}

/// The values of a frame other than 0 and no data, by voxel of the grid.
fn sparse(volume: &Volume) -> Result<SparseMode, String> {
    let mut mode = SparseMode::default();
    let mut take = |voxel: usize, weight: f32| {
        if weight != 0.0 && weight.is_finite() {
            mode.voxels.push(voxel as u32);
            mode.weights.push(weight);
        }
    };
    match &volume.data {
        VolumeData::Scalar(values) => values.iter().enumerate().for_each(|(n, &v)| take(n, v)),
        // Whole numbers are weights too.
        VolumeData::Label(labels) => labels
            .iter()
            .enumerate()
            .for_each(|(n, &v)| take(n, v as f32)),
        VolumeData::Rgba(_) => return Err("it holds colours".into()),
    }
    Ok(mode)
}

/// Which voxels of a grid the mask in a file covers.
fn inside_of(path: &Path, grid: &Grid, progress: &Progress) -> Result<Vec<bool>, AtlasError> {
    let volume = crate::volume::open(path, progress)?;
    let covered = sparse(&volume).map_err(|why| AtlasError::NoModes {
        why,
        path: path.to_owned(),
    })?;
    let mut inside = vec![false; volume.grid.len()];
    for voxel in covered.voxels {
        inside[voxel as usize] = true;
    }
    let mask = Mask::new(volume.grid, |index| inside[index]);
    let covers = mask.covers(grid).ok_or_else(|| AtlasError::NoModes {
        why: "its place in space cannot be told".into(),
        path: path.to_owned(),
    })?;
    Ok((0..grid.len()).map(covers).collect())
}
