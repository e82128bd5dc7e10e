//! Towers and the map decoder as they run in the program: plain vectors, no tensor library.

use super::AlignError;
use super::layers::{Block, LayerNorm, Linear, Standardise};
use crate::tensors::{Container, Tensor};

/// `x` scaled to unit length; a zero or non-finite vector comes back as zeros.
pub fn unit(x: &[f32]) -> Vec<f32> {
    let norm = x
        .iter()
        .map(|&v| f64::from(v) * f64::from(v))
        .sum::<f64>()
        .sqrt();
    if norm.is_finite() && norm > 1e-30 {
        x.iter().map(|&v| (f64::from(v) / norm) as f32).collect()
    } else {
        vec![0.0; x.len()]
    }
}

/// An encoder of the aligner: features or a text in numbers in, a point of the shared space out.
///
/// Linear projections may stand beside the blocks. Each reads a part of the input at unit length and gives a unit
/// vector; the latent is all of them one after the other, by their weights. The cosine of two latents is then the
/// weighted mean of the cosines that the members find on their own.
#[derive(Debug, Clone, PartialEq)]
pub struct Tower {
    pub(super) input: Option<Standardise>,
    pub(super) blocks: Vec<Block>,
    /// The input is taken at its own length.
    pub(super) keeps_length: bool,
    pub(super) beside: Vec<Beside>,
}

/// A linear projection beside the blocks of a tower.
#[derive(Debug, Clone, PartialEq)]
pub struct Beside {
    /// Where the part of the input that it reads begins.
    pub start: usize,
    /// The projection.
    pub layer: Linear,
    /// How much it counts, where the blocks count 1.
    pub weight: f32,
}

impl Beside {
    /// Where the part of the input that it reads ends.
    fn end(&self) -> usize {
        self.start + self.layer.inputs
    }
}

impl Tower {
    /// From blocks whose widths chain, and the standardisation of the input where there is one.
    pub fn new(input: Option<Standardise>, blocks: Vec<Block>) -> Result<Self, AlignError> {
        check_chain(&blocks)?;
        let width = blocks.first().map_or(0, Block::inputs);
        if let Some(found) = input.as_ref().map(|s| vec![s.mean.len(), s.scale.len()])
            && found != [width, width]
        {
            let expected = format!("{width} values each");
            return Err(AlignError::Shape {
                name: "input.mean, input.scale".into(),
                found,
                expected,
            });
        }
        Ok(Self {
            input,
            blocks,
            keeps_length: false,
            beside: Vec::new(),
        })
    }

    /// The same, with inputs taken as they are instead of at unit length.
    pub(crate) fn keeping_length(mut self) -> Self {
        self.keeps_length = true;
        self
    }

    /// The tower with these projections beside its blocks.
    ///
    /// # Errors
    /// [`AlignError::Shape`] for a weight that is not a positive number, or a projection that reads or gives nothing.
    pub fn with_beside(mut self, beside: Vec<Beside>) -> Result<Self, AlignError> {
        let wrong = |b: &&Beside| {
            !(b.weight.is_finite() && b.weight > 0.0)
                || b.layer.inputs == 0
                || b.layer.outputs() == 0
        };
        if let Some(found) = beside.iter().find(wrong) {
            return Err(AlignError::Shape {
                name: "beside".into(),
                found: vec![found.layer.outputs(), found.layer.inputs],
                expected: "a projection with a positive weight".into(),
            });
        }
        self.beside = beside;
        Ok(self)
    }

    /// The blocks, first to last.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Length of the vector taken.
    pub fn inputs(&self) -> usize {
        let beside = self.beside.iter().map(Beside::end);
        beside.fold(self.read_by_blocks(), usize::max)
    }

    /// Length of the part of the input that the blocks read, its beginning.
    pub(super) fn read_by_blocks(&self) -> usize {
        self.blocks.first().map_or(0, Block::inputs)
    }

    /// Width of the shared space.
    pub(crate) fn outputs(&self) -> usize {
        let beside: usize = self.beside.iter().map(|b| b.layer.outputs()).sum();
        self.blocks.last().map_or(0, Block::outputs) + beside
    }

    /// The latent of `x`, unit length. What a member reads is brought to unit length first (but in towers of
    /// models that were trained without), and standardised where the tower says so, as in training; an input of
    /// another length is cut or zero-filled.
    pub fn forward(&self, x: &[f32]) -> Vec<f32> {
        let width = self.read_by_blocks();
        let mut read = match self.keeps_length {
            true => cut(x, width),
            false => part(x, 0, width),
        };
        if let Some(input) = &self.input {
            input.forward(&mut read);
        }
        let mut latent = unit(&run(&self.blocks, read, width));
        if self.beside.is_empty() {
            return latent;
        }
        for member in &self.beside {
            let projected = unit(&member.layer.forward(&part(
                x,
                member.start,
                member.layer.inputs,
            )));
            latent.extend(projected.iter().map(|v| v * member.weight));
        }
        unit(&latent)
    }

    /// The weights, named as NiCLIP's state dict names them below `prefix`
    /// ("image_model.model", "text_model.model").
    pub(crate) fn to_tensors(&self, prefix: &str) -> Vec<Tensor<'static>> {
        let mut out = Vec::new();
        if let Some(input) = &self.input {
            push_vector(&mut out, format!("{prefix}.input.mean"), &input.mean);
            push_vector(&mut out, format!("{prefix}.input.scale"), &input.scale);
        }
        out.extend(blocks_to_tensors(&self.blocks, prefix));
        for (number, member) in self.beside.iter().enumerate() {
            let name = format!("{prefix}.beside.{number}");
            push_linear(&mut out, &name, &member.layer);
            // Both are exact, or the same on both towers, at the half precision of bundles.
            let place = [member.start as f32, member.weight];
            push_vector(&mut out, format!("{name}.place"), &place);
        }
        out
    }

    /// Rebuilds a tower from named weights: blocks 0, 1, … as far as there are any.
    pub fn from_tensors(prefix: &str, from: &mut Container<'_>) -> Result<Self, AlignError> {
        let blocks = blocks_from_tensors(prefix, from)?;
        let mean = from.take(&format!("{prefix}.input.mean"));
        let scale = from.take(&format!("{prefix}.input.scale"));
        let input = match (mean, scale) {
            (Some(mean), Some(scale)) => Some(Standardise {
                mean: mean.to_f32()?,
                scale: scale.to_f32()?,
            }),
            (None, None) => None,
            _ => return Err(AlignError::MissingWeight(format!("{prefix}.input"))),
        };
        Self::new(input, blocks)?.with_beside(beside_from_tensors(prefix, from)?)
    }
}

/// The `width` numbers from `start` on, those that are there at unit length.
pub(super) fn part(x: &[f32], start: usize, width: usize) -> Vec<f32> {
    let end = x.len().min(start + width);
    let mut part = unit(x.get(start..end).unwrap_or_default());
    part.resize(width, 0.0);
    part
}

/// The first `width` numbers as they are, zeros after them.
pub(super) fn cut(x: &[f32], width: usize) -> Vec<f32> {
    let mut x = x.to_vec();
    x.resize(width, 0.0);
    x
}

/// Largest place in an input that a half-precision number tells exactly.
const MAX_START: f32 = 2048.0;

fn beside_from_tensors(prefix: &str, from: &mut Container<'_>) -> Result<Vec<Beside>, AlignError> {
    let mut out = Vec::new();
    loop {
        let name = format!("{prefix}.beside.{}", out.len());
        let Some(layer) = linear_from(&name, from)? else {
            return Ok(out);
        };
        let place = vector_from(&format!("{name}.place"), 2, from)?;
        if !(0.0..=MAX_START).contains(&place[0]) || place[0].fract() != 0.0 {
            return Err(AlignError::Shape {
                name: format!("{name}.place"),
                found: vec![2],
                expected: "a whole number and a weight".into(),
            });
        }
        out.push(Beside {
            start: place[0] as usize,
            layer,
            weight: place[1],
        });
    }
}

/// Latent → features of the map expected there: residual blocks (possibly none), then a dense
/// layer.
#[derive(Debug, Clone, PartialEq)]
pub struct MapDecoder {
    blocks: Vec<Block>,
    head: Linear,
}

impl MapDecoder {
    /// From blocks whose widths chain into the head's.
    pub fn new(blocks: Vec<Block>, head: Linear) -> Result<Self, AlignError> {
        check_chain(&blocks)?;
        if blocks.last().is_some_and(|b| b.outputs() != head.inputs) {
            return Err(AlignError::Shape {
                name: "head.weight".into(),
                found: vec![head.outputs(), head.inputs],
                expected: "as many columns as the last block gives".into(),
            });
        }
        Ok(Self { blocks, head })
    }

    /// Width of the latent taken.
    pub fn inputs(&self) -> usize {
        self.blocks.first().map_or(self.head.inputs, Block::inputs)
    }

    /// Number of features given.
    pub(crate) fn outputs(&self) -> usize {
        self.head.outputs()
    }

    /// The features expected at a unit-length latent, on the scale of the training features (unit
    /// vectors): their length tells how sure the model is, and stays below 1.
    ///
    /// The latent is multiplied by √width first, so that its entries are of order one as the
    /// blocks expect.
    pub fn forward(&self, latent: &[f32]) -> Vec<f32> {
        let scale = (self.inputs() as f32).sqrt();
        let x = latent.iter().map(|v| v * scale).collect();
        self.head.forward(&run(&self.blocks, x, self.inputs()))
    }

    /// The weights, named below `prefix` ("decoder_model").
    pub(crate) fn to_tensors(&self, prefix: &str) -> Vec<Tensor<'static>> {
        let mut out = blocks_to_tensors(&self.blocks, prefix);
        push_linear(&mut out, &format!("{prefix}.head"), &self.head);
        out
    }

    /// Rebuilds a decoder from named weights.
    pub fn from_tensors(prefix: &str, from: &mut Container<'_>) -> Result<Self, AlignError> {
        let blocks = blocks_from_tensors(prefix, from)?;
        let head = linear_from(&format!("{prefix}.head"), from)?
            .ok_or_else(|| AlignError::MissingWeight(format!("{prefix}.head.weight")))?;
        Self::new(blocks, head)
    }
}

fn run(blocks: &[Block], mut x: Vec<f32>, inputs: usize) -> Vec<f32> {
    x.resize(inputs, 0.0);
    for block in blocks {
        x = block.forward(&x);
    }
    x
}

fn check_chain(blocks: &[Block]) -> Result<(), AlignError> {
    for (i, pair) in blocks.windows(2).enumerate() {
        if pair[0].outputs() != pair[1].inputs() {
            return Err(AlignError::Shape {
                name: format!("block {}", i + 1),
                found: vec![pair[1].outputs(), pair[1].inputs()],
                expected: format!("{} columns", pair[0].outputs()),
            });
        }
    }
    Ok(())
}

fn push_linear(out: &mut Vec<Tensor<'static>>, name: &str, layer: &Linear) {
    let shape = [layer.outputs(), layer.inputs];
    out.push(Tensor::f32(format!("{name}.weight"), &shape, &layer.weight));
    push_vector(out, format!("{name}.bias"), &layer.bias);
}

fn push_vector(out: &mut Vec<Tensor<'static>>, name: String, values: &[f32]) {
    out.push(Tensor::f32(name, &[values.len()], values));
}

fn blocks_to_tensors(blocks: &[Block], prefix: &str) -> Vec<Tensor<'static>> {
    let mut out = Vec::new();
    for (i, block) in blocks.iter().enumerate() {
        let (fc, norm) = match block {
            Block::Residual { fc, norm } => (fc, norm),
            Block::Projection {
                projection,
                fc,
                norm,
            } => {
                push_linear(&mut out, &format!("{prefix}.{i}.projection"), projection);
                (fc, norm)
            }
        };
        push_linear(&mut out, &format!("{prefix}.{i}.fc"), fc);
        push_vector(
            &mut out,
            format!("{prefix}.{i}.layer_norm.weight"),
            &norm.weight,
        );
        push_vector(
            &mut out,
            format!("{prefix}.{i}.layer_norm.bias"),
            &norm.bias,
        );
    }
    out
}

fn blocks_from_tensors(prefix: &str, from: &mut Container<'_>) -> Result<Vec<Block>, AlignError> {
    let mut blocks = Vec::new();
    loop {
        let base = format!("{prefix}.{}", blocks.len());
        let Some(fc) = linear_from(&format!("{base}.fc"), from)? else {
            break;
        };
        let width = fc.outputs();
        if fc.inputs != width {
            return Err(AlignError::Shape {
                name: format!("{base}.fc.weight"),
                found: vec![width, fc.inputs],
                expected: "a square".into(),
            });
        }
        let norm = LayerNorm {
            weight: vector_from(&format!("{base}.layer_norm.weight"), width, from)?,
            bias: vector_from(&format!("{base}.layer_norm.bias"), width, from)?,
        };
        blocks.push(match linear_from(&format!("{base}.projection"), from)? {
            Some(projection) if projection.outputs() != width => {
                return Err(AlignError::Shape {
                    name: format!("{base}.projection.weight"),
                    found: vec![projection.outputs(), projection.inputs],
                    expected: format!("{width} rows"),
                });
            }
            Some(projection) => Block::Projection {
                projection,
                fc,
                norm,
            },
            None => Block::Residual { fc, norm },
        });
    }
    Ok(blocks)
}

fn linear_from(name: &str, from: &mut Container<'_>) -> Result<Option<Linear>, AlignError> {
    let Some(weight) = from.take(&format!("{name}.weight")) else {
        return Ok(None);
    };
    let values = weight.to_f32()?;
    let &[outputs, inputs] = weight.shape.as_slice() else {
        return Err(AlignError::Shape {
            name: weight.name,
            found: weight.shape,
            expected: "two axes".into(),
        });
    };
    if outputs == 0 || inputs == 0 || outputs.checked_mul(inputs) != Some(values.len()) {
        return Err(AlignError::Shape {
            name: weight.name,
            found: weight.shape,
            expected: "rows × columns values, none of them zero".into(),
        });
    }
    let bias = vector_from(&format!("{name}.bias"), outputs, from)?;
    Ok(Some(Linear {
        weight: values,
        bias,
        inputs,
    }))
}

fn vector_from(
    name: &str,
    length: usize,
    from: &mut Container<'_>,
) -> Result<Vec<f32>, AlignError> {
    let tensor = from
        .take(name)
        .ok_or_else(|| AlignError::MissingWeight(name.to_owned()))?;
    let values = tensor.to_f32()?;
    if values.len() == length {
        Ok(values)
    } else {
        Err(AlignError::Shape {
            name: name.to_owned(),
            found: tensor.shape,
            expected: format!("{length} values"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linear(outputs: usize, inputs: usize, seed: f32) -> Linear {
        Linear {
            weight: (0..outputs * inputs)
                .map(|i| ((i as f32 + seed) * 0.7).sin())
                .collect(),
            bias: (0..outputs).map(|i| i as f32 * 0.01).collect(),
            inputs,
        }
    }

    fn container(tensors: Vec<Tensor<'static>>) -> Container<'static> {
        let mut out = Container::default();
        out.extend(tensors);
        out
    }

    fn norm(width: usize) -> LayerNorm {
        LayerNorm {
            weight: vec![1.0; width],
            bias: vec![0.0; width],
        }
    }

    fn tower() -> Tower {
        let input = Standardise {
            mean: vec![0.1; 4],
            scale: vec![2.0; 4],
        };
        Tower::new(
            Some(input),
            vec![
                Block::Projection {
                    projection: linear(6, 4, 1.0),
                    fc: linear(6, 6, 2.0),
                    norm: norm(6),
                },
                Block::Residual {
                    fc: linear(6, 6, 3.0),
                    norm: norm(6),
                },
            ],
        )
        .unwrap()
    }

    #[test]
    fn latents_have_unit_length_and_ignore_the_scale_of_the_input() {
        let a = tower().forward(&[0.1, -0.2, 0.3, 0.4]);
        let b = tower().forward(&[1.0, -2.0, 3.0, 4.0]);
        assert!((a.iter().map(|v| v * v).sum::<f32>() - 1.0).abs() < 1e-5);
        assert!(a.iter().zip(&b).all(|(x, y)| (x - y).abs() < 1e-5));
    }

    #[test]
    fn the_cosine_of_two_latents_is_the_weighted_mean_of_the_members() {
        let member = Beside {
            start: 4,
            layer: linear(3, 2, 5.0),
            weight: 0.5,
        };
        let whole = tower().with_beside(vec![member.clone()]).unwrap();
        assert_eq!((whole.inputs(), whole.outputs()), (6, 9));
        let (a, b) = (
            [0.1, -0.2, 0.3, 0.4, 1.0, -1.0],
            [0.5, 0.2, -0.3, 0.1, 0.3, 2.0],
        );
        let cosine = |a: &[f32], b: &[f32]| crate::linalg::dot(&unit(a), &unit(b));
        let blocks = cosine(&tower().forward(&a[..4]), &tower().forward(&b[..4]));
        let beside = cosine(
            &member.layer.forward(&unit(&a[4..])),
            &member.layer.forward(&unit(&b[4..])),
        );
        let expected = (blocks + 0.25 * beside) / 1.25;
        assert!((cosine(&whole.forward(&a), &whole.forward(&b)) - expected).abs() < 1e-5);

        let mut stored = container(whole.to_tensors("t"));
        assert_eq!(Tower::from_tensors("t", &mut stored).unwrap(), whole);
        let mut bad = member;
        bad.weight = f32::NAN;
        assert!(tower().with_beside(vec![bad]).is_err());
    }

    #[test]
    fn weights_survive_the_round_trip_by_name() {
        let tower = tower();
        let mut stored = container(tower.to_tensors("text_model.model"));
        assert!(stored.get("text_model.model.0.projection.weight").is_some());
        let back = Tower::from_tensors("text_model.model", &mut stored);
        assert_eq!(back.unwrap(), tower);
    }

    #[test]
    fn weights_that_do_not_fit_are_refused() {
        let tower = tower();
        for broken in 0..tower.to_tensors("t").len() {
            let mut stored = tower.to_tensors("t");
            let name = stored[broken].name.clone();
            let mut values = stored[broken].to_f32().unwrap();
            values.pop();
            stored[broken] = Tensor::f32(name.clone(), &stored[broken].shape, &values);
            let result = Tower::from_tensors("t", &mut container(stored));
            assert!(result.is_err(), "{name}");
        }
    }

    #[test]
    fn bad_input_gives_zeros_or_a_finite_latent() {
        for input in [vec![], vec![0.0; 4], vec![f32::NAN; 4], vec![1.0; 9]] {
            assert!(tower().forward(&input).iter().all(|v| v.is_finite()));
        }
    }
}
