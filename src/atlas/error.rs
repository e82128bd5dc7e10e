//! What can go wrong with an atlas.

use std::path::PathBuf;

use crate::error::{Explain, Explanation};
use crate::progress::Cancelled;
use crate::volume::VolumeError;

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
    /// A table of names cannot be used.
    #[error("{path}: {why}")]
    Table {
        /// What was wrong.
        why: String,
        /// The table.
        path: PathBuf,
    },
    /// A map cannot serve as an atlas of regions.
    #[error("{path}: {why}")]
    NoRegions {
        /// What was wrong.
        why: String,
        /// The map.
        path: PathBuf,
    },
    /// A map cannot serve as an atlas of modes.
    #[error("{path}: {why}")]
    NoModes {
        /// What was wrong.
        why: String,
        /// The map.
        path: PathBuf,
    },
    /// The map of an atlas could not be read.
    #[error(transparent)]
    Map(#[from] VolumeError),
    /// The embedded region labels could not be read: a damaged program file.
    #[error("embedded region labels: {why}")]
    Labels {
        /// What was wrong.
        why: String,
    },
}

impl From<Cancelled> for AtlasError {
    fn from(cancelled: Cancelled) -> Self {
        Self::Map(cancelled.into())
    }
}

impl Explain for AtlasError {
    fn explain(&self) -> Explanation {
        let (what, remedy, path) = match self {
            Self::Map(error) => return error.explain(),
            Self::Table { path, .. } => (
                "Could not read the names of this atlas",
                "Choose a table with a column of label numbers and one of names (CSV, TSV, FreeSurfer colour table, FSL XML or JSON)",
                Some(path.clone()),
            ),
            Self::NoRegions { path, .. } => (
                "Could not use this map as an atlas",
                "Choose a map of whole-number labels, or a 4-D map with one region a frame",
                Some(path.clone()),
            ),
            Self::NoModes { path, .. } => (
                "Could not use this map as an atlas",
                "Choose a 4-D map with one mode a frame, as DiFuMo's",
                Some(path.clone()),
            ),
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
            Self::Malformed { why, .. }
            | Self::Labels { why }
            | Self::Table { why, .. }
            | Self::NoRegions { why, .. }
            | Self::NoModes { why, .. } => why.clone(),
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
