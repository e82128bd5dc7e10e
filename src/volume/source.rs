//! Where bytes come from: a file or a slice, plain or gzip (told by its first bytes, never by its
//! name), hashed as they pass and stoppable at every read.

use std::io::{self, BufRead as _, BufReader, Read};

use super::error::Fault;
use super::hash::Hasher;
use super::identity::is_sampled;
use crate::progress::Progress;
use flate2::bufread::MultiGzDecoder;

/// First bytes of a gzip stream.
pub(super) const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const BUFFER: usize = 256 * 1024;
/// Deflate cannot expand a byte to more than this many.
const DEFLATE_LIMIT: u64 = 1032;

/// Hashes and counts what is read, and fails once the task is cancelled.
struct Tap<R> {
    inner: R,
    /// `None` where the file was hashed before.
    sha: Option<Hasher>,
    progress: Progress,
    passed: u64,
    total: u64,
}

impl<R: Read> Read for Tap<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.progress.check().map_err(io::Error::other)?;
        let n = self.inner.read(buf)?;
        if let Some(sha) = &mut self.sha {
            sha.update(&buf[..n]);
        }
        self.passed += n as u64;
        if self.total > 0 {
            self.progress
                .set_fraction(self.passed as f32 / self.total as f32);
        }
        Ok(n)
    }
}

enum Stream<R: Read> {
    Plain(BufReader<Tap<R>>),
    Gzip(Box<MultiGzDecoder<BufReader<Tap<R>>>>),
}

/// A stream of uncompressed bytes.
pub(super) struct Source<R: Read> {
    stream: Stream<R>,
    /// Looked at, but not delivered yet.
    ahead: Vec<u8>,
    /// Uncompressed bytes delivered.
    delivered: u64,
    /// Bytes of the file as it lies on disk.
    size: u64,
}

impl<R: Read> Source<R> {
    /// `size` is the file's length on disk. Files too long to be hashed whole are not hashed.
    pub fn new(inner: R, size: u64, progress: &Progress) -> Result<Self, Fault> {
        Self::from_start(inner, size, !is_sampled(size), progress)
    }

    /// As [`Self::new`], for a file known already: not hashed.
    pub fn again(inner: R, size: u64, progress: &Progress) -> Result<Self, Fault> {
        Self::from_start(inner, size, false, progress)
    }

    fn from_start(inner: R, size: u64, hash: bool, progress: &Progress) -> Result<Self, Fault> {
        let tap = Tap {
            inner,
            sha: hash.then(|| Hasher::new(size)),
            progress: progress.clone(),
            passed: 0,
            total: size,
        };
        let mut reader = BufReader::with_capacity(BUFFER, tap);
        let start = reader.fill_buf().map_err(|e| Fault::from_io(&e))?;
        let stream = if start.starts_with(&GZIP_MAGIC) {
            Stream::Gzip(Box::new(MultiGzDecoder::new(reader)))
        } else {
            Stream::Plain(reader)
        };
        Ok(Self {
            stream,
            ahead: Vec::new(),
            delivered: 0,
            size,
        })
    }

    /// An uncompressed file already moved to `position`, not hashed, of which `wanted` bytes will be
    /// read.
    pub(crate) fn plain_at(
        inner: R,
        position: u64,
        size: u64,
        wanted: u64,
        progress: &Progress,
    ) -> Self {
        let tap = Tap {
            inner,
            sha: None,
            progress: progress.clone(),
            passed: 0,
            total: wanted,
        };
        let stream = Stream::Plain(BufReader::with_capacity(BUFFER, tap));
        Self {
            stream,
            ahead: Vec::new(),
            delivered: position,
            size,
        }
    }

    /// Whether the bytes come out of a gzip stream.
    pub(crate) fn compressed(&self) -> bool {
        matches!(self.stream, Stream::Gzip(_))
    }

    /// The most uncompressed bytes this file can hold.
    pub fn most(&self) -> u64 {
        if self.compressed() {
            self.size.saturating_mul(DEFLATE_LIMIT)
        } else {
            self.size
        }
    }

    /// The next bytes, at most `most`, which stay to be read.
    ///
    /// # Errors
    /// As [`Self::fill`].
    pub(crate) fn peek(&mut self, most: usize) -> Result<Vec<u8>, Fault> {
        let mut bytes = vec![0; most];
        let got = self.fill(&mut bytes)?;
        bytes.truncate(got);
        self.delivered -= got as u64;
        self.ahead.splice(0..0, bytes.iter().copied());
        Ok(bytes)
    }

    /// Position in the uncompressed stream.
    pub fn position(&self) -> u64 {
        self.delivered
    }

    /// Goes on under another task.
    pub(crate) fn set_task(&mut self, progress: &Progress) {
        let tap = match &mut self.stream {
            Stream::Plain(reader) => reader.get_mut(),
            Stream::Gzip(decoder) => decoder.get_mut().get_mut(),
        };
        tap.progress = progress.clone();
    }

    /// Reads until `buf` is full or the stream ends; returns the bytes read.
    ///
    /// # Errors
    /// [`Fault::Damaged`] in a corrupt gzip stream; a gzip stream cut short counts as ended.
    pub fn fill(&mut self, buf: &mut [u8]) -> Result<usize, Fault> {
        let mut filled = buf.len().min(self.ahead.len());
        if filled > 0 {
            buf[..filled].copy_from_slice(&self.ahead[..filled]);
            self.ahead.drain(..filled);
            self.delivered += filled as u64;
        }
        while filled < buf.len() {
            let result = match &mut self.stream {
                Stream::Plain(reader) => reader.read(&mut buf[filled..]),
                Stream::Gzip(reader) => reader.read(&mut buf[filled..]),
            };
            match result {
                Ok(0) => break,
                Ok(n) => {
                    filled += n;
                    self.delivered += n as u64;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if self.compressed() && e.kind() == io::ErrorKind::UnexpectedEof => break,
                Err(e) => return Err(self.fault(&e)),
            }
        }
        Ok(filled)
    }

    fn fault(&self, error: &io::Error) -> Fault {
        match Fault::from_io(error) {
            Fault::Io(detail) if self.compressed() => Fault::Damaged {
                at: self.delivered,
                detail,
            },
            fault => fault,
        }
    }

    /// Passes over bytes up to position `to` of the uncompressed stream; returns where it got to.
    pub(crate) fn skip_to(&mut self, to: u64) -> Result<u64, Fault> {
        let mut sink = [0; 16 * 1024];
        while self.delivered < to {
            let want = (to - self.delivered).min(sink.len() as u64) as usize;
            if self.fill(&mut sink[..want])? < want {
                break;
            }
        }
        Ok(self.delivered)
    }

    /// Looks past the last value: whether the gzip checksum fails or is cut off. Padding and foreign
    /// bytes after the gzip stream are no fault of the values.
    pub(crate) fn checksum_fails(&mut self) -> Result<bool, Fault> {
        let Stream::Gzip(reader) = &mut self.stream else {
            return Ok(false);
        };
        // Reading on makes the decoder check. MGH files have a footer after their values; anything
        // much longer is none of ours.
        let mut sink = [0; 4096];
        for _ in 0..64 {
            match reader.read(&mut sink) {
                Ok(0) => break,
                Ok(_) => {}
                Err(e) => {
                    return match Fault::from_io(&e) {
                        Fault::Cancelled => Err(Fault::Cancelled),
                        _ => Ok(e.kind() == io::ErrorKind::UnexpectedEof
                            || e.to_string().contains("checksum")),
                    };
                }
            }
        }
        Ok(false)
    }

    /// Reads what is left of the file; returns the digest of all of it, or `None` where it was not
    /// hashed.
    pub(crate) fn into_digest(self) -> Result<Option<[u8; 32]>, Fault> {
        let mut reader = match self.stream {
            Stream::Plain(reader) => reader,
            Stream::Gzip(decoder) => decoder.into_inner(),
        };
        if reader.get_ref().sha.is_none() {
            return Ok(None);
        }
        loop {
            let n = reader.fill_buf().map_err(|e| Fault::from_io(&e))?.len();
            if n == 0 {
                break;
            }
            reader.consume(n);
        }
        let Some(hasher) = reader.into_inner().sha else {
            return Ok(None);
        };
        let died = || Fault::Io("its digest could not be computed".to_owned());
        hasher.finish().ok_or_else(died).map(Some)
    }
}
