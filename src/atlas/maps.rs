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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::on_mask_continuous;

    fn fixture(name: &str) -> std::path::PathBuf {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/niclip");
        folder.join(name)
    }

    fn numbers(value: &serde_json::Value) -> Vec<f64> {
        let list = value.as_array().unwrap();
        list.iter().map(|v| v.as_f64().unwrap()).collect()
    }

    /// Against nilearn's resampling and torch's solution (tests/fixtures/niclip/make.py).
    #[test]
    fn resampling_and_coefficients_equal_the_reference() {
        let text = std::fs::read_to_string(fixture("reference.json")).unwrap();
        let reference: serde_json::Value = serde_json::from_str(&text).unwrap();
        let progress = Progress::new();
        let atlas = SoftAtlas::from_maps(&fixture("atlas.nii.gz"), None, &progress).unwrap();
        assert_eq!(atlas.modes(), 32);
        assert_eq!(
            Some(atlas.mask().len() as u64),
            reference["voxels"].as_u64()
        );
        let map = crate::volume::open(&fixture("map.nii.gz"), &progress).unwrap();
        let masked = on_mask_continuous(&map, atlas.mask(), &progress).unwrap();
        assert!(masked.coverage < 1.0, "a part of it has no data");
        let wanted = numbers(&reference["resampled"]);
        for (n, wanted) in wanted.iter().enumerate() {
            let got = f64::from(masked.values[97 * n]);
            assert!((got - wanted).abs() < 1e-5, "{n}: {got} {wanted}");
        }
        let found = atlas.project_with_fixed_ridge(&masked.values);
        let wanted = numbers(&reference["coefficients"]);
        let largest = wanted.iter().fold(0.0, |most: f64, w| most.max(w.abs()));
        for (got, wanted) in found.iter().zip(&wanted) {
            let off = (f64::from(*got) - wanted).abs() / largest;
            assert!(off < 1e-6, "{got} {wanted}");
        }
        // The ridge is part of the result: with next to none it is another.
        let plain = atlas.project(&masked.values);
        let moved = plain
            .iter()
            .zip(&wanted)
            .map(|(p, w)| (f64::from(*p) - w).abs() / largest);
        assert!(moved.fold(0.0, f64::max) > 1e-5);
    }

    #[test]
    fn what_is_no_atlas_is_refused() {
        let told = |name: &str| {
            let read = SoftAtlas::from_maps(&fixture(name), None, &Progress::new());
            read.unwrap_err().to_string()
        };
        assert!(told("map.nii.gz").contains("1 frames"));
        assert!(told("prior.npy").contains("prior.npy"));
        // A mask without a voxel leaves the modes nothing.
        let map = fixture("map.nii.gz");
        let mut empty = crate::volume::open(&map, &Progress::new()).unwrap();
        empty.data = VolumeData::Scalar(vec![0.0; empty.grid.len()].into());
        let folder = tempfile::tempdir().unwrap();
        let mask = folder.path().join("mask.nii");
        crate::volume::write_nifti(&empty, &mask).unwrap();
        let read = SoftAtlas::from_maps(&fixture("atlas.nii.gz"), Some(&mask), &Progress::new());
        let told = read.unwrap_err().to_string();
        assert!(told.contains("every voxel is zero"), "{told}");
    }
}
