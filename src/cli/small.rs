//! What training and learning settle before they start: settings that suit a small corpus, and a
//! place to write to.

use std::path::Path;

use super::{Context, Failure};
use crate::error::Explanation;
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

/// Finds out before a long run whether its result can be written.
///
/// # Errors
/// [`Failure::Input`] where the path is a folder, or its folder is missing or not writable.
pub(super) fn check_output(path: &Path) -> Result<(), Failure> {
    let fail = |why: String| {
        Failure::Input(Box::new(Explanation {
            what: "The result could not be written, so nothing was started".into(),
            why,
            remedy: "Name a file in a folder that exists and is writable".into(),
            path: Some(path.to_owned()),
        }))
    };
    if path.is_dir() || path.file_name().is_none() {
        return Err(fail("this is a folder, not a file".into()));
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Permissions alone do not tell (full or read-only file systems): a file is made and removed.
    let probe = folder.join(format!(".gyrus-{}.tmp", std::process::id()));
    std::fs::write(&probe, b"").map_err(|error| fail(error.to_string()))?;
    std::fs::remove_file(&probe).map_err(|error| fail(error.to_string()))
}
