//! Groups of studies that are the same work: identical or nearly identical titles, or the same peaks.
//!
//! Reprints, corrigenda, companion articles and articles entered under two numbers must fall on one
//! side of a split, else a test study has been trained on.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

use super::merge::peak_key;
use super::{SpaceNote, Study};

/// Titles whose word sets overlap by this much (Jaccard) are taken for one work. Set on the merged
/// corpora by looking at the pairs: above 0.85 reprints and corrigenda, down to 0.75 companion
/// articles of one group about one sample, below that different work in the same phrase.
pub(crate) const TITLE_SIMILARITY: f64 = 0.75;
/// Peak sets that overlap by this much are taken for one work.
const PEAK_SIMILARITY: f64 = 0.8;
/// Below this many peaks, agreement may be chance.
const FEWEST_PEAKS: usize = 2;

/// What editors put before the title of an article printed again.
const MARKS: [&[&str]; 6] = [
    &["reprint", "of"],
    &["withdrawn"],
    &["retracted"],
    &["corrigendum", "to"],
    &["corrigendum"],
    &["erratum"],
];

/// The words of a title in lower case, without punctuation and without "Reprint of" and its like.
pub(crate) fn title_words(title: &str) -> Vec<String> {
    let lower = title.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .collect();
    let mark = MARKS
        .iter()
        .find(|m| words.starts_with(m))
        .map_or(0, |m| m.len());
    words[mark..].iter().map(|w| (*w).to_owned()).collect()
}

/// For every study the index of the first study of its group; a study of its own has its own index.
pub fn duplicate_groups(studies: &[Study]) -> Vec<usize> {
    let mut groups = Groups::new(studies.len());
    let titles = intern(studies.iter().map(|s| title_words(&s.title)));
    groups.join_similar(titles, TITLE_SIMILARITY);
    let peaks = intern(studies.iter().map(|s| {
        let enough = s.peaks_mm.len() >= FEWEST_PEAKS;
        let peaks = if enough { s.peaks_mm.as_slice() } else { &[] };
        peaks.iter().map(|&p| peak_key(as_reported(s, p))).collect()
    }));
    groups.join_similar(peaks, PEAK_SIMILARITY);
    (0..studies.len()).map(|i| groups.first(i)).collect()
}

/// A peak as its table had it: of two entries of one work, one may be labelled Talairach and the
/// other not at all.
pub(super) fn as_reported(study: &Study, peak_mm: [f32; 3]) -> [f32; 3] {
    match study.space {
        SpaceNote::ConvertedTalairach => {
            crate::space::mni_to_tal(peak_mm.map(f64::from)).map(|v| v as f32)
        }
        SpaceNote::Mni | SpaceNote::UnknownTakenAsMni => peak_mm,
    }
}

/// Disjoint sets; the smallest index of a set stands for it.
struct Groups(Vec<usize>);

impl Groups {
    fn new(n: usize) -> Self {
        Self((0..n).collect())
    }

    fn first(&mut self, mut i: usize) -> usize {
        while self.0[i] != i {
            self.0[i] = self.0[self.0[i]];
            i = self.0[i];
        }
        i
    }

    /// Joins equal and similar sets; empty ones are like no other.
    fn join_similar(&mut self, mut sets: Vec<Vec<u32>>, threshold: f64) {
        // The same set a thousand times is a million pairs: one stands for all.
        let mut first: HashMap<Vec<u32>, usize> = HashMap::new();
        for (i, set) in sets
            .iter_mut()
            .enumerate()
            .filter(|(_, set)| !set.is_empty())
        {
            match first.entry(std::mem::take(set)) {
                Entry::Occupied(known) => self.join(*known.get(), i),
                Entry::Vacant(new) => {
                    new.insert(i);
                }
            }
        }
        for (set, i) in first {
            sets[i] = set;
        }
        for (a, b) in similar_pairs(&sets, threshold) {
            self.join(a, b);
        }
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.first(a), self.first(b));
        self.0[a.max(b)] = a.min(b);
    }
}

/// Sets of small numbers, each ascending and the rarest item first, from lists of anything.
fn intern<T: Eq + Hash + Ord>(lists: impl Iterator<Item = Vec<T>>) -> Vec<Vec<u32>> {
    let mut lists: Vec<Vec<T>> = lists.collect();
    for list in &mut lists {
        list.sort_unstable();
        list.dedup();
    }
    let mut frequency: HashMap<&T, u32> = HashMap::new();
    for item in lists.iter().flatten() {
        *frequency.entry(item).or_default() += 1;
    }
    let mut ranked: Vec<(&T, u32)> = frequency.into_iter().collect();
    ranked.sort_unstable_by(|a, b| a.1.cmp(&b.1).then_with(|| a.0.cmp(b.0)));
    let rank: HashMap<&T, u32> = ranked
        .iter()
        .zip(0..)
        .map(|((item, _), n)| (*item, n))
        .collect();
    lists
        .iter()
        .map(|list| {
            let mut set: Vec<u32> = list.iter().map(|item| rank[item]).collect();
            set.sort_unstable();
            set
        })
        .collect()
}

/// All pairs of sets with |a ∩ b| ≥ threshold · |a ∪ b|, empty sets excepted.
///
/// Prefix filter: such a pair shares an item among the first |s| − ⌈threshold · |s|⌉ + 1 of each, so
/// with the rarest items first only few pairs are ever compared.
fn similar_pairs(sets: &[Vec<u32>], threshold: f64) -> Vec<(usize, usize)> {
    let mut order: Vec<usize> = (0..sets.len()).filter(|&i| !sets[i].is_empty()).collect();
    order.sort_by_key(|&i| (sets[i].len(), i));
    let mut holders: HashMap<u32, Vec<usize>> = HashMap::new();
    let mut last_seen = vec![usize::MAX; sets.len()];
    let mut pairs = Vec::new();
    for &i in &order {
        let set = &sets[i];
        // The margin keeps a product like 0.75 · 4 from rounding up past 3.
        let least = (threshold * set.len() as f64 - 1e-9).ceil().max(1.0) as usize;
        for item in &set[..=set.len().saturating_sub(least)] {
            let list = holders.entry(*item).or_default();
            for &j in list.iter() {
                if std::mem::replace(&mut last_seen[j], i) != i
                    && sets[j].len() >= least
                    && overlap(set, &sets[j]) >= threshold - 1e-9
                {
                    pairs.push((j.min(i), j.max(i)));
                }
            }
            list.push(i);
        }
    }
    pairs.sort_unstable();
    pairs
}

/// |a ∩ b| / |a ∪ b| of two ascending sets.
fn overlap(a: &[u32], b: &[u32]) -> f64 {
    let (mut i, mut j, mut common) = (0, 0, 0_usize);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                common += 1;
                i += 1;
                j += 1;
            }
        }
    }
    common as f64 / (a.len() + b.len() - common).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn study(pmid: u32, title: &str, peaks_mm: &[[f32; 3]]) -> Study {
        Study {
            pmid,
            own_id: None,
            doi: None,
            title: title.into(),
            texts: crate::corpus::StudyTexts::default(),
            year: None,
            peaks_mm: peaks_mm.to_vec(),
            space: SpaceNote::Mni,
        }
    }

    #[test]
    fn reprints_companions_and_same_peaks_are_one_work() {
        let shared = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [-7.0, 8.0, 9.0]];
        let studies = [
            study(1, "Visual processing of words: an fMRI study.", &[[0.0; 3]]),
            study(2, "A quite different matter", &shared),
            study(
                3,
                "Reprint of: Visual processing of words: an fMRI study",
                &[],
            ),
            study(
                4,
                "Third thing altogether",
                &[shared[2], shared[0], shared[1]],
            ),
            study(5, "Visual processing of faces in the blind", &[[0.0; 3]]),
            study(6, "", &[]),
            study(7, "", &[]),
        ];
        assert_eq!(duplicate_groups(&studies), [0, 1, 0, 1, 4, 5, 6]);
    }

    #[test]
    fn the_same_table_under_two_spaces_is_one_work() {
        let table = [[-40.0, -22.0, 50.5], [12.0, -7.0, 3.0], [-3.0, 14.0, 44.0]];
        let mut converted = study(2, "", &table);
        converted.space = SpaceNote::ConvertedTalairach;
        for p in &mut converted.peaks_mm {
            *p = crate::space::tal_to_mni(p.map(f64::from)).map(|v| v as f32);
        }
        assert_eq!(duplicate_groups(&[study(1, "", &table), converted]), [0, 0]);
    }

    #[test]
    fn groups_are_connected_through_a_third() {
        let a = "one two three four five six seven eight";
        let b = "one two three four five six seven eight nine";
        let c = "two three four five six seven eight nine ten";
        let studies = [study(1, a, &[]), study(2, c, &[]), study(3, b, &[])];
        // a and c alone share 7 of 10; through b they are one group.
        assert_eq!(duplicate_groups(&studies[..2]), [0, 1]);
        assert_eq!(duplicate_groups(&studies), [0, 0, 0]);
    }

    proptest! {
        /// The filter finds exactly what comparing all pairs finds.
        #[test]
        fn the_prefix_filter_loses_no_pair(
            lists in proptest::collection::vec(proptest::collection::vec(0_u8..14, 0..9), 0..24),
            threshold in 0.3_f64..1.0,
        ) {
            let sets = intern(lists.into_iter());
            let mut all = Vec::new();
            for i in 0..sets.len() {
                for j in i + 1..sets.len() {
                    if !sets[i].is_empty() && !sets[j].is_empty()
                        && overlap(&sets[i], &sets[j]) >= threshold - 1e-9 {
                        all.push((i, j));
                    }
                }
            }
            prop_assert_eq!(similar_pairs(&sets, threshold), all);
        }
    }
}
