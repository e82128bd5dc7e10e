//! A text beside titles of studies the model did not learn from: whether a map looks more like it than like those of
//! other studies.

use std::sync::Arc;

use super::PredictError;
use super::kept::Kept;
use super::reading::Encoder;
use crate::bundle::Bundle;
use crate::linalg::dot_in_order;
use crate::progress::Progress;

/// How many titles of new studies a map is more like than a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct AmongTitles {
    /// So many are more like it than the text is.
    pub before: usize,
    /// Of so many.
    pub titles: usize,
}

/// Places of the titles of up to 1,000 studies the model did not learn from, worked out once a model (some seconds);
/// `None` where it has none.
///
/// # Errors
/// A text encoder other than the model's, a failing encoder, or a stop.
pub(super) fn title_latents(
    bundle: &Bundle,
    encoder: Encoder<'_>,
    progress: &Progress,
) -> Result<Option<Arc<Vec<Vec<f32>>>>, PredictError> {
    static KNOWN: Kept<Option<Arc<Vec<Vec<f32>>>>> = Kept::new(2);
    KNOWN.get(bundle.fingerprint(), || {
        let encoder = encoder()?;
        bundle.check_encoder(encoder.fingerprint())?;
        let titles = bundle.held_out_titles(encoder, progress)?;
        let latents = |titles: Vec<(usize, Vec<f32>)>| titles.into_iter().map(|(_, l)| l).collect();
        Ok(titles.map(|titles| Arc::new(latents(titles))))
    })
}

/// Where a text stands among titles of new studies for a map, by the places of both in the model's space; `None` where
/// the model has no such studies.
///
/// # Errors
/// A text encoder other than the model's, a failing encoder, or a stop.
pub fn among_titles(
    bundle: &Bundle,
    encoder: Encoder<'_>,
    (map, text): (&[f32], &[f32]),
    progress: &Progress,
) -> Result<Option<AmongTitles>, PredictError> {
    let Some(titles) = title_latents(bundle, encoder, progress)? else {
        return Ok(None);
    };
    let own = dot_in_order(map, text);
    let before = titles.iter().filter(|title| dot_in_order(map, title) > own);
    Ok(Some(AmongTitles {
        before: before.count(),
        titles: titles.len(),
    }))
}
