//! How values are stored and where they lie: checked before anything is allocated for them.

use super::error::Fault;

/// More voxels than this in one frame are refused: beyond it even what is shown at a fraction of the
/// resolution would take hours to pass over.
const MAX_VOXELS: u64 = 1 << 34;

/// How one value is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
    /// Two `f32`: real and imaginary part.
    Complex64,
    /// Two `f64`.
    Complex128,
    Rgb,
    Rgba,
}

impl Element {
    /// Bytes per voxel.
    pub fn size(self) -> u64 {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::Rgb => 3,
            Self::U32 | Self::I32 | Self::F32 | Self::Rgba => 4,
            Self::U64 | Self::I64 | Self::F64 | Self::Complex64 => 8,
            Self::Complex128 => 16,
        }
    }

    /// Whether values are whole numbers as stored.
    pub(crate) fn is_integer(self) -> bool {
        matches!(
            self,
            Self::U8
                | Self::I8
                | Self::U16
                | Self::I16
                | Self::U32
                | Self::I32
                | Self::U64
                | Self::I64
        )
    }

    /// Real and imaginary parts, of which Gyrus keeps the magnitude.
    pub(crate) fn is_complex(self) -> bool {
        matches!(self, Self::Complex64 | Self::Complex128)
    }

    /// Three or four bytes of colour.
    pub(crate) fn is_colour(self) -> bool {
        matches!(self, Self::Rgb | Self::Rgba)
    }

    /// "float32", as numpy and NIfTI call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::U8 => "uint8",
            Self::I8 => "int8",
            Self::U16 => "uint16",
            Self::I16 => "int16",
            Self::U32 => "uint32",
            Self::I32 => "int32",
            Self::U64 => "uint64",
            Self::I64 => "int64",
            Self::F32 => "float32",
            Self::F64 => "float64",
            Self::Complex64 => "complex64",
            Self::Complex128 => "complex128",
            Self::Rgb => "RGB24",
            Self::Rgba => "RGBA32",
        }
    }
}

/// Where the values lie. Nothing here overflows, and no side is 0.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    /// Voxels along i, j, k as stored.
    pub shape: [usize; 3],
    pub frames: usize,
    pub element: Element,
    pub frame_bytes: u64,
    /// Values of all frames.
    pub data_bytes: u64,
    /// First byte of the values, from the start of the file that holds them.
    pub data_offset: u64,
}

impl Layout {
    /// Checks that `dims` × `frames` values at `data_offset` are a volume that can be read.
    ///
    /// # Errors
    /// [`Fault::BadHeader`], [`Fault::NotAVolume`] or [`Fault::TooLarge`].
    pub fn new(
        dims: [u64; 3],
        frames: u64,
        element: Element,
        data_offset: u64,
    ) -> Result<Self, Fault> {
        if let Some(axis) = dims.iter().position(|&d| d == 0) {
            return Err(Fault::BadHeader(format!(
                "dimension {} has 0 voxels",
                axis + 1
            )));
        }
        if frames == 0 {
            return Err(Fault::BadHeader("it declares 0 frames".to_owned()));
        }
        if dims.iter().filter(|&&d| d > 1).count() < 2 || dims[2] == 1 {
            let mut dims = dims.to_vec();
            while dims.len() > 1 && dims.last() == Some(&1) {
                dims.pop();
            }
            return Err(Fault::NotAVolume(dims));
        }
        let too_large = || Fault::TooLarge(dims.to_vec());
        let voxels = dims
            .iter()
            .try_fold(1u64, |n, &d| n.checked_mul(d))
            .filter(|&n| n <= MAX_VOXELS)
            .ok_or_else(too_large)?;
        let frame_bytes = voxels * element.size();
        let data_bytes = frame_bytes
            .checked_mul(frames)
            .filter(|n| n.checked_add(data_offset).is_some_and(|end| end < 1 << 62))
            .ok_or_else(too_large)?;
        Ok(Self {
            shape: [dims[0] as usize, dims[1] as usize, dims[2] as usize],
            frames: usize::try_from(frames).map_err(|_| too_large())?,
            element,
            frame_bytes,
            data_bytes,
            data_offset,
        })
    }

    /// Voxels of one frame.
    pub fn voxels(&self) -> u64 {
        self.shape.iter().map(|&d| d as u64).product()
    }

    /// First byte of a frame.
    ///
    /// # Errors
    /// [`Fault::NoSuchFrame`].
    pub(crate) fn frame_offset(&self, frame: usize) -> Result<u64, Fault> {
        if frame >= self.frames {
            return Err(Fault::NoSuchFrame {
                frame,
                frames: self.frames,
            });
        }
        Ok(self.data_offset + frame as u64 * self.frame_bytes)
    }
}
