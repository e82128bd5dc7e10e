//! Which directions in the space of terms tell articles apart.

use rayon::prelude::*;

use super::maps::Maps;
use super::places::SparseRows;
use super::{LearnError, svd};
use crate::progress::{Cancelled, Progress};
use crate::seed::Seed;
use crate::text::{Lexical, Terms};

/// Terms and how rare each is in the literature.
pub(crate) struct TermWeights {
    /// The terms.
    pub terms: Terms,
    /// idf = 1 + ln((1 + n) / (1 + df)) over the texts that hold any of them.
    pub idf: Vec<f32>,
}

impl TermWeights {
    /// Counted in texts.
    ///
    /// # Errors
    /// A stop.
    pub(crate) fn of(terms: Terms, texts: &[&str], progress: &Progress) -> Result<Self, Cancelled> {
        progress.stage("Counting words");
        let mut frequency = vec![0_u32; terms.len()];
        let mut counted = 0_u32;
        for (number, text) in texts.iter().enumerate() {
            if number % 256 == 0 {
                progress.check()?;
            }
            let counts = terms.count(text);
            counted += u32::from(!counts.is_empty());
            for (term, _) in counts {
                frequency[term as usize] += 1;
            }
        }
        let all = 1.0 + f64::from(counted);
        let idf = frequency
            .iter()
            .map(|&df| (1.0 + (all / (1.0 + f64::from(df))).ln()) as f32)
            .collect();
        Ok(Self { terms, idf })
    }

    /// The weighted terms of each text.
    pub(crate) fn weigh(&self, texts: &[&str]) -> SparseRows {
        let weigh = |text: &&str| Lexical::weighted(&self.terms, &self.idf, text);
        texts.par_iter().map(weigh).collect()
    }
}

/// The `dim` strongest right singular vectors of the unit-length tf-idf rows: term × direction, row major.
///
/// # Errors
/// [`LearnError::Rank`] where the texts span fewer directions; a stop.
pub(crate) fn term_directions(
    texts: SparseRows,
    terms: usize,
    dim: usize,
    seed: Seed,
    progress: &Progress,
) -> Result<Vec<f32>, LearnError> {
    let rows = Maps::from_rows(texts, terms);
    let mut rng = seed.stream("lexical directions", 0);
    svd::right_vectors(&rows, dim, &mut rng, progress)
}

/// Learns the weights of terms and `dim` directions from texts.
///
/// # Errors
/// [`LearnError::Rank`] where the texts span fewer directions; a stop.
pub fn learn_lexical(
    terms: Terms,
    texts: &[&str],
    dim: usize,
    seed: Seed,
    progress: &Progress,
) -> Result<Lexical, LearnError> {
    let weights = TermWeights::of(terms, texts, progress)?;
    let rows = weights.weigh(texts);
    let directions = term_directions(rows, weights.terms.len(), dim, seed, progress)?;
    let TermWeights { terms, idf } = weights;
    // Both lengths follow from the number of terms.
    Lexical::new(terms, idf, &directions, vec![dim]).map_err(|_| LearnError::Rank { modes: dim })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_on_one_topic_come_together() {
        let topics = [
            ["fear", "amygdala", "threat", "conditioning"],
            ["reading", "word", "letter", "fusiform"],
            ["reward", "striatum", "gamble", "money"],
        ];
        let terms = Terms::new(topics.concat());
        let texts: Vec<String> = (0..60)
            .map(|n| {
                let topic = topics[n % 3];
                let left_out = (n / 3) % 4;
                let words = (0..4).filter(|&word| word != left_out);
                words
                    .map(|word| topic[word])
                    .collect::<Vec<_>>()
                    .join(" and ")
            })
            .collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let lexical = learn_lexical(terms, &texts, 3, Seed(1), &Progress::new()).unwrap();
        let of = |text: &str| lexical.embed(&[text], &Progress::new()).unwrap().remove(0);
        let cosine = |a: &str, b: &str| crate::linalg::dot(&of(a), &of(b));
        // No word in common.
        assert!(cosine("fear", "amygdala") > 0.9);
        assert!(cosine("reward", "money") > 0.9);
        assert!(cosine("fear", "letter").abs() < 0.1);
    }
}
