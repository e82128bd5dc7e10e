//! AdamW with decoupled weight decay, exactly PyTorch's update, with moments that can be read.

use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, InplaceOp2, InplaceOp3, Layout, Tensor, Var, bail};

use super::AlignError;
use crate::tensors::{Container, Tensor as Stored};

/// Settings of [`AdamW`]; the defaults of β₁, β₂ and ε are PyTorch's.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct AdamWConfig {
    /// Step size.
    pub learning_rate: f64,
    /// Decay of the mean of gradients.
    pub beta1: f64,
    /// Decay of the mean of squared gradients.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Decoupled decay: weights shrink by `learning_rate · weight_decay` a step.
    pub weight_decay: f64,
}

impl Default for AdamWConfig {
    fn default() -> Self {
        Self {
            learning_rate: 5e-4,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.1,
        }
    }
}

struct Slot {
    var: Var,
    first: Tensor,
    second: Tensor,
}

/// The optimiser and its moments.
pub struct AdamW {
    /// May be changed between steps (schedules).
    pub config: AdamWConfig,
    slots: Vec<Slot>,
    steps: i32,
}

impl AdamW {
    /// An optimiser of `vars` with zero moments.
    pub fn new(vars: Vec<Var>, config: AdamWConfig) -> Result<Self, AlignError> {
        let slots = vars
            .into_iter()
            .map(|var| {
                Ok(Slot {
                    first: var.zeros_like()?,
                    second: var.zeros_like()?,
                    var,
                })
            })
            .collect::<Result<_, AlignError>>()?;
        Ok(Self {
            config,
            slots,
            steps: 0,
        })
    }

    /// One update from gradients. Arrays without a gradient stay as they are, as in PyTorch.
    pub fn step(&mut self, grads: &GradStore) -> Result<(), AlignError> {
        self.steps = self.steps.saturating_add(1);
        let c = self.config;
        let update = Update {
            decay: (1.0 - c.learning_rate * c.weight_decay) as f32,
            step: (c.learning_rate / (1.0 - c.beta1.powi(self.steps))) as f32,
            root: (1.0 - c.beta2.powi(self.steps)).sqrt().recip() as f32,
            epsilon: c.epsilon as f32,
        };
        for slot in &self.slots {
            let Some(grad) = grads.get(&slot.var) else {
                continue;
            };
            let grad = grad.contiguous()?;
            if slot.var.device().is_cpu() {
                slot.first.inplace_op2(
                    &grad,
                    &Moment {
                        beta: c.beta1 as f32,
                        square: false,
                    },
                )?;
                slot.second.inplace_op2(
                    &grad,
                    &Moment {
                        beta: c.beta2 as f32,
                        square: true,
                    },
                )?;
                slot.var
                    .as_tensor()
                    .inplace_op3(&slot.first, &slot.second, &update)?;
            } else {
                slot.step_by_tensors(&grad, c, update)?;
            }
        }
        Ok(())
    }
}

impl AdamW {
    /// Weights, moments and the count of steps, to go on from later.
    ///
    /// # Errors
    /// Failing arithmetic.
    pub(crate) fn store(&self, into: &mut Container<'_>) -> Result<(), AlignError> {
        for (n, slot) in self.slots.iter().enumerate() {
            let tensors = [slot.var.as_tensor(), &slot.first, &slot.second];
            for (what, tensor) in STORED.into_iter().zip(tensors) {
                let values: Vec<f32> = tensor.flatten_all()?.to_vec1()?;
                into.push(Stored::f32(format!("{what}.{n}"), tensor.dims(), &values));
            }
        }
        let steps = self.steps.to_string();
        into.metadata.insert(STEPS.to_owned(), steps);
        Ok(())
    }

    /// Goes on from what was stored of the same arrays.
    ///
    /// # Errors
    /// [`AlignError::MissingWeight`] where it is of others.
    pub(crate) fn load(&mut self, from: &mut Container<'_>) -> Result<(), AlignError> {
        let steps = from
            .metadata
            .get(STEPS)
            .and_then(|steps| steps.parse().ok());
        self.steps = steps.ok_or_else(|| AlignError::MissingWeight(STEPS.to_owned()))?;
        for (n, slot) in self.slots.iter_mut().enumerate() {
            let mut take = |what: &str| -> Result<Tensor, AlignError> {
                let name = format!("{what}.{n}");
                let stored = from.take(&name);
                let stored = stored.filter(|stored| stored.shape == slot.var.dims());
                let values = stored.and_then(|stored| stored.to_f32().ok());
                let values = values.ok_or(AlignError::MissingWeight(name))?;
                Ok(Tensor::from_vec(
                    values,
                    slot.var.dims(),
                    slot.var.device(),
                )?)
            };
            let [weights, first, second] = [take(STORED[0])?, take(STORED[1])?, take(STORED[2])?];
            slot.var.set(&weights)?;
            (slot.first, slot.second) = (first, second);
        }
        Ok(())
    }
}

/// Names of what is stored of an array, and of the count of steps.
const STORED: [&str; 3] = ["weights", "first moment", "second moment"];
const STEPS: &str = "optimiser steps";

impl Slot {
    /// The same update from ordinary tensor operations, for accelerators.
    fn step_by_tensors(
        &self,
        grad: &Tensor,
        c: AdamWConfig,
        update: Update,
    ) -> Result<(), AlignError> {
        let first = ((&self.first * c.beta1)? + (grad * (1.0 - c.beta1))?)?;
        let second = ((&self.second * c.beta2)? + (grad.sqr()? * (1.0 - c.beta2))?)?;
        let denominator = ((second.sqrt()? * f64::from(update.root))? + c.epsilon)?;
        let change = ((&first / denominator)? * f64::from(update.step))?;
        self.first.slice_set(&first, 0, 0)?;
        self.second.slice_set(&second, 0, 0)?;
        self.var
            .set(&((self.var.as_tensor() * f64::from(update.decay))? - change)?)?;
        Ok(())
    }
}

/// moment ← β·moment + (1 − β)·g or g².
struct Moment {
    beta: f32,
    square: bool,
}

impl InplaceOp2 for Moment {
    fn name(&self) -> &'static str {
        "adamw-moment"
    }

    fn cpu_fwd(
        &self,
        moment: &mut CpuStorage,
        moment_layout: &Layout,
        grad: &CpuStorage,
        grad_layout: &Layout,
    ) -> candle_core::Result<()> {
        let grad = values(grad, grad_layout)?;
        let (beta, rest) = (self.beta, 1.0 - self.beta);
        let pairs = values_mut(moment, moment_layout)?.iter_mut().zip(grad);
        if self.square {
            pairs.for_each(|(m, g)| *m = beta * *m + rest * g * g);
        } else {
            pairs.for_each(|(m, g)| *m = beta * *m + rest * g);
        }
        Ok(())
    }
}

/// w ← decay·w − step · m / (√v · root + ε).
#[derive(Clone, Copy)]
struct Update {
    decay: f32,
    step: f32,
    root: f32,
    epsilon: f32,
}

impl InplaceOp3 for Update {
    fn name(&self) -> &'static str {
        "adamw-update"
    }

    fn cpu_fwd(
        &self,
        weights: &mut CpuStorage,
        weights_layout: &Layout,
        first: &CpuStorage,
        first_layout: &Layout,
        second: &CpuStorage,
        second_layout: &Layout,
    ) -> candle_core::Result<()> {
        let (first, second) = (values(first, first_layout)?, values(second, second_layout)?);
        let weights = values_mut(weights, weights_layout)?;
        for ((w, m), v) in weights.iter_mut().zip(first).zip(second) {
            *w = self.decay * *w - self.step * m / (v.sqrt() * self.root + self.epsilon);
        }
        Ok(())
    }
}

fn values<'a>(storage: &'a CpuStorage, layout: &Layout) -> candle_core::Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&values[start..end]),
        _ => bail!("the optimiser takes contiguous f32 arrays"),
    }
}

fn values_mut<'a>(
    storage: &'a mut CpuStorage,
    layout: &Layout,
) -> candle_core::Result<&'a mut [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&mut values[start..end]),
        _ => bail!("the optimiser takes contiguous f32 arrays"),
    }
}
