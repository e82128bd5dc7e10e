//! What the program carries: the MNI template, the brain mask and the demo map.
//! `assets/LICENSES.md` names origin and licence of each.

use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use crate::progress::Progress;
use crate::volume::{Affine, Grid, MapKind, Mask, Volume, VolumeData, VolumeError, from_bytes};

static T1: &[u8] = include_bytes!("../../assets/templates/mni_icbm152_t1_2009a_sym_1mm.nii.gz");
static MASK: &[u8] = include_bytes!("../../assets/templates/mni152_brain_mask_2mm.nii.gz");
static DEMO: &[u8] = include_bytes!("../../assets/templates/image_10426.nii.gz");

/// Display name of the demo map.
pub(crate) const DEMO_NAME: &str = "Left vs right motor (NeuroVault 10426)";

/// The 2 mm MNI152 grid of FSL, SPM and NiMARE: 91 × 109 × 91, x from right to left.
pub fn grid_2mm() -> Grid {
    Grid {
        shape: [91, 109, 91],
        affine: Affine::scale_translate([-2.0, 2.0, 2.0], [90.0, -126.0, -72.0]),
    }
}

/// The brain mask on [`grid_2mm`]: 228,483 voxels, the order of every masked vector.
pub fn mask_2mm() -> &'static Mask {
    static CELL: OnceLock<Mask> = OnceLock::new();
    CELL.get_or_init(|| {
        let volume = from_bytes("brain mask", MASK, &Progress::new()).expect(
            "the mask is compiled in and a test reads it: it cannot fail on a user's machine",
        );
        match &volume.data {
            VolumeData::Scalar(v) => Mask::new(volume.grid, |i| v[i] > 0.0),
            VolumeData::Label(v) => Mask::new(volume.grid, |i| v[i] > 0),
            VolumeData::Rgba(_) => Mask::new(volume.grid, |_| false),
        }
    })
}

/// The T1 template (ICBM 152 nonlinear symmetric 2009a, 1 mm, brain only), values 0..=255. Unpacked
/// when first asked for and shared by all who hold it; forgotten with the last of them.
///
/// # Errors
/// Only if memory for it (35 MB) cannot be had.
pub fn template_t1() -> Result<Arc<Volume>, VolumeError> {
    static HELD: Mutex<Weak<Volume>> = Mutex::new(Weak::new());
    // A thread that panicked here left a whole pointer behind. The lock is held while unpacking: a
    // second caller waits rather than hold another 35 MB.
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(volume) = held.upgrade() {
        return Ok(volume);
    }
    let mut volume = from_bytes("mni_icbm152_t1", T1, &Progress::new())?;
    volume.kind = MapKind::Anatomy;
    volume.name = "MNI152 T1".to_owned();
    let volume = Arc::new(volume);
    *held = Arc::downgrade(&volume);
    Ok(volume)
}

/// The demo map: left minus right hand movement, statistic values on 53 × 63 × 46 voxels of 3 mm.
///
/// # Errors
/// [`VolumeError::Cancelled`], or no memory.
pub fn demo_map(progress: &Progress) -> Result<Volume, VolumeError> {
    let mut volume = from_bytes("image_10426.nii.gz", DEMO, progress)?;
    volume.name = DEMO_NAME.to_owned();
    Ok(volume)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_is_nimares() {
        let mask = mask_2mm();
        assert_eq!(mask.grid, grid_2mm());
        assert_eq!(mask.len(), 228_483);
    }

    #[test]
    fn the_template_is_whole_and_right_way_up() {
        let t1 = template_t1().unwrap();
        assert_eq!(t1.grid.shape, [197, 233, 189]);
        let values = t1.data.scalar().unwrap();
        assert_eq!(values.iter().filter(|&&v| v > 0.0).count(), 1_886_539);
        // White matter near the middle is bright, outside the head is dark.
        assert!(t1.value_at_world([24.0, 0.0, 28.0]).unwrap() > 150.0);
        assert_eq!(t1.value_at_world([90.0, -120.0, -60.0]), Some(0.0));
    }

    #[test]
    fn the_demo_map_is_positive_in_right_motor_cortex() {
        let demo = demo_map(&Progress::new()).unwrap();
        assert_eq!(demo.kind, MapKind::Z);
        assert!(demo.value_at_world([39.0, -25.0, 58.0]).unwrap() > 4.0);
        assert!(demo.value_at_world([-39.0, -25.0, 58.0]).unwrap() < -4.0);
    }
}
