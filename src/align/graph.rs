//! The same blocks as candle tensors, to be differentiated. Used by training only.
//!
//! candle's CPU generator cannot be seeded, so initial weights and dropout masks come from the
//! program's own named streams.

use candle_core::{DType, Device, Tensor, Var};
use rand::{Rng as _, RngCore as _};
use rand_chacha::ChaCha8Rng;

use super::layers::{Block, LayerNorm, Linear, Standardise};
use super::{AlignError, MapDecoder, Tower};
use crate::seed::Seed;

type Result<T> = std::result::Result<T, AlignError>;

/// A trained dense layer.
struct GraphLinear {
    weight: Var,
    bias: Var,
}

impl GraphLinear {
    /// PyTorch's default: weights and biases uniform in ±1/√inputs.
    fn init(inputs: usize, outputs: usize, rng: &mut ChaCha8Rng, device: &Device) -> Result<Self> {
        let bound = (inputs as f32).sqrt().recip();
        let mut draw =
            |n: usize| -> Vec<f32> { (0..n).map(|_| rng.random_range(-bound..bound)).collect() };
        Ok(Self {
            weight: Var::from_vec(draw(inputs * outputs), (outputs, inputs), device)?,
            bias: Var::from_vec(draw(outputs), outputs, device)?,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(x.matmul(&self.weight.t()?)?.broadcast_add(&self.bias)?)
    }

    fn thaw(layer: &Linear, device: &Device) -> Result<Self> {
        let shape = (layer.outputs(), layer.inputs);
        Ok(Self {
            weight: Var::from_slice(&layer.weight, shape, device)?,
            bias: Var::from_slice(&layer.bias, layer.bias.len(), device)?,
        })
    }

    fn freeze(&self) -> Result<Linear> {
        Ok(Linear {
            weight: self.weight.flatten_all()?.to_vec1()?,
            bias: self.bias.to_vec1()?,
            inputs: self.weight.dim(1)?,
        })
    }
}

struct GraphBlock {
    projection: Option<GraphLinear>,
    fc: GraphLinear,
    norm_weight: Var,
    norm_bias: Var,
}

/// Where a training step draws its dropout masks from.
pub struct Dropout {
    /// Share of entries set to zero, 0..1.
    pub rate: f32,
    /// The stream of this step.
    pub rng: ChaCha8Rng,
}

impl Dropout {
    /// `x` with entries dropped and the rest scaled up. The rate is rounded to 1/65,536.
    fn apply(&mut self, x: &Tensor) -> Result<Tensor> {
        let threshold = (self.rate.clamp(0.0, 0.999) * 65_536.0).round();
        if threshold == 0.0 {
            return Ok(x.clone());
        }
        let keep = (1.0 - threshold / 65_536.0).recip();
        let mut bits = vec![0u8; x.elem_count() * 2];
        self.rng.fill_bytes(&mut bits);
        let threshold = threshold as u16;
        let mask: Vec<f32> = bits
            .chunks_exact(2)
            .map(|b| {
                if u16::from_le_bytes([b[0], b[1]]) < threshold {
                    0.0
                } else {
                    keep
                }
            })
            .collect();
        Ok(x.mul(&Tensor::from_vec(mask, x.shape(), x.device())?)?)
    }
}

/// A chain of blocks under training: a tower, or the body of a decoder.
pub struct Graph {
    blocks: Vec<GraphBlock>,
    head: Option<GraphLinear>,
}

impl Graph {
    /// A chain of `depth` blocks of `width`; the first is a projection where `inputs` differs.
    /// `head` adds a closing dense layer of that many outputs. Weights depend on `seed` and `name`.
    pub fn init(
        (inputs, width, depth): (usize, usize, usize),
        head: Option<usize>,
        (seed, name): (Seed, &str),
        device: &Device,
    ) -> Result<Self> {
        let mut blocks = Vec::new();
        for i in 0..depth {
            let mut rng = seed.stream(&format!("init {name}"), i as u64);
            let projection = (i == 0 && inputs != width)
                .then(|| GraphLinear::init(inputs, width, &mut rng, device))
                .transpose()?;
            blocks.push(GraphBlock {
                projection,
                fc: GraphLinear::init(width, width, &mut rng, device)?,
                norm_weight: Var::ones(width, DType::F32, device)?,
                norm_bias: Var::zeros(width, DType::F32, device)?,
            });
        }
        let mut rng = seed.stream(&format!("init {name} head"), 0);
        let head = head
            .map(|n| GraphLinear::init(width, n, &mut rng, device))
            .transpose()?;
        Ok(Self { blocks, head })
    }

    /// A chain that starts from the weights of a tower.
    pub fn from_tower(tower: &Tower, device: &Device) -> Result<Self> {
        let thaw_block = |block: &Block| {
            let (projection, fc, norm) = match block {
                Block::Residual { fc, norm } => (None, fc, norm),
                Block::Projection {
                    projection,
                    fc,
                    norm,
                } => (Some(projection), fc, norm),
            };
            Ok(GraphBlock {
                projection: projection
                    .map(|p| GraphLinear::thaw(p, device))
                    .transpose()?,
                fc: GraphLinear::thaw(fc, device)?,
                norm_weight: Var::from_slice(&norm.weight, norm.weight.len(), device)?,
                norm_bias: Var::from_slice(&norm.bias, norm.bias.len(), device)?,
            })
        };
        Ok(Self {
            blocks: tower
                .blocks()
                .iter()
                .map(thaw_block)
                .collect::<Result<_>>()?,
            head: None,
        })
    }

    /// Rows of inputs → rows of outputs, not normalised. Dropout only where given.
    pub fn forward(&self, x: &Tensor, mut dropout: Option<&mut Dropout>) -> Result<Tensor> {
        let mut x = x.clone();
        for block in &self.blocks {
            let (skip, branch) = match &block.projection {
                Some(projection) => {
                    let p = projection.forward(&x)?;
                    let y = block.fc.forward(&p.gelu_erf()?)?;
                    (p, y)
                }
                None => {
                    let y = block.fc.forward(&x)?.gelu_erf()?;
                    (x, y)
                }
            };
            let branch = match dropout.as_deref_mut() {
                Some(dropout) => dropout.apply(&branch)?,
                None => branch,
            };
            x = layer_norm(&(skip + branch)?, &block.norm_weight, &block.norm_bias)?;
        }
        match &self.head {
            Some(head) => head.forward(&x),
            None => Ok(x),
        }
    }

    /// Every trained array, in a fixed order.
    pub fn vars(&self) -> Vec<Var> {
        let mut out = Vec::new();
        for block in &self.blocks {
            for layer in block.projection.iter().chain([&block.fc]) {
                out.extend([layer.weight.clone(), layer.bias.clone()]);
            }
            out.extend([block.norm_weight.clone(), block.norm_bias.clone()]);
        }
        if let Some(head) = &self.head {
            out.extend([head.weight.clone(), head.bias.clone()]);
        }
        out
    }

    /// The tower as it runs in the program: a deep copy of the weights of this moment.
    pub fn to_tower(&self, input: Option<Standardise>) -> Result<Tower> {
        Tower::new(input, self.freeze_blocks()?)
    }

    /// The decoder as it runs in the program.
    pub(crate) fn to_decoder(&self) -> Result<MapDecoder> {
        let head = self
            .head
            .as_ref()
            .ok_or_else(|| AlignError::MissingWeight("head".into()))?;
        MapDecoder::new(self.freeze_blocks()?, head.freeze()?)
    }

    fn freeze_blocks(&self) -> Result<Vec<Block>> {
        self.blocks
            .iter()
            .map(|block| {
                let fc = block.fc.freeze()?;
                let norm = LayerNorm {
                    weight: block.norm_weight.to_vec1()?,
                    bias: block.norm_bias.to_vec1()?,
                };
                Ok(match &block.projection {
                    Some(p) => Block::Projection {
                        projection: p.freeze()?,
                        fc,
                        norm,
                    },
                    None => Block::Residual { fc, norm },
                })
            })
            .collect()
    }
}

/// Layer normalisation of each row, from operations that have gradients (candle-nn's fused one
/// has none).
pub fn layer_norm(x: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
    let centred = x.broadcast_sub(&x.mean_keepdim(1)?)?;
    let variance = centred.sqr()?.mean_keepdim(1)?;
    let normed = centred.broadcast_div(&(variance + f64::from(LayerNorm::EPS))?.sqrt()?)?;
    Ok(normed.broadcast_mul(weight)?.broadcast_add(bias)?)
}

/// Rows scaled to unit length.
pub fn unit_rows(x: &Tensor) -> Result<Tensor> {
    // The floor keeps an all-zero row from becoming NaN; it is far below any real norm.
    let norm = (x.sqr()?.sum_keepdim(1)? + 1e-24)?.sqrt()?;
    Ok(x.broadcast_div(&norm)?)
}
