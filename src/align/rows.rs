//! A table of equally long vectors, row major: features, embeddings, latents.

use rayon::prelude::*;

/// Rows of `width` values.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// The values, row major.
    pub values: Vec<f32>,
    /// Values a row.
    pub width: usize,
}

impl Rows {
    /// From single rows; each is cut or zero-filled to `width`.
    pub fn from_rows<'a>(rows: impl IntoIterator<Item = &'a [f32]>, width: usize) -> Self {
        let mut values = Vec::new();
        for (i, row) in rows.into_iter().enumerate() {
            values.extend_from_slice(&row[..row.len().min(width)]);
            values.resize((i + 1) * width, 0.0);
        }
        Self { values, width }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One row; empty where there is no such row.
    pub fn row(&self, index: usize) -> &[f32] {
        self.values
            .get(index * self.width..(index + 1) * self.width)
            .unwrap_or_default()
    }

    /// All rows in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[f32]> + Clone {
        self.values.chunks_exact(self.width.max(1))
    }

    /// The rows at `indices`, in that order.
    pub(crate) fn select(&self, indices: &[usize]) -> Self {
        Self::from_rows(indices.iter().map(|&i| self.row(i)), self.width)
    }

    /// The first `width` values of every row.
    pub(crate) fn first(&self, width: usize) -> Self {
        Self::from_rows(self.iter(), width)
    }

    /// Every row through `f`, in parallel; `width` is the length of what `f` returns.
    pub fn map(&self, width: usize, f: impl Fn(&[f32]) -> Vec<f32> + Sync + Send) -> Self {
        let rows: Vec<Vec<f32>> = self
            .values
            .par_chunks_exact(self.width.max(1))
            .map(f)
            .collect();
        Self::from_rows(rows.iter().map(Vec::as_slice), width)
    }

    /// Every row scaled to unit length.
    pub fn unit(&self) -> Self {
        self.map(self.width, super::unit)
    }

    /// Mean row; zeros where there are none.
    pub fn mean(&self) -> Vec<f32> {
        let mut sum = vec![0.0f64; self.width];
        for row in self.iter() {
            sum.iter_mut()
                .zip(row)
                .for_each(|(s, &v)| *s += f64::from(v));
        }
        let n = self.len().max(1) as f64;
        sum.iter().map(|s| (s / n) as f32).collect()
    }
}

/// Rows of two tables side by side.
pub(crate) fn beside(a: &Rows, b: &Rows) -> Rows {
    let both = a.iter().zip(b.iter()).flat_map(|(a, b)| a.iter().chain(b));
    Rows {
        values: both.copied().collect(),
        width: a.width + b.width,
    }
}
