//! A BERT encoder in candle: post-norm layers, erf GELU, absolute positions, no pooler head.
//!
//! Devlin et al. 2019 (arXiv:1810.04805), with the sizes of the sentence-transformers model family.

use candle_core::{D, Device, Tensor};
use rayon::prelude::*;

use super::config::EncoderConfig;
use super::error::TextError;
use super::gelu::Gelu;
use super::weights::{Table, WeightFile, bad};
use crate::progress::Task;

/// Several tokenised texts, padded on the right to the longest.
pub(super) struct Batch<'a> {
    /// Token ids of each text, `[CLS]` and `[SEP]` included; none is empty.
    pub texts: Vec<&'a [u32]>,
}

impl Batch<'_> {
    /// Tokens of the longest text.
    pub fn width(&self) -> usize {
        self.texts.iter().map(|ids| ids.len()).max().unwrap_or(0)
    }
}

/// The network; texts go in as token ids and come out as one vector a token.
pub(super) struct Bert {
    words: Table,
    /// Position rows with the row of token type 0 already added: a sentence has only that type.
    positions: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
    hidden: usize,
    heads: usize,
    device: Device,
}

struct Linear {
    /// (in, out): the transpose of what is stored, made once.
    weight: Tensor,
    bias: Tensor,
}

struct Norm {
    weight: Tensor,
    bias: Tensor,
    eps: f32,
}

struct Layer {
    /// Query (already divided by √head width), key and value in one product.
    query_key_value: Linear,
    attention_out: Linear,
    attention_norm: Norm,
    up: Linear,
    down: Linear,
    norm: Norm,
}

impl Linear {
    fn new(
        weight: Vec<f32>,
        bias: Vec<f32>,
        inputs: usize,
        device: &Device,
    ) -> Result<Self, TextError> {
        let outputs = bias.len();
        Ok(Self {
            weight: Tensor::from_vec(weight, (outputs, inputs), device)?.t()?,
            bias: Tensor::from_vec(bias, outputs, device)?,
        })
    }

    fn load(
        file: &WeightFile<'_>,
        name: &str,
        (inputs, outputs): (usize, usize),
        device: &Device,
    ) -> Result<Self, TextError> {
        let weight = file.matrix(&format!("{name}.weight"), outputs, inputs)?;
        let bias = file.vector(&format!("{name}.bias"), outputs)?;
        Self::new(weight, bias, inputs, device)
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor, candle_core::Error> {
        x.matmul(&self.weight)?.broadcast_add(&self.bias)
    }
}

impl Norm {
    fn load(
        file: &WeightFile<'_>,
        name: &str,
        config: &EncoderConfig,
        device: &Device,
    ) -> Result<Self, TextError> {
        let width = config.hidden;
        let load = |part: &str| {
            let values = file.vector(&format!("{name}.{part}"), width)?;
            Ok::<_, TextError>(Tensor::from_vec(values, width, device)?)
        };
        Ok(Self {
            weight: load("weight")?,
            bias: load("bias")?,
            eps: config.layer_norm_eps as f32,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor, candle_core::Error> {
        candle_nn::ops::layer_norm(x, &self.weight, &self.bias, self.eps)
    }
}

impl Layer {
    fn load(
        file: &WeightFile<'_>,
        index: usize,
        config: &EncoderConfig,
        device: &Device,
    ) -> Result<Self, TextError> {
        let (hidden, wide) = (config.hidden, config.intermediate);
        let at = |part: &str| format!("encoder.layer.{index}.{part}");
        let scale = ((hidden / config.heads) as f32).sqrt().recip();
        let mut weight = Vec::with_capacity(3 * hidden * hidden);
        let mut bias = Vec::with_capacity(3 * hidden);
        for (part, factor) in [("query", scale), ("key", 1.0), ("value", 1.0)] {
            let name = at(&format!("attention.self.{part}"));
            let rows = file.matrix(&format!("{name}.weight"), hidden, hidden)?;
            weight.extend(rows.iter().map(|w| w * factor));
            let values = file.vector(&format!("{name}.bias"), hidden)?;
            bias.extend(values.iter().map(|b| b * factor));
        }
        let linear = |part: &str, size| Linear::load(file, &at(part), size, device);
        let norm = |part: &str| Norm::load(file, &at(part), config, device);
        Ok(Self {
            query_key_value: Linear::new(weight, bias, hidden, device)?,
            attention_out: linear("attention.output.dense", (hidden, hidden))?,
            attention_norm: norm("attention.output.LayerNorm")?,
            up: linear("intermediate.dense", (hidden, wide))?,
            down: linear("output.dense", (wide, hidden))?,
            norm: norm("output.LayerNorm")?,
        })
    }

    /// `x` is (texts · width, hidden); `mask` (texts, 1, 1, width) is 0 or −∞-like.
    fn forward(
        &self,
        x: &Tensor,
        mask: Option<&Tensor>,
        (texts, width, heads): (usize, usize, usize),
    ) -> Result<Tensor, candle_core::Error> {
        let hidden = x.dim(D::Minus1)?;
        // (3, texts, heads, width, head width)
        let parts = self
            .query_key_value
            .forward(x)?
            .reshape((texts, width, 3, heads, hidden / heads))?
            .permute((2, 0, 3, 1, 4))?
            .contiguous()?;
        let (query, key, value) = (parts.get(0)?, parts.get(1)?, parts.get(2)?);
        let mut scores = query.matmul(&key.t()?)?;
        if let Some(mask) = mask {
            scores = scores.broadcast_add(mask)?;
        }
        let mixed = candle_nn::ops::softmax_last_dim(&scores)?
            .matmul(&value)?
            .transpose(1, 2)?
            .contiguous()?
            .reshape((texts * width, hidden))?;
        let x = self
            .attention_norm
            .forward(&(self.attention_out.forward(&mixed)? + x)?)?;
        let up = self.up.forward(&x)?.apply_op1_no_bwd(&Gelu)?;
        self.norm.forward(&(self.down.forward(&up)? + &x)?)
    }
}

impl Bert {
    /// Builds the network; layers are read in parallel.
    ///
    /// # Errors
    /// [`TextError::Weights`] where a tensor is missing or has another shape than `config` says.
    pub fn load(
        file: &WeightFile<'_>,
        config: &EncoderConfig,
        device: &Device,
    ) -> Result<Self, TextError> {
        let hidden = config.hidden;
        let (rest, layers) = rayon::join(
            || {
                let at = |part: &str| format!("embeddings.{part}.weight");
                let words = file.table(&at("word_embeddings"), config.vocabulary, hidden)?;
                let types = file.table(&at("token_type_embeddings"), config.token_types, hidden)?;
                let mut positions =
                    file.matrix(&at("position_embeddings"), config.positions, hidden)?;
                for row in positions.chunks_mut(hidden) {
                    types.add_row(0, row);
                }
                let norm = Norm::load(file, "embeddings.LayerNorm", config, device)?;
                Ok::<_, TextError>((words, positions, norm))
            },
            || {
                (0..config.layers)
                    .into_par_iter()
                    .map(|index| Layer::load(file, index, config, device))
                    .collect::<Result<Vec<_>, _>>()
            },
        );
        let (words, positions, norm) = rest?;
        if words.rows() == 0 {
            return Err(bad("its word table is empty"));
        }
        Ok(Self {
            words,
            positions,
            norm,
            layers: layers?,
            hidden,
            heads: config.heads,
            device: device.clone(),
        })
    }

    /// Token vectors of a batch: texts × width × hidden values, those of padding meaningless.
    ///
    /// # Errors
    /// [`TextError::Cancelled`], [`TextError::Compute`].
    pub fn forward(&self, batch: &Batch<'_>, task: &Task) -> Result<Vec<f32>, TextError> {
        let (texts, width) = (batch.texts.len(), batch.width());
        if texts == 0 {
            return Ok(Vec::new());
        }
        let mut input = vec![0f32; texts * width * self.hidden];
        for (ids, rows) in batch
            .texts
            .iter()
            .zip(input.chunks_mut(width * self.hidden))
        {
            for (position, row) in rows.chunks_mut(self.hidden).enumerate() {
                // Padding is masked below: any finite row will do, and zero costs nothing.
                let Some(&id) = ids.get(position) else { break };
                let positions = self.positions.get(position * self.hidden..);
                row.iter_mut()
                    .zip(positions.unwrap_or_default())
                    .for_each(|(out, p)| *out = *p);
                self.words.add_row(id as usize, row);
            }
        }
        let input = Tensor::from_vec(input, (texts * width, self.hidden), &self.device)?;
        let mut x = self.norm.forward(&input)?;
        let mask = self.mask(batch, width)?;
        for layer in &self.layers {
            task.check()?;
            x = layer.forward(&x, mask.as_ref(), (texts, width, self.heads))?;
        }
        Ok(x.flatten_all()?.to_vec1()?)
    }

    /// What is added to the attention scores; nothing where all texts are equally long.
    fn mask(&self, batch: &Batch<'_>, width: usize) -> Result<Option<Tensor>, TextError> {
        if batch.texts.iter().all(|ids| ids.len() == width) {
            return Ok(None);
        }
        let values: Vec<f32> = batch
            .texts
            .iter()
            .flat_map(|ids| (0..width).map(move |at| if at < ids.len() { 0.0 } else { f32::MIN }))
            .collect();
        let shape = (batch.texts.len(), 1, 1, width);
        Ok(Some(Tensor::from_vec(values, shape, &self.device)?))
    }
}
