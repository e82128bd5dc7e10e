//! `gyrus bench`: the program's time budgets, measured on this machine.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use serde::Serialize;

use super::decode::load_model;
use super::{Context, Outcome, print_text};
use crate::decode::{Tail, decode};
use crate::ontology::Ontology;
use crate::predict::predict;
use crate::progress::Progress;
use crate::text::MiniLm;
use crate::{measure, space, volume};

/// Arguments of `gyrus bench`.
#[derive(Debug, clap::Args)]
pub struct BenchArgs {
    /// Map to open and decode (default: the embedded demo map)
    #[arg(value_name = "MAP")]
    pub map: Option<PathBuf>,
    /// Runs of each repeated measurement; the median is reported
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub runs: u32,
    /// Only what a viewer does: opening, clusters, smoothing; needs no model
    #[arg(long)]
    pub viewer: bool,
}

/// One measurement.
#[derive(Debug, Serialize)]
struct Row {
    name: &'static str,
    median_ms: f64,
    runs: u32,
    /// What the project promises on two cores, warm file cache; nothing promised without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    budget_ms: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: u32,
    version: &'static str,
    threads: usize,
    rows: &'a [Row],
    #[serde(skip_serializing_if = "Option::is_none")]
    resident_mib: Option<f64>,
}

/// Measures and prints the table.
pub fn run(args: &BenchArgs, context: &Context) -> Outcome {
    let (progress, line) = context.progress();
    if args.viewer {
        let rows = viewer(args, &progress)?;
        drop(line);
        return show(&rows, context);
    }
    let mut rows = Vec::new();
    // What happens once is measured first, while nothing is warm.
    progress.stage("Loading the model");
    let start = Instant::now();
    let model = load_model(context)?;
    model.atlas.prepare()?;
    rows.push(once("load bundle", start, 400.0));

    let path = args.map.as_deref();
    let open = || match path {
        Some(path) => space::open_map(path, 0, &Progress::new()),
        None => space::demo_map(&Progress::new()),
    };
    let map = open()?;
    let ontology = Ontology::embedded();
    let start = Instant::now();
    let seen = decode(&model, ontology, &map, Tail::Pos, &progress)?.latent;
    rows.push(once("first decode", start, 800.0));
    let start = Instant::now();
    let encoder = MiniLm::embedded()?;
    predict(&model, encoder, "n-back working memory task", &progress)?;
    rows.push(once("first text to map", start, 400.0));

    progress.stage("Measuring");
    let runs = args.runs;
    rows.push(median("open map", runs, Some(120.0), || open().map(drop))?);
    let masked = space::on_mask(&map, model.atlas.mask(), &progress)?.values;
    rows.push(median("project", runs, Some(8.0), || {
        std::hint::black_box(model.atlas.project(&masked));
        Ok::<_, volume::VolumeError>(())
    })?);
    rows.push(median("decode", runs, Some(15.0), || {
        decode(&model, ontology, &map, Tail::Pos, &progress).map(drop)
    })?);
    // Another text every time: what was read is kept for the sliders.
    let mut number = 0;
    rows.push(median("text to map", runs, Some(60.0), || {
        number += 1;
        let text = format!("n-back working memory task {number}");
        predict(&model, encoder, &text, &progress).map(drop)
    })?);
    if let Some(index) = &model.index {
        rows.push(median("nearest studies", runs, Some(5.0), || {
            std::hint::black_box(index.nearest(&seen, 50));
            Ok::<_, volume::VolumeError>(())
        })?);
    }
    drop(line);
    show(&rows, context)
}

/// Opening, the peak table and smoothing of a map.
fn viewer(args: &BenchArgs, progress: &Progress) -> Result<Vec<Row>, super::Failure> {
    let open = || match args.map.as_deref() {
        Some(path) => space::open_map(path, 0, &Progress::new()),
        None => space::demo_map(&Progress::new()),
    };
    progress.stage("Measuring");
    let map = open()?;
    let mut rows = vec![median("open map", args.runs, Some(120.0), || {
        open().map(drop)
    })?];
    if map.data.scalar().is_some() {
        let options = volume::ClusterOptions {
            two_sided: true,
            ..volume::ClusterOptions::at(3.1)
        };
        rows.push(median("clusters and peaks", args.runs, None, || {
            volume::clusters(&map, &options, progress).map(drop)
        })?);
        rows.push(median("smooth by 6 mm", args.runs, None, || {
            measure::smooth(&map, 6.0, progress).map(drop)
        })?);
    }
    Ok(rows)
}

fn show(rows: &[Row], context: &Context) -> Outcome {
    let resident_mib = resident_mib();
    if context.json {
        return context.print_json(&Document {
            schema: 1,
            version: env!("CARGO_PKG_VERSION"),
            threads: rayon::current_num_threads(),
            rows,
            resident_mib,
        });
    }
    let mut out = format!("{:<20} {:>12} {:>12}\n", "what", "median ms", "budget ms");
    for row in rows {
        // Writing to a String cannot fail.
        writeln!(
            out,
            "{:<20} {:>12.2} {:>12}",
            row.name,
            row.median_ms,
            row.budget_ms
                .map_or_else(String::new, |ms| format!("{ms:.0}"))
        )
        .ok();
    }
    if let Some(mib) = resident_mib {
        writeln!(out, "resident memory at the end: {mib:.0} MiB").ok();
    }
    print_text(&out)
}

fn once(name: &'static str, start: Instant, budget_ms: f64) -> Row {
    Row {
        name,
        median_ms: elapsed_ms(start),
        runs: 1,
        budget_ms: Some(budget_ms),
    }
}

fn elapsed_ms(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1000.0
}

fn median<E>(
    name: &'static str,
    runs: u32,
    budget_ms: Option<f64>,
    mut work: impl FnMut() -> Result<(), E>,
) -> Result<Row, E> {
    work()?;
    let mut times = Vec::with_capacity(runs as usize);
    for _ in 0..runs {
        let start = Instant::now();
        work()?;
        times.push(elapsed_ms(start));
    }
    times.sort_by(f64::total_cmp);
    Ok(Row {
        name,
        median_ms: times[times.len() / 2],
        runs,
        budget_ms,
    })
}

/// Resident memory of this process, where the system tells it.
fn resident_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}
