//! What can go wrong between a sentence and its embedding.

use std::path::PathBuf;

use crate::error::{Explain, Explanation};
use crate::progress::Cancelled;

/// Failures of loading a sentence encoder or running it.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// The user asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A file of the encoder could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The configuration is missing a field or names an architecture other than BERT.
    #[error("unsupported encoder configuration: {why}")]
    Config {
        /// The cause, without a full stop.
        why: String,
        /// The configuration file, where there is one.
        path: Option<PathBuf>,
    },
    /// The weights are not those of the configuration.
    #[error("unusable encoder weights: {why}")]
    Weights {
        /// The cause, without a full stop.
        why: String,
        /// The weights file, where there is one.
        path: Option<PathBuf>,
    },
    /// The tokenizer file is not one, or a text could not be split.
    #[error("unusable tokenizer: {why}")]
    Tokenizer {
        /// The cause, without a full stop.
        why: String,
        /// The tokenizer file, where there is one.
        path: Option<PathBuf>,
    },
    /// The arithmetic failed (out of memory, a device that went away).
    #[error("the encoder failed: {0}")]
    Compute(String),
}

impl TextError {
    /// The same error, naming the file it came from where it named none.
    pub(crate) fn at(mut self, file: &std::path::Path) -> Self {
        if let Self::Config { path, .. }
        | Self::Weights { path, .. }
        | Self::Tokenizer { path, .. } = &mut self
        {
            path.get_or_insert_with(|| file.to_owned());
        }
        self
    }
}

impl From<candle_core::Error> for TextError {
    fn from(error: candle_core::Error) -> Self {
        // candle appends a backtrace to its messages when one is enabled: the first line says what.
        let text = error.to_string();
        Self::Compute(text.lines().next().unwrap_or("unknown cause").to_owned())
    }
}

impl Explain for TextError {
    fn explain(&self) -> Explanation {
        const LOAD: &str = "Could not load the sentence encoder";
        const EMBED: &str = "Could not read the text";
        let (what, why, remedy, path) = match self {
            Self::Cancelled(_) => (
                "Stopped",
                "you cancelled reading the text".to_owned(),
                "Start it again when you like",
                None,
            ),
            Self::Read { path, source } => (
                LOAD,
                source.to_string(),
                "Check that the file exists and that you may read it",
                Some(path),
            ),
            Self::Config { why, path } => (
                LOAD,
                why.clone(),
                "Use a BERT sentence encoder: a folder with model.safetensors, tokenizer.json and config.json",
                path.as_ref(),
            ),
            Self::Weights { why, path } => (
                LOAD,
                why.clone(),
                "Take model.safetensors and config.json from the same download",
                path.as_ref(),
            ),
            Self::Tokenizer { why, path } => (
                LOAD,
                why.clone(),
                "Take tokenizer.json from the same download as the weights",
                path.as_ref(),
            ),
            Self::Compute(why) => (
                EMBED,
                why.clone(),
                "Try again with fewer or shorter texts; if it happens again, please report it",
                None,
            ),
        };
        Explanation {
            what: what.to_owned(),
            why,
            remedy: remedy.to_owned(),
            path: path.cloned(),
        }
    }
}
