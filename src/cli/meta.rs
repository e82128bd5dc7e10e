//! `gyrus meta`: a coordinate meta-analysis of studies found by a text, a map or a list.

use std::path::PathBuf;

use serde::Serialize;

use super::decode::load_model;
use super::say::{shown, tell};
use super::studies::Asked;
use super::table::{Align, Table};
use super::{Context, Failure, Outcome, outputs, print_text};
use crate::atlas::RegionNamer;
use crate::decode::BundleInfo;
use crate::files::{OutputFormat, write_whole};
use crate::measure::{PeakRow, peak_rows};
use crate::meta::{FweThresholds, LEAST_STUDIES, MetaMethod, MetaPlan};
use crate::predict::{
    ChosenBy, Keep, StudyHit, StudyMeta, cluster_shares, cluster_shares_csv, meta_of_studies,
};
use crate::provenance::Provenance;
use crate::seed::Seed;
use crate::volume::{ClusterOptions, MapInfo, clusters, write_nifti};

/// z from which voxels are listed where none is kept by a correction: p < .001, one-sided.
const LISTED_Z: f32 = 3.09;

/// Where studies agree: a meta-analysis of those found by a text, a map or a list
#[derive(Debug, clap::Args)]
pub struct MetaArgs {
    #[command(flatten)]
    asked: Asked,
    /// How many of the nearest studies to analyse
    #[arg(long, value_name = "N", default_value_t = 200)]
    top: usize,
    /// How studies are brought together
    #[arg(long, value_enum, default_value = "ale")]
    method: MetaMethod,
    /// Draws of chance for family-wise error, 100 or more; 0 to leave that out
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = draws)]
    iterations: usize,
    /// Uncorrected p whose statistic clusters exceed
    #[arg(long, value_name = "P", default_value_t = 0.001, value_parser = share)]
    cluster_p: f64,
    /// Which voxels of the map are kept
    #[arg(long, value_enum, default_value = "all")]
    keep: Keep,
    /// Studies with peaks there must be
    #[arg(long, value_name = "N", default_value_t = LEAST_STUDIES)]
    least: usize,
    /// Also write what each study gives to each cluster listed: peaks inside it, and by what share the statistic there
    /// falls without the study
    #[arg(long, value_name = "CSV")]
    contributions: Option<PathBuf>,
    /// Where to write the z map (.nii or .nii.gz)
    #[arg(short, long, value_name = "MAP")]
    output: PathBuf,
}

fn draws(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|n| *n == 0 || *n >= 100);
    number.ok_or_else(|| "it is 0, or a whole number from 100 on".to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    let p = text.parse().ok().filter(|p| *p > 0.0 && *p < 0.5);
    p.ok_or_else(|| "it is a number above 0 and below 0.5".to_owned())
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    by: &'a str,
    method: MetaMethod,
    studies: usize,
    others: usize,
    peaks: usize,
    cluster_threshold: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    fwe_thresholds: Option<FweThresholds>,
    iterations: usize,
    keep: Keep,
    voxels_kept: usize,
    clusters: &'a [PeakRow],
    analysed: &'a [StudyHit],
    map: MapInfo,
    bundle: BundleInfo<'a>,
    version: &'static str,
    warnings: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    provenance: Option<&'a Provenance>,
}

/// Analyses and writes the map.
///
/// # Errors
/// [`Failure`] of the model, of what is asked by, of too few studies, or of the output.
pub fn run(args: &MetaArgs, context: &Context) -> Outcome {
    if args.keep.needs_chance() && args.iterations == 0 {
        return Err(Failure::Usage(
            "--keep voxel, size and mass need --iterations of 100 or more".to_owned(),
        ));
    }
    if args.contributions.is_some() && args.method == MetaMethod::Chi2 {
        return Err(Failure::Usage(
            "--contributions is for methods that add studies up (ale, mkda, kde)".to_owned(),
        ));
    }
    let inputs = args.asked.files().chain(&context.model);
    outputs::check_writable(&args.output, OutputFormat::Map, inputs)?;
    if let Some(path) = &args.contributions {
        let inputs = args.asked.files().chain(&context.model);
        outputs::check(path, OutputFormat::Table, inputs)?;
    }
    let (progress, line) = context.progress();
    let bundle = load_model(context)?;
    let found = args.asked.find(&bundle, (args.top, true), &progress)?;
    let mut notes = found.notes;
    let circle = found.chosen_by.and_then(ChosenBy::circle);
    notes.extend(circle.map(|words| words.trim_end_matches('.').to_owned()));
    let plan = MetaPlan {
        method: args.method,
        least_studies: args.least,
        cluster_p: args.cluster_p,
        iterations: args.iterations,
        seed: Seed(context.seed_or(0)),
    };
    let asked = (args.keep, found.by.as_str());
    let made = meta_of_studies(&bundle, &found.studies, &plan, asked, &progress)?;
    progress.stage("Writing the map");
    write_nifti(&made.volume, &args.output)?;
    let listed_z = match args.keep {
        Keep::All => LISTED_Z,
        _ => 0.0,
    };
    let found_clusters = clusters(&made.volume, &ClusterOptions::at(listed_z), &progress)?;
    let places = RegionNamer::embedded()?;
    let rows = peak_rows(&found_clusters.list, |at| places.line_at(at));
    if let Some(path) = &args.contributions {
        progress.stage("Leaving out each study");
        let heads: Vec<&PeakRow> = rows.iter().filter(|row| !row.is_sub_peak()).collect();
        let places_mm: Vec<[f64; 3]> = heads.iter().map(|row| row.at_mm).collect();
        let of = (&made, args.method);
        let at = (listed_z, places_mm.as_slice());
        let given = cluster_shares(&bundle, &found.studies, of, at, &progress)?;
        let names: Vec<String> = heads.iter().map(|row| row.id.clone()).collect();
        let record = made.volume.provenance.as_deref().cloned();
        let record = record.unwrap_or_else(|| Provenance::new("table"));
        let table = cluster_shares_csv(&given.unwrap_or_default(), &names, &record);
        write_whole(path, table.as_bytes())
            .map_err(|error| Failure::from_output(&error, Some(path.clone())))?;
    }
    drop(line);
    let thresholds = made.result.fwe.as_ref().map(|fwe| fwe.thresholds);
    if context.json {
        let model = bundle.record(bundle.ontology().fingerprint());
        return context.print_json(&Document {
            schema: 1,
            by: &found.by,
            method: args.method,
            studies: made.result.studies,
            others: made.result.others,
            peaks: made.result.peaks,
            cluster_threshold: made.result.cluster_threshold,
            fwe_thresholds: thresholds,
            iterations: args.iterations,
            keep: args.keep,
            voxels_kept: made.kept,
            clusters: &rows,
            analysed: &found.studies,
            map: MapInfo::of(&made.volume, Some(&args.output)),
            bundle: BundleInfo::of(&model),
            version: env!("CARGO_PKG_VERSION"),
            warnings: &notes,
            provenance: made.volume.provenance.as_deref(),
        });
    }
    for note in &notes {
        tell(format_args!("! {note}"));
    }
    print_text(&told(args, &found.by, &made, thresholds, (&rows, listed_z)))
}

fn told(
    args: &MetaArgs,
    by: &str,
    made: &StudyMeta,
    thresholds: Option<FweThresholds>,
    (rows, listed_z): (&[PeakRow], f32),
) -> String {
    let result = &made.result;
    let beside = match result.others {
        0 => String::new(),
        others => format!(" against {others} others"),
    };
    let mut out = format!(
        "{} of {} studies near {by}{beside}, {} peaks\nWrote {}: z, {}\n",
        args.method.label(),
        result.studies,
        result.peaks,
        shown(&args.output),
        match args.keep {
            Keep::All => "every voxel, uncorrected",
            Keep::Fdr => "where the false discovery rate is below 5 %, else 0",
            Keep::Voxel => "where family-wise error of the voxel is below 5 %, else 0",
            Keep::Size => "in clusters whose extent chance reaches in less than 5 %, else 0",
            Keep::Mass => "in clusters whose mass chance reaches in less than 5 %, else 0",
        }
    );
    if let Some(limits) = thresholds {
        out += &format!(
            "Of {} draws one in twenty exceeds a statistic of {:.4}, a cluster of {:.0} voxels or of mass {:.3}\n",
            args.iterations, limits.statistic, limits.cluster_voxels, limits.cluster_mass
        );
    }
    let mut table = Table::new(&[
        ("cluster", Align::Left),
        ("x", Align::Right),
        ("y", Align::Right),
        ("z mm", Align::Right),
        ("z", Align::Right),
        ("mm³", Align::Right),
        ("region", Align::Left),
    ]);
    let mut listed = 0;
    for row in rows.iter().filter(|row| !row.is_sub_peak()) {
        listed += 1;
        if listed > 15 {
            continue;
        }
        let [x, y, z] = row.at_mm.map(|mm| format!("{mm:.0}"));
        let volume = row
            .volume_mm3
            .map(|v| format!("{v:.0}"))
            .unwrap_or_default();
        let region = row.region.clone().unwrap_or_default();
        table.row([
            row.id.clone(),
            x,
            y,
            z,
            format!("{:.2}", row.value),
            volume,
            region,
        ]);
    }
    match listed {
        0 => out + &format!("\nNo cluster with z > {listed_z}\n"),
        _ => {
            out += &format!("\n{}", table.render());
            if listed > 15 {
                out += &format!(
                    "{} more clusters: gyrus peaks {}\n",
                    listed - 15,
                    shown(&args.output)
                );
            }
            out
        }
    }
}
