//! Connected clusters above a threshold, and their peaks.
//!
//! The rules are those of nilearn's `get_clusters_table`: clusters join by faces, positive ones come
//! before negative ones, each sign by falling peak, equal ones in the order a C array is read in.

use super::error::{Fault, VolumeError};
use super::peaks::{Spacing, local_peaks};
use super::{Grid, Volume};
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

/// Finds the clusters of a scalar map: positive ones, then negative ones, each strongest first.
///
/// # Errors
/// [`Fault::NotScalar`] for labels and colours; [`VolumeError::Cancelled`].
pub fn clusters(
    volume: &Volume,
    options: &ClusterOptions,
    progress: &Progress,
) -> Result<Vec<Cluster>, VolumeError> {
    let values = volume
        .data
        .scalar()
        .ok_or(Fault::NotScalar("labels or colours"))?;
    let voxel_mm3 = volume.grid.affine.determinant().abs();
    let mut field = Field {
        grid: volume.grid,
        values,
        seen: vec![0; values.len().div_ceil(64)],
    };
    let steps = options.connectivity.steps();
    let mut found: Vec<(usize, Cluster)> = Vec::new();
    for start in 0..values.len() {
        if start % (1 << 16) == 0 {
            progress.check()?;
        }
        let v = values[start];
        let positive = v > options.threshold;
        let negative = options.two_sided && v < -options.threshold;
        if !(positive || negative) || !field.see(start) {
            continue;
        }
        let mut members = field.flood(start, positive, options.threshold, &steps);
        members.sort_unstable();
        let volume_mm3 = members.len() as f64 * voxel_mm3;
        if members.len() < options.min_voxels.max(1) || volume_mm3 < options.min_mm3 {
            continue;
        }
        progress.check()?;
        let mut peaks = local_peaks(&field, &members, positive, options).into_iter();
        // A cluster has at least one voxel, and its strongest is a local maximum.
        let peak = peaks.next().unwrap_or_else(|| field.peak(members[0]));
        let first = members.iter().map(|&m| field.rank(m)).min();
        let cluster = Cluster {
            positive,
            voxels: members.len(),
            volume_mm3,
            centre_mm: field.centre(&members),
            peak,
            sub_peaks: peaks.collect(),
        };
        found.push((first.unwrap_or_default(), cluster));
    }
    found.sort_by(|(first_a, a), (first_b, b)| {
        b.positive
            .cmp(&a.positive)
            .then(b.peak.value.abs().total_cmp(&a.peak.value.abs()))
            .then(first_a.cmp(first_b))
    });
    Ok(found.into_iter().map(|(_, cluster)| cluster).collect())
}

/// The map and what is known of its voxels so far.
pub(super) struct Field<'a> {
    pub grid: Grid,
    pub values: &'a [f32],
    /// One bit a voxel: whether it belongs to a cluster already.
    seen: Vec<u64>,
}

impl Field<'_> {
    /// Marks a voxel; whether it was not marked before.
    fn see(&mut self, index: usize) -> bool {
        let bit = 1 << (index % 64);
        let word = &mut self.seen[index / 64];
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    pub(crate) fn neighbour(&self, index: usize, step: [isize; 3]) -> Option<usize> {
        let voxel = self.grid.voxel(index);
        let mut out = [0; 3];
        for axis in 0..3 {
            let place = voxel[axis].checked_add_signed(step[axis])?;
            out[axis] = Some(place).filter(|&p| p < self.grid.shape[axis])?;
        }
        Some(self.grid.index(out))
    }

    /// Strength in the direction of the sign: below it all else, NaN included.
    pub(crate) fn strength(&self, index: usize, positive: bool) -> f32 {
        let v = self.values[index];
        let strength = if positive { v } else { -v };
        if strength.is_nan() {
            f32::NEG_INFINITY
        } else {
            strength
        }
    }

    /// Position of a voxel where k runs fastest, the order numpy reads an array in.
    pub fn rank(&self, index: usize) -> usize {
        let [i, j, k] = self.grid.voxel(index);
        (i * self.grid.shape[1] + j) * self.grid.shape[2] + k
    }

    pub fn peak(&self, index: usize) -> Peak {
        let voxel = self.grid.voxel(index);
        Peak {
            voxel,
            at_mm: self.grid.world(voxel),
            value: self.values[index],
        }
    }

    fn centre(&self, members: &[usize]) -> [f64; 3] {
        let mut sum = [0.0; 3];
        let mut weight = 0.0;
        for &index in members {
            let strength = f64::from(self.values[index].abs());
            let at = self.grid.world(self.grid.voxel(index));
            weight += strength;
            (0..3).for_each(|a| sum[a] += strength * at[a]);
        }
        sum.map(|s| s / weight)
    }

    fn flood(
        &mut self,
        start: usize,
        positive: bool,
        threshold: f32,
        steps: &[[isize; 3]],
    ) -> Vec<usize> {
        let mut members = vec![start];
        let mut next = 0;
        while let Some(&index) = members.get(next) {
            next += 1;
            for &step in steps {
                if let Some(other) = self.neighbour(index, step)
                    && self.strength(other, positive) > threshold
                    && self.see(other)
                {
                    members.push(other);
                }
            }
        }
        members
    }
}
