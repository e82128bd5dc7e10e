//! The scores of decoded maps as CSV: one line a score.

use std::fmt::Write as _;

use super::{Decoding, GroupScore, Tail};
use crate::measure::{csv_record, csv_text};
use crate::provenance::{CSV_COLUMNS, Provenance};

/// The columns, up to those that say how the scores were made.
const COLUMNS: &str = "map,tail,level,rank,name,id,similarity,likelihood,prior,posterior,bayes_factor,percentile,score,frame";

/// The first line, with its end.
pub(crate) fn scores_csv_head() -> String {
    format!("{COLUMNS},{CSV_COLUMNS}\n")
}

/// The scores of one decoded side of frame `frame` (from 0) of a map: at most `top` tasks and as many
/// concepts, and all domains.
pub(crate) fn scores_csv(
    map: &str,
    frame: usize,
    decoding: &Decoding,
    made: &Provenance,
    top: usize,
) -> String {
    let tail = match decoding.tail {
        Tail::Pos => "pos",
        Tail::Neg => "neg",
        Tail::Both => "both",
    };
    let head = format!("{},{tail}", csv_text(map));
    let last = format!("{},{}", frame + 1, csv_record(made));
    let mut out = String::new();
    // Writing to a String cannot fail.
    for (rank, t) in decoding.tasks.iter().take(top).enumerate() {
        let _ = writeln!(
            out,
            "{head},task,{},{},{},{},{},{},{},{},{},,{last}",
            rank + 1,
            csv_text(&t.name),
            csv_text(&t.id),
            t.similarity,
            t.likelihood,
            t.prior,
            t.posterior,
            t.bayes_factor,
            t.percentile.map_or_else(String::new, |p| p.to_string())
        );
    }
    let mut groups = |level: &str, groups: &[GroupScore], most: usize| {
        for (rank, group) in groups.iter().take(most).enumerate() {
            let _ = writeln!(
                out,
                "{head},{level},{},{},{},,,,,,{},{},{last}",
                rank + 1,
                csv_text(&group.name),
                csv_text(&group.id),
                group.percentile,
                group.score
            );
        }
    };
    groups("concept", &decoding.concepts, top);
    groups("domain", &decoding.domains, usize::MAX);
    out
}
