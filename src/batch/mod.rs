//! Every map of a folder decoded: in parallel, with as much memory for a thousand maps as for ten, and to be gone
//! on with after a stop.
//!
//! Each frame of each file becomes one line of JSON. A line says of which file it is (path below the inputs' common
//! folder, digest of the bytes) and of which run: a digest of the program's version, the model and the options.
//! Finished lines are appended to a journal, whatever their order; at the end all are sorted by file and frame into
//! `results.jsonl`, from which the two tables are made, and the journal is removed. So a run that was stopped, at
//! whatever moment, goes on from the lines that are there, and files that changed since are decoded again.
//!
//! A shard decodes the files whose path has its number as a digest; merged, shards give the bytes of one run.

mod error;
mod find;
mod line;
mod lines;
mod merge;
mod outputs;
mod work;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use serde::Serialize;

pub use error::BatchError;
pub use merge::merge;

use self::find::{Entry, find};
use self::lines::{Journal, Lines};
use self::outputs::{Manifest, write_results};
use self::work::{Step, Work};
use crate::bundle::Bundle;
use crate::decode::{PriorWeight, Tail, vocabulary};
use crate::files::hex_sha256;
use crate::ontology::Ontology;
use crate::progress::Progress;

/// Name of the file of lines in the folder of results.
pub const RESULTS: &str = "results.jsonl";
/// Name of the table of scores.
pub const SCORES: &str = "results.csv";
/// Name of the table of what was not decoded.
pub const ERRORS: &str = "errors.csv";

/// Files at work at once, for each thread.
const FILES_A_THREAD: usize = 4;

/// One of `of` parts of the files; `index` from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Shard {
    /// Which part, from 1.
    pub index: u32,
    /// How many parts there are.
    pub of: u32,
}

impl Shard {
    /// Whether a file belongs to this part.
    fn holds(self, file: &str) -> bool {
        let digest = hex_sha256(file.as_bytes());
        // 60 bits of a digest: any number of parts gets its share.
        let number = u64::from_str_radix(&digest[..15], 16).unwrap_or_default();
        number % u64::from(self.of.max(1)) + 1 == u64::from(self.index)
    }
}

/// How maps are decoded: what of a plan is part of the result.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Options {
    /// Tasks and concepts listed a map.
    pub top: usize,
    /// The side read; the stronger one where none is named, both on their own with [`Tail::Both`].
    pub tail: Option<Tail>,
    /// How much the literature prior counts.
    pub prior: PriorWeight,
    /// Decode also what should not be decoded.
    pub anyway: bool,
}

/// What is to be done.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Folders and files.
    pub inputs: Vec<PathBuf>,
    /// Folder of the results; it is made where it is not there.
    pub output: PathBuf,
    /// How maps are decoded.
    pub options: Options,
    /// The part of the files to decode; all where none is named.
    pub shard: Option<Shard>,
    /// How often the rate is told.
    pub told_every: Duration,
}

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Summary {
    /// Files, broken ones counted.
    pub files: usize,
    /// Frames decoded.
    pub decoded: usize,
    /// Frames that should not be decoded and were not.
    pub declined: usize,
    /// Frames, files and folders that could not be read or decoded.
    pub failed: usize,
    /// Frames not looked at, because the first one of their file is no statistic.
    pub left_out: usize,
}

/// What was done now, and by runs before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Done {
    /// All results in the folder.
    #[serde(flatten)]
    pub summary: Summary,
    /// Frames whose results were there already.
    pub kept: usize,
    /// Results of files that are not among the inputs any more.
    pub dropped: usize,
}

/// What results have in common that may stand in one table: the first 16 digits of a digest of the program's
/// version, the model, the ontology and the options.
fn run_id(bundle: &Bundle, ontology: &Ontology, options: &Options) -> String {
    let model = bundle.record(ontology.fingerprint());
    let text = serde_json::json!([env!("CARGO_PKG_VERSION"), model, options]).to_string();
    hex_sha256(text.as_bytes())[..16].to_owned()
}

/// Decodes every map of the inputs into the folder of results, going on where a run before stopped.
///
/// # Errors
/// [`BatchError`] where there is no map or the results cannot be written; what is wrong with a map is a line of
/// the results.
pub fn run(
    bundle: &Bundle,
    ontology: &Ontology,
    plan: &Plan,
    progress: &Progress,
) -> Result<Done, BatchError> {
    progress.stage("Looking for maps");
    let found = find(&plan.inputs, progress)?;
    if found.is_empty() {
        return Err(BatchError::NoMaps {
            inputs: plan.inputs.clone(),
        });
    }
    let mine = |entry: &Entry| plan.shard.is_none_or(|shard| shard.holds(&entry.name));
    let entries: Vec<Entry> = found.into_iter().filter(mine).collect();
    let run = run_id(bundle, ontology, &plan.options);
    std::fs::create_dir_all(&plan.output).map_err(BatchError::io(&plan.output))?;
    let mut lines = Lines::default();
    lines.read(&plan.output.join(RESULTS), &run)?;
    let mut journal = Journal::open(&plan.output, plan.shard, &run, &mut lines)?;
    // Prepared here once rather than by every thread at the same time.
    vocabulary(bundle, ontology, progress)?;
    let dropped = lines.keep_only(&entries);
    let work = Work {
        bundle,
        ontology,
        options: &plan.options,
        run: &run,
    };
    let mut pace = Pace::new(&entries, plan.told_every, progress);
    let chunk = FILES_A_THREAD * rayon::current_num_threads();
    for files in entries.chunks(chunk) {
        progress.check()?;
        let steps: Vec<Step> = files
            .par_iter()
            .map(|entry| work.begin(entry, &lines))
            .collect();
        for (entry, step) in files.iter().zip(steps) {
            match step {
                Step::Kept(frames) => pace.kept(frames),
                Step::Line(line) => {
                    journal.append(&line, &mut lines)?;
                    pace.decoded(1);
                }
                Step::Frames(file, left) => {
                    pace.kept(file.frames() - left.len());
                    let mut write = |some: &[String]| -> Result<(), BatchError> {
                        for line in some {
                            journal.append(line, &mut lines)?;
                        }
                        progress.check()?;
                        pace.decoded(some.len());
                        Ok(())
                    };
                    work.frames(entry, &file, &left, &mut write)?;
                }
            }
            pace.file();
        }
    }
    progress.stage("Writing the results");
    let kept = pace.kept;
    let summary = write_results(&plan.output, &lines, entries.len())?;
    Manifest::new(bundle, ontology, plan, &run, &summary).write(&plan.output)?;
    journal.remove()?;
    Ok(Done {
        summary,
        kept,
        dropped,
    })
}

/// How far a run is.
struct Pace<'a> {
    progress: &'a Progress,
    every: Duration,
    begun: Instant,
    told: Option<Instant>,
    files: usize,
    all: usize,
    /// Files looked at without anything to do.
    idle: usize,
    decoded: usize,
    kept: usize,
    /// Frames decoded when the file at hand began.
    before: usize,
}

impl<'a> Pace<'a> {
    fn new(entries: &[Entry], every: Duration, progress: &'a Progress) -> Self {
        Self {
            progress,
            every,
            begun: Instant::now(),
            told: None,
            files: 0,
            all: entries.len(),
            idle: 0,
            decoded: 0,
            kept: 0,
            before: 0,
        }
    }

    fn kept(&mut self, frames: usize) {
        self.kept += frames;
    }

    fn decoded(&mut self, frames: usize) {
        self.decoded += frames;
        self.tell();
    }

    fn file(&mut self) {
        self.files += 1;
        self.idle += usize::from(self.decoded == self.before);
        self.before = self.decoded;
        self.tell();
    }

    /// "Decoding 120 of 2048 files, 41 maps a second, 47 s left".
    fn tell(&mut self) {
        let due = self.told.is_none_or(|told| told.elapsed() >= self.every);
        self.progress
            .set_fraction(self.files as f32 / self.all.max(1) as f32);
        if !due {
            return;
        }
        self.told = Some(Instant::now());
        let seconds = self.begun.elapsed().as_secs_f64();
        let mut stage = format!("Decoding {} of {} files", self.files, self.all);
        let busy = self.files - self.idle.min(self.files);
        if self.decoded > 0 && seconds > 0.5 {
            stage += &format!(", {:.0} maps a second", self.decoded as f64 / seconds);
        }
        if busy > 0 && seconds > 0.5 {
            let left = seconds / busy as f64 * (self.all - self.files) as f64;
            stage += &format!(", {} left", duration(left));
        }
        self.progress.stage(stage);
    }
}

/// "47 s", "12 min", "3 h 20 min".
fn duration(seconds: f64) -> String {
    let minutes = (seconds / 60.0).round() as u64;
    match seconds {
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{minutes} min"),
        _ => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

/// A path below the folder of results.
fn at(folder: &Path, name: &str) -> PathBuf {
    folder.join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_belongs_to_one_shard_and_shards_are_about_alike() {
        for of in [1, 2, 7] {
            let shards: Vec<Shard> = (1..=of).map(|index| Shard { index, of }).collect();
            let mut counts = vec![0; of as usize];
            for n in 0..700 {
                let file = format!("sub-{n}/z.nii.gz");
                let holders: Vec<usize> = (0..shards.len())
                    .filter(|&s| shards[s].holds(&file))
                    .collect();
                assert_eq!(holders.len(), 1, "{file}");
                counts[holders[0]] += 1;
            }
            let fair = 700 / of as usize;
            assert!(
                counts.iter().all(|&n| n > fair / 2 && n < fair * 2),
                "{counts:?}"
            );
        }
    }

    #[test]
    fn times_are_said_in_round_numbers() {
        assert_eq!(
            [12.4, 600.0, 12_000.0].map(duration),
            ["12 s", "10 min", "3 h 20 min"]
        );
    }
}
