//! From a small planted corpus to a bundle and its table, with an encoder made of word counts.

use candle_core::Device;
use gyrus::atlas::Preprocess;
use gyrus::bundle::Bundle;
use gyrus::corpus::{
    Corpus, Kernel, SpaceNote, Split, SplitBy, Study, StudyTexts, TextView, split,
};
use gyrus::eval::{self, Part, QueryText, TextRows};
use gyrus::ontology::Ontology;
use gyrus::progress::Progress;
use gyrus::seed::Seed;
use gyrus::text::{TextEncoder, TextError};
use gyrus::train::{self, Cache, Control, Event, MapRecipe, Recipe, TrainConfig, TrainError};
use rand::Rng as _;

/// Each word has a direction of its own; a text is the sum of its words.
struct Words;

impl TextEncoder for Words {
    fn embed(&self, texts: &[&str], progress: &Progress) -> Result<Vec<Vec<f32>>, TextError> {
        progress.check()?;
        let direction = |word: &str| -> Vec<f32> {
            let mut rng = Seed(1).stream(&word.to_lowercase(), 0);
            (0..self.dim())
                .map(|_| rng.random_range(-1.0..1.0))
                .collect()
        };
        let sum = |text: &&str| {
            let mut out = vec![0.0; self.dim()];
            for word in text.split_whitespace() {
                out.iter_mut()
                    .zip(direction(word))
                    .for_each(|(o, d)| *o += d);
            }
            gyrus::align::unit(&out)
        };
        Ok(texts.iter().map(sum).collect())
    }

    fn dim(&self) -> usize {
        48
    }

    fn fingerprint(&self) -> &str {
        "words/1"
    }
}

const PLACES: [(&str, [f32; 3]); 6] = [
    ("hand", [-40.0, -24.0, 56.0]),
    ("vision", [4.0, -88.0, 4.0]),
    ("speech", [-52.0, 12.0, 16.0]),
    ("fear", [22.0, -4.0, -18.0]),
    ("memory", [-26.0, -34.0, -8.0]),
    ("reward", [10.0, 10.0, -8.0]),
];

/// Studies that name two places and report peaks near both.
fn corpus() -> Corpus {
    let mut rng = Seed(4).stream("corpus", 0);
    let mut studies = Vec::new();
    for pmid in 1..=420u32 {
        let pair = [
            rng.random_range(0..PLACES.len()),
            rng.random_range(0..PLACES.len()),
        ];
        let mut peaks_mm = Vec::new();
        for place in pair {
            for _ in 0..3 {
                let jitter =
                    |c: f32, rng: &mut rand_chacha::ChaCha8Rng| c + rng.random_range(-5.0..5.0f32);
                let centre = PLACES[place].1;
                peaks_mm.push(centre.map(|c| jitter(c, &mut rng)));
            }
        }
        let title = format!(
            "Study {pmid} of {} and {}",
            PLACES[pair[0]].0, PLACES[pair[1]].0
        );
        studies.push(Study {
            pmid,
            own_id: None,
            doi: None,
            texts: StudyTexts {
                words: format!("{} {}", PLACES[pair[0]].0, PLACES[pair[1]].0),
                ..StudyTexts::default()
            },
            title,
            year: Some(2000 + (pmid % 20) as u16),
            peaks_mm,
            space: SpaceNote::Mni,
        });
    }
    Corpus {
        studies,
        evaluation: vec![7, 70],
        ..Corpus::default()
    }
}

fn config() -> TrainConfig {
    let mut config = TrainConfig {
        width: 32,
        depth: 2,
        batch: 32,
        epochs: 6,
        average: 0.9,
        ..TrainConfig::default()
    };
    config.dropout_image = 0.1;
    config.dropout_text = 0.1;
    config.optimiser.learning_rate = 4e-3;
    config
}

struct Run {
    corpus: Corpus,
    split: Split,
    atlas: gyrus::atlas::SoftAtlas,
    preprocess: Preprocess,
}

impl Run {
    fn new() -> Self {
        let corpus = corpus();
        let split = split(
            &corpus,
            &SplitBy::Seed {
                seed: Seed(1),
                dev: 60,
                test: 60,
            },
        )
        .unwrap();
        let atlas = Bundle::synthetic(1, &[("t", "t")]).unwrap().atlas;
        Self {
            corpus,
            split,
            atlas,
            preprocess: Preprocess::standard(),
        }
    }

    fn maps(&self) -> MapRecipe<'_> {
        MapRecipe {
            atlas: &self.atlas,
            preprocess: &self.preprocess,
            kernel: Kernel::Kde { fwhm_mm: 16.0 },
        }
    }

    fn build(
        &self,
        cache: &Cache,
        progress: &Progress,
    ) -> (Result<Bundle, TrainError>, Vec<Event>) {
        let config = config();
        let recipe = Recipe {
            corpus: &self.corpus,
            split: &self.split,
            maps: self.maps(),
            encoder: &Words,
            outside: None,
            encoder_notes: ("sum", 1000),
            ontology: Ontology::embedded(),
            config: &config,
            index_axes: 16,
            name: "Planted",
            cache,
            device: &Device::Cpu,
            control: &Control::default(),
            watch: None,
        };
        let mut events = Vec::new();
        let built = train::build(&recipe, progress, &mut |e| events.push(e));
        (
            built.map(|(parts, _)| Bundle::from_parts(&parts).unwrap()),
            events,
        )
    }

    fn part(&self, indices: &[usize]) -> Part {
        let studies: Vec<&Study> = indices.iter().map(|&i| &self.corpus.studies[i]).collect();
        let (cache, progress) = (Cache::none(), Progress::new());
        let text = |view| TextRows {
            sentence: train::embeddings(&studies, view, &Words, &cache, &progress, &mut |_| {})
                .unwrap(),
            texts: studies.iter().map(|study| study.read(view)).collect(),
            ..TextRows::default()
        };
        Part {
            features: train::features(&studies, self.maps(), &cache, &progress, &mut |_| {})
                .unwrap(),
            titles: text(TextView::TITLE),
            long_texts: text(TextView::LONG),
            longer: (0..studies.len()).collect(),
            ..Part::default()
        }
    }
}

#[test]
fn a_planted_corpus_becomes_a_bundle_that_beats_chance_on_unseen_studies() {
    let run = Run::new();
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::at(folder.path());
    let (first, _) = run.build(&cache, &Progress::new());
    let bundle = first.unwrap();

    let index = bundle.index.as_ref().unwrap();
    let closed = run
        .split
        .test
        .iter()
        .map(|&i| run.corpus.studies[i].pmid)
        .chain([7, 70]);
    for pmid in closed {
        assert!(
            !index.pmids.contains(&pmid),
            "study {pmid} must not be in the index"
        );
    }
    assert_eq!(index.len(), run.split.train.len() + run.split.dev.len());
    assert_eq!(bundle.manifest.split.test_sha256, run.split.hashes.test);
    assert!((bundle.tasks.prior.iter().sum::<f32>() - 1.0).abs() < 1e-4);
    assert_eq!(bundle.tasks.len(), Ontology::embedded().tasks.len());

    let [train, dev, test] =
        [&run.split.train, &run.split.dev, &run.split.test].map(|i| run.part(i));
    let tables = eval::evaluate(&[&bundle], &train, &dev, &test, Seed(1), &Progress::new());
    let [table, long] = &tables.unwrap()[..] else {
        panic!("titles and long texts")
    };
    assert_eq!(
        [table.query, long.query],
        [QueryText::Title, QueryText::Long]
    );
    assert_eq!(long.studies, table.studies);
    let chance = table.rows.last().unwrap();
    let shuffled = table
        .rows
        .iter()
        .find(|row| row.name == "CCA, shuffled")
        .unwrap();
    assert!(shuffled.map_to_text.mix_match.mean < 75.0, "{shuffled:?}");
    for name in ["Gyrus", "Nearest study", "k nearest", "Ridge", "CCA"] {
        let row = table.rows.iter().find(|row| row.name == name).unwrap();
        for (ours, theirs) in [
            (row.text_to_map, chance.text_to_map),
            (row.map_to_text, chance.map_to_text),
        ] {
            assert!(ours.mix_match.mean > 70.0, "{row:?}");
            assert!(ours.recall_10.mean > theirs.recall_10.mean * 1.5, "{row:?}");
        }
    }
    assert_eq!(table.differences.len(), 2 * (table.rows.len() - 2));

    // A second run finds every stage and makes the same file.
    let (again, events) = run.build(&cache, &Progress::new());
    assert_eq!(again.unwrap().fingerprint(), bundle.fingerprint());
    let redone = |e: &&Event| matches!(e, Event::Stage { name, cached: false } if name != "finish");
    assert_eq!(events.iter().filter(redone).count(), 0, "{events:?}");
    assert!(!events.iter().any(|e| matches!(e, Event::Epoch { .. })));
}

#[test]
fn a_cancelled_build_says_so() {
    let progress = Progress::new();
    progress.cancel();
    let (result, _) = Run::new().build(&Cache::none(), &progress);
    assert!(matches!(result, Err(TrainError::Cancelled(_))));
}
