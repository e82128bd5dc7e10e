//! Null distributions of a voxel's statistic where every study's activations lie anywhere in the mask, each voxel of
//! its map as likely as any other (Eickhoff et al. 2012 for ALE; NiMARE's "approximate" null).
//!
//! What studies add up is independent then: counts follow a Poisson binomial distribution; densities, and for ALE
//! −ln(1 − value), follow the convolution of the studies' own histograms.

use rustfft::FftPlanner;
use rustfft::num_complex::Complex;

use super::normal::LEAST_P;
use crate::corpus::SparseMap;
use crate::progress::{Cancelled, Progress};

/// Values up to this many steps are told apart in the map of one study.
const STEPS_A_STUDY: f64 = 1024.0;
/// Steps of a distribution at most.
const MOST_STEPS: usize = 1 << 19;
/// What a Fourier transform leaves of a probability of 0.
const FLOOR: f64 = 1e-15;

/// Upper tail of a statistic that is 0 or more.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Null {
    /// Width of a step.
    step: f64,
    /// Probability of this step or one above.
    tail: Vec<f64>,
}

impl Null {
    /// Of the number of studies active at a voxel, where study i is at a share `shares[i]` of all.
    pub fn of_counts(shares: &[f64]) -> Self {
        let mut chances = vec![1.0];
        for &share in shares {
            let mut next = vec![0.0; chances.len() + 1];
            for (count, chance) in chances.iter().enumerate() {
                next[count] += chance * (1.0 - share);
                next[count + 1] += chance * share;
            }
            chances = next;
        }
        Self::of_chances(1.0, &chances, 0.0)
    }

    /// Of the sum over studies of what `amount` makes of a value of their maps, over a mask of `voxels`.
    ///
    /// # Errors
    /// A stop.
    pub fn of_sums(
        maps: &[SparseMap],
        voxels: usize,
        amount: impl Fn(f64) -> f64,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let voxels = voxels.max(1) as f64;
        let (mut most, mut mean, mut square) = (0.0_f64, 0.0, 0.0);
        for map in maps {
            for &value in &map.values {
                let amount = amount(f64::from(value));
                most = most.max(amount);
                mean += amount / voxels;
                square += amount * amount / voxels;
            }
        }
        if most <= 0.0 {
            return Ok(Self::of_chances(1.0, &[1.0], 0.0));
        }
        let step = most / STEPS_A_STUDY;
        // Beyond this lies nothing that counts (Bennett's inequality), so that wrapping around adds nothing.
        let reach = mean + 40.0 * square.sqrt() + 60.0 * most;
        let whole = ((reach / step).ceil() as usize).max(4).next_power_of_two();
        let length = whole.min(MOST_STEPS);
        let mut planner = FftPlanner::<f64>::new();
        let (forward, back) = (
            planner.plan_fft_forward(length),
            planner.plan_fft_inverse(length),
        );
        let mut scratch = vec![Complex::default(); forward.get_inplace_scratch_len()];
        let mut product = vec![Complex::new(1.0, 0.0); length];
        // Two studies a transform, one as the real part and one as the imaginary.
        for (number, pair) in maps.chunks(2).enumerate() {
            if number % 8 == 0 {
                progress.check()?;
            }
            let mut both = vec![Complex::new(0.0, 0.0); length];
            for (part, map) in pair.iter().enumerate() {
                let mut add = |at: usize, chance: f64| match part {
                    0 => both[at].re += chance,
                    _ => both[at].im += chance,
                };
                add(0, (voxels - map.values.len() as f64) / voxels);
                for &value in &map.values {
                    let at = (amount(f64::from(value)) / step).round() as usize;
                    add(at.min(length - 1), 1.0 / voxels);
                }
            }
            forward.process_with_scratch(&mut both, &mut scratch);
            for at in 0..length {
                let (here, there) = (both[at], both[(length - at) % length].conj());
                let first = (here + there) * 0.5;
                let second = (here - there) * Complex::new(0.0, -0.5);
                product[at] *= match pair.len() {
                    1 => first,
                    _ => first * second,
                };
            }
        }
        back.process_with_scratch(&mut product, &mut scratch);
        let chances: Vec<f64> = product.iter().map(|c| c.re / length as f64).collect();
        Ok(Self::of_chances(step, &chances, FLOOR))
    }

    /// From the probability of each step; what is below `floor` is what rounding left.
    fn of_chances(step: f64, chances: &[f64], floor: f64) -> Self {
        let mut tail: Vec<f64> = chances.to_vec();
        let mut sum = 0.0;
        for chance in tail.iter_mut().rev() {
            sum += if *chance > floor { *chance } else { 0.0 };
            *chance = sum;
        }
        let whole = sum.max(f64::MIN_POSITIVE);
        for chance in &mut tail {
            *chance /= whole;
        }
        Self { step, tail }
    }

    /// The probability of this value or a higher one, never 0: at least that of the highest step that has one.
    pub fn p(&self, value: f64) -> f64 {
        if value <= 0.0 {
            return 1.0;
        }
        let at = ((value / self.step).round() as usize).min(self.tail.len() - 1);
        match self.tail[at] {
            p if p > 0.0 => p.max(LEAST_P),
            _ => self.least(),
        }
    }

    /// The value that fewer than a share `p` exceed: the highest step whose tail is above p.
    pub fn value_of(&self, p: f64) -> f64 {
        let first = self.tail.iter().position(|&tail| tail <= p);
        first.unwrap_or(self.tail.len()).saturating_sub(1) as f64 * self.step
    }

    fn least(&self) -> f64 {
        let lasting = self.tail.iter().rev().find(|&&p| p > 0.0);
        lasting.copied().unwrap_or(1.0).max(LEAST_P)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_even_chances_are_binomial() {
        let null = Null::of_counts(&[0.5; 4]);
        for (count, wanted) in [
            (0.0, 16.0),
            (1.0, 15.0),
            (2.0, 11.0),
            (3.0, 5.0),
            (4.0, 1.0),
        ] {
            assert!((null.p(count) - wanted / 16.0).abs() < 1e-12, "{count}");
        }
        assert_eq!(null.p(9.0), null.p(4.0));
        assert_eq!(null.value_of(0.32), 2.0);
    }

    #[test]
    fn sums_are_those_of_the_histograms() {
        // Two studies with two values each among eight voxels, and one that is empty.
        let map = |values: [f32; 2]| SparseMap {
            voxels: vec![0, 1],
            values: values.to_vec(),
        };
        let maps = [map([1.0, 0.5]), map([1.0, 1.0]), SparseMap::default()];
        let null = Null::of_sums(&maps, 8, |v| v, &Progress::new()).unwrap();
        let wanted = [
            (0.4, 1.0 - 36.0 / 64.0),
            (0.5, 28.0 / 64.0),
            (0.6, 22.0 / 64.0),
        ];
        for (value, p) in wanted
            .into_iter()
            .chain([(1.5, 4.0 / 64.0), (2.0, 2.0 / 64.0)])
        {
            assert!(
                (null.p(value) - p).abs() < 1e-9,
                "{value}: {}",
                null.p(value)
            );
        }
        let empty = Null::of_sums(&[], 8, |v| v, &Progress::new()).unwrap();
        assert_eq!(empty.p(3.0), 1.0);
    }
}
