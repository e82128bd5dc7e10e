//! The vocabulary: tasks with their text embeddings and the literature prior.

use super::{BundleError, TaskName};
use crate::tensors::{Container, Tensor};

/// Tasks in a fixed order. All vectors are of the same length, but where said.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskTable {
    /// Ontology identifiers.
    pub ids: Vec<String>,
    /// Display names.
    pub names: Vec<String>,
    /// Raw embeddings, half name and half definition, `tasks × dim`, row major.
    pub embeddings: Vec<f32>,
    /// Literature prior, positive, summing to 1.
    pub prior: Vec<f32>,
}

impl TaskTable {
    /// Number of tasks.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The row of the task with this id.
    pub fn row_of(&self, id: &str) -> Option<usize> {
        self.ids.iter().position(|known| known == id)
    }

    /// The row of the task that a text names, compared without case.
    pub fn row_named(&self, text: &str) -> Option<usize> {
        let wanted = text.trim().to_lowercase();
        let mut names = self.names.iter();
        names.position(|name| name.to_lowercase() == wanted)
    }

    /// The embedding of a task; empty where there is no such task.
    pub fn embedding(&self, task: usize) -> &[f32] {
        let dim = self.embeddings.len() / self.len().max(1);
        self.embeddings
            .get(task * dim..(task + 1) * dim)
            .unwrap_or_default()
    }

    pub(super) fn names(&self) -> Vec<TaskName> {
        let pairs = self.ids.iter().zip(&self.names);
        pairs
            .map(|(id, name)| TaskName {
                id: id.clone(),
                name: name.clone(),
            })
            .collect()
    }

    pub(super) fn store(&self, out: &mut Container<'_>) {
        let dim = self.embeddings.len() / self.len().max(1);
        out.push(Tensor::f32(
            "tasks.embeddings",
            &[self.len(), dim],
            &self.embeddings,
        ));
        out.push(Tensor::f32("tasks.prior", &[self.len()], &self.prior));
    }

    pub(super) fn load(
        from: &mut Container<'_>,
        names: &[TaskName],
        dim: usize,
    ) -> Result<Self, BundleError> {
        let out = Self {
            ids: names.iter().map(|t| t.id.clone()).collect(),
            names: names.iter().map(|t| t.name.clone()).collect(),
            embeddings: from.need("tasks.embeddings")?.to_f32()?,
            prior: from.need("tasks.prior")?.to_f32()?,
        };
        let fits = !out.is_empty()
            && out.len().checked_mul(dim) == Some(out.embeddings.len())
            && out.prior.len() == out.len();
        let sum: f64 = out.prior.iter().map(|&p| f64::from(p)).sum();
        if !fits {
            Err(BundleError::Damaged(
                "the task table does not fit together".into(),
            ))
        } else if out.prior.iter().any(|&p| p <= 0.0) || (sum - 1.0).abs() > 1e-3 {
            Err(BundleError::Damaged("the prior is no distribution".into()))
        } else {
            Ok(out)
        }
    }
}
