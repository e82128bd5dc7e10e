//! Results are written under names that say what they are, and never over what is read.

use std::path::{Path, PathBuf};

use super::{Failure, Outcome};
use crate::error::Explanation;
use crate::files::{self, OutputFormat, WholeFile};

/// Refuses, before any work is done, a name that ends wrongly or is one of the `inputs`.
///
/// # Errors
/// [`Failure::Usage`].
pub(super) fn check<'a>(
    path: &Path,
    format: OutputFormat,
    inputs: impl IntoIterator<Item = &'a PathBuf>,
) -> Outcome {
    files::check_output(path, format, inputs.into_iter().map(PathBuf::as_path)).map_err(|error| {
        let explanation = Explanation {
            what: "Nothing was done, because the result could not be written".to_owned(),
            why: error.to_string(),
            remedy: error.remedy(),
            path: Some(error.path().to_owned()),
        };
        Failure::Usage(explanation.to_string())
    })
}

/// As [`check`], and finds out before a long run whether the result can be written there.
///
/// # Errors
/// [`Failure::Usage`], and [`Failure::Input`] where the folder is missing or not writable.
pub(super) fn check_writable<'a>(
    path: &Path,
    format: OutputFormat,
    inputs: impl IntoIterator<Item = &'a PathBuf>,
) -> Outcome {
    check(path, format, inputs)?;
    // Permissions alone do not tell (full or read-only file systems): a file is begun and given up.
    WholeFile::create(path).map(drop).map_err(|error| {
        Failure::Input(Box::new(Explanation {
            what: "The result could not be written, so nothing was started".into(),
            why: error.to_string(),
            remedy: "Name a file in a folder that exists and is writable".into(),
            path: Some(path.to_owned()),
        }))
    })
}
