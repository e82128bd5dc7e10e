//! The raw NIfTI-1/2 header: parsed from bytes and checked before anything is allocated.

use super::error::Fault;

/// Length of a NIfTI-1 header, and what its first field must say.
pub(super) const NIFTI1_LEN: usize = 348;
/// Length of a NIfTI-2 header, and what its first field must say.
pub(super) const NIFTI2_LEN: usize = 540;
/// More voxels than this in one frame are refused: 4 GiB as f32, and a mask stores voxels as u32.
pub(super) const MAX_VOXELS: u64 = 1 << 30;

/// The fields Gyrus uses, in native types.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Header {
    /// 1 or 2.
    pub version: u8,
    pub big_endian: bool,
    /// `.hdr`/`.img` pair rather than one file.
    pub pair: bool,
    /// The first field holds neither 348 nor 540, though all else fits.
    pub odd_size_field: bool,
    pub dim: [i64; 8],
    pub datatype: i32,
    pub bitpix: i32,
    pub pixdim: [f64; 8],
    /// As stored; see [`Layout::data_offset`] for the checked one.
    pub vox_offset: f64,
    pub slope: f64,
    pub inter: f64,
    pub cal_min: f64,
    pub cal_max: f64,
    pub xyzt_units: i32,
    pub descrip: String,
    pub aux_file: String,
    pub qform_code: i32,
    pub sform_code: i32,
    /// b, c, d.
    pub quatern: [f64; 3],
    pub qoffset: [f64; 3],
    pub srow: [[f64; 4]; 3],
    pub intent_code: i32,
    pub intent_p: [f64; 3],
    pub intent_name: String,
}

/// Reads fields of either byte order at fixed places. Every place is a constant below the checked length.
struct Fields<'a> {
    bytes: &'a [u8],
    big: bool,
}

impl Fields<'_> {
    fn raw<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut out = [0; N];
        if let Some(slice) = self.bytes.get(at..at + N) {
            out.copy_from_slice(slice);
        }
        if self.big {
            out.reverse();
        }
        out
    }
    fn i16(&self, at: usize) -> i32 {
        i32::from(i16::from_le_bytes(self.raw(at)))
    }
    fn i32(&self, at: usize) -> i32 {
        i32::from_le_bytes(self.raw(at))
    }
    fn i64(&self, at: usize) -> i64 {
        i64::from_le_bytes(self.raw(at))
    }
    fn f32(&self, at: usize) -> f64 {
        f64::from(f32::from_le_bytes(self.raw(at)))
    }
    fn f64(&self, at: usize) -> f64 {
        f64::from_le_bytes(self.raw(at))
    }
    fn text(&self, at: usize, len: usize) -> String {
        let bytes = self.bytes.get(at..at + len).unwrap_or_default();
        let end = bytes.iter().position(|&b| b == 0).unwrap_or(len);
        let text = String::from_utf8_lossy(&bytes[..end.min(bytes.len())]);
        text.chars()
            .filter(|c| !c.is_control())
            .collect::<String>()
            .trim()
            .to_owned()
    }
}

/// How long the header is whose first 8 bytes are given, or `None` where this is not NIfTI.
pub(super) fn header_len(first: [u8; 8]) -> usize {
    let size = [first[0], first[1], first[2], first[3]];
    let is_two = i32::from_le_bytes(size) == NIFTI2_LEN as i32
        || i32::from_be_bytes(size) == NIFTI2_LEN as i32;
    if is_two || matches!(&first[4..7], b"n+2" | b"ni2") {
        NIFTI2_LEN
    } else {
        NIFTI1_LEN
    }
}

impl Header {
    /// Parses 348 or 540 bytes.
    ///
    /// # Errors
    /// [`Fault::NotNifti`] without the magic, [`Fault::BadHeader`] with contradictory byte orders.
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.len() >= NIFTI2_LEN && matches!(&bytes[4..7], b"n+2" | b"ni2") {
            return Self::parse2(bytes);
        }
        if bytes.len() >= NIFTI1_LEN && matches!(&bytes[344..348], b"n+1\0" | b"ni1\0") {
            return Self::parse1(bytes);
        }
        Err(Fault::NotNifti(None))
    }

    fn parse1(bytes: &[u8]) -> Result<Self, Fault> {
        let little = Fields { bytes, big: false };
        let big = Fields { bytes, big: true };
        let (order, odd) = byte_order(
            (little.i32(0), big.i32(0)),
            (i64::from(little.i16(40)), i64::from(big.i16(40))),
            NIFTI1_LEN as i32,
        )?;
        let f = if order { big } else { little };
        Ok(Self {
            version: 1,
            big_endian: f.big,
            pair: &bytes[344..347] == b"ni1",
            odd_size_field: odd,
            dim: std::array::from_fn(|i| i64::from(f.i16(40 + 2 * i))),
            datatype: f.i16(70),
            bitpix: f.i16(72),
            pixdim: std::array::from_fn(|i| f.f32(76 + 4 * i)),
            vox_offset: f.f32(108),
            slope: f.f32(112),
            inter: f.f32(116),
            cal_max: f.f32(124),
            cal_min: f.f32(128),
            xyzt_units: i32::from(bytes[123]),
            descrip: f.text(148, 80),
            aux_file: f.text(228, 24),
            qform_code: f.i16(252),
            sform_code: f.i16(254),
            quatern: std::array::from_fn(|i| f.f32(256 + 4 * i)),
            qoffset: std::array::from_fn(|i| f.f32(268 + 4 * i)),
            srow: std::array::from_fn(|r| std::array::from_fn(|c| f.f32(280 + 16 * r + 4 * c))),
            intent_code: f.i16(68),
            intent_p: std::array::from_fn(|i| f.f32(56 + 4 * i)),
            intent_name: f.text(328, 16),
        })
    }

    fn parse2(bytes: &[u8]) -> Result<Self, Fault> {
        let little = Fields { bytes, big: false };
        let big = Fields { bytes, big: true };
        let (order, odd) = byte_order(
            (little.i32(0), big.i32(0)),
            (little.i64(16), big.i64(16)),
            NIFTI2_LEN as i32,
        )?;
        let f = if order { big } else { little };
        Ok(Self {
            version: 2,
            big_endian: f.big,
            pair: &bytes[4..7] == b"ni2",
            odd_size_field: odd,
            dim: std::array::from_fn(|i| f.i64(16 + 8 * i)),
            datatype: f.i16(12),
            bitpix: f.i16(14),
            pixdim: std::array::from_fn(|i| f.f64(104 + 8 * i)),
            vox_offset: f.i64(168) as f64,
            slope: f.f64(176),
            inter: f.f64(184),
            cal_max: f.f64(192),
            cal_min: f.f64(200),
            xyzt_units: f.i32(500),
            descrip: f.text(240, 80),
            aux_file: f.text(320, 24),
            qform_code: f.i32(344),
            sform_code: f.i32(348),
            quatern: std::array::from_fn(|i| f.f64(352 + 8 * i)),
            qoffset: std::array::from_fn(|i| f.f64(376 + 8 * i)),
            srow: std::array::from_fn(|r| std::array::from_fn(|c| f.f64(400 + 32 * r + 8 * c))),
            intent_code: f.i32(504),
            intent_p: std::array::from_fn(|i| f.f64(80 + 8 * i)),
            intent_name: f.text(508, 16),
        })
    }

    /// Number of bytes before the header's extension flag.
    pub fn len(&self) -> u64 {
        if self.version == 2 {
            NIFTI2_LEN as u64
        } else {
            NIFTI1_LEN as u64
        }
    }

    /// Slope and intercept to apply; 1 and 0 where the header's are not usable. The flag says that a
    /// usable slope came with an unusable intercept.
    pub fn scaling(&self) -> (f64, f64, bool) {
        if self.slope == 0.0 || !self.slope.is_finite() {
            (1.0, 0.0, false)
        } else if self.inter.is_finite() {
            (self.slope, self.inter, false)
        } else {
            (self.slope, 0.0, true)
        }
    }

    /// Name of the datatype.
    pub fn datatype_name(&self) -> &'static str {
        match self.datatype {
            1 => "binary",
            2 => "uint8",
            4 => "int16",
            8 => "int32",
            16 => "float32",
            32 => "complex64",
            64 => "float64",
            128 => "RGB24",
            256 => "int8",
            512 => "uint16",
            768 => "uint32",
            1024 => "int64",
            1280 => "uint64",
            1536 => "float128",
            1792 => "complex128",
            2048 => "complex256",
            2304 => "RGBA32",
            _ => "unknown",
        }
    }
}

/// Big-endian?, and whether the size field was unusable. The size field decides; `dim[0]` (1..=7)
/// must agree, and decides alone where the size field is garbage.
fn byte_order(size: (i32, i32), dim0: (i64, i64), expected: i32) -> Result<(bool, bool), Fault> {
    let plausible = |d: i64| (1..=7).contains(&d);
    let by_size = match size {
        (little, _) if little == expected => Some(false),
        (_, big) if big == expected => Some(true),
        _ => None,
    };
    match (by_size, plausible(dim0.0), plausible(dim0.1)) {
        (Some(false), true, _) => Ok((false, false)),
        (Some(true), _, true) => Ok((true, false)),
        (None, true, false) => Ok((false, true)),
        (None, false, true) => Ok((true, true)),
        (Some(_), true, _) | (Some(_), _, true) => Err(Fault::BadHeader(
            "its fields are in different byte orders".to_owned(),
        )),
        _ => Err(Fault::BadHeader(format!(
            "it declares {} dimensions (1 to 7 are possible)",
            dim0.0
        ))),
    }
}

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
    Rgb,
    Rgba,
}

impl Element {
    fn of(header: &Header) -> Result<Self, Fault> {
        Ok(match header.datatype {
            2 => Self::U8,
            4 => Self::I16,
            8 => Self::I32,
            16 => Self::F32,
            64 => Self::F64,
            128 => Self::Rgb,
            256 => Self::I8,
            512 => Self::U16,
            768 => Self::U32,
            1024 => Self::I64,
            1280 => Self::U64,
            2304 => Self::Rgba,
            32 | 1792 | 2048 => return Err(Fault::Complex(header.datatype_name())),
            code => {
                return Err(Fault::Datatype {
                    code,
                    name: header.datatype_name(),
                });
            }
        })
    }

    /// Bytes per voxel.
    pub fn size(self) -> u64 {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::Rgb => 3,
            Self::U32 | Self::I32 | Self::F32 | Self::Rgba => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// Whether values are whole numbers as stored.
    pub fn is_integer(self) -> bool {
        !matches!(self, Self::F32 | Self::F64 | Self::Rgb | Self::Rgba)
    }
}

/// Where the values lie, checked: nothing here overflows or exceeds [`MAX_VOXELS`].
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub shape: [usize; 3],
    pub frames: usize,
    /// Frames stand in the fifth dimension (AFNI's way) instead of the fourth.
    pub frames_in_dim5: bool,
    pub element: Element,
    pub frame_bytes: u64,
    /// Values of all frames.
    pub data_bytes: u64,
    /// First byte of the values, from the start of the file that holds them.
    pub data_offset: u64,
    /// The header's own offset was unusable.
    pub offset_mended: bool,
}

impl Layout {
    /// Checks dimensions, datatype and offset. `afni` tells that the file carries AFNI's extension,
    /// whose frames stand in the fifth dimension.
    ///
    /// # Errors
    /// The fault that makes the file unusable as a volume.
    pub fn check(header: &Header, afni: bool) -> Result<Self, Fault> {
        let rank = header.dim[0].clamp(1, 7) as usize;
        let mut dims = Vec::with_capacity(rank);
        for (axis, &d) in header.dim[1..=rank].iter().enumerate() {
            match u64::try_from(d) {
                Ok(d) if d > 0 => dims.push(d),
                _ => {
                    return Err(Fault::BadHeader(format!(
                        "dimension {} has {d} voxels",
                        axis + 1
                    )));
                }
            }
        }
        if (3000..3100).contains(&header.intent_code) && header.version == 2 {
            return Err(Fault::Cifti);
        }
        let mut full = [1; 7];
        full[..rank].copy_from_slice(&dims);
        while dims.len() > 1 && dims.last() == Some(&1) {
            dims.pop();
        }
        let vector_intent = matches!(header.intent_code, 1004..=1007 | 2001..=2005);
        let components = full[4].saturating_mul(full[5]).saturating_mul(full[6]);
        let frames_in_dim5 =
            components > 1 && full[3] == 1 && components == full[4] && afni && !vector_intent;
        if components > 1 && !frames_in_dim5 {
            return Err(Fault::VectorImage { components, dims });
        }
        if full[..3].iter().filter(|&&d| d > 1).count() < 2 || full[2] == 1 {
            return Err(Fault::NotAVolume(dims));
        }
        let element = Element::of(header)?;
        let too_large = || Fault::TooLarge(dims.clone());
        let voxels = full[..3]
            .iter()
            .try_fold(1u64, |n, &d| n.checked_mul(d))
            .filter(|&n| n <= MAX_VOXELS)
            .ok_or_else(too_large)?;
        let frames = if frames_in_dim5 { full[4] } else { full[3] };
        let frame_bytes = voxels * element.size();
        let (data_offset, offset_mended) = data_offset(header)?;
        let data_bytes = frame_bytes
            .checked_mul(frames)
            .filter(|n| n.checked_add(data_offset).is_some_and(|end| end < 1 << 62))
            .ok_or_else(too_large)?;
        Ok(Self {
            shape: [full[0] as usize, full[1] as usize, full[2] as usize],
            frames: usize::try_from(frames).map_err(|_| too_large())?,
            frames_in_dim5,
            element,
            frame_bytes,
            data_bytes,
            data_offset,
            offset_mended,
        })
    }

    /// Voxels of one frame.
    pub fn voxels(&self) -> usize {
        self.shape.iter().product()
    }
}

/// Where the values begin. In one file they cannot begin before the header's 4-byte extension flag;
/// writers that left 0 or the bare header length there meant its end.
fn data_offset(header: &Header) -> Result<(u64, bool), Fault> {
    let stored = header.vox_offset;
    if !stored.is_finite() || !(0.0..9e15).contains(&stored) {
        return Err(Fault::BadHeader(format!(
            "the values begin at byte {stored}"
        )));
    }
    let stored = stored as u64;
    let least = if header.pair { 0 } else { header.len() + 4 };
    Ok(if stored < least {
        (least, true)
    } else {
        (stored, false)
    })
}
