//! Retrieval figures, as NeuroConText defines them.
//!
//! Rows are queries, columns candidates, the truth on the diagonal. Recall@k is the share of rows
//! whose true column is among the k most similar; Mix&Match the mean share of other columns that
//! are strictly less similar than the true one. Ties count against the model in both: in
//! Mix&Match by its definition, in Recall@k because a true column tied with others takes the last
//! of the places they share. A collapsed model that gives every pair the same similarity
//! therefore scores 0, not 100.

use crate::linalg::dot;

/// Rank (from 1) of the true column of each row; ties count against it. `queries` and `candidates`
/// are row-major, `width` values a row; row i of one belongs to row i of the other.
pub(crate) fn ranks(queries: &[f32], candidates: &[f32], width: usize) -> Vec<u32> {
    use rayon::prelude::*;
    if width == 0 {
        return Vec::new();
    }
    queries
        .par_chunks_exact(width)
        .enumerate()
        .map(|(row, query)| {
            let mut candidates = candidates.chunks_exact(width);
            let truth = candidates
                .clone()
                .nth(row)
                .map_or(f32::NAN, |c| dot(query, c));
            // NaN compares false: a broken similarity never counts as beaten.
            let beaten = candidates
                .by_ref()
                .filter(|c| dot(query, c) < truth)
                .count();
            (queries.len() / width - beaten) as u32
        })
        .collect()
}

/// The three figures, in percent.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Retrieval {
    /// Share of queries whose truth is among the best 10.
    pub recall_10: f64,
    /// Share of queries whose truth is among the best 100.
    pub recall_100: f64,
    /// Mean share of the other candidates ranked below the truth.
    pub mix_match: f64,
}

impl Retrieval {
    /// From the ranks of the truths among `candidates` candidates.
    pub(crate) fn from_ranks(ranks: &[u32], candidates: usize) -> Self {
        let n = ranks.len().max(1) as f64;
        let share = |k: u32| 100.0 * ranks.iter().filter(|&&r| r <= k).count() as f64 / n;
        let others = candidates.saturating_sub(1).max(1) as f64;
        Self {
            recall_10: share(10),
            recall_100: share(100),
            mix_match: 100.0
                * ranks
                    .iter()
                    .map(|&r| mix_match_of(r, candidates, others))
                    .sum::<f64>()
                / n,
        }
    }

    /// What guessing gives among `candidates` candidates.
    pub fn chance(candidates: usize) -> Self {
        let n = candidates.max(1) as f64;
        Self {
            recall_10: 100.0 * 10f64.min(n) / n,
            recall_100: 100.0 * 100f64.min(n) / n,
            mix_match: 50.0,
        }
    }
}

fn mix_match_of(rank: u32, candidates: usize, others: f64) -> f64 {
    candidates.saturating_sub(rank as usize) as f64 / others
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perfect_reversed_and_collapsed_models_score_as_they_must() {
        let n = 200;
        let identity: Vec<f32> = (0..n * n)
            .map(|i| if i % (n + 1) == 0 { 1.0 } else { 0.0 })
            .collect();
        let perfect = Retrieval::from_ranks(&ranks(&identity, &identity, n), n);
        assert_eq!(
            (perfect.recall_10, perfect.recall_100, perfect.mix_match),
            (100.0, 100.0, 100.0)
        );

        let negated: Vec<f32> = identity.iter().map(|v| -v).collect();
        let reversed = Retrieval::from_ranks(&ranks(&identity, &negated, n), n);
        assert_eq!((reversed.recall_10, reversed.mix_match), (0.0, 0.0));

        let same = vec![1.0; n * n];
        let collapsed = Retrieval::from_ranks(&ranks(&same, &same, n), n);
        assert_eq!((collapsed.recall_100, collapsed.mix_match), (0.0, 0.0));

        let nan = vec![f32::NAN; n * n];
        assert_eq!(
            Retrieval::from_ranks(&ranks(&nan, &nan, n), n).recall_100,
            0.0
        );
    }

    #[test]
    fn known_ranks_give_known_figures() {
        let r = Retrieval::from_ranks(&[1, 10, 11, 100, 101], 1000);
        assert_eq!((r.recall_10, r.recall_100), (40.0, 80.0));
        let want = 100.0 * (999.0 + 990.0 + 989.0 + 900.0 + 899.0) / (5.0 * 999.0);
        assert!((r.mix_match - want).abs() < 1e-9);
        assert_eq!(Retrieval::chance(1000).recall_10, 1.0);
    }
}
