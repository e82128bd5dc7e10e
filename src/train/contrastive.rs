//! Training of the two towers.

use std::time::Instant;

use candle_core::Device;
use rand::Rng as _;
use rand::seq::SliceRandom as _;

use super::learner::{CandleLearner, FusedLearner, Learner};
use super::session::Session;
use super::{Event, SettingError, TrainConfig, TrainError};
use crate::align::fused::Objective;
use crate::align::metrics::{Retrieval, ranks};
use crate::align::{Rows, Standardise, Tower};
use crate::seed::Seed;

/// What the towers learn from. Row i of every table is study i.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Inputs<'a> {
    /// Features of the studies' maps.
    pub features: &'a Rows,
    /// Their titles in numbers.
    pub titles: &'a Rows,
    /// Their long texts in numbers.
    pub long_texts: &'a Rows,
    /// Further features of the training studies, of maps of a part of their peaks: row i is study `train[i]`.
    pub thinned: &'a [Rows],
    /// Further long texts of the training studies, with a part of their words.
    pub thinned_texts: &'a [Rows],
    /// Studies to learn from.
    pub train: &'a [usize],
    /// Studies that decide when to stop.
    pub dev: &'a [usize],
}

/// The outcome of a run: the weights of its best pass.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Towers {
    /// Features → latent.
    pub image: Tower,
    /// Text embedding → latent.
    pub text: Tower,
    /// The trained multiplier of cosines.
    pub logit_scale: f32,
    /// The pass kept, from 1.
    pub epoch: usize,
    /// Dev figures of that pass: query title, query map.
    pub dev: [Retrieval; 2],
}

/// Trains the towers. The same inputs, settings and machine give the same weights. Every study is
/// seen twice a pass, once with each text, never twice in a batch; where there are thinned copies, half of the
/// maps and of the long texts are drawn from them. The pass with the lowest loss over
/// all dev pairs is kept, as in NiCLIP: a Recall@10 over a thousand studies jumps by a point from one
/// pass to the next.
///
/// # Errors
/// [`TrainError::Cancelled`] soon after a cancel; [`TrainError::TooFew`] where there is less than
/// one batch; [`TrainError::Setting`]; [`TrainError::Diverged`] where the loss is no longer a number.
pub(crate) fn train_towers(
    config: &TrainConfig,
    inputs: Inputs<'_>,
    device: &Device,
    session: &mut Session<'_>,
) -> Result<Towers, TrainError> {
    let scalers = Scalers::of(config, inputs);
    train_scaled(config, inputs, scalers, device, session)
}

/// As [`train_towers`], with scalers of one's own in place of those that the settings ask for.
///
/// # Errors
/// As [`train_towers`].
pub(crate) fn train_scaled(
    config: &TrainConfig,
    inputs: Inputs<'_>,
    scalers: Scalers,
    device: &Device,
    session: &mut Session<'_>,
) -> Result<Towers, TrainError> {
    config.check()?;
    if config.batch < 2 || inputs.train.len() < config.batch || inputs.dev.is_empty() {
        return Err(TrainError::TooFew {
            train: inputs.train.len(),
            batch: config.batch,
        });
    }
    if !device.is_cpu() && config.objective != Objective::InfoNce {
        return Err(TrainError::Setting(SettingError {
            field: "objective",
            value: format!("{:?}", config.objective),
            allowed: "InfoNce where towers are trained on an accelerator".to_owned(),
        }));
    }
    let data = Prepared::new(inputs, scalers);
    let widths = [data.features.width, data.titles.width];
    let mut learner: Box<dyn Learner> = match device.is_cpu() {
        true => Box::new(FusedLearner::new(config, widths)?),
        false => Box::new(CandleLearner::new(config, widths, device)?),
    };
    let learner = learner.as_mut();
    // What an interrupted run had done is not done again.
    let mut kept = session.resume(learner)?.unwrap_or_default();
    session.set_elapsed(kept.elapsed_ms);
    let dev = |rows: &Rows| rows.select(inputs.dev);
    let (dev_maps, dev_titles) = (dev(&data.features), dev(&data.titles));
    let passed = kept.passes;
    for epoch in passed + 1..=config.epochs {
        if passed > 0 && kept.is_over(config.patience) {
            break;
        }
        let train_loss = pass(config, &data, learner, (epoch, &mut kept.steps), session)?;
        if !train_loss.is_finite() {
            return Err(TrainError::Diverged { epoch });
        }
        // Part of a pass is no pass: it counts only where there is nothing else.
        let is_cut = session.control.is_ended();
        if is_cut && kept.best.is_some() {
            break;
        }
        let found = learner.evaluate(&dev_maps, &dev_titles)?;
        let width = found.images.width;
        let figures =
            |a: &[f32], b: &[f32]| Retrieval::from_ranks(&ranks(a, b, width), dev_maps.len());
        let (images, texts) = (&found.images.values, &found.texts.values);
        let dev = [figures(texts, images), figures(images, texts)];
        let frozen = learner.freeze()?;
        let towers = Towers {
            image: Tower::new(data.feature_scaler.clone(), frozen.image.blocks().to_vec())?,
            text: Tower::new(data.text_scaler.clone(), frozen.text.blocks().to_vec())?,
            logit_scale: frozen.logit_scale,
            epoch,
            dev,
        };
        session.watch(&towers)?;
        let logit_scale = towers.logit_scale;
        let is_best = kept.offer(found.loss, towers);
        session
            .progress
            .set_fraction(epoch as f32 / config.epochs as f32);
        session.progress.stage(format!(
            "Training the towers, pass {epoch} of at most {}",
            config.epochs
        ));
        let ended = Event::Epoch {
            epoch,
            train_loss,
            dev_loss: found.loss,
            text_to_map: dev[0],
            map_to_text: dev[1],
            logit_scale,
            best: is_best,
            elapsed_ms: session.elapsed_ms(),
        };
        kept.passes = epoch;
        kept.elapsed_ms = session.elapsed_ms();
        kept.events.push(ended.clone());
        session.tell(ended);
        if is_cut {
            break;
        }
        session.keep(&kept, learner)?;
        if kept.is_over(config.patience) {
            break;
        }
    }
    let (_, towers) = kept.best.ok_or(TrainError::TooFew {
        train: 0,
        batch: config.batch,
    })?;
    session.tell(Event::TowersKept {
        best_epoch: towers.epoch,
        text_to_map: towers.dev[0],
        map_to_text: towers.dev[1],
    });
    Ok(towers)
}

/// One pass over the studies: the mean loss of its steps.
fn pass(
    config: &TrainConfig,
    data: &Prepared<'_>,
    learner: &mut dyn Learner,
    (epoch, steps): (usize, &mut u64),
    session: &mut Session<'_>,
) -> Result<f32, TrainError> {
    let batches = data.batches(Seed(config.seed), epoch as u64, config.batch);
    let (mut total, mut done) = (0.0, 0);
    let begun = Instant::now();
    for batch in &batches {
        session.control.wait(session.progress)?;
        let maps = Rows::from_rows(batch.iter().map(|p| data.map(p)), data.features.width);
        let texts = Rows::from_rows(batch.iter().map(|p| data.text(p)), data.titles.width);
        let loss = learner.step(&maps, &texts, config, *steps)?;
        total += f64::from(loss);
        *steps += 1;
        done += 1;
        session.tell_step(|| Event::Step {
            step: *steps,
            steps: (batches.len() * config.epochs) as u64,
            epoch,
            loss,
            learning_rate: config.optimiser.learning_rate,
            pairs_per_s: (done * config.batch) as f32 / begun.elapsed().as_secs_f32().max(1e-6),
        });
        if session.control.is_ended() {
            break;
        }
    }
    Ok((total / done.max(1) as f64) as f32)
}

/// What the inputs of the towers go through once they are of unit length.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scalers {
    /// Features of maps.
    pub features: Option<Standardise>,
    /// Texts in numbers.
    pub texts: Option<Standardise>,
}

impl Scalers {
    /// Those the settings ask for: figures of the training studies.
    pub fn of(config: &TrainConfig, inputs: Inputs<'_>) -> Self {
        let features = config.standardise_features.then(|| {
            let rows = inputs.features.unit().select(inputs.train);
            Standardise::fit(&rows.values, rows.width)
        });
        let texts = config.standardise_texts.then(|| {
            let mut both = inputs.titles.unit().select(inputs.train);
            both.values
                .extend(inputs.long_texts.unit().select(inputs.train).values);
            Standardise::fit(&both.values, both.width)
        });
        Self { features, texts }
    }
}

/// Inputs as the blocks take them.
struct Prepared<'a> {
    inputs: Inputs<'a>,
    features: Rows,
    titles: Rows,
    long_texts: Rows,
    thinned: Vec<Rows>,
    thinned_texts: Vec<Rows>,
    feature_scaler: Option<Standardise>,
    text_scaler: Option<Standardise>,
}

impl<'a> Prepared<'a> {
    fn new(inputs: Inputs<'a>, scalers: Scalers) -> Self {
        let mut features = inputs.features.unit();
        let mut titles = inputs.titles.unit();
        let mut long_texts = inputs.long_texts.unit();
        let Scalers {
            features: feature_scaler,
            texts: text_scaler,
        } = scalers;
        let units = |tables: &[Rows]| -> Vec<Rows> { tables.iter().map(Rows::unit).collect() };
        let (mut thinned, mut thinned_texts) = (units(inputs.thinned), units(inputs.thinned_texts));
        let maps = thinned.iter_mut().chain([&mut features]);
        let texts = thinned_texts
            .iter_mut()
            .chain([&mut titles, &mut long_texts]);
        let tables = maps
            .map(|rows| (&feature_scaler, rows))
            .chain(texts.map(|rows| (&text_scaler, rows)));
        for (scaler, rows) in tables {
            if let Some(scaler) = scaler {
                let width = rows.width.max(1);
                rows.values
                    .chunks_exact_mut(width)
                    .for_each(|row| scaler.forward(row));
            }
        }
        Self {
            inputs,
            features,
            titles,
            long_texts,
            thinned,
            thinned_texts,
            feature_scaler,
            text_scaler,
        }
    }

    /// The batches of a pass.
    fn batches(&self, seed: Seed, epoch: u64, batch: usize) -> Vec<Vec<Pair>> {
        let mut rng = seed.stream("order", epoch);
        let mut copies = seed.stream("copies", epoch);
        let mut copy = |tables: &[Rows]| {
            let drawn = !tables.is_empty() && copies.random();
            drawn.then(|| copies.random_range(0..tables.len()))
        };
        let coins: Vec<bool> = self.inputs.train.iter().map(|_| rng.random()).collect();
        let mut batches = Vec::new();
        for second_text in [false, true] {
            let pair = |(position, &coin): (usize, &bool)| Pair {
                position,
                long: coin != second_text,
                map_copy: copy(&self.thinned),
                text_copy: copy(&self.thinned_texts),
            };
            let mut order: Vec<Pair> = coins.iter().enumerate().map(pair).collect();
            order.shuffle(&mut rng);
            batches.extend(order.chunks_exact(batch).map(<[_]>::to_vec));
        }
        batches.shuffle(&mut rng);
        batches
    }

    /// The features of the map a pair is seen with.
    fn map(&self, pair: &Pair) -> &[f32] {
        match pair.map_copy {
            Some(copy) => self.thinned[copy].row(pair.position),
            None => self.features.row(self.inputs.train[pair.position]),
        }
    }

    /// The text a pair is seen with.
    fn text(&self, pair: &Pair) -> &[f32] {
        let study = self.inputs.train[pair.position];
        match (pair.long, pair.text_copy) {
            (false, _) => self.titles.row(study),
            (true, Some(copy)) => self.thinned_texts[copy].row(pair.position),
            (true, None) => self.long_texts.row(study),
        }
    }
}

/// A training study as one step sees it.
#[derive(Debug, Clone, Copy)]
struct Pair {
    /// Its place among the training studies.
    position: usize,
    /// Whether its long text is read, not its title.
    long: bool,
    /// The thinned copy its map is of.
    map_copy: Option<usize>,
    /// The thinned copy its long text is of.
    text_copy: Option<usize>,
}
