//! Neurosynth's way of telling what a map shows (Yarkoni et al. 2011), turned on titles: a text is the mean of the
//! association maps of the terms in it, and goes with the maps it correlates with.
//!
//! The association map of a term is the z map of MKDA χ²: where the training studies whose long text holds the term
//! report activation more often than the others do. How many studies a term must have, and whether rare terms count
//! more, is chosen on dev.

use rayon::prelude::*;

use super::method::{Method, Queries, TextRows, recall};
use super::voxels::{Thinned, correlated};
use super::{Direction, EvalError, Part};
use crate::align::Rows;
use crate::corpus::{Kernel, Study};
use crate::meta::{Counts, association_z};
use crate::progress::Progress;
use crate::text::{Terms, literature_terms};
use crate::volume::Mask;

/// Studies that a term must have, tried.
const LEAST: [usize; 3] = [10, 30, 100];
/// Terms whose maps are held at a time.
const CHUNK: usize = 256;

/// How the terms of a text are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Choice {
    least: usize,
    /// Terms count by the logarithm of how rare they are, not all the same.
    by_rarity: bool,
}

/// The training studies by term.
pub(super) struct Neurosynth {
    terms: Terms,
    /// Of each term the studies whose long text holds it.
    studies_of: Vec<Vec<u32>>,
    /// Of each study the voxels it is active at.
    active: Vec<Vec<u32>>,
    all: Counts,
    choice: Choice,
}

impl Neurosynth {
    /// Counts the training studies (`long_texts` are theirs) and chooses on the dev titles.
    ///
    /// # Errors
    /// A stop.
    pub fn fit(
        studies: &[&Study],
        long_texts: &[String],
        dev: &Part,
        (mask, thinned): (&Mask, &Thinned),
        progress: &Progress,
    ) -> Result<Self, EvalError> {
        progress.stage("Comparing with association maps");
        let peaks: Vec<&[[f32; 3]]> = studies.iter().map(|s| s.peaks_mm.as_slice()).collect();
        let active = Kernel::MKDA_10_MM.for_each(&peaks, mask, progress, |_, map| {
            thinned.keep(&map.voxels).collect::<Vec<u32>>()
        })?;
        let terms = literature_terms();
        let counts: Vec<Vec<(u32, u32)>> = long_texts
            .par_iter()
            .map(|text| terms.count(text))
            .collect();
        let mut studies_of = vec![Vec::new(); terms.len()];
        for (study, counts) in counts.iter().enumerate() {
            for &(term, _) in counts {
                studies_of[term as usize].push(study as u32);
            }
        }
        let everyone: Vec<u32> = (0..active.len() as u32).collect();
        let mut this = Self {
            all: counted(&active, &everyone, thinned.len()),
            terms,
            studies_of,
            active,
            choice: Choice {
                least: LEAST[0],
                by_rarity: false,
            },
        };
        let mut best: Option<(f64, Choice)> = None;
        let maps = correlated(&dev.voxels);
        for least in LEAST {
            for by_rarity in [false, true] {
                progress.check()?;
                this.choice = Choice { least, by_rarity };
                let texts = this.maps_of(&dev.titles);
                let score = recall(&texts, &maps) + recall(&maps, &texts);
                if best.is_none_or(|(known, _)| score > known) {
                    best = Some((score, this.choice));
                }
            }
        }
        if let Some((_, choice)) = best {
            this.choice = choice;
        }
        Ok(this)
    }

    /// The combined map of each text, ready to be correlated; zeros of a text without terms.
    fn maps_of(&self, texts: &TextRows) -> Rows {
        let width = self.all.active.len();
        let all = self.active.len() as f32;
        let weigh = |text: &String| -> Vec<(u32, f32)> {
            let counts = self.terms.count(text).into_iter();
            let known = counts.filter_map(|(term, _)| {
                let n = self.studies_of[term as usize].len();
                let weight = match self.choice.by_rarity {
                    true => 1.0 + (all / n.max(1) as f32).ln(),
                    false => 1.0,
                };
                (n >= self.choice.least).then_some((term, weight))
            });
            known.collect()
        };
        let weighed: Vec<Vec<(u32, f32)>> = texts.texts.par_iter().map(weigh).collect();
        let mut wanted: Vec<u32> = weighed.iter().flatten().map(|&(term, _)| term).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut rows = Rows {
            values: vec![0.0; weighed.len() * width],
            width,
        };
        for chunk in wanted.chunks(CHUNK) {
            let z = |&term: &u32| {
                let set = counted(&self.active, &self.studies_of[term as usize], width);
                association_z(&set, &self.all)
            };
            let maps: Vec<Option<Vec<f32>>> = chunk.par_iter().map(z).collect();
            let rows = rows.values.par_chunks_exact_mut(width.max(1));
            rows.zip(&weighed).for_each(|(row, terms)| {
                for (term, weight) in terms {
                    let found = chunk.binary_search(term).ok();
                    if let Some(map) = found.and_then(|at| maps[at].as_deref()) {
                        row.iter_mut()
                            .zip(map)
                            .for_each(|(sum, z)| *sum += weight * z);
                    }
                }
            });
        }
        correlated(&rows)
    }
}

/// In how many of some studies each voxel is active.
fn counted(active: &[Vec<u32>], studies: &[u32], voxels: usize) -> Counts {
    let mut counts = Counts {
        active: vec![0; voxels],
        studies: studies.len() as u32,
    };
    for &study in studies {
        for &voxel in &active[study as usize] {
            counts.active[voxel as usize] += 1;
        }
    }
    counts
}

impl Method for Neurosynth {
    fn name(&self) -> &str {
        "Neurosynth, terms"
    }

    fn settings(&self) -> Option<String> {
        let rarity = if self.choice.by_rarity {
            "weighted by how rare they are"
        } else {
            "all alike"
        };
        let least = self.choice.least;
        Some(format!(
            "mean association map of the text's terms that {least} or more studies have, {rarity}"
        ))
    }

    fn answers(&self, direction: Direction, queries: Queries<'_>) -> Vec<(Rows, Rows)> {
        let texts = self.maps_of(queries.texts);
        vec![direction.sort(texts, correlated(queries.voxels))]
    }
}

#[cfg(test)]
mod tests {
    use super::super::QueryText;
    use super::*;
    use crate::corpus::{SpaceNote, StudyTexts};
    use crate::linalg::dot;
    use crate::space::mask_2mm;

    fn study(n: usize) -> Study {
        let (title, centre) = match n % 3 {
            0 => ("fear and pain", [22.0, -4.0, -18.0]),
            1 => ("reading of words", [-44.0, -56.0, -12.0]),
            _ => ("finger movement", [-40.0, -24.0, 56.0]),
        };
        let shift = (n / 3) as f32 * 0.5 - 3.0;
        Study {
            pmid: n as u32,
            own_id: None,
            doi: None,
            title: title.into(),
            texts: StudyTexts::default(),
            year: None,
            peaks_mm: vec![centre.map(|c: f32| c + shift)],
            space: SpaceNote::Mni,
        }
    }

    #[test]
    fn a_title_goes_with_the_maps_of_its_terms() {
        let studies: Vec<Study> = (0..36).map(study).collect();
        let studies: Vec<&Study> = studies.iter().collect();
        let mask = mask_2mm();
        let thinned = Thinned::of(mask);
        let peaks: Vec<&[[f32; 3]]> = studies.iter().map(|s| s.peaks_mm.as_slice()).collect();
        let progress = Progress::new();
        let voxels = thinned.maps(&peaks[..3], Kernel::KDE_9_MM, mask, &progress);
        let titles = |list: &[&str]| TextRows {
            texts: list.iter().map(|&text| text.to_owned()).collect(),
            ..TextRows::default()
        };
        let dev = Part {
            titles: titles(&["fear", "reading words", "finger"]),
            voxels: voxels.unwrap(),
            ..Part::default()
        };
        let texts: Vec<String> = studies.iter().map(|s| s.title.clone()).collect();
        let both = (mask, &thinned);
        let method = Neurosynth::fit(&studies, &texts, &dev, both, &progress).unwrap();
        assert!(method.settings().unwrap().contains("10 or more"));
        let asked = titles(&["Finger movement", "Words", "pain, and fear", "wheat"]);
        let queries = Queries {
            features: &Rows::default(),
            voxels: &dev.voxels,
            texts: &asked,
            text: QueryText::Title,
        };
        let (texts, maps) = method.answers(Direction::TextToMap, queries).remove(0);
        let best = |text: usize| {
            let like = |map: usize| dot(texts.row(text), maps.row(map));
            (0..3).max_by(|&a, &b| like(a).total_cmp(&like(b))).unwrap()
        };
        assert_eq!([best(0), best(1), best(2)], [2, 1, 0]);
        assert!(texts.row(3).iter().all(|&v| v == 0.0));
        // One term alone is the association map itself.
        let fear = method.terms.count("fear")[0].0 as usize;
        let set: Vec<Vec<usize>> = (0..36)
            .map(|n| if n % 3 == 0 { vec![0] } else { vec![] })
            .collect();
        assert_eq!(method.studies_of[fear].len(), 12);
        let kernel = Kernel::MKDA_10_MM;
        let whole = crate::meta::Association::count(&peaks, &set, 1, kernel, mask, &progress);
        let whole = Rows {
            values: thinned.gather(&whole.unwrap().z(0).unwrap()),
            width: thinned.len(),
        };
        let alone = method.maps_of(&titles(&["fear"]));
        assert!((dot(alone.row(0), correlated(&whole).row(0)) - 1.0).abs() < 1e-4);
    }
}
