//! The two kinds of block, in plain `f32`.

use crate::linalg::dot;

/// A dense layer, `y = W x + b`, weights row major `outputs × inputs` as PyTorch keeps them.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// `outputs × inputs`, row major.
    pub weight: Vec<f32>,
    /// `outputs` values.
    pub bias: Vec<f32>,
    /// Length of the input vector.
    pub inputs: usize,
}

impl Linear {
    /// Length of the output vector.
    pub(crate) fn outputs(&self) -> usize {
        self.bias.len()
    }

    /// `W x + b`. Missing entries of a short `x` count as zero.
    pub fn forward(&self, x: &[f32]) -> Vec<f32> {
        if self.inputs == 0 {
            return self.bias.clone();
        }
        self.weight
            .chunks_exact(self.inputs)
            .zip(&self.bias)
            .map(|(row, b)| dot(row, x) + b)
            .collect()
    }
}

/// Layer normalisation over the whole vector.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerNorm {
    /// Scale per entry.
    pub weight: Vec<f32>,
    /// Shift per entry.
    pub bias: Vec<f32>,
}

impl LayerNorm {
    /// PyTorch's default, used by both published models.
    pub(crate) const EPS: f32 = 1e-5;

    /// Normalises in place, with the population variance.
    pub fn forward(&self, x: &mut [f32]) {
        let n = x.len().max(1) as f32;
        let mean = x.iter().sum::<f32>() / n;
        let variance = x.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>() / n;
        let scale = (variance + Self::EPS).sqrt().recip();
        for ((v, w), b) in x.iter_mut().zip(&self.weight).zip(&self.bias) {
            *v = (*v - mean) * scale * w + b;
        }
    }
}

/// The exact (erf) Gaussian error linear unit.
pub(crate) fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + libm::erff(x * std::f32::consts::FRAC_1_SQRT_2))
}

/// Fixed standardisation of a tower's input with figures of the training set.
#[derive(Debug, Clone, PartialEq)]
pub struct Standardise {
    /// Mean per entry.
    pub mean: Vec<f32>,
    /// One over the standard deviation per entry.
    pub scale: Vec<f32>,
}

impl Standardise {
    /// From row-major `rows` of `width` values; entries that never vary keep scale 1.
    pub fn fit(rows: &[f32], width: usize) -> Self {
        let n = (rows.len() / width.max(1)).max(1) as f64;
        let (mut sum, mut square) = (vec![0.0f64; width], vec![0.0f64; width]);
        for row in rows.chunks_exact(width.max(1)) {
            for ((s, q), &v) in sum.iter_mut().zip(&mut square).zip(row) {
                *s += f64::from(v);
                *q += f64::from(v) * f64::from(v);
            }
        }
        let scale = |(s, q): (&f64, &f64)| {
            let variance = q / n - (s / n) * (s / n);
            if variance > 1e-12 {
                (1.0 / variance.sqrt()) as f32
            } else {
                1.0
            }
        };
        Self {
            mean: sum.iter().map(|s| (s / n) as f32).collect(),
            scale: sum.iter().zip(&square).map(scale).collect(),
        }
    }

    /// `(x − mean) · scale`, in place.
    pub fn forward(&self, x: &mut [f32]) {
        for ((v, m), s) in x.iter_mut().zip(&self.mean).zip(&self.scale) {
            *v = (*v - m) * s;
        }
    }
}

/// One block of a tower. Dropout exists in training only.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// `y = LN(x + GELU(W x + b))`, width kept.
    Residual {
        /// The square layer.
        fc: Linear,
        /// Normalisation of the sum.
        norm: LayerNorm,
    },
    /// `p = W₁ x + b₁; y = LN(p + W₂ GELU(p) + b₂)`, width changed by `W₁`.
    Projection {
        /// Changes the width.
        projection: Linear,
        /// The square layer.
        fc: Linear,
        /// Normalisation of the sum.
        norm: LayerNorm,
    },
}

impl Block {
    /// Applies the block.
    pub fn forward(&self, x: &[f32]) -> Vec<f32> {
        let (mut y, skip, norm);
        match self {
            Self::Residual { fc, norm: n } => {
                y = fc.forward(x);
                y.iter_mut().for_each(|v| *v = gelu(*v));
                skip = x.to_vec();
                norm = n;
            }
            Self::Projection {
                projection,
                fc,
                norm: n,
            } => {
                skip = projection.forward(x);
                let activated: Vec<f32> = skip.iter().copied().map(gelu).collect();
                y = fc.forward(&activated);
                norm = n;
            }
        }
        y.iter_mut().zip(&skip).for_each(|(v, s)| *v += s);
        norm.forward(&mut y);
        y
    }

    /// Length of the vector the block takes.
    pub fn inputs(&self) -> usize {
        match self {
            Self::Residual { fc, .. } => fc.inputs,
            Self::Projection { projection, .. } => projection.inputs,
        }
    }

    /// Length of the vector the block gives.
    pub(crate) fn outputs(&self) -> usize {
        match self {
            Self::Residual { fc, .. } | Self::Projection { fc, .. } => fc.outputs(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gelu_has_its_known_values() {
        // Φ(1) = 0.841344746…, Φ(−2)·(−2) = −0.045500264…
        assert!((gelu(1.0) - 0.841_344_7).abs() < 1e-6);
        assert!((gelu(-2.0) + 0.045_500_264).abs() < 1e-6);
        assert_eq!(gelu(0.0), 0.0);
    }

    #[test]
    fn layer_norm_gives_zero_mean_and_unit_variance() {
        let mut x = vec![1.0, 2.0, 3.0, 4.0];
        LayerNorm {
            weight: vec![1.0; 4],
            bias: vec![0.0; 4],
        }
        .forward(&mut x);
        assert!(x.iter().sum::<f32>().abs() < 1e-6);
        assert!((x.iter().map(|v| v * v).sum::<f32>() / 4.0 - 1.0).abs() < 1e-4);
    }
}
