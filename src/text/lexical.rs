//! A text by the terms of the literature in it: latent semantic analysis (Deerwester et al. 1990).
//!
//! The sentence encoder reads a text as any English reader would; of "5-HT2A" or "VWFA" it knows little. Here
//! the terms of a field's vocabulary are counted, weighted by how rare they are in the literature a model
//! learnt from (tf-idf), and projected on the directions that tell its articles apart.

use std::collections::HashMap;

use super::TextError;
use crate::progress::Progress;

/// Words of a term at most.
const MAX_WORDS: usize = 6;

/// NeuroQuery's vocabulary (Dockès et al. 2020), one term a line (assets/LICENSES.md).
const LITERATURE: &str = include_str!("../../assets/vocabulary/neuroquery_terms.txt");

/// The terms of the neuroimaging literature: the 7,547 of NeuroQuery.
pub fn literature_terms() -> Terms {
    Terms::new(LITERATURE.lines())
}

/// Terms and how telling each is; counts of them make a sparse vector of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    names: Vec<String>,
    index: HashMap<String, u32>,
    /// Words of the longest term.
    longest: usize,
}

/// The words of a text: runs of letters and digits, in small letters.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

impl Terms {
    /// From a list of terms; words of a term are separated by what is neither letter nor digit. Terms without
    /// a word, with more than six, or there already are left out.
    pub fn new<'a>(list: impl IntoIterator<Item = &'a str>) -> Self {
        let mut terms = Self {
            names: Vec::new(),
            index: HashMap::new(),
            longest: 1,
        };
        for term in list {
            let words: Vec<String> = words(term).collect();
            let name = words.join(" ");
            if words.is_empty() || words.len() > MAX_WORDS || terms.index.contains_key(&name) {
                continue;
            }
            terms.longest = terms.longest.max(words.len());
            terms.index.insert(name.clone(), terms.names.len() as u32);
            terms.names.push(name);
        }
        terms
    }

    /// Number of terms.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The terms, words separated by one space.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How often each term is in a text, by ascending number; a term within a longer one counts too.
    pub fn count(&self, text: &str) -> Vec<(u32, u32)> {
        let words: Vec<String> = words(text).collect();
        let mut counts: HashMap<u32, u32> = HashMap::new();
        let mut run = String::new();
        for first in 0..words.len() {
            run.clear();
            for word in words[first..].iter().take(self.longest) {
                if !run.is_empty() {
                    run.push(' ');
                }
                run.push_str(word);
                if let Some(&term) = self.index.get(run.as_str()) {
                    *counts.entry(term).or_default() += 1;
                }
            }
        }
        let mut counts: Vec<(u32, u32)> = counts.into_iter().collect();
        counts.sort_unstable();
        counts
    }
}

/// Counts of terms as numbers of a fixed length.
#[derive(Debug, Clone, PartialEq)]
pub struct Lexical {
    terms: Terms,
    /// Weight of each term.
    idf: Vec<f32>,
    /// Term × direction, row major.
    directions: Vec<f32>,
    dim: usize,
}

impl Lexical {
    /// From its parts: a weight a term, and `dim` numbers a term.
    ///
    /// # Errors
    /// [`TextError::Weights`] where their lengths do not fit each other.
    pub fn new(
        terms: Terms,
        idf: Vec<f32>,
        directions: Vec<f32>,
        dim: usize,
    ) -> Result<Self, TextError> {
        if idf.len() != terms.len() || directions.len() != dim * terms.len() {
            let why = format!(
                "{} terms have {} weights and {} numbers, {dim} each",
                terms.len(),
                idf.len(),
                directions.len()
            );
            return Err(TextError::Weights { why, path: None });
        }
        Ok(Self {
            terms,
            idf,
            directions,
            dim,
        })
    }

    /// The weighted terms of a text: (term, (1 + ln count) · idf).
    pub fn weighted(terms: &Terms, idf: &[f32], text: &str) -> Vec<(u32, f32)> {
        let weight = |(term, count): (u32, u32)| {
            let count = (1.0 + f64::from(count).ln()) as f32;
            (term, count * idf[term as usize])
        };
        terms.count(text).into_iter().map(weight).collect()
    }

    /// Numbers in a vector.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// One unit vector a text; zeros of a text without any of the terms.
    ///
    /// # Errors
    /// A stop.
    pub fn embed(&self, texts: &[&str], progress: &Progress) -> Result<Vec<Vec<f32>>, TextError> {
        let mut out = Vec::with_capacity(texts.len());
        for (n, text) in texts.iter().enumerate() {
            if n % 256 == 0 {
                progress.check()?;
            }
            out.push(self.vector(text));
        }
        Ok(out)
    }

    fn vector(&self, text: &str) -> Vec<f32> {
        let mut sum = vec![0.0_f64; self.dim];
        for (term, weight) in Self::weighted(&self.terms, &self.idf, text) {
            let row = &self.directions[term as usize * self.dim..][..self.dim];
            for (sum, &value) in sum.iter_mut().zip(row) {
                *sum += f64::from(weight) * f64::from(value);
            }
        }
        let length = sum.iter().map(|v| v * v).sum::<f64>().sqrt();
        let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
        sum.into_iter().map(|v| (v * scale) as f32).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_of_several_words_are_found_within_a_text() {
        let terms = Terms::new(["memory", "working memory", "n-back", "memory", "…", "fear"]);
        assert_eq!(
            terms.names(),
            ["memory", "working memory", "n back", "fear"]
        );
        let counts = terms.count("Working-memory: N-BACK and memory.");
        assert_eq!(counts, [(0, 2), (1, 1), (2, 1)]);
        assert!(terms.count("workingmemory").is_empty());
    }

    #[test]
    fn a_text_is_the_weighted_sum_of_its_terms() {
        let terms = Terms::new(["fear", "pain"]);
        let lexical = Lexical::new(terms, vec![1.0, 3.0], vec![1.0, 0.0, 0.0, 1.0], 2).unwrap();
        let embedded = lexical.embed(&["fear of pain", "wheat"], &Progress::new());
        let [both, none] = &embedded.unwrap()[..] else {
            panic!("two texts")
        };
        let length = 10f32.sqrt();
        assert!((both[0] - 1.0 / length).abs() < 1e-6 && (both[1] - 3.0 / length).abs() < 1e-6);
        assert_eq!(none, &[0.0, 0.0]);
        assert!(Lexical::new(Terms::new(["fear"]), vec![1.0], vec![1.0], 2).is_err());
    }
}
