//! Training of the two towers.

use std::time::Instant;

use candle_core::{DType, Device, Tensor, Var};
use rand::Rng as _;
use rand::seq::SliceRandom as _;

use super::TrainError;
use super::average::Average;
use super::{Event, TrainConfig};
use crate::align::graph::{Dropout, Graph, unit_rows};
use crate::align::metrics::{Retrieval, ranks};
use crate::align::optim::AdamW;
use crate::align::{Rows, Standardise, Tower, loss};
use crate::progress::Progress;
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
    progress: &Progress,
    events: &mut dyn FnMut(Event),
) -> Result<Towers, TrainError> {
    let scalers = Scalers::of(config, inputs);
    train_scaled(config, inputs, scalers, device, progress, events)
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
    progress: &Progress,
    events: &mut dyn FnMut(Event),
) -> Result<Towers, TrainError> {
    let started = Instant::now();
    config.check()?;
    if config.batch < 2 || inputs.train.len() < config.batch || inputs.dev.is_empty() {
        return Err(TrainError::TooFew {
            train: inputs.train.len(),
            batch: config.batch,
        });
    }
    let data = Prepared::new(inputs, scalers);
    let model = Model::init(config, &data, device)?;
    let mut optimiser = AdamW::new(model.vars(), config.optimiser)?;
    let mut average = Average::new(model.vars(), config.average)?;
    let mut best: Option<(f32, Towers)> = None;
    let mut step = 0u64;
    for epoch in 1..=config.epochs {
        let batches = data.batches(Seed(config.seed), epoch as u64, config.batch);
        let mut total = 0.0;
        for batch in &batches {
            progress.check()?;
            let loss = model.loss(&data, batch, config, step)?;
            total += f64::from(loss::value(&loss)?);
            optimiser.step(&loss.backward().map_err(crate::align::AlignError::from)?)?;
            average.follow()?;
            step += 1;
        }
        let train_loss = (total / batches.len().max(1) as f64) as f32;
        if !train_loss.is_finite() {
            return Err(TrainError::Diverged { epoch });
        }
        let restore = average.swap_in()?;
        let (dev_loss, dev) = model.evaluate(&data)?;
        let is_best = best.as_ref().is_none_or(|(b, _)| dev_loss < *b);
        let logit_scale = loss::value(&model.scale)?;
        if is_best {
            best = Some((
                dev_loss,
                Towers {
                    epoch,
                    dev,
                    logit_scale,
                    ..model.freeze(&data)?
                },
            ));
        }
        average.swap_out(restore)?;
        let kept = best.as_ref().map_or(epoch, |(_, towers)| towers.epoch);
        progress.set_fraction(epoch as f32 / config.epochs as f32);
        progress.stage(format!(
            "Training the towers, pass {epoch} of at most {}",
            config.epochs
        ));
        events(Event::Epoch {
            epoch,
            train_loss,
            dev_loss,
            text_to_map: dev[0],
            map_to_text: dev[1],
            logit_scale,
            best: is_best,
            elapsed_ms: started.elapsed().as_secs_f32() * 1e3,
        });
        if epoch - kept >= config.patience {
            break;
        }
    }
    let (_, towers) = best.ok_or(TrainError::TooFew {
        train: 0,
        batch: config.batch,
    })?;
    events(Event::TowersKept {
        best_epoch: towers.epoch,
        text_to_map: towers.dev[0],
        map_to_text: towers.dev[1],
    });
    Ok(towers)
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

struct Model {
    image: Graph,
    text: Graph,
    scale: Var,
    device: Device,
}

impl Model {
    fn init(
        config: &TrainConfig,
        data: &Prepared<'_>,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let seed = Seed(config.seed);
        let (width, depth) = (config.width, config.depth);
        let scale = Tensor::new(config.logit_scale, device).and_then(|t| t.to_dtype(DType::F32));
        Ok(Self {
            image: Graph::init(
                (data.features.width, width, depth),
                None,
                (seed, "image"),
                device,
            )?,
            text: Graph::init(
                (data.titles.width, width, depth),
                None,
                (seed, "text"),
                device,
            )?,
            scale: Var::from_tensor(&scale.map_err(crate::align::AlignError::from)?)
                .map_err(crate::align::AlignError::from)?,
            device: device.clone(),
        })
    }

    fn vars(&self) -> Vec<Var> {
        let mut vars = self.image.vars();
        vars.extend(self.text.vars());
        vars.push(self.scale.clone());
        vars
    }

    fn loss(
        &self,
        data: &Prepared<'_>,
        batch: &[Pair],
        config: &TrainConfig,
        step: u64,
    ) -> Result<Tensor, TrainError> {
        let seed = Seed(config.seed);
        let features = Rows::from_rows(batch.iter().map(|p| data.map(p)), data.features.width);
        let texts = Rows::from_rows(batch.iter().map(|p| data.text(p)), data.titles.width);
        let mut drop_image = Dropout {
            rate: config.dropout_image,
            rng: seed.stream("dropout image", step),
        };
        let mut drop_text = Dropout {
            rate: config.dropout_text,
            rng: seed.stream("dropout text", step),
        };
        let image = self
            .image
            .forward(&tensor(&features, &self.device)?, Some(&mut drop_image))?;
        let text = self
            .text
            .forward(&tensor(&texts, &self.device)?, Some(&mut drop_text))?;
        Ok(loss::info_nce(
            &unit_rows(&image)?,
            &unit_rows(&text)?,
            &self.scale,
        )?)
    }

    /// Loss and figures over all dev studies at once, titles as texts.
    fn evaluate(&self, data: &Prepared<'_>) -> Result<(f32, [Retrieval; 2]), TrainError> {
        let dev = data.inputs.dev;
        let latents = |graph: &Graph, rows: &Rows| -> Result<Tensor, TrainError> {
            Ok(
                unit_rows(&graph.forward(&tensor(&rows.select(dev), &self.device)?, None)?)?
                    .detach(),
            )
        };
        let image = latents(&self.image, &data.features)?;
        let text = latents(&self.text, &data.titles)?;
        let loss = loss::value(&loss::info_nce(&image, &text, &self.scale)?)?;
        let width = image.dim(1).map_err(crate::align::AlignError::from)?;
        let flat = |t: &Tensor| {
            t.flatten_all()
                .and_then(|t| t.to_vec1::<f32>())
                .map_err(crate::align::AlignError::from)
        };
        let (image, text) = (flat(&image)?, flat(&text)?);
        let figures = |a: &[f32], b: &[f32]| Retrieval::from_ranks(&ranks(a, b, width), dev.len());
        Ok((loss, [figures(&text, &image), figures(&image, &text)]))
    }

    fn freeze(&self, data: &Prepared<'_>) -> Result<Towers, TrainError> {
        let none = Retrieval {
            recall_10: 0.0,
            recall_100: 0.0,
            mix_match: 0.0,
        };
        Ok(Towers {
            image: self.image.to_tower(data.feature_scaler.clone())?,
            text: self.text.to_tower(data.text_scaler.clone())?,
            logit_scale: loss::value(&self.scale)?,
            epoch: 0,
            dev: [none; 2],
        })
    }
}

/// Rows as a tensor.
pub(super) fn tensor(rows: &Rows, device: &Device) -> Result<Tensor, TrainError> {
    Ok(
        Tensor::from_slice(&rows.values, (rows.len(), rows.width), device)
            .map_err(crate::align::AlignError::from)?,
    )
}
