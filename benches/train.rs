//! One training step (forward, backward, AdamW) of the towers, by candle's tensors and by arithmetic of our own, and
//! what the program runs per map. `benches/train_peer.py` times the same steps in PyTorch and jax and prints them beside
//! these.

use std::hint::black_box;

use candle_core::{Device, Tensor, Var};
use criterion::Criterion;
use gyrus::align::fused::FusedTowers;
use gyrus::align::graph::{Dropout, Graph, unit_rows};
use gyrus::align::loss;
use gyrus::align::optim::{AdamW, AdamWConfig};
use gyrus::align::{Block, LayerNorm, Linear, Rows, Tower};
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

/// A tower through these widths, the first of what goes in; a projection wherever the width changes.
fn chain(widths: &[usize]) -> Tower {
    let mut rng = Seed(1).stream("chain", widths[0] as u64);
    let mut linear = |outputs: usize, inputs: usize| {
        let bound = (inputs as f32).sqrt().recip();
        let mut draw = |n| (0..n).map(|_| rng.random_range(-bound..bound)).collect();
        Linear {
            weight: draw(outputs * inputs),
            bias: draw(outputs),
            inputs,
        }
    };
    let block = |pair: &[usize]| {
        let (inputs, outputs) = (pair[0], pair[1]);
        let norm = LayerNorm {
            weight: vec![1.0; outputs],
            bias: vec![0.0; outputs],
        };
        let fc = linear(outputs, outputs);
        if inputs == outputs {
            return Block::Residual { fc, norm };
        }
        let projection = linear(outputs, inputs);
        Block::Projection {
            projection,
            fc,
            norm,
        }
    };
    Tower::new(None, widths.windows(2).map(block).collect()).expect("widths chain")
}

/// Seconds of processor time of this process so far, where the system tells.
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    let ticks = |n| fields.split(' ').nth(n)?.parse::<f64>().ok();
    // A hundred ticks a second, as Linux tells all programs.
    Some((ticks(11)? + ticks(12)?) / 100.0)
}

fn fused(c: &mut Criterion) {
    let threads = rayon::current_num_threads();
    let text = [384, 512, 512, 512];
    for (name, image) in [
        ("384→512 and 512→512", [512, 512, 512, 512]),
        ("384→512 and 4096–1024–1024–512", [4096, 1024, 1024, 512]),
    ] {
        for batch in [128, 512, 1024] {
            let mut towers = FusedTowers::new(
                &chain(&image),
                &chain(&text),
                10.0,
                AdamWConfig::default(),
                0.995,
            )
            .expect("towers of one width")
            .with_threads(threads);
            let table = |width| {
                let mut rng = Seed(1).stream("bench", width as u64);
                let draw = |_| rng.random_range(-0.08..0.08);
                Rows {
                    values: (0..batch * width).map(draw).collect(),
                    width,
                }
            };
            let (features, texts) = (table(image[0]), table(text[0]));
            let (mut number, mut steps) = (0, 0u32);
            let before = cpu_seconds();
            let name = format!("training step, fused, batch {batch}, {name}");
            c.bench_function(&name, |b| {
                b.iter(|| {
                    number += 1;
                    steps += 1;
                    let drop = |name| {
                        Some(Dropout {
                            rate: 0.5,
                            rng: Seed(1).stream(name, number),
                        })
                    };
                    towers
                        .step(&features, &texts, [drop("image"), drop("text")])
                        .expect("shapes fit")
                });
            });
            if let (Some(before), Some(after), 1..) = (before, cpu_seconds(), steps) {
                let each = 1e3 * (after - before) / f64::from(steps);
                println!("{name}: {each:.2} ms of processor time on {threads} threads");
            }
        }
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
    fused(c);
    tower(c);
}
