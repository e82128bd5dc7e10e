//! Arrays that vector instructions read whole: on cache lines, and as wide as whole panels.

use std::ops::{Deref, DerefMut};

use bytemuck::{Pod, Zeroable};

/// Rows of a product that are worked out together.
pub(super) const ROWS: usize = 8;
/// Columns of a product that are worked out together.
pub(super) const COLUMNS: usize = 32;

/// `n` as whole panels of columns.
pub(super) const fn padded(n: usize) -> usize {
    n.next_multiple_of(COLUMNS)
}

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
struct Line([f32; 16]);

/// `f32` values that begin on a cache line, zero at first.
#[derive(Clone, Default)]
pub(super) struct Lanes(Vec<Line>);

impl Lanes {
    /// As many zeros, to the next whole line.
    pub fn zeros(len: usize) -> Self {
        Self(vec![Line::zeroed(); len.div_ceil(16)])
    }

    /// The values as panels of rows, each [`ROWS`] values a step of the sum.
    pub fn by_rows(&self) -> &[[f32; ROWS]] {
        bytemuck::cast_slice(&self.0)
    }

    /// The values as panels of columns, each [`COLUMNS`] values a step of the sum; of whole panels only.
    pub fn by_columns(&self) -> &[[f32; COLUMNS]] {
        bytemuck::cast_slice(&self.0[..self.0.len() / 2 * 2])
    }
}

impl Deref for Lanes {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        bytemuck::cast_slice(&self.0)
    }
}

impl DerefMut for Lanes {
    fn deref_mut(&mut self) -> &mut [f32] {
        bytemuck::cast_slice_mut(&mut self.0)
    }
}
