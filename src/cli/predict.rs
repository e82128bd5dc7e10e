//! `gyrus predict`: a text → the map the model expects.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::atlas::RegionAtlas;
use crate::bundle::Bundle;
use crate::decode::{self, BundleInfo, PreparedMap, Tail};
use crate::files::OutputFormat;
use crate::predict::{
    self, AmongTitles, Beside, Mix, Prediction, Second, StudyHit, Support, TextToPredict, beside,
    nearest_studies, predict_map,
};
use crate::progress::Progress;
use crate::provenance::Provenance;
use crate::space;
use crate::text::embedded_encoder;
use crate::volume::{MapInfo, Strongest, Volume, write_nifti};

use super::decode::load_model;
use super::say::{shown, tell};
use super::table::{Align, Table, bar};
use super::{Context, Failure, Outcome, outputs, print_text, studies};

/// Predict the brain map of a task, a few words, a sentence or a whole article
#[derive(Debug, clap::Args)]
pub struct PredictArgs {
    /// The text
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    pub text: Option<String>,
    /// Read the text from a file (UTF-8, at most 10 MB)
    #[arg(long, value_name = "TXT")]
    pub file: Option<PathBuf>,
    /// Take the map of this text from that of the first
    #[arg(long, value_name = "TEXT", conflicts_with = "toward")]
    pub minus: Option<String>,
    /// Predict a map between the first text and this one
    #[arg(long, value_name = "TEXT")]
    pub toward: Option<String>,
    /// How far towards the second text, per cent
    #[arg(long, value_name = "PERCENT", default_value_t = 50, requires = "toward",
          value_parser = clap::value_parser!(u8).range(0..=100))]
    pub share: u8,
    /// From 0, the density of reported activation, to 100, how far it stands out from what is predicted for the
    /// literature at large
    #[arg(long, value_name = "PERCENT", default_value_t = 0,
          value_parser = clap::value_parser!(u8).range(0..=100))]
    pub sharpness: u8,
    /// Where to write the map (.nii or .nii.gz)
    #[arg(short, long, value_name = "MAP")]
    pub output: PathBuf,
    /// Compare the predicted map with this one: correlation, Dice, and how many tasks are more like it than the text
    #[arg(long, value_name = "MAP")]
    pub beside: Option<PathBuf>,
    /// Also say where the text stands among 1,000 titles of new studies for that map; takes some seconds
    #[arg(long, requires = "beside")]
    pub among_titles: bool,
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
    value: f32,
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
    /// The second text, and what was done with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    second: Option<&'a Second>,
    sharpness_percent: u8,
    /// How much the literature supports each text.
    support: &'a [Support],
    map: MapInfo,
    unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    peak: Option<Peak>,
    /// Where the difference of two texts is lowest.
    #[serde(skip_serializing_if = "Option::is_none")]
    lowest: Option<Peak>,
    bundle: BundleInfo<'a>,
    encoder: &'a str,
    version: &'static str,
    tasks: &'a [NearTask],
    #[serde(skip_serializing_if = "Option::is_none")]
    studies: Option<&'a [StudyHit]>,
    /// The predicted map beside the one that was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    beside: Option<Beside>,
    /// Where the text stands among titles of new studies for that map.
    #[serde(skip_serializing_if = "Option::is_none")]
    beside_titles: Option<AmongTitles>,
    warnings: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provenance: Option<&'a Provenance>,
}

/// Predicts and writes the map, and lists the nearest tasks and studies.
///
/// # Errors
/// [`Failure`] of the model, the text or the output.
pub fn run(args: &PredictArgs, context: &Context) -> Outcome {
    let read = context.model.iter().chain(&args.file).chain(&args.beside);
    outputs::check(&args.output, OutputFormat::Map, read)?;
    let (progress, line) = context.progress();
    let bundle = load_model(context)?;
    let wanted = wanted(args, &bundle)?;
    let row = wanted
        .task_id
        .as_deref()
        .and_then(|id| bundle.tasks.row_of(id));
    let Prediction {
        volume,
        latent,
        supports,
    } = predict_map(&bundle, &embedded_encoder, &wanted, &progress)?;
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
    let strongest = Strongest::of(&volume);
    let peak = strongest.positive.and_then(|mm| peak(&volume, mm));
    let minus = wanted
        .second
        .as_ref()
        .is_some_and(|second| second.mix == Mix::Minus);
    let lowest = strongest.negative.filter(|_| minus);
    let lowest = lowest.and_then(|mm| self::peak(&volume, mm));
    let (beside, among_titles) = match &args.beside {
        Some(path) => {
            let made = (&volume, latent.as_slice());
            let (beside, titles) = held_against(path, args.among_titles, &bundle, made, &progress)?;
            (Some(beside), titles)
        }
        None => (None, None),
    };
    progress.stage("Writing the map");
    write_nifti(&volume, &args.output)?;
    drop(line);
    if context.json {
        let model = bundle.record(bundle.ontology().fingerprint());
        return context.print_json(&Document {
            schema: 1,
            text: &wanted.text,
            second: wanted.second.as_ref(),
            sharpness_percent: wanted.sharpness_percent,
            support: &supports,
            map: MapInfo::of(&volume, Some(&args.output)),
            unit: unit(wanted.sharpness_percent),
            peak,
            lowest,
            bundle: BundleInfo::of(&model),
            encoder: &bundle.manifest.encoder.fingerprint,
            task: row.map(|row| &*bundle.tasks.ids[row]),
            version: env!("CARGO_PKG_VERSION"),
            tasks: &tasks,
            studies: studies.as_deref(),
            beside,
            beside_titles: among_titles,
            warnings: volume.warnings.iter().map(|w| w.message.as_str()).collect(),
            provenance: volume.provenance.as_deref(),
        });
    }
    for warning in &volume.warnings {
        tell(format_args!("! {}", warning.message));
    }
    let mut out = format!(
        "Wrote {} ({})\n",
        shown(&args.output),
        unit(wanted.sharpness_percent)
    );
    let texts = [&wanted.text]
        .into_iter()
        .chain(wanted.second.as_ref().map(|s| &s.text));
    for (text, support) in texts.zip(&supports) {
        out += &match supports.len() {
            1 => format!("{}\n", support.line()),
            _ => format!(
                "“{}”: {}\n",
                TextToPredict::text(text).name(),
                support.line()
            ),
        };
    }
    if let Some(row) = row {
        let name = &bundle.tasks.names[row];
        out += &format!("The text is a task of the model: “{name}”, by its name and definition\n");
    }
    for (word, peak) in [("Highest", &peak), ("Lowest", &lowest)] {
        if let Some(Peak {
            mm: [x, y, z],
            value,
            region,
        }) = peak
        {
            let region = region
                .as_ref()
                .map(|name| format!(", {name}"))
                .unwrap_or_default();
            out += &format!("{word}: {value:.2} at {x:.0}, {y:.0}, {z:.0} mm{region}\n");
        }
    }
    if let (Some(found), Some(path)) = (&beside, &args.beside) {
        let rank = found.rank.map_or(String::new(), |rank| {
            format!(
                "; {} of {} tasks are more like it than the text is",
                rank - 1,
                found.tasks
            )
        });
        let titles = among_titles.map_or(String::new(), |found| {
            format!(
                "; of {} titles of new studies {} are",
                found.titles, found.before
            )
        });
        out += &format!(
            "Beside {}: r {:.2}, Dice of the strongest tenth {:.2}{rank}{titles}\n",
            shown(path),
            found.pearson,
            found.dice_of_a_tenth()
        );
    }
    out += &format!("\n{}", tasks_table(&tasks));
    if let Some(studies) = studies {
        out += &format!("\n{}", studies::table(&studies));
    }
    print_text(&out)
}

/// The text, the second one and what is done with both. As the window reads what is typed: the name of a task stands
/// for its definition too.
fn wanted(args: &PredictArgs, bundle: &Bundle) -> Result<TextToPredict, Failure> {
    let text = text_or_file(args.text.as_deref(), args.file.as_deref())?;
    let second = match (&args.minus, &args.toward) {
        (Some(text), _) => Some((text, Mix::Minus)),
        (None, Some(text)) => Some((text, Mix::TowardPercent(args.share))),
        (None, None) => None,
    };
    Ok(TextToPredict {
        task_id: task_of(bundle, &text),
        text: text.trim().to_owned(),
        second: second.map(|(text, mix)| Second {
            text: text.trim().to_owned(),
            task_id: task_of(bundle, text),
            mix,
        }),
        sharpness_percent: args.sharpness,
    })
}

/// The id of the model's task that a text names.
pub(super) fn task_of(bundle: &Bundle, text: &str) -> Option<String> {
    let row = bundle.tasks.row_named(text)?;
    bundle.tasks.ids.get(row).cloned()
}

/// A text as it was given, or from a file.
pub(super) fn text_or_file(text: Option<&str>, file: Option<&Path>) -> Result<String, Failure> {
    match (text, file) {
        (_, Some(path)) => {
            predict::read_article(path).map_err(|told| Failure::Input(Box::new(told)))
        }
        (Some(text), None) => Ok(text.to_owned()),
        (None, None) => Err(Failure::Usage("a text is needed".into())),
    }
}

/// The predicted map beside the positive side of one that is there, which is read by the model where it can be.
fn held_against(
    path: &Path,
    among_titles: bool,
    bundle: &Bundle,
    (predicted, latent): (&Volume, &[f32]),
    progress: &Progress,
) -> Result<(Beside, Option<AmongTitles>), Failure> {
    let map = space::open_map(path, 0, progress)?;
    let read = PreparedMap::new(bundle, bundle.ontology(), &map, progress)
        .and_then(|prepared| prepared.read(Tail::Pos, progress));
    let own = read.ok().map(|reading| reading.latent);
    let latents = own.as_deref().map(|own| (own, latent));
    let titles = match latents.filter(|_| among_titles) {
        Some(latents) => predict::among_titles(bundle, &embedded_encoder, latents, progress)?,
        None => None,
    };
    let found = beside(bundle, predicted, (&map, false), latents, progress)?;
    Ok((found, titles))
}

/// What values are in.
fn unit(sharpness_percent: u8) -> &'static str {
    match sharpness_percent {
        0 => "relative values: 1 is the peak of a typical task's map",
        100 => "deviations from what is predicted for the literature at large; no test statistic",
        _ => "relative values, between density and deviations from the literature at large",
    }
}

fn peak(volume: &Volume, mm: [f64; 3]) -> Option<Peak> {
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
    let value = volume.value_at_world(mm)?;
    Some(Peak { mm, value, region })
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
