//! The probabilities of NiCLIP's decoding (Peraza et al. 2025), in f64 and in logarithms.
//!
//! With cosines c, a scale s and a prior p over the vocabulary:
//! likelihood = softmax(s·c); posterior ∝ likelihood × p; Bayes factor = posterior odds / prior odds;
//! a concept's probability = 1 − Π(1 − p(task)) over the tasks that measure it, a domain's the same over
//! its concepts.

use super::PriorWeight;
use crate::linalg::dot_wide;

/// What the map says about each task. All vectors in the order of the vocabulary.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scores {
    /// Sums to 1.
    pub likelihood: Vec<f64>,
    /// Normalised; sums to 1.
    pub prior: Vec<f64>,
    /// Sums to 1.
    pub posterior: Vec<f64>,
    /// Finite, ≥ 0.
    pub bayes_factor: Vec<f64>,
}

/// Scores of a vocabulary from cosines. A prior that is no distribution (wrong length, nothing positive)
/// counts as uniform; it counts by its weight.
pub(super) fn score(cosines: &[f64], scale: f64, prior: &[f64], weight: PriorWeight) -> Scores {
    let z: Vec<f64> = cosines.iter().map(|cosine| scale * cosine).collect();
    let prior = weight.of(&distribution(prior, z.len()));
    let log_prior: Vec<f64> = prior.iter().map(|p| p.ln()).collect();
    let joint: Vec<f64> = z.iter().zip(&log_prior).map(|(z, p)| z + p).collect();
    let bayes_factor = z
        .iter()
        .zip(log_sum_exp_of_others(&joint))
        .zip(log_sum_exp_of_others(&log_prior))
        .map(|((z, other_joint), other_prior)| {
            // [post/(1−post)] / [prior/(1−prior)] with the task's own prior cancelled: no 1 − x, so
            // nothing is lost where the posterior is near 1, and a prior of 0 is no 0/0.
            let log = z + other_prior - other_joint;
            if log.is_nan() {
                1.0
            } else {
                log.exp().min(f64::from(f32::MAX))
            }
        })
        .collect();
    Scores {
        likelihood: softmax(&z),
        posterior: softmax(&joint),
        prior,
        bayes_factor,
    }
}

/// 1 − Π(1 − p), exact for tiny p as well; 0 of nothing.
pub(super) fn noisy_or(probabilities: impl IntoIterator<Item = f64>) -> f64 {
    let log_none: f64 = probabilities
        .into_iter()
        .map(|p| (-p.clamp(0.0, 1.0)).ln_1p())
        .sum();
    // "+ 0.0" turns the −0 of an empty sum into 0.
    -log_none.exp_m1() + 0.0
}

/// Cosine of two vectors, 0 where one has no length.
pub(super) fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let norm = (dot_wide(a, a) * dot_wide(b, b)).sqrt();
    if norm > 0.0 && norm.is_finite() {
        (dot_wide(a, b) / norm).clamp(-1.0, 1.0)
    } else {
        0.0
    }
}

fn distribution(weights: &[f64], len: usize) -> Vec<f64> {
    let usable = |w: &f64| if w.is_finite() && *w > 0.0 { *w } else { 0.0 };
    let sum: f64 = weights.iter().map(usable).sum();
    if weights.len() == len && sum > 0.0 && sum.is_finite() {
        weights.iter().map(|w| usable(w) / sum).collect()
    } else {
        vec![1.0 / len.max(1) as f64; len]
    }
}

fn softmax(logits: &[f64]) -> Vec<f64> {
    let total = logits
        .iter()
        .fold(f64::NEG_INFINITY, |sum, &z| log_add(sum, z));
    logits.iter().map(|z| (z - total).exp()).collect()
}

/// For every entry the log of the summed exponentials of all others: one sum from the left, one from the right.
fn log_sum_exp_of_others(logits: &[f64]) -> Vec<f64> {
    let mut out = vec![f64::NEG_INFINITY; logits.len()];
    let mut left = f64::NEG_INFINITY;
    for (slot, &z) in out.iter_mut().zip(logits) {
        *slot = left;
        left = log_add(left, z);
    }
    let mut right = f64::NEG_INFINITY;
    for (slot, &z) in out.iter_mut().zip(logits).rev() {
        *slot = log_add(*slot, right);
        right = log_add(right, z);
    }
    out
}

fn log_add(a: f64, b: f64) -> f64 {
    let (high, low) = if a >= b { (a, b) } else { (b, a) };
    if high == f64::NEG_INFINITY {
        high
    } else {
        high + (low - high).exp().ln_1p()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() <= 1e-12 * b.abs().max(1.0), "{a} is not {b}");
    }

    /// Three tasks whose exponentials are 1, 2 and 5; by hand.
    #[test]
    fn closed_form_of_three_tasks() {
        let scale = 4.0;
        let cosines = [0.0, 2f64.ln() / scale, 5f64.ln() / scale];
        let scores = score(&cosines, scale, &[0.5, 0.3, 0.2], PriorWeight::default());
        for (got, want) in scores
            .likelihood
            .iter()
            .zip([1.0 / 8.0, 2.0 / 8.0, 5.0 / 8.0])
        {
            close(*got, want);
        }
        // joint: 0.5, 0.6, 1.0 (of 2.1)
        for (got, want) in scores
            .posterior
            .iter()
            .zip([5.0 / 21.0, 6.0 / 21.0, 10.0 / 21.0])
        {
            close(*got, want);
        }
        // posterior odds: 5/16, 6/15, 10/11; prior odds: 1, 3/7, 1/4
        for (got, want) in scores
            .bayes_factor
            .iter()
            .zip([5.0 / 16.0, 14.0 / 15.0, 40.0 / 11.0])
        {
            close(*got, want);
        }
    }

    #[test]
    fn a_uniform_prior_leaves_the_likelihood() {
        let scores = score(
            &[0.1, -0.4, 0.9, 0.0],
            20.0,
            &[1.0; 4],
            PriorWeight::default(),
        );
        for (a, b) in scores.likelihood.iter().zip(&scores.posterior) {
            close(*a, *b);
        }
        assert_eq!(
            score(&[0.1, 0.3], 20.0, &[], PriorWeight::default()).prior,
            [0.5, 0.5]
        );
        assert_eq!(
            score(&[0.1, 0.3], 20.0, &[0.0, f64::NAN], PriorWeight::default()).prior,
            [0.5, 0.5]
        );
    }

    #[test]
    fn equal_cosines_return_the_prior_and_factors_of_one() {
        let scores = score(&[0.3; 3], 35.0, &[0.7, 0.2, 0.1], PriorWeight::default());
        for ((post, prior), factor) in scores
            .posterior
            .iter()
            .zip(&scores.prior)
            .zip(&scores.bayes_factor)
        {
            close(*post, *prior);
            close(*factor, 1.0);
        }
    }

    #[test]
    fn extremes_stay_finite() {
        let scores = score(
            &[1.0, -1.0, 0.999],
            1e6,
            &[0.2, 0.8, 1e-300],
            PriorWeight::default(),
        );
        assert!(
            scores
                .bayes_factor
                .iter()
                .all(|b| b.is_finite() && *b >= 0.0)
        );
        close(scores.posterior.iter().sum(), 1.0);
        close(scores.posterior[0], 1.0);
        // Odds of a posterior that rounds to 1 are still told apart from 1.
        let sure = score(&[1.0, 0.0], 50.0, &[0.5, 0.5], PriorWeight::default());
        close(sure.bayes_factor[0].ln(), 50.0);
        assert_eq!(
            score(&[0.4], 20.0, &[1.0], PriorWeight::default()).bayes_factor,
            [1.0]
        );
        assert_eq!(
            score(&[], 20.0, &[], PriorWeight::default()).posterior,
            [0.0; 0]
        );
    }

    #[test]
    fn a_task_without_prior_keeps_its_bayes_factor() {
        let scale = 1.0;
        let scores = score(
            &[2f64.ln(), 0.0, 0.0],
            scale,
            &[0.0, 0.5, 0.5],
            PriorWeight::default(),
        );
        assert_eq!(scores.posterior[0], 0.0);
        close(scores.bayes_factor[0], 2.0);
    }

    #[test]
    fn noisy_or_by_hand_and_for_tiny_probabilities() {
        close(noisy_or([0.5, 0.2]), 0.6);
        close(noisy_or([0.1, 0.1, 0.1]), 0.271);
        assert_eq!(noisy_or([]), 0.0);
        assert_eq!(noisy_or([1.0, 0.3]), 1.0);
        let tiny = noisy_or([1e-20, 2e-20]);
        assert!((tiny / 3e-20 - 1.0).abs() < 1e-12, "{tiny}");
    }

    #[test]
    fn cosine_is_of_directions() {
        close(cosine(&[3.0, 0.0], &[1.0, 1.0]), 0.5f64.sqrt());
        assert_eq!(cosine(&[0.0, 0.0], &[1.0, 1.0]), 0.0);
    }

    proptest::proptest! {
        /// The formulas as printed, where plain arithmetic can still follow.
        #[test]
        fn equal_to_the_printed_formulas(
            rows in proptest::collection::vec((-1.0f64..1.0, 0.01f64..1.0), 2..40),
            scale in 0.0f64..30.0,
        ) {
            let (cosines, prior): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
            let scores = score(&cosines, scale, &prior, PriorWeight::default());
            let total: f64 = prior.iter().sum();
            let likelihoods: f64 = cosines.iter().map(|c| (scale * c).exp()).sum();
            let joint = |k: usize| (scale * cosines[k]).exp() / likelihoods * prior[k] / total;
            let evidence: f64 = (0..prior.len()).map(joint).sum();
            for k in 0..prior.len() {
                // 1 − x as the sum of the others: x itself can round to 1.
                let others = |of: &dyn Fn(usize) -> f64| -> f64 {
                    (0..prior.len()).filter(|&j| j != k).map(of).sum()
                };
                let factor =
                    (joint(k) / others(&joint)) / (prior[k] / others(&|j| prior[j]));
                proptest::prop_assert!((scores.posterior[k] - joint(k) / evidence).abs() < 1e-12);
                proptest::prop_assert!((scores.bayes_factor[k] / factor - 1.0).abs() < 1e-9);
            }
        }

        /// Whatever comes in, what goes out can be written as JSON numbers.
        #[test]
        fn nothing_but_numbers_comes_out(
            cosines in proptest::collection::vec(-1.0f64..=1.0, 0..20),
            prior in proptest::collection::vec(proptest::num::f64::ANY, 0..20),
            scale in 1e-6f64..1e6,
        ) {
            let scores = score(&cosines, scale, &prior, PriorWeight::default());
            for list in [&scores.likelihood, &scores.prior, &scores.posterior, &scores.bayes_factor] {
                proptest::prop_assert_eq!(list.len(), cosines.len());
                proptest::prop_assert!(list.iter().all(|v| (*v as f32).is_finite() && *v >= 0.0));
            }
        }
    }
}
