//! Opening, masking and resampling maps.
//!
//! The budget: a 91 × 109 × 91 `.nii.gz` opens in ≤ 120 ms, and no slower than nibabel's
//! `get_fdata`, which `benches/peers.py` times on the same machine.

use std::hint::black_box;
use std::path::PathBuf;

use criterion::Criterion;
use gyrus::progress::Progress;
use gyrus::space;
use gyrus::volume::{self, Affine, ClusterOptions, Grid, MapKind, Resampling, Volume, write_nifti};

/// A smooth map on the 2 mm grid, of the size and compressibility of a real one.
fn synthetic() -> Volume {
    let grid = space::grid_2mm();
    let mask = space::mask_2mm();
    let noise = |i: usize| (i.wrapping_mul(2_654_435_761) >> 7 & 0xffff) as f32 / 65_536.0 - 0.5;
    let value = |i: usize| {
        let [x, y, z] = grid.world(grid.voxel(i)).map(|c| c as f32 / 15.0);
        4.0 * x.sin() * y.cos() * (z * 1.3).sin() + noise(i)
    };
    let inside = |i: usize| mask.position[i] != u32::MAX;
    let values = (0..grid.len())
        .map(|i| if inside(i) { value(i) } else { 0.0 })
        .collect();
    Volume::derived(grid, values, MapKind::Z, "synthetic").expect("one value a voxel")
}

/// Registers the benches of this file.
pub fn benches(c: &mut Criterion) {
    let progress = Progress::new();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let map = synthetic();
    let path = folder.path().join("map_z.nii.gz");
    write_nifti(&map, &path).expect("the bench map is written");
    c.bench_function("open 91x109x91 float32 .nii.gz", |b| {
        b.iter(|| volume::open(black_box(&path), &progress))
    });
    let real = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/maps/pain_association-test_z.nii.gz");
    if real.exists() {
        c.bench_function("open 91x109x91 float64 .nii.gz", |b| {
            b.iter(|| volume::open(black_box(&real), &progress))
        });
    }
    let demo = space::demo_map(&progress).expect("the demo map is compiled in");
    let mask = space::mask_2mm();
    c.bench_function("3 mm map on the 2 mm mask", |b| {
        b.iter(|| space::on_mask(black_box(&demo), mask, &progress))
    });
    let coarse = Grid {
        shape: [46, 55, 46],
        affine: Affine::scale_translate([-4.0, 4.0, 4.0], [90.0, -126.0, -72.0]),
    };
    for how in [Resampling::Average, Resampling::Cubic] {
        c.bench_function(&format!("2 mm map to 4 mm, {how:?}"), |b| {
            b.iter(|| volume::resample(black_box(&map), &coarse, how, &progress))
        });
    }
    c.bench_function("clusters of a 2 mm map", |b| {
        b.iter(|| volume::clusters(black_box(&map), &ClusterOptions::at(3.1), &progress))
    });
}
