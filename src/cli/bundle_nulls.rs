//! `gyrus bundle nulls`: a model with the null distributions that its decodings are held against.

use std::path::PathBuf;

use serde::Serialize;

use super::say::{path_text, shown};
use super::{Context, Failure, Outcome, outputs, print_text};
use crate::bundle::{Bundle, write_files};
use crate::files::OutputFormat;
use crate::seed::Seed;
use crate::train::{NULL_MAPS, learn_nulls, text_nearness};

/// Arguments of `gyrus bundle nulls`.
#[derive(Debug, clap::Args)]
pub(super) struct NullsArgs {
    /// Bundle to read [default: --model, else the embedded one]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Maps of noise that are made and decoded
    #[arg(long, value_name = "N", default_value_t = NULL_MAPS, value_parser = at_least_ten)]
    maps: usize,
    /// Keep the distributions of noise that are there; compare only titles of studies anew
    #[arg(long, conflicts_with = "maps")]
    keep_noise: bool,
    /// Where to write the bundle; its studies, where it has any, go beside it
    #[arg(short, long, value_name = "GYRUS")]
    output: PathBuf,
}

fn at_least_ten(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|&n: &usize| n >= 10);
    number.ok_or_else(|| "it is a whole number from 10 on".to_owned())
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    bundle: String,
    fingerprint: &'a str,
    bytes: usize,
    null_maps: u32,
}

/// Runs it.
pub(super) fn run(args: &NullsArgs, context: &Context) -> Outcome {
    let path = args.file.as_ref().or(context.model.as_ref());
    outputs::check_writable(&args.output, OutputFormat::Bundle, path)?;
    let read;
    let bundle = match path {
        Some(path) => {
            read = Bundle::read(path)?;
            &read
        }
        None => Bundle::embedded()?,
    };
    let (progress, line) = context.progress();
    let seed = Seed(context.seed.unwrap_or(0));
    let nulls = match (&bundle.nulls, args.keep_noise) {
        (Some(known), true) => known
            .clone()
            .with_text_nearness(text_nearness(bundle, &progress)?),
        (None, true) => {
            return Err(Failure::Usage(
                "--keep-noise is for a bundle that was tried on noise; this one was not".into(),
            ));
        }
        (_, false) => learn_nulls(bundle, args.maps, seed, &progress)?,
    };
    drop(line);
    let null_maps = nulls.maps;
    let mut parts = bundle.parts();
    parts.nulls = Some(nulls);
    let (made, bytes) = write_files(&parts, &args.output)?;
    if context.json {
        return context.print_json(&Document {
            schema: 1,
            bundle: path_text(&args.output),
            fingerprint: made.fingerprint(),
            bytes,
            null_maps,
        });
    }
    print_text(&format!(
        "Wrote {} ({:.1} MB, {}): decodings are held against {null_maps} maps of noise\n",
        shown(&args.output),
        bytes as f64 / 1e6,
        made.fingerprint(),
    ))
}
