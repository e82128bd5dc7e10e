//! `gyrus eval [BUNDLE…] --corpus DIR`: the benchmark table.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::{Context, Outcome, print_text};
use crate::bundle::Bundle;
use crate::corpus::{self, Corpus, Kernel, Split, SplitBy, Study};
use crate::eval::{self, Difference, Direction, EvalError, Figures, Interval, Part, Spread, Table};
use crate::progress::Progress;
use crate::seed::Seed;
use crate::text::{MiniLm, TextEncoder as _};
use crate::train::{Cache, MapRecipe, TextKind, embeddings, features};

/// Arguments of `gyrus eval`.
#[derive(Debug, clap::Args)]
pub struct EvalArgs {
    /// Bundles to evaluate, several for mean ± sd over seeds (default: the embedded one)
    #[arg(value_name = "BUNDLE")]
    pub bundles: Vec<PathBuf>,
    /// Folder of the corpus
    #[arg(long, value_name = "DIR")]
    pub corpus: PathBuf,
    /// Part of the split to evaluate on; open the test part once a released model
    #[arg(long, value_enum, default_value = "dev")]
    pub part: PartName,
    /// Evaluate even on studies the model was trained on
    #[arg(long)]
    pub allow_trained: bool,
    /// Folder of finished stages (default: GYRUS_CACHE, else the user's cache folder)
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,
}

/// A part of the split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PartName {
    /// Kept for the outcome.
    Test,
    /// Used for every choice, so its figures are optimistic.
    Dev,
}

#[derive(serde::Serialize)]
struct Document<'a> {
    schema: u32,
    part: PartName,
    bundles: Vec<&'a str>,
    #[serde(flatten)]
    table: &'a Table,
}

/// Prints the table.
pub fn run(args: &EvalArgs, context: &Context) -> Outcome {
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
    let corpus = corpus::load(&args.corpus, &progress)?;
    let split = corpus::split(&corpus, &SplitBy::for_corpus(&corpus))?;
    let studies = match args.part {
        PartName::Test => &split.test,
        PartName::Dev => &split.dev,
    };
    if !args.allow_trained {
        for bundle in &bundles {
            check_unseen(bundle, &corpus, &split, studies)?;
        }
    }
    if args.part == PartName::Dev && !context.quiet {
        eprintln!("These are dev studies: they chose the model, so the figures are optimistic");
    }
    let table = table(
        &bundles,
        &corpus,
        &split,
        studies,
        &cache,
        Seed(context.seed_or(1)),
        &progress,
    )?;
    drop(line);
    let fingerprints = bundles.iter().map(|b| b.fingerprint()).collect();
    if context.json {
        let document = Document {
            schema: 1,
            part: args.part,
            bundles: fingerprints,
            table: &table,
        };
        return context.print_json(&document);
    }
    print_text(&describe(&table))
}

/// Refuses a part that holds studies the model has learnt from. Where the split is the model's own,
/// its dev and test studies are not among them. In any other corpus the index tells, which lists dev
/// studies too; without an index nobody can.
fn check_unseen(
    bundle: &Bundle,
    corpus: &Corpus,
    split: &Split,
    part: &[usize],
) -> Result<(), EvalError> {
    let info = &bundle.manifest.split;
    let same = info.train_sha256 == split.hashes.train
        && info.dev_sha256 == split.hashes.dev
        && info.test_sha256 == split.hashes.test;
    let trained = match (&bundle.index, same) {
        (_, true) => 0,
        (Some(index), false) => {
            let seen: std::collections::HashSet<u32> = index.pmids.iter().copied().collect();
            part.iter()
                .filter(|&&i| seen.contains(&corpus.studies[i].pmid))
                .count()
        }
        (None, false) => return Err(EvalError::UnknownTraining),
    };
    if trained == 0 {
        Ok(())
    } else {
        Err(EvalError::TrainedOn {
            trained,
            studies: part.len(),
        })
    }
}

fn table(
    bundles: &[&Bundle],
    corpus: &Corpus,
    split: &Split,
    studies: &[usize],
    cache: &Cache,
    seed: Seed,
    progress: &Progress,
) -> Result<Table, super::Failure> {
    let encoder = MiniLm::embedded()?;
    let first = bundles.first().ok_or(EvalError::Nothing)?;
    for bundle in bundles {
        bundle.check_encoder(encoder.fingerprint())?;
    }
    let width = first.manifest.kernel.width_mm;
    let kernel = match first.manifest.kernel.name.as_str() {
        "mkda" => Kernel::Mkda { radius_mm: width },
        _ => Kernel::Kde { fwhm_mm: width },
    };
    let maps = MapRecipe {
        atlas: &first.atlas,
        preprocess: &first.preprocess,
        kernel,
    };
    let part = |indices: &[usize]| -> Result<Part, EvalError> {
        let studies: Vec<&Study> = indices.iter().map(|&i| &corpus.studies[i]).collect();
        let mut silent = |_| {};
        Ok(Part {
            features: features(&studies, maps, cache, progress, &mut silent)?,
            titles: embeddings(
                &studies,
                TextKind::Title,
                encoder,
                cache,
                progress,
                &mut silent,
            )?,
            long_texts: embeddings(
                &studies,
                TextKind::Long,
                encoder,
                cache,
                progress,
                &mut silent,
            )?,
        })
    };
    let (train, dev) = (part(&split.train)?, part(&split.dev)?);
    Ok(eval::evaluate(
        bundles,
        &train,
        &dev,
        &part(studies)?,
        seed,
        progress,
    )?)
}

fn describe(table: &Table) -> String {
    let mut out = format!(
        "{} studies, query by title alone; {} model{}\n\n{:14} {:>35}   {:>35}\n{:14} {}   {}\n",
        table.studies,
        table.models,
        if table.models == 1 {
            ""
        } else {
            "s, mean ± sd"
        },
        "",
        "title → map",
        "map → title",
        "",
        HEAD,
        HEAD,
    );
    for row in &table.rows {
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{:14} {}   {}",
            row.name,
            figures(&row.text_to_map),
            figures(&row.map_to_text)
        );
    }
    out.push_str("\nDifference to (95 % paired bootstrap interval)\n");
    for d in &table.differences {
        let _ = writeln!(out, "{}", difference(d));
    }
    out
}

const HEAD: &str = "  Recall@10  Recall@100   Mix&Match";

fn figures(f: &Figures) -> String {
    [f.recall_10, f.recall_100, f.mix_match]
        .map(spread)
        .join(" ")
}

fn spread(s: Spread) -> String {
    match s.sd {
        Some(sd) => format!("{:>5.1} ± {:>3.1}", s.mean, sd),
        None => format!("{:>11.1}", s.mean),
    }
}

fn difference(d: &Difference) -> String {
    let direction = match d.direction {
        Direction::TextToMap => "title → map",
        Direction::MapToText => "map → title",
    };
    let interval = |i: &Interval| format!("{:+.1} [{:+.1}, {:+.1}]", i.estimate, i.low, i.high);
    format!(
        "{:14} {direction}: {}  {}  {}",
        d.peer,
        interval(&d.recall_10),
        interval(&d.recall_100),
        interval(&d.mix_match)
    )
}
