//! What can go wrong with a map file, told so that a person can act on it.

use std::io;
use std::path::{Path, PathBuf};

use super::foreign::Foreign;
use crate::error::{Explain, Explanation};
use crate::progress::Cancelled;

/// Why a map could not be read, made or written.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum VolumeError {
    /// The user stopped the work.
    #[error("cancelled")]
    Cancelled,
    /// A fault of one file.
    #[error("{}: {fault}", path.display())]
    File {
        /// The file concerned.
        path: PathBuf,
        /// What is wrong with it.
        fault: Fault,
    },
    /// A fault of a map already in memory.
    #[error("{0}")]
    Map(Fault),
}

/// The fault itself, without the file it was found in.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Fault {
    /// The user stopped the work.
    #[error("cancelled")]
    Cancelled,
    /// No file there.
    #[error("there is no such file")]
    Missing,
    /// A folder, not a file.
    #[error("this is a folder, not a file")]
    Folder,
    /// A pipe, socket or device.
    #[error("{0}")]
    NotAFile(String),
    /// The system refuses to let us read it.
    #[error("the system does not allow reading this file")]
    Denied,
    /// Zero bytes.
    #[error("the file is empty")]
    Empty,
    /// Another failure of the file system.
    #[error("the file could not be read ({0})")]
    Io(String),
    /// Some other kind of file.
    #[error("{}", match .0 {
        Some(foreign) => format!("it is not a map that Gyrus reads: it looks like {}", foreign.what),
        None => "it is not a map in a format that Gyrus reads (NIfTI, Analyze, MGH or AFNI)".to_owned(),
    })]
    NotAMap(Option<Foreign>),
    /// A header and an image file of which one is missing.
    #[error("its header and its values lie in two files, and {0} is not there")]
    NoPartner(String),
    /// A NIfTI header with impossible contents.
    #[error("the header is broken: {0}")]
    BadHeader(String),
    /// More voxels than Gyrus holds.
    #[error("the header declares {} voxels, more than can be held", shape_text(.0))]
    TooLarge(Vec<u64>),
    /// The memory for the values could not be had.
    #[error("{} of memory for the values could not be had", size_text(*.0))]
    NoMemory(u64),
    /// A 1-D or 2-D image.
    #[error("it is {} voxels: a picture, not a volume", shape_text(.0))]
    NotAVolume(Vec<u64>),
    /// Several values in each voxel.
    #[error(
        "each voxel holds {components} values ({} in all): a vector image such as a warp or tensor field",
        shape_text(dims)
    )]
    VectorImage {
        /// Values per voxel.
        components: u64,
        /// All dimensions as stored.
        dims: Vec<u64>,
    },
    /// Surface data in a NIfTI-2 wrapper.
    #[error("it is a CIFTI file: values on a surface, not on a voxel grid")]
    Cifti,
    /// Values at the vertices of a surface in a format for volumes.
    #[error("it holds {} values on a surface, not on a voxel grid", thousands(*.0))]
    Surface(u64),
    /// A number format Gyrus does not read.
    #[error("its number format ({0}) is not one Gyrus reads")]
    Datatype(String),
    /// Frames stored differently.
    #[error("its sub-bricks are stored in different number formats")]
    MixedTypes,
    /// A voxel outside the grid.
    #[error("voxel {}, {}, {} is not on its grid", .0[0], .0[1], .0[2])]
    NoSuchVoxel([usize; 3]),
    /// The file ends early.
    #[error("the file ends {} bytes early ({} of {} are there)", thousands(expected - got), thousands(*got), thousands(*expected))]
    Truncated {
        /// Bytes of uncompressed data the header asks for.
        expected: u64,
        /// Bytes found.
        got: u64,
    },
    /// The compressed stream is corrupt.
    #[error("the compressed data are corrupt after {} bytes ({detail})", thousands(*.at))]
    Damaged {
        /// Uncompressed bytes that came out before the damage.
        at: u64,
        /// What the decompressor said.
        detail: String,
    },
    /// Another file than the one opened before.
    #[error("the file has changed since it was opened")]
    Changed,
    /// A frame that does not exist.
    #[error("frame {} was asked for, but there are {frames}", frame + 1)]
    NoSuchFrame {
        /// Asked for, from 0.
        frame: usize,
        /// In the file.
        frames: usize,
    },
    /// All values are NaN, infinite or zero.
    #[error("{}", if *.all_nan { "every voxel is NaN or infinite" } else { "every voxel is zero" })]
    NothingThere {
        /// No finite value at all, against finite but all zero.
        all_nan: bool,
    },
    /// Labels or colours where statistics are needed.
    #[error("it holds {0}, not statistical values")]
    NotScalar(&'static str),
    /// A grid whose affine cannot be inverted.
    #[error("its voxel grid is degenerate: the transform to millimetres cannot be inverted")]
    Degenerate,
    /// Could not be written.
    #[error("it could not be written ({0})")]
    Write(String),
    /// A name that ends in neither .nii nor .nii.gz.
    #[error("the name ends in neither .nii nor .nii.gz")]
    WriteName,
}

impl Fault {
    /// The same fault with the file it was found in.
    pub(crate) fn at(self, path: &Path) -> VolumeError {
        match self {
            Self::Cancelled => VolumeError::Cancelled,
            fault => VolumeError::File {
                path: path.to_owned(),
                fault,
            },
        }
    }

    /// From an error of the file system.
    pub(crate) fn from_io(error: &io::Error) -> Self {
        if error.get_ref().is_some_and(|inner| inner.is::<Cancelled>()) {
            return Self::Cancelled;
        }
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            io::ErrorKind::PermissionDenied => Self::Denied,
            io::ErrorKind::IsADirectory => Self::Folder,
            _ => Self::Io(error.to_string()),
        }
    }

    fn remedy(&self) -> String {
        let text = match self {
            Self::Cancelled => "Open it again to go on",
            Self::Missing => "Check the name, or that the drive it lies on is connected",
            Self::Folder => "Choose a file inside it",
            Self::NotAFile(_) => "Copy its contents into a file first",
            Self::Denied => "Ask its owner for permission, or copy it to a folder of your own",
            Self::Empty => "Copy or download it again: the transfer may have failed",
            Self::Io(_) => "Try again, or copy the file to another drive first",
            Self::NotAMap(Some(foreign)) => foreign.remedy,
            Self::NotAMap(None) => "Export the map as NIfTI (.nii or .nii.gz) and open that",
            Self::NoPartner(_) => "Put both files side by side under the same name",
            Self::BadHeader(_) => {
                "Write it again with the program that made it, or repair the header with fslhd or nibabel"
            }
            Self::TooLarge(_) => "Cut out or down-sample the part you need, then open that",
            Self::NoMemory(_) => "Close other programs, or down-sample the map first",
            Self::NotAVolume(_) => "Open the whole 3-D map this picture was taken from",
            Self::VectorImage { .. } => {
                "Save the one component you need as a 3-D map (for example with fslroi or nibabel) and open that"
            }
            Self::Cifti => {
                "Convert its volume part with `wb_command -cifti-separate … COLUMN -volume-all`, or open the volume map it came from"
            }
            Self::Surface(_) => {
                "Open the volume it was sampled from, or bring it into one with mri_surf2vol"
            }
            Self::Datatype(_) => {
                "Convert it to 32-bit float (for example with `fslmaths in out -odt float`)"
            }
            Self::MixedTypes => {
                "Split it into its sub-bricks with 3dbucket, or convert it with 3dcalc -datum float"
            }
            Self::NoSuchVoxel(_) => "Choose a voxel inside the map",
            Self::Truncated { .. } | Self::Damaged { .. } => {
                "Copy or download it again, or ask whoever made it for a whole copy"
            }
            Self::Changed => "Open it again",
            Self::NoSuchFrame { frames, .. } => {
                return format!("Choose a frame from 1 to {frames}");
            }
            Self::NothingThere { .. } => {
                "Check the step that made this map: there is nothing in it to show or decode"
            }
            Self::NotScalar(_) => "Choose a statistical map (z, t, beta…) instead",
            Self::Degenerate => "Write the map again with a valid sform or qform",
            Self::Write(_) => {
                "Check that the folder exists, that you may write there and that the disk has room"
            }
            Self::WriteName => "Name it like map.nii.gz",
        };
        text.to_owned()
    }
}

impl From<Cancelled> for Fault {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl From<Cancelled> for VolumeError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl From<Fault> for VolumeError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Cancelled => Self::Cancelled,
            fault => Self::Map(fault),
        }
    }
}

impl VolumeError {
    /// Whether the file ends early but holds some values, so that it can be opened as far as it goes.
    pub fn is_cut_short(&self) -> bool {
        let (Self::File { fault, .. } | Self::Map(fault)) = self else {
            return false;
        };
        // A header alone is a few hundred bytes.
        matches!(fault, Fault::Truncated { got, .. } if *got > 1024)
    }
}

impl Explain for VolumeError {
    fn explain(&self) -> Explanation {
        let (fault, path) = match self {
            Self::Cancelled => (&Fault::Cancelled, None),
            Self::File { path, fault } => (fault, Some(path.clone())),
            Self::Map(fault) => (fault, None),
        };
        let what = match fault {
            Fault::Cancelled => "Reading the map was stopped",
            Fault::Write(_) | Fault::WriteName => "The map was not saved",
            Fault::NotScalar(_) | Fault::Degenerate => "This map cannot be used here",
            Fault::NothingThere { .. } => "This map is empty",
            _ => "Could not open this map",
        };
        let why = match fault {
            Fault::Cancelled => "you cancelled it".to_owned(),
            fault => fault.to_string(),
        };
        Explanation {
            what: what.to_owned(),
            why,
            remedy: fault.remedy(),
            path,
        }
    }
}

/// "91 × 109 × 91".
pub(super) fn shape_text(dims: &[u64]) -> String {
    let parts: Vec<String> = dims.iter().map(u64::to_string).collect();
    parts.join(" × ")
}

/// "1,204".
pub(super) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// "3.4 GB".
fn size_text(bytes: u64) -> String {
    let (value, unit) = match bytes {
        0..1_000_000 => return format!("{} bytes", thousands(bytes)),
        1_000_000..1_000_000_000 => (bytes as f64 / 1e6, "MB"),
        _ => (bytes as f64 / 1e9, "GB"),
    };
    format!("{value:.1} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_threes() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(1_204), "1,204");
        assert_eq!(thousands(123_456), "123,456");
        assert_eq!(thousands(1_234_567), "1,234,567");
    }

    #[test]
    fn a_message_ends_with_the_path_and_parts_have_no_full_stop() {
        let error = Fault::Truncated {
            expected: 2_000,
            got: 796,
        }
        .at(Path::new("/data/my map.nii.gz"));
        let told = error.explain();
        assert_eq!(
            told.to_string(),
            "Could not open this map: the file ends 1,204 bytes early (796 of 2,000 are there). Copy or download \
             it again, or ask whoever made it for a whole copy.\n/data/my map.nii.gz"
        );
        assert!(
            !told.what.ends_with('.') && !told.why.ends_with('.') && !told.remedy.ends_with('.')
        );
    }
}
