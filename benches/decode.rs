//! Budgets of decoding and prediction: the demo map through the embedded model, everything warm.
//!
//! `cargo bench -- decode`. Budgets: decode ≤ 15 ms, projection ≤ 8 ms, nearest of 20,000 studies
//! ≤ 5 ms. A model other than the embedded one is named by `GYRUS_BENCH_BUNDLE`.

use std::hint::black_box;
use std::path::Path;

use criterion::Criterion;
use gyrus::bundle::Bundle;
use gyrus::decode::{PriorWeight, Tail, decode, latent, vocabulary};
use gyrus::ontology::Ontology;
use gyrus::predict::{nearest_studies, predict_embedding};
use gyrus::progress::Progress;
use gyrus::space::{demo_map, on_mask};

fn model() -> Bundle {
    match std::env::var_os("GYRUS_BENCH_BUNDLE") {
        Some(path) => {
            Bundle::read(Path::new(&path)).expect("GYRUS_BENCH_BUNDLE names a readable bundle")
        }
        None => Bundle::embedded()
            .expect("this build carries a model")
            .clone(),
    }
}

fn decoding(c: &mut Criterion) {
    let (progress, ontology, bundle) = (Progress::new(), Ontology::embedded(), model());
    let map = demo_map(&progress).expect("the demo map is embedded");
    let masked =
        on_mask(&map, bundle.atlas.mask(), &progress).expect("the demo map covers the brain");
    let point = latent(&bundle, &map, Tail::Pos, &progress).expect("the demo map decodes");
    let words = vocabulary(&bundle, ontology, &progress).expect("nothing stops the bench");

    c.bench_function("decode: map to ranking", |b| {
        b.iter(|| {
            decode(&bundle, ontology, black_box(&map), Tail::Pos, &progress).expect("decodes")
        });
    });
    c.bench_function("decode: onto the mask", |b| {
        b.iter(|| {
            on_mask(black_box(&map), bundle.atlas.mask(), &progress).expect("covers the brain")
        });
    });
    c.bench_function("decode: features (threshold and projection)", |b| {
        b.iter(|| {
            bundle
                .preprocess
                .features(&bundle.atlas, black_box(&masked.values))
        });
    });
    c.bench_function("decode: projection alone", |b| {
        b.iter(|| bundle.atlas.coordinates(black_box(&masked.values)));
    });
    c.bench_function("decode: latent to ranking", |b| {
        b.iter(|| words.rank(black_box(&point), PriorWeight::default()))
    });
    c.bench_function("predict: embedding to map", |b| {
        b.iter(|| {
            predict_embedding(
                &bundle,
                black_box(bundle.tasks.texts(0).next().unwrap()),
                "task",
                &progress,
            )
            .expect("predicts")
        });
    });
    if bundle.index.is_some() {
        c.bench_function("studies: nearest 20", |b| {
            b.iter(|| nearest_studies(&bundle, black_box(&point), 20));
        });
    }
}

/// Registers the benches of this file.
pub fn benches(c: &mut Criterion) {
    decoding(c);
}
