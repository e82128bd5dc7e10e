//! `gyrus compare A B…`: correlation and overlap of every pair of maps.

use std::path::PathBuf;

use serde::Serialize;

use super::frame::{self, FrameArgs};
use super::say::{path_text, shown};
use super::table::{Align, Table};
use super::{Context, Failure, Outcome, print_text};
use crate::error::Explanation;
use crate::measure::{Comparison, Measured, Over, compare_all};
use crate::provenance::Provenance;
use crate::volume::MapInfo;

/// Arguments of `gyrus compare`.
#[derive(Debug, clap::Args)]
pub struct CompareArgs {
    /// Two maps or more
    #[arg(required = true, value_name = "MAP")]
    pub maps: Vec<PathBuf>,
    #[command(flatten)]
    frame: FrameArgs,
    /// Strength beyond which voxels count as active for the overlap (default: each map's own)
    #[arg(long, value_name = "T")]
    pub threshold: Option<f32>,
    /// The same for negative values (default: as for positive ones)
    #[arg(long, value_name = "T")]
    pub negative_threshold: Option<f32>,
    /// Voxels that are compared
    #[arg(long, value_enum, default_value = "brain")]
    pub over: OverArg,
}

/// [`Over`] on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum OverArg {
    /// The MNI brain, where both maps have data
    Brain,
    /// Where both maps have data
    All,
    /// Where both maps have data and neither is 0
    Nonzero,
}

impl From<OverArg> for Over {
    fn from(arg: OverArg) -> Self {
        match arg {
            OverArg::Brain => Self::Brain,
            OverArg::All => Self::All,
            OverArg::Nonzero => Self::NonZero,
        }
    }
}

#[derive(Debug, Serialize)]
struct Pair<'a> {
    a: &'a str,
    b: &'a str,
    threshold_a: f32,
    threshold_b: f32,
    negative_threshold_a: f32,
    negative_threshold_b: f32,
    #[serde(flatten)]
    found: Comparison,
}

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: u32,
    /// As asked for; each pair says what it was taken over.
    over: Over,
    maps: Vec<MapInfo>,
    pairs: &'a [Pair<'a>],
    provenance: Provenance,
}

/// Compares every pair.
///
/// # Errors
/// [`Failure`] of a map; of the usage for a threshold that is none.
pub fn run(args: &CompareArgs, context: &Context) -> Outcome {
    for (name, given) in [
        ("--threshold", args.threshold),
        ("--negative-threshold", args.negative_threshold),
    ] {
        if given.is_some_and(|t| !(t.is_finite() && t >= 0.0)) {
            return Err(Failure::Usage(format!("{name} is a number from 0 up")));
        }
    }
    if args.maps.len() < 2 {
        return Err(Failure::Usage(
            "Name two maps or more to compare".to_owned(),
        ));
    }
    let (progress, line) = context.progress();
    let maps = args.frame.open_all(&args.maps, &progress)?;
    let mut measured = Vec::with_capacity(maps.len());
    for (path, map) in args.maps.iter().zip(&maps) {
        if map.data.scalar().is_none() {
            return Err(Failure::Input(Box::new(Explanation {
                what: "This map cannot be compared".to_owned(),
                why: "it holds labels or colours, not statistical values".to_owned(),
                remedy: "Leave it out".to_owned(),
                path: Some(path.clone()),
            })));
        }
        let threshold = args.threshold.unwrap_or_else(|| map.default_threshold());
        measured.push(Measured {
            volume: map,
            threshold,
            negative_threshold: args.negative_threshold.unwrap_or(threshold),
        });
    }
    let asked = Over::from(args.over);
    progress.stage("Comparing");
    let found = compare_all(&measured, asked, &progress)?;
    drop(line);
    let names: Vec<String> = args.maps.iter().map(|path| path_text(path)).collect();
    let pairs: Vec<Pair> = found
        .iter()
        .map(|pair| Pair {
            a: &names[pair.a],
            b: &names[pair.b],
            threshold_a: measured[pair.a].threshold,
            threshold_b: measured[pair.b].threshold,
            negative_threshold_a: measured[pair.a].negative_threshold,
            negative_threshold_b: measured[pair.b].negative_threshold,
            found: pair.found,
        })
        .collect();
    if context.json {
        let thresholds: Vec<f32> = measured.iter().map(|map| map.threshold).collect();
        let made = Provenance::new("comparison")
            .option("over", asked)
            .option("thresholds", thresholds);
        let made = maps.iter().fold(made, |made, map| made.map(map.record()));
        let files = args.maps.iter().zip(&maps);
        return context.print_json(&Document {
            schema: 1,
            over: asked,
            maps: files
                .map(|(path, map)| MapInfo::of(map, Some(path)))
                .collect(),
            pairs: &pairs,
            provenance: made,
        });
    }
    let mut table = Table::new(&[
        ("a", Align::Left),
        ("b", Align::Left),
        ("r", Align::Right),
        ("voxels", Align::Right),
        ("Dice +", Align::Right),
        ("Dice −", Align::Right),
        ("", Align::Left),
    ]);
    let number = |x: Option<f64>| x.map_or_else(|| "–".to_owned(), |x| format!("{x:.3}"));
    for pair in &pairs {
        let found = &pair.found;
        let mut notes = Vec::new();
        if found.resampled {
            notes.push("on the coarser grid");
        }
        if found.over != asked {
            notes.push(found.over.words());
        }
        table.row([
            pair.a.to_owned(),
            pair.b.to_owned(),
            number(found.r),
            found.voxels.to_string(),
            number(found.dice_positive),
            number(found.dice_negative),
            notes.join(", "),
        ]);
    }
    let mut text = table.render();
    text += &format!("Voxels {}", asked.words());
    text += match pairs.iter().any(|pair| pair.found.over != asked) {
        true => "; with a map that is not in MNI space, where both have data\n",
        false => "\n",
    };
    for (path, map) in args.maps.iter().zip(&maps) {
        if let Some(which) = frame::of_several(map) {
            text += &format!("{}: {which}\n", shown(path));
        }
    }
    print_text(&text)
}
