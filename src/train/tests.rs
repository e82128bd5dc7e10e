//! The trainer on planted data: it finds a map between the modalities where there is one and
//! nothing where there is none, stops when told, and repeats itself.

use candle_core::Device;
use rand::Rng as _;
use rand::seq::SliceRandom as _;

use super::*;
use crate::align::Rows;
use crate::align::optim::AdamWConfig;
use crate::progress::Progress;
use crate::seed::Seed;

const STUDIES: usize = 900;
const DEV: usize = 300;
const FEATURES: usize = 24;
const TEXT: usize = 16;
const HIDDEN: usize = 8;

struct Planted {
    features: Rows,
    titles: Rows,
    long_texts: Rows,
    train: Vec<usize>,
    dev: Vec<usize>,
}

impl Planted {
    /// Both modalities are noisy linear images of hidden vectors.
    fn new(noise: f32) -> Self {
        let mut rng = Seed(11).stream("planted", 0);
        let mut normal = move || {
            // Sum of twelve uniforms: close enough to a Gaussian here.
            (0..12).map(|_| rng.random::<f32>()).sum::<f32>() - 6.0
        };
        let mut matrix =
            |n: usize, w: usize| -> Vec<f32> { (0..n * w).map(|_| normal()).collect() };
        let hidden = matrix(STUDIES, HIDDEN);
        let mut image = |width: usize| {
            let (map, noises) = (matrix(HIDDEN, width), matrix(STUDIES, width));
            let mut values = vec![0.0; STUDIES * width];
            for (i, row) in values.chunks_exact_mut(width).enumerate() {
                for (j, v) in row.iter_mut().enumerate() {
                    let clean: f32 = (0..HIDDEN)
                        .map(|h| hidden[i * HIDDEN + h] * map[h * width + j])
                        .sum();
                    *v = clean + noise * noises[i * width + j];
                }
            }
            Rows { values, width }
        };
        let (features, titles) = (image(FEATURES), image(TEXT));
        let long_texts = titles.clone();
        Self {
            features,
            titles,
            long_texts,
            train: (0..STUDIES - DEV).collect(),
            dev: (STUDIES - DEV..STUDIES).collect(),
        }
    }

    fn inputs(&self) -> Inputs<'_> {
        Inputs {
            features: &self.features,
            titles: &self.titles,
            long_texts: &self.long_texts,
            thinned: &[],
            thinned_texts: &[],
            train: &self.train,
            dev: &self.dev,
        }
    }

    fn run(
        &self,
        config: &TrainConfig,
        progress: &Progress,
    ) -> (Result<Towers, TrainError>, Vec<Event>) {
        let mut events = Vec::new();
        let (control, mut tell) = (Control::default(), |e| events.push(e));
        let mut session = Session::new(&control, progress, &mut tell);
        let towers = train_towers(config, self.inputs(), &Device::Cpu, &mut session);
        (towers, events)
    }
}

fn config() -> TrainConfig {
    TrainConfig {
        width: 32,
        depth: 2,
        dropout_image: 0.1,
        dropout_text: 0.1,
        batch: 60,
        epochs: 12,
        optimiser: AdamWConfig {
            learning_rate: 4e-3,
            ..AdamWConfig::default()
        },
        ..TrainConfig::default()
    }
}

#[test]
fn a_planted_linear_map_is_found_and_shuffled_pairs_stay_at_chance() {
    let mut planted = Planted::new(0.2);
    let (towers, events) = planted.run(&config(), &Progress::new());
    let towers = towers.unwrap();
    for figures in towers.dev {
        assert!(
            figures.recall_10 > 80.0 && figures.mix_match > 95.0,
            "{figures:?}"
        );
    }
    assert!(matches!(events.last(), Some(Event::TowersKept { .. })));

    let decoder = train_decoder(
        planted.inputs(),
        &towers.text,
        &Progress::new(),
        &mut |_| {},
    )
    .unwrap();
    let latents = planted
        .titles
        .select(&planted.dev)
        .map(32, |t| towers.text.forward(t));
    let truth = planted.features.select(&planted.dev).unit();
    let cosine = mean_cosine(&decoder, &latents, &truth);
    assert!(cosine > 0.8, "{cosine}");

    let mut order: Vec<usize> = (0..STUDIES).collect();
    order.shuffle(&mut Seed(5).stream("shuffle pairs", 0));
    planted.features = planted.features.select(&order);
    let shuffled = planted.run(&config(), &Progress::new()).0.unwrap();
    for figures in shuffled.dev {
        // Chance is 3.3 % of 300 and 50 %; the best of twelve passes is a little above it.
        assert!(
            figures.recall_10 < 9.0 && (figures.mix_match - 50.0).abs() < 8.0,
            "{figures:?}"
        );
    }
}

#[test]
fn a_run_repeats_itself_and_another_seed_differs() {
    let planted = Planted::new(0.5);
    let short = TrainConfig {
        epochs: 2,
        average: 0.9,
        ..config()
    };
    let first = planted.run(&short, &Progress::new()).0.unwrap();
    assert_eq!(planted.run(&short, &Progress::new()).0.unwrap(), first);
    let other = TrainConfig { seed: 2, ..short };
    assert_ne!(planted.run(&other, &Progress::new()).0.unwrap(), first);
}

#[test]
fn the_kept_weights_are_those_of_the_best_pass() {
    let planted = Planted::new(0.5);
    let (towers, events) = planted.run(&config(), &Progress::new());
    let towers = towers.unwrap();
    let latents = |tower: &crate::align::Tower, rows: &Rows| {
        rows.select(&planted.dev).map(32, |r| tower.forward(r))
    };
    let image = latents(&towers.image, &planted.features);
    let text = latents(&towers.text, &planted.titles);
    let ranks = crate::align::metrics::ranks(&text.values, &image.values, 32);
    let kept = crate::align::metrics::Retrieval::from_ranks(&ranks, DEV);
    assert!(
        (kept.mix_match - towers.dev[0].mix_match).abs() < 0.05,
        "{kept:?} {:?}",
        towers.dev[0]
    );
    let best = events.iter().rev().find_map(|e| match e {
        Event::Epoch {
            epoch, best: true, ..
        } => Some(*epoch),
        _ => None,
    });
    assert_eq!(best, Some(towers.epoch));
}

#[test]
fn a_cancelled_run_ends_and_a_tiny_one_is_refused() {
    let planted = Planted::new(0.5);
    let progress = Progress::new();
    progress.cancel();
    assert!(matches!(
        planted.run(&config(), &progress).0,
        Err(TrainError::Cancelled(_))
    ));
    let greedy = TrainConfig {
        batch: 5000,
        ..config()
    };
    assert!(matches!(
        planted.run(&greedy, &Progress::new()).0,
        Err(TrainError::TooFew { .. })
    ));
}
