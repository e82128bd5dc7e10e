//! A coordinate-based meta-analysis: plan, run, result.

use rayon::prelude::*;
use serde::Serialize;

use super::chi2::{Counts, association_z};
use super::clusters::{Clusters, mass};
use super::correct::{
    Chance, Draws, false_discovery, p_among, quantile, random_peaks, random_studies,
};
use super::normal::{LEAST_P, upper_tail, z_of};
use super::null::{Histogram, Null};
use super::statistic::Amounts;
use super::{MetaError, MetaMethod, MetaPlan};
use crate::progress::Progress;
use crate::volume::Mask;

/// Share of chance that a corrected threshold leaves below.
const FAMILY: f64 = 0.95;

/// What was found at each voxel of the mask.
#[derive(Debug, Clone, PartialEq)]
pub struct MetaResult {
    /// Studies analysed; those without a peak count nowhere.
    pub studies: usize,
    /// Studies they are compared with (χ² alone).
    pub others: usize,
    /// Peaks of the studies.
    pub peaks: usize,
    /// Studies active nearby (MKDA), mean density (KDE), ALE value, or z of association (χ²).
    pub stat: Vec<f32>,
    /// z of the uncorrected p; signed for χ².
    pub z: Vec<f32>,
    /// Smallest false discovery rate at which the voxel is found.
    pub fdr_q: Vec<f32>,
    /// Value of the statistic that the uncorrected p of the plan belongs to: clusters are of what lies above.
    pub cluster_threshold: f64,
    /// Family-wise error, where iterations were asked for.
    pub fwe: Option<Fwe>,
}

/// Family-wise error by Monte Carlo.
#[derive(Debug, Clone, PartialEq)]
pub struct Fwe {
    /// How often chance was drawn.
    pub iterations: usize,
    /// Corrected thresholds at 5 %.
    pub thresholds: FweThresholds,
    /// p of each voxel against the highest statistic of chance.
    pub voxel_p: Vec<f32>,
    /// p of the size of the cluster a voxel lies in; 1 outside clusters.
    pub size_p: Vec<f32>,
    /// p of the mass of the cluster a voxel lies in; 1 outside clusters.
    pub mass_p: Vec<f32>,
}

/// The values that chance exceeds in one of twenty draws.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FweThresholds {
    /// Highest statistic.
    pub statistic: f64,
    /// Voxels of the largest cluster.
    pub cluster_voxels: f64,
    /// Mass of the heaviest cluster.
    pub cluster_mass: f64,
}

/// Analyses studies given by their peaks (MNI mm) over a mask. `others` are the studies they are compared with by χ²
/// and read by no other method. The circle of choosing studies by a map and then testing that map is the caller's to
/// tell of.
///
/// # Errors
/// [`MetaError::TooFew`] for fewer studies with peaks than the plan asks for, or χ² without others; a stop.
pub fn analyse(
    chosen: &[&[[f32; 3]]],
    others: &[&[[f32; 3]]],
    plan: &MetaPlan,
    mask: &Mask,
    progress: &Progress,
) -> Result<MetaResult, MetaError> {
    let (chosen, others) = (with_peaks(chosen), with_peaks(others));
    let is_chi2 = plan.method == MetaMethod::Chi2;
    if chosen.len() < plan.least_studies.max(1) || (is_chi2 && others.is_empty()) {
        return Err(MetaError::TooFew {
            studies: chosen.len(),
            least: plan.least_studies.max(1),
            others: is_chi2.then_some(others.len()),
        });
    }
    let found = match is_chi2 {
        true => association(&chosen, &others, plan, mask, progress)?,
        false => accumulation(&chosen, plan, mask, progress)?,
    };
    let chance = found.chance.as_ref();
    let fwe = chance.map(|chance| family_wise(&found, chance, plan.iterations, mask));
    Ok(MetaResult {
        studies: chosen.len(),
        others: if is_chi2 { others.len() } else { 0 },
        peaks: chosen.iter().map(|peaks| peaks.len()).sum(),
        fdr_q: false_discovery(&found.p),
        stat: found.stat,
        z: found.z,
        cluster_threshold: found.threshold,
        fwe,
    })
}

/// Studies without a peak left out.
fn with_peaks<'a>(studies: &[&'a [[f32; 3]]]) -> Vec<&'a [[f32; 3]]> {
    let all = studies.iter().copied();
    all.filter(|peaks| !peaks.is_empty()).collect()
}

/// Statistic, z, uncorrected p, the threshold of clusters, and chance.
struct Found {
    stat: Vec<f32>,
    z: Vec<f32>,
    p: Vec<f64>,
    threshold: f64,
    chance: Option<Chance>,
}

/// Where studies of a set agree more than peaks at random places would.
fn accumulation(
    chosen: &[&[[f32; 3]]],
    plan: &MetaPlan,
    mask: &Mask,
    progress: &Progress,
) -> Result<Found, MetaError> {
    let method = plan.method;
    let amounts = Amounts::of(method, mask);
    progress.stage("Mapping the studies");
    let sums = amounts.sums_of(chosen, progress)?;
    progress.stage("Working out what chance gives");
    let voxels = mask.len();
    let null = match method {
        MetaMethod::Mkda => {
            let share = |active: &[f32]| active.len() as f64 / voxels.max(1) as f64;
            Null::of_counts(&amounts.of_each(chosen, progress, share)?)
        }
        _ => {
            let highest = sums.iter().copied().fold(0.0, f64::max);
            let most = amounts.highest(chosen, progress)?;
            let histograms = |step| {
                let of = |amounts: &[f32]| Histogram::of(amounts, voxels, step);
                amounts.of_each(chosen, progress, of)
            };
            Null::of_sums(most, histograms, highest, progress)?
        }
    };
    let n = chosen.len();
    let p: Vec<f64> = sums.par_iter().map(|&sum| null.p(sum)).collect();
    let threshold = method.statistic(null.value_of(plan.cluster_p), n);
    let stat = method.statistics(&sums, n);
    let chance = match Draws::of(plan, threshold) {
        None => None,
        Some(draws) => {
            progress.stage("Drawing peaks at random places");
            Some(random_peaks(method, chosen, mask, draws, progress)?)
        }
    };
    Ok(Found {
        // Agreement has one side: a place that chance reaches more often says nothing.
        z: p.par_iter().map(|&p| z_of(p).max(0.0) as f32).collect(),
        stat,
        p,
        threshold,
        chance,
    })
}

/// Where studies of a set report more often than the others.
fn association(
    chosen: &[&[[f32; 3]]],
    others: &[&[[f32; 3]]],
    plan: &MetaPlan,
    mask: &Mask,
    progress: &Progress,
) -> Result<Found, MetaError> {
    progress.stage("Mapping the studies");
    let amounts = Amounts::of(plan.method, mask);
    let counts = |studies: &[&[[f32; 3]]]| -> Result<Counts, MetaError> {
        let sums = amounts.sums_of(studies, progress)?;
        Ok(Counts {
            active: sums.into_iter().map(|sum| sum.round() as u32).collect(),
            studies: studies.len() as u32,
        })
    };
    let (set, rest) = (counts(chosen)?, counts(others)?);
    let total = set.with(&rest);
    let z = association_z(&set, &total).ok_or(MetaError::TooFew {
        studies: chosen.len(),
        least: 1,
        others: Some(others.len()),
    })?;
    // Of the side that speaks for the set, where the p of χ² counts both.
    let threshold = z_of(plan.cluster_p / 2.0);
    let chance = match Draws::of(plan, threshold) {
        None => None,
        Some(draws) => {
            progress.stage("Choosing studies at random");
            let all: Vec<&[[f32; 3]]> = chosen.iter().chain(others).copied().collect();
            let kernel = plan.method.kernel();
            let active = kernel.for_each(&all, mask, progress, |_, map| map.voxels)?;
            let of = (mask, &total);
            Some(random_studies(&active, chosen.len(), of, draws, progress)?)
        }
    };
    let p = |z: &f32| (2.0 * upper_tail(f64::from(z.abs()))).clamp(LEAST_P, 1.0);
    Ok(Found {
        p: z.par_iter().map(p).collect(),
        stat: z.clone(),
        z,
        threshold,
        chance,
    })
}

fn family_wise(found: &Found, chance: &Chance, iterations: usize, mask: &Mask) -> Fwe {
    let values: Vec<f64> = found.stat.iter().map(|&v| f64::from(v)).collect();
    let (mut size_p, mut mass_p) = (vec![1.0; values.len()], vec![1.0; values.len()]);
    for cluster in Clusters::new(mask).of(&values, found.threshold) {
        let by_size = p_among(&chance.size, cluster.len() as f64);
        let by_mass = p_among(&chance.mass, mass(&cluster, &values, found.threshold));
        for voxel in cluster {
            size_p[voxel as usize] = by_size;
            mass_p[voxel as usize] = by_mass;
        }
    }
    Fwe {
        iterations,
        thresholds: FweThresholds {
            statistic: quantile(&chance.voxel, FAMILY),
            cluster_voxels: quantile(&chance.size, FAMILY),
            cluster_mass: quantile(&chance.mass, FAMILY),
        },
        voxel_p: values.iter().map(|&v| p_among(&chance.voxel, v)).collect(),
        size_p,
        mass_p,
    }
}
