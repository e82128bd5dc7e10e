//! How a map is shown before anyone has touched a slider.

use super::colour_map::ColourMap;
use super::look::{Interpolation, LayerDisplay, RangeStart, Signs};
use crate::volume::{MapKind, Volume, VolumeData};

impl LayerDisplay {
    /// The first look of a volume: threshold 3.1 for z and t, else a robust percentile; the range ends
    /// at a robust maximum; both signs where there are both; predicted maps green, others warm and
    /// cool. Values of unknown kind that look like a scanner's intensities are shown in grey.
    pub fn of(volume: &Volume) -> Self {
        if let Some(display) = of_intensities(volume) {
            return display;
        }
        let stats = volume.stats();
        let predicted = volume.kind == MapKind::Predicted;
        let sharpened = volume.is_predicted_with("sharpness_percent");
        // Of the difference of two texts what is less says as much as what is more.
        let both_signs = !predicted || volume.is_predicted_with("mix");
        let threshold = volume.default_threshold();
        // The same for all predicted maps, whose unit is a typical peak: a weak one looks weak.
        let robust = if predicted && !sharpened {
            PREDICTED_MAXIMUM
        } else {
            volume.robust_max()
        };
        Self {
            threshold,
            // A map without much above its threshold still gets a range with colours to tell apart.
            maximum: robust.max(threshold * 1.25),
            signs: if stats.min < 0.0 && both_signs {
                Signs::Both
            } else {
                Signs::Positive
            },
            // What lies under regions stays in sight.
            opacity: if matches!(volume.data, VolumeData::Label(_)) {
                0.6
            } else {
                1.0
            },
            // Interpolation would shrink or grow a region of ones.
            interpolation: match volume.kind {
                MapKind::Mask => Interpolation::Nearest,
                _ => Interpolation::Linear,
            },
            positive: match volume.kind {
                _ if predicted => ColourMap::GREEN,
                MapKind::Anatomy | MapKind::Magnitude | MapKind::Label => ColourMap::GRAY,
                _ => ColourMap::WARM,
            },
            ..Self::default()
        }
    }
}

/// Where the colours of predicted maps end, in their own unit.
const PREDICTED_MAXIMUM: f32 = 1.0;
/// A picture fills at least this part of its grid; a map cut off at a threshold, whose values are far
/// from 0 too, does not.
const LEAST_FILLED: f64 = 0.15;

/// The look of raw intensities (a BOLD series, an undescribed T1): values of unknown kind, none
/// negative, filling the grid and mostly far from 0 (mean of those that are not 0 above two standard
/// deviations). Grey, no threshold, from the robust minimum to the robust maximum. `None` for all else.
fn of_intensities(volume: &Volume) -> Option<LayerDisplay> {
    let values = volume.data.scalar()?;
    if volume.kind != MapKind::Unknown {
        return None;
    }
    let stats = volume.stats();
    let filled = stats.nonzero as f64 >= LEAST_FILLED * values.len() as f64;
    if stats.min < 0.0 || stats.nonzero == 0 || !filled {
        return None;
    }
    let count = stats.nonzero as f64;
    let mean = stats.mean * stats.finite as f64 / count;
    let squares = values
        .iter()
        .filter(|v| v.is_finite() && **v != 0.0)
        .map(|v| (f64::from(*v) - mean).powi(2));
    let deviation = (squares.sum::<f64>() / count).sqrt();
    // One value everywhere is a mask without a name.
    if deviation <= 1e-6 * mean || mean <= 2.0 * deviation {
        return None;
    }
    let least = volume.strength_percentile(0.5);
    Some(LayerDisplay {
        threshold: 0.0,
        minimum: RangeStart::Value(least),
        maximum: volume.robust_max().max(least + f32::MIN_POSITIVE),
        signs: Signs::Positive,
        positive: ColourMap::GRAY,
        ..LayerDisplay::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixtures::volume;

    /// A head of intensities about 1000 in air of zeros.
    fn bold() -> Volume {
        let values = (0..8000_u32).map(|n| {
            let p = [n % 20, n / 20 % 20, n / 400].map(|x| f64::from(x) - 9.5);
            let inside = p.iter().map(|x| x * x).sum::<f64>() < 64.0;
            let grain = f64::from(n.wrapping_mul(2_654_435_761) >> 16) / 65_536.0;
            if inside {
                (800.0 + 400.0 * grain) as f32
            } else {
                0.0
            }
        });
        let mut map = volume([20, 20, 20], 3.0, values.collect());
        map.kind = MapKind::Unknown;
        map
    }

    #[test]
    fn raw_intensities_are_grey_and_maps_are_not() {
        let mut map = bold();
        let display = LayerDisplay::of(&map);
        assert_eq!(display.positive, ColourMap::GRAY);
        assert_eq!((display.threshold, display.signs), (0.0, Signs::Positive));
        let RangeStart::Value(least) = display.minimum else {
            panic!("{:?}", display.minimum);
        };
        assert!((800.0..820.0).contains(&least), "{least}");
        assert!((1180.0..=1200.0).contains(&display.maximum), "{display:?}");
        // The same values said to be a statistic are one.
        map.kind = MapKind::T;
        assert_eq!(LayerDisplay::of(&map).positive, ColourMap::WARM);

        // A map cut off at 3.1 is far from 0 too, but fills little; one of both signs is none either.
        let some = |v: f32, every: usize| -> Vec<f32> {
            let value = |n: usize| {
                if n.is_multiple_of(every) {
                    v + n as f32 / 8000.0
                } else {
                    0.0
                }
            };
            (0..8000).map(value).collect()
        };
        for values in [some(3.1, 10), some(-0.5, 1), vec![1.0; 8000]] {
            let mut map = volume([20, 20, 20], 3.0, values);
            map.kind = MapKind::Unknown;
            assert_eq!(LayerDisplay::of(&map).positive, ColourMap::WARM);
        }
    }
}
