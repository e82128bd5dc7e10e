//! Text → the map the model expects, and the studies nearest to it.
//!
//! The road is that of decoding backwards: embedding → text tower → shared space → decoder → features →
//! back-projection onto the atlas modes. The values are relative, and positive means "more activation
//! reported": the largest magnitude is the length of the predicted features over the median length of the
//! model's tasks. That length says how much of a real map the model expects to predict (it was fitted to
//! features of length 1), so a typical task peaks at 1 and a text the model has less to say of below it. The
//! peak before scaling would not tell: it follows how focal a map is (1.9 of "the price of wheat in 1854" where a
//! typical task has 1). By the length tasks have 0.75 to 1.2 (a tenth below 0.88), texts without a meaning for the
//! model 0.79 to 0.94: weaker as a rule, and no proof. They are no z statistic and carry no significance.
//! They live in the space the model was trained in (for Gyrus bundles the square root of a thresholded density
//! of peaks), which favours shape over height.

mod error;
mod familiarity;
mod meta;
mod references;
mod scale;
mod studies;

pub use error::PredictError;
pub use familiarity::{Familiarity, familiarity};
pub use meta::{Keep, StudyMeta, meta_of_studies, peaks_of_studies};
pub use references::{bibtex, pubmed_page, ris, studies_csv};
pub use studies::{StudyFilter, StudyHit, find_studies, nearest_studies, studies_by_pmid};

use std::sync::Arc;

use crate::align::MapDecoder;
use crate::bundle::Bundle;
use crate::files::hex_sha256;
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
    decoder(bundle)?;
    predict_embedding(
        bundle,
        &read(bundle, encoder, text, progress)?,
        text,
        progress,
    )
}

/// Where a text lies in the model's space; the name of one of its tasks stands for the task's own texts.
///
/// # Errors
/// An empty text, a text encoder other than the model's, a failing encoder, or a stop.
pub fn text_latent(
    bundle: &Bundle,
    encoder: &dyn TextEncoder,
    text: &str,
    progress: &Progress,
) -> Result<Vec<f32>, PredictError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(PredictError::NoText);
    }
    if let Some(row) = bundle.tasks.row_named(text) {
        return Ok(bundle.task_latent(row));
    }
    let numbers = read(bundle, encoder, text, progress)?;
    Ok(bundle.text_tower.forward(&numbers))
}

/// A text in the numbers the text tower takes.
fn read(
    bundle: &Bundle,
    encoder: &dyn TextEncoder,
    text: &str,
    progress: &Progress,
) -> Result<Vec<f32>, PredictError> {
    bundle.check_encoder(encoder.fingerprint())?;
    progress.stage("Reading the text");
    let embedded = encoder.embed(&[text], progress)?;
    let embedding = embedded.first().ok_or(PredictError::NoMap)?;
    Ok(bundle.read_text(embedding, text))
}

/// The map of one of the model's own tasks, of its name and definition: needs no text encoder, since its texts
/// are in the bundle in numbers. The map is called `name`.
///
/// # Errors
/// As [`predict_embedding`].
pub fn predict_task(
    bundle: &Bundle,
    row: usize,
    name: &str,
    progress: &Progress,
) -> Result<Prediction, PredictError> {
    let mut prediction = predict_latent(bundle, bundle.task_latent(row), name, progress)?;
    let volume = &mut prediction.volume;
    if let (Some(made), Some(id)) = (volume.provenance.take(), bundle.tasks.ids.get(row)) {
        let made = Arc::unwrap_or_clone(made).option("task", id);
        volume.provenance = Some(Arc::new(made));
    }
    Ok(prediction)
}

/// The map for a text that is already there in the numbers the text tower takes ([`Bundle::read_text`]).
///
/// # Errors
/// A stop, or numbers from which nothing follows (wrong width, all zero).
pub fn predict_embedding(
    bundle: &Bundle,
    embedding: &[f32],
    name: &str,
    progress: &Progress,
) -> Result<Prediction, PredictError> {
    if embedding.len() != bundle.text_tower.inputs() {
        return Err(PredictError::Width {
            found: embedding.len(),
            expected: bundle.text_tower.inputs(),
        });
    }
    progress.check()?;
    progress.stage("Predicting the map");
    predict_latent(bundle, bundle.text_tower.forward(embedding), name, progress)
}

fn predict_latent(
    bundle: &Bundle,
    latent: Vec<f32>,
    name: &str,
    progress: &Progress,
) -> Result<Prediction, PredictError> {
    progress.check()?;
    let decoder = decoder(bundle)?;
    let features = decoder.forward(&latent);
    progress.check()?;
    let mut masked = bundle.preprocess.reconstruct(&bundle.atlas, &features);
    let typical = scale::typical_length(bundle, decoder, progress)?;
    scale_to(&mut masked, scale::length(&features) / typical)?;
    progress.check()?;
    let mask = bundle.atlas.mask();
    let values = mask.scatter(&masked, f32::NAN).ok_or(PredictError::NoMap)?;
    let hash = hex_sha256(bytemuck::cast_slice(&values));
    let provenance = Provenance::new("prediction")
        .model(bundle.record(bundle.ontology().fingerprint()))
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

/// What makes a map of a place in the model's space.
///
/// # Errors
/// [`PredictError::NoDecoder`].
fn decoder(bundle: &Bundle) -> Result<&MapDecoder, PredictError> {
    bundle.decoder.as_ref().ok_or(PredictError::NoDecoder)
}

/// Scales to a largest magnitude of `wanted`.
///
/// # Errors
/// [`PredictError::NoMap`] where every value is 0 or one is not finite.
fn scale_to(values: &mut [f32], wanted: f32) -> Result<(), PredictError> {
    let peak = values.iter().fold(0.0_f32, |peak, v| {
        if v.is_finite() {
            peak.max(v.abs())
        } else {
            f32::INFINITY
        }
    });
    if !(peak.is_finite() && peak > 0.0) {
        return Err(PredictError::NoMap);
    }
    let factor = f64::from(wanted) / f64::from(peak);
    for value in values {
        *value = (f64::from(*value) * factor) as f32;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_maps_stay_weak() {
        let mut values = [1.0, -2.0, 0.0];
        scale_to(&mut values, 0.5).unwrap();
        assert_eq!(values, [0.25, -0.5, 0.0]);
        for nothing in [[0.0, 0.0], [1.0, f32::NAN]] {
            let mut nothing = nothing;
            assert!(matches!(
                scale_to(&mut nothing, 1.0),
                Err(PredictError::NoMap)
            ));
        }
    }

    #[test]
    fn a_typical_task_peaks_at_one_and_no_other_map_is_raised_to_it() {
        let bundle = Bundle::embedded().unwrap();
        let progress = Progress::new();
        let mut peaks: Vec<f32> = (0..bundle.tasks.len())
            .step_by(9)
            .map(|row| {
                let map = predict_task(bundle, row, "task", &progress).unwrap();
                let values = map.volume.data.scalar().unwrap();
                values.iter().fold(0.0_f32, |peak, v| peak.max(v.abs()))
            })
            .collect();
        peaks.sort_by(f32::total_cmp);
        let median = peaks[peaks.len() / 2];
        assert!((0.9..1.1).contains(&median), "{peaks:?}");
        assert!(
            peaks[0] < 0.97 && peaks[peaks.len() - 1] > 1.03,
            "{peaks:?}"
        );
    }
}
