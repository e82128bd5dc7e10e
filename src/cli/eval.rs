//! `gyrus eval [BUNDLE…] --corpus DIR`: the benchmark tables. With `--maps TABLE`: labelled maps.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::eval_maps::{self, MapsArgs};
use super::{
    Context, Failure, Outcome, eval_box_plot, eval_groups, eval_reconstruction, outputs, print_text,
};
use crate::bundle::Bundle;
use crate::eval::{
    CorpusScores, Difference, Direction, EvalPlan, Figures, Interval, PartName, QueryText, Spread,
    Table, evaluate_corpus,
};
use crate::files::{self, OutputFormat};
use crate::ontology::read_ontology;
use crate::seed::Seed;
use crate::train::Cache;

/// Arguments of `gyrus eval`.
#[derive(Debug, clap::Args)]
pub struct EvalArgs {
    /// Bundles to evaluate, several for mean ± sd over seeds (default: the embedded one)
    #[arg(value_name = "BUNDLE")]
    pub bundles: Vec<PathBuf>,
    /// Folder of the corpus
    #[arg(long, value_name = "DIR", required_unless_present = "maps")]
    pub corpus: Option<PathBuf>,
    #[command(flatten)]
    maps: MapsArgs,
    /// Part of the split to evaluate on; open the test part once a released model
    #[arg(long, value_enum, default_value = "dev")]
    pub part: PartName,
    /// Also name maps of groups of studies whose titles name a task, and z maps simulated from them
    #[arg(long, requires = "corpus", conflicts_with = "maps")]
    groups: bool,
    /// Also name those maps smoothed, in noise, on other grids, thresholded, mirrored, and with a half missing
    #[arg(long, requires = "groups")]
    robustness: bool,
    /// Also look for the groups' tasks in the list of this folder of Cognitive Atlas files, of tables, or CSV, by
    /// names, definitions and both
    #[arg(long, value_name = "DIR|CSV", requires = "groups")]
    ontology: Option<PathBuf>,
    /// Also compare maps predicted from the studies' texts with the density of their own peaks
    #[arg(long, requires = "corpus", conflicts_with = "maps")]
    reconstruction: bool,
    /// Also draw how the figures of those maps spread over studies
    #[arg(long, value_name = "SVG", requires = "reconstruction")]
    box_plot: Option<PathBuf>,
    /// Also sample the topics of GC-LDA: minutes the first time, then kept in the cache
    #[arg(long, requires = "corpus", conflicts_with = "maps")]
    gclda: bool,
    /// Also train the towers of NiCLIP and NeuroConText as published, with this many seeds [one where none is said]:
    /// minutes a seed the first time, then kept in the cache
    #[arg(
        long,
        value_name = "SEEDS",
        num_args = 0..=1,
        default_missing_value = "1",
        value_parser = clap::value_parser!(u64).range(1..=100),
        requires = "corpus",
        conflicts_with = "maps"
    )]
    towers: Option<u64>,
    /// Evaluate even on studies the model was trained on
    #[arg(long)]
    pub allow_trained: bool,
    /// Folder of finished stages (default: GYRUS_CACHE, else the user's cache folder)
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,
}

#[derive(serde::Serialize)]
struct Document<'a> {
    schema: u32,
    part: PartName,
    bundles: Vec<&'a str>,
    #[serde(flatten)]
    scores: &'a CorpusScores,
}

/// Prints the table.
pub fn run(args: &EvalArgs, context: &Context) -> Outcome {
    let Some(corpus) = &args.corpus else {
        return eval_maps::run(&args.maps, &args.bundles, context);
    };
    if args.maps.are_given() {
        let why = "--tail, --prior and --anyway go with --maps";
        return Err(Failure::Usage(why.to_owned()));
    }
    if let Some(path) = &args.maps.output {
        if !args.reconstruction {
            let why = "-o goes with --maps and with --reconstruction";
            return Err(Failure::Usage(why.to_owned()));
        }
        outputs::check_writable(path, OutputFormat::Table, &args.bundles)?;
    }
    if let Some(path) = &args.box_plot {
        outputs::check_writable(path, OutputFormat::Drawing, &args.bundles)?;
    }
    let (progress, line) = context.progress();
    let mut paths = args.bundles.clone();
    if paths.is_empty() {
        paths.extend(context.model.clone());
    }
    let read: Vec<Bundle> = paths
        .iter()
        .map(|p| Bundle::read(p))
        .collect::<Result<_, _>>()?;
    let bundles: Vec<&Bundle> = if read.is_empty() {
        vec![Bundle::embedded()?]
    } else {
        read.iter().collect()
    };
    let cache = args.cache.clone().map_or_else(Cache::of_user, Cache::at);
    if args.part == PartName::Dev && !context.quiet {
        eprintln!("These are dev studies: they chose the model, so the figures are optimistic");
    }
    let other = args.ontology.as_deref().map(read_ontology).transpose()?;
    let plan = EvalPlan {
        corpus,
        part: args.part,
        allow_trained: args.allow_trained,
        groups: args.groups,
        robustness: args.robustness,
        other_tasks: other.as_ref().map(|read| &read.ontology),
        reconstruction: args.reconstruction,
        gclda: args.gclda,
        towers: args.towers.map_or(0, |seeds| seeds as usize),
        seed: Seed(context.seed_or(1)),
    };
    let scores = evaluate_corpus(&bundles, &plan, &cache, &progress)?;
    drop(line);
    if let (Some(path), Some(found)) = (&args.maps.output, &scores.reconstruction) {
        files::write_whole(path, eval_reconstruction::csv(found).as_bytes())
            .map_err(|error| Failure::from_output(&error, Some(path.clone())))?;
    }
    if let (Some(path), Some(found)) = (&args.box_plot, &scores.reconstruction) {
        files::write_whole(path, eval_box_plot::svg(found).as_bytes())
            .map_err(|error| Failure::from_output(&error, Some(path.clone())))?;
    }
    let fingerprints = bundles.iter().map(|b| b.fingerprint()).collect();
    if context.json {
        let document = Document {
            schema: 2,
            part: args.part,
            bundles: fingerprints,
            scores: &scores,
        };
        return context.print_json(&document);
    }
    let mut parts: Vec<String> = scores.tables.iter().map(describe).collect();
    let groups = scores.groups.iter();
    parts.extend(groups.map(|found| eval_groups::describe(found, args.part)));
    parts.extend(scores.robustness.iter().map(eval_groups::robustness));
    let predicted = scores.reconstruction.iter();
    parts.extend(predicted.map(eval_reconstruction::describe));
    print_text(&parts.join("\n"))
}

fn describe(table: &Table) -> String {
    let query = table.query.in_words();
    let text = match table.query {
        QueryText::Title => "title",
        QueryText::Long => "text",
        QueryText::Words => "words",
    };
    let models = match table.models {
        1 => "1 model".to_owned(),
        n => format!("{n} models, mean ± sd"),
    };
    let names = table.rows.iter().map(|row| row.name.chars().count());
    let wide = names.max().unwrap_or(0).max(14);
    let (there, back) = (format!("{text} → map"), format!("map → {text}"));
    let mut out = format!(
        "{} studies, query by {query}; {models}\n\n{:wide$} {there:>35}   {back:>35}\n{:wide$} {HEAD}   {HEAD}\n",
        table.studies, "", "",
    );
    for row in &table.rows {
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{:wide$} {}   {}",
            row.name,
            figures(&row.text_to_map),
            figures(&row.map_to_text)
        );
    }
    out.push('\n');
    for row in &table.rows {
        if let Some(settings) = &row.settings {
            let _ = writeln!(out, "{}: {settings}", row.name);
        }
    }
    out.push_str("\nDifference to (95 % paired bootstrap interval)\n");
    for d in &table.differences {
        let _ = writeln!(out, "{}", difference(d, text, wide));
    }
    out
}

const HEAD: &str = "  Recall@10  Recall@100   Mix&Match";

fn figures(f: &Figures) -> String {
    [f.recall_10, f.recall_100, f.mix_match]
        .map(spread)
        .join(" ")
}

pub(super) fn spread(s: Spread) -> String {
    match s.sd {
        Some(sd) => format!("{:>5.1} ± {:>3.1}", s.mean, sd),
        None => format!("{:>11.1}", s.mean),
    }
}

fn difference(d: &Difference, text: &str, wide: usize) -> String {
    let direction = match d.direction {
        Direction::TextToMap => format!("{text} → map"),
        Direction::MapToText => format!("map → {text}"),
    };
    let interval = |i: &Interval| format!("{:+.1} [{:+.1}, {:+.1}]", i.estimate, i.low, i.high);
    format!(
        "{:wide$} {direction}: {}  {}  {}",
        d.peer,
        interval(&d.recall_10),
        interval(&d.recall_100),
        interval(&d.mix_match)
    )
}
