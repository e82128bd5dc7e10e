//! `gyrus eval --maps TABLE`: how early the model ranks what labelled maps show.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde::Serialize;

use super::decode::{TailArg, prior_weight};
use super::say::shown;
use super::table::{Align, Table};
use super::{Context, Failure, Outcome, outputs, print_text};
use crate::bundle::Bundle;
use crate::decode::{BundleInfo, PriorWeight, Tail};
use crate::eval::{LabelledPlan, LabelledScores, Mapping, evaluate_labelled};
use crate::files::{self, OutputFormat};
use crate::measure::csv_text;
use crate::seed::Seed;

/// Labels shown to a person.
const LABELS_SHOWN: usize = 40;

/// Arguments of `gyrus eval --maps`.
#[derive(Debug, clap::Args)]
pub(super) struct MapsArgs {
    /// Table of labelled maps: columns file and label (a task; several with ; between, * for any letters), and where
    /// wanted frame and domains
    #[arg(long, value_name = "TABLE", conflicts_with_all = ["corpus", "part", "cache"])]
    maps: Option<PathBuf>,
    /// Side of the maps to read [default: the stronger one of each]
    #[arg(long, value_enum, requires = "maps")]
    tail: Option<TailArg>,
    /// Weight of the literature prior, 0 to 1: 1 favours tasks that are studied often, 0 ranks by the map alone;
    /// by default what the model was measured with (0 for the model inside the program)
    #[arg(long, value_name = "WEIGHT", value_parser = prior_weight)]
    prior: Option<f32>,
    /// Decode also maps that should not be decoded
    #[arg(long, requires = "maps")]
    anyway: bool,
    /// Also write a row a map as CSV; with --reconstruction a row a text, method and study
    #[arg(short, long, value_name = "CSV")]
    pub(super) output: Option<PathBuf>,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    bundle: BundleInfo<'a>,
    prior_weight: f32,
    seed: u64,
    version: &'static str,
    #[serde(flatten)]
    scores: &'a LabelledScores,
}

impl MapsArgs {
    /// Whether something is asked for that only labelled maps have; both ways of measuring may write a table.
    pub(super) fn are_given(&self) -> bool {
        self.tail.is_some() || self.anyway || self.prior.is_some()
    }
}

/// Decodes the maps and prints the figures.
///
/// # Errors
/// [`Failure`] of the table, the model or the output; where no map could be decoded.
pub(super) fn run(args: &MapsArgs, bundles: &[PathBuf], context: &Context) -> Outcome {
    let Some(table) = &args.maps else {
        return Err(Failure::Usage(
            "Name a corpus or a table of maps".to_owned(),
        ));
    };
    let tail = match args.tail.map(Tail::from) {
        Some(Tail::Both) => {
            let why = "--tail both has two answers a map: read each side in a run of its own";
            return Err(Failure::Usage(why.to_owned()));
        }
        one => one,
    };
    let (progress, line) = context.progress();
    let read = match bundles {
        [] => context.model.as_deref(),
        [one] => Some(one.as_path()),
        _ => {
            let why = "--maps takes one model: run it once a model";
            return Err(Failure::Usage(why.to_owned()));
        }
    };
    let read = read.map(Bundle::read).transpose()?;
    let bundle = match &read {
        Some(bundle) => bundle,
        None => Bundle::embedded()?,
    };
    let mapping = Mapping::read(table, &bundle.tasks)?;
    if let Some(path) = &args.output {
        let files: Vec<PathBuf> = mapping.maps.iter().map(|m| mapping.path_of(m)).collect();
        outputs::check(path, OutputFormat::Table, files.iter().chain([table]))?;
    }
    let plan = LabelledPlan {
        tail,
        prior: PriorWeight::from(args.prior),
        anyway: args.anyway,
        seed: Seed(context.seed_or(1)),
    };
    let scores = evaluate_labelled(bundle, &mapping, &plan, &progress)?;
    drop(line);
    if let Some(path) = &args.output {
        files::write_whole(path, rows(&scores).as_bytes())
            .map_err(|error| Failure::from_output(&error, Some(path.clone())))?;
    }
    if context.json {
        let model = bundle.record(bundle.ontology().fingerprint());
        return context.print_json(&Document {
            schema: 1,
            bundle: BundleInfo::of(&model),
            prior_weight: plan.prior.or(bundle.manifest.prior_weight),
            seed: plan.seed.0,
            version: env!("CARGO_PKG_VERSION"),
            scores: &scores,
        });
    }
    print_text(&report(&scores))
}

/// One line a map.
fn rows(scores: &LabelledScores) -> String {
    let mut out = "file,label,tail,rank,first_task,domain_found\n".to_owned();
    for map in &scores.maps {
        let found = map
            .domain_found
            .map_or("", |found| if found { "1" } else { "0" });
        let tail = match map.tail {
            Tail::Pos => "pos",
            Tail::Neg => "neg",
            Tail::Both => "both",
        };
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{},{},{tail},{},{},{found}",
            csv_text(&map.file.to_string_lossy()),
            csv_text(&map.label),
            map.rank,
            csv_text(&map.first)
        );
    }
    out
}

/// Where all maps have one label there is nothing to deal.
fn p_text(p: Option<f64>) -> String {
    p.map_or_else(|| "–".to_owned(), |p| format!("{p:.3}"))
}

fn report(scores: &LabelledScores) -> String {
    let [first, four, ten] = scores.recall_1_4_10;
    let mut out = format!(
        "{} maps over {} tasks: Recall@1 {first:.1} %, @4 {four:.1} %, @10 {ten:.1} %\n\
         Mean reciprocal rank {:.1} % (labels dealt at random: {:.1} %, p {}); normalised accuracy {:.1} % \
         (dealt: {:.1} %)\n",
        scores.maps.len(),
        scores.tasks,
        scores.mrr,
        scores.mrr_permuted,
        p_text(scores.p),
        scores.normalised_accuracy,
        scores.normalised_accuracy_permuted,
    );
    if let Some(share) = scores.domain_recall_2 {
        let _ = writeln!(out, "A named domain is among the first two in {share:.1} %");
    }
    let mut labels = Table::new(&[
        ("label", Align::Left),
        ("maps", Align::Right),
        ("Recall@10", Align::Right),
        ("MRR", Align::Right),
        ("p", Align::Right),
    ]);
    for label in scores.labels.iter().take(LABELS_SHOWN) {
        labels.row([
            label.label.clone(),
            label.maps.to_string(),
            format!("{:.0} %", label.recall_10),
            format!("{:.1} %", label.mrr),
            p_text(label.p),
        ]);
    }
    out += &format!("\n{}", labels.render());
    if let rest @ 1.. = scores.labels.len().saturating_sub(LABELS_SHOWN) {
        let _ = writeln!(out, "and {rest} labels more (--json)");
    }
    for map in &scores.left_out {
        let _ = writeln!(out, "! left out: {}: {}", shown(&map.file), map.why);
    }
    out
}
