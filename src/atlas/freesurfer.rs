//! Names of the labels in FreeSurfer's segmentations (`aseg`, `aparc+aseg`, `wmparc`, `aparc.a2009s+aseg`).

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::volume::{Volume, VolumeData};

/// Number and name, one a line (assets/LICENSES.md).
const LABELS: &str = include_str!("../../assets/atlas/freesurfer_labels.tsv");
/// What the names of FreeSurfer's segmentations contain.
const SEGMENTATIONS: &[&str] = &["aseg", "aparc", "wmparc"];

static NAMES: LazyLock<HashMap<u32, &str>> = LazyLock::new(|| {
    let rows = LABELS.lines().filter_map(|line| line.split_once('\t'));
    let rows = rows.filter_map(|(number, name)| Some((number.parse().ok()?, name)));
    rows.collect()
});

/// The name FreeSurfer gives a label ("Left-Hippocampus" of 17) of a map that is called like one of its
/// segmentations; `None` of other maps and of numbers it does not know.
pub(crate) fn freesurfer_name(volume: &Volume, label: u32) -> Option<&'static str> {
    let called = volume.name.to_ascii_lowercase();
    let is_its = matches!(volume.data, VolumeData::Label(_))
        && SEGMENTATIONS.iter().any(|known| called.contains(known));
    is_its.then(|| NAMES.get(&label).copied()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::{Affine, Grid, MapKind};

    #[test]
    fn labels_of_its_segmentations_have_names() {
        let grid = Grid {
            shape: [1; 3],
            affine: Affine::scale_translate([1.0; 3], [0.0; 3]),
        };
        let values: Vec<f32> = vec![17.0];
        let mut map = Volume::derived(
            grid,
            values.into(),
            MapKind::Label,
            "sub-01_aparc.a2009s+ASEG",
        )
        .unwrap();
        assert_eq!(freesurfer_name(&map, 17), None, "values");
        map.data = VolumeData::Label(vec![17].into());
        for (label, name) in [
            (17, Some("Left-Hippocampus")),
            (53, Some("Right-Hippocampus")),
            (1030, Some("ctx-lh-superiortemporal")),
            (2035, Some("ctx-rh-insula")),
            (4028, Some("wm-rh-superiorfrontal")),
            (0, None),
            (99_999, None),
        ] {
            assert_eq!(freesurfer_name(&map, label), name);
        }
        assert!(
            freesurfer_name(&map, 12_175)
                .unwrap()
                .starts_with("ctx_rh_S_")
        );
        map.name = "harvard oxford".into();
        assert_eq!(freesurfer_name(&map, 17), None);
    }
}
