//! The scores of decoded maps as CSV: one line a score, written as the maps are decoded.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::say::path_text;
use super::{Failure, Outcome};
use crate::decode::{Decoding, Tail};
use crate::files::WholeFile;
use crate::measure::csv_text;

const HEAD: &str = "map,map_sha256,bundle,tail,level,rank,name,id,similarity,likelihood,prior,posterior,bayes_factor,probability,frame\n";

/// A table that appears when it is finished.
#[derive(Debug)]
pub(super) struct ScoreTable {
    path: PathBuf,
    file: WholeFile,
    bundle: String,
    top: usize,
    maps: usize,
}

impl ScoreTable {
    /// Begins a table of at most `top` tasks and concepts a map.
    ///
    /// # Errors
    /// Where it cannot be written there.
    pub fn create(path: &Path, bundle: &str, top: usize) -> Result<Self, Failure> {
        let begin = || {
            let mut file = WholeFile::create(path)?;
            file.write_all(HEAD.as_bytes())?;
            Ok(file)
        };
        Ok(Self {
            path: path.to_owned(),
            file: begin().map_err(failed(path))?,
            bundle: bundle.to_owned(),
            top,
            maps: 0,
        })
    }

    /// Adds the scores of a frame (from 0) of a map.
    ///
    /// # Errors
    /// Where the disk does not take them.
    pub fn add(&mut self, map: &Path, hash: &str, frame: usize, decodings: &[Decoding]) -> Outcome {
        let mut text = String::new();
        for decoding in decodings {
            let tail = match decoding.tail {
                Tail::Pos => "pos",
                Tail::Neg => "neg",
                Tail::Both => "both",
            };
            let head = format!(
                "{},{hash},{},{tail}",
                csv_text(&path_text(map)),
                self.bundle
            );
            self.scores(&mut text, &head, frame + 1, decoding);
        }
        self.maps += 1;
        self.file
            .write_all(text.as_bytes())
            .map_err(failed(&self.path))
    }

    fn scores(&self, out: &mut String, head: &str, frame: usize, decoding: &Decoding) {
        // Writing to a String cannot fail.
        for (rank, t) in decoding.tasks.iter().take(self.top).enumerate() {
            let _ = writeln!(
                out,
                "{head},task,{},{},{},{},{},{},{},{},,{frame}",
                rank + 1,
                csv_text(&t.name),
                csv_text(&t.id),
                t.similarity,
                t.likelihood,
                t.prior,
                t.posterior,
                t.bayes_factor
            );
        }
        let concepts = decoding.concepts.iter().take(self.top).enumerate();
        let concepts = concepts.map(|group| ("concept", group));
        let domains = decoding.domains.iter().enumerate();
        for (level, (rank, group)) in concepts.chain(domains.map(|group| ("domain", group))) {
            let _ = writeln!(
                out,
                "{head},{level},{},{},{},,,,,,{},{frame}",
                rank + 1,
                csv_text(&group.name),
                csv_text(&group.id),
                group.probability
            );
        }
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
