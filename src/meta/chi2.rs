//! MKDA χ² (Wager et al. 2007; the association test of Neurosynth, Yarkoni et al. 2011): at each voxel, whether
//! studies of one set report activation nearby more often than the others do.

use std::sync::{Mutex, PoisonError};

use crate::corpus::Kernel;
use crate::progress::{Cancelled, Progress};
use crate::volume::Mask;

/// In how many studies each voxel of a mask is active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// One a voxel of the mask.
    pub active: Vec<u32>,
    /// Studies counted.
    pub studies: u32,
}

impl Counts {
    pub(super) fn none(voxels: usize) -> Self {
        Self {
            active: vec![0; voxels],
            studies: 0,
        }
    }

    /// Of these studies and others.
    pub(super) fn with(&self, others: &Self) -> Self {
        let both = self.active.iter().zip(&others.active);
        Self {
            active: both.map(|(a, b)| a + b).collect(),
            studies: self.studies + others.studies,
        }
    }

    pub(super) fn add(&mut self, voxels: &[u32]) {
        self.studies += 1;
        for &voxel in voxels {
            self.active[voxel as usize] += 1;
        }
    }
}

/// Counts of several sets of studies, and of all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Association {
    /// Of every study.
    pub all: Counts,
    /// Of each set, in order.
    pub sets: Vec<Counts>,
}

impl Association {
    /// Counts modelled activations of studies (peaks in MNI mm, a list a study) over a mask; `sets_of[i]` are the
    /// numbers (below `sets`) of the sets study i belongs to, each once.
    ///
    /// # Errors
    /// A stop.
    pub fn count(
        peaks: &[&[[f32; 3]]],
        sets_of: &[Vec<usize>],
        sets: usize,
        kernel: Kernel,
        mask: &Mask,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let none = || Counts::none(mask.len());
        let counted = Mutex::new(Self {
            all: none(),
            sets: (0..sets).map(|_| none()).collect(),
        });
        kernel.for_each(peaks, mask, progress, |study, map| {
            // Whole numbers are added: the order does not matter, and no panic can leave half a sum.
            let mut counted = counted.lock().unwrap_or_else(PoisonError::into_inner);
            counted.all.add(&map.voxels);
            for &set in sets_of.get(study).into_iter().flatten() {
                if let Some(set) = counted.sets.get_mut(set) {
                    set.add(&map.voxels);
                }
            }
        })?;
        Ok(counted.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// z of one set against all other studies, one a voxel; `None` where the set is empty or holds every study.
    pub fn z(&self, set: usize) -> Option<Vec<f32>> {
        association_z(self.sets.get(set)?, &self.all)
    }
}

/// The signed square root of the two-way χ² at each voxel: activation reported or not, by studies in the set or
/// among the rest of `all`. Positive where the set's studies report it more often. NiMARE's
/// `z_desc-association` of `MKDAChi2`. `None` where one side has no study.
pub fn association_z(set: &Counts, all: &Counts) -> Option<Vec<f32>> {
    let (inside, outside) = (
        f64::from(set.studies),
        f64::from(all.studies.checked_sub(set.studies)?),
    );
    if inside == 0.0 || outside == 0.0 {
        return None;
    }
    let z = |(&set, &all): (&u32, &u32)| {
        let (a, all) = (f64::from(set), f64::from(all));
        let b = all - a;
        let total = inside + outside;
        let difference = a * outside - b * inside;
        let below = all * (total - all) * inside * outside;
        // Where every study reports activation, or none, the sets do not differ.
        if below > 0.0 {
            (difference * (total / below).sqrt()) as f32
        } else {
            0.0
        }
    };
    Some(set.active.iter().zip(&all.active).map(z).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::mask_2mm;

    /// Made-up studies and NiMARE's `z_desc-association` of them (tests/fixtures/meta/make_chi2.py).
    #[derive(serde::Deserialize)]
    struct Fixture {
        peaks: Vec<Vec<[f32; 3]>>,
        selected: usize,
        count: usize,
        voxels: Vec<usize>,
        z: Vec<f64>,
    }

    #[test]
    fn association_equals_nimares() {
        let text = include_str!("../../tests/fixtures/meta/chi2.json");
        let fixture: Fixture = serde_json::from_str(text).unwrap();
        let peaks: Vec<&[[f32; 3]]> = fixture.peaks.iter().map(Vec::as_slice).collect();
        let sets: Vec<Vec<usize>> = (0..peaks.len())
            .map(|study| {
                if study < fixture.selected {
                    vec![0]
                } else {
                    vec![]
                }
            })
            .collect();
        let mask = mask_2mm();
        let kernel = Kernel::MKDA_10_MM;
        let counted = Association::count(&peaks, &sets, 1, kernel, mask, &Progress::new()).unwrap();
        assert_eq!(counted.all.studies as usize, peaks.len());
        let seen = counted.all.active.iter().filter(|n| **n > 0).count();
        assert_eq!(seen, fixture.count);
        let z = counted.z(0).unwrap();
        let mut both = Vec::new();
        for (&voxel, &want) in fixture.voxels.iter().zip(&fixture.z) {
            let got = f64::from(z[voxel]);
            assert!(
                (got - want).abs() < 1e-4,
                "voxel {voxel}: {got}, not {want}"
            );
            both.push((got, want));
        }
        let mean =
            |f: &dyn Fn(&(f64, f64)) -> f64| both.iter().map(f).sum::<f64>() / both.len() as f64;
        let (a, b) = (mean(&|v| v.0), mean(&|v| v.1));
        let covariance = mean(&|v| (v.0 - a) * (v.1 - b));
        let spread = mean(&|v| (v.0 - a).powi(2)) * mean(&|v| (v.1 - b).powi(2));
        assert!(covariance / spread.sqrt() >= 0.9999);
    }

    #[test]
    fn a_table_by_hand_and_sets_without_a_contrast() {
        let counts = |active: [u32; 4], studies| Counts {
            active: active.to_vec(),
            studies,
        };
        // 8 of 10 against 2 of 10 of the rest: χ² = 20 · (64 − 4)² / (10 · 10 · 10 · 10).
        let all = counts([10, 10, 0, 20], 20);
        let z = association_z(&counts([8, 5, 0, 10], 10), &all).unwrap();
        assert!((f64::from(z[0]) - 7.2f64.sqrt()).abs() < 1e-6);
        assert_eq!(z[1..], [0.0, 0.0, 0.0]);
        let less = association_z(&counts([2, 5, 0, 10], 10), &all).unwrap();
        assert_eq!(less[0], -z[0]);
        assert!(association_z(&all, &all).is_none());
        assert!(association_z(&counts([0; 4], 0), &all).is_none());
    }
}
