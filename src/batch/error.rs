//! Why a batch was not decoded or merged.

use std::path::{Path, PathBuf};

use super::Shard;
use crate::error::{Explain, Explanation};
use crate::progress::Cancelled;

/// What stops a batch; what is wrong with one of its maps does not.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// A file or folder.
    #[error("{source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The inputs hold no map.
    #[error("there is no map in them")]
    NoMaps {
        /// Folders and files.
        inputs: Vec<PathBuf>,
    },
    /// Another run writes there.
    #[error("another run of gyrus is writing there")]
    InUse {
        /// The folder of results.
        path: PathBuf,
    },
    /// The folder holds another part.
    #[error("it holds the results of {}", of_shard(*held))]
    OtherShard {
        /// The folder of results.
        path: PathBuf,
        /// What it holds.
        held: Option<Shard>,
    },
    /// A run there is not finished, or none began.
    #[error("it holds no finished results")]
    NotFinished {
        /// The folder of results.
        path: PathBuf,
    },
    /// Shards that do not make one whole.
    #[error("{why}")]
    Mixed {
        /// Of what one has and others have not.
        why: String,
        /// The folder of results.
        path: PathBuf,
    },
    /// The results are not what this program writes.
    #[error("{why}")]
    Damaged {
        /// What is wrong.
        why: String,
        /// The file.
        path: PathBuf,
    },
    /// The user stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

fn of_shard(shard: Option<Shard>) -> String {
    match shard {
        Some(Shard { index, of }) => format!("shard {index} of {of}"),
        None => "a run without shards".to_owned(),
    }
}

impl BatchError {
    /// Wraps what the system said with the path it is about.
    pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

impl Explain for BatchError {
    fn explain(&self) -> Explanation {
        let (what, remedy, path) = match self {
            Self::Io { path, .. } => (
                "The batch could not go on",
                "Check that the folder exists, is writable and has space, then start it again: it goes on where it \
                 was",
                Some(path),
            ),
            Self::NoMaps { inputs } => (
                "No map was found",
                "Name a folder that holds maps (.nii, .nii.gz, .hdr, .mgh, .mgz, .HEAD), or the files themselves",
                inputs.first(),
            ),
            Self::InUse { path } => (
                "The batch was not started",
                "Wait for the other run, or give the results another folder",
                Some(path),
            ),
            Self::OtherShard { path, .. } => (
                "The batch was not started",
                "Give each shard a folder of its own",
                Some(path),
            ),
            Self::NotFinished { path } => (
                "The results were not merged",
                "Start that run again with the same options: it goes on where it was",
                Some(path),
            ),
            Self::Mixed { path, .. } => (
                "The results were not merged",
                "Merge all shards of one run, each once, made by the same program, model and options",
                Some(path),
            ),
            Self::Damaged { path, .. } => (
                "The results there cannot be used",
                "Remove the file and start the run again",
                Some(path),
            ),
            Self::Cancelled(_) => (
                "The batch was stopped",
                "Start it again when you want: it goes on where it was",
                None,
            ),
        };
        Explanation {
            what: what.to_owned(),
            why: self.to_string(),
            remedy: remedy.to_owned(),
            path: path.cloned(),
        }
    }
}
