//! `gyrus batch`: every map of a folder decoded, in parallel and to be gone on with after a stop.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use crate::batch::{self, Done, ERRORS, Options, Plan, RESULTS, SCORES, Shard, Summary};
use crate::decode::{PriorWeight, Tail};
use crate::error::Explanation;
use crate::ontology::read_ontology;

use super::decode::{TailArg, load_model, prior_weight};
use super::say::{shown, tell};
use super::{Context, Failure, Outcome, print_text};

/// How often the rate is told: on a terminal, where the line is drawn anew, and in a log.
const TOLD_EVERY: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(10)];

/// Decode every map of folders: one line of JSON and rows of CSV a map
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct BatchArgs {
    #[command(subcommand)]
    command: Option<BatchCommand>,
    /// Folders of maps, looked into as deep as they go, and files
    #[arg(required = true, value_name = "DIR_OR_FILE")]
    inputs: Vec<PathBuf>,
    /// Folder of the results; a run that was stopped goes on where it was
    #[arg(short, long, value_name = "DIR", required = true)]
    output: Option<PathBuf>,
    /// How many tasks and concepts to list
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    top: u16,
    /// Which side of each map to read [default: the stronger one, with a line on the other]
    #[arg(long, value_enum)]
    tail: Option<TailArg>,
    /// Decode also what should not be decoded
    #[arg(long)]
    anyway: bool,
    /// Weight of the literature prior, 0 to 1: 1 favours tasks that are studied often, 0 ranks by the map alone;
    /// by default what the model was measured with (0 for the model inside the program)
    #[arg(long, value_name = "WEIGHT", value_parser = prior_weight)]
    prior: Option<f32>,
    /// Concepts and domains by this ontology instead of the model's, as `gyrus decode` reads it
    #[arg(long, value_name = "DIR|CSV")]
    ontology: Option<PathBuf>,
    /// Decode only the I-th of N parts of the files; `gyrus batch merge` puts them together
    #[arg(long, value_name = "I/N", value_parser = shard)]
    shard: Option<Shard>,
}

#[derive(Debug, clap::Subcommand)]
enum BatchCommand {
    /// Put the results of all shards together
    Merge(MergeArgs),
}

/// Arguments of `gyrus batch merge`.
#[derive(Debug, clap::Args)]
struct MergeArgs {
    /// Folders of the shards' results
    #[arg(required = true, value_name = "DIR")]
    shards: Vec<PathBuf>,
    /// Folder of the merged results
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Document<'a, T: Serialize> {
    schema: u32,
    version: &'static str,
    output: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shard: Option<Shard>,
    #[serde(flatten)]
    done: &'a T,
    results: String,
    scores: String,
    errors: String,
}

impl<'a, T: Serialize> Document<'a, T> {
    fn new(output: &Path, done: &'a T) -> Self {
        let name = |name: &str| shown(&output.join(name));
        Self {
            schema: 1,
            version: env!("CARGO_PKG_VERSION"),
            output: shown(output),
            model: None,
            shard: None,
            done,
            results: name(RESULTS),
            scores: name(SCORES),
            errors: name(ERRORS),
        }
    }
}

/// Decodes the maps, or merges shards.
///
/// # Errors
/// [`Failure`] of the model or the folders; where maps were found and not one was decoded.
pub fn run(args: &BatchArgs, context: &Context) -> Outcome {
    if let Some(BatchCommand::Merge(args)) = &args.command {
        return merge(args, context);
    }
    let Some(output) = &args.output else {
        return Err(Failure::Usage(
            "Name a folder for the results (-o)".to_owned(),
        ));
    };
    let (progress, line) = context.progress();
    let bundle = load_model(context)?;
    let chosen = args.ontology.as_deref().map(read_ontology).transpose()?;
    let ontology = chosen
        .as_ref()
        .map_or_else(|| bundle.ontology(), |read| &read.ontology);
    let log = !std::io::stderr().is_terminal();
    let plan = Plan {
        inputs: args.inputs.clone(),
        output: output.clone(),
        options: Options {
            top: usize::from(args.top),
            tail: args.tail.map(Tail::from),
            prior: PriorWeight::from(args.prior),
            anyway: args.anyway,
        },
        shard: args.shard,
        told_every: TOLD_EVERY[usize::from(log)],
    };
    let done = batch::run(&bundle, ontology, &plan, &progress)?;
    drop(line);
    if context.json {
        context.print_json(&Document {
            model: Some(&bundle.manifest.name),
            shard: args.shard,
            ..Document::new(output, &done)
        })?;
    } else {
        print_text(&said(output, &done))?;
    }
    tell_failures(output, &done.summary);
    let Summary { files, decoded, .. } = done.summary;
    if files > 0 && decoded == 0 {
        return Err(Failure::Input(Box::new(Explanation {
            what: "Not one map was decoded".to_owned(),
            why: format!("{ERRORS} gives the reason for each"),
            remedy: "Name a folder of z, t or effect maps in MNI space, or decode them anyway (--anyway)".to_owned(),
            path: Some(output.join(ERRORS)),
        })));
    }
    Ok(())
}

fn merge(args: &MergeArgs, context: &Context) -> Outcome {
    let (progress, line) = context.progress();
    let summary = batch::merge(&args.shards, &args.output, &progress)?;
    drop(line);
    if context.json {
        context.print_json(&Document::new(&args.output, &summary))?;
    } else {
        let done = Done {
            summary: summary.clone(),
            ..Done::default()
        };
        print_text(&said(&args.output, &done))?;
    }
    tell_failures(&args.output, &summary);
    Ok(())
}

/// What was done, for a person.
fn said(output: &Path, done: &Done) -> String {
    let Summary { files, decoded, .. } = done.summary;
    let mut out = format!("{decoded} maps of {files} files decoded");
    if done.kept > 0 {
        out += &format!(" ({} maps were done before)", done.kept);
    }
    out += &format!(
        "\n{}\n{}\n",
        shown(&output.join(RESULTS)),
        shown(&output.join(SCORES))
    );
    out
}

/// How many were not decoded, on stderr.
fn tell_failures(output: &Path, summary: &Summary) {
    let Summary {
        declined,
        failed,
        left_out,
        ..
    } = summary;
    if declined + failed == 0 {
        return;
    }
    let behind = match left_out {
        0 => String::new(),
        n => format!(", {n} more frames of those files were not looked at"),
    };
    tell(format_args!(
        "{} not decoded: {declined} declined, {failed} failed{behind}; reasons in {}",
        declined + failed,
        shown(&output.join(ERRORS))
    ));
}

/// "2/8".
fn shard(text: &str) -> Result<Shard, String> {
    let parts = text.split_once('/');
    let number = |part: &str| part.trim().parse::<u32>().ok();
    let shard = parts.and_then(|(index, of)| {
        Some(Shard {
            index: number(index)?,
            of: number(of)?,
        })
    });
    shard
        .filter(|shard| shard.index >= 1 && shard.index <= shard.of)
        .ok_or_else(|| "it is a part and how many there are, as in 1/4".to_owned())
}
