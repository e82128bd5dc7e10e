//! What the loading thread does.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::folder::{self, MAX_MAPS};
use crate::app::jobs::{Job, JobError, Services};
use crate::app::model::{
    Catalogue, Document, Opened, Source, looks_like_a_session, read_session, session_from_text,
    warmed,
};
use crate::error::Explanation;
use crate::progress::Progress;
use crate::volume::{MapKind, Volume};

/// What the window itself needs.
#[derive(Debug, Clone, Copy)]
pub(super) enum OwnRequest {
    /// The anatomy under the maps.
    Underlay,
    /// Names for the palette.
    Catalogue,
}

/// What the window itself needs, read.
#[derive(Debug)]
pub(super) enum Own {
    /// The anatomy.
    Underlay(Arc<Volume>),
    /// Names.
    Catalogue(Catalogue),
}

/// Something to read.
#[derive(Debug, Clone)]
pub(super) enum LoadRequest {
    /// The example.
    Demo,
    /// A map, a session, or a folder of maps.
    File(PathBuf),
    /// A map file that ends early, as far as it goes: this frame, from 0; as this kind where a layer has one.
    Partial(PathBuf, usize, Option<MapKind>),
    /// The values of a layer, as values of this kind.
    Fill(Source, MapKind),
    /// A session kept by the program itself.
    Kept(String),
    /// The embedded atlas as a map of labels.
    Atlas,
}

/// What was read.
#[derive(Debug)]
pub(super) enum Loaded {
    /// A map.
    Map(Opened),
    /// A session, and where it was read where that is a file.
    Session(Box<Document>, Option<PathBuf>),
    /// The maps of a folder, and how many more there are.
    Folder {
        /// In the order of their names.
        maps: Vec<PathBuf>,
        /// Not opened, for there are too many.
        left_out: usize,
    },
}

pub(super) fn load_own(
    services: &dyn Services,
    request: OwnRequest,
    job: &Job<'_, ()>,
) -> Result<Own, JobError> {
    Ok(match request {
        OwnRequest::Underlay => Own::Underlay(services.underlay(job.progress)?),
        OwnRequest::Catalogue => Own::Catalogue(services.catalogue()),
    })
}

pub(super) fn load(
    services: &dyn Services,
    request: LoadRequest,
    job: &Job<'_, ()>,
) -> Result<Loaded, JobError> {
    let progress = job.progress;
    Ok(match request {
        LoadRequest::Demo => Loaded::Map(warmed(services.demo(progress)?)),
        LoadRequest::File(path) => {
            stage(&path, progress);
            if path.is_dir() {
                return maps_in(&path, progress);
            }
            if looks_like_a_session(&path) {
                let document = read_session(&path).map_err(JobError::of)?;
                return Ok(Loaded::Session(Box::new(document), Some(path)));
            }
            Loaded::Map(warmed(services.open(&path, 0, progress)?))
        }
        LoadRequest::Partial(path, frame, kind) => {
            stage(&path, progress);
            let opened = services.open_partial(&path, frame, progress)?;
            Loaded::Map(warmed(match kind {
                Some(kind) => opened.with_kind(kind),
                None => opened,
            }))
        }
        LoadRequest::Fill(source, kind) => {
            if let Some(path) = source.path() {
                stage(path, progress);
            }
            let opened = services.reopen(&source, progress)?;
            Loaded::Map(warmed(opened.with_kind(kind)))
        }
        LoadRequest::Kept(text) => {
            // Its paths are whole: no folder is needed.
            let document = session_from_text(&text, Path::new("/"), Path::new("the last session"))
                .map_err(JobError::of)?;
            Loaded::Session(Box::new(document), None)
        }
        LoadRequest::Atlas => Loaded::Map(services.atlas_map(progress)?),
    })
}

fn stage(path: &Path, progress: &Progress) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    progress.stage(format!("Opening {name}"));
}

/// The maps of a folder, to be opened one by one.
fn maps_in(path: &Path, progress: &Progress) -> Result<Loaded, JobError> {
    let refused = |why: String| {
        JobError::Failed(Box::new(Explanation {
            what: "Could not open this folder".to_owned(),
            why,
            remedy: "Choose a folder that holds maps (.nii, .nii.gz)".to_owned(),
            path: Some(path.to_owned()),
        }))
    };
    let mut maps = folder::maps(path, progress)
        .map_err(|error| refused(error.to_string()))?
        .ok_or(JobError::Cancelled)?;
    if maps.is_empty() {
        return Err(refused("there are no maps in it".to_owned()));
    }
    let left_out = maps.len().saturating_sub(MAX_MAPS);
    maps.truncate(MAX_MAPS);
    Ok(Loaded::Folder { maps, left_out })
}
