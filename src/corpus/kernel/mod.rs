//! Maps of a study's peaks: kernel density (KDE), modelled activation as balls (MKDA) or as Gaussians (ALE).

use rayon::prelude::*;

use crate::progress::{Cancelled, Progress};
use crate::volume::Mask;

mod paint;
mod stamp;
#[cfg(test)]
mod tests;

pub(crate) use paint::Painter;
pub(crate) use stamp::Brush;

/// A map over a mask that is zero but for some voxels.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SparseMap {
    /// Positions in the mask (not flat grid indices), ascending.
    pub voxels: Vec<u32>,
    /// The values there, none of them 0.
    pub values: Vec<f32>,
}

impl SparseMap {
    /// The map in full over a mask of `mask_len` voxels; positions beyond it are left out.
    pub fn to_dense(&self, mask_len: usize) -> Vec<f32> {
        let mut out = vec![0.0; mask_len];
        for (&voxel, &value) in self.voxels.iter().zip(&self.values) {
            if let Some(slot) = out.get_mut(voxel as usize) {
                *slot = value;
            }
        }
        out
    }

    /// Number of voxels that are not zero.
    pub fn len(&self) -> usize {
        self.voxels.len()
    }

    /// Whether the map is zero everywhere.
    pub fn is_empty(&self) -> bool {
        self.voxels.is_empty()
    }

    /// Sum of all values.
    pub fn sum(&self) -> f64 {
        self.values.iter().map(|&v| f64::from(v)).sum()
    }

    /// Euclidean norm.
    pub fn norm(&self) -> f64 {
        self.values
            .iter()
            .map(|&v| f64::from(v).powi(2))
            .sum::<f64>()
            .sqrt()
    }
}

/// A way to make a map of peaks.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum Kernel {
    /// One unit of mass a peak, spread by a Gaussian.
    Kde {
        /// Full width at half maximum, mm.
        fwhm_mm: f64,
    },
    /// 1 within the radius of any peak, 0 elsewhere.
    Mkda {
        /// Radius of the balls, mm.
        radius_mm: f64,
    },
    /// A Gaussian of mass 1 a peak; where several reach, the highest (Turkeltaub et al. 2012).
    Ale {
        /// Full width at half maximum, mm.
        fwhm_mm: f64,
    },
}

impl Kernel {
    /// NeuroQuery's width.
    pub const KDE_9_MM: Self = Self::Kde { fwhm_mm: 9.0 };
    /// NiMARE's default radius.
    pub const MKDA_10_MM: Self = Self::Mkda { radius_mm: 10.0 };

    /// ALE's Gaussian for studies of so many participants: between-template uncertainty (5.7 mm) and between-subject
    /// uncertainty (11.6 mm / √n) as Eickhoff et al. (2009) measured them.
    pub fn ale_of_sample(participants: f64) -> Self {
        // A mean Euclidean distance d belongs to a Gaussian of this width.
        let width = |distance: f64| {
            let sigma = distance / (2.0 * (2.0 / std::f64::consts::PI).sqrt());
            sigma * (8.0 * std::f64::consts::LN_2).sqrt()
        };
        let (templates, subjects) = (width(5.7), width(11.6) / participants.max(1.0).sqrt());
        Self::Ale {
            fwhm_mm: templates.hypot(subjects),
        }
    }

    /// The map of one study's peaks.
    pub fn map(self, peaks_mm: &[[f32; 3]], mask: &Mask) -> SparseMap {
        Painter::new(mask).paint(self, peaks_mm)
    }

    /// The maps of many studies on all cores, each handed to `use_map` with its number and then
    /// dropped: 19,000 density maps together would need 10 GB.
    ///
    /// # Errors
    /// [`Cancelled`] when `task` is.
    pub fn for_each<T: Send>(
        self,
        studies: &[&[[f32; 3]]],
        mask: &Mask,
        progress: &Progress,
        use_map: impl Fn(usize, SparseMap) -> T + Sync,
    ) -> Result<Vec<T>, Cancelled> {
        let done = std::sync::atomic::AtomicUsize::new(0);
        let total = studies.len().max(1);
        studies
            .par_iter()
            .enumerate()
            .map_init(
                || Painter::new(mask),
                |painter, (n, peaks)| {
                    progress.check()?;
                    let out = use_map(n, painter.paint(self, peaks));
                    let done = 1 + done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    progress.set_fraction(done as f32 / total as f32);
                    Ok(out)
                },
            )
            .collect()
    }
}

/// Kernel density: a unit at each peak's nearest voxel, smoothed by an isotropic Gaussian of `fwhm_mm`
/// cut at four standard deviations and reflected at the edges of the grid, then restricted to `mask`.
/// Equal to `scipy.ndimage.gaussian_filter` (float64) to rounding, and so to NeuroQuery's maps but that
/// NeuroQuery rounds peaks down to a voxel corner instead of to the nearest voxel.
///
/// Peaks outside the grid, or not finite, add nothing; so does any peak where the grid is degenerate.
pub fn kde(peaks_mm: &[[f32; 3]], mask: &Mask, fwhm_mm: f64) -> SparseMap {
    Kernel::Kde { fwhm_mm }.map(peaks_mm, mask)
}

/// Modelled activation: 1 in every voxel of `mask` whose centre is within `radius_mm` of the nearest
/// voxel centre of any peak. A union, not a sum. Equal to NiMARE's `MKDAKernel`.
///
/// Peaks that are not finite add nothing; so does any peak where the grid is degenerate.
pub fn mkda(peaks_mm: &[[f32; 3]], mask: &Mask, radius_mm: f64) -> SparseMap {
    Kernel::Mkda { radius_mm }.map(peaks_mm, mask)
}
