//! What both towers are trained towards: losses over the table of all cosines, and their gradients.

use serde::{Deserialize, Serialize};

use super::wide::{exp, sum, wide};

/// A loss over the cosines of every map of a batch with every text of it; row i and column i are of one study.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub enum Objective {
    /// The mean of the cross entropies of rows and columns of `scale · cosines`, the diagonal being the truth, as
    /// [`loss::info_nce`](crate::align::loss::info_nce) (Radford et al. 2021).
    #[default]
    InfoNce,
    /// The same once `margin` is taken off the cosines of the diagonal (Yang et al. 2019).
    Margin {
        /// Taken off; 0 is InfoNCE.
        margin: f32,
    },
    /// Each pair a yes-or-no question: the sum of −log σ(± (scale · cosine + bias)) over the table, a row (Zhai et al.
    /// 2023). The bias is trained.
    SigLip {
        /// Where the bias starts; −10 with a scale of 10 in the paper.
        bias: f32,
    },
}

impl Objective {
    /// What is taken off the diagonal.
    fn margin(self) -> f32 {
        match self {
            Self::Margin { margin } => margin,
            Self::InfoNce | Self::SigLip { .. } => 0.0,
        }
    }

    /// Where the trained bias starts.
    pub(super) fn bias(self) -> f32 {
        match self {
            Self::SigLip { bias } => bias,
            Self::InfoNce | Self::Margin { .. } => 0.0,
        }
    }
}

/// The figures a loss is made from beside the table.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    pub objective: Objective,
    pub scale: f32,
    pub bias: f32,
    /// What the loss is multiplied by.
    pub weight: f32,
    /// Rows of the whole table, and columns.
    pub batch: usize,
}

/// Rows `start..start + rows` of the table.
pub(super) struct Rows<'a> {
    pub cosines: &'a mut [f32],
    pub start: usize,
    pub rows: usize,
    pub stride: usize,
}

/// What the rows of a chunk say about every column.
pub(super) struct Columns<'a> {
    /// The greatest logit.
    pub most: &'a mut [f32],
    /// Σ exp(logit − greatest).
    pub total: &'a mut [f32],
}

/// The part of a loss that a chunk of rows gives.
#[derive(Clone, Copy, Default)]
pub(super) struct Part {
    pub loss: f64,
    pub scale: f64,
    pub bias: f64,
}

#[inline(always)]
fn logits(row: &[f32], own: usize, terms: Terms, out: &mut [f32]) {
    for (out, cosine) in out.iter_mut().zip(row) {
        *out = cosine * terms.scale;
    }
    out[own] = (row[own] - terms.objective.margin()) * terms.scale;
}

wide! {
    /// Log Σ exp of every row, what the rows know of the columns, and Σ (log Σ exp / 2 − truth).
    pub(super) fn soft_max<'a>(
        table: Rows<'a>,
        terms: Terms,
        by_row: &'a mut [f32],
        columns: Columns<'a>,
        buffer: &'a mut [f32],
    ) -> Part {
        let n = terms.batch;
        let (most, total) = (&mut columns.most[..n], &mut columns.total[..n]);
        let buffer = &mut buffer[..n];
        most.fill(f32::NEG_INFINITY);
        total.fill(0.0);
        let mut loss = 0.0;
        for (r, whole) in by_row.iter_mut().enumerate().take(table.rows) {
            let own = table.start + r;
            logits(&table.cosines[r * table.stride..][..n], own, terms, buffer);
            let mut greatest = f32::NEG_INFINITY;
            for i in 0..n {
                greatest = if buffer[i] > greatest { buffer[i] } else { greatest };
                most[i] = if buffer[i] > most[i] { buffer[i] } else { most[i] };
            }
            *whole = sum(buffer, buffer, |v, _| exp(v - greatest)).ln() + greatest;
            loss += f64::from(*whole) / 2.0 - f64::from(buffer[own]);
        }
        for r in 0..table.rows {
            logits(&table.cosines[r * table.stride..][..n], table.start + r, terms, buffer);
            for i in 0..n {
                total[i] += exp(buffer[i] - most[i]);
            }
        }
        Part { loss, ..Part::default() }
    }
}

wide! {
    /// Puts the gradient with respect to the cosines in their place; gives those of scale and bias.
    pub(super) fn soft_max_gradient<'a>(
        table: Rows<'a>,
        terms: Terms,
        by_row: &'a [f32],
        by_column: &'a [f32],
        buffer: &'a mut [f32],
    ) -> Part {
        let n = terms.batch;
        let by_column = &by_column[..n];
        let buffer = &mut buffer[..n];
        let mut scale = 0.0;
        let each = terms.weight / n as f32;
        for (r, &whole) in by_row.iter().enumerate().take(table.rows) {
            let own = table.start + r;
            let row = &mut table.cosines[r * table.stride..][..n];
            logits(row, own, terms, buffer);
            for i in 0..n {
                let v = buffer[i];
                buffer[i] = (exp(v - whole) + exp(v - by_column[i])) * (0.5 * each);
            }
            buffer[own] -= each;
            scale += f64::from(sum(buffer, row, |d, c| d * c))
                - f64::from(buffer[own]) * f64::from(terms.objective.margin());
            for i in 0..n {
                row[i] = buffer[i] * terms.scale;
            }
        }
        Part { scale, ..Part::default() }
    }
}

wide! {
    /// Loss and gradients of the questions of pairs, in one pass; the gradient takes the place of the cosines.
    pub(super) fn pairs<'a>(table: Rows<'a>, terms: Terms, buffer: &'a mut [f32]) -> Part {
        let n = terms.batch;
        let buffer = &mut buffer[..n];
        let mut part = Part::default();
        let each = terms.weight / n as f32;
        for r in 0..table.rows {
            let own = table.start + r;
            let row = &mut table.cosines[r * table.stride..][..n];
            // As if no pair were of one study: log(1 + eˡ), slope σ(l).
            let mut loss = 0.0;
            for i in 0..n {
                let v = row[i] * terms.scale + terms.bias;
                let (value, slope) = soft_plus(v);
                loss += f64::from(value);
                buffer[i] = slope * each;
            }
            // The one that is: log(1 + e⁻ˡ), slope σ(l) − 1.
            loss -= f64::from(row[own] * terms.scale + terms.bias);
            buffer[own] -= each;
            part.loss += loss;
            part.scale += f64::from(sum(buffer, row, |d, c| d * c));
            part.bias += f64::from(sum(buffer, buffer, |d, _| d));
            for i in 0..n {
                row[i] = buffer[i] * terms.scale;
            }
        }
        part
    }
}

/// log(1 + eˣ) and its slope.
#[inline(always)]
fn soft_plus(x: f32) -> (f32, f32) {
    let small = exp(-x.abs());
    let slope = if x > 0.0 { 1.0 } else { small } / (1.0 + small);
    let above = if x > 0.0 { x } else { 0.0 };
    (above + small.ln_1p(), slope)
}

/// Log Σ exp of every column from what the chunks know of it, in the order of chunks; gives Σ log Σ exp / 2.
pub(super) fn merge_columns<'a>(
    chunks: impl Iterator<Item = (&'a [f32], &'a [f32])> + Clone,
    out: &mut [f32],
) -> f64 {
    let mut loss = 0.0;
    for (column, out) in out.iter_mut().enumerate() {
        let most = chunks.clone().map(|(most, _)| most[column]);
        let most = most.fold(f32::NEG_INFINITY, |a, b| if b > a { b } else { a });
        let parts = chunks.clone();
        let total: f32 = parts
            .map(|(own, total)| total[column] * (own[column] - most).exp())
            .sum();
        *out = total.ln() + most;
        loss += f64::from(*out) / 2.0;
    }
    loss
}
