//! How a latent answers to a change of its input: the gradient of a linear function of a tower's output with respect
//! to the vector that goes in, by the chain rule through every block.

use super::layers::{Block, LayerNorm, Linear, gelu};
use super::tower::{Tower, cut, part, unit};

/// Derivative of [`gelu`](super::layers::gelu): Φ(x) + x φ(x).
pub(super) fn gelu_slope(x: f32) -> f32 {
    let cumulative = 0.5 * (1.0 + libm::erff(x * std::f32::consts::FRAC_1_SQRT_2));
    let density = (-0.5 * x * x).exp() * 0.398_942_3;
    cumulative + x * density
}

/// Gradient with respect to `x` of a function of `x / |x|` whose gradient there is `down`; zeros where `x` has no
/// length.
pub(super) fn through_unit(x: &[f32], down: &[f32]) -> Vec<f32> {
    let square: f64 = x.iter().map(|&v| f64::from(v) * f64::from(v)).sum();
    let length = square.sqrt();
    if !(length.is_finite() && length > 1e-30) {
        return vec![0.0; x.len()];
    }
    let products = x.iter().zip(down);
    let along: f64 = products.map(|(&v, &d)| f64::from(v) * f64::from(d)).sum();
    let back =
        |(&v, &d): (&f32, &f32)| ((f64::from(d) - f64::from(v) * along / square) / length) as f32;
    x.iter().zip(down).map(back).collect()
}

impl Linear {
    /// `Wᵀ down`.
    pub(super) fn gradient(&self, down: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; self.inputs];
        if self.inputs == 0 {
            return out;
        }
        for (row, &d) in self.weight.chunks_exact(self.inputs).zip(down) {
            for (slot, &w) in out.iter_mut().zip(row) {
                *slot += w * d;
            }
        }
        out
    }
}

impl LayerNorm {
    /// Gradient with respect to `x`, the vector that is normalised.
    fn gradient(&self, x: &[f32], down: &[f32]) -> Vec<f32> {
        let n = x.len().max(1) as f32;
        let mean = x.iter().sum::<f32>() / n;
        let variance = x.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>() / n;
        let scale = (variance + Self::EPS).sqrt().recip();
        let scaled: Vec<f32> = down.iter().zip(&self.weight).map(|(d, w)| d * w).collect();
        let mean_scaled = scaled.iter().sum::<f32>() / n;
        let normed = |v: f32| (v - mean) * scale;
        let pairs = x.iter().zip(&scaled);
        let mean_product = pairs.map(|(&v, s)| normed(v) * s).sum::<f32>() / n;
        let back = |(&v, s): (&f32, &f32)| scale * (s - mean_scaled - normed(v) * mean_product);
        x.iter().zip(&scaled).map(back).collect()
    }
}

impl Block {
    /// Gradient with respect to `x`, the vector that goes into the block.
    pub(super) fn gradient(&self, x: &[f32], down: &[f32]) -> Vec<f32> {
        match self {
            Self::Residual { fc, norm } => {
                let before = fc.forward(x);
                let activated = before.iter().map(|&v| gelu(v));
                let sum: Vec<f32> = activated.zip(x).map(|(a, v)| a + v).collect();
                let down = norm.gradient(&sum, down);
                let inner: Vec<f32> = down
                    .iter()
                    .zip(&before)
                    .map(|(d, &v)| d * gelu_slope(v))
                    .collect();
                let through = fc.gradient(&inner);
                through.iter().zip(&down).map(|(t, d)| t + d).collect()
            }
            Self::Projection {
                projection,
                fc,
                norm,
            } => {
                let skip = projection.forward(x);
                let activated: Vec<f32> = skip.iter().map(|&v| gelu(v)).collect();
                let inner = fc.forward(&activated);
                let sum: Vec<f32> = inner.iter().zip(&skip).map(|(a, v)| a + v).collect();
                let down = norm.gradient(&sum, down);
                let through = fc.gradient(&down);
                let to_skip: Vec<f32> = through
                    .iter()
                    .zip(&skip)
                    .zip(&down)
                    .map(|((t, &v), d)| t * gelu_slope(v) + d)
                    .collect();
                projection.gradient(&to_skip)
            }
        }
    }
}

impl Tower {
    /// Gradient of `toward · latent` with respect to `x`, where `latent` is what [`forward`](Self::forward) gives of
    /// `x`: as long as `x`, zeros where `toward` is of another width than the latent.
    pub(crate) fn gradient(&self, x: &[f32], toward: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; x.len()];
        if toward.len() != self.outputs() {
            return out;
        }
        let width = self.read_by_blocks();
        let mut read = match self.keeps_length {
            true => cut(x, width),
            false => part(x, 0, width),
        };
        if let Some(input) = &self.input {
            input.forward(&mut read);
        }
        let mut steps = vec![read];
        for block in &self.blocks {
            let next = block.forward(steps.last().map_or(&[], Vec::as_slice));
            steps.push(next);
        }
        let last = steps.last().map_or(&[][..], Vec::as_slice);
        let projected: Vec<Vec<f32>> = self
            .beside
            .iter()
            .map(|b| b.layer.forward(&part(x, b.start, b.layer.inputs)))
            .collect();
        // The members' unit vectors one after the other, then all of them at unit length.
        let mut joined = unit(last);
        for (member, projected) in self.beside.iter().zip(&projected) {
            joined.extend(unit(projected).iter().map(|v| v * member.weight));
        }
        let toward = match self.beside.is_empty() {
            true => toward.to_vec(),
            false => through_unit(&joined, toward),
        };
        let (own, mut rest) = toward.split_at(last.len());
        let mut down = through_unit(last, own);
        for (block, x) in self.blocks.iter().zip(&steps).rev() {
            down = block.gradient(x, &down);
        }
        if let Some(input) = &self.input {
            for (d, scale) in down.iter_mut().zip(&input.scale) {
                *d *= scale;
            }
        }
        match self.keeps_length {
            true => add_at(&mut out, 0, &down),
            false => add_through_part(&mut out, x, (0, width), &down),
        }
        for (member, projected) in self.beside.iter().zip(&projected) {
            let (own, others) = rest.split_at(projected.len());
            rest = others;
            let own: Vec<f32> = own.iter().map(|v| v * member.weight).collect();
            let down = member.layer.gradient(&through_unit(projected, &own));
            add_through_part(&mut out, x, (member.start, member.layer.inputs), &down);
        }
        out
    }
}

/// Adds the gradient `down` with respect to a [`part`] of `x`, the `width` numbers from `start` on.
fn add_through_part(out: &mut [f32], x: &[f32], (start, width): (usize, usize), down: &[f32]) {
    let end = x.len().min(start + width);
    let own = x.get(start..end).unwrap_or_default();
    let down = &down[..own.len().min(down.len())];
    add_at(out, start, &through_unit(own, down));
}

fn add_at(out: &mut [f32], start: usize, values: &[f32]) {
    for (slot, value) in out.iter_mut().skip(start).zip(values) {
        *slot += value;
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Beside, Standardise};
    use super::*;

    fn numbers(count: usize, start: f32) -> Vec<f32> {
        (0..count)
            .map(|i| ((i as f32 + start) * 1.37).sin() * 0.6)
            .collect()
    }

    fn linear(outputs: usize, inputs: usize, start: f32) -> Linear {
        Linear {
            weight: numbers(outputs * inputs, start),
            bias: numbers(outputs, start + 0.5),
            inputs,
        }
    }

    fn norm(width: usize) -> LayerNorm {
        LayerNorm {
            weight: numbers(width, 3.0).iter().map(|v| 1.0 + v).collect(),
            bias: numbers(width, 7.0),
        }
    }

    fn tower() -> Tower {
        let blocks = vec![
            Block::Projection {
                projection: linear(5, 7, 0.1),
                fc: linear(5, 5, 0.2),
                norm: norm(5),
            },
            Block::Residual {
                fc: linear(5, 5, 0.7),
                norm: norm(5),
            },
        ];
        Tower::new(None, blocks).unwrap()
    }

    /// The gradient beside differences of the function itself.
    fn agrees(tower: &Tower, x: &[f32]) {
        let toward = numbers(tower.outputs(), 11.0);
        let value = |x: &[f32]| -> f64 {
            let latent = tower.forward(x);
            let products = latent.iter().zip(&toward);
            products.map(|(l, t)| f64::from(*l) * f64::from(*t)).sum()
        };
        let gradient = tower.gradient(x, &toward);
        assert_eq!(gradient.len(), x.len());
        for place in 0..x.len() {
            let moved = |by: f32| {
                let mut x = x.to_vec();
                x[place] += by;
                value(&x)
            };
            let slope = (moved(5e-3) - moved(-5e-3)) / 1e-2;
            let got = f64::from(gradient[place]);
            assert!(
                (slope - got).abs() < 2e-3 * (1.0 + slope.abs()),
                "{place}: {got} is not {slope}"
            );
        }
    }

    #[test]
    fn gradients_are_the_slopes_of_what_towers_give() {
        let x = numbers(7, 5.0);
        agrees(&tower(), &x);
        agrees(&tower().keeping_length(), &x);
        let input = Standardise {
            mean: numbers(7, 1.0),
            scale: numbers(7, 2.0).iter().map(|v| 1.5 + v).collect(),
        };
        agrees(
            &Tower::new(Some(input), tower().blocks().to_vec()).unwrap(),
            &x,
        );
        let member = |start, inputs, weight| Beside {
            start,
            layer: linear(3, inputs, 0.9),
            weight,
        };
        let beside = vec![member(0, 7, 0.7), member(2, 5, 1.5)];
        agrees(&tower().with_beside(beside).unwrap(), &x);
        agrees(
            &tower().with_beside(vec![member(6, 2, 1.0)]).unwrap(),
            &numbers(8, 5.0),
        );
    }

    #[test]
    fn nothing_has_no_slope() {
        assert_eq!(tower().gradient(&[0.0; 7], &[1.0; 5]), [0.0; 7]);
        assert_eq!(tower().gradient(&[1.0; 7], &[1.0; 4]), [0.0; 7]);
    }
}
