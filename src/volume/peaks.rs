//! The local maxima of one cluster, as nilearn's `get_clusters_table` finds them.
//!
//! A voxel is a maximum where no voxel of its cluster among the 26 around it is stronger. Maxima
//! that touch by faces are one plateau, which stands for one peak at its centre of mass (the
//! plateau's voxel nearest to it where that lies outside); a cluster of one value throughout is one
//! plateau. The inside of a plateau does not count, unless the cluster is nothing else.

use std::collections::BTreeMap;

use super::clusters::{ClusterOptions, Connectivity, Field, Peak};

/// Peaks exactly the distance apart are too near, whatever the rounding of a turned grid makes of it.
const ROUNDING_MM: f64 = 1e-4;

/// From which peaks a further peak of a cluster keeps its distance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Spacing {
    /// From every stronger peak listed.
    Every,
    /// Only from the last one listed before it: what nilearn 0.14 computes, whose rows may lie
    /// nearer to each other than its `min_distance` says.
    Last,
}

/// The peak and the further peaks of a cluster, strongest first, never none. `members` ascend.
pub(super) fn local_peaks(
    field: &Field<'_>,
    members: &[usize],
    positive: bool,
    options: &ClusterOptions,
) -> Vec<Peak> {
    let joined = options.connectivity.steps();
    let around = Connectivity::Corners.steps();
    // What is joined and beyond the threshold belongs to the cluster; only the rest is looked up.
    let belongs = |step: [isize; 3], other: usize| {
        field.strength(other, positive) > options.threshold
            && (joined.contains(&step) || members.binary_search(&other).is_ok())
    };
    let strengths = || members.iter().map(|&m| field.strength(m, positive));
    let highest = strengths().fold(f32::NEG_INFINITY, f32::max);
    let lowest = strengths().fold(f32::INFINITY, f32::min);
    // numpy's `isclose` with its own tolerances.
    let constant = f64::from(highest) - f64::from(lowest) <= 1e-8 + 1e-5 * f64::from(lowest.abs());
    // By rank: plateaus are then numbered as scipy's `label` does.
    let mut maxima: BTreeMap<usize, usize> = BTreeMap::new();
    for &index in members {
        let own = field.strength(index, positive);
        let (mut top, mut level) = (true, true);
        for &step in &around {
            let Some(other) = field.neighbour(index, step) else {
                continue;
            };
            let strength = field.strength(other, positive);
            if strength > own && belongs(step, other) {
                top = false;
                break;
            }
            level &= strength >= own && belongs(step, other);
        }
        if top && (constant || !level) {
            maxima.insert(field.rank(index), index);
        }
    }
    let mut tops: Vec<Peak> = plateaus(field, &mut maxima)
        .iter()
        .map(|plateau| field.peak(middle(field, plateau)))
        .collect();
    // Stable: of equal ones the first in the array.
    tops.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
    let mut peaks: Vec<Peak> = Vec::new();
    for top in tops {
        if peaks.len() > options.max_sub_peaks {
            break;
        }
        let far = |p: &Peak| {
            let d2: f64 = (0..3).map(|a| (p.at_mm[a] - top.at_mm[a]).powi(2)).sum();
            d2.sqrt() > options.peak_distance_mm + ROUNDING_MM
        };
        let keep = match options.spacing {
            Spacing::Every => peaks.iter().all(far),
            Spacing::Last => peaks.last().is_none_or(far),
        };
        if keep {
            peaks.push(top);
        }
    }
    peaks
}

/// Groups of maxima that touch by faces, each by rank.
fn plateaus(field: &Field<'_>, maxima: &mut BTreeMap<usize, usize>) -> Vec<Vec<usize>> {
    let faces = Connectivity::Faces.steps();
    let mut groups = Vec::new();
    while let Some((_, first)) = maxima.pop_first() {
        let mut group = vec![first];
        let mut next = 0;
        while let Some(&index) = group.get(next) {
            next += 1;
            for other in faces.iter().filter_map(|&s| field.neighbour(index, s)) {
                group.extend(maxima.remove(&field.rank(other)));
            }
        }
        group.sort_by_key(|&index| field.rank(index));
        groups.push(group);
    }
    groups
}

/// The voxel that stands for a plateau.
fn middle(field: &Field<'_>, plateau: &[usize]) -> usize {
    let mut sum = [0.0; 3];
    let mut weight = 0.0;
    for &index in plateau {
        let strength = f64::from(field.values[index].abs());
        let voxel = field.grid.voxel(index);
        weight += strength;
        (0..3).for_each(|a| sum[a] += strength * voxel[a] as f64);
    }
    let centre = sum.map(|s| (s / weight).round_ties_even());
    let off = |&index: &usize| -> f64 {
        let voxel = field.grid.voxel(index);
        (0..3).map(|a| (voxel[a] as f64 - centre[a]).powi(2)).sum()
    };
    // The centre itself where it belongs to the plateau; of equally near voxels the first.
    let nearest = plateau.iter().min_by(|a, b| off(a).total_cmp(&off(b)));
    nearest.copied().unwrap_or_default()
}
