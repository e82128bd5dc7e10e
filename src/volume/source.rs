//! Where bytes come from: a file or a slice, plain or gzip (told by its first bytes, never by its
//! name), hashed as they pass and stoppable at every read.

use std::io::{self, BufRead as _, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use sha2::{Digest as _, Sha256};

use super::error::Fault;
use crate::progress::Task;

/// First bytes of a gzip stream.
pub(super) const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const BUFFER: usize = 256 * 1024;
/// Deflate cannot expand a byte to more than this many.
const DEFLATE_LIMIT: u64 = 1032;

/// Hashes and counts what is read, and fails once the task is cancelled.
struct Tap<R> {
    inner: R,
    /// `None` where the file was hashed before.
    sha: Option<Sha256>,
    task: Task,
    passed: u64,
    total: u64,
}

impl<R: Read> Read for Tap<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.task.check().map_err(io::Error::other)?;
        let n = self.inner.read(buf)?;
        if let Some(sha) = &mut self.sha {
            sha.update(&buf[..n]);
        }
        self.passed += n as u64;
        if self.total > 0 {
            self.task
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
    /// Uncompressed bytes delivered.
    delivered: u64,
    /// Bytes of the file as it lies on disk.
    size: u64,
}

impl<R: Read> Source<R> {
    /// `size` is the file's length on disk.
    pub fn new(inner: R, size: u64, task: &Task) -> Result<Self, Fault> {
        let tap = Tap {
            inner,
            sha: Some(Sha256::new()),
            task: task.clone(),
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
            delivered: 0,
            size,
        })
    }

    /// An uncompressed file already moved to `position`, not hashed.
    pub fn plain_at(inner: R, position: u64, size: u64, task: &Task) -> Self {
        let tap = Tap {
            inner,
            sha: None,
            task: task.clone(),
            passed: 0,
            total: 0,
        };
        let stream = Stream::Plain(BufReader::with_capacity(BUFFER, tap));
        Self {
            stream,
            delivered: position,
            size,
        }
    }

    /// Whether the bytes come out of a gzip stream.
    pub fn compressed(&self) -> bool {
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

    /// Reads until `buf` is full or the stream ends; returns the bytes read.
    ///
    /// # Errors
    /// [`Fault::Damaged`] in a corrupt gzip stream; a gzip stream cut short counts as ended.
    pub fn fill(&mut self, buf: &mut [u8]) -> Result<usize, Fault> {
        let mut filled = 0;
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
    pub fn skip_to(&mut self, to: u64) -> Result<u64, Fault> {
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
    pub fn checksum_fails(&mut self) -> Result<bool, Fault> {
        let Stream::Gzip(reader) = &mut self.stream else {
            return Ok(false);
        };
        // Reading on makes the decoder check; how much comes is of no interest.
        match reader.read(&mut [0; 64]).map(drop) {
            Ok(()) => Ok(false),
            Err(e) => {
                match Fault::from_io(&e) {
                    Fault::Cancelled => Err(Fault::Cancelled),
                    _ => Ok(e.kind() == io::ErrorKind::UnexpectedEof
                        || e.to_string().contains("checksum")),
                }
            }
        }
    }

    /// Reads what is left of the file and adds all of it to `sha`-256; returns the digest.
    pub fn into_digest(self) -> Result<[u8; 32], Fault> {
        let mut reader = match self.stream {
            Stream::Plain(reader) => reader,
            Stream::Gzip(decoder) => decoder.into_inner(),
        };
        loop {
            let n = reader.fill_buf().map_err(|e| Fault::from_io(&e))?.len();
            if n == 0 {
                break;
            }
            reader.consume(n);
        }
        Ok(reader
            .into_inner()
            .sha
            .unwrap_or_default()
            .finalize()
            .into())
    }
}

/// What a file that is not NIfTI seems to be, from its first bytes.
pub(super) fn looks_like(start: &[u8]) -> Option<&'static str> {
    let text = |prefix: &str| {
        let trimmed = start.trim_ascii_start();
        trimmed.len() >= prefix.len()
            && trimmed[..prefix.len()].eq_ignore_ascii_case(prefix.as_bytes())
    };
    let known: &[(&[u8], &str)] = &[
        (b"BZh", "a bzip2 archive (unpack it first)"),
        (b"PK\x03\x04", "a zip archive (unpack it first)"),
        (b"\xfd7zXZ", "an xz archive (unpack it first)"),
        (b"\x28\xb5\x2f\xfd", "a zstd archive (unpack it first)"),
        (b"7z\xbc\xaf", "a 7-zip archive (unpack it first)"),
        (b"\x89HDF", "an HDF5 or MINC-2 file"),
        (b"CDF", "a MINC or NetCDF file"),
        (b"\x89PNG", "a PNG picture"),
        (b"\xff\xd8\xff", "a JPEG picture"),
        (b"%PDF", "a PDF document"),
        (b"NRRD", "an NRRD file"),
        (b"TRACK", "a TrackVis file"),
        (b"\x93NUMPY", "a NumPy array"),
        (
            b"version https://git-lfs",
            "a Git LFS pointer: the file itself was not downloaded",
        ),
        (
            b"/annex/objects",
            "a git-annex pointer: the file itself was not downloaded",
        ),
        (b"\x00\x00\x00\x01\x00\x00\x00", "a FreeSurfer MGH file"),
        (b"\xff\xff\xfe", "a FreeSurfer surface"),
    ];
    if let Some((_, what)) = known.iter().find(|(magic, _)| start.starts_with(magic)) {
        return Some(what);
    }
    if text("<!doctype html") || text("<html") {
        return Some("a web page (a login or error page saved in place of the file?)");
    }
    if start.get(128..132) == Some(b"DICM".as_slice()) {
        return Some("a DICOM file (convert the series with dcm2niix)");
    }
    if text("<?xml") {
        return Some("an XML file such as GIFTI");
    }
    let size_field =
        |bytes: [u8; 4]| i32::from_le_bytes(bytes) == 348 || i32::from_be_bytes(bytes) == 348;
    if start.len() >= 348 && size_field([start[0], start[1], start[2], start[3]]) {
        return Some(
            "an ANALYZE 7.5 header, which does not say which side is left (convert it with its origin known)",
        );
    }
    (!start.is_empty()
        && start
            .iter()
            .all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace()))
    .then_some("a text file")
}
