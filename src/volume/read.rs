//! Opening NIfTI-1 and NIfTI-2 files: one pass, nothing allocated before the header is checked,
//! stoppable at every buffer.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::{Fault, VolumeError, thousands};
use super::geometry::{Geometry, geometry};
use super::header::{Header, Layout, NIFTI1_LEN, header_len};
use super::info::HeaderInfo;
use super::kind::{self, Facts};
use super::source::{Source, looks_like};
use super::values::{Coding, Decoded, Decoder, Noticed};
use super::{Grid, LoadWarning, MapKind, Volume, VolumeData};
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

fn open_fault(path: &Path, frame: usize, task: &Task) -> Result<Volume, Fault> {
    let header_path = if has_extension(path, "img") {
        partner(path, "hdr")?
    } else {
        path.to_owned()
    };
    let (file, size) = open_file(&header_path)?;
    let mut source = Source::new(file, size, task)?;
    let start = read_start(&mut source)?;
    let name = display_name(path);
    if !start.header.pair {
        let loaded = load(&mut source, &start, frame, task)?;
        let hash = hex(&source.into_digest()?);
        return finish(loaded, &start, name, frame, hash);
    }
    let (image, size) = open_file(&partner(&header_path, "img")?)?;
    let mut image = Source::new(image, size, task)?;
    let loaded = load(&mut image, &start, frame, task)?;
    // One identity for two files: the digest of both digests.
    let halves = [source.into_digest()?, image.into_digest()?].concat();
    finish(loaded, &start, name, frame, hash_of(&halves))
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

/// A header with its checked layout.
struct Start {
    header: Header,
    layout: Layout,
}

impl Start {
    fn warnings(&self) -> Vec<LoadWarning> {
        let mut warnings = Vec::new();
        if self.header.odd_size_field {
            warnings.push(LoadWarning::new(
                "odd-header-size",
                "odd header",
                "The header's own length field is wrong; all else in it fits, and Gyrus read it.",
            ));
        }
        if self.layout.offset_mended {
            warnings.push(LoadWarning::new(
                "odd-offset",
                "odd offset",
                format!(
                    "The header says the values begin inside it; Gyrus read them from byte {}.",
                    self.layout.data_offset
                ),
            ));
        }
        if self.layout.frames_in_dim5 {
            warnings.push(LoadWarning::new(
                "frames-in-fifth",
                "AFNI bricks",
                format!("AFNI keeps its {} sub-bricks in the fifth dimension; Gyrus shows them as frames.", self.layout.frames),
            ));
        }
        if self.header.scaling().2 {
            warnings.push(LoadWarning::new(
                "bad-intercept",
                "odd scaling",
                "The header's scaling has a slope but no usable intercept; Gyrus took the intercept as 0.",
            ));
        }
        warnings
    }
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

struct Loaded {
    decoded: Decoded,
    noticed: Noticed,
    warnings: Vec<LoadWarning>,
}

fn load<R: Read>(
    source: &mut Source<R>,
    start: &Start,
    frame: usize,
    task: &Task,
) -> Result<Loaded, Fault> {
    let Start { header, layout } = start;
    if frame >= layout.frames {
        return Err(Fault::NoSuchFrame {
            frame,
            frames: layout.frames,
        });
    }
    let mut warnings = Vec::new();
    let from = layout.data_offset + frame as u64 * layout.frame_bytes;
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
            "All values are there, but the gzip checksum does not match: some of them may be damaged. Copy the \
             file again if you can.",
        ));
    }
    let (decoded, noticed) = decoder.finish();
    Ok(Loaded {
        decoded,
        noticed,
        warnings,
    })
}

fn finish(
    loaded: Loaded,
    start: &Start,
    name: String,
    frame: usize,
    hash: String,
) -> Result<Volume, Fault> {
    let Start { header, layout } = start;
    let Loaded {
        decoded,
        mut noticed,
        warnings: while_reading,
    } = loaded;
    let Geometry {
        affine,
        warnings: from_geometry,
        ..
    } = geometry(header, layout.shape);
    let mut warnings = start.warnings();
    warnings.extend(from_geometry);
    warnings.extend(while_reading);
    let words = kind::from_words(header, &name);
    let integer_stored = layout.element.is_integer() && header.scaling() == (1.0, 0.0, false);
    let row = layout.shape[0];
    let settle = |values: &[f32], warnings: &mut Vec<LoadWarning>| {
        let (kind, warning) = kind::settle(words, &Facts::of(values, row, integer_stored));
        warnings.extend(warning);
        kind
    };
    let (data, kind) = match decoded {
        Decoded::Colour(values) => (VolumeData::Rgba(values.into()), MapKind::Unknown),
        Decoded::Whole(whole) => {
            let values: Arc<[f32]> = whole.iter().map(|&v| v as f32).collect();
            let kind = settle(&values, &mut warnings);
            let labels = (kind == MapKind::Label)
                .then(|| whole.iter().map(|&v| u32::try_from(v).ok()).collect());
            match labels.flatten() {
                Some(labels) => (VolumeData::Label(labels), kind),
                None => {
                    let exact = |v: &&i64| (**v as f32) as i64 == **v;
                    noticed.rounded = (whole.len() - whole.iter().filter(exact).count()) as u64;
                    let kind = if kind == MapKind::Label {
                        MapKind::Unknown
                    } else {
                        kind
                    };
                    (VolumeData::Scalar(values), kind)
                }
            }
        }
        Decoded::Float(values) => {
            let kind = settle(&values, &mut warnings);
            if kind == MapKind::Label {
                // Labels are whole, not negative, and below 2²⁴ where they came as f32; no data is no label.
                let label = |&v: &f32| if v.is_nan() { 0 } else { v as u32 };
                (VolumeData::Label(values.iter().map(label).collect()), kind)
            } else {
                (VolumeData::Scalar(values.into()), kind)
            }
        }
    };
    let empty = match &data {
        VolumeData::Scalar(values) if values.iter().all(|v| v.is_nan()) => Some(true),
        VolumeData::Scalar(values) if values.iter().all(|&v| v.is_nan() || v == 0.0) => Some(false),
        VolumeData::Label(values) if values.iter().all(|&v| v == 0) => Some(false),
        _ => None,
    };
    match empty {
        Some(all_nan) if layout.frames == 1 => return Err(Fault::NothingThere { all_nan }),
        Some(_) => warnings.push(LoadWarning::new(
            "empty-frame",
            "empty frame",
            "There is no value but 0 in this frame.",
        )),
        None => {}
    }
    warnings.extend(value_warnings(noticed, layout.voxels()));
    Ok(Volume {
        grid: Grid {
            shape: layout.shape,
            affine,
        },
        data,
        kind,
        name,
        frames: layout.frames,
        frame,
        hash,
        warnings,
    })
}

fn value_warnings(noticed: Noticed, voxels: usize) -> Vec<LoadWarning> {
    let mut warnings = Vec::new();
    if noticed.nan + noticed.infinite > 0 {
        let share = 100.0 * (noticed.nan + noticed.infinite) as f64 / voxels as f64;
        let message = match (noticed.nan, noticed.infinite) {
            (nan, 0) => format!(
                "{} voxels ({share:.1} %) are NaN; Gyrus treats them as outside the map.",
                thousands(nan)
            ),
            (nan, inf) => format!(
                "{} voxels are NaN and {} infinite ({share:.1} %); Gyrus treats both as outside the map.",
                thousands(nan),
                thousands(inf)
            ),
        };
        let code = if noticed.infinite > 0 {
            "infinite-values"
        } else {
            "nan-values"
        };
        warnings.push(LoadWarning::new(code, "no-data voxels", message));
    }
    if noticed.clipped > 0 {
        warnings.push(LoadWarning::new(
            "clipped",
            "huge values",
            format!(
                "{} values are beyond what can be shown and were cut to the largest number.",
                thousands(noticed.clipped)
            ),
        ));
    }
    if noticed.rounded > 0 {
        warnings.push(LoadWarning::new(
            "rounded",
            "rounded",
            format!(
                "{} whole numbers are too large to be held exactly and were rounded.",
                thousands(noticed.rounded)
            ),
        ));
    }
    warnings
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
