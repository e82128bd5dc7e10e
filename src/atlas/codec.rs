//! A soft atlas as safetensors: its own file, or part of a bundle under a prefix.
//!
//! | tensor | type | holds |
//! |---|---|---|
//! | `grid.shape` | U32 \[3\] | voxels along i, j, k |
//! | `grid.affine` | F64 \[4, 4\] | voxel → RAS mm |
//! | `mask.runs` | U32 \[2 R\] | start and length of each run of flat indices inside the mask |
//! | `modes.counts` | U32 \[K\] | weights of each mode |
//! | `modes.runs` | U8 | per mode: gap and length of each run of mask positions, as LEB128 |
//! | `modes.scales` | F32 \[K\] | weight of the byte 255 (absent when `modes.weights` is F32) |
//! | `modes.weights` | U8 or F32 \[N\] | mode after mode; bytes unless one is negative or all are kept as they are |
//! | `modes.names` | U8 | JSON list of names |
//!
//! One byte a weight errs by at most 0.2 % of the mode's peak. Modes are compact, so their voxels
//! come in long runs: about 1.2 bytes a weight in all.

use std::path::Path;

use super::{AtlasError, SoftAtlas, SparseMode};
use crate::tensors::{Container, Dtype, Tensor, TensorError};
use crate::volume::{Affine, Grid, Mask};

/// Larger files are refused before they are read: an atlas of dense modes takes half a gigabyte.
const MAX_BYTES: u64 = 1 << 30;
/// More voxels than any brain grid has; guards the allocation a damaged header could ask for.
const MAX_VOXELS: usize = 1 << 28;

impl SoftAtlas {
    /// The atlas as tensors whose names start with `prefix` ("atlas.").
    ///
    /// Weights are rounded to one byte (of the mode's largest) unless one is negative; what is read
    /// back is then fixed: writing it again gives the same bytes.
    pub(crate) fn to_tensors(&self, prefix: &str) -> Vec<Tensor<'static>> {
        let name = |part: &str| format!("{prefix}{part}");
        let grid = self.mask().grid;
        let shape: Vec<u32> = grid.shape.iter().map(|&n| n as u32).collect();
        let affine: Vec<f64> = grid.affine.0.iter().flatten().copied().collect();
        let mask_runs: Vec<u32> = runs(&self.mask().voxels)
            .flat_map(|(s, n)| [s, n])
            .collect();

        let mut modes = self.to_modes();
        let bytes = !self.is_exact() && modes.iter().flat_map(|m| &m.weights).all(|&w| w >= 0.0);
        let scales: Vec<f32> = modes
            .iter()
            .map(|m| m.weights.iter().copied().fold(0.0, f32::max))
            .collect();
        if bytes {
            for (mode, &scale) in modes.iter_mut().zip(&scales) {
                drop_rounded_away(mode, scale);
            }
        }
        let mut packed = Vec::new();
        let mut weights = Vec::new();
        for (mode, &scale) in modes.iter().zip(&scales) {
            let mut end = 0;
            for (start, length) in runs(&mode.voxels) {
                write_varint(&mut packed, start - end);
                write_varint(&mut packed, length);
                end = start + length;
            }
            if bytes {
                weights.extend(mode.weights.iter().map(|&w| quantise(w, scale)));
            } else {
                weights.extend(mode.weights.iter().flat_map(|w| w.to_le_bytes()));
            }
        }
        let counts: Vec<u32> = modes.iter().map(|m| m.voxels.len() as u32).collect();
        let total: usize = modes.iter().map(|m| m.voxels.len()).sum();
        // Strings always serialise.
        let names = serde_json::to_vec(self.names()).unwrap_or_default();

        let u8s =
            |part: &str, bytes: Vec<u8>| Tensor::new(name(part), Dtype::U8, &[bytes.len()], bytes);
        let mut out = vec![
            Tensor::u32(name("grid.shape"), &[3], &shape),
            Tensor::f64(name("grid.affine"), &[4, 4], &affine),
            Tensor::u32(name("mask.runs"), &[mask_runs.len()], &mask_runs),
            Tensor::u32(name("modes.counts"), &[counts.len()], &counts),
            u8s("modes.runs", packed),
            u8s("modes.names", names),
        ];
        if bytes {
            out.push(u8s("modes.weights", weights));
            out.push(Tensor::f32(name("modes.scales"), &[scales.len()], &scales));
        } else {
            out.push(Tensor::new(
                name("modes.weights"),
                Dtype::F32,
                &[total],
                weights,
            ));
        }
        out
    }

    /// From the tensors written by [`to_tensors`](Self::to_tensors), which are taken out.
    ///
    /// # Errors
    /// A missing tensor, one of another type, or contents that do not fit each other.
    pub fn from_tensors(from: &mut Container<'_>, prefix: &str) -> Result<Self, AtlasError> {
        decode(from, prefix).map_err(|problem| match problem {
            Problem::Atlas(error) => error,
            Problem::Bytes(why) => AtlasError::Malformed { why, path: None },
        })
    }

    /// The atlas as a safetensors file in memory.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Container::default();
        out.extend(self.to_tensors(""));
        out.to_bytes()
    }

    /// From a safetensors file in memory.
    ///
    /// # Errors
    /// Bytes that are not a soft atlas.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, AtlasError> {
        let mut from = Container::from_bytes(bytes).map_err(|error| AtlasError::Malformed {
            why: error.to_string(),
            path: None,
        })?;
        Self::from_tensors(&mut from, "")
    }

    /// Writes the atlas to a safetensors file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), AtlasError> {
        crate::files::write_whole(path, &self.to_bytes()).map_err(|source| AtlasError::Io {
            path: path.to_owned(),
            source,
        })
    }

    /// Reads an atlas file.
    ///
    /// # Errors
    /// The file cannot be read or is not a soft atlas.
    pub fn read(path: &Path) -> Result<Self, AtlasError> {
        let bytes = crate::files::read_whole(path, MAX_BYTES).map_err(|source| AtlasError::Io {
            path: path.to_owned(),
            source,
        })?;
        Self::from_bytes(&bytes).map_err(|error| match error {
            AtlasError::Malformed { why, .. } => AtlasError::Malformed {
                why,
                path: Some(path.to_owned()),
            },
            other => other,
        })
    }
}

/// What stops a decoding: told in words, or as the atlas's own complaint.
enum Problem {
    Bytes(String),
    Atlas(AtlasError),
}

impl From<&str> for Problem {
    fn from(why: &str) -> Self {
        Self::Bytes(why.to_owned())
    }
}

impl From<TensorError> for Problem {
    fn from(error: TensorError) -> Self {
        Self::Bytes(error.to_string())
    }
}

fn decode(from: &mut Container<'_>, prefix: &str) -> Result<SoftAtlas, Problem> {
    let mut need = |part: &str| from.need(&format!("{prefix}{part}"));
    let mask = decode_mask(
        &need("grid.shape")?.to_u32()?,
        &need("grid.affine")?.to_f64()?,
        &need("mask.runs")?.to_u32()?,
    )?;
    let counts = need("modes.counts")?.to_u32()?;
    let runs = need("modes.runs")?;
    let packed = runs.as_u8()?;
    let names: Vec<String> = serde_json::from_slice(need("modes.names")?.as_u8()?)
        .map_err(|_| "its names are damaged")?;
    let weights = need("modes.weights")?;
    let exact = weights.dtype == Dtype::F32;
    let values = match weights.as_u8() {
        Ok(bytes) => {
            let scales = need("modes.scales")?.to_f32()?;
            if scales.len() != counts.len() {
                return Err("scales and modes differ in number".into());
            }
            let owner = counts.iter().zip(&scales);
            let scale_of_each =
                owner.flat_map(|(&n, &s)| std::iter::repeat_n(s / 255.0, n as usize));
            bytes
                .iter()
                .zip(scale_of_each)
                .map(|(&b, s)| f32::from(b) * s)
                .collect()
        }
        Err(_) => weights.to_f32()?,
    };
    let total: u64 = counts.iter().map(|&n| u64::from(n)).sum();
    if total != values.len() as u64 {
        return Err("weights and counts differ in number".into());
    }

    let mut modes = Vec::with_capacity(counts.len());
    let mut stream = packed;
    let mut first = 0_usize;
    for &count in &counts {
        let count = count as usize;
        let mut voxels = Vec::with_capacity(count);
        let mut end = 0_u32;
        while voxels.len() < count {
            let gap = read_varint(&mut stream).ok_or("its voxel lists are damaged")?;
            let length = read_varint(&mut stream).ok_or("its voxel lists are damaged")?;
            let start = end.checked_add(gap).ok_or("its voxel lists are damaged")?;
            end = start
                .checked_add(length)
                .ok_or("its voxel lists are damaged")?;
            if length == 0 || length as usize > count - voxels.len() {
                return Err("its voxel lists are damaged".into());
            }
            voxels.extend(start..end);
        }
        // `first + count` stays within the total checked above.
        modes.push(SparseMode {
            voxels,
            weights: values[first..first + count].to_vec(),
        });
        first += count;
    }
    let atlas = SoftAtlas::new(mask, &modes, names).map_err(Problem::Atlas)?;
    Ok(if exact { atlas.stored_exactly() } else { atlas })
}

fn decode_mask(shape: &[u32], cells: &[f64], runs: &[u32]) -> Result<Mask, Problem> {
    let &[x, y, z] = shape else {
        return Err("its grid has no three sides".into());
    };
    let shape = [x as usize, y as usize, z as usize];
    let voxels = shape
        .iter()
        .try_fold(1_usize, |n, &side| n.checked_mul(side));
    let Some(voxels) = voxels.filter(|&n| n <= MAX_VOXELS) else {
        return Err("its grid is too large".into());
    };
    if cells.len() != 16 {
        return Err("its affine is damaged".into());
    }
    let affine = Affine(std::array::from_fn(|r| {
        std::array::from_fn(|c| cells[r * 4 + c])
    }));
    if affine.inverse().is_none() {
        return Err("its affine cannot be inverted".into());
    }
    let mut inside = vec![false; voxels];
    let mut last = 0_usize;
    for run in runs.as_chunks::<2>().0 {
        let (start, end) = (run[0] as usize, run[0] as usize + run[1] as usize);
        if start < last || end > voxels {
            return Err("its mask does not fit its grid".into());
        }
        inside[start..end].fill(true);
        last = end;
    }
    Ok(Mask::new(Grid { shape, affine }, |index| inside[index]))
}

/// Removes the weights one byte cannot hold.
fn drop_rounded_away(mode: &mut SparseMode, scale: f32) {
    let keep: Vec<bool> = mode
        .weights
        .iter()
        .map(|&w| quantise(w, scale) > 0)
        .collect();
    let mut flags = keep.iter();
    mode.voxels
        .retain(|_| flags.next().copied().unwrap_or(false));
    let mut flags = keep.iter();
    mode.weights
        .retain(|_| flags.next().copied().unwrap_or(false));
}

fn quantise(weight: f32, scale: f32) -> u8 {
    // The cast saturates and turns 0 / 0 into 0.
    (weight / scale * 255.0).round() as u8
}

/// Maximal runs of consecutive numbers in an ascending list: (start, length).
fn runs(ascending: &[u32]) -> impl Iterator<Item = (u32, u32)> + '_ {
    ascending
        .chunk_by(|a, b| a + 1 == *b)
        .map(|run| (run[0], run.len() as u32))
}

fn write_varint(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn read_varint(stream: &mut &[u8]) -> Option<u32> {
    let mut value = 0_u32;
    for shift in (0..35).step_by(7) {
        let (&byte, rest) = stream.split_first()?;
        *stream = rest;
        let part = u32::from(byte & 0x7f);
        if shift == 28 && part > 0xf {
            return None;
        }
        value |= part << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::soft::tests::planted;
    use super::*;

    #[test]
    fn an_atlas_survives_the_round_trip() {
        let atlas = planted(9);
        let again = SoftAtlas::from_bytes(&atlas.to_bytes()).unwrap();
        assert_eq!(again.names(), atlas.names());
        assert_eq!(again.mask().voxels, atlas.mask().voxels);
        assert_eq!(again.mask().grid, atlas.mask().grid);
        for (a, b) in again.to_modes().iter().zip(atlas.to_modes()) {
            let peak = b.weights.iter().copied().fold(0.0, f32::max);
            let kept: Vec<_> = b
                .voxels
                .iter()
                .zip(&b.weights)
                .filter(|&(_, &w)| quantise(w, peak) > 0)
                .collect();
            assert_eq!(a.voxels.len(), kept.len());
            for ((va, wa), (vb, wb)) in a.voxels.iter().zip(&a.weights).zip(kept) {
                assert_eq!(va, vb);
                assert!((wa - wb).abs() <= peak / 510.0 + 1e-7);
            }
        }
        assert_eq!(
            again.to_bytes(),
            SoftAtlas::from_bytes(&again.to_bytes()).unwrap().to_bytes()
        );
    }

    #[test]
    fn signed_weights_are_kept_exactly() {
        let mask = planted(1).mask().clone();
        let mode = SparseMode {
            voxels: vec![1, 2, 9],
            weights: vec![-0.5, 0.123_456, 3.0],
        };
        let atlas = SoftAtlas::new(mask, std::slice::from_ref(&mode), Vec::new()).unwrap();
        let again = SoftAtlas::from_bytes(&atlas.to_bytes()).unwrap();
        assert_eq!(again.mode(0), mode);
        assert_eq!(again.fingerprint(), atlas.fingerprint());
    }

    #[test]
    fn weights_that_are_to_be_kept_are_not_rounded() {
        let atlas = planted(9).stored_exactly();
        let again = SoftAtlas::from_bytes(&atlas.to_bytes()).unwrap();
        assert_eq!(again.to_modes(), atlas.to_modes());
        assert_eq!(again.to_bytes(), atlas.to_bytes());
    }

    #[test]
    fn damaged_bytes_are_an_error_never_a_panic() {
        let good = planted(3).to_bytes();
        for cut in (0..good.len()).step_by(97) {
            SoftAtlas::from_bytes(&good[..cut]).unwrap_err();
        }
        for at in (0..good.len()).step_by(13) {
            let mut bad = good.clone();
            bad[at] ^= 0xff;
            // Some flips only change a weight or a name; none may panic or allocate wildly.
            SoftAtlas::from_bytes(&bad).ok();
        }
    }

    #[test]
    fn varints_round_trip_and_refuse_overflow() {
        let mut bytes = Vec::new();
        let values = [0, 1, 127, 128, 300, 65_535, u32::MAX];
        for &value in &values {
            write_varint(&mut bytes, value);
        }
        let mut stream = bytes.as_slice();
        for &value in &values {
            assert_eq!(read_varint(&mut stream), Some(value));
        }
        assert_eq!(read_varint(&mut stream), None);
        assert_eq!(
            read_varint(&mut [0xff, 0xff, 0xff, 0xff, 0x7f].as_slice()),
            None
        );
    }
}
