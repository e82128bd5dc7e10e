//! A predicted map beside a map that is there: how alike they are, and where the text stands among the model's tasks for
//! that map, so that a correlation has a meaning.

use super::PredictError;
use crate::bundle::Bundle;
use crate::linalg::dot_in_order;
use crate::measure::{PERCENTILES, Ready, Scatter};
use crate::progress::Progress;
use crate::space;
use crate::volume::Volume;

/// A predicted map beside a map that is there.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Beside {
    /// Pearson correlation over the voxels of the model's brain, no data as 0.
    pub pearson: f64,
    /// Dice of the strongest voxels of both.
    pub dice: Vec<DiceAt>,
    /// How many of the model's tasks are more similar to the map than the text is, plus 1; absent where the map was not
    /// read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank: Option<usize>,
    /// Tasks of the model.
    pub tasks: usize,
    /// The values that the strongest tenth of the predicted map and of the other one lie above.
    pub tenth: [f32; 2],
    /// Both maps' values, voxel by voxel.
    #[serde(skip)]
    pub scatter: Scatter,
    /// A voxel of each cell of the scatter, RAS mm.
    #[serde(skip)]
    pub cells_mm: Vec<[f64; 3]>,
}

/// Dice of the voxels above a percentile of their own map.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct DiceAt {
    /// The percentile.
    pub percentile: f64,
    /// 0..=1.
    pub dice: f64,
}

impl Beside {
    /// Dice of the strongest tenth of both.
    pub fn dice_of_a_tenth(&self) -> f64 {
        let tenth = self.dice.iter().find(|d| d.percentile == 90.0);
        tenth.map_or(0.0, |d| d.dice)
    }
}

/// Compares. `negative`: with the negative values of the map. `latents`: of the map and of the text.
///
/// # Errors
/// A map that cannot be brought to the model's grid, or a stop.
pub fn beside(
    bundle: &Bundle,
    predicted: &Volume,
    (map, negative): (&Volume, bool),
    latents: Option<(&[f32], &[f32])>,
    progress: &Progress,
) -> Result<Beside, PredictError> {
    let ready = |volume: &Volume, sign: f32| -> Result<Ready, PredictError> {
        let masked = space::on_mask(volume, bundle.atlas.mask(), progress)?;
        Ok(Ready::of(masked.values.iter().map(|v| sign * v).collect()))
    };
    let sign = if negative { -1.0 } else { 1.0 };
    let (predicted, map) = (ready(predicted, 1.0)?, ready(map, sign)?);
    let dice = PERCENTILES.into_iter().zip(predicted.dice(&map));
    let rank = latents.map(|(map, text)| {
        let own = dot_in_order(map, text);
        let before = (0..bundle.tasks.len())
            .filter(|&row| dot_in_order(map, &bundle.task_latent(row)) > own);
        1 + before.count()
    });
    let scatter = Scatter::of(predicted.values(), map.values());
    let mask = bundle.atlas.mask();
    let place = |&at: &u32| {
        let voxel = mask.voxels.get(at as usize).copied().unwrap_or_default();
        mask.grid.world(mask.grid.voxel(voxel as usize))
    };
    Ok(Beside {
        cells_mm: scatter.voxels.iter().map(place).collect(),
        scatter,
        tenth: [predicted.tenth(), map.tenth()],
        pearson: predicted.pearson(&map),
        dice: dice
            .map(|(percentile, dice)| DiceAt { percentile, dice })
            .collect(),
        rank,
        tasks: bundle.tasks.len(),
    })
}
