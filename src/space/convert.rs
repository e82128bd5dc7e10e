//! Coordinates between Talairach and the MNI spaces.

use std::sync::OnceLock;

use crate::volume::Affine;

/// MNI → Talairach, the pooled ("other software") transform of Lancaster et al. 2007 (Human Brain
/// Mapping 28:1194–1205), the one NiMARE and BrainMap use where a study names no software.
const MNI_TO_TAL: Affine = Affine([
    [0.9357, 0.0029, -0.0072, -1.0423],
    [-0.0065, 0.9396, -0.0726, -1.3940],
    [0.0103, 0.0752, 0.8967, 3.6475],
    [0.0, 0.0, 0.0, 1.0],
]);

/// MNI305 (FreeSurfer's fsaverage) → MNI152, from FreeSurfer's page on coordinate systems.
const MNI305_TO_152: Affine = Affine([
    [0.9975, -0.0073, 0.0176, -0.0429],
    [0.0146, 1.0009, -0.0024, 1.5496],
    [-0.0130, -0.0093, 0.9971, 1.1840],
    [0.0, 0.0, 0.0, 1.0],
]);

fn inverse_of(cell: &'static OnceLock<Affine>, affine: &Affine) -> &'static Affine {
    cell.get_or_init(|| affine.inverse().unwrap_or(Affine::IDENTITY))
}

/// Talairach mm → MNI152 mm.
pub fn tal_to_mni(point_mm: [f64; 3]) -> [f64; 3] {
    static INVERSE: OnceLock<Affine> = OnceLock::new();
    inverse_of(&INVERSE, &MNI_TO_TAL).apply(point_mm)
}

/// MNI152 mm → Talairach mm.
pub fn mni_to_tal(point_mm: [f64; 3]) -> [f64; 3] {
    MNI_TO_TAL.apply(point_mm)
}

/// MNI305 mm → MNI152 mm.
pub fn mni305_to_mni152(point_mm: [f64; 3]) -> [f64; 3] {
    MNI305_TO_152.apply(point_mm)
}

/// MNI152 mm → MNI305 mm.
pub fn mni152_to_mni305(point_mm: [f64; 3]) -> [f64; 3] {
    static INVERSE: OnceLock<Affine> = OnceLock::new();
    inverse_of(&INVERSE, &MNI305_TO_152).apply(point_mm)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: [f64; 3], b: [f64; 3], tolerance: f64) {
        assert!(
            a.iter().zip(b).all(|(x, y)| (x - y).abs() < tolerance),
            "{a:?} is not {b:?}"
        );
    }

    #[test]
    fn there_and_back_again() {
        let p = [-42.0, -22.5, 54.0];
        close(mni_to_tal(tal_to_mni(p)), p, 1e-10);
        close(mni152_to_mni305(mni305_to_mni152(p)), p, 1e-10);
    }

    #[test]
    fn freesurfers_worked_example() {
        // Its page gives this vertex: MNI305 (10, −20, 35) is MNI152 (10.695, −18.409, 36.137).
        close(
            mni305_to_mni152([10.0, -20.0, 35.0]),
            [10.695, -18.409, 36.137],
            5e-3,
        );
    }

    #[test]
    fn talairach_agrees_with_nimare() {
        // nimare.utils.tal2mni, NiMARE 0.22.
        let cases = [
            ([-42.0, -22.0, 54.0], [-43.269925, -17.737823, 58.137688]),
            ([10.0, -90.0, -4.0], [12.087447, -94.27701, -0.760979]),
            ([0.0, 0.0, 0.0], [1.078156, 1.168244, -4.178049]),
            ([33.5, 18.2, -12.1], [36.704262, 19.591014, -19.626183]),
        ];
        for (tal, mni) in cases {
            close(tal_to_mni(tal), mni, 1e-5);
        }
    }
}
