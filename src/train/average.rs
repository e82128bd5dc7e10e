//! A running average of the weights, which generalises better than the last step's.

use candle_core::{Tensor, Var};

use super::TrainError;
use crate::align::AlignError;
use crate::tensors::{Container, Tensor as Stored};

/// Name of the count of steps where an average is stored.
const STEPS: &str = "average steps";

/// Exponential average of trained arrays, with the start-up bias removed by a growing weight.
pub(super) struct Average {
    vars: Vec<Var>,
    means: Vec<Tensor>,
    weight: f64,
    steps: u64,
}

impl Average {
    /// `weight` is kept of the old average a step; 0 keeps no average at all.
    pub(super) fn new(vars: Vec<Var>, weight: f64) -> Result<Self, TrainError> {
        let vars = if weight > 0.0 { vars } else { Vec::new() };
        let means = vars
            .iter()
            .map(|v| v.copy())
            .collect::<Result<_, _>>()
            .map_err(AlignError::from)?;
        Ok(Self {
            vars,
            means,
            weight,
            steps: 0,
        })
    }

    /// Follows the weights after a step.
    pub(super) fn follow(&mut self) -> Result<(), TrainError> {
        self.steps += 1;
        let warm = self.steps as f64;
        let weight = self.weight.min((1.0 + warm) / (10.0 + warm));
        for (mean, var) in self.means.iter_mut().zip(&self.vars) {
            let next =
                (mean.affine(weight, 0.0)).and_then(|m| m + var.affine(1.0 - weight, 0.0)?);
            *mean = next.map_err(AlignError::from)?.detach();
        }
        Ok(())
    }

    /// The average and its count of steps, to go on from later.
    pub(super) fn store(&self, into: &mut Container<'_>) -> Result<(), TrainError> {
        for (n, mean) in self.means.iter().enumerate() {
            let values = mean.flatten_all().and_then(|m| m.to_vec1::<f32>());
            let values = values.map_err(AlignError::from)?;
            into.push(Stored::f32(format!("average.{n}"), mean.dims(), &values));
        }
        let steps = self.steps.to_string();
        into.metadata.insert(STEPS.to_owned(), steps);
        Ok(())
    }

    /// Goes on from what was stored of the same arrays.
    pub(super) fn load(&mut self, from: &mut Container<'_>) -> Result<(), TrainError> {
        let missing = |name: &str| TrainError::Checkpoint(format!("{name} is missing"));
        let steps = from
            .metadata
            .get(STEPS)
            .and_then(|steps| steps.parse().ok());
        self.steps = steps.ok_or_else(|| missing(STEPS))?;
        for (n, mean) in self.means.iter_mut().enumerate() {
            let name = format!("average.{n}");
            let stored = from
                .take(&name)
                .filter(|stored| stored.shape == mean.dims());
            let values = stored.and_then(|stored| stored.to_f32().ok());
            let values = values.ok_or_else(|| missing(&name))?;
            *mean =
                Tensor::from_vec(values, mean.dims(), mean.device()).map_err(AlignError::from)?;
        }
        Ok(())
    }

    /// Puts the average in place of the weights; the weights come back for [`Average::swap_out`].
    pub(super) fn swap_in(&self) -> Result<Vec<Tensor>, TrainError> {
        let mut live = Vec::new();
        for (mean, var) in self.means.iter().zip(&self.vars) {
            live.push(var.copy().map_err(AlignError::from)?);
            var.set(mean).map_err(AlignError::from)?;
        }
        Ok(live)
    }

    /// Puts the weights back.
    pub(super) fn swap_out(&self, live: Vec<Tensor>) -> Result<(), TrainError> {
        for (live, var) in live.iter().zip(&self.vars) {
            var.set(live).map_err(AlignError::from)?;
        }
        Ok(())
    }
}
