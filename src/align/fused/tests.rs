//! The fused step beside candle's differentiation, and what has to hold of it alone.

use candle_core::{Device, Tensor as Graphed, Var};
use rand::seq::SliceRandom as _;

use super::*;
use crate::align::graph::{Dropout, Graph, unit_rows};
use crate::align::loss;
use crate::align::metrics::ranks;
use crate::align::optim::AdamW;
use crate::seed::{Seed, normal};
use crate::tensors::Container;

/// Inputs of maps, of texts, width, depth.
type Widths = (usize, usize, usize, usize);

/// A batch that is no whole number of chunks, widths that are no whole number of panels.
const ODD: Widths = (50, 37, 50, 3);
const BATCH: usize = 71;

fn rows(count: usize, width: usize, number: u64) -> Rows {
    let mut rng = Seed(5).stream("rows", number);
    Rows {
        values: normal(&mut rng, count * width),
        width,
    }
}

fn graphs((maps, texts, width, depth): Widths) -> [Graph; 2] {
    [(maps, "image"), (texts, "text")].map(|(inputs, name)| {
        Graph::init((inputs, width, depth), None, (Seed(3), name), &Device::Cpu).unwrap()
    })
}

fn fused(graphs: &[Graph; 2], optimiser: AdamWConfig, average: f64) -> FusedTowers {
    let [image, text] = graphs.each_ref().map(|g| g.to_tower(None).unwrap());
    FusedTowers::new(&image, &text, 10.0, optimiser, average).unwrap()
}

fn dropout(step: u64) -> [Option<Dropout>; 2] {
    [("dropout image", 0.5), ("dropout text", 0.3)].map(|(name, rate)| {
        let rng = Seed(9).stream(name, step);
        Some(Dropout { rate, rng })
    })
}

fn graphed(rows: &Rows) -> Graphed {
    Graphed::from_slice(&rows.values, (rows.len(), rows.width), &Device::Cpu).unwrap()
}

/// Unit latents by candle.
fn latents(graphs: &[Graph; 2], batch: [&Rows; 2], dropout: [Option<Dropout>; 2]) -> [Graphed; 2] {
    let mut dropout = dropout.into_iter();
    let mut side = |graph: &Graph, rows: &Rows| {
        let mut drop = dropout.next().unwrap();
        let out = graph.forward(&graphed(rows), drop.as_mut()).unwrap();
        unit_rows(&out).unwrap()
    };
    [side(&graphs[0], batch[0]), side(&graphs[1], batch[1])]
}

/// ‖a − b‖ / ‖b‖.
fn apart(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len());
    let square = |v: f64| v * v;
    let difference: f64 = (a.iter().zip(b))
        .map(|(a, b)| square(f64::from(*a) - f64::from(*b)))
        .sum();
    let size: f64 = b.iter().map(|b| square(f64::from(*b))).sum();
    (difference / size.max(1e-30)).sqrt()
}

/// Gradients of the last step in the order of [`Graph::vars`], tower by tower.
fn gradients(towers: &FusedTowers) -> Vec<Vec<f32>> {
    let mut out = Vec::new();
    for block in towers.sides.iter().flat_map(|s| &s.blocks) {
        for dense in &block.dense {
            let layout = (dense.inputs, dense.across(), dense.outputs);
            out.push(params::taken(&dense.weight.gradient, layout));
            out.push(dense.bias.gradient[..dense.outputs].to_vec());
        }
        for norm in [&block.norm_weight, &block.norm_bias] {
            out.push(norm.gradient[..block.outputs()].to_vec());
        }
    }
    out
}

fn flat(tensor: &Graphed) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// No step at all, so that gradients stay those of the weights.
fn still() -> AdamWConfig {
    AdamWConfig {
        learning_rate: 0.0,
        ..AdamWConfig::default()
    }
}

/// The objective from candle's operations.
fn by_candle(objective: Objective, u: &Graphed, t: &Graphed, scale: &Var, bias: &Var) -> Graphed {
    let n = u.dim(0).unwrap();
    let eye = Graphed::eye(n, candle_core::DType::F32, &Device::Cpu).unwrap();
    let cosines = u.matmul(&t.t().unwrap()).unwrap();
    match objective {
        Objective::InfoNce => loss::info_nce(u, t, scale).unwrap(),
        Objective::Margin { margin } => {
            let off = (eye.clone() * f64::from(margin)).unwrap();
            let logits = (cosines - off).unwrap().broadcast_mul(scale).unwrap();
            let whole = |l: &Graphed| l.exp().unwrap().sum(1).unwrap().log().unwrap();
            let turned = logits.t().unwrap().contiguous().unwrap();
            let both = ((whole(&logits) + whole(&turned)).unwrap() * 0.5).unwrap();
            let truth = (&logits * &eye).unwrap().sum(1).unwrap();
            (both - truth).unwrap().mean_all().unwrap()
        }
        Objective::SigLip { .. } => {
            let logits = cosines.broadcast_mul(scale).unwrap();
            let logits = logits.broadcast_add(bias).unwrap();
            let signs = ((eye * 2.0).unwrap() - 1.0).unwrap();
            let against = (logits * signs).unwrap().neg().unwrap();
            let each = (against.exp().unwrap() + 1.0).unwrap().log().unwrap();
            (each.sum_all().unwrap() / n as f64).unwrap()
        }
    }
}

const OBJECTIVES: [Objective; 3] = [
    Objective::InfoNce,
    Objective::Margin { margin: 0.15 },
    Objective::SigLip { bias: -4.0 },
];

#[test]
fn losses_and_gradients_are_candles() {
    for widths in [ODD, (64, 32, 64, 2), (5, 9, 3, 1)] {
        for objective in OBJECTIVES {
            for batch in [BATCH, 64, 3] {
                let graphs = graphs(widths);
                let (maps, texts) = (rows(batch, widths.0, 1), rows(batch, widths.1, 2));
                let mut towers = fused(&graphs, still(), 0.0).with_objective(objective);
                let got = towers.step(&maps, &texts, dropout(4)).unwrap();
                let scale = Var::new(10f32, &Device::Cpu).unwrap();
                let bias = Var::new(objective.bias(), &Device::Cpu).unwrap();
                let [u, t] = latents(&graphs, [&maps, &texts], dropout(4));
                let want = by_candle(objective, &u, &t, &scale, &bias);
                let grads = want.backward().unwrap();
                let want = loss::value(&want).unwrap();
                let place = format!("{widths:?} {objective:?} {batch}");
                assert!(
                    (got - want).abs() <= 1e-5 * want.abs(),
                    "{place}: {got} {want}"
                );
                let vars = graphs.iter().flat_map(Graph::vars);
                for (own, var) in gradients(&towers).iter().zip(vars) {
                    let far = apart(own, &flat(grads.get(&var).unwrap()));
                    assert!(far <= 1e-4, "{place}: {far}");
                }
                let scalars = [(&towers.scale, &scale), (&towers.bias, &bias)];
                for (own, var) in scalars {
                    let Some(want) = grads.get(var) else {
                        continue;
                    };
                    let want = flat(want)[0];
                    let far = (own.gradient[0] - want).abs() / want.abs().max(1e-3);
                    assert!(far <= 1e-4, "{place}: {} {want}", own.gradient[0]);
                }
            }
        }
    }
}

#[test]
fn reconstruction_is_candles() {
    for distance in [Distance::Squares, Distance::Cosine] {
        let graphs = graphs(ODD);
        let (maps, texts) = (rows(BATCH, ODD.0, 1), rows(BATCH, ODD.1, 2));
        let head = Linear {
            weight: rows(ODD.0, ODD.2, 3).values,
            bias: rows(1, ODD.0, 4).values,
            inputs: ODD.2,
        };
        let how = Reconstruction {
            contrast: 0.7,
            weight: 0.4,
            distance,
        };
        let mut towers = fused(&graphs, still(), 0.0)
            .with_reconstruction(&head, how)
            .unwrap();
        let got = towers.step(&maps, &texts, dropout(4)).unwrap();
        let scale = Var::new(10f32, &Device::Cpu).unwrap();
        let weight = Var::from_slice(&head.weight, (ODD.0, ODD.2), &Device::Cpu).unwrap();
        let bias = Var::from_slice(&head.bias, ODD.0, &Device::Cpu).unwrap();
        let [u, t] = latents(&graphs, [&maps, &texts], dropout(4));
        let x = (&t * (ODD.2 as f64).sqrt()).unwrap();
        let y = x.matmul(&weight.t().unwrap()).unwrap();
        let y = y.broadcast_add(&bias).unwrap();
        let target = graphed(&maps);
        let far = match distance {
            Distance::Squares => (y - target).unwrap().sqr().unwrap().mean_all().unwrap(),
            Distance::Cosine => {
                let cosines = (unit_rows(&y).unwrap() * unit_rows(&target).unwrap()).unwrap();
                (1.0 - cosines.sum(1).unwrap().mean_all().unwrap()).unwrap()
            }
        };
        let contrast = loss::info_nce(&u, &t, &scale).unwrap();
        let want = ((contrast * 0.7).unwrap() + (far * 0.4).unwrap()).unwrap();
        let grads = want.backward().unwrap();
        let want = loss::value(&want).unwrap();
        assert!((got - want).abs() <= 1e-5 * want, "{got} {want}");
        let mut own = gradients(&towers);
        let dense = &towers.reconstruction.as_ref().unwrap().1;
        let layout = (dense.inputs, dense.across(), dense.outputs);
        own.push(params::taken(&dense.weight.gradient, layout));
        own.push(dense.bias.gradient[..dense.outputs].to_vec());
        let vars = graphs.iter().flat_map(Graph::vars).chain([weight, bias]);
        for (own, var) in own.iter().zip(vars) {
            let far = apart(own, &flat(grads.get(&var).unwrap()));
            assert!(far <= 1e-4, "{distance:?}: {far}");
        }
    }
}

#[test]
fn twenty_steps_are_candles() {
    let config = AdamWConfig {
        learning_rate: 1e-3,
        ..AdamWConfig::default()
    };
    let graphs = graphs(ODD);
    let mut towers = fused(&graphs, config, 0.0);
    let scale = Var::new(10f32, &Device::Cpu).unwrap();
    let mut vars: Vec<Var> = graphs.iter().flat_map(Graph::vars).collect();
    vars.push(scale.clone());
    let mut optimiser = AdamW::new(vars, config).unwrap();
    for step in 0..20 {
        let (maps, texts) = (
            rows(BATCH, ODD.0, 2 * step),
            rows(BATCH, ODD.1, 2 * step + 1),
        );
        let got = towers.step(&maps, &texts, dropout(step)).unwrap();
        let [u, t] = latents(&graphs, [&maps, &texts], dropout(step));
        let want = loss::info_nce(&u, &t, &scale).unwrap();
        optimiser.step(&want.backward().unwrap()).unwrap();
        let want = loss::value(&want).unwrap();
        assert!((got - want).abs() <= 1e-5 * want, "{step}: {got} {want}");
    }
    assert!((towers.logit_scale(false) - loss::value(&scale).unwrap()).abs() < 1e-4);
    let whole = |towers: &[Tower; 2]| -> Vec<f32> {
        let tensors = towers.iter().flat_map(|t| t.to_tensors("t"));
        tensors.flat_map(|t| t.to_f32().unwrap()).collect()
    };
    let want = whole(&graphs.each_ref().map(|g| g.to_tower(None).unwrap()));
    let far = apart(&whole(&towers.towers(false).unwrap()), &want);
    assert!(far <= 1e-5, "{far}");
    let maps = rows(30, ODD.0, 77);
    let latents = towers.latents(Side::Image, &maps, false);
    let tower = &graphs[0];
    let want = unit_rows(&tower.forward(&graphed(&maps), None).unwrap()).unwrap();
    assert!(apart(&latents.values, &flat(&want)) <= 1e-5);
}

/// The bits of everything a checkpoint holds.
fn bits(towers: &FusedTowers) -> Vec<u8> {
    let mut container = Container::default();
    towers.store(&mut container);
    container.to_bytes()
}

fn trained(threads: usize, limits: Limits) -> Vec<u8> {
    let how = Reconstruction {
        contrast: 1.0,
        weight: 0.1,
        distance: Distance::Squares,
    };
    let head = Linear {
        weight: rows(ODD.0, ODD.2, 3).values,
        bias: vec![0.0; ODD.0],
        inputs: ODD.2,
    };
    let mut towers = fused(&graphs(ODD), AdamWConfig::default(), 0.9)
        .with_threads(threads)
        .with_limits(limits)
        .with_reconstruction(&head, how)
        .unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build().unwrap().install(|| {
        for step in 0..3 {
            let batch = [200, 130, 200][step as usize];
            let (maps, texts) = (rows(batch, ODD.0, step), rows(batch, ODD.1, step + 50));
            towers.step(&maps, &texts, dropout(step)).unwrap();
        }
    });
    bits(&towers)
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let limits = Limits {
        gradient: Some(0.5),
        weight: Some(1.2),
    };
    for limits in [Limits::default(), limits] {
        let one = trained(1, limits);
        assert_eq!(one, trained(1, limits), "from run to run");
        for threads in [2, 3] {
            assert_eq!(one, trained(threads, limits), "{threads} threads");
        }
    }
    assert_ne!(trained(1, limits), trained(1, Limits::default()));
}

#[test]
fn a_stored_run_goes_on_with_the_same_bits() {
    for objective in OBJECTIVES {
        let graphs = graphs(ODD);
        let mut towers = fused(&graphs, AdamWConfig::default(), 0.9).with_objective(objective);
        let step = |towers: &mut FusedTowers, number: u64| {
            let (maps, texts) = (rows(BATCH, ODD.0, number), rows(BATCH, ODD.1, number + 9));
            towers.step(&maps, &texts, dropout(number)).unwrap()
        };
        step(&mut towers, 0);
        step(&mut towers, 1);
        let file = bits(&towers);
        let mut container = Container::from_bytes(&file).unwrap();
        let mut again = FusedTowers::load(&mut container).unwrap();
        assert_eq!(again.steps(), 2);
        assert_eq!(
            container.names().count(),
            0,
            "everything stored is read: {:?}",
            container.names().next()
        );
        assert_eq!(bits(&again), file);
        for number in 2..4 {
            let (a, b) = (step(&mut towers, number), step(&mut again, number));
            assert_eq!(a.to_bits(), b.to_bits());
        }
        assert_eq!(bits(&again), bits(&towers));
        let names: Vec<String> = Container::from_bytes(&file)
            .unwrap()
            .names()
            .map(str::to_owned)
            .collect();
        for name in names {
            let mut broken = Container::from_bytes(&file).unwrap();
            broken.take(&name);
            assert!(FusedTowers::load(&mut broken).is_err(), "{name}");
        }
    }
}

#[test]
fn limits_hold_and_the_average_follows() {
    let limits = Limits {
        gradient: Some(1e-3),
        weight: Some(0.05),
    };
    let mut towers = fused(&graphs(ODD), AdamWConfig::default(), 0.99).with_limits(limits);
    let (maps, texts) = (rows(BATCH, ODD.0, 1), rows(BATCH, ODD.1, 2));
    let before = towers.towers(false).unwrap();
    towers.step(&maps, &texts, dropout(0)).unwrap();
    let all = |towers: [Tower; 2]| -> Vec<f32> {
        let tensors = towers.into_iter().flat_map(|t| t.to_tensors("t"));
        tensors.flat_map(|t| t.to_f32().unwrap()).collect()
    };
    let (before, now) = (all(before), all(towers.towers(false).unwrap()));
    assert!(now.iter().all(|v| v.abs() <= 0.05) && towers.logit_scale(false) == 0.05);
    // As train::average has it: of the first step a mean keeps 2/11.
    let averaged = all(towers.towers(true).unwrap());
    let keep = (2.0f64 / 11.0) as f32;
    let want: Vec<f32> = (before.iter().zip(&now))
        .map(|(b, n)| b * keep + n * (1.0 - 2.0 / 11.0f64) as f32)
        .collect();
    assert!(apart(&averaged, &want) < 1e-6);
    let averaged = towers.towers(true).unwrap();
    let latents = towers.latents(Side::Text, &texts, true);
    let want = texts.map(texts.width, <[f32]>::to_vec);
    let want: Vec<f32> = (want.iter())
        .flat_map(|row| averaged[1].clone().keeping_length().forward(row))
        .collect();
    assert!(apart(&latents.values, &want) < 1e-5);
}

#[test]
fn a_planted_map_is_learnt_and_shuffled_pairs_are_not() {
    let (maps, texts) = (rows(256, 24, 1), {
        let mut turn = rows(24, 16, 2).values;
        turn.iter_mut().for_each(|v| *v /= 5.0);
        rows(256, 24, 1).map(16, |row| {
            let column = |j| row.iter().zip(turn[j..].iter().step_by(16));
            let sums = (0..16).map(|j| column(j).map(|(a, b)| a * b).sum());
            sums.collect()
        })
    });
    let recall = |shuffled: bool| {
        let config = AdamWConfig {
            learning_rate: 3e-3,
            weight_decay: 1e-3,
            ..AdamWConfig::default()
        };
        let mut towers = fused(&graphs((24, 16, 32, 2)), config, 0.0);
        let mut order: Vec<usize> = (0..256).collect();
        let mut rng = Seed(1).stream("order", 0);
        let partner: Vec<usize> = if shuffled {
            let mut partner = order.clone();
            partner.shuffle(&mut rng);
            partner
        } else {
            order.clone()
        };
        let learn = 192;
        for _ in 0..60 {
            order[..learn].shuffle(&mut rng);
            for batch in order[..learn].chunks(64) {
                let partners: Vec<usize> = batch.iter().map(|&i| partner[i]).collect();
                towers
                    .step(&maps.select(batch), &texts.select(&partners), [None, None])
                    .unwrap();
            }
        }
        // Pairs that were not learnt from.
        let rest: Vec<usize> = (learn..256).collect();
        let u = towers.latents(Side::Image, &maps.select(&rest), false);
        let t = towers.latents(Side::Text, &texts.select(&rest), false);
        let ranks = ranks(&t.values, &u.values, t.width);
        ranks.iter().filter(|&&r| r < 10).count() as f32 / rest.len() as f32
    };
    assert_eq!(recall(false), 1.0);
    // Ten of 64 by chance.
    let chance = recall(true);
    assert!((0.0..0.32).contains(&chance), "{chance}");
}

#[test]
fn batches_and_towers_that_do_not_fit_are_refused() {
    let graphs = graphs(ODD);
    let mut towers = fused(&graphs, AdamWConfig::default(), 0.0);
    let maps = |n, width| rows(n, width, 1);
    for (a, b) in [
        (maps(4, 50), maps(5, 37)),
        (maps(4, 49), maps(4, 37)),
        (maps(0, 50), maps(0, 37)),
    ] {
        assert!(towers.step(&a, &b, [None, None]).is_err());
    }
    let narrow = Graph::init((9, 8, 1), None, (Seed(1), "n"), &Device::Cpu).unwrap();
    let (wide, narrow) = (
        graphs[0].to_tower(None).unwrap(),
        narrow.to_tower(None).unwrap(),
    );
    let config = AdamWConfig::default();
    assert!(FusedTowers::new(&wide, &narrow, 1.0, config, 0.0).is_err());
}

/// Values that tests/fixtures/train/make.py makes likewise.
fn wave(count: usize, number: usize, size: f64) -> Vec<f32> {
    let pace = 0.37 + 0.011 * number as f64;
    let value = |i: usize| (((i + 1) as f64 * pace).sin() * size) as f32;
    (0..count).map(value).collect()
}

fn wave_tower(inputs: usize, width: usize, number: usize) -> Tower {
    let linear = |outputs: usize, inputs: usize, at: usize| Linear {
        weight: wave(outputs * inputs, at, 0.2),
        bias: wave(outputs, at + 1, 0.1),
        inputs,
    };
    let norm = crate::align::LayerNorm {
        weight: vec![1.0; width],
        bias: vec![0.0; width],
    };
    let blocks = vec![
        crate::align::Block::Projection {
            projection: linear(width, inputs, number),
            fc: linear(width, width, number + 2),
            norm: norm.clone(),
        },
        crate::align::Block::Residual {
            fc: linear(width, width, number + 10),
            norm,
        },
    ];
    Tower::new(None, blocks).unwrap()
}

#[test]
fn twenty_steps_are_pytorchs() {
    #[derive(serde::Deserialize)]
    struct Figures {
        losses: Vec<f32>,
        scale: f32,
        bias: f32,
        latents: Vec<f32>,
        weight: Vec<f32>,
        head: Vec<f32>,
    }
    let file = include_str!("../../../tests/fixtures/train/torch.json");
    let all: std::collections::BTreeMap<String, Figures> = serde_json::from_str(file).unwrap();
    let (maps, texts, width, batch) = (20, 13, 24, 70);
    let table = |count: usize, width: usize, number: usize| Rows {
        values: wave(count * width, number, 1.0),
        width,
    };
    for (name, want) in &all {
        let config = AdamWConfig {
            learning_rate: 1e-3,
            ..AdamWConfig::default()
        };
        let (image, text) = (wave_tower(maps, width, 1), wave_tower(texts, width, 21));
        let mut towers = FusedTowers::new(&image, &text, 10.0, config, 0.0).unwrap();
        let head = Linear {
            weight: wave(maps * width, 41, 0.1),
            bias: vec![0.0; maps],
            inputs: width,
        };
        towers = match name.as_str() {
            "margin" => towers.with_objective(OBJECTIVES[1]),
            "siglip" => towers.with_objective(OBJECTIVES[2]),
            "reconstruction" => {
                let how = Reconstruction {
                    contrast: 0.7,
                    weight: 0.4,
                    distance: Distance::Squares,
                };
                towers.with_reconstruction(&head, how).unwrap()
            }
            _ => towers,
        };
        for (step, want) in want.losses.iter().enumerate() {
            let (x, t) = (
                table(batch, maps, 50 + step),
                table(batch, texts, 90 + step),
            );
            let got = towers.step(&x, &t, [None, None]).unwrap();
            assert!(
                (got - want).abs() <= 1e-5 * want,
                "{name} {step}: {got} {want}"
            );
        }
        let scalars = [
            (towers.logit_scale(false), want.scale),
            (towers.logit_bias(false), want.bias),
        ];
        for (got, want) in scalars {
            let unused = got == 0.0 && want == -4.0;
            assert!(
                unused || (got / want - 1.0).abs() < 1e-5,
                "{name}: {got} {want}"
            );
        }
        let latents = towers.latents(Side::Image, &table(5, maps, 130), false);
        let weight = towers.sides[1].blocks[1].dense[0].to_linear(false).weight;
        let mut pairs = vec![
            (latents.values, &want.latents),
            (weight[..width].to_vec(), &want.weight),
        ];
        if let Some(head) = towers.head(false) {
            pairs.push((head.weight[..width].to_vec(), &want.head));
        }
        for (got, want) in pairs {
            let far = apart(&got, want);
            assert!(far <= 1e-5, "{name}: {far}");
        }
    }
}
