//! A chunk back through a tower, gradient of the latent to what weights are updated by.

use super::lanes::{COLUMNS, Lanes, ROWS};
use super::pack;
use super::params::{Block, Dense, TILE};
use super::product::product;
use super::wide::{sum, wide};
use super::work::{Chunk, Layer, Port, whole};

/// Gradient of a dense layer's inputs from that of its outputs, packed in `left`.
pub(super) fn back(dense: &Dense, left: &Lanes, rows: usize, out: &mut [f32]) {
    let (across, down) = (dense.across(), dense.down());
    let (left, right) = (left.by_rows(), dense.backward.by_columns());
    product(
        (whole(rows) / ROWS, across / COLUMNS),
        down.div_ceil(TILE),
        |i, j, s| {
            let here = TILE.min(down - s * TILE);
            let left = &left[i * down + s * TILE..][..here];
            (
                left,
                &right[s * TILE * across / COLUMNS + j * here..][..here],
            )
        },
        out,
        across,
    );
}

/// Takes the gradient of what came out of the blocks, which lies in `x`, back through all of them. The gradient of
/// what went in is not worked out.
pub(super) fn backward(blocks: &[Block], chunk: &mut Chunk) {
    for (number, block) in blocks.iter().enumerate().rev() {
        let rows = chunk.rows;
        let layer = &mut chunk.layers[number];
        let first = &block.dense[0];
        let (across, down) = (first.across(), first.down());
        let shape = (rows, block.outputs(), down);
        through_norm(&mut chunk.x, layer, &block.norm_weight.value, shape);
        match block.dense.as_slice() {
            [_, fc] => {
                times(&chunk.x, &layer.mask, &mut chunk.z, rows * down);
                keep(&chunk.z, &mut layer.ports[1], (rows, down));
                pack::rows(&chunk.z, down, rows, down, &mut chunk.left);
                back(fc, &chunk.left, rows, &mut chunk.y);
                add_times(&mut chunk.x, &chunk.y, &layer.slope, rows * down);
                keep(&chunk.x, &mut layer.ports[0], (rows, down));
                if number > 0 {
                    pack::rows(&chunk.x, down, rows, down, &mut chunk.left);
                    back(first, &chunk.left, rows, &mut chunk.x);
                }
            }
            _ => {
                times(&chunk.x, &layer.slope, &mut chunk.z, rows * down);
                keep(&chunk.z, &mut layer.ports[0], (rows, down));
                if number > 0 {
                    pack::rows(&chunk.z, down, rows, down, &mut chunk.left);
                    back(first, &chunk.left, rows, &mut chunk.y);
                    add(&mut chunk.x, &chunk.y, rows * across);
                }
            }
        }
    }
}

/// Keeps the gradient of a layer's outputs for that of its weights, and its sum for that of its bias.
pub(super) fn keep(down: &[f32], port: &mut Port, (rows, width): (usize, usize)) {
    pack::columns_as_rows(down, width, rows, width, &mut port.down);
    port.bias.fill(0.0);
    for row in down.chunks_exact(width).take(rows) {
        let pairs = port.bias.iter_mut().zip(row);
        pairs.for_each(|(sum, d)| *sum += d);
    }
}

wide! {
    fn times<'a>(a: &'a [f32], b: &'a [f32], out: &'a mut [f32], count: usize) {
        let (a, b, out) = (&a[..count], &b[..count], &mut out[..count]);
        for i in 0..count {
            out[i] = a[i] * b[i];
        }
    }
}

wide! {
    fn add_times<'a>(out: &'a mut [f32], a: &'a [f32], b: &'a [f32], count: usize) {
        let (a, b, out) = (&a[..count], &b[..count], &mut out[..count]);
        for i in 0..count {
            out[i] += a[i] * b[i];
        }
    }
}

wide! {
    /// out ← out + a.
    pub(super) fn add<'a>(out: &'a mut [f32], a: &'a [f32], count: usize) {
        let (a, out) = (&a[..count], &mut out[..count]);
        for i in 0..count {
            out[i] += a[i];
        }
    }
}

fn through_norm(d: &mut [f32], layer: &mut Layer, weight: &[f32], shape: (usize, usize, usize)) {
    layer.norm_weight.fill(0.0);
    layer.norm_bias.fill(0.0);
    let sums = Sums {
        weight: &mut layer.norm_weight,
        bias: &mut layer.norm_bias,
    };
    through_norm_rows(d, &layer.normed, &layer.inverse, weight, sums, shape);
}

struct Sums<'a> {
    weight: &'a mut [f32],
    bias: &'a mut [f32],
}

wide! {
    /// The gradient of what was normalised, in place of that of what came out.
    fn through_norm_rows<'a>(
        d: &'a mut [f32],
        normed: &'a [f32],
        inverse: &'a [f32],
        weight: &'a [f32],
        sums: Sums<'a>,
        shape: (usize, usize, usize),
    ) {
        let (rows, width, stride) = shape;
        let n = width as f32;
        let weight = &weight[..width];
        let (sum_weight, sum_bias) = (&mut sums.weight[..width], &mut sums.bias[..width]);
        for (row, &scale) in inverse.iter().enumerate().take(rows) {
            let at = row * stride;
            let d = &mut d[at..at + width];
            let normed = &normed[at..at + width];
            for i in 0..width {
                sum_weight[i] += d[i] * normed[i];
                sum_bias[i] += d[i];
                d[i] *= weight[i];
            }
            let mean = sum(d, d, |v, _| v) / n;
            let along = sum(d, normed, |v, x| v * x) / n;
            for i in 0..width {
                d[i] = scale * (d[i] - mean - normed[i] * along);
            }
        }
    }
}

wide! {
    /// The gradient of rows from that of the same rows at unit length, in place: `down` goes in and comes out.
    pub(super) fn through_unit<'a>(
        down: &'a mut [f32],
        unit: &'a [f32],
        lengths: &'a [f32],
        shape: (usize, usize, usize),
    ) {
        let (rows, width, stride) = shape;
        for (row, length) in lengths.iter().enumerate().take(rows) {
            let at = row * stride;
            let d = &mut down[at..at + width];
            let unit = &unit[at..at + width];
            let along = sum(d, unit, |d, u| d * u);
            let scale = length.recip();
            for i in 0..width {
                d[i] = (d[i] - unit[i] * along) * scale;
            }
        }
    }
}
