//! How sure decodings are: beside noise, beside the literature, and which places carry them.

use std::path::Path;

use gyrus::bundle::Bundle;
use gyrus::decode::{Certainty, DecodeError, PreparedMap, Reading, Tail, decode, verdict};
use gyrus::ontology::Ontology;
use gyrus::progress::Progress;
use gyrus::seed::Seed;
use gyrus::space::{demo_map, mask_2mm, on_mask};
use gyrus::train::learn_nulls;
use gyrus::volume::{MapKind, Volume, VolumeData};
use rand::Rng as _;

use crate::support::models::{NICLIP, blobs, map_of};

fn bundle() -> &'static Bundle {
    Bundle::embedded().unwrap()
}

/// One side of a map as the model in the program reads it.
fn read(map: &Volume, tail: Tail) -> Result<Reading, DecodeError> {
    let ontology = Ontology::embedded();
    decode(bundle(), ontology, map, tail, &Progress::new())
}

/// A sum of many waves of about one length in random directions: smooth noise without any smoothing.
fn waves(wave_mm: f64, number: u64) -> Volume {
    let mut rng = Seed(4).stream("waves", number);
    let waves: Vec<([f64; 3], f64)> = (0..60)
        .map(|_| {
            let direction: [f64; 3] = std::array::from_fn(|_| rng.random_range(-1.0..1.0));
            let scale = std::f64::consts::TAU / wave_mm;
            let phase = rng.random_range(0.0..std::f64::consts::TAU);
            (direction.map(|d| d * scale), phase)
        })
        .collect();
    map_of(|mm| {
        let sum: f64 = waves
            .iter()
            .map(|(k, phase)| (k[0] * mm[0] + k[1] * mm[1] + k[2] * mm[2] + phase).cos())
            .sum();
        (sum / 5.5) as f32
    })
}

#[test]
fn noise_is_seldom_taken_for_more() {
    let mut beyond = 0;
    let mut sides = 0;
    for number in 0..20 {
        let map = waves([12.0, 20.0, 32.0, 50.0][number as usize % 4], number);
        for tail in [Tail::Pos, Tail::Neg] {
            let read = read(&map, tail);
            let decoding = read.unwrap().decoding;
            let nulls = decoding
                .nulls
                .expect("the embedded model was tried on noise");
            // Some 670 sides a cell, and up to four cells.
            assert!(nulls.noise_maps >= 600);
            let percentile = nulls.noise_percentile.unwrap();
            sides += 1;
            beyond += usize::from(percentile >= 0.95);
            if percentile < 0.95 {
                assert_eq!(verdict(&decoding).unwrap().certainty, Certainty::Unsure);
            }
        }
    }
    // One in twenty is expected; of 40, six or more come with a chance of 1.4 %.
    assert!(beyond < 6, "{beyond} of {sides} sides of noise");
}

/// Fields far smoother than the widest noise: slabs of half a brain.
#[test]
fn the_smoothest_fields_are_not_singled_out() {
    let mut beyond = 0;
    for number in 0..6 {
        let map = waves(400.0, number);
        let read = read(&map, Tail::Pos);
        let Ok(read) = read else { continue };
        let nulls = read.decoding.nulls.as_ref().unwrap();
        beyond += u32::from(nulls.noise_percentile.is_some_and(|p| p > 0.95));
        let said = verdict(&read.decoding).unwrap();
        assert!(
            !matches!(said.certainty, Certainty::Clear | Certainty::Likely),
            "{number}: {}",
            said.because
        );
    }
    assert!(beyond <= 3, "{beyond} of 6 beyond the 95th percentile");
}

#[test]
fn a_real_map_stands_out_and_is_like_the_literature() {
    let map = demo_map(&Progress::new()).unwrap();
    let read = read(&map, Tail::Pos);
    let decoding = read.unwrap().decoding;
    let nulls = decoding.nulls.unwrap();
    assert!(nulls.noise_percentile.unwrap() > 0.99, "{nulls:?}");
    assert!(nulls.literature_percentile.unwrap() > 0.5, "{nulls:?}");
    assert!(!nulls.is_unlike_literature());
    let first = &decoding.tasks[0];
    assert!(first.percentile.unwrap() > 0.99 && !first.is_doubtful());
    assert!(decoding.tasks.iter().any(|task| task.is_doubtful()));
    let said = verdict(&decoding).unwrap();
    assert!(said.because.contains("of noise"), "{}", said.because);
    // Groups are held against groups of their size.
    for group in decoding.concepts.iter().chain(&decoding.domains) {
        assert!((0.0..=1.0).contains(&group.percentile));
    }
    let action = decoding
        .domains
        .iter()
        .find(|d| d.name == "Action")
        .unwrap();
    assert!(action.percentile > 0.95, "{action:?}");
}

#[test]
fn a_model_that_was_not_tried_on_noise_says_nothing_of_it() {
    let progress = Progress::new();
    let map = waves(32.0, 7);
    let read = |bundle: &Bundle| {
        let prepared = PreparedMap::new(bundle, bundle.ontology(), &map, &progress).unwrap();
        prepared.read(Tail::Both, &progress).unwrap().decoding
    };
    let without = read(&NICLIP);
    assert!(without.nulls.is_none() && without.tasks.iter().all(|t| t.percentile.is_none()));
    // Any model can be tried, also one that reads a map with both its signs.
    let nulls = learn_nulls(&NICLIP, 30, Seed(1), &progress).unwrap();
    let mut parts = NICLIP.parts();
    parts.nulls = Some(nulls);
    let with = Bundle::from_parts(&parts).unwrap();
    let decoding = read(&with);
    let nulls = decoding.nulls.unwrap();
    assert!(nulls.noise_maps <= 60 && nulls.literature_percentile.is_none());
    let said = verdict(&decoding).unwrap().certainty;
    assert!(
        !matches!(said, Certainty::Clear | Certainty::Likely),
        "60 sides are few"
    );
    assert!(decoding.tasks.iter().all(|t| t.percentile.is_some()));
    // The same noise gives the same table.
    assert_eq!(
        learn_nulls(&NICLIP, 30, Seed(1), &progress).unwrap(),
        parts.nulls.unwrap()
    );
}

/// Values of a map over the brain, as a map of its own.
fn volume_of(values: &[f32]) -> Volume {
    let mask = mask_2mm();
    let mut whole = vec![0.0_f32; mask.grid.len()];
    for (&voxel, &value) in mask.voxels.iter().zip(values) {
        whole[voxel as usize] = value;
    }
    let mut volume = blobs(1.0);
    volume.grid = mask.grid;
    volume.kind = MapKind::Z;
    volume.data = VolumeData::Scalar(whole.into());
    volume
}

/// What is taken from the score of a task where some voxels are emptied: its similarity less that of all tasks.
fn score(values: &[f32], tail: Tail, id: &str) -> f64 {
    let read = read(&volume_of(values), tail);
    let tasks = read.unwrap().decoding.tasks;
    let all: f64 = tasks.iter().map(|task| f64::from(task.similarity)).sum();
    let own = tasks.iter().find(|task| task.id == id).unwrap().similarity;
    f64::from(own) - all / tasks.len() as f64
}

fn carries_more_than_chance(map: &Volume, tail: Tail, draws: usize) {
    let (bundle, progress, mask) = (bundle(), Progress::new(), mask_2mm());
    let values = on_mask(map, mask, &progress).unwrap().values;
    let prepared = PreparedMap::new(bundle, bundle.ontology(), map, &progress).unwrap();
    let first = prepared.read(tail, &progress).unwrap().decoding.tasks[0].clone();
    let row = bundle.tasks.row_of(&first.id).unwrap();
    let carried = prepared.carried(tail, row, &progress).unwrap();
    assert!(!carried.regions.is_empty() && !carried.modes.is_empty());
    let regions: f32 = carried.regions.iter().map(|region| region.share).sum();
    assert!(regions > 0.2 && regions < 1.0 + 1e-4, "{regions}");
    let whole = carried.volume.data.scalar().unwrap();
    let at = |&voxel: &u32| whole[voxel as usize];
    let contributions: Vec<f32> = mask.voxels.iter().map(at).collect();
    // What is for the task and what is against it balance.
    let (sum, size) = contributions
        .iter()
        .fold((0.0_f64, 0.0_f64), |(sum, size), v| {
            (sum + f64::from(*v), size + f64::from(v.abs()))
        });
    assert!(sum.abs() < 0.02 * size, "{sum} of {size}");
    let mut read: Vec<usize> = (0..contributions.len())
        .filter(|&voxel| contributions[voxel] != 0.0)
        .collect();
    read.sort_by(|&a, &b| contributions[b].total_cmp(&contributions[a]));
    let tenth = read.len() / 10;
    let lost = |voxels: &[usize]| {
        let mut emptied = values.clone();
        voxels.iter().for_each(|&voxel| emptied[voxel] = 0.0);
        score(&values, tail, &first.id) - score(&emptied, tail, &first.id)
    };
    let top = lost(&read[..tenth]);
    let mut rng = Seed(8).stream("emptied", 0);
    let chance: Vec<f64> = (0..draws)
        .map(|_| {
            for place in 0..tenth {
                let other = rng.random_range(place..read.len());
                read.swap(place, other);
            }
            lost(&read[..tenth])
        })
        .collect();
    let mean = chance.iter().sum::<f64>() / draws as f64;
    let as_much = chance.iter().filter(|lost| **lost >= top).count();
    assert!(
        top >= 2.0 * mean && top > 0.0 && as_much == 0,
        "{}: the top tenth takes {top}, a random one {mean}; {as_much} of {draws} take as much",
        first.name
    );
}

#[test]
fn emptying_what_carries_a_decoding_costs_it_more_than_emptying_anything_else() {
    let map = demo_map(&Progress::new()).unwrap();
    carries_more_than_chance(&map, Tail::Pos, 100);
    carries_more_than_chance(&map, Tail::Neg, 20);
}

#[test]
fn real_maps_are_carried_by_places_too() {
    let Some(folder) = crate::support::shared::shared("maps") else {
        return;
    };
    for name in [
        "langloc_intact-degraded_n22_group_z.nii.gz",
        "pain_association-test_z.nii.gz",
    ] {
        let map = gyrus::space::open_map(&folder.join(Path::new(name)), 0, &Progress::new());
        carries_more_than_chance(&map.unwrap(), Tail::Pos, 20);
    }
}

#[test]
fn a_task_that_is_not_there_carries_nothing() {
    let map = blobs(1.0);
    let (bundle, progress) = (bundle(), Progress::new());
    let prepared = PreparedMap::new(bundle, bundle.ontology(), &map, &progress).unwrap();
    let none = prepared.carried(Tail::Pos, 9999, &progress);
    assert!(matches!(none, Err(DecodeError::NoTask)));
    let stopped = Progress::new();
    stopped.cancel();
    let stopped = prepared.carried(Tail::Pos, 0, &stopped);
    assert!(matches!(stopped, Err(DecodeError::Cancelled(_))));
    // A model that projects by least squares and reads signed maps has its places, too.
    let prepared = PreparedMap::new(&NICLIP, NICLIP.ontology(), &map, &progress).unwrap();
    let carried = prepared.carried(Tail::Both, 0, &progress).unwrap();
    assert!(!carried.modes.is_empty());
    // What speaks for a task and against it balances for such a model, too: only the shape of a map counts.
    let values = carried.volume.data.scalar().unwrap();
    let (sum, size) = values
        .iter()
        .filter(|v| v.is_finite())
        .fold((0.0_f64, 0.0_f64), |(sum, size), v| {
            (sum + f64::from(*v), size + f64::from(v.abs()))
        });
    assert!(sum.abs() < 0.02 * size, "{sum} of {size}");
}
