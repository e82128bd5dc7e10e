//! What each study gives to each cluster of a meta-analysis: peaks inside it (NiMARE's `FocusCounter`) and by how much
//! the statistic there falls without the study, on average over its voxels (NiMARE's `Jackknife`).

use rayon::prelude::*;

use super::MetaMethod;
use super::statistic::{Amounts, Room};
use crate::progress::{Cancelled, Progress};
use crate::volume::Mask;

/// What one study gives to one cluster.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contribution {
    /// Its peaks whose nearest voxel lies in the cluster.
    pub peaks: u32,
    /// Mean over the cluster's voxels of 1 − the statistic without the study over the statistic with it.
    pub share: f64,
}

/// Of each study (row) what it gives to each of `clusters` (positions in the mask); `None` for χ², which compares studies
/// and adds nothing up.
///
/// # Errors
/// A stop.
pub fn contributions(
    studies: &[&[[f32; 3]]],
    method: MetaMethod,
    clusters: &[Vec<u32>],
    mask: &Mask,
    progress: &Progress,
) -> Result<Option<Vec<Vec<Contribution>>>, Cancelled> {
    if method == MetaMethod::Chi2 {
        return Ok(None);
    }
    let amounts = Amounts::of(method, mask);
    let sums = amounts.sums_of(studies, progress)?;
    let mut cluster_of = vec![u32::MAX; mask.len()];
    for (number, voxels) in clusters.iter().enumerate() {
        for &voxel in voxels {
            cluster_of[voxel as usize] = number as u32;
        }
    }
    let n = studies.len();
    // Where a study shows nothing its absence still changes a mean over studies.
    let share = |sum: f64, amount: f64| {
        let whole = method.statistic(sum, n);
        let without = method.statistic((sum - amount).max(0.0), n.saturating_sub(1));
        if whole > 0.0 {
            1.0 - without / whole
        } else {
            0.0
        }
    };
    let absent: Vec<f64> = clusters
        .iter()
        .map(|voxels| voxels.iter().map(|&v| share(sums[v as usize], 0.0)).sum())
        .collect();
    let of_study = |room: &mut Room<'_>, peaks: &&[[f32; 3]]| {
        progress.check()?;
        let mut out: Vec<Contribution> = absent
            .iter()
            .map(|&share| Contribution { peaks: 0, share })
            .collect();
        amounts.each_of(room, peaks, |voxel, amount| {
            let cluster = cluster_of[voxel as usize] as usize;
            if let Some(own) = out.get_mut(cluster) {
                let sum = sums[voxel as usize];
                own.share += share(sum, f64::from(amount)) - share(sum, 0.0);
            }
        });
        for peak in *peaks {
            let voxel = mask.position_at(peak.map(f64::from));
            let cluster = voxel.map_or(u32::MAX, |voxel| cluster_of[voxel]) as usize;
            if let Some(own) = out.get_mut(cluster) {
                own.peaks += 1;
            }
        }
        for (own, voxels) in out.iter_mut().zip(clusters) {
            own.share /= voxels.len().max(1) as f64;
        }
        Ok(out)
    };
    let rows = studies.par_iter().map_init(|| amounts.room(), of_study);
    rows.collect::<Result<_, Cancelled>>().map(Some)
}
