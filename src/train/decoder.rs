//! Training of the decoder: latent of a study's text → features of its map, towers frozen.

use candle_core::Device;
use rand::seq::SliceRandom as _;

use super::TrainError;
use super::config::{Event, TrainConfig};
use super::contrastive::{Inputs, tensor};
use crate::align::graph::{Dropout, Graph};
use crate::align::optim::AdamW;
use crate::align::{AlignError, MapDecoder, Rows, Tower, loss};
use crate::progress::Task;
use crate::seed::Seed;

/// Trains the decoder on the latents of both texts of every training study. The loss is the squared
/// distance to the unit-length features, so the prediction is their mean given the text and its
/// length tells how sure that is. Keeps the pass with the best mean cosine on the dev titles.
pub fn train_decoder(
    config: &TrainConfig,
    inputs: Inputs<'_>,
    text_tower: &Tower,
    device: &Device,
    task: &Task,
    events: &mut dyn FnMut(Event),
) -> Result<MapDecoder, TrainError> {
    let (seed, settings) = (Seed(config.seed), &config.decoder);
    let batch = settings.batch;
    if batch < 2 || inputs.train.len() < batch || inputs.dev.is_empty() {
        return Err(TrainError::TooFew {
            train: inputs.train.len(),
            batch,
        });
    }
    let features = inputs.features.unit();
    let latents = |texts: &Rows, of: &[usize]| {
        texts
            .select(of)
            .map(config.width, |t| text_tower.forward(t))
    };
    // The same scale MapDecoder::forward puts on a latent.
    let scale = (config.width as f32).sqrt();
    let scaled = |mut rows: Rows| {
        rows.values.iter_mut().for_each(|v| *v *= scale);
        rows
    };
    let texts = [
        latents(inputs.titles, inputs.train),
        latents(inputs.long_texts, inputs.train),
    ]
    .map(scaled);
    let dev_latents = latents(inputs.titles, inputs.dev);
    let shape = (config.width, config.width, settings.depth);
    let graph = Graph::init(shape, Some(features.width), (seed, "decoder"), device)?;
    let mut optimiser = AdamW::new(graph.vars(), settings.optimiser)?;
    let mut best: Option<(f32, usize, MapDecoder)> = None;
    let mut step = 0;
    for epoch in 1..=settings.epochs {
        let mut order: Vec<(usize, usize)> = (0..inputs.train.len())
            .flat_map(|i| [(i, 0), (i, 1)])
            .collect();
        order.shuffle(&mut seed.stream("decoder order", epoch as u64));
        let (mut total, mut count) = (0.0f64, 0);
        for pairs in order.chunks_exact(batch) {
            task.check()?;
            let x = Rows::from_rows(pairs.iter().map(|&(i, t)| texts[t].row(i)), config.width);
            let y = pairs.iter().map(|&(i, _)| features.row(inputs.train[i]));
            let y = Rows::from_rows(y, features.width);
            let mut dropout = Dropout {
                rate: settings.dropout,
                rng: seed.stream("dropout decoder", step),
            };
            let predicted = graph.forward(&tensor(&x, device)?, Some(&mut dropout))?;
            let loss = loss::squared_distance(&predicted, &tensor(&y, device)?)?;
            total += f64::from(loss::value(&loss)?);
            count += 1;
            optimiser.step(&loss.backward().map_err(AlignError::from)?)?;
            step += 1;
        }
        let train_loss = (total / f64::from(count.max(1))) as f32;
        if !train_loss.is_finite() {
            return Err(TrainError::Diverged { epoch });
        }
        let decoder = graph.to_decoder()?;
        let dev_cosine = mean_cosine(&decoder, &dev_latents, &features.select(inputs.dev));
        let is_best = best.as_ref().is_none_or(|(b, ..)| dev_cosine > *b);
        if is_best {
            best = Some((dev_cosine, epoch, decoder));
        }
        task.set_fraction(epoch as f32 / settings.epochs as f32);
        events(Event::DecoderEpoch {
            epoch,
            train_loss,
            dev_cosine,
            best: is_best,
        });
        if best
            .as_ref()
            .is_some_and(|(_, kept, _)| epoch - kept >= settings.patience)
        {
            break;
        }
    }
    best.map(|(.., decoder)| decoder)
        .ok_or(TrainError::TooFew { train: 0, batch })
}

/// Mean cosine between the features predicted at `latents` and the true, unit-length ones.
pub fn mean_cosine(decoder: &MapDecoder, latents: &Rows, features: &Rows) -> f32 {
    let predicted = latents
        .map(decoder.outputs(), |l| decoder.forward(l))
        .unit();
    let cosine =
        |(p, t): (&[f32], &[f32])| p.iter().zip(t).map(|(a, b)| f64::from(a * b)).sum::<f64>();
    let sum: f64 = predicted.iter().zip(features.iter()).map(cosine).sum();
    (sum / predicted.len().max(1) as f64) as f32
}
