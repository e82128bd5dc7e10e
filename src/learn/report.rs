//! What was learnt, in figures.

use super::compact::heaviest_component;
use super::{LearnError, LearnOptions, Method};
use crate::atlas::SoftAtlas;
use crate::progress::Progress;
use crate::seed::Seed;

/// Least, median, mean and most of a list.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Spread {
    /// Least.
    pub least: f64,
    /// Median.
    pub median: f64,
    /// Mean.
    pub mean: f64,
    /// Most.
    pub most: f64,
}

impl Spread {
    /// Of a list; nothing for an empty one.
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        values.sort_by(f64::total_cmp);
        let count = values.len();
        Some(Self {
            least: values[0],
            median: (values[count / 2] + values[(count - 1) / 2]) / 2.0,
            mean: values.iter().sum::<f64>() / count as f64,
            most: values[count - 1],
        })
    }
}

/// The figures of a learnt atlas.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct LearnReport {
    /// What was learnt.
    pub method: Method,
    /// Number of modes.
    pub modes: usize,
    /// Seed.
    pub seed: u64,
    /// Passes over the training maps.
    pub passes: usize,
    /// Chain the maps went through.
    pub preprocess: String,
    /// Studies learnt from (those with a map other than 0).
    pub train_studies: usize,
    /// Held-out studies measured on.
    pub dev_studies: usize,
    /// Share of the held-out maps' energy in the span of the atlas, on the mask itself.
    pub variance_kept: f64,
    /// The same on the grid the modes were learnt on.
    pub variance_kept_coarse: f64,
    /// The same for a singular value decomposition of the same size on the same maps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub svd_variance_kept_coarse: Option<f64>,
    /// Stored weights.
    pub weights: usize,
    /// Voxels of a mode (sparse modes only, as the next three).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voxels_per_mode: Option<Spread>,
    /// Modes alive in a voxel, over voxels with any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modes_per_voxel: Option<Spread>,
    /// Share of the mask's voxels in at least one mode.
    pub voxels_covered: f64,
    /// Share of a mode's weight in its heaviest connected component.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share_in_heaviest_component: Option<Spread>,
    /// The same while learning, before smaller pieces were cut off (last pass).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share_before_cutting: Option<Spread>,
    /// Share of all weight that lies under another mode's larger weight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mass_overlap: Option<f64>,
    /// Time to learn, without this measuring.
    pub elapsed_s: f32,
}

/// What the learning itself measured.
pub(super) struct Measured {
    pub(super) train_studies: usize,
    pub(super) dev_studies: usize,
    pub(super) dev_kept_coarse: f64,
    pub(super) svd_kept_coarse: Option<f64>,
    pub(super) largest_before: Vec<f64>,
    pub(super) elapsed_s: f32,
}

/// Measures the finished atlas on held-out peaks.
pub(super) fn measure(
    atlas: &SoftAtlas,
    dev: &[&[[f32; 3]]],
    measured: Measured,
    options: &LearnOptions,
    progress: &Progress,
) -> Result<LearnReport, LearnError> {
    atlas.prepare()?;
    let total = atlas.mask().len();
    let kept = options
        .kernel
        .for_each(dev, atlas.mask(), progress, |_, map| {
            let values = options.preprocess.values_sparse(&map.values, total);
            let energy: f64 = values.iter().map(|&v| f64::from(v).powi(2)).sum();
            let inside: f64 = atlas
                .coordinates_sparse(&map.voxels, &values)
                .iter()
                .map(|&c| f64::from(c).powi(2))
                .sum();
            (energy > 0.0).then(|| inside / energy)
        })?;
    let kept: Vec<f64> = kept.into_iter().flatten().collect();

    let (mut heaviest, mut mass, mut alive) = (0.0_f64, 0.0_f64, Vec::new());
    for position in 0..total {
        let here = atlas.at(position);
        if !here.is_empty() {
            alive.push(here.len() as f64);
        }
        heaviest += here
            .iter()
            .fold(0.0_f64, |most, e| most.max(f64::from(e.1.abs())));
        mass += here.iter().map(|e| f64::from(e.1.abs())).sum::<f64>();
    }
    let covered = alive.len() as f64 / total.max(1) as f64;
    // Components of a dense, signed basis mean nothing.
    let sparse = options.method == Method::Modes;
    let modes = if sparse { atlas.to_modes() } else { Vec::new() };
    let shares = modes
        .iter()
        .map(|m| heaviest_component(atlas.mask(), &m.voxels, &m.weights).1)
        .collect();
    let voxels = modes.iter().map(|m| m.voxels.len() as f64).collect();
    let Seed(seed) = options.seed;
    Ok(LearnReport {
        method: options.method,
        modes: atlas.modes(),
        seed,
        passes: options.passes,
        preprocess: options.preprocess.name().to_owned(),
        train_studies: measured.train_studies,
        dev_studies: measured.dev_studies,
        variance_kept: kept.iter().sum::<f64>() / kept.len().max(1) as f64,
        variance_kept_coarse: measured.dev_kept_coarse,
        svd_variance_kept_coarse: measured.svd_kept_coarse,
        weights: atlas.weights(),
        voxels_per_mode: Spread::of(voxels),
        modes_per_voxel: Spread::of(alive).filter(|_| sparse),
        voxels_covered: covered,
        share_in_heaviest_component: Spread::of(shares),
        share_before_cutting: Spread::of(measured.largest_before),
        mass_overlap: (sparse && mass > 0.0).then(|| 1.0 - heaviest / mass),
        elapsed_s: measured.elapsed_s,
    })
}
