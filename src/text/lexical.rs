//! A text by the terms of the literature in it: latent semantic analysis (Deerwester et al. 1990).
//!
//! The sentence encoder reads a text as any English reader would; of "5-HT2A" or "VWFA" it knows little. Here
//! the terms of a field's vocabulary are counted, weighted by how rare they are in the literature a model
//! learnt from (tf-idf), and projected on the directions that tell its articles apart.

use std::collections::HashMap;

use super::TextError;
use crate::progress::Progress;
use crate::tensors::{Container, Dtype, Tensor, TensorError};

/// Numbers in a vector at most, and parts of it.
const MAX_DIM: usize = 1 << 14;

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

/// Counts of terms as numbers of a fixed length: the weighted terms of a text projected on directions.
///
/// The directions come in parts that say different things (what terms occur together, where in the brain they are
/// reported); each part of a vector is of unit length. A direction is stored with eight bits a term.
#[derive(Debug, Clone, PartialEq)]
pub struct Lexical {
    terms: Terms,
    /// Weight of each term.
    idf: Vec<f32>,
    /// Term × direction, row major.
    codes: Vec<i8>,
    /// Step of each direction's codes.
    steps: Vec<f32>,
    /// Directions of each part.
    parts: Vec<usize>,
}

/// Names of what is stored, below a prefix.
const TERMS: &str = "terms";
const IDF: &str = "idf";
const CODES: &str = "codes";
const STEPS: &str = "steps";
const PARTS: &str = "parts";

impl Lexical {
    /// From its parts: a weight a term, and for each term (row) its numbers in all directions. What comes out
    /// is what is stored: the directions are rounded to eight bits.
    ///
    /// # Errors
    /// [`TextError::Weights`] where their lengths do not fit each other.
    pub fn new(
        terms: Terms,
        idf: Vec<f32>,
        directions: &[f32],
        parts: Vec<usize>,
    ) -> Result<Self, TextError> {
        let dim: usize = parts.iter().sum();
        let mut largest = vec![0.0_f32; dim];
        for row in directions.chunks_exact(dim.max(1)) {
            for (largest, value) in largest.iter_mut().zip(row) {
                *largest = largest.max(value.abs());
            }
        }
        let step = |&largest: &f32| if largest > 0.0 { largest / 127.0 } else { 1.0 };
        let steps: Vec<f32> = largest.iter().map(step).collect();
        let code = |(value, step): (&f32, &f32)| (value / step).round().clamp(-127.0, 127.0) as i8;
        let rows = directions.chunks_exact(dim.max(1));
        let codes = rows
            .flat_map(|row| row.iter().zip(&steps).map(code))
            .collect();
        Self::checked(terms, idf, codes, steps, parts)
    }

    fn checked(
        terms: Terms,
        idf: Vec<f32>,
        codes: Vec<i8>,
        steps: Vec<f32>,
        parts: Vec<usize>,
    ) -> Result<Self, TextError> {
        let dim: usize = parts.iter().sum();
        let fits = idf.len() == terms.len()
            && steps.len() == dim
            && dim.checked_mul(terms.len()) == Some(codes.len());
        if !fits || dim == 0 || terms.is_empty() {
            let why = format!(
                "{} terms have {} weights and {} numbers, {dim} each",
                terms.len(),
                idf.len(),
                codes.len()
            );
            return Err(TextError::Weights { why, path: None });
        }
        Ok(Self {
            terms,
            idf,
            codes,
            steps,
            parts,
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

    /// The terms.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Numbers in a vector.
    pub fn dim(&self) -> usize {
        self.steps.len()
    }

    /// Numbers in each part of a vector.
    pub fn parts(&self) -> &[usize] {
        &self.parts
    }

    /// One vector a text, each part of unit length; zeros of a text without any of the terms.
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

    /// The vector of one text.
    pub fn vector(&self, text: &str) -> Vec<f32> {
        self.vector_of(Self::weighted(&self.terms, &self.idf, text))
    }

    /// The vector of weighted terms.
    pub(crate) fn vector_of(&self, weighted: impl IntoIterator<Item = (u32, f32)>) -> Vec<f32> {
        let dim = self.dim();
        let mut sum = vec![0.0_f64; dim];
        for (term, weight) in weighted {
            let row = &self.codes[term as usize * dim..][..dim];
            for (sum, &code) in sum.iter_mut().zip(row) {
                *sum += f64::from(weight) * f64::from(code);
            }
        }
        for (sum, &step) in sum.iter_mut().zip(&self.steps) {
            *sum *= f64::from(step);
        }
        let mut rest = sum.as_mut_slice();
        for &width in &self.parts {
            let (part, after) = rest.split_at_mut(width);
            let length = part.iter().map(|v| *v * *v).sum::<f64>().sqrt();
            let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
            part.iter_mut().for_each(|v| *v *= scale);
            rest = after;
        }
        sum.into_iter().map(|v| v as f32).collect()
    }

    /// The weighted terms of a text.
    pub(crate) fn weigh(&self, text: &str) -> Vec<(u32, f32)> {
        Self::weighted(&self.terms, &self.idf, text)
    }

    /// What is stored, named below `prefix`.
    pub(crate) fn to_tensors(&self, prefix: &str) -> Vec<Tensor<'static>> {
        let terms = self.terms.names().join("\n").into_bytes();
        let parts: Vec<u32> = self.parts.iter().map(|&n| n as u32).collect();
        let name = |what: &str| format!("{prefix}.{what}");
        vec![
            Tensor::new(name(TERMS), Dtype::U8, &[terms.len()], terms),
            Tensor::f32(name(IDF), &[self.idf.len()], &self.idf),
            Tensor::i8(name(CODES), &[self.terms.len(), self.dim()], &self.codes),
            Tensor::f32(name(STEPS), &[self.dim()], &self.steps),
            Tensor::u32(name(PARTS), &[parts.len()], &parts),
        ]
    }

    /// Reads what [`Lexical::to_tensors`] gave.
    ///
    /// # Errors
    /// [`TextError::Weights`] where something is missing or does not fit.
    pub(crate) fn from_tensors(prefix: &str, from: &mut Container<'_>) -> Result<Self, TextError> {
        let weights = |why: String| TextError::Weights { why, path: None };
        let mut need = |what: &str| {
            let found = from.need(&format!("{prefix}.{what}"));
            found.map_err(|e| weights(e.to_string()))
        };
        let (terms, idf, codes) = (need(TERMS)?, need(IDF)?, need(CODES)?);
        let (steps, parts) = (need(STEPS)?, need(PARTS)?);
        let read = || -> Result<_, TensorError> {
            let list = String::from_utf8_lossy(terms.as_u8()?).into_owned();
            let parts = parts.to_u32()?;
            Ok((list, idf.to_f32()?, codes.to_i8()?, steps.to_f32()?, parts))
        };
        let (list, idf, codes, steps, parts) = read().map_err(|e| weights(e.to_string()))?;
        if parts.iter().any(|&n| n as usize > MAX_DIM) || parts.len() > MAX_DIM {
            return Err(weights("its parts are too wide".into()));
        }
        let parts = parts.iter().map(|&n| n as usize).collect();
        Self::checked(Terms::new(list.lines()), idf, codes, steps, parts)
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
        let lexical = Lexical::new(terms, vec![1.0, 3.0], &[1.0, 0.0, 0.0, 1.0], vec![2]).unwrap();
        let embedded = lexical.embed(&["fear of pain", "wheat"], &Progress::new());
        let [both, none] = &embedded.unwrap()[..] else {
            panic!("two texts")
        };
        let length = 10f32.sqrt();
        assert!((both[0] - 1.0 / length).abs() < 1e-6 && (both[1] - 3.0 / length).abs() < 1e-6);
        assert_eq!(none, &[0.0, 0.0]);
        assert!(Lexical::new(Terms::new(["fear"]), vec![1.0], &[1.0], vec![2]).is_err());
    }

    #[test]
    fn each_part_has_unit_length_and_what_is_stored_comes_back() {
        let directions = [0.3, -0.2, 5.0, 0.1, 0.7, -2.0];
        let terms = Terms::new(["fear", "working memory"]);
        let lexical = Lexical::new(terms, vec![1.0, 2.5], &directions, vec![2, 1]).unwrap();
        let vector = lexical.vector("Fear in working memory");
        assert!((vector[0].hypot(vector[1]) - 1.0).abs() < 1e-6);
        assert!((vector[2].abs() - 1.0).abs() < 1e-6);
        let mut file = Container::default();
        file.extend(lexical.to_tensors("text_channel"));
        let bytes = file.to_bytes();
        let mut file = Container::from_bytes(&bytes).unwrap();
        assert_eq!(
            Lexical::from_tensors("text_channel", &mut file).unwrap(),
            lexical
        );
        let mut broken = Container::default();
        broken.extend(lexical.to_tensors("x").into_iter().skip(1));
        assert!(Lexical::from_tensors("x", &mut broken).is_err());
    }
}
