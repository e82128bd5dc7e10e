//! `--frame` of every subcommand that reads maps: counted from 1, and said where there are several.

use std::path::{Path, PathBuf};

use crate::progress::Progress;
use crate::space::{open_map_with, with_space};
use crate::volume::{self, Fault, OpenOptions, Stats, Volume, VolumeError};

/// Which frame is read.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct FrameArgs {
    /// Frame of maps that have several, the first being 1
    #[arg(long = "frame", value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    number: u32,
    /// Open a file that ends early as far as it goes; missing voxels are no data
    #[arg(long)]
    partial: bool,
}

impl FrameArgs {
    /// Opens the frame of a map.
    ///
    /// # Errors
    /// As [`open_map`].
    pub fn open(self, path: &Path, progress: &Progress) -> Result<Volume, VolumeError> {
        open_map_with(path, &self.options(), progress)
    }

    fn options(self) -> OpenOptions {
        OpenOptions {
            frame: self.number as usize - 1,
            partial: self.partial,
            ..OpenOptions::default()
        }
    }

    /// Opens the frame of a map, with a summary of its values.
    ///
    /// # Errors
    /// As [`volume::open_summed`].
    pub fn open_summed(
        self,
        path: &Path,
        progress: &Progress,
    ) -> Result<(Volume, Option<Stats>), VolumeError> {
        let (map, stats) = volume::open_summed(path, &self.options(), progress)?;
        Ok((with_space(map, progress)?, stats))
    }

    /// Opens maps that are looked at together: one that has a single frame is taken as it is beside
    /// others that have several.
    ///
    /// # Errors
    /// As [`Self::open`]; where no map has so many frames, of the first.
    pub fn open_all(
        self,
        paths: &[PathBuf],
        progress: &Progress,
    ) -> Result<Vec<Volume>, VolumeError> {
        let mut maps = Vec::with_capacity(paths.len());
        let mut refused = None;
        for path in paths {
            let opened = self.open(path, progress);
            let single = matches!(
                &opened,
                Err(VolumeError::File {
                    fault: Fault::NoSuchFrame { frames: 1, .. },
                    ..
                })
            );
            if single {
                refused = refused.or(opened.err());
                let first = OpenOptions {
                    frame: 0,
                    ..self.options()
                };
                maps.push(open_map_with(path, &first, progress)?);
            } else {
                maps.push(opened?);
            }
        }
        match refused {
            Some(error) if maps.iter().all(|map| map.frames == 1) => Err(error),
            _ => Ok(maps),
        }
    }
}

/// "frame 3 of 20", of a map whose file holds several.
pub(super) fn of_several(map: &Volume) -> Option<String> {
    (map.frames > 1).then(|| format!("frame {} of {}", map.frame + 1, map.frames))
}

/// The same as a note: which frame was read, and how to read another.
pub(super) fn note(map: &Volume) -> Option<String> {
    (map.frames > 1).then(|| {
        format!(
            "This file holds {} frames; frame {} was read (--frame picks another)",
            map.frames,
            map.frame + 1
        )
    })
}
