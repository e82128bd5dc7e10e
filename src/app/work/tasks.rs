//! What the workers do where it is more than one call of a service.

use std::path::Path;

use super::requests::{LoadRequest, Loaded, Peaks, PeaksKey, SaveRequest, Saved};
use crate::app::display::{first_look, first_values};
use crate::app::document::Source;
use crate::app::folder::{self, MAX_MAPS};
use crate::app::jobs::JobError;
use crate::app::services::{Opened, Services};
use crate::app::session;
use crate::error::Explanation;
use crate::files;
use crate::measure::peak_rows;
use crate::progress::Progress;
use crate::render::export::Backend;
use crate::render::{RenderError, Signs, warm};
use crate::volume::{Cluster, ClusterOptions, MapKind, Volume, VolumeError, clusters};

pub(super) fn load(
    services: &dyn Services,
    request: LoadRequest,
    progress: &Progress,
) -> Result<Loaded, JobError> {
    Ok(match request {
        LoadRequest::Underlay => Loaded::Underlay(services.underlay(progress)?),
        LoadRequest::Demo => Loaded::Map(looked_at(services.demo(progress)?)),
        LoadRequest::File(path) => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            progress.stage(format!("Opening {name}"));
            if path.is_dir() {
                return maps_in(&path, progress);
            }
            if session::looks_like_a_session(&path) {
                let document = session::read(&path).map_err(JobError::of)?;
                return Ok(Loaded::Session(Box::new(document), Some(path)));
            }
            Loaded::Map(looked_at(services.open(&path, 0, progress)?))
        }
        LoadRequest::Fill(source) => {
            if let Source::File { path, .. } = &source {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                progress.stage(format!("Opening {name}"));
            }
            Loaded::Map(looked_at(services.reopen(&source, progress)?))
        }
        LoadRequest::Kept(text) => {
            // Its paths are whole: no folder is needed.
            let document = session::from_text(&text, Path::new("/"), Path::new("the last session"))
                .map_err(JobError::of)?;
            Loaded::Session(Box::new(document), None)
        }
        LoadRequest::Atlas => Loaded::Map(services.atlas_map(progress)?),
        LoadRequest::Catalogue => Loaded::Catalogue(services.catalogue()),
    })
}

/// Works out the first look here, off the window's thread, which finds it done.
pub(super) fn looked_at(opened: Opened) -> Opened {
    first_look(&opened.volume).point_mm(&opened.volume);
    first_values(&opened.volume);
    warm(&opened.volume);
    opened
}

pub(super) fn drawing(error: RenderError) -> JobError {
    match error {
        RenderError::Stopped(_) => JobError::Cancelled,
        other => JobError::of(other),
    }
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

pub(super) fn save(
    services: &dyn Services,
    request: SaveRequest,
    progress: &Progress,
) -> Result<Saved, JobError> {
    match request {
        SaveRequest::Map(path, volume) => {
            services.save_map(&volume, &path)?;
            Ok(Saved::File(path))
        }
        SaveRequest::Session(path, document) => {
            session::write(&document, &path).map_err(JobError::of)?;
            Ok(Saved::File(path))
        }
        SaveRequest::Table(path, text) => {
            files::write_whole(&path, text.as_bytes()).map_err(|error| {
                JobError::Failed(Box::new(Explanation {
                    what: "The table was not saved".to_owned(),
                    why: error.to_string(),
                    remedy: "Choose another folder, or make room on the disk".to_owned(),
                    path: Some(path.clone()),
                }))
            })?;
            Ok(Saved::File(path))
        }
        SaveRequest::Figure(path, figure) => {
            progress.stage("Drawing the figure");
            figure
                .write(Backend::Cpu, &path, progress)
                .map_err(drawing)?;
            Ok(Saved::File(path))
        }
        SaveRequest::Copy(figure) => {
            progress.stage("Drawing the figure");
            let pixels = figure.draw(Backend::Cpu, progress).map_err(drawing)?;
            Ok(Saved::Picture(Box::new(pixels)))
        }
    }
}

pub(super) fn peaks(
    services: &dyn Services,
    key: PeaksKey,
    volume: &Volume,
    progress: &Progress,
) -> Result<Peaks, JobError> {
    // A picture of the head is one cluster of millions of voxels, and means nothing.
    let found = if volume.kind == MapKind::Anatomy {
        Ok(Vec::new())
    } else {
        clusters_of(&key, volume, progress)
    };
    let clusters = match found {
        Ok(found) => found,
        Err(_) if progress.is_cancelled() => return Err(JobError::Cancelled),
        // Labels and colours have no peaks: an empty list says so.
        Err(_) => Vec::new(),
    };
    let rows = peak_rows(&clusters, |at_mm| {
        services.region_at(at_mm).map(|hit| hit.to_string())
    });
    Ok(Peaks {
        key,
        clusters,
        rows,
    })
}

/// The clusters of the signs wanted, positive ones first: in one pass where both signs share a
/// threshold, else in one a sign.
fn clusters_of(
    key: &PeaksKey,
    volume: &Volume,
    progress: &Progress,
) -> Result<Vec<Cluster>, VolumeError> {
    let beyond = |threshold: f32, two_sided: bool| {
        let options = ClusterOptions {
            two_sided,
            min_voxels: key.extent_voxels,
            ..ClusterOptions::at(threshold)
        };
        Ok::<_, VolumeError>(clusters(volume, &options, progress)?.list)
    };
    let [above, below] = key.thresholds;
    let negative = || -> Result<Vec<Cluster>, VolumeError> {
        let mut found = beyond(below, true)?;
        found.retain(|cluster| !cluster.positive);
        Ok(found)
    };
    match key.signs {
        Signs::Positive => beyond(above, false),
        Signs::Negative => negative(),
        Signs::Both if above.to_bits() == below.to_bits() => beyond(above, true),
        Signs::Both => {
            let mut found = beyond(above, false)?;
            found.extend(negative()?);
            Ok(found)
        }
    }
}
