//! Clusters of voxels above a threshold that share a face (6 neighbours, as nilearn and NiMARE have them).

use crate::volume::Mask;

/// Neighbours of the voxels of a mask, and room to work in.
#[derive(Debug)]
pub(crate) struct Clusters<'a> {
    mask: &'a Mask,
    seen: Vec<bool>,
    open: Vec<u32>,
}

impl<'a> Clusters<'a> {
    pub fn new(mask: &'a Mask) -> Self {
        Self {
            mask,
            seen: vec![false; mask.len()],
            open: Vec::new(),
        }
    }

    /// Each cluster above `threshold`: its voxels (places in the mask).
    pub fn of(&mut self, values: &[f64], threshold: f64) -> Vec<Vec<u32>> {
        let mut out = Vec::new();
        self.seen.fill(false);
        for start in 0..values.len().min(self.seen.len()) {
            if values[start] > threshold && !self.seen[start] {
                let mut voxels = Vec::new();
                self.seen[start] = true;
                self.open.push(start as u32);
                while let Some(voxel) = self.open.pop() {
                    voxels.push(voxel);
                    for next in self.neighbours(voxel).into_iter().flatten() {
                        let at = next as usize;
                        if !self.seen[at] && values.get(at).is_some_and(|&v| v > threshold) {
                            self.seen[at] = true;
                            self.open.push(next);
                        }
                    }
                }
                voxels.sort_unstable();
                out.push(voxels);
            }
        }
        out
    }

    /// Highest value, most voxels of a cluster, and largest mass of one.
    pub fn largest(&mut self, values: &[f64], threshold: f64) -> [f64; 3] {
        let highest = values.iter().copied().fold(f64::MIN, f64::max);
        let (mut size, mut most) = (0.0_f64, 0.0_f64);
        for cluster in self.of(values, threshold) {
            size = size.max(cluster.len() as f64);
            most = most.max(mass(&cluster, values, threshold));
        }
        [highest, size, most]
    }

    fn neighbours(&self, voxel: u32) -> [Option<u32>; 6] {
        let grid = &self.mask.grid;
        let flat = self.mask.voxels[voxel as usize] as usize;
        let at = grid.voxel(flat);
        let steps = [1, grid.shape[0], grid.shape[0] * grid.shape[1]];
        std::array::from_fn(|way| {
            let axis = way / 2;
            let there = match way % 2 {
                0 => (at[axis] > 0).then(|| flat - steps[axis]),
                _ => (at[axis] + 1 < grid.shape[axis]).then(|| flat + steps[axis]),
            }?;
            let position = self.mask.position[there];
            (position != u32::MAX).then_some(position)
        })
    }
}

/// Sum of what is above the threshold.
pub(super) fn mass(cluster: &[u32], values: &[f64], threshold: f64) -> f64 {
    let above = |&voxel: &u32| values[voxel as usize] - threshold;
    cluster.iter().map(above).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::{Affine, Grid};

    #[test]
    fn faces_join_and_edges_do_not() {
        let grid = Grid {
            shape: [3, 3, 1],
            affine: Affine::scale_translate([2.0; 3], [0.0; 3]),
        };
        let mask = Mask::new(grid, |voxel| voxel != 1);
        // Places in the mask: 0 is (0,0); 1 is (2,0); 2, 3, 4 are the second row; 5, 6, 7 the third.
        let values = [5.0, 4.0, 0.0, 3.0, 2.0, 0.0, 0.0, 6.0];
        let mut clusters = Clusters::new(&mask);
        assert_eq!(clusters.of(&values, 1.0), [vec![0], vec![1, 3, 4, 7]]);
        assert_eq!(clusters.largest(&values, 1.0), [6.0, 4.0, 11.0]);
        assert_eq!(clusters.largest(&values, 9.0), [6.0, 0.0, 0.0]);
    }
}
