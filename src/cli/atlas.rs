//! `gyrus atlas learn CORPUS -o FILE`: learns a soft atlas from coordinates.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::say::{path_text, shown, tell};
use super::{Context, Failure, Outcome, outputs, print_text};
use crate::corpus::{self, SplitBy, SplitHashes};
use crate::files::OutputFormat;
use crate::learn::{LearnOptions, LearnReport, Learnt, Method, Spread, fitting, learn_corpus};
use crate::seed::Seed;
use crate::train::Warning;

/// Arguments of `gyrus atlas`.
#[derive(Debug, clap::Args)]
pub struct AtlasArgs {
    #[command(subcommand)]
    command: AtlasCommand,
}

#[derive(Debug, clap::Subcommand)]
enum AtlasCommand {
    /// Learn modes from the coordinates of a corpus
    Learn(LearnArgs),
}

/// Arguments of `gyrus atlas learn`.
#[derive(Debug, clap::Args)]
pub struct LearnArgs {
    /// Folder with Neurosynth, NeuroQuery, or tables of your own
    #[arg(value_name = "CORPUS")]
    corpus: PathBuf,
    /// Where to write the atlas
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Number of modes (default: 512, fewer for a small corpus)
    #[arg(long, value_name = "K")]
    modes: Option<usize>,
    /// Sparse modes, or dense singular vectors to compare with
    #[arg(long, value_enum, default_value_t = Method::Modes)]
    method: Method,
    /// Passes over the training maps
    #[arg(long, value_name = "N", default_value_t = 6)]
    passes: usize,
    /// Farthest a mode reaches from its centre, mm
    #[arg(long, value_name = "MM", default_value_t = 20.0)]
    radius: f64,
    /// Soft threshold at every update, as a share of the mode's peak
    #[arg(long, value_name = "SHARE", default_value_t = 0.03)]
    sparsity: f32,
    /// Also measure a singular value decomposition of the same size
    #[arg(long)]
    compare: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    atlas: String,
    fingerprint: String,
    bytes: u64,
    split: &'a SplitHashes,
    report: &'a LearnReport,
}

/// Runs `gyrus atlas …`.
pub fn run(args: &AtlasArgs, context: &Context) -> Outcome {
    match &args.command {
        AtlasCommand::Learn(args) => run_learn(args, context),
    }
}

fn run_learn(args: &LearnArgs, context: &Context) -> Outcome {
    if !(args.radius > 4.0 && args.radius <= 100.0) {
        return Err(Failure::Usage(
            "--radius must lie between 4 and 100 mm".into(),
        ));
    }
    if !(0.0..0.9).contains(&args.sparsity) {
        return Err(Failure::Usage(
            "--sparsity must lie between 0 and 0.9".into(),
        ));
    }
    outputs::check_writable(&args.output, OutputFormat::Atlas, None)?;
    let (progress, line) = context.progress();
    progress.stage("Reading the corpus");
    let corpus = corpus::load(&args.corpus, &progress)?;
    let seed = Seed(context.seed_or(0));
    let split = corpus::split(&corpus, &SplitBy::for_corpus(&corpus))?;
    let (studies, standard) = (split.train.len(), LearnOptions::default().modes);
    let modes = args.modes.unwrap_or_else(|| fitting(standard, studies));
    if args.modes.is_none() && modes < standard && !context.quiet {
        let fewer = Warning::FewerModes {
            studies,
            used: modes,
            standard,
        };
        tell(format!("{fewer} (--modes sets another number)"));
    }
    let options = LearnOptions {
        method: args.method,
        modes,
        passes: args.passes,
        radius_mm: args.radius,
        sparsity: args.sparsity,
        seed,
        compare: args.compare,
        ..LearnOptions::default()
    };
    let Learnt {
        atlas,
        bytes,
        report,
    } = learn_corpus(&corpus, &split, &options, &progress)?;
    crate::files::write_whole(&args.output, &bytes)
        .map_err(|error| Failure::from_output(&error, Some(args.output.clone())))?;
    drop(line);
    if context.json {
        return context.print_json(&Document {
            schema: 1,
            atlas: path_text(&args.output),
            fingerprint: atlas.fingerprint(),
            bytes: bytes.len() as u64,
            split: &split.hashes,
            report: &report,
        });
    }
    print_text(&describe(&report, bytes.len(), &args.output))
}

fn describe(report: &LearnReport, bytes: usize, path: &Path) -> String {
    let spread = |s: &Spread, digits: usize| {
        format!(
            "{:.digits$} to {:.digits$}, median {:.digits$}",
            s.least, s.most, s.median
        )
    };
    let mut lines = vec![
        format!("modes                  {}", report.modes),
        format!("learnt from            {} studies", report.train_studies),
        format!(
            "measured on            {} held-out studies",
            report.dev_studies
        ),
        format!(
            "variance kept          {:.1} %",
            100.0 * report.variance_kept
        ),
        format!(
            "  on the 4 mm grid     {:.1} %",
            100.0 * report.variance_kept_coarse
        ),
    ];
    if let Some(svd) = report.svd_variance_kept_coarse {
        lines.push(format!("  SVD of the same size {:.1} %", 100.0 * svd));
    }
    for (label, figure, digits) in [
        ("voxels per mode        ", &report.voxels_per_mode, 0),
        ("modes per voxel        ", &report.modes_per_voxel, 0),
        (
            "in heaviest component  ",
            &report.share_in_heaviest_component,
            3,
        ),
        ("  before cutting       ", &report.share_before_cutting, 3),
    ] {
        lines.extend(
            figure
                .as_ref()
                .map(|s| format!("{label}{}", spread(s, digits))),
        );
    }
    if let Some(overlap) = report.mass_overlap {
        lines.push(format!("mass overlap           {:.1} %", 100.0 * overlap));
    }
    lines.push(format!(
        "brain covered          {:.1} %",
        100.0 * report.voxels_covered
    ));
    lines.push(format!("weights                {}", report.weights));
    lines.push(format!("time                   {:.1} s", report.elapsed_s));
    lines.push(format!(
        "written                {} ({:.1} MB)",
        shown(path),
        bytes as f64 / 1e6
    ));
    lines.join("\n") + "\n"
}
