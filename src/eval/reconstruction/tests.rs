//! Made-up studies of four places, whose titles tell the place.

use rand::Rng as _;

use super::super::method::TextRows;
use super::*;
use crate::align::unit;
use crate::corpus::{Kernel, SpaceNote, StudyTexts};
use crate::train::{Cache, features};

const PLACES: [[f32; 3]; 4] = [
    [-40.0, -24.0, 56.0],
    [44.0, -68.0, 4.0],
    [22.0, -4.0, -18.0],
    [4.0, 24.0, 36.0],
];

fn studies(count: usize, stream: &str) -> Vec<Study> {
    let mut rng = Seed(4).stream(stream, 0);
    let study = |n: usize| Study {
        pmid: n as u32 + 1,
        own_id: (n == 1).then(|| "second, of our own".to_owned()),
        doi: None,
        title: format!("place {}", n % 4),
        texts: StudyTexts::default(),
        year: None,
        peaks_mm: (0..5)
            .map(|_| PLACES[n % 4].map(|c| c + rng.random_range(-9.0..9.0)))
            .collect(),
        space: SpaceNote::Mni,
    };
    (0..count).map(study).collect()
}

/// The place in a few of the numbers, and noise.
fn texts(studies: &[Study], stream: &str) -> TextRows {
    let mut rng = Seed(5).stream(stream, 0);
    let row = |n: usize| {
        let mut row: Vec<f32> = (0..384).map(|_| rng.random_range(-0.1..0.1)).collect();
        row[n % 4] += 2.0;
        unit(&row)
    };
    let rows: Vec<Vec<f32>> = (0..studies.len()).map(row).collect();
    TextRows {
        sentence: Rows::from_rows(rows.iter().map(Vec::as_slice), 384),
        lexical: Rows::default(),
        texts: studies.iter().map(|study| study.title.clone()).collect(),
    }
}

fn part(studies: &[Study], maps: MapRecipe<'_>, stream: &str) -> Part {
    let list: Vec<&Study> = studies.iter().collect();
    let made = features(&list, maps, &Cache::none(), &Progress::new(), &mut |_| {});
    let titles = texts(studies, stream);
    Part {
        features: made.unwrap(),
        long_texts: titles.clone(),
        titles,
        longer: vec![1, 2, 6],
        ..Part::default()
    }
}

#[test]
fn rows_stand_in_the_order_they_must_and_equal_a_plain_computation() {
    let bundles = [1, 2].map(|seed| Bundle::synthetic(seed, &[("t1", "juggling")]).unwrap());
    let bundles = [&bundles[0], &bundles[1]];
    let maps = MapRecipe {
        atlas: &bundles[0].atlas,
        preprocess: &bundles[0].preprocess,
        kernel: Kernel::KDE_9_MM,
    };
    let (known, asked) = (studies(80, "train"), studies(20, "part"));
    let (train, dev) = (part(&known, maps, "train"), part(&asked, maps, "dev"));
    let part = part(&asked, maps, "part");
    let list: Vec<&Study> = asked.iter().collect();
    let setting = Setting {
        bundles: &bundles,
        train: &train,
        dev: &dev,
        part: &part,
        studies: &list,
        maps,
        seed: Seed(1),
    };
    let found = evaluate_reconstruction(&setting, &Progress::new()).unwrap();
    let sizes: Vec<usize> = found.tables.iter().map(|t| t.studies).collect();
    assert_eq!(sizes, [20, 3]);
    let table = &found.tables[0];
    let names: Vec<&str> = table.rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "Gyrus",
            "Ridge",
            "Nearest study",
            "Mean map",
            "Gyrus, shuffled",
            "Own map, modes",
            "Own map, chain"
        ]
    );
    let pearson = |name: &str| {
        let mut rows = table.rows.iter();
        rows.find(|row| row.name == name).unwrap().pearson.mean
    };
    assert!(pearson("Ridge") > pearson("Mean map") + 0.05);
    assert!(pearson("Nearest study") > pearson("Mean map"));
    assert!(pearson("Own map, modes") > pearson("Ridge"));
    assert!(pearson("Own map, chain") > 0.8);
    assert!((table.rows[6].pearson_chain.mean - 1.0).abs() < 1e-9);
    assert!(table.rows[5].pearson_chain.mean > table.rows[5].pearson.mean);
    // The chain keeps the order of all voxels above its threshold, the 80th percentile, but for rounding.
    let chain = table.rows.last().unwrap();
    assert!(chain.dice.iter().all(|d| d.mean > 0.98), "{chain:?}");
    assert!(table.rows[0].pearson.sd.is_some() && chain.pearson.sd.is_none());
    // What the last study of the long texts has, computed plainly.
    let study = &found.tables[1].by_study;
    let line = study.iter().rfind(|line| line.row == "Own map, modes");
    let line = line.unwrap();
    assert_eq!(line.study, "7");
    let density = maps.kernel.map(&asked[6].peaks_mm, maps.atlas.mask());
    let density = density.to_dense(maps.atlas.mask().len());
    let back = maps
        .preprocess
        .reconstruct(maps.atlas, part.features.row(6));
    let mean = |map: &[f32]| map.iter().map(|&v| f64::from(v)).sum::<f64>() / map.len() as f64;
    let sum = |a: &[f32], b: &[f32]| -> f64 {
        let (mean_a, mean_b) = (mean(a), mean(b));
        let pairs = a.iter().zip(b);
        pairs
            .map(|(&a, &b)| (f64::from(a) - mean_a) * (f64::from(b) - mean_b))
            .sum()
    };
    let plain = sum(&back, &density) / (sum(&back, &back) * sum(&density, &density)).sqrt();
    assert!(
        (line.pearson - plain).abs() < 1e-9,
        "{} {plain}",
        line.pearson
    );
    assert!(study.iter().any(|line| line.study == "second, of our own"));
    // Both halves of a difference are over the same studies.
    let first = table.differences.first().unwrap();
    assert_eq!(first.row, "Ridge");
    let estimate = pearson("Gyrus") - pearson("Ridge");
    assert!((first.pearson.estimate - estimate).abs() < 1e-9);
    assert!(first.dice.iter().all(|d| d.low <= d.high));

    let stopped = Progress::new();
    stopped.cancel();
    let stopped = evaluate_reconstruction(&setting, &stopped);
    assert!(matches!(stopped, Err(EvalError::Cancelled(_))));
}

#[test]
fn a_model_without_a_decoder_is_refused() {
    let mut parts = Bundle::synthetic(1, &[("t1", "juggling")]).unwrap().parts();
    parts.decoder = None;
    let bundle = Bundle::from_parts(&parts).unwrap();
    let maps = MapRecipe {
        atlas: &bundle.atlas,
        preprocess: &bundle.preprocess,
        kernel: Kernel::KDE_9_MM,
    };
    let studies = studies(8, "part");
    let part = part(&studies, maps, "part");
    let list: Vec<&Study> = studies.iter().collect();
    let setting = Setting {
        bundles: &[&bundle],
        train: &part,
        dev: &part,
        part: &part,
        studies: &list,
        maps,
        seed: Seed(1),
    };
    let refused = evaluate_reconstruction(&setting, &Progress::new());
    assert!(matches!(refused, Err(EvalError::NoDecoder)));
}
