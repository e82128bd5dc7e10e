//! Everything of a transformer layer that is not a matrix product, as few passes over the data.
//!
//! candle's own elementwise operations hand each larger tensor to one global pool whose callers
//! take turns and spin until it is done. An encoder that works on several batches at once loses a
//! third of its time there; these operations stay on the thread that has the batch in its cache.

use candle_core::{CpuStorage, CustomOp1, InplaceOp1, InplaceOp2, Layout, Result, Shape};

fn values<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&values[start..end]),
        _ => candle_core::bail!("expected contiguous f32 values"),
    }
}

fn values_mut<'a>(storage: &'a mut CpuStorage, layout: &Layout) -> Result<&'a mut [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&mut values[start..end]),
        _ => candle_core::bail!("expected contiguous f32 values"),
    }
}

/// x ← GELU(x + bias), row by row, with the exact GELU, x · Φ(x).
pub(super) struct BiasGelu<'a> {
    pub bias: &'a [f32],
}

/// Coefficients of erf(x)/x as a ratio of polynomials in x² on |x| ≤ 4 (those of Eigen and XLA);
/// absolute error below 1e-6 everywhere, since erf(4) = 1 − 1.5e-8. Without branches, so that the
/// compiler vectorises it: the C library's `erff` would take a quarter of an encoder's time.
const NUMERATOR: [f32; 7] = [
    -2.726_142_4e-10,
    2.770_681_6e-8,
    -2.101_024e-6,
    -5.692_506e-5,
    -7.349_906_3e-4,
    -2.954_6e-3,
    -1.609_603_3e-2,
];
const DENOMINATOR: [f32; 5] = [
    -1.456_607_2e-5,
    -2.133_740_5e-4,
    -1.682_827e-3,
    -7.373_329_2e-3,
    -1.426_473_9e-2,
];

/// erf(x).
fn erf(x: f32) -> f32 {
    let x = x.clamp(-4.0, 4.0);
    let square = x * x;
    let horner = |coefficients: &[f32]| coefficients.iter().fold(0.0, |sum, c| sum * square + c);
    x * horner(&NUMERATOR) / horner(&DENOMINATOR)
}

fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))
}

impl InplaceOp1 for BiasGelu<'_> {
    fn name(&self) -> &'static str {
        "bias-gelu"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        for row in values_mut(storage, layout)?.chunks_exact_mut(self.bias.len()) {
            for (x, b) in row.iter_mut().zip(self.bias) {
                *x = gelu(*x + b);
            }
        }
        Ok(())
    }
}

/// x ← LayerNorm(x + bias + residual), row by row.
pub(super) struct AddNorm<'a> {
    /// Bias of the product that made x; as long as a row.
    pub bias: &'a [f32],
    pub norm: &'a Norm,
}

/// Weights of a layer normalisation, each as long as a row.
pub(super) struct Norm {
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
    pub eps: f32,
}

impl Norm {
    /// Normalises one row in place.
    pub fn apply(&self, row: &mut [f32]) {
        let width = row.len() as f32;
        let mean = row.iter().sum::<f32>() / width;
        let variance = row.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>() / width;
        let scale = (variance + self.eps).sqrt().recip();
        for ((x, weight), bias) in row.iter_mut().zip(&self.weight).zip(&self.bias) {
            *x = (*x - mean) * scale * weight + bias;
        }
    }
}

impl InplaceOp2 for AddNorm<'_> {
    fn name(&self) -> &'static str {
        "add-norm"
    }

    fn cpu_fwd(
        &self,
        storage: &mut CpuStorage,
        layout: &Layout,
        residual: &CpuStorage,
        residual_layout: &Layout,
    ) -> Result<()> {
        let width = self.bias.len();
        let residual = values(residual, residual_layout)?;
        let rows = values_mut(storage, layout)?.chunks_exact_mut(width);
        for (row, residual) in rows.zip(residual.chunks_exact(width)) {
            for ((x, r), b) in row.iter_mut().zip(residual).zip(self.bias) {
                *x += r + b;
            }
            self.norm.apply(row);
        }
        Ok(())
    }
}

/// (texts · width, parts · hidden) + bias → (parts, texts, heads, width, hidden / heads).
pub(super) struct SplitHeads<'a> {
    /// As long as a row: parts · hidden.
    pub bias: &'a [f32],
    pub parts: usize,
    pub texts: usize,
    pub heads: usize,
}

impl CustomOp1 for SplitHeads<'_> {
    fn name(&self) -> &'static str {
        "split-heads"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let input = values(storage, layout)?;
        let row = self.bias.len();
        let (blocks, tokens) = (self.parts * self.heads, input.len() / row);
        let (head_width, width) = (row / blocks, tokens / self.texts);
        let mut out = vec![0f32; input.len()];
        let area = width * head_width;
        for (at, out) in out.chunks_exact_mut(area).enumerate() {
            let (part, text, head) = (
                at / (self.texts * self.heads),
                at / self.heads % self.texts,
                at % self.heads,
            );
            let column = (part * self.heads + head) * head_width;
            let bias = &self.bias[column..column + head_width];
            for (position, out) in out.chunks_exact_mut(head_width).enumerate() {
                let start = (text * width + position) * row + column;
                let cells = &input[start..start + head_width];
                for ((out, cell), b) in out.iter_mut().zip(cells).zip(bias) {
                    *out = cell + b;
                }
            }
        }
        let shape = (self.parts, self.texts, self.heads, width, head_width);
        Ok((CpuStorage::F32(out), Shape::from(shape)))
    }
}

/// (texts, heads, width, width) scores ← softmax of each row over the text's own tokens; 0 for
/// padding, both as query and as key.
pub(super) struct MaskedSoftmax<'a> {
    /// Tokens of each text, at least 1.
    pub lengths: &'a [usize],
    pub heads: usize,
    pub width: usize,
}

impl InplaceOp1 for MaskedSoftmax<'_> {
    fn name(&self) -> &'static str {
        "masked-softmax"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let area = self.heads * self.width * self.width;
        let texts = values_mut(storage, layout)?.chunks_exact_mut(area);
        for (scores, &length) in texts.zip(self.lengths) {
            for (at, row) in scores.chunks_exact_mut(self.width).enumerate() {
                if at % self.width >= length {
                    row.fill(0.0);
                    continue;
                }
                let (row, padding) = row.split_at_mut(length);
                let greatest = row.iter().fold(f32::MIN, |m, &v| m.max(v));
                let mut sum = 0.0;
                for x in row.iter_mut() {
                    *x = (*x - greatest).exp();
                    sum += *x;
                }
                row.iter_mut().for_each(|x| *x /= sum);
                padding.fill(0.0);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Tensor};

    fn tensor(count: usize, scale: f32) -> Tensor {
        let values: Vec<f32> = (0..count)
            .map(|i| (i as f32 * 0.731).sin() * scale)
            .collect();
        Tensor::from_vec(values, count, &Device::Cpu).unwrap()
    }

    fn assert_close(a: &Tensor, b: &Tensor, tolerance: f32) {
        assert_eq!(a.dims(), b.dims());
        let flat = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        for (a, b) in flat(a).iter().zip(&flat(b)) {
            assert!((a - b).abs() <= tolerance, "{a} {b}");
        }
    }

    #[test]
    fn gelu_agrees_with_the_library_function() {
        let values: Vec<f32> = (-120_000..=120_000).map(|i| i as f32 * 1e-4).collect();
        let ours = Tensor::from_vec(values, (240_001, 1), &Device::Cpu).unwrap();
        let exact = (&ours + 0.25).unwrap().gelu_erf().unwrap();
        ours.inplace_op1(&BiasGelu { bias: &[0.25] }).unwrap();
        assert_close(&ours, &exact, 2e-6);
    }

    #[test]
    fn add_norm_agrees_with_candle() {
        let (x, residual) = (tensor(60, 2.0), tensor(61, 3.0).narrow(0, 1, 60).unwrap());
        let x = x.reshape((5, 12)).unwrap();
        let residual = residual.contiguous().unwrap().reshape((5, 12)).unwrap();
        let bias: Vec<f32> = (0..12).map(|i| i as f32 * 0.1).collect();
        let norm = Norm {
            weight: (0..12).map(|i| 1.0 + i as f32).collect(),
            bias: (0..12).map(|i| 0.5 - i as f32).collect(),
            eps: 1e-12,
        };
        let vector = |v: &[f32]| Tensor::from_slice(v, 12, &Device::Cpu).unwrap();
        let sum = (&x + &residual).unwrap();
        let sum = sum.broadcast_add(&vector(&bias)).unwrap();
        let expected =
            candle_nn::ops::layer_norm(&sum, &vector(&norm.weight), &vector(&norm.bias), 1e-12)
                .unwrap();
        let op = AddNorm {
            bias: &bias,
            norm: &norm,
        };
        x.inplace_op2(&residual, &op).unwrap();
        assert_close(&x, &expected, 2e-5);
    }

    #[test]
    fn heads_are_split_as_by_permutation() {
        let (texts, width, heads, head) = (3, 5, 2, 4);
        let row = 3 * heads * head;
        let x = tensor(texts * width * row, 1.0);
        let x = x.reshape((texts * width, row)).unwrap();
        let bias: Vec<f32> = (0..row).map(|i| i as f32).collect();
        let expected = x
            .broadcast_add(&Tensor::from_slice(&bias, row, &Device::Cpu).unwrap())
            .unwrap()
            .reshape((texts, width, 3, heads, head))
            .unwrap()
            .permute((2, 0, 3, 1, 4))
            .unwrap()
            .contiguous()
            .unwrap();
        let op = SplitHeads {
            bias: &bias,
            parts: 3,
            texts,
            heads,
        };
        assert_close(&x.apply_op1_no_bwd(&op).unwrap(), &expected, 0.0);
    }

    #[test]
    fn softmax_leaves_padding_out() {
        let (heads, width, lengths) = (2, 4, [4, 1]);
        let scores = tensor(2 * heads * width * width, 3.0);
        let scores = scores.reshape((2, heads, width, width)).unwrap();
        let plain = candle_nn::ops::softmax_last_dim(&scores).unwrap();
        let op = MaskedSoftmax {
            lengths: &lengths,
            heads,
            width,
        };
        scores.inplace_op1(&op).unwrap();
        assert_close(&scores.get(0).unwrap(), &plain.get(0).unwrap(), 1e-6);
        let second: Vec<f32> = scores
            .get(1)
            .unwrap()
            .flatten_all()
            .unwrap()
            .to_vec1()
            .unwrap();
        let mut expected = [0.0; 32];
        (expected[0], expected[16]) = (1.0, 1.0);
        assert_eq!(second, expected);
    }
}
