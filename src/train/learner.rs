//! What takes the steps of a run: two towers, their optimiser and the running average of their weights.

use candle_core::{DType, Device, Tensor, Var};

use super::average::Average;
use super::{TrainConfig, TrainError};
use crate::align::graph::{Dropout, Graph, unit_rows};
use crate::align::optim::AdamW;
use crate::align::{AlignError, Rows, Tower, loss};
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
        [maps, texts]: [usize; 2],
        device: &Device,
    ) -> Result<Self, TrainError> {
        let seed = Seed(config.seed);
        let (width, depth) = (config.width, config.depth);
        let tower = |inputs, name| Graph::init((inputs, width, depth), None, (seed, name), device);
        let (image, text) = (tower(maps, "image")?, tower(texts, "text")?);
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
        let seed = Seed(config.seed);
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
