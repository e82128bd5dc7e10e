//! Matrices brought into the order in which products read them.

use super::lanes::{COLUMNS, ROWS};

/// Steps that are turned at once: a cache line of every row.
const BLOCK: usize = 16;

/// Rows of `stride` values (`count` of them) as panels of `P` rows: of each step its `P` values side by side. Rows
/// past the last are zeros.
fn turned<const P: usize>(
    rows: &[f32],
    stride: usize,
    count: usize,
    steps: usize,
    out: &mut [f32],
) {
    for (panel, out) in out.chunks_exact_mut(steps * P).enumerate() {
        let first = panel * P;
        if first >= count {
            return;
        }
        let here = P.min(count - first);
        for start in (0..steps).step_by(BLOCK) {
            let length = BLOCK.min(steps - start);
            let mut block = [[0.0; BLOCK]; P];
            for (r, block) in block.iter_mut().enumerate().take(here) {
                let row = &rows[(first + r) * stride + start..];
                // A whole line is one move; widths are seldom no multiple of it.
                match row.first_chunk::<BLOCK>() {
                    Some(line) if length == BLOCK => *block = *line,
                    _ => block[..length].copy_from_slice(&row[..length]),
                }
            }
            let out = out[start * P..].as_chunks_mut::<P>().0;
            for (step, out) in out.iter_mut().enumerate().take(length) {
                for (value, block) in out.iter_mut().zip(&block) {
                    *value = block[step];
                }
            }
        }
    }
}

/// The left side of a product: `count` rows, of which `steps` values are summed over.
pub(super) fn rows(rows: &[f32], stride: usize, count: usize, steps: usize, out: &mut [f32]) {
    turned::<ROWS>(rows, stride, count, steps, out);
}

/// The right side of a product by the transposed matrix: `count` rows become columns.
pub(super) fn rows_as_columns(
    rows: &[f32],
    stride: usize,
    count: usize,
    steps: usize,
    out: &mut [f32],
) {
    turned::<COLUMNS>(rows, stride, count, steps, out);
}

/// Rows as steps of the sum: panels of `P` columns, each with `count` steps. `width` is a multiple of `P`.
fn cut<const P: usize>(rows: &[f32], stride: usize, count: usize, width: usize, out: &mut [f32]) {
    for (panel, out) in out.chunks_exact_mut(count * P).enumerate().take(width / P) {
        for (step, out) in out.as_chunks_mut::<P>().0.iter_mut().enumerate() {
            let from = step * stride + panel * P;
            out.copy_from_slice(&rows[from..from + P]);
        }
    }
}

/// The right side of a product that sums over `count` rows.
pub(super) fn columns(rows: &[f32], stride: usize, count: usize, width: usize, out: &mut [f32]) {
    cut::<COLUMNS>(rows, stride, count, width, out);
}

/// The left side of a product by the transposed matrix, which sums over `count` rows.
pub(super) fn columns_as_rows(
    rows: &[f32],
    stride: usize,
    count: usize,
    width: usize,
    out: &mut [f32],
) {
    cut::<ROWS>(rows, stride, count, width, out);
}
