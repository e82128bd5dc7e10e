//! What takes the steps of a run: two towers, their optimiser and the running average of their weights.

use candle_core::{DType, Device, Tensor, Var};

use rayon::prelude::*;

use super::average::Average;
use super::{TrainConfig, TrainError};
use crate::align::fused::{FusedTowers, Side};
use crate::align::graph::{Dropout, Graph, unit_rows};
use crate::align::optim::AdamW;
use crate::align::{AlignError, Rows, Tower, loss};
use crate::linalg::dot;
use crate::seed::Seed;
use crate::tensors::{Container, TensorError};

/// What the weights that are kept make of studies.
pub(super) struct Evaluated {
    /// Loss over all pairs at once.
    pub loss: f32,
    /// Unit latents of the maps.
    pub images: Rows,
    /// Unit latents of the texts.
    pub texts: Rows,
}

/// The towers as they run in the program, without what their inputs go through before, and the trained multiplier.
pub(super) struct Frozen {
    pub image: Tower,
    pub text: Tower,
    pub logit_scale: f32,
}

/// Takes steps.
pub(super) trait Learner {
    /// One step over a batch; its loss. What is dropped depends on seed and step.
    ///
    /// # Errors
    /// Failing arithmetic.
    fn step(
        &mut self,
        maps: &Rows,
        texts: &Rows,
        config: &TrainConfig,
        step: u64,
    ) -> Result<f32, TrainError>;

    /// Evaluates the weights that are kept: the running average where there is one.
    ///
    /// # Errors
    /// Failing arithmetic.
    fn evaluate(&mut self, maps: &Rows, texts: &Rows) -> Result<Evaluated, TrainError>;

    /// Those weights.
    ///
    /// # Errors
    /// Failing arithmetic.
    fn freeze(&mut self) -> Result<Frozen, TrainError>;

    /// Everything needed to go on later, to the bit.
    ///
    /// # Errors
    /// Failing arithmetic.
    fn store(&self) -> Result<Container<'static>, TrainError>;

    /// Goes on from there.
    ///
    /// # Errors
    /// What is stored is of other towers.
    fn load(&mut self, from: &mut Container<'_>) -> Result<(), TrainError>;
}

/// Initial towers of the seed for maps and texts of these widths: the same weights whoever takes the steps.
fn initial(
    config: &TrainConfig,
    [maps, texts]: [usize; 2],
    device: &Device,
) -> Result<[Graph; 2], AlignError> {
    let seed = Seed(config.seed);
    let (width, depth) = (config.width, config.depth);
    let tower = |inputs, name| Graph::init((inputs, width, depth), None, (seed, name), device);
    Ok([tower(maps, "image")?, tower(texts, "text")?])
}

/// What is dropped in this step from maps and from texts.
fn dropouts(config: &TrainConfig, step: u64) -> [Dropout; 2] {
    let seed = Seed(config.seed);
    let dropout = |rate, name: &str| Dropout {
        rate,
        rng: seed.stream(name, step),
    };
    [
        dropout(config.dropout_image, "dropout image"),
        dropout(config.dropout_text, "dropout text"),
    ]
}

/// Steps by arithmetic of our own, on processors: the same bits on any number of threads.
pub(super) struct FusedLearner(FusedTowers);

impl FusedLearner {
    /// With initial weights of the seed, for maps and texts of these widths, on as many threads as the pool it runs in
    /// has.
    ///
    /// # Errors
    /// Failing arithmetic.
    pub fn new(config: &TrainConfig, widths: [usize; 2]) -> Result<Self, TrainError> {
        let [image, text] = initial(config, widths, &Device::Cpu)?;
        let (image, text) = (image.to_tower(None)?, text.to_tower(None)?);
        let towers = FusedTowers::new(
            &image,
            &text,
            config.logit_scale,
            config.optimiser,
            config.average,
        )?;
        let towers = towers.with_objective(config.objective);
        Ok(Self(towers.with_threads(rayon::current_num_threads())))
    }
}

impl Learner for FusedLearner {
    fn step(
        &mut self,
        maps: &Rows,
        texts: &Rows,
        config: &TrainConfig,
        step: u64,
    ) -> Result<f32, TrainError> {
        Ok(self.0.step(maps, texts, dropouts(config, step).map(Some))?)
    }

    fn evaluate(&mut self, maps: &Rows, texts: &Rows) -> Result<Evaluated, TrainError> {
        let images = self.0.latents(Side::Image, maps, true);
        let texts = self.0.latents(Side::Text, texts, true);
        Ok(Evaluated {
            loss: contrast(&images, &texts, self.0.logit_scale(true)),
            images,
            texts,
        })
    }

    fn freeze(&mut self) -> Result<Frozen, TrainError> {
        let [image, text] = self.0.towers(true)?;
        Ok(Frozen {
            image,
            text,
            logit_scale: self.0.logit_scale(true),
        })
    }

    fn store(&self) -> Result<Container<'static>, TrainError> {
        let mut out = Container::default();
        self.0.store(&mut out);
        Ok(out)
    }

    fn load(&mut self, from: &mut Container<'_>) -> Result<(), TrainError> {
        self.0 = FusedTowers::load(from)?.with_threads(rayon::current_num_threads());
        Ok(())
    }
}

/// Symmetric InfoNCE of unit latents, as [`loss::info_nce`].
fn contrast(images: &Rows, texts: &Rows, scale: f32) -> f32 {
    let scale = f64::from(scale);
    let one_way = |queries: &Rows, candidates: &Rows| -> f64 {
        let losses: Vec<f64> = (0..queries.len())
            .into_par_iter()
            .map(|row| {
                let query = queries.row(row);
                let logits = candidates.iter().map(|c| scale * f64::from(dot(query, c)));
                let logits: Vec<f64> = logits.collect();
                let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = logits.iter().map(|logit| (logit - most).exp()).sum();
                most + sum.ln() - logits[row]
            })
            .collect();
        losses.iter().sum::<f64>() / losses.len().max(1) as f64
    };
    (0.5 * (one_way(images, texts) + one_way(texts, images))) as f32
}

/// Steps by candle, on a processor or an accelerator.
pub(super) struct CandleLearner {
    image: Graph,
    text: Graph,
    scale: Var,
    device: Device,
    optimiser: AdamW,
    average: Average,
}

impl CandleLearner {
    /// With initial weights of the seed, for maps and texts of these widths.
    ///
    /// # Errors
    /// Failing arithmetic.
    pub fn new(
        config: &TrainConfig,
        widths: [usize; 2],
        device: &Device,
    ) -> Result<Self, TrainError> {
        let [image, text] = initial(config, widths, device)?;
        let scale = Tensor::new(config.logit_scale, device).and_then(|t| t.to_dtype(DType::F32));
        let scale =
            Var::from_tensor(&scale.map_err(AlignError::from)?).map_err(AlignError::from)?;
        let mut vars = image.vars();
        vars.extend(text.vars());
        vars.push(scale.clone());
        Ok(Self {
            optimiser: AdamW::new(vars.clone(), config.optimiser)?,
            average: Average::new(vars, config.average)?,
            image,
            text,
            scale,
            device: device.clone(),
        })
    }

    /// Does something with the weights that are kept.
    fn with_kept<T>(
        &mut self,
        act: impl FnOnce(&Self) -> Result<T, TrainError>,
    ) -> Result<T, TrainError> {
        let restore = self.average.swap_in()?;
        let done = act(self);
        self.average.swap_out(restore)?;
        done
    }

    fn latents(&self, graph: &Graph, rows: &Rows) -> Result<Tensor, TrainError> {
        let out = graph.forward(&tensor(rows, &self.device)?, None)?;
        Ok(unit_rows(&out)?.detach())
    }
}

impl Learner for CandleLearner {
    fn step(
        &mut self,
        maps: &Rows,
        texts: &Rows,
        config: &TrainConfig,
        step: u64,
    ) -> Result<f32, TrainError> {
        let [mut drop_image, mut drop_text] = dropouts(config, step);
        let image = self
            .image
            .forward(&tensor(maps, &self.device)?, Some(&mut drop_image))?;
        let text = self
            .text
            .forward(&tensor(texts, &self.device)?, Some(&mut drop_text))?;
        let loss = loss::info_nce(&unit_rows(&image)?, &unit_rows(&text)?, &self.scale)?;
        let value = loss::value(&loss)?;
        self.optimiser
            .step(&loss.backward().map_err(AlignError::from)?)?;
        self.average.follow()?;
        Ok(value)
    }

    fn evaluate(&mut self, maps: &Rows, texts: &Rows) -> Result<Evaluated, TrainError> {
        self.with_kept(|own| {
            let image = own.latents(&own.image, maps)?;
            let text = own.latents(&own.text, texts)?;
            Ok(Evaluated {
                loss: loss::value(&loss::info_nce(&image, &text, &own.scale)?)?,
                images: rows(&image)?,
                texts: rows(&text)?,
            })
        })
    }

    fn freeze(&mut self) -> Result<Frozen, TrainError> {
        self.with_kept(|own| {
            Ok(Frozen {
                image: own.image.to_tower(None)?,
                text: own.text.to_tower(None)?,
                logit_scale: loss::value(&own.scale)?,
            })
        })
    }

    fn store(&self) -> Result<Container<'static>, TrainError> {
        let mut out = Container::default();
        self.optimiser.store(&mut out)?;
        self.average.store(&mut out)?;
        Ok(out)
    }

    fn load(&mut self, from: &mut Container<'_>) -> Result<(), TrainError> {
        self.optimiser.load(from)?;
        self.average.load(from)
    }
}

/// Rows as a tensor.
pub(super) fn tensor(rows: &Rows, device: &Device) -> Result<Tensor, TrainError> {
    Ok(
        Tensor::from_slice(&rows.values, (rows.len(), rows.width), device)
            .map_err(AlignError::from)?,
    )
}

/// A tensor as rows.
fn rows(tensor: &Tensor) -> Result<Rows, TrainError> {
    let width = tensor.dim(1).map_err(AlignError::from)?;
    let values = tensor.flatten_all().and_then(|t| t.to_vec1::<f32>());
    Ok(Rows {
        values: values.map_err(AlignError::from)?,
        width,
    })
}

impl From<TensorError> for TrainError {
    fn from(error: TensorError) -> Self {
        Self::Checkpoint(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: usize, width: usize, stream: u64) -> Rows {
        use rand::Rng as _;
        let mut rng = Seed(3).stream("learner rows", stream);
        let values = (0..count * width).map(|_| rng.random_range(-1.0..1.0));
        let rows = Rows {
            values: values.collect(),
            width,
        };
        rows.unit()
    }

    #[test]
    fn both_ways_of_taking_steps_go_the_same_way() {
        let config = TrainConfig {
            width: 24,
            depth: 2,
            average: 0.9,
            ..TrainConfig::default()
        };
        let (maps, texts) = (rows(40, 12, 0), rows(40, 16, 1));
        let mut own: Box<dyn Learner> = Box::new(FusedLearner::new(&config, [12, 16]).unwrap());
        let candle = CandleLearner::new(&config, [12, 16], &Device::Cpu).unwrap();
        let mut candle: Box<dyn Learner> = Box::new(candle);
        for step in 0..12 {
            let losses =
                [&mut own, &mut candle].map(|l| l.step(&maps, &texts, &config, step).unwrap());
            assert!(
                (losses[0] - losses[1]).abs() < 1e-4,
                "step {step}: {losses:?}"
            );
        }
        let found = [&mut own, &mut candle].map(|l| l.evaluate(&maps, &texts).unwrap());
        assert!((found[0].loss - found[1].loss).abs() < 1e-4);
        let pairs = found[0].images.values.iter().zip(&found[1].images.values);
        let far = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(far < 1e-3, "{far}");
        // What is stored goes on to the same bits.
        for learner in [own.as_mut(), candle.as_mut()] {
            let mut stored = learner.store().unwrap();
            let next = learner.step(&maps, &texts, &config, 12).unwrap();
            let after = learner.freeze().unwrap().image;
            learner.load(&mut stored).unwrap();
            assert_eq!(learner.step(&maps, &texts, &config, 12).unwrap(), next);
            assert_eq!(learner.freeze().unwrap().image, after);
        }
    }
}
