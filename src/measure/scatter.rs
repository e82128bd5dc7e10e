//! How often two maps have which values at a voxel: what a scatter plot of hundreds of thousands of voxels shows.

/// Cells of a scatter plot along each axis.
pub const SCATTER_CELLS: usize = 40;

/// How often two maps have which values at a voxel.
#[derive(Debug, Clone, PartialEq)]
pub struct Scatter {
    /// Lowest and highest value of the first map that are told apart; what lies beyond counts at the end.
    pub first: [f32; 2],
    /// The same of the second.
    pub second: [f32; 2],
    /// Voxels in each cell, row by row of the second's values from the lowest, the first's along a row.
    pub counts: Vec<u32>,
    /// A voxel of each cell (its position in the lists), that nearest to the cell's middle; meaningless where it is empty.
    pub voxels: Vec<u32>,
}

impl Scatter {
    /// Of two lists of values at the same voxels.
    pub fn of(first: &[f32], second: &[f32]) -> Self {
        let ends = |values: &[f32]| {
            let ends = values
                .iter()
                .fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], &v| {
                    [low.min(v), high.max(v)]
                });
            match ends[0] < ends[1] {
                true => ends,
                // One value everywhere, or none.
                false if ends[0].is_finite() => [ends[0] - 0.5, ends[0] + 0.5],
                false => [0.0, 1.0],
            }
        };
        let (a, b) = (ends(first), ends(second));
        let cells = SCATTER_CELLS * SCATTER_CELLS;
        let mut out = Self {
            first: a,
            second: b,
            counts: vec![0; cells],
            voxels: vec![0; cells],
        };
        let mut middle = vec![f32::INFINITY; cells];
        for (at, (&x, &y)) in first.iter().zip(second).enumerate() {
            let ([cx, fx], [cy, fy]) = (place(x, a), place(y, b));
            let cell = cy as usize * SCATTER_CELLS + cx as usize;
            out.counts[cell] += 1;
            let far = (fx - 0.5).abs() + (fy - 0.5).abs();
            if far < middle[cell] {
                (middle[cell], out.voxels[cell]) = (far, at as u32);
            }
        }
        out
    }

    /// The cell of two values, where both are numbers.
    pub fn cell(&self, first: f32, second: f32) -> Option<[usize; 2]> {
        let both = first.is_finite() && second.is_finite();
        both.then(|| {
            [
                place(first, self.first)[0] as usize,
                place(second, self.second)[0] as usize,
            ]
        })
    }
}

/// Number of the cell of a value, and how far into it the value lies.
fn place(value: f32, [low, high]: [f32; 2]) -> [f32; 2] {
    let at = (value - low) / (high - low) * SCATTER_CELLS as f32;
    let cell = at.floor().clamp(0.0, (SCATTER_CELLS - 1) as f32);
    [cell, (at - cell).clamp(0.0, 1.0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_voxel_is_in_the_cell_of_its_values() {
        let first: Vec<f32> = (0..1000).map(|n| (n as f32 * 0.7).sin()).collect();
        let second: Vec<f32> = first.iter().map(|v| 2.0 * v + 1.0).collect();
        let scatter = Scatter::of(&first, &second);
        assert_eq!(scatter.counts.iter().sum::<u32>(), 1000);
        // A line fills the diagonal alone.
        for (cell, &count) in scatter.counts.iter().enumerate() {
            let (x, y) = (cell % SCATTER_CELLS, cell / SCATTER_CELLS);
            assert!(count == 0 || x.abs_diff(y) <= 1, "{x} {y}: {count}");
            if count > 0 {
                let voxel = scatter.voxels[cell] as usize;
                let own = scatter.cell(first[voxel], second[voxel]);
                assert_eq!(own, Some([x, y]));
            }
        }
        assert_eq!(scatter.cell(f32::NAN, 1.0), None);
        assert_eq!(scatter.cell(9.0, -9.0), Some([SCATTER_CELLS - 1, 0]));
    }

    #[test]
    fn flat_and_empty_maps_have_a_place_too() {
        let flat = Scatter::of(&[2.0; 7], &[0.0; 7]);
        assert_eq!(flat.counts.iter().sum::<u32>(), 7);
        assert!(flat.first[0] < flat.first[1] && flat.second[0] < flat.second[1]);
        let none = Scatter::of(&[], &[]);
        assert!(none.first[0] < none.first[1] && none.counts.iter().all(|&n| n == 0));
    }
}
