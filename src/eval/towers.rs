//! The towers of NiCLIP (Peraza et al. 2025) and NeuroConText (Ghayem et al. 2024) as published, trained on the same
//! studies as the models under evaluation: architecture, loss, optimiser, step size, decay, dropout, pairs a step,
//! passes and the choice of a pass are theirs.
//!
//! What is not theirs: maps are features of the atlas of the models under evaluation and texts embeddings of its
//! sentence encoder, where both publications read seven billion parameters' worth of full articles; a study is seen
//! with its title and with its long text in a pass; the loss that chooses a pass is over all dev titles at once and
//! not over batches of them; and where NeuroConText runs fifty passes whatever happens (its code meant to keep the
//! best and wrote the last), passes end after ten without a lower loss, and the best is kept.

use candle_core::Device;

use super::method::{Method, Queries};
use super::{Direction, EvalError, Part};
use crate::align::optim::AdamWConfig;
use crate::align::{Rows, Standardise, Tower};
use crate::progress::Progress;
use crate::seed::Seed;
use crate::train::{
    Cache, Control, Inputs, Key, Scalers, Session, Towers, TrainConfig, train_scaled,
};

/// A published recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Recipe {
    Niclip,
    NeuroConText,
}

impl Recipe {
    fn name(self) -> &'static str {
        match self {
            Self::Niclip => "NiCLIP's towers",
            Self::NeuroConText => "NeuroConText's towers",
        }
    }

    /// Both: three blocks of 512 a tower, AdamW with decay 0.1, 128 pairs, at most 50 passes, a plain multiplier of
    /// cosines trained from 10.
    fn config(self, seed: u64) -> TrainConfig {
        let (dropout, learning_rate) = match self {
            Self::Niclip => (0.5, 5e-4),
            Self::NeuroConText => (0.6, 1e-4),
        };
        TrainConfig {
            seed,
            width: 512,
            depth: 3,
            dropout_image: dropout,
            dropout_text: dropout,
            optimiser: AdamWConfig {
                learning_rate,
                ..AdamWConfig::default()
            },
            logit_scale: 10.0,
            batch: 128,
            epochs: 50,
            patience: 10,
            standardise_features: false,
            standardise_texts: self == Self::NeuroConText,
            average: 0.0,
            thinned: 0,
            ..TrainConfig::default()
        }
    }

    /// What the recipe makes of features before the tower brings them to unit length.
    fn features(self, features: &Rows) -> Rows {
        match self {
            Self::Niclip => features.clone(),
            Self::NeuroConText => features.map(features.width, centred),
        }
    }

    /// What the towers do with their inputs: NeuroConText takes each map's features at mean 0 and deviation 1 (which
    /// is unit length times the root of their number) and each number of a text likewise, over the training studies.
    fn scalers(self, config: &TrainConfig, inputs: Inputs<'_>) -> Scalers {
        let mut scalers = Scalers::of(config, inputs);
        if self == Self::NeuroConText {
            let width = inputs.features.width;
            scalers.features = Some(Standardise {
                mean: vec![0.0; width],
                scale: vec![(width as f32).sqrt(); width],
            });
        }
        scalers
    }
}

/// A row less its mean.
fn centred(row: &[f32]) -> Vec<f32> {
    let mean = row.iter().map(|&v| f64::from(v)).sum::<f64>() / row.len().max(1) as f64;
    row.iter().map(|&v| (f64::from(v) - mean) as f32).collect()
}

/// Trained towers of one recipe, one pair a seed.
struct Published {
    recipe: Recipe,
    towers: Vec<Towers>,
}

impl Method for Published {
    fn name(&self) -> &str {
        self.recipe.name()
    }

    fn settings(&self) -> Option<String> {
        let passes: Vec<String> = self.towers.iter().map(|t| t.epoch.to_string()).collect();
        Some(format!(
            "{} trained on the sentence encoder's numbers, pass {} kept",
            match self.towers.len() {
                1 => "1 seed".to_owned(),
                n => format!("{n} seeds"),
            },
            passes.join(", ")
        ))
    }

    fn answers(&self, direction: Direction, queries: Queries<'_>) -> Vec<(Rows, Rows)> {
        let latents = |tower: &Tower, rows: &Rows| rows.map(tower.outputs(), |r| tower.forward(r));
        let features = self.recipe.features(queries.features);
        let of = |towers: &Towers| {
            let texts = latents(&towers.text, &queries.texts.sentence);
            direction.sort(texts, latents(&towers.image, &features))
        };
        self.towers.iter().map(of).collect()
    }
}

/// Both recipes, each trained with `seeds` seeds from `seed` on, or read from the cache; none for no seed.
///
/// # Errors
/// A stop, or fewer studies than pairs a step.
pub(super) fn published(
    train: &Part,
    dev: &Part,
    (seed, seeds): (Seed, usize),
    cache: &Cache,
    progress: &Progress,
) -> Result<Vec<Box<dyn Method>>, EvalError> {
    let mut all: Vec<Box<dyn Method>> = Vec::new();
    if seeds == 0 {
        return Ok(all);
    }
    for recipe in [Recipe::Niclip, Recipe::NeuroConText] {
        let towers = (seed.0..).take(seeds).map(|seed| {
            progress.stage(format!("Training {}, seed {seed}", recipe.name()));
            trained(recipe, train, dev, seed, cache, progress)
        });
        let towers = towers.collect::<Result<Vec<_>, _>>()?;
        all.push(Box::new(Published { recipe, towers }));
    }
    Ok(all)
}

fn trained(
    recipe: Recipe,
    train: &Part,
    dev: &Part,
    seed: u64,
    cache: &Cache,
    progress: &Progress,
) -> Result<Towers, EvalError> {
    let config = recipe.config(seed);
    let both = |a: &Rows, b: &Rows| Rows {
        values: [a.values.as_slice(), &b.values].concat(),
        width: a.width,
    };
    let features = recipe.features(&both(&train.features, &dev.features));
    let titles = both(&train.titles.sentence, &dev.titles.sentence);
    let long_texts = both(&train.long_texts.sentence, &dev.long_texts.sentence);
    let n = train.features.len();
    let known: Vec<usize> = (0..n).collect();
    let stop: Vec<usize> = (n..features.len()).collect();
    let inputs = Inputs {
        features: &features,
        titles: &titles,
        long_texts: &long_texts,
        thinned: &[],
        thinned_texts: &[],
        train: &known,
        dev: &stop,
    };
    let settings = format!("{recipe:?} {n} {config:?}");
    let mut parts = vec![&b"towers as published/1"[..], settings.as_bytes()];
    for table in [&features, &titles, &long_texts] {
        parts.push(bytemuck::cast_slice(&table.values));
    }
    let key = Key::of(parts);
    if let Some(towers) = cache.get(STAGE, &key).and_then(Towers::load) {
        return Ok(towers);
    }
    let scalers = recipe.scalers(&config, inputs);
    let device = Device::Cpu;
    let (control, mut nobody) = (Control::default(), |_| {});
    let mut session = Session::new(&control, progress, &mut nobody);
    let towers = train_scaled(&config, inputs, scalers, &device, &mut session)?;
    if let Some(stage) = towers.store() {
        cache.put(STAGE, &key, &stage);
    }
    Ok(towers)
}

/// Name of the towers' stage in the cache.
const STAGE: &str = "peer-towers";

#[cfg(test)]
mod tests {
    use super::super::{QueryText, TextRows};
    use super::*;
    use crate::align::metrics::{Retrieval, ranks};
    use rand::Rng as _;

    /// Studies whose texts and maps share a few hidden numbers.
    fn part(n: usize, stream: &str) -> Part {
        let mut rng = Seed(3).stream(stream, 0);
        let mut ways = Seed(3).stream("ways", 0);
        let mut way = |width: usize| -> Vec<f32> {
            (0..3 * width)
                .map(|_| ways.random_range(-1.0..1.0))
                .collect()
        };
        let (to_map, to_text) = (way(24), way(16));
        let mut image = |hidden: &[f32], way: &[f32]| -> Vec<f32> {
            let width = way.len() / 3;
            let value = |j: usize| (0..3).map(|i| hidden[i] * way[i * width + j]).sum::<f32>();
            (0..width)
                .map(|j| value(j) + rng.random_range(-0.1..0.1))
                .collect()
        };
        let mut hidden = Seed(3).stream(stream, 1);
        let (mut maps, mut texts) = (Vec::new(), Vec::new());
        for _ in 0..n {
            let hidden: Vec<f32> = (0..3).map(|_| hidden.random_range(-1.0..1.0)).collect();
            maps.extend(image(&hidden, &to_map));
            texts.extend(image(&hidden, &to_text));
        }
        let texts = TextRows {
            sentence: Rows {
                values: texts,
                width: 16,
            },
            ..TextRows::default()
        };
        Part {
            features: Rows {
                values: maps,
                width: 24,
            },
            titles: texts.clone(),
            long_texts: texts,
            ..Part::default()
        }
    }

    #[test]
    fn the_settings_are_the_published_ones() {
        let niclip = Recipe::Niclip.config(1);
        assert_eq!(
            (niclip.batch, niclip.epochs, niclip.patience),
            (128, 50, 10)
        );
        assert_eq!((niclip.dropout_image, niclip.dropout_text), (0.5, 0.5));
        assert_eq!(niclip.optimiser.learning_rate, 5e-4);
        assert_eq!(niclip.optimiser.weight_decay, 0.1);
        let other = Recipe::NeuroConText.config(1);
        assert_eq!(other.optimiser.learning_rate, 1e-4);
        assert_eq!((other.dropout_image, other.batch), (0.6, 128));
        assert!(other.standardise_texts && !niclip.standardise_texts);
        for config in [niclip, other] {
            assert_eq!((config.width, config.depth), (512, 3));
            assert_eq!((config.average, config.thinned), (0.0, 0));
            assert_eq!(config.logit_scale, 10.0);
            assert_eq!(config.check(), Ok(()));
        }
    }

    #[test]
    fn what_the_towers_read_is_what_was_published() {
        let row = Rows {
            values: vec![3.0, -1.0, 2.0, 0.0],
            width: 4,
        };
        let config = Recipe::NeuroConText.config(1);
        let inputs = Inputs {
            features: &row,
            titles: &row,
            long_texts: &row,
            thinned: &[],
            thinned_texts: &[],
            train: &[0],
            dev: &[0],
        };
        let scalers = Recipe::NeuroConText.scalers(&config, inputs);
        let mut read = Recipe::NeuroConText.features(&row).unit().values;
        scalers.features.unwrap().forward(&mut read);
        // Mean 1, population deviation √2.5.
        let wanted = [2.0, -2.0, 1.0, -1.0].map(|v: f32| v / 2.5f32.sqrt());
        let near = read.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(near, "{read:?}");
        assert!(scalers.texts.is_some());
        let plain = Recipe::Niclip.config(1);
        let none = Recipe::Niclip.scalers(&plain, inputs);
        assert!(none.features.is_none() && none.texts.is_none());
        assert_eq!(Recipe::Niclip.features(&row), row);
    }

    /// Wide towers take a while without optimisation: one recipe, few studies.
    #[test]
    fn published_towers_find_a_planted_link_and_are_read_from_the_cache() {
        let (train, dev, test) = (part(128, "train"), part(40, "dev"), part(60, "test"));
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        let run = || {
            trained(
                Recipe::NeuroConText,
                &train,
                &dev,
                5,
                &cache,
                &Progress::new(),
            )
        };
        let towers = run().unwrap();
        assert_eq!(run().unwrap(), towers);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let method = Published {
            recipe: Recipe::NeuroConText,
            towers: vec![towers],
        };
        assert!(method.settings().unwrap().starts_with("1 seed"));
        let queries = Queries {
            features: &test.features,
            voxels: &test.voxels,
            texts: &test.titles,
            text: QueryText::Title,
        };
        let (a, b) = method.answers(Direction::TextToMap, queries).remove(0);
        let found = Retrieval::from_ranks(&ranks(&a.values, &b.values, a.width), a.len());
        assert!(found.mix_match > 80.0, "{found:?}");
        let few = trained(Recipe::Niclip, &dev, &dev, 5, &cache, &Progress::new());
        assert!(matches!(few, Err(EvalError::Train(_))));
        let stopped = Progress::new();
        stopped.cancel();
        let stopped = trained(Recipe::Niclip, &train, &dev, 5, &cache, &stopped);
        assert!(matches!(stopped, Err(EvalError::Cancelled(_))));
    }
}
