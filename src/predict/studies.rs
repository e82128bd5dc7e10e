//! The articles nearest to a point of the shared space.

use crate::bundle::{Bundle, NO_YEAR};

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
    /// Cosine with the query in the shared space (as stored in eight bits).
    pub similarity: f32,
    /// The tasks the article itself is nearest to, best first.
    pub tasks: Vec<String>,
}

/// The `top` studies nearest to a latent, best first; `None` where the bundle has no index.
pub fn nearest_studies(bundle: &Bundle, latent: &[f32], top: usize) -> Option<Vec<StudyHit>> {
    let index = bundle.index.as_ref()?;
    let name = |row: u16| bundle.tasks.names.get(usize::from(row)).cloned();
    let hit = |(row, similarity): (usize, f32)| {
        Some(StudyHit {
            pmid: *index.pmids.get(row)?,
            year: index
                .years
                .get(row)
                .copied()
                .filter(|&year| year != NO_YEAR),
            title: index
                .facts
                .as_ref()
                .and_then(|facts| facts.title(row))
                .map(str::to_owned),
            similarity,
            tasks: index
                .top_tasks
                .get(row)?
                .iter()
                .filter_map(|&task| name(task))
                .collect(),
        })
    };
    Some(
        index
            .nearest(latent, top)
            .into_iter()
            .filter_map(hit)
            .collect(),
    )
}
