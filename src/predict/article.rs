//! A text read from a file.

use std::path::Path;

use crate::error::Explanation;
use crate::files;

/// Bytes of a text file.
const MAX_BYTES: u64 = 10 << 20;

/// Reads a plain text file.
///
/// # Errors
/// What to tell where it cannot be read, is longer than 10 MB or no UTF-8.
pub fn read_article(path: &Path) -> Result<String, Explanation> {
    files::read_text(path, MAX_BYTES).map_err(|error| Explanation {
        what: "Could not read the text".to_owned(),
        why: error.to_string(),
        remedy: "Choose a plain text file (UTF-8) of at most 10 MB".to_owned(),
        path: Some(path.to_owned()),
    })
}
