//! Peaks of a person's own as a map: the density that the model's kernel makes of a study's peaks.

use std::sync::Arc;

use super::DecodeError;
use crate::bundle::Bundle;
use crate::corpus::Coordinates;
use crate::provenance::Provenance;
use crate::volume::{MapKind, Volume};

/// What the record of a map says was made, where it is a density of peaks.
const DENSITY: &str = "peak density";

/// The density of some peaks on the grid of a model's atlas, made as those of the studies it learnt from.
/// Peaks with negative values have a density of their own, taken from that of the others.
///
/// # Errors
/// [`DecodeError::NoPeak`] where none lies in the brain.
pub fn peaks_map(bundle: &Bundle, peaks: &Coordinates, name: &str) -> Result<Volume, DecodeError> {
    let mask = bundle.atlas.mask();
    let kernel = bundle.manifest.kernel.kernel();
    let density = |peaks: &[[f32; 3]]| kernel.map(peaks, mask).to_dense(mask.len());
    let mut values = density(&peaks.positive_mm);
    if !peaks.negative_mm.is_empty() {
        let negative = density(&peaks.negative_mm);
        values.iter_mut().zip(negative).for_each(|(v, n)| *v -= n);
    }
    if values.iter().all(|&v| v == 0.0) {
        return Err(DecodeError::NoPeak);
    }
    // Both come from the mask: the values fill its grid.
    let values = mask.scatter(&values, 0.0).ok_or(DecodeError::NoPeak)?;
    let volume = Volume::derived(mask.grid, values.into(), MapKind::Unknown, name);
    let mut volume = volume.ok_or(DecodeError::NoPeak)?;
    let record = Provenance::new(DENSITY)
        .option("kernel", kernel)
        .option("peaks_mm", &peaks.positive_mm)
        .option("negative_peaks_mm", &peaks.negative_mm);
    volume.provenance = Some(Arc::new(record));
    Ok(volume)
}

/// Whether a map is a density of peaks that Gyrus made.
pub(super) fn is_density(map: &Volume) -> bool {
    let made = map.provenance.as_deref();
    made.is_some_and(|made| made.made == DENSITY)
}
