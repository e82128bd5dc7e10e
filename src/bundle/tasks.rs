//! The vocabulary: tasks with their text embeddings and the literature prior.

use super::{BundleError, TaskName};
use crate::align::{Tower, unit};
use crate::tensors::{Container, Tensor};

const EMBEDDINGS: &str = "tasks.embeddings";
const TEXT_OF: &str = "tasks.text_of";

/// Tasks in a fixed order. All vectors are of the same length, but where said.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskTable {
    /// Ontology identifiers.
    pub ids: Vec<String>,
    /// Display names.
    pub names: Vec<String>,
    /// Its texts in the numbers the text tower takes, `texts × dim`, row major.
    pub embeddings: Vec<f32>,
    /// The task of each text, ascending; every task has one at least.
    pub text_of: Vec<u16>,
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

    /// The row of a task by its id, else by its name.
    pub fn find(&self, text: &str) -> Option<usize> {
        self.row_of(text).or_else(|| self.row_named(text))
    }

    /// Numbers of a text.
    fn dim(&self) -> usize {
        self.embeddings.len() / self.text_of.len().max(1)
    }

    /// Whether a task has more texts than one.
    pub(super) fn has_several_texts(&self) -> bool {
        self.text_of.len() > self.len()
    }

    /// The texts of a task in numbers; none where there is no such task.
    pub fn texts(&self, task: usize) -> impl Iterator<Item = &[f32]> {
        let rows = self.embeddings.chunks_exact(self.dim().max(1));
        let own = rows.zip(&self.text_of);
        own.filter(move |(_, of)| usize::from(**of) == task)
            .map(|(row, _)| row)
    }

    /// The latent of a task: that of its text; of several texts the mean of theirs, at unit length.
    pub(crate) fn latent(&self, task: usize, tower: &Tower) -> Vec<f32> {
        let mut latents = self.texts(task).map(|text| tower.forward(text));
        let Some(mut sum) = latents.next() else {
            return vec![0.0; tower.outputs()];
        };
        let mut one = true;
        for latent in latents {
            one = false;
            sum.iter_mut().zip(latent).for_each(|(s, v)| *s += v);
        }
        if one { sum } else { unit(&sum) }
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
        let shape = [self.text_of.len(), self.dim()];
        if self.has_several_texts() {
            // Half precision, as the weights that read them.
            out.push(Tensor::f16(EMBEDDINGS, &shape, &self.embeddings));
            out.push(Tensor::u16(TEXT_OF, &[self.text_of.len()], &self.text_of));
        } else {
            out.push(Tensor::f32(EMBEDDINGS, &shape, &self.embeddings));
        }
        out.push(Tensor::f32("tasks.prior", &[self.len()], &self.prior));
    }

    pub(super) fn load(
        from: &mut Container<'_>,
        names: &[TaskName],
        dim: usize,
    ) -> Result<Self, BundleError> {
        let one_each = || (0..names.len()).map(|task| task as u16).collect();
        let out = Self {
            ids: names.iter().map(|t| t.id.clone()).collect(),
            names: names.iter().map(|t| t.name.clone()).collect(),
            embeddings: from.need(EMBEDDINGS)?.to_f32()?,
            text_of: match from.take(TEXT_OF) {
                Some(stored) => stored.to_u16()?,
                None => one_each(),
            },
            prior: from.need("tasks.prior")?.to_f32()?,
        };
        // Ascending in steps of 0 or 1 from 0 to the last: every task has a text.
        let steps_on = |pair: &[u16]| pair[1] == pair[0] || pair[1].checked_sub(1) == Some(pair[0]);
        let fits = !out.is_empty()
            && out.len() <= usize::from(u16::MAX)
            && out.text_of.len().checked_mul(dim) == Some(out.embeddings.len())
            && out.text_of.first() == Some(&0)
            && out.text_of.windows(2).all(steps_on)
            && out.text_of.last().map(|&last| usize::from(last) + 1) == Some(out.len())
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
