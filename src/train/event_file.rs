//! The events of a run as a file, a line of JSON each: to be read while the run goes on, or long after.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Event, TrainPlan};

/// Longest line read: settings and a model card are a few kilobytes.
const MAX_LINE_BYTES: u64 = 1 << 20;

/// The first line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunStart {
    /// Version of the program.
    pub gyrus: String,
    /// What was asked for.
    pub plan: TrainPlan,
}

/// A file that is being written.
#[derive(Debug)]
pub struct EventFile {
    file: File,
    trouble: Option<String>,
}

impl EventFile {
    /// Begins a file anew.
    ///
    /// # Errors
    /// The system's reason.
    pub fn create(path: &Path, plan: &TrainPlan) -> io::Result<Self> {
        let mut own = Self {
            file: File::create(path)?,
            trouble: None,
        };
        let start = RunStart {
            gyrus: env!("CARGO_PKG_VERSION").to_owned(),
            plan: plan.clone(),
        };
        own.line(&start)?;
        Ok(own)
    }

    /// Adds an event. Failing to is no reason to end the run: [`EventFile::trouble`] tells.
    pub fn write(&mut self, event: &Event) {
        if self.trouble.is_none()
            && let Err(error) = self.line(event)
        {
            self.trouble = Some(error.to_string());
        }
    }

    /// Why not all was written.
    pub fn trouble(self) -> Option<String> {
        self.trouble
    }

    fn line(&mut self, what: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_string(what)?;
        line.push('\n');
        // At once, so that whoever reads along sees whole lines.
        self.file.write_all(line.as_bytes())
    }
}

/// Reads a file along while it is written.
#[derive(Debug)]
pub struct EventReader {
    file: BufReader<File>,
    /// What was asked for.
    pub start: RunStart,
}

impl EventReader {
    /// Opens a file and reads its first line.
    ///
    /// # Errors
    /// The system's reason; a file that is none of a run.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = BufReader::new(File::open(path)?);
        let first = whole_line(&mut file)?;
        let none = || {
            io::Error::new(
                io::ErrorKind::InvalidData,
                "it is no list of a run's events",
            )
        };
        let start = first.and_then(|line| serde_json::from_str(&line).ok());
        Ok(Self {
            start: start.ok_or_else(none)?,
            file,
        })
    }

    /// Events written since the last call; lines of a newer program are passed over.
    ///
    /// # Errors
    /// The system's reason.
    pub fn read(&mut self) -> io::Result<Vec<Event>> {
        let mut events = Vec::new();
        while let Some(line) = whole_line(&mut self.file)? {
            events.extend(serde_json::from_str::<Event>(&line).ok());
        }
        Ok(events)
    }
}

/// The next line, if it is there whole.
fn whole_line(file: &mut BufReader<File>) -> io::Result<Option<String>> {
    let from = file.stream_position()?;
    let mut line = Vec::new();
    io::Read::take(&mut *file, MAX_LINE_BYTES).read_until(b'\n', &mut line)?;
    match line.last() {
        Some(b'\n') => Ok(Some(String::from_utf8_lossy(&line).into_owned())),
        // Half a line is read again when the rest is there.
        _ => {
            file.seek(SeekFrom::Start(from))?;
            Ok(None)
        }
    }
}
