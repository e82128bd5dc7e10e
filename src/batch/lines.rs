//! The lines there are, in the results of a run that ended and in the journal of one that has not: where each lies
//! on the disk, not what it says.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::find::Entry;
use super::line::Key;
use super::outputs::Manifest;
use super::{BatchError, Shard, at};
use crate::files::open_regular;

/// A longer line is none of this program's: all scores of a model of some thousand tasks take less.
const MAX_LINE_BYTES: u64 = 64 << 20;

/// Where a line lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    /// From 1.
    frame: usize,
    source: usize,
    offset: u64,
    bytes: usize,
    /// It is to be tried again.
    failed: bool,
}

/// What there is of one file.
#[derive(Debug, Default)]
struct OfFile {
    sha256: Option<String>,
    frames: usize,
    /// The frames that are not there were left out.
    rest_left_out: bool,
    places: Vec<Place>,
}

impl OfFile {
    fn has(&self, frame: usize) -> bool {
        let mut places = self.places.iter();
        places.any(|place| place.frame == frame && !place.failed)
    }
}

/// All lines, by file.
#[derive(Debug, Default)]
pub(super) struct Lines {
    files: BTreeMap<String, OfFile>,
    sources: Vec<PathBuf>,
}

impl Lines {
    /// Takes the lines of a file that belong to a run, in place of what there was of the same frames before.
    /// Nothing where there is no such file. Returns the bytes up to the end of the last whole line.
    ///
    /// # Errors
    /// [`BatchError::Io`].
    pub fn read(&mut self, path: &Path, run: &str) -> Result<u64, BatchError> {
        let file = match open_regular(path) {
            Ok((file, _)) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(BatchError::io(path)(error)),
        };
        let source = self.source(path);
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let (mut offset, mut line) = (0, Vec::new());
        loop {
            line.clear();
            let read = reader.by_ref().take(MAX_LINE_BYTES);
            let bytes = { read }
                .read_until(b'\n', &mut line)
                .map_err(BatchError::io(path))?;
            // What does not end is what was being written when the run stopped.
            if line.pop() != Some(b'\n') {
                return Ok(offset);
            }
            // So may be what a disk lost: such a line is not there.
            if let Ok(key) = serde_json::from_slice::<Key>(&line)
                && key.run == run
            {
                self.add(key, source, offset, line.len());
            }
            offset += bytes as u64;
        }
    }

    fn source(&mut self, path: &Path) -> usize {
        self.sources.push(path.to_owned());
        self.sources.len() - 1
    }

    fn add(&mut self, key: Key, source: usize, offset: u64, bytes: usize) {
        let of = self.files.entry(key.file).or_default();
        // Of other bytes than before, or none that could be read: what was known does not hold any more.
        if of.sha256 != key.sha256 || key.sha256.is_none() {
            *of = OfFile::default();
        }
        of.sha256 = key.sha256;
        of.frames = key.frames;
        of.rest_left_out = key.frames_left_out > 0;
        of.places.retain(|place| place.frame != key.frame);
        of.places.push(Place {
            frame: key.frame,
            source,
            offset,
            bytes,
            failed: key.error.is_some_and(|error| !error.declined),
        });
    }

    /// Forgets the files that are not among these; returns how many lines that were.
    pub fn keep_only(&mut self, entries: &[Entry]) -> usize {
        let mut dropped = 0;
        // Entries are sorted by name.
        self.files.retain(|name, of| {
            let kept = entries.binary_search_by(|entry| entry.name.as_str().cmp(name));
            dropped += if kept.is_err() { of.places.len() } else { 0 };
            kept.is_ok()
        });
        dropped
    }

    /// Whether a frame (from 0) of a file of this digest is there.
    pub fn has(&self, file: &str, sha256: &str, frame: usize) -> bool {
        let of = self.files.get(file);
        of.is_some_and(|of| of.sha256.as_deref() == Some(sha256) && of.has(frame + 1))
    }

    /// Lines of a file of this digest, if all that will be are there.
    pub fn all_of(&self, file: &str, sha256: &str) -> Option<usize> {
        let of = self.files.get(file)?;
        let whole = of.rest_left_out || of.places.len() == of.frames;
        let sound = of.places.iter().all(|place| !place.failed);
        (of.sha256.as_deref() == Some(sha256) && whole && sound).then_some(of.places.len())
    }

    /// Hands over every line, by file and frame.
    ///
    /// # Errors
    /// [`BatchError::Io`], and those of `take`.
    pub fn for_each(
        &self,
        mut take: impl FnMut(&[u8]) -> Result<(), BatchError>,
    ) -> Result<(), BatchError> {
        let mut open: Vec<Option<File>> = Vec::new();
        for path in &self.sources {
            // One that only lines that were replaced came from may be gone.
            open.push(File::open(path).ok());
        }
        let mut line = Vec::new();
        for of in self.files.values() {
            let mut places = of.places.clone();
            places.sort_by_key(|place| place.frame);
            for place in places {
                let path = &self.sources[place.source];
                let gone = || BatchError::io(path)(ErrorKind::NotFound.into());
                let file = open[place.source].as_mut().ok_or_else(gone)?;
                line.resize(place.bytes, 0);
                file.seek(SeekFrom::Start(place.offset))
                    .and_then(|_| file.read_exact(&mut line))
                    .map_err(BatchError::io(path))?;
                take(&line)?;
            }
        }
        Ok(())
    }
}

/// Lines of a run that has not ended, in the order they came.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    source: usize,
    end: u64,
}

impl Journal {
    /// Opens the journal of a run, made where there is none, and takes the lines that are there. What is left of a
    /// line that was being written is cut off.
    ///
    /// # Errors
    /// [`BatchError::InUse`], [`BatchError::OtherShard`], [`BatchError::Io`].
    pub fn open(
        folder: &Path,
        shard: Option<Shard>,
        run: &str,
        lines: &mut Lines,
    ) -> Result<Self, BatchError> {
        let name = journal_name(shard);
        for other in journals(folder)? {
            if other != name {
                return Err(BatchError::OtherShard {
                    path: folder.to_owned(),
                    held: shard_of(&other),
                });
            }
        }
        if let Some(manifest) = Manifest::read(folder)?
            && manifest.shard != shard
        {
            return Err(BatchError::OtherShard {
                path: folder.to_owned(),
                held: manifest.shard,
            });
        }
        let path = at(folder, &name);
        let open = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(&path);
        let file = open.map_err(BatchError::io(&path))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                return Err(BatchError::InUse {
                    path: folder.to_owned(),
                });
            }
            // A file system without locks does without.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let end = lines.read(&path, run)?;
        file.set_len(end).map_err(BatchError::io(&path))?;
        let source = lines.source(&path);
        Ok(Self {
            path,
            file,
            source,
            end,
        })
    }

    /// Adds a line, in one write.
    ///
    /// # Errors
    /// [`BatchError::Io`].
    pub fn append(&mut self, line: &str, lines: &mut Lines) -> Result<(), BatchError> {
        let text = format!("{line}\n");
        let written = self.file.write_all(text.as_bytes());
        written.map_err(BatchError::io(&self.path))?;
        let key = serde_json::from_str::<Key>(line).map_err(|error| BatchError::Damaged {
            why: error.to_string(),
            path: self.path.clone(),
        })?;
        lines.add(key, self.source, self.end, line.len());
        self.end += text.len() as u64;
        Ok(())
    }

    /// Removes it, once its lines are among the results.
    ///
    /// # Errors
    /// [`BatchError::Io`].
    pub fn remove(self) -> Result<(), BatchError> {
        fs::remove_file(&self.path).map_err(BatchError::io(&self.path))
    }
}

fn journal_name(shard: Option<Shard>) -> String {
    match shard {
        Some(Shard { index, of }) => format!("journal-{index}-of-{of}.jsonl"),
        None => "journal.jsonl".to_owned(),
    }
}

/// The shard a journal of this name is of.
fn shard_of(name: &str) -> Option<Shard> {
    let rest = name.strip_prefix("journal-")?.strip_suffix(".jsonl")?;
    let (index, of) = rest.split_once("-of-")?;
    Some(Shard {
        index: index.parse().ok()?,
        of: of.parse().ok()?,
    })
}

/// Names of the journals in a folder.
pub(super) fn journals(folder: &Path) -> Result<Vec<String>, BatchError> {
    let entries = fs::read_dir(folder).map_err(BatchError::io(folder))?;
    let names = entries.flatten().map(|entry| entry.file_name());
    let names = names.filter_map(|name| name.to_str().map(str::to_owned));
    let is = |name: &String| name == "journal.jsonl" || shard_of(name).is_some();
    Ok(names.filter(is).collect())
}
