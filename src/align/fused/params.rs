//! Trained arrays, their moments and averages, and AdamW.

use super::lanes::{Lanes, padded};
use super::pack;
use super::wide::wide;
use crate::align::optim::AdamWConfig;
use crate::align::{LayerNorm, Linear};

/// Rows of weights that are updated and packed by one task.
pub(super) const TILE: usize = 128;

/// A trained array with all that belongs to it.
#[derive(Clone, Default)]
pub(super) struct Param {
    /// The values.
    pub value: Lanes,
    /// The mean of gradients.
    pub first: Lanes,
    /// The mean of squared gradients.
    pub second: Lanes,
    /// The running average of the values; empty where none is kept.
    pub mean: Lanes,
    /// The gradient of the last step.
    pub gradient: Lanes,
}

impl Param {
    /// Rows of `width` values, each from a multiple of `stride` on.
    fn new(values: &[f32], (width, stride, rows): (usize, usize, usize), averaged: bool) -> Self {
        let len = stride * rows;
        let mut value = Lanes::zeros(len);
        put(values, &mut value, (width, stride));
        Self {
            first: Lanes::zeros(len),
            second: Lanes::zeros(len),
            gradient: Lanes::zeros(len),
            mean: if averaged {
                value.clone()
            } else {
                Lanes::default()
            },
            value,
        }
    }

    /// An array of one value.
    pub fn scalar(value: f32, averaged: bool) -> Self {
        Self::new(&[value], (1, 1, 1), averaged)
    }

    /// The values, or their average.
    pub fn of(&self, averaged: bool) -> &Lanes {
        if averaged && !self.mean.is_empty() {
            &self.mean
        } else {
            &self.value
        }
    }

    /// The whole array as one piece to be updated.
    pub fn whole(&mut self) -> Piece<'_> {
        Piece {
            value: &mut self.value,
            first: &mut self.first,
            second: &mut self.second,
            mean: &mut self.mean,
            gradient: &mut self.gradient,
        }
    }

    /// The array in pieces of `length` values.
    pub fn pieces(&mut self, length: usize) -> impl Iterator<Item = Piece<'_>> {
        let mut mean = self.mean.chunks_mut(length);
        let rest = self.first.chunks_mut(length);
        let rest = rest.zip(self.second.chunks_mut(length));
        let rest = rest.zip(self.gradient.chunks_mut(length));
        let all = self.value.chunks_mut(length).zip(rest);
        all.map(move |(value, ((first, second), gradient))| Piece {
            value,
            first,
            second,
            mean: mean.next().unwrap_or_default(),
            gradient,
        })
    }

    /// Where the arrays lie, by the names they are stored under.
    pub fn arrays(&self) -> [(&'static str, &Lanes); 4] {
        [
            ("value", &self.value),
            ("first", &self.first),
            ("second", &self.second),
            ("mean", &self.mean),
        ]
    }

    /// As [`arrays`](Self::arrays), to be filled.
    pub fn arrays_mut(&mut self) -> [(&'static str, &mut Lanes); 4] {
        [
            ("value", &mut self.value),
            ("first", &mut self.first),
            ("second", &mut self.second),
            ("mean", &mut self.mean),
        ]
    }
}

/// Rows of `width` values into rows of `stride`.
pub(super) fn put(values: &[f32], into: &mut [f32], (width, stride): (usize, usize)) {
    let rows = values.chunks_exact(width).zip(into.chunks_mut(stride));
    rows.for_each(|(row, into)| into[..width].copy_from_slice(row));
}

/// The first `rows` rows of `width` values out of rows of `stride`.
pub(super) fn taken(from: &[f32], (width, stride, rows): (usize, usize, usize)) -> Vec<f32> {
    let rows = from.chunks_exact(stride).take(rows);
    rows.flat_map(|row| &row[..width]).copied().collect()
}

/// A part of a trained array.
pub(super) struct Piece<'a> {
    pub value: &'a mut [f32],
    pub first: &'a mut [f32],
    pub second: &'a mut [f32],
    pub mean: &'a mut [f32],
    pub gradient: &'a mut [f32],
}

/// What an update does to each value, the same for all values of a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Update {
    decay: f32,
    step: f32,
    root: f32,
    epsilon: f32,
    beta1: f32,
    beta2: f32,
    keep: f32,
    rest: f32,
    most: f32,
    /// What gradients are multiplied by first.
    pub shrink: f32,
}

impl Update {
    /// The update number `steps`, counted from 1, with an average that keeps `average` of itself once it is long.
    pub fn new(c: AdamWConfig, average: f64, steps: u64, most: Option<f32>) -> Self {
        let power = i32::try_from(steps).unwrap_or(i32::MAX);
        let warm = steps as f64;
        let keep = average.min((1.0 + warm) / (10.0 + warm));
        Self {
            decay: (1.0 - c.learning_rate * c.weight_decay) as f32,
            step: (c.learning_rate / (1.0 - c.beta1.powi(power))) as f32,
            root: (1.0 - c.beta2.powi(power)).sqrt().recip() as f32,
            epsilon: c.epsilon as f32,
            beta1: c.beta1 as f32,
            beta2: c.beta2 as f32,
            keep: keep as f32,
            rest: (1.0 - keep) as f32,
            most: most.unwrap_or(f32::INFINITY),
            shrink: 1.0,
        }
    }
}

wide! {
    /// AdamW, the limit and the average, value by value.
    fn update_all<'a>(
        value: &'a mut [f32],
        first: &'a mut [f32],
        second: &'a mut [f32],
        mean: &'a mut [f32],
        gradient: &'a [f32],
        u: Update,
    ) {
        let n = value.len();
        let (first, second, gradient) = (&mut first[..n], &mut second[..n], &gradient[..n]);
        for i in 0..n {
            let g = gradient[i] * u.shrink;
            let m = u.beta1 * first[i] + (1.0 - u.beta1) * g;
            let v = u.beta2 * second[i] + (1.0 - u.beta2) * g * g;
            let w = u.decay * value[i] - u.step * m / (v.sqrt() * u.root + u.epsilon);
            first[i] = m;
            second[i] = v;
            let w = if w > u.most { u.most } else { w };
            value[i] = if w < -u.most { -u.most } else { w };
        }
        for (mean, value) in mean.iter_mut().zip(value) {
            *mean = *mean * u.keep + *value * u.rest;
        }
    }
}

impl Piece<'_> {
    /// AdamW as PyTorch does it, then the limit of single weights, then the average.
    pub fn update(&mut self, u: Update) {
        update_all(
            self.value,
            self.first,
            self.second,
            self.mean,
            self.gradient,
            u,
        );
    }
}

/// A dense layer under training. Both sides are padded to whole panels; what is added stays zero.
#[derive(Clone)]
pub(super) struct Dense {
    pub inputs: usize,
    pub outputs: usize,
    /// Outputs × inputs, padded.
    pub weight: Param,
    /// One value an output, padded.
    pub bias: Param,
    /// The weights as x Wᵀ reads them: panels of 32 outputs.
    pub forward: Lanes,
    /// The weights as d W reads them: by [`TILE`] outputs, panels of 32 inputs.
    pub backward: Lanes,
}

impl Dense {
    /// From a layer.
    pub fn new(layer: &Linear, averaged: bool) -> Self {
        let (inputs, outputs) = (layer.inputs, layer.bias.len());
        let (across, down) = (padded(inputs), padded(outputs));
        let mut dense = Self {
            inputs,
            outputs,
            weight: Param::new(&layer.weight, (inputs, across, down), averaged),
            bias: Param::new(&layer.bias, (outputs, down, 1), averaged),
            forward: Lanes::zeros(across * down),
            backward: Lanes::zeros(across * down),
        };
        dense.pack();
        dense
    }

    /// Inputs, padded.
    pub fn across(&self) -> usize {
        padded(self.inputs)
    }

    /// Outputs, padded.
    pub fn down(&self) -> usize {
        padded(self.outputs)
    }

    /// Packs the weights anew.
    pub fn pack(&mut self) {
        let (across, down) = (self.across(), self.down());
        let length = TILE * across;
        let tiles = self.weight.value.chunks(length);
        let packed = self.forward.chunks_mut(length);
        let packed = packed.zip(self.backward.chunks_mut(length));
        for (weight, (forward, backward)) in tiles.zip(packed) {
            pack_tile(weight, across, forward, backward);
        }
        debug_assert_eq!(self.forward.len(), across * down);
    }

    /// The layer of this moment, or its average.
    pub fn to_linear(&self, averaged: bool) -> Linear {
        let weight = (self.inputs, self.across(), self.outputs);
        Linear {
            weight: taken(self.weight.of(averaged), weight),
            bias: self.bias.of(averaged)[..self.outputs].to_vec(),
            inputs: self.inputs,
        }
    }
}

/// Packs rows of weights both ways.
pub(super) fn pack_tile(weight: &[f32], across: usize, forward: &mut [f32], backward: &mut [f32]) {
    let rows = weight.len() / across;
    pack::rows_as_columns(weight, across, rows, across, forward);
    pack::columns(weight, across, rows, across, backward);
}

/// A block under training.
#[derive(Clone)]
pub(super) struct Block {
    /// The square layer, after the one that changes the width where there is one.
    pub dense: Vec<Dense>,
    pub norm_weight: Param,
    pub norm_bias: Param,
}

impl Block {
    /// From a block of a tower.
    pub fn new(block: &crate::align::Block, averaged: bool) -> Self {
        use crate::align::Block as Plain;
        let (layers, norm) = match block {
            Plain::Residual { fc, norm } => (vec![fc], norm),
            Plain::Projection {
                projection,
                fc,
                norm,
            } => (vec![projection, fc], norm),
        };
        let width = norm.weight.len();
        let param = |values: &[f32]| Param::new(values, (width, padded(width), 1), averaged);
        Self {
            dense: layers.iter().map(|l| Dense::new(l, averaged)).collect(),
            norm_weight: param(&norm.weight),
            norm_bias: param(&norm.bias),
        }
    }

    /// Width of what goes in.
    pub fn inputs(&self) -> usize {
        self.dense.first().map_or(0, |d| d.inputs)
    }

    /// Width of what comes out.
    pub fn outputs(&self) -> usize {
        self.dense.last().map_or(0, |d| d.outputs)
    }

    /// The block of this moment, or its average.
    pub fn to_block(&self, averaged: bool) -> crate::align::Block {
        use crate::align::Block as Plain;
        let width = self.outputs();
        let norm = LayerNorm {
            weight: self.norm_weight.of(averaged)[..width].to_vec(),
            bias: self.norm_bias.of(averaged)[..width].to_vec(),
        };
        match self.dense.as_slice() {
            [projection, fc] => Plain::Projection {
                projection: projection.to_linear(averaged),
                fc: fc.to_linear(averaged),
                norm,
            },
            dense => Plain::Residual {
                fc: dense[0].to_linear(averaged),
                norm,
            },
        }
    }
}
