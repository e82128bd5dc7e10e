//! Which studies a model learns from, is tuned on, and is tested on once.

use std::collections::HashSet;
use std::sync::LazyLock;

use rand::seq::SliceRandom as _;
use sha2::{Digest as _, Sha256};

use crate::files::hex;
use crate::seed::Seed;

use super::duplicates::duplicate_groups;
use super::rows::parse_pmid;
use super::{Corpus, CorpusError};

/// The lists of Gyrus's own models, drawn once from Neurosynth v7 + NeuroQuery and never changed.
static COMMITTED: LazyLock<SplitLists> = LazyLock::new(|| {
    // A test reads both files and fails on a bad line, so nothing is lost here.
    let read = |name, text| parse_pmids(name, text).unwrap_or_default();
    SplitLists {
        dev: read("dev.txt", include_str!("../../assets/splits/dev.txt")),
        test: read("test.txt", include_str!("../../assets/splits/test.txt")),
    }
});

/// PMIDs set aside from training. What is in neither list, nor a duplicate of one that is, nor set
/// aside for evaluation, is trained on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SplitLists {
    /// For early stopping and every choice.
    pub dev: Vec<u32>,
    /// For the figures reported.
    pub test: Vec<u32>,
}

impl SplitLists {
    /// Seed the committed lists were drawn with, and any other corpus's.
    pub const COMMITTED_SEED: Seed = Seed(20_261_120);
    /// Studies in each committed list.
    pub const COMMITTED_SIZE: usize = 1_000;

    /// The lists kept in `assets/splits`.
    pub fn committed() -> Self {
        COMMITTED.clone()
    }
}

/// How to divide a corpus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SplitBy {
    /// By given lists.
    Lists(SplitLists),
    /// At random.
    Seed {
        /// Decides the draw.
        seed: Seed,
        /// Studies for dev.
        dev: usize,
        /// Studies for test.
        test: usize,
    },
}

impl SplitBy {
    /// The committed lists where the corpus holds most of them; for any other corpus a draw of a
    /// tenth each, at most 1,000. The draw has a seed of its own, whatever a model's seed is: all
    /// models of a corpus, and what measures them, share one split.
    pub fn for_corpus(corpus: &Corpus) -> Self {
        let lists = SplitLists::committed();
        let present = lists
            .test
            .iter()
            .filter(|&&p| corpus.index_of(p).is_some())
            .count();
        if present * 2 > lists.test.len() {
            return Self::Lists(lists);
        }
        let usable = corpus.studies.iter().filter(|s| s.is_usable()).count();
        let part = (usable / 10).min(SplitLists::COMMITTED_SIZE);
        Self::Seed {
            seed: SplitLists::COMMITTED_SEED,
            dev: part,
            test: part,
        }
    }
}

/// Sha-256 (hex) of each list: its PMIDs in ascending order, one a line.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SplitHashes {
    /// Of the training studies.
    pub train: String,
    /// Of the dev studies.
    pub dev: String,
    /// Of the test studies.
    pub test: String,
}

/// A corpus divided: indices into `Corpus::studies`, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Learnt from.
    pub train: Vec<usize>,
    /// For early stopping and every choice.
    pub dev: Vec<usize>,
    /// For the figures reported.
    pub test: Vec<usize>,
    /// Usable, but in no part: set aside for evaluation, or a duplicate of a study that is, or of
    /// one in dev or test.
    pub left_out: Vec<usize>,
    /// Identify the three lists.
    pub hashes: SplitHashes,
}

impl Split {
    /// Keeps so many training and dev studies at most, evenly spread; the others are left out.
    pub fn thin(&mut self, corpus: &Corpus, train: usize, dev: usize) {
        for (part, most) in [(&mut self.train, train), (&mut self.dev, dev)] {
            let all = std::mem::take(part);
            let kept = |n: usize| (n + 1) * most / all.len().max(1) > n * most / all.len().max(1);
            for (n, study) in all.iter().copied().enumerate() {
                match all.len() <= most || kept(n) {
                    true => part.push(study),
                    false => self.left_out.push(study),
                }
            }
        }
        let hash = |part: &[usize]| hash_pmids(part.iter().map(|&i| corpus.studies[i].pmid));
        self.hashes.train = hash(&self.train);
        self.hashes.dev = hash(&self.dev);
    }
}

/// Divides a corpus. No group of duplicates is cut, no study set aside for evaluation (nor a duplicate
/// of one) is in any part, and only studies with a title and a peak are.
///
/// # Errors
/// [`CorpusError::TooSmall`] where a draw asks for more studies than there are.
pub fn split(corpus: &Corpus, by: &SplitBy) -> Result<Split, CorpusError> {
    let groups = duplicate_groups(&corpus.studies);
    let studies = &corpus.studies;
    let usable: Vec<usize> = (0..studies.len())
        .filter(|&i| studies[i].is_usable())
        .collect();
    let mut closed: HashSet<usize> = (0..studies.len())
        .filter(|&i| corpus.is_evaluation(studies[i].pmid))
        .map(|i| groups[i])
        .collect();
    let (dev, test) = match by {
        SplitBy::Lists(lists) => {
            let pick = |list: &[u32]| -> Vec<usize> {
                let wanted: HashSet<u32> = list.iter().copied().collect();
                usable
                    .iter()
                    .copied()
                    .filter(|&i| wanted.contains(&studies[i].pmid) && !closed.contains(&groups[i]))
                    .collect()
            };
            (pick(&lists.dev), pick(&lists.test))
        }
        SplitBy::Seed { seed, dev, test } => draw(&usable, &groups, &closed, *seed, *dev, *test)?,
    };
    closed.extend(dev.iter().chain(&test).map(|&i| groups[i]));
    let (mut train, mut left_out) = (Vec::new(), Vec::new());
    let taken: HashSet<usize> = dev.iter().chain(&test).copied().collect();
    for &i in usable.iter().filter(|i| !taken.contains(i)) {
        if closed.contains(&groups[i]) {
            left_out.push(i)
        } else {
            train.push(i)
        }
    }
    let hash = |part: &[usize]| hash_pmids(part.iter().map(|&i| studies[i].pmid));
    let hashes = SplitHashes {
        train: hash(&train),
        dev: hash(&dev),
        test: hash(&test),
    };
    Ok(Split {
        train,
        dev,
        test,
        left_out,
        hashes,
    })
}

/// Whole groups in random order: first test is filled, then dev; a group too large for the room left
/// is passed over, so both come out at exactly the size asked for.
fn draw(
    usable: &[usize],
    groups: &[usize],
    closed: &HashSet<usize>,
    seed: Seed,
    dev: usize,
    test: usize,
) -> Result<(Vec<usize>, Vec<usize>), CorpusError> {
    let mut members: std::collections::BTreeMap<usize, Vec<usize>> = Default::default();
    for &i in usable.iter().filter(|&&i| !closed.contains(&groups[i])) {
        members.entry(groups[i]).or_default().push(i);
    }
    let open: usize = members.values().map(Vec::len).sum();
    let too_small = CorpusError::TooSmall {
        usable: open,
        dev,
        test,
    };
    if open <= dev.saturating_add(test) {
        return Err(too_small);
    }
    let mut order: Vec<Vec<usize>> = members.into_values().collect();
    order.shuffle(&mut seed.stream("split", 0));
    let mut parts = [Vec::with_capacity(test), Vec::with_capacity(dev)];
    for group in order {
        let room = parts
            .iter_mut()
            .zip([test, dev])
            .find(|(p, size)| p.len() + group.len() <= *size);
        if let Some((part, _)) = room {
            part.extend(group);
        }
    }
    let [mut in_test, mut in_dev] = parts;
    if in_test.len() < test || in_dev.len() < dev {
        return Err(too_small);
    }
    in_test.sort_unstable();
    in_dev.sort_unstable();
    Ok((in_dev, in_test))
}

/// Sha-256 (hex) of PMIDs in ascending order, one a line.
pub fn hash_pmids(pmids: impl Iterator<Item = u32>) -> String {
    let mut pmids: Vec<u32> = pmids.collect();
    pmids.sort_unstable();
    let mut hash = Sha256::new();
    for pmid in pmids {
        hash.update(format!("{pmid}\n"));
    }
    hex(&hash.finalize())
}

/// Reads a list of one PMID a line, ascending and each once; blank lines and lines from `#` on are
/// passed over.
///
/// # Errors
/// [`CorpusError::BadPmid`] on any other line.
pub(super) fn parse_pmids(name: &str, text: &str) -> Result<Vec<u32>, CorpusError> {
    let mut pmids = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        pmids.push(parse_pmid(line).ok_or_else(|| CorpusError::BadPmid {
            name: name.to_owned(),
            line: n + 1,
            text: line.chars().take(40).collect(),
        })?);
    }
    pmids.sort_unstable();
    pmids.dedup();
    Ok(pmids)
}

#[cfg(test)]
mod tests {
    use super::super::{SpaceNote, Study};
    use super::*;
    use proptest::prelude::*;

    /// Study `pmid` whose title and peak are those of work number `work`; no title for `work` 0.
    fn study(pmid: u32, work: u32) -> Study {
        let title = if work == 0 {
            String::new()
        } else {
            format!("work number w{work}")
        };
        Study {
            pmid,
            own_id: None,
            doi: None,
            texts: crate::corpus::StudyTexts::default(),
            title,
            year: None,
            peaks_mm: vec![[work as f32, 0.0, 0.0]],
            space: SpaceNote::Mni,
        }
    }

    /// Studies 1, 2, … of the given works, those of `evaluation` set aside.
    fn corpus(works: &[u32], evaluation: &[u32]) -> Corpus {
        Corpus {
            studies: works
                .iter()
                .zip(1..)
                .map(|(&work, pmid)| study(pmid, work))
                .collect(),
            evaluation: evaluation.to_vec(),
            ..Corpus::default()
        }
    }

    fn by(seed: u64, dev: usize, test: usize) -> SplitBy {
        SplitBy::Seed {
            seed: Seed(seed),
            dev,
            test,
        }
    }

    #[test]
    fn too_small_a_corpus_is_refused() {
        let corpus = corpus(&[1, 2, 3, 4], &[]);
        assert!(matches!(
            split(&corpus, &by(1, 2, 2)),
            Err(CorpusError::TooSmall { usable: 4, .. })
        ));
        assert!(split(&corpus, &by(1, usize::MAX, 1)).is_err());
        let small = split(&corpus, &by(1, 1, 1)).unwrap();
        assert_eq!((small.train.len(), small.left_out.len()), (2, 0));
    }

    #[test]
    fn lists_leave_out_what_duplicates_them() {
        // 1 and 2 are one work, 3 and 4 another, 4 is for evaluation, 6 has no title.
        let corpus = corpus(&[1, 1, 2, 2, 3, 0], &[4]);
        let lists = SplitLists {
            dev: vec![3],
            test: vec![1, 99],
        };
        let s = split(&corpus, &SplitBy::Lists(lists)).unwrap();
        assert_eq!((s.train, s.dev, s.test), (vec![4], vec![], vec![0]));
        assert_eq!(s.left_out, [1, 2, 3]);
    }

    #[test]
    fn another_corpus_gets_a_draw_of_a_tenth() {
        let works: Vec<u32> = (1..=57).collect();
        assert_eq!(
            SplitBy::for_corpus(&corpus(&works, &[])),
            by(SplitLists::COMMITTED_SEED.0, 5, 5)
        );
    }

    #[test]
    fn lists_say_where_they_are_wrong() {
        let read = parse_pmids("l", "\u{feff}30\n# a word\n\n 20 \r\n30\n").unwrap();
        assert_eq!(read, [20, 30]);
        for bad in ["x", "-3", "0", "1e9", "4294967295", "1 2"] {
            let said = parse_pmids("l", &format!("7\n{bad}"))
                .unwrap_err()
                .to_string();
            assert!(said.starts_with("l, line 2"), "{said}");
        }
    }

    #[test]
    fn a_hash_knows_its_set_not_its_order() {
        let hash = |list: &[u32]| hash_pmids(list.iter().copied());
        assert_eq!(hash(&[3, 1]), hash(&[1, 3]));
        assert_ne!(hash(&[1, 3]), hash(&[13]));
        // printf '1\n3\n' | sha256sum
        assert_eq!(
            hash(&[1, 3]),
            "8391e9ff91c3c6402f9596a8c9e82d4ceaa7815687f5854f7e1a23b194be4968"
        );
    }

    proptest! {
        /// No work on two sides, nothing for evaluation anywhere, sizes as asked, repeatable, and
        /// every usable study in exactly one place.
        #[test]
        fn a_draw_cuts_no_work(
            works in proptest::collection::vec(0_u32..30, 1..60),
            evaluation in proptest::collection::btree_set(1_u32..60, 0..5),
            seed: u64, dev in 0_usize..8, test in 0_usize..8,
        ) {
            let evaluation: Vec<u32> = evaluation.into_iter().collect();
            let corpus = corpus(&works, &evaluation);
            let Ok(s) = split(&corpus, &by(seed, dev, test)) else { return Ok(()) };
            prop_assert_eq!((s.dev.len(), s.test.len()), (dev, test));
            let parts = [&s.train, &s.dev, &s.test];
            for (n, part) in parts.iter().enumerate() {
                for &i in *part {
                    prop_assert!(works[i] != 0 && !corpus.is_evaluation(i as u32 + 1));
                    for other in &parts[n + 1..] {
                        prop_assert!(other.iter().all(|&j| works[j] != works[i]));
                    }
                    prop_assert!(evaluation.iter().all(|&p| works.get(p as usize - 1) != Some(&works[i])));
                }
            }
            let mut all: Vec<usize> = parts.iter().flat_map(|p| p.iter().copied()).chain(s.left_out.clone()).collect();
            all.sort_unstable();
            let usable: Vec<usize> = (0..works.len()).filter(|&i| works[i] != 0).collect();
            prop_assert_eq!(all, usable);
            prop_assert_eq!(split(&corpus, &by(seed, dev, test)).unwrap(), s);
        }
    }
}
