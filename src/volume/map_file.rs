//! A file of several frames kept at hand: frames and time courses are read on demand.

use std::fmt;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::assemble::{Origin, finish};
use super::error::{Fault, VolumeError};
use super::files::{display_name, open_file};
use super::info::HeaderInfo;
use super::read::{Begun, OpenOptions, begin, coding, identify, load, reduced};
use super::reduce::Reduction;
use super::source::{GZIP_MAGIC, Source};
use super::start::Start;
use super::{Volume, values};
use crate::progress::Task;

/// A map file kept at hand: its header is read and its bytes hashed once, then frames are read on
/// demand. Of an uncompressed file only the frame asked for is read; of a gzip file all before it are
/// passed over, but going on from the frame read last. Never more than one frame is in memory.
pub struct MapFile {
    path: PathBuf,
    /// The file with the values.
    image: PathBuf,
    /// `image` is gzip.
    packed: bool,
    /// The file with the header is gzip.
    packed_header: bool,
    start: Start,
    by: Option<Reduction>,
    most_voxels: u64,
    hash: String,
    /// A gzip stream that stands after the frame read last.
    going: Mutex<Option<Source<File>>>,
}

impl fmt::Debug for MapFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MapFile")
            .field("path", &self.path)
            .field("frames", &self.frames())
            .field("hash", &self.hash)
            .finish_non_exhaustive()
    }
}

impl MapFile {
    /// Reads the header and hashes the file (of files beyond 1 GiB, samples of it).
    ///
    /// # Errors
    /// As [`super::open`].
    pub fn open(path: &Path, task: &Task) -> Result<Self, VolumeError> {
        task.stage("Opening the map");
        let run = || {
            let Begun {
                source,
                start,
                header,
                image,
            } = begin(path, task)?;
            let packed_header = source.compressed();
            let most_voxels = OpenOptions::default().most_voxels;
            let by = start.reduction(most_voxels)?;
            let of_header = identify(source, &header, task)?;
            let (image, packed, identity) = match image {
                None => (header, packed_header, of_header),
                Some(image) => {
                    let (file, size) = open_file(&image)?;
                    let values = Source::new(file, size, task)?;
                    let packed = values.compressed();
                    let identity = of_header.with(identify(values, &image, task)?);
                    (image, packed, identity)
                }
            };
            Ok(Self {
                path: path.to_owned(),
                image,
                packed,
                packed_header,
                start,
                by,
                most_voxels,
                hash: identity.text(),
                going: Mutex::new(None),
            })
        };
        run().map_err(|fault: Fault| fault.at(path))
    }

    /// Frames in the file; at least 1.
    pub fn frames(&self) -> usize {
        self.start.layout.frames
    }

    /// Names of the frames (AFNI's sub-brick labels): one for each, or none at all.
    pub fn frame_names(&self) -> &[String] {
        &self.start.frame_names
    }

    /// Sha-256 of the file's bytes, hexadecimal; of a file beyond 1 GiB "sampled-" and the digest of
    /// samples of it.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// What the header says.
    pub fn info(&self) -> HeaderInfo {
        let mut warnings = self.start.all_warnings();
        warnings.extend(reduced(self.by, self.most_voxels));
        let name = display_name(&self.path);
        HeaderInfo::new(&self.start, &name, self.packed_header, warnings)
    }

    /// Reads frame `frame` (from 0).
    ///
    /// # Errors
    /// As [`super::open_frame`].
    pub fn frame(&self, frame: usize, task: &Task) -> Result<Volume, VolumeError> {
        task.stage("Reading the frame");
        let run = || {
            let from = self.start.layout.frame_offset(frame)?;
            let mut source = if self.packed {
                self.packed_source(from, task)?
            } else {
                let (mut file, size) = open_file(&self.image)?;
                // Beyond the end a file reads as empty, and `load` says how much is missing.
                file.seek(SeekFrom::Start(from))
                    .map_err(|e| Fault::from_io(&e))?;
                let wanted = self.start.layout.frame_bytes;
                Source::plain_at(file, from, size, wanted, task)
            };
            let mut loaded = load(&mut source, &self.start, frame, self.by, task)?;
            if self.packed {
                *self.going.lock().unwrap_or_else(PoisonError::into_inner) = Some(source);
            }
            loaded.warnings.extend(reduced(self.by, self.most_voxels));
            let origin = Origin {
                name: display_name(&self.path),
                frame,
                hash: self.hash.clone(),
            };
            finish(loaded, &self.start, self.by, origin)
        };
        run().map_err(|fault: Fault| fault.at(&self.path))
    }

    /// The values of one voxel of the grid that [`Self::frame`] gives, in all frames: a number each,
    /// NaN where there is no data or a file cut short has no such frame. Of a frame shown at a fraction
    /// of its resolution the stored voxel in the middle stands for its block.
    ///
    /// One seek a frame in an uncompressed file, one pass over a gzip file.
    ///
    /// # Errors
    /// [`Fault::NoSuchVoxel`], [`Fault::NotScalar`] for colours, and as [`super::open_frame`].
    pub fn time_course(&self, voxel: [usize; 3], task: &Task) -> Result<Vec<f32>, VolumeError> {
        task.stage("Reading the time course");
        let run = || {
            let layout = &self.start.layout;
            let shape = self.by.map_or(layout.shape, |by| by.shape());
            if (0..3).any(|a| voxel[a] >= shape[a]) {
                return Err(Fault::NoSuchVoxel(voxel));
            }
            if layout.element.is_colour() {
                return Err(Fault::NotScalar("colours"));
            }
            let [i, j, k] = self
                .by
                .map_or(voxel, |by| by.middle(voxel))
                .map(|v| v as u64);
            let [nx, ny, _] = layout.shape.map(|d| d as u64);
            let within = (i + nx * (j + ny * k)) * layout.element.size();
            let place =
                |frame: usize| -> Result<u64, Fault> { Ok(layout.frame_offset(frame)? + within) };
            let mut stored = vec![0; layout.element.size() as usize];
            let mut course = Vec::new();
            let value = |frame, whole: bool, bytes: &[u8]| {
                if whole {
                    values::one(coding(&self.start, frame), bytes)
                } else {
                    f32::NAN
                }
            };
            if self.packed {
                let mut source = self.packed_source(place(0)?, task)?;
                for frame in 0..layout.frames {
                    let from = place(frame)?;
                    let whole =
                        source.skip_to(from)? == from && source.fill(&mut stored)? == stored.len();
                    course.push(value(frame, whole, &stored));
                }
                return Ok(course);
            }
            let (mut file, _) = open_file(&self.image)?;
            for frame in 0..layout.frames {
                task.check()?;
                file.seek(SeekFrom::Start(place(frame)?))
                    .map_err(|e| Fault::from_io(&e))?;
                let whole = match file.read_exact(&mut stored) {
                    Ok(()) => true,
                    Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => false,
                    Err(e) => return Err(Fault::from_io(&e)),
                };
                course.push(value(frame, whole, &stored));
                task.set_fraction((frame + 1) as f32 / layout.frames as f32);
            }
            Ok(course)
        };
        run().map_err(|fault: Fault| fault.at(&self.path))
    }

    /// The gzip stream, not past `from`: that which stands after the frame read last, or a new one.
    fn packed_source(&self, from: u64, task: &Task) -> Result<Source<File>, Fault> {
        let going = self
            .going
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(mut source) = going.filter(|source| source.position() <= from) {
            source.set_task(task);
            return Ok(source);
        }
        let (mut file, size) = open_file(&self.image)?;
        let mut magic = [0; 2];
        let got = file.read(&mut magic).map_err(|e| Fault::from_io(&e))?;
        if got < 2 || magic != GZIP_MAGIC {
            return Err(Fault::Changed);
        }
        file.seek(SeekFrom::Start(0))
            .map_err(|e| Fault::from_io(&e))?;
        Source::again(file, size, task)
    }
}
