//! Generalised correspondence latent Dirichlet allocation (GC-LDA; Rubin et al. 2017): topics that are words of
//! studies and places of their peaks at once, found by collapsed Gibbs sampling.
//!
//! A topic gives words with some frequencies, and peaks from Gaussians in pairs that mirror each other's centre. A
//! study draws the topics of its peaks first, and the topics of its words by those of its peaks.

mod answer;
mod regions;
mod sample;
#[cfg(test)]
mod tests;

use crate::progress::{Cancelled, Progress};
use crate::seed::Seed;
use crate::tensors::{Container, Tensor};
pub(super) use answer::gclda;
use regions::Region;
use sample::State;

/// Size of a model, and how long it is sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Settings {
    pub topics: usize,
    /// Regions of a topic, an even number.
    pub regions: usize,
    /// Sweeps over all studies.
    pub sweeps: usize,
}

/// A word of a study.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    pub word: u32,
    topic: u16,
}

/// A peak of a study, MNI mm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Peak {
    at: [f32; 3],
    topic: u16,
    region: u8,
}

impl Peak {
    /// Its region among those of all topics.
    fn place(&self, settings: Settings) -> usize {
        usize::from(self.topic) * settings.regions + usize::from(self.region)
    }
}

/// A study.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Document {
    words: Vec<Word>,
    peaks: Vec<Peak>,
}

impl Document {
    /// From its words with their counts, and its peaks; those that are not finite are left out.
    pub fn new(counts: &[(u32, u32)], peaks: &[[f32; 3]]) -> Self {
        let words = counts
            .iter()
            .flat_map(|&(word, n)| std::iter::repeat_n(Word { word, topic: 0 }, n as usize));
        let finite = peaks.iter().filter(|p| p.iter().all(|v| v.is_finite()));
        Self {
            words: words.collect(),
            peaks: finite
                .map(|&at| Peak {
                    at,
                    topic: 0,
                    region: 0,
                })
                .collect(),
        }
    }
}

/// A sampled model.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Model {
    settings: Settings,
    /// Word × topic.
    word_by_topic: Vec<u32>,
    /// Topic × region.
    regions: Vec<Region>,
}

/// Names of what is kept of a model.
const WORDS: &str = "word_by_topic";
const CENTRES: &str = "mu";
const COVARIANCES: &str = "sigma";

impl Model {
    /// Samples a model of studies whose words are below `vocabulary`; its state is the last sweep's.
    ///
    /// # Errors
    /// A stop.
    pub fn fit(
        studies: Vec<Document>,
        vocabulary: usize,
        settings: Settings,
        seed: Seed,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let mut state = State::start(studies, vocabulary, settings, seed);
        for sweep in 0..settings.sweeps {
            progress.check()?;
            progress.set_fraction(sweep as f32 / settings.sweeps as f32);
            state.sweep(progress)?;
        }
        Ok(Self {
            settings,
            word_by_topic: state.word_by_topic,
            regions: state.regions,
        })
    }

    /// How dense each topic's peaks are at a place: the sum over its regions, as NiMARE has it.
    fn topics_at(&self, at: [f32; 3]) -> Vec<f64> {
        let of_topic = |regions: &[Region]| regions.iter().map(|r| r.density(at)).sum();
        self.regions
            .chunks_exact(self.settings.regions)
            .map(of_topic)
            .collect()
    }

    /// p(topic | word), word × topic; zeros of a word that no study has.
    fn topics_of_words(&self) -> Vec<f64> {
        let rows = self.word_by_topic.chunks_exact(self.settings.topics);
        let share = |row: &[u32]| {
            let total = f64::from(row.iter().sum::<u32>().max(1));
            row.iter()
                .map(|&n| f64::from(n) / total)
                .collect::<Vec<_>>()
        };
        rows.flat_map(share).collect()
    }

    /// p(word | topic), word × topic; zeros of a topic without words.
    fn words_of_topics(&self) -> Vec<f64> {
        let topics = self.settings.topics;
        let mut totals = vec![0_u64; topics];
        for row in self.word_by_topic.chunks_exact(topics) {
            totals
                .iter_mut()
                .zip(row)
                .for_each(|(t, &n)| *t += u64::from(n));
        }
        let rows = self.word_by_topic.chunks_exact(topics);
        let share = |row: &[u32]| {
            let pairs = row.iter().zip(&totals);
            let of = |(&n, &total): (&u32, &u64)| f64::from(n) / total.max(1) as f64;
            pairs.map(of).collect::<Vec<_>>()
        };
        rows.flat_map(share).collect()
    }

    /// As a stage to keep.
    fn store(&self) -> Container<'static> {
        let Settings {
            topics, regions, ..
        } = self.settings;
        let words = self.word_by_topic.len() / topics.max(1);
        let values = |of: &dyn Fn(&Region) -> Vec<f64>| -> Vec<f32> {
            let all = self.regions.iter().flat_map(of);
            all.map(|v| v as f32).collect()
        };
        let mut file = Container::default();
        file.push(Tensor::u32(WORDS, &[words, topics], &self.word_by_topic));
        let centres = values(&|r| r.mu.to_vec());
        file.push(Tensor::f32(CENTRES, &[topics, regions, 3], &centres));
        let covariances = values(&|r| r.sigma.concat());
        file.push(Tensor::f32(
            COVARIANCES,
            &[topics, regions, 3, 3],
            &covariances,
        ));
        file
    }

    /// From such a stage.
    fn load(mut file: Container<'_>, settings: Settings, vocabulary: usize) -> Option<Self> {
        let Settings {
            topics, regions, ..
        } = settings;
        let mut take = |name: &str, shape: &[usize]| {
            let array = file.take(name)?;
            (array.shape == shape).then_some(array)
        };
        let words = take(WORDS, &[vocabulary, topics])?.to_u32().ok()?;
        let centres = take(CENTRES, &[topics, regions, 3])?.to_f32().ok()?;
        let covariances = take(COVARIANCES, &[topics, regions, 3, 3])?.to_f32().ok()?;
        let pairs = centres.chunks_exact(3).zip(covariances.chunks_exact(9));
        let region = |(mu, sigma): (&[f32], &[f32])| {
            let at = |i: usize, j: usize| f64::from(sigma[3 * i + j]);
            let sigma = [0, 1, 2].map(|i| [0, 1, 2].map(|j| at(i, j)));
            Region::new([0, 1, 2].map(|i| f64::from(mu[i])), sigma)
        };
        Some(Self {
            settings,
            word_by_topic: words,
            regions: pairs.map(region).collect(),
        })
    }
}
