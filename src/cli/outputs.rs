//! Results are written under names that say what they are, and never over what is read.

use std::path::{Path, PathBuf};

use super::{Failure, Outcome};
use crate::error::Explanation;
use crate::files::{self, OutputError, OutputFormat, WholeFile};

/// Refuses, before any work is done, a name that ends wrongly or is one of the `inputs`.
///
/// # Errors
/// [`Failure::Usage`]; [`Failure::Input`] for a folder.
pub(super) fn check<'a>(
    path: &Path,
    format: OutputFormat,
    inputs: impl IntoIterator<Item = &'a PathBuf>,
) -> Outcome {
    let inputs = inputs.into_iter().map(PathBuf::as_path);
    files::check_output(path, format, inputs).map_err(|error| {
        let told = refusal(path, error.to_string(), error.remedy());
        match error {
            OutputError::Folder { .. } => Failure::Input(Box::new(told)),
            OutputError::Ending { .. } | OutputError::IsInput { .. } => {
                Failure::Usage(told.to_string())
            }
        }
    })
}

/// As [`check`], and finds out before a long run whether the result can be written there.
///
/// # Errors
/// As [`check`], and [`Failure::Input`] where the folder is missing or not writable.
pub(super) fn check_writable<'a>(
    path: &Path,
    format: OutputFormat,
    inputs: impl IntoIterator<Item = &'a PathBuf>,
) -> Outcome {
    check(path, format, inputs)?;
    // Permissions alone do not tell (full or read-only file systems): a file is begun and given up.
    WholeFile::create(path).map(drop).map_err(|error| {
        let remedy = "Name a file in a folder that exists and is writable".to_owned();
        Failure::Input(Box::new(refusal(path, error.to_string(), remedy)))
    })
}

fn refusal(path: &Path, why: String, remedy: String) -> Explanation {
    Explanation {
        what: "The result could not be written, so nothing was started".to_owned(),
        why,
        remedy,
        path: Some(path.to_owned()),
    }
}
