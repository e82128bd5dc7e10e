//! What training and learning settle before they start: settings that suit a small corpus.

use super::Context;
use crate::learn::LearnOptions;

/// Training studies there should be for each mode, and for each pair of a batch.
const STUDIES_EACH: usize = 4;

/// The modes asked for, else the default: fewer where the studies are few, and says so.
pub(super) fn modes(asked: Option<usize>, studies: usize, context: &Context) -> usize {
    let standard = LearnOptions::default().modes;
    asked.unwrap_or_else(|| capped(standard, studies, "modes", "--modes", context))
}

/// The batch, smaller where the studies are few, and says so.
pub(super) fn batch(standard: usize, studies: usize, context: &Context) -> usize {
    capped(standard, studies, "pairs a step", "--config", context)
}

fn capped(standard: usize, studies: usize, what: &str, option: &str, context: &Context) -> usize {
    let fitting = standard.min((studies / STUDIES_EACH).max(2));
    if fitting < standard && !context.quiet {
        eprintln!(
            "{studies} studies to learn from: {fitting} {what} instead of {standard} ({option} sets another number)"
        );
    }
    fitting
}
