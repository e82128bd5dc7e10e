//! Files that end early, opened as far as they go.

use std::path::Path;

use gyrus::progress::Progress;
use gyrus::volume::{self, MapKind, OpenOptions, Volume, VolumeData, VolumeError, WarningCode};

use crate::support::nifti_bytes::Nifti;

const SHAPE: [u16; 3] = [20, 20, 10];
const VOXELS: usize = 4000;

fn partial(path: &Path) -> Result<Volume, VolumeError> {
    let options = OpenOptions {
        partial: true,
        ..OpenOptions::default()
    };
    volume::open_with(path, &options, &Progress::new())
}

fn whole() -> Vec<u8> {
    let values: Vec<f32> = (0..VOXELS).map(|n| 0.25 + n as f32).collect();
    Nifti::float32(&SHAPE, &values).bytes()
}

#[test]
fn what_is_there_is_read_and_the_rest_is_no_data() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.nii");
    // Two bytes into a voxel.
    std::fs::write(&path, &whole()[..352 + 4 * 3000 + 2]).unwrap();
    let error = volume::open(&path, &Progress::new()).unwrap_err();
    assert!(error.is_cut_short(), "{error}");
    let map = partial(&path).unwrap();
    let values = map.data.scalar().unwrap();
    assert_eq!(values.len(), VOXELS);
    assert_eq!((values[0], values[2999]), (0.25, 2999.25));
    assert!(values[3000..].iter().all(|v| v.is_nan()));
    assert_eq!(map.stats().finite, 3000);
    let warning = map
        .warnings
        .iter()
        .find(|w| w.code == WarningCode::ValuesMissing);
    let warning = warning.unwrap();
    assert_eq!(warning.badge, "25 % missing");
    assert!(
        warning.message.contains("1,000 of its 4,000 voxels"),
        "{}",
        warning.message
    );
    let (_, stats) = volume::open_summed(
        &path,
        &OpenOptions {
            partial: true,
            ..OpenOptions::default()
        },
        &Progress::new(),
    )
    .unwrap();
    assert_eq!(
        stats.unwrap().finite,
        3000,
        "missing voxels are not counted"
    );
}

#[test]
fn a_packed_file_too_and_a_whole_file_as_always() {
    let folder = tempfile::tempdir().unwrap();
    let values: Vec<f32> = (0..VOXELS).map(|n| (n as f32 * 0.37).sin()).collect();
    let packed = Nifti::float32(&SHAPE, &values).gz();
    let path = folder.path().join("cut.nii.gz");
    std::fs::write(&path, &packed[..packed.len() / 2]).unwrap();
    let map = partial(&path).unwrap();
    let there = map
        .data
        .scalar()
        .unwrap()
        .iter()
        .filter(|v| !v.is_nan())
        .count();
    assert!(there > 0 && there < VOXELS, "{there}");
    let path = folder.path().join("whole.nii.gz");
    std::fs::write(&path, &packed).unwrap();
    let map = partial(&path).unwrap();
    assert!(
        map.warnings
            .iter()
            .all(|w| w.code != WarningCode::ValuesMissing)
    );
    assert!(map.data.scalar().unwrap().iter().all(|v| v.is_finite()));
}

#[test]
fn missing_labels_are_background_and_a_bare_header_stays_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let labels = Volume {
        data: VolumeData::Label((0..VOXELS).map(|n| n as u32 % 7 + 1).collect()),
        kind: MapKind::Label,
        ..{
            let path = folder.path().join("whole.nii");
            std::fs::write(&path, whole()).unwrap();
            volume::open(&path, &Progress::new()).unwrap()
        }
    };
    let path = folder.path().join("labels.nii");
    volume::write_nifti(&labels, &path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let values_at = bytes.len() - 4 * VOXELS;
    std::fs::write(&path, &bytes[..values_at + 4 * 2500]).unwrap();
    let map = partial(&path).unwrap();
    let VolumeData::Label(read) = &map.data else {
        panic!("no labels: {:?}", map.kind);
    };
    assert_eq!((read[2498], read[2499]), (7, 1));
    assert!(read[2500..].iter().all(|&label| label == 0));

    let bare = folder.path().join("bare.nii");
    std::fs::write(&bare, &whole()[..352]).unwrap();
    let error = partial(&bare).unwrap_err();
    assert!(!error.is_cut_short(), "there is nothing to open: {error}");
}
