//! One line of the results: what a frame of a file says, or why it says nothing.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Summary;
use crate::decode::{
    DecodeDocument, Decoding, GroupScore, Readings, Tail, TaskScore, file_notes, scores_csv,
};
use crate::error::Explanation;
use crate::measure::csv_text;
use crate::provenance::Provenance;
use crate::volume::{MapInfo, Volume};

/// Which frame of which file a line is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Of<'a> {
    /// Path below the inputs' common folder.
    pub file: &'a str,
    /// From 0.
    pub frame: usize,
    /// Frames of the file.
    pub frames: usize,
    /// Digest of the file's bytes, where they could be read.
    pub sha256: Option<&'a str>,
    /// Digest of program, model and options.
    pub run: &'a str,
}

/// A line as it is written.
#[derive(Serialize)]
struct Written<'a> {
    file: &'a str,
    /// From 1.
    frame: usize,
    frames: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<&'a str>,
    run: &'a str,
    /// One a side that was read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    decodings: Vec<DecodeDocument<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a Failed>,
    /// Frames behind this one that were not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    frames_left_out: Option<usize>,
}

/// Why a frame was not decoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Failed {
    /// It could be decoded but should not.
    pub declined: bool,
    pub what: String,
    pub why: String,
    pub remedy: String,
}

impl Failed {
    pub fn new(explanation: Explanation, declined: bool) -> Self {
        Self {
            declined,
            what: explanation.what,
            why: explanation.why,
            remedy: explanation.remedy,
        }
    }
}

/// The line of a frame that was decoded.
pub(super) fn decoded(of: Of<'_>, volume: &Volume, read: &Readings, top: usize) -> String {
    let notes = file_notes(volume);
    let documents = read.sides.iter().map(|side| {
        let map = MapInfo::of(volume, Some(Path::new(of.file)));
        let leading = read.balance.leading;
        DecodeDocument::new(map, &side.decoding, &side.provenance, leading, &notes, top)
            .beside(read.other.as_ref())
            .without_time()
    });
    written(of, documents.collect(), None, 0)
}

/// The line of a frame that was not, and of those behind it that were not looked at.
pub(super) fn failed(of: Of<'_>, error: &Failed, frames_left_out: usize) -> String {
    written(of, Vec::new(), Some(error), frames_left_out)
}

fn written(
    of: Of<'_>,
    decodings: Vec<DecodeDocument<'_>>,
    error: Option<&Failed>,
    frames_left_out: usize,
) -> String {
    let line = Written {
        file: of.file,
        frame: of.frame + 1,
        frames: of.frames,
        sha256: of.sha256,
        run: of.run,
        decodings,
        error,
        frames_left_out: (frames_left_out > 0).then_some(frames_left_out),
    };
    // Plain data with text keys: serde_json has nothing to refuse.
    serde_json::to_string(&line).unwrap_or_default()
}

/// What of a line says which one it is.
#[derive(Debug, Deserialize)]
pub(super) struct Key {
    pub file: String,
    /// From 1.
    pub frame: usize,
    pub frames: usize,
    pub sha256: Option<String>,
    pub run: String,
    pub error: Option<Failed>,
    #[serde(default)]
    pub frames_left_out: usize,
}

/// A line as tables are made from it.
#[derive(Debug, Deserialize)]
pub(super) struct Line {
    file: String,
    frame: usize,
    #[serde(default)]
    sha256: String,
    run: String,
    #[serde(default)]
    decodings: Vec<Side>,
    error: Option<Failed>,
    #[serde(default)]
    frames_left_out: usize,
}

#[derive(Debug, Deserialize)]
struct Side {
    tail: Tail,
    tasks: Vec<TaskScore>,
    concepts: Vec<GroupScore>,
    domains: Vec<GroupScore>,
    coverage: f32,
    provenance: Provenance,
}

/// First line of the table of errors.
pub(super) const ERRORS_HEAD: &str = "file,frame,outcome,what,why,remedy,sha256,run\n";

impl Line {
    /// Its rows of the table of scores.
    pub fn scores(self) -> String {
        let rows = self.decodings.into_iter().map(|side| {
            let decoding = Decoding {
                tail: side.tail,
                tasks: side.tasks,
                concepts: side.concepts,
                domains: side.domains,
                coverage: side.coverage,
                nulls: None,
                warnings: Vec::new(),
                elapsed_ms: 0.0,
            };
            let frame = self.frame.saturating_sub(1);
            scores_csv(&self.file, frame, &decoding, &side.provenance, usize::MAX)
        });
        rows.collect()
    }

    /// Its row of the table of errors, where it is one.
    pub fn error(&self) -> Option<String> {
        let error = self.error.as_ref()?;
        let outcome = if error.declined { "declined" } else { "failed" };
        let left_out = match self.frames_left_out {
            0 => String::new(),
            n => format!(" ({n} more frames were not looked at)"),
        };
        let cells = [
            csv_text(&self.file),
            self.frame.to_string(),
            outcome.to_owned(),
            csv_text(&error.what),
            csv_text(&format!("{}{left_out}", error.why)),
            csv_text(&error.remedy),
            csv_text(&self.sha256),
            csv_text(&self.run),
        ];
        Some(cells.join(",") + "\n")
    }

    /// Counts it.
    pub fn count(&self, summary: &mut Summary) {
        match &self.error {
            None => summary.decoded += 1,
            Some(error) if error.declined => summary.declined += 1,
            Some(_) => summary.failed += 1,
        }
        summary.left_out += self.frames_left_out;
    }
}
