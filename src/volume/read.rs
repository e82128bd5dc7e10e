//! Opening NIfTI-1 and NIfTI-2 files: one pass, nothing allocated before the header is checked,
//! stoppable at every buffer.

use std::fs::{self, File};
use std::io::{Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::assemble::{Loaded, Start, finish};
use super::error::{Fault, VolumeError, thousands};
use super::geometry::geometry;
use super::header::{Header, Layout, NIFTI1_LEN, header_len};
use super::info::HeaderInfo;
use super::kind;
use super::source::{GZIP_MAGIC, Source, looks_like};
use super::values::{Coding, Decoder};
use super::{LoadWarning, Volume};
use crate::progress::Task;

/// Bytes decoded at a time; a multiple of every element size.
const CHUNK: usize = 24 * 8 * 1024;
/// Extension code of AFNI's attributes.
const AFNI_EXTENSION: i32 = 4;

/// Opens a map file (`.nii`, `.nii.gz`, or either half of a `.hdr`/`.img` pair); of a 4-D file its
/// first frame.
///
/// # Errors
/// [`VolumeError`] with the reason and the path; [`VolumeError::Cancelled`] when the task is.
pub fn open(path: &Path, task: &Task) -> Result<Volume, VolumeError> {
    open_frame(path, 0, task)
}

/// Opens frame `frame` (from 0) of a map file. Only that frame is held in memory.
///
/// # Errors
/// As [`open`], and [`Fault::NoSuchFrame`].
pub fn open_frame(path: &Path, frame: usize, task: &Task) -> Result<Volume, VolumeError> {
    task.stage("Opening the map");
    open_fault(path, frame, task).map_err(|fault| fault.at(path))
}

/// Reads a map from the bytes of a whole `.nii` or `.nii.gz` file; `name` stands in for its path.
///
/// # Errors
/// As [`open`].
pub fn from_bytes(name: &str, bytes: &[u8], task: &Task) -> Result<Volume, VolumeError> {
    let run = || {
        if bytes.is_empty() {
            return Err(Fault::Empty);
        }
        let mut source = Source::new(bytes, bytes.len() as u64, task)?;
        let start = read_start(&mut source)?;
        if start.header.pair {
            return Err(Fault::NoPartner("the .img file".to_owned()));
        }
        let loaded = load(&mut source, &start, 0, task)?;
        let hash = hex(&source.into_digest()?);
        finish(loaded, &start, display_name(Path::new(name)), 0, hash)
    };
    run().map_err(|fault| fault.at(Path::new(name)))
}

/// Reads only the header: what `info` shows.
///
/// # Errors
/// As [`open`], as far as the header and the file's length tell.
pub fn read_header(path: &Path) -> Result<HeaderInfo, VolumeError> {
    let run = || {
        let (file, size) = open_file(path)?;
        let mut source = Source::new(file, size, &Task::new())?;
        let start = read_start(&mut source)?;
        let found = geometry(&start.header, start.layout.shape);
        let mut warnings = start.warnings();
        warnings.extend(found.warnings.iter().cloned());
        let kind = kind::from_words(&start.header, &display_name(path));
        Ok(HeaderInfo::new(
            &start.header,
            &start.layout,
            &found,
            kind,
            source.compressed(),
            warnings,
        ))
    };
    run().map_err(|fault: Fault| fault.at(path))
}

/// A map file kept at hand: its header is read and its bytes hashed once, then frames are read on
/// demand, of an uncompressed file without passing over the frames before.
#[derive(Debug)]
pub struct MapFile {
    path: PathBuf,
    image: PathBuf,
    start: Start,
    hash: String,
}

impl MapFile {
    /// Reads the header and hashes the file.
    ///
    /// # Errors
    /// As [`open`].
    pub fn open(path: &Path, task: &Task) -> Result<Self, VolumeError> {
        task.stage("Opening the map");
        let run = || {
            let (source, start, image) = begin(path, task)?;
            let hash = match &image {
                None => hex(&source.into_digest()?),
                Some(image) => {
                    let (file, size) = open_file(image)?;
                    pair_hash(source, Source::new(file, size, task)?)?
                }
            };
            let image = image.unwrap_or_else(|| path.to_owned());
            Ok(Self {
                path: path.to_owned(),
                image,
                start,
                hash,
            })
        };
        run().map_err(|fault: Fault| fault.at(path))
    }

    /// Frames in the file.
    pub fn frames(&self) -> usize {
        self.start.layout.frames
    }

    /// Sha-256 of the file's bytes, hexadecimal.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Reads frame `frame` (from 0).
    ///
    /// # Errors
    /// As [`open_frame`].
    pub fn frame(&self, frame: usize, task: &Task) -> Result<Volume, VolumeError> {
        task.stage("Reading the frame");
        let run = || {
            let (mut file, size) = open_file(&self.image)?;
            let from = self.start.frame_offset(frame)?;
            let mut magic = [0; 2];
            let short = file.read(&mut magic).map_err(|e| Fault::from_io(&e))? < 2;
            let plain = short || magic != GZIP_MAGIC;
            // Beyond the end a plain file reads as empty, and `load` says how much is missing.
            file.seek(SeekFrom::Start(if plain { from } else { 0 }))
                .map_err(|e| Fault::from_io(&e))?;
            let mut source = if plain {
                Source::plain_at(file, from, size, task)
            } else {
                Source::new(file, size, task)?
            };
            let loaded = load(&mut source, &self.start, frame, task)?;
            finish(
                loaded,
                &self.start,
                display_name(&self.path),
                frame,
                self.hash.clone(),
            )
        };
        run().map_err(|fault: Fault| fault.at(&self.path))
    }
}

/// The file that holds the header, read past it, and the image file of a pair.
fn begin(path: &Path, task: &Task) -> Result<(Source<File>, Start, Option<PathBuf>), Fault> {
    let header_path = if has_extension(path, "img") {
        partner(path, "hdr")?
    } else {
        path.to_owned()
    };
    let (file, size) = open_file(&header_path)?;
    let mut source = Source::new(file, size, task)?;
    let start = read_start(&mut source)?;
    let image = if start.header.pair {
        Some(partner(&header_path, "img")?)
    } else {
        None
    };
    Ok((source, start, image))
}

/// One identity for two files: the digest of both digests.
fn pair_hash(header: Source<File>, image: Source<File>) -> Result<String, Fault> {
    Ok(hash_of(
        &[header.into_digest()?, image.into_digest()?].concat(),
    ))
}

fn open_fault(path: &Path, frame: usize, task: &Task) -> Result<Volume, Fault> {
    let (mut source, start, image) = begin(path, task)?;
    let (loaded, hash) = match image {
        None => {
            let loaded = load(&mut source, &start, frame, task)?;
            (loaded, hex(&source.into_digest()?))
        }
        Some(image) => {
            let (file, size) = open_file(&image)?;
            let mut image = Source::new(file, size, task)?;
            (
                load(&mut image, &start, frame, task)?,
                pair_hash(source, image)?,
            )
        }
    };
    finish(loaded, &start, display_name(path), frame, hash)
}

/// Opens an ordinary, non-empty file. A pipe is refused before it can block.
fn open_file(path: &Path) -> Result<(File, u64), Fault> {
    let about = fs::metadata(path).map_err(|e| Fault::from_io(&e))?;
    if about.is_dir() {
        return Err(Fault::Folder);
    }
    if !about.is_file() {
        return Err(Fault::NotAFile);
    }
    if about.len() == 0 {
        return Err(Fault::Empty);
    }
    let file = File::open(path).map_err(|e| Fault::from_io(&e))?;
    Ok((file, about.len()))
}

/// Whether the name ends in `.ext` or `.ext.gz`.
fn has_extension(path: &Path, ext: &str) -> bool {
    let is = |p: &Path| p.extension().is_some_and(|e| e.eq_ignore_ascii_case(ext));
    is(path)
        || (path
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("gz"))
            && is(Path::new(path.file_stem().unwrap_or_default())))
}

/// The other half of a pair: same name, `.hdr`/`.img`, packed or not.
fn partner(path: &Path, ext: &str) -> Result<PathBuf, Fault> {
    let mut stem = path.with_extension("");
    if path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("gz"))
    {
        stem = stem.with_extension("");
    }
    // `with_extension` would eat a dot inside the name ("sub.01").
    let named = |suffix: &str| {
        let mut name = stem.clone().into_os_string();
        name.push(suffix);
        PathBuf::from(name)
    };
    let upper = ext.to_uppercase();
    [
        format!(".{ext}"),
        format!(".{ext}.gz"),
        format!(".{upper}"),
        format!(".{upper}.gz"),
    ]
    .iter()
    .map(|suffix| named(suffix))
    .find(|candidate| candidate.is_file())
    .ok_or_else(|| {
        let name = named(&format!(".{ext}"));
        Fault::NoPartner(
            name.file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
        )
    })
}

/// The file name without `.nii`, `.gz`, `.hdr`, `.img`.
pub(super) fn display_name(path: &Path) -> String {
    let mut name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    while let Some((stem, ext)) = name.rsplit_once('.') {
        if stem.is_empty()
            || !["nii", "gz", "hdr", "img"]
                .iter()
                .any(|known| ext.eq_ignore_ascii_case(known))
        {
            break;
        }
        name = stem.to_owned();
    }
    name
}

fn read_start<R: Read>(source: &mut Source<R>) -> Result<Start, Fault> {
    let mut bytes = [0; 544];
    let mut got = source.fill(&mut bytes[..NIFTI1_LEN])?;
    let mut want = NIFTI1_LEN;
    if got == NIFTI1_LEN {
        let mut first = [0; 8];
        first.copy_from_slice(&bytes[..8]);
        want = header_len(first);
        got += source.fill(&mut bytes[got..want])?;
    }
    let header = match Header::parse(&bytes[..got]) {
        Err(Fault::NotNifti(_)) => {
            // A cut-off header is told from a foreign file by its size field.
            let is_nifti = [348, 540]
                .iter()
                .any(|n: &i32| bytes[..4] == n.to_le_bytes() || bytes[..4] == n.to_be_bytes());
            return Err(if got < want && is_nifti {
                Fault::Truncated {
                    expected: want as u64,
                    got: got as u64,
                }
            } else {
                Fault::NotNifti(looks_like(&bytes[..got]))
            });
        }
        header => header?,
    };
    // The extension flag and the first extension's size and code follow the header.
    let mut extension = [0; 12];
    let space = (header.vox_offset - header.len() as f64).clamp(0.0, 12.0) as usize;
    let read = source.fill(&mut extension[..space])?;
    let code: [u8; 4] = [extension[8], extension[9], extension[10], extension[11]];
    let code = if header.big_endian {
        i32::from_be_bytes(code)
    } else {
        i32::from_le_bytes(code)
    };
    let afni = read == 12 && extension[0] != 0 && code == AFNI_EXTENSION;
    let layout = Layout::check(&header, afni)?;
    Ok(Start { header, layout })
}

fn load<R: Read>(
    source: &mut Source<R>,
    start: &Start,
    frame: usize,
    task: &Task,
) -> Result<Loaded, Fault> {
    let Start { header, layout } = start;
    let mut warnings = Vec::new();
    let from = start.frame_offset(frame)?;
    let until = from + layout.frame_bytes;
    let expected = layout.data_offset + layout.data_bytes;
    // What cannot be in a file of this size is not waited for, nor is memory taken for it.
    let most = source.most();
    if most < until {
        let got = if source.compressed() {
            source.skip_to(u64::MAX)?
        } else {
            most
        };
        return Err(Fault::Truncated { expected, got });
    }
    if most < expected && !source.compressed() {
        let whole = (most - layout.data_offset) / layout.frame_bytes;
        warnings.push(LoadWarning::new(
            "frames-missing",
            "cut short",
            format!(
                "The file ends {} bytes early: only {whole} of its {} frames are whole.",
                thousands(expected - most),
                layout.frames
            ),
        ));
    }
    let reached = source.skip_to(from)?;
    if reached < from {
        return Err(Fault::Truncated {
            expected,
            got: reached,
        });
    }
    let (slope, inter, _) = header.scaling();
    let coding = Coding {
        element: layout.element,
        big_endian: header.big_endian,
        slope,
        inter,
    };
    let mut decoder = Decoder::new(coding, layout.voxels())?;
    let mut chunk = vec![0; CHUNK];
    let mut left = layout.frame_bytes;
    while left > 0 {
        let want = left.min(CHUNK as u64) as usize;
        let got = source.fill(&mut chunk[..want])?;
        if got < want {
            return Err(Fault::Truncated {
                expected,
                got: until - left + got as u64,
            });
        }
        decoder.push(&chunk[..want]);
        left -= want as u64;
        task.check()?;
    }
    if until == expected && source.checksum_fails()? {
        warnings.push(LoadWarning::new(
            "checksum",
            "checksum fails",
            "All values are there, but the gzip checksum after them does not match or is cut off: \
             some of them may be damaged. Copy the file again if you can.",
        ));
    }
    let (decoded, noticed) = decoder.finish();
    Ok(Loaded {
        decoded,
        noticed,
        warnings,
    })
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
            // Writing to a String cannot fail.
            let _ = write!(out, "{b:02x}");
            out
        })
}

/// Sha-256 of bytes, as hexadecimal.
pub(super) fn hash_of(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    hex(&sha2::Sha256::digest(bytes))
}
