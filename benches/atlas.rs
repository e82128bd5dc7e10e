//! Soft atlas and region names. `cargo bench -- atlas`.
//!
//! Budgets: projection of a map ≤ 8 ms, reading an atlas and factoring its Gram matrix ≤ 100 ms, the
//! name of a point ≤ 50 µs. The atlas is the embedded model's, or the file `GYRUS_BENCH_ATLAS` names.

use std::hint::black_box;
use std::path::Path;

use criterion::Criterion;
use gyrus::atlas::{Preprocess, RegionAtlas, SoftAtlas};
use gyrus::bundle::Bundle;
use gyrus::progress::Progress;
use gyrus::space::{demo_map, on_mask};

fn atlas() -> SoftAtlas {
    match std::env::var_os("GYRUS_BENCH_ATLAS") {
        Some(path) => {
            SoftAtlas::read(Path::new(&path)).expect("GYRUS_BENCH_ATLAS names a readable atlas")
        }
        None => Bundle::embedded()
            .expect("this build carries a model")
            .atlas
            .clone(),
    }
}

/// All benches of the room.
pub fn benches(c: &mut Criterion) {
    let progress = Progress::new();
    let atlas = atlas();
    let bytes = atlas.to_bytes();
    let map = demo_map(&progress).expect("the demo map is embedded");
    let masked = on_mask(&map, atlas.mask(), &progress).expect("the demo map covers the brain");
    let chain = Preprocess::standard();
    let features = atlas.project(&masked.values);

    c.bench_function("atlas: read", |b| {
        b.iter(|| SoftAtlas::from_bytes(black_box(&bytes)).expect("reads"));
    });
    c.bench_function("atlas: read and factor", |b| {
        b.iter(|| {
            let atlas = SoftAtlas::from_bytes(black_box(&bytes)).expect("reads");
            atlas.prepare().expect("factors");
        });
    });
    c.bench_function("atlas: sparse product", |b| {
        b.iter(|| atlas.correlate(black_box(&masked.values)));
    });
    c.bench_function("atlas: projection", |b| {
        b.iter(|| atlas.project(black_box(&masked.values)));
    });
    c.bench_function("atlas: chain and projection", |b| {
        b.iter(|| chain.features(&atlas, black_box(&masked.values)));
    });
    c.bench_function("atlas: back-projection", |b| {
        b.iter(|| atlas.back_project(black_box(&features)));
    });
    let regions = RegionAtlas::embedded().expect("the labels are embedded");
    c.bench_function("atlas: name of a point in grey matter", |b| {
        b.iter(|| regions.name_at(black_box([-38.0, -24.0, 58.0])));
    });
    c.bench_function("atlas: name of a point far from any", |b| {
        b.iter(|| regions.name_at(black_box([-26.0, -10.0, 30.0])));
    });
}
