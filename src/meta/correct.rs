//! Corrections for looking at every voxel: family-wise error by Monte Carlo, false discovery rate.

use std::sync::atomic::{AtomicUsize, Ordering};

use rand::seq::index;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::chi2::{Counts, association_z};
use super::clusters::Clusters;
use super::statistic::{Amounts, Room};
use super::{MetaMethod, MetaPlan};
use crate::progress::{Cancelled, Progress};
use crate::seed::Seed;
use crate::volume::Mask;

/// What chance gave at most, iteration by iteration.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chance {
    /// Highest statistic, ascending.
    pub voxel: Vec<f64>,
    /// Most voxels of a cluster, ascending.
    pub size: Vec<f64>,
    /// Largest mass of a cluster (sum of what is above the threshold), ascending.
    pub mass: Vec<f64>,
}

impl Chance {
    fn of(found: Vec<[f64; 3]>) -> Self {
        let sorted = |which: usize| {
            let mut values: Vec<f64> = found.iter().map(|f| f[which]).collect();
            values.sort_unstable_by(f64::total_cmp);
            values
        };
        Self {
            voxel: sorted(0),
            size: sorted(1),
            mass: sorted(2),
        }
    }
}

/// The share of `chance` (ascending) at or above a value, not below one part of all (NiMARE's `null_to_p`).
pub(super) fn p_among(chance: &[f64], value: f64) -> f32 {
    let n = chance.len().max(1) as f64;
    let below = chance.partition_point(|&c| c < value);
    let p = (chance.len() - below) as f64 / n;
    p.max(1.0 / n).min((1.0 - 1.0 / n).max(1.0 / n)) as f32
}

/// The value that so large a share of `chance` (ascending) does not exceed.
pub(super) fn quantile(chance: &[f64], share: f64) -> f64 {
    let Some(last) = chance.len().checked_sub(1) else {
        return f64::INFINITY;
    };
    let place = share * last as f64;
    let (low, high) = (
        chance[place.floor() as usize],
        chance[place.ceil() as usize],
    );
    low + (high - low) * place.fract()
}

/// What is drawn, and how often.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draws {
    iterations: usize,
    /// Clusters are of statistics above this.
    threshold: f64,
    seed: Seed,
}

impl Draws {
    /// Those of a plan, where it asks for any.
    pub fn of(plan: &MetaPlan, threshold: f64) -> Option<Self> {
        (plan.iterations > 0).then_some(Self {
            iterations: plan.iterations,
            threshold,
            seed: plan.seed,
        })
    }

    /// Highest statistic and clusters of what `draw` makes of each iteration's own random numbers, which are of the
    /// stream `name`. `room` is what one thread works in.
    fn largest<T>(
        self,
        name: &str,
        mask: &Mask,
        room: impl Fn() -> T + Sync + Send,
        draw: impl Fn(&mut T, &mut ChaCha8Rng) -> Vec<f64> + Sync + Send,
        progress: &Progress,
    ) -> Result<Chance, Cancelled> {
        let done = AtomicUsize::new(0);
        let found: Result<Vec<[f64; 3]>, Cancelled> = (0..self.iterations as u64)
            .into_par_iter()
            .map_init(
                || (room(), Clusters::new(mask)),
                |(room, clusters), iteration| {
                    progress.check()?;
                    let values = draw(room, &mut self.seed.stream(name, iteration));
                    let done = 1 + done.fetch_add(1, Ordering::Relaxed);
                    progress.set_fraction(done as f32 / self.iterations as f32);
                    Ok(clusters.largest(&values, self.threshold))
                },
            )
            .collect();
        found.map(Chance::of)
    }
}

/// The studies' peaks put at random voxels of the mask, as many a study as it reports.
///
/// # Errors
/// A stop.
pub(super) fn random_peaks(
    method: MetaMethod,
    studies: &[&[[f32; 3]]],
    mask: &Mask,
    draws: Draws,
    progress: &Progress,
) -> Result<Chance, Cancelled> {
    let amounts = Amounts::of(method, mask);
    let draw = |room: &mut Room<'_>, rng: &mut ChaCha8Rng| {
        let drawn = studies
            .iter()
            .map(|peaks| -> Vec<[f32; 3]> { peaks.iter().map(|_| place(mask, rng)).collect() });
        let sums = amounts.sums(room, drawn);
        let statistic = |&sum: &f64| method.statistic(sum, studies.len());
        sums.iter().map(statistic).collect()
    };
    draws.largest("random peaks", mask, || amounts.room(), draw, progress)
}

/// The centre of a voxel of the mask.
fn place(mask: &Mask, rng: &mut impl rand::Rng) -> [f32; 3] {
    let at = mask.voxels[rng.random_range(0..mask.len().max(1))];
    let centre = mask.grid.world(mask.grid.voxel(at as usize));
    centre.map(|v| v as f32)
}

/// z of association of as many studies chosen at random among all as were chosen. `active` holds each study's active
/// voxels.
///
/// # Errors
/// A stop.
pub(super) fn random_studies(
    active: &[Vec<u32>],
    chosen: usize,
    (mask, all): (&Mask, &Counts),
    draws: Draws,
    progress: &Progress,
) -> Result<Chance, Cancelled> {
    let draw = |(): &mut (), rng: &mut ChaCha8Rng| {
        let mut set = Counts::none(mask.len());
        for study in index::sample(rng, active.len(), chosen.min(active.len())) {
            set.add(&active[study]);
        }
        let z = association_z(&set, all).unwrap_or_default();
        z.into_iter().map(f64::from).collect()
    };
    draws.largest("random studies", mask, || (), draw, progress)
}

/// Of each p the smallest false discovery rate at which it is found (Benjamini and Hochberg 1995).
pub(super) fn false_discovery(p: &[f64]) -> Vec<f32> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.par_sort_unstable_by(|&a, &b| p[a].total_cmp(&p[b]));
    let (n, mut least) = (p.len() as f64, 1.0_f64);
    let mut out = vec![1.0; p.len()];
    for (place, &voxel) in order.iter().enumerate().rev() {
        least = least.min(p[voxel] * n / (place + 1) as f64);
        out[voxel] = least as f32;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_and_quantiles_of_chance() {
        let chance = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(p_among(&chance, 3.0), 0.5);
        assert_eq!(p_among(&chance, 9.0), 0.25);
        assert_eq!(p_among(&chance, 0.0), 0.75);
        assert_eq!((p_among(&[1.0], 3.0), p_among(&[], 3.0)), (1.0, 1.0));
        assert_eq!((quantile(&chance, 0.5), quantile(&chance, 1.0)), (2.5, 4.0));
        assert_eq!(quantile(&[], 0.95), f64::INFINITY);
    }

    /// `scipy.stats.false_discovery_control`.
    #[test]
    fn discovery_rates_are_scipys() {
        let found = false_discovery(&[0.01, 0.04, 0.03, 0.005, 0.5]);
        let wanted = [0.025, 0.05, 0.05, 0.025, 0.5];
        for (found, wanted) in found.iter().zip(wanted) {
            assert!((found - wanted).abs() < 1e-6, "{found} {wanted}");
        }
    }
}
