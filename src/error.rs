//! The one shape in which Gyrus tells a person that something failed.
//!
//! Every module's error enum implements [`Explain`]; the window and the terminal print nothing else.

use std::path::{Path, PathBuf};
use std::{fmt, io};

/// What happened, why, and what to do about it, in words a user acts on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What could not be done: "Could not open this map".
    pub what: String,
    /// The cause in user terms: "the file ends 1,204 bytes early".
    pub why: String,
    /// The next step: "Download it again, or ask whoever made it for a whole copy".
    pub remedy: String,
    /// The file concerned, shown last.
    pub path: Option<PathBuf>,
}

impl Explanation {
    /// A result that cannot be written, found out before the work began.
    pub(crate) fn not_started(output: &Path, why: &io::Error) -> Self {
        Self {
            what: "The result could not be written, so nothing was started".into(),
            why: why.to_string(),
            remedy: "Name a file in a folder that exists and is writable".into(),
            path: Some(output.to_owned()),
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. {}.", self.what, self.why, self.remedy)?;
        match &self.path {
            Some(path) => write!(f, "\n{}", path.display()),
            None => Ok(()),
        }
    }
}

/// Implemented by every module's error enum.
pub trait Explain: std::error::Error {
    /// The message for a person. Parts carry no trailing full stop.
    fn explain(&self) -> Explanation;
}
