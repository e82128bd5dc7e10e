//! Articles of the model's index: those nearest to a place in the model's space, those that report peaks near a place in
//! the brain, those of a list.

use crate::bundle::{Bundle, NO_YEAR, StudyIndex};
use crate::corpus::{StudyDetail, StudyDetails};
use crate::progress::{Cancelled, Progress};

/// How near a peak is near a place, where nothing else is said: as far as the spheres of MKDA reach.
pub const NEAR_MM: f64 = 10.0;

/// One article of the model's index.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct StudyHit {
    /// PubMed identifier.
    pub pmid: u32,
    /// Year of publication, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<u16>,
    /// Its title, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Peaks it reports, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peaks: Option<usize>,
    /// Cosine with what was asked for in the model's space (as stored in eight bits); absent where it was found otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub similarity: Option<f32>,
    /// Its peaks near the place asked for, where one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub near: Option<NearPeaks>,
    /// The tasks the article itself is nearest to, best first.
    pub tasks: Vec<String>,
    /// What a corpus at hand knows of it; `None` where there is no corpus.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub details: Option<StudyDetail>,
    /// Its row of the index.
    #[serde(skip)]
    pub row: usize,
}

/// Peaks of a study near a place in the brain.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct NearPeaks {
    /// How many.
    pub peaks: usize,
    /// How far the nearest is.
    pub distance_mm: f32,
}

/// Which articles are looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StudyFilter {
    /// Published in this year or later; articles of unknown year are left out.
    pub from_year: Option<u16>,
    /// Published in this year or before; articles of unknown year are left out.
    pub to_year: Option<u16>,
    /// Each of these begins a word of their titles, whatever the case.
    pub words: Vec<String>,
    /// PubMed identifiers left out.
    pub without: Vec<u32>,
    /// Only those that report peaks.
    pub with_peaks: bool,
}

impl StudyFilter {
    /// From what is typed: words of the title, and years as 2012, 2010-2015, 2010- or -2015.
    pub fn typed(text: &str) -> Self {
        let mut out = Self::default();
        let year = |text: &str| -> Option<u16> {
            let year = text.parse().ok()?;
            (1900..=2100).contains(&year).then_some(year)
        };
        for word in text.split_whitespace() {
            let range = word.split_once(['-', '–']);
            match (
                year(word),
                range.map(|(a, b)| (a.is_empty(), year(a), b.is_empty(), year(b))),
            ) {
                (Some(one), _) => (out.from_year, out.to_year) = (Some(one), Some(one)),
                (_, Some((_, Some(one), _, Some(other)))) => {
                    (out.from_year, out.to_year) = (Some(one.min(other)), Some(one.max(other)));
                }
                (_, Some((_, Some(from), true, _))) => out.from_year = Some(from),
                (_, Some((true, _, _, Some(to)))) => out.to_year = Some(to),
                _ => out.words.push(word.to_owned()),
            }
        }
        out
    }

    /// Whether it lets a study of the index pass.
    pub(super) fn lets_pass(&self, index: &StudyIndex, row: usize) -> bool {
        let year = year(index, row);
        let late = |from| year.is_some_and(|year| year >= from);
        let early = |to| year.is_some_and(|year| year <= to);
        let facts = index.facts.as_ref();
        let peaks = || facts.map_or(0, |facts| facts.peak_count(row));
        let title = || facts.and_then(|facts| facts.title(row)).unwrap_or_default();
        self.from_year.is_none_or(late)
            && self.to_year.is_none_or(early)
            && !self.without.contains(&index.pmids[row])
            && (!self.with_peaks || peaks() > 0)
            && (self.words.is_empty() || holds_all(title(), &self.words))
    }

    fn lets_all_pass(&self) -> bool {
        *self == Self::default()
    }
}

/// Whether each of `words` begins a word of a title.
fn holds_all(title: &str, words: &[String]) -> bool {
    let title = title.to_lowercase();
    let begins = |word: &String| {
        let word = word.to_lowercase();
        let mut places = title.match_indices(&word);
        places.any(|(at, _)| !title[..at].ends_with(char::is_alphanumeric))
    };
    words.iter().all(begins)
}

fn year(index: &StudyIndex, row: usize) -> Option<u16> {
    let year = index.years.get(row).copied();
    year.filter(|&year| year != NO_YEAR)
}

fn hit(bundle: &Bundle, index: &StudyIndex, row: usize) -> Option<StudyHit> {
    let name = |task: u16| bundle.tasks.names.get(usize::from(task)).cloned();
    let facts = index.facts.as_ref();
    Some(StudyHit {
        pmid: *index.pmids.get(row)?,
        year: year(index, row),
        title: facts.and_then(|facts| facts.title(row)).map(str::to_owned),
        peaks: facts.map(|facts| facts.peak_count(row)),
        similarity: None,
        near: None,
        tasks: (index.top_tasks.get(row)?.iter())
            .filter_map(|&task| name(task))
            .collect(),
        details: None,
        row,
    })
}

/// The `top` studies nearest to a latent, best first; `None` where the bundle has no index.
pub fn nearest_studies(bundle: &Bundle, latent: &[f32], top: usize) -> Option<Vec<StudyHit>> {
    find_studies(bundle, latent, top, &StudyFilter::default())
}

/// The `top` studies nearest to a latent among those a filter lets pass, best first; `None` where the bundle has no
/// index.
pub fn find_studies(
    bundle: &Bundle,
    latent: &[f32],
    top: usize,
    filter: &StudyFilter,
) -> Option<Vec<StudyHit>> {
    let index = bundle.index.as_ref()?;
    let looked_at = match filter.lets_all_pass() {
        true => top,
        false => index.len(),
    };
    let near = index.nearest(latent, looked_at).into_iter();
    let near = near.filter(|(row, _)| filter.lets_pass(index, *row));
    Some(
        near.filter_map(|(row, similarity)| {
            Some(StudyHit {
                similarity: Some(similarity),
                ..hit(bundle, index, row)?
            })
        })
        .take(top)
        .collect(),
    )
}

/// The `top` studies with the nearest peaks among those that report one within `radius_mm` of a place (RAS mm) and that
/// a filter lets pass, and how many there are; `None` where the bundle has no index.
///
/// # Errors
/// A stop.
pub fn studies_near(
    bundle: &Bundle,
    (at_mm, radius_mm): ([f64; 3], f64),
    top: usize,
    filter: &StudyFilter,
    progress: &Progress,
) -> Result<Option<(Vec<StudyHit>, usize)>, Cancelled> {
    let Some(index) = &bundle.index else {
        return Ok(None);
    };
    let mut found: Vec<(usize, NearPeaks)> = Vec::new();
    for row in 0..index.len() {
        if row % 1024 == 0 {
            progress.check()?;
        }
        let facts = index.facts.as_ref();
        let peaks = facts.map_or_else(Vec::new, |facts| facts.peaks_mm(row));
        let far = |peak: &[f32; 3]| {
            let square = peak
                .iter()
                .zip(at_mm)
                .map(|(p, at)| (f64::from(*p) - at).powi(2));
            square.sum::<f64>().sqrt()
        };
        let near: Vec<f64> = peaks.iter().map(far).filter(|&d| d <= radius_mm).collect();
        let nearest = near.iter().copied().fold(f64::INFINITY, f64::min);
        if !near.is_empty() && filter.lets_pass(index, row) {
            let near = NearPeaks {
                peaks: near.len(),
                distance_mm: nearest as f32,
            };
            found.push((row, near));
        }
    }
    // A study of a hundred peaks has one anywhere: the nearest counts first.
    found.sort_by(|(_, a), (_, b)| {
        let nearer = a.distance_mm.total_cmp(&b.distance_mm);
        nearer.then(b.peaks.cmp(&a.peaks))
    });
    let all = found.len();
    let hits = found.into_iter().filter_map(|(row, near)| {
        Some(StudyHit {
            near: Some(near),
            ..hit(bundle, index, row)?
        })
    });
    Ok(Some((hits.take(top).collect(), all)))
}

/// Studies by their PubMed identifiers that a filter lets pass, and those the index does not have; `None` where the bundle has no index.
pub fn studies_by_pmid(
    bundle: &Bundle,
    pmids: &[u32],
    filter: &StudyFilter,
) -> Option<(Vec<StudyHit>, Vec<u32>)> {
    let index = bundle.index.as_ref()?;
    let rows: std::collections::HashMap<u32, usize> =
        index.pmids.iter().copied().zip(0..index.len()).collect();
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    let mut seen = std::collections::HashSet::new();
    for &pmid in pmids.iter().filter(|&&pmid| seen.insert(pmid)) {
        match rows.get(&pmid) {
            Some(&row) if filter.lets_pass(index, row) => {
                found.extend(hit(bundle, index, row));
            }
            Some(_) => {}
            None => missing.push(pmid),
        }
    }
    Some((found, missing))
}

/// Adds what corpora at hand know of each study; years too, where the index has none.
pub fn add_details(studies: &mut [StudyHit], details: &StudyDetails) {
    for study in studies {
        let detail = details.of(study.pmid).cloned().unwrap_or_default();
        study.year = study.year.or(detail.year);
        study.details = Some(detail);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_and_words_are_told_apart() {
        let typed = |text| {
            let filter = StudyFilter::typed(text);
            (filter.from_year, filter.to_year, filter.words.join(" "))
        };
        assert_eq!(
            typed("pain 2010-2015"),
            (Some(2010), Some(2015), "pain".into())
        );
        assert_eq!(typed("2015-2010"), (Some(2010), Some(2015), String::new()));
        assert_eq!(typed("2012"), (Some(2012), Some(2012), String::new()));
        assert_eq!(typed("2010- n-back"), (Some(2010), None, "n-back".into()));
        assert_eq!(typed("-2004 3-back"), (None, Some(2004), "3-back".into()));
        assert_eq!(StudyFilter::typed("  "), StudyFilter::default());
    }

    #[test]
    fn a_word_begins_a_word_of_the_title() {
        let holds = |words: &str| {
            let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
            holds_all("Painful N-back tasks of interest", &words)
        };
        assert!(holds("pain") && holds("n-back TASK") && holds("back"));
        assert!(!holds("ask") && !holds("rest") && !holds("pain fear"));
    }
}
