//! Online dictionary learning with non-negative, compact modes and free codes.

use rand::seq::SliceRandom as _;
use rayon::prelude::*;

use super::coarse::Coarse;
use super::compact::heaviest_component;
use super::init::{centres, square};
use super::maps::Maps;
use super::support::Support;
use super::{LearnError, LearnOptions};
use crate::atlas::{AtlasError, Cholesky, SparseMode};
use crate::linalg::dot;
use crate::progress::Progress;

/// Maps coded before the modes are updated.
const BATCH: usize = 1_000;
/// Parts of a batch summed apart and then in order, so that the number of threads changes nothing.
const PARTS: usize = 8;
/// Share of what was learnt before a batch that is kept after it.
const MEMORY: f32 = 0.9;
/// Ridge on the codes: modes have length 1.
const RIDGE: f64 = 0.02;
/// Sweeps over the modes in a batch.
const SWEEPS: usize = 2;

/// Modes on the coarse mask.
pub(super) struct Learnt {
    pub(super) modes: Vec<SparseMode>,
    /// Share of the held-out maps' energy the modes' span keeps.
    pub(super) dev_kept: f64,
    /// Per mode the share of its weight in its heaviest component, before the rest was cut off.
    pub(super) largest: Vec<f64>,
}

/// Learns the modes.
pub(super) fn learn(
    train: &Maps,
    dev: &Maps,
    coarse: &Coarse,
    options: &LearnOptions,
    progress: &Progress,
) -> Result<Learnt, LearnError> {
    let places = coarse.places_mm();
    progress.stage("Placing the modes");
    let energy = train.energy();
    let mut middle = centres(&places, &energy, options.modes, options.seed, progress)?;
    let mut support = start(&places, &middle, options.radius_mm);
    let mut memory = Memory::new(&support);
    let mut largest = Vec::new();
    let batches = train.len().div_ceil(BATCH).max(1);
    for pass in 0..options.passes.max(1) {
        let mut order: Vec<usize> = (0..train.len()).collect();
        order.shuffle(&mut options.seed.stream("atlas order", pass as u64));
        for (number, batch) in order.chunks(BATCH).enumerate() {
            progress.check()?;
            progress.stage(format!(
                "Learning the modes, pass {} of {}",
                pass + 1,
                options.passes
            ));
            progress.set_fraction(
                (pass * batches + number) as f32 / (options.passes.max(1) * batches) as f32,
            );
            memory.take_in(&support, train, batch)?;
            for _ in 0..SWEEPS {
                memory.update(&mut support, options.sparsity);
            }
        }
        // One piece each, then the ball follows the mode's centre of mass.
        largest = cut_loose_pieces(&mut support, coarse);
        for (mode, centre) in middle.iter_mut().enumerate() {
            *centre = centre_of_mass(&support, mode, &places).unwrap_or(*centre);
        }
        let mut moved = Support::balls(&places, &middle, options.radius_mm);
        moved.weights = moved.carry(&support, &support.weights);
        memory.products = moved.carry(&support, &memory.products);
        support = moved;
        revive_empty(&mut support, &places, &middle);
        cut_loose_pieces(&mut support, coarse);
        for mode in 0..support.modes() {
            support.normalise(mode);
        }
    }
    progress.stage("Measuring the modes");
    let dev_kept = kept(&support, dev)?;
    Ok(Learnt {
        modes: support.to_modes(),
        dev_kept,
        largest,
    })
}

/// Gaussian modes as wide as the centres lie apart.
fn start(places: &[[f64; 3]], middle: &[[f64; 3]], radius_mm: f64) -> Support {
    let mut support = Support::balls(places, middle, radius_mm);
    let spacing: Vec<f64> = middle
        .par_iter()
        .map(|here| {
            let mut distances: Vec<f64> =
                middle.iter().map(|there| square(*here, *there)).collect();
            distances.sort_by(f64::total_cmp);
            let near = &distances[1.min(distances.len() - 1)..distances.len().min(7)];
            near.iter().sum::<f64>() / near.len() as f64
        })
        .collect();
    for (mode, (centre, spacing)) in middle.iter().zip(&spacing).enumerate() {
        fill_gaussian(&mut support, mode, places, *centre, spacing / 4.0);
    }
    support
}

fn fill_gaussian(
    support: &mut Support,
    mode: usize,
    places: &[[f64; 3]],
    centre: [f64; 3],
    variance_mm2: f64,
) {
    for slot in support.slots(mode) {
        let distance = square(places[support.voxels[slot] as usize], centre);
        support.weights[slot] = (-distance / (2.0 * variance_mm2.max(4.0))).exp() as f32;
    }
    support.normalise(mode);
}

/// What past batches said: WᵀW and WᵀX, older ones fading.
struct Memory {
    /// Codes' second moments, K × K.
    codes: Vec<f32>,
    /// Codes × maps, by slot.
    products: Vec<f32>,
    empty: bool,
}

impl Memory {
    fn new(support: &Support) -> Self {
        let k = support.modes();
        Self {
            codes: vec![0.0; k * k],
            products: vec![0.0; support.voxels.len()],
            empty: true,
        }
    }

    /// Codes a batch by ridge regression on the modes and adds it.
    fn take_in(
        &mut self,
        support: &Support,
        maps: &Maps,
        batch: &[usize],
    ) -> Result<(), AtlasError> {
        let k = support.modes();
        let factor = Cholesky::new(&support.gram(RIDGE), k)
            .map_err(|pivot| AtlasError::Degenerate { pivot })?;
        let parts: Vec<(Vec<Vec<f32>>, Vec<f32>)> = batch
            .par_chunks(batch.len().div_ceil(PARTS).max(1))
            .map(|part| {
                let mut products = vec![0.0_f32; support.voxels.len()];
                let codes = part
                    .iter()
                    .map(|&number| {
                        let (voxels, values) = maps.row(number);
                        let mut code = support.correlate(voxels, values);
                        factor.solve_in_place(&mut code);
                        let code: Vec<f32> = code.into_iter().map(|c| c as f32).collect();
                        for (&voxel, &value) in voxels.iter().zip(values) {
                            for &(mode, slot) in support.at(voxel) {
                                products[slot as usize] += code[usize::from(mode)] * value;
                            }
                        }
                        code
                    })
                    .collect();
                (codes, products)
            })
            .collect();
        let keep = if self.empty { 0.0 } else { MEMORY };
        self.empty = false;
        self.products.iter_mut().for_each(|p| *p *= keep);
        for (_, products) in &parts {
            for (sum, value) in self.products.iter_mut().zip(products) {
                *sum += value;
            }
        }
        // Mode × study, so that a moment is a product of two contiguous rows.
        let codes: Vec<&Vec<f32>> = parts.iter().flat_map(|(codes, _)| codes).collect();
        let rows: Vec<Vec<f32>> = (0..k)
            .map(|mode| codes.iter().map(|code| code[mode]).collect())
            .collect();
        self.codes
            .par_chunks_mut(k)
            .enumerate()
            .for_each(|(row, out)| {
                for (col, cell) in out.iter_mut().enumerate() {
                    *cell = keep * *cell + dot(&rows[row], &rows[col]);
                }
            });
        Ok(())
    }

    /// One block-coordinate sweep: each mode in turn takes its best non-negative shape given the
    /// others, less what lies below the threshold.
    fn update(&self, support: &mut Support, sparsity: f32) {
        let k = support.modes();
        let mut shape: Vec<f32> = Vec::new();
        for mode in 0..k {
            let moments = &self.codes[mode * k..(mode + 1) * k];
            let own = moments[mode];
            if own < 1e-12 {
                continue;
            }
            shape.clear();
            for slot in support.slots(mode) {
                let explained: f32 = support
                    .at(support.voxels[slot])
                    .iter()
                    .map(|&(other, at)| moments[usize::from(other)] * support.weights[at as usize])
                    .sum();
                shape.push(support.weights[slot] + (self.products[slot] - explained) / own);
            }
            let threshold = sparsity * shape.iter().copied().fold(0.0, f32::max);
            if threshold <= 0.0 && shape.iter().all(|&v| v <= 0.0) {
                // Nothing positive is left: keep the mode as it was.
                continue;
            }
            for (slot, &value) in support.slots(mode).zip(&shape) {
                support.weights[slot] = (value - threshold).max(0.0);
            }
            support.normalise(mode);
        }
    }
}

/// Sets everything outside each mode's heaviest component to 0; tells the share it held.
fn cut_loose_pieces(support: &mut Support, coarse: &Coarse) -> Vec<f64> {
    let pieces: Vec<(Vec<bool>, f64)> = (0..support.modes())
        .into_par_iter()
        .map(|mode| {
            let range = support.slots(mode);
            let voxels = &support.voxels[range.clone()];
            heaviest_component(&coarse.mask, voxels, &support.weights[range])
        })
        .collect();
    let mut shares = Vec::with_capacity(pieces.len());
    for (mode, (kept, share)) in pieces.into_iter().enumerate() {
        for (slot, keep) in support.slots(mode).zip(kept) {
            if !keep {
                support.weights[slot] = 0.0;
            }
        }
        support.normalise(mode);
        shares.push(share);
    }
    shares
}

fn centre_of_mass(support: &Support, mode: usize, places: &[[f64; 3]]) -> Option<[f64; 3]> {
    let (mut sum, mut total) = ([0.0_f64; 3], 0.0_f64);
    for slot in support.slots(mode) {
        let weight = f64::from(support.weights[slot]);
        let place = places[support.voxels[slot] as usize];
        (0..3).for_each(|axis| sum[axis] += weight * place[axis]);
        total += weight;
    }
    (total > 0.0).then(|| sum.map(|s| s / total))
}

/// A mode that lost all its weight starts again as a small Gaussian.
fn revive_empty(support: &mut Support, places: &[[f64; 3]], middle: &[[f64; 3]]) {
    for (mode, centre) in middle.iter().enumerate() {
        if support.slots(mode).all(|slot| support.weights[slot] <= 0.0) {
            fill_gaussian(support, mode, places, *centre, 16.0);
        }
    }
}

/// Share of the maps' energy in the span of the modes. Maps have length 1.
fn kept(support: &Support, maps: &Maps) -> Result<f64, AtlasError> {
    let factor = Cholesky::new(&support.gram(1e-9), support.modes())
        .map_err(|pivot| AtlasError::Degenerate { pivot })?;
    let shares = maps.map_each(|voxels, values| {
        let mut coordinates = support.correlate(voxels, values);
        factor.forward_in_place(&mut coordinates);
        coordinates.iter().map(|c| c * c).sum::<f64>()
    });
    Ok(shares.iter().sum::<f64>() / shares.len().max(1) as f64)
}
