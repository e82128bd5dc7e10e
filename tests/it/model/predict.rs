//! Prediction through a synthetic bundle and a fake encoder.

use gyrus::bundle::{Bundle, BundleParts};
use gyrus::decode;
use gyrus::ontology::Ontology;
use gyrus::predict::{PredictError, nearest_studies, predict, predict_embedding};
use gyrus::progress::Progress;
use gyrus::text::{TextEncoder, TextError};
use gyrus::volume::MapKind;

use crate::support::models::BUNDLE;

/// Spreads a text's bytes over a vector: deterministic, meaningless.
struct FakeEncoder(&'static str);

impl TextEncoder for FakeEncoder {
    fn embed(&self, texts: &[&str], _: &Progress) -> Result<Vec<Vec<f32>>, TextError> {
        let vector = |text: &str| {
            (0..self.dim())
                .map(|i| text.bytes().map(|b| (f32::from(b) * i as f32).sin()).sum())
                .collect()
        };
        Ok(texts.iter().map(|text| vector(text)).collect())
    }

    fn dim(&self) -> usize {
        384
    }

    fn fingerprint(&self) -> &str {
        self.0
    }
}

const ENCODER: FakeEncoder = FakeEncoder("synthetic");

#[test]
fn a_text_becomes_a_map_on_the_models_grid() {
    let map = predict(
        &BUNDLE,
        &ENCODER,
        "  tapping the fingers ",
        &Progress::new(),
    )
    .unwrap()
    .volume;
    assert_eq!(map.name, "tapping the fingers");
    assert_eq!(
        (map.kind, map.grid),
        (MapKind::Predicted, BUNDLE.atlas.mask().grid)
    );
    assert_eq!(map.hash.len(), 64);
    let values = map.data.scalar().unwrap();
    let position = &BUNDLE.atlas.mask().position;
    assert!(
        values
            .iter()
            .zip(position.iter())
            .all(|(v, &p)| v.is_nan() == (p == u32::MAX))
    );
    let peak = values
        .iter()
        .filter(|v| v.is_finite())
        .fold(0.0_f32, |m, v| m.max(v.abs()));
    // 1 is the peak of a typical task, not of every map.
    assert!(peak > 0.1 && peak < 10.0 && peak != 1.0, "{peak}");
    let other = predict(&BUNDLE, &ENCODER, "listening to music", &Progress::new())
        .unwrap()
        .volume;
    assert_ne!(map.hash, other.hash);
    let again = predict(&BUNDLE, &ENCODER, "tapping the fingers", &Progress::new())
        .unwrap()
        .volume;
    assert_eq!(map.hash, again.hash);
}

/// What is predicted is the decoder's answer and nothing else: its features come back from the map.
#[test]
fn the_map_holds_the_features_the_decoder_gave() {
    let embedding = BUNDLE.tasks.texts(3).next().unwrap();
    let made = predict_embedding(&BUNDLE, embedding, "task 3", &Progress::new()).unwrap();
    let wanted = BUNDLE
        .decoder
        .as_ref()
        .unwrap()
        .forward(&BUNDLE.text_tower.forward(embedding));
    let masked = BUNDLE
        .atlas
        .mask()
        .gather(made.volume.data.scalar().unwrap())
        .unwrap();
    let got = BUNDLE.atlas.coordinates(&masked);
    let dot = |a: &[f32], b: &[f32]| {
        a.iter()
            .zip(b)
            .map(|(&x, &y)| f64::from(x) * f64::from(y))
            .sum::<f64>()
    };
    let cosine = dot(&got, &wanted) / (dot(&got, &got) * dot(&wanted, &wanted)).sqrt();
    assert!(cosine > 0.999_99, "{cosine}");
}

#[test]
fn a_text_that_gives_no_map_is_explained() {
    let progress = Progress::new();
    assert!(matches!(
        predict(&BUNDLE, &ENCODER, " \n", &progress),
        Err(PredictError::NoText)
    ));
    let foreign = predict(&BUNDLE, &FakeEncoder("other"), "pain", &progress).unwrap_err();
    assert!(matches!(foreign, PredictError::Bundle(_)), "{foreign}");
    let narrow = predict_embedding(&BUNDLE, &[1.0; 3], "pain", &progress).unwrap_err();
    assert!(
        matches!(
            narrow,
            PredictError::Width {
                found: 3,
                expected: 384
            }
        ),
        "{narrow}"
    );
    progress.cancel();
    assert!(predict(&BUNDLE, &ENCODER, "pain", &progress).is_err());
}

#[test]
fn nearest_tasks_and_studies_of_a_text() {
    let progress = Progress::new();
    let latent = predict(&BUNDLE, &ENCODER, "pain", &progress)
        .unwrap()
        .latent;
    let vocabulary = decode::vocabulary(&BUNDLE, Ontology::embedded(), &progress).unwrap();
    let near = vocabulary.nearest(&latent, 3);
    assert_eq!(near.len(), 3);
    assert!(near.is_sorted_by(|a, b| a.2 >= b.2));
    let studies = nearest_studies(&BUNDLE, &latent, 4).unwrap();
    assert_eq!(studies.len(), 4);
    assert!(studies.is_sorted_by(|a, b| a.similarity >= b.similarity));
    assert!(
        studies
            .iter()
            .all(|s| s.year == Some(2001) && s.tasks.len() == 3)
    );
    let without = Bundle::from_parts(&BundleParts {
        index: None,
        ..BUNDLE.parts()
    })
    .unwrap();
    assert!(nearest_studies(&without, &latent, 4).is_none());
}
