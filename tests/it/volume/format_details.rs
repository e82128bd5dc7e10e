//! What the table of formats cannot say in a line: frames, names, kinds, warnings, fall-backs.

use std::path::{Path, PathBuf};

use gyrus::progress::Progress;
use gyrus::volume::{
    self, AffineSource, MapFile, MapKind, OpenOptions, Volume, VolumeData, VolumeError, WarningCode,
};

use crate::support::nifti_bytes::{Nifti, gzip, ramp};
use crate::support::shared::shared;

fn made(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/formats")
        .join(name)
}

fn open(path: &Path) -> Volume {
    volume::open(path, &Progress::new()).unwrap_or_else(|e| panic!("{e}"))
}

fn codes(volume: &Volume) -> Vec<WarningCode> {
    volume.warnings.iter().map(|w| w.code).collect()
}

fn scalars(volume: &Volume) -> &[f32] {
    volume.data.scalar().unwrap()
}

/// The stored whole numbers of the made files, by their rule.
fn stored(n: usize) -> f32 {
    (n * 37 % 101) as f32 - 40.0
}

#[test]
fn every_sub_brick_of_afni_has_its_factor_its_name_and_its_kind() {
    let file = MapFile::open(&made("afni/short_le+orig.HEAD"), &Progress::new()).unwrap();
    assert_eq!(file.frame_names(), ["mean", "Coef", "Tstat"]);
    let kinds = [MapKind::Unknown, MapKind::Beta, MapKind::T];
    for (frame, factor) in [0.5, 1.0, 0.001].into_iter().enumerate() {
        let map = file.frame(frame, &Progress::new()).unwrap();
        for (n, v) in scalars(&map).iter().enumerate() {
            assert_eq!(*v, (f64::from(stored(60 * frame + n)) * factor) as f32);
        }
        // Of "mean" nothing is said: its values decide.
        if frame > 0 {
            assert_eq!(map.kind, kinds[frame]);
        }
    }
    let course = file.time_course([1, 2, 1], &Progress::new()).unwrap();
    let at = 1 + 5 * (2 + 4);
    let want = [0.5, 1.0, 0.001]
        .iter()
        .enumerate()
        .map(|(t, f)| stored(60 * t + at) * f);
    for (got, want) in course.iter().zip(want) {
        assert!((got - want).abs() < 1e-6);
    }
    let info = file.info();
    assert_eq!((info.format, info.pair), ("AFNI", true));
    assert_eq!(info.affine_source, AffineSource::Header);
    assert_eq!(info.space.as_deref(), Some("ORIG"));
}

#[test]
fn afni_statistics_codes_tell_the_kind_and_talairach_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let head = std::fs::read_to_string(made("afni/short_be+tlrc.HEAD")).unwrap();
    assert_eq!(
        codes(&open(&made("afni/short_be+tlrc.HEAD")))[..2],
        [WarningCode::SpaceTalairach, WarningCode::Sheared]
    );
    for (code, kind) in [(3, MapKind::T), (4, MapKind::F), (5, MapKind::Z)] {
        let told = format!(
            "{head}\ntype = float-attribute\nname = BRICK_STATAUX\ncount = 4\n 0 {code} 1 19\n"
        );
        let path = folder.path().join("map+tlrc.HEAD");
        std::fs::write(&path, told).unwrap();
        std::fs::copy(made("afni/short_be+tlrc.BRIK"), path.with_extension("BRIK")).unwrap();
        assert_eq!(open(&path).kind, kind);
    }
}

/// nibabel needs IJK_TO_DICOM_REAL; AFNI itself lived without it for years.
#[test]
fn afni_orientation_origin_and_step_say_the_same_as_the_matrix() {
    let Some(root) = shared("formats/afni") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    for name in ["scaled+tlrc", "vr_base_min_outlier+orig"] {
        let whole = open(&root.join(format!("{name}.HEAD")));
        let head = std::fs::read_to_string(root.join(format!("{name}.HEAD"))).unwrap();
        let without = head.replace("IJK_TO_DICOM_REAL", "SOMETHING_ELSE");
        let path = folder.path().join(format!("{name}.HEAD"));
        std::fs::write(&path, without).unwrap();
        std::fs::copy(
            root.join(format!("{name}.BRIK")),
            path.with_extension("BRIK"),
        )
        .unwrap();
        let again = open(&path);
        for (a, b) in again
            .grid
            .affine
            .0
            .iter()
            .flatten()
            .zip(whole.grid.affine.0.iter().flatten())
        {
            assert!((a - b).abs() < 1e-4, "{name}");
        }
        assert_eq!(scalars(&again), scalars(&whole));
    }
    let series = MapFile::open(&root.join("example4d+orig.HEAD"), &Progress::new()).unwrap();
    assert_eq!(
        (series.frames(), series.info().frame_step_s),
        (3, Some(3.0))
    );
    assert_eq!(series.frame_names(), ["#0", "#1", "#2"]);
}

#[test]
fn analyze_says_what_was_assumed() {
    let folder = tempfile::tempdir().unwrap();
    for (name, source, assumed) in [
        ("int16", AffineSource::Zooms, "centred"),
        ("spm_origin", AffineSource::Origin, "the voxel it names"),
    ] {
        let (header, image) = (
            made(&format!("analyze/{name}.hdr")),
            made(&format!("analyze/{name}.img")),
        );
        let path = folder.path().join(format!("{name}.hdr"));
        std::fs::copy(&header, &path).unwrap();
        std::fs::copy(&image, path.with_extension("img")).unwrap();
        let map = open(&path);
        let told = map
            .warnings
            .iter()
            .find(|w| w.code == WarningCode::AnalyzeLeftRight)
            .unwrap();
        assert!(told.message.contains(assumed), "{}", told.message);
        assert_eq!(volume::read_header(&path).unwrap().affine_source, source);
        assert!(!codes(&map).contains(&WarningCode::SpmMatIgnored));
        std::fs::write(path.with_extension("mat"), b"MATLAB 5.0").unwrap();
        assert!(codes(&open(&path)).contains(&WarningCode::SpmMatIgnored));
    }
    assert_eq!(open(&made("analyze/spm_origin.hdr")).kind, MapKind::T);
    let file = MapFile::open(&made("analyze/float32.img"), &Progress::new()).unwrap();
    let second = file.frame(1, &Progress::new()).unwrap();
    for (n, v) in scalars(&second).iter().enumerate() {
        assert!((f64::from(*v) - f64::from(stored(60 + n)) * 0.37).abs() < 1e-5);
    }
}

#[test]
fn mgh_frames_surfaces_and_missing_positions() {
    for name in ["mgh/float.mgh", "mgh/float.mgz"] {
        let file = MapFile::open(&made(name), &Progress::new()).unwrap();
        let second = file.frame(1, &Progress::new()).unwrap();
        for (n, v) in scalars(&second).iter().enumerate() {
            assert!((f64::from(*v) - f64::from(stored(60 + n)) * 0.37).abs() < 1e-5);
        }
        assert!(codes(&second).iter().all(|c| *c != WarningCode::Checksum));
    }
    assert!(codes(&open(&made("mgh/no_position.mgh"))).contains(&WarningCode::NoOrientation));
    // An overlay: as many values as a surface has vertices, in a row.
    let mut overlay = std::fs::read(made("mgh/float.mgh")).unwrap();
    for (n, side) in [60i32, 1, 1].into_iter().enumerate() {
        overlay[4 + 4 * n..8 + 4 * n].copy_from_slice(&side.to_be_bytes());
    }
    let told = volume::from_bytes("lh.thickness.mgh", &overlay, &Progress::new()).unwrap_err();
    assert!(
        told.to_string().contains("60 values on a surface"),
        "{told}"
    );
    // Cosines of nothing: shown about its centre, and told.
    let mut flat = std::fs::read(made("mgh/short.mgh")).unwrap();
    flat[42..78].fill(0);
    let map = volume::from_bytes("flat.mgh", &flat, &Progress::new()).unwrap();
    assert!(codes(&map).contains(&WarningCode::NoOrientation));
    assert!(map.grid.affine.inverse().is_some());
}

#[test]
fn files_are_known_by_contents_not_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(made("mgh/float.mgh")).unwrap();
    for (name, bytes) in [
        ("is mgh.nii.gz", gzip(&whole)),
        ("is mgh.nii", whole),
        ("is nifti.mgz", Nifti::float32(&[5, 4, 3], &ramp(60)).gz()),
        (
            "is nifti.img",
            Nifti::float32(&[5, 4, 3], &ramp(60)).bytes(),
        ),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let format = volume::read_header(&path).unwrap().format;
        assert_eq!(format == "MGH", name.contains("mgh."), "{name}");
        open(&path);
    }
    // Bare values without their header.
    for (name, wanted) in [
        ("lonely.img", "lonely.hdr"),
        ("lonely+orig.BRIK", "lonely+orig.HEAD"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, [7u8; 480]).unwrap();
        let told = volume::open(&path, &Progress::new())
            .unwrap_err()
            .to_string();
        assert!(told.contains(wanted), "{told}");
    }
}

#[test]
fn too_many_voxels_are_shown_at_a_fraction_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let values: Vec<f32> = (0..1000).map(|n| (n % 97) as f32 - 20.3).collect();
    let path = folder.path().join("large.nii.gz");
    std::fs::write(&path, Nifti::float32(&[10, 10, 10], &values).gz()).unwrap();
    let whole = open(&path);
    let options = OpenOptions {
        most_voxels: 300,
        ..OpenOptions::default()
    };
    let half = volume::open_with(&path, &options, &Progress::new()).unwrap();
    assert_eq!(half.grid.shape, [5, 5, 5]);
    let told = half
        .warnings
        .iter()
        .find(|w| w.code == WarningCode::Reduced)
        .unwrap();
    assert_eq!(told.badge, "shown at ½ resolution");
    assert!(told.message.contains("10 × 10 × 10"), "{}", told.message);
    // The header panel keeps the true shape.
    assert_eq!(volume::read_header(&path).unwrap().shape, [10, 10, 10]);
    assert_eq!(half.hash, whole.hash);
    // As averaging after reading would have it, and at the same place.
    let after = volume::resample(
        &whole,
        &half.grid,
        volume::Resampling::Average,
        &Progress::new(),
    );
    for (a, b) in scalars(&half).iter().zip(scalars(&after.unwrap())) {
        assert!((a - b).abs() < 1e-4, "{a} {b}");
    }
    let middle = |map: &Volume| {
        map.grid
            .affine
            .apply(map.grid.shape.map(|d| d as f64 / 2.0 - 0.5))
    };
    assert_eq!(middle(&half), middle(&whole));

    // Labels are picked, never mixed; colours too.
    let body: Vec<u8> = (0..1000)
        .map(|n| if n % 10 < 5 { 3 } else { 200 })
        .collect();
    let mut labels = Nifti::new(&[10, 10, 10], 2, 8, body);
    labels.i16(68, 1002);
    std::fs::write(&path, labels.gz()).unwrap();
    let half = volume::open_with(&path, &options, &Progress::new()).unwrap();
    let VolumeData::Label(values) = &half.data else {
        panic!("not labels")
    };
    assert!(values.iter().all(|v| [3, 200].contains(v)));
    let colours = Nifti::new(
        &[10, 10, 10],
        128,
        24,
        (0..3000).map(|n| (n % 251) as u8).collect(),
    );
    std::fs::write(&path, colours.gz()).unwrap();
    let half = volume::open_with(&path, &options, &Progress::new()).unwrap();
    let VolumeData::Rgba(texels) = &half.data else {
        panic!("not colours")
    };
    assert_eq!(texels[1], [6, 7, 8, 255]);

    let absurd = OpenOptions {
        most_voxels: 0,
        ..OpenOptions::default()
    };
    assert!(matches!(
        volume::open_with(&path, &absurd, &Progress::new()),
        Err(VolumeError::File { .. })
    ));
}
