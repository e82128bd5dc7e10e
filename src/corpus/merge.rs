//! Several sources become one corpus: merged by PMID, peaks cleaned and brought into MNI space.
//!
//! # Unknown space is taken as MNI
//! 1,832 Neurosynth studies state no space and NeuroQuery states none at all. The published peaks say
//! what to do (share of distinct peaks outside the 2 mm brain mask, as they are | as Talairach):
//! labelled MNI 2.4 % | 13.4 %, labelled Talairach 2.5 % | 6.1 %, not stated 2.9 % | 12.4 %. Read as
//! Talairach, four times as many peaks leave the brain, and the shares lie near those of MNI studies,
//! as in a mixture with about six of seven in MNI. Nor can the
//! minority be picked out study by study: on the labelled studies "fewer peaks outside when converted"
//! is right for 81.2 %, a logistic regression on both shares and the peaks' extent for 81.3 %
//! (cross-validated), and "always MNI" for 81.4 %. So the constant rule stands; an error of it is a
//! shift of a few millimetres. The report gives these shares for the corpus at hand.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use crate::progress::Progress;
use crate::volume::Mask;

use super::drops::{DropReason, Dropped, Drops};
use super::inside::Inside;
use super::report::{MergeReport, SpaceEvidence};
use super::source::{RawStudy, ReportedSpace, Source};
use super::suspects::{SuspectedTalairach, suspect};
use super::{CorpusError, SpaceNote, Study};

/// Peaks further than this outside the brain mask are dropped: table errors, not activations.
pub const MAX_OUTSIDE_MM: f64 = 6.0;

/// A peak to a tenth of a millimetre: two rows of a study that agree to this are one peak.
pub(super) fn peak_key(p: [f32; 3]) -> [i32; 3] {
    p.map(|v| (v * 10.0).round() as i32)
}

/// What is found out while merging, beside the counts.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// What is not used.
    pub(super) drops: Drops,
    /// Studies whose peaks may be in Talairach space; looked for where drops are listed.
    pub(super) suspects: Vec<SuspectedTalairach>,
    /// Maps that studies have instead of peaks, by ascending `pmid`.
    pub(super) maps: Vec<(u32, PathBuf)>,
}

/// Merges the sources, the earlier one's row and space winning; peaks of all are pooled.
pub(super) fn merge(
    sources: Vec<Source>,
    mask: &Mask,
    list_drops: bool,
    progress: &Progress,
) -> Result<(Vec<Study>, MergeReport, Found), CorpusError> {
    let mut report = MergeReport::default();
    let mut found = Found {
        drops: Drops::new(list_drops),
        ..Found::default()
    };
    let mut merged: BTreeMap<u32, RawStudy> = BTreeMap::new();
    let mut several = HashSet::new();
    for source in sources {
        report.peaks_read += source.count.peaks;
        report.sources.push(source.count);
        report.notes.extend(source.notes);
        found.drops.absorb(source.drops);
        for (pmid, study) in source.studies {
            match merged.entry(pmid) {
                std::collections::btree_map::Entry::Vacant(slot) => {
                    slot.insert(study);
                }
                std::collections::btree_map::Entry::Occupied(mut slot) => {
                    several.insert(pmid);
                    absorb(slot.get_mut(), study);
                }
            }
        }
    }
    report.studies = merged.len();
    report.in_several = several.len();
    let inside = Inside::new(mask);
    let mut tally = [Tally::default(); 3];
    let total = merged.len().max(1);
    let mut studies = Vec::with_capacity(merged.len());
    for (done, (pmid, raw)) in merged.into_iter().enumerate() {
        if done % 256 == 0 {
            progress.check()?;
            progress.set_fraction(done as f32 / total as f32);
        }
        studies.push(finish(
            pmid,
            raw,
            &inside,
            &mut report,
            &mut tally,
            &mut found,
        ));
    }
    report.space_evidence = [
        ReportedSpace::Mni,
        ReportedSpace::Talairach,
        ReportedSpace::Unknown,
    ]
    .into_iter()
    .filter(|&space| tally[space as usize].studies > 0)
    .map(|space| tally[space as usize].evidence(space))
    .collect();
    Ok((studies, report, found))
}

/// Adds a later source's peaks, and what the earlier one left blank. Where the two state different spaces, each
/// one's peaks are taken at its word.
fn absorb(kept: &mut RawStudy, mut other: RawStudy) {
    let (mine, its) = (kept.space, other.space);
    if mine != its && mine != ReportedSpace::Unknown && its != ReportedSpace::Unknown {
        let talairach = if its == ReportedSpace::Talairach {
            &mut other
        } else {
            &mut *kept
        };
        talairach.peaks.iter_mut().for_each(|p| *p = tal_to_mni(*p));
        kept.space = ReportedSpace::Mni;
    }
    kept.peaks.extend(other.peaks);
    if kept.title.is_empty() {
        kept.title = other.title;
    }
    let body = std::mem::take(&mut kept.texts.body);
    if kept.texts.is_empty() {
        kept.texts = other.texts;
    }
    if !body.is_empty() {
        kept.texts.body = body;
    }
    kept.map = kept.map.take().or(other.map);
    kept.doi = kept.doi.take().or(other.doi);
    kept.year = kept.year.or(other.year);
    if kept.space == ReportedSpace::Unknown {
        kept.space = other.space;
    }
}

/// Cleans one merged study.
fn finish(
    pmid: u32,
    raw: RawStudy,
    inside: &Inside<'_>,
    report: &mut MergeReport,
    tally: &mut [Tally; 3],
    found: &mut Found,
) -> Study {
    let drops = &mut found.drops;
    let name = raw.own_id.clone().unwrap_or_else(|| pmid.to_string());
    let dropped = |reason, peak_mm| {
        let (name, title) = (&name, &raw.title);
        move || Dropped {
            reason,
            study: name.clone(),
            file: String::new(),
            line: None,
            peak_mm,
            detail: title.chars().take(200).collect(),
        }
    };
    let read = raw.peaks.len();
    let mut seen = HashSet::with_capacity(read);
    let mut peaks = raw.peaks;
    peaks.retain(|&p| {
        // What is not finite has no key of its own: it is dropped as outside, below.
        let first = p.iter().any(|v| !v.is_finite()) || seen.insert(peak_key(p));
        if !first {
            drops.add(DropReason::Repeated, dropped(DropReason::Repeated, Some(p)));
        }
        first
    });
    report.peaks_repeated += read - peaks.len();
    let counted = Tally::of(&peaks, inside);
    tally[raw.space as usize].add(counted);
    if drops.is_listed() {
        let texts = [&raw.title, &raw.texts.abstract_text, &raw.texts.body].map(String::as_str);
        let suspicion = suspect(counted.peaks, counted.outside(), raw.space, &texts);
        found
            .suspects
            .extend(suspicion.map(|by| SuspectedTalairach {
                study: name.clone(),
                title: raw.title.clone(),
                reported: raw.space.label().into(),
                peaks: counted.peaks,
                outside_as_mni: counted.outside_as_mni,
                outside_as_talairach: counted.outside_as_talairach,
                by,
            }));
    }
    let space = match raw.space {
        ReportedSpace::Mni => SpaceNote::Mni,
        ReportedSpace::Talairach => SpaceNote::ConvertedTalairach,
        ReportedSpace::Unknown => SpaceNote::UnknownTakenAsMni,
    };
    match space {
        SpaceNote::ConvertedTalairach => {
            for p in &mut peaks {
                *p = tal_to_mni(*p);
            }
            report.studies_converted += 1;
            report.peaks_converted += peaks.len();
        }
        SpaceNote::UnknownTakenAsMni => report.studies_unknown_space += 1,
        SpaceNote::Mni => {}
    }
    let before = peaks.len();
    peaks.retain(|&p| {
        let near = inside.within(p, MAX_OUTSIDE_MM);
        if !near {
            let reason = DropReason::OutsideBrain;
            drops.add(reason, dropped(reason, Some(p)));
        }
        near
    });
    report.peaks_outside += before - peaks.len();
    report.peaks_kept += peaks.len();
    report.studies_without_peaks += usize::from(peaks.is_empty());
    report.studies_without_title += usize::from(raw.title.is_empty());
    report.studies_with_long_text += usize::from(!raw.texts.is_empty());
    for (reason, holds) in [
        (DropReason::NoPeaks, peaks.is_empty() && raw.map.is_none()),
        (DropReason::NoTitle, raw.title.is_empty()),
    ] {
        if holds {
            drops.add(reason, dropped(reason, None));
        }
    }
    found.maps.extend(raw.map.map(|map| (pmid, map)));
    Study {
        pmid,
        own_id: raw.own_id,
        doi: raw.doi,
        title: raw.title,
        texts: raw.texts,
        year: raw.year,
        peaks_mm: peaks,
        space,
    }
}

/// Talairach → MNI for one peak.
pub(super) fn tal_to_mni(p: [f32; 3]) -> [f32; 3] {
    crate::space::tal_to_mni(p.map(f64::from)).map(|v| v as f32)
}

/// Peaks of one reported space, read both ways.
#[derive(Clone, Copy, Default)]
struct Tally {
    studies: usize,
    peaks: usize,
    outside_as_mni: usize,
    outside_as_talairach: usize,
}

impl Tally {
    /// Of one study.
    fn of(peaks: &[[f32; 3]], inside: &Inside<'_>) -> Self {
        let outside = |p: [f32; 3]| usize::from(!inside.nearest_is_inside(p));
        let mut tally = Self {
            studies: 1,
            peaks: peaks.len(),
            ..Self::default()
        };
        for &p in peaks {
            tally.outside_as_mni += outside(p);
            tally.outside_as_talairach += outside(tal_to_mni(p));
        }
        tally
    }

    fn add(&mut self, other: Self) {
        self.studies += other.studies;
        self.peaks += other.peaks;
        self.outside_as_mni += other.outside_as_mni;
        self.outside_as_talairach += other.outside_as_talairach;
    }

    /// Peaks outside, taken as MNI and as Talairach.
    fn outside(self) -> [usize; 2] {
        [self.outside_as_mni, self.outside_as_talairach]
    }

    fn evidence(self, space: ReportedSpace) -> SpaceEvidence {
        let share = |n: usize| n as f64 / self.peaks.max(1) as f64;
        SpaceEvidence {
            reported: space.label().into(),
            studies: self.studies,
            peaks: self.peaks,
            outside_as_mni: share(self.outside_as_mni),
            outside_as_talairach: share(self.outside_as_talairach),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::distance_to_mask_mm;
    use crate::corpus::inside::tests::ball;
    use proptest::prelude::*;

    fn source(studies: &[(u32, ReportedSpace, Vec<[f32; 3]>)]) -> Source {
        let mut source = Source::default();
        for (pmid, space, peaks) in studies {
            source.count.peaks += peaks.len();
            let study = RawStudy {
                space: *space,
                peaks: peaks.clone(),
                ..RawStudy::default()
            };
            source.studies.insert(*pmid, study);
        }
        source
    }

    #[test]
    fn a_later_source_fills_blanks_but_changes_nothing() {
        let mut kept = RawStudy {
            year: Some(2001),
            ..RawStudy::default()
        };
        let other = RawStudy {
            title: "T".into(),
            doi: Some("d".into()),
            year: Some(1999),
            space: ReportedSpace::Talairach,
            peaks: vec![[1.0; 3]],
            ..RawStudy::default()
        };
        absorb(&mut kept, other);
        assert_eq!(
            (kept.title.as_str(), kept.doi.as_deref(), kept.year),
            ("T", Some("d"), Some(2001))
        );
        assert_eq!(
            (kept.space, kept.peaks.len()),
            (ReportedSpace::Talairach, 1)
        );
    }

    fn peaks() -> impl Strategy<Value = Vec<[f32; 3]>> {
        // Tenths on a coarse lattice, so that repeats happen, and now and then any bits at all.
        let coarse = proptest::array::uniform3((-5_i32..5).prop_map(|v| v as f32 * 12.1));
        let wild = proptest::array::uniform3(any::<u32>().prop_map(f32::from_bits));
        proptest::collection::vec(prop_oneof![6 => coarse, 1 => wild], 0..12)
    }

    proptest! {
        /// Every peak read is kept, repeated or outside; what is kept is distinct and near the mask;
        /// rows said twice, or in another order, or by another source, change nothing.
        #[test]
        fn peaks_are_accounted_for(a in peaks(), b in peaks()) {
            let mask = ball();
            let progress = Progress::new();
            let mni = ReportedSpace::Mni;
            let first = source(&[(1, mni, a.clone())]);
            let second = source(&[(1, ReportedSpace::Unknown, b.clone()), (2, mni, vec![])]);
            let (studies, report, _) = merge(vec![first, second], &mask, false, &progress).unwrap();
            prop_assert_eq!(report.peaks_read, a.len() + b.len());
            prop_assert_eq!(
                report.peaks_read,
                report.peaks_repeated + report.peaks_outside + report.peaks_kept
            );
            let kept = &studies[0].peaks_mm;
            let keys = |peaks: &[[f32; 3]]| {
                let mut keys: Vec<[i32; 3]> = peaks.iter().map(|&p| peak_key(p)).collect();
                keys.sort_unstable();
                keys
            };
            let mut distinct = keys(kept);
            distinct.dedup();
            prop_assert_eq!(distinct.len(), kept.len());
            for &p in kept {
                prop_assert!(distance_to_mask_mm(p, &mask, MAX_OUTSIDE_MM).is_some());
            }
            let again: Vec<_> = b.iter().chain(&a).chain(&b).rev().copied().collect();
            let (once, _, _) = merge(vec![source(&[(1, mni, again)])], &mask, false, &progress).unwrap();
            prop_assert_eq!(keys(&once[0].peaks_mm), keys(kept));
        }
    }
}
