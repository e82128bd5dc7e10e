//! A few facts about the values of a frame, gathered as they pass: what their kind is told by.

use super::Stats;
use super::lanes::{self, PIECE};
use super::sums::Sums;

/// Facts about the values pushed so far. NaN is no data.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub min: f32,
    pub max: f32,
    /// Stored as whole numbers, unscaled.
    pub integer_stored: bool,
    /// All finite values are whole.
    whole: bool,
    /// At most one value besides 0, and not a negative one.
    two_valued: bool,
    /// The first value that is not 0.
    other: Option<f32>,
    /// Neighbours along i that are both not 0, and how many of them are equal: many in labels, few in
    /// pictures.
    pairs: u64,
    equal: u64,
    /// Length of a row, what is left of the one at hand, and the value before it.
    row: usize,
    left: usize,
    before: f32,
    /// Where a summary is wanted too: as long as the values are at hand it costs little.
    sums: Option<Sums>,
}

impl Facts {
    /// Of values in rows of length `row`.
    pub fn new(row: usize, integer_stored: bool) -> Self {
        Self {
            min: f32::INFINITY,
            max: f32::NEG_INFINITY,
            integer_stored,
            whole: true,
            two_valued: true,
            other: None,
            pairs: 0,
            equal: 0,
            row: row.max(1),
            left: row.max(1),
            before: 0.0,
            sums: None,
        }
    }

    /// The same with a summary of the values.
    pub fn with_summary(self) -> Self {
        Self {
            sums: Some(Sums::default()),
            ..self
        }
    }

    /// The summary, where one was wanted.
    pub fn summary(&self) -> Option<Stats> {
        self.sums.map(Sums::stats)
    }

    /// Takes the next values. Most maps answer most questions with their first values; what is left
    /// to ask of the others is least and greatest.
    pub fn push(&mut self, values: &[f32]) {
        for piece in values.chunks(PIECE) {
            if let Some(sums) = &mut self.sums {
                sums.push(piece);
                (self.min, self.max) = sums.range();
            } else {
                self.min = lanes::least(piece, self.min);
                self.max = lanes::greatest(piece, self.max);
            }
            self.whole = self.whole && lanes::all(piece, is_whole);
            if self.two_valued {
                self.look_for_a_third(piece);
            }
            // Only whole numbers from 0 up can be labels, and of others nobody asks.
            if self.integer_stored && self.could_be_labels() {
                self.neighbours(piece);
            }
        }
    }

    fn look_for_a_third(&mut self, values: &[f32]) {
        let Some(other) = self
            .other
            .or_else(|| values.iter().copied().find(|v| !v.is_nan() && *v != 0.0))
        else {
            return;
        };
        self.other = Some(other);
        let known = |v: f32| (v == 0.0) | (v == other) | v.is_nan();
        self.two_valued = other > 0.0 && lanes::all(values, known);
    }

    fn neighbours(&mut self, values: &[f32]) {
        let mut rest = values;
        while !rest.is_empty() {
            let (row, after) = rest.split_at(self.left.min(rest.len()));
            let seen = |a: f32, b: f32| {
                (
                    u64::from((a != 0.0) & (b != 0.0)),
                    u64::from((a == b) & (b != 0.0)),
                )
            };
            let (pairs, equal) = seen(self.before, row[0]);
            let (mut pairs, mut equal) = (pairs, equal);
            for (&a, &b) in row.iter().zip(&row[1..]) {
                let (pair, same) = seen(a, b);
                pairs += pair;
                equal += same;
            }
            self.pairs += pairs;
            self.equal += equal;
            self.left -= row.len();
            self.before = row[row.len() - 1];
            if self.left == 0 {
                (self.left, self.before) = (self.row, 0.0);
            }
            rest = after;
        }
    }

    /// Exactly two different values, one of them 0, the other greater.
    pub fn is_binary(&self) -> bool {
        self.two_valued && self.other.is_some()
    }

    /// Whole numbers from 0 up.
    pub fn could_be_labels(&self) -> bool {
        self.whole && self.min >= 0.0
    }

    /// Between 0 and 1, but for rounding.
    pub fn could_be_p(&self) -> bool {
        self.min >= -1e-6 && self.max <= 1.0 + 1e-6
    }

    /// Share of neighbours along i, both not 0, that are equal.
    pub fn flat(&self) -> f64 {
        if self.pairs == 0 {
            0.0
        } else {
            self.equal as f64 / self.pairs as f64
        }
    }
}

/// Whether a value is whole; from 2²³ on all are, and no data is no exception. (`fract` is a call on
/// plain x86-64.)
fn is_whole(v: f32) -> bool {
    (v.abs() >= 8_388_608.0) | ((v as i32) as f32 == v) | v.is_nan()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same facts, one value after the other.
    fn plainly(values: &[f32], row: usize) -> (f32, f32, bool, bool, u64, u64) {
        let data = || values.iter().copied().filter(|v| !v.is_nan());
        let others: Vec<f32> = data().filter(|&v| v != 0.0).collect();
        let binary = !others.is_empty() && others.iter().all(|&v| v == others[0] && v > 0.0);
        let (mut pairs, mut equal) = (0, 0);
        for row in values.chunks(row) {
            for two in row.windows(2) {
                pairs += u64::from(two[0] != 0.0 && two[1] != 0.0);
                equal += u64::from(two[0] != 0.0 && two[0] == two[1]);
            }
        }
        (
            data().fold(f32::INFINITY, f32::min),
            data().fold(f32::NEG_INFINITY, f32::max),
            data().all(|v| v.fract() == 0.0),
            binary,
            pairs,
            equal,
        )
    }

    proptest! {
        #[test]
        fn facts_are_the_same_in_whatever_pieces(
            values in proptest::collection::vec(
                prop_oneof![4 => Just(0.0f32), 4 => Just(3.0), 1 => (0u8..5).prop_map(f32::from), 1 => Just(-2.5), 1 => Just(f32::NAN), 1 => Just(1e9)],
                1..300,
            ),
            few in 1usize..4,
            row in 1usize..40,
            piece in 1usize..70,
        ) {
            // Of few different values, so that masks and labels occur.
            let values: Vec<f32> = values.iter().map(|&v| if few == 1 && v != 0.0 { 3.0 } else { v }).collect();
            let mut facts = Facts::new(row, true);
            for part in values.chunks(piece) {
                facts.push(part);
            }
            let (min, max, whole, binary, pairs, equal) = plainly(&values, row);
            prop_assert_eq!((facts.min, facts.max, facts.whole), (min, max, whole));
            prop_assert_eq!(facts.is_binary(), binary);
            if facts.could_be_labels() && !values.iter().any(|v| v.is_nan()) {
                prop_assert_eq!((facts.pairs, facts.equal), (pairs, equal));
            }
        }
    }
}
