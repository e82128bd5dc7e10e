//! A chunk through a tower, input to latent.

use super::lanes::{COLUMNS, Lanes, ROWS};
use super::masks::Masks;
use super::pack;
use super::params::{Block, Dense};
use super::product::product;
use super::wide::{gelu, sum, wide};
use super::work::{Chunk, Layer, whole};
use crate::align::LayerNorm;

/// Outputs of a dense layer without its bias, of the rows packed in `left`.
pub(super) fn through(dense: &Dense, left: &Lanes, rows: usize, out: &mut [f32]) {
    let (across, down) = (dense.across(), dense.down());
    let (left, right) = (left.by_rows(), dense.forward.by_columns());
    product(
        (whole(rows) / ROWS, down / COLUMNS),
        1,
        |i, j, _| {
            (
                &left[i * across..][..across],
                &right[j * across..][..across],
            )
        },
        out,
        down,
    );
}

/// Takes the chunk's rows, which lie in `x`, through all blocks; what comes out lies there, not normalised.
pub(super) fn forward(blocks: &[Block], chunk: &mut Chunk, masks: &Masks) {
    for (number, block) in blocks.iter().enumerate() {
        masks.draw(blocks, number, (chunk.start, chunk.rows), &mut chunk.bits);
        let layer = &mut chunk.layers[number];
        let rows = chunk.rows;
        let drop = Drop {
            bits: &chunk.bits,
            threshold: masks.threshold(),
            keep: masks.keep,
        };
        let first = &block.dense[0];
        let (across, down) = (first.across(), first.down());
        pack::columns(&chunk.x, across, rows, across, &mut layer.ports[0].input);
        pack::rows(&chunk.x, across, rows, across, &mut chunk.left);
        through(first, &chunk.left, rows, &mut chunk.y);
        let shape = (rows, block.outputs(), down);
        match block.dense.as_slice() {
            [projection, fc] => {
                activate(
                    &mut chunk.y,
                    &projection.bias.value,
                    &mut chunk.z,
                    &mut layer.slope,
                    shape,
                );
                pack::columns(&chunk.z, down, rows, down, &mut layer.ports[1].input);
                pack::rows(&chunk.z, down, rows, down, &mut chunk.left);
                through(fc, &chunk.left, rows, &mut chunk.z);
                join_masked(
                    &mut chunk.x,
                    &chunk.y,
                    &chunk.z,
                    &fc.bias.value,
                    drop,
                    &mut layer.mask,
                    shape,
                );
            }
            _ => join_activated(
                &mut chunk.x,
                &chunk.y,
                &first.bias.value,
                drop,
                &mut layer.slope,
                shape,
            ),
        }
        normalise(
            &mut chunk.x,
            layer,
            &block.norm_weight.value,
            &block.norm_bias.value,
            shape,
        );
    }
}

/// Which values of a chunk are dropped, and what the others are multiplied by.
#[derive(Clone, Copy)]
struct Drop<'a> {
    bits: &'a [u16],
    threshold: u16,
    keep: f32,
}

impl Drop<'_> {
    /// The factors of a row.
    #[inline(always)]
    fn row(&self, row: usize, width: usize) -> (&[u16], u16, f32) {
        (
            &self.bits[row * width..][..width],
            self.threshold,
            self.keep,
        )
    }
}

/// Rows, width, stride.
type Shape = (usize, usize, usize);

wide! {
    /// y ← y + b; a ← GELU(y), with its slope.
    fn activate<'a>(
        y: &'a mut [f32],
        bias: &'a [f32],
        activated: &'a mut [f32],
        slope: &'a mut [f32],
        shape: Shape,
    ) {
        let (rows, _, stride) = shape;
        let bias = &bias[..stride];
        for row in 0..rows {
            let at = row * stride;
            let y = &mut y[at..at + stride];
            let activated = &mut activated[at..at + stride];
            let slope = &mut slope[at..at + stride];
            for i in 0..stride {
                let value = y[i] + bias[i];
                y[i] = value;
                (activated[i], slope[i]) = gelu(value);
            }
        }
    }
}

wide! {
    /// x ← skip + mask · (branch + b), keeping the mask.
    fn join_masked<'a>(
        x: &'a mut [f32],
        skip: &'a [f32],
        branch: &'a [f32],
        bias: &'a [f32],
        drop: Drop<'a>,
        mask: &'a mut [f32],
        shape: Shape,
    ) {
        let (rows, width, stride) = shape;
        let bias = &bias[..width];
        for row in 0..rows {
            let (bits, threshold, keep) = drop.row(row, width);
            let at = row * stride;
            let skip = &skip[at..at + width];
            let branch = &branch[at..at + width];
            let mask = &mut mask[at..at + width];
            let x = &mut x[at..at + stride];
            x[width..].fill(0.0);
            let x = &mut x[..width];
            for i in 0..width {
                let factor = if bits[i] < threshold { 0.0 } else { keep };
                mask[i] = factor;
                x[i] = skip[i] + (branch[i] + bias[i]) * factor;
            }
        }
    }
}

wide! {
    /// x ← x + mask · GELU(y + b), keeping the slope times the mask.
    fn join_activated<'a>(
        x: &'a mut [f32],
        y: &'a [f32],
        bias: &'a [f32],
        drop: Drop<'a>,
        slope: &'a mut [f32],
        shape: Shape,
    ) {
        let (rows, width, stride) = shape;
        let bias = &bias[..width];
        for row in 0..rows {
            let (bits, threshold, keep) = drop.row(row, width);
            let at = row * stride;
            let y = &y[at..at + width];
            let slope = &mut slope[at..at + width];
            let x = &mut x[at..at + width];
            for i in 0..width {
                let factor = if bits[i] < threshold { 0.0 } else { keep };
                let (value, inclined) = gelu(y[i] + bias[i]);
                slope[i] = inclined * factor;
                x[i] += value * factor;
            }
        }
    }
}

/// Layer normalisation of every row of `x`, in place.
fn normalise(x: &mut [f32], layer: &mut Layer, weight: &[f32], bias: &[f32], shape: Shape) {
    normalise_rows(
        x,
        &mut layer.normed,
        &mut layer.inverse,
        weight,
        bias,
        shape,
    );
}

wide! {
    fn normalise_rows<'a>(
        x: &'a mut [f32],
        normed: &'a mut [f32],
        inverse: &'a mut [f32],
        weight: &'a [f32],
        bias: &'a [f32],
        shape: Shape,
    ) {
        let (rows, width, stride) = shape;
        let n = width as f32;
        let (weight, bias) = (&weight[..width], &bias[..width]);
        for (row, inverse) in inverse.iter_mut().enumerate().take(rows) {
            let at = row * stride;
            let x = &mut x[at..at + width];
            let normed = &mut normed[at..at + width];
            let mean = sum(x, x, |v, _| v) / n;
            let variance = sum(x, x, |v, _| (v - mean) * (v - mean)) / n;
            let scale = (variance + LayerNorm::EPS).sqrt().recip();
            *inverse = scale;
            for i in 0..width {
                let value = (x[i] - mean) * scale;
                normed[i] = value;
                x[i] = value * weight[i] + bias[i];
            }
        }
    }
}

wide! {
    /// Rows of unit length, and the lengths they had.
    pub(super) fn unit_rows<'a>(
        x: &'a [f32],
        unit: &'a mut [f32],
        lengths: &'a mut [f32],
        shape: Shape,
    ) {
        let (rows, width, stride) = shape;
        for (row, own) in lengths.iter_mut().enumerate().take(rows) {
            let at = row * stride;
            let x = &x[at..at + width];
            // As graph::unit_rows: a row of zeros stays one.
            let length = (sum(x, x, |v, _| v * v) + 1e-24).sqrt();
            *own = length;
            let scale = length.recip();
            for (unit, v) in unit[at..at + width].iter_mut().zip(x) {
                *unit = v * scale;
            }
        }
    }
}
