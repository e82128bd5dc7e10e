//! From a file to its lines.

use rayon::prelude::*;

use super::find::Entry;
use super::line::{Failed, Of, decoded, failed};
use super::lines::Lines;
use super::{BatchError, Options};
use crate::bundle::Bundle;
use crate::decode::{DecodeError, Unsuitable, read_sides};
use crate::error::{Explain as _, Explanation};
use crate::ontology::Ontology;
use crate::progress::Progress;
use crate::space::with_space;
use crate::volume::{MapFile, Volume, VolumeError};

/// Values of frames held at once of a file that has several.
const MAX_VALUES_HELD: usize = 1 << 27;

/// What all files have in common.
pub(super) struct Work<'a> {
    pub bundle: &'a Bundle,
    pub ontology: &'a Ontology,
    pub options: &'a Options,
    pub run: &'a str,
}

/// What to do about a file.
pub(super) enum Step {
    /// Nothing: so many lines are there.
    Kept(usize),
    /// It has one, which is this.
    Line(String),
    /// These frames of it (from 0) are to be decoded.
    Frames(Box<MapFile>, Vec<usize>),
}

impl Work<'_> {
    /// Opens a file, and decodes it where it has one frame.
    pub fn begin(&self, entry: &Entry, lines: &Lines) -> Step {
        let of = |sha256| Of {
            file: &entry.name,
            frame: 0,
            frames: 1,
            sha256,
            run: self.run,
        };
        if let Some(why) = &entry.unreadable {
            let told = Explanation {
                what: "Could not look into this folder".to_owned(),
                why: why.clone(),
                remedy: "Check that it may be read, then start the batch again".to_owned(),
                path: None,
            };
            return Step::Line(failed(of(None), &Failed::new(told, false), 0));
        }
        // A handle of its own: what readers say of their stage is not what the batch says of itself.
        let quiet = Progress::new();
        let file = match MapFile::open(&entry.path, &quiet) {
            Ok(file) => file,
            Err(error) => {
                let why = Failed::new(error.explain(), false);
                return Step::Line(failed(of(None), &why, 0));
            }
        };
        if let Some(kept) = lines.all_of(&entry.name, file.hash()) {
            return Step::Kept(kept);
        }
        if file.frames() > 1 {
            let left = (0..file.frames()).filter(|&n| !lines.has(&entry.name, file.hash(), n));
            let left = left.collect();
            return Step::Frames(Box::new(file), left);
        }
        let volume = file.frame(0, &quiet);
        Step::Line(self.line(of(Some(file.hash())), volume).0)
    }

    /// Decodes some frames of a file, a few at once, and hands over their lines. Where the first one is no statistic
    /// the others are not looked at.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn frames(
        &self,
        entry: &Entry,
        file: &MapFile,
        left: &[usize],
        write: &mut dyn FnMut(&[String]) -> Result<(), BatchError>,
    ) -> Result<(), BatchError> {
        let quiet = Progress::new();
        let frames = file.frames();
        let of = |frame| Of {
            file: &entry.name,
            frame,
            frames,
            sha256: Some(file.hash()),
            run: self.run,
        };
        let mut left = left;
        if let Some((0, rest)) = left.split_first() {
            let (first, no_statistic) = self.line(of(0), file.frame(0, &quiet));
            if let Some(why) = no_statistic {
                return write(&[failed(of(0), &why, frames - 1)]);
            }
            write(&[first])?;
            left = rest;
        }
        let voxels = file.info().shape.iter().product::<usize>().max(1);
        let room = MAX_VALUES_HELD / voxels;
        let at_once = room.clamp(1, 2 * rayon::current_num_threads());
        for some in left.chunks(at_once) {
            // One after another: a packed file is a stream.
            let read: Vec<_> = some
                .iter()
                .map(|&frame| (frame, file.frame(frame, &quiet)))
                .collect();
            let made: Vec<String> = read
                .into_par_iter()
                .map(|(frame, volume)| self.line(of(frame), volume).0)
                .collect();
            write(&made)?;
        }
        Ok(())
    }

    /// The line of a frame; with the reason, where it is no statistic, so that the frames behind it are none either.
    fn line(&self, of: Of<'_>, volume: Result<Volume, VolumeError>) -> (String, Option<Failed>) {
        let quiet = Progress::new();
        let volume = match volume.and_then(|volume| with_space(volume, &quiet)) {
            Ok(volume) => volume,
            Err(error) => return (failed(of, &Failed::new(error.explain(), false), 0), None),
        };
        let Options {
            top,
            tail,
            prior,
            anyway,
        } = *self.options;
        match read_sides(
            self.bundle,
            self.ontology,
            &volume,
            tail,
            anyway,
            (prior, &[]),
            &quiet,
        ) {
            Ok(read) => (decoded(of, &volume, &read, top), None),
            Err(error) => {
                let declined = matches!(
                    error,
                    DecodeError::NotAStatistic(_) | DecodeError::Declined(_)
                );
                let no_statistic = matches!(
                    error,
                    DecodeError::NotAStatistic(_)
                        | DecodeError::Declined(Unsuitable::Anatomy | Unsuitable::RawIntensities)
                );
                let why = Failed::new(error.explain(), declined);
                let line = failed(of, &why, 0);
                (line, (no_statistic && !anyway).then_some(why))
            }
        }
    }
}
