//! Tensors of an encoder file as f32, whatever they are stored as.
//!
//! A matrix `NAME` of type I8 comes with `NAME.scale` (F16 or F32, rows × blocks): entry (r, c) is
//! `int8[r, c] · scale[r, c / (columns / blocks)]`. Everything else is F32, F16 or BF16.

use rayon::prelude::*;

use super::error::TextError;
use crate::tensors::{Container, Dtype, Tensor, TensorError};

/// Name of the scales that belong to an int8 matrix.
pub(super) fn scale_name(name: &str) -> String {
    format!("{name}.scale")
}

/// A parsed safetensors file of encoder weights.
pub(super) struct WeightFile<'a> {
    tensors: Container<'a>,
    /// Some publishers save the model under a prefix.
    prefix: &'static str,
}

/// A matrix of which single rows are wanted: kept as stored, since a text touches few of them.
pub(super) struct Table {
    columns: usize,
    cells: Cells,
}

enum Cells {
    Float(Vec<f32>),
    Int8 { values: Vec<i8>, scales: Vec<f32> },
}

impl Table {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        let cells = match &self.cells {
            Cells::Float(values) => values.len(),
            Cells::Int8 { values, .. } => values.len(),
        };
        cells / self.columns
    }

    /// Adds row `row` to `out`; rows beyond the table add nothing.
    pub(crate) fn add_row(&self, row: usize, out: &mut [f32]) {
        let at = row * self.columns..(row + 1) * self.columns;
        match &self.cells {
            Cells::Float(values) => {
                let cells = values.get(at).unwrap_or_default();
                out.iter_mut().zip(cells).for_each(|(o, v)| *o += v);
            }
            Cells::Int8 { values, scales } => {
                let blocks = scales.len() / self.rows().max(1);
                let width = self.columns / blocks.max(1);
                let cells = values.get(at).unwrap_or_default();
                let scales = scales.get(row * blocks..).unwrap_or_default();
                for ((out, cells), scale) in
                    out.chunks_mut(width).zip(cells.chunks(width)).zip(scales)
                {
                    for (o, &v) in out.iter_mut().zip(cells) {
                        *o += f32::from(v) * scale;
                    }
                }
            }
        }
    }
}

impl<'a> WeightFile<'a> {
    /// Reads the header of a safetensors file.
    ///
    /// # Errors
    /// [`TextError::Weights`] where the bytes are not a sound safetensors file of a BERT.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, TextError> {
        let tensors = Container::from_bytes(bytes)?;
        let prefix = ["", "bert.", "model.", "0.auto_model."]
            .into_iter()
            .find(|prefix| {
                tensors
                    .get(&format!("{prefix}embeddings.word_embeddings.weight"))
                    .is_some()
            })
            .ok_or_else(|| bad("it has no table named embeddings.word_embeddings.weight"))?;
        Ok(Self { tensors, prefix })
    }

    fn tensor(&self, name: &str, shape: &[usize]) -> Result<&Tensor<'a>, TextError> {
        let full = format!("{}{name}", self.prefix);
        let tensor = self
            .tensors
            .get(&full)
            .ok_or_else(|| bad(format!("it has no tensor named {full}")))?;
        if tensor.shape != shape {
            return Err(bad(format!(
                "{full} has shape {:?}, the configuration says {shape:?}",
                tensor.shape
            )));
        }
        Ok(tensor)
    }

    /// A vector of `length` values.
    pub fn vector(&self, name: &str, length: usize) -> Result<Vec<f32>, TextError> {
        Ok(self.tensor(name, &[length])?.to_f32()?)
    }

    /// A matrix as f32, row by row.
    pub fn matrix(&self, name: &str, rows: usize, columns: usize) -> Result<Vec<f32>, TextError> {
        let table = self.table(name, rows, columns)?;
        Ok(match table.cells {
            Cells::Float(values) => values,
            Cells::Int8 { .. } => {
                let mut out = vec![0f32; rows * columns];
                out.par_chunks_mut(columns)
                    .enumerate()
                    .for_each(|(row, out)| table.add_row(row, out));
                out
            }
        })
    }

    /// A matrix as stored.
    pub fn table(&self, name: &str, rows: usize, columns: usize) -> Result<Table, TextError> {
        let stored = self.tensor(name, &[rows, columns])?;
        let cells = if stored.dtype == Dtype::I8 {
            let scale = scale_name(name);
            let full = format!("{}{scale}", self.prefix);
            let shape = self.tensors.get(&full).map(|scales| &scales.shape[..]);
            let blocks = match shape {
                Some(&[r, blocks]) if r == rows && blocks > 0 && columns.is_multiple_of(blocks) => {
                    blocks
                }
                _ => return Err(bad(format!("it has no fitting scales {full}"))),
            };
            Cells::Int8 {
                values: stored.to_i8()?,
                scales: self.tensor(&scale, &[rows, blocks])?.to_f32()?,
            }
        } else {
            Cells::Float(stored.to_f32()?)
        };
        Ok(Table { columns, cells })
    }
}

impl From<TensorError> for TextError {
    fn from(error: TensorError) -> Self {
        bad(error.to_string())
    }
}

pub(super) fn bad(why: impl Into<String>) -> TextError {
    TextError::Weights {
        why: why.into(),
        path: None,
    }
}
