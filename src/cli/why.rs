//! `gyrus why`: which places of a map carry its decoding as one task.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::decode::{TailArg, load_model};
use super::say::shown;
use super::table::{Align, Table, bar, percent};
use super::{Context, Failure, Outcome, outputs, print_text};
use crate::decode::{BundleInfo, Carried, PreparedMap, PriorWeight, Share, Tail};
use crate::error::Explain;
use crate::files::OutputFormat;
use crate::provenance::Provenance;
use crate::space::open_map;
use crate::volume::{MapInfo, write_nifti};

/// Show which places of a map carry its decoding as one task
#[derive(Debug, clap::Args)]
pub struct WhyArgs {
    /// Map in MNI space
    pub map: PathBuf,
    /// Name or id of the task [default: the first of the ranking]
    #[arg(long, value_name = "TASK")]
    pub task: Option<String>,
    /// Which side of the map is read [default: the stronger one]
    #[arg(long, value_enum)]
    pub tail: Option<TailArg>,
    /// Show it also of what should not be decoded (anatomy, raw intensities, p values, masks, a small field of view)
    #[arg(long)]
    pub anyway: bool,
    /// Also write the contribution of every voxel (.nii or .nii.gz)
    #[arg(short, long, value_name = "MAP")]
    pub output: Option<PathBuf>,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    map: MapInfo,
    bundle: BundleInfo<'a>,
    version: &'static str,
    tail: Tail,
    task: &'a str,
    task_id: &'a str,
    regions: &'a [Share],
    against: &'a [Share],
    modes: &'a [Share],
    #[serde(skip_serializing_if = "Option::is_none")]
    provenance: Option<&'a Provenance>,
}

/// Finds, prints and writes it.
///
/// # Errors
/// [`Failure`] of the model, the map, the task or the output.
pub fn run(args: &WhyArgs, context: &Context) -> Outcome {
    if let Some(path) = &args.output {
        outputs::check(
            path,
            OutputFormat::Map,
            context.model.iter().chain([&args.map]),
        )?;
    }
    let (progress, line) = context.progress();
    let bundle = load_model(context)?;
    let volume = open_map(&args.map, 0, &progress)?;
    let at_map = |error: &dyn Explain| {
        let mut explanation = error.explain();
        explanation.path.get_or_insert_with(|| args.map.clone());
        Failure::Input(Box::new(explanation))
    };
    let map = PreparedMap::new(&bundle, bundle.ontology(), &volume, &progress)
        .map_err(|e| at_map(&e))?
        .weigh_prior(PriorWeight::default());
    if !args.anyway {
        map.check().map_err(|e| at_map(&e))?;
    }
    let tail = match args.tail.map(Tail::from) {
        None | Some(Tail::Both) => map.balance().leading,
        Some(one) => one,
    };
    let row = match &args.task {
        Some(task) => bundle.tasks.find(task),
        None => {
            let read = map.read(tail, &progress).map_err(|e| at_map(&e))?;
            let first = read.decoding.tasks.first();
            first.and_then(|first| bundle.tasks.row_of(&first.id))
        }
    };
    let Some(row) = row else {
        return Err(Failure::Usage(format!(
            "the model has no task “{}”: `gyrus ontology list TEXT` finds tasks",
            args.task.as_deref().unwrap_or_default()
        )));
    };
    let carried = map.carried(tail, row, &progress).map_err(|e| at_map(&e))?;
    if let Some(path) = &args.output {
        progress.stage("Writing the map");
        write_nifti(&carried.volume, path)?;
    }
    drop(line);
    let (task, task_id) = (&*bundle.tasks.names[row], &*bundle.tasks.ids[row]);
    if context.json {
        let model = bundle.record(bundle.ontology().fingerprint());
        return context.print_json(&Document {
            schema: 1,
            map: MapInfo::of(&volume, Some(&args.map)),
            bundle: BundleInfo::of(&model),
            version: env!("CARGO_PKG_VERSION"),
            tail,
            task,
            task_id,
            regions: &carried.regions,
            against: &carried.against,
            modes: &carried.modes,
            provenance: carried.volume.provenance.as_deref(),
        });
    }
    print_text(&report(task, tail, &carried, args.output.as_deref()))
}

fn report(task: &str, tail: Tail, carried: &Carried, output: Option<&Path>) -> String {
    let side = match tail {
        Tail::Neg => "negative values",
        Tail::Pos => "positive values",
        Tail::Both => "both signs",
    };
    let mut out = format!("What makes this map look like “{task}” ({side})\n\n");
    for (head, shares) in [
        ("regions that speak for it", &carried.regions),
        ("regions that speak against it", &carried.against),
        ("modes that speak for it", &carried.modes),
    ] {
        let mut table = Table::new(&[
            (head, Align::Left),
            ("share", Align::Right),
            ("", Align::Left),
        ]);
        let most = shares.first().map_or(1.0, |s| s.share);
        for one in shares {
            table.row([one.name.clone(), percent(one.share), bar(one.share / most)]);
        }
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{}", table.render());
    }
    out += "Shares are of all that speaks for the task, or against it; a voxel counts by its value times what a change \
            of it does to the task's score\n";
    if let Some(path) = output {
        let _ = writeln!(
            out,
            "Wrote {} (positive values speak for the task, negative ones against it; the largest magnitude is 1)",
            shown(path)
        );
    }
    out
}
