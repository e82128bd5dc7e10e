use rand::Rng as _;

use super::*;
use crate::volume::{Affine, Grid};

/// A ball of brain, 2 mm.
fn mask() -> Mask {
    let grid = Grid {
        shape: [31, 33, 29],
        affine: Affine::scale_translate([2.0; 3], [-30.0, -32.0, -28.0]),
    };
    Mask::new(grid, |index| {
        grid.world(grid.voxel(index))
            .iter()
            .map(|v| v * v)
            .sum::<f64>()
            < 784.0
    })
}

/// Studies that each report peaks around two of eight sites.
fn studies(count: usize, stream: u64) -> Vec<Vec<[f32; 3]>> {
    let mut rng = Seed(9).stream("planted studies", stream);
    (0..count)
        .map(|_| {
            let sites: [usize; 2] = [rng.random_range(0..8), rng.random_range(0..8)];
            (0..6)
                .map(|peak| {
                    let site = sites[peak % 2];
                    std::array::from_fn(|axis| {
                        let centre = if site >> axis & 1 == 1 { 11.0 } else { -11.0 };
                        centre + rng.random_range(-3.0..3.0_f32)
                    })
                })
                .collect()
        })
        .collect()
}

fn options(modes: usize) -> LearnOptions {
    LearnOptions {
        modes,
        passes: 4,
        radius_mm: 16.0,
        ..LearnOptions::default()
    }
}

fn run(options: &LearnOptions) -> Result<(SoftAtlas, LearnReport), LearnError> {
    let (train, dev) = (studies(240, 0), studies(60, 1));
    let train: Vec<&[[f32; 3]]> = train.iter().map(Vec::as_slice).collect();
    let dev: Vec<&[[f32; 3]]> = dev.iter().map(Vec::as_slice).collect();
    learn(&train, &dev, &mask(), options, &Progress::new())
}

#[test]
fn planted_sites_become_modes() {
    let (atlas, report) = run(&options(16)).unwrap();
    assert_eq!(atlas.modes(), 16);
    assert!(report.variance_kept > 0.6, "{report:?}");
    assert!(report.share_in_heaviest_component.unwrap().least > 0.999);
    assert!(
        report.mass_overlap.unwrap() > 0.01,
        "modes overlap: {}",
        report.mass_overlap.unwrap()
    );
    for mode in atlas.to_modes() {
        assert!(mode.weights.iter().all(|&w| w > 0.0));
        // 16 mm around the centre of mass at the last pass, one coarse voxel more by interpolation.
        assert!(mode.voxels.len() < 4200, "{}", mode.voxels.len());
    }
    // Every site is where some mode peaks.
    for site in 0..8 {
        let centre: [f64; 3] =
            std::array::from_fn(|axis| if site >> axis & 1 == 1 { 11.0 } else { -11.0 });
        let found = atlas.to_modes().iter().any(|mode| {
            let peak = (0..mode.voxels.len())
                .max_by(|&a, &b| mode.weights[a].total_cmp(&mode.weights[b]))
                .unwrap();
            let grid = &atlas.mask().grid;
            let voxel = atlas.mask().voxels[mode.voxels[peak] as usize] as usize;
            init::square(grid.world(grid.voxel(voxel)), centre) < 64.0
        });
        assert!(found, "no mode at {centre:?}");
    }
    let mut names = atlas.names().to_vec();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 16, "names are distinct");
}

#[test]
fn the_seed_decides_and_the_number_of_threads_does_not() {
    let first = run(&options(10)).unwrap().0.fingerprint();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    assert_eq!(
        pool.install(|| run(&options(10))).unwrap().0.fingerprint(),
        first
    );
    let other = LearnOptions {
        seed: Seed(1),
        ..options(10)
    };
    assert_ne!(run(&other).unwrap().0.fingerprint(), first);
}

#[test]
fn singular_vectors_keep_at_least_as_much() {
    let (_, modes) = run(&LearnOptions {
        compare: true,
        ..options(12)
    })
    .unwrap();
    let svd = modes.svd_variance_kept_coarse.unwrap();
    let (atlas, report) = run(&LearnOptions {
        method: Method::Svd,
        ..options(12)
    })
    .unwrap();
    assert_eq!(atlas.modes(), 12);
    assert!((report.variance_kept_coarse - svd).abs() < 1e-6);
    assert!(
        svd > modes.variance_kept_coarse - 0.01,
        "{svd} {}",
        modes.variance_kept_coarse
    );
}

#[test]
fn what_cannot_be_learnt_is_said() {
    assert!(matches!(
        run(&options(1)),
        Err(LearnError::Modes { modes: 1, .. })
    ));
    assert!(matches!(
        run(&options(100_000)),
        Err(LearnError::Modes { .. })
    ));
    assert!(matches!(run(&options(200)), Err(LearnError::TooFew { .. })));
    let progress = Progress::new();
    progress.cancel();
    let train = studies(100, 0);
    let train: Vec<&[[f32; 3]]> = train.iter().map(Vec::as_slice).collect();
    assert!(matches!(
        learn(&train, &train, &mask(), &options(10), &progress),
        Err(LearnError::Cancelled(_))
    ));
}
