//! Reading and resampling beside nibabel, nilearn and scipy, from fixtures made by
//! `tests/fixtures/volume/make.py`.

use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;

use gyrus::progress::Progress;
use gyrus::volume::{
    self, Affine, ClusterOptions, Connectivity, Grid, MapFile, MapKind, Resampling, Volume,
    VolumeData, WarningCode,
};
use serde_json::Value;

use crate::support::nifti_bytes::{Nifti, ramp};
use crate::support::shared::shared;

fn fixture(name: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/volume")
        .join(name);
    let packed = std::fs::read(path).unwrap();
    let mut text = String::new();
    if name.ends_with(".gz") {
        flate2::read::GzDecoder::new(packed.as_slice())
            .read_to_string(&mut text)
            .unwrap();
    } else {
        text = String::from_utf8(packed).unwrap();
    }
    serde_json::from_str(&text).unwrap()
}

fn unhex(v: &Value) -> Vec<u8> {
    let text = v.as_str().unwrap().as_bytes();
    let digit = |c: u8| (c as char).to_digit(16).unwrap() as u8;
    text.chunks(2)
        .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
        .collect()
}

fn affine_of(v: &Value) -> Affine {
    let cell = |r: usize, c: usize| v[r][c].as_f64().unwrap();
    Affine(std::array::from_fn(|r| std::array::from_fn(|c| cell(r, c))))
}

fn shape_of(v: &Value) -> [usize; 3] {
    std::array::from_fn(|a| v[a].as_u64().unwrap() as usize)
}

/// Values of any kind as numbers; no data as NaN.
fn numbers(volume: &Volume) -> Vec<f64> {
    match &volume.data {
        VolumeData::Scalar(v) => v.iter().map(|&x| f64::from(x)).collect(),
        VolumeData::Label(v) => v.iter().map(|&x| f64::from(x)).collect(),
        VolumeData::Rgba(_) => panic!("colours"),
    }
}

fn assert_affine(got: &Affine, want: &Affine, tolerance: f64, name: &str) {
    for (g, w) in got.0.iter().flatten().zip(want.0.iter().flatten()) {
        assert!(
            (g - w).abs() <= tolerance,
            "{name}: {got:?} is not {want:?}"
        );
    }
}

#[test]
fn values_and_affines_equal_nibabels() {
    let cases = fixture("cases.json.gz");
    let folder = tempfile::tempdir().unwrap();
    let mut compared = 0;
    for case in cases.as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let raw = unhex(&case["hex"]);
        let path = folder.path().join("case.nii");
        std::fs::write(&path, &raw).unwrap();
        for (frame, want) in case["frames"].as_array().unwrap().iter().enumerate() {
            let got = volume::open_frame(&path, frame, &Progress::new())
                .unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(got.grid.shape, shape_of(&case["shape"]), "{name}");
            // A quaternion is 32-bit in the file; nibabel computes with it in 64 bits as we do.
            assert_affine(&got.grid.affine, &affine_of(&case["affine"]), 2e-5, name);
            assert_eq!(
                got.grid.affine.axis_codes(),
                case["orientation"].as_str().unwrap(),
                "{name}"
            );
            for (g, w) in numbers(&got).iter().zip(want.as_array().unwrap()) {
                match w.as_f64() {
                    Some(w) => assert_eq!(*g as f32, w as f32, "{name}"),
                    None => assert!(g.is_nan(), "{name}"),
                }
                compared += 1;
            }
        }
    }
    assert!(compared >= 7_920, "only {compared} values compared");
}

/// T5, T32: whatever the storage order, the same place in the world holds the same value.
#[test]
fn all_48_storage_orders_hold_the_same_brain() {
    let cases = fixture("cases.json.gz");
    let oriented: Vec<Volume> = cases
        .as_array()
        .unwrap()
        .iter()
        .filter(|c| c["name"].as_str().unwrap().starts_with("orientation"))
        .map(|c| volume::from_bytes("x.nii", &unhex(&c["hex"]), &Progress::new()).unwrap())
        .collect();
    assert_eq!(oriented.len(), 48);
    let first = &oriented[0];
    let codes: std::collections::BTreeSet<String> = oriented
        .iter()
        .map(|v| v.grid.affine.axis_codes())
        .collect();
    assert_eq!(codes.len(), 48);
    for other in &oriented {
        for index in 0..first.grid.len() {
            let at = first.grid.world(first.grid.voxel(index));
            let (a, b) = (
                first.value_at_world(at).unwrap(),
                other.value_at_world(at).unwrap(),
            );
            assert!(
                (a - b).abs() < 1e-5,
                "{} at {at:?}",
                other.grid.affine.axis_codes()
            );
        }
        let back =
            volume::resample(other, &first.grid, Resampling::Trilinear, &Progress::new()).unwrap();
        let (a, b) = (numbers(first), numbers(&back));
        assert!(a.iter().zip(&b).all(|(x, y)| (x - y).abs() < 1e-5));
    }
}

#[test]
fn resampling_agrees_with_nilearn() {
    let reference = fixture("resample.json.gz");
    let map = volume::from_bytes("x.nii", &unhex(&reference["hex"]), &Progress::new()).unwrap();
    let strongest = map.stats().max.max(-map.stats().min);
    let inverse = map.grid.affine.inverse().unwrap();
    for target in reference["targets"].as_array().unwrap() {
        let grid = Grid {
            shape: shape_of(&target["shape"]),
            affine: affine_of(&target["affine"]),
        };
        for (key, how) in [
            ("trilinear", Resampling::Trilinear),
            ("nearest", Resampling::Nearest),
            ("cubic", Resampling::Cubic),
        ] {
            let got = volume::resample(&map, &grid, how, &Progress::new()).unwrap();
            let want = target[key].as_array().unwrap();
            let (mut inside, mut outside) = (0, 0);
            for (index, (g, w)) in numbers(&got).iter().zip(want).enumerate() {
                let at = inverse.apply(grid.world(grid.voxel(index)));
                let beyond = |slack: f64| {
                    (0..3).any(|a| at[a] < -slack || at[a] > map.grid.shape[a] as f64 - 1.0 + slack)
                };
                // Between two voxels either is nearest.
                let tie = how == Resampling::Nearest
                    && at.iter().any(|x| (x.fract().abs() - 0.5).abs() < 1e-6);
                if tie {
                    continue;
                }
                if !beyond(-1e-6) {
                    let error = (g - w.as_f64().unwrap()).abs() / f64::from(strongest);
                    assert!(
                        error < 1e-4,
                        "{} {key} at {at:?}: {g} is not {w}",
                        target["name"]
                    );
                    inside += 1;
                } else if beyond(0.501) {
                    assert!(
                        g.is_nan(),
                        "{} {key}: a value outside the map",
                        target["name"]
                    );
                    outside += 1;
                }
            }
            assert!(
                inside > 80,
                "{} {key}: {inside} voxels compared",
                target["name"]
            );
            assert!(outside + inside > 80);
        }
    }
}

#[test]
fn averaging_keeps_the_mean_and_trilinear_does_not() {
    // A checkerboard of single voxels: its mean is 1, any one voxel is 0 or 2.
    let grid = Grid {
        shape: [16, 16, 16],
        affine: Affine::scale_translate([1.0; 3], [0.0; 3]),
    };
    let values: Arc<[f32]> = (0..grid.len())
        .map(|i| (grid.voxel(i).iter().sum::<usize>() % 2) as f32 * 2.0)
        .collect();
    let map = Volume::derived(grid, values, MapKind::Unknown, "board").unwrap();
    let coarse = Grid {
        shape: [6, 6, 6],
        affine: Affine::scale_translate([2.0; 3], [2.5; 3]),
    };
    let of = |how| numbers(&volume::resample(&map, &coarse, how, &Progress::new()).unwrap());
    assert!(
        of(Resampling::Average)
            .iter()
            .all(|v| (v - 1.0).abs() < 1e-6)
    );
    assert!(
        of(Resampling::Nearest)
            .iter()
            .any(|v| (v - 1.0).abs() > 0.9)
    );
}

#[test]
fn clusters_agree_with_scipy() {
    let reference = fixture("clusters.json.gz");
    let map = volume::from_bytes("x.nii", &unhex(&reference["hex"]), &Progress::new()).unwrap();
    for by in reference["by"].as_array().unwrap() {
        let connectivity = match by["connectivity"].as_u64().unwrap() {
            6 => Connectivity::Faces,
            18 => Connectivity::Edges,
            _ => Connectivity::Corners,
        };
        let threshold = reference["threshold"].as_f64().unwrap() as f32;
        let options = ClusterOptions {
            connectivity,
            ..ClusterOptions::at(threshold)
        };
        let got = volume::clusters(&map, &options, &Progress::new())
            .unwrap()
            .list;
        let mut got_rows: Vec<_> = got
            .iter()
            .map(|c| {
                (
                    c.positive,
                    c.voxels,
                    c.peak.voxel,
                    (c.peak.value * 1e4).round() as i64,
                )
            })
            .collect();
        let mut want_rows: Vec<_> = by["clusters"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| {
                (
                    c["sign"].as_i64() == Some(1),
                    c["voxels"].as_u64().unwrap() as usize,
                    shape_of(&c["peak"]),
                    (c["value"].as_f64().unwrap() as f32 * 1e4).round() as i64,
                )
            })
            .collect();
        got_rows.sort();
        want_rows.sort();
        assert!(want_rows.len() > 20);
        assert_eq!(got_rows, want_rows, "{connectivity:?}");
        for cluster in &got {
            let mut all = vec![cluster.peak];
            all.extend(&cluster.sub_peaks);
            for (n, a) in all.iter().enumerate() {
                for b in &all[..n] {
                    let d2: f64 = (0..3).map(|i| (a.at_mm[i] - b.at_mm[i]).powi(2)).sum();
                    assert!(d2.sqrt() >= 8.0);
                }
            }
        }
        assert!(got.iter().any(|c| !c.sub_peaks.is_empty()));
        let positive = ClusterOptions {
            two_sided: false,
            min_voxels: 5,
            ..options
        };
        let some = volume::clusters(&map, &positive, &Progress::new())
            .unwrap()
            .list;
        assert!(some.iter().all(|c| c.positive && c.voxels >= 5) && some.len() < got.len());
    }
}

#[test]
fn larger_real_files_equal_nibabels() {
    let rows = fixture("shared.json");
    let mut compared = 0;
    for row in rows.as_array().unwrap() {
        let Some(path) = shared(row["path"].as_str().unwrap()) else {
            continue;
        };
        let (Some(sum), None) = (row["sum"].as_f64(), row["error"].as_str()) else {
            // What nibabel cannot read as a scalar volume, Gyrus opens as colours or explains.
            if let Ok(volume) = volume::open(&path, &Progress::new()) {
                assert!(
                    matches!(volume.data, VolumeData::Rgba(_)),
                    "{}",
                    path.display()
                );
            }
            continue;
        };
        if row["dtype"].as_str().unwrap().contains("complex") {
            // Their magnitude is compared by the table of formats.
            continue;
        }
        let got = volume::open(&path, &Progress::new()).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(
            got.grid.shape,
            shape_of(&row["shape"]),
            "{}",
            path.display()
        );
        assert_affine(
            &got.grid.affine,
            &affine_of(&row["affine"]),
            1e-4,
            &path.display().to_string(),
        );
        let values = numbers(&got);
        let finite: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        assert_eq!(
            finite.len() as u64,
            row["finite"].as_u64().unwrap(),
            "{}",
            path.display()
        );
        let nonzero = finite.iter().filter(|&&v| v != 0.0).count();
        assert_eq!(
            nonzero as u64,
            row["nonzero"].as_u64().unwrap(),
            "{}",
            path.display()
        );
        let got_sum: f64 = finite.iter().sum();
        let scale: f64 = finite.iter().map(|v| v.abs()).sum::<f64>().max(1.0);
        assert!(
            (got_sum - sum).abs() / scale < 1e-7,
            "{}: {got_sum} {sum}",
            path.display()
        );
        for pick in row["picks"].as_array().unwrap() {
            let v = values[pick[0].as_u64().unwrap() as usize];
            match pick[1].as_f64() {
                Some(w) => assert_eq!(v as f32, w as f32, "{}", path.display()),
                None => assert!(v.is_nan()),
            }
        }
        compared += 1;
    }
    eprintln!("{compared} files of the shared folder compared");
}

#[test]
fn what_is_written_is_read_back_by_us_and_by_the_nifti_crate() {
    use nifti::NiftiObject as _;
    let folder = tempfile::tempdir().unwrap();
    let grid = Grid {
        shape: [5, 4, 3],
        affine: Affine::from_rows([
            [-2.0, 0.1, 0.0, 9.0],
            [0.0, 2.5, 0.2, -7.0],
            [0.0, 0.0, 3.0, 1.0],
        ]),
    };
    let mut values = ramp(60);
    values[7] = f32::NAN;
    let map = Volume::derived(grid, values.clone().into(), MapKind::T, "t map").unwrap();
    for name in [
        "plain.nii",
        "packed.nii.gz",
        "dots.in.name.nii.gz",
        "dots.in.name.nii",
        "Größe & co.nii.gz",
    ] {
        let path = folder.path().join(name);
        volume::write_nifti(&map, &path).unwrap();
        let back = volume::open(&path, &Progress::new()).unwrap();
        assert_eq!(back.kind, MapKind::T);
        assert_affine(&back.grid.affine, &grid.affine, 1e-6, name);
        let got = back.data.scalar().unwrap().clone();
        assert!(
            got.iter()
                .zip(&values)
                .all(|(a, b)| a == b || (a.is_nan() && b.is_nan())),
            "{name}"
        );
    }
    let object = nifti::ReaderOptions::new()
        .read_file(folder.path().join("plain.nii"))
        .unwrap();
    assert_eq!(object.header().dim[..4], [3, 5, 4, 3]);
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        5,
        "nothing partial is left behind"
    );

    let labels = Volume {
        data: VolumeData::Label((0..60).map(|i| i / 20 * 70_000).collect()),
        kind: MapKind::Label,
        ..map.clone()
    };
    let path = folder.path().join("labels.nii.gz");
    volume::write_nifti(&labels, &path).unwrap();
    let back = volume::open(&path, &Progress::new()).unwrap();
    assert_eq!(numbers(&back), numbers(&labels));
    assert!(matches!(back.data, VolumeData::Label(_)));
}

#[test]
fn frames_are_read_on_demand() {
    let folder = tempfile::tempdir().unwrap();
    let values = ramp(60 * 4);
    let made = Nifti::float32(&[5, 4, 3, 4], &values);
    for (name, bytes) in [("four.nii", made.bytes()), ("four.nii.gz", made.gz())] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let file = MapFile::open(&path, &Progress::new()).unwrap();
        assert_eq!(file.frames(), 4);
        for frame in [3, 0, 2] {
            let got = file.frame(frame, &Progress::new()).unwrap();
            assert_eq!(&got.data.scalar().unwrap()[..], &values[frame * 60..][..60]);
            let direct = volume::open_frame(&path, frame, &Progress::new()).unwrap();
            assert_eq!((direct.hash.as_str(), direct.frame), (file.hash(), frame));
            assert_eq!(direct.data.scalar(), got.data.scalar());
        }
        let told = file.frame(4, &Progress::new()).unwrap_err().to_string();
        assert!(told.contains("frame 5") && told.contains("4"), "{told}");
    }
}

#[test]
fn a_time_course_holds_one_voxel_of_all_frames() {
    let folder = tempfile::tempdir().unwrap();
    let values = ramp(60 * 4);
    let mut made = Nifti::float32(&[5, 4, 3, 4], &values);
    made.scaling(2.0, 1.0);
    let want: Vec<f32> = (0..4).map(|t| values[60 * t + 33] * 2.0 + 1.0).collect();
    for (name, bytes) in [("four.nii", made.bytes()), ("four.nii.gz", made.gz())] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let file = MapFile::open(&path, &Progress::new()).unwrap();
        // Before, between and after frames: where a gzip stream stands must not matter.
        for frame in [None, Some(2), Some(0)] {
            if let Some(frame) = frame {
                file.frame(frame, &Progress::new()).unwrap();
            }
            assert_eq!(file.time_course([3, 2, 1], &Progress::new()).unwrap(), want);
        }
        let told = file.time_course([5, 0, 0], &Progress::new()).unwrap_err();
        assert!(told.to_string().contains("5, 0, 0"), "{told}");
        let stopped = Progress::new();
        stopped.cancel();
        let cancelled = gyrus::volume::VolumeError::Cancelled;
        assert_eq!(file.time_course([0; 3], &stopped).unwrap_err(), cancelled);
        assert_eq!(file.frame(0, &stopped).unwrap_err(), cancelled);
    }
    // A file cut short in its third frame: what is there is shown, the rest is no data.
    let path = folder.path().join("short.nii");
    std::fs::write(&path, &made.bytes()[..352 + 4 * 150]).unwrap();
    let file = MapFile::open(&path, &Progress::new()).unwrap();
    let got = file.time_course([3, 2, 1], &Progress::new()).unwrap();
    assert_eq!(got[..2], want[..2]);
    assert!(got[2].is_nan() && got[3].is_nan());
    assert!(file.frame(1, &Progress::new()).is_ok() && file.frame(2, &Progress::new()).is_err());
}

#[test]
fn a_time_course_ends_where_the_volume_file_does() {
    let folder = tempfile::tempdir().unwrap();
    // A small AFNI map that declares as many frames as the format can write.
    let head = |frames: u64| {
        format!(
            "type = integer-attribute\nname = DATASET_RANK\ncount = 2\n 3 {frames}\n\n\
             type = integer-attribute\nname = DATASET_DIMENSIONS\ncount = 5\n 2 2 2 0 0\n\n\
             type = integer-attribute\nname = BRICK_TYPES\ncount = 1\n 0\n\n\
             type = float-attribute\nname = IJK_TO_DICOM_REAL\ncount = 12\n \
             -2 0 0 9 0 -2 0 9 0 0 2 -9\n"
        )
    };
    let values: Vec<u8> = (1..=20).collect();
    let path = folder.path().join("map+orig.HEAD");
    std::fs::write(&path, head(1_000_000_000_000)).unwrap();
    for (brik, bytes) in [
        ("map+orig.BRIK", values.clone()),
        (
            "map+orig.BRIK.gz",
            crate::support::nifti_bytes::gzip(&values),
        ),
    ] {
        let image = folder.path().join(brik);
        std::fs::write(&image, bytes).unwrap();
        let file = MapFile::open(&path, &Progress::new()).unwrap();
        assert_eq!(file.frames(), 1_000_000_000_000);
        let course = file.time_course([1, 0, 0], &Progress::new()).unwrap();
        assert_eq!(course[..3], [2.0, 10.0, 18.0]);
        assert!(course.len() <= 1 << 20 && course[3..].iter().all(|v| v.is_nan()));
        std::fs::remove_file(image).unwrap();
    }
}

#[test]
fn frames_of_a_volume_file_written_again_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("four.nii");
    let made = Nifti::float32(&[5, 4, 3, 4], &ramp(60 * 4));
    std::fs::write(&path, made.bytes()).unwrap();
    let file = MapFile::open(&path, &Progress::new()).unwrap();
    assert!(file.is_current() && file.frame(1, &Progress::new()).is_ok());
    // As long as before, written at another time.
    let other = Nifti::float32(&[5, 4, 3, 4], &[7.0; 240]);
    std::fs::write(&path, other.bytes()).unwrap();
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(9);
    let written = std::fs::File::options().write(true).open(&path).unwrap();
    written.set_modified(later).unwrap();
    assert!(!file.is_current());
    for told in [
        file.frame(1, &Progress::new()).unwrap_err(),
        file.time_course([0; 3], &Progress::new()).unwrap_err(),
    ] {
        assert!(told.to_string().contains("has changed"), "{told}");
    }
}

#[test]
fn the_hash_is_that_of_the_file() {
    // sha256sum of the embedded demo map, as stated in assets/LICENSES.md.
    let demo = gyrus::space::demo_map(&Progress::new()).unwrap();
    assert_eq!(
        demo.hash,
        "badcac9bed4734f22b5c6dca1b778ade6c4d10a25ab30b807ff42f7c53304dbe"
    );
}

#[test]
fn a_cancelled_task_stops_every_road() {
    let progress = Progress::new();
    progress.cancel();
    let cancelled = gyrus::volume::VolumeError::Cancelled;
    assert_eq!(gyrus::space::demo_map(&progress).unwrap_err(), cancelled);
    let demo = gyrus::space::demo_map(&Progress::new()).unwrap();
    for how in [
        Resampling::Average,
        Resampling::Trilinear,
        Resampling::Nearest,
        Resampling::Cubic,
    ] {
        let result = volume::resample(&demo, &gyrus::space::grid_2mm(), how, &progress);
        assert_eq!(result.unwrap_err(), cancelled);
    }
    assert_eq!(
        volume::clusters(&demo, &ClusterOptions::at(3.0), &progress).unwrap_err(),
        cancelled
    );
}

#[test]
fn the_demo_map_on_the_mask() {
    use gyrus::space::{mask_2mm, on_mask};
    let demo = gyrus::space::demo_map(&Progress::new()).unwrap();
    let masked = on_mask(&demo, mask_2mm(), &Progress::new()).unwrap();
    assert_eq!(masked.values.len(), 228_483);
    assert!(masked.values.iter().all(|v| v.is_finite()));
    assert!(
        (0.9..=1.0).contains(&masked.coverage),
        "{}",
        masked.coverage
    );
    // NeuroVault states 68 % brain coverage for this map: non-zero voxels in the brain.
    assert!((0.6..0.8).contains(&masked.nonzero), "{}", masked.nonzero);
    let report = gyrus::space::check_space(&demo, &Progress::new()).unwrap();
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
}

#[test]
fn a_map_elsewhere_or_small_is_told_not_refused() {
    let demo = gyrus::space::demo_map(&Progress::new()).unwrap();
    let mut elsewhere = demo.clone();
    for row in 0..3 {
        elsewhere.grid.affine.0[row][3] += 90.0;
    }
    let report = gyrus::space::check_space(&elsewhere, &Progress::new()).unwrap();
    let codes: Vec<_> = report.warnings.iter().map(|w| w.code).collect();
    assert_eq!(
        codes,
        [WarningCode::LittleCoverage, WarningCode::OtherSpace]
    );
}
