//! A text as the model reads it: where it lies in the model's space, and how much the literature supports it.

use super::PredictError;
use super::kept::Kept;
use super::support::Support;
use crate::bundle::Bundle;
use crate::files::hex_sha256;
use crate::progress::Progress;
use crate::text::{LongText, TextEncoder, TextError};

/// Gives the text encoder when it is needed: loading one takes a while, and tasks need none.
pub type Encoder<'a> = &'a dyn Fn() -> Result<&'a dyn TextEncoder, TextError>;

/// Where a text lies in the model's space.
#[derive(Clone)]
pub(super) struct Place {
    /// Unit length.
    pub latent: Vec<f32>,
    /// The model's task it is.
    pub row: Option<usize>,
    /// Absent where it is known by its numbers alone.
    pub support: Option<Support>,
}

impl Place {
    /// Of one of the model's tasks.
    pub(super) fn of_task(bundle: &Bundle, row: usize) -> Self {
        let latent = bundle.task_latent(row);
        Self {
            row: Some(row),
            support: Some(Support::of(bundle, None, &latent, (1, 1))),
            latent,
        }
    }

    /// Of numbers alone.
    pub(super) fn of_numbers(latent: Vec<f32>) -> Self {
        Self {
            latent,
            row: None,
            support: None,
        }
    }
}

/// The place of a text: of the model's task with this id or this name, where it has one, else of the words.
///
/// # Errors
/// An empty text, a text encoder other than the model's, a failing encoder, or a stop.
pub(super) fn place_of(
    bundle: &Bundle,
    encoder: Encoder<'_>,
    text: &str,
    task_id: Option<&str>,
    progress: &Progress,
) -> Result<Place, PredictError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(PredictError::NoText);
    }
    let by_id = task_id.and_then(|id| bundle.tasks.row_of(id));
    if let Some(row) = by_id.or_else(|| bundle.tasks.row_named(text)) {
        return Ok(Place::of_task(bundle, row));
    }
    progress.stage("Loading the text encoder");
    let encoder = encoder()?;
    bundle.check_encoder(encoder.fingerprint())?;
    // Sliders ask for the same texts again and again, and a long one takes seconds.
    static KNOWN: Kept<Place> = Kept::new(8);
    let key = format!("{} {}", bundle.fingerprint(), hex_sha256(text.as_bytes()));
    KNOWN.get(&key, || {
        let (latent, long) = read(bundle, encoder, text, progress)?;
        let parts = (long.parts, long.read);
        Ok(Place {
            support: Some(Support::of(bundle, Some(text), &latent, parts)),
            latent,
            row: None,
        })
    })
}

/// Where a text lies in the model's space; the name of one of its tasks stands for the task's own texts.
///
/// # Errors
/// An empty text, a text encoder other than the model's, a failing encoder, or a stop.
pub fn text_latent(
    bundle: &Bundle,
    encoder: &dyn TextEncoder,
    text: &str,
    progress: &Progress,
) -> Result<Vec<f32>, PredictError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(PredictError::NoText);
    }
    match bundle.tasks.row_named(text) {
        Some(row) => Ok(bundle.task_latent(row)),
        None => Ok(read(bundle, encoder, text, progress)?.0),
    }
}

/// The latent of a text of any length.
pub(super) fn read(
    bundle: &Bundle,
    encoder: &dyn TextEncoder,
    text: &str,
    progress: &Progress,
) -> Result<(Vec<f32>, LongText), PredictError> {
    bundle.check_encoder(encoder.fingerprint())?;
    progress.stage("Reading the text");
    let long = encoder.embed_long(text, progress)?;
    let numbers = bundle.read_text(&long.vector, text);
    Ok((bundle.text_tower.forward(&numbers), long))
}
