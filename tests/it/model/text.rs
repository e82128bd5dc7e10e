//! The sentence encoder against sentence-transformers (tests/fixtures/text/reference.py).

use std::io::Read as _;
use std::path::{Path, PathBuf};

use gyrus::error::Explain;
use gyrus::progress::Progress;
use gyrus::text::{MiniLm, Pooling, TextEncoder, TextError};
use serde::Deserialize;

use crate::support::shared::shared;

#[derive(Deserialize)]
struct Reference {
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    text: String,
    ids: Vec<u32>,
    embedding: Vec<f32>,
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/text")
}

fn reference(name: &str) -> Vec<Row> {
    let bytes = std::fs::read(fixtures().join(name)).unwrap();
    serde_json::from_slice::<Reference>(&bytes).unwrap().rows
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot =
        |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(x, y)| f64::from(x * y)).sum() };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// Embeds all texts at once and returns the least cosine to the reference.
fn least_cosine(encoder: &MiniLm, rows: &[Row]) -> f64 {
    let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
    let vectors = encoder.embed(&texts, &Progress::new()).unwrap();
    assert_eq!(vectors.len(), rows.len());
    let mut least = f64::INFINITY;
    for (row, vector) in rows.iter().zip(&vectors) {
        let length: f32 = vector.iter().map(|v| v * v).sum();
        assert!((length - 1.0).abs() < 1e-5, "{:?}: {length}", row.text);
        least = least.min(cosine(vector, &row.embedding));
    }
    least
}

#[test]
fn tokens_equal_sentence_transformers() {
    let encoder = MiniLm::embedded().unwrap();
    for row in reference("reference.json") {
        assert_eq!(
            encoder.token_ids(&row.text).unwrap(),
            row.ids,
            "{:?}",
            row.text
        );
    }
}

#[test]
fn the_embedded_encoder_agrees_with_sentence_transformers() {
    let encoder = MiniLm::embedded().unwrap();
    assert_eq!(encoder.dim(), 384);
    assert_eq!(encoder.config().max_tokens, 256);
    let least = least_cosine(encoder, &reference("reference.json"));
    assert!(least >= 0.999, "least cosine {least}");
}

/// The published encoder, whose weights (87 MB) the repository does not carry: GYRUS_MINILM names
/// the folder with model.safetensors, tokenizer.json and config.json.
fn published() -> Option<MiniLm> {
    let Some(folder) = std::env::var_os("GYRUS_MINILM").map(PathBuf::from) else {
        eprintln!("skipped: GYRUS_MINILM does not name the folder of the published model");
        return None;
    };
    let model = folder.join("model.safetensors");
    Some(MiniLm::from_safetensors(&model, &folder.join("tokenizer.json")).unwrap())
}

#[test]
fn the_published_weights_agree_with_sentence_transformers() {
    let Some(encoder) = published() else { return };
    let least = least_cosine(&encoder, &reference("reference.json"));
    assert!(least >= 0.999_99, "least cosine {least}");
}

#[test]
fn the_embedded_encoder_agrees_with_the_published_one_on_titles() {
    let file = "corpora/neurosynth_v7/data-neurosynth_version-7_metadata.tsv.gz";
    let Some(path) = shared(file) else { return };
    let Some(original) = published() else { return };
    let mut table = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap())
        .read_to_string(&mut table)
        .unwrap();
    let mut lines = table.lines();
    let title = lines
        .next()
        .unwrap()
        .split('\t')
        .position(|name| name == "title")
        .unwrap();
    let titles: Vec<&str> = lines
        .step_by(28)
        .filter_map(|line| line.split('\t').nth(title))
        .collect();
    assert!(titles.len() >= 500);
    let exact = original.embed(&titles, &Progress::new()).unwrap();
    let shipped = MiniLm::embedded()
        .unwrap()
        .embed(&titles, &Progress::new())
        .unwrap();
    let mut cosines: Vec<f64> = exact
        .iter()
        .zip(&shipped)
        .map(|(a, b)| cosine(a, b))
        .collect();
    cosines.sort_by(f64::total_cmp);
    let mean = cosines.iter().sum::<f64>() / cosines.len() as f64;
    eprintln!("{} titles: least {}, mean {mean}", titles.len(), cosines[0]);
    assert!(cosines[0] >= 0.999, "least cosine {}", cosines[0]);
}

#[test]
fn small_local_encoders_agree_with_transformers() {
    let folder = fixtures().join("tiny");
    let tokenizer = folder.join("tokenizer.json");
    let mean = MiniLm::from_safetensors(&folder.join("model.safetensors"), &tokenizer).unwrap();
    assert_eq!(mean.config().pooling, Pooling::Mean);
    assert!(least_cosine(&mean, &reference("tiny/mean.json")) >= 0.999_999);
    // The same network, tensors under the prefix "bert." in half precision, pooled by [CLS].
    let folder = fixtures().join("tiny/half-cls");
    let cls = MiniLm::from_safetensors(&folder.join("model.safetensors"), &tokenizer).unwrap();
    assert_eq!(cls.config().pooling, Pooling::Cls);
    assert!(least_cosine(&cls, &reference("tiny/cls.json")) >= 0.999_99);
    assert_ne!(mean.fingerprint(), cls.fingerprint());
}

#[test]
fn company_in_a_batch_does_not_change_a_vector() {
    let encoder = MiniLm::embedded().unwrap();
    let rows = reference("reference.json");
    let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
    let together = encoder.embed(&texts, &Progress::new()).unwrap();
    for (text, vector) in texts.iter().zip(&together) {
        let alone = encoder.embed(&[text], &Progress::new()).unwrap();
        let furthest = alone[0]
            .iter()
            .zip(vector)
            .map(|(a, b)| (a - b).abs())
            .fold(0f32, f32::max);
        assert!(furthest < 2e-6, "{text:?}: {furthest}");
    }
}

#[test]
fn a_cancelled_task_stops() {
    let encoder = MiniLm::embedded().unwrap();
    let progress = Progress::new();
    let stopper = progress.clone();
    let texts = vec!["the neural correlates of something rather long"; 100_000];
    let thread = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(300));
        stopper.cancel();
    });
    let error = encoder.embed(&texts, &progress).unwrap_err();
    thread.join().unwrap();
    assert!(matches!(error, TextError::Cancelled(_)));
}

#[test]
fn progress_reaches_one() {
    let encoder = MiniLm::embedded().unwrap();
    let progress = Progress::new();
    let texts = vec!["finger tapping"; 600];
    encoder.embed(&texts, &progress).unwrap();
    assert!((progress.fraction() - 1.0).abs() < 1e-6);
}

#[test]
fn unusable_files_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let tiny = fixtures().join("tiny");
    for name in ["model.safetensors", "tokenizer.json", "config.json"] {
        std::fs::copy(tiny.join(name), at(name)).unwrap();
    }
    let load = || MiniLm::from_safetensors(&at("model.safetensors"), &at("tokenizer.json"));
    load().unwrap();

    let whole = std::fs::read(at("model.safetensors")).unwrap();
    std::fs::write(at("model.safetensors"), &whole[..whole.len() / 2]).unwrap();
    explains(load(), "model.safetensors", "not a whole safetensors file");
    std::fs::write(at("model.safetensors"), b"").unwrap();
    explains(load(), "model.safetensors", "not a whole safetensors file");
    std::fs::remove_file(at("model.safetensors")).unwrap();
    explains(load(), "model.safetensors", "No such file");
    std::fs::write(at("model.safetensors"), &whole).unwrap();

    let config = std::fs::read_to_string(at("config.json")).unwrap();
    let wider = config.replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3");
    assert_ne!(wider, config);
    std::fs::write(at("config.json"), wider).unwrap();
    explains(
        load(),
        "model.safetensors",
        "no tensor named encoder.layer.2",
    );
    std::fs::write(at("config.json"), config.replace("bert", "mpnet")).unwrap();
    explains(load(), "config.json", "model_type");
    std::fs::remove_file(at("config.json")).unwrap();
    explains(load(), "config.json", "No such file");
    std::fs::write(at("config.json"), &config).unwrap();

    std::fs::write(at("tokenizer.json"), b"{}").unwrap();
    explains(load(), "tokenizer.json", "not a tokenizer.json");
}

fn explains(result: Result<MiniLm, TextError>, file: &str, why: &str) {
    let explanation = result.err().expect("must fail").explain();
    assert!(explanation.why.contains(why), "{explanation}");
    let path = explanation.path.clone().expect("names the file");
    assert_eq!(path.file_name().unwrap(), file, "{explanation}");
}
