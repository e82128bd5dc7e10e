//! The voxels in the middle of the blocks of a frame that is made smaller. They stand for the blocks
//! where means mean nothing: in labels and masks.

use std::sync::Arc;

use super::error::Fault;
use super::facts::Facts;

/// The values in the middles of blocks, in the blocks' order, for as long as they can be labels or a
/// mask; the facts of all of them.
#[derive(Debug)]
pub(super) struct Picks {
    pub facts: Facts,
    kept: Kept,
    /// Blocks in all.
    blocks: usize,
}

#[derive(Debug)]
enum Kept {
    /// Whole numbers below 256, as most labels are: a quarter of the memory.
    Bytes(Vec<u8>),
    Values(Vec<f32>),
    /// Neither labels nor a mask.
    Nothing,
}

impl Picks {
    /// Room for `blocks` values in rows of `row`.
    ///
    /// # Errors
    /// [`Fault::NoMemory`] where the system refuses.
    pub fn new(blocks: usize, row: usize, integer_stored: bool) -> Result<Self, Fault> {
        Ok(Self {
            facts: Facts::new(row, integer_stored),
            kept: Kept::Bytes(room(blocks)?),
            blocks,
        })
    }

    /// Takes the next values.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn push(&mut self, values: &[f32]) -> Result<(), Fault> {
        self.facts.push(values);
        if !self.facts.could_be_labels() && !self.facts.is_binary() {
            self.kept = Kept::Nothing;
        }
        if let Kept::Bytes(bytes) = &mut self.kept {
            if values.iter().all(|&v| f32::from(v as u8) == v) {
                bytes.extend(values.iter().map(|&v| v as u8));
                return Ok(());
            }
            let mut all = room(self.blocks)?;
            all.extend(bytes.iter().map(|&b| f32::from(b)));
            self.kept = Kept::Values(all);
        }
        if let Kept::Values(all) = &mut self.kept {
            all.extend_from_slice(values);
        }
        Ok(())
    }

    /// As labels; no data is no label. `None` where they cannot be.
    pub fn labels(self) -> Option<Arc<[u32]>> {
        match self.kept {
            Kept::Bytes(bytes) => Some(bytes.iter().map(|&b| u32::from(b)).collect()),
            // NaN becomes 0.
            Kept::Values(values) => Some(values.iter().map(|&v| v as u32).collect()),
            Kept::Nothing => None,
        }
    }

    /// As they are. `None` where they can be neither labels nor a mask.
    pub fn values(self) -> Option<Arc<[f32]>> {
        match self.kept {
            Kept::Bytes(bytes) => Some(bytes.iter().map(|&b| f32::from(b)).collect()),
            Kept::Values(values) => Some(values.into()),
            Kept::Nothing => None,
        }
    }
}

fn room<T>(n: usize) -> Result<Vec<T>, Fault> {
    let mut values = Vec::new();
    values
        .try_reserve_exact(n)
        .map_err(|_| Fault::NoMemory(n as u64 * size_of::<T>() as u64))?;
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picks(rows: &[&[f32]]) -> Picks {
        let mut picks = Picks::new(rows.iter().map(|r| r.len()).sum(), 3, true).unwrap();
        for row in rows {
            picks.push(row).unwrap();
        }
        picks
    }

    #[test]
    fn labels_survive_whatever_their_size_and_statistics_are_not_kept() {
        let small = picks(&[&[0.0, 1.0, 255.0], &[7.0, 7.0, 0.0]]);
        assert!(matches!(small.kept, Kept::Bytes(_)));
        assert_eq!(*small.labels().unwrap(), [0, 1, 255, 7, 7, 0]);
        let large = picks(&[&[0.0, 1.0, 255.0], &[14_175.0, f32::NAN, 2.0]]);
        assert_eq!(*large.labels().unwrap(), [0, 1, 255, 14_175, 0, 2]);
        let mask = picks(&[&[0.0, 0.5, 0.0], &[0.5, 0.5, 0.0]]);
        assert!(mask.facts.is_binary());
        assert_eq!(*mask.values().unwrap(), [0.0, 0.5, 0.0, 0.5, 0.5, 0.0]);
        let statistics = picks(&[&[0.0, 1.0, 2.0], &[-0.25, 3.0, 0.0]]);
        assert_eq!(statistics.facts.min, -0.25);
        assert!(matches!(statistics.kept, Kept::Nothing) && statistics.labels().is_none());
    }
}
