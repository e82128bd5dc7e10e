//! What one looks at while towers learn: a batch that stays the same, texts whose maps take shape, a map whose ranking
//! changes.

use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::axes::principal_axes;
use super::{Event, MapRecipe, Towers, TrainError};
use crate::align::{Rows, Tower, unit};
use crate::bundle::TaskTable;
use crate::linalg::{dot, dot_in_order};
use crate::ontology::Ontology;
use crate::progress::Progress;
use crate::seed::Seed;
use crate::space;
use crate::volume::{Mask, Volume};

/// Training studies of the batch that stays the same.
const PAIRS: usize = 24;
/// Dev studies in the plane.
const PLACED: usize = 300;
/// Training studies whose maps make those of the texts.
const DRAWN_FROM: usize = 1000;
/// Tasks of the ranking.
const RANKED: usize = 6;

/// What is looked at after each pass.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    /// Texts whose maps are drawn.
    pub prompts: Vec<String>,
    /// A map whose ranking is followed.
    pub map: Option<Arc<Volume>>,
    /// Let the towers learn even where these settings were trained before.
    pub anew: bool,
}

/// The largest values of a map along one axis; NaN beside the brain.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// Columns and rows.
    pub size: [usize; 2],
    /// Row by row; the first row is the lowest (posterior, inferior), the first column the left (or posterior) one.
    pub values: Vec<f32>,
}

/// What the towers of a pass make of what is watched. Only the figures are written down.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// The pass, from 1.
    pub epoch: usize,
    /// Mean cosine of a dev study's title and its own map.
    pub diagonal: f32,
    /// Mean cosine of a dev study's title and the map of another.
    pub off_diagonal: f32,
    /// Training studies in the tables.
    pub pairs: usize,
    /// Cosines of titles (rows) and maps, of maps, of titles.
    #[serde(skip)]
    pub similarities: [Vec<f32>; 3],
    /// Dev maps in the plane of their latents' two main axes, and the domain of the nearest task.
    #[serde(skip)]
    pub plane: Vec<([f32; 2], Option<usize>)>,
    /// Of each text its map from above and from the left: the mean of the training studies' maps, each as much as the
    /// towers take it for one of the text.
    #[serde(skip)]
    pub maps: Vec<[Projection; 2]>,
    /// Tasks nearest to the watched map, with their cosines, best first.
    #[serde(skip)]
    pub tasks: Vec<(String, f32)>,
}

/// What is watched, ready to be put through towers.
pub(super) struct Watched<'a> {
    /// Numbers of the prompts, as the text tower takes them.
    pub prompts: Rows,
    /// Features of the watched map.
    pub map: Option<Vec<f32>>,
    /// The vocabulary, in the same numbers.
    pub tasks: &'a TaskTable,
    pub ontology: &'a Ontology,
    /// Features and titles of training studies.
    pub pairs: [Rows; 2],
    /// Features and titles of dev studies.
    pub dev: [Rows; 2],
    /// Features of the training studies that maps are drawn from.
    pub train: Rows,
    pub maps: MapRecipe<'a>,
}

/// Rows of a table, evenly spaced.
pub(super) fn spaced(rows: &Rows, among: &[usize], most: usize) -> Rows {
    let step = among.len().div_ceil(most.max(1)).max(1);
    let chosen: Vec<usize> = among.iter().copied().step_by(step).collect();
    rows.select(&chosen)
}

/// The training studies that maps of texts are drawn from.
pub(super) fn drawn_from(features: &Rows, train: &[usize]) -> Rows {
    spaced(features, train, DRAWN_FROM)
}

/// The training studies whose similarities are looked at.
pub(super) fn paired(rows: &Rows, train: &[usize]) -> Rows {
    spaced(rows, train, PAIRS)
}

/// The dev studies that are looked at.
pub(super) fn looked_at(rows: &Rows, dev: &[usize]) -> Rows {
    spaced(rows, dev, PLACED)
}

/// Features of a map, as towers take them; none where it cannot be read.
pub(super) fn features_of(
    map: &Volume,
    maps: MapRecipe<'_>,
    progress: &Progress,
) -> Option<Vec<f32>> {
    let masked = space::on_mask(map, maps.atlas.mask(), progress).ok()?;
    let features = maps.preprocess.features(maps.atlas, &masked.values);
    features.iter().any(|&f| f != 0.0).then_some(features)
}

impl Watched<'_> {
    /// Looks.
    ///
    /// # Errors
    /// A stop.
    pub fn look(&self, towers: &Towers, progress: &Progress) -> Result<Event, TrainError> {
        progress.check()?;
        let through =
            |tower: &Tower, rows: &Rows| rows.map(tower.outputs(), |row| unit(&tower.forward(row)));
        let [features, titles] = &self.dev;
        let images = through(&towers.image, features);
        let texts = through(&towers.text, titles);
        let [pair_maps, pair_titles] = &self.pairs;
        let pair_maps = through(&towers.image, pair_maps);
        let pair_titles = through(&towers.text, pair_titles);
        let pairs = pair_maps.len();
        let cosines = |a: &Rows, b: &Rows, n: usize| -> Vec<f32> {
            let cells = (0..n * n).into_par_iter();
            cells.map(|at| dot(a.row(at / n), b.row(at % n))).collect()
        };
        let n = images.len();
        let all = cosines(&texts, &images, n);
        let diagonal: f32 = (0..n).map(|i| all[i * n + i]).sum();
        let whole: f32 = all.iter().sum();
        progress.check()?;
        let tasks: Vec<Vec<f32>> = (0..self.tasks.len())
            .into_par_iter()
            .map(|task| self.tasks.latent(task, &towers.text))
            .collect();
        let nearest = |latent: &[f32]| {
            let cosines = tasks.iter().map(|task| dot_in_order(task, latent));
            cosines.enumerate().max_by(|a, b| a.1.total_cmp(&b.1))
        };
        let axes = principal_axes(&images, 2, Seed(0));
        let mean = images.mean();
        let plane = images.iter().map(|latent| {
            let off: Vec<f32> = latent.iter().zip(&mean).map(|(v, m)| v - m).collect();
            let place = [0, 1].map(|axis| {
                let axis = axes.iter().nth(axis);
                axis.map_or(0.0, |axis| dot(axis, &off))
            });
            let task = nearest(latent).map(|(task, _)| self.tasks.ids[task].as_str());
            let task = task.and_then(|id| self.ontology.task(id));
            (place, task.and_then(|task| self.ontology.domain_of(task)))
        });
        let plane = plane.collect();
        let ranked = self.map.as_ref().map(|features| {
            let latent = unit(&towers.image.forward(features));
            let cosines = tasks.iter().map(|task| dot_in_order(task, &latent));
            let mut ranked: Vec<(usize, f32)> = cosines.enumerate().collect();
            ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
            let first = ranked.into_iter().take(RANKED);
            first
                .map(|(task, cosine)| (self.tasks.names[task].clone(), cosine))
                .collect()
        });
        progress.check()?;
        let drawn_from = through(&towers.image, &self.train);
        let map = |prompt: &[f32]| {
            let latent = unit(&towers.text.forward(prompt));
            self.map_of(&latent, &drawn_from, towers.logit_scale)
        };
        let maps = self.prompts.iter().map(map).collect();
        Ok(Event::Seen(Box::new(Seen {
            epoch: towers.epoch,
            diagonal: diagonal / n.max(1) as f32,
            off_diagonal: (whole - diagonal) / (n * n.saturating_sub(1)).max(1) as f32,
            pairs,
            similarities: [
                cosines(&pair_titles, &pair_maps, pairs),
                cosines(&pair_maps, &pair_maps, pairs),
                cosines(&pair_titles, &pair_titles, pairs),
            ],
            plane,
            maps,
            tasks: ranked.unwrap_or_default(),
        })))
    }

    /// The map of a place in the model's space: that of the studies the towers take for near, from above and from the
    /// left.
    fn map_of(&self, latent: &[f32], studies: &Rows, scale: f32) -> [Projection; 2] {
        let cosines: Vec<f32> = studies.iter().map(|study| dot(study, latent)).collect();
        let most = cosines.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut sum = vec![0.0_f32; self.train.width];
        for (cosine, features) in cosines.iter().zip(self.train.iter()) {
            let weight = (scale * (cosine - most)).exp();
            sum.iter_mut()
                .zip(features)
                .for_each(|(s, f)| *s += weight * f);
        }
        let atlas = self.maps.atlas;
        let values = self.maps.preprocess.reconstruct(atlas, &unit(&sum));
        let mask = atlas.mask();
        [[0, 1, 2], [1, 2, 0]]
            .map(|[across, up, along]| project(mask, &values, [across, up, along]))
    }
}

/// The largest values along the last of these axes.
fn project(mask: &Mask, values: &[f32], [across, up, _]: [usize; 3]) -> Projection {
    let size = [mask.grid.shape[across], mask.grid.shape[up]];
    // Voxels may be stored from right to left.
    let axes = &mask.grid.affine.0;
    let along = |axis: usize, at: usize| match axes[axis][axis] < 0.0 {
        true => mask.grid.shape[axis] - 1 - at,
        false => at,
    };
    let mut out = vec![f32::NAN; size[0] * size[1]];
    for (&voxel, &value) in mask.voxels.iter().zip(values) {
        let place = mask.grid.voxel(voxel as usize);
        let at = along(up, place[up]) * size[0] + along(across, place[across]);
        if let Some(cell) = out.get_mut(at) {
            // NaN gives way.
            *cell = cell.max(value);
        }
    }
    Projection { size, values: out }
}
