//! Why a model of others was not imported.

use std::path::{Path, PathBuf};

use crate::atlas::AtlasError;
use crate::error::{Explain, Explanation};
use crate::ontology::OntologyError;

/// A file of the model that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It could not be read.
    #[error("{path}: {source}")]
    Io {
        /// The system's reason.
        source: std::io::Error,
        /// The file.
        path: PathBuf,
    },
    /// Weights in PyTorch's old format.
    #[error("{path}: it is in the format of PyTorch before 1.6, which is not read")]
    Legacy {
        /// The file.
        path: PathBuf,
    },
    /// Weights that are damaged, or of another network.
    #[error("{path}: {why}")]
    Weights {
        /// What is wrong, with the name of the weight.
        why: String,
        /// The file.
        path: PathBuf,
    },
    /// An array that cannot be read.
    #[error("{path}: {why}")]
    Array {
        /// What is wrong.
        why: String,
        /// The file.
        path: PathBuf,
    },
    /// A file that does not fit the others.
    #[error("{path}: {why}")]
    Unfit {
        /// What does not fit.
        why: String,
        /// The file.
        path: PathBuf,
    },
    /// The atlas.
    #[error(transparent)]
    Atlas(#[from] AtlasError),
    /// The ontology.
    #[error(transparent)]
    Ontology(#[from] OntologyError),
}

impl ImportError {
    pub(super) fn unfit(path: &Path, why: String) -> Self {
        Self::Unfit {
            why,
            path: path.to_owned(),
        }
    }

    pub(super) fn io(path: &Path) -> impl Fn(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            source,
            path: path.clone(),
        }
    }
}

impl Explain for ImportError {
    fn explain(&self) -> Explanation {
        let (why, remedy, path) = match self {
            Self::Atlas(error) => return error.explain(),
            Self::Ontology(error) => return error.explain(),
            Self::Io { source, path } => (
                source.to_string(),
                "Check that the file exists and can be read".to_owned(),
                path,
            ),
            Self::Legacy { path } => (
                "it is in the format of PyTorch before 1.6, which is not read".to_owned(),
                "Convert it once with Python: import torch; torch.save(torch.load(\"old.pth\", map_location=\"cpu\", \
                 weights_only=True), \"new.pth\")"
                    .to_owned(),
                path,
            ),
            Self::Weights { why, path } => (
                why.clone(),
                "Pass the state dict of the model as its authors publish it (torch.save(model.state_dict(), …))"
                    .to_owned(),
                path,
            ),
            Self::Array { why, path } => (
                why.clone(),
                "Pass the .npy file of numbers; of a table, save the column in the vocabulary's order with numpy.save"
                    .to_owned(),
                path,
            ),
            Self::Unfit { why, path } => (
                why.clone(),
                "Pass files of one model: weights, vocabulary, embeddings, prior and atlas belong together"
                    .to_owned(),
                path,
            ),
        };
        Explanation {
            what: "This model could not be imported".into(),
            why,
            remedy,
            path: Some(path.clone()),
        }
    }
}
