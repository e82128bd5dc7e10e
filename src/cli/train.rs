//! `gyrus train CORPUS -o BUNDLE`: from the literature to a model.

use std::path::{Path, PathBuf};

use super::say::{path_text, shown, tell};
use super::{Context, Device, Failure, Outcome, outputs, print_text};
use crate::error::Explanation;
use crate::files::{self, OutputFormat};
use crate::train::{
    Cache, DevFigures, Event, EventFile, INDEX_AXES, NULL_MAPS, OutsideTexts, Preset, TrainConfig,
    TrainPlan, Warning, train_corpus,
};

/// Settings are a page of JSON.
const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// Arguments of `gyrus train`.
#[derive(Debug, clap::Args)]
pub struct TrainArgs {
    /// Folder or file of the corpus (`gyrus corpus` says what it holds)
    #[arg(value_name = "CORPUS")]
    pub corpus: PathBuf,
    /// The bundle to write
    #[arg(short, long, value_name = "BUNDLE")]
    pub output: PathBuf,
    /// Settings that go together
    #[arg(long, value_enum, default_value = "gyrus-base")]
    pub preset: Preset,
    /// Settings as JSON; what is left out keeps that of the preset
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Training studies to learn from at most, evenly spread
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(10..))]
    pub studies: Option<u32>,
    /// Also write what happens as one line of JSON each, which the window can open while it runs
    #[arg(long, value_name = "JSONL")]
    pub events: Option<PathBuf>,
    /// Modes of the atlas that is learnt (default: 512, fewer for a small corpus)
    #[arg(long, value_name = "K", conflicts_with = "atlas")]
    pub modes: Option<usize>,
    /// Soft atlas to use instead of learning one
    #[arg(long, value_name = "FILE")]
    pub atlas: Option<PathBuf>,
    /// Vectors of the studies' texts made by another program, a row a study (.npy, .safetensors), instead of Gyrus's
    /// own. Such a model decodes maps, and cannot read what is typed
    #[arg(long, value_name = "FILE", requires_all = ["embedding_ids", "task_embeddings", "task_ids"])]
    pub embeddings: Option<PathBuf>,
    /// PMIDs (or own names) of its rows: one a line, or .npy
    #[arg(long, value_name = "FILE", requires = "embeddings")]
    pub embedding_ids: Option<PathBuf>,
    /// Vectors of the tasks' names and definitions by the same program: what maps are decoded by
    #[arg(long, value_name = "FILE", requires = "embeddings")]
    pub task_embeddings: Option<PathBuf>,
    /// Names or identifiers of its rows: one a line, or .npy
    #[arg(long, value_name = "FILE", requires = "embeddings")]
    pub task_ids: Option<PathBuf>,
    /// Continue from finished stages (the default)
    #[arg(long, conflicts_with = "fresh")]
    pub resume: bool,
    /// Do every stage again
    #[arg(long)]
    pub fresh: bool,
    /// Folder of finished stages (default: GYRUS_CACHE, else the user's cache folder)
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,
    /// Leave the study index out
    #[arg(long)]
    pub no_index: bool,
    /// Axes kept of each study in the index
    #[arg(long, value_name = "N", default_value_t = INDEX_AXES)]
    pub index_axes: usize,
    /// Maps of noise that decodings are held against; 0 to leave that out
    #[arg(long, value_name = "N", default_value_t = NULL_MAPS)]
    pub null_maps: usize,
    /// Name of the model
    #[arg(long, default_value = "Gyrus base")]
    pub name: String,
}

/// What `--json` prints.
#[derive(serde::Serialize)]
struct Document<'a> {
    schema: u32,
    bundle: String,
    fingerprint: &'a str,
    bytes: u64,
    dev: &'a DevFigures,
}

/// Trains a bundle, or reads what is already done from the cache, and writes it.
pub fn run(args: &TrainArgs, context: &Context) -> Outcome {
    let inputs = args.config.iter().chain(&args.atlas);
    let inputs = inputs.chain(&args.embeddings).chain(&args.embedding_ids);
    let inputs = inputs.chain(&args.task_embeddings).chain(&args.task_ids);
    outputs::check_writable(&args.output, OutputFormat::Bundle, inputs)?;
    let (config, keep_batch) = read_config(args.config.as_deref(), args.preset, context.seed)?;
    let device = device(context.device)?;
    let cache = match (&args.cache, args.fresh) {
        (_, true) => Cache::none(),
        (Some(folder), false) => Cache::at(folder),
        (None, false) => Cache::of_user(),
    };
    let plan = TrainPlan {
        corpus: args.corpus.clone(),
        output: args.output.clone(),
        name: args.name.clone(),
        config,
        keep_batch,
        modes: args.modes,
        most_modes: args.preset.modes(),
        studies: args.studies.map(|n| n as usize).or(args.preset.studies()),
        atlas: args.atlas.clone(),
        outside: outside(args),
        index_axes: if args.no_index { 0 } else { args.index_axes },
        null_maps: args.null_maps,
    };
    let (progress, line) = context.progress();
    let mut written = match &args.events {
        Some(path) => {
            let inputs = args.config.iter().chain(&args.atlas).chain([&args.output]);
            outputs::check(path, OutputFormat::Events, inputs)?;
            Some(EventFile::create(path, &plan).map_err(|error| {
                Failure::Input(Box::new(Explanation::not_started(path, &error)))
            })?)
        }
        None => None,
    };
    let mut log = |event: Event| {
        if let Some(file) = &mut written {
            file.write(&event);
        }
        if let Some(line) = describe(&event).filter(|_| !context.quiet) {
            tell(line);
        }
    };
    let trained = train_corpus(&plan, &cache, &device, &progress, &mut log)?;
    if let Some(why) = written.and_then(EventFile::trouble) {
        tell(format_args!("! The file of events is not whole: {why}"));
    }
    drop(line);
    if context.json {
        return context.print_json(&Document {
            schema: 1,
            bundle: path_text(&trained.bundle),
            fingerprint: &trained.fingerprint,
            bytes: trained.bytes,
            dev: &trained.dev,
        });
    }
    print_text(&format!(
        "Wrote {} ({:.1} MB, {})\n{}",
        shown(&args.output),
        trained.bytes as f64 / 1e6,
        trained.fingerprint,
        trained.card
    ))
}

/// Vectors made elsewhere; all four files are there or none.
fn outside(args: &TrainArgs) -> Option<OutsideTexts> {
    Some(OutsideTexts {
        vectors: args.embeddings.clone()?,
        ids: args.embedding_ids.clone()?,
        task_vectors: args.task_embeddings.clone()?,
        task_ids: args.task_ids.clone()?,
    })
}

/// The settings, and whether the file names a batch.
fn read_config(
    path: Option<&Path>,
    preset: Preset,
    seed: Option<u64>,
) -> Result<(TrainConfig, bool), Failure> {
    let mut config = preset.config(TrainConfig::default().seed);
    let mut batch_given = false;
    if let Some(path) = path {
        let fail = |why: String| {
            Failure::Input(Box::new(Explanation {
                what: "Could not use these settings".into(),
                why,
                remedy: "Write JSON with the fields that a bundle's card lists under Settings"
                    .into(),
                path: Some(path.to_owned()),
            }))
        };
        let text = files::read_text(path, MAX_CONFIG_BYTES).map_err(|e| fail(e.to_string()))?;
        let fields: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&text).map_err(|e| fail(e.to_string()))?;
        batch_given = fields.contains_key("batch");
        config = config.with(fields).map_err(|e| fail(e.to_string()))?;
        config.check().map_err(|e| fail(e.to_string()))?;
    }
    if let Some(seed) = seed {
        config.seed = seed;
    }
    Ok((config, batch_given))
}

fn device(wanted: Device) -> Result<candle_core::Device, Failure> {
    let unavailable =
        |e: candle_core::Error| Failure::Usage(format!("This device cannot be used: {e}"));
    match wanted {
        // Dropout masks are drawn on the processor and the model is small: a card is used when asked for.
        Device::Auto | Device::Cpu => Ok(candle_core::Device::Cpu),
        Device::Cuda => candle_core::Device::new_cuda(0).map_err(unavailable),
        Device::Metal => candle_core::Device::new_metal(0).map_err(unavailable),
    }
}

/// One line of the log; none of an event that is told otherwise.
fn describe(event: &Event) -> Option<String> {
    Some(match event {
        Event::Warning(warning) => {
            let option = match warning {
                Warning::FewerModes { .. } => "--modes",
                Warning::FewerPairs { .. } => "--config",
                Warning::NoVectors { .. } => return Some(warning.to_string()),
            };
            format!("{warning} ({option} sets another number)")
        }
        Event::Config {
            studies: [train, dev],
            config,
        } => {
            format!(
                "{train} studies to learn from, {dev} to stop on, seed {}",
                config.seed
            )
        }
        Event::Stage { name, cached: true } => format!("{name}: already done"),
        Event::Stage {
            name,
            cached: false,
        } => format!("{name}…"),
        Event::Epoch {
            epoch,
            train_loss,
            dev_loss,
            text_to_map: t,
            map_to_text: m,
            best,
            logit_scale,
            elapsed_ms,
        } => {
            format!(
                "pass {epoch:2}: loss {train_loss:.3}, dev {dev_loss:.3}; title → map {:.1} / {:.1} / {:.1}, \
                 map → title {:.1} / {:.1} / {:.1}; scale {logit_scale:.1}; {:.0} s{}",
                t.recall_10,
                t.recall_100,
                t.mix_match,
                m.recall_10,
                m.recall_100,
                m.mix_match,
                elapsed_ms / 1e3,
                if *best { " *" } else { "" }
            )
        }
        Event::Decoder {
            penalty,
            dev_cosine,
            best,
        } => format!(
            "decoder, penalty {penalty}: dev cosine {dev_cosine:.4}{}",
            if *best { " *" } else { "" }
        ),
        Event::TowersKept { best_epoch, .. } => format!("kept pass {best_epoch}"),
        Event::Resumed { epoch } => format!("goes on after pass {epoch}"),
        Event::Step { .. } | Event::Seen(_) | Event::Done(_) => return None,
    })
}
