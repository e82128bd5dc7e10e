//! Peak tables, comparison and derived maps beside nilearn and numpy, from fixtures made by
//! `tests/fixtures/reading/make.py`.

use std::io::Read as _;
use std::path::PathBuf;

use gyrus::measure::{self, Measured, Operation, Over, PeakRow};
use gyrus::progress::Progress;
use gyrus::volume::{
    self, Affine, ClusterOptions, Grid, MapKind, Spacing, Volume, VolumeData, VolumeError,
};
use serde_json::Value;

fn fixture(name: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/reading")
        .join(name);
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::read(path).unwrap().as_slice())
        .read_to_string(&mut text)
        .unwrap();
    serde_json::from_str(&text).unwrap()
}

fn map(hex: &Value) -> Volume {
    let text = hex.as_str().unwrap().as_bytes();
    let digit = |c: u8| (c as char).to_digit(16).unwrap() as u8;
    let bytes: Vec<u8> = text
        .chunks(2)
        .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
        .collect();
    volume::from_bytes("map.nii", &bytes, &Progress::new()).unwrap()
}

/// A row as nilearn gives it, its number replaced by whether it is a further peak.
#[derive(Debug, Clone)]
struct Row {
    letter: String,
    at_um: [i64; 3],
    value: i64,
    mm3: Option<i64>,
}

impl PartialEq for Row {
    /// Equal but for the last digits, and for nilearn's sizes, which have their fraction cut off.
    fn eq(&self, other: &Self) -> bool {
        self.letter == other.letter
            && (0..3).all(|n| (self.at_um[n] - other.at_um[n]).abs() <= 2)
            && (self.value - other.value).abs() <= 1
            && match (self.mm3, other.mm3) {
                (Some(a), Some(b)) => (a - b).abs() <= 1,
                (a, b) => a == b,
            }
    }
}

fn letter(id: &str) -> String {
    id.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.')
        .trim_end_matches(".0")
        .to_owned()
}

fn theirs(rows: &Value) -> Vec<Row> {
    let um = |v: &Value| (v.as_f64().unwrap() * 1e3).round() as i64;
    let row = |r: &Value| Row {
        letter: letter(r[0].as_str().unwrap()),
        at_um: [um(&r[1]), um(&r[2]), um(&r[3])],
        value: (r[4].as_f64().unwrap() * 1e5).round() as i64,
        mm3: r[5].as_f64().map(|v| v as i64),
    };
    rows.as_array().unwrap().iter().map(row).collect()
}

fn ours(rows: &[PeakRow]) -> Vec<Row> {
    let row = |r: &PeakRow| Row {
        letter: letter(&r.id),
        at_um: r.at_mm.map(|x| (x * 1e3).round() as i64),
        value: (f64::from(r.value) * 1e5).round() as i64,
        mm3: r.volume_mm3.map(|v| v as i64),
    };
    rows.iter().map(row).collect()
}

/// Clusters of equal peaks, which numpy sorts in an order that depends on the processor, by place.
fn settled(rows: &[Row]) -> Vec<Vec<Row>> {
    let mut clusters: Vec<Vec<Row>> = Vec::new();
    for row in rows {
        match clusters.last_mut() {
            Some(last) if !row.letter.is_empty() => last.push(row.clone()),
            _ => clusters.push(vec![row.clone()]),
        }
    }
    for run in clusters.chunk_by_mut(|a, b| a[0].value == b[0].value) {
        run.sort_by_key(|cluster| cluster[0].at_um);
    }
    clusters
}

fn apart_mm(a: &Row, b: &Row) -> f64 {
    let d2: f64 = (0..3)
        .map(|n| ((a.at_um[n] - b.at_um[n]) as f64 / 1e3).powi(2))
        .sum();
    d2.sqrt()
}

/// Whether nilearn lists a peak of a cluster nearer to another than the distance it was given.
fn breaks_its_word(rows: &[Row], distance: f64) -> bool {
    let mut cluster: Vec<&Row> = Vec::new();
    rows.iter().any(|row| {
        if row.letter.is_empty() {
            cluster.clear();
        }
        let near = cluster.iter().any(|p| apart_mm(p, row) <= distance);
        cluster.push(row);
        near
    })
}

#[test]
fn peak_tables_equal_nilearns() {
    let reference = fixture("tables.json.gz");
    let (mut tables, mut kept, mut broken) = (0, 0, 0);
    for case in reference.as_array().unwrap() {
        let map = match case.get("hex") {
            Some(hex) => map(hex),
            None => gyrus::space::demo_map(&Progress::new()).unwrap(),
        };
        for table in case["tables"].as_array().unwrap() {
            let distance = table["distance"].as_f64().unwrap();
            let options = ClusterOptions {
                two_sided: table["two_sided"].as_bool().unwrap(),
                min_voxels: table["extent"].as_u64().unwrap() as usize,
                peak_distance_mm: distance,
                spacing: Spacing::Last,
                ..ClusterOptions::at(table["threshold"].as_f64().unwrap() as f32)
            };
            let rows = |options: &ClusterOptions| {
                let found = volume::clusters(&map, options, &Progress::new()).unwrap();
                ours(&measure::peak_rows(&found.list, |_| None))
            };
            let listed = theirs(&table["rows"]);
            let want = settled(&listed);
            let name = format!("{} {options:?}", case["name"]);
            assert_eq!(settled(&rows(&options)), want, "{name}");
            tables += 1;
            // What Gyrus shows keeps the distance from every peak; where nilearn's rows happen to,
            // both are the same but for what was crowded out.
            let every = rows(&ClusterOptions {
                spacing: Spacing::Every,
                ..options
            });
            assert!(!breaks_its_word(&every, distance), "{name}");
            let heads = |clusters: &[Vec<Row>]| -> Vec<Row> {
                clusters.iter().map(|rows| rows[0].clone()).collect()
            };
            let every = settled(&every);
            assert_eq!(heads(&every), heads(&want), "{name}");
            if breaks_its_word(&listed, distance) {
                broken += 1;
            } else {
                kept += 1;
                assert_eq!(every, want, "{name}");
            }
        }
    }
    assert!(
        tables > 70 && kept > 60 && broken >= 2,
        "{tables} {kept} {broken}"
    );
}

#[test]
fn clusters_of_nothing_and_of_labels_are_answers() {
    let grid = Grid {
        shape: [4, 3, 2],
        affine: Affine::scale_translate([2.0; 3], [0.0; 3]),
    };
    let none = Volume::derived(grid, vec![f32::NAN; 24].into(), MapKind::Z, "none").unwrap();
    let options = ClusterOptions::at(1.0);
    assert_eq!(
        volume::clusters(&none, &options, &Progress::new()),
        Ok(volume::Clusters::default())
    );
    let labels = Volume {
        data: VolumeData::Label(vec![1; 24].into()),
        ..none.clone()
    };
    assert!(volume::clusters(&labels, &options, &Progress::new()).is_err());
    // The volume limit is in mm³, whatever the voxels: 8 mm³ each here.
    let mut values = vec![0.0; 24];
    values[..3].fill(2.0);
    let row = Volume::derived(grid, values.into(), MapKind::Z, "row").unwrap();
    for (min_mm3, clusters) in [(24.0, 1), (24.1, 0)] {
        let options = ClusterOptions { min_mm3, ..options };
        let found = volume::clusters(&row, &options, &Progress::new()).unwrap();
        assert_eq!(found.list.len(), clusters);
    }
}

fn close(got: Option<f64>, want: &Value, name: &str) {
    match want.as_f64() {
        Some(want) => assert!((got.unwrap() - want).abs() < 1e-6, "{name}: {got:?} {want}"),
        None => assert_eq!(got, None, "{name}"),
    }
}

#[test]
fn comparison_equals_numpy_on_one_grid_and_on_two() {
    let reference = fixture("compare.json.gz");
    for case in reference.as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let (a, b) = (map(&case["a"]), map(&case["b"]));
        let at = |volume, n: usize| Measured {
            volume,
            threshold: case["thresholds"][n].as_f64().unwrap() as f32,
            negative_threshold: case["thresholds"][n].as_f64().unwrap() as f32,
        };
        let of = |over| measure::compare(at(&a, 0), at(&b, 1), over, &Progress::new()).unwrap();
        let all = of(Over::All);
        close(all.r, &case["r"], name);
        assert_eq!(all.voxels as u64, case["voxels"].as_u64().unwrap());
        close(all.dice_positive, &case["dice_positive"], name);
        close(all.dice_negative, &case["dice_negative"], name);
        assert_eq!(all.resampled, name == "two grids");
        let nonzero = of(Over::NonZero);
        close(nonzero.r, &case["r_nonzero"], name);
        assert_eq!(
            nonzero.voxels as u64,
            case["voxels_nonzero"].as_u64().unwrap()
        );
        // The same whichever comes first.
        let turned = measure::compare(at(&b, 1), at(&a, 0), Over::All, &Progress::new()).unwrap();
        assert!((turned.r.unwrap() - all.r.unwrap()).abs() < 1e-12);
        assert_eq!(turned.dice_positive, all.dice_positive);
    }
}

#[test]
fn comparison_of_nothing_has_no_number() {
    let grid = Grid {
        shape: [3, 3, 3],
        affine: Affine::IDENTITY,
    };
    let flat = Volume::derived(grid, vec![1.0; 27].into(), MapKind::Z, "flat").unwrap();
    let ramp: Vec<f32> = (0..27).map(|i| i as f32).collect();
    let ramp = Volume::derived(grid, ramp.into(), MapKind::Z, "ramp").unwrap();
    let at = |volume| Measured {
        volume,
        threshold: 100.0,
        negative_threshold: 100.0,
    };
    let got = measure::compare(at(&flat), at(&ramp), Over::All, &Progress::new()).unwrap();
    assert_eq!((got.r, got.voxels), (None, 27));
    assert_eq!((got.dice_positive, got.dice_negative), (None, None));
    let same = measure::compare(at(&ramp), at(&ramp), Over::NonZero, &Progress::new()).unwrap();
    assert_eq!((same.r, same.voxels), (Some(1.0), 26));
    let far = Volume {
        grid: Grid {
            affine: Affine::scale_translate([1.0; 3], [500.0; 3]),
            ..grid
        },
        ..ramp.clone()
    };
    let apart = measure::compare(at(&ramp), at(&far), Over::All, &Progress::new()).unwrap();
    assert_eq!((apart.r, apart.voxels, apart.resampled), (None, 0, true));
    let stopped = Progress::new();
    stopped.cancel();
    assert_eq!(
        measure::compare(at(&ramp), at(&flat), Over::All, &stopped),
        Err(measure::MeasureError::Map(VolumeError::Cancelled))
    );
}

fn assert_values(got: &Volume, want: &Value, tolerance: f32, name: &str) {
    let got = got.data.scalar().unwrap();
    let want = want.as_array().unwrap();
    assert_eq!(got.len(), want.len());
    for (n, (&got, want)) in got.iter().zip(want).enumerate() {
        match want.as_f64() {
            Some(want) => assert!(
                (got - want as f32).abs() <= tolerance,
                "{name} {n}: {got} {want}"
            ),
            None => assert!(got.is_nan(), "{name} {n}: {got}"),
        }
    }
}

#[test]
fn smoothing_equals_nilearns() {
    let reference = fixture("derived.json.gz");
    for case in reference["smooth"].as_array().unwrap() {
        let map = map(&case["map"]);
        let operation = Operation::Smooth {
            fwhm_mm: case["fwhm_mm"].as_f64().unwrap(),
        };
        let made = measure::derive(operation, &[&map], &Progress::new()).unwrap();
        let name = case["name"].as_str().unwrap();
        assert_values(&made.volume, &case["values"], 2e-6, name);
        assert!(!made.resampled);
    }
    let map = map(&reference["smooth"][0]["map"]);
    for fwhm_mm in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e4] {
        let operation = Operation::Smooth { fwhm_mm };
        assert!(measure::derive(operation, &[&map], &Progress::new()).is_err());
    }
}

#[test]
fn derived_maps_equal_numpy() {
    let pair = &fixture("derived.json.gz")["pair"];
    let (a, b) = (map(&pair["a"]), map(&pair["b"]));
    let threshold = pair["threshold"].as_f64().unwrap() as f32;
    let mask = |inside| Operation::Mask { inside, threshold };
    for (operation, name) in [
        (Operation::Difference, "difference"),
        (Operation::Conjunction, "conjunction"),
        (mask(true), "inside"),
        (mask(false), "outside"),
    ] {
        let made = measure::derive(operation, &[&a, &b], &Progress::new()).unwrap();
        assert_values(&made.volume, &pair[name], 1e-6, name);
        // A recipe survives being written down.
        let text = serde_json::to_string(&operation).unwrap();
        assert_eq!(serde_json::from_str::<Operation>(&text).unwrap(), operation);
        assert!(measure::derive(operation, &[&a], &Progress::new()).is_err());
    }
    // An overlap names at each voxel which of both is strong.
    let overlap = Operation::Overlap {
        first: 0.5,
        second: 0.25,
        negative: true,
    };
    let made = measure::derive(overlap, &[&a, &b], &Progress::new()).unwrap();
    let gyrus::volume::VolumeData::Label(labels) = &made.volume.data else {
        panic!("no labels");
    };
    let values = |map: &Volume| map.data.scalar().unwrap().to_vec();
    let pairs = values(&a).into_iter().zip(values(&b));
    let mut found = [0; 4];
    for (&label, (x, y)) in labels.iter().zip(pairs) {
        let wanted = match (x > 0.5, -y > 0.25) {
            (true, true) => 1,
            (true, false) => 2,
            (false, true) => 3,
            (false, false) => 0,
        };
        assert_eq!(label, wanted);
        found[label as usize] += 1;
    }
    assert!(found.iter().all(|&n| n > 0), "{found:?}");
    let twice = |operation, map: &Volume| {
        measure::derive(operation, &[map], &Progress::new())
            .unwrap()
            .volume
    };
    let back = twice(Operation::Invert, &twice(Operation::Invert, &a));
    let plain = |v: &Volume| -> Vec<u32> {
        v.data
            .scalar()
            .unwrap()
            .iter()
            .map(|x| x.to_bits())
            .collect()
    };
    assert_eq!(plain(&back), plain(&a));
    let absolute = twice(Operation::Absolute, &a);
    assert!(absolute.stats().min >= 0.0 && absolute.stats().finite == a.stats().finite);
}

#[test]
fn a_second_map_on_another_grid_is_brought_over_and_told() {
    let cases = fixture("compare.json.gz");
    let (fine, coarse) = (map(&cases[1]["a"]), map(&cases[1]["b"]));
    let made = measure::derive(Operation::Difference, &[&fine, &coarse], &Progress::new()).unwrap();
    assert!(made.resampled);
    assert_eq!(made.volume.grid, fine.grid);
    // Labels may mask, but not be subtracted.
    let labels = Volume {
        data: VolumeData::Label(vec![300; coarse.grid.len()].into()),
        ..coarse.clone()
    };
    let mask = Operation::Mask {
        inside: true,
        threshold: 0.0,
    };
    let inside = measure::derive(mask, &[&fine, &labels], &Progress::new()).unwrap();
    let kept = inside.volume.stats().finite;
    assert!(kept > 0 && kept < fine.stats().finite);
    assert!(measure::derive(Operation::Difference, &[&fine, &labels], &Progress::new()).is_err());
}

#[test]
fn each_side_overlaps_beyond_its_own_threshold() {
    let grid = Grid {
        shape: [4, 1, 1],
        affine: Affine::IDENTITY,
    };
    let of = |values: [f32; 4]| {
        Volume::derived(grid, values.to_vec().into(), MapKind::Z, "four").unwrap()
    };
    let (a, b) = (of([4.0, 2.0, -4.0, -2.0]), of([4.0, 0.0, -4.0, 0.0]));
    let at = |volume| Measured {
        volume,
        threshold: 3.0,
        negative_threshold: 1.0,
    };
    let got = measure::compare(at(&a), at(&b), Over::All, &Progress::new()).unwrap();
    assert_eq!(got.dice_positive, Some(1.0));
    assert_eq!(got.dice_negative, Some(2.0 / 3.0));
}

#[test]
fn a_mask_without_data_is_neither_inside_nor_outside() {
    let grid = Grid {
        shape: [3, 1, 1],
        affine: Affine::IDENTITY,
    };
    let of = |values: [f32; 3]| {
        Volume::derived(grid, values.to_vec().into(), MapKind::Z, "three").unwrap()
    };
    let (map, mask) = (of([1.0, 2.0, 3.0]), of([5.0, 0.0, f32::NAN]));
    for (inside, kept) in [(true, 0), (false, 1)] {
        let operation = Operation::Mask {
            inside,
            threshold: 1.0,
        };
        let made = measure::derive(operation, &[&map, &mask], &Progress::new()).unwrap();
        let values = made.volume.data.scalar().unwrap();
        for n in 0..3 {
            assert_eq!(values[n].is_nan(), n != kept, "inside {inside}, voxel {n}");
        }
    }
}
