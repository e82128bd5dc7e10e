//! Saving a map as NIfTI-1, through the `nifti` crate.
//!
//! The file appears under its name only when it is whole: it is written beside it first and renamed.

use std::fs;
use std::path::Path;

use ndarray::{ArrayView3, ShapeBuilder as _};
use nifti::writer::WriterOptions;
use nifti::{Extender, Extension, ExtensionSequence, NiftiHeader};

use super::error::{Fault, VolumeError};
use super::nifti::RECORD_EXTENSION;
use super::{MapKind, Volume, VolumeData, WarningCode};
use crate::files::WholeFile;
use crate::provenance::{MAX_RECORD_BYTES, Provenance};

/// Largest dimension NIfTI-1 can hold.
const LONGEST: usize = i16::MAX as usize;
/// Header and extension flag.
const HEADER_BYTES: usize = 352;

/// Writes one map as `.nii` or `.nii.gz` (by its name). Scalars are float32, labels uint32, colours
/// RGBA32; the affine is the sform, with code 4 (MNI 152) and no qform. A header extension of code 6
/// says how the map was made ([`Provenance`] as JSON).
///
/// # Errors
/// [`Fault::WriteName`], [`Fault::TooLarge`], or [`Fault::Write`] with the system's reason; the file
/// under `path`, if there was one, is then as before.
pub fn write_nifti(volume: &Volume, path: &Path) -> Result<(), VolumeError> {
    write_fault(volume, path).map_err(|fault| fault.at(path))
}

fn write_fault(volume: &Volume, path: &Path) -> Result<(), Fault> {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let packed = name.ends_with(".nii.gz");
    if !packed && !name.ends_with(".nii") {
        return Err(Fault::WriteName);
    }
    if volume.grid.shape.iter().any(|&d| d > LONGEST) {
        return Err(Fault::TooLarge(
            volume.grid.shape.map(|d| d as u64).to_vec(),
        ));
    }
    let refused = |e: std::io::Error| Fault::Write(e.to_string());
    // The crate tells by the name whether to compress.
    let ending = if packed { ".nii.gz" } else { ".nii" };
    let file = WholeFile::create_with_ending(path, ending).map_err(refused)?;
    let partial = file
        .partial_path()
        .ok_or_else(|| Fault::Write("this is a pipe or a device, not a file".to_owned()))?;
    write_partial(volume, partial, packed)?;
    file.finish().map_err(refused)
}

fn write_partial(volume: &Volume, partial: &Path, packed: bool) -> Result<(), Fault> {
    let header = header(volume);
    let extensions = extensions(volume);
    let begin = HEADER_BYTES + extensions.bytes_on_disk();
    let writer = WriterOptions::new(partial)
        .reference_header(&header)
        .with_extensions(extensions);
    let [nx, ny, nz] = volume.grid.shape;
    let shape = (nx, ny, nz).f();
    let bad_shape = |_| Fault::Write("its values do not fill its grid".to_owned());
    let (result, bytes) = match &volume.data {
        VolumeData::Scalar(v) => (
            writer.write_nifti(&ArrayView3::from_shape(shape, v).map_err(bad_shape)?),
            v.len() * 4,
        ),
        VolumeData::Label(v) => (
            writer.write_nifti(&ArrayView3::from_shape(shape, v).map_err(bad_shape)?),
            v.len() * 4,
        ),
        VolumeData::Rgba(v) => {
            let view = ArrayView3::from_shape(shape, v).map_err(bad_shape)?;
            (
                writer.write_nifti_with_type(&view, nifti::NiftiType::Rgba32),
                v.len() * 4,
            )
        }
    };
    result.map_err(|e| {
        Fault::Write(match e {
            // The crate prints the error's debug form; the system's own words are what a person knows.
            nifti::NiftiError::Io(e) => e.to_string(),
            other => other.to_string(),
        })
    })?;
    // The crate's buffered writer drops errors of its last flush (a full disk): look at the length.
    let length = fs::metadata(partial)
        .map_err(|e| Fault::Write(e.to_string()))?
        .len();
    if !packed && length != (begin + bytes) as u64 {
        return Err(Fault::Write("the disk is full".to_owned()));
    }
    Ok(())
}

/// How the map was made; of a map that was read, from which file. A record too long to be read again
/// is left out.
fn extensions(volume: &Volume) -> ExtensionSequence {
    let own = || Provenance::new("map").map(volume.record());
    let record = volume.provenance.as_deref().cloned();
    let text = record.unwrap_or_else(own).to_json();
    let short = text.len() < MAX_RECORD_BYTES / 2;
    let record = short.then(|| Extension::from_str(RECORD_EXTENSION, &text));
    let flag = [u8::from(short), 0, 0, 0];
    ExtensionSequence::new(Extender::from(flag), record.into_iter().collect())
}

fn header(volume: &Volume) -> NiftiHeader {
    let rows = volume.grid.affine.0;
    let row = |r: usize| rows[r].map(|v| v as f32);
    let size = volume.grid.affine.voxel_sizes_mm();
    let (intent_code, intent) = match volume.kind {
        MapKind::T => (3, "t"),
        MapKind::F => (4, "F"),
        MapKind::Z => (5, "z"),
        MapKind::P => (22, "p"),
        MapKind::Beta => (1001, "estimate"),
        MapKind::Label => (1002, "labels"),
        MapKind::Mask
        | MapKind::Anatomy
        | MapKind::Magnitude
        | MapKind::Predicted
        | MapKind::Unknown => (0, ""),
    };
    let mut intent_name = [0; 16];
    intent_name[..intent.len()].copy_from_slice(intent.as_bytes());
    let mut descrip = format!("Gyrus {}", env!("CARGO_PKG_VERSION")).into_bytes();
    descrip.resize(80, 0);
    NiftiHeader {
        pixdim: [
            1.0,
            size[0] as f32,
            size[1] as f32,
            size[2] as f32,
            1.0,
            1.0,
            1.0,
            1.0,
        ],
        xyzt_units: 2,
        descrip,
        qform_code: 0,
        sform_code: space_code(volume),
        srow_x: row(0),
        srow_y: row(1),
        srow_z: row(2),
        intent_code,
        intent_name,
        ..NiftiHeader::default()
    }
}

/// NIfTI's code of the space a map lies in, as far as its warnings say.
fn space_code(volume: &Volume) -> i16 {
    if volume.has_warning(WarningCode::SpaceTalairach) {
        3
    } else if volume.has_warning(WarningCode::OtherSpace) && volume.kind == MapKind::Anatomy {
        // Of a subject: as good as always the scanner's.
        1
    } else if volume.has_warning(WarningCode::OtherSpace) {
        2
    } else {
        4
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::volume::{Affine, Grid, LoadWarning};

    #[test]
    fn only_what_lies_in_mni_space_is_said_to() {
        let grid = Grid {
            shape: [2, 2, 2],
            affine: Affine::scale_translate([2.0; 3], [0.0; 3]),
        };
        let values: Arc<[f32]> = vec![1.0_f32; 8].into();
        for (kind, warning, code) in [
            (MapKind::Z, None, 4),
            (MapKind::Z, Some(WarningCode::OtherSpace), 2),
            (MapKind::Anatomy, Some(WarningCode::OtherSpace), 1),
            (MapKind::Z, Some(WarningCode::SpaceTalairach), 3),
        ] {
            let mut map = Volume::derived(grid, Arc::clone(&values), kind, "map").unwrap();
            map.warnings
                .extend(warning.map(|code| LoadWarning::new(code, "")));
            assert_eq!(space_code(&map), code, "{kind:?} {warning:?}");
        }
    }
}
