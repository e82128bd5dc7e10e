//! Which directions in the space of terms tell articles apart.

use super::maps::Maps;
use super::{LearnError, svd};
use crate::progress::Progress;
use crate::seed::Seed;
use crate::text::{Lexical, Terms, TextError};

/// Learns the weights of terms and `dim` directions from texts: idf = 1 + ln((1 + n) / (1 + df)), then the
/// strongest right singular vectors of the unit-length tf-idf rows.
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
    let idf: Vec<f32> = frequency
        .iter()
        .map(|&df| (1.0 + (all / (1.0 + f64::from(df))).ln()) as f32)
        .collect();
    let rows = texts
        .iter()
        .map(|text| Lexical::weighted(&terms, &idf, text))
        .collect();
    let rows = Maps::from_rows(rows, terms.len());
    let mut rng = seed.stream("lexical directions", 0);
    let directions = svd::right_vectors(&rows, dim, &mut rng, progress)?;
    Lexical::new(terms, idf, directions, dim).map_err(|error| match error {
        TextError::Cancelled(cancelled) => LearnError::Cancelled(cancelled),
        // Both lengths follow from the number of terms.
        _ => LearnError::Rank { modes: dim },
    })
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
