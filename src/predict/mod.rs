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

mod article;
mod base_rate;
mod beside;
mod error;
mod familiarity;
mod kept;
mod meta;
mod reading;
mod references;
mod regions;
mod scale;
mod studies;
mod support;
mod titles;
mod wanted;
mod words;

pub use article::read_article;
pub use beside::{Beside, DiceAt, beside};
pub use error::PredictError;
pub use familiarity::{Familiarity, familiarity};
pub use meta::{
    ChosenBy, ClusterShares, Keep, StudyMeta, StudyPlan, cluster_shares, cluster_shares_csv,
    meta_of_studies, peaks_of_studies, study_map,
};
pub use reading::{Encoder, text_latent};
pub use references::{bibtex, pubmed_page, ris, studies_csv};
pub use regions::{RegionReport, RegionRow, missing_map, region_report, regions_csv};
pub use studies::{
    NEAR_MM, NearPeaks, StudyFilter, StudyHit, add_details, find_studies, nearest_studies,
    studies_by_pmid, studies_near,
};
pub use support::{Support, SupportLevel};
pub use titles::{AmongTitles, among_titles};
pub(crate) use wanted::short_line;
pub use wanted::{Mix, Second, TextToPredict};
pub use words::{WordEffect, WordEffects};

use std::sync::Arc;

use crate::align::{MapDecoder, unit};
use crate::bundle::Bundle;
use crate::files::hex_sha256;
use crate::progress::Progress;
use crate::provenance::Provenance;
use crate::text::TextEncoder;
use crate::volume::{MapKind, Volume, VolumeData};
use base_rate::BaseRate;
use reading::{Place, place_of};
use scale::Unit;

/// Letters of a text in the record of a map; a longer one is named by its digest too.
const RECORDED_LETTERS: usize = 2000;

/// A predicted map and where its text lies in the shared space.
#[derive(Debug, Clone)]
pub struct Prediction {
    /// The map, on the grid of the model's atlas (2 mm for Gyrus bundles), NaN outside its mask.
    pub volume: Volume,
    /// Unit-length latent of the text: what nearest tasks and studies are looked up by. Of two texts the place between
    /// them, or the direction from the second to the first.
    pub latent: Vec<f32>,
    /// How much the literature supports each text; none where the map is of numbers.
    pub supports: Vec<Support>,
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
    let encoder: Encoder<'_> = &|| Ok(encoder);
    predict_map(bundle, encoder, &TextToPredict::text(text), progress)
}

/// The map of one of the model's own tasks, of its name and definition: needs no text encoder, since its texts
/// are in the bundle in numbers. The map is called `name`.
///
/// # Errors
/// A stop, or a task from which nothing follows.
pub fn predict_task(
    bundle: &Bundle,
    row: usize,
    name: &str,
    progress: &Progress,
) -> Result<Prediction, PredictError> {
    let place = Place::of_task(bundle, row);
    predict_places(bundle, &TextToPredict::text(name), &[place], progress)
}

/// The map for what is wanted: one text or two, as dense or as distinctive as asked for. The encoder is asked for only
/// where a text is none of the model's tasks by id or name.
///
/// # Errors
/// An empty text, a text encoder other than the model's, a failing encoder, texts that give the same map where their
/// difference is asked for, or a stop.
pub fn predict_map(
    bundle: &Bundle,
    encoder: Encoder<'_>,
    wanted: &TextToPredict,
    progress: &Progress,
) -> Result<Prediction, PredictError> {
    decoder(bundle)?;
    let places = places_of(bundle, encoder, wanted, progress)?;
    predict_places(bundle, wanted, &places, progress)
}

/// Where what is wanted lies in the model's space, as [`Prediction::latent`]: what studies are looked up by.
///
/// # Errors
/// An empty text, a text encoder other than the model's, a failing encoder, or a stop.
pub fn latent_of(
    bundle: &Bundle,
    encoder: Encoder<'_>,
    wanted: &TextToPredict,
    progress: &Progress,
) -> Result<Vec<f32>, PredictError> {
    let places = places_of(bundle, encoder, wanted, progress)?;
    mixed(&places, wanted.second.as_ref().map(|second| second.mix)).ok_or(PredictError::NoText)
}

fn places_of(
    bundle: &Bundle,
    encoder: Encoder<'_>,
    wanted: &TextToPredict,
    progress: &Progress,
) -> Result<Vec<Place>, PredictError> {
    let place = |text: &str, id: Option<&str>| place_of(bundle, encoder, text, id, progress);
    let mut places = vec![place(&wanted.text, wanted.task_id.as_deref())?];
    if let Some(second) = &wanted.second {
        places.push(place(&second.text, second.task_id.as_deref())?);
    }
    Ok(places)
}

/// The place of one text, or what is made of the places of two: unit length.
fn mixed(places: &[Place], mix: Option<Mix>) -> Option<Vec<f32>> {
    let of = |made: &dyn Fn(f32, f32) -> f32, a: &Place, b: &Place| {
        let both = a.latent.iter().zip(&b.latent);
        unit(&both.map(|(&a, &b)| made(a, b)).collect::<Vec<f32>>())
    };
    match (places, mix) {
        ([a, b, ..], Some(Mix::Minus)) => Some(of(&|a, b| a - b, a, b)),
        ([a, b, ..], Some(Mix::TowardPercent(percent))) => {
            let share = f32::from(percent.min(100)) / 100.0;
            Some(of(&|a, b| a + share * (b - a), a, b))
        }
        ([a, ..], _) => Some(a.latent.clone()),
        ([], _) => None,
    }
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
    let place = Place::of_numbers(bundle.text_tower.forward(embedding));
    predict_places(bundle, &TextToPredict::text(name), &[place], progress)
}

/// The map of one place in the model's space, or of two.
fn predict_places(
    bundle: &Bundle,
    wanted: &TextToPredict,
    places: &[Place],
    progress: &Progress,
) -> Result<Prediction, PredictError> {
    progress.check()?;
    progress.stage("Predicting the map");
    let decoder = decoder(bundle)?;
    let base = match wanted.sharpness_percent {
        0 => None,
        _ => Some(BaseRate::of(bundle, decoder, progress)?),
    };
    let unit_of_values = Unit::of(bundle, decoder, progress)?;
    let share = f32::from(wanted.sharpness_percent.min(100)) / 100.0;
    let map = |latent: &[f32]| -> Result<Vec<f32>, PredictError> {
        let features = decoder.forward(latent);
        progress.check()?;
        let mut masked = unit_of_values.map(bundle, &features)?;
        if let Some(base) = &base {
            base.sharpen(&mut masked, share);
        }
        Ok(masked)
    };
    let mix = wanted.second.as_ref().map(|second| second.mix);
    let latent = mixed(places, mix).ok_or(PredictError::NoText)?;
    let masked = match (places, mix) {
        ([a, b, ..], Some(Mix::Minus)) => {
            let (mut first, second) = (map(&a.latent)?, map(&b.latent)?);
            first.iter_mut().zip(second).for_each(|(a, b)| *a -= b);
            if first.iter().all(|&v| v == 0.0) {
                return Err(PredictError::SameMap);
            }
            first
        }
        _ => map(&latent)?,
    };
    progress.check()?;
    let mask = bundle.atlas.mask();
    let values = mask.scatter(&masked, f32::NAN).ok_or(PredictError::NoMap)?;
    let hash = hex_sha256(bytemuck::cast_slice(&values));
    let supports: Vec<Support> = places
        .iter()
        .filter_map(|place| place.support.clone())
        .collect();
    let volume = Volume {
        grid: mask.grid,
        data: VolumeData::Scalar(values.into()),
        kind: MapKind::Predicted,
        name: wanted.name(),
        frames: 1,
        frame: 0,
        hash,
        warnings: supports.iter().flat_map(Support::warnings).collect(),
        provenance: Some(Arc::new(record(bundle, wanted, places))),
    };
    Ok(Prediction {
        volume,
        latent,
        supports,
    })
}

/// How the map was made.
fn record(bundle: &Bundle, wanted: &TextToPredict, places: &[Place]) -> Provenance {
    let mut record =
        Provenance::new("prediction").model(bundle.record(bundle.ontology().fingerprint()));
    let second = wanted.second.as_ref();
    let texts = [
        ("text", Some(&wanted.text)),
        ("second_text", second.map(|s| &s.text)),
    ];
    for (name, text) in texts {
        let Some(text) = text else { continue };
        if text.chars().count() > RECORDED_LETTERS {
            let digest = hex_sha256(text.as_bytes());
            record = record.option(&format!("{name}_sha256"), &digest);
        }
        let start: String = text.chars().take(RECORDED_LETTERS).collect();
        record = record.option(name, start.as_str());
    }
    for (name, place) in ["task", "second_task"].into_iter().zip(places) {
        if let Some(id) = place.row.and_then(|row| bundle.tasks.ids.get(row)) {
            record = record.option(name, id);
        }
    }
    match second.map(|second| second.mix) {
        Some(Mix::Minus) => record = record.option("mix", "first minus second"),
        Some(Mix::TowardPercent(percent)) => {
            record = record.option("toward_second_percent", percent);
        }
        None => {}
    }
    if wanted.sharpness_percent > 0 {
        record = record.option("sharpness_percent", wanted.sharpness_percent);
    }
    record
}

/// What makes a map of a place in the model's space.
///
/// # Errors
/// [`PredictError::NoDecoder`].
fn decoder(bundle: &Bundle) -> Result<&MapDecoder, PredictError> {
    bundle.decoder.as_ref().ok_or(PredictError::NoDecoder)
}

#[cfg(test)]
mod tests {
    use super::*;

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
