//! The study index: which articles a model was trained on, where they lie in the shared space, and
//! which tasks each is nearest to.
//!
//! A latent is stored as its offset from the mean latent along the leading principal axes of all
//! latents, eight bits an axis with one scale a study.

use super::nulls::NEAREST;
use super::{BundleError, StudyFacts};
use crate::linalg::dot_in_order;
use crate::tensors::{Container, Tensor};

/// Nearest tasks kept a study.
pub(crate) const TOP_TASKS: usize = 3;

/// `year` of a study whose year is not known.
pub(crate) const NO_YEAR: u16 = 0;

/// Studies in compact form. All vectors are of the same length, but where said.
#[derive(Debug, Clone, PartialEq)]
pub struct StudyIndex {
    /// PubMed identifiers.
    pub pmids: Vec<u32>,
    /// Years of publication, [`NO_YEAR`] where not known.
    pub years: Vec<u16>,
    /// Positions in the bundle's task table, nearest first.
    pub top_tasks: Vec<[u16; TOP_TASKS]>,
    /// Mean latent (width of the shared space).
    mean: Vec<f32>,
    /// Orthonormal axes, `axes × width`, row major.
    axes: Vec<f32>,
    /// `studies × axes`, row major.
    codes: Vec<i8>,
    /// Step of each study's codes.
    scales: Vec<f32>,
    /// Titles and peaks, where they are known.
    pub facts: Option<StudyFacts>,
}

/// What is stored beside a latent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct StudyEntry {
    /// PubMed identifier.
    pub pmid: u32,
    /// Year of publication.
    pub year: Option<u16>,
    /// Positions in the bundle's task table, nearest first.
    pub top_tasks: [u16; TOP_TASKS],
}

impl StudyIndex {
    /// Packs unit-length `latents` (row major, one row an entry) along `axes` (orthonormal, row
    /// major, each as wide as a latent). `None` where the lengths do not fit.
    pub(crate) fn pack(
        entries: &[StudyEntry],
        latents: &[f32],
        mean: Vec<f32>,
        axes: Vec<f32>,
    ) -> Option<Self> {
        let width = mean.len();
        if width == 0 || latents.len() != entries.len() * width || !axes.len().is_multiple_of(width)
        {
            return None;
        }
        let (mut codes, mut scales) = (Vec::new(), Vec::new());
        for latent in latents.chunks_exact(width) {
            let centred: Vec<f32> = latent.iter().zip(&mean).map(|(x, m)| x - m).collect();
            let along: Vec<f32> = axes
                .chunks_exact(width)
                .map(|axis| dot_in_order(axis, &centred))
                .collect();
            let largest = along.iter().fold(0.0f32, |a, v| a.max(v.abs()));
            let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
            codes.extend(
                along
                    .iter()
                    .map(|v| (v / scale).round().clamp(-127.0, 127.0) as i8),
            );
            scales.push(scale);
        }
        Some(Self {
            pmids: entries.iter().map(|e| e.pmid).collect(),
            years: entries.iter().map(|e| e.year.unwrap_or(NO_YEAR)).collect(),
            top_tasks: entries.iter().map(|e| e.top_tasks).collect(),
            mean,
            axes,
            codes,
            scales,
            facts: None,
        })
    }

    /// Number of studies.
    pub fn len(&self) -> usize {
        self.pmids.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.pmids.is_empty()
    }

    /// Axes kept a study.
    pub fn axes(&self) -> usize {
        self.axes.len() / self.mean.len().max(1)
    }

    /// Width of the latents packed.
    pub fn width(&self) -> usize {
        self.mean.len()
    }

    /// Similarity (≈ cosine) of every study to a unit-length latent.
    pub(crate) fn similarities(&self, latent: &[f32]) -> Vec<f32> {
        let along: Vec<f32> = self
            .axes
            .chunks_exact(self.mean.len().max(1))
            .map(|axis| dot_in_order(axis, latent))
            .collect();
        let common = dot_in_order(&self.mean, latent);
        if along.is_empty() {
            return vec![common; self.len()];
        }
        self.codes
            .chunks_exact(along.len())
            .zip(&self.scales)
            .map(|(codes, scale)| common + scale * dot_codes(codes, &along))
            .collect()
    }

    /// The `top` studies nearest to a unit-length latent: position and similarity, best first.
    pub fn nearest(&self, latent: &[f32], top: usize) -> Vec<(usize, f32)> {
        let mut all: Vec<(usize, f32)> =
            self.similarities(latent).into_iter().enumerate().collect();
        let order = |a: &(usize, f32), b: &(usize, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if top < all.len() {
            all.select_nth_unstable_by(top, order);
            all.truncate(top);
        }
        all.sort_unstable_by(order);
        all
    }

    /// Mean similarity of a place in the model's space to the [`NEAREST`] studies nearest to it, the study in row
    /// `without` left out.
    pub(crate) fn nearness(&self, latent: &[f32], without: Option<usize>) -> f32 {
        let nearest = self.nearest(latent, NEAREST + usize::from(without.is_some()));
        let others: Vec<f32> = nearest
            .into_iter()
            .filter(|(row, _)| Some(*row) != without)
            .map(|(_, similarity)| similarity)
            .take(NEAREST)
            .collect();
        others.iter().sum::<f32>() / others.len().max(1) as f32
    }

    pub(super) fn store(&self, out: &mut Container<'_>) {
        let (n, width) = (self.len(), self.mean.len());
        let tasks: Vec<u16> = self.top_tasks.iter().flatten().copied().collect();
        out.push(Tensor::u32("index.pmid", &[n], &self.pmids));
        out.push(Tensor::u16("index.year", &[n], &self.years));
        out.push(Tensor::u16("index.tasks", &[n, TOP_TASKS], &tasks));
        out.push(Tensor::f32("index.mean", &[width], &self.mean));
        out.push(Tensor::f16("index.axes", &[self.axes(), width], &self.axes));
        out.push(Tensor::i8("index.codes", &[n, self.axes()], &self.codes));
        out.push(Tensor::f32("index.scales", &[n], &self.scales));
    }

    pub(super) fn load(from: &mut Container<'_>, tasks: usize) -> Result<Self, BundleError> {
        let out = Self {
            pmids: from.need("index.pmid")?.to_u32()?,
            years: from.need("index.year")?.to_u16()?,
            top_tasks: from
                .need("index.tasks")?
                .to_u16()?
                .as_chunks::<TOP_TASKS>()
                .0
                .to_vec(),
            mean: from.need("index.mean")?.to_f32()?,
            axes: from.need("index.axes")?.to_f32()?,
            codes: from.need("index.codes")?.to_i8()?,
            scales: from.need("index.scales")?.to_f32()?,
            facts: None,
        };
        let n = out.pmids.len();
        let fits = out.years.len() == n
            && out.top_tasks.len() == n
            && out.scales.len() == n
            && !out.mean.is_empty()
            && out.axes.len().is_multiple_of(out.mean.len())
            && n.checked_mul(out.axes()) == Some(out.codes.len())
            && out
                .top_tasks
                .iter()
                .flatten()
                .all(|&t| usize::from(t) < tasks);
        if fits {
            Ok(out)
        } else {
            Err(BundleError::Damaged(
                "the study index does not fit together".into(),
            ))
        }
    }
}

fn dot_codes(codes: &[i8], along: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0.0f32; LANES];
    let (code_chunks, value_chunks) = (codes.chunks_exact(LANES), along.chunks_exact(LANES));
    let tail: f32 = code_chunks
        .remainder()
        .iter()
        .zip(value_chunks.remainder())
        .map(|(&c, v)| f32::from(c) * v)
        .sum();
    for (codes, values) in code_chunks.zip(value_chunks) {
        for ((sum, &c), v) in sums.iter_mut().zip(codes).zip(values) {
            *sum += f32::from(c) * v;
        }
    }
    sums.iter().sum::<f32>() + tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_study_is_nearest_to_its_own_latent() {
        let width = 8;
        let latents: Vec<f32> = (0..20)
            .flat_map(|i| {
                let row: Vec<f32> = (0..width)
                    .map(|j| ((i * i * 7 + i + j * (i + 3)) as f32 * 0.37).sin())
                    .collect();
                crate::align::unit(&row)
            })
            .collect();
        let entries: Vec<StudyEntry> = (0..20)
            .map(|i| StudyEntry {
                pmid: 100 + i,
                year: None,
                top_tasks: [0; 3],
            })
            .collect();
        let identity: Vec<f32> = (0..width * width)
            .map(|i| if i % (width + 1) == 0 { 1.0 } else { 0.0 })
            .collect();
        let index = StudyIndex::pack(&entries, &latents, vec![0.1; width], identity).unwrap();
        for (i, latent) in latents.chunks_exact(width).enumerate() {
            let (best, similarity) = index.nearest(latent, 3)[0];
            assert_eq!(best, i);
            assert!((similarity - 1.0).abs() < 0.01, "{similarity}");
        }
        assert_eq!(index.nearest(&latents[..width], 500).len(), 20);
    }
}
