//! From a value to a colour: threshold, contour, range, opacity. `shaders/slice.wgsl` is the other
//! copy, and the tests hold the two against each other.

use super::colour_map;
use super::look::{Look, ThresholdMode};

/// Premultiplied RGBA, 0..=1.
pub(crate) type Premultiplied = [f32; 4];

/// The value whose threshold decides, and how far in pixels that threshold is away.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tested {
    /// The layer's own value, or its gate's.
    pub value: f32,
    /// Where the contour runs.
    pub contour: Contour,
}

/// What is known of the contour of the threshold near a pixel.
#[derive(Debug, Clone, Copy)]
pub(super) enum Contour {
    /// How much the tested value changes from a pixel to the next.
    Slope(f32),
    /// Voxels with hard edges: whether one runs beside this pixel.
    Edge(bool),
}

/// Values this close to the threshold, relatively, are on it: the weights of an interpolation add up
/// to one only within rounding.
const ON_THRESHOLD: f32 = 2e-6;

/// A slope below this part of the threshold a pixel is none: a plateau.
const PLATEAU: f32 = 1e-5;

/// What a value looks like; `None` where it is hidden.
///
/// Exactly 0 is never drawn: outside the brain most maps hold 0, and with a threshold of 0 the whole
/// canvas would be painted.
pub(super) fn fragment(look: &Look, value: f32, tested: Tested) -> Option<Premultiplied> {
    let side = usize::from(value < 0.0);
    if value == 0.0 || !value.is_finite() || look.signs >> side & 1 == 0 {
        return None;
    }
    let (coverage, line, ratio) = pass(look, tested);
    let fill = if look.faint {
        coverage + (1.0 - coverage) * (ratio * ratio).min(1.0)
    } else {
        coverage
    };
    if fill <= 0.0 && line <= 0.0 {
        return None;
    }
    let [_, start, end] = look.sides[side];
    let mut magnitude = value.abs();
    if !look.faint && !look.gated {
        // A pixel that the contour covers in part has the colour of the contour.
        magnitude = magnitude.max(look.test[side]);
    }
    let span = end - start;
    let place = if span > 0.0 {
        ((magnitude - start) / span).clamp(0.0, 1.0)
    } else {
        1.0
    };
    let [from, run] = look.arms[side];
    let rgb = colour_map::sample(look.rows[side], from + run * place);
    // The line is black: it stands out from the colours within and the anatomy without.
    let alpha = look.opacity * (fill * (1.0 - line) + line);
    let ink = look.opacity * fill * (1.0 - line);
    Some([rgb[0] * ink, rgb[1] * ink, rgb[2] * ink, alpha])
}

/// How much of a pixel passes the threshold, how much of it the contour line covers, and the tested
/// value as a part of its threshold.
fn pass(look: &Look, Tested { value, contour }: Tested) -> (f32, f32, f32) {
    let side = usize::from(value < 0.0);
    if look.test_signs >> side & 1 == 0 || !value.is_finite() {
        return (0.0, 0.0, 0.0);
    }
    let magnitude = value.abs();
    let threshold = look.test[side];
    if threshold <= 0.0 {
        return (1.0, 0.0, 1.0);
    }
    let over = magnitude - threshold;
    let outlined = look.mode == ThresholdMode::Outline;
    let (coverage, line) = match contour {
        Contour::Slope(slope) if slope >= PLATEAU * threshold => {
            let distance = over / slope;
            let line = (look.half_line + 0.5 - distance.abs()).clamp(0.0, 1.0);
            ((distance + 0.5).clamp(0.0, 1.0), line)
        }
        Contour::Slope(_) => (f32::from(u8::from(over >= -ON_THRESHOLD * threshold)), 0.0),
        Contour::Edge(beside) => {
            let inside = f32::from(u8::from(over >= 0.0));
            (inside, inside * f32::from(u8::from(beside)))
        }
    };
    (
        coverage,
        if outlined { line } else { 0.0 },
        magnitude / threshold,
    )
}

/// Whether a tested value passes, for voxels with hard edges.
pub(super) fn passes(look: &Look, value: f32) -> bool {
    let side = usize::from(value < 0.0);
    look.test_signs >> side & 1 == 1 && value.abs() >= look.test[side]
}

/// Source-over with premultiplied colours onto an opaque byte target, rounded as a Unorm target
/// rounds after every layer.
pub(crate) fn blend(target: &mut [u8; 4], [r, g, b, alpha]: Premultiplied) {
    for (channel, source) in target.iter_mut().zip([r, g, b]) {
        *channel = colour_map::to_byte(source + f32::from(*channel) / 255.0 * (1.0 - alpha));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::geometry::PixelToVoxel;
    use crate::render::look::{Interpolation, LayerDisplay, RangeStart, SideRange, Signs};
    use crate::render::sample;

    fn display() -> LayerDisplay {
        LayerDisplay {
            threshold: 3.0,
            maximum: 8.0,
            ..Default::default()
        }
    }

    fn look(display: &LayerDisplay) -> Look {
        Look::new(display, None, 1.0)
    }

    /// A value on a slope gentle enough that the contour is far away.
    fn plain(value: f32, display: &LayerDisplay) -> Option<Premultiplied> {
        let contour = Contour::Slope(1e-3 * value.abs().max(1e-6));
        fragment(&look(display), value, Tested { value, contour })
    }

    #[test]
    fn threshold_and_sign_choose_what_is_drawn() {
        assert!(plain(2.99, &display()).is_none());
        assert!(plain(3.01, &display()).is_some());
        assert!(plain(-5.0, &display()).is_some());
        let positive = LayerDisplay {
            signs: Signs::Positive,
            ..display()
        };
        assert!(plain(-5.0, &positive).is_none());
        let zero = LayerDisplay {
            threshold: 0.0,
            ..display()
        };
        assert!(plain(0.0, &zero).is_none() && plain(1e-6, &zero).is_some());
        let flat = LayerDisplay {
            maximum: 3.0,
            ..display()
        };
        assert_eq!(plain(3.5, &flat), plain(900.0, &flat));
    }

    #[test]
    fn the_contour_of_the_threshold_covers_pixels_by_area() {
        // One pixel a voxel along a ramp of slope 1.
        let map = PixelToVoxel {
            origin: [0.0; 3],
            step_x: [1.0, 0.0, 0.0],
            step_y: [0.0, 1.0, 0.0],
        };
        let values: Vec<f32> = (0..8).map(|v| v as f32).collect();
        let look = look(&display());
        let alpha = |x: f32| {
            let taken = sample::take(&values, [8, 1, 1], [x, 0.0, 0.0], &map, &look).unwrap();
            let tested = Tested {
                value: taken.value,
                contour: taken.contour,
            };
            fragment(&look, taken.value, tested).map_or(0.0, |c| c[3])
        };
        assert_eq!([alpha(2.4), alpha(3.0), alpha(3.6)], [0.0, 0.5, 1.0]);
        assert!((alpha(2.75) - 0.25).abs() < 1e-5 && (alpha(3.25) - 0.75).abs() < 1e-5);
    }

    /// Complaint 2: colours of 8 bits decided which voxels passed, and that depended on the maximum.
    #[test]
    fn complaint_2_a_value_beside_the_threshold_is_decided_by_the_value_alone() {
        for threshold in [1e-3f32, 0.1, 3.1, 2000.0] {
            for maximum in [threshold * 1.01, threshold * 10.0, 1e7] {
                for interpolation in [
                    Interpolation::Nearest,
                    Interpolation::Linear,
                    Interpolation::Cubic,
                ] {
                    let display = LayerDisplay {
                        threshold,
                        maximum,
                        interpolation,
                        ..display()
                    };
                    let map = PixelToVoxel {
                        origin: [0.0; 3],
                        step_x: [0.1, 0.0, 0.0],
                        step_y: [0.0, 0.1, 0.0],
                    };
                    let look = look(&display);
                    for (factor, shown) in [(1.0 - 1e-4, 0.0), (1.0, 1.0), (1.0 + 1e-4, 1.0)] {
                        for sign in [1.0, -1.0] {
                            let values = [sign * threshold * factor; 64];
                            // Weights that do not add up to one exactly.
                            let at = [1.1, 1.7, 2.3];
                            let taken = sample::take(&values, [4, 4, 4], at, &map, &look).unwrap();
                            let tested = Tested {
                                value: taken.value,
                                contour: taken.contour,
                            };
                            let alpha = fragment(&look, taken.value, tested).map_or(0.0, |c| c[3]);
                            assert_eq!(
                                alpha, shown,
                                "{threshold} {maximum} {interpolation:?} {factor}"
                            );
                        }
                    }
                }
            }
        }
    }

    /// Complaint 5: a mask of ones is shown at every threshold up to one, its zeros at none.
    #[test]
    fn complaint_5_a_mask_shows_its_ones_and_never_its_zeros() {
        for threshold in [0.0, 0.001, 0.5, 0.999, 1.0] {
            let display = LayerDisplay {
                threshold,
                maximum: 1.0,
                ..display()
            };
            for contour in [Contour::Edge(false), Contour::Slope(0.0)] {
                let drawn = |value| fragment(&look(&display), value, Tested { value, contour });
                assert_eq!(drawn(1.0).map(|c| c[3]), Some(1.0), "{threshold}");
                assert!(drawn(0.0).is_none(), "{threshold}");
            }
        }
    }

    #[test]
    fn faded_values_fall_to_nothing_and_meet_the_threshold_without_a_step() {
        let fade = LayerDisplay {
            mode: ThresholdMode::Fade,
            opacity: 0.8,
            ..display()
        };
        let alpha = |value| plain(value, &fade).map_or(0.0, |c| c[3]);
        assert!((alpha(1.5) - 0.25 * 0.8).abs() < 1e-6 && (alpha(2.999) - 0.8).abs() < 1e-3);
        assert!(alpha(0.01) < 1e-4 && alpha(-1.5) == alpha(1.5) && alpha(5.0) == 0.8);
        // Below the threshold the colour is the first one, above it runs on.
        let outline = LayerDisplay {
            mode: ThresholdMode::Outline,
            ..display()
        };
        let on_line = |value: f32| {
            let contour = Contour::Slope(1.0);
            fragment(&look(&outline), value, Tested { value, contour }).unwrap()
        };
        assert_eq!(on_line(3.0), [0.0, 0.0, 0.0, 1.0]);
        assert!(on_line(5.5)[0] > 0.9);
    }

    #[test]
    fn the_negative_side_may_have_a_range_and_an_arm_of_its_own() {
        let own = SideRange {
            threshold: 1.0,
            minimum: RangeStart::Zero,
            maximum: 2.0,
        };
        let both = LayerDisplay {
            negative_range: Some(own),
            positive: crate::render::ColourMap::RED_BLUE,
            negative: crate::render::ColourMap::RED_BLUE,
            ..display()
        };
        assert!(plain(-0.9, &both).is_none() && plain(2.0, &both).is_none());
        let [r, _, b, _] = plain(-1.9, &both).unwrap();
        assert!(b > r + 0.2, "negative values take the lower arm");
        let [r, _, b, _] = plain(7.9, &both).unwrap();
        assert!(r > b + 0.2, "positive values take the upper arm");
    }
}
