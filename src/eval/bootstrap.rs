//! Paired bootstrap intervals.

use rand::Rng as _;

use crate::seed::Seed;

/// Draws a bootstrap.
const DRAWS: usize = 2000;

/// A difference of two means over the same queries with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Interval {
    /// The difference.
    pub estimate: f64,
    /// 2.5th percentile of the resampled differences.
    pub low: f64,
    /// 97.5th percentile.
    pub high: f64,
}

/// The difference of mean scores `ours − theirs` over queries resampled together, so that what
/// makes a query easy for both drops out. Percentile interval over 2,000 draws.
pub(crate) fn paired_interval(ours: &[f64], theirs: &[f64], seed: Seed) -> Interval {
    let differences: Vec<f64> = ours.iter().zip(theirs).map(|(a, b)| a - b).collect();
    let n = differences.len().max(1);
    let mut rng = seed.stream("bootstrap", 0);
    let mut means: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let draw = |_| {
                differences
                    .get(rng.random_range(0..n))
                    .copied()
                    .unwrap_or(0.0)
            };
            (0..n).map(draw).sum::<f64>() / n as f64
        })
        .collect();
    means.sort_by(f64::total_cmp);
    let at = |share: f64| means[((DRAWS - 1) as f64 * share).round() as usize];
    Interval {
        estimate: differences.iter().sum::<f64>() / n as f64,
        low: at(0.025),
        high: at(0.975),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_coin_flips_is_the_binomial_one() {
        let ours: Vec<f64> = (0..1000).map(|i| f64::from(i % 5 == 0) * 100.0).collect();
        let theirs = vec![0.0; 1000];
        let interval = paired_interval(&ours, &theirs, Seed(1));
        assert!((interval.estimate - 20.0).abs() < 1e-9);
        // 1.96 · √(0.2 · 0.8 / 1000) = 2.48 points
        assert!(
            (interval.low - 17.5).abs() < 0.4 && (interval.high - 22.5).abs() < 0.4,
            "{interval:?}"
        );
        assert_eq!(paired_interval(&ours, &ours, Seed(1)).high, 0.0);
    }
}
