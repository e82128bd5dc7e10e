//! Studies of the index that the model did not learn from: what is new to it is held against them.

use std::ops::Range;

use rayon::prelude::*;

use super::{Bundle, StudyFacts, StudyIndex};
use crate::progress::Progress;
use crate::text::{TextEncoder, TextError};

/// Studies looked at, at most.
const MOST: usize = 1000;

/// A row of the index and the latent of its title.
pub(crate) type HeldOutTitle = (usize, Vec<f32>);

impl Bundle {
    /// Rows of the index that hold studies the model did not learn from: the dev studies, where the index has them last,
    /// as the trainer writes it; else none, for what was learnt lies nearer than what is new.
    pub(crate) fn held_out(&self) -> Option<(&StudyIndex, &StudyFacts, Range<usize>)> {
        let index = self.index.as_ref()?;
        let [train, dev, _] = self.manifest.split.sizes;
        let facts = index.facts.as_ref()?;
        (index.len() == train + dev).then_some((index, facts, train..train + dev.min(MOST)))
    }

    /// Rows and latents of the titles of such studies, read by the model's own text encoder; `None` without them.
    ///
    /// # Errors
    /// A stop, or a failing encoder.
    pub(crate) fn held_out_titles(
        &self,
        encoder: &dyn TextEncoder,
        progress: &Progress,
    ) -> Result<Option<Vec<HeldOutTitle>>, TextError> {
        let Some((_, facts, rows)) = self.held_out() else {
            return Ok(None);
        };
        progress.stage("Reading titles of new studies");
        let titled: Vec<(usize, &str)> = rows
            .filter_map(|row| Some((row, facts.title(row)?)))
            .collect();
        let texts: Vec<&str> = titled.iter().map(|(_, title)| *title).collect();
        let sentences = encoder.embed(&texts, progress)?;
        let latents = titled.par_iter().zip(&sentences);
        let latents = latents.map(|(&(row, title), sentence)| {
            let numbers = self.read_text(sentence, title);
            (row, self.text_tower.forward(&numbers))
        });
        Ok(Some(latents.collect()))
    }
}
