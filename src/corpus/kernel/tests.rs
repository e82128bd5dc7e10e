//! What must hold of any map of peaks.

use super::*;
use crate::volume::{Affine, Grid};
use proptest::prelude::*;

/// A 24³ grid of 2 mm voxels, all of it in the mask; world 0 at its centre.
fn cube() -> Mask {
    let affine = Affine::scale_translate([2.0; 3], [-24.0; 3]);
    Mask::new(
        Grid {
            shape: [24; 3],
            affine,
        },
        |_| true,
    )
}

/// The 2 mm brain's orientation, and a mask with a hole.
fn flipped() -> Mask {
    let affine = Affine::scale_translate([-2.0, 2.0, 2.0], [24.0, -24.0, -24.0]);
    Mask::new(
        Grid {
            shape: [24, 20, 22],
            affine,
        },
        |i| i % 7 != 0,
    )
}

fn dense(map: &SparseMap, mask: &Mask) -> Vec<f32> {
    assert!(map.voxels.windows(2).all(|w| w[0] < w[1]));
    assert_eq!(map.voxels.len(), map.values.len());
    map.to_dense(mask.len())
}

#[test]
fn a_ten_mm_ball_has_515_voxels() {
    let map = mkda(&[[0.0; 3]], &cube(), 10.0);
    assert_eq!((map.len(), map.sum()), (515, 515.0));
}

#[test]
fn a_ball_reaches_in_from_outside_the_grid_and_mass_does_not() {
    let mask = cube();
    let outside = [[0.0, 0.0, 30.0]];
    assert!(!mkda(&outside, &mask, 10.0).is_empty());
    assert!(kde(&outside, &mask, 9.0).is_empty());
}

#[test]
fn mass_at_an_edge_is_reflected_not_lost() {
    for z in [-24.0, -22.0, 22.0] {
        let map = kde(&[[0.0, 4.0, z]], &cube(), 9.0);
        assert!((map.sum() - 1.0).abs() < 1e-5, "{z}: {}", map.sum());
    }
    // Wider than the grid itself: reflected more than once.
    let map = kde(&[[2.0, 4.0, 8.0]], &cube(), 60.0);
    assert!((map.sum() - 1.0).abs() < 1e-4);
}

#[test]
fn the_width_is_the_one_asked_for() {
    let mask = cube();
    let map = dense(&kde(&[[0.0; 3]], &mask, 8.0), &mask);
    let at = |i| map[mask.position[mask.grid.index([i, 12, 12])] as usize];
    // Half of the maximum at half of the FWHM: 4 mm, two voxels.
    assert!((at(14) / at(12) - 0.5).abs() < 1e-3);
    assert!((at(10) / at(12) - 0.5).abs() < 1e-3);
}

#[test]
fn useless_widths_and_grids_give_empty_or_single_voxels() {
    let mask = cube();
    for width in [0.0, -3.0, f64::NAN, f64::INFINITY] {
        assert_eq!(kde(&[[0.0; 3]], &mask, width).len(), 1);
    }
    for radius in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(mkda(&[[0.0; 3]], &mask, radius).is_empty());
    }
    assert_eq!(mkda(&[[0.0; 3]], &mask, 0.0).len(), 1);
    assert_eq!(mkda(&[[0.0; 3]], &mask, 1e9).len(), mask.len());
    let flat = Affine::scale_translate([0.0, 2.0, 2.0], [0.0; 3]);
    let degenerate = Mask::new(
        Grid {
            shape: [4; 3],
            affine: flat,
        },
        |_| true,
    );
    assert!(kde(&[[0.0; 3]], &degenerate, 9.0).is_empty());
    assert!(mkda(&[[0.0; 3]], &degenerate, 10.0).is_empty());
}

#[test]
fn work_is_stopped_by_its_task() {
    let progress = Progress::new();
    progress.cancel();
    let none = Kernel::KDE_9_MM.for_each(&[&[[0.0; 3]]], &cube(), &progress, |_, map| map);
    assert!(none.is_err());
}

/// Any bits at all, and peaks near the grid.
fn any_peaks() -> impl Strategy<Value = Vec<[f32; 3]>> {
    let wild = proptest::array::uniform3(any::<u32>().prop_map(f32::from_bits));
    let near = proptest::array::uniform3(-40.0_f32..40.0);
    proptest::collection::vec(prop_oneof![1 => wild, 3 => near], 0..8)
}

fn near_peaks(mm: f32) -> impl Strategy<Value = Vec<[f32; 3]>> {
    proptest::collection::vec(proptest::array::uniform3(-mm..mm), 1..8)
}

proptest! {

    #[test]
    fn any_peaks_give_a_finite_map(peaks in any_peaks(), fwhm in 0.0_f64..40.0) {
        let mask = flipped();
        for map in [kde(&peaks, &mask, fwhm), mkda(&peaks, &mask, fwhm)] {
            let values = dense(&map, &mask);
            prop_assert!(values.iter().all(|v| v.is_finite() && *v >= 0.0));
            prop_assert!(map.values.iter().all(|v| *v > 0.0));
        }
    }

    /// MKDA is a union: of the parts' maps, and unchanged by saying a peak twice.
    #[test]
    fn activation_is_a_union(a in near_peaks(30.0), b in near_peaks(30.0)) {
        let mask = flipped();
        let map = |peaks: &[[f32; 3]]| dense(&mkda(peaks, &mask, 10.0), &mask);
        let both: Vec<_> = a.iter().chain(&b).chain(&a).copied().collect();
        let union: Vec<f32> = map(&a).iter().zip(map(&b)).map(|(x, y)| x.max(y)).collect();
        prop_assert_eq!(map(&both), union);
    }

    /// KDE is a sum: of the parts' maps, in any order of the peaks.
    #[test]
    fn density_is_a_sum(a in near_peaks(23.0), b in near_peaks(23.0)) {
        let mask = flipped();
        let map = |peaks: &[[f32; 3]]| dense(&kde(peaks, &mask, 9.0), &mask);
        let mut both: Vec<_> = a.iter().chain(&b).copied().collect();
        both.reverse();
        for (whole, (x, y)) in map(&both).iter().zip(map(&a).iter().zip(map(&b))) {
            prop_assert!((whole - (x + y)).abs() <= 1e-6 * whole.abs());
        }
    }

    /// Peaks moved by whole voxels give the map moved by as many.
    #[test]
    fn maps_move_with_their_peaks(
        peaks in near_peaks(3.0),
        by in proptest::array::uniform3(-3_i64..4),
    ) {
        let mask = cube();
        let moved: Vec<[f32; 3]> = peaks
            .iter()
            .map(|p| std::array::from_fn(|a| p[a] + 2.0 * by[a] as f32))
            .collect();
        // Halves go to the even neighbour and additions round, so peaks on a face are left out.
        let on_face = |p: &[f32; 3]| p.iter().any(|v| ((v / 2.0).fract().abs() - 0.5).abs() < 1e-3);
        prop_assume!(!peaks.iter().any(on_face));
        for kernel in [Kernel::Kde { fwhm_mm: 4.0 }, Kernel::Mkda { radius_mm: 6.0 }] {
            let from = dense(&kernel.map(&peaks, &mask), &mask);
            let to = dense(&kernel.map(&moved, &mask), &mask);
            for (index, value) in from.iter().enumerate().filter(|(_, v)| **v > 0.0) {
                let v = mask.grid.voxel(index);
                let to_voxel = std::array::from_fn(|a| (v[a] as i64 + by[a]) as usize);
                let got = to[mask.grid.index(to_voxel)];
                prop_assert!((got - value).abs() <= 1e-6 * value);
            }
            prop_assert_eq!(
                from.iter().filter(|v| **v > 0.0).count(),
                to.iter().filter(|v| **v > 0.0).count()
            );
        }
    }
}
