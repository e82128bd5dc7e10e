use super::*;
use crate::seed::Seed;
use crate::volume::{Affine, Grid};
use rand::Rng as _;

/// A 12³ box mask with `modes` overlapping blobs at random places.
pub(crate) fn planted(modes: usize) -> SoftAtlas {
    let grid = Grid {
        shape: [12; 3],
        affine: Affine::scale_translate([4.0; 3], [-22.0; 3]),
    };
    let mask = Mask::new(grid, |index| index % 7 != 0);
    let mut rng = Seed(5).stream("planted", 0);
    let modes: Vec<SparseMode> = (0..modes)
        .map(|_| {
            let centre: [f64; 3] = std::array::from_fn(|_| rng.random_range(1.0..10.0));
            let mut mode = SparseMode::default();
            for (position, &voxel) in mask.voxels.iter().enumerate() {
                let at = grid.voxel(voxel as usize);
                let square: f64 = (0..3).map(|a| (at[a] as f64 - centre[a]).powi(2)).sum();
                if square < 9.0 {
                    mode.voxels.push(position as u32);
                    mode.weights.push((-square / 4.0).exp() as f32);
                }
            }
            mode
        })
        .collect();
    SoftAtlas::new(mask, &modes, Vec::new()).unwrap()
}

fn random_features(k: usize) -> Vec<f32> {
    let mut rng = Seed(6).stream("features", 0);
    (0..k).map(|_| rng.random_range(-2.0..2.0)).collect()
}

fn assert_close(got: &[f32], want: &[f32], tolerance: f32) {
    assert_eq!(got.len(), want.len());
    for (number, (g, w)) in got.iter().zip(want).enumerate() {
        assert!((g - w).abs() <= tolerance, "entry {number}: {g} for {w}");
    }
}

#[test]
fn a_planted_map_gives_back_its_features() {
    let atlas = planted(20);
    let want = random_features(20);
    assert_close(&atlas.project(&atlas.back_project(&want)), &want, 1e-4);
}

#[test]
fn what_the_modes_cannot_express_is_orthogonal_to_them() {
    let atlas = planted(20);
    let mut rng = Seed(7).stream("noise", 0);
    let map: Vec<f32> = (0..atlas.mask().len())
        .map(|_| rng.random_range(-1.0..1.0))
        .collect();
    let fitted = atlas.back_project(&atlas.project(&map));
    let rest: Vec<f32> = map.iter().zip(&fitted).map(|(a, b)| a - b).collect();
    for inner in atlas.correlate(&rest) {
        assert!(inner.abs() < 1e-4, "{inner}");
    }
}

#[test]
fn projection_is_odd_in_the_sign_and_linear() {
    let atlas = planted(12);
    let map = atlas.back_project(&random_features(12));
    let negative: Vec<f32> = map.iter().map(|v| -v).collect();
    let double: Vec<f32> = map.iter().map(|v| 2.0 * v).collect();
    let base = atlas.project(&map);
    let flipped: Vec<f32> = base.iter().map(|v| -v).collect();
    let doubled: Vec<f32> = base.iter().map(|v| 2.0 * v).collect();
    assert_eq!(atlas.project(&negative), flipped);
    assert_eq!(atlas.project(&double), doubled);
}

#[test]
fn sparse_and_dense_input_agree() {
    let atlas = planted(12);
    let mut map = vec![0.0; atlas.mask().len()];
    map[30] = 1.5;
    map[400] = -2.0;
    assert_eq!(
        atlas.project(&map),
        atlas.project_sparse(&[30, 400], &[1.5, -2.0])
    );
    assert_eq!(
        atlas.coordinates(&map),
        atlas.coordinates_sparse(&[30, 400], &[1.5, -2.0])
    );
}

#[test]
fn coordinates_keep_lengths_and_angles_of_the_maps() {
    let atlas = planted(16);
    let inner = |a: &[f32], b: &[f32]| -> f64 {
        a.iter()
            .zip(b)
            .map(|(x, y)| f64::from(*x) * f64::from(*y))
            .sum()
    };
    let a = atlas.back_project(&random_features(16));
    let b: Vec<f32> = atlas.back_project(&[1.0, -1.0, 0.5]);
    let (ca, cb) = (atlas.coordinates(&a), atlas.coordinates(&b));
    assert!((inner(&ca, &cb) / inner(&a, &b) - 1.0).abs() < 1e-4);
    assert!((inner(&ca, &ca) / inner(&a, &a) - 1.0).abs() < 1e-4);
    assert_close(&atlas.coefficients(&ca), &random_features(16), 1e-4);
}

#[test]
fn no_data_values_are_ignored() {
    let atlas = planted(8);
    let mut map = atlas.back_project(&random_features(8));
    map[5] = 0.0;
    let clean = atlas.project(&map);
    map[5] = f32::NAN;
    assert_eq!(atlas.project(&map), clean);
    map[5] = f32::INFINITY;
    assert_eq!(atlas.project(&map), clean);
}

#[test]
fn broken_modes_are_refused() {
    let mask = planted(1).mask().clone();
    let mode = |voxels: &[u32], weights: &[f32]| SparseMode {
        voxels: voxels.to_vec(),
        weights: weights.to_vec(),
    };
    let make = |m: SparseMode| SoftAtlas::new(mask.clone(), &[m], Vec::new());
    assert!(matches!(
        make(mode(&[9_999_999], &[1.0])),
        Err(AtlasError::VoxelOutsideMask {
            voxel: 9_999_999,
            ..
        })
    ));
    assert!(make(mode(&[2, 1], &[1.0, 1.0])).is_err());
    assert!(make(mode(&[1], &[f32::NAN])).is_err());
    assert!(make(mode(&[1, 2], &[1.0])).is_err());
    assert!(SoftAtlas::new(mask.clone(), &[], Vec::new()).is_err());
}

#[test]
fn an_atlas_of_nothing_gives_zeros_rather_than_nan() {
    let mask = planted(1).mask().clone();
    let atlas = SoftAtlas::new(mask, &[SparseMode::default()], Vec::new()).unwrap();
    assert!(atlas.prepare().is_err());
    assert_eq!(atlas.project(&vec![1.0; atlas.mask().len()]), vec![0.0]);
}

#[test]
fn modes_come_back_as_they_were_given() {
    let atlas = planted(6);
    let modes = atlas.to_modes();
    assert_eq!(modes[4], atlas.mode(4));
    let again = SoftAtlas::new(atlas.mask().clone(), &modes, Vec::new()).unwrap();
    assert_eq!(again.fingerprint(), atlas.fingerprint());
    assert_eq!(again.names()[5], "Mode 6");
}
