//! The command line: one file a subcommand, a few lines over the library.

mod context;
mod decode;
mod display;
mod eval;
mod info;
mod predict;
mod render;
mod table;
mod train;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use context::{Context, Device, Failure, Outcome, ProgressLine, print_text};

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
    /// Read what maps mean: ranked tasks, concepts and domains
    Decode(decode::DecodeArgs),
    /// Header, space, kind, range and warnings of maps
    Info(info::InfoArgs),
    /// Predict the brain map of a task, a few words or a sentence
    Predict(predict::PredictArgs),
    /// Train a model
    Train(train::TrainArgs),
    /// Benchmark table
    Eval(eval::EvalArgs),
    /// Draw maps on the MNI brain into a PNG file
    Render(render::RenderArgs),
}

/// Parses the arguments and runs the subcommand; 0 done, 1 failed on the input, 2 wrong usage.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match dispatch(&cli) {
        Ok(()) | Err(Failure::BrokenPipe) => ExitCode::SUCCESS,
        Err(Failure::Input(explanation)) => {
            eprintln!("{explanation}");
            ExitCode::from(1)
        }
        Err(Failure::Usage(message)) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn dispatch(cli: &Cli) -> Outcome {
    match &cli.command {
        None => Ok(()),
        Some(Command::Decode(args)) => decode::run(args, &cli.context),
        Some(Command::Info(args)) => info::run(args, &cli.context),
        Some(Command::Predict(args)) => predict::run(args, &cli.context),
        Some(Command::Train(args)) => train::run(args, &cli.context),
        Some(Command::Eval(args)) => eval::run(args, &cli.context),
        Some(Command::Render(args)) => render::run(args, &cli.context),
    }
}
