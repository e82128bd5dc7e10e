//! A file of several frames kept at hand: frames and time courses are read on demand.

use std::fmt;
use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use super::assemble::{Origin, finish};
use super::error::{Fault, VolumeError};
use super::files::{display_name, open_file};
use super::info::HeaderInfo;
use super::read::{Begun, OpenOptions, Wanted, begin, coding, identify, load, reduced};
use super::reduce::Reduction;
use super::source::{GZIP_MAGIC, Source};
use super::start::Start;
use super::{Volume, values};
use crate::progress::Progress;

/// The longest time course that is read. Headers may declare any number of frames, and a packed file may
/// hold far more of them than its own length lets expect.
const MAX_COURSE: usize = 1 << 20;

/// What tells, without reading it, that a file was written again: length and time of the last change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    changed: Option<SystemTime>,
}

impl Stamp {
    fn of(path: &Path) -> Result<Self, Fault> {
        let about = fs::metadata(path).map_err(|e| Fault::from_io(&e))?;
        Ok(Self {
            bytes: about.len(),
            changed: about.modified().ok(),
        })
    }
}

/// A map file kept at hand: its header is read and its bytes hashed once, then frames are read on
/// demand. Of an uncompressed file only the frame asked for is read; of a gzip file all before it are
/// passed over, but going on from the frame read last. Never more than one frame is in memory.
pub struct MapFile {
    path: PathBuf,
    /// The file with the values.
    image: PathBuf,
    /// The file with the header and that with the values, as they were when they were opened.
    stamps: [(PathBuf, Stamp); 2],
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
    /// Reads the header and hashes the file (of files beyond 512 MiB, samples of it).
    ///
    /// # Errors
    /// As [`super::open`].
    pub fn open(path: &Path, progress: &Progress) -> Result<Self, VolumeError> {
        progress.stage("Opening the map");
        let run = || {
            let Begun {
                source,
                start,
                header,
                image,
            } = begin(path, progress)?;
            // Before the bytes are hashed: what is written while they are is noticed.
            let stamp_of = |path: &Path| Ok::<_, Fault>((path.to_owned(), Stamp::of(path)?));
            let stamps = [
                stamp_of(&header)?,
                stamp_of(image.as_deref().unwrap_or(&header))?,
            ];
            let packed_header = source.compressed();
            let most_voxels = OpenOptions::default().most_voxels;
            let by = start.reduction(most_voxels)?;
            let of_header = identify(source, &header, progress)?;
            let (image, packed, identity) = match image {
                None => (header, packed_header, of_header),
                Some(image) => {
                    let (file, size) = open_file(&image)?;
                    let values = Source::new(file, size, progress)?;
                    let packed = values.compressed();
                    let identity = of_header.with(identify(values, &image, progress)?);
                    (image, packed, identity)
                }
            };
            Ok(Self {
                path: path.to_owned(),
                image,
                stamps,
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

    /// Whether the file is still the one that was opened, as far as its length and the time it was
    /// written at tell. Frames of another one are refused ([`Fault::Changed`]): open it again.
    pub fn is_current(&self) -> bool {
        let same =
            |(path, stamp): &(PathBuf, Stamp)| Stamp::of(path).is_ok_and(|now| now == *stamp);
        self.stamps.iter().all(same)
    }

    fn check_current(&self) -> Result<(), Fault> {
        for (path, stamp) in &self.stamps {
            if Stamp::of(path)? != *stamp {
                return Err(Fault::Changed);
            }
        }
        Ok(())
    }

    /// Frames the header declares; at least 1.
    pub fn frames(&self) -> usize {
        self.start.layout.frames
    }

    /// Names of the frames (AFNI's sub-brick labels): one for each, or none at all.
    pub fn frame_names(&self) -> &[String] {
        &self.start.frame_names
    }

    /// Sha-256 of the file's bytes, hexadecimal; of a file beyond 512 MiB "sampled-" and the digest of
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
    /// As [`super::open_frame`], and [`Fault::Changed`] where the file was written again.
    pub fn frame(&self, frame: usize, progress: &Progress) -> Result<Volume, VolumeError> {
        progress.stage("Reading the frame");
        let run = || {
            self.check_current()?;
            let from = self.start.layout.frame_offset(frame)?;
            let mut source = if self.packed {
                self.packed_source(from, progress)?
            } else {
                let (mut file, size) = open_file(&self.image)?;
                // Beyond the end a file reads as empty, and `load` says how much is missing.
                file.seek(SeekFrom::Start(from))
                    .map_err(|e| Fault::from_io(&e))?;
                let wanted = self.start.layout.frame_bytes;
                Source::plain_at(file, from, size, wanted, progress)
            };
            let mut loaded = load(
                &mut source,
                &self.start,
                Wanted::frame(frame, self.by),
                progress,
            )?;
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
    /// of its resolution the stored voxel in the middle stands for its block. Frames beyond the first
    /// 1,048,576 are left out.
    ///
    /// One seek a frame in an uncompressed file, one pass over a gzip file.
    ///
    /// # Errors
    /// [`Fault::NoSuchVoxel`], [`Fault::NotScalar`] for colours, and as [`Self::frame`].
    pub fn time_course(
        &self,
        voxel: [usize; 3],
        progress: &Progress,
    ) -> Result<Vec<f32>, VolumeError> {
        progress.stage("Reading the time course");
        let run = || {
            self.check_current()?;
            let layout = &self.start.layout;
            let frames = layout.frames.min(MAX_COURSE);
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
            let mut add = |frame, bytes: &[u8]| {
                course.push(values::one(coding(&self.start, frame), bytes));
            };
            // The first frame that is not there ends the reading: none can come after it.
            if self.packed {
                let mut source = self.packed_source(place(0)?, progress)?;
                for frame in 0..frames {
                    progress.check()?;
                    let from = place(frame)?;
                    if source.skip_to(from)? < from || source.fill(&mut stored)? < stored.len() {
                        break;
                    }
                    add(frame, &stored);
                }
            } else {
                let (mut file, _) = open_file(&self.image)?;
                for frame in 0..frames {
                    progress.check()?;
                    file.seek(SeekFrom::Start(place(frame)?))
                        .map_err(|e| Fault::from_io(&e))?;
                    match file.read_exact(&mut stored) {
                        Ok(()) => add(frame, &stored),
                        Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => break,
                        Err(e) => return Err(Fault::from_io(&e)),
                    }
                    progress.set_fraction((frame + 1) as f32 / frames as f32);
                }
            }
            course.resize(frames, f32::NAN);
            Ok(course)
        };
        run().map_err(|fault: Fault| fault.at(&self.path))
    }

    /// The gzip stream, not past `from`: that which stands after the frame read last, or a new one.
    fn packed_source(&self, from: u64, progress: &Progress) -> Result<Source<File>, Fault> {
        let going = self
            .going
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(mut source) = going.filter(|source| source.position() <= from) {
            source.set_task(progress);
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
        Source::again(file, size, progress)
    }
}
