//! What is there to read in a map: its tails, and what a reader should be told about them.

use crate::atlas::Noise;
use crate::volume::MapKind;

use super::Tail;

/// Below this share of the brain in view a warning says so.
const FULL_COVERAGE: f32 = 0.95;
/// Above this share of exact zeros in view a map is called thresholded.
const MANY_ZEROS: f64 = 0.5;
/// Fewer voxels than this (0.8 cm³ at 2 mm) are called little.
const FEW_VOXELS: usize = 100;
/// z or t below which nothing in a map is notable.
const NOTABLE_STATISTIC: f32 = 3.1;

/// Counts over one tail of a masked map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Signal {
    /// Voxels on this side of 0.
    pub voxels: usize,
    /// The largest magnitude among them.
    pub peak: f32,
    /// Σ v².
    pub energy: f64,
}

impl Signal {
    /// How far the noise of a map reaches on this side of it, in units of its peak.
    pub(super) fn floor(&self, noise: Noise, tail: Tail) -> f32 {
        let sign = if tail == Tail::Neg { -1.0 } else { 1.0 };
        if self.peak > 0.0 {
            noise.floor(sign) / self.peak
        } else {
            0.0
        }
    }
}

/// The tail as a non-negative vector whose largest value is 1, so that the map's own scale can neither
/// overflow nor vanish later; of [`Tail::Both`] the signed map, its largest magnitude 1. Non-finite values
/// count as 0.
pub(super) fn take_tail(values: &[f32], tail: Tail) -> (Vec<f32>, Signal) {
    let sign = if tail == Tail::Neg { -1.0 } else { 1.0 };
    let read = |v: f32| match (v.is_finite(), tail) {
        (false, _) => 0.0,
        (true, Tail::Both) => v,
        (true, Tail::Pos | Tail::Neg) => (sign * v).max(0.0),
    };
    let mut signal = Signal {
        voxels: 0,
        peak: 0.0,
        energy: 0.0,
    };
    for value in values.iter().map(|&v| read(v).abs()) {
        signal.voxels += usize::from(value > 0.0);
        signal.peak = signal.peak.max(value);
        signal.energy += f64::from(value) * f64::from(value);
    }
    let peak = if signal.peak > 0.0 {
        f64::from(signal.peak)
    } else {
        1.0
    };
    let scaled = values
        .iter()
        .map(|&v| (f64::from(read(v)) / peak) as f32)
        .collect();
    (scaled, signal)
}

/// The sentences that go with a decoding. `coverage` and `nonzero` are shares of the mask; `made_here`: of a region
/// or a density of peaks that Gyrus made.
pub(super) fn warnings(
    kind: MapKind,
    tail: Tail,
    signal: &Signal,
    coverage: f32,
    nonzero: f32,
    made_here: bool,
) -> Vec<String> {
    let mut out = Vec::new();
    if coverage < FULL_COVERAGE {
        out.push(format!(
            "Only {:.0} % of the brain is inside this map's field of view; what lies outside cannot count",
            100.0 * coverage
        ));
    }
    // A region, or a map of places, is 0 elsewhere by nature.
    let sparse = made_here || kind == MapKind::Mask;
    let zeros = f64::from(coverage - nonzero) / f64::from(coverage.max(f32::MIN_POSITIVE));
    if zeros > MANY_ZEROS && !sparse {
        // Rounded up to all of them it would deny what is there.
        let share = match 100.0 * zeros {
            percent if percent > 99.5 => "More than 99".to_owned(),
            percent => format!("{percent:.0}"),
        };
        out.push(format!(
            "{share} % of the voxels in view are exactly 0: the map looks thresholded, and an unthresholded one \
             says more"
        ));
    }
    if signal.voxels < FEW_VOXELS {
        out.push(format!(
            "Only {} voxels carry a {} value ({:.1} cm³): the ranking rests on very little",
            signal.voxels,
            tail.word(),
            signal.voxels as f64 * 0.008
        ));
    } else if matches!(kind, MapKind::Z | MapKind::T) && signal.peak < NOTABLE_STATISTIC {
        out.push(format!(
            "No {} {} exceeds {:.1}: the ranking may reflect noise",
            tail.word(),
            kind.label(),
            NOTABLE_STATISTIC
        ));
    }
    match kind {
        MapKind::P => out.push(
            "These look like p values, where small means strong: decode the z or t map of the same test instead".into(),
        ),
        MapKind::F => out.push("F values have no direction: the ranking says where, not which way".into()),
        MapKind::Anatomy => out.push(
            "This looks like an anatomical picture: a ranking of tasks from it means nothing".into(),
        ),
        MapKind::Mask => out.push("This is a region, not a statistic: every voxel in it counts the same, and the ranking says which tasks are \
             reported there".into()),
        // Labels and magnitudes are refused before this.
        MapKind::Z
        | MapKind::T
        | MapKind::Beta
        | MapKind::Label
        | MapKind::Magnitude
        | MapKind::Predicted
        | MapKind::Unknown => {}
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_separate_and_scaled() {
        let map = [2.0, -4.0, 0.0, f32::NAN, 1.0, f32::NEG_INFINITY];
        let (pos, signal) = take_tail(&map, Tail::Pos);
        assert_eq!(pos, [1.0, 0.0, 0.0, 0.0, 0.5, 0.0]);
        assert_eq!(
            signal,
            Signal {
                voxels: 2,
                peak: 2.0,
                energy: 5.0
            }
        );
        let (neg, signal) = take_tail(&map, Tail::Neg);
        assert_eq!(neg, [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(signal.voxels, 1);
        assert_eq!(take_tail(&[0.0, -1.0], Tail::Pos).1.peak, 0.0);
        let (both, signal) = take_tail(&map, Tail::Both);
        assert_eq!(both, [0.5, -1.0, 0.0, 0.0, 0.25, 0.0]);
        assert_eq!((signal.voxels, signal.peak), (3, 4.0));
    }

    #[test]
    fn tiny_and_huge_maps_give_the_same_tail() {
        let map = [3.0_f32, 1.0, -2.0];
        for scale in [1e-38, 1e-30, 1.0, 1e30] {
            let scaled: Vec<f32> = map.iter().map(|v| v * scale).collect();
            let (tail, _) = take_tail(&scaled, Tail::Pos);
            assert!((tail[1] - 1.0 / 3.0).abs() < 1e-4, "{scale}: {tail:?}");
        }
    }

    fn said(kind: MapKind, voxels: usize, peak: f32, coverage: f32, nonzero: f32) -> String {
        let signal = Signal {
            voxels,
            peak,
            energy: 1.0,
        };
        warnings(kind, Tail::Pos, &signal, coverage, nonzero, false).join(" | ")
    }

    #[test]
    fn a_good_map_gets_no_warning() {
        assert_eq!(said(MapKind::Z, 90_000, 7.0, 1.0, 0.99), "");
    }

    #[test]
    fn each_shortcoming_is_named() {
        assert!(said(MapKind::Z, 90_000, 7.0, 0.41, 0.41).contains("Only 41 % of the brain"));
        assert!(
            said(MapKind::Z, 900, 7.0, 1.0, 0.08)
                .contains("92 % of the voxels in view are exactly 0")
        );
        // Zeros are counted among the voxels in view, not in the whole brain.
        assert!(!said(MapKind::Z, 900, 7.0, 0.4, 0.39).contains("thresholded"));
        assert!(
            said(MapKind::Z, 37, 7.0, 1.0, 0.9)
                .contains("Only 37 voxels carry a positive value (0.3 cm³)")
        );
        assert!(said(MapKind::T, 9_000, 2.0, 1.0, 0.9).contains("No positive t exceeds 3.1"));
        assert!(!said(MapKind::Beta, 9_000, 0.02, 1.0, 0.9).contains("exceeds"));
        assert!(said(MapKind::P, 9_000, 0.9, 1.0, 1.0).contains("p values"));
        assert!(said(MapKind::Anatomy, 9_000, 0.9, 1.0, 1.0).contains("anatomical"));
    }
}
