//! Null distributions of a voxel's statistic where every study's activations lie anywhere in the mask, each voxel of
//! its map as likely as any other (Eickhoff et al. 2012 for ALE; NiMARE's "approximate" null).
//!
//! What studies add up is independent then: counts follow a Poisson binomial distribution; densities, and for ALE
//! −ln(1 − value), follow the convolution of the studies' own histograms.

use std::sync::Arc;

use rayon::prelude::*;
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use super::normal::LEAST_P;
use crate::progress::{Cancelled, Progress};

/// Steps that the values of one study's map are told apart by.
const STEPS_A_STUDY: f64 = 512.0;
/// Steps of a distribution at most.
const MOST_STEPS: usize = 1 << 19;
/// A transform tells chances down to this share of the highest one.
const TOLD: f64 = 1e-10;
/// What rounding leaves of a chance of 0, as a share of the highest. Chances between this and [`TOLD`] lie among those
/// that are told and count.
const ROUNDING: f64 = 1e-14;
/// Chances at the end of a sum below this share of its highest are rounding.
const NOTHING: f64 = 1e-15;
/// Tilted transforms at most: each reaches nine orders of magnitude further into the tail, together to z of some 16.
const MOST_TILTS: usize = 7;

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
        Self::of_chances(1.0, &chances)
    }

    /// Of the sum over studies of their amounts at a voxel, as far as `highest`, the highest sum there is.
    ///
    /// A transform's rounding hides chances below some 1e-15 of the highest. Each study's histogram is therefore
    /// tilted by exp(θ · value), which moves the sum's distribution to its own tail and is taken back exactly
    /// (Esscher 1932): θ by θ, each further out, until `highest` is reached.
    ///
    /// `most` is the highest amount of any study, and `histograms` gives what each study shows at steps of this width.
    ///
    /// # Errors
    /// A stop.
    pub fn of_sums(
        most: f64,
        histograms: impl FnOnce(f64) -> Result<Vec<Histogram>, Cancelled>,
        highest: f64,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        if most <= 0.0 {
            return Ok(Self::of_chances(1.0, &[1.0]));
        }
        // Coarser where so many studies add up that the whole would not fit.
        let reach = 1.5 * highest / most + 60.0;
        let steps = STEPS_A_STUDY.min(MOST_STEPS as f64 / reach).max(1.0);
        let step = most / steps;
        let studies = histograms(step)?;
        let wanted = highest / step;
        let sum = Sum::new(studies, reach * steps);
        let mut chances = vec![0.0; sum.length];
        let (mut tilt, mut from) = (0.0, 0);
        for pass in 0..MOST_TILTS {
            progress.set_fraction(pass as f32 / MOST_TILTS as f32);
            let (log_scale, tilted) = sum.tilted(tilt, progress)?;
            let highest = tilted.iter().copied().fold(0.0, f64::max);
            let (told, rounding) = (highest * TOLD, highest * ROUNDING);
            let last = tilted
                .iter()
                .rposition(|&chance| chance > told)
                .unwrap_or(0);
            for at in from..=last {
                if tilted[at] > rounding {
                    chances[at] = tilted[at] * (log_scale - tilt * at as f64).exp();
                }
            }
            let done = last as f64 > wanted + steps || chances[last] < LEAST_P;
            if done || last < from.max(1) {
                break;
            }
            from = last + 1;
            match sum.tilt_for(last as f64) {
                Some(next) => tilt = next,
                None => break,
            }
        }
        Ok(Self::of_chances(step, &chances))
    }

    /// From the probability of each step.
    fn of_chances(step: f64, chances: &[f64]) -> Self {
        let mut tail: Vec<f64> = chances.to_vec();
        let mut sum = 0.0;
        for chance in tail.iter_mut().rev() {
            sum += chance.max(0.0);
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

/// How often each step lies in the map of one study.
pub(super) struct Histogram(Vec<(usize, f64)>);

impl Histogram {
    /// Of the amounts that are not 0, over a mask of so many voxels.
    pub fn of(amounts: &[f32], voxels: usize, step: f64) -> Self {
        let mut counts = vec![0_u32; STEPS_A_STUDY as usize + 2];
        let last = counts.len() - 1;
        for &amount in amounts {
            let at = (f64::from(amount) / step).round() as usize;
            counts[at.min(last)] += 1;
        }
        counts[0] += voxels.saturating_sub(amounts.len()) as u32;
        let share = |count: u32| f64::from(count) / voxels.max(1) as f64;
        let counts = counts.into_iter().enumerate();
        let lasting = counts.filter(|(_, count)| *count > 0);
        Self(lasting.map(|(at, count)| (at, share(count))).collect())
    }

    /// Σ of chance · exp(tilt · step), and the mean of the tilted steps.
    fn moments(&self, tilt: f64) -> [f64; 2] {
        let (mut whole, mut mean) = (0.0, 0.0);
        for &(at, chance) in &self.0 {
            let weight = chance * (tilt * at as f64).exp();
            whole += weight;
            mean += weight * at as f64;
        }
        [whole, mean / whole]
    }

    /// Logarithm of the whole of the tilted histogram, and its chances.
    fn tilted(&self, tilt: f64, length: usize) -> (f64, Vec<f64>) {
        let [whole, _] = self.moments(tilt);
        let last = self.0.last().map_or(0, |&(at, _)| at.min(length - 1));
        let mut chances = vec![0.0; last + 1];
        for &(at, chance) in &self.0 {
            chances[at.min(last)] += chance * (tilt * at as f64).exp() / whole;
        }
        (whole.ln(), chances)
    }
}

/// The sum of what the studies show, as a distribution that can be tilted.
struct Sum {
    studies: Vec<Histogram>,
    /// Steps looked at.
    length: usize,
    /// Transforms there and back, of length 2 to the power of their place.
    transforms: Vec<[Arc<dyn Fft<f64>>; 2]>,
}

impl Sum {
    fn new(studies: Vec<Histogram>, reach: f64) -> Self {
        let length = (reach.ceil() as usize)
            .clamp(4, MOST_STEPS)
            .next_power_of_two();
        let mut planner = FftPlanner::new();
        let powers = 0..=(2 * length).trailing_zeros();
        let transforms = powers.map(|power| {
            let length = 1 << power;
            [
                planner.plan_fft_forward(length),
                planner.plan_fft_inverse(length),
            ]
        });
        Self {
            studies,
            length,
            transforms: transforms.collect(),
        }
    }

    /// The tilt under which the sum's mean is at `step`; none where nothing lies so far out.
    fn tilt_for(&self, step: f64) -> Option<f64> {
        let mean = |tilt: f64| -> f64 { self.studies.iter().map(|s| s.moments(tilt)[1]).sum() };
        // At 50 natural units over a study's largest step nearly all its mass is at its largest value.
        let (mut low, mut high) = (0.0, 50.0 / STEPS_A_STUDY);
        if mean(high) <= step {
            return None;
        }
        for _ in 0..40 {
            let middle = 0.5 * (low + high);
            if mean(middle) < step {
                low = middle;
            } else {
                high = middle;
            }
        }
        Some(low)
    }

    /// Logarithm of what tilting multiplied, and the tilted chances of each step of the sum.
    ///
    /// Studies are added in pairs, pairs in fours and so on: a sum is no longer than what it can hold, so that the long
    /// transforms are few. The order does not depend on the number of threads.
    fn tilted(&self, tilt: f64, progress: &Progress) -> Result<(f64, Vec<f64>), Cancelled> {
        let tilted = self.studies.par_iter().map(|s| s.tilted(tilt, self.length));
        let (logs, mut sums): (Vec<f64>, Vec<Vec<f64>>) = tilted.unzip();
        let log_scale: f64 = logs.iter().sum();
        while sums.len() > 1 {
            let added = sums.par_chunks(2).map(|pair| {
                progress.check()?;
                Ok(match pair {
                    [a, b] => self.convolved(a, b),
                    alone => alone.concat(),
                })
            });
            sums = added.collect::<Result<_, Cancelled>>()?;
        }
        let mut chances = sums.pop().unwrap_or_else(|| vec![1.0]);
        chances.resize(self.length, 0.0);
        Ok((log_scale, chances))
    }

    /// The distribution of the sum of two, as far as it is looked at.
    fn convolved(&self, a: &[f64], b: &[f64]) -> Vec<f64> {
        let length = a.len() + b.len() - 1;
        let whole = length.next_power_of_two();
        let [forward, back] = &self.transforms[whole.trailing_zeros() as usize];
        // Both in one transform, one as the real part and one as the imaginary.
        let mut both = vec![Complex::default(); whole];
        for (slot, &chance) in both.iter_mut().zip(a) {
            slot.re = chance;
        }
        for (slot, &chance) in both.iter_mut().zip(b) {
            slot.im = chance;
        }
        forward.process(&mut both);
        let quarter = Complex::new(0.0, -0.25);
        let product = |at: usize| {
            let (here, there) = (both[at], both[(whole - at) % whole].conj());
            (here * here - there * there) * quarter
        };
        let mut product: Vec<Complex<f64>> = (0..whole).map(product).collect();
        back.process(&mut product);
        let kept = product.iter().take(length.min(self.length));
        let mut chances: Vec<f64> = kept.map(|c| c.re / whole as f64).collect();
        // What lies below rounding at the end says nothing and only makes further sums long.
        let highest = chances.iter().copied().fold(0.0, f64::max);
        let last = chances.iter().rposition(|&c| c > NOTHING * highest);
        chances.truncate(last.map_or(1, |last| last + 1));
        chances
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

    /// Of studies that show these amounts.
    fn of_sums(studies: &[&[f32]], voxels: usize, highest: f64) -> Null {
        let most = studies.concat().into_iter().fold(0.0, f32::max);
        let histograms = |step| {
            let of = |amounts: &&[f32]| Histogram::of(amounts, voxels, step);
            Ok(studies.iter().map(of).collect())
        };
        Null::of_sums(f64::from(most), histograms, highest, &Progress::new()).unwrap()
    }

    #[test]
    fn sums_are_those_of_the_histograms() {
        // Two studies with two values each among eight voxels, and one that is empty.
        let studies: [&[f32]; 3] = [&[1.0, 0.5], &[1.0, 1.0], &[]];
        let null = of_sums(&studies, 8, 2.0);
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
        // Forty studies with one voxel in a thousand: all at once is (1/1000)^40.
        let null = of_sums(&[&[1.0_f32][..]; 40], 1000, 40.0);
        for (sum, ways) in [(1.0, 40.0_f64), (2.0, 780.0), (10.0, 847_660_528.0)] {
            let wanted = ways * 1e-3_f64.powf(sum);
            // The chance of exactly so many, but for the studies that are not among them and those beyond.
            let share = null.p(sum) / wanted;
            assert!((0.9..1.1).contains(&share), "{sum}: {share}");
        }
        assert!(
            (null.p(40.0) / 1e-120 - 1.0).abs() < 1e-6,
            "{}",
            null.p(40.0)
        );
        let empty = of_sums(&[], 8, 0.0);
        assert_eq!(empty.p(3.0), 1.0);
    }
}
