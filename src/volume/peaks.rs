//! The local maxima of one cluster, as nilearn's `get_clusters_table` finds them.
//!
//! A voxel is a maximum where no voxel of its cluster among the 26 around it is stronger. Maxima
//! that touch by faces are one plateau, which stands for one peak at its centre of mass (the
//! plateau's voxel nearest to it where that lies outside); a cluster of one value throughout is one
//! plateau. The inside of a plateau does not count, unless the cluster is nothing else.

use super::clusters::{ClusterOptions, Connectivity, Peak};
use super::field::{Field, sort};
use crate::progress::{Cancelled, Progress};

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

/// The peak and the further peaks of the cluster at hand, strongest first, never none. `members`
/// ascend.
///
/// # Errors
/// A stop.
pub(super) fn local_peaks(
    field: &mut Field<'_>,
    members: &[u32],
    positive: bool,
    options: &ClusterOptions,
    progress: &Progress,
) -> Result<Vec<Peak>, Cancelled> {
    if let &[only] = members {
        return Ok(vec![field.peak(only)]);
    }
    let mut tops = Vec::new();
    let maxima = maxima(field, members, positive, progress)?;
    for_each_plateau(field, &maxima, progress, |field, plateau| {
        let index = middle(field, plateau);
        tops.push((field.values[index as usize].abs(), index));
    })?;
    // Stable: of equal ones the first in the array.
    tops.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut peaks: Vec<Peak> = Vec::new();
    for (_, index) in tops {
        if peaks.len() > options.max_sub_peaks {
            break;
        }
        let top = field.peak(index);
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
    Ok(peaks)
}

/// The ranks of the local maxima, ascending: plateaus are then numbered as scipy's `label` does.
fn maxima(
    field: &Field<'_>,
    members: &[u32],
    positive: bool,
    progress: &Progress,
) -> Result<Vec<u32>, Cancelled> {
    let strengths = || members.iter().map(|&m| field.strength(m, positive));
    let highest = strengths().fold(f32::NEG_INFINITY, f32::max);
    let lowest = strengths().fold(f32::INFINITY, f32::min);
    // numpy's `isclose` with its own tolerances.
    let constant = f64::from(highest) - f64::from(lowest) <= 1e-8 + 1e-5 * f64::from(lowest.abs());
    let around = field.steps(Connectivity::Corners);
    let mut maxima = Vec::new();
    for (n, &index) in members.iter().enumerate() {
        if n % (1 << 16) == 0 {
            progress.check()?;
        }
        let voxel = field.voxel(index);
        // No voxel of one value throughout is weaker than another.
        let mut top = true;
        if highest > lowest {
            let own = field.strength(index, positive);
            let mut level = true;
            for other in around.from(index, voxel) {
                let strength = field.strength(other, positive);
                let belongs = field.mine.get(other);
                if strength > own && belongs {
                    top = false;
                    break;
                }
                level &= strength >= own && belongs;
            }
            top &= constant || !level;
        }
        if top {
            maxima.push(field.rank_of(voxel));
        }
    }
    sort(&mut maxima, field.values.len());
    Ok(maxima)
}

/// Calls `take` with the ranks, ascending, of each group of maxima that touch by faces.
fn for_each_plateau(
    field: &mut Field<'_>,
    maxima: &[u32],
    progress: &Progress,
    mut take: impl FnMut(&Field<'_>, &[u32]),
) -> Result<(), Cancelled> {
    let faces = field.steps(Connectivity::Faces);
    for &rank in maxima {
        let (_, index) = field.at_rank(rank);
        field.tops.set(index);
    }
    let mut group = Vec::new();
    for &first in maxima {
        let (_, index) = field.at_rank(first);
        if !field.tops.clear(index) {
            continue;
        }
        group.clear();
        group.push(first);
        let mut next = 0;
        while let Some(&rank) = group.get(next) {
            next += 1;
            if next % (1 << 16) == 0 {
                progress.check()?;
            }
            let (voxel, index) = field.at_rank(rank);
            for other in faces.from(index, voxel) {
                if field.tops.clear(other) {
                    group.push(field.rank_of(field.voxel(other)));
                }
            }
        }
        sort(&mut group, field.values.len());
        take(field, &group);
    }
    Ok(())
}

/// The voxel that stands for a plateau.
fn middle(field: &Field<'_>, plateau: &[u32]) -> u32 {
    if let &[only] = plateau {
        return field.at_rank(only).1;
    }
    let first = plateau.first().map_or(0, |&rank| field.at_rank(rank).1);
    // All of it is of one strength, else the weaker would be no maximum.
    let strength = f64::from(field.values[first as usize].abs());
    let mut sum = [0.0; 3];
    let mut weight = 0.0;
    for &rank in plateau {
        let (voxel, _) = field.at_rank(rank);
        weight += strength;
        (0..3).for_each(|a| sum[a] += strength * f64::from(voxel[a]));
    }
    let centre = sum.map(|s| (s / weight).round_ties_even());
    // The centre itself where it belongs to the plateau; of equally near voxels the first.
    let (mut nearest, mut least) = (first, f64::INFINITY);
    for &rank in plateau {
        let (voxel, index) = field.at_rank(rank);
        let off: f64 = (0..3)
            .map(|a| (f64::from(voxel[a]) - centre[a]).powi(2))
            .sum();
        if off < least {
            (nearest, least) = (index, off);
        }
    }
    nearest
}
