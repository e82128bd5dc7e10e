//! `gyrus compare A B…`: correlation and overlap of every pair of maps.

use std::path::PathBuf;

use serde::Serialize;

use super::table::{Align, Table};
use super::{Context, Failure, Outcome, print_text};
use crate::error::Explanation;
use crate::measure::{Comparison, Measured, Over, compare};
use crate::space::open_map;
use crate::volume::Volume;

/// Arguments of `gyrus compare`.
#[derive(Debug, clap::Args)]
pub struct CompareArgs {
    /// Two maps or more
    #[arg(required = true, num_args = 2.., value_name = "MAP")]
    pub maps: Vec<PathBuf>,
    /// Strength beyond which voxels count as active for the overlap (default: each map's own)
    #[arg(long, value_name = "T")]
    pub threshold: Option<f32>,
    /// Correlate only voxels where neither map is 0
    #[arg(long)]
    pub nonzero: bool,
}

#[derive(Debug, Serialize)]
struct Pair<'a> {
    a: &'a PathBuf,
    b: &'a PathBuf,
    threshold_a: f32,
    threshold_b: f32,
    #[serde(flatten)]
    found: Comparison,
}

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: u32,
    over: Over,
    pairs: &'a [Pair<'a>],
}

/// Compares every pair.
///
/// # Errors
/// [`Failure`] of a map; of the usage for a threshold that is none.
pub fn run(args: &CompareArgs, context: &Context) -> Outcome {
    if args.threshold.is_some_and(|t| !(t.is_finite() && t >= 0.0)) {
        return Err(Failure::Usage(
            "--threshold is a number from 0 up".to_owned(),
        ));
    }
    let (progress, line) = context.progress();
    let mut maps: Vec<(&PathBuf, Volume, f32)> = Vec::new();
    for path in &args.maps {
        let map = open_map(path, 0, &progress)?;
        if map.data.scalar().is_none() {
            return Err(Failure::Input(Box::new(Explanation {
                what: "This map cannot be compared".to_owned(),
                why: "it holds labels or colours, not statistical values".to_owned(),
                remedy: "Leave it out".to_owned(),
                path: Some(path.clone()),
            })));
        }
        let threshold = args.threshold.unwrap_or_else(|| map.default_threshold());
        maps.push((path, map, threshold));
    }
    let over = if args.nonzero {
        Over::NonZero
    } else {
        Over::All
    };
    progress.stage("Comparing");
    let mut pairs = Vec::new();
    for (n, (a, map_a, threshold_a)) in maps.iter().enumerate() {
        for (b, map_b, threshold_b) in &maps[n + 1..] {
            let of = |volume, threshold| Measured {
                volume,
                threshold,
                negative_threshold: threshold,
            };
            let found = compare(
                of(map_a, *threshold_a),
                of(map_b, *threshold_b),
                over,
                &progress,
            )?;
            pairs.push(Pair {
                a,
                b,
                threshold_a: *threshold_a,
                threshold_b: *threshold_b,
                found,
            });
        }
    }
    drop(line);
    if context.json {
        return context.print_json(&Document {
            schema: 1,
            over,
            pairs: &pairs,
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
        let note = if found.resampled {
            "on the coarser grid"
        } else {
            ""
        };
        table.row([
            pair.a.display().to_string(),
            pair.b.display().to_string(),
            number(found.r),
            found.voxels.to_string(),
            number(found.dice_positive),
            number(found.dice_negative),
            note.to_owned(),
        ]);
    }
    print_text(&table.render())
}
