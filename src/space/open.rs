//! Opening a map: reading it, and saying how it lies on the MNI brain.

use std::path::Path;

use super::check_space;
use crate::progress::Progress;
use crate::volume::{self, OpenOptions, Volume, VolumeError};

/// Reads frame `frame` (from 0) of a map file. What [`check_space`] notices is among the map's warnings.
///
/// # Errors
/// As [`volume::open_frame`], always with the path.
pub fn open_map(path: &Path, frame: usize, progress: &Progress) -> Result<Volume, VolumeError> {
    let options = OpenOptions {
        frame,
        ..OpenOptions::default()
    };
    open_map_with(path, &options, progress)
}

/// Opens a map file in the way asked for. What [`check_space`] notices is among the map's warnings.
///
/// # Errors
/// As [`volume::open_with`], always with the path.
pub fn open_map_with(
    path: &Path,
    options: &OpenOptions,
    progress: &Progress,
) -> Result<Volume, VolumeError> {
    let at_path = |error| match error {
        VolumeError::Map(fault) => fault.at(path),
        other => other,
    };
    let volume = volume::open_with(path, options, progress).map_err(at_path)?;
    with_space(volume, progress).map_err(at_path)
}

/// A map with what [`check_space`] notices added to its warnings.
///
/// # Errors
/// As [`check_space`].
pub(crate) fn with_space(mut volume: Volume, progress: &Progress) -> Result<Volume, VolumeError> {
    let report = check_space(&volume, progress)?;
    volume.warnings.extend(report.warnings);
    Ok(volume)
}
