//! Maps of smooth Gaussian noise over a mask: what a model sees where nothing is.

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

use super::TrainError;
use crate::measure::smooth;
use crate::progress::Progress;
use crate::seed::{Seed, normal};
use crate::space::on_mask_by;
use crate::volume::{Affine, Grid, MapKind, Mask, Resampling, Volume};

/// Widths of the noise, full width at half maximum, mm.
const FWHM_MM: [f64; 2] = [4.0, 60.0];
/// Components at most: real maps have long reaches beside their foci.
const COMPONENTS: usize = 3;
/// Points of the lattice that noise is made on, per width: fewer would make the variance uneven between the points.
const POINTS_A_WIDTH: f64 = 5.0;
/// Points of the lattice beyond the mask.
const MARGIN: usize = 1;

/// The map of noise with this number: mean 0, about unit variance, in the order of the mask. Of one width, or the sum
/// of two or three.
pub(super) fn noise(
    mask: &Mask,
    seed: Seed,
    number: u64,
    progress: &Progress,
) -> Result<Vec<f32>, TrainError> {
    let mut rng = seed.stream("maps of noise", number);
    let [low, high] = FWHM_MM;
    let mut values = vec![0.0; mask.len()];
    // Shares of the variance, evenly over all ways to divide it.
    let parts: Vec<f64> = (0..rng.random_range(1..=COMPONENTS))
        .map(|_| -(1.0 - rng.random::<f64>()).ln())
        .collect();
    let whole: f64 = parts.iter().sum();
    for part in parts {
        let width = (low.ln() + (high / low).ln() * rng.random::<f64>()).exp();
        let one = component(mask, width, &mut rng, progress)?;
        let share = (part / whole.max(f64::MIN_POSITIVE)).sqrt() as f32;
        values
            .iter_mut()
            .zip(one)
            .for_each(|(sum, v)| *sum += share * v);
    }
    Ok(values)
}

/// Noise of one width, its mean square over the mask 1.
fn component(
    mask: &Mask,
    fwhm_mm: f64,
    rng: &mut ChaCha8Rng,
    progress: &Progress,
) -> Result<Vec<f32>, TrainError> {
    let nothing = || TrainError::Noise("its grid is not regular".into());
    let lattice = lattice(&mask.grid, fwhm_mm);
    let white: Vec<f32> = normal(rng, lattice.len());
    let white = Volume::derived(lattice, white.into(), MapKind::Z, "noise").ok_or_else(nothing)?;
    let smoothed = smooth(&white, fwhm_mm, progress).map_err(|error| match progress.check() {
        Err(cancelled) => cancelled.into(),
        Ok(()) => TrainError::Noise(error.to_string()),
    })?;
    let smoothed = Volume::derived(lattice, smoothed, MapKind::Z, "noise").ok_or_else(nothing)?;
    let mut values = match lattice == mask.grid {
        true => mask
            .gather(smoothed.data.scalar().ok_or_else(nothing)?)
            .ok_or_else(nothing)?,
        false => {
            let read = on_mask_by(&smoothed, mask, Resampling::Cubic, progress);
            read.map_err(|error| match progress.check() {
                Err(cancelled) => cancelled.into(),
                Ok(()) => TrainError::Noise(error.to_string()),
            })?
            .values
        }
    };
    let square: f64 = values.iter().map(|&v| f64::from(v).powi(2)).sum();
    let scale = (values.len() as f64 / square.max(f64::MIN_POSITIVE)).sqrt() as f32;
    values.iter_mut().for_each(|v| *v *= scale);
    Ok(values)
}

/// A grid over that of the mask, as coarse as noise of this width allows; the mask's own where it need not be coarser.
fn lattice(grid: &Grid, fwhm_mm: f64) -> Grid {
    let sizes = grid.affine.voxel_sizes_mm();
    let steps: [f64; 3] =
        std::array::from_fn(|axis| (fwhm_mm / POINTS_A_WIDTH / sizes[axis]).max(1.0));
    if steps == [1.0; 3] {
        return *grid;
    }
    let margin = MARGIN as f64;
    let coarse = Affine::scale_translate(steps, steps.map(|step| -margin * step));
    Grid {
        shape: std::array::from_fn(|axis| {
            (grid.shape[axis] as f64 / steps[axis]).ceil() as usize + 1 + 2 * MARGIN
        }),
        affine: grid.affine.then_after(&coarse),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::mask_2mm;

    /// Mean over the mask of a product with the map moved by so many voxels along i.
    fn likeness(mask: &Mask, map: &[f32], lag: usize) -> f64 {
        let (mut sum, mut count) = (0.0, 0);
        for (here, &voxel) in mask.voxels.iter().enumerate() {
            let there = mask.position[(voxel as usize + lag).min(mask.grid.len() - 1)];
            if let Some(other) = map.get(there as usize) {
                sum += f64::from(map[here]) * f64::from(*other);
                count += 1;
            }
        }
        sum / f64::from(count)
    }

    #[test]
    fn noise_is_as_wide_as_asked_on_the_mask_and_on_coarser_lattices() {
        let mask = mask_2mm();
        for fwhm_mm in [8.0_f64, 24.0] {
            let lag = (fwhm_mm / 4.0) as usize;
            let found: f64 = (0..4)
                .map(|number| {
                    let mut rng = Seed(2).stream("test", number);
                    let map = component(mask, fwhm_mm, &mut rng, &Progress::new()).unwrap();
                    likeness(mask, &map, lag)
                })
                .sum();
            // Half a width apart: exp(−2 ln 2 · (1/2)²).
            let wanted = (-0.5 * std::f64::consts::LN_2).exp();
            assert!(
                (found / 4.0 - wanted).abs() < 0.06,
                "{fwhm_mm}: {}",
                found / 4.0
            );
        }
    }

    #[test]
    fn a_number_gives_the_same_map_and_another_gives_another() {
        let mask = mask_2mm();
        let of = |number| noise(mask, Seed(1), number, &Progress::new()).unwrap();
        let (a, b) = (of(0), of(1));
        assert_eq!(a, of(0));
        let product: f64 = a.iter().zip(&b).map(|(x, y)| f64::from(x * y)).sum();
        assert!(product.abs() / (a.len() as f64) < 0.3);
        let square: f64 = a.iter().map(|&x| f64::from(x * x)).sum();
        assert!((0.5..2.0).contains(&(square / a.len() as f64)));
    }
}
