//! A file that is on its way: `NAME.part` beside its target, which stays where it is when a download is cut short.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::AssetError;
use crate::files;
use crate::progress::Progress;

/// A server's name for a version of a file is short.
const MAX_TAG_BYTES: u64 = 1 << 10;

/// What is there of a file, and its sum so far.
pub(super) struct Part {
    target: PathBuf,
    path: PathBuf,
    file: File,
    len: u64,
    sum: Sha256,
    tag: Option<String>,
}

/// The name of a target's part.
pub(super) fn part_path(target: &Path) -> PathBuf {
    with_ending(target, ".part")
}

/// The name of the note that says which version a part is of.
fn tag_path(target: &Path) -> PathBuf {
    with_ending(target, ".part.tag")
}

fn with_ending(target: &Path, ending: &str) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

impl Part {
    /// Opens what is there, or begins it; nobody else may be at it. What is there is read for its sum.
    ///
    /// # Errors
    /// [`AssetError::Busy`], [`AssetError::Io`], [`AssetError::Cancelled`].
    pub(super) fn open(target: &Path, most: u64, progress: &Progress) -> Result<Self, AssetError> {
        let path = part_path(target);
        let failed = |source| AssetError::io("written", &path, source);
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(AssetError::Busy { path }),
            // A file system without locks does without.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let mut part = Self {
            target: target.to_owned(),
            path: path.clone(),
            file,
            len: 0,
            sum: Sha256::new(),
            tag: None,
        };
        if part.file.metadata().map_err(failed)?.len() > most {
            part.reset()?;
        }
        let mut block = vec![0; 1 << 16];
        loop {
            progress.check()?;
            match part.file.read(&mut block).map_err(failed)? {
                0 => break,
                read => {
                    part.sum.update(&block[..read]);
                    part.len += read as u64;
                }
            }
        }
        if part.len > 0 {
            part.tag = files::read_text(&tag_path(target), MAX_TAG_BYTES).ok();
        }
        Ok(part)
    }

    /// Bytes that are there.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// The server's name for the version they are of.
    pub(super) fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// Keeps the server's name for the version that is coming. A part without one can still be gone on with:
    /// its sum tells in the end.
    pub(super) fn set_tag(&mut self, tag: Option<&str>) {
        let path = tag_path(&self.target);
        match tag {
            Some(tag) => files::write_whole(&path, tag.as_bytes()).ok(),
            None => fs::remove_file(&path).ok(),
        };
        self.tag = tag.map(str::to_owned);
    }

    /// Begins again with nothing.
    ///
    /// # Errors
    /// [`AssetError::Io`].
    pub(super) fn reset(&mut self) -> Result<(), AssetError> {
        let emptied = self.file.set_len(0).and_then(|()| self.file.rewind());
        emptied.map_err(|source| AssetError::io("written", &self.path, source))?;
        self.len = 0;
        self.sum = Sha256::new();
        self.set_tag(None);
        Ok(())
    }

    /// Adds bytes at its end.
    ///
    /// # Errors
    /// [`AssetError::Io`].
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), AssetError> {
        if let Err(source) = self.file.write_all(bytes) {
            // What was written of the block is not in the sum: it goes, so that the part stays what it says.
            self.file.set_len(self.len).ok();
            return Err(AssetError::io("written", &self.path, source));
        }
        self.sum.update(bytes);
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// The sum of what is there.
    pub(super) fn sum(&self) -> String {
        files::hex(&self.sum.clone().finalize())
    }

    /// Puts it under its name.
    ///
    /// # Errors
    /// [`AssetError::Io`]; what was under the name before is then as it was.
    pub(super) fn finish(self) -> Result<(), AssetError> {
        let put = |part: &Self| -> io::Result<()> {
            part.file.sync_all()?;
            fs::rename(&part.path, &part.target)
        };
        put(&self).map_err(|source| AssetError::io("written", &self.target, source))?;
        fs::remove_file(tag_path(&self.target)).ok();
        Ok(())
    }

    /// Removes it.
    pub(super) fn discard(self) {
        discard(&self.target);
    }
}

/// Removes what is left of a download of `target`.
pub(super) fn discard(target: &Path) {
    fs::remove_file(part_path(target)).ok();
    fs::remove_file(tag_path(target)).ok();
}
