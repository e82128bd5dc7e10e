//! One training step (forward, backward, AdamW) of the towers, and what the program runs per map.
//! `benches/train_peer.py` times the same step in jax on the same machine.

use std::hint::black_box;

use candle_core::{Device, Tensor, Var};
use criterion::Criterion;
use gyrus::align::graph::{Dropout, Graph, unit_rows};
use gyrus::align::loss;
use gyrus::align::optim::{AdamW, AdamWConfig};
use gyrus::seed::Seed;
use rand::Rng as _;

fn rows(n: usize, width: usize) -> Tensor {
    let mut rng = Seed(1).stream("bench", width as u64);
    let values: Vec<f32> = (0..n * width)
        .map(|_| rng.random_range(-0.08..0.08))
        .collect();
    Tensor::from_vec(values, (n, width), &Device::Cpu).expect("the shape fits the values")
}

fn graph(inputs: usize, name: &str) -> Graph {
    Graph::init((inputs, 512, 3), None, (Seed(1), name), &Device::Cpu).expect("memory for a tower")
}

fn step(c: &mut Criterion) {
    for batch in [128, 512] {
        let (image, text) = (graph(512, "image"), graph(384, "text"));
        let scale = Var::new(10f32, &Device::Cpu).expect("a scalar");
        let mut vars = [image.vars(), text.vars()].concat();
        vars.push(scale.clone());
        let mut optimiser = AdamW::new(vars, AdamWConfig::default()).expect("memory for moments");
        let (features, texts) = (rows(batch, 512), rows(batch, 384));
        let mut number = 0;
        c.bench_function(
            &format!("training step, batch {batch}, 384→512 and 512→512"),
            |b| {
                b.iter(|| {
                    number += 1;
                    let drop = |name| Dropout {
                        rate: 0.5,
                        rng: Seed(1).stream(name, number),
                    };
                    let u = image
                        .forward(&features, Some(&mut drop("image")))
                        .expect("shapes fit");
                    let t = text
                        .forward(&texts, Some(&mut drop("text")))
                        .expect("shapes fit");
                    let unit = |x| unit_rows(x).expect("shapes fit");
                    let loss = loss::info_nce(&unit(&u), &unit(&t), &scale).expect("shapes fit");
                    optimiser
                        .step(&loss.backward().expect("a scalar loss"))
                        .expect("shapes fit");
                    black_box(loss::value(&loss).expect("a scalar"))
                });
            },
        );
    }
}

fn tower(c: &mut Criterion) {
    let tower = graph(512, "image").to_tower(None).expect("a tower");
    let x: Vec<f32> = (0..512).map(|i| (i as f32).sin()).collect();
    c.bench_function("image tower, one map", |b| {
        b.iter(|| black_box(tower.forward(black_box(&x))))
    });
}

/// A training step and one tower at use time.
pub fn benches(c: &mut Criterion) {
    step(c);
    tower(c);
}
