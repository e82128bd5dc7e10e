//! What the saving thread does.

use std::path::PathBuf;
use std::sync::Arc;

use crate::app::jobs::{Job, JobError, Services};
use crate::app::model::{Document, write_session};
use crate::error::Explanation;
use crate::files;
use crate::volume::Volume;

/// Something to write.
#[derive(Debug, Clone)]
pub(super) enum SaveRequest {
    /// A layer as NIfTI.
    Map(PathBuf, Arc<Volume>),
    /// The session.
    Session(PathBuf, Box<Document>),
    /// A table as text.
    Text(PathBuf, String),
}

pub(super) fn save(
    services: &dyn Services,
    request: SaveRequest,
    _: &Job<'_, ()>,
) -> Result<PathBuf, JobError> {
    match request {
        SaveRequest::Map(path, volume) => {
            services.save_map(&volume, &path)?;
            Ok(path)
        }
        SaveRequest::Session(path, document) => {
            write_session(&document, &path).map_err(JobError::of)?;
            Ok(path)
        }
        SaveRequest::Text(path, text) => match files::write_whole(&path, text.as_bytes()) {
            Ok(()) => Ok(path),
            Err(error) => Err(JobError::Failed(Box::new(Explanation {
                what: "The table was not saved".to_owned(),
                why: error.to_string(),
                remedy: "Choose another folder, or make room on the disk".to_owned(),
                path: Some(path),
            }))),
        },
    }
}
