//! `gyrus regions`: what an article names, reports and predicts.

use std::path::PathBuf;

use serde::Serialize;

use super::decode::load_model;
use super::predict::{task_of, text_or_file};
use super::say::{shown, tell};
use super::table::{Align, Table, percent};
use super::{Context, Outcome, outputs, print_text};
use crate::corpus::Coordinates;
use crate::decode::BundleInfo;
use crate::files::{OutputFormat, write_whole};
use crate::predict::{
    Encoder, RegionReport, RegionRow, TextToPredict, missing_map, predict_map, region_report,
    regions_csv,
};
use crate::provenance::Provenance;
use crate::text::embedded_encoder;
use crate::volume::write_nifti;

/// Which regions an article names, beside those it reports peaks in and those predicted for it
///
/// A region counts as named whatever is said of it ("the hippocampus was not activated" too).
#[derive(Debug, clap::Args)]
pub struct RegionsArgs {
    /// The text
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    pub text: Option<String>,
    /// Read the text from a file (UTF-8, at most 10 MB)
    #[arg(long, value_name = "TXT")]
    pub file: Option<PathBuf>,
    /// The article's own peaks: a table with the columns x, y, z in MNI mm
    #[arg(long, value_name = "CSV")]
    pub peaks: Option<PathBuf>,
    /// Also write the predicted map within the regions that are named without a peak (.nii or .nii.gz)
    #[arg(long, value_name = "MAP", requires = "peaks")]
    pub map: Option<PathBuf>,
    /// Also hold the regions without a peak against 1,000 titles of new studies; takes some seconds
    #[arg(long, requires = "peaks")]
    pub among_titles: bool,
    /// Also write the table
    #[arg(short, long, value_name = "CSV")]
    pub output: Option<PathBuf>,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    text: &'a str,
    bundle: BundleInfo<'a>,
    version: &'static str,
    #[serde(flatten)]
    report: &'a RegionReport,
    warnings: Vec<&'a str>,
    provenance: &'a Provenance,
}

/// Reads, compares, prints and writes.
///
/// # Errors
/// [`Failure`](super::Failure) of the model, the text, the table of peaks or the output.
pub fn run(args: &RegionsArgs, context: &Context) -> Outcome {
    let written = [
        (&args.output, OutputFormat::Table),
        (&args.map, OutputFormat::Map),
    ];
    for (path, format) in written {
        if let Some(path) = path {
            let read = context.model.iter().chain(&args.file).chain(&args.peaks);
            outputs::check(path, format, read)?;
        }
    }
    let (progress, line) = context.progress();
    let bundle = load_model(context)?;
    let text = text_or_file(args.text.as_deref(), args.file.as_deref())?;
    let peaks = match &args.peaks {
        Some(path) => Some(Coordinates::read(path)?),
        None => None,
    };
    let wanted = TextToPredict {
        task_id: task_of(&bundle, &text),
        ..TextToPredict::text(&text)
    };
    let prediction = predict_map(&bundle, &embedded_encoder, &wanted, &progress)?;
    let at_mm = peaks
        .as_ref()
        .map(|peaks| [peaks.positive_mm.as_slice(), &peaks.negative_mm].concat());
    let titles: Option<Encoder<'_>> = match args.among_titles {
        true => Some(&embedded_encoder),
        false => None,
    };
    let report = region_report(
        &bundle,
        &text,
        &prediction.volume,
        (at_mm.as_deref(), titles),
        &progress,
    )?;
    let mut record = Provenance::new("regions of a text")
        .model(bundle.record(bundle.ontology().fingerprint()))
        .option("text", wanted.name());
    if let Some(path) = &args.peaks {
        record = record.option("peaks", crate::files::path_text(path));
    }
    if let Some(path) = &args.map {
        let map = missing_map(&bundle, &prediction.volume, &report, &progress)?;
        write_nifti(&map, path)?;
    }
    drop(line);
    if let Some(path) = &args.output {
        write_whole(path, regions_csv(&report.regions, &record).as_bytes())
            .map_err(|error| super::Failure::from_output(&error, Some(path.clone())))?;
    }
    if context.json {
        let model = bundle.record(bundle.ontology().fingerprint());
        let warnings = prediction.volume.warnings.iter();
        return context.print_json(&Document {
            schema: 1,
            text: &wanted.text,
            bundle: BundleInfo::of(&model),
            version: env!("CARGO_PKG_VERSION"),
            report: &report,
            warnings: warnings.map(|w| w.message.as_str()).collect(),
            provenance: &record,
        });
    }
    for warning in &prediction.volume.warnings {
        tell(format_args!("! {}", warning.message));
    }
    let mut out = table(&report.regions);
    out += &summary(&report);
    for path in args.output.iter().chain(&args.map) {
        out += &format!("Wrote {}\n", shown(path));
    }
    print_text(&out)
}

fn table(rows: &[RegionRow]) -> String {
    if rows.is_empty() {
        return "The text names no region of the atlas, and none is predicted more than by other texts\n".to_owned();
    }
    let mut table = Table::new(&[
        ("region", Align::Left),
        ("named", Align::Right),
        ("peaks", Align::Right),
        ("predicted more than by", Align::Right),
        ("", Align::Left),
    ]);
    for row in rows {
        let missing = row.is_missing == Some(true);
        table.row([
            row.region.clone(),
            row.named.to_string(),
            row.peaks.map_or_else(String::new, |n| n.to_string()),
            format!("{} of tasks", percent(row.percentile)),
            match (missing, row.is_predicted) {
                (true, true) => "named, predicted, not reported",
                (true, false) => "named, not reported",
                _ => "",
            }
            .to_owned(),
        ]);
    }
    table.render()
}

fn summary(report: &RegionReport) -> String {
    let (Some(peaks), Some(missing), Some(predicted)) =
        (report.peaks, report.missing, report.missing_and_predicted)
    else {
        return "Give the article's peaks with --peaks to see which regions its table lacks\n"
            .to_owned();
    };
    let outside = match report.peaks_outside {
        Some(n) if n > 0 => format!(" ({n} of {peaks} peaks lie in no region)"),
        _ => String::new(),
    };
    let tasks = report.p_of_tasks.map_or(String::new(), |p| {
        format!(
            "; of the model's tasks {} predict as much there",
            percent(p)
        )
    });
    let titles = report.p_of_titles.map_or(String::new(), |p| {
        format!(", of titles of new studies {}", percent(p))
    });
    let chance = tasks + &titles;
    format!(
        "{missing} regions are named without a peak in them, {predicted} of those are predicted{chance}{outside}\n"
    )
}
