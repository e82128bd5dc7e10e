//! A map on the grid it is compared on: what every comparison with it needs, made once.

use std::sync::Arc;

use super::compare::{Comparison, Measured, Over};

/// Voxels summed side by side: sums in so many parts let the processor do several at once.
const LANES: usize = 8;

/// One bit a voxel.
#[derive(Debug, PartialEq)]
struct Bits(Vec<u64>);

impl Bits {
    fn of(values: &[f32], is: impl Fn(f32) -> bool) -> Self {
        let word = |values: &[f32]| {
            let bits = values.iter().enumerate();
            bits.fold(0, |word, (n, &v)| word | u64::from(is(v)) << n)
        };
        Self(values.chunks(64).map(word).collect())
    }

    fn count(&self) -> usize {
        self.0.iter().map(|w| w.count_ones() as usize).sum()
    }

    fn count_both(&self, other: &Self) -> usize {
        let words = self.0.iter().zip(&other.0);
        words.map(|(a, b)| (a & b).count_ones() as usize).sum()
    }
}

/// A map and its voxels by use.
#[derive(Debug)]
pub(super) struct OnGrid<'a> {
    values: &'a Arc<[f32]>,
    /// With data.
    finite: Bits,
    /// In the correlation, as far as this map has a say.
    used: Bits,
    /// Beyond the threshold.
    positive: Bits,
    negative: Bits,
    /// Over the voxels used.
    moments: Moments,
}

/// Mean and sum of squares about it.
#[derive(Debug, Clone, Copy)]
struct Moments {
    mean: f64,
    squares: f64,
}

impl<'a> OnGrid<'a> {
    /// `values` are the map's own or those it has on another grid.
    pub fn new(values: &'a Arc<[f32]>, map: &Measured<'_>, over: Over) -> Self {
        let is_used = usage(over);
        let used = Bits::of(values, is_used);
        let mean =
            sum(values, |v| if is_used(v) { f64::from(v) } else { 0.0 }) / used.count() as f64;
        let squares = sum(values, |v| {
            let d = if is_used(v) { f64::from(v) - mean } else { 0.0 };
            d * d
        });
        Self {
            values,
            finite: Bits::of(values, f32::is_finite),
            used,
            positive: Bits::of(values, |v| v > map.threshold && v.is_finite()),
            negative: Bits::of(values, |v| -v > map.negative_threshold && v.is_finite()),
            moments: Moments { mean, squares },
        }
    }

    /// What two maps on one grid have in common.
    pub fn compare(&self, other: &Self, over: Over, resampled: bool) -> Comparison {
        let voxels = self.used.count_both(&other.used);
        // Most maps have data at the same voxels; then each one's moments hold for the pair.
        let (x, y) = if self.used == other.used {
            (self.moments, other.moments)
        } else {
            self.moments_in_both(other, over, voxels)
        };
        let is_used = usage(over);
        let products = sum_pairs(self.values, other.values, |a, b| {
            let d = (f64::from(a) - x.mean) * (f64::from(b) - y.mean);
            if is_used(a) & is_used(b) { d } else { 0.0 }
        });
        let r = products / (x.squares * y.squares).sqrt();
        let dice = |a: &Bits, b: &Bits| {
            let beyond = a.count_both(&other.finite) + b.count_both(&self.finite);
            (beyond > 0).then(|| 2.0 * a.count_both(b) as f64 / beyond as f64)
        };
        Comparison {
            r: (voxels > 1 && r.is_finite()).then(|| r.clamp(-1.0, 1.0)),
            voxels,
            dice_positive: dice(&self.positive, &other.positive),
            dice_negative: dice(&self.negative, &other.negative),
            over,
            resampled,
        }
    }

    fn moments_in_both(&self, other: &Self, over: Over, voxels: usize) -> (Moments, Moments) {
        let is_used = usage(over);
        let of = |values: &[f32], beside: &[f32]| {
            let mean = sum_pairs(values, beside, |v, w| {
                if is_used(v) & is_used(w) {
                    f64::from(v)
                } else {
                    0.0
                }
            }) / voxels as f64;
            let squares = sum_pairs(values, beside, |v, w| {
                let d = f64::from(v) - mean;
                if is_used(v) & is_used(w) { d * d } else { 0.0 }
            });
            Moments { mean, squares }
        };
        (of(self.values, other.values), of(other.values, self.values))
    }
}

/// Whether a value takes part in a correlation.
fn usage(over: Over) -> impl Fn(f32) -> bool + Copy {
    // Outside the brain there are no data any more where only the brain counts.
    let zeros_too = over != Over::NonZero;
    move |v: f32| v.is_finite() & (zeros_too | (v != 0.0))
}

fn sum(values: &[f32], of: impl Fn(f32) -> f64) -> f64 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for chunk in chunks {
        for (lane, &v) in lanes.iter_mut().zip(chunk) {
            *lane += of(v);
        }
    }
    lanes.iter().sum::<f64>() + rest.iter().map(|&v| of(v)).sum::<f64>()
}

fn sum_pairs(a: &[f32], b: &[f32], of: impl Fn(f32, f32) -> f64) -> f64 {
    let ((chunks_a, rest_a), (chunks_b, rest_b)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut lanes = [0.0; LANES];
    for (chunk_a, chunk_b) in chunks_a.iter().zip(chunks_b) {
        for ((lane, &a), &b) in lanes.iter_mut().zip(chunk_a).zip(chunk_b) {
            *lane += of(a, b);
        }
    }
    let rest = rest_a.iter().zip(rest_b).map(|(&a, &b)| of(a, b));
    lanes.iter().sum::<f64>() + rest.sum::<f64>()
}
