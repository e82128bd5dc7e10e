//! `gyrus peaks MAP`: clusters and peaks with region names, as nilearn's `get_clusters_table`.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::frame::{self, FrameArgs};
use super::say::{shown, tell};
use super::table::{Align, Table};
use super::{Context, Failure, Outcome, outputs, print_text};
use crate::atlas::RegionNamer;
use crate::files::{self, OutputFormat};
use crate::measure::{PeakRow, peak_rows, peaks_csv};
use crate::provenance::Provenance;
use crate::volume::{
    ClusterOptions, Clusters, MAX_CLUSTERS, MapInfo, Spacing, Volume, WarningCode, clusters,
};

/// Arguments of `gyrus peaks`.
#[derive(Debug, clap::Args)]
pub struct PeaksArgs {
    /// The map
    pub map: PathBuf,
    #[command(flatten)]
    frame: FrameArgs,
    /// Voxels strictly beyond this strength belong to clusters (default: 3.1 for z and t, else by
    /// the map's own values)
    #[arg(long, value_name = "T")]
    pub threshold: Option<f32>,
    /// List negative clusters too
    #[arg(long)]
    pub two_sided: bool,
    /// Leave out clusters of fewer voxels
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub extent: usize,
    /// Leave out clusters of a smaller volume, mm³
    #[arg(long, value_name = "MM3", default_value_t = 0.0)]
    pub min_mm3: f64,
    /// Further peaks of a cluster lie more than this far apart, mm
    #[arg(long, value_name = "MM", default_value_t = 8.0)]
    pub min_distance: f64,
    /// Space further peaks as nilearn 0.14 does, whose rows may lie nearer to each other
    #[arg(long)]
    pub like_nilearn: bool,
    /// Name places by this atlas: labels, or one region a frame
    #[arg(long, value_name = "FILE")]
    pub atlas: Option<PathBuf>,
    /// Table of the atlas's names (default: of the same name beside it)
    #[arg(long, value_name = "FILE", requires = "atlas")]
    pub names: Option<PathBuf>,
    /// Write the table as CSV
    #[arg(short, long, value_name = "CSV")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: u32,
    map: MapInfo,
    threshold: f32,
    two_sided: bool,
    extent_voxels: usize,
    #[serde(rename = "extent_mm3")]
    extent_mm3: f64,
    min_distance_mm: f64,
    atlas: &'a str,
    version: &'static str,
    /// Listed.
    clusters: usize,
    #[serde(skip_serializing_if = "is_zero")]
    clusters_left_out: usize,
    peaks: &'a [PeakRow],
    warnings: Vec<String>,
    provenance: &'a Provenance,
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// Prints the table.
///
/// # Errors
/// [`Failure`] of the map, the atlas or the output; of the usage for numbers that are none.
pub fn run(args: &PeaksArgs, context: &Context) -> Outcome {
    let proper = |x: f64| x.is_finite() && x >= 0.0;
    if args.threshold.is_some_and(|t| !proper(f64::from(t)))
        || !proper(args.min_mm3)
        || !proper(args.min_distance)
    {
        return Err(Failure::Usage(
            "--threshold, --min-mm3 and --min-distance are numbers from 0 up; --two-sided lists negative clusters"
                .to_owned(),
        ));
    }
    if let Some(path) = &args.output {
        let inputs = [&args.map].into_iter().chain(&args.atlas);
        outputs::check(path, OutputFormat::Table, inputs.chain(&args.names))?;
    }
    let (progress, line) = context.progress();
    let map = args.frame.open(&args.map, &progress)?;
    let places = match &args.atlas {
        Some(path) => RegionNamer::open(path, args.names.as_deref(), &progress)?,
        None => RegionNamer::embedded()?,
    };
    if let (Some(path), RegionNamer::Chosen(atlas)) = (&args.output, &places) {
        // Names may come from a table beside the atlas that nobody named.
        let table = atlas.table().map(Path::to_owned);
        outputs::check(path, OutputFormat::Table, &table)?;
    }
    let options = ClusterOptions {
        two_sided: args.two_sided,
        min_voxels: args.extent,
        min_mm3: args.min_mm3,
        peak_distance_mm: args.min_distance,
        spacing: if args.like_nilearn {
            Spacing::Last
        } else {
            Spacing::Every
        },
        ..ClusterOptions::at(args.threshold.unwrap_or_else(|| map.default_threshold()))
    };
    progress.stage("Looking for clusters");
    let found = clusters(&map, &options, &progress)?;
    let made = Provenance::new("peak table")
        .map(map.record())
        .option("threshold", options.threshold)
        .option("two_sided", options.two_sided)
        .option("extent_voxels", options.min_voxels)
        .option("extent_mm3", options.min_mm3)
        .option("min_distance_mm", options.peak_distance_mm)
        .option("atlas", places.name());
    // The embedded atlas names places of the MNI brain.
    let named = args.atlas.is_some() || !map.has_warning(WarningCode::OtherSpace);
    let rows = peak_rows(&found.list, |at| {
        named.then(|| places.line_at(at)).flatten()
    });
    let warnings = warnings(&map, &found);
    drop(line);
    if let Some(path) = &args.output {
        files::write_whole(path, peaks_csv(&rows, map.kind, &made).as_bytes())
            .map_err(|error| Failure::from_output(&error, Some(path.clone())))?;
    }
    if context.json {
        return context.print_json(&Document {
            schema: 1,
            map: MapInfo::of(&map, Some(&args.map)),
            threshold: options.threshold,
            two_sided: options.two_sided,
            extent_voxels: options.min_voxels,
            extent_mm3: options.min_mm3,
            min_distance_mm: options.peak_distance_mm,
            atlas: places.name(),
            version: env!("CARGO_PKG_VERSION"),
            clusters: found.list.len(),
            clusters_left_out: found.left_out,
            peaks: &rows,
            warnings,
            provenance: &made,
        });
    }
    for warning in warnings {
        tell(warning);
    }
    let text = match &args.output {
        Some(path) => format!("Wrote {}\n", shown(path)),
        None => String::new(),
    };
    print_text(&format!("{}{text}", table(&rows, &map, &options, &places)))
}

fn warnings(map: &Volume, found: &Clusters) -> Vec<String> {
    let mut warnings: Vec<String> = map.warnings.iter().map(|w| w.message.clone()).collect();
    warnings.extend(frame::note(map));
    if found.left_out > 0 {
        warnings.push(format!(
            "The table lists the {MAX_CLUSTERS} strongest clusters and leaves out {} weaker ones: a higher --threshold or an --extent says more",
            found.left_out
        ));
    }
    warnings
}

fn table(rows: &[PeakRow], map: &Volume, options: &ClusterOptions, places: &RegionNamer) -> String {
    let sides = if options.two_sided {
        format!("|{}|", map.kind.label())
    } else {
        map.kind.label().to_owned()
    };
    let threshold = options.threshold;
    if rows.is_empty() {
        return format!("No cluster with {sides} > {threshold}\n");
    }
    let mut table = Table::new(&[
        ("cluster", Align::Left),
        ("x", Align::Right),
        ("y", Align::Right),
        ("z mm", Align::Right),
        (map.kind.label(), Align::Right),
        ("mm³", Align::Right),
        ("voxels", Align::Right),
        ("region", Align::Left),
    ]);
    for row in rows {
        let indent = if row.is_sub_peak() { "  " } else { "" };
        let mm = row.at_mm.map(|x| format!("{:.1}", x + 0.0));
        let [x, y, z] = mm.map(|x| x.strip_suffix(".0").map_or(x.clone(), str::to_owned));
        table.row([
            format!("{indent}{}", row.id),
            x,
            y,
            z,
            format!("{:.2}", row.value),
            row.volume_mm3
                .map(|v| format!("{v:.0}"))
                .unwrap_or_default(),
            row.voxels.map(|n| n.to_string()).unwrap_or_default(),
            row.region.clone().unwrap_or_default(),
        ]);
    }
    format!(
        "{}\n{sides} > {threshold}; regions by {}\n",
        table.render(),
        places.name()
    )
}
