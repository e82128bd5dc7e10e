//! What a step keeps of a chunk of the batch. Everything is allocated once for a size of batch.

use super::lanes::{Lanes, ROWS, padded};
use super::params::{Block, Dense};

/// Rows of the batch that one task takes through a tower.
pub(super) const CHUNK: usize = 64;

/// What a dense layer's gradient is made from.
pub(super) struct Port {
    /// The layer's inputs, as steps of a sum over rows: panels of 32 columns.
    pub input: Lanes,
    /// The gradient of its outputs likewise: panels of 8 columns.
    pub down: Lanes,
    /// The gradient of its bias, of this chunk.
    pub bias: Lanes,
}

impl Port {
    pub fn new(dense: &Dense, rows: usize) -> Self {
        Self {
            input: Lanes::zeros(rows * dense.across()),
            down: Lanes::zeros(rows * dense.down()),
            bias: Lanes::zeros(dense.down()),
        }
    }
}

/// What a block leaves behind on the way forward, and its gradients on the way back.
pub(super) struct Layer {
    pub ports: Vec<Port>,
    /// Slope of the activation; of a residual block times the mask.
    pub slope: Lanes,
    /// The mask of a projection block.
    pub mask: Lanes,
    /// The normalised sum, before scale and shift.
    pub normed: Lanes,
    /// One over the deviation, a row.
    pub inverse: Vec<f32>,
    /// Gradients of the normalisation's scale and shift, of this chunk.
    pub norm_weight: Lanes,
    pub norm_bias: Lanes,
}

/// Rows `start..start + rows` of the batch in one tower.
pub(super) struct Chunk {
    pub start: usize,
    pub rows: usize,
    pub layers: Vec<Layer>,
    /// The rows that a block works on, row major.
    pub x: Lanes,
    /// What a dense layer gives, row major.
    pub y: Lanes,
    /// The activation, row major.
    pub z: Lanes,
    /// The left side of the product at hand.
    pub left: Lanes,
    /// The bits that masks are made of.
    pub bits: Vec<u16>,
}

/// `rows` as whole panels.
pub(super) fn whole(rows: usize) -> usize {
    rows.next_multiple_of(ROWS)
}

impl Chunk {
    /// For `rows` rows from `start` on through `blocks`, and a dense layer as wide as `further` beside them.
    pub fn new(blocks: &[Block], (start, rows): (usize, usize), further: usize) -> Self {
        let widths = blocks
            .iter()
            .flat_map(|b| &b.dense)
            .flat_map(|d| [d.across(), d.down()]);
        let widest = widths.fold(padded(further), usize::max);
        let row_major = || Lanes::zeros(whole(rows) * widest);
        let masked = blocks.iter().map(Block::outputs).max().unwrap_or(0);
        Self {
            start,
            rows,
            layers: blocks.iter().map(|b| Layer::new(b, rows)).collect(),
            x: row_major(),
            y: row_major(),
            z: row_major(),
            left: row_major(),
            bits: vec![0; rows * masked],
        }
    }
}

impl Layer {
    fn new(block: &Block, rows: usize) -> Self {
        let width = padded(block.outputs());
        let table = || Lanes::zeros(rows * width);
        Self {
            ports: block.dense.iter().map(|d| Port::new(d, rows)).collect(),
            slope: table(),
            mask: if block.dense.len() > 1 {
                table()
            } else {
                Lanes::default()
            },
            normed: table(),
            inverse: vec![0.0; rows],
            norm_weight: Lanes::zeros(width),
            norm_bias: Lanes::zeros(width),
        }
    }
}

/// The first row and the number of rows of each chunk of a batch.
pub(super) fn chunks(batch: usize) -> impl Iterator<Item = (usize, usize)> {
    let starts = (0..batch).step_by(CHUNK);
    starts.map(move |start| (start, CHUNK.min(batch - start)))
}
