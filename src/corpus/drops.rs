//! What of a corpus is not used, row by row, and why.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::delimited::csv_text;

/// Why a study or a peak is not used.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum DropReason {
    /// A study's row without an identifier.
    NoIdentifier,
    /// A study's row with an identifier already seen in the same file.
    IdentifierAgain,
    /// A row of a table of maps whose file is not in the table's folder.
    NoMap,
    /// An analysis that the annotation beside it leaves out.
    LeftOutByAnnotation,
    /// A study without a title: it is kept, and cannot be learnt from.
    NoTitle,
    /// A study without a peak in or near the brain: it is kept, and cannot be learnt from.
    NoPeaks,
    /// A peak of a study that the corpus does not have.
    NoStudy,
    /// A peak that is not three finite numbers.
    NotNumbers,
    /// A peak that its study already has, to a tenth of a millimetre.
    Repeated,
    /// A peak further outside the brain than [`super::MAX_OUTSIDE_MM`].
    OutsideBrain,
}

impl DropReason {
    /// In words, as said of several.
    pub fn words(self) -> &'static str {
        match self {
            Self::NoIdentifier => "study rows without an identifier",
            Self::IdentifierAgain => "study rows with an identifier seen before",
            Self::NoMap => "maps that are not in the table's folder",
            Self::LeftOutByAnnotation => "analyses left out by the annotation",
            Self::NoTitle => "studies without a title",
            Self::NoPeaks => "studies without a peak in the brain",
            Self::NoStudy => "peaks of no study in the corpus",
            Self::NotNumbers => "peaks that are not three numbers",
            Self::Repeated => "peaks that their study already has, of the same source or another",
            Self::OutsideBrain => "peaks more than 6 mm outside the brain",
        }
    }

    /// Whether it is said of studies (or their analyses), else of peaks.
    pub fn is_of_studies(self) -> bool {
        matches!(
            self,
            Self::NoIdentifier
                | Self::IdentifierAgain
                | Self::NoMap
                | Self::LeftOutByAnnotation
                | Self::NoTitle
                | Self::NoPeaks
        )
    }
}

/// A study or a peak that is not used.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Dropped {
    /// Why.
    pub reason: DropReason,
    /// The study: PMID or own name, as far as it is known.
    pub study: String,
    /// The file's name; empty where the reason shows only after merging.
    pub file: String,
    /// Line of the file, from 1; none where a file has no lines or the reason shows only later.
    pub line: Option<usize>,
    /// The peak in mm, in the space reported, where it is one.
    pub peak_mm: Option<[f32; 3]>,
    /// What stood there.
    pub detail: String,
}

/// One line a dropped study or peak, with a head line.
pub fn drops_csv(drops: &[Dropped]) -> String {
    let mut out = String::from("reason,study,file,line,x,y,z,detail\n");
    for drop in drops {
        let line = drop.line.map(|n| n.to_string()).unwrap_or_default();
        let [x, y, z] = match drop.peak_mm {
            Some(peak) => peak.map(|v| v.to_string()),
            None => Default::default(),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{},{},{},{line},{x},{y},{z},{}",
            drop.reason.words(),
            csv_text(&drop.study),
            csv_text(&drop.file),
            csv_text(&drop.detail),
        );
    }
    out
}

/// Where something stands in a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) path: &'a Path,
    /// From 1; 0 where the file has no lines.
    pub(super) line: usize,
}

impl At<'_> {
    pub(super) fn file(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }
}

/// More than this many are counted and not listed: 1 GB.
const MAX_LISTED: usize = 5_000_000;

/// Counts what is dropped; lists it where that was asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Drops {
    listed: bool,
    pub(super) list: Vec<Dropped>,
    pub(super) counts: BTreeMap<DropReason, usize>,
}

impl Drops {
    pub(super) fn new(listed: bool) -> Self {
        Self {
            listed,
            ..Self::default()
        }
    }

    /// Whether drops are listed, else only counted.
    pub(super) fn is_listed(&self) -> bool {
        self.listed
    }

    pub(super) fn add(&mut self, reason: DropReason, make: impl FnOnce() -> Dropped) {
        *self.counts.entry(reason).or_default() += 1;
        if self.listed && self.list.len() < MAX_LISTED {
            self.list.push(make());
        }
    }

    /// Takes over those of a source.
    pub(super) fn absorb(&mut self, other: Self) {
        for (reason, count) in other.counts {
            *self.counts.entry(reason).or_default() += count;
        }
        let room = MAX_LISTED.saturating_sub(self.list.len());
        self.list.extend(other.list.into_iter().take(room));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_a_drop_and_no_formula() {
        let drop = Dropped {
            reason: DropReason::NotNumbers,
            study: "=cmd".into(),
            file: "a,b.csv".into(),
            line: Some(3),
            peak_mm: Some([1.0, -2.5, f32::NAN]),
            detail: String::new(),
        };
        let mut drops = Drops::new(true);
        drops.add(drop.reason, || drop);
        assert_eq!(drops.counts[&DropReason::NotNumbers], 1);
        assert_eq!(
            drops_csv(&drops.list),
            "reason,study,file,line,x,y,z,detail\n\
             peaks that are not three numbers,'=cmd,\"a,b.csv\",3,1,-2.5,NaN,\n"
        );
        let mut counted = Drops::new(false);
        counted.add(DropReason::Repeated, || unreachable!());
        assert_eq!((counted.counts.len(), counted.list.len()), (1, 0));
    }
}
