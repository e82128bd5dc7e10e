//! One step of training.

use super::backward::backward;
use super::contrast::Contrast;
use super::forward::forward;
use super::lanes::{COLUMNS, Lanes, ROWS, padded};
use super::masks::Masks;
use super::objective::Terms;
use super::params::{Dense, Param, Piece, TILE, Update, pack_tile};
use super::product::product;
use super::reconstruct::Decode;
use super::schedule::shrink;
use super::share::each;
use super::work::{Chunk, Layer, Port, chunks};
use super::{FusedTowers, Objective, Side, shape};
use crate::align::graph::Dropout;
use crate::align::{AlignError, Rows};

/// The buffers of a step for one size of batch.
pub(super) struct Work {
    batch: usize,
    chunks: [Vec<Chunk>; 2],
    contrast: Contrast,
    decodes: Vec<Decode>,
}

/// What a layer of a chunk knows of an array.
type PartOf = fn(&Layer) -> &Lanes;

/// Which dense layer: of a tower's block, or the head.
#[derive(Clone, Copy)]
enum Of {
    Block(usize, usize, usize),
    Head,
}

impl Work {
    fn new(towers: &FusedTowers, batch: usize) -> Self {
        let width = towers.width();
        let of = |side: usize| {
            let blocks = &towers.sides[side].blocks;
            chunks(batch).map(|c| Chunk::new(blocks, c, 0)).collect()
        };
        let mut contrast = Contrast::new(batch, width);
        let mut decodes = Vec::new();
        if let Some((_, head)) = &towers.reconstruction {
            for (_, rows) in chunks(batch) {
                decodes.push(Decode::new(head, rows));
                contrast
                    .further
                    .push(Lanes::zeros(Decode::further(rows, width)));
            }
        }
        Self {
            batch,
            chunks: [of(0), of(1)],
            contrast,
            decodes,
        }
    }

    /// What chunk `number` knows of a dense layer, and the chunk's rows.
    fn port(&self, of: Of, number: usize) -> (&Port, usize) {
        match of {
            Of::Block(side, block, dense) => {
                let chunk = &self.chunks[side][number];
                (&chunk.layers[block].ports[dense], chunk.rows)
            }
            Of::Head => {
                let decode = &self.decodes[number];
                (&decode.port, decode.rows)
            }
        }
    }

    /// Σ over chunks of a gradient that each has a part of.
    fn add_parts<'a>(parts: impl Iterator<Item = &'a Lanes>, into: &mut [f32]) {
        into.fill(0.0);
        for part in parts {
            into.iter_mut().zip(part.iter()).for_each(|(s, v)| *s += v);
        }
    }
}

/// Rows of weights that one task updates.
struct Tile<'a> {
    of: Of,
    first: usize,
    across: usize,
    piece: Piece<'a>,
    forward: &'a mut [f32],
    backward: &'a mut [f32],
    squares: f64,
}

impl Tile<'_> {
    fn gradient(&mut self, work: &Work) {
        let rows = self.piece.value.len() / self.across;
        product(
            (rows / ROWS, self.across / COLUMNS),
            work.chunks[0].len(),
            |i, j, s| {
                let (port, rows) = work.port(self.of, s);
                let left = &port.down.by_rows()[(self.first / ROWS + i) * rows..][..rows];
                (left, &port.input.by_columns()[j * rows..][..rows])
            },
            self.piece.gradient,
            self.across,
        );
    }

    fn update(&mut self, update: Update) {
        self.piece.update(update);
        pack_tile(self.piece.value, self.across, self.forward, self.backward);
    }
}

impl Dense {
    /// The bias, and the weights in tiles.
    fn parts(&mut self, of: Of) -> (Piece<'_>, impl Iterator<Item = Tile<'_>>) {
        let across = self.across();
        let length = TILE * across;
        let packed = self.forward.chunks_mut(length);
        let packed = packed.zip(self.backward.chunks_mut(length));
        let tiles = self.weight.pieces(length).zip(packed).enumerate();
        let tiles = tiles.map(move |(number, (piece, (forward, backward)))| Tile {
            of,
            first: number * TILE,
            across,
            piece,
            forward,
            backward,
            squares: 0.0,
        });
        (self.bias.whole(), tiles)
    }
}

/// Σ of squares, in order.
fn squares(values: &[f32]) -> f64 {
    values.iter().map(|&v| f64::from(v) * f64::from(v)).sum()
}

/// Puts the chunk's rows where the first block takes them from, cut or filled up to `inputs`.
pub(super) fn take(chunk: &mut Chunk, rows: &Rows, inputs: usize) {
    let stride = padded(inputs);
    let width = inputs.min(rows.width);
    for (number, into) in chunk
        .x
        .chunks_exact_mut(stride)
        .take(chunk.rows)
        .enumerate()
    {
        into[..width].copy_from_slice(&rows.row(chunk.start + number)[..width]);
        into[width..].fill(0.0);
    }
}

impl FusedTowers {
    /// One step on a batch: row i of both tables is study i, standardised and as long as the towers take it. Dropout
    /// (image, text) draws the masks that [`Graph::forward`](crate::align::graph::Graph::forward) draws. Gives the
    /// loss before the step.
    ///
    /// # Errors
    /// [`AlignError::Shape`] for tables of other widths or different lengths, or without rows.
    pub fn step(
        &mut self,
        features: &Rows,
        texts: &Rows,
        dropout: [Option<Dropout>; 2],
    ) -> Result<f32, AlignError> {
        let batch = features.len();
        let widths = [self.inputs(Side::Image), self.inputs(Side::Text)];
        if [features.width, texts.width] != widths || texts.len() != batch || batch == 0 {
            let found = [batch, features.width, texts.len(), texts.width];
            let expected = format!("as many rows of {} as of {}", widths[0], widths[1]);
            return Err(shape("batch", &found, &expected));
        }
        let kept = self.work.take().filter(|w| w.batch == batch);
        let mut work = kept.unwrap_or_else(|| Box::new(Work::new(self, batch)));
        let loss = self.gradients(&mut work, [features, texts], dropout);
        self.update(&work);
        self.work = Some(work);
        Ok(loss)
    }

    /// Everything up to the gradients of weights: parts 1 to 4. The gradients of scale and bias are put in place.
    fn gradients(
        &mut self,
        work: &mut Work,
        rows: [&Rows; 2],
        dropout: [Option<Dropout>; 2],
    ) -> f32 {
        let batch = work.batch;
        let (width, stride) = (self.width(), padded(self.width()));
        let masks = dropout.map(|d| Masks::new(d, batch));
        let decoded = self.reconstruction.as_ref();
        let mut decodes = work.decodes.iter_mut();
        let mut further = work.contrast.further.iter_mut();
        let mut tasks = Vec::new();
        let sides = work.chunks.iter_mut().zip(&mut work.contrast.latents);
        for (side, (chunks, latents)) in sides.enumerate() {
            for (chunk, latents) in chunks.iter_mut().zip(latents) {
                let decode = (side == 1).then(|| decodes.next().zip(further.next()));
                tasks.push((side, chunk, latents, decode.flatten()));
            }
        }
        each(self.threads, tasks, |(side, chunk, latents, decode)| {
            let blocks = &self.sides[side].blocks;
            take(chunk, rows[side], blocks[0].inputs());
            forward(blocks, chunk, &masks[side]);
            latents.take(&chunk.x, width);
            if let Some(((reconstruction, head), (decode, further))) = decoded.zip(decode) {
                let targets = &rows[0].values[chunk.start * rows[0].width..];
                let how = (*reconstruction, batch);
                decode.work(head, (&latents.unit, targets), how, further);
            }
        });
        let terms = Terms {
            objective: self.objective,
            scale: self.scale.value[0],
            bias: self.bias.value[0],
            weight: decoded.map_or(1.0, |(r, _)| r.contrast),
            batch,
        };
        let part = work.contrast.work(terms, self.threads);
        let tasks = work.chunks.iter_mut().zip(&work.contrast.down);
        let tasks = tasks.enumerate().flat_map(|(side, (chunks, down))| {
            let pairs = chunks.iter_mut().zip(down);
            pairs.map(move |(chunk, down)| (side, chunk, down))
        });
        each(self.threads, tasks.collect(), |(side, chunk, down)| {
            let count = chunk.rows * stride;
            chunk.x[..count].copy_from_slice(&down[..count]);
            backward(&self.sides[side].blocks, chunk);
        });
        self.scale.gradient[0] = part.scale as f32;
        self.bias.gradient[0] = part.bias as f32;
        let far: f64 = work.decodes.iter().map(|d| d.loss).sum();
        let weight = self.reconstruction.as_ref().map_or(0.0, |(r, _)| r.weight);
        (part.loss + f64::from(weight) * far / batch as f64) as f32
    }

    /// Part 5: gradients of weights, and the update.
    fn update(&mut self, work: &Work) {
        self.steps += 1;
        let mut update = Update::new(self.optimiser, self.average, self.steps, self.limits.weight);
        let (mut tiles, mut vectors) = (Vec::new(), Vec::new());
        for (s, side) in self.sides.iter_mut().enumerate() {
            for (b, block) in side.blocks.iter_mut().enumerate() {
                let layers = || work.chunks[s].iter().map(move |c: &Chunk| &c.layers[b]);
                let norms: [(&mut Param, PartOf); 2] = [
                    (&mut block.norm_weight, |l| &l.norm_weight),
                    (&mut block.norm_bias, |l| &l.norm_bias),
                ];
                for (param, part) in norms {
                    Work::add_parts(layers().map(part), &mut param.gradient);
                    vectors.push(param.whole());
                }
                for (d, dense) in block.dense.iter_mut().enumerate() {
                    let parts = layers().map(|l| &l.ports[d].bias);
                    Work::add_parts(parts, &mut dense.bias.gradient);
                    let (bias, rest) = dense.parts(Of::Block(s, b, d));
                    vectors.push(bias);
                    tiles.extend(rest);
                }
            }
        }
        if let Some((_, head)) = &mut self.reconstruction {
            let parts = work.decodes.iter().map(|d| &d.port.bias);
            Work::add_parts(parts, &mut head.bias.gradient);
            let (bias, rest) = head.parts(Of::Head);
            vectors.push(bias);
            tiles.extend(rest);
        }
        vectors.push(self.scale.whole());
        if matches!(self.objective, Objective::SigLip { .. }) {
            vectors.push(self.bias.whole());
        }
        if let Some(most) = self.limits.gradient {
            each(self.threads, tiles.iter_mut().collect(), |tile| {
                tile.gradient(work);
                tile.squares = squares(tile.piece.gradient);
            });
            let of_tiles: f64 = tiles.iter().map(|t| t.squares).sum();
            let of_vectors: f64 = vectors.iter().map(|v| squares(v.gradient)).sum();
            update.shrink = shrink((of_tiles + of_vectors).sqrt(), most) as f32;
            each(self.threads, tiles, |mut tile| tile.update(update));
        } else {
            each(self.threads, tiles, |mut tile| {
                tile.gradient(work);
                tile.update(update);
            });
        }
        for mut vector in vectors {
            vector.update(update);
        }
    }
}
