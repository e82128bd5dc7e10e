//! The maths of the shaders, in Rust: `shaders/slice.wgsl` is the other copy, and the tests hold the
//! two against each other.

use super::colour;
use super::scene::{LayerDisplay, Signs};

/// Premultiplied RGBA, 0..=1.
pub type Premultiplied = [f32; 4];

/// A trilinear sample: its value, how it changes with each voxel coordinate, and the largest magnitude
/// among its neighbours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Interpolated value.
    pub value: f32,
    /// Its derivative along i, j, k.
    pub gradient: [f32; 3],
    /// Largest |value| of the neighbours that hold data.
    pub most: f32,
}

/// Trilinear value at a voxel coordinate: Σ w·v·m / Σ w·m over the eight neighbours that exist and
/// are finite; `None` below half validity.
pub fn trilinear(values: &[f32], shape: [usize; 3], voxel: [f32; 3]) -> Option<Sample> {
    let base = voxel.map(f32::floor);
    // NaN coordinates fail every comparison and end here too.
    let near = |a: usize| base[a] >= -1.0 && base[a] < shape[a] as f32;
    if !(near(0) && near(1) && near(2)) {
        return None;
    }
    let part: [f32; 3] = std::array::from_fn(|a| voxel[a] - base[a]);
    let (mut sum, mut weight, mut most) = (0.0f32, 0.0f32, 0.0f32);
    let (mut sum_slope, mut weight_slope) = ([0.0f32; 3], [0.0f32; 3]);
    for n in 0..8usize {
        let mut at = [0usize; 3];
        let mut w3 = [0.0f32; 3];
        let mut exists = true;
        for a in 0..3 {
            let step = n >> a & 1;
            let index = base[a] as i64 + step as i64;
            exists &= index >= 0 && (index as usize) < shape[a];
            at[a] = index.max(0) as usize;
            w3[a] = if step == 1 { part[a] } else { 1.0 - part[a] };
        }
        if !exists {
            continue;
        }
        let value = values[at[0] + shape[0] * (at[1] + shape[1] * at[2])];
        if !value.is_finite() {
            continue;
        }
        let w = w3[0] * w3[1] * w3[2];
        sum += w * value;
        weight += w;
        most = most.max(value.abs());
        for (a, others) in [w3[1] * w3[2], w3[0] * w3[2], w3[0] * w3[1]]
            .into_iter()
            .enumerate()
        {
            let slope = if n >> a & 1 == 1 { others } else { -others };
            sum_slope[a] += slope * value;
            weight_slope[a] += slope;
        }
    }
    (weight >= 0.5).then(|| {
        let value = sum / weight;
        let gradient = std::array::from_fn(|a| (sum_slope[a] - value * weight_slope[a]) / weight);
        Sample {
            value,
            gradient,
            most,
        }
    })
}

/// What a pixel of a slice looks like: the shade of its value, covered in part where the contour of
/// the threshold runs through it. `None` where it is hidden.
pub fn fragment(
    sample: Sample,
    map: &super::geometry::PixelToVoxel,
    display: &LayerDisplay,
) -> Option<Premultiplied> {
    let Sample {
        value,
        gradient,
        most,
    } = sample;
    if most < display.threshold {
        return None;
    }
    if display.threshold <= 0.0 {
        return shade(value, display);
    }
    let along = |step: [f32; 3]| -> f32 { (0..3).map(|a| gradient[a] * step[a]).sum() };
    let per_pixel = along(map.step_x).hypot(along(map.step_y)).max(1e-12);
    let coverage = ((value.abs() - display.threshold) / per_pixel + 0.5).clamp(0.0, 1.0);
    let drawn = value.signum() * value.abs().max(display.threshold);
    shade(drawn, display).map(|colour| colour.map(|c| c * coverage))
}

/// Flat index of the nearest voxel; `None` outside the grid.
pub fn nearest(shape: [usize; 3], voxel: [f32; 3]) -> Option<usize> {
    let mut at = [0usize; 3];
    for a in 0..3 {
        let index = (voxel[a] + 0.5).floor();
        if !(index >= 0.0 && index < shape[a] as f32) {
            return None;
        }
        at[a] = index as usize;
    }
    Some(at[0] + shape[0] * (at[1] + shape[1] * at[2]))
}

/// What a value of a layer looks like; `None` where it is hidden.
///
/// Exactly 0 is never drawn: outside the brain most maps hold 0, and with a threshold of 0 the whole
/// canvas would be painted.
pub fn shade(value: f32, display: &LayerDisplay) -> Option<Premultiplied> {
    let magnitude = value.abs();
    let wanted = match display.signs {
        Signs::Both => true,
        Signs::Positive => value > 0.0,
        Signs::Negative => value < 0.0,
    };
    if !wanted || magnitude == 0.0 || magnitude < display.threshold || !magnitude.is_finite() {
        return None;
    }
    let span = display.maximum - display.threshold;
    let place = if span > 0.0 {
        (magnitude - display.threshold) / span
    } else {
        1.0
    };
    let map = if value > 0.0 {
        display.positive
    } else {
        display.negative
    };
    let opacity = display.opacity.clamp(0.0, 1.0);
    let [r, g, b] = colour::sample(map.row(), place);
    Some([r * opacity, g * opacity, b * opacity, opacity])
}

/// Bilinear-in-three-dimensions fetch of two-channel bytes with clamped edges: what the hardware
/// sampler does for the underlay.
pub fn anatomy(texels: &[[u8; 2]], shape: [usize; 3], voxel: [f32; 3]) -> Option<[f32; 2]> {
    for a in 0..3 {
        if !(voxel[a] >= -0.5 && voxel[a] <= shape[a] as f32 - 0.5) {
            return None;
        }
    }
    let base = voxel.map(f32::floor);
    let part: [f32; 3] = std::array::from_fn(|a| voxel[a] - base[a]);
    let mut out = [0.0f32; 2];
    for n in 0..8usize {
        let mut index = 0usize;
        let mut stride = 1usize;
        let mut w = 1.0f32;
        for a in 0..3 {
            let step = n >> a & 1;
            let at = (base[a] as i64 + step as i64).clamp(0, shape[a] as i64 - 1) as usize;
            index += at * stride;
            stride *= shape[a];
            w *= if step == 1 { part[a] } else { 1.0 - part[a] };
        }
        for c in 0..2 {
            out[c] += w * f32::from(texels[index][c]) / 255.0;
        }
    }
    Some(out)
}

/// Source-over with premultiplied colours onto an opaque byte target, rounded as a Unorm target
/// rounds after every layer.
pub fn blend(target: &mut [u8; 4], [r, g, b, alpha]: Premultiplied) {
    for (channel, source) in target.iter_mut().zip([r, g, b]) {
        *channel = colour::to_byte(source + f32::from(*channel) / 255.0 * (1.0 - alpha));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::ColourMap;

    fn display() -> LayerDisplay {
        LayerDisplay {
            threshold: 3.0,
            maximum: 8.0,
            signs: Signs::Both,
            opacity: 1.0,
            positive: ColourMap::Warm,
            negative: ColourMap::Cool,
            visible: true,
        }
    }

    #[test]
    fn no_data_does_not_bleed_into_its_neighbours() {
        let values = [4.0, f32::NAN];
        let sample = trilinear(&values, [2, 1, 1], [0.25, 0.0, 0.0]).unwrap();
        assert_eq!((sample.value, sample.gradient[0]), (4.0, 0.0));
        assert_eq!(trilinear(&values, [2, 1, 1], [0.75, 0.0, 0.0]), None);
    }

    #[test]
    fn trilinear_is_exact_for_a_linear_ramp() {
        let shape = [3, 4, 5];
        let values: Vec<f32> = (0..60)
            .map(|n| (n % 3) as f32 + 10.0 * (n / 3 % 4) as f32 - 7.0 * (n / 12) as f32)
            .collect();
        let got = trilinear(&values, shape, [0.3, 1.7, 2.9]).unwrap();
        assert!((got.value - (0.3 + 17.0 - 20.3)).abs() < 1e-4);
        for (slope, want) in got.gradient.into_iter().zip([1.0, 10.0, -7.0]) {
            assert!((slope - want).abs() < 1e-4, "{slope} is not {want}");
        }
    }

    #[test]
    fn outside_and_nan_coordinates_have_no_value() {
        let values = [1.0; 8];
        for voxel in [
            [-0.6, 0.0, 0.0],
            [0.0, 1.6, 0.0],
            [f32::NAN, 0.0, 0.0],
            [1e30, 0.0, 0.0],
        ] {
            assert_eq!(trilinear(&values, [2, 2, 2], voxel), None);
            assert_eq!(nearest([2, 2, 2], voxel), None);
        }
        assert_eq!(
            trilinear(&values, [2, 2, 2], [-0.4, 0.0, 0.0])
                .unwrap()
                .value,
            1.0
        );
    }

    #[test]
    fn the_contour_of_the_threshold_covers_pixels_by_area() {
        use crate::render::geometry::PixelToVoxel;
        // One pixel a voxel along a ramp of slope 1.
        let map = PixelToVoxel {
            origin: [0.0; 3],
            step_x: [1.0, 0.0, 0.0],
            step_y: [0.0, 1.0, 0.0],
        };
        let values: Vec<f32> = (0..8).map(|v| v as f32).collect();
        let alpha = |x: f32| {
            let sample = trilinear(&values, [8, 1, 1], [x, 0.0, 0.0]).unwrap();
            fragment(sample, &map, &display()).map_or(0.0, |c| c[3])
        };
        assert_eq!([alpha(2.4), alpha(3.0), alpha(3.6)], [0.0, 0.5, 1.0]);
        assert!((alpha(2.75) - 0.25).abs() < 1e-5 && (alpha(3.25) - 0.75).abs() < 1e-5);
    }

    #[test]
    fn threshold_and_sign_choose_what_is_drawn() {
        assert!(shade(2.99, &display()).is_none());
        assert!(shade(3.0, &display()).is_some());
        assert!(shade(-5.0, &display()).is_some());
        let positive = LayerDisplay {
            signs: Signs::Positive,
            ..display()
        };
        assert!(shade(-5.0, &positive).is_none());
        let zero = LayerDisplay {
            threshold: 0.0,
            ..display()
        };
        assert!(shade(0.0, &zero).is_none() && shade(1e-6, &zero).is_some());
        let flat = LayerDisplay {
            maximum: 3.0,
            ..display()
        };
        assert_eq!(shade(3.5, &flat), shade(900.0, &flat));
    }
}
