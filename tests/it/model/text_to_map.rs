//! Maps of texts by the model in the program: what supports them, two texts, sharpness, words, any length.

use gyrus::bundle::Bundle;
use gyrus::predict::{
    Mix, PredictError, Prediction, Second, SupportLevel, TextToPredict, WordEffects, predict_map,
};
use gyrus::progress::Progress;
use gyrus::text::{MiniLm, TextEncoder, TextError};

fn encoder() -> Result<&'static dyn TextEncoder, TextError> {
    MiniLm::embedded().map(|encoder| encoder as &dyn TextEncoder)
}

fn bundle() -> &'static Bundle {
    Bundle::embedded().unwrap()
}

fn made(wanted: &TextToPredict) -> Prediction {
    predict_map(bundle(), &encoder, wanted, &Progress::new()).unwrap()
}

fn mixed(first: &str, second: &str, mix: Mix) -> TextToPredict {
    TextToPredict {
        second: Some(Second {
            text: second.to_owned(),
            task_id: None,
            mix,
        }),
        ..TextToPredict::text(first)
    }
}

fn values(prediction: &Prediction) -> Vec<f32> {
    let values = prediction.volume.data.scalar().unwrap();
    bundle().atlas.mask().gather(values).unwrap()
}

fn correlation(a: &[f32], b: &[f32]) -> f64 {
    let mean = |v: &[f32]| v.iter().map(|&x| f64::from(x)).sum::<f64>() / v.len() as f64;
    let (ma, mb) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (&x, &y) in a.iter().zip(b) {
        let (x, y) = (f64::from(x) - ma, f64::from(y) - mb);
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    ab / (aa * bb).sqrt()
}

/// Texts without a meaning for the literature lie below nearly all titles of new studies; what studies are about
/// does not.
#[test]
fn what_nothing_published_supports_says_so() {
    for text in [
        "asdf qwer zxcv",
        "the price of wheat in 1854",
        "quarterly earnings of a shipping company",
        "photosynthesis in algae",
        "tax law of the Netherlands",
        "football league results",
    ] {
        let support = &made(&TextToPredict::text(text)).supports[0];
        assert!(support.level() < SupportLevel::Good, "{text}: {support:?}");
    }
    for text in [
        "asdf qwer zxcv",
        "the price of wheat in 1854",
        "tax law of the Netherlands",
    ] {
        let made = made(&TextToPredict::text(text));
        assert_eq!(made.supports[0].level(), SupportLevel::None, "{text}");
        assert!(!made.volume.warnings.is_empty(), "{text}");
    }
    for text in [
        "n-back working memory",
        "finger movements",
        "fear conditioning",
        "reading words aloud",
        "painful heat on the arm",
        "swallowing",
        "decision making under risk",
        "theory of mind",
    ] {
        let support = &made(&TextToPredict::text(text)).supports[0];
        assert_eq!(support.level(), SupportLevel::Good, "{text}: {support:?}");
        assert!(support.warnings().is_empty(), "{text}");
    }
    let negated = made(&TextToPredict::text("memory without emotion"));
    assert!(negated.volume.warnings[0].message.contains("“without”"));
}

#[test]
fn a_map_between_two_texts_begins_and_ends_at_theirs() {
    let (a, b) = ("viewing faces", "listening to speech");
    let [only_a, only_b] = [a, b].map(|text| values(&made(&TextToPredict::text(text))));
    let at = |percent| values(&made(&mixed(a, b, Mix::TowardPercent(percent))));
    let far = |x: &[f32], y: &[f32]| {
        x.iter()
            .zip(y)
            .map(|(x, y)| (x - y).abs())
            .fold(0.0, f32::max)
    };
    assert!(far(&at(0), &only_a) < 1e-4 && far(&at(100), &only_b) < 1e-4);
    let steps: Vec<f64> = [0, 25, 50, 75, 100]
        .map(|percent| correlation(&at(percent), &only_b))
        .to_vec();
    assert!(steps.is_sorted_by(|x, y| x < y), "{steps:?}");
}

#[test]
fn the_difference_of_two_texts_is_that_of_their_maps() {
    let (a, b) = ("viewing faces", "listening to speech");
    let [only_a, only_b] = [a, b].map(|text| values(&made(&TextToPredict::text(text))));
    let difference = made(&mixed(a, b, Mix::Minus));
    for ((d, x), y) in values(&difference).iter().zip(&only_a).zip(&only_b) {
        assert!((d - (x - y)).abs() < 1e-5);
    }
    assert_eq!(difference.supports.len(), 2);
    assert_eq!(
        difference.volume.name,
        "viewing faces − listening to speech"
    );
    let record = difference.volume.provenance.unwrap().options_line();
    assert!(
        record.contains("second_text=listening to speech"),
        "{record}"
    );
    assert!(record.contains("first minus second"), "{record}");
    let nothing = predict_map(
        bundle(),
        &encoder,
        &mixed(a, a, Mix::Minus),
        &Progress::new(),
    );
    assert!(matches!(nothing, Err(PredictError::SameMap)));
}

/// Where predictions are high whatever the text, a sharper map is lower: the mean over tasks of the sharpest maps
/// has hardly anything in common with the mean of the others.
#[test]
fn sharper_maps_are_less_like_each_other() {
    let texts = [
        "working memory load",
        "painful heat",
        "monetary reward",
        "reading words",
    ];
    let maps = |sharpness_percent| -> Vec<Vec<f32>> {
        let of = |text: &&str| {
            values(&made(&TextToPredict {
                sharpness_percent,
                ..TextToPredict::text(text)
            }))
        };
        texts.iter().map(of).collect()
    };
    let alike = |maps: &[Vec<f32>]| {
        let mut sum = 0.0;
        for a in 0..maps.len() {
            for b in 0..a {
                sum += correlation(&maps[a], &maps[b]);
            }
        }
        sum / 6.0
    };
    let [dense, half, sharp] = [0, 50, 100].map(|percent| alike(&maps(percent)));
    assert!(
        dense > half && half > sharp && sharp < dense - 0.15,
        "{dense} {half} {sharp}"
    );
}

#[test]
fn words_move_the_places_they_are_about() {
    let effects = WordEffects::of(
        bundle(),
        &encoder,
        "tapping fingers while viewing faces",
        &Progress::new(),
    )
    .unwrap();
    let effect = |at: [f64; 3], word: &str| {
        let all = effects.at(bundle(), at).unwrap();
        all.iter().find(|e| e.word == word).unwrap().effect
    };
    let (motor, fusiform) = ([-38.0, -26.0, 56.0], [40.0, -50.0, -20.0]);
    assert!(effect(motor, "tapping") > effect(motor, "faces"));
    assert!(effect(fusiform, "faces") > effect(fusiform, "tapping"));
    assert!(effect(motor, "tapping") > 0.0 && effect(fusiform, "faces") > 0.0);
    assert_eq!(effects.at(bundle(), [0.0, 0.0, 300.0]), None);
}

/// What is said of a word is the map of the text less the map of the text without it.
#[test]
fn an_effect_is_the_value_with_the_word_less_that_without() {
    let value = |text: &str, at_mm: [f64; 3]| -> f32 {
        made(&TextToPredict::text(text))
            .volume
            .value_at_world(at_mm)
            .unwrap()
    };
    let text = "painful heat on the arm";
    let effects = WordEffects::of(bundle(), &encoder, text, &Progress::new()).unwrap();
    // Centres of voxels, where drawn values are those of the voxel.
    for at_mm in [
        [46.0, -14.0, 18.0],
        [-38.0, -26.0, 56.0],
        [34.0, -14.0, 18.0],
    ] {
        for effect in effects.at(bundle(), at_mm).unwrap() {
            let rest: Vec<&str> = text
                .split(' ')
                .filter(|word| *word != effect.word)
                .collect();
            let wanted = value(text, at_mm) - value(&rest.join(" "), at_mm);
            assert!((effect.effect - wanted).abs() < 1e-4, "{effect:?} {wanted}");
        }
    }
    // Of a text of one word all of its value is that word's.
    let one = WordEffects::of(bundle(), &encoder, "tapping", &Progress::new()).unwrap();
    let at_mm = [-38.0, -26.0, 56.0];
    let own = one.at(bundle(), at_mm).unwrap()[0].effect;
    assert!((own - value("tapping", at_mm)).abs() < 1e-4, "{own}");
}

#[test]
fn a_long_article_is_read_in_parts() {
    let about = "Participants tapped their fingers while their brains were scanned. ";
    let short = made(&TextToPredict::text(about));
    let long = made(&TextToPredict::text(&about.repeat(60)));
    assert!(long.supports[0].parts > 2, "{:?}", long.supports);
    assert_eq!(long.supports[0].parts, long.supports[0].parts_read);
    let alike = correlation(&values(&short), &values(&long));
    assert!(alike > 0.8, "{alike}");
    assert!(long.volume.name.ends_with('…') && long.volume.name.chars().count() < 90);
}
