//! Collapsed Gibbs sampling. Studies are cut into a fixed number of parts that are sampled at the same time, each from
//! the counts at the beginning of a sweep (Newman et al. 2009): the result depends on the seed and not on the number
//! of threads.

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::regions::{Region, Table, estimate};
use super::{Document, Peak, Settings, Word};
use crate::progress::{Cancelled, Progress};
use crate::seed::Seed;

/// Parts the studies are cut into.
const PARTS: usize = 8;
/// Prior count of topics in a study (α), of words in a topic (β), of a study's topics when its words are drawn (γ), of
/// regions in a topic (δ): the values of NiMARE.
const ALPHA: f64 = 0.1;
const BETA: f64 = 0.01;
const GAMMA: f64 = 0.01;
const DELTA: f64 = 1.0;
/// Largest logarithm of the weight that words put on a topic: beyond, the topic is certain anyway.
const MAX_LOG: f64 = 600.0;

/// Where everything is assigned.
pub(super) struct State {
    /// The studies by parts.
    pub documents: Vec<Vec<Document>>,
    /// Word × topic.
    pub word_by_topic: Vec<u32>,
    /// Topic × region.
    region_by_topic: Vec<u32>,
    /// Topic × region.
    pub regions: Vec<Region>,
    settings: Settings,
    vocabulary: usize,
    seed: Seed,
    sweeps: u64,
}

impl State {
    /// Peaks of random topics, on their own side; words drawn by the topics of their study's peaks.
    pub fn start(
        studies: Vec<Document>,
        vocabulary: usize,
        settings: Settings,
        seed: Seed,
    ) -> Self {
        let each = studies.len().div_ceil(PARTS).max(1);
        let mut documents: Vec<Vec<Document>> = Vec::with_capacity(PARTS);
        let mut studies = studies.into_iter();
        loop {
            let part: Vec<Document> = studies.by_ref().take(each).collect();
            if part.is_empty() {
                break;
            }
            documents.push(part);
        }
        let topics = settings.topics;
        documents.par_iter_mut().enumerate().for_each(|(n, part)| {
            let mut rng = seed.stream("gclda start", n as u64);
            let mut weights = vec![0.0; topics];
            for document in part {
                for peak in &mut document.peaks {
                    peak.topic = rng.random_range(0..topics) as u16;
                    let pair = rng.random_range(0..settings.regions / 2);
                    peak.region = (2 * pair + usize::from(peak.at[0] > 0.0)) as u8;
                }
                weights.fill(GAMMA);
                for peak in &document.peaks {
                    weights[usize::from(peak.topic)] += 1.0;
                }
                for word in &mut document.words {
                    word.topic = draw(&weights, &mut rng).unwrap_or(0) as u16;
                }
            }
        });
        let mut state = Self {
            word_by_topic: vec![0; vocabulary * topics],
            region_by_topic: vec![0; topics * settings.regions],
            regions: Vec::new(),
            documents,
            settings,
            vocabulary,
            seed,
            sweeps: 0,
        };
        state.count();
        state.regions = estimate(&state.documents, settings);
        state
    }

    /// Counts everything anew.
    fn count(&mut self) {
        self.word_by_topic.fill(0);
        self.region_by_topic.fill(0);
        for document in self.documents.iter().flatten() {
            for word in &document.words {
                let place = word.word as usize * self.settings.topics + usize::from(word.topic);
                self.word_by_topic[place] += 1;
            }
            for peak in &document.peaks {
                self.region_by_topic[peak.place(self.settings)] += 1;
            }
        }
    }

    /// One sweep: words, then peaks, then regions.
    ///
    /// # Errors
    /// A stop.
    pub fn sweep(&mut self, progress: &Progress) -> Result<(), Cancelled> {
        self.sweeps += 1;
        let (settings, vocabulary) = (self.settings, self.vocabulary);
        let stream = |what: &str, part: usize| {
            let number = self.sweeps * PARTS as u64 + part as u64;
            self.seed.stream(what, number)
        };
        let (words, regions) = (&self.word_by_topic, &self.regions);
        let places = &self.region_by_topic;
        let parts = self.documents.par_iter_mut().enumerate();
        parts.try_for_each(|(n, part)| {
            progress.check()?;
            let rng = &mut stream("gclda words", n);
            sample_words(part, words.clone(), vocabulary, settings, rng);
            progress.check()?;
            let rng = &mut stream("gclda peaks", n);
            sample_peaks(part, regions, places.clone(), settings, rng);
            Ok(())
        })?;
        self.count();
        self.regions = estimate(&self.documents, settings);
        Ok(())
    }
}

/// A number drawn in proportion to weights; none where they sum to nothing.
fn draw(weights: &[f64], rng: &mut ChaCha8Rng) -> Option<usize> {
    let total: f64 = weights.iter().sum();
    if !(total > 0.0 && total.is_finite()) {
        return None;
    }
    let mut left = rng.random::<f64>() * total;
    for (at, weight) in weights.iter().enumerate() {
        left -= weight;
        if left < 0.0 {
            return Some(at);
        }
    }
    weights.iter().rposition(|&weight| weight > 0.0)
}

/// p(topic of a word) ∝ (its count in the topic + β) / (words of the topic + β · vocabulary) × (peaks of the study in
/// the topic + γ).
fn sample_words(
    documents: &mut [Document],
    mut counts: Vec<u32>,
    vocabulary: usize,
    settings: Settings,
    rng: &mut ChaCha8Rng,
) {
    let topics = settings.topics;
    let prior = BETA * vocabulary as f64;
    let mut totals = vec![0.0; topics];
    for row in counts.chunks_exact(topics) {
        totals
            .iter_mut()
            .zip(row)
            .for_each(|(t, &n)| *t += f64::from(n));
    }
    let mut shares = vec![0.0; topics];
    let mut weights = vec![0.0; topics];
    for document in documents {
        shares.fill(GAMMA);
        for peak in &document.peaks {
            shares[usize::from(peak.topic)] += 1.0;
        }
        for Word { word, topic } in &mut document.words {
            let row = &mut counts[*word as usize * topics..][..topics];
            let old = usize::from(*topic);
            row[old] -= 1;
            totals[old] -= 1.0;
            let of_topic = row.iter().zip(&totals).zip(&shares);
            for (weight, ((&n, total), share)) in weights.iter_mut().zip(of_topic) {
                *weight = (f64::from(n) + BETA) / (total + prior) * share;
            }
            let new = draw(&weights, rng).unwrap_or(old);
            row[new] += 1;
            totals[new] += 1.0;
            *topic = new as u16;
        }
    }
}

/// p(topic and region of a peak) ∝ density of the region there × (peaks of the region + δ) / (peaks of the topic + δ ·
/// regions) × (peaks of the study in the topic + α) × what the study's words say of one peak more: for each word of
/// the topic (n + 1 + γ) / (n + γ), n being the study's other peaks in it.
fn sample_peaks(
    documents: &mut [Document],
    regions: &[Region],
    mut counts: Vec<u32>,
    settings: Settings,
    rng: &mut ChaCha8Rng,
) {
    let (topics, each) = (settings.topics, settings.regions);
    let table = Table::of(regions);
    let prior = DELTA * each as f64;
    let mut totals: Vec<f64> = counts
        .chunks_exact(each)
        .map(|row| row.iter().map(|&n| f64::from(n)).sum())
        .collect();
    let mut words = vec![0.0_f64; topics];
    let mut peaks = vec![0.0_f64; topics];
    let mut shares = vec![0.0_f64; topics];
    let mut logs = vec![0.0_f32; topics * each];
    let mut weights = vec![0.0_f64; topics * each];
    for document in documents {
        words.fill(0.0);
        peaks.fill(0.0);
        for word in &document.words {
            words[usize::from(word.topic)] += 1.0;
        }
        for peak in &document.peaks {
            peaks[usize::from(peak.topic)] += 1.0;
        }
        // The weight of a topic in this study, over that of the likeliest when the study was begun.
        let log = |words: f64, peaks: f64| words * (1.0 / (peaks + GAMMA)).ln_1p();
        let all = words.iter().zip(&peaks).map(|(&w, &p)| log(w, p));
        let most = all.fold(0.0_f64, f64::max);
        let share = |words: f64, peaks: f64| {
            let log = (log(words, peaks) - most).min(MAX_LOG);
            (peaks + ALPHA) * log.exp()
        };
        for ((share_of, &w), &p) in shares.iter_mut().zip(&words).zip(&peaks) {
            *share_of = share(w, p);
        }
        for peak in &mut document.peaks {
            let old = peak.place(settings);
            let topic = usize::from(peak.topic);
            counts[old] -= 1;
            totals[topic] -= 1.0;
            peaks[topic] -= 1.0;
            shares[topic] = share(words[topic], peaks[topic]);
            table.log_densities(peak.at, &mut logs);
            // What is so much less dense than the densest region there is never drawn.
            let densest = logs.iter().copied().fold(f32::MIN, f32::max);
            for log in &mut logs {
                *log = exp(*log - densest);
            }
            let rows = counts.chunks_exact(each).zip(logs.chunks_exact(each));
            let out = weights.chunks_exact_mut(each);
            for ((out, (row, density)), (total, share)) in
                out.zip(rows).zip(totals.iter().zip(&shares))
            {
                let scale = share / (total + prior);
                for ((out, &n), &density) in out.iter_mut().zip(row).zip(density) {
                    *out = f64::from(density) * (f64::from(n) + DELTA) * scale;
                }
            }
            let new = draw(&weights, rng).unwrap_or(old);
            *peak = Peak {
                topic: (new / each) as u16,
                region: (new % each) as u8,
                ..*peak
            };
            let topic = new / each;
            counts[new] += 1;
            totals[topic] += 1.0;
            peaks[topic] += 1.0;
            shares[topic] = share(words[topic], peaks[topic]);
        }
    }
}

/// eˣ of numbers up to 0 to five digits, 0 below e⁻⁸⁶: unlike the library's, the compiler makes vector instructions of
/// it, and a sweep evaluates a hundred million.
#[inline]
fn exp(x: f32) -> f32 {
    // Added to a small number it rounds to a whole one, whose value stands in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let bits = (x * std::f32::consts::LOG2_E).max(-125.0);
    let shifted = bits + ROUND;
    let part = (bits - (shifted - ROUND)) * std::f32::consts::LN_2;
    // Taylor's series up to half of ln 2.
    let high = 1.0 / 6.0 + part * (1.0 / 24.0 + part * (1.0 / 120.0 + part / 720.0));
    let series = 1.0 + part * (1.0 + part * (0.5 + part * high));
    let power = shifted.to_bits().wrapping_sub(ROUND.to_bits());
    let scale = f32::from_bits(power.wrapping_add(127) << 23);
    if x < -86.0 { 0.0 } else { series * scale }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_exponential_is_one() {
        for i in 0..8000 {
            let x = -i as f32 * 0.01;
            let (found, wanted) = (exp(x), x.exp());
            assert!((found / wanted - 1.0).abs() < 1e-5, "{x}: {found} {wanted}");
        }
        assert_eq!(exp(-200.0), 0.0);
    }

    #[test]
    fn numbers_are_drawn_in_proportion() {
        let mut rng = Seed(1).stream("draw", 0);
        let weights = [0.0, 1.0, 3.0, 0.0];
        let mut counts = [0; 4];
        (0..4000).for_each(|_| counts[draw(&weights, &mut rng).unwrap()] += 1);
        assert_eq!((counts[0], counts[3]), (0, 0));
        assert!((900..1100).contains(&counts[1]), "{counts:?}");
        assert_eq!(draw(&[0.0; 3], &mut rng), None);
    }
}
