//! Sums and counts of values, gathered piece by piece.

use super::Stats;
use super::lanes::{self, PIECE};

/// What [`Stats`] are made from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sums {
    min: f32,
    max: f32,
    sum: f64,
    finite: usize,
    positive: usize,
    negative: usize,
}

impl Default for Sums {
    fn default() -> Self {
        Self {
            min: f32::INFINITY,
            max: f32::NEG_INFINITY,
            sum: 0.0,
            finite: 0,
            positive: 0,
            negative: 0,
        }
    }
}

impl Sums {
    /// Of any number of values.
    pub fn of(values: &[f32]) -> Self {
        let mut sums = Self::default();
        for piece in values.chunks(PIECE) {
            sums.push(piece);
        }
        sums
    }

    /// Takes at most [`PIECE`] values; those that are not finite are left out.
    pub fn push(&mut self, values: &[f32]) {
        let finite = lanes::count(values, f32::is_finite);
        let mut some = Vec::new();
        let values = if finite == values.len() {
            values
        } else {
            some.extend(values.iter().copied().filter(|v| v.is_finite()));
            &some
        };
        self.finite += finite;
        self.min = lanes::least(values, self.min);
        self.max = lanes::greatest(values, self.max);
        self.sum += lanes::sum(values, f64::from);
        self.positive += lanes::count(values, |v| v > 0.0);
        self.negative += lanes::count(values, |v| v < 0.0);
    }

    /// Least and greatest of the finite values; ∞ and −∞ of none.
    pub fn range(&self) -> (f32, f32) {
        (self.min, self.max)
    }

    /// Of both.
    pub fn with(self, other: Self) -> Self {
        Self {
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            sum: self.sum + other.sum,
            finite: self.finite + other.finite,
            positive: self.positive + other.positive,
            negative: self.negative + other.negative,
        }
    }

    /// The summary.
    pub fn stats(self) -> Stats {
        if self.finite == 0 {
            return Stats::default();
        }
        Stats {
            min: self.min,
            max: self.max,
            mean: self.sum / self.finite as f64,
            finite: self.finite,
            nonzero: self.positive + self.negative,
            positive: self.positive,
            negative: self.negative,
        }
    }
}
