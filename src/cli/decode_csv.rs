//! The scores of decoded maps as CSV, written as the maps are decoded.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::{Failure, Outcome};
use crate::decode::{Reading, scores_csv, scores_csv_head};
use crate::files::WholeFile;

/// A table that appears when it is finished.
#[derive(Debug)]
pub(super) struct ScoreTable {
    path: PathBuf,
    file: WholeFile,
    top: usize,
    maps: usize,
}

impl ScoreTable {
    /// Begins a table of at most `top` tasks and concepts a map.
    ///
    /// # Errors
    /// Where it cannot be written there.
    pub fn create(path: &Path, top: usize) -> Result<Self, Failure> {
        let begin = || {
            let mut file = WholeFile::create(path)?;
            file.write_all(scores_csv_head().as_bytes())?;
            Ok(file)
        };
        Ok(Self {
            path: path.to_owned(),
            file: begin().map_err(failed(path))?,
            top,
            maps: 0,
        })
    }

    /// Adds the scores of a frame (from 0) of a map of this name.
    ///
    /// # Errors
    /// Where the disk does not take them.
    pub fn add(&mut self, name: &str, frame: usize, sides: &[Reading]) -> Outcome {
        self.maps += 1;
        for one in sides {
            let text = scores_csv(name, frame, &one.decoding, &one.provenance, self.top);
            let written = self.file.write_all(text.as_bytes());
            written.map_err(failed(&self.path))?;
        }
        Ok(())
    }

    /// Puts the table under its name, unless no map was added.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn finish(self) -> Outcome {
        if self.maps == 0 {
            return Ok(());
        }
        self.file.finish().map_err(failed(&self.path))
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> Failure {
    let path = path.to_owned();
    move |error| Failure::from_output(&error, Some(path.clone()))
}
