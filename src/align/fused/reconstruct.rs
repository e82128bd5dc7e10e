//! A further term of the loss: features of the map, decoded from the latent of the text by a dense layer.

use serde::{Deserialize, Serialize};

use super::backward::{back, keep};
use super::forward::through;
use super::lanes::{Lanes, padded};
use super::pack;
use super::params::Dense;
use super::wide::{sum, wide};
use super::work::{Port, whole};

/// How far decoded features lie from those of the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Distance {
    /// The mean of squared differences over the batch and all features.
    Squares,
    /// The mean of 1 − cosine over the batch.
    Cosine,
}

/// The loss with features decoded beside: `contrast` · objective + `weight` · distance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reconstruction {
    /// Weight of the objective.
    pub contrast: f32,
    /// Weight of the distance.
    pub weight: f32,
    /// Which distance.
    pub distance: Distance,
}

/// The buffers of a chunk.
pub(super) struct Decode {
    pub rows: usize,
    pub port: Port,
    x: Lanes,
    y: Lanes,
    left: Lanes,
    pub loss: f64,
}

impl Decode {
    pub fn new(head: &Dense, rows: usize) -> Self {
        let (across, down) = (head.across(), head.down());
        Self {
            rows,
            port: Port::new(head, rows),
            x: Lanes::zeros(whole(rows) * across),
            y: Lanes::zeros(whole(rows) * down),
            left: Lanes::zeros(whole(rows) * across.max(down)),
            loss: 0.0,
        }
    }

    /// Decodes `latents` and compares them with `targets`, rows of as many features as the head gives. The weighted
    /// gradient of the latents goes into `further`; the unweighted sum of distances over the chunk is kept.
    pub fn work(
        &mut self,
        head: &Dense,
        (latents, targets): (&[f32], &[f32]),
        (reconstruction, batch): (Reconstruction, usize),
        further: &mut [f32],
    ) {
        let (across, down, rows) = (head.across(), head.down(), self.rows);
        // Entries of order one, as MapDecoder has them.
        let scale = (head.inputs as f32).sqrt();
        let pairs = self.x.iter_mut().zip(latents);
        pairs.for_each(|(x, l)| *x = l * scale);
        pack::columns(&self.x, across, rows, across, &mut self.port.input);
        pack::rows(&self.x, across, rows, across, &mut self.left);
        through(head, &self.left, rows, &mut self.y);
        let each = reconstruction.weight / batch as f32;
        let shape = (rows, head.outputs, down);
        let bias = &head.bias.value;
        self.loss = match reconstruction.distance {
            Distance::Squares => squares(&mut self.y, bias, targets, each, shape),
            Distance::Cosine => angles(&mut self.y, bias, targets, each, shape),
        };
        keep(&self.y, &mut self.port, (rows, down));
        pack::rows(&self.y, down, rows, down, &mut self.left);
        back(head, &self.left, rows, further);
        further[..rows * across]
            .iter_mut()
            .for_each(|f| *f *= scale);
    }

    /// Length of the gradient of a chunk's latents.
    pub fn further(rows: usize, width: usize) -> usize {
        whole(rows) * padded(width)
    }
}

wide! {
    /// y + b beside the targets: the mean of squares of each row, summed; y becomes `each` times the gradient.
    fn squares<'a>(
        y: &'a mut [f32],
        bias: &'a [f32],
        targets: &'a [f32],
        each: f32,
        shape: (usize, usize, usize),
    ) -> f64 {
        let (rows, width, stride) = shape;
        let n = width as f32;
        let bias = &bias[..width];
        let mut loss = 0.0;
        for row in 0..rows {
            let y = &mut y[row * stride..][..width];
            let target = &targets[row * width..][..width];
            for i in 0..width {
                y[i] += bias[i] - target[i];
            }
            loss += f64::from(sum(y, y, |v, _| v * v) / n);
            for v in y {
                *v *= 2.0 * each / n;
            }
        }
        loss
    }
}

wide! {
    /// y + b beside the targets: 1 − the cosine of each row, summed; y becomes `each` times the gradient.
    fn angles<'a>(
        y: &'a mut [f32],
        bias: &'a [f32],
        targets: &'a [f32],
        each: f32,
        shape: (usize, usize, usize),
    ) -> f64 {
        let (rows, width, stride) = shape;
        let bias = &bias[..width];
        let mut loss = 0.0;
        for row in 0..rows {
            let y = &mut y[row * stride..][..width];
            let target = &targets[row * width..][..width];
            for i in 0..width {
                y[i] += bias[i];
            }
            // The floor is that of unit rows: a row of zeros is at a right angle to all.
            let length = (sum(y, y, |v, _| v * v) + 1e-24).sqrt();
            let whole = (sum(target, target, |v, _| v * v) + 1e-24).sqrt();
            let cosine = sum(y, target, |a, b| a * b) / (length * whole);
            loss += 1.0 - f64::from(cosine);
            for i in 0..width {
                y[i] = each / length * (cosine * y[i] / length - target[i] / whole);
            }
        }
        loss
    }
}
