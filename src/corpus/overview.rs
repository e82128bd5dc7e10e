//! What a corpus is like, before anything is learnt from it.

use std::fmt;

use super::{DropReason, Dropped, MergeReport, Study, SuspectedTalairach, Suspicion, TextField};

/// A corpus looked over.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct CorpusReport {
    /// Studies after merging by PMID.
    pub studies: usize,
    /// Of them with a title and a peak: what can be learnt from.
    pub usable: usize,
    /// Studies that have a map instead of peaks.
    pub maps: usize,
    /// Years of publication, ascending.
    pub years: Vec<YearCount>,
    /// Studies whose year is not known.
    pub studies_without_year: usize,
    /// Studies by their number of peaks, ascending, without gaps.
    pub peaks_a_study: Vec<PeaksBin>,
    /// Peaks of the middle study.
    pub median_peaks: usize,
    /// Peaks of the study with the most.
    pub most_peaks: usize,
    /// What became of the peaks.
    pub peaks: PeakCounts,
    /// Studies by the space they state.
    pub spaces: SpaceCounts,
    /// Studies not marked Talairach that look as if they were, most peaks first. A hint where to look: of the
    /// labelled studies of Neurosynth v7 that their peaks pick out, half say Talairach.
    pub suspected_talairach: Vec<SuspectedTalairach>,
    /// Studies that are there more than once.
    pub duplicates: Duplicates,
    /// What texts there are, in the order of [`TextField::ALL`].
    pub texts: Vec<TextCoverage>,
    /// What is not used, by reason.
    pub drops: Vec<DropCount>,
    /// Every count of the merge.
    pub merge: MergeReport,
    /// Every study and peak that is not used; [`super::drops_csv`] writes them.
    #[serde(skip)]
    pub dropped: Vec<Dropped>,
}

/// Studies of one year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct YearCount {
    /// The year.
    pub year: u16,
    /// How many.
    pub studies: usize,
}

/// Studies with so many peaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct PeaksBin {
    /// Fewest peaks.
    pub from: usize,
    /// Most peaks; none in the last bar.
    pub to: Option<usize>,
    /// How many studies.
    pub studies: usize,
}

impl fmt::Display for PeaksBin {
    /// "3–5", "501+".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to {
            Some(to) if to == self.from => write!(f, "{to}"),
            Some(to) => write!(f, "{}–{to}", self.from),
            None => write!(f, "{}+", self.from),
        }
    }
}

/// What became of the peaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct PeakCounts {
    /// Rows with three numbers that belong to a study.
    pub read: usize,
    /// Rows that repeat a peak of their study.
    pub repeated: usize,
    /// More than 6 mm outside the brain mask: dropped.
    pub dropped_outside: usize,
    /// Kept.
    pub kept: usize,
    /// Kept, though outside the mask by up to 6 mm.
    pub kept_outside: usize,
}

/// Studies by the space they state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct SpaceCounts {
    /// MNI.
    pub mni: usize,
    /// Talairach: converted.
    pub talairach: usize,
    /// None, or one that is not known: taken as MNI.
    pub unknown: usize,
}

/// A study by its names.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct StudyRef {
    /// PMID or own name.
    pub study: String,
    /// Its title.
    pub title: String,
}

impl StudyRef {
    /// Of a study.
    pub fn of(study: &Study) -> Self {
        let number = || study.pmid.to_string();
        Self {
            study: study.own_id.clone().unwrap_or_else(number),
            title: study.title.clone(),
        }
    }
}

/// Studies that are there more than once.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Duplicates {
    /// Studies of several sources: merged into one.
    pub in_several_sources: usize,
    /// Rows of a source with an identifier seen before: not used.
    pub identifiers_again: usize,
    /// Groups of studies of different identifiers with the same peaks, two or more, as reported.
    pub same_peaks: Vec<Vec<StudyRef>>,
    /// Works entered under several identifiers: the same or nearly the same title or peaks. A split keeps each on
    /// one side.
    pub works_entered_twice: usize,
    /// Studies of those.
    pub studies_of_those: usize,
}

/// How many studies have one kind of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct TextCoverage {
    /// Which.
    pub text: TextField,
    /// Studies that have it.
    pub studies: usize,
    /// Words of the middle one.
    pub median_words: usize,
}

/// How often something is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct DropCount {
    /// Why.
    pub reason: DropReason,
    /// How often.
    pub count: usize,
}

/// Longest bar of a histogram in letters.
const BAR: usize = 40;
/// Examples of a list.
const SHOWN: usize = 5;

impl fmt::Display for CorpusReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for source in &self.merge.sources {
            let (studies, peaks) = (source.studies, source.peaks);
            writeln!(f, "{}: {}, {peaks} peaks", source.name, count(studies))?;
        }
        writeln!(
            f,
            "{}, {} with a title and a peak",
            count(self.studies),
            self.usable
        )?;
        for note in &self.merge.notes {
            writeln!(f, "Note: {note}")?;
        }
        self.histograms(f)?;
        let p = &self.peaks;
        writeln!(
            f,
            "\nPeaks: {} read, {} repeated, {} more than 6 mm outside the brain, {} kept ({} of them outside by up to 6 mm)",
            p.read, p.repeated, p.dropped_outside, p.kept, p.kept_outside
        )?;
        let s = &self.spaces;
        writeln!(
            f,
            "Space: {} in MNI, {} in Talairach (converted), {} not stated (taken as MNI)",
            count(s.mni),
            s.talairach,
            s.unknown
        )?;
        self.suspects(f)?;
        self.twice(f)?;
        writeln!(f, "\nTexts")?;
        for text in self.texts.iter().filter(|text| text.studies > 0) {
            writeln!(
                f,
                "  {:<22}{:>7} of them ({:.1} %), {} words in the middle one",
                text.text.label(),
                text.studies,
                100.0 * text.studies as f64 / self.studies.max(1) as f64,
                text.median_words
            )?;
        }
        if !self.drops.is_empty() {
            writeln!(f, "\nNot used")?;
        }
        for drop in &self.drops {
            writeln!(f, "  {:>7} {}", drop.count, drop.reason.words())?;
        }
        for source in &self.merge.sources {
            let bad = [&source.rejected_studies, &source.rejected_peaks];
            for example in bad.into_iter().flat_map(|bad| &bad.examples) {
                writeln!(f, "          {example}")?;
            }
        }
        Ok(())
    }
}

impl CorpusReport {
    fn histograms(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = self.years.iter().map(|y| y.studies).max();
        writeln!(
            f,
            "\nYears ({} without one)",
            count(self.studies_without_year)
        )?;
        for YearCount { year, studies } in &self.years {
            writeln!(f, "  {year:>8} {studies:>7} {}", bar(*studies, most))?;
        }
        let most = self.peaks_a_study.iter().map(|b| b.studies).max();
        writeln!(
            f,
            "\nPeaks a study (the middle one has {}, the largest {})",
            self.median_peaks, self.most_peaks
        )?;
        for bin in &self.peaks_a_study {
            let studies = bin.studies;
            writeln!(
                f,
                "  {:>8} {studies:>7} {}",
                bin.to_string(),
                bar(studies, most)
            )?;
        }
        Ok(())
    }

    fn suspects(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suspected = &self.suspected_talairach;
        if suspected.is_empty() {
            return Ok(());
        }
        let by_text = suspected.iter().filter(|s| s.by == Suspicion::Text).count();
        writeln!(
            f,
            "Perhaps in Talairach although not marked so: {}, {by_text} by their text, {} by their peaks \
             (of labelled studies that the peaks pick out, half are in Talairach)",
            count(suspected.len()),
            suspected.len() - by_text
        )?;
        for study in suspected.iter().take(SHOWN) {
            writeln!(
                f,
                "  {} ({}; of {} peaks {} are outside the brain as MNI, {} as Talairach) {}",
                study.study,
                study.reported,
                study.peaks,
                study.outside_as_mni,
                study.outside_as_talairach,
                short(&study.title)
            )?;
        }
        Ok(())
    }

    fn twice(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let d = &self.duplicates;
        writeln!(
            f,
            "Twice there: {} in several sources (merged), {} identifiers again (not used), {} groups of \
             studies with the same peaks, {} works under several identifiers ({})",
            count(d.in_several_sources),
            d.identifiers_again,
            d.same_peaks.len(),
            d.works_entered_twice,
            count(d.studies_of_those)
        )?;
        for group in d.same_peaks.iter().take(SHOWN) {
            let names: Vec<&str> = group.iter().map(|s| s.study.as_str()).collect();
            let title = group.first().map_or("", |s| &s.title);
            writeln!(f, "  {}: {}", names.join(", "), short(title))?;
        }
        Ok(())
    }
}

/// "1 study", "12 studies".
fn count(studies: usize) -> String {
    match studies {
        1 => "1 study".to_owned(),
        n => format!("{n} studies"),
    }
}

fn bar(count: usize, most: Option<usize>) -> String {
    let most = most.unwrap_or_default().max(1);
    "█".repeat((count * BAR).div_ceil(most))
}

fn short(title: &str) -> String {
    const LETTERS: usize = 60;
    match title.char_indices().nth(LETTERS) {
        Some((at, _)) => format!("{}…", &title[..at]),
        None => title.to_owned(),
    }
}
