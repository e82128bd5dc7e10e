//! Where modes start: centres spread over the brain in proportion to what the literature reports.

use rand::Rng as _;
use rayon::prelude::*;

use crate::progress::{Cancelled, Progress};
use crate::seed::Seed;

const ROUNDS: usize = 15;

/// `k` centres by weighted k-means over `places` (mm), started by k-means++.
pub(super) fn centres(
    places: &[[f64; 3]],
    weights: &[f64],
    k: usize,
    seed: Seed,
    progress: &Progress,
) -> Result<Vec<[f64; 3]>, Cancelled> {
    let mut centres = spread(places, weights, k, seed, progress)?;
    for _ in 0..ROUNDS {
        progress.check()?;
        let owner: Vec<usize> = places.par_iter().map(|p| nearest(&centres, *p)).collect();
        let mut sums = vec![([0.0_f64; 3], 0.0_f64); centres.len()];
        for ((place, &weight), &own) in places.iter().zip(weights).zip(&owner) {
            let (sum, total) = &mut sums[own];
            (0..3).for_each(|axis| sum[axis] += weight * place[axis]);
            *total += weight;
        }
        for (centre, (sum, total)) in centres.iter_mut().zip(&sums) {
            // A centre that owns nothing stays where it is.
            if *total > 0.0 {
                *centre = sum.map(|s| s / total);
            }
        }
    }
    Ok(centres)
}

/// k-means++: each next start is drawn in proportion to weight × squared distance to the nearest
/// start so far.
fn spread(
    places: &[[f64; 3]],
    weights: &[f64],
    k: usize,
    seed: Seed,
    progress: &Progress,
) -> Result<Vec<[f64; 3]>, Cancelled> {
    let mut rng = seed.stream("atlas centres", 0);
    let mut gap = vec![1.0_f64; places.len()];
    let mut centres = Vec::with_capacity(k);
    while centres.len() < k.min(places.len()) {
        progress.check()?;
        let total: f64 = gap.iter().zip(weights).map(|(g, w)| g * w).sum();
        let mut left = rng.random::<f64>() * total;
        let pick = gap
            .iter()
            .zip(weights)
            .position(|(g, w)| {
                left -= g * w;
                left <= 0.0 && g * w > 0.0
            })
            // Rounding may leave a crumb after the last place; any place not yet taken will do.
            .or_else(|| gap.iter().position(|&g| g > 0.0));
        let Some(pick) = pick else { break };
        let centre = places[pick];
        if centres.is_empty() {
            gap.fill(f64::INFINITY);
        }
        for (gap, place) in gap.iter_mut().zip(places) {
            *gap = gap.min(square(centre, *place));
        }
        centres.push(centre);
    }
    Ok(centres)
}

fn nearest(centres: &[[f64; 3]], place: [f64; 3]) -> usize {
    let mut best = (f64::INFINITY, 0);
    for (number, centre) in centres.iter().enumerate() {
        let distance = square(*centre, place);
        if distance < best.0 {
            best = (distance, number);
        }
    }
    best.1
}

/// Squared distance.
pub(super) fn square(a: [f64; 3], b: [f64; 3]) -> f64 {
    (0..3).map(|axis| (a[axis] - b[axis]).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn centres_follow_the_weights_and_the_seed() {
        let places: Vec<[f64; 3]> = (0..1000).map(|n| [f64::from(n), 0.0, 0.0]).collect();
        let weights: Vec<f64> = (0..1000).map(|n| if n < 500 { 9.0 } else { 1.0 }).collect();
        let draw = |seed| centres(&places, &weights, 40, Seed(seed), &Progress::new()).unwrap();
        let found = draw(1);
        assert_eq!(found.len(), 40);
        let low = found.iter().filter(|c| c[0] < 500.0).count();
        assert!((22..36).contains(&low), "{low} of 40 in the heavy half");
        assert_eq!(found, draw(1));
        assert_ne!(found, draw(2));
    }

    #[test]
    fn weightless_places_are_never_started_from_and_a_stop_is_heard() {
        let places = [[0.0; 3], [1.0, 0.0, 0.0], [2.0, 0.0, 0.0]];
        let found = centres(&places, &[1.0, 0.0, 1.0], 2, Seed(0), &Progress::new()).unwrap();
        assert_eq!(found.len(), 2);
        let progress = Progress::new();
        progress.cancel();
        assert!(centres(&places, &[1.0; 3], 2, Seed(0), &progress).is_err());
    }
}
