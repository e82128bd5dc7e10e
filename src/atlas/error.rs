//! What can go wrong with an atlas.

use std::path::PathBuf;

use crate::error::{Explain, Explanation};

/// An atlas could not be made, read or written.
#[derive(Debug, thiserror::Error)]
pub enum AtlasError {
    /// The stored atlas is damaged or of another layout.
    #[error("not a Gyrus soft atlas: {why}")]
    Malformed {
        /// What was wrong.
        why: String,
        /// The file, where there is one.
        path: Option<PathBuf>,
    },
    /// Modes and mask do not fit each other.
    #[error("mode {mode} holds voxel {voxel}, the mask has {mask}")]
    VoxelOutsideMask {
        /// Number of the mode.
        mode: usize,
        /// The offending position.
        voxel: u32,
        /// Voxels in the mask.
        mask: usize,
    },
    /// The modes cannot be told apart (their Gram matrix is not positive definite).
    #[error("the modes are not finite or not independent (pivot {pivot})")]
    Degenerate {
        /// The failing row of the factorisation.
        pivot: usize,
    },
    /// A pre-processing chain this version does not know.
    #[error("unknown pre-processing chain “{name}”")]
    UnknownPreprocess {
        /// The name as stored.
        name: String,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The embedded region labels could not be read: a damaged program file.
    #[error("embedded region labels: {why}")]
    Labels {
        /// What was wrong.
        why: String,
    },
}

impl Explain for AtlasError {
    fn explain(&self) -> Explanation {
        let (what, remedy, path) = match self {
            Self::Malformed { path, .. } => (
                "Could not read this atlas",
                "Learn it again with `gyrus atlas learn`, or get a whole copy",
                path.clone(),
            ),
            Self::VoxelOutsideMask { .. } | Self::Degenerate { .. } => (
                "Could not use this atlas",
                "Learn it again with `gyrus atlas learn`",
                None,
            ),
            Self::UnknownPreprocess { .. } => (
                "Could not use this model",
                "It was made by a newer Gyrus: update this program",
                None,
            ),
            Self::Io { path, .. } => (
                "Could not read or write this atlas",
                "Check that the file exists, may be accessed, and that the disk has space",
                Some(path.clone()),
            ),
            Self::Labels { .. } => (
                "Could not load the region names",
                "Install Gyrus again",
                None,
            ),
        };
        let why = match self {
            Self::Malformed { why, .. } | Self::Labels { why } => why.clone(),
            Self::Io { source, .. } => source.to_string(),
            other => other.to_string(),
        };
        Explanation {
            what: what.into(),
            why,
            remedy: remedy.into(),
            path,
        }
    }
}
