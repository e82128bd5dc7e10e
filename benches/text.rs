//! Loading the sentence encoder and embedding texts.
//!
//! The budget: a short text to a map in ≤ 60 ms once warm, the first in ≤ 400 ms, of which loading
//! may take 300.

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput};
use gyrus::progress::Progress;
use gyrus::text::{MiniLm, TextEncoder as _};

/// Registers the benches of this file.
pub fn benches(c: &mut Criterion) {
    let progress = Progress::new();
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/encoder");
    let weights = std::fs::read(assets.join("minilm-l6-v2.int8.safetensors"))
        .expect("the weights are in the repository");
    let tokenizer =
        std::fs::read(assets.join("tokenizer.json")).expect("the tokenizer is in the repository");
    c.bench_function("load the sentence encoder", |b| {
        b.iter(|| MiniLm::from_bytes(black_box(&weights), &tokenizer, None))
    });

    let encoder = MiniLm::embedded().expect("the embedded encoder is sound");
    c.bench_function("embed two words", |b| {
        b.iter(|| encoder.embed(black_box(&["finger tapping"]), &progress))
    });
    let title = "Working memory load modulates prefrontal cortex activity during a verbal task";
    let long = [title; 7].join(" ");
    for (name, text) in [("titles", title), ("texts of 90 tokens", long.as_str())] {
        let texts = vec![text; 64];
        let mut group = c.benchmark_group("embed 64");
        group.throughput(Throughput::Elements(64));
        group.bench_function(name, |b| {
            b.iter(|| encoder.embed(black_box(&texts), &progress))
        });
        group.finish();
    }
}
