//! The curves of runs: losses, retrieval, similarities.

use eframe::egui::{Color32, Id, Ui, Vec2b};
use egui_plot::{Corner, Legend, Line, Plot, PlotPoints};

use super::run::Run;
use crate::app::kit::theme::{Tokens, Type};
use crate::app::kit::widgets::paragraph;

/// Height of a plot, points.
const HEIGHT: f32 = 190.0;

/// How curves are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Look {
    /// Losses by their logarithm.
    pub log: bool,
    /// Share of the curve before that a step keeps, 0..1.
    pub smoothing: f32,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            log: false,
            smoothing: 0.8,
        }
    }
}

/// Colours of runs, by their numbers.
const COLOURS: [Color32; 6] = [
    Color32::from_rgb(0x3b, 0x8e, 0xea),
    Color32::from_rgb(0xe0, 0x8e, 0x2b),
    Color32::from_rgb(0x3f, 0xa6, 0x6a),
    Color32::from_rgb(0xb0, 0x5f, 0xc6),
    Color32::from_rgb(0xd6, 0x5b, 0x5b),
    Color32::from_rgb(0x7a, 0x86, 0x94),
];

/// The colour of a run by its number.
pub(super) fn colour(run: u32) -> Color32 {
    COLOURS[run.saturating_sub(1) as usize % COLOURS.len()]
}

/// Draws the plots of the runs shown, two beside each other where there is room.
pub(super) fn curves(runs: &[&Run], look: Look, ui: &mut Ui, t: &Tokens) {
    let wide = ui.available_width();
    let columns = if wide > 620.0 { 2 } else { 1 };
    let width = (wide - 14.0 * (columns - 1) as f32) / columns as f32;
    let plots: [(&str, &str, (Of, Corner)); 4] = [
        ("Loss", "loss", (losses, Corner::LeftBottom)),
        (
            "Title → map, dev studies, %",
            "retrieval",
            (retrieval, Corner::RightBottom),
        ),
        (
            "Cosine of pairs and of others",
            "cosines",
            (cosines, Corner::RightBottom),
        ),
        (
            "Multiplier of cosines",
            "scale",
            (scale, Corner::RightBottom),
        ),
    ];
    for row in plots.chunks(columns) {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 14.0;
            for (title, id, of) in row {
                ui.vertical(|ui| {
                    ui.set_width(width);
                    let title = match (look.log, *id) {
                        (true, "loss") => "Loss (log₁₀)",
                        _ => title,
                    };
                    paragraph(ui, title, Type::Strong, t.text);
                    plot(id, runs, look, *of, width, ui);
                });
            }
        });
        ui.add_space(6.0);
    }
}

/// The curves of a run in one plot.
type Of = fn(&Run, Look) -> Vec<Curve>;

/// A curve of a run.
struct Curve {
    name: &'static str,
    points: Vec<[f64; 2]>,
    width: f32,
    /// How much of the run's colour.
    strength: f32,
    dashed: bool,
}

impl Curve {
    fn new(name: &'static str, points: Vec<[f64; 2]>) -> Self {
        Self {
            name,
            points,
            width: 1.8,
            strength: 1.0,
            dashed: false,
        }
    }
}

fn plot(id: &str, runs: &[&Run], look: Look, (of, corner): (Of, Corner), width: f32, ui: &mut Ui) {
    // The same pass is under the pointer in all of them, and zooming into one zooms into all.
    let group = Id::unique("training curves");
    let last = runs
        .iter()
        .flat_map(|run| run.steps.last())
        .map(|step| step[0]);
    let last = last.fold(1.0, f64::max).ceil();
    let plot = Plot::new(("training", id))
        .width(width)
        .height(HEIGHT)
        .allow_scroll(false)
        .include_x(0.0)
        .include_x(last)
        .link_axis(group, Vec2b::new(true, false))
        .link_cursor(group, Vec2b::new(true, false))
        .set_margin_fraction([0.02, 0.08].into());
    // Of several runs colours tell which, dashes what.
    let plot = match runs.len() {
        1 => plot.legend(Legend::default().background_alpha(0.75).position(corner)),
        _ => plot,
    };
    plot.show(ui, |plot| {
        // The one looked at lies on top.
        for run in runs.iter().rev() {
            for curve in of(run, look) {
                let name = match runs.len() {
                    1 => curve.name.to_owned(),
                    _ => format!("{}, {}", run.name, curve.name),
                };
                let ink = colour(run.number).gamma_multiply(curve.strength);
                let mut line = Line::new(name, PlotPoints::from(curve.points))
                    .color(ink)
                    .width(curve.width);
                if curve.dashed {
                    line = line.style(egui_plot::LineStyle::dashed_loose());
                }
                plot.line(line);
            }
        }
    });
}

fn losses(run: &Run, look: Look) -> Vec<Curve> {
    let scaled = |v: f64| if look.log { v.max(1e-12).log10() } else { v };
    let raw: Vec<[f64; 2]> = run.steps.iter().map(|&[x, y]| [x, scaled(y)]).collect();
    let mut smooth = raw.clone();
    let mut last = raw.first().map_or(0.0, |p| p[1]);
    let keep = f64::from(look.smoothing);
    for point in &mut smooth {
        last = keep * last + (1.0 - keep) * point[1];
        point[1] = last;
    }
    let of_passes = |loss: fn(&super::run::Pass) -> f32| -> Vec<[f64; 2]> {
        let point = |p: &super::run::Pass| [p.epoch as f64, scaled(f64::from(loss(p)))];
        run.passes.iter().map(point).collect()
    };
    vec![
        Curve {
            width: 1.0,
            strength: 0.3,
            ..Curve::new("steps", raw)
        },
        Curve {
            strength: 0.7,
            ..Curve::new("steps, smoothed", smooth)
        },
        Curve {
            dashed: true,
            ..Curve::new("dev", of_passes(|p| p.dev_loss))
        },
    ]
}

fn retrieval(run: &Run, _: Look) -> Vec<Curve> {
    let of = |which: usize| -> Vec<[f64; 2]> {
        let point = |p: &super::run::Pass| [p.epoch as f64, p.text_to_map[which]];
        run.passes.iter().map(point).collect()
    };
    vec![
        Curve::new("Recall@10", of(0)),
        Curve {
            strength: 0.7,
            ..Curve::new("Recall@100", of(1))
        },
        Curve {
            dashed: true,
            strength: 0.7,
            ..Curve::new("Mix&Match", of(2))
        },
    ]
}

fn cosines(run: &Run, _: Look) -> Vec<Curve> {
    let of =
        |which: usize| -> Vec<[f64; 2]> { run.cosines.iter().map(|c| [c[0], c[which]]).collect() };
    vec![
        Curve::new("own pairs", of(1)),
        Curve {
            dashed: true,
            strength: 0.7,
            ..Curve::new("others", of(2))
        },
    ]
}

fn scale(run: &Run, _: Look) -> Vec<Curve> {
    let point = |p: &super::run::Pass| [p.epoch as f64, f64::from(p.logit_scale)];
    vec![Curve::new("scale", run.passes.iter().map(point).collect())]
}
