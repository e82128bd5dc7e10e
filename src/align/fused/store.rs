//! Checkpoints: everything a run needs to go on with the same bits.

use super::lanes::padded;
use super::params::{Dense, Param, put, taken};
use super::{Distance, FusedTowers, Limits, Objective, Reconstruction, shape};
use crate::align::optim::AdamWConfig;
use crate::align::{AlignError, Linear, Tower};
use crate::tensors::{Container, Tensor};

/// Names of the towers' arrays begin with these.
const SIDES: [&str; 2] = ["fused.image", "fused.text"];
/// The settings, all of them numbers, in the order of [`Settings`].
const NUMBERS: &str = "fused.numbers";
const COUNT: usize = 17;

/// Width, stride, rows.
type Layout = (usize, usize, usize);

impl FusedTowers {
    /// Everything that a run needs to go on with the same bits: weights, moments, averages, steps and settings, but
    /// the number of threads, under names that begin with "fused.".
    pub fn store(&self, into: &mut Container<'_>) {
        into.push(Tensor::f64(NUMBERS, &[COUNT], &self.numbers()));
        for (side, prefix) in self.sides.iter().zip(SIDES) {
            if let Some(input) = &side.input {
                for (name, values) in [("mean", &input.mean), ("scale", &input.scale)] {
                    let name = format!("{prefix}.input.{name}");
                    into.push(Tensor::f32(name, &[values.len()], values));
                }
            }
        }
        for (name, param, layout) in self.params() {
            let (width, _, rows) = layout;
            let shape = match name.ends_with(".weight") && !name.contains("layer_norm") {
                true => vec![rows, width],
                false => vec![width],
            };
            for (array, values) in param.arrays() {
                if !values.is_empty() {
                    let values = taken(values, layout);
                    into.push(Tensor::f32(stored(&name, array), &shape, &values));
                }
            }
        }
    }

    /// What [`store`](Self::store) stored, on [`default_threads`](super::default_threads) threads.
    ///
    /// # Errors
    /// [`AlignError`] where arrays are missing, of other shapes or hold what is no number.
    pub fn load(from: &mut Container<'_>) -> Result<Self, AlignError> {
        let numbers = need(from, NUMBERS)?.to_f64()?;
        let numbers: [f64; COUNT] = numbers
            .try_into()
            .map_err(|n: Vec<f64>| shape(NUMBERS, &[n.len()], &format!("{COUNT} values")))?;
        let [image, text] = SIDES.map(|prefix| Tower::from_tensors(prefix, from));
        let keep = |tower: Tower, number: f64| match number != 0.0 {
            true => tower.keeping_length(),
            false => tower,
        };
        let (image, text) = (keep(image?, numbers[15]), keep(text?, numbers[16]));
        let settings = Settings::of(&numbers);
        let mut towers = Self::new(&image, &text, 0.0, settings.optimiser, numbers[5])?;
        towers = towers
            .with_objective(settings.objective)
            .with_limits(settings.limits);
        if let Some(reconstruction) = settings.reconstruction {
            let weight = need(from, "fused.head.weight")?;
            let &[outputs, inputs] = weight.shape.as_slice() else {
                return Err(shape("fused.head.weight", &weight.shape, "two axes"));
            };
            let bias = need(from, "fused.head.bias")?.to_f32()?;
            if bias.len() != outputs {
                return Err(shape("fused.head.bias", &[bias.len()], "a value an output"));
            }
            let head = Linear {
                weight: weight.to_f32()?,
                bias,
                inputs,
            };
            towers = towers.with_reconstruction(&head, reconstruction)?;
        }
        towers.steps = settings.steps;
        // A block that is missing ends a tower early.
        let arrays = towers.params().len();
        if arrays as f64 != numbers[14] {
            let expected = format!("{} arrays", numbers[14]);
            return Err(shape("fused", &[arrays], &expected));
        }
        for (name, param, layout) in towers.params_mut() {
            let (width, stride, rows) = layout;
            let alone = ["fused.scale", "fused.logit_bias"].contains(&name.as_str());
            for (array, into) in param.arrays_mut() {
                if into.is_empty() || array == "value" && !alone {
                    continue;
                }
                let name = stored(&name, array);
                let values = need(from, &name)?.to_f32()?;
                if values.len() != width * rows {
                    let expected = format!("{} values", width * rows);
                    return Err(shape(&name, &[values.len()], &expected));
                }
                put(&values, into, (width, stride));
            }
        }
        Ok(towers)
    }

    fn numbers(&self) -> [f64; COUNT] {
        let c = self.optimiser;
        let none = |limit: Option<f64>| limit.unwrap_or(f64::NAN);
        let (objective, figure) = match self.objective {
            Objective::InfoNce => (0.0, 0.0),
            Objective::Margin { margin } => (1.0, margin),
            Objective::SigLip { bias } => (2.0, bias),
        };
        let reconstruction = self.reconstruction.as_ref().map(|(r, _)| *r);
        let (distance, contrast, weight) =
            reconstruction.map_or((0.0, 1.0, 0.0), |r| match r.distance {
                Distance::Squares => (1.0, r.contrast, r.weight),
                Distance::Cosine => (2.0, r.contrast, r.weight),
            });
        let keeps = |side: usize| f64::from(u8::from(self.sides[side].keeps_length));
        [
            c.learning_rate,
            c.beta1,
            c.beta2,
            c.epsilon,
            c.weight_decay,
            self.average,
            none(self.limits.gradient),
            none(self.limits.weight.map(f64::from)),
            // A run has far fewer than 2⁵³ steps.
            self.steps as f64,
            objective,
            f64::from(figure),
            distance,
            f64::from(contrast),
            f64::from(weight),
            self.params().len() as f64,
            keeps(0),
            keeps(1),
        ]
    }

    /// Every trained array with its name and layout.
    fn params(&self) -> Vec<(String, &Param, Layout)> {
        let mut out = Vec::new();
        for (side, prefix) in self.sides.iter().zip(SIDES) {
            for (b, block) in side.blocks.iter().enumerate() {
                let base = format!("{prefix}.{b}");
                let norm = (block.outputs(), padded(block.outputs()), 1);
                for (dense, name) in block.dense.iter().zip(names(block.dense.len())) {
                    of_dense(dense, &format!("{base}.{name}"), &mut out);
                }
                out.push((
                    format!("{base}.layer_norm.weight"),
                    &block.norm_weight,
                    norm,
                ));
                out.push((format!("{base}.layer_norm.bias"), &block.norm_bias, norm));
            }
        }
        if let Some((_, head)) = &self.reconstruction {
            of_dense(head, "fused.head", &mut out);
        }
        out.push(("fused.scale".into(), &self.scale, (1, 1, 1)));
        out.push(("fused.logit_bias".into(), &self.bias, (1, 1, 1)));
        out
    }

    /// The same arrays in the same order, to be filled.
    fn params_mut(&mut self) -> Vec<(String, &mut Param, Layout)> {
        let described: Vec<(String, Layout)> =
            self.params().into_iter().map(|(n, _, l)| (n, l)).collect();
        let mut arrays = Vec::new();
        for block in self.sides.iter_mut().flat_map(|s| &mut s.blocks) {
            for dense in &mut block.dense {
                arrays.extend([&mut dense.weight, &mut dense.bias]);
            }
            arrays.extend([&mut block.norm_weight, &mut block.norm_bias]);
        }
        if let Some((_, head)) = &mut self.reconstruction {
            arrays.extend([&mut head.weight, &mut head.bias]);
        }
        arrays.extend([&mut self.scale, &mut self.bias]);
        let pairs = described.into_iter().zip(arrays);
        pairs.map(|((name, layout), p)| (name, p, layout)).collect()
    }
}

/// Names of a block's dense layers, as towers are stored.
fn names(layers: usize) -> &'static [&'static str] {
    match layers {
        1 => &["fc"],
        _ => &["projection", "fc"],
    }
}

fn of_dense<'a>(dense: &'a Dense, name: &str, out: &mut Vec<(String, &'a Param, Layout)>) {
    let weight = (dense.inputs, dense.across(), dense.outputs);
    out.push((format!("{name}.weight"), &dense.weight, weight));
    let bias = (dense.outputs, dense.down(), 1);
    out.push((format!("{name}.bias"), &dense.bias, bias));
}

/// The values themselves are stored under the names of a tower.
fn stored(name: &str, array: &str) -> String {
    match array {
        "value" => name.to_owned(),
        _ => format!("{name}.{array}"),
    }
}

fn need<'a>(from: &mut Container<'a>, name: &str) -> Result<Tensor<'a>, AlignError> {
    from.take(name)
        .ok_or_else(|| AlignError::MissingWeight(name.to_owned()))
}

/// What the numbers mean.
struct Settings {
    optimiser: AdamWConfig,
    limits: Limits,
    steps: u64,
    objective: Objective,
    reconstruction: Option<Reconstruction>,
}

impl Settings {
    fn of(n: &[f64; COUNT]) -> Self {
        let limit = |v: f64| (!v.is_nan()).then_some(v);
        let figure = n[10] as f32;
        let reconstruction = |distance| Reconstruction {
            contrast: n[12] as f32,
            weight: n[13] as f32,
            distance,
        };
        Self {
            optimiser: AdamWConfig {
                learning_rate: n[0],
                beta1: n[1],
                beta2: n[2],
                epsilon: n[3],
                weight_decay: n[4],
            },
            limits: Limits {
                gradient: limit(n[6]),
                weight: limit(n[7]).map(|v| v as f32),
            },
            steps: n[8] as u64,
            objective: match n[9] as u8 {
                1 => Objective::Margin { margin: figure },
                2 => Objective::SigLip { bias: figure },
                _ => Objective::InfoNce,
            },
            reconstruction: match n[11] as u8 {
                1 => Some(reconstruction(Distance::Squares)),
                2 => Some(reconstruction(Distance::Cosine)),
                _ => None,
            },
        }
    }
}
