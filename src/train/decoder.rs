//! The decoder: latent of a study's text → features of its map, towers frozen.

use super::Event;
use super::TrainError;
use super::contrastive::Inputs;
use crate::align::{MapDecoder, Ridge, Rows, Tower};
use crate::progress::Progress;

/// Penalties tried, in mean diagonals of XᵀX.
const PENALTIES: [f64; 8] = [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0];

/// Fits the decoder on the latents of both texts of every training study: one dense layer, in closed
/// form, with the penalty of the best mean cosine on the dev titles. It minimises the squared
/// distance to the unit-length features, so the prediction estimates their mean given the text, and
/// its length tells how sure that is.
pub(crate) fn train_decoder(
    inputs: Inputs<'_>,
    text_tower: &Tower,
    progress: &Progress,
    events: &mut dyn FnMut(Event),
) -> Result<MapDecoder, TrainError> {
    if inputs.train.is_empty() || inputs.dev.is_empty() {
        return Err(TrainError::TooFew {
            train: inputs.train.len(),
            batch: 1,
        });
    }
    let features = inputs.features.unit();
    let width = text_tower.outputs();
    let latents =
        |texts: &Rows, of: &[usize]| texts.select(of).map(width, |t| text_tower.forward(t));
    // The same scale MapDecoder::forward puts on a latent.
    let scale = (width as f32).sqrt();
    let mut texts = latents(inputs.titles, inputs.train);
    texts
        .values
        .extend(latents(inputs.long_texts, inputs.train).values);
    texts.values.iter_mut().for_each(|v| *v *= scale);
    let mut maps = features.select(inputs.train);
    maps.values.extend_from_within(..);
    progress.check()?;
    let sums = Ridge::new(&texts, &maps)?;
    let (dev_latents, dev_maps) = (
        latents(inputs.titles, inputs.dev),
        features.select(inputs.dev),
    );
    let mut best: Option<(f32, MapDecoder)> = None;
    for penalty in PENALTIES {
        progress.check()?;
        let Some(head) = sums.fit(penalty) else {
            continue;
        };
        let decoder = MapDecoder::new(Vec::new(), head)?;
        let dev_cosine = mean_cosine(&decoder, &dev_latents, &dev_maps);
        let is_best = best.as_ref().is_none_or(|(b, _)| dev_cosine > *b);
        events(Event::Decoder {
            penalty,
            dev_cosine,
            best: is_best,
        });
        if is_best {
            best = Some((dev_cosine, decoder));
        }
    }
    best.map(|(_, decoder)| decoder)
        .ok_or(TrainError::Diverged { epoch: 0 })
}

/// Mean cosine between the features predicted at `latents` and the true, unit-length ones.
pub(crate) fn mean_cosine(decoder: &MapDecoder, latents: &Rows, features: &Rows) -> f32 {
    let predicted = latents
        .map(decoder.outputs(), |l| decoder.forward(l))
        .unit();
    let cosine =
        |(p, t): (&[f32], &[f32])| p.iter().zip(t).map(|(a, b)| f64::from(a * b)).sum::<f64>();
    let sum: f64 = predicted.iter().zip(features.iter()).map(cosine).sum();
    (sum / predicted.len().max(1) as f64) as f32
}
