//! FreeSurfer label codes and the names people read.
//!
//! Codes are those of FreeSurfer's `FreeSurferColorLUT.txt` for `aparc+aseg`: subcortical structures
//! below 100, cortex of the left hemisphere from 1000, of the right from 2000. What is not grey
//! matter (white matter, ventricles, vessels, choroid plexus, hypointensities, corpus callosum,
//! optic chiasm, "unknown" cortex) is absent, so it can never name a point.

use super::Side;

/// Gyral parcels of Desikan et al. 2006: code within a hemisphere, name.
const CORTEX: &[(u32, &str)] = &[
    (1, "banks of superior temporal sulcus"),
    (2, "caudal anterior cingulate"),
    (3, "caudal middle frontal"),
    (5, "cuneus"),
    (6, "entorhinal"),
    (7, "fusiform"),
    (8, "inferior parietal"),
    (9, "inferior temporal"),
    (10, "isthmus cingulate"),
    (11, "lateral occipital"),
    (12, "lateral orbitofrontal"),
    (13, "lingual"),
    (14, "medial orbitofrontal"),
    (15, "middle temporal"),
    (16, "parahippocampal"),
    (17, "paracentral"),
    (18, "pars opercularis"),
    (19, "pars orbitalis"),
    (20, "pars triangularis"),
    (21, "pericalcarine"),
    (22, "postcentral"),
    (23, "posterior cingulate"),
    (24, "precentral"),
    (25, "precuneus"),
    (26, "rostral anterior cingulate"),
    (27, "rostral middle frontal"),
    (28, "superior frontal"),
    (29, "superior parietal"),
    (30, "superior temporal"),
    (31, "supramarginal"),
    (32, "frontal pole"),
    (33, "temporal pole"),
    (34, "transverse temporal"),
    (35, "insula"),
];

/// Subcortical grey matter: left code, right code, name.
const PAIRED: &[(u32, u32, &str)] = &[
    (8, 47, "cerebellum"),
    (10, 49, "thalamus"),
    (11, 50, "caudate"),
    (12, 51, "putamen"),
    (13, 52, "pallidum"),
    (17, 53, "hippocampus"),
    (18, 54, "amygdala"),
    (26, 58, "accumbens"),
    (28, 60, "ventral diencephalon"),
];

/// Side and name of a code without its side, or `None` for what is not grey matter.
pub(super) fn grey_label(code: u32) -> Option<(Side, &'static str)> {
    if code == 16 {
        return Some((Side::Midline, "brain stem"));
    }
    if let Some(&(left, _, name)) = PAIRED.iter().find(|p| p.0 == code || p.1 == code) {
        return Some((
            if code == left {
                Side::Left
            } else {
                Side::Right
            },
            name,
        ));
    }
    let (side, parcel) = match code {
        1000..2000 => (Side::Left, code - 1000),
        2000..3000 => (Side::Right, code - 2000),
        _ => return None,
    };
    CORTEX.iter().find(|c| c.0 == parcel).map(|c| (side, c.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_grey_matter_has_a_name() {
        assert_eq!(grey_label(1024), Some((Side::Left, "precentral")));
        assert_eq!(grey_label(2024), Some((Side::Right, "precentral")));
        assert_eq!(grey_label(53), Some((Side::Right, "hippocampus")));
        assert_eq!(grey_label(16), Some((Side::Midline, "brain stem")));
        for dropped in [
            0, 2, 4, 7, 14, 24, 30, 31, 41, 62, 63, 77, 80, 85, 251, 255, 1000, 2000, 1004,
        ] {
            assert_eq!(grey_label(dropped), None, "{dropped}");
        }
    }
}
