//! From latents of a batch to a loss, and the loss's gradient back at the latents.

use super::backward::{add, through_unit};
use super::forward::unit_rows;
use super::lanes::{COLUMNS, Lanes, ROWS, padded};
use super::objective::{
    Columns, Objective, Part, Rows, Terms, merge_columns, pairs, soft_max, soft_max_gradient,
};
use super::pack;
use super::product::product;
use super::share::each;
use super::work::{CHUNK, chunks, whole};

/// The latents of a chunk.
pub(super) struct Latents {
    pub start: usize,
    pub rows: usize,
    /// Of unit length, row major.
    pub unit: Lanes,
    /// The lengths before.
    pub lengths: Vec<f32>,
    /// As the right side of a product that sums over rows.
    pub columns: Lanes,
    /// As the right side of a product of latents with latents.
    pub right: Lanes,
}

impl Latents {
    fn new((start, rows): (usize, usize), width: usize) -> Self {
        let stride = padded(width);
        Self {
            start,
            rows,
            unit: Lanes::zeros(whole(rows) * stride),
            lengths: vec![0.0; rows],
            columns: Lanes::zeros(rows * stride),
            right: Lanes::zeros(padded(rows) * stride),
        }
    }

    /// Takes rows of any length.
    pub fn take(&mut self, rows: &[f32], width: usize) {
        let stride = padded(width);
        unit_rows(
            rows,
            &mut self.unit,
            &mut self.lengths,
            (self.rows, width, stride),
        );
        pack::columns(&self.unit, stride, self.rows, stride, &mut self.columns);
        pack::rows_as_columns(&self.unit, stride, self.rows, stride, &mut self.right);
    }
}

/// Rows of the table of cosines of one chunk of maps.
struct Table {
    start: usize,
    rows: usize,
    /// Rows by the padded batch: cosines, then the gradient.
    values: Lanes,
    /// The left side of the product at hand.
    left: Lanes,
    /// The gradient as the left side of a product that sums over rows.
    turned: Lanes,
    by_row: Vec<f32>,
    most: Vec<f32>,
    total: Vec<f32>,
    buffer: Vec<f32>,
    part: Part,
}

/// Both sides' latents and the table between them.
pub(super) struct Contrast {
    batch: usize,
    width: usize,
    pub latents: [Vec<Latents>; 2],
    tables: Vec<Table>,
    by_column: Vec<f32>,
    /// Gradients of what the towers give, chunk by chunk.
    pub down: [Vec<Lanes>; 2],
    /// Gradients of the texts' latents from elsewhere, chunk by chunk; empty where there are none.
    pub further: Vec<Lanes>,
}

impl Contrast {
    /// For `batch` pairs of latents of `width`.
    pub fn new(batch: usize, width: usize) -> Self {
        let stride = padded(width);
        let across = padded(batch);
        let latents = || chunks(batch).map(|c| Latents::new(c, width)).collect();
        let down = || {
            let of = |(_, rows)| Lanes::zeros(whole(rows) * stride);
            chunks(batch).map(of).collect()
        };
        let table = |(start, rows)| Table {
            start,
            rows,
            values: Lanes::zeros(whole(rows) * across),
            left: Lanes::zeros(whole(rows) * across.max(stride)),
            turned: Lanes::zeros(rows * across),
            by_row: vec![0.0; rows],
            most: vec![0.0; batch],
            total: vec![0.0; batch],
            buffer: vec![0.0; batch],
            part: Part::default(),
        };
        Self {
            batch,
            width,
            latents: [latents(), latents()],
            tables: chunks(batch).map(table).collect(),
            by_column: vec![0.0; batch],
            down: [down(), down()],
            further: Vec::new(),
        }
    }

    /// The loss of the latents and its gradients: of what the towers give in `down`, of scale and bias in what comes
    /// back.
    pub fn work(&mut self, terms: Terms, threads: usize) -> Part {
        let (batch, width, stride) = (self.batch, self.width, padded(self.width));
        let across = padded(batch);
        let [images, texts] = &self.latents;
        let soft = !matches!(terms.objective, Objective::SigLip { .. });
        each(
            threads,
            self.tables.iter_mut().zip(images).collect(),
            |(table, image)| {
                pack::rows(&image.unit, stride, table.rows, stride, &mut table.left);
                cosines(table, texts, stride, across);
                let rows = Rows {
                    cosines: &mut table.values,
                    start: table.start,
                    rows: table.rows,
                    stride: across,
                };
                let columns = Columns {
                    most: &mut table.most,
                    total: &mut table.total,
                };
                table.part = if soft {
                    soft_max(rows, terms, &mut table.by_row, columns, &mut table.buffer)
                } else {
                    pairs(rows, terms, &mut table.buffer)
                };
            },
        );
        let mut loss: f64 = self.tables.iter().map(|t| t.part.loss).sum();
        if soft {
            let known = self.tables.iter().map(|t| (&t.most[..], &t.total[..]));
            loss += merge_columns(known, &mut self.by_column);
        }
        let by_column = &self.by_column;
        let [down_image, down_text] = &mut self.down;
        each(
            threads,
            self.tables.iter_mut().zip(images).zip(down_image).collect(),
            |((table, image), down)| {
                if soft {
                    let rows = Rows {
                        cosines: &mut table.values,
                        start: table.start,
                        rows: table.rows,
                        stride: across,
                    };
                    table.part =
                        soft_max_gradient(rows, terms, &table.by_row, by_column, &mut table.buffer);
                }
                clear_end(&mut table.values, batch, across);
                pack::columns_as_rows(&table.values, across, table.rows, across, &mut table.turned);
                pack::rows(&table.values, across, table.rows, across, &mut table.left);
                pull_images(table, texts, stride, across, down);
                let shape = (image.rows, width, stride);
                through_unit(down, &image.unit, &image.lengths, shape);
            },
        );
        let (tables, further) = (&self.tables, &self.further);
        each(
            threads,
            texts.iter().zip(down_text).enumerate().collect(),
            |(number, (text, down))| {
                pull_text(text, tables, images, stride, down);
                if let Some(further) = further.get(number) {
                    add(down, further, text.rows * stride);
                }
                let shape = (text.rows, width, stride);
                through_unit(down, &text.unit, &text.lengths, shape);
            },
        );
        Part {
            loss: loss / batch as f64 * f64::from(terms.weight),
            scale: self.tables.iter().map(|t| t.part.scale).sum(),
            bias: self.tables.iter().map(|t| t.part.bias).sum(),
        }
    }
}

/// Columns past the last pair, which hold what lay in the panels, become zeros.
fn clear_end(values: &mut [f32], batch: usize, across: usize) {
    for row in values.chunks_exact_mut(across) {
        row[batch..].fill(0.0);
    }
}

/// The table's rows times every text.
fn cosines(table: &mut Table, texts: &[Latents], stride: usize, across: usize) {
    let left = table.left.by_rows();
    product(
        (whole(table.rows) / ROWS, across / COLUMNS),
        1,
        |i, j, _| {
            const EACH: usize = CHUNK / COLUMNS;
            let right = texts[j / EACH].right.by_columns();
            let right = &right[j % EACH * stride..][..stride];
            (&left[i * stride..][..stride], right)
        },
        &mut table.values,
        across,
    );
}

/// Gradient of the maps' latents: the table's times the texts.
fn pull_images(table: &Table, texts: &[Latents], stride: usize, across: usize, down: &mut [f32]) {
    let left = table.left.by_rows();
    product(
        (whole(table.rows) / ROWS, stride / COLUMNS),
        texts.len(),
        |i, j, s| {
            let text = &texts[s];
            let left = &left[i * across + text.start..][..text.rows];
            (
                left,
                &text.columns.by_columns()[j * text.rows..][..text.rows],
            )
        },
        down,
        stride,
    );
}

/// Gradient of a chunk of texts' latents: the transposed table's times the maps.
fn pull_text(
    text: &Latents,
    tables: &[Table],
    images: &[Latents],
    stride: usize,
    down: &mut [f32],
) {
    product(
        (whole(text.rows) / ROWS, stride / COLUMNS),
        tables.len(),
        |i, j, s| {
            let rows = tables[s].rows;
            let left = &tables[s].turned.by_rows()[(text.start / ROWS + i) * rows..][..rows];
            (left, &images[s].columns.by_columns()[j * rows..][..rows])
        },
        down,
        stride,
    );
}
