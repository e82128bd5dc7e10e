//! Training of both towers on the processor by arithmetic of our own: forward, backward and AdamW by hand over packed
//! products, with every buffer allocated once.
//!
//! The function is that of [`graph`](super::graph), of [`loss::info_nce`](super::loss::info_nce) and of
//! [`optim`](super::optim), and dropout draws the same masks from the same streams; tests hold each to candle's
//! differentiation and to PyTorch. A step has five parts, between which threads wait for each other:
//!
//! 1. chunks of 64 rows go through their tower, keeping slopes and packed inputs;
//! 2. the table of cosines and its loss, by rows;
//! 3. the gradient of the table and of the latents;
//! 4. chunks go back through their tower, keeping packed gradients;
//! 5. tiles of 128 rows of weights: gradient over the whole batch, AdamW, average, and the weights packed anew.
//!
//! Chunks, tiles and the order of every sum depend on shapes alone, so that any number of threads gives the same bits.

mod backward;
mod contrast;
mod forward;
mod lanes;
mod masks;
mod objective;
mod pack;
mod params;
mod product;
mod reconstruct;
mod schedule;
mod share;
mod step;
mod store;
#[cfg(test)]
mod tests;
mod wide;
mod work;

pub use objective::Objective;
pub use reconstruct::{Distance, Reconstruction};
pub use schedule::{shrink, warm_cosine};
pub use share::default_threads;

use lanes::padded;
use masks::Masks;
use params::{Block, Dense, Param};
use step::Work;
use work::{Chunk, chunks};

use super::optim::AdamWConfig;
use super::{AlignError, Linear, Rows, Standardise, Tower};

/// One of the two towers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Features of maps → latent.
    Image,
    /// Texts in numbers → latent.
    Text,
}

/// Bounds that a step keeps to; none by default.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Limits {
    /// Greatest length of the gradient of all arrays together; longer ones are shrunk to it.
    pub gradient: Option<f64>,
    /// Greatest absolute value of any trained number.
    pub weight: Option<f32>,
}

/// A tower under training.
struct Trained {
    blocks: Vec<Block>,
    input: Option<Standardise>,
    keeps_length: bool,
}

/// Both towers under training, with optimiser and running average.
pub struct FusedTowers {
    sides: [Trained; 2],
    scale: Param,
    bias: Param,
    objective: Objective,
    reconstruction: Option<(Reconstruction, Dense)>,
    optimiser: AdamWConfig,
    average: f64,
    limits: Limits,
    steps: u64,
    threads: usize,
    work: Option<Box<Work>>,
}

impl FusedTowers {
    /// From the weights of towers: those of [`Graph::init`](super::graph::Graph::init) at the start, or any others.
    /// `average` is kept of the running average a step, 0 for none. Trains by [`Objective::InfoNce`] on
    /// [`default_threads`] threads.
    ///
    /// # Errors
    /// [`AlignError::Shape`] for towers without blocks, with projections beside them, or of different widths.
    pub fn new(
        image: &Tower,
        text: &Tower,
        logit_scale: f32,
        optimiser: AdamWConfig,
        average: f64,
    ) -> Result<Self, AlignError> {
        let averaged = average > 0.0;
        let widths = [image.outputs(), text.outputs()];
        let alone = [image, text].iter().all(|t| t.beside.is_empty());
        if widths[0] != widths[1] || widths[0] == 0 || !alone {
            return Err(shape(
                "towers",
                &widths,
                "two of one width, of blocks alone",
            ));
        }
        let trained = |tower: &Tower| Trained {
            blocks: tower
                .blocks()
                .iter()
                .map(|b| Block::new(b, averaged))
                .collect(),
            input: tower.input.clone(),
            keeps_length: tower.keeps_length,
        };
        Ok(Self {
            sides: [trained(image), trained(text)],
            scale: Param::scalar(logit_scale, averaged),
            bias: Param::scalar(0.0, averaged),
            objective: Objective::InfoNce,
            reconstruction: None,
            optimiser,
            average,
            limits: Limits::default(),
            steps: 0,
            threads: default_threads(),
            work: None,
        })
    }

    /// The same, trained by another objective, whose bias starts anew.
    pub fn with_objective(mut self, objective: Objective) -> Self {
        self.objective = objective;
        self.bias = Param::scalar(objective.bias(), self.average > 0.0);
        self
    }

    /// The same with features decoded from the texts' latents: `head` gives as many features as the image tower takes,
    /// from latents times √width as [`MapDecoder`](super::MapDecoder) has them, and is trained along.
    ///
    /// # Errors
    /// [`AlignError::Shape`] for a head of other widths.
    pub fn with_reconstruction(
        mut self,
        head: &Linear,
        reconstruction: Reconstruction,
    ) -> Result<Self, AlignError> {
        let expected = [self.inputs(Side::Image), self.width()];
        let found = [head.bias.len(), head.inputs];
        if found != expected || head.weight.len() != found[0] * found[1] {
            return Err(shape("head.weight", &found, &format!("{expected:?}")));
        }
        let head = Dense::new(head, self.average > 0.0);
        self.reconstruction = Some((reconstruction, head));
        self.work = None;
        Ok(self)
    }

    /// The same within these limits.
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same on at most `threads` threads (at least one) of the pool that a step runs in. The bits do not depend
    /// on it.
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// The step size from now on.
    pub fn set_learning_rate(&mut self, rate: f64) {
        self.optimiser.learning_rate = rate;
    }

    /// Steps done.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The multiplier of cosines at this moment, or its average.
    pub fn logit_scale(&self, averaged: bool) -> f32 {
        self.scale.of(averaged)[0]
    }

    /// What is added to logits (by [`Objective::SigLip`] alone), at this moment, or its average.
    pub fn logit_bias(&self, averaged: bool) -> f32 {
        self.bias.of(averaged)[0]
    }

    /// The towers of this moment, or of the running average (of this moment too where none is kept).
    ///
    /// # Errors
    /// None that [`new`](Self::new) lets pass.
    pub fn towers(&self, averaged: bool) -> Result<[Tower; 2], AlignError> {
        let tower = |side: &Trained| {
            let blocks = side.blocks.iter().map(|b| b.to_block(averaged));
            let tower = Tower::new(side.input.clone(), blocks.collect())?;
            Ok::<_, AlignError>(if side.keeps_length {
                tower.keeping_length()
            } else {
                tower
            })
        };
        Ok([tower(&self.sides[0])?, tower(&self.sides[1])?])
    }

    /// The dense layer that decodes features, where there is one.
    pub fn head(&self, averaged: bool) -> Option<Linear> {
        let (_, head) = self.reconstruction.as_ref()?;
        Some(head.to_linear(averaged))
    }

    /// Unit latents of rows as a step takes them, without dropout, by the weights of this moment or their average.
    /// Rows of another width are cut or filled with zeros.
    pub fn latents(&self, which: Side, rows: &Rows, averaged: bool) -> Rows {
        let side = &self.sides[which as usize];
        let anew: Vec<Block>;
        let blocks = if averaged && self.average > 0.0 {
            let of = |b: &Block| Block::new(&b.to_block(true), false);
            anew = side.blocks.iter().map(of).collect();
            &anew
        } else {
            &side.blocks
        };
        let (width, stride) = (self.width(), padded(self.width()));
        let mut out = vec![0.0; rows.len() * width];
        let mut at = out.as_mut_slice();
        let mut tasks = Vec::new();
        for chunk in chunks(rows.len()) {
            let (own, rest) = at.split_at_mut(chunk.1 * width);
            tasks.push((chunk, own));
            at = rest;
        }
        share::each(self.threads, tasks, |(place, out)| {
            let mut chunk = Chunk::new(blocks, place, 0);
            step::take(&mut chunk, rows, self.inputs(which));
            forward::forward(blocks, &mut chunk, &Masks::new(None, rows.len()));
            let table = chunk.x.chunks_exact(stride).take(chunk.rows);
            for (out, row) in out.chunks_exact_mut(width).zip(table) {
                out.copy_from_slice(&super::unit(&row[..width]));
            }
        });
        Rows { values: out, width }
    }

    /// Width of what a tower takes.
    fn inputs(&self, side: Side) -> usize {
        self.sides[side as usize].blocks[0].inputs()
    }

    /// Width of the latents.
    fn width(&self) -> usize {
        self.sides[0].blocks.last().map_or(0, Block::outputs)
    }
}

fn shape(name: &str, found: &[usize], expected: &str) -> AlignError {
    AlignError::Shape {
        name: name.into(),
        found: found.to_vec(),
        expected: expected.into(),
    }
}
