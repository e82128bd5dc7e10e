//! Opening map files: one pass, nothing allocated before the header is checked, stoppable at every
//! buffer.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::assemble::{Loaded, Origin, finish};
use super::error::{Fault, VolumeError, thousands};
use super::files::{display_name, header_ending, open_file, partner, with_ending};
use super::format::read_start;
use super::identity::{self, Identity};
use super::info::HeaderInfo;
use super::reduce::Reduction;
use super::source::Source;
use super::start::{Format, Start};
use super::values::{Coding, Decoder};
use super::{LoadWarning, Stats, Volume, VolumeData, WarningCode, analyze};
use crate::files::hex_sha256;
use crate::progress::Progress;

/// Bytes decoded at a time; a multiple of every element size, and more than a reader buffers, so that
/// they come into it directly.
const CHUNK: usize = 24 * 16 * 1024;

/// What to open of a file, and how much of it to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenOptions {
    /// The frame, from 0.
    pub frame: usize,
    /// A frame with more voxels than this is made smaller while it is read: means of 2 × 2 × 2, 3 × 3 × 3…
    /// voxels, with a warning that says so.
    pub most_voxels: u64,
    /// Whether a file that ends early is opened as far as it goes: the missing voxels are no data, and
    /// a warning says how many they are. Frames that have to be made smaller are not.
    pub partial: bool,
}

impl Default for OpenOptions {
    /// The first frame, and 1 GiB of it: 645³ voxels, four times as fine along each side as the
    /// template, where two such layers still fit into the memory of a small laptop.
    fn default() -> Self {
        Self {
            frame: 0,
            most_voxels: 1 << 28,
            partial: false,
        }
    }
}

/// Opens a map file (NIfTI-1 and -2, Analyze 7.5, MGH, AFNI; packed with gzip or not; either file of
/// a pair), told by its contents; of a 4-D file its first frame.
///
/// # Errors
/// [`VolumeError`] with the reason and the path; [`VolumeError::Cancelled`] when the task is.
pub fn open(path: &Path, progress: &Progress) -> Result<Volume, VolumeError> {
    open_with(path, &OpenOptions::default(), progress)
}

/// Opens frame `frame` (from 0) of a map file. Only that frame is held in memory.
///
/// # Errors
/// As [`open`], and [`Fault::NoSuchFrame`].
pub fn open_frame(path: &Path, frame: usize, progress: &Progress) -> Result<Volume, VolumeError> {
    let options = OpenOptions {
        frame,
        ..OpenOptions::default()
    };
    open_with(path, &options, progress)
}

/// Opens a map file in the way asked for.
///
/// # Errors
/// As [`open_frame`].
pub fn open_with(
    path: &Path,
    options: &OpenOptions,
    progress: &Progress,
) -> Result<Volume, VolumeError> {
    read_map(path, options, false, progress).map(|(map, _)| map)
}

/// Opens a map file and summarises its values, which costs less than passing over them once more. No
/// summary for colours.
///
/// # Errors
/// As [`open_frame`].
pub fn open_summed(
    path: &Path,
    options: &OpenOptions,
    progress: &Progress,
) -> Result<(Volume, Option<Stats>), VolumeError> {
    let (map, stats) = read_map(path, options, true, progress)?;
    let stats = match &map.data {
        VolumeData::Rgba(_) => None,
        VolumeData::Scalar(_) | VolumeData::Label(_) => stats.or_else(|| Some(map.stats())),
    };
    Ok((map, stats))
}

fn read_map(
    path: &Path,
    options: &OpenOptions,
    summary: bool,
    progress: &Progress,
) -> Result<(Volume, Option<Stats>), VolumeError> {
    progress.stage("Opening the map");
    let run = || {
        let Begun {
            mut source,
            start,
            header,
            image,
        } = begin(path, progress)?;
        let by = start.reduction(options.most_voxels)?;
        let wanted = Wanted {
            frame: options.frame,
            by,
            summary,
            partial: options.partial,
        };
        let (mut loaded, identity) = match image {
            None => {
                let loaded = load(&mut source, &start, wanted, progress)?;
                (loaded, identify(source, &header, progress)?)
            }
            Some(image) => {
                let (file, size) = open_file(&image)?;
                let mut values = Source::new(file, size, progress)?;
                let loaded = load(&mut values, &start, wanted, progress)?;
                let of_header = identify(source, &header, progress)?;
                (loaded, of_header.with(identify(values, &image, progress)?))
            }
        };
        loaded.warnings.extend(reduced(by, options.most_voxels));
        let origin = Origin {
            name: display_name(path),
            frame: options.frame,
            hash: identity.text(),
        };
        let is_cut = |w: &LoadWarning| w.code == WarningCode::ValuesMissing;
        let cut = loaded.warnings.iter().any(is_cut);
        // What was gathered on the way counts voxels that are not there.
        let stats = loaded.facts.summary().filter(|_| !cut);
        Ok((finish(loaded, &start, by, origin)?, stats))
    };
    run().map_err(|fault: Fault| fault.at(path))
}

/// Reads a map from the bytes of a whole file of one piece (`.nii`, `.nii.gz`, `.mgz`…); `name` stands
/// in for its path.
///
/// # Errors
/// As [`open`].
pub fn from_bytes(name: &str, bytes: &[u8], progress: &Progress) -> Result<Volume, VolumeError> {
    let run = || {
        if bytes.is_empty() {
            return Err(Fault::Empty);
        }
        let mut source = Source::again(bytes, bytes.len() as u64, progress)?;
        let start = read_start(&mut source)?;
        if let Some(ending) = start.partner {
            return Err(Fault::NoPartner(format!("the .{ending} file")));
        }
        let most = OpenOptions::default().most_voxels;
        let by = start.reduction(most)?;
        let mut loaded = load(&mut source, &start, Wanted::frame(0, by), progress)?;
        loaded.warnings.extend(reduced(by, most));
        let origin = Origin {
            name: display_name(Path::new(name)),
            frame: 0,
            hash: hex_sha256(bytes),
        };
        finish(loaded, &start, by, origin)
    };
    run().map_err(|fault| fault.at(Path::new(name)))
}

/// Reads only the header: what `info` shows.
///
/// # Errors
/// As [`open`], as far as the header and the file's length tell.
pub fn read_header(path: &Path) -> Result<HeaderInfo, VolumeError> {
    let run = || {
        let begun = begin(path, &Progress::new())?;
        let most = OpenOptions::default().most_voxels;
        let mut warnings = begun.start.all_warnings();
        warnings.extend(reduced(begun.start.reduction(most)?, most));
        Ok(HeaderInfo::new(
            &begun.start,
            &display_name(path),
            begun.source.compressed(),
            warnings,
        ))
    };
    run().map_err(|fault: Fault| fault.at(path))
}

/// A file whose header is read.
pub(super) struct Begun {
    /// The file with the header.
    pub source: Source<File>,
    pub start: Start,
    pub header: PathBuf,
    /// The file with the values, where it is another.
    pub image: Option<PathBuf>,
}

/// Reads the header and finds the file with the values.
///
/// # Errors
/// As [`open`].
pub(super) fn begin(path: &Path, progress: &Progress) -> Result<Begun, Fault> {
    let read = |path: &Path| {
        let (file, size) = open_file(path)?;
        let mut source = Source::new(file, size, progress)?;
        let start = read_start(&mut source)?;
        Ok((source, start))
    };
    let (source, mut start, header) = match (read(path), header_ending(path)) {
        // Bare values say nothing about themselves; their name tells where their header is.
        (Err(Fault::NotAMap(_)), Some(ending)) => {
            let header = partner(path, ending)?;
            let (source, start) = read(&header)?;
            (source, start, header)
        }
        (found, _) => {
            let (source, start) = found?;
            (source, start, path.to_owned())
        }
    };
    let image = match start.partner {
        None => None,
        Some(_) if header != path => Some(path.to_owned()),
        Some(ending) => Some(partner(&header, ending)?),
    };
    if start.format == Format::Analyze {
        let mat = with_ending(&header, "mat");
        if mat.is_file() {
            let name = mat.file_name().unwrap_or_default().to_string_lossy();
            start.warnings.push(analyze::mat_file_beside(&name));
        }
    }
    Ok(Begun {
        source,
        start,
        header,
        image,
    })
}

/// What a file is known by, once enough of it was read.
///
/// # Errors
/// What the file system says.
pub(super) fn identify(
    source: Source<File>,
    path: &Path,
    progress: &Progress,
) -> Result<Identity, Fault> {
    match source.into_digest()? {
        Some(digest) => Ok(Identity::whole(digest)),
        None => {
            let (mut file, size) = open_file(path)?;
            identity::sampled(&mut file, size, progress)
        }
    }
}

/// What is told of a frame made smaller.
pub(super) fn reduced(by: Option<Reduction>, most: u64) -> Option<LoadWarning> {
    by.map(|by| by.warning(most))
}

/// How the values of a frame are stored.
pub(super) fn coding(start: &Start, frame: usize) -> Coding {
    let (slope, inter) = start.scaling.of(frame);
    Coding {
        element: start.layout.element,
        big_endian: start.big_endian,
        slope,
        inter,
    }
}

/// What is wanted of a file's values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// From 0.
    pub frame: usize,
    /// How it is made smaller.
    pub by: Option<Reduction>,
    /// A summary of its values too.
    pub summary: bool,
    /// As far as the file goes.
    pub partial: bool,
}

impl Wanted {
    /// A frame without a summary.
    pub fn frame(frame: usize, by: Option<Reduction>) -> Self {
        Self {
            frame,
            by,
            summary: false,
            partial: false,
        }
    }
}

/// What is told of a frame that is not all there.
fn values_missing(missing: u64, of: u64) -> LoadWarning {
    let share = 100.0 * missing as f64 / of as f64;
    LoadWarning::with_badge(
        WarningCode::ValuesMissing,
        format!("{share:.0} % missing"),
        format!(
            "The file ends early: {} of its {} voxels ({share:.1} %) are missing. They are shown and \
             read as no data.",
            thousands(missing),
            thousands(of)
        ),
    )
}

/// Reads one frame from a source that stands before it.
///
/// # Errors
/// [`Fault::Truncated`], [`Fault::Damaged`], [`Fault::NoMemory`], [`Fault::NoSuchFrame`] or
/// [`Fault::Cancelled`].
pub(super) fn load<R: Read>(
    source: &mut Source<R>,
    start: &Start,
    wanted: Wanted,
    progress: &Progress,
) -> Result<Loaded, Fault> {
    let Wanted {
        frame, by, summary, ..
    } = wanted;
    let partial = wanted.partial && by.is_none();
    let layout = &start.layout;
    let mut warnings = Vec::new();
    let from = layout.frame_offset(frame)?;
    let until = from + layout.frame_bytes;
    let expected = layout.data_offset + layout.data_bytes;
    // What cannot be in a file of this size is not waited for, nor is memory taken for it.
    let most = source.most();
    if most < until && !(partial && most > from) {
        let got = if source.compressed() {
            source.skip_to(u64::MAX)?
        } else {
            most
        };
        return Err(Fault::Truncated { expected, got });
    }
    if most < expected && !source.compressed() && layout.frames > 1 {
        let whole = (most - layout.data_offset) / layout.frame_bytes;
        warnings.push(LoadWarning::new(
            WarningCode::FramesMissing,
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
    let mut decoder = Decoder::new(coding(start, frame), layout.shape, by, summary)?;
    let mut chunk = vec![0; CHUNK];
    let mut left = layout.frame_bytes;
    // Bytes of the frame that are there, where it is cut short.
    let mut cut: Option<u64> = None;
    while left > 0 {
        let want = left.min(CHUNK as u64) as usize;
        let slot = decoder.slot(want);
        let direct = slot.is_some();
        let room = slot.unwrap_or(&mut chunk[..want]);
        let got = match cut {
            None => source.fill(room)?,
            Some(_) => 0,
        };
        if got < want {
            let there = layout.frame_bytes - left + got as u64;
            if !partial || there == 0 && cut.is_none() {
                return Err(Fault::Truncated {
                    expected,
                    got: from + there,
                });
            }
            cut.get_or_insert(there);
            room[got..].fill(0);
        }
        if direct {
            decoder.took(want);
        } else {
            decoder.push(&chunk[..want])?;
        }
        left -= want as u64;
        progress.check()?;
    }
    if cut.is_none() && until == expected && source.checksum_fails()? {
        warnings.push(LoadWarning::new(
            WarningCode::Checksum,
            "All values are there, but the gzip checksum after them does not match or is cut off: \
             some of them may be damaged. Copy the file again if you can.",
        ));
    }
    let (mut decoded, mut noticed, facts) = decoder.finish();
    if let Some(there) = cut {
        let voxels = layout.shape.iter().product::<usize>();
        let whole = there / (layout.frame_bytes / voxels as u64).max(1);
        decoded = decoded.cut_at(whole as usize, &mut noticed);
        warnings.push(values_missing(voxels as u64 - whole, voxels as u64));
    }
    Ok(Loaded {
        decoded,
        noticed,
        facts,
        warnings,
    })
}
