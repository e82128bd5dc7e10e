//! The second way a model reads texts: by the literature's terms.

use super::axes::principal_axes;
use super::{TrainConfig, TrainError};
use crate::align::{Linear, Rows};
use crate::learn::{LearnError, TermWeights, fitting, learn_places, term_directions};
use crate::progress::Progress;
use crate::seed::Seed;
use crate::tensors::{Container, Tensor};
use crate::text::{Lexical, literature_terms};

/// Penalty of the regression from terms to maps, chosen on dev among 1, 3, 10, 15 and 30.
const PLACES_PENALTY: f64 = 15.0;
/// Training studies for each direction at least; fewer say nothing that holds for others.
const STUDIES_A_DIRECTION: usize = 2;

/// What was learnt of the terms.
pub(super) struct LearntTerms {
    /// Texts → numbers: directions that tell articles apart, then places in the brain.
    pub lexical: Lexical,
    /// Features of a map → the same places.
    pub places: Linear,
}

impl LearntTerms {
    /// As a stage to keep.
    pub(super) fn store(&self) -> Container<'static> {
        let mut file = Container::default();
        file.extend(self.lexical.to_tensors(LEXICAL));
        let Linear {
            weight,
            bias,
            inputs,
        } = &self.places;
        file.push(Tensor::f32(WEIGHT, &[bias.len(), *inputs], weight));
        file.push(Tensor::f32(BIAS, &[bias.len()], bias));
        file
    }

    /// From such a stage.
    pub(super) fn load(mut file: Container<'_>) -> Option<Self> {
        let lexical = Lexical::from_tensors(LEXICAL, &mut file).ok()?;
        let (weight, bias) = (file.take(WEIGHT)?, file.take(BIAS)?);
        let places = Linear {
            inputs: *weight.shape.get(1)?,
            weight: weight.to_f32().ok()?,
            bias: bias.to_f32().ok()?,
        };
        let fits = places.weight.len() == places.inputs * places.bias.len()
            && lexical.parts().get(1) == Some(&places.bias.len());
        fits.then_some(Self { lexical, places })
    }
}

/// Names of what is kept.
const LEXICAL: &str = "lexical";
const WEIGHT: &str = "places.weight";
const BIAS: &str = "places.bias";

/// Learns from the texts of the training studies (row i of each is study i) and the unit-length features of their
/// maps. `None` where the settings want no terms, or the studies are too few.
///
/// # Errors
/// A stop.
pub(super) fn learn_terms(
    titles: &[&str],
    long_texts: &[&str],
    features: &Rows,
    config: &TrainConfig,
    progress: &Progress,
) -> Result<Option<LearntTerms>, TrainError> {
    let studies = titles.len();
    let directions = fitting(config.term_axes, studies / STUDIES_A_DIRECTION);
    let places = fitting(config.place_axes, studies / STUDIES_A_DIRECTION).min(features.width);
    if config.term_axes == 0 || config.place_axes == 0 {
        return Ok(None);
    }
    // Directions have a seed of their own: models of other seeds share them, as they share the modes.
    let seed = Seed(0);
    let weights = TermWeights::of(literature_terms(), long_texts, progress)?;
    let long = weights.weigh(long_texts);
    let terms = weights.terms.len();
    let found = match term_directions(long.clone(), terms, directions, seed, progress) {
        Ok(found) => found,
        Err(LearnError::Cancelled(stop)) => return Err(stop.into()),
        // The texts span fewer directions.
        Err(_) => return Ok(None),
    };
    progress.stage("Learning where in the brain terms are reported");
    let mean = features.mean();
    let axes = principal_axes(features, places, seed);
    let bias = axes.iter().map(|axis| -crate::linalg::dot(axis, &mean));
    let to_places = Linear {
        bias: bias.collect(),
        weight: axes.values,
        inputs: features.width,
    };
    let mut targets = features.map(places, |row| to_places.forward(row));
    targets.values.extend_from_within(..);
    let mut texts = weights.weigh(titles);
    texts.extend(long);
    let placed = learn_places(&texts, &targets, terms, PLACES_PENALTY, progress)?;
    let both: Vec<f32> = found
        .chunks_exact(directions)
        .zip(placed.iter())
        .flat_map(|(a, b)| a.iter().chain(b).copied())
        .collect();
    let lexical = Lexical::new(weights.terms, weights.idf, &both, vec![directions, places])?;
    Ok(Some(LearntTerms {
        lexical,
        places: to_places,
    }))
}
