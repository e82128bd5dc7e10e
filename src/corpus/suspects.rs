//! Studies whose peaks may be in Talairach space although nobody says so.
//!
//! Two signs, neither of them proof:
//! - *The text* names Talairach and nowhere MNI. This is the part of the ACE heuristic (Yarkoni et al. 2011, after
//!   which Neurosynth and pubget label spaces) that needs no software names.
//! - *The peaks* fit. Converting MNI peaks from Talairach to MNI inflates them, so that 13.4 % of them leave the 2 mm
//!   brain mask; of peaks truly reported in Talairach space 6.1 % do (shares of Neurosynth v7, see `merge.rs`). The
//!   logarithm of the likelihood ratio of the two shares, given how many of a study's peaks do, must be above 3, and
//!   no more peaks may lie outside after the conversion than before it. Of the studies of Neurosynth v7 that state
//!   MNI or Talairach the rule picks 451, of which 51 % say Talairach, where 19 % of all do: a hint where to look,
//!   too weak to convert anything by.

use super::source::ReportedSpace;

/// What a suspicion rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Suspicion {
    /// Its texts name Talairach and not MNI.
    Text,
    /// Its peaks stay in the brain when they are converted as Talairach peaks.
    Peaks,
}

/// A study whose peaks, taken as MNI, may be in Talairach space.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SuspectedTalairach {
    /// PMID or own name.
    pub study: String,
    /// Its title.
    pub title: String,
    /// "MNI" or "not stated".
    pub reported: String,
    /// Distinct peaks.
    pub peaks: usize,
    /// Of them outside the brain mask as they are.
    pub outside_as_mni: usize,
    /// Of them outside after Talairach → MNI.
    pub outside_as_talairach: usize,
    /// What shows it; the text where both do.
    pub by: Suspicion,
}

/// Share of MNI peaks that leave the brain when converted as if from Talairach.
const MNI_LEAVES: f64 = 0.134;
/// Share of Talairach peaks that do.
const TALAIRACH_LEAVES: f64 = 0.061;
/// Least logarithm of the ratio of likelihoods.
const LEAST: f64 = 3.0;

/// Whether a study not reported as Talairach looks as if it were: of `peaks`, `outside` are outside as MNI and as
/// Talairach.
pub(super) fn suspect(
    peaks: usize,
    [as_mni, as_talairach]: [usize; 2],
    reported: ReportedSpace,
    texts: &[&str],
) -> Option<Suspicion> {
    if reported == ReportedSpace::Talairach || peaks == 0 {
        return None;
    }
    if names_talairach_alone(texts) {
        return Some(Suspicion::Text);
    }
    let (out, kept) = (
        as_talairach as f64,
        peaks.saturating_sub(as_talairach) as f64,
    );
    let ratio = out * (TALAIRACH_LEAVES / MNI_LEAVES).ln()
        + kept * ((1.0 - TALAIRACH_LEAVES) / (1.0 - MNI_LEAVES)).ln();
    (ratio > LEAST && as_talairach <= as_mni).then_some(Suspicion::Peaks)
}

fn names_talairach_alone(texts: &[&str]) -> bool {
    let (mut talairach, mut mni) = (false, false);
    for text in texts {
        let words = text.split(|c: char| !c.is_alphanumeric());
        for word in words {
            let starts = |name: &str| {
                let start = word.get(..name.len());
                start.is_some_and(|start| start.eq_ignore_ascii_case(name))
            };
            talairach |= starts("talairach");
            mni |= starts("mni") || starts("montreal") || starts("icbm");
        }
    }
    talairach && !mni
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_and_the_peaks_are_signs() {
        use ReportedSpace::{Mni, Talairach, Unknown};
        let said = ["Pain", "in Talairach-space (Tournoux)"];
        assert_eq!(suspect(3, [0, 1], Mni, &said), Some(Suspicion::Text));
        assert_eq!(suspect(3, [0, 1], Talairach, &said), None);
        assert_eq!(suspect(0, [0, 0], Unknown, &said), None);
        let both = ["Talairach labels of MNI peaks"];
        assert_eq!(suspect(3, [0, 0], Unknown, &both), None);
        // ln(0.939 / 0.866) is 0.081: 38 peaks that all stay inside are enough, 37 are not.
        assert_eq!(suspect(37, [0, 0], Unknown, &[]), None);
        assert_eq!(suspect(38, [0, 0], Unknown, &[]), Some(Suspicion::Peaks));
        assert_eq!(suspect(80, [0, 1], Unknown, &[]), None);
        assert_eq!(suspect(80, [1, 1], Mni, &[]), Some(Suspicion::Peaks));
    }
}
