//! The values of one voxel in all frames.

use std::path::Path;

use super::map_file::LastFile;
use crate::app::jobs::JobError;
use crate::progress::Progress;

/// A time course.
#[derive(Debug, Clone)]
pub(super) struct Course {
    /// One a frame; NaN where there is none.
    pub values: Vec<f32>,
    /// Seconds from one frame to the next, where the file says so.
    pub step_s: Option<f64>,
}

/// Reads it.
pub(super) fn read(
    last: &LastFile,
    path: &Path,
    voxel: [usize; 3],
    progress: &Progress,
) -> Result<Course, JobError> {
    let file = last.open(path, progress)?;
    let values = file.time_course(voxel, progress);
    Ok(Course {
        values: values.map_err(|error| JobError::told(progress, error))?,
        step_s: file.info().frame_step_s,
    })
}
