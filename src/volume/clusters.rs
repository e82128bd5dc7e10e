//! Connected clusters above a threshold, and their peaks.
//!
//! The rules are those of nilearn's `get_clusters_table`: clusters join by faces, positive ones come
//! before negative ones, each sign by falling peak, equal ones in the order a C array is read in.

use super::Volume;
use super::error::{Fault, VolumeError};
use super::field::{Field, Steps, sort};
use super::kept_clusters::{KeptClusters, Place};
use super::peaks::{Spacing, local_peaks};
use crate::progress::Progress;

/// Which voxels count as neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Connectivity {
    /// 6: a shared face (nilearn's default).
    Faces,
    /// 18: a shared face or edge (SPM).
    Edges,
    /// 26: a shared face, edge or corner (FSL).
    Corners,
}

impl Connectivity {
    /// Steps to the neighbours.
    pub(super) fn steps(self) -> Vec<[isize; 3]> {
        let most = match self {
            Self::Faces => 1,
            Self::Edges => 2,
            Self::Corners => 3,
        };
        let axis = || -1..=1isize;
        axis()
            .flat_map(|z| axis().flat_map(move |y| axis().map(move |x| [x, y, z])))
            .filter(|s| (1..=most).contains(&s.iter().filter(|&&d| d != 0).count()))
            .collect()
    }
}

/// What to look for.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ClusterOptions {
    /// Voxels strictly beyond this strength belong to clusters; not negative.
    pub threshold: f32,
    /// Look for positive clusters.
    pub positive: bool,
    /// Look for negative clusters too.
    pub two_sided: bool,
    /// Which voxels touch.
    pub connectivity: Connectivity,
    /// Clusters of fewer voxels are left out.
    pub min_voxels: usize,
    /// Clusters of a smaller volume are left out.
    pub min_mm3: f64,
    /// Further peaks of a cluster lie more than this far from each other.
    pub peak_distance_mm: f64,
    /// From which peaks a further one keeps that distance.
    pub spacing: Spacing,
    /// At most this many further peaks a cluster.
    pub max_sub_peaks: usize,
}

impl ClusterOptions {
    /// Two-sided, joined by faces, no minimal size, up to three further peaks more than 8 mm apart.
    pub fn at(threshold: f32) -> Self {
        Self {
            threshold,
            positive: true,
            two_sided: true,
            connectivity: Connectivity::Faces,
            min_voxels: 1,
            min_mm3: 0.0,
            peak_distance_mm: 8.0,
            spacing: Spacing::Every,
            max_sub_peaks: 3,
        }
    }
}

/// A local extremum.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Peak {
    /// Voxel.
    pub voxel: [usize; 3],
    /// RAS mm of its centre.
    pub at_mm: [f64; 3],
    /// Value there.
    pub value: f32,
}

/// Voxels of one sign that touch.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Cluster {
    /// Above the threshold (true) or below its negative.
    pub positive: bool,
    /// Number of voxels.
    pub voxels: usize,
    /// Their volume.
    pub volume_mm3: f64,
    /// Mean position weighted by strength, RAS mm.
    pub centre_mm: [f64; 3],
    /// The strongest voxel; of equal ones that touch, the one in their middle.
    pub peak: Peak,
    /// Further local peaks, strongest first.
    pub sub_peaks: Vec<Peak>,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct Clusters {
    /// Positive clusters, then negative ones, each strongest first.
    pub list: Vec<Cluster>,
    /// Clusters that are there but not listed: weaker than all of their [`MAX_CLUSTERS`].
    pub left_out: usize,
}

/// Clusters listed, at most; a table of more says nothing. A map of noise has millions.
pub const MAX_CLUSTERS: usize = 10_000;

/// Finds the clusters of a scalar map: positive ones, then negative ones, each strongest first.
///
/// # Errors
/// [`Fault::NotScalar`] for labels and colours; [`Fault::TooLarge`]; [`VolumeError::Cancelled`].
pub fn clusters(
    volume: &Volume,
    options: &ClusterOptions,
    progress: &Progress,
) -> Result<Clusters, VolumeError> {
    strongest(volume, options, MAX_CLUSTERS, progress)
}

/// The voxels (flat indices, ascending) of the cluster that a voxel lies in: those that touch by faces and are
/// strictly beyond the threshold on the side of its value; `None` where that is not beyond it.
///
/// # Errors
/// As [`clusters`].
pub(crate) fn cluster_at(
    volume: &Volume,
    voxel: [usize; 3],
    threshold: f32,
    progress: &Progress,
) -> Result<Option<Vec<u32>>, VolumeError> {
    let values = volume
        .data
        .scalar()
        .ok_or(Fault::NotScalar("labels or colours"))?;
    let mut field = Field::new(volume.grid, values)?;
    let start = volume.grid.index(voxel);
    let positive = values[start] > 0.0;
    // A voxel is a cluster's by its strength; 0 is nobody's, whatever the threshold.
    if field.strength(start as u32, positive) <= threshold.max(0.0) {
        return Ok(None);
    }
    field.seen.set(start as u32);
    let steps = field.steps(Connectivity::Faces);
    let mut members = Vec::new();
    field.flood(
        start as u32,
        positive,
        threshold.max(0.0),
        &steps,
        &mut members,
        progress,
    )?;
    sort(&mut members, values.len());
    Ok(Some(members))
}

/// As [`clusters`], of which `most` are listed.
fn strongest(
    volume: &Volume,
    options: &ClusterOptions,
    most: usize,
    progress: &Progress,
) -> Result<Clusters, VolumeError> {
    let values = volume
        .data
        .scalar()
        .ok_or(Fault::NotScalar("labels or colours"))?;
    let voxel_mm3 = volume.grid.affine.determinant().abs();
    let mut field = Field::new(volume.grid, values)?;
    let steps = field.steps(options.connectivity);
    let mut kept = KeptClusters::new(most);
    // One room for the voxels of all clusters, one after the other.
    let mut members = Vec::new();
    for start in 0..values.len() {
        if start % (1 << 16) == 0 {
            progress.check()?;
        }
        let v = values[start];
        let positive = options.positive && v > options.threshold;
        let negative = options.two_sided && v < -options.threshold;
        if !(positive || negative) || !field.seen.set(start as u32) {
            continue;
        }
        let rank = field.flood(
            start as u32,
            positive,
            options.threshold,
            &steps,
            &mut members,
            progress,
        )?;
        let volume_mm3 = members.len() as f64 * voxel_mm3;
        if members.len() >= options.min_voxels.max(1) && volume_mm3 >= options.min_mm3 {
            let strongest = members.iter().map(|&m| field.strength(m, positive));
            let place = Place {
                strength: strongest.fold(f32::NEG_INFINITY, f32::max),
                rank,
            };
            if kept.admits(place) {
                let cluster = field.describe(&mut members, positive, options, progress)?;
                kept.push(place, cluster);
            }
        }
        for &member in &members {
            field.mine.clear(member);
        }
    }
    Ok(kept.finish())
}

impl Field<'_> {
    fn describe(
        &mut self,
        members: &mut [u32],
        positive: bool,
        options: &ClusterOptions,
        progress: &Progress,
    ) -> Result<Cluster, VolumeError> {
        sort(members, self.values.len());
        let mut peaks = local_peaks(self, members, positive, options, progress)?.into_iter();
        // A cluster has at least one voxel, and its strongest is a local maximum.
        let peak = peaks.next().unwrap_or_else(|| self.peak(members[0]));
        Ok(Cluster {
            positive,
            voxels: members.len(),
            volume_mm3: members.len() as f64 * self.grid.affine.determinant().abs(),
            centre_mm: self.centre(members),
            peak,
            sub_peaks: peaks.collect(),
        })
    }

    fn centre(&self, members: &[u32]) -> [f64; 3] {
        let mut sum = [0.0; 3];
        let mut weight = 0.0;
        for &index in members {
            let strength = f64::from(self.values[index as usize].abs());
            let at = self.grid.affine.apply(self.voxel(index).map(f64::from));
            weight += strength;
            (0..3).for_each(|a| sum[a] += strength * at[a]);
        }
        sum.map(|s| s / weight)
    }

    /// Fills `members` with the voxels that are joined to `start`, marks them as seen and as of the
    /// cluster at hand, and returns the least of their ranks.
    fn flood(
        &mut self,
        start: u32,
        positive: bool,
        threshold: f32,
        steps: &Steps,
        members: &mut Vec<u32>,
        progress: &Progress,
    ) -> Result<u32, VolumeError> {
        members.clear();
        members.push(start);
        let mut first = u32::MAX;
        let mut next = 0;
        while let Some(&index) = members.get(next) {
            next += 1;
            if next % (1 << 18) == 0 {
                progress.check()?;
            }
            self.mine.set(index);
            let voxel = self.voxel(index);
            first = first.min(self.rank_of(voxel));
            for other in steps.from(index, voxel) {
                if self.strength(other, positive) > threshold && self.seen.set(other) {
                    members.push(other);
                }
            }
        }
        Ok(first)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Affine, Grid, MapKind};
    use super::*;

    fn map(shape: [usize; 3], value: impl Fn(usize) -> f32) -> Volume {
        let grid = Grid {
            shape,
            affine: Affine::scale_translate([2.0; 3], [0.0; 3]),
        };
        let values: Vec<f32> = (0..grid.len()).map(value).collect();
        Volume::derived(grid, values.into(), MapKind::Z, "map").unwrap()
    }

    #[test]
    fn of_too_many_clusters_the_strongest_are_listed_and_the_rest_counted() {
        // A chess board of single voxels, no two of one strength.
        let map = map([8, 8, 8], |n| {
            let [i, j, k] = [n % 8, n / 8 % 8, n / 64];
            let strength = 2.0 + (n * 37 % 512) as f32 / 512.0;
            match (i + j + k) % 2 {
                0 if k % 2 == 0 => strength,
                0 => -strength,
                _ => 0.0,
            }
        });
        let options = ClusterOptions::at(1.0);
        let all = clusters(&map, &options, &Progress::new()).unwrap();
        assert_eq!((all.list.len(), all.left_out), (256, 0));
        let few = strongest(&map, &options, 20, &Progress::new()).unwrap();
        assert_eq!((few.list.len(), few.left_out), (20, 236));
        let mut want = all.list.clone();
        want.sort_by(|a, b| b.peak.value.abs().total_cmp(&a.peak.value.abs()));
        let least = want[19].peak.value.abs();
        let want: Vec<Cluster> = all
            .list
            .into_iter()
            .filter(|c| c.peak.value.abs() >= least)
            .collect();
        assert_eq!(few.list, want);
    }

    #[test]
    fn a_map_of_one_value_is_one_cluster_with_one_peak_in_its_middle() {
        let shape = [64, 65, 66];
        let found = clusters(
            &map(shape, |_| 5.0),
            &ClusterOptions::at(1.0),
            &Progress::new(),
        );
        let found = found.unwrap().list;
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].voxels, found[0].sub_peaks.len()),
            (64 * 65 * 66, 0)
        );
        assert_eq!(found[0].peak.voxel, [32, 32, 32]);
    }
}
