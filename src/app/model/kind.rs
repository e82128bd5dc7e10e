//! The values of a map taken for another kind of map.

use std::sync::Arc;

use super::layer::Opened;
use crate::volume::{MapKind, Volume, VolumeData};

impl Opened {
    /// As another kind (see [`with_kind`]): on the thread that read it.
    #[must_use]
    pub fn with_kind(mut self, kind: MapKind) -> Self {
        self.volume = with_kind(self.volume, kind);
        self
    }
}

/// The same values as another kind. Labels are whole numbers of their own: where a map becomes
/// labels, or labels become numbers, they are converted, if that can be done without loss.
pub fn with_kind(volume: Arc<Volume>, kind: MapKind) -> Arc<Volume> {
    if volume.kind == kind {
        return volume;
    }
    let mut other = Volume::clone(&volume);
    match (&volume.data, kind == MapKind::Label) {
        (VolumeData::Scalar(values), true) => {
            // From 2²⁴ on a 32-bit float no longer tells whole numbers apart.
            let whole = |v: f32| v.is_nan() || (v >= 0.0 && v.fract() == 0.0 && v <= 16_777_216.0);
            if !values.iter().all(|&v| whole(v)) {
                return volume;
            }
            other.data = VolumeData::Label(values.iter().map(|&v| v as u32).collect());
            // Textures are kept by hash.
            other.hash = format!("{} as labels", volume.hash);
        }
        (VolumeData::Label(labels), false) => {
            other.data = VolumeData::Scalar(labels.iter().map(|&l| l as f32).collect());
            other.hash = format!("{} as numbers", volume.hash);
        }
        (VolumeData::Rgba(_), _) => return volume,
        _ => {}
    }
    other.kind = kind;
    Arc::new(other)
}
