//! A BERT encoder in candle: post-norm layers, erf GELU, absolute positions, no pooler head.
//!
//! Devlin et al. 2019 (arXiv:1810.04805), with the sizes of the sentence-transformers model family.

use candle_core::{Device, Tensor};
use rayon::prelude::*;

use super::config::EncoderConfig;
use super::error::TextError;
use super::fused::{AddNorm, BiasGelu, MaskedSoftmax, Norm, SplitHeads};
use super::weights::{Table, WeightFile, bad};
use crate::progress::Progress;

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
    /// (in, out): the transpose of what is stored.
    weight: Tensor,
    bias: Vec<f32>,
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
        let weight = Tensor::from_vec(weight, (bias.len(), inputs), device)?.t()?;
        Ok(Self { weight, bias })
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
}

fn load_norm(file: &WeightFile<'_>, name: &str, config: &EncoderConfig) -> Result<Norm, TextError> {
    Ok(Norm {
        weight: file.vector(&format!("{name}.weight"), config.hidden)?,
        bias: file.vector(&format!("{name}.bias"), config.hidden)?,
        eps: config.layer_norm_eps as f32,
    })
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
        let norm = |part: &str| load_norm(file, &at(part), config);
        Ok(Self {
            query_key_value: Linear::new(weight, bias, hidden, device)?,
            attention_out: linear("attention.output.dense", (hidden, hidden))?,
            attention_norm: norm("attention.output.LayerNorm")?,
            up: linear("intermediate.dense", (hidden, wide))?,
            down: linear("output.dense", (wide, hidden))?,
            norm: norm("output.LayerNorm")?,
        })
    }

    /// `x` is (texts · width, hidden).
    fn forward(
        &self,
        x: &Tensor,
        lengths: &[usize],
        (width, heads): (usize, usize),
    ) -> Result<Tensor, candle_core::Error> {
        let parts = x
            .matmul(&self.query_key_value.weight)?
            .apply_op1_no_bwd(&SplitHeads {
                bias: &self.query_key_value.bias,
                parts: 3,
                texts: lengths.len(),
                heads,
            })?;
        let (query, key, value) = (parts.get(0)?, parts.get(1)?, parts.get(2)?);
        let scores = query.matmul(&key.t()?)?;
        scores.inplace_op1(&MaskedSoftmax {
            lengths,
            heads,
            width,
        })?;
        let mixed = scores
            .matmul(&value)?
            .transpose(1, 2)?
            .contiguous()?
            .reshape(x.shape())?;
        let attended = mixed.matmul(&self.attention_out.weight)?;
        attended.inplace_op2(
            x,
            &AddNorm {
                bias: &self.attention_out.bias,
                norm: &self.attention_norm,
            },
        )?;
        let up = attended.matmul(&self.up.weight)?;
        up.inplace_op1(&BiasGelu {
            bias: &self.up.bias,
        })?;
        let out = up.matmul(&self.down.weight)?;
        out.inplace_op2(
            &attended,
            &AddNorm {
                bias: &self.down.bias,
                norm: &self.norm,
            },
        )?;
        Ok(out)
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
                let norm = load_norm(file, "embeddings.LayerNorm", config)?;
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
    pub fn forward(&self, batch: &Batch<'_>, progress: &Progress) -> Result<Vec<f32>, TextError> {
        let (texts, width) = (batch.texts.len(), batch.width());
        if texts == 0 || width == 0 {
            return Ok(Vec::new());
        }
        let mut input = vec![0f32; texts * width * self.hidden];
        for (ids, rows) in batch
            .texts
            .iter()
            .zip(input.chunks_mut(width * self.hidden))
        {
            // Padding stays zero: any finite row will do, nothing attends to it.
            for ((&id, row), position) in ids
                .iter()
                .zip(rows.chunks_mut(self.hidden))
                .zip(self.positions.chunks(self.hidden))
            {
                row.copy_from_slice(position);
                self.words.add_row(id as usize, row);
                self.norm.apply(row);
            }
        }
        let mut x = Tensor::from_vec(input, (texts * width, self.hidden), &self.device)?;
        let lengths: Vec<usize> = batch.texts.iter().map(|ids| ids.len()).collect();
        for layer in &self.layers {
            progress.check()?;
            x = layer.forward(&x, &lengths, (width, self.heads))?;
        }
        Ok(x.flatten_all()?.to_vec1()?)
    }
}
