//! The file whose frames were looked at last.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::app::jobs::JobError;
use crate::app::model::{Opened, Source, warmed};
use crate::progress::Progress;
use crate::space;
use crate::volume::MapFile;

/// A file by its path.
type Known = (PathBuf, Arc<MapFile>);

/// Its header is read and its bytes hashed once, and again when it was written anew.
#[derive(Clone, Default)]
pub(super) struct LastFile {
    last: Arc<Mutex<Option<Known>>>,
}

impl LastFile {
    pub(super) fn open(&self, path: &Path, progress: &Progress) -> Result<Arc<MapFile>, JobError> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, file)) = &*last
            && known == path
            && file.is_current()
        {
            return Ok(Arc::clone(file));
        }
        let file = MapFile::open(path, progress);
        let file = Arc::new(file.map_err(|error| JobError::told(progress, error))?);
        *last = Some((path.to_owned(), Arc::clone(&file)));
        Ok(file)
    }

    pub(super) fn frame(
        &self,
        path: &Path,
        frame: usize,
        progress: &Progress,
    ) -> Result<Opened, JobError> {
        let file = self.open(path, progress)?;
        progress.stage(format!("Reading frame {} of {}", frame + 1, file.frames()));
        let volume = file
            .frame(frame, progress)
            .and_then(|volume| space::with_space(volume, progress))
            .map_err(|error| JobError::told(progress, error))?;
        Ok(warmed(Opened {
            name: volume.name.clone(),
            source: Source::File {
                path: path.to_owned(),
                hash: volume.hash.clone(),
                frame,
            },
            volume: Arc::new(volume),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_file_written_again_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.nii");
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats/nifti");
        let last = LastFile::default();
        let progress = Progress::new();
        let open = |name: &str| {
            std::fs::write(&path, std::fs::read(fixtures.join(name)).unwrap()).unwrap();
            last.open(&path, &progress).unwrap()
        };
        let first = open("float32_le.nii");
        let same = last.open(&path, &progress).unwrap();
        assert!(Arc::ptr_eq(&first, &same));
        let second = open("uint8_le.nii");
        assert!(first.hash() != second.hash() && second.is_current());
    }
}
