//! Which words of a text move a place of its map: what is predicted there with each word, less what is predicted
//! without it.

use std::collections::HashSet;

use super::reading::{Encoder, read};
use super::scale::{Unit, times};
use super::{PredictError, decoder};
use crate::bundle::Bundle;
use crate::progress::Progress;

/// Words of a text that is taken apart, each once.
const MAX_WORDS: usize = 48;
/// Bytes of a text that is taken apart.
const MAX_LETTERS: usize = 2000;

/// The predicted coefficients of a text, and of the text without each of its words.
#[derive(Debug, Clone)]
pub struct WordEffects {
    words: Vec<String>,
    whole: Coefficients,
    without: Vec<Coefficients>,
}

/// Mode coefficients of a predicted map in the unit of predicted maps.
#[derive(Debug, Clone)]
struct Coefficients(Vec<f32>);

impl Coefficients {
    /// Of what the decoder gave for a text.
    fn of(bundle: &Bundle, features: &[f32], unit: Unit) -> Result<Self, PredictError> {
        let mut coefficients = bundle.preprocess.coefficients(&bundle.atlas, features);
        let map = bundle.atlas.back_project(&coefficients);
        // Each text by a factor of its own.
        let factor = unit.factor(features, &map)?;
        coefficients.iter_mut().for_each(|c| *c = times(*c, factor));
        Ok(Self(coefficients))
    }

    fn value(&self, weights: &[(u16, f32)]) -> f32 {
        let product = |&(mode, weight): &(u16, f32)| {
            let coefficient = self.0.get(usize::from(mode));
            coefficient.map_or(0.0, |c| c * weight)
        };
        weights.iter().map(product).sum()
    }
}

/// What one word does to the value at one place.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct WordEffect {
    /// As it stands in the text.
    pub word: String,
    /// The value with it less the value without it, in the unit of the map.
    pub effect: f32,
}

impl WordEffects {
    /// Whether a text is short enough to be taken apart: each of its words takes a reading.
    pub fn takes(text: &str) -> bool {
        text.len() <= MAX_LETTERS && words_of(text).len() <= MAX_WORDS
    }

    /// Reads a text once as it is and once without each of its words (all places of a word at once). Of longer texts than
    /// [`WordEffects::takes`] that takes long.
    ///
    /// # Errors
    /// As [`predict_map`](super::predict_map).
    pub fn of(
        bundle: &Bundle,
        encoder: Encoder<'_>,
        text: &str,
        progress: &Progress,
    ) -> Result<Self, PredictError> {
        let decoder = decoder(bundle)?;
        let text = text.trim();
        if text.is_empty() {
            return Err(PredictError::NoText);
        }
        let encoder = encoder()?;
        bundle.check_encoder(encoder.fingerprint())?;
        let features = |text: &str| -> Result<Vec<f32>, PredictError> {
            let (latent, _) = read(bundle, encoder, text, progress)?;
            Ok(decoder.forward(&latent))
        };
        let unit = Unit::of(bundle, decoder, progress)?;
        let whole = Coefficients::of(bundle, &features(text)?, unit)?;
        let words = words_of(text);
        let mut without = Vec::with_capacity(words.len());
        for (n, word) in words.iter().enumerate() {
            progress.check()?;
            progress.set_fraction(n as f32 / words.len() as f32);
            let rest: Vec<&str> = text
                .split_whitespace()
                .filter(|other| bare(other) != bare(word))
                .collect();
            // Of one word nothing is left, which predicts nothing.
            without.push(match rest.is_empty() {
                true => Coefficients(Vec::new()),
                false => Coefficients::of(bundle, &features(&rest.join(" "))?, unit)?,
            });
        }
        Ok(Self {
            words,
            whole,
            without,
        })
    }

    /// What each word does at a place (RAS mm), in the order of the text; `None` outside the model's brain.
    pub fn at(&self, bundle: &Bundle, point_mm: [f64; 3]) -> Option<Vec<WordEffect>> {
        let position = bundle.atlas.mask().position_at(point_mm)?;
        let weights = bundle.atlas.at(position);
        let whole = self.whole.value(weights);
        let effect = |(word, without): (&String, &Coefficients)| WordEffect {
            word: word.clone(),
            effect: whole - without.value(weights),
        };
        Some(self.words.iter().zip(&self.without).map(effect).collect())
    }
}

/// Words of a text, each once.
fn words_of(text: &str) -> Vec<String> {
    let mut seen = HashSet::new();
    text.split_whitespace()
        .filter(|word| !bare(word).is_empty() && seen.insert(bare(word)))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned())
        .collect()
}

/// A word without case and what stands around it.
fn bare(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_once_and_without_their_stops() {
        assert_eq!(
            words_of("Pain, heat pain (and – well – touch)."),
            ["Pain", "heat", "and", "well", "touch"]
        );
        assert_eq!(words_of("… – !"), [""; 0]);
        assert_eq!(words_of(&"a b c d ".repeat(100)).len(), 4);
    }
}
