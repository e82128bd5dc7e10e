//! Which maps should not be decoded: a ranking always names something, whatever it is made from.

use super::carried::CARRIED;
use super::coordinates::is_density;
use crate::measure::is_region;
use crate::space::MaskedMap;
use crate::volume::{MapKind, Mask, Volume, WarningCode};

/// Below this share of the brain inside the map's grid a ranking would say what is missing.
pub(crate) const MIN_COVERAGE: f64 = 0.2;
/// z or t that noise alone exceeds somewhere: smooth Gaussian noise over the brain (6 to 20 mm wide, 48
/// maps) reached 3.6 to 4.9.
const NOISE: f32 = 3.1;
/// Raw pictures have values of one sign all over the brain, the middle one not far below the largest:
/// their median is 0.4 to 0.8 of their 99th percentile (T1, EPI), that of F and χ² maps below 0.2. Maps of
/// fractional anisotropy lie between and pass.
const RAW_MEDIAN_SHARE: f32 = 0.3;
/// Least share of the voxels in view with a value in a raw picture.
const RAW_FILLED: f32 = 0.5;
/// Least share of positive values in a raw picture; interpolation makes a few negative ones.
const RAW_POSITIVE: f64 = 0.999;

/// Why a map should not be decoded.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Unsuitable {
    /// A picture of the brain's structure.
    #[error("it is an anatomical picture, not a statistical map")]
    Anatomy,
    /// Small values mean strong.
    #[error("it holds p values, of which the smallest mean most")]
    PValues,
    /// Made by Gyrus from a decoding.
    #[error("it shows which places carry a decoding, and no activation")]
    Contributions,
    /// A region without strengths.
    #[error("it is a mask: every voxel in it counts the same")]
    Mask,
    /// BOLD frames, undescribed pictures.
    #[error("its values look like raw intensities (of one sign, everywhere), not like a statistic")]
    RawIntensities,
    /// The map's grid holds this share of the brain.
    #[error("its field of view holds only {:.0} % of the brain", 100.0 * .0)]
    Coverage(f64),
    /// The strongest z or t in the brain.
    #[error(
        "no value in the brain exceeds ±{NOISE:.1} (the strongest is {0:.1}), as little as noise"
    )]
    Noise(f32),
}

impl Unsuitable {
    /// What to do about it.
    pub(super) fn remedy(&self) -> &'static str {
        match self {
            Self::Anatomy | Self::RawIntensities => {
                "Open a z, t or effect map of a contrast, or decode this one anyway (--anyway)"
            }
            Self::PValues => {
                "Open the z or t map of the same test, or decode this one anyway (--anyway)"
            }
            Self::Contributions => {
                "Decode the map it was made from, or decode this one anyway (--anyway)"
            }
            Self::Mask => "To learn which tasks are reported there, decode it anyway (--anyway)",
            Self::Coverage(_) => {
                "Open a map of the whole brain in MNI space, or decode this one anyway (--anyway)"
            }
            Self::Noise(_) => "Check that this is the map you mean, or decode it anyway (--anyway)",
        }
    }
}

/// Whether a map is a region or a density of peaks that Gyrus made.
pub(super) fn is_made_here(volume: &Volume) -> bool {
    (volume.kind == MapKind::Mask && is_region(volume)) || is_density(volume)
}

/// Why a map should not be decoded, if so. `masked` is the map on `mask`.
///
/// Places without data inside the grid do not count as missing: thresholded maps are often saved that way.
pub(super) fn decline(volume: &Volume, masked: &MaskedMap, mask: &Mask) -> Option<Unsuitable> {
    // Made by Gyrus from a place or a list of peaks: what it is and where is known.
    if is_made_here(volume) {
        return None;
    }
    let made = volume.provenance.as_deref();
    if made.is_some_and(|made| made.made == CARRIED) {
        return Some(Unsuitable::Contributions);
    }
    match volume.kind {
        MapKind::Anatomy => return Some(Unsuitable::Anatomy),
        MapKind::P => return Some(Unsuitable::PValues),
        MapKind::Mask => return Some(Unsuitable::Mask),
        MapKind::Unknown if looks_raw(masked) => return Some(Unsuitable::RawIntensities),
        _ => {}
    }
    let seen = in_grid(volume, mask);
    if seen < MIN_COVERAGE {
        return Some(Unsuitable::Coverage(seen));
    }
    let guessed = volume.has_warning(WarningCode::KindGuessed);
    if matches!(volume.kind, MapKind::Z | MapKind::T) && !guessed {
        let strongest = masked
            .values
            .iter()
            .fold(0.0_f32, |most, v| most.max(v.abs()));
        if strongest < NOISE {
            return Some(Unsuitable::Noise(strongest));
        }
    }
    None
}

fn looks_raw(masked: &MaskedMap) -> bool {
    let mut positive: Vec<f32> = masked.values.iter().copied().filter(|&v| v > 0.0).collect();
    let all = masked.values.iter().filter(|&&v| v != 0.0).count();
    let filled = masked.nonzero / masked.coverage.max(f32::MIN_POSITIVE);
    if positive.is_empty()
        || filled < RAW_FILLED
        || (positive.len() as f64) < RAW_POSITIVE * all as f64
    {
        return false;
    }
    let last = positive.len() - 1;
    let mut at = |place: usize| *positive.select_nth_unstable_by(place, f32::total_cmp).1;
    at(last / 2) > RAW_MEDIAN_SHARE * at(last * 99 / 100)
}

/// Share of the mask's voxels that lie inside the grid of a map.
fn in_grid(volume: &Volume, mask: &Mask) -> f64 {
    let Some(to_map) = volume.grid.affine.inverse() else {
        return 0.0;
    };
    let step = to_map.then_after(&mask.grid.affine);
    let inside = mask.voxels.iter().filter(|&&index| {
        let at = step.apply(mask.grid.voxel(index as usize).map(|x| x as f64));
        (0..3).all(|axis| (-0.5..volume.grid.shape[axis] as f64 - 0.5).contains(&at[axis]))
    });
    inside.count() as f64 / mask.voxels.len().max(1) as f64
}
