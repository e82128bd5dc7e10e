//! Frames too large to be held are made smaller while they stream past: blocks of voxels become one.

use super::error::{Fault, shape_text, thousands};
use super::picks::Picks;
use super::{Affine, LoadWarning, WarningCode};

/// Coarsest reduction along an axis. Beyond it little would be left to see.
const MAX_FACTOR: usize = 16;

/// Blocks of a slab, which are summed side by side: beyond it a flat frame of a small file would take
/// more memory for the sums than for the values.
const MAX_SLAB_BLOCKS: u64 = 1 << 25;

/// How many stored voxels become one along i, j, k.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reduction {
    factor: usize,
    from: [usize; 3],
}

impl Reduction {
    /// The mildest one after which `shape` has at most `most` voxels; `None` where it has no more now.
    ///
    /// # Errors
    /// [`Fault::TooLarge`] where even the strongest does not do.
    pub(crate) fn to_fit(shape: [usize; 3], most: u64) -> Result<Option<Self>, Fault> {
        let blocks = |sides: &[usize], factor: usize| -> u64 {
            sides.iter().map(|&d| d.div_ceil(factor) as u64).product()
        };
        let fits = |&factor: &usize| {
            blocks(&shape, factor) <= most
                && (factor == 1 || blocks(&shape[..2], factor) <= MAX_SLAB_BLOCKS)
        };
        match (1..=MAX_FACTOR).find(fits) {
            Some(1) => Ok(None),
            Some(factor) => Ok(Some(Self {
                factor,
                from: shape,
            })),
            None => Err(Fault::TooLarge(shape.map(|d| d as u64).to_vec())),
        }
    }

    /// Voxels afterwards.
    pub fn shape(&self) -> [usize; 3] {
        self.from.map(|d| d.div_ceil(self.factor))
    }

    /// The affine afterwards: a voxel's centre is the centre of its block.
    pub fn affine(&self, affine: &Affine) -> Affine {
        let factor = self.factor as f64;
        affine.then_after(&Affine::scale_translate(
            [factor; 3],
            [0.5 * (factor - 1.0); 3],
        ))
    }

    /// The stored voxel in the middle of a block.
    pub fn middle(&self, voxel: [usize; 3]) -> [usize; 3] {
        std::array::from_fn(|a| {
            let low = voxel[a] * self.factor;
            let high = (low + self.factor).min(self.from[a]);
            low + (high.saturating_sub(low + 1)) / 2
        })
    }

    /// Flat index of the block whose middle `voxel` is.
    pub fn picked(&self, voxel: [usize; 3]) -> Option<usize> {
        let block = voxel.map(|v| v / self.factor);
        let [nx, ny, _] = self.shape();
        (self.middle(block) == voxel).then(|| block[0] + nx * (block[1] + ny * block[2]))
    }

    /// What the user is told.
    pub fn warning(&self, most: u64) -> LoadWarning {
        let share = match self.factor {
            2 => "½".to_owned(),
            3 => "⅓".to_owned(),
            4 => "¼".to_owned(),
            n => format!("1/{n}"),
        };
        let dims = self.from.map(|d| d as u64);
        LoadWarning::with_badge(
            WarningCode::Reduced,
            format!("shown at {share} resolution"),
            format!(
                "The file has {} voxels a frame, more than the {} that Gyrus holds; it shows means of {n} × {n} × {n} voxels.",
                shape_text(&dims),
                thousands(most),
                n = self.factor
            ),
        )
    }
}

/// Collects the values of one frame, i fastest, into blocks.
pub(super) struct Blocks {
    by: Reduction,
    /// Position in the stored frame.
    at: [usize; 3],
    /// Sums and counts of one slab of blocks.
    sums: Vec<f64>,
    counts: Vec<u32>,
    /// Block of the slab now filling.
    slab: usize,
    /// Middles of the row of blocks at hand.
    middles: Vec<f32>,
}

impl Blocks {
    /// For one frame.
    ///
    /// # Errors
    /// [`Fault::NoMemory`] where the system refuses.
    pub fn new(by: Reduction) -> Result<Self, Fault> {
        let [nx, ny, _] = by.shape();
        Ok(Self {
            by,
            at: [0; 3],
            sums: zeros(nx * ny)?,
            counts: zeros(nx * ny)?,
            slab: 0,
            middles: Vec::with_capacity(nx),
        })
    }

    /// Takes the next values; NaN is no data. `means` gets the mean of every whole block, `picks` the
    /// value in the middle of every block.
    ///
    /// # Errors
    /// As [`Picks::new`].
    pub fn push(
        &mut self,
        values: &[f32],
        means: &mut [f32],
        picks: &mut Picks,
    ) -> Result<(), Fault> {
        let [nx, _, _] = self.by.shape();
        let (n, from) = (self.by.factor, self.by.from);
        let mut rest = values;
        while !rest.is_empty() {
            let [i, j, k] = self.at;
            let (row, after) = rest.split_at((from[0] - i).min(rest.len()));
            rest = after;
            let (line, block_k) = (j / n * nx, k / n);
            let (mut block, mut left) = (line + i / n, row);
            let mut room = n - i % n;
            while !left.is_empty() {
                let (these, after) = left.split_at(room.min(left.len()));
                for v in these.iter().filter(|v| !v.is_nan()) {
                    self.sums[block] += f64::from(*v);
                    self.counts[block] += 1;
                }
                (left, room, block) = (after, n, block + 1);
            }
            let middle = self.by.middle([0, j / n, block_k]);
            if middle[1..] == [j, k] {
                for block in i / n..nx {
                    let x = self.by.middle([block, 0, 0])[0];
                    if (i..i + row.len()).contains(&x) {
                        self.middles.push(row[x - i]);
                    }
                }
                if self.middles.len() == nx {
                    picks.push(&self.middles)?;
                    self.middles.clear();
                }
            }
            self.at[0] += row.len();
            if self.at[0] == from[0] {
                self.at = [0, j + 1, k];
            }
            if self.at[1] == from[1] {
                self.at = [0, 0, k + 1];
                if (k + 1).is_multiple_of(n) || k + 1 == from[2] {
                    self.flush(means);
                }
            }
        }
        Ok(())
    }

    fn flush(&mut self, means: &mut [f32]) {
        let len = self.sums.len();
        let out = &mut means[self.slab * len..][..len];
        for ((mean, sum), count) in out.iter_mut().zip(&mut self.sums).zip(&mut self.counts) {
            *mean = if *count == 0 {
                f32::NAN
            } else {
                (*sum / f64::from(*count)) as f32
            };
            (*sum, *count) = (0.0, 0);
        }
        self.slab += 1;
    }
}

fn zeros<T: Clone + Default>(n: usize) -> Result<Vec<T>, Fault> {
    let mut all = Vec::new();
    all.try_reserve_exact(n)
        .map_err(|_| Fault::NoMemory((n * size_of::<T>()) as u64))?;
    all.resize(n, T::default());
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mildest_reduction_that_fits_is_taken() {
        let fit = |shape, most| Reduction::to_fit(shape, most);
        assert_eq!(fit([10, 10, 10], 1000).unwrap(), None);
        let by = fit([10, 9, 10], 899).unwrap().unwrap();
        assert_eq!((by.factor, by.shape()), (2, [5, 5, 5]));
        assert_eq!(fit([10, 10, 10], 64).unwrap().unwrap().factor, 3);
        assert!(fit([10_000, 10_000, 100], 1000).is_err());
        // Two slices of a thousand million voxels: their blocks would fit, the sums of a slab not.
        let by = fit([32_767, 32_767, 2], 1 << 28).unwrap().unwrap();
        assert_eq!((by.factor, by.shape()), (6, [5462, 5462, 1]));
    }

    #[test]
    fn blocks_hold_the_means_of_finite_values_whatever_the_pieces() {
        let shape = [5, 4, 3];
        let by = Reduction::to_fit(shape, 12).unwrap().unwrap();
        assert_eq!(by.shape(), [3, 2, 2]);
        let mut values: Vec<f32> = (0..60).map(|v| v as f32).collect();
        values[1] = f32::NAN;
        let mut want = vec![(0.0f64, 0u32); 12];
        for (at, v) in values.iter().enumerate().filter(|(_, v)| !v.is_nan()) {
            let (i, j, k) = (at % 5, at / 5 % 4, at / 20);
            let cell = &mut want[i / 2 + 3 * (j / 2 + 2 * (k / 2))];
            *cell = (cell.0 + f64::from(*v), cell.1 + 1);
        }
        for piece in [1, 3, 7, 60] {
            let mut means = vec![0.0; 12];
            let mut picks = Picks::new(12, 3, true).unwrap();
            let mut blocks = Blocks::new(by).unwrap();
            for part in values.chunks(piece) {
                blocks.push(part, &mut means, &mut picks).unwrap();
            }
            let picks = picks.values().unwrap();
            for (got, (sum, n)) in means.iter().zip(&want) {
                assert_eq!(*got, (sum / f64::from(*n)) as f32);
            }
            // Blocks of two: the middle is the first; the last along i has one voxel.
            assert_eq!(picks[2], 4.0);
            assert_eq!(picks[3 + 1], 12.0);
            assert!(picks.iter().all(|&p| p >= 0.0 || p.is_nan()));
        }
    }
}
