//! Dropout masks, bit for bit those of [`graph::Dropout`](crate::align::graph::Dropout), drawn chunk by chunk: the
//! generator is set to where a chunk's part of the stream begins.

use rand::RngCore as _;

use super::params::Block;
use crate::align::graph::Dropout;

/// A step's masks of one tower.
pub(super) struct Masks {
    dropout: Option<Dropout>,
    threshold: u16,
    /// What values that stay are multiplied by.
    pub keep: f32,
    /// Rows of the batch.
    batch: usize,
}

impl Masks {
    /// As `dropout` says; none keeps everything.
    pub fn new(dropout: Option<Dropout>, batch: usize) -> Self {
        let rate = dropout.as_ref().map_or(0.0, |d| d.rate);
        let threshold = (rate.clamp(0.0, 0.999) * 65_536.0).round();
        Self {
            dropout: dropout.filter(|_| threshold > 0.0),
            threshold: threshold as u16,
            keep: (1.0 - threshold / 65_536.0).recip(),
            batch,
        }
    }

    /// Bits below this one drop their value.
    pub fn threshold(&self) -> u16 {
        self.threshold
    }

    /// Draws the bits of rows `start..start + rows` in block `number` of `blocks`, a number for each value.
    pub fn draw(
        &self,
        blocks: &[Block],
        number: usize,
        (start, rows): (usize, usize),
        bits: &mut [u16],
    ) {
        let Some(dropout) = &self.dropout else {
            return;
        };
        // Each block draws two bytes a value and begins with a whole word of four bytes.
        let words = |values: usize| (values as u128).div_ceil(2);
        let before = blocks.iter().take(number);
        let before: u128 = before.map(|b| words(self.batch * b.outputs())).sum();
        let width = blocks[number].outputs();
        let mut rng = dropout.rng.clone();
        // Chunks begin with an even row: a whole word.
        let at = rng.get_word_pos() + before + words(start * width);
        rng.set_word_pos(at);
        let bits = &mut bits[..rows * width];
        rng.fill_bytes(bytemuck::cast_slice_mut(bits));
        bits.iter_mut().for_each(|b| *b = u16::from_le(*b));
    }
}
