//! Values between voxel centres, for the processor: `shaders/slice.wgsl` is the other copy, and the
//! tests hold the two against each other.

use super::geometry::PixelToVoxel;
use super::look::{Interpolation, Look, ThresholdMode};
use super::shade::{self, Contour};

/// An interpolated sample: its value, how it changes with each voxel coordinate, and the largest magnitude
/// among its neighbours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sample {
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
    if let Some(sample) = inner(values, shape, base, part) {
        return Some(sample);
    }
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

/// [`trilinear`] where all eight neighbours exist and hold data, which is nearly everywhere.
fn inner(values: &[f32], shape: [usize; 3], base: [f32; 3], part: [f32; 3]) -> Option<Sample> {
    let first = first_of_eight(shape, base)?;
    let (row, slab) = (shape[0], shape[0] * shape[1]);
    let corners = [0, 1, row, row + 1].map(|n| first + n);
    let low = corners.map(|n| values[n]);
    let high = corners.map(|n| values[n + slab]);
    let mut most = 0.0f32;
    for v in low.into_iter().chain(high) {
        if !v.is_finite() {
            return None;
        }
        most = most.max(v.abs());
    }
    let mix = |a: f32, b: f32, t: f32| a + (b - a) * t;
    let [x, y, z] = part;
    let face = |v: [f32; 4]| {
        let (near, far) = (mix(v[0], v[1], x), mix(v[2], v[3], x));
        let across = mix(v[1] - v[0], v[3] - v[2], y);
        (mix(near, far, y), across, far - near)
    };
    let (below, above) = (face(low), face(high));
    Some(Sample {
        value: mix(below.0, above.0, z),
        gradient: [
            mix(below.1, above.1, z),
            mix(below.2, above.2, z),
            above.0 - below.0,
        ],
        most,
    })
}

/// Flat index of the lowest of the eight voxels around a place; `None` where one is outside.
fn first_of_eight(shape: [usize; 3], base: [f32; 3]) -> Option<usize> {
    let within = |a: usize| base[a] >= 0.0 && base[a] + 1.0 < shape[a] as f32;
    if !(within(0) && within(1) && within(2)) {
        return None;
    }
    let [i, j, k] = base.map(|b| b as usize);
    Some(i + shape[0] * (j + shape[1] * k))
}

/// Weights of Catmull–Rom's cubic for the four samples around a place `t` (0..1) between the middle
/// two, and their derivatives.
fn cubic_weights(t: f32) -> ([f32; 4], [f32; 4]) {
    let (t2, t3) = (t * t, t * t * t);
    (
        [
            -0.5 * t3 + t2 - 0.5 * t,
            1.5 * t3 - 2.5 * t2 + 1.0,
            -1.5 * t3 + 2.0 * t2 + 0.5 * t,
            0.5 * t3 - 0.5 * t2,
        ],
        [
            -1.5 * t2 + 2.0 * t - 0.5,
            4.5 * t2 - 5.0 * t,
            -4.5 * t2 + 4.0 * t + 0.5,
            1.5 * t2 - t,
        ],
    )
}

/// Cubic value at a voxel coordinate, through the value of every voxel. Where [`trilinear`] has no
/// value neither has this; where one of the 64 voxels around holds no data it is the trilinear one.
/// Beyond the grid its outermost voxels are repeated.
pub fn cubic(values: &[f32], shape: [usize; 3], voxel: [f32; 3]) -> Option<Sample> {
    let linear = trilinear(values, shape, voxel)?;
    let base = voxel.map(f32::floor);
    let part: [f32; 3] = std::array::from_fn(|a| voxel[a] - base[a]);
    let [(wx, dx), (wy, dy), (wz, dz)] = part.map(cubic_weights);
    let places: [[usize; 4]; 3] = std::array::from_fn(|a| {
        let last = shape[a] as i64 - 1;
        std::array::from_fn(|n| (base[a] as i64 - 1 + n as i64).clamp(0, last) as usize)
    });
    let (mut value, mut gradient) = (0.0f32, [0.0f32; 3]);
    for (k, &z) in places[2].iter().enumerate() {
        for (j, &y) in places[1].iter().enumerate() {
            let row = shape[0] * (y + shape[1] * z);
            let (mut line, mut slope) = (0.0f32, 0.0f32);
            for (i, &x) in places[0].iter().enumerate() {
                let v = values[row + x];
                if !v.is_finite() {
                    return Some(linear);
                }
                line += wx[i] * v;
                slope += dx[i] * v;
            }
            value += wy[j] * wz[k] * line;
            gradient[0] += wy[j] * wz[k] * slope;
            gradient[1] += dy[j] * wz[k] * line;
            gradient[2] += wy[j] * dz[k] * line;
        }
    }
    // A cubic may go beyond its neighbours: `most` bounds nothing here.
    Some(Sample {
        value,
        gradient,
        most: f32::INFINITY,
    })
}

/// A map's value at a pixel and where the contour of the threshold runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    pub value: f32,
    pub contour: Contour,
    pub most: f32,
}

/// Takes a map's value as a look wants it; `None` where there is no data.
pub(super) fn take(
    values: &[f32],
    shape: [usize; 3],
    voxel: [f32; 3],
    map: &PixelToVoxel,
    look: &Look,
) -> Option<Taken> {
    let sample = match look.interpolation {
        Interpolation::Nearest => {
            let value = values[nearest(shape, voxel)?];
            let edge = || {
                look.mode == ThresholdMode::Outline && edge_beside(values, shape, voxel, map, look)
            };
            return value.is_finite().then(|| Taken {
                value,
                contour: Contour::Edge(edge()),
                most: value.abs(),
            });
        }
        Interpolation::Linear => trilinear(values, shape, voxel)?,
        Interpolation::Cubic => cubic(values, shape, voxel)?,
    };
    let Sample {
        value,
        gradient,
        most,
    } = sample;
    let along = |step: [f32; 3]| -> f32 { (0..3).map(|a| gradient[a] * step[a]).sum() };
    let slope = along(map.step_x).hypot(along(map.step_y));
    Some(Taken {
        value,
        contour: Contour::Slope(slope),
        most,
    })
}

/// The four pixels a contour line's width away: left, right, above, below.
pub(super) fn around(voxel: [f32; 3], map: &PixelToVoxel, width: f32) -> [[f32; 3]; 4] {
    let step = |x: f32, y: f32| {
        std::array::from_fn(|a| voxel[a] + width * (x * map.step_x[a] + y * map.step_y[a]))
    };
    [
        step(-1.0, 0.0),
        step(1.0, 0.0),
        step(0.0, -1.0),
        step(0.0, 1.0),
    ]
}

/// Whether the region that passes ends within a line's width.
fn edge_beside(
    values: &[f32],
    shape: [usize; 3],
    voxel: [f32; 3],
    map: &PixelToVoxel,
    look: &Look,
) -> bool {
    around(voxel, map, 2.0 * look.half_line)
        .into_iter()
        .any(|at| {
            let value = nearest(shape, at)
                .map(|index| values[index])
                .filter(|v| v.is_finite());
            !value.is_some_and(|v| shade::passes(look, v))
        })
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
    if let Some(first) = first_of_eight(shape, base) {
        let (row, slab) = (shape[0], shape[0] * shape[1]);
        let at = |n: usize| texels[first + n].map(f32::from);
        let mix =
            |a: [f32; 2], b: [f32; 2], t: f32| [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];
        let line = |n: usize| mix(at(n), at(n + 1), part[0]);
        let face = |n: usize| mix(line(n), line(n + row), part[1]);
        let sum = mix(face(0), face(slab), part[2]);
        return Some(sum.map(|c| c / 255.0));
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_data_does_not_bleed_into_its_neighbours() {
        let values = [4.0, f32::NAN];
        for sample in [trilinear, cubic] {
            let got = sample(&values, [2, 1, 1], [0.25, 0.0, 0.0]).unwrap();
            assert_eq!((got.value, got.gradient[0]), (4.0, 0.0));
            assert_eq!(sample(&values, [2, 1, 1], [0.75, 0.0, 0.0]), None);
        }
    }

    #[test]
    fn linear_and_cubic_are_exact_for_a_linear_ramp() {
        let shape = [5, 6, 7];
        let values: Vec<f32> = (0..210)
            .map(|n| (n % 5) as f32 + 10.0 * (n / 5 % 6) as f32 - 7.0 * (n / 30) as f32)
            .collect();
        for sample in [trilinear, cubic] {
            let got = sample(&values, shape, [1.3, 2.7, 3.9]).unwrap();
            assert!(
                (got.value - (1.3 + 27.0 - 27.3)).abs() < 1e-4,
                "{}",
                got.value
            );
            for (slope, want) in got.gradient.into_iter().zip([1.0, 10.0, -7.0]) {
                assert!((slope - want).abs() < 1e-3, "{slope} is not {want}");
            }
        }
    }

    #[test]
    fn a_cubic_passes_through_every_voxel_and_knows_its_slope() {
        let shape = [6, 5, 4];
        let values: Vec<f32> = (0..120)
            .map(|n| ((n * 37 % 23) as f32).sin() * 5.0)
            .collect();
        for (n, want) in values.iter().enumerate() {
            let voxel = [n % 6, n / 6 % 5, n / 30].map(|v| v as f32);
            assert!((cubic(&values, shape, voxel).unwrap().value - want).abs() < 1e-5);
        }
        let at = [2.3, 1.6, 1.4];
        let got = cubic(&values, shape, at).unwrap();
        for a in 0..3 {
            let beside = |d: f32| {
                let mut voxel = at;
                voxel[a] += d;
                cubic(&values, shape, voxel).unwrap().value
            };
            let slope = (beside(0.01) - beside(-0.01)) / 0.02;
            assert!(
                (slope - got.gradient[a]).abs() < 0.02,
                "{slope} {}",
                got.gradient[a]
            );
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
            assert_eq!(cubic(&values, [2, 2, 2], voxel), None);
            assert_eq!(nearest([2, 2, 2], voxel), None);
        }
        let edge = trilinear(&values, [2, 2, 2], [-0.4, 0.0, 0.0]).unwrap();
        assert_eq!(edge.value, 1.0);
    }
}
