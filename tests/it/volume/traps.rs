//! Known traps of the format, one small file each.

use gyrus::progress::Progress;
use gyrus::volume::{
    self, Affine, AffineSource, MapKind, Volume, VolumeData, VolumeError, WarningCode,
};

use crate::support::nifti_bytes::{Nifti, gzip, ramp};

fn made() -> Nifti {
    Nifti::float32(&[5, 4, 3], &ramp(60))
}

fn open(nifti: &Nifti) -> Volume {
    volume::from_bytes("map.nii", &nifti.bytes(), &Progress::new())
        .unwrap_or_else(|e| panic!("{e}"))
}

fn codes(volume: &Volume) -> Vec<WarningCode> {
    volume
        .warnings
        .iter()
        .map(|w| w.code)
        .filter(|&c| c != WarningCode::KindGuessed)
        .collect()
}

fn scalars(volume: &Volume) -> &[f32] {
    volume.data.scalar().unwrap()
}

#[test]
fn t01_sform_wins_over_qform_and_the_disagreement_is_told() {
    let mut nifti = made();
    nifti.qform(1, [0.0; 3], [1.0, 2.0, 3.0]);
    let volume = open(&nifti);
    assert_eq!(volume.grid.affine.0[0], [-2.0, 0.0, 0.0, 10.0]);
    assert_eq!(codes(&volume), [WarningCode::QformSformDiffer]);
    // The same position told twice is no disagreement: 180° about y, x from right to left.
    let mut agreeing = made();
    agreeing.sform([
        [-2.0, 0.0, 0.0, 10.0],
        [0.0, 2.0, 0.0, -20.0],
        [0.0, 0.0, -2.0, 30.0],
    ]);
    agreeing.qform(1, [0.0, 1.0, 0.0], [10.0, -20.0, 30.0]);
    assert_eq!(codes(&open(&agreeing)), []);
}

#[test]
fn t02_a_filled_sform_of_code_0_is_ignored() {
    let mut nifti = made();
    nifti.i16(254, 0).qform(2, [0.0; 3], [1.0, 2.0, 3.0]);
    let volume = open(&nifti);
    assert_eq!(
        volume.grid.affine,
        Affine::scale_translate([2.0; 3], [1.0, 2.0, 3.0])
    );
    assert_eq!(codes(&volume), []);
}

#[test]
fn t03_a_sheared_sform_is_taken_and_told() {
    let mut nifti = made();
    nifti.sform([
        [-2.0, 0.5, 0.0, 10.0],
        [0.0, 2.0, 0.0, -20.0],
        [0.0, 0.0, 2.0, -30.0],
    ]);
    let volume = open(&nifti);
    assert_eq!(codes(&volume), [WarningCode::Sheared]);
    assert_eq!(volume.grid.affine.0[0][1], 0.5);
    // Float noise is not shear.
    nifti.sform([
        [-2.0, 1e-4, 0.0, 10.0],
        [0.0, 2.0, 0.0, -20.0],
        [0.0, 0.0, 2.0, -30.0],
    ]);
    assert_eq!(codes(&open(&nifti)), []);
}

#[test]
fn t04_a_very_oblique_grid_gets_three_different_axes() {
    let affine = Affine::from_rows([
        [1.0, 0.9, 0.2, 0.0],
        [0.5, -0.8, 0.9, 0.0],
        [0.1, 0.3, 0.8, 0.0],
    ]);
    let mut axes: Vec<usize> = affine.orientation().iter().map(|a| a.0).collect();
    axes.sort_unstable();
    assert_eq!(axes, [0, 1, 2]);
}

#[test]
fn t06_a_voxel_index_is_at_its_centre() {
    let volume = open(&made());
    assert_eq!(volume.grid.world([0, 0, 0]), [10.0, -20.0, -30.0]);
    assert_eq!(
        volume.value_at_world([10.0, -20.0, -30.0]),
        Some(scalars(&volume)[0])
    );
    // Half a voxel towards the next, half the difference.
    let want = (scalars(&volume)[0] + scalars(&volume)[1]) / 2.0;
    assert!((volume.value_at_world([9.0, -20.0, -30.0]).unwrap() - want).abs() < 1e-6);
    assert_eq!(volume.value_at_world([12.5, -20.0, -30.0]), None);
}

#[test]
fn t07_degenerate_transforms_and_odd_voxel_sizes_are_survived() {
    let mut singular = made();
    singular.sform([[0.0; 4]; 3]);
    let volume = open(&singular);
    assert_eq!(
        codes(&volume),
        [WarningCode::BadSform, WarningCode::NoOrientation]
    );
    assert!(volume.grid.affine.inverse().is_some());

    let mut nan = made();
    nan.sform([[f32::NAN; 4]; 3])
        .qform(1, [0.0; 3], [1.0, 2.0, 3.0]);
    assert_eq!(codes(&open(&nan)), [WarningCode::BadSform]);
    assert_eq!(open(&nan).grid.world([0, 0, 0]), [1.0, 2.0, 3.0]);

    for (size, qfac) in [
        (0.0, 0.0),
        (-2.0, 7.0),
        (f32::NAN, f32::NAN),
        (f32::INFINITY, -0.5),
    ] {
        let mut odd = made();
        odd.i16(254, 0).qform(1, [0.0; 3], [0.0; 3]);
        odd.f32(76, qfac).f32(80, size);
        let volume = open(&odd);
        assert!(codes(&volume).contains(&WarningCode::BadZooms), "{size}");
        assert!(volume.grid.affine.inverse().is_some());
    }
}

#[test]
fn t08_a_quaternion_slightly_too_long_is_clamped() {
    let mut nifti = made();
    nifti
        .i16(254, 0)
        .qform(1, [0.0, 0.0, 1.000_000_2], [0.0; 3]);
    let volume = open(&nifti);
    assert_eq!(codes(&volume), []);
    assert!((volume.grid.affine.0[0][0] + 2.0).abs() < 1e-5);
    nifti.qform(1, [3.0, 4.0, 0.0], [0.0; 3]);
    assert_eq!(codes(&open(&nifti)), [WarningCode::BadQuaternion]);
    nifti.qform(1, [f32::NAN, 0.0, 0.0], [0.0; 3]);
    assert_eq!(codes(&open(&nifti)), [WarningCode::NoOrientation]);
}

#[test]
fn t09_unusable_scaling_is_no_scaling() {
    for (slope, inter) in [
        (0.0, 5.0),
        (f32::NAN, 5.0),
        (f32::INFINITY, 5.0),
        (1.0, 0.0),
    ] {
        let mut nifti = made();
        nifti.scaling(slope, inter);
        assert_eq!(scalars(&open(&nifti)), ramp(60), "{slope} {inter}");
    }
    let mut half = made();
    half.scaling(2.0, f32::NAN);
    let volume = open(&half);
    assert_eq!(codes(&volume), [WarningCode::BadIntercept]);
    assert_eq!(scalars(&volume)[3], ramp(60)[3] * 2.0);
}

#[test]
fn t10_scaling_happens_in_float() {
    let mut nifti = Nifti::new(&[5, 4, 3], 2, 8, (0..60).collect());
    nifti.scaling(0.1, -0.55);
    let volume = open(&nifti);
    for (i, v) in scalars(&volume).iter().enumerate() {
        let want = i as f64 * f64::from(0.1f32) + f64::from(-0.55f32);
        assert_eq!(*v, want as f32);
    }
}

#[test]
fn t11_large_labels_survive_and_rounded_numbers_are_told() {
    let labels: Vec<i64> = (0..60).map(|i| 16_777_217 + i / 20).collect();
    let body = labels.iter().flat_map(|v| v.to_le_bytes()).collect();
    let volume = open(&Nifti::new(&[5, 4, 3], 1024, 64, body));
    let VolumeData::Label(got) = &volume.data else {
        panic!("not labels")
    };
    assert_eq!(got[59], 16_777_219);

    let body = (0..60i64)
        .flat_map(|i| (i * 999_999_937 - 5).to_le_bytes())
        .collect();
    let volume = open(&Nifti::new(&[5, 4, 3], 1024, 64, body));
    assert!(codes(&volume).contains(&WarningCode::Rounded));

    let huge = (0..60)
        .flat_map(|i| (f64::from(i) * 1e300).to_le_bytes())
        .collect();
    let volume = open(&Nifti::new(&[5, 4, 3], 64, 64, huge));
    assert!(codes(&volume).contains(&WarningCode::Clipped));
    assert!(scalars(&volume).iter().all(|v| v.is_finite()));
}

#[test]
fn t12_mixed_byte_orders_are_refused_and_a_wrong_size_field_is_mended() {
    let mut mixed = made();
    mixed.header[40..42].copy_from_slice(&3i16.to_be_bytes());
    let error = volume::from_bytes("x.nii", &mixed.bytes(), &Progress::new()).unwrap_err();
    assert!(error.to_string().contains("byte orders"), "{error}");
    let mut odd = made();
    odd.i32(0, 1234);
    assert_eq!(codes(&open(&odd)), [WarningCode::OddHeaderSize]);
}

#[test]
fn t12_both_byte_orders_hold_the_same_values() {
    let made = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats");
    for name in [
        "nifti/int16",
        "nifti/float64",
        "nifti/complex64",
        "nifti/uint64",
        "nifti/pair2",
    ] {
        let of = |order: &str| {
            let pair = made.join(format!("{name}_{order}.hdr"));
            let single = made.join(format!("{name}_{order}.nii"));
            let path = if pair.exists() { pair } else { single };
            let info = volume::read_header(&path).unwrap();
            (
                volume::open(&path, &Progress::new()).unwrap(),
                info.byte_order,
            )
        };
        let ((little, l), (big, b)) = (of("le"), of("be"));
        assert_eq!((l, b), ("little", "big"), "{name}");
        assert_eq!(scalars(&little), scalars(&big), "{name}");
        assert_eq!(little.grid, big.grid, "{name}");
    }
}

#[test]
fn t13_header_and_image_pairs() {
    let folder = tempfile::tempdir().unwrap();
    let mut nifti = made();
    nifti.header[344..348].copy_from_slice(b"ni1\0");
    nifti.f32(108, 0.0);
    let (hdr, img) = (
        folder.path().join("sub.01.hdr"),
        folder.path().join("sub.01.img"),
    );
    std::fs::write(&hdr, &nifti.header[..348]).unwrap();
    let told = volume::open(&hdr, &Progress::new())
        .unwrap_err()
        .to_string();
    assert!(told.contains("sub.01.img"), "{told}");
    std::fs::write(&img, &nifti.body).unwrap();
    let (from_header, from_image) = (
        volume::open(&hdr, &Progress::new()).unwrap(),
        volume::open(&img, &Progress::new()).unwrap(),
    );
    assert_eq!(scalars(&from_header), ramp(60));
    assert_eq!(from_header.hash, from_image.hash);
    assert_eq!(from_header.name, "sub.01");
    std::fs::remove_file(&img).unwrap();
    std::fs::write(folder.path().join("sub.01.img.gz"), gzip(&nifti.body)).unwrap();
    assert_eq!(
        scalars(&volume::open(&hdr, &Progress::new()).unwrap()),
        ramp(60)
    );
}

#[test]
fn t14_trailing_ones_are_dropped_and_afni_bricks_are_frames() {
    let volume = open(&Nifti::float32(&[5, 4, 3, 1, 1, 1], &ramp(60)));
    assert_eq!((volume.grid.shape, volume.frames), ([5, 4, 3], 1));

    // Several values in the fifth dimension: frames to choose from, unless they are one vector.
    let mut afni = Nifti::float32(&[5, 4, 3, 1, 2], &ramp(120));
    let plain = open(&afni);
    assert_eq!(
        (plain.frames, codes(&plain)),
        (2, vec![WarningCode::FramesInFifth])
    );
    assert_eq!(plain.warnings[0].badge, "values as frames");
    let mut vector = afni.clone();
    vector.i16(68, 1007);
    let told = volume::from_bytes("x.nii", &vector.bytes(), &Progress::new())
        .unwrap_err()
        .to_string();
    assert!(told.contains("vector"), "{told}");
    let six = Nifti::float32(&[5, 4, 3, 2, 2], &ramp(240));
    assert!(volume::from_bytes("x.nii", &six.bytes(), &Progress::new()).is_err());
    afni.header[348] = 1;
    let extension = [16i32.to_le_bytes(), 4i32.to_le_bytes(), [0; 4], [0; 4]].concat();
    afni.body.splice(0..0, extension);
    afni.f32(108, 368.0);
    let volume = open(&afni);
    assert_eq!(
        (volume.frames, codes(&volume)),
        (2, vec![WarningCode::FramesInFifth])
    );
    assert_eq!(volume.warnings[0].badge, "AFNI bricks");
    assert_eq!(scalars(&volume), &ramp(120)[..60]);
}

#[test]
fn t15_colours_stay_colours() {
    let volume = open(&Nifti::new(&[5, 4, 3], 128, 24, (0..180).collect()));
    let VolumeData::Rgba(colours) = &volume.data else {
        panic!("not colours")
    };
    assert_eq!(colours[1], [3, 4, 5, 255]);
    let volume = open(&Nifti::new(&[5, 4, 3], 2304, 32, (0..240).collect()));
    let VolumeData::Rgba(colours) = &volume.data else {
        panic!("not colours")
    };
    assert_eq!(colours[1], [4, 5, 6, 7]);
    let told =
        gyrus::space::on_mask(&volume, gyrus::space::mask_2mm(), &Progress::new()).unwrap_err();
    assert!(told.to_string().contains("colours"));
    // Neither colours nor the magnitude of complex numbers are decoded.
    let parts: Vec<u8> = (0..60)
        .flat_map(|i| [3.0 * i as f32, -4.0 * i as f32])
        .flat_map(f32::to_le_bytes)
        .collect();
    let magnitude = open(&Nifti::new(&[5, 4, 3], 32, 64, parts));
    assert_eq!(magnitude.kind, MapKind::Magnitude);
    assert_eq!(codes(&magnitude), [WarningCode::ComplexMagnitude]);
    assert_eq!(scalars(&magnitude)[7], 35.0);
    for (map, word) in [(volume, "colours"), (magnitude, "magnitude")] {
        let told = gyrus::decode::decode(
            &crate::support::models::BUNDLE,
            gyrus::ontology::Ontology::embedded(),
            &map,
            gyrus::decode::Tail::Pos,
            &Progress::new(),
        );
        let told = told.unwrap_err().to_string();
        assert!(told.contains(word), "{told}");
    }
}

#[test]
fn t16_nan_and_infinite_are_no_data() {
    let mut values = ramp(60);
    values[0] = f32::NAN;
    values[1] = f32::INFINITY;
    values[2] = f32::NEG_INFINITY;
    let volume = open(&Nifti::float32(&[5, 4, 3], &values));
    assert_eq!(codes(&volume), [WarningCode::InfiniteValues]);
    assert!(scalars(&volume)[..3].iter().all(|v| v.is_nan()));
    let stats = volume.stats();
    assert_eq!(stats.finite, 57);
    assert_eq!((stats.min, stats.max), (values[3], values[59]));
    assert!(volume.robust_max().is_finite());
    assert_eq!(volume.value_at_world(volume.grid.world([1, 0, 0])), None);
}

#[test]
fn t17_an_empty_map_is_told() {
    for (value, text) in [(0.0, "zero"), (f32::NAN, "NaN")] {
        let nifti = Nifti::float32(&[5, 4, 3], &[value; 60]);
        let error = volume::from_bytes("x.nii", &nifti.bytes(), &Progress::new()).unwrap_err();
        assert!(error.to_string().contains(text), "{error}");
    }
    // One empty frame among others is no reason to refuse the file.
    let mut values = ramp(120);
    values[..60].fill(0.0);
    assert_eq!(
        codes(&open(&Nifti::float32(&[5, 4, 3, 2], &values))),
        [WarningCode::EmptyFrame]
    );
    let constant = open(&Nifti::float32(&[5, 4, 3], &[7.5; 60]));
    assert_eq!(constant.robust_max(), 7.5);
    assert_eq!(constant.histogram(8, 7.5, 7.5), [0; 8]);
}

#[test]
fn t19_labels_are_never_interpolated() {
    let body: Vec<u8> = (0..60).map(|i| if i % 5 < 2 { 3 } else { 200 }).collect();
    let mut nifti = Nifti::new(&[5, 4, 3], 2, 8, body);
    nifti.i16(68, 1002);
    let volume = open(&nifti);
    assert_eq!(volume.kind, MapKind::Label);
    let fine = volume::Grid {
        shape: [12, 10, 8],
        affine: Affine::scale_translate([-0.7, 0.7, 0.7], [10.0, -20.0, -30.0]),
    };
    let moved =
        volume::resample(&volume, &fine, volume::Resampling::Cubic, &Progress::new()).unwrap();
    let VolumeData::Label(labels) = &moved.data else {
        panic!("not labels")
    };
    assert!(labels.iter().all(|l| [0, 3, 200].contains(l)));
    assert_eq!(volume.value_at_world([7.1, -20.0, -30.0]), Some(3.0));
    // 256 is no background and 70,000 no other label.
    for (code, bits, label) in [(512, 16, 256u32), (8, 32, 70_000), (16, 32, 70_000)] {
        let values = (0..60).map(|i| if i % 5 < 2 { 0 } else { label });
        let body = match code {
            512 => values.flat_map(|v| (v as u16).to_le_bytes()).collect(),
            8 => values.flat_map(|v| (v as i32).to_le_bytes()).collect(),
            _ => values
                .flat_map(|v| (v as f32).to_le_bytes())
                .collect::<Vec<u8>>(),
        };
        let body = [
            &body[..body.len() - bits as usize / 8],
            &vec![0; bits as usize / 8],
        ]
        .concat();
        let mut nifti = Nifti::new(&[5, 4, 3], code, bits, body);
        nifti.i16(68, 1002);
        // One label is a region; two are labels.
        let at = nifti.body.len() / 2;
        nifti.body[at..at + bits as usize / 8].fill(0);
        nifti.body[at] = 1;
        if code == 16 {
            nifti.body[at..at + 4].copy_from_slice(&1f32.to_le_bytes());
        }
        let volume = open(&nifti);
        assert_eq!(
            volume.label_at_world([6.0, -20.0, -30.0]),
            Some(label),
            "{code}"
        );
    }
}

#[test]
fn t22_truncated_multi_member_and_corrupt_gzip() {
    let nifti = made();
    let bytes = nifti.bytes();
    let members = [gzip(&bytes[..300]), gzip(&bytes[300..])].concat();
    let volume = volume::from_bytes("x.nii.gz", &members, &Progress::new()).unwrap();
    assert_eq!(scalars(&volume), ramp(60));

    let short = gzip(&bytes[..bytes.len() - 100]);
    let told = volume::from_bytes("x.nii.gz", &short, &Progress::new())
        .unwrap_err()
        .to_string();
    assert!(told.contains("100 bytes early"), "{told}");
    let plain = volume::from_bytes(
        "x.nii",
        &bytes[..bytes.len() - 1204 % 240],
        &Progress::new(),
    )
    .unwrap_err()
    .to_string();
    assert!(plain.contains("4 bytes early"), "{plain}");

    let whole = nifti.gz();
    for cut in [20, whole.len() / 2] {
        let error = volume::from_bytes("x.nii.gz", &whole[..cut], &Progress::new());
        let told = error.map(|_| ()).unwrap_err().to_string();
        assert!(told.contains("early"), "cut at {cut}: {told}");
    }
    // All values there, but the checksum cut off or wrong.
    let volume =
        volume::from_bytes("x.nii.gz", &whole[..whole.len() - 5], &Progress::new()).unwrap();
    assert_eq!(codes(&volume), [WarningCode::Checksum]);
    let mut checksum = whole.clone();
    let at = checksum.len() - 6;
    checksum[at] ^= 0xff;
    let volume = volume::from_bytes("x.nii.gz", &checksum, &Progress::new()).unwrap();
    assert_eq!(codes(&volume), [WarningCode::Checksum]);
    // Padding after the stream is harmless.
    let padded = [whole.as_slice(), &[0; 512]].concat();
    assert_eq!(
        codes(&volume::from_bytes("x.nii.gz", &padded, &Progress::new()).unwrap()),
        []
    );
}

#[test]
fn t23_offsets_into_the_header_are_mended_and_others_bounded() {
    for offset in [0.0, 348.0] {
        let mut nifti = made();
        nifti.f32(108, offset);
        let volume = open(&nifti);
        assert_eq!(codes(&volume), [WarningCode::OddOffset]);
        assert_eq!(scalars(&volume), ramp(60));
    }
    for offset in [f32::NAN, f32::INFINITY, -16.0, 1e20] {
        let mut nifti = made();
        nifti.f32(108, offset);
        assert!(volume::from_bytes("x.nii", &nifti.bytes(), &Progress::new()).is_err());
    }
    let mut extended = made();
    extended.f32(108, 355.0);
    extended.body.splice(0..0, [9, 9, 9]);
    assert_eq!(scalars(&open(&extended)), ramp(60));
}

#[test]
fn t24_a_silly_display_range_is_not_passed_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.nii");
    for (min, max, want) in [
        (0.0, 0.0, None),
        (5.0, 1.0, None),
        (f32::NAN, 1.0, None),
        (-2.0, 6.0, Some([-2.0, 6.0])),
    ] {
        let mut nifti = made();
        nifti.f32(124, max).f32(128, min);
        std::fs::write(&path, nifti.bytes()).unwrap();
        let info = volume::read_header(&path).unwrap();
        assert_eq!(info.display_range, want);
        assert_eq!(info.affine_source, AffineSource::Sform);
        assert_eq!(serde_json::to_value(&info).unwrap()["orientation"], "LAS");
    }
}

#[test]
fn t25_percentiles_are_over_values_that_are_not_zero() {
    let mut values = vec![0.0; 1000];
    (0..20).for_each(|i| values[i * 40] = (i as f32 - 10.0) * 0.73 - 0.2);
    let volume = open(&Nifti::float32(&[10, 10, 10], &values));
    assert!(volume.robust_max() > 5.0);
    assert!((volume.strength_percentile(50.0) - 3.8).abs() < 0.6);
    let mut unknown = volume.clone();
    unknown.kind = MapKind::Unknown;
    assert!(unknown.default_threshold() > 3.0);
}

#[test]
fn t26_the_kind_comes_from_intent_then_words_then_values() {
    let mut nifti = made();
    for (intent, kind) in [
        (3, MapKind::T),
        (4, MapKind::F),
        (5, MapKind::Z),
        (1001, MapKind::Beta),
    ] {
        nifti.i16(68, intent);
        assert_eq!(open(&nifti).kind, kind);
    }
    nifti.i16(68, 0);
    nifti.header[148..168].copy_from_slice(b"SPM{T_[19.0]} - con ");
    let volume = volume::from_bytes("zstat1.nii", &nifti.bytes(), &Progress::new()).unwrap();
    assert_eq!(volume.kind, MapKind::T);
    assert_eq!(volume.default_threshold(), 3.1);
    let named = volume::from_bytes("zstat1.nii", &made().bytes(), &Progress::new()).unwrap();
    assert_eq!((named.kind, codes(&named)), (MapKind::Z, vec![]));
    let guessed = open(&made());
    assert_eq!(
        guessed.warnings.iter().map(|w| w.code).collect::<Vec<_>>(),
        [WarningCode::KindGuessed]
    );
    // Values between 0 and 1, as p values are.
    nifti.i16(68, 22).scaling(1e-4, 0.5);
    assert_eq!(open(&nifti).kind, MapKind::P);
    assert_eq!(codes(&open(&nifti)), [WarningCode::PValues]);
}

#[test]
fn t27_talairach_in_the_header_is_told() {
    let mut nifti = made();
    nifti.i16(254, 3);
    assert_eq!(codes(&open(&nifti)), [WarningCode::SpaceTalairach]);
    // A map that lies where no brain is, as those of mice and of single subjects do.
    let mut away = made();
    away.sform([
        [-2.0, 0.0, 0.0, 210.0],
        [0.0, 2.0, 0.0, -20.0],
        [0.0, 0.0, 2.0, -30.0],
    ]);
    let report = gyrus::space::check_space(&open(&away), &Progress::new()).unwrap();
    let told: Vec<_> = report.warnings.iter().map(|w| w.code).collect();
    assert_eq!(told, [WarningCode::LittleCoverage, WarningCode::OtherSpace]);
}

#[test]
fn t28_micrometres_and_metres_become_millimetres() {
    let mut nifti = made();
    nifti.header[123] = 3;
    let volume = open(&nifti);
    assert_eq!(codes(&volume), [WarningCode::UnitsConverted]);
    assert!((volume.grid.affine.0[0][0] + 0.002).abs() < 1e-12);
    let mut metres = made();
    metres.header[123] = 1;
    metres.sform([
        [-0.002, 0.0, 0.0, 0.09],
        [0.0, 0.002, 0.0, 0.0],
        [0.0, 0.0, 0.002, 0.0],
    ]);
    assert!((open(&metres).grid.affine.0[0][3] - 90.0).abs() < 1e-5);
    // "Metres" on voxels of 2 is a slip of the writer.
    let mut slip = made();
    slip.header[123] = 1;
    let volume = open(&slip);
    assert_eq!(codes(&volume), [WarningCode::UnitsImplausible]);
    assert_eq!(volume.grid.affine.0[0][0], -2.0);
}

#[test]
fn t29_any_file_name_and_gzip_by_content() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes, shown) in [
        ("mäp with spaces.nii.gz", made().gz(), "mäp with spaces"),
        ("x.nii.gz.nii.gz", made().gz(), "x"),
        ("renamed.nii.gz", made().bytes(), "renamed"),
        ("packed.nii", made().gz(), "packed"),
        ("no extension", made().gz(), "no extension"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let volume = volume::open(&path, &Progress::new()).unwrap();
        assert_eq!(volume.name, shown);
        assert_eq!(scalars(&volume), ramp(60));
    }
}

#[test]
fn t30_dimensions_that_overflow_are_refused_at_once() {
    let mut nifti = made();
    nifti.i16(40, 7);
    (0..7).for_each(|axis| _ = nifti.i16(42 + 2 * axis, i16::MAX));
    assert!(volume::from_bytes("x.nii", &nifti.bytes(), &Progress::new()).is_err());
    let mut cube = made();
    (0..3).for_each(|axis| _ = cube.i16(42 + 2 * axis, i16::MAX));
    let told = volume::from_bytes("x.nii", &cube.bytes(), &Progress::new())
        .unwrap_err()
        .to_string();
    assert!(told.contains("32767 × 32767 × 32767"), "{told}");
    // Possible, but not in so small a file: no memory is taken for it.
    let mut large = made();
    (0..3).for_each(|axis| _ = large.i16(42 + 2 * axis, 1000));
    let told = volume::from_bytes("x.nii.gz", &large.gz(), &Progress::new())
        .unwrap_err()
        .to_string();
    assert!(told.contains("early"), "{told}");
}

#[test]
fn values_on_a_surface_in_a_nifti_are_told_from_a_volume() {
    use gyrus::volume::Fault;
    let refused =
        |nifti: &Nifti| match volume::from_bytes("s.nii", &nifti.bytes(), &Progress::new()) {
            Err(VolumeError::File { fault, .. }) => fault,
            other => panic!("{other:?}"),
        };
    // fsaverage as FreeSurfer folds it, whoever wrote it.
    let folded = Nifti::float32(&[27_307, 1, 6], &ramp(163_842));
    assert_eq!(refused(&folded), Fault::Surface(163_842));
    // A subject's own surface is told by FreeSurfer's name.
    let mut own = Nifti::float32(&[24_401, 1, 5], &ramp(122_005));
    assert!(volume::from_bytes("s.nii", &own.bytes(), &Progress::new()).is_ok());
    own.header[148..158].copy_from_slice(b"FreeSurfer");
    assert_eq!(refused(&own), Fault::Surface(122_005));
    // Longer than a NIfTI-1 dimension can be.
    let mut long = Nifti::float32(&[1, 1, 1], &ramp(1));
    long.i16(42, -1).i32(144, 149_333);
    assert_eq!(refused(&long), Fault::Surface(149_333));
    // A coronal slice that FreeSurfer wrote is one.
    let mut slice = Nifti::float32(&[256, 1, 256], &ramp(256 * 256));
    slice.header[148..158].copy_from_slice(b"FreeSurfer");
    assert_eq!(open(&slice).grid.shape, [256, 1, 256]);
}

#[test]
fn what_a_name_calls_p_values_must_be_some() {
    let open = |name: &str, values: Vec<f32>| {
        let nifti = Nifti::float32(&[4, 4, 4], &values);
        volume::from_bytes(name, &nifti.bytes(), &Progress::new()).unwrap()
    };
    let spread = |from: f32, to: f32| {
        (0..64)
            .map(|n| from + (to - from) * n as f32 / 63.0)
            .collect()
    };
    assert_eq!(open("pval.nii", spread(0.0, 1.0)).kind, MapKind::P);
    let wide = open("pval.nii", spread(-13.7, 38.0));
    assert_eq!(wide.kind, MapKind::Z);
    assert_eq!(wide.warnings[0].code, WarningCode::NotPValues);
}
