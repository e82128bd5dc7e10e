//! Connected clusters above a threshold, and their peaks.

use super::error::{Fault, VolumeError};
use super::{Grid, Volume};
use crate::progress::Task;

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
    fn steps(self) -> Vec<[isize; 3]> {
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
    /// Voxels strictly beyond this strength belong to clusters.
    pub threshold: f32,
    /// Look for negative clusters too.
    pub two_sided: bool,
    /// Which voxels touch.
    pub connectivity: Connectivity,
    /// Smaller clusters are left out.
    pub min_voxels: usize,
    /// Further peaks of a cluster lie at least this far from each other.
    pub peak_distance_mm: f64,
    /// At most this many further peaks a cluster.
    pub max_sub_peaks: usize,
}

impl ClusterOptions {
    /// Two-sided, 26 neighbours, no minimal size, up to three further peaks 8 mm apart.
    pub fn at(threshold: f32) -> Self {
        Self {
            threshold,
            two_sided: true,
            connectivity: Connectivity::Corners,
            min_voxels: 1,
            peak_distance_mm: 8.0,
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
    /// The strongest voxel.
    pub peak: Peak,
    /// Further local peaks, strongest first.
    pub sub_peaks: Vec<Peak>,
}

/// Finds the clusters of a scalar map, strongest peak first.
///
/// # Errors
/// [`Fault::NotScalar`] for labels and colours; [`VolumeError::Cancelled`].
pub fn clusters(
    volume: &Volume,
    options: &ClusterOptions,
    task: &Task,
) -> Result<Vec<Cluster>, VolumeError> {
    let values = volume
        .data
        .scalar()
        .ok_or(Fault::NotScalar("labels or colours"))?;
    let mut finder = Finder {
        grid: volume.grid,
        values,
        options,
        steps: options.connectivity.steps(),
        around: Connectivity::Corners.steps(),
        seen: vec![false; values.len()],
        voxel_mm3: volume.grid.affine.determinant().abs(),
    };
    let mut found = Vec::new();
    for start in 0..values.len() {
        if start % (1 << 16) == 0 {
            task.check()?;
        }
        let v = values[start];
        let positive = v > options.threshold;
        let negative = options.two_sided && v < -options.threshold;
        if (positive || negative) && !finder.seen[start] {
            let members = finder.flood(start, positive);
            if members.len() >= options.min_voxels.max(1) {
                found.push(finder.describe(&members, positive));
            }
        }
    }
    found.sort_by(|a, b| b.peak.value.abs().total_cmp(&a.peak.value.abs()));
    Ok(found)
}

struct Finder<'a> {
    grid: Grid,
    values: &'a [f32],
    options: &'a ClusterOptions,
    steps: Vec<[isize; 3]>,
    around: Vec<[isize; 3]>,
    seen: Vec<bool>,
    voxel_mm3: f64,
}

impl Finder<'_> {
    fn neighbour(&self, index: usize, step: [isize; 3]) -> Option<usize> {
        let voxel = self.grid.voxel(index);
        let mut out = [0; 3];
        for axis in 0..3 {
            let place = voxel[axis].checked_add_signed(step[axis])?;
            out[axis] = Some(place).filter(|&p| p < self.grid.shape[axis])?;
        }
        Some(self.grid.index(out))
    }

    /// Strength in the direction of the sign: below it all else, NaN included.
    fn strength(&self, index: usize, positive: bool) -> f32 {
        let v = self.values[index];
        let strength = if positive { v } else { -v };
        if strength.is_nan() {
            f32::NEG_INFINITY
        } else {
            strength
        }
    }

    fn flood(&mut self, start: usize, positive: bool) -> Vec<usize> {
        let mut members = vec![start];
        self.seen[start] = true;
        let mut next = 0;
        while let Some(&index) = members.get(next) {
            next += 1;
            for s in 0..self.steps.len() {
                if let Some(other) = self.neighbour(index, self.steps[s])
                    && !self.seen[other]
                    && self.strength(other, positive) > self.options.threshold
                {
                    self.seen[other] = true;
                    members.push(other);
                }
            }
        }
        members
    }

    fn peak(&self, index: usize) -> Peak {
        let voxel = self.grid.voxel(index);
        Peak {
            voxel,
            at_mm: self.grid.world(voxel),
            value: self.values[index],
        }
    }

    fn describe(&self, members: &[usize], positive: bool) -> Cluster {
        let mut sum = [0.0; 3];
        let mut weight = 0.0;
        let mut tops: Vec<usize> = Vec::new();
        for &index in members {
            let strength = self.strength(index, positive);
            let at = self.grid.world(self.grid.voxel(index));
            weight += f64::from(strength);
            (0..3).for_each(|a| sum[a] += f64::from(strength) * at[a]);
            let top = self
                .around
                .iter()
                .filter_map(|&s| self.neighbour(index, s))
                .all(|other| self.strength(other, positive) <= strength);
            if top {
                tops.push(index);
            }
        }
        // Strongest first; of equal ones the first in the file, whatever way the flood took.
        tops.sort_by(|&a, &b| {
            self.strength(b, positive)
                .total_cmp(&self.strength(a, positive))
                .then(a.cmp(&b))
        });
        let mut peaks: Vec<Peak> = Vec::new();
        for &index in &tops {
            if peaks.len() > self.options.max_sub_peaks {
                break;
            }
            let candidate = self.peak(index);
            let far = |p: &Peak| {
                let d2: f64 = (0..3)
                    .map(|a| (p.at_mm[a] - candidate.at_mm[a]).powi(2))
                    .sum();
                d2.sqrt() >= self.options.peak_distance_mm
            };
            if peaks.iter().all(far) {
                peaks.push(candidate);
            }
        }
        // The strongest voxel of a cluster is a top, but for one that touches a stronger voxel only
        // by a corner that the connectivity does not count.
        let strongest = members.iter().copied().max_by(|&a, &b| {
            self.strength(a, positive)
                .total_cmp(&self.strength(b, positive))
                .then(b.cmp(&a))
        });
        let peak = self.peak(strongest.unwrap_or(members[0]));
        peaks.retain(|p| p.voxel != peak.voxel);
        peaks.truncate(self.options.max_sub_peaks);
        Cluster {
            positive,
            voxels: members.len(),
            volume_mm3: members.len() as f64 * self.voxel_mm3,
            centre_mm: sum.map(|s| s / weight),
            peak,
            sub_peaks: peaks,
        }
    }
}
