//! Text → the map the model expects, and the studies nearest to it.
//!
//! The road is that of decoding backwards: embedding → text tower → shared space → decoder → features →
//! back-projection onto the atlas modes. The values are relative: the largest magnitude is 1, and positive
//! means "more activation reported". They are no z statistic and carry no significance. They live in the
//! space the model was trained in (for Gyrus bundles the square root of a thresholded density of peaks),
//! which favours shape over height.

mod error;
mod familiarity;
mod studies;

pub use error::PredictError;
pub use familiarity::{Familiarity, familiarity};
pub use studies::{StudyHit, nearest_studies};

use std::sync::Arc;

use crate::bundle::Bundle;
use crate::files::hex_sha256;
use crate::ontology::Ontology;
use crate::progress::Progress;
use crate::provenance::Provenance;
use crate::text::TextEncoder;
use crate::volume::{MapKind, Volume, VolumeData};

/// A predicted map and where its text lies in the shared space.
#[derive(Debug, Clone)]
pub struct Prediction {
    /// The map, on the grid of the model's atlas (2 mm for Gyrus bundles), NaN outside its mask.
    pub volume: Volume,
    /// Unit-length latent of the text: what nearest tasks and studies are looked up by.
    pub latent: Vec<f32>,
}

/// The map the model expects for a text, which becomes its name.
///
/// # Errors
/// An empty text, a text encoder other than the model's, a failing encoder, or a stop.
pub fn predict(
    bundle: &Bundle,
    encoder: &dyn TextEncoder,
    text: &str,
    progress: &Progress,
) -> Result<Prediction, PredictError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(PredictError::NoText);
    }
    bundle.check_encoder(encoder.fingerprint())?;
    progress.stage("Reading the text");
    let embedded = encoder.embed(&[text], progress)?;
    let embedding = embedded.first().ok_or(PredictError::NoMap)?;
    predict_embedding(bundle, embedding, text, progress)
}

/// The map for an embedding that is already there, such as a row of the bundle's task table.
///
/// # Errors
/// A stop, or an embedding from which nothing follows (wrong width, all zero).
pub fn predict_embedding(
    bundle: &Bundle,
    embedding: &[f32],
    name: &str,
    progress: &Progress,
) -> Result<Prediction, PredictError> {
    progress.check()?;
    if embedding.len() != bundle.text_tower.inputs() {
        return Err(PredictError::Width {
            found: embedding.len(),
            expected: bundle.text_tower.inputs(),
        });
    }
    progress.stage("Predicting the map");
    let latent = bundle.text_tower.forward(embedding);
    let features = bundle.decoder.forward(&latent);
    progress.check()?;
    let mut masked = bundle.preprocess.reconstruct(&bundle.atlas, &features);
    scale_to_one(&mut masked)?;
    progress.check()?;
    let mask = bundle.atlas.mask();
    let values = mask.scatter(&masked, f32::NAN).ok_or(PredictError::NoMap)?;
    let hash = hex_sha256(bytemuck::cast_slice(&values));
    let provenance = Provenance::new("prediction")
        .model(bundle.record(Ontology::embedded().fingerprint()))
        .option("text", name);
    let volume = Volume {
        grid: mask.grid,
        data: VolumeData::Scalar(values.into()),
        kind: MapKind::Predicted,
        name: name.to_owned(),
        frames: 1,
        frame: 0,
        hash,
        warnings: Vec::new(),
        provenance: Some(Arc::new(provenance)),
    };
    Ok(Prediction { volume, latent })
}

/// Divides by the largest magnitude.
fn scale_to_one(values: &mut [f32]) -> Result<(), PredictError> {
    let peak = values.iter().fold(0.0_f32, |peak, v| {
        if v.is_finite() {
            peak.max(v.abs())
        } else {
            f32::NAN
        }
    });
    if !(peak.is_finite() && peak > 0.0) {
        return Err(PredictError::NoMap);
    }
    for value in values {
        *value = (f64::from(*value) / f64::from(peak)) as f32;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_magnitude_becomes_one() {
        let mut values = [1.0, -4.0, 0.0];
        scale_to_one(&mut values).unwrap();
        assert_eq!(values, [0.25, -1.0, 0.0]);
        assert!(matches!(
            scale_to_one(&mut [0.0; 3]),
            Err(PredictError::NoMap)
        ));
        assert!(matches!(
            scale_to_one(&mut [1.0, f32::NAN]),
            Err(PredictError::NoMap)
        ));
    }
}
