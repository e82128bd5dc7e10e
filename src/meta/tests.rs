//! Held against NiMARE (tests/fixtures/meta/make_meta.py), and what must hold of any set of studies.

use super::*;
use crate::progress::Progress;
use crate::space::mask_2mm;

#[derive(serde::Deserialize)]
struct Fixture {
    peaks: Vec<Vec<[f32; 3]>>,
    ale: Reference,
    mkda: Reference,
}

#[derive(serde::Deserialize)]
struct Reference {
    /// Voxel centres.
    mm: Vec<[f64; 3]>,
    stat: Vec<f64>,
    z: Vec<f64>,
    active: usize,
    cluster_threshold: f64,
    fwe: Thresholds,
}

#[derive(serde::Deserialize)]
struct Thresholds {
    statistic: f64,
    cluster_voxels: f64,
    cluster_mass: f64,
}

fn fixture() -> Fixture {
    serde_json::from_str(include_str!("../../tests/fixtures/meta/meta.json")).unwrap()
}

fn run(peaks: &[Vec<[f32; 3]>], plan: &MetaPlan) -> MetaResult {
    let peaks: Vec<&[[f32; 3]]> = peaks.iter().map(Vec::as_slice).collect();
    analyse(&peaks, &[], plan, mask_2mm(), &Progress::new()).unwrap()
}

/// Largest relative difference of the statistic, largest difference of z where it is 3 or more and elsewhere.
fn apart(found: &MetaResult, wanted: &Reference) -> (f64, [f64; 2]) {
    let (mut stat, mut z) = (0.0_f64, [0.0_f64; 2]);
    let mask = mask_2mm();
    let inverse = mask.grid.affine.inverse().unwrap();
    for (at, &mm) in wanted.mm.iter().enumerate() {
        let [i, j, k] = inverse.apply(mm).map(|v| v.round() as usize);
        let [nx, ny, _] = mask.grid.shape;
        let voxel = mask.position[i + nx * (j + ny * k)] as usize;
        let (have, want) = (f64::from(found.stat[voxel]), wanted.stat[at]);
        stat = stat.max((have - want).abs() / want.abs().max(1e-4));
        let weak = usize::from(wanted.z[at] < 3.0);
        z[weak] = z[weak].max((f64::from(found.z[voxel]) - wanted.z[at]).abs());
    }
    (stat, z)
}

#[test]
fn ale_is_nimares() {
    let Fixture { peaks, ale, .. } = fixture();
    let found = run(&peaks, &MetaPlan::of(MetaMethod::Ale));
    let (stat, z) = apart(&found, &ale);
    assert!(stat <= 1e-5, "statistic {stat}");
    // The exact distribution, by direct convolution on steps of 5e-6, differs from NiMARE's by up to 0.006 from z 3 on
    // and 0.05 below: it rounds to steps of 1e-5 at every study.
    assert!(z[0] <= 0.02 && z[1] <= 0.1, "z {z:?}");
    assert_eq!(found.stat.iter().filter(|&&v| v > 0.0).count(), ale.active);
    let threshold = found.cluster_threshold / ale.cluster_threshold;
    assert!((threshold - 1.0).abs() < 0.01, "{threshold}");
}

#[test]
fn density_is_nimares() {
    let Fixture { peaks, mkda, .. } = fixture();
    let found = run(&peaks, &MetaPlan::of(MetaMethod::Mkda));
    let (stat, z) = apart(&found, &mkda);
    assert!(stat <= 1e-5, "statistic {stat}");
    assert!(z[0].max(z[1]) <= 1e-3, "z {z:?}");
    assert_eq!(found.cluster_threshold, mkda.cluster_threshold);
}

#[test]
fn corrected_thresholds_are_nimares() {
    let fixture = fixture();
    for (method, wanted) in [
        (MetaMethod::Ale, &fixture.ale),
        (MetaMethod::Mkda, &fixture.mkda),
    ] {
        let plan = MetaPlan {
            iterations: 400,
            ..MetaPlan::of(method)
        };
        let fwe = run(&fixture.peaks, &plan).fwe.unwrap();
        let close = |have: f64, want: f64, share: f64| (have / want - 1.0).abs() <= share;
        let (have, want) = (fwe.thresholds, &wanted.fwe);
        assert!(close(have.statistic, want.statistic, 0.03), "{have:?}");
        assert!(
            close(have.cluster_voxels, want.cluster_voxels, 0.15),
            "{have:?}"
        );
        assert!(close(have.cluster_mass, want.cluster_mass, 0.2), "{have:?}");
    }
}

#[test]
fn planted_places_survive_and_chance_does_not() {
    let Fixture { peaks, .. } = fixture();
    for method in [MetaMethod::Ale, MetaMethod::Mkda, MetaMethod::Kde] {
        let plan = MetaPlan {
            iterations: 60,
            ..MetaPlan::of(method)
        };
        let found = run(&peaks, &plan);
        let fwe = found.fwe.unwrap();
        let mask = mask_2mm();
        let near = |voxel: usize, place: [f64; 3]| {
            let at = mask
                .grid
                .world(mask.grid.voxel(mask.voxels[voxel] as usize));
            let away = at
                .iter()
                .zip(place)
                .map(|(a, b)| (a - b).powi(2))
                .sum::<f64>();
            away.sqrt() < 22.0
        };
        let places = [[-42.0, 10.0, 26.0], [40.0, -20.0, 54.0]];
        let mut reached = [false; 2];
        for voxel in (0..mask.len()).filter(|&v| fwe.voxel_p[v] < 0.05) {
            let at = places.map(|place| near(voxel, place));
            assert!(at[0] || at[1], "{method:?}: voxel {voxel} is near neither");
            reached = [reached[0] || at[0], reached[1] || at[1]];
            assert!(found.fdr_q[voxel] < 0.05 && fwe.size_p[voxel] < 0.1);
        }
        assert_eq!(reached, [true; 2], "{method:?}");
    }
}

#[test]
fn association_is_corrected_by_choosing_studies_at_random() {
    let Fixture { peaks, .. } = fixture();
    // Those that report the planted places against those that do not.
    let (with, without): (Vec<_>, Vec<_>) = (0..peaks.len()).partition(|study| study % 3 != 0);
    let pick = |rows: Vec<usize>| -> Vec<&[[f32; 3]]> {
        rows.into_iter().map(|row| peaks[row].as_slice()).collect()
    };
    let plan = MetaPlan {
        iterations: 99,
        ..MetaPlan::of(MetaMethod::Chi2)
    };
    let progress = Progress::new();
    let found = analyse(&pick(with), &pick(without), &plan, mask_2mm(), &progress).unwrap();
    assert_eq!((found.studies, found.others), (16, 8));
    let fwe = found.fwe.unwrap();
    let best = (0..found.stat.len()).max_by(|&a, &b| found.stat[a].total_cmp(&found.stat[b]));
    assert!(fwe.voxel_p[best.unwrap()] <= 0.05);
    assert!(found.z.iter().any(|&z| z < 0.0), "signed");
}

/// What NiMARE's `Jackknife` does: the analysis is done again without each study.
#[test]
fn shares_are_what_is_lost_without_a_study() {
    let Fixture { peaks, .. } = fixture();
    let mask = mask_2mm();
    for method in [MetaMethod::Ale, MetaMethod::Mkda, MetaMethod::Kde] {
        let plan = MetaPlan::of(method);
        let whole = run(&peaks, &plan);
        let z: Vec<f64> = whole.z.iter().map(|&z| f64::from(z)).collect();
        let clusters = Clusters::new(mask).of(&z, 3.5);
        assert!(!clusters.is_empty());
        let lists: Vec<&[[f32; 3]]> = peaks.iter().map(Vec::as_slice).collect();
        let progress = Progress::new();
        let found = contributions(&lists, method, &clusters, mask, &progress).unwrap();
        let found = found.unwrap();
        for study in [0, 5, 11] {
            let mut rest = peaks.clone();
            rest.remove(study);
            let without = run(&rest, &plan);
            for (cluster, voxels) in clusters.iter().enumerate() {
                let lost = |&v: &u32| {
                    let (without, whole) = (without.stat[v as usize], whole.stat[v as usize]);
                    1.0 - f64::from(without) / f64::from(whole)
                };
                let wanted = voxels.iter().map(lost).sum::<f64>() / voxels.len() as f64;
                let own = found[study][cluster];
                assert!(
                    (own.share - wanted).abs() < 1e-4,
                    "{method:?} {own:?} {wanted}"
                );
            }
        }
        // The planted places are told of by the studies that report them.
        let inside: u32 = found.iter().flatten().map(|own| own.peaks).sum();
        assert!(inside > 1);
    }
    let lists: Vec<&[[f32; 3]]> = peaks.iter().map(Vec::as_slice).collect();
    let none = contributions(&lists, MetaMethod::Chi2, &[], mask, &Progress::new());
    assert_eq!(none.unwrap(), None);
}

#[test]
fn too_few_studies_are_refused_and_a_stop_stops() {
    let one = [[0.0_f32, 0.0, 0.0]];
    let plan = MetaPlan::of(MetaMethod::Ale);
    let refused = analyse(&[&one, &[]], &[], &plan, mask_2mm(), &Progress::new());
    assert!(matches!(
        refused,
        Err(MetaError::TooFew {
            studies: 1,
            least: 2,
            others: None
        })
    ));
    let plan = MetaPlan::of(MetaMethod::Chi2);
    let refused = analyse(&[&one, &one], &[&[]], &plan, mask_2mm(), &Progress::new());
    assert!(matches!(
        refused,
        Err(MetaError::TooFew {
            others: Some(0),
            ..
        })
    ));
    let stopped = Progress::new();
    stopped.cancel();
    let plan = MetaPlan::of(MetaMethod::Mkda);
    let refused = analyse(&[&one, &one], &[], &plan, mask_2mm(), &stopped);
    assert!(matches!(refused, Err(MetaError::Cancelled(_))));
}

/// Sets of studies whose peaks lie anywhere are found in one of twenty, by each correction. Chance is drawn once: it
/// depends on how many peaks each study has, which is the same in all sets.
#[test]
#[ignore = "a few minutes: 1,000 draws and 800 sets, of which the family-wise error is to be 5 %"]
fn one_null_set_in_twenty_is_found() {
    use super::clusters::Clusters;
    use super::correct::{Draws, p_among, random_peaks};
    use rand::Rng as _;

    const SETS: u64 = 800;
    let mask = mask_2mm();
    let progress = Progress::new();
    for method in [MetaMethod::Ale, MetaMethod::Mkda] {
        let plan = MetaPlan {
            iterations: 1000,
            ..MetaPlan::of(method)
        };
        // Three to nine peaks each, off the voxels' centres.
        let set = |number: u64| -> Vec<Vec<[f32; 3]>> {
            let mut rng = crate::seed::Seed(7).stream("null sets", number);
            let mut peak = || {
                let voxel = mask.voxels[rng.random_range(0..mask.len())] as usize;
                let centre = mask.grid.world(mask.grid.voxel(voxel));
                centre.map(|mm| mm as f32 + rng.random_range(-1.0..1.0_f32))
            };
            (0..15)
                .map(|n| (0..3 + n % 7).map(|_| peak()).collect())
                .collect()
        };
        let first = set(0);
        let first: Vec<&[[f32; 3]]> = first.iter().map(Vec::as_slice).collect();
        // Sizes of clusters depend on the threshold, which hardly differs between sets of like peaks.
        let threshold = run(&set(0), &MetaPlan::of(method)).cluster_threshold;
        let draws = Draws::of(&plan, threshold).unwrap();
        let chance = random_peaks(method, &first, mask, draws, &progress).unwrap();
        let mut clusters = Clusters::new(mask);
        let mut found = [0_u32; 3];
        for number in 1..=SETS {
            let made = run(&set(number), &MetaPlan::of(method));
            let values: Vec<f64> = made.stat.iter().map(|&v| f64::from(v)).collect();
            let largest = clusters.largest(&values, threshold);
            let chances = [&chance.voxel, &chance.size, &chance.mass];
            for ((count, chance), value) in found.iter_mut().zip(chances).zip(largest) {
                *count += u32::from(p_among(chance, value) <= 0.05);
            }
        }
        let shares = found.map(|n| f64::from(n) / SETS as f64);
        println!("{method:?}: voxel, extent, mass {shares:?}");
        // Counts of studies are whole numbers: none is reached by exactly one draw in twenty, and the next one by fewer
        // (0.019 when this was written; ALE 0.058; extent 0.039 and 0.056, mass 0.056 and 0.050).
        let least = match method {
            MetaMethod::Mkda => 0.0,
            _ => 0.035,
        };
        assert!(
            (least..=0.065).contains(&shares[0]),
            "{method:?} {shares:?}"
        );
        let clusters = &shares[1..];
        assert!(
            clusters.iter().all(|share| (0.035..=0.065).contains(share)),
            "{method:?} {shares:?}"
        );
    }
}
