//! The aligner against jax: towers, loss, gradients, optimiser. `tests/fixtures/align/make.py`
//! makes the reference.

use candle_core::{Device, Tensor, Var};
use gyrus::align::graph::{Graph, unit_rows};
use gyrus::align::optim::{AdamW, AdamWConfig};
use gyrus::align::{Tower, loss, unit};
use gyrus::tensors::{self, Container};
use serde::Deserialize;

#[derive(Deserialize, Clone)]
struct Values {
    shape: Vec<usize>,
    values: Vec<f64>,
}

impl Values {
    fn f32(&self) -> Vec<f32> {
        self.values.iter().map(|&v| v as f32).collect()
    }

    fn tensor(&self) -> Tensor {
        Tensor::from_vec(self.f32(), self.shape.as_slice(), &Device::Cpu).unwrap()
    }
}

#[derive(Deserialize)]
struct Parity {
    adamw: [f64; 5],
    x_image: Values,
    x_text: Values,
    params: Vec<Values>,
    image_out: Values,
    text_out: Values,
    loss: f64,
    grads: Vec<Values>,
    after_1: Vec<Values>,
    after_5: Vec<Values>,
    losses: Vec<f64>,
}

/// Arrays of the three residual blocks of the image tower.
const IMAGE_ARRAYS: usize = 12;

fn parity() -> Parity {
    serde_json::from_str(include_str!("../../fixtures/align/parity.json")).unwrap()
}

fn tower(params: &[Values], projection: bool) -> Tower {
    let mut names = Vec::new();
    for block in 0..3 {
        let layers: &[&str] = if projection && block == 0 {
            &["projection", "fc"]
        } else {
            &["fc"]
        };
        for layer in layers.iter().chain(&["layer_norm"]) {
            names.extend(["weight", "bias"].map(|kind| format!("t.{block}.{layer}.{kind}")));
        }
    }
    assert_eq!(names.len(), params.len());
    let mut stored = Container::default();
    for (name, p) in names.into_iter().zip(params) {
        stored.push(tensors::Tensor::f32(name, &p.shape, &p.f32()));
    }
    Tower::from_tensors("t", &mut stored).unwrap()
}

fn close(got: &[f32], want: &[f64], tolerance: f64, what: &str) {
    assert_eq!(got.len(), want.len(), "{what}");
    let scale = want.iter().fold(1e-3f64, |a, v| a.max(v.abs()));
    for (i, (g, w)) in got.iter().zip(want).enumerate() {
        assert!(
            (f64::from(*g) - w).abs() <= tolerance * scale,
            "{what}[{i}]: {g} is not {w}"
        );
    }
}

struct Model {
    image: Graph,
    text: Graph,
    scale: Var,
}

impl Model {
    fn new(p: &Parity) -> Self {
        let (image, rest) = p.params.split_at(IMAGE_ARRAYS);
        let (scale, text) = rest.split_last().unwrap();
        Self {
            image: Graph::from_tower(&tower(image, false), &Device::Cpu).unwrap(),
            text: Graph::from_tower(&tower(text, true), &Device::Cpu).unwrap(),
            scale: Var::from_tensor(&scale.tensor()).unwrap(),
        }
    }

    fn vars(&self) -> Vec<Var> {
        let mut vars = self.image.vars();
        vars.extend(self.text.vars());
        vars.push(self.scale.clone());
        vars
    }

    fn loss(&self, p: &Parity) -> Tensor {
        let image = unit_rows(&self.image.forward(&p.x_image.tensor(), None).unwrap()).unwrap();
        let text = unit_rows(&self.text.forward(&p.x_text.tensor(), None).unwrap()).unwrap();
        loss::info_nce(&image, &text, &self.scale).unwrap()
    }
}

fn flat(t: &Tensor) -> Vec<f32> {
    t.flatten_all().unwrap().to_vec1().unwrap()
}

#[test]
fn graph_loss_and_gradients_equal_jax() {
    let p = parity();
    let model = Model::new(&p);
    let image = unit_rows(&model.image.forward(&p.x_image.tensor(), None).unwrap()).unwrap();
    close(&flat(&image), &p.image_out.values, 1e-5, "image latents");
    let text = unit_rows(&model.text.forward(&p.x_text.tensor(), None).unwrap()).unwrap();
    close(&flat(&text), &p.text_out.values, 1e-5, "text latents");
    let loss = model.loss(&p);
    assert!((f64::from(loss::value(&loss).unwrap()) - p.loss).abs() < 1e-4 * p.loss);
    let grads = loss.backward().unwrap();
    for (i, (var, want)) in model.vars().iter().zip(&p.grads).enumerate() {
        close(
            &flat(grads.get(var).unwrap()),
            &want.values,
            1e-3,
            &format!("gradient {i}"),
        );
    }
}

#[test]
fn adamw_follows_the_reference_for_five_steps() {
    let p = parity();
    let model = Model::new(&p);
    let [learning_rate, beta1, beta2, epsilon, weight_decay] = p.adamw;
    let config = AdamWConfig {
        learning_rate,
        beta1,
        beta2,
        epsilon,
        weight_decay,
    };
    let mut optimiser = AdamW::new(model.vars(), config).unwrap();
    for step in 0..5 {
        optimiser.step(&model.loss(&p).backward().unwrap()).unwrap();
        let loss = f64::from(loss::value(&model.loss(&p)).unwrap());
        assert!(
            (loss - p.losses[step]).abs() < 1e-3 * p.losses[step].max(0.1),
            "step {step}: {loss}"
        );
        let want = match step {
            0 => &p.after_1,
            4 => &p.after_5,
            _ => continue,
        };
        for (i, (var, want)) in model.vars().iter().zip(want).enumerate() {
            close(
                &flat(var),
                &want.values,
                2e-3,
                &format!("array {i} after step {}", step + 1),
            );
        }
    }
}

#[test]
fn the_plain_tower_gives_what_the_graph_gives() {
    let p = parity();
    let (image, rest) = p.params.split_at(IMAGE_ARRAYS);
    let text = &rest[..rest.len() - 1];
    for (tower, x) in [
        (tower(image, false), &p.x_image),
        (tower(text, true), &p.x_text),
    ] {
        // The plain tower brings its input to unit length itself.
        let rows: Vec<Vec<f32>> = x.f32().chunks_exact(x.shape[1]).map(unit).collect();
        let input = Tensor::from_vec(rows.concat(), x.shape.as_slice(), &Device::Cpu).unwrap();
        let graph = Graph::from_tower(&tower, &Device::Cpu).unwrap();
        let want = flat(&unit_rows(&graph.forward(&input, None).unwrap()).unwrap());
        let got: Vec<f32> = rows.iter().flat_map(|row| tower.forward(row)).collect();
        let want: Vec<f64> = want.iter().map(|&v| f64::from(v)).collect();
        close(&got, &want, 1e-5, "plain tower");
        assert_eq!(graph.to_tower(None).unwrap(), tower);
    }
}
