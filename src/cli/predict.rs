//! `gyrus predict`: a text → the map the model expects.

use std::path::PathBuf;

use serde::Serialize;

use crate::atlas::RegionAtlas;
use crate::decode::{self, BundleInfo};
use crate::files::OutputFormat;
use crate::predict::{Prediction, StudyHit, familiarity, nearest_studies, predict, predict_task};
use crate::provenance::Provenance;
use crate::text::MiniLm;
use crate::volume::{MapInfo, Strongest, Volume, write_nifti};

use super::decode::load_model;
use super::say::{shown, tell};
use super::table::{Align, Table, bar};
use super::{Context, Outcome, outputs, print_text, studies};

/// Predict the brain map of a task, a few words or a sentence
#[derive(Debug, clap::Args)]
pub struct PredictArgs {
    /// The text
    pub text: String,
    /// Where to write the map (.nii or .nii.gz)
    #[arg(short, long, value_name = "MAP")]
    pub output: PathBuf,
    /// How many of the nearest tasks and studies to list
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub top: usize,
}

/// A task of the vocabulary near the text.
#[derive(Debug, Serialize)]
struct NearTask {
    name: String,
    id: String,
    similarity: f32,
}

/// Where the predicted map is strongest.
#[derive(Debug, Serialize)]
struct Peak {
    /// MNI millimetres.
    mm: [f64; 3],
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
}

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: u32,
    text: &'a str,
    /// The task the text names, by its id: its definition was read too.
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<&'a str>,
    map: MapInfo,
    unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    peak: Option<Peak>,
    bundle: BundleInfo<'a>,
    encoder: &'a str,
    version: &'static str,
    tasks: &'a [NearTask],
    #[serde(skip_serializing_if = "Option::is_none")]
    studies: Option<&'a [StudyHit]>,
    warnings: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provenance: Option<&'a Provenance>,
}

/// Predicts and writes the map, and lists the nearest tasks and studies.
///
/// # Errors
/// [`Failure`] of the model, the text or the output.
pub fn run(args: &PredictArgs, context: &Context) -> Outcome {
    outputs::check(&args.output, OutputFormat::Map, &context.model)?;
    let (progress, line) = context.progress();
    let bundle = load_model(context)?;
    // As the window reads what is typed: the name of a task stands for its definition too.
    let row = bundle.tasks.row_named(&args.text);
    let Prediction { volume, latent } = match row {
        Some(row) => predict_task(&bundle, row, args.text.trim(), &progress)?,
        None => {
            progress.stage("Loading the text encoder");
            predict(&bundle, MiniLm::embedded()?, &args.text, &progress)?
        }
    };
    let vocabulary = decode::vocabulary(&bundle, bundle.ontology(), &progress)
        .map_err(decode::DecodeError::from)?;
    let tasks: Vec<NearTask> = vocabulary
        .nearest(&latent, args.top)
        .into_iter()
        .map(|(name, id, similarity)| NearTask {
            name: name.into(),
            id: id.into(),
            similarity,
        })
        .collect();
    let studies = nearest_studies(&bundle, &latent, args.top);
    let peak = peak(&volume);
    let warning = match row {
        Some(_) => None,
        None => familiarity(&args.text).warning(),
    };
    progress.stage("Writing the map");
    write_nifti(&volume, &args.output)?;
    drop(line);
    if context.json {
        let model = bundle.record(bundle.ontology().fingerprint());
        return context.print_json(&Document {
            schema: 1,
            text: &args.text,
            map: MapInfo::of(&volume, Some(&args.output)),
            unit: "relative: 1 is the peak of a typical task's map",
            peak,
            bundle: BundleInfo::of(&model),
            encoder: &bundle.manifest.encoder.fingerprint,
            task: row.map(|row| &*bundle.tasks.ids[row]),
            version: env!("CARGO_PKG_VERSION"),
            tasks: &tasks,
            studies: studies.as_deref(),
            warnings: warning.into_iter().collect(),
            provenance: volume.provenance.as_deref(),
        });
    }
    if let Some(warning) = warning {
        tell(format_args!("! {warning}"));
    }
    let mut out = format!(
        "Wrote {} (relative values: 1 is the peak of a typical task's map, this one peaks at {:.2})\n",
        shown(&args.output),
        volume.strength_percentile(100.0)
    );
    if let Some(row) = row {
        let name = &bundle.tasks.names[row];
        out += &format!("The text is a task of the model: “{name}”, by its name and definition\n");
    }
    if let Some(Peak {
        mm: [x, y, z],
        region,
    }) = peak
    {
        let region = region.map(|name| format!(", {name}")).unwrap_or_default();
        out += &format!("Strongest at {x:.0}, {y:.0}, {z:.0} mm{region}\n");
    }
    out += &format!("\n{}", tasks_table(&tasks));
    if let Some(studies) = studies {
        out += &format!("\n{}", studies::table(&studies));
    }
    print_text(&out)
}

fn peak(volume: &Volume) -> Option<Peak> {
    let mm = Strongest::of(volume).positive?;
    let region = RegionAtlas::embedded()
        .ok()
        .and_then(|atlas| atlas.name_at(mm))
        .map(|found| {
            if found.inside {
                found.name
            } else {
                format!("≈ {}", found.name)
            }
        });
    Some(Peak { mm, region })
}

fn tasks_table(tasks: &[NearTask]) -> String {
    let mut table = Table::new(&[
        ("nearest task", Align::Left),
        ("similarity", Align::Right),
        ("", Align::Left),
    ]);
    for task in tasks {
        table.row([
            task.name.clone(),
            format!("{:.3}", task.similarity),
            bar(task.similarity),
        ]);
    }
    table.render()
}
