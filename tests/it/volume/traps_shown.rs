//! Traps that show only further down the road: in the picture, in a table, in what is printed.

use std::sync::Arc;

use gyrus::decode::{Tail, decode};
use gyrus::ontology::Ontology;
use gyrus::progress::Progress;
use gyrus::render::{
    Convention, Interpolation, LayerDisplay, Plane, Scene, SceneLayer, Signs, SliceView, cpu,
};
use gyrus::volume::{
    self, Affine, ClusterOptions, Connectivity, Grid, MapKind, Resampling, Volume,
};
use proptest::prelude::*;

use crate::support::models::{BUNDLE, blobs};
use crate::support::nifti_bytes::Nifti;
use crate::volume::orientations::{Stored, brain};

/// Where a slice through `at_mm` is lit: pixels, and their middle relative to the picture's, in mm.
fn lit(
    map: &Arc<Volume>,
    display: LayerDisplay,
    side: Convention,
    at_mm: [f64; 3],
) -> (usize, f64) {
    let scene = Scene {
        underlay: None,
        layers: vec![SceneLayer::new(Arc::clone(map), display)],
        cut_mm: at_mm,
        convention: side,
        dark: true,
        crosshair: false,
    };
    let view = SliceView {
        plane: Plane::Axial,
        convention: side,
        size_px: [240, 240],
        mm_per_px: 0.5,
        centre_mm: [0.0, at_mm[1], at_mm[2]],
    };
    let picture = cpu::draw_slice(&scene, &view);
    let places: Vec<f64> = picture
        .rgba
        .iter()
        .enumerate()
        .filter(|(_, p)| p[3] > 0 && p[..3] != [0, 0, 0])
        .map(|(n, _)| ((n % 240) as f64 - 119.5) * 0.5)
        .collect();
    let middle = places.iter().sum::<f64>() / places.len().max(1) as f64;
    (places.len(), middle)
}

fn plain(threshold: f32, maximum: f32, interpolation: Interpolation) -> LayerDisplay {
    LayerDisplay {
        threshold,
        maximum,
        signs: Signs::Both,
        interpolation,
        ..LayerDisplay::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// However the voxels are stored, the same place in the world keeps its value, and the index shown
    /// is the stored one.
    #[test]
    fn t05_world_of_a_voxel_is_the_same_in_all_48_storage_orders(
        order in 0usize..48,
        shape in proptest::array::uniform3(2usize..7),
        columns in proptest::array::uniform9(-3.0f32..3.0),
        shift in proptest::array::uniform3(-90.0f32..90.0),
        pick in proptest::array::uniform3(0usize..1000),
    ) {
        let rows: [[f64; 4]; 3] = std::array::from_fn(|r| {
            std::array::from_fn(|c| f64::from(if c == 3 { shift[r] } else { columns[3 * r + c] }))
        });
        let base = Grid { shape, affine: Affine::from_rows(rows) };
        prop_assume!(base.affine.determinant().abs() > 0.5);
        let stored = Stored::new(&base, order, |voxel| base.index(voxel) as f32 + 0.5);
        let map = volume::from_bytes("x.nii", &stored.nifti().bytes(), &Progress::new()).unwrap();
        let voxel: [usize; 3] = std::array::from_fn(|a| pick[a] % shape[a]);
        let there = stored.index_of(voxel);
        for (got, want) in map.grid.world(there).iter().zip(base.world(voxel)) {
            prop_assert!((got - want).abs() < 1e-3, "{got} {want}");
        }
        let values = map.data.scalar().unwrap();
        prop_assert_eq!(values[map.grid.index(there)], base.index(voxel) as f32 + 0.5);
        prop_assert_eq!(map.grid.voxel(map.grid.index(there)), there);
    }
}

/// SPM's NaN outside the mask: a blob of 5 at a threshold of 3.1 keeps its full extent, the middle
/// between 2 and 5 is above the threshold, and a region of ones is drawn as its voxels.
#[test]
fn t18_the_threshold_comes_after_interpolation_and_edges_do_not_erode() {
    let grid = Grid {
        shape: [20, 20, 9],
        affine: Affine::scale_translate([4.0; 3], [-38.0, -38.0, -16.0]),
    };
    let make = |inside: f32, outside: f32, kind: MapKind, name: &str| {
        let block = |n: usize| grid.voxel(n)[..2].iter().all(|&v| (6..12).contains(&v));
        let values: Vec<f32> = (0..grid.len())
            .map(|n| if block(n) { inside } else { outside })
            .collect();
        Arc::new(Volume::derived(grid, values.into(), kind, name).unwrap())
    };
    // Six voxels of 4 mm at two pixels a mm: 48 pixels. Beyond the four corners less than half of what
    // surrounds a pixel has data.
    let linear = plain(3.1, 6.0, Interpolation::Linear);
    let at_mm = [0.0, -2.0, 0.0];
    let masked = make(5.0, f32::NAN, MapKind::Z, "masked");
    let (pixels, _) = lit(&masked, linear.clone(), Convention::Neurological, at_mm);
    assert!((48 * 48 - 40..=50 * 50).contains(&pixels), "{pixels}");
    let region = make(1.0, 0.0, MapKind::Mask, "region");
    let own = LayerDisplay::of(&region);
    assert_eq!(own.interpolation, Interpolation::Nearest);
    let (pixels, _) = lit(&region, own, Convention::Neurological, at_mm);
    assert!((48 * 48..=50 * 50).contains(&pixels), "{pixels}");

    let stripes: Vec<f32> = (0..grid.len())
        .map(|n| if grid.voxel(n)[0] < 10 { 2.0 } else { 5.0 })
        .collect();
    let stripes = Arc::new(Volume::derived(grid, stripes.into(), MapKind::Z, "stripes").unwrap());
    // 2 → 5 crosses 3.1 at 0.367 of the step: from 10 voxels of 4 mm on, and 0.633 of a step more,
    // less half a voxel at neither side: counted in columns of pixels.
    let (pixels, _) = lit(&stripes, linear, Convention::Neurological, at_mm);
    let columns = pixels as f64 / 160.0;
    assert!((columns - 8.0 * (9.5 + 0.633)).abs() < 2.0, "{columns}");
    // What is held is what the file holds, whatever is shown of it.
    assert_eq!(stripes.data.scalar().unwrap()[0], 2.0);
}

#[test]
fn t20_negative_values_count_by_their_strength() {
    let grid = Grid {
        shape: [20, 20, 20],
        affine: Affine::scale_translate([3.0; 3], [-30.0; 3]),
    };
    let values: Vec<f32> = (0..grid.len())
        .map(|n| {
            let far: usize = grid.voxel(n).iter().map(|&v| v.abs_diff(9)).sum();
            -6.0 + far as f32
        })
        .map(|v| v.min(0.0))
        .collect();
    let negative = values.iter().filter(|&&v| v < 0.0).count();
    let map = Volume::derived(grid, values.into(), MapKind::T, "negative").unwrap();
    let stats = map.stats();
    assert_eq!((stats.nonzero, stats.negative), (negative, negative));
    assert!(map.robust_max() > 4.0);
    let options = ClusterOptions {
        connectivity: Connectivity::Faces,
        ..ClusterOptions::at(3.1)
    };
    let found = volume::clusters(&map, &options, &Progress::new())
        .unwrap()
        .list;
    assert_eq!(found.len(), 1);
    assert!(!found[0].positive && found[0].peak.value == -6.0);
    let map = Arc::new(map);
    let (pixels, _) = lit(
        &map,
        LayerDisplay::of(&map),
        Convention::Neurological,
        [-3.0; 3],
    );
    assert!(pixels > 100, "{pixels}");
    // The other tail of the mirrored map says the same.
    let read = |map, tail| {
        decode(&BUNDLE, Ontology::embedded(), map, tail, &Progress::new())
            .unwrap()
            .decoding
    };
    let (of_minus, of_plus) = (read(&blobs(-1.0), Tail::Neg), read(&blobs(1.0), Tail::Pos));
    assert_eq!(of_minus.tasks[0].id, of_plus.tasks[0].id);
    assert!((of_minus.tasks[0].similarity - of_plus.tasks[0].similarity).abs() < 1e-6);
}

#[test]
fn t21_whole_numbers_become_fractions_when_they_are_resampled() {
    let body: Vec<u8> = (0..4i16 * 4 * 4)
        .flat_map(|i| (i * 7 % 11 - 5).to_le_bytes())
        .collect();
    let map = volume::from_bytes(
        "x.nii",
        &Nifti::new(&[4, 4, 4], 4, 16, body).bytes(),
        &Progress::new(),
    )
    .unwrap();
    let values = map.data.scalar().unwrap().clone();
    let half = Grid {
        shape: [2, 2, 2],
        affine: map
            .grid
            .affine
            .then_after(&Affine::scale_translate([2.0; 3], [0.5; 3])),
    };
    let between = Grid {
        shape: [3, 4, 4],
        affine: map
            .grid
            .affine
            .then_after(&Affine::scale_translate([1.0; 3], [0.5, 0.0, 0.0])),
    };
    let coarse = volume::resample(&map, &half, Resampling::Average, &Progress::new()).unwrap();
    let corner: f32 = [0, 1, 4, 5, 16, 17, 20, 21]
        .iter()
        .map(|&n| values[n] / 8.0)
        .sum();
    assert!((coarse.data.scalar().unwrap()[0] - corner).abs() < 1e-5);
    assert!(corner.fract() != 0.0);
    let fine = volume::resample(&map, &between, Resampling::Trilinear, &Progress::new()).unwrap();
    let middle = (values[0] + values[1]) / 2.0;
    assert!((fine.data.scalar().unwrap()[0] - middle).abs() < 1e-5);
    assert!(middle.fract() != 0.0);
}

/// Voxels are no samples: nothing Gyrus prints about a decoding calls a number a p value.
#[test]
fn t31_no_p_value_is_printed() {
    let bench = crate::cli::decode::Bench::new();
    let csv = bench.path("out.csv");
    let runs: [&[&str]; 3] = [
        &["decode", "one.nii.gz", "--json"],
        &["decode", "one.nii.gz"],
        &["decode", "one.nii.gz", "-o", "out.csv"],
    ];
    let mut printed = Vec::new();
    for args in runs {
        let output = bench.run(args);
        assert!(output.status.success());
        printed.push(String::from_utf8(output.stdout).unwrap());
    }
    printed.push(std::fs::read_to_string(csv).unwrap());
    for text in &printed {
        let lower = text.to_lowercase();
        for word in [
            "\"p\"", "p_value", "p-value", "pvalue", "p value", "signific", "fdr", "p <",
        ] {
            assert!(!lower.contains(word), "{word} in {text}");
        }
        assert!(
            lower.contains("posterior") || lower.contains("similarity"),
            "{text}"
        );
    }
}

/// Right stays right: a blob at (+40, −20, 10) in all storage orders, formats and ways to say where,
/// in the numbers and in the picture.
#[test]
fn t32_a_blob_on_the_right_stays_there_in_every_orientation_and_format() {
    const AT: [f64; 3] = [40.0, -20.0, 10.0];
    let folder = tempfile::tempdir().unwrap();
    let base = brain();
    let blob = |voxel| {
        let square: f64 = base
            .world(voxel)
            .iter()
            .zip(AT)
            .map(|(a, b)| (a - b).powi(2))
            .sum();
        (8.0 * (-square / 80.0).exp()) as f32
    };
    let mut looked_at = 0;
    for order in 0..48 {
        let stored = Stored::new(&base, order, blob);
        for path in stored.write_all(folder.path()) {
            let name = format!("{order} {}", path.file_name().unwrap().display());
            let map =
                volume::open(&path, &Progress::new()).unwrap_or_else(|e| panic!("{name}: {e}"));
            let values = map.data.scalar().unwrap();
            let best = (0..values.len())
                .max_by(|&a, &b| values[a].total_cmp(&values[b]))
                .unwrap();
            for (got, want) in map.grid.world(map.grid.voxel(best)).iter().zip(AT) {
                assert!((got - want).abs() < 1e-3, "{name}: {got} is not {want}");
            }
            assert!(map.value_at_world(AT).unwrap() > 7.9, "{name}");
            assert!(
                map.value_at_world([-40.0, -20.0, 10.0]).unwrap() < 0.01,
                "{name}"
            );
            assert_eq!(map.grid.affine.axis_codes(), stored.codes(), "{name}");
            let map = Arc::new(map);
            for (side, sign) in [
                (Convention::Neurological, 1.0),
                (Convention::Radiological, -1.0),
            ] {
                let look = plain(3.1, 8.0, Interpolation::Linear);
                let (pixels, middle) = lit(&map, look, side, AT);
                assert!(pixels > 50, "{name}: {pixels}");
                assert!((middle - sign * 40.0).abs() < 1.0, "{name}: {middle}");
            }
            looked_at += 1;
        }
    }
    assert_eq!(looked_at, 48 * 6);
}

/// Each of the 32 traps has a test whose name begins with its number.
#[test]
fn every_trap_has_its_test() {
    let tests = [include_str!("traps.rs"), include_str!("traps_shown.rs")].concat();
    for trap in 1..=32 {
        assert!(
            tests.contains(&format!("\n    fn t{trap:02}_"))
                || tests.contains(&format!("\nfn t{trap:02}_")),
            "T{trap}"
        );
    }
}
