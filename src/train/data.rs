//! From studies to tables: features of their maps, embeddings of their texts. Each part of a split
//! is a table of its own, so that training never touches the test studies.

use super::cache::{Cache, Key};
use super::{Event, TrainError};
use crate::align::Rows;
use crate::atlas::{Preprocess, SoftAtlas};
use crate::corpus::{Kernel, Study, TextField, TextView};
use rand::Rng as _;

use crate::progress::Progress;
use crate::seed::Seed;
use crate::text::{Lexical, TextEncoder};

/// What turns a study's peaks into features.
#[derive(Debug, Clone, Copy)]
pub struct MapRecipe<'a> {
    /// Modes and mask.
    pub atlas: &'a SoftAtlas,
    /// Chain between kernel and projection.
    pub preprocess: &'a Preprocess,
    /// Peaks → map.
    pub kernel: Kernel,
}

/// Features of the studies' maps, a row a study.
pub fn features(
    studies: &[&Study],
    recipe: MapRecipe<'_>,
    cache: &Cache,
    progress: &Progress,
    events: &mut dyn FnMut(Event),
) -> Result<Rows, TrainError> {
    let key = features_key(studies, recipe);
    let width = recipe.atlas.modes();
    let found = cache.get_rows("features", &key, studies.len(), width);
    events(Event::Stage {
        name: "features".into(),
        cached: found.is_some(),
    });
    if let Some(rows) = found {
        return Ok(rows);
    }
    progress.stage(format!("Mapping {} studies", studies.len()));
    let peaks: Vec<&[[f32; 3]]> = studies.iter().map(|s| s.peaks_mm.as_slice()).collect();
    recipe
        .atlas
        .prepare()
        .map_err(|e| TrainError::Atlas(e.to_string()))?;
    let rows = recipe
        .kernel
        .for_each(&peaks, recipe.atlas.mask(), progress, |_, map| {
            recipe
                .preprocess
                .features_sparse(recipe.atlas, &map.voxels, &map.values)
        })?;
    let rows = Rows::from_rows(rows.iter().map(Vec::as_slice), width);
    cache.put_rows("features", &key, &rows);
    Ok(rows)
}

/// The studies with a part of their peaks: each keeps a share between 0.4 and 0.9 of them, drawn anew for every
/// copy, and at least one.
pub(super) fn thinned(studies: &[&Study], copy: u64) -> Vec<Study> {
    let mut rng = THINNING.stream("thinned peaks", copy);
    let thin = |study: &&Study| {
        let mut study = (*study).clone();
        let share = rng.random_range(THINNED_SHARE);
        let one = rng.random_range(0..study.peaks_mm.len().max(1));
        let kept: Vec<bool> = (study.peaks_mm.iter().map(|_| rng.random_bool(share))).collect();
        let none = !kept.contains(&true);
        let mut at = 0..;
        study
            .peaks_mm
            .retain(|_| at.next().is_some_and(|i| kept[i] || (none && i == one)));
        study
    };
    studies.iter().map(thin).collect()
}

/// The texts by their terms, each term of each text there with this probability, drawn anew for every copy.
pub(super) fn thinned_terms(lexical: &Lexical, texts: &[&str], copy: u64) -> Rows {
    const KEPT: f64 = 0.5;
    let mut rng = THINNING.stream("thinned words", copy);
    let mut rows = Rows {
        values: Vec::new(),
        width: lexical.dim(),
    };
    for text in texts {
        let weighed = lexical.weigh(text);
        let kept = weighed.into_iter().filter(|_| rng.random_bool(KEPT));
        rows.values.extend(lexical.vector_of(kept));
    }
    rows
}

/// What is left out is the same in all models, so that their stages are shared.
const THINNING: Seed = Seed(0);
/// Share of its peaks that a study keeps.
const THINNED_SHARE: std::ops::Range<f64> = 0.4..0.9;

/// Hash of everything [`features`] depends on.
pub(crate) fn features_key(studies: &[&Study], recipe: MapRecipe<'_>) -> Key {
    let peaks: Vec<u8> = studies
        .iter()
        .flat_map(|s| {
            let count = (s.peaks_mm.len() as u64).to_le_bytes();
            let values = s.peaks_mm.iter().flatten().flat_map(|v| v.to_le_bytes());
            count.into_iter().chain(values).collect::<Vec<u8>>()
        })
        .collect();
    let kernel = format!("{:?}", recipe.kernel);
    Key::of([
        b"features/1",
        recipe.atlas.fingerprint().as_bytes(),
        recipe.preprocess.name().as_bytes(),
        kernel.as_bytes(),
        &peaks,
    ])
}

/// Embeddings of one view of every study's texts, a row a study.
pub fn embeddings(
    studies: &[&Study],
    view: TextView<'_>,
    encoder: &dyn TextEncoder,
    cache: &Cache,
    progress: &Progress,
    events: &mut dyn FnMut(Event),
) -> Result<Rows, TrainError> {
    let texts: Vec<String> = studies.iter().map(|s| s.read(view)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    // Of an article only the beginning fits an encoder: it is read in parts.
    let in_parts = view.0.contains(&TextField::Body);
    let key = embeddings_key(&texts, encoder, in_parts);
    let found = cache.get_rows("texts", &key, texts.len(), encoder.dim());
    events(Event::Stage {
        name: "texts".into(),
        cached: found.is_some(),
    });
    if let Some(rows) = found {
        return Ok(rows);
    }
    progress.stage(format!("Reading {} texts", texts.len()));
    let vectors = if in_parts {
        let mut vectors = Vec::with_capacity(texts.len());
        for (done, text) in texts.iter().enumerate() {
            progress.set_fraction(done as f32 / texts.len() as f32);
            vectors.push(encoder.embed_long(text, progress)?.vector);
        }
        vectors
    } else {
        encoder.embed(&texts, progress)?
    };
    let rows = Rows::from_rows(vectors.iter().map(Vec::as_slice), encoder.dim());
    cache.put_rows("texts", &key, &rows);
    Ok(rows)
}

/// Hash of everything [`embeddings`] depends on.
fn embeddings_key(texts: &[&str], encoder: &dyn TextEncoder, in_parts: bool) -> Key {
    let name = if in_parts { "parts/1" } else { "texts/1" };
    let head = [name.as_bytes(), encoder.fingerprint().as_bytes()];
    Key::of(head.into_iter().chain(texts.iter().map(|t| t.as_bytes())))
}
