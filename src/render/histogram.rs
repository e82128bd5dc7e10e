//! The histogram of a map's values.

use crate::volume::{Volume, VolumeData};

/// Counts of the non-zero values over −`end`..=`end`; what lies beyond is not counted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Histogram {
    /// Absolute value at both ends.
    pub end: f32,
    /// Counts, an even number of bins.
    pub bins: Vec<u32>,
    /// Whether there are negative values at all.
    pub signed: bool,
}

impl Histogram {
    /// Of a map's values; `None` for labels and colour pictures.
    pub fn of(volume: &Volume, bins: usize) -> Option<Self> {
        let VolumeData::Scalar(values) = &volume.data else {
            return None;
        };
        let mut end = volume.robust_max();
        if !(end.is_finite() && end > 0.0) {
            end = 1.0;
        }
        let end = end * 1.15;
        let half = (bins / 2).max(1);
        let mut counts = vec![0_u32; half * 2];
        let mut signed = false;
        for &value in values.iter().filter(|v| v.is_finite() && **v != 0.0) {
            signed |= value < 0.0;
            let place = (value / end * half as f32).floor() + half as f32;
            if place >= 0.0
                && let Some(count) = counts.get_mut(place as usize)
            {
                *count += 1;
            }
        }
        Some(Self {
            end,
            bins: counts,
            signed,
        })
    }
}
