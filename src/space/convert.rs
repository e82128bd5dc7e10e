//! Coordinates between Talairach and MNI space.

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

/// Talairach mm → MNI152 mm.
pub fn tal_to_mni(point_mm: [f64; 3]) -> [f64; 3] {
    static INVERSE: OnceLock<Affine> = OnceLock::new();
    // A matrix so near to 1 has an inverse; a test goes there and back.
    let inverse = INVERSE.get_or_init(|| MNI_TO_TAL.inverse().unwrap_or(Affine::IDENTITY));
    inverse.apply(point_mm)
}

/// MNI152 mm → Talairach mm.
pub(crate) fn mni_to_tal(point_mm: [f64; 3]) -> [f64; 3] {
    MNI_TO_TAL.apply(point_mm)
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
