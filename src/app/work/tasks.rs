//! What the workers do where it is more than one call of a service.

use std::path::PathBuf;

use super::requests::{LoadRequest, Loaded, Peaks, PeaksKey, SaveRequest};
use crate::app::jobs::JobError;
use crate::app::services::Services;
use crate::error::Explain as _;
use crate::progress::Task;
use crate::render::{Signs, export};
use crate::volume::{ClusterOptions, Volume, clusters};

/// Size of a saved picture, pixels: twice the window as designed.
const PICTURE_PX: [u32; 2] = [2560, 1600];

pub(super) fn load(
    services: &dyn Services,
    request: LoadRequest,
    task: &Task,
) -> Result<Loaded, JobError> {
    Ok(match request {
        LoadRequest::Underlay => Loaded::Underlay(services.underlay(task)?),
        LoadRequest::Demo => Loaded::Map(services.demo(task)?),
        LoadRequest::File(path) => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            task.stage(format!("Opening {name}"));
            Loaded::Map(services.open(&path, task)?)
        }
        LoadRequest::Catalogue => Loaded::Catalogue(services.catalogue()),
    })
}

pub(super) fn save(
    services: &dyn Services,
    request: SaveRequest,
    task: &Task,
) -> Result<PathBuf, JobError> {
    match request {
        SaveRequest::Map(path, volume) => {
            services.save_map(&volume, &path)?;
            Ok(path)
        }
        SaveRequest::Picture(path, scene) => {
            task.stage("Drawing the picture");
            export::write_png(&scene, PICTURE_PX, export::Backend::Cpu, &path)
                .map_err(|error| JobError::Failed(Box::new(error.explain())))?;
            Ok(path)
        }
    }
}

pub(super) fn peaks(key: PeaksKey, volume: &Volume, task: &Task) -> Result<Peaks, JobError> {
    let options = ClusterOptions {
        two_sided: key.signs != Signs::Positive,
        max_sub_peaks: 0,
        ..ClusterOptions::at(key.threshold)
    };
    let clusters = match clusters(volume, &options, task) {
        Ok(mut found) => {
            found.retain(|c| c.positive || key.signs != Signs::Positive);
            found.retain(|c| !c.positive || key.signs != Signs::Negative);
            found
        }
        Err(_) if task.is_cancelled() => return Err(JobError::Cancelled),
        // Labels and colours have no peaks: an empty list says so.
        Err(_) => Vec::new(),
    };
    Ok(Peaks { key, clusters })
}
