//! `gyrus corpus FOLDER`: what a corpus is like, before anything is learnt from it.

use std::path::PathBuf;

use super::say::{path_text, shown};
use super::{Context, Failure, Outcome, outputs, print_text};
use crate::corpus::{self, CorpusReport, drops_csv};
use crate::files::{self, OutputFormat};

/// Arguments of `gyrus corpus`.
#[derive(Debug, clap::Args)]
pub struct CorpusArgs {
    /// Folder or file of the corpus
    #[arg(value_name = "CORPUS")]
    corpus: PathBuf,
    /// Write every study and peak that is not used, with the reason
    #[arg(long, value_name = "FILE.csv")]
    drops: Option<PathBuf>,
}

/// What `--json` prints.
#[derive(serde::Serialize)]
struct Document<'a> {
    schema: u32,
    corpus: String,
    version: &'a str,
    #[serde(flatten)]
    report: &'a CorpusReport,
}

/// Reads the corpus and says what it holds.
pub fn run(args: &CorpusArgs, context: &Context) -> Outcome {
    if let Some(path) = &args.drops {
        outputs::check_writable(path, OutputFormat::Table, [&args.corpus])?;
    }
    let (progress, line) = context.progress();
    let (_, report) = corpus::inspect(&args.corpus, &progress)?;
    drop(line);
    if let Some(path) = &args.drops {
        files::write_whole(path, drops_csv(&report.dropped).as_bytes())
            .map_err(|error| Failure::from_output(&error, Some(path.clone())))?;
    }
    if context.json {
        return context.print_json(&Document {
            schema: 1,
            corpus: path_text(&args.corpus),
            version: env!("CARGO_PKG_VERSION"),
            report: &report,
        });
    }
    let wrote = match &args.drops {
        Some(path) => format!("Wrote {}\n", shown(path)),
        None => String::new(),
    };
    print_text(&format!("{report}{wrote}"))
}
