//! What happened to every row on its way into a corpus.

use std::fmt;

/// Rows a table had that could not be used.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Rejected {
    /// How many.
    pub rows: usize,
    /// The first few: file, line and reason.
    pub examples: Vec<String>,
}

impl Rejected {
    /// Examples kept.
    const EXAMPLES: usize = 5;
    /// Length of a reason.
    const MAX_CHARS: usize = 200;

    /// Counts one row.
    pub(super) fn add(&mut self, at: super::drops::At<'_>, why: &str) {
        self.rows += 1;
        if self.examples.len() < Self::EXAMPLES {
            let (name, line) = (at.file(), at.line);
            // What stands in a row may be of any length.
            let why: String = why.chars().take(Self::MAX_CHARS).collect();
            self.examples.push(match line {
                0 => format!("{name}: {why}"),
                _ => format!("{name}, line {line}: {why}"),
            });
        }
    }
}

/// What one source held.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SourceCount {
    /// "Neurosynth v7", "NeuroQuery", "own tables", or the kind of file it was.
    pub name: String,
    /// Distinct studies.
    pub studies: usize,
    /// Peak rows with three numbers that belong to a study.
    pub peaks: usize,
    /// Study rows that could not be used (no identifier, or one already seen).
    pub rejected_studies: Rejected,
    /// Peak rows that could not be used (no such study, or not three finite numbers).
    pub rejected_peaks: Rejected,
}

/// Where the peaks of one reported space lie when read as MNI and when read as Talairach: the grounds
/// for the rule on unknown space.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SpaceEvidence {
    /// "MNI", "Talairach" or "not stated".
    pub reported: String,
    /// Studies.
    pub studies: usize,
    /// Distinct peaks.
    pub peaks: usize,
    /// Share outside the brain mask taken as they are.
    pub outside_as_mni: f64,
    /// Share outside the brain mask after Talairach → MNI.
    pub outside_as_talairach: f64,
}

/// Every count of a merge.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct MergeReport {
    /// The sources in order of precedence.
    pub sources: Vec<SourceCount>,
    /// Studies after merging by PMID.
    pub studies: usize,
    /// Studies found in more than one source.
    pub in_several: usize,
    /// Peak rows of all sources together.
    pub peaks_read: usize,
    /// Rows that repeated a peak of the same study.
    pub peaks_repeated: usize,
    /// Distinct peaks further outside the brain than the limit: dropped.
    pub peaks_outside: usize,
    /// Peaks kept.
    pub peaks_kept: usize,
    /// Studies whose peaks were converted from Talairach space.
    pub studies_converted: usize,
    /// Peaks converted.
    pub peaks_converted: usize,
    /// Studies that do not state their space, taken as MNI.
    pub studies_unknown_space: usize,
    /// Studies left without a peak.
    pub studies_without_peaks: usize,
    /// Studies without a title.
    pub studies_without_title: usize,
    /// Studies whose `long_text` says more than the title.
    pub studies_with_long_text: usize,
    /// PMIDs on the evaluation list.
    pub evaluation_listed: usize,
    /// Studies of the corpus that are on it.
    pub evaluation_present: usize,
    /// Peaks by reported space, read both ways.
    pub space_evidence: Vec<SpaceEvidence>,
    /// Other things worth knowing, one sentence each.
    pub notes: Vec<String>,
}

impl fmt::Display for MergeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for s in &self.sources {
            writeln!(f, "{}: {} studies, {} peaks", s.name, s.studies, s.peaks)?;
            for (what, bad) in [("study", &s.rejected_studies), ("peak", &s.rejected_peaks)] {
                if bad.rows > 0 {
                    writeln!(f, "  {} {what} rows not used, first:", bad.rows)?;
                    for example in &bad.examples {
                        writeln!(f, "    {example}")?;
                    }
                }
            }
        }
        writeln!(
            f,
            "merged: {} studies, {} in several sources",
            self.studies, self.in_several
        )?;
        writeln!(
            f,
            "peaks: {} read, {} repeated, {} too far outside the brain, {} kept",
            self.peaks_read, self.peaks_repeated, self.peaks_outside, self.peaks_kept
        )?;
        writeln!(
            f,
            "space: {} studies ({} peaks) converted from Talairach, {} not stated and taken as MNI",
            self.studies_converted, self.peaks_converted, self.studies_unknown_space
        )?;
        for e in &self.space_evidence {
            writeln!(
                f,
                "  {}: {} studies, {} peaks, outside the brain {:.2} % as MNI, {:.2} % as Talairach",
                e.reported,
                e.studies,
                e.peaks,
                100.0 * e.outside_as_mni,
                100.0 * e.outside_as_talairach
            )?;
        }
        writeln!(
            f,
            "left without peaks: {}; without title: {}; with text beyond the title: {}",
            self.studies_without_peaks, self.studies_without_title, self.studies_with_long_text
        )?;
        write!(
            f,
            "set aside for evaluation: {} of {} listed",
            self.evaluation_present, self.evaluation_listed
        )?;
        for note in &self.notes {
            write!(f, "\n{note}")?;
        }
        Ok(())
    }
}
