//! A map as the search for clusters sees it: which voxels touch, which were met.

use super::Grid;
use super::clusters::{Connectivity, Peak};
use super::error::{Fault, VolumeError};

/// One bit a voxel.
#[derive(Debug)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub fn new(voxels: usize) -> Self {
        Self(vec![0; voxels.div_ceil(64)])
    }

    /// Sets a bit; whether it was not set before.
    pub fn set(&mut self, index: u32) -> bool {
        let bit = 1 << (index % 64);
        let word = &mut self.0[index as usize / 64];
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    /// Clears a bit; whether it was set.
    pub fn clear(&mut self, index: u32) -> bool {
        let bit = 1 << (index % 64);
        let word = &mut self.0[index as usize / 64];
        let was = *word & bit != 0;
        *word &= !bit;
        was
    }

    pub fn get(&self, index: u32) -> bool {
        self.0[index as usize / 64] & 1 << (index % 64) != 0
    }
}

/// From so many numbers on it is faster to tick them off than to compare them.
const MANY: usize = 1 << 14;

/// Sorts numbers of voxels, or ranks: each at most once, all below `voxels`.
pub(super) fn sort(numbers: &mut [u32], voxels: usize) {
    if numbers.len() < MANY.max(voxels / 256) {
        numbers.sort_unstable();
        return;
    }
    let mut bits = Bits::new(voxels);
    for &number in &*numbers {
        bits.set(number);
    }
    let ascending = bits.0.iter().enumerate().flat_map(|(n, &word)| {
        // Each step clears the lowest bit that is set.
        let some = |word: u64| Some(word).filter(|&word| word != 0);
        let left = std::iter::successors(some(word), move |&word| some(word & (word - 1)));
        left.map(move |word| n as u32 * 64 + word.trailing_zeros())
    });
    numbers
        .iter_mut()
        .zip(ascending)
        .for_each(|(slot, number)| *slot = number);
}

/// The map and what is known of its voxels so far.
pub(super) struct Field<'a> {
    pub grid: Grid,
    /// Voxels along i, j, k.
    sides: [u32; 3],
    pub values: &'a [f32],
    /// Whether a voxel belongs to a cluster already.
    pub seen: Bits,
    /// Whether it belongs to the cluster at hand.
    pub mine: Bits,
    /// Whether it is a local maximum of that one, not yet counted.
    pub tops: Bits,
}

impl<'a> Field<'a> {
    /// # Errors
    /// [`Fault::TooLarge`] for more voxels than 32 bits number.
    pub fn new(grid: Grid, values: &'a [f32]) -> Result<Self, VolumeError> {
        if u32::try_from(values.len()).is_err() {
            return Err(Fault::TooLarge(grid.shape.map(|d| d as u64).to_vec()).into());
        }
        Ok(Self {
            grid,
            // None is 0 where there are values, and none is longer than all of them together.
            sides: grid.shape.map(|d| d.max(1) as u32),
            values,
            seen: Bits::new(values.len()),
            mine: Bits::new(values.len()),
            tops: Bits::new(values.len()),
        })
    }

    /// Steps to the voxels that touch one.
    pub fn steps(&self, connectivity: Connectivity) -> Steps {
        let [nx, ny, _] = self.sides.map(|d| d as isize);
        let flat = |[x, y, z]: [isize; 3]| x + nx * (y + ny * z);
        Steps {
            sides: self.sides,
            steps: connectivity
                .steps()
                .into_iter()
                .map(|step| (step, flat(step)))
                .collect(),
        }
    }

    /// Strength in the direction of the sign: below it all else, NaN included.
    pub fn strength(&self, index: u32, positive: bool) -> f32 {
        let v = self.values[index as usize];
        let strength = if positive { v } else { -v };
        if strength.is_nan() {
            f32::NEG_INFINITY
        } else {
            strength
        }
    }

    /// The voxel of a number. (Division of 32 bits takes half the time of 64.)
    pub fn voxel(&self, index: u32) -> [u32; 3] {
        let [nx, ny, _] = self.sides;
        let row = index / nx;
        [index - row * nx, row % ny, row / ny]
    }

    /// Position of a voxel where k runs fastest, the order numpy reads an array in.
    pub fn rank_of(&self, [i, j, k]: [u32; 3]) -> u32 {
        let [_, ny, nz] = self.sides;
        (i * ny + j) * nz + k
    }

    /// The voxel of a rank, and its number.
    pub fn at_rank(&self, rank: u32) -> ([u32; 3], u32) {
        let [nx, ny, nz] = self.sides;
        let row = rank / nz;
        let [i, j, k] = [row / ny, row % ny, rank - row * nz];
        ([i, j, k], i + nx * (j + ny * k))
    }

    pub fn peak(&self, index: u32) -> Peak {
        let voxel = self.voxel(index).map(|x| x as usize);
        Peak {
            voxel,
            at_mm: self.grid.world(voxel),
            value: self.values[index as usize],
        }
    }
}

/// Steps from a voxel to its neighbours on one grid.
#[derive(Debug)]
pub(super) struct Steps {
    sides: [u32; 3],
    /// Along i, j, k, and through the values.
    steps: Vec<([isize; 3], isize)>,
}

impl Steps {
    /// The neighbours of a voxel that lie on the grid.
    pub fn from(&self, index: u32, voxel: [u32; 3]) -> impl Iterator<Item = u32> + '_ {
        let inner = (0..3).all(|a| voxel[a] > 0 && voxel[a] + 1 < self.sides[a]);
        self.steps.iter().filter_map(move |(step, flat)| {
            let on_grid = |a: usize| {
                let place = voxel[a] as isize + step[a];
                place >= 0 && place < self.sides[a] as isize
            };
            // Where it lies on the grid its number is one of the grid's.
            (inner || (0..3).all(on_grid)).then(|| (index as isize + flat) as u32)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_numbers_are_sorted_as_few_are() {
        let voxels = 200_003;
        let mut numbers: Vec<u32> = (0..voxels as u32)
            .map(|n| (u64::from(n) * 77_777 % voxels as u64) as u32)
            .filter(|n| n % 7 != 3)
            .collect();
        let mut want = numbers.clone();
        want.sort_unstable();
        assert!(numbers.len() > MANY && numbers != want);
        sort(&mut numbers, voxels);
        assert_eq!(numbers, want);
        let mut few = vec![7, 3, 5];
        sort(&mut few, voxels);
        assert_eq!(few, [3, 5, 7]);
    }
}
