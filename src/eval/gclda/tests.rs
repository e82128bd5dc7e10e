//! Against NiMARE's GCLDAModel (tests/fixtures/eval/make_gclda.py).

use super::regions::estimate;
use super::*;

#[derive(serde::Deserialize)]
pub(super) struct Fixture {
    pub words: Vec<String>,
    counts: Vec<Vec<u32>>,
    peaks: Vec<[f32; 3]>,
    peak_study: Vec<usize>,
    peak_topic: Vec<u16>,
    peak_region: Vec<u8>,
    word_by_topic: Vec<Vec<u32>>,
    mu: Vec<Vec<[f64; 3]>>,
    sigma: Vec<Vec<[[f64; 3]; 3]>>,
    pub places: Vec<[f64; 3]>,
    spatial: Vec<Vec<f64>>,
    pub values: Vec<f64>,
    pub topic_weights: Vec<f64>,
    pub word_weights: Vec<f64>,
    pub text: Vec<f64>,
    pub text_topics: Vec<f64>,
    pub text_map: Vec<f64>,
    p_word_g_topic: Vec<Vec<f64>>,
}

const SETTINGS: Settings = Settings {
    topics: 3,
    regions: 2,
    sweeps: 150,
};

pub(super) fn fixture() -> Fixture {
    let text = include_str!("../../../tests/fixtures/eval/gclda.json");
    serde_json::from_str(text).unwrap()
}

fn documents(fixture: &Fixture) -> Vec<Document> {
    let of = |study: usize| {
        let counts: Vec<(u32, u32)> = (0..).zip(fixture.counts[study].iter().copied()).collect();
        let own = |n: &usize| fixture.peak_study[*n] == study;
        let own: Vec<usize> = (0..fixture.peaks.len()).filter(own).collect();
        let peaks: Vec<[f32; 3]> = own.iter().map(|&n| fixture.peaks[n]).collect();
        let mut document = Document::new(&counts, &peaks);
        for (peak, n) in document.peaks.iter_mut().zip(own) {
            peak.topic = fixture.peak_topic[n];
            peak.region = fixture.peak_region[n];
        }
        document
    };
    (0..fixture.counts.len()).map(of).collect()
}

/// The model that NiMARE ended with.
pub(super) fn nimares_state(fixture: &Fixture) -> Model {
    let documents = vec![documents(fixture)];
    Model {
        settings: SETTINGS,
        word_by_topic: fixture.word_by_topic.concat(),
        regions: estimate(&documents, SETTINGS),
    }
}

#[test]
fn regions_follow_from_the_assignments_as_nimares_do() {
    let fixture = fixture();
    let model = nimares_state(&fixture);
    for (topic, regions) in model.regions.chunks_exact(2).enumerate() {
        for (n, region) in regions.iter().enumerate() {
            for axis in 0..3 {
                assert!((region.mu[axis] - fixture.mu[topic][n][axis]).abs() < 1e-4);
                for other in 0..3 {
                    let wanted = fixture.sigma[topic][n][axis][other];
                    let found = region.sigma[axis][other];
                    assert!((found - wanted).abs() < 1e-3, "{found} {wanted}");
                }
            }
        }
    }
    for (place, wanted) in fixture.places.iter().zip(&fixture.spatial) {
        let found = model.topics_at(place.map(|v| v as f32));
        for (found, wanted) in found.iter().zip(wanted) {
            assert!((found / wanted - 1.0).abs() < 1e-3, "{found} {wanted}");
        }
    }
    let words = model.words_of_topics();
    for (found, wanted) in words.iter().zip(fixture.p_word_g_topic.concat()) {
        assert!((found - wanted).abs() < 1e-12);
    }
}

#[test]
fn the_same_topics_are_found_as_nimare_finds() {
    let fixture = fixture();
    let vocabulary = fixture.words.len();
    let fit = |seed| {
        let studies = documents(&fixture);
        Model::fit(studies, vocabulary, SETTINGS, Seed(seed), &Progress::new()).unwrap()
    };
    let model = fit(3);
    let words = model.words_of_topics();
    let mut taken = Vec::new();
    for topic in 0..3 {
        let theirs: Vec<f64> = fixture
            .p_word_g_topic
            .iter()
            .map(|row| row[topic])
            .collect();
        let apart = |own: usize| -> f64 {
            let own = words.iter().skip(own).step_by(3);
            own.zip(&theirs).map(|(a, b)| (a - b).abs()).sum()
        };
        let nearest = (0..3)
            .min_by(|&a, &b| apart(a).total_cmp(&apart(b)))
            .unwrap();
        assert!(apart(nearest) < 0.1, "{topic}: {}", apart(nearest));
        taken.push(nearest);
        for region in 0..2 {
            let (own, wanted) = (
                model.regions[2 * nearest + region].mu,
                fixture.mu[topic][region],
            );
            let near = own.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1.0);
            assert!(near, "{own:?} {wanted:?}");
        }
    }
    taken.sort_unstable();
    assert_eq!(taken, [0, 1, 2]);
    assert_eq!(fit(3), model);
    assert_ne!(fit(4).word_by_topic, model.word_by_topic);
    let total: u32 = model.word_by_topic.iter().sum();
    assert_eq!(total, fixture.counts.concat().iter().sum::<u32>());
}

#[test]
fn a_model_comes_back_from_its_stage_and_another_size_does_not() {
    let fixture = fixture();
    let model = nimares_state(&fixture);
    let back = Model::load(model.store(), SETTINGS, fixture.words.len()).unwrap();
    assert_eq!(back.word_by_topic, model.word_by_topic);
    assert!((back.regions[3].mu[0] - model.regions[3].mu[0]).abs() < 1e-4);
    let other = Settings {
        topics: 4,
        ..SETTINGS
    };
    assert!(Model::load(model.store(), other, fixture.words.len()).is_none());
    // Nothing is lost where a study has neither words nor peaks that can be read.
    let odd = vec![
        Document::new(&[], &[[f32::NAN; 3]]),
        Document::new(&[(1, 2)], &[]),
    ];
    let odd = Model::fit(odd, 2, other, Seed(1), &Progress::new()).unwrap();
    assert_eq!(odd.word_by_topic.iter().sum::<u32>(), 2);
    let stopped = Progress::new();
    stopped.cancel();
    assert!(Model::fit(Vec::new(), 2, SETTINGS, Seed(1), &stopped).is_err());
}
