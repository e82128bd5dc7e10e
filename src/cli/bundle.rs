//! `gyrus bundle show`: what is in a model. `gyrus bundle import`: models published by others as bundles.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::bundle_nulls::{self, NullsArgs};
use super::say::{one_line, path_text, shown};
use super::table::{Align, Table};
use super::{Context, Outcome, outputs, print_text};
use crate::bundle::import::{ImportSources, Imported, Layout, Scale, import};
use crate::bundle::{Bundle, BundleError, Manifest, write_files};
use crate::files::OutputFormat;
use crate::tensors::Container;

/// Tasks named to a person.
const TASKS_SHOWN: usize = 12;

/// Arguments of `gyrus bundle`.
#[derive(Debug, clap::Args)]
pub struct BundleArgs {
    #[command(subcommand)]
    command: BundleCommand,
}

#[derive(Debug, clap::Subcommand)]
enum BundleCommand {
    /// Parts, sizes, encoder, atlas, tasks, licences and card of a model
    Show(ShowArgs),
    /// Find out what a model makes of noise, so that its decodings can be held against that
    Nulls(NullsArgs),
    /// Make a bundle of the files of a model published by others
    #[command(subcommand)]
    Import(Box<ImportCommand>),
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// Bundle to look at [default: --model, else the embedded one]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum ImportCommand {
    /// NiCLIP (Peraza et al. 2025)
    Niclip(ImportArgs),
    /// NeuroConText; its embeddings are to be standardised as its own pipeline does
    Neurocontext(ImportArgs),
}

#[derive(Debug, clap::Args)]
struct ImportArgs {
    /// PyTorch state dict (.pth, .pt)
    #[arg(long, value_name = "PTH")]
    weights: PathBuf,
    /// Names of the tasks, one a line
    #[arg(long, value_name = "TXT")]
    vocabulary: PathBuf,
    /// Embeddings of the tasks, a row a task in the order of the names
    #[arg(long, value_name = "NPY")]
    embeddings: PathBuf,
    /// Literature prior, a number a task in the order of the names [default: all alike]
    #[arg(long, value_name = "NPY")]
    prior: Option<PathBuf>,
    /// Atlas the weights were trained on: a 4-D map, a mode a frame (DiFuMo)
    #[arg(long, value_name = "NIFTI")]
    atlas: PathBuf,
    /// Voxels that are used [default: where any mode is not 0]
    #[arg(long, value_name = "NIFTI")]
    mask: Option<PathBuf>,
    /// Table of tasks and their concepts (reduced_tasks.csv), whose links are then the only ones
    #[arg(long, value_name = "CSV")]
    tasks: Option<PathBuf>,
    /// Folder of Cognitive Atlas files: identifiers, concepts and domains
    #[arg(long, value_name = "DIR")]
    cognitive_atlas: Option<PathBuf>,
    /// Multiplier of cosines: a number, or "learned" for the one stored with the weights
    #[arg(long, value_name = "SCALE", default_value = "20", value_parser = scale)]
    scale: Scale,
    /// What its authors call the text encoder, for the record
    #[arg(long, value_name = "NAME", default_value = "not named")]
    encoder: String,
    /// Name of the model [default: that of the bundle file]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Where to write the bundle
    #[arg(short, long, value_name = "GYRUS")]
    output: PathBuf,
}

fn scale(text: &str) -> Result<Scale, String> {
    if text == "learned" {
        return Ok(Scale::Learned);
    }
    let number = text
        .parse()
        .ok()
        .filter(|s: &f32| s.is_finite() && *s > 0.0);
    number
        .map(Scale::Fixed)
        .ok_or_else(|| "it is a number above 0, or \"learned\"".to_owned())
}

/// Runs `gyrus bundle …`.
///
/// # Errors
/// [`Failure`] of the files or the output.
pub fn run(args: &BundleArgs, context: &Context) -> Outcome {
    match &args.command {
        BundleCommand::Show(args) => show(args, context),
        BundleCommand::Nulls(args) => bundle_nulls::run(args, context),
        BundleCommand::Import(whose) => match &**whose {
            ImportCommand::Niclip(args) => run_import(args, Layout::Niclip, context),
            ImportCommand::Neurocontext(args) => run_import(args, Layout::Neurocontext, context),
        },
    }
}

/// Bytes and arrays of a part.
#[derive(Debug, Default, Clone, Serialize)]
struct PartSize {
    arrays: usize,
    bytes: u64,
}

#[derive(Serialize)]
struct ShowDocument<'a> {
    schema: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    fingerprint: &'a str,
    bytes: usize,
    /// By the first word of the arrays' names.
    sizes: &'a BTreeMap<String, PartSize>,
    predicts_maps: bool,
    reads_signed_maps: bool,
    studies: Option<usize>,
    null_maps: Option<u32>,
    /// Tasks, concepts and domains of the ontology inside.
    #[serde(skip_serializing_if = "Option::is_none")]
    ontology: Option<[usize; 3]>,
    manifest: &'a Manifest,
}

fn show(args: &ShowArgs, context: &Context) -> Outcome {
    let path = args.file.as_ref().or(context.model.as_ref());
    let bytes = match path {
        Some(path) => Cow::Owned(Bundle::read_bytes(path)?),
        None => Cow::Borrowed(Bundle::embedded_bytes()),
    };
    let at = |error: BundleError| match path {
        Some(path) => error.at(path),
        None => error,
    };
    // With the studies beside the file, where there are any.
    let read;
    let bundle = match path {
        Some(path) => {
            let bundle = Bundle::from_bytes(&bytes).map_err(at)?;
            read = bundle.with_studies_beside(path)?;
            &read
        }
        None => Bundle::embedded()?,
    };
    let stored = Container::from_bytes(&bytes).map_err(|e| at(e.into()))?;
    let mut sizes: BTreeMap<String, PartSize> = BTreeMap::new();
    for array in stored.names().filter_map(|name| stored.get(name)) {
        let part = array.name.split('.').next().unwrap_or_default();
        let size = sizes.entry(part.to_owned()).or_default();
        size.arrays += 1;
        size.bytes += array.bytes.len() as u64;
    }
    let document = ShowDocument {
        schema: 1,
        file: path.map(|path| path_text(path)),
        fingerprint: bundle.fingerprint(),
        bytes: bytes.len(),
        sizes: &sizes,
        predicts_maps: bundle.decoder.is_some(),
        reads_signed_maps: bundle.preprocess.is_signed(),
        studies: bundle.index.as_ref().map(|index| index.len()),
        null_maps: bundle.nulls.as_ref().map(|nulls| nulls.maps),
        ontology: bundle
            .own_ontology()
            .map(|o| [o.tasks.len(), o.concepts.len(), o.domains.len()]),
        manifest: &bundle.manifest,
    };
    if context.json {
        return context.print_json(&document);
    }
    print_text(&describe(&document, path.map(PathBuf::as_path)))
}

fn describe(of: &ShowDocument<'_>, path: Option<&Path>) -> String {
    let m = of.manifest;
    let file = path.map_or_else(|| "the embedded model".to_owned(), shown);
    let mut out = format!(
        "{}  ({file}, {})\n",
        one_line(&m.name),
        megabytes(of.bytes as u64)
    );
    // Writing to a String cannot fail.
    let mut line = |what: &str, value: String| {
        let _ = writeln!(out, "{what:12} {}", one_line(&value));
    };
    line("fingerprint", of.fingerprint.to_owned());
    line(
        "format",
        format!(
            "{}, readable from {} on; written by {}",
            m.version, m.min_reader, m.written_by
        ),
    );
    let reads = match of.reads_signed_maps {
        true => "signed maps, once",
        false => "each side of a map on its own",
    };
    let predicts = match of.predicts_maps {
        true => "predicts maps from texts",
        false => "no decoder: predicts no maps",
    };
    line("reads", format!("{reads} ({}); {predicts}", m.preprocess));
    line(
        "encoder",
        format!(
            "{}, {} numbers a text",
            m.encoder.fingerprint, m.encoder.dim
        ),
    );
    let [x, y, z] = m.atlas.grid_shape;
    let sizes = m.atlas.grid_affine.voxel_sizes_mm();
    line(
        "atlas",
        format!(
            "{} modes on {x} × {y} × {z} voxels of {:.2} × {:.2} × {:.2} mm",
            m.atlas.modes, sizes[0], sizes[1], sizes[2]
        ),
    );
    line("scale", m.decode_scale.to_string());
    let names: Vec<&str> = m.tasks.iter().map(|t| t.name.as_str()).collect();
    let more = match names.len().saturating_sub(TASKS_SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let first = names[..names.len().min(TASKS_SHOWN)].join(", ");
    line("tasks", format!("{}: {first}{more}", names.len()));
    match of.ontology {
        Some([tasks, concepts, domains]) => line(
            "ontology",
            format!("its own: {tasks} tasks, {concepts} concepts, {domains} domains"),
        ),
        None => line("ontology", "the program's".to_owned()),
    }
    match of.null_maps {
        Some(maps) => line(
            "noise",
            format!("decodings are held against {maps} maps of noise"),
        ),
        None => line(
            "noise",
            "not tried: decodings are not held against it (gyrus bundle nulls)".to_owned(),
        ),
    }
    match of.studies {
        Some(studies) => line("index", format!("{studies} studies")),
        None => line(
            "index",
            "none: the studies it has learnt from are not known".to_owned(),
        ),
    }
    let mut table = Table::new(&[
        ("arrays of", Align::Left),
        ("arrays", Align::Right),
        ("size", Align::Right),
    ]);
    for (part, size) in of.sizes {
        table.row([part.clone(), size.arrays.to_string(), megabytes(size.bytes)]);
    }
    let _ = write!(out, "\n{}", table.render());
    for licence in &m.licences {
        let _ = writeln!(out, "\nLicence: {}", one_line(licence));
    }
    if !m.card.is_empty() {
        let _ = writeln!(out, "\n{}", m.card.trim_end());
    }
    out
}

fn megabytes(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..1_000_000 => format!("{:.0} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

#[derive(Serialize)]
struct ImportDocument<'a> {
    schema: u32,
    bundle: String,
    fingerprint: &'a str,
    bytes: usize,
    tasks: usize,
    modes: usize,
    voxels: usize,
    notes: &'a [String],
}

fn run_import(args: &ImportArgs, layout: Layout, context: &Context) -> Outcome {
    let stem = args
        .output
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy();
    let sources = ImportSources {
        layout,
        weights: args.weights.clone(),
        vocabulary: args.vocabulary.clone(),
        embeddings: args.embeddings.clone(),
        prior: args.prior.clone(),
        atlas: args.atlas.clone(),
        mask: args.mask.clone(),
        tasks: args.tasks.clone(),
        cognitive_atlas: args.cognitive_atlas.clone(),
        scale: args.scale,
        encoder: args.encoder.clone(),
        name: args.name.clone().unwrap_or_else(|| stem.into_owned()),
    };
    outputs::check_writable(&args.output, OutputFormat::Bundle, sources.files())?;
    let (progress, line) = context.progress();
    let Imported { parts, notes } = import(&sources, &progress)?;
    progress.stage("Writing the bundle");
    let (bundle, bytes) = write_files(&parts, &args.output)?;
    drop(line);
    let document = ImportDocument {
        schema: 1,
        bundle: path_text(&args.output),
        fingerprint: bundle.fingerprint(),
        bytes,
        tasks: bundle.tasks.len(),
        modes: bundle.atlas.modes(),
        voxels: bundle.atlas.mask().len(),
        notes: &notes,
    };
    if context.json {
        return context.print_json(&document);
    }
    let mut out = format!(
        "Wrote {} ({}): {} tasks, {} modes over {} voxels, scale {}\n",
        shown(&args.output),
        megabytes(bytes as u64),
        document.tasks,
        document.modes,
        document.voxels,
        bundle.decode_scale,
    );
    for note in &notes {
        let _ = writeln!(out, "! {note}");
    }
    let _ = writeln!(
        out,
        "Decode with it: gyrus decode MAP --model {}",
        shown(&args.output)
    );
    print_text(&out)
}
