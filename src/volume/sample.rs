//! The value of a map between its voxel centres.
//!
//! One rule for no data, the same as on screen: a voxel without data, or outside the grid, has
//! weight 0; the value is Σ w·v / Σ w over the rest, and no data where Σ w falls below one half.

use super::error::Fault;
use super::resample::Resampling;
use super::spline::{Coefficients, SplineFault};
use super::{Affine, Grid};
use crate::progress::Progress;

/// Values of one map at the voxels of another grid.
pub(super) struct Sampler<'a> {
    values: &'a [f32],
    shape: [usize; 3],
    /// Target voxel → source voxel.
    to_source: Affine,
    rule: Rule,
}

enum Rule {
    Nearest,
    Trilinear,
    /// Parts of a target voxel, relative to its centre.
    Average(Vec<[f64; 3]>),
    Cubic(Coefficients),
}

impl<'a> Sampler<'a> {
    /// For `values` on `from`, asked at voxels that `to_source` brings there.
    pub fn new(
        values: &'a [f32],
        from: &Grid,
        to_source: Affine,
        how: Resampling,
        progress: &Progress,
    ) -> Result<Self, Fault> {
        let rule = match how {
            Resampling::Nearest => Rule::Nearest,
            Resampling::Trilinear => Rule::Trilinear,
            Resampling::Average => match parts(&to_source) {
                [1, 1, 1] => Rule::Trilinear,
                steps => Rule::Average(offsets(steps)),
            },
            Resampling::Cubic => {
                let made = Coefficients::new(values, from.shape, progress);
                Rule::Cubic(made.map_err(|fault| match fault {
                    SplineFault::Cancelled => Fault::Cancelled,
                    SplineFault::Memory => Fault::NoMemory(values.len() as u64 * 4),
                })?)
            }
        };
        Ok(Self {
            values,
            shape: from.shape,
            to_source,
            rule,
        })
    }

    /// The value at a voxel of the target grid, NaN where there is no data.
    pub fn at(&self, voxel: [f64; 3]) -> f32 {
        let Self {
            values,
            shape,
            to_source,
            rule,
        } = self;
        let at = to_source.apply(voxel);
        match rule {
            Rule::Nearest => nearest(values, *shape, at).unwrap_or(f32::NAN),
            Rule::Trilinear => trilinear(values, *shape, at),
            Rule::Average(offsets) => self.average(at, offsets),
            // Validity by the common rule, the value by the spline.
            Rule::Cubic(spline) if trilinear(values, *shape, at).is_finite() => spline.at(at),
            Rule::Cubic(_) => f32::NAN,
        }
    }

    /// Mean over the parts of a target voxel that have data; no data where fewer than half have.
    fn average(&self, at: [f64; 3], offsets: &[[f64; 3]]) -> f32 {
        let (mut sum, mut count) = (0.0, 0usize);
        for &offset in offsets {
            let step = self.to_source.apply_vector(offset);
            let v = trilinear(
                self.values,
                self.shape,
                std::array::from_fn(|a| at[a] + step[a]),
            );
            if v.is_finite() {
                sum += f64::from(v);
                count += 1;
            }
        }
        if count * 2 < offsets.len() {
            f32::NAN
        } else {
            (sum / count as f64) as f32
        }
    }
}

/// Parts per target axis so that none lies further than one source voxel from the next.
fn parts(to_source: &Affine) -> [usize; 3] {
    to_source.voxel_sizes_mm().map(|ratio| {
        if ratio > 1.05 {
            (ratio.ceil() as usize).min(16)
        } else {
            1
        }
    })
}

/// Centres of equal parts of a target voxel, relative to its centre.
fn offsets(steps: [usize; 3]) -> Vec<[f64; 3]> {
    let along = |n: usize| (0..n).map(move |s| (s as f64 + 0.5) / n as f64 - 0.5);
    along(steps[2])
        .flat_map(|z| along(steps[1]).flat_map(move |y| along(steps[0]).map(move |x| [x, y, z])))
        .collect()
}

/// The voxel whose centre is nearest; `None` outside.
pub(super) fn nearest<T: Copy>(values: &[T], shape: [usize; 3], at: [f64; 3]) -> Option<T> {
    let mut voxel = [0; 3];
    for axis in 0..3 {
        let rounded = (at[axis] + 0.5).floor();
        if !(0.0..shape[axis] as f64).contains(&rounded) {
            return None;
        }
        voxel[axis] = rounded as usize;
    }
    values
        .get(voxel[0] + shape[0] * (voxel[1] + shape[1] * voxel[2]))
        .copied()
}

/// Trilinear value at a voxel position, NaN where less than half its weight has data.
pub(super) fn trilinear(values: &[f32], shape: [usize; 3], at: [f64; 3]) -> f32 {
    let mut low = [0isize; 3];
    let mut t = [0.0f64; 3];
    let mut inner = true;
    for axis in 0..3 {
        let x = at[axis];
        // Written so that NaN is outside; 0.5 voxels beyond the border all weight is gone.
        if !(x > -1.0 && x < shape[axis] as f64) {
            return f32::NAN;
        }
        // The cast cuts towards 0, which is one too high only below 0. (`floor` is a call on plain
        // x86-64, and this is the innermost loop of every resampling.)
        let cut = x as isize - isize::from(x < 0.0);
        low[axis] = cut;
        t[axis] = x - cut as f64;
        inner &= cut >= 0 && cut as usize + 1 < shape[axis];
    }
    if inner {
        let [nx, ny] = [shape[0], shape[1]];
        let first = low[0] as usize + nx * (low[1] as usize + ny * low[2] as usize);
        let line = |at: usize| {
            let (a, b) = (f64::from(values[at]), f64::from(values[at + 1]));
            a + t[0] * (b - a)
        };
        let plane = |at: usize| {
            let (a, b) = (line(at), line(at + nx));
            a + t[1] * (b - a)
        };
        let (a, b) = (plane(first), plane(first + nx * ny));
        let v = (a + t[2] * (b - a)) as f32;
        if v.is_finite() {
            return v;
        }
    }
    weighted(values, shape, low, t)
}

/// The rule in full, for places at the border or beside voxels without data.
fn weighted(values: &[f32], shape: [usize; 3], low: [isize; 3], t: [f64; 3]) -> f32 {
    let (mut sum, mut weight) = (0.0, 0.0);
    for corner in 0..8usize {
        let mut w = 1.0;
        let mut index = Some(0);
        let mut stride = 1;
        for axis in 0..3 {
            let up = corner >> axis & 1;
            w *= if up == 1 { t[axis] } else { 1.0 - t[axis] };
            let place = usize::try_from(low[axis] + up as isize)
                .ok()
                .filter(|&p| p < shape[axis]);
            index = index
                .zip(place)
                .map(|(index, place)| index + place * stride);
            stride *= shape[axis];
        }
        if let Some(&v) = index.and_then(|index| values.get(index))
            && v.is_finite()
        {
            sum += w * f64::from(v);
            weight += w;
        }
    }
    if weight < 0.5 {
        f32::NAN
    } else {
        (sum / weight) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_and_the_rule_in_full_agree() {
        let shape = [4, 5, 3];
        let values: Vec<f32> = (0..60)
            .map(|i| ((i * 37 % 23) as f32).sin() * 5.0)
            .collect();
        for step in 0..200 {
            let s = f64::from(step);
            let at = [s * 0.0149, s * 0.0199, s * 0.0099];
            let low = at.map(|x| x as isize);
            let t = std::array::from_fn(|a| at[a] - low[a] as f64);
            let (short, full) = (
                trilinear(&values, shape, at),
                weighted(&values, shape, low, t),
            );
            assert!((short - full).abs() < 1e-6, "{at:?}");
        }
    }

    #[test]
    fn below_half_validity_is_no_data() {
        let values = [1.0, f32::NAN, 3.0, 3.0, 1.0, f32::NAN, 3.0, 3.0];
        let at = |x: f64| trilinear(&values, [2, 2, 2], [x, 0.0, 0.5]);
        assert_eq!(at(0.0), 1.0);
        assert_eq!(at(0.49), 1.0);
        assert!(at(0.51).is_nan());
        assert_eq!(trilinear(&values, [2, 2, 2], [-0.4, 1.0, 0.0]), 3.0);
        assert!(trilinear(&values, [2, 2, 2], [-0.6, 1.0, 0.0]).is_nan());
        assert!(trilinear(&values, [2, 2, 2], [f64::NAN, 1.0, 0.0]).is_nan());
    }
}
