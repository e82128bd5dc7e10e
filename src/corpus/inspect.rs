//! Looks a corpus over: everything [`CorpusReport`] holds.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use crate::progress::Progress;
use crate::volume::Mask;

use super::duplicates::as_reported;
use super::inside::Inside;
use super::merge::{Found, peak_key};
use super::overview::{
    CorpusReport, DropCount, Duplicates, PeakCounts, PeaksBin, SpaceCounts, StudyRef, TextCoverage,
    YearCount,
};
use super::{Corpus, CorpusError, DropReason, SpaceNote, Study, TextField, duplicate_groups, load};

/// Reads a corpus as [`super::load`] does, also one that nothing can be learnt from, and looks it over.
///
/// # Errors
/// As [`super::load`], but for what is merely unusable.
pub fn inspect(path: &Path, progress: &Progress) -> Result<(Corpus, CorpusReport), CorpusError> {
    inspect_in_mask(path, crate::space::mask_2mm(), progress)
}

/// As [`inspect`], with another brain mask.
///
/// # Errors
/// As [`inspect`].
pub(crate) fn inspect_in_mask(
    path: &Path,
    mask: &Mask,
    progress: &Progress,
) -> Result<(Corpus, CorpusReport), CorpusError> {
    let (corpus, found) = load::read(path, mask, true, progress)?;
    progress.stage("Looking the corpus over");
    progress.check()?;
    let report = report(&corpus, found, mask);
    Ok((corpus, report))
}

fn report(corpus: &Corpus, found: Found, mask: &Mask) -> CorpusReport {
    let studies = &corpus.studies;
    let merge = &corpus.report;
    let inside = Inside::new(mask);
    let kept = studies.iter().flat_map(|s| &s.peaks_mm);
    let mut years: BTreeMap<u16, usize> = BTreeMap::new();
    for year in studies.iter().filter_map(|s| s.year) {
        *years.entry(year).or_default() += 1;
    }
    let mut counts: Vec<usize> = studies.iter().map(|s| s.peaks_mm.len()).collect();
    counts.sort_unstable();
    let mut suspected = found.suspects;
    suspected.sort_by(|a, b| b.peaks.cmp(&a.peaks).then_with(|| a.study.cmp(&b.study)));
    let drops = found.drops;
    CorpusReport {
        studies: studies.len(),
        usable: studies.iter().filter(|s| s.is_usable()).count(),
        maps: corpus.maps.len(),
        studies_without_year: studies.iter().filter(|s| s.year.is_none()).count(),
        years: years
            .into_iter()
            .map(|(year, studies)| YearCount { year, studies })
            .collect(),
        peaks_a_study: bins(&counts),
        median_peaks: counts.get(counts.len() / 2).copied().unwrap_or_default(),
        most_peaks: counts.last().copied().unwrap_or_default(),
        peaks: PeakCounts {
            read: merge.peaks_read,
            repeated: merge.peaks_repeated,
            dropped_outside: merge.peaks_outside,
            kept: merge.peaks_kept,
            kept_outside: kept.filter(|&&p| !inside.nearest_is_inside(p)).count(),
        },
        spaces: spaces(studies),
        suspected_talairach: suspected,
        duplicates: duplicates(corpus, drops.counts.get(&DropReason::IdentifierAgain)),
        texts: TextField::ALL
            .map(|field| coverage(studies, field))
            .to_vec(),
        drops: (drops.counts.iter())
            .map(|(&reason, &count)| DropCount { reason, count })
            .collect(),
        merge: merge.clone(),
        dropped: drops.list,
    }
}

fn spaces(studies: &[Study]) -> SpaceCounts {
    let count = |space| studies.iter().filter(|s| s.space == space).count();
    SpaceCounts {
        mni: count(SpaceNote::Mni),
        talairach: count(SpaceNote::ConvertedTalairach),
        unknown: count(SpaceNote::UnknownTakenAsMni),
    }
}

/// Upper ends of the bars: 0, 1, 2, 3 to 5, 6 to 10 and so on; from the last on one bar.
const BAR_ENDS: [usize; 11] = [0, 1, 2, 5, 10, 20, 40, 60, 100, 200, 500];

/// Numbers of peaks, ascending, in bars up to the one that holds the most.
fn bins(counts: &[usize]) -> Vec<PeaksBin> {
    let most = counts.last().copied().unwrap_or_default();
    let ends = BAR_ENDS.into_iter().map(Some).chain([None]);
    let mut bars = Vec::new();
    let mut from = 0;
    for to in ends {
        let below = |end| counts.partition_point(|&n| n < end);
        let studies = below(to.map_or(usize::MAX, |to| to + 1)) - below(from);
        bars.push(PeaksBin { from, to, studies });
        match to {
            Some(to) if most > to => from = to + 1,
            _ => break,
        }
    }
    bars
}

fn coverage(studies: &[Study], text: TextField) -> TextCoverage {
    let words = |s: &Study| s.text(text).split_whitespace().count();
    let mut words: Vec<usize> = studies.iter().map(words).filter(|&n| n > 0).collect();
    words.sort_unstable();
    TextCoverage {
        text,
        studies: words.len(),
        median_words: words.get(words.len() / 2).copied().unwrap_or_default(),
    }
}

/// Fewest peaks by which two studies are the same: fewer may agree by chance.
const FEWEST_PEAKS: usize = 2;

fn duplicates(corpus: &Corpus, again: Option<&usize>) -> Duplicates {
    let studies = &corpus.studies;
    let mut sets: HashMap<Vec<[i32; 3]>, Vec<usize>> = HashMap::new();
    for (i, study) in studies.iter().enumerate() {
        if study.peaks_mm.len() < FEWEST_PEAKS {
            continue;
        }
        let peaks = study.peaks_mm.iter();
        let mut set: Vec<[i32; 3]> = peaks.map(|&p| peak_key(as_reported(study, p))).collect();
        set.sort_unstable();
        sets.entry(set).or_default().push(i);
    }
    let mut same: Vec<Vec<usize>> = sets.into_values().filter(|group| group.len() > 1).collect();
    same.sort_unstable();
    let mut works: BTreeMap<usize, usize> = BTreeMap::new();
    for first in duplicate_groups(studies) {
        *works.entry(first).or_default() += 1;
    }
    let works = works.values().filter(|&&n| n > 1);
    Duplicates {
        in_several_sources: corpus.report.in_several,
        identifiers_again: again.copied().unwrap_or_default(),
        same_peaks: same
            .iter()
            .map(|group| group.iter().map(|&i| StudyRef::of(&studies[i])).collect())
            .collect(),
        works_entered_twice: works.clone().count(),
        studies_of_those: works.sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_study_is_in_one_bar() {
        let counts = [0, 0, 1, 4, 11, 12, 600];
        let bars = bins(&counts);
        assert_eq!(bars.iter().map(|b| b.studies).sum::<usize>(), counts.len());
        assert_eq!((bars[0].from, bars[0].to, bars[0].studies), (0, Some(0), 2));
        let last = bars.last().unwrap();
        assert_eq!((last.from, last.to, last.studies), (501, None, 1));
        assert_eq!(bins(&[0, 7]).len(), 5);
        assert_eq!(bins(&[]).len(), 1);
    }
}
