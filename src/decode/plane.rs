//! The tasks of a model in the plane: the two directions of the shared space along which they lie farthest apart.

use super::Vocabulary;
use crate::learn::eigenvectors;
use crate::linalg::dot;
use crate::progress::{Cancelled, Progress};

/// The plane: principal components of the tasks' latents.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    mean: Vec<f32>,
    axes: [Vec<f32>; 2],
    /// Share of the tasks' variance that lies in the plane, 0..=1.
    pub share: f32,
    /// Every task of the vocabulary, in its order.
    pub tasks: Vec<[f32; 2]>,
}

impl Plane {
    /// Of the tasks of a vocabulary; all in the middle where there are fewer than two.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn of(vocabulary: &Vocabulary, progress: &Progress) -> Result<Self, Cancelled> {
        let latents = vocabulary.latents();
        let (count, width) = (latents.len(), latents.first().map_or(0, Vec::len));
        let mean: Vec<f32> = (0..width)
            .map(|place| latents.iter().map(|l| l[place]).sum::<f32>() / count.max(1) as f32)
            .collect();
        let centred: Vec<Vec<f32>> = latents
            .iter()
            .map(|latent| latent.iter().zip(&mean).map(|(v, m)| v - m).collect())
            .collect();
        // There are fewer tasks than the space has directions: their products tell the same axes.
        let mut products = Vec::with_capacity(count * count);
        for a in &centred {
            products.extend(centred.iter().map(|b| f64::from(dot(a, b))));
        }
        let (values, vectors) = eigenvectors(products, count, progress)?;
        let all: f64 = values.iter().map(|v| v.max(0.0)).sum();
        let axis = |number: usize| -> Vec<f32> {
            let mut axis = vec![0.0_f32; width];
            let Some(value) = values.get(number).filter(|v| **v > 1e-12 * all) else {
                return axis;
            };
            let weights = &vectors[number * count..][..count];
            // A vector and its opposite are the same axis: the task that lies farthest out has its positive end.
            let largest = weights
                .iter()
                .copied()
                .max_by(|a, b| a.abs().total_cmp(&b.abs()));
            let sign = largest.map_or(1.0, f64::signum);
            for (weight, task) in weights.iter().zip(&centred) {
                let weight = (sign * weight / value.sqrt()) as f32;
                for (slot, v) in axis.iter_mut().zip(task) {
                    *slot += weight * v;
                }
            }
            axis
        };
        let mut plane = Self {
            mean,
            axes: [axis(0), axis(1)],
            share: match all > 0.0 {
                true => (values.iter().take(2).map(|v| v.max(0.0)).sum::<f64>() / all) as f32,
                false => 0.0,
            },
            tasks: Vec::new(),
        };
        plane.tasks = latents.iter().map(|latent| plane.place(latent)).collect();
        Ok(plane)
    }

    /// Where a latent lies.
    pub fn place(&self, latent: &[f32]) -> [f32; 2] {
        let moved: Vec<f32> = latent.iter().zip(&self.mean).map(|(v, m)| v - m).collect();
        self.axes.each_ref().map(|axis| dot(axis, &moved))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ontology::Ontology;

    fn vocabulary(latents: Vec<Vec<f32>>) -> Vocabulary {
        let names: Vec<String> = (0..latents.len()).map(|n| format!("task {n}")).collect();
        let prior = vec![1.0; latents.len()];
        Vocabulary::new(&names, &names, latents, &prior, 1.0, Ontology::embedded())
    }

    #[test]
    fn tasks_in_a_plane_keep_their_distances() {
        let latents = vec![
            vec![0.8, 0.1, 0.5, 0.0],
            vec![-0.8, 0.1, 0.5, 0.0],
            vec![0.0, 0.1, -0.3, 0.0],
            vec![0.2, 0.1, 0.9, 0.0],
        ];
        let plane = Plane::of(&vocabulary(latents.clone()), &Progress::new()).unwrap();
        assert!((plane.share - 1.0).abs() < 1e-5, "{plane:?}");
        let squared =
            |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum() };
        for a in 0..4 {
            for b in 0..4 {
                let (in_plane, in_space) = (
                    squared(&plane.tasks[a], &plane.tasks[b]),
                    squared(&latents[a], &latents[b]),
                );
                assert!((in_plane - in_space).abs() < 1e-4);
            }
            assert_eq!(plane.place(&latents[a]), plane.tasks[a]);
        }
    }

    #[test]
    fn few_tasks_are_no_trouble() {
        let none = Plane::of(&vocabulary(Vec::new()), &Progress::new()).unwrap();
        assert_eq!((none.share, none.tasks.len()), (0.0, 0));
        let one = Plane::of(&vocabulary(vec![vec![1.0, 0.0]]), &Progress::new()).unwrap();
        assert_eq!(one.tasks, [[0.0, 0.0]]);
    }
}
