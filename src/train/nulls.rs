//! What a model makes of noise: maps of smooth noise of many widths, cut to many extents, through its own road.

use rayon::prelude::*;

use super::TrainError;
use super::noise::noise;
use crate::align::unit;
use crate::atlas::Texture;
use crate::bundle::{Bundle, Nulls, quantiles};
use crate::linalg::dot_in_order;
use crate::progress::Progress;
use crate::seed::Seed;
use crate::text::{MiniLm, TextEncoder};

/// Maps of noise where nothing else is said; each is read on both sides.
pub(crate) const NULL_MAPS: usize = 500;
/// Shares of the brain that noise is cut to, for models that read one side of a map.
const EXTENTS: [f32; 8] = [0.2, 0.1, 0.05, 0.025, 0.012, 0.006, 0.003, 0.0015];
/// Steps of smoothness an extent.
const STEPS: usize = 6;

/// One map of noise at one extent.
struct Read {
    texture: Texture,
    cosines: Vec<f32>,
}

/// Null distributions from `maps` maps of noise.
///
/// # Errors
/// [`TrainError::Cancelled`], or [`TrainError::Noise`] where the model reads nothing in noise.
pub fn learn_nulls(
    bundle: &Bundle,
    maps: usize,
    seed: Seed,
    progress: &Progress,
) -> Result<Nulls, TrainError> {
    progress.stage("Reading maps of noise");
    let tasks: Vec<Vec<f32>> = (0..bundle.tasks.len())
        .into_par_iter()
        .map(|row| bundle.task_latent(row))
        .collect();
    let extents: &[f32] = match bundle.preprocess.is_signed() {
        true => &[1.0],
        false => &EXTENTS,
    };
    let done = std::sync::atomic::AtomicUsize::new(0);
    let read: Vec<Vec<Vec<Read>>> = (0..maps as u64)
        .into_par_iter()
        .map(|number| {
            progress.check()?;
            let map = noise(bundle.atlas.mask(), seed, number, progress)?;
            let read = read_map(bundle, &tasks, map, extents);
            let done = 1 + done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            progress.set_fraction(done as f32 / maps as f32);
            Ok(read)
        })
        .collect::<Result<_, TrainError>>()?;
    let mut out = Nulls {
        maps: 0,
        extents: extents.to_vec(),
        smoothness: Vec::new(),
        means: Vec::new(),
        cosines: Vec::new(),
        best: Vec::new(),
        nearness: nearness(bundle, progress)?,
        text_nearness: text_nearness(bundle, progress)?,
    };
    for place in 0..extents.len() {
        let mut all: Vec<&Read> = read.iter().filter_map(|m| m.get(place)).flatten().collect();
        if all.len() < STEPS {
            return Err(TrainError::Noise(
                "the model reads nothing in most maps of noise".into(),
            ));
        }
        out.maps = out.maps.max(u32::try_from(all.len()).unwrap_or(u32::MAX));
        all.sort_by(|a, b| a.texture.smoothness.total_cmp(&b.texture.smoothness));
        for step in 0..STEPS {
            let (from, to) = (step * all.len() / STEPS, (step + 1) * all.len() / STEPS);
            cell(&mut out, &all[from..to], tasks.len());
        }
    }
    Ok(out)
}

/// Both sides of a map of noise, cut to each extent: a list an extent.
fn read_map(bundle: &Bundle, tasks: &[Vec<f32>], map: Vec<f32>, extents: &[f32]) -> Vec<Vec<Read>> {
    let one = |values: &[f32]| {
        let values = bundle.preprocess.values(values, 1.0);
        let features = bundle.preprocess.features_of(&bundle.atlas, &values);
        if features.iter().all(|&f| f == 0.0) {
            return None;
        }
        let latent = bundle.image_tower.forward(&features);
        Some(Read {
            texture: Texture::of(&values, bundle.atlas.mask()),
            cosines: tasks.iter().map(|t| dot_in_order(t, &latent)).collect(),
        })
    };
    let turned: Vec<f32> = map.iter().map(|v| -v).collect();
    let sides = [map, turned];
    if bundle.preprocess.is_signed() {
        return vec![sides.iter().filter_map(|side| one(side)).collect()];
    }
    let sorted = sides.each_ref().map(|side| {
        let mut sorted = side.clone();
        sorted.sort_unstable_by(f32::total_cmp);
        sorted
    });
    extents
        .iter()
        .map(|extent| {
            let cut = |(side, sorted): (&Vec<f32>, &Vec<f32>)| {
                let kept = (extent * sorted.len() as f32) as usize;
                let threshold = *sorted.get(sorted.len().checked_sub(kept + 1)?)?;
                let above: Vec<f32> = side.iter().map(|v| (v - threshold).max(0.0)).collect();
                one(&above)
            };
            sides.iter().zip(&sorted).filter_map(cut).collect()
        })
        .collect()
}

/// Adds what the maps of one cell say.
fn cell(out: &mut Nulls, maps: &[&Read], tasks: usize) {
    let n = maps.len().max(1) as f32;
    let smoothness: f32 = maps.iter().map(|m| m.texture.smoothness).sum();
    out.smoothness.push(smoothness / n);
    let mut means = Vec::with_capacity(tasks);
    for task in 0..tasks {
        let mut cosines: Vec<f32> = maps.iter().map(|m| m.cosines[task]).collect();
        means.push(cosines.iter().sum::<f32>() / n);
        out.cosines.extend(quantiles(&mut cosines));
    }
    let excess = |m: &&Read| {
        let over = m.cosines.iter().zip(&means).map(|(c, mean)| c - mean);
        over.fold(f32::NEG_INFINITY, f32::max)
    };
    let mut best: Vec<f32> = maps.iter().map(excess).collect();
    out.best.extend(quantiles(&mut best));
    out.means.extend(means);
}

/// How near titles of new studies, read as texts, are to the studies of the index, themselves left out; nothing for a
/// model of another text encoder than the program's.
///
/// # Errors
/// A stop, or a failing encoder.
pub fn text_nearness(bundle: &Bundle, progress: &Progress) -> Result<Vec<f32>, TrainError> {
    let encoder = MiniLm::embedded()?;
    if bundle.check_encoder(encoder.fingerprint()).is_err() {
        return Ok(Vec::new());
    }
    let (Some(index), Some(titles)) = (&bundle.index, bundle.held_out_titles(encoder, progress)?)
    else {
        return Ok(Vec::new());
    };
    let mut found: Vec<f32> = titles
        .par_iter()
        .map(|(row, latent)| index.nearness(latent, Some(*row)))
        .collect();
    progress.check()?;
    match found.is_empty() {
        true => Ok(Vec::new()),
        false => Ok(quantiles(&mut found)),
    }
}

/// How near the maps of new studies are to the studies of the index, themselves left out.
fn nearness(bundle: &Bundle, progress: &Progress) -> Result<Vec<f32>, TrainError> {
    let Some((index, facts, rows)) = bundle.held_out() else {
        return Ok(Vec::new());
    };
    progress.stage("Comparing studies with the literature");
    let kernel = bundle.manifest.kernel.kernel();
    let mut found: Vec<f32> = rows
        .into_par_iter()
        .filter_map(|row| {
            if progress.check().is_err() {
                return None;
            }
            let map = kernel.map(&facts.peaks_mm(row), bundle.atlas.mask());
            let features =
                bundle
                    .preprocess
                    .features_sparse(&bundle.atlas, &map.voxels, &map.values);
            if features.iter().all(|&f| f == 0.0) {
                return None;
            }
            let latent = unit(&bundle.image_tower.forward(&features));
            Some(index.nearness(&latent, Some(row)))
        })
        .collect();
    progress.check()?;
    match found.is_empty() {
        true => Ok(Vec::new()),
        false => Ok(quantiles(&mut found)),
    }
}
