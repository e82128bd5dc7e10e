//! The command line: one file a subcommand, a few lines over the library.

mod assets;
mod atlas;
mod batch;
mod bench;
mod bundle;
mod bundle_nulls;
mod compare;
mod context;
mod corpus;
mod decode;
mod decode_csv;
mod decode_inputs;
mod details;
mod display;
mod eval;
mod eval_box_plot;
mod eval_groups;
mod eval_maps;
mod eval_reconstruction;
mod frame;
mod info;
mod json;
mod look;
mod meta;
mod ontology;
mod outputs;
mod peaks;
mod predict;
mod regions;
mod render;
mod say;
mod studies;
mod table;
mod terminal;
mod train;
mod why;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app;
use crate::error::Explanation;

pub use context::{Context, Device, Failure, Outcome, ProgressLine};
pub use say::print_text;

/// Open a statistical brain map, see it, read what it means.
///
/// Without a subcommand the window opens on the given files (on the demo map when there is none).
#[derive(Debug, Parser)]
#[command(name = "gyrus", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Maps to open
    files: Vec<PathBuf>,
    #[command(flatten)]
    context: Context,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Published data sets: which there are, fetch them, check them
    Assets(assets::AssetsArgs),
    /// Learn a soft atlas from peak coordinates
    Atlas(atlas::AtlasArgs),
    /// Decode every map of folders: one line of JSON and rows of CSV a map
    Batch(batch::BatchArgs),
    /// Measure the program's time budgets on this machine
    Bench(bench::BenchArgs),
    /// Read what maps mean: ranked tasks, concepts and domains
    Decode(decode::DecodeArgs),
    /// Tasks, concepts and domains that maps are ranked by
    Ontology(ontology::OntologyArgs),
    /// Show which places of a map carry its decoding as one task
    Why(why::WhyArgs),
    /// What is in a model, and models of others as bundles
    Bundle(bundle::BundleArgs),
    /// What a folder of studies is like: years, peaks, spaces, duplicates, texts, and what is not used
    Corpus(corpus::CorpusArgs),
    /// How alike maps are: correlation and overlap of every pair
    Compare(compare::CompareArgs),
    /// Cluster and peak table of a map, with region names
    Peaks(peaks::PeaksArgs),
    /// Header, space, kind, range and warnings of maps
    Info(info::InfoArgs),
    /// Which regions an article names, beside those it reports peaks in and those predicted for it
    Regions(regions::RegionsArgs),
    /// Predict the brain map of a text of any length
    Predict(predict::PredictArgs),
    /// The studies nearest to a text, a map, a region or a list of peaks
    Studies(studies::StudiesArgs),
    /// Where studies agree: a meta-analysis of those found by a text, a map or a list
    Meta(meta::MetaArgs),
    /// Train a model on a folder of studies
    Train(train::TrainArgs),
    /// Benchmark table, beside chance, nearest study and ridge
    Eval(eval::EvalArgs),
    /// Draw maps on the MNI brain into a PNG file
    Render(render::RenderArgs),
}

/// Parses the arguments and runs the subcommand; 0 done, 1 failed on the input, 2 wrong usage.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // Without it half-written files stay until the next write of the same output.
    crate::files::remove_partials_on_signals().ok();
    match dispatch(&cli) {
        Ok(()) | Err(Failure::BrokenPipe) => ExitCode::SUCCESS,
        Err(Failure::Told) => ExitCode::from(1),
        Err(Failure::Input(explanation)) => {
            say::tell(explanation);
            ExitCode::from(1)
        }
        Err(Failure::Usage(message)) => {
            say::tell(message);
            ExitCode::from(2)
        }
    }
}

fn dispatch(cli: &Cli) -> Outcome {
    cli.context.apply()?;
    match &cli.command {
        None => open_window(&cli.files, &cli.context),
        Some(Command::Assets(args)) => assets::run(args, &cli.context),
        Some(Command::Atlas(args)) => atlas::run(args, &cli.context),
        Some(Command::Batch(args)) => batch::run(args, &cli.context),
        Some(Command::Bench(args)) => bench::run(args, &cli.context),
        Some(Command::Decode(args)) => decode::run(args, &cli.context),
        Some(Command::Ontology(args)) => ontology::run(args, &cli.context),
        Some(Command::Why(args)) => why::run(args, &cli.context),
        Some(Command::Bundle(args)) => bundle::run(args, &cli.context),
        Some(Command::Corpus(args)) => corpus::run(args, &cli.context),
        Some(Command::Compare(args)) => compare::run(args, &cli.context),
        Some(Command::Peaks(args)) => peaks::run(args, &cli.context),
        Some(Command::Info(args)) => info::run(args, &cli.context),
        Some(Command::Regions(args)) => regions::run(args, &cli.context),
        Some(Command::Predict(args)) => predict::run(args, &cli.context),
        Some(Command::Studies(args)) => studies::run(args, &cli.context),
        Some(Command::Meta(args)) => meta::run(args, &cli.context),
        Some(Command::Train(args)) => train::run(args, &cli.context),
        Some(Command::Eval(args)) => eval::run(args, &cli.context),
        Some(Command::Render(args)) => render::run(args, &cli.context),
    }
}

/// A panic later than this comes from a window that was already open.
const WINDOW_TAKES_AT_MOST: std::time::Duration = std::time::Duration::from_secs(5);

/// Opens the window, or says why there is none and does its job in the terminal.
fn open_window(files: &[PathBuf], context: &Context) -> Outcome {
    if context.json {
        return Err(Failure::Usage(
            "--json belongs to a subcommand, as in `gyrus decode MAP --json`".to_owned(),
        ));
    }
    if let Err(reason) = display::probe() {
        return terminal::run(files, &reason, context);
    }
    let options = app::Options {
        files: files.to_vec(),
        ..app::Options::default()
    };
    // The toolkit panics where a library of the desktop is missing (libxkbcommon-x11, say): that,
    // too, is a machine without a usable display.
    let start = std::time::Instant::now();
    let opened = std::panic::catch_unwind(|| app::run(options, context.model.clone()));
    match opened {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => terminal::run(files, &error.to_string(), context),
        Err(panic) => {
            let reason = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
                .unwrap_or_else(|| "the window toolkit failed".to_owned());
            if start.elapsed() > WINDOW_TAKES_AT_MOST {
                return Err(Failure::Input(Box::new(Explanation {
                    what: "Gyrus had to stop".to_owned(),
                    why: format!("an error of its own: {reason}"),
                    remedy: "Start it again; please report this message with what you did before"
                        .to_owned(),
                    path: None,
                })));
            }
            terminal::run(files, &reason, context)
        }
    }
}
