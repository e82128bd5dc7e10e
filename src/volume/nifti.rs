//! NIfTI-1 and -2: the raw header, parsed from bytes, and what it means.

use super::error::Fault;
use super::fields::{Fields, byte_order};
use super::geometry::geometry;
use super::info::Coded;
use super::layout::{Element, Layout};
use super::start::{Details, Format, Scaling, Start, plausible_step_s};
use super::{LoadWarning, MapKind, WarningCode};
use crate::provenance::Provenance;

/// Length of a NIfTI-1 header, and what its first field must say.
pub(super) const NIFTI1_LEN: usize = 348;
/// Length of a NIfTI-2 header, and what its first field must say.
pub(super) const NIFTI2_LEN: usize = 540;
/// Extension code of AFNI's attributes.
const AFNI_EXTENSION: i32 = 4;
/// Extension code of comments: plain text, which is where Gyrus writes how a map was made.
pub(super) const RECORD_EXTENSION: i32 = 6;

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
    /// As stored; see [`data_offset`] for the checked one.
    pub vox_offset: f64,
    pub slope: f64,
    pub inter: f64,
    pub cal_min: f64,
    pub cal_max: f64,
    pub xyzt_units: i32,
    /// A field without a use in NIfTI-1.
    pub glmin: i32,
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

/// Whether these are the first bytes of a NIfTI file: told by its magic.
pub(super) fn is_nifti(bytes: &[u8]) -> bool {
    (bytes.len() >= NIFTI2_LEN && matches!(&bytes[4..7], b"n+2" | b"ni2"))
        || (bytes.len() >= NIFTI1_LEN && matches!(&bytes[344..348], b"n+1\0" | b"ni1\0"))
}

impl Header {
    /// Parses 348 or 540 bytes.
    ///
    /// # Errors
    /// [`Fault::NotAMap`] without the magic, [`Fault::BadHeader`] with contradictory byte orders.
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.len() >= NIFTI2_LEN && matches!(&bytes[4..7], b"n+2" | b"ni2") {
            return Self::parse2(bytes);
        }
        if bytes.len() >= NIFTI1_LEN && matches!(&bytes[344..348], b"n+1\0" | b"ni1\0") {
            return Self::parse1(bytes);
        }
        Err(Fault::NotAMap(None))
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
            glmin: f.i32(144),
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
            glmin: 0,
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
    pub(crate) fn datatype_name(&self) -> &'static str {
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

impl Header {
    fn element(&self) -> Result<Element, Fault> {
        Ok(match self.datatype {
            2 => Element::U8,
            4 => Element::I16,
            8 => Element::I32,
            16 => Element::F32,
            32 => Element::Complex64,
            64 => Element::F64,
            128 => Element::Rgb,
            256 => Element::I8,
            512 => Element::U16,
            768 => Element::U32,
            1024 => Element::I64,
            1280 => Element::U64,
            1792 => Element::Complex128,
            2304 => Element::Rgba,
            code => {
                return Err(Fault::Datatype(format!(
                    "NIfTI datatype {code}, {}",
                    self.datatype_name()
                )));
            }
        })
    }

    fn intent_kind(&self) -> Option<MapKind> {
        Some(match self.intent_code {
            3 => MapKind::T,
            4 => MapKind::F,
            5 => MapKind::Z,
            22 => MapKind::P,
            1001 => MapKind::Beta,
            1002 => MapKind::Label,
            _ => return None,
        })
    }

    fn frame_step_s(&self) -> Option<f64> {
        let unit_s = match self.xyzt_units & 0x38 {
            8 => 1.0,
            16 => 1e-3,
            24 => 1e-6,
            _ => return None,
        };
        plausible_step_s(self.pixdim[4] * unit_s)
    }

    fn details(&self) -> Details {
        let intent_parameters = match self.intent_code {
            3 => self.intent_p[..1].to_vec(),
            4 => self.intent_p[..2].to_vec(),
            _ => Vec::new(),
        };
        Details {
            qform: Some(Coded {
                code: self.qform_code,
                name: space_name(self.qform_code),
            }),
            sform: Some(Coded {
                code: self.sform_code,
                name: space_name(self.sform_code),
            }),
            intent: Some(Coded {
                code: self.intent_code,
                name: intent_name(self.intent_code),
            }),
            intent_parameters,
            intent_name: self.intent_name.clone(),
            display_range: display_range(self.cal_min, self.cal_max),
            unit: match self.xyzt_units & 7 {
                1 => "m",
                2 => "mm",
                3 => "µm",
                _ => "unknown",
            },
            space: None,
            frame_step_s: self.frame_step_s(),
        }
    }
}

/// What a NIfTI header means. `bytes` are the file's first, as many as there are up to those of the
/// first extension.
///
/// # Errors
/// The fault that makes the file unusable as a volume; [`Fault::NotAMap`] without NIfTI's magic.
pub(super) fn start(bytes: &[u8]) -> Result<Start, Fault> {
    let header = Header::parse(bytes)?;
    let (dims, frames, frames_in_dim5) = dimensions(&header)?;
    let (data_offset, offset_mended) = data_offset(&header)?;
    let layout = Layout::new(dims, frames, header.element()?, data_offset)?;
    let (slope, inter, odd_inter) = header.scaling();
    let mut warnings = Vec::new();
    if header.odd_size_field {
        warnings.push(LoadWarning::new(
            WarningCode::OddHeaderSize,
            "The header's own length field is wrong; all else in it fits, and Gyrus read it.",
        ));
    }
    if offset_mended {
        warnings.push(LoadWarning::new(WarningCode::OddOffset, format!("The header says the values begin inside it; Gyrus read them from byte {data_offset}."),
        ));
    }
    if frames_in_dim5 {
        let (badge, message) = if afni_extension(&header, bytes) {
            (
                "AFNI bricks",
                format!(
                    "AFNI keeps its {frames} sub-bricks in the fifth dimension; Gyrus shows them as frames."
                ),
            )
        } else {
            (
                "values as frames",
                format!(
                    "Each voxel holds {frames} values in the fifth dimension; Gyrus shows them as frames, one at a time."
                ),
            )
        };
        warnings.push(LoadWarning::with_badge(
            WarningCode::FramesInFifth,
            badge,
            message,
        ));
    }
    if odd_inter {
        warnings.push(LoadWarning::new(WarningCode::BadIntercept, "The header's scaling has a slope but no usable intercept; Gyrus took the intercept as 0.",
        ));
    }
    Ok(Start {
        format: if header.version == 2 {
            Format::Nifti2
        } else {
            Format::Nifti1
        },
        partner: header.pair.then_some("img"),
        big_endian: header.big_endian,
        scaling: Scaling::Whole { slope, inter },
        geometry: geometry(&header, layout.shape),
        layout,
        kind: header.intent_kind(),
        description: header.descrip.clone(),
        frame_names: Vec::new(),
        frame_kinds: Vec::new(),
        warnings,
        details: header.details(),
        provenance: None,
    })
}

/// Code and whole length of the header's first extension, where there is one.
fn first_extension(header: &Header, bytes: &[u8]) -> Option<(i32, usize)> {
    let at = header.len() as usize;
    let extension = bytes.get(at..at + 12)?;
    let number = |at: usize| {
        let four = [0, 1, 2, 3].map(|n| extension[at + n]);
        if header.big_endian {
            i32::from_be_bytes(four)
        } else {
            i32::from_le_bytes(four)
        }
    };
    let there = header.vox_offset >= (at + 12) as f64 && extension[0] != 0;
    let length = usize::try_from(number(4)).ok()?;
    there.then(|| (number(8), length))
}

/// Whether AFNI's attributes are the header's first extension.
fn afni_extension(header: &Header, bytes: &[u8]) -> bool {
    first_extension(header, bytes).is_some_and(|(code, _)| code == AFNI_EXTENSION)
}

/// Whether the first extension of a NIfTI file with these first bytes may be Gyrus's record.
pub(super) fn gyrus_extension(bytes: &[u8]) -> bool {
    let header = Header::parse(bytes).ok();
    let first = header.and_then(|header| first_extension(&header, bytes));
    first.is_some_and(|(code, _)| code == RECORD_EXTENSION)
}

/// The record in the first extension; `bytes` go on to where the values begin, or to the longest
/// record that is read.
pub(super) fn provenance(bytes: &[u8]) -> Option<Provenance> {
    let header = Header::parse(bytes).ok()?;
    let (_, length) = first_extension(&header, bytes)?;
    let at = header.len() as usize + 4;
    Provenance::from_json(bytes.get(at + 8..at.checked_add(length)?)?)
}

/// Voxels along i, j, k, frames, and whether these stand in the fifth dimension, as AFNI writes its
/// sub-bricks. Trailing dimensions of 1 do not count.
fn dimensions(header: &Header) -> Result<([u64; 3], u64, bool), Fault> {
    if let Some(vertices) = surface_vertices(header) {
        return Err(Fault::Surface(vertices));
    }
    let rank = header.dim[0].clamp(1, 7) as usize;
    let mut full = [1; 7];
    for (axis, &d) in header.dim[1..=rank].iter().enumerate() {
        full[axis] = u64::try_from(d)
            .ok()
            .filter(|&d| d > 0)
            .ok_or_else(|| Fault::BadHeader(format!("dimension {} has {d} voxels", axis + 1)))?;
    }
    if (3000..3100).contains(&header.intent_code) && header.version == 2 {
        return Err(Fault::Cifti);
    }
    // Displacements, vectors, matrices, colours: one voxel's values mean something only together.
    let vector_intent = matches!(header.intent_code, 1004..=1007 | 2001..=2005);
    let components = full[4].saturating_mul(full[5]).saturating_mul(full[6]);
    let in_fifth = components > 1 && full[3] == 1 && components == full[4] && !vector_intent;
    if components > 1 && !in_fifth {
        let mut dims = full[..rank].to_vec();
        while dims.len() > 1 && dims.last() == Some(&1) {
            dims.pop();
        }
        return Err(Fault::VectorImage { components, dims });
    }
    let frames = if in_fifth { full[4] } else { full[3] };
    Ok(([full[0], full[1], full[2]], frames, in_fifth))
}

/// Vertices of FreeSurfer's spheres: values on one of these are no volume, whatever the header's shape.
const SPHERES: [u64; 5] = [642, 2_562, 10_242, 40_962, 163_842];

/// How many vertices of a surface the values belong to, where FreeSurfer wrote them as if they were a
/// volume: in one line, or, where that is longer than NIfTI-1 can say, folded into n × 1 × a few, or
/// with −1 for its length and the true one in a field nobody uses.
fn surface_vertices(header: &Header) -> Option<u64> {
    let [_, nx, ny, nz, ..] = header.dim;
    if header.version == 1 && nx == -1 && header.glmin > 0 {
        return u64::try_from(header.glmin).ok();
    }
    let (nx, nz) = (u64::try_from(nx).ok()?, u64::try_from(nz).ok()?);
    let vertices = nx.checked_mul(nz)?;
    let sphere = SPHERES.contains(&vertices);
    // A single slice of a volume is about as long as it is wide.
    let folded = header.descrip.starts_with("FreeSurfer") && nx >= 1000 && nx / nz.max(1) >= 8;
    (ny == 1 && (sphere || folded)).then_some(vertices)
}

/// Where the values begin. In one file they cannot begin before the header's 4-byte extension flag;
/// writers that left 0 or the bare header length there meant its end.
fn data_offset(header: &Header) -> Result<(u64, bool), Fault> {
    let stored = whole_offset(header.vox_offset)?;
    let least = if header.pair { 0 } else { header.len() + 4 };
    Ok(if stored < least {
        (least, true)
    } else {
        (stored, false)
    })
}

/// A stored offset as a number of bytes.
///
/// # Errors
/// [`Fault::BadHeader`] where it cannot be one.
pub(super) fn whole_offset(stored: f64) -> Result<u64, Fault> {
    if stored.is_finite() && (0.0..9e15).contains(&stored) {
        Ok(stored as u64)
    } else {
        Err(Fault::BadHeader(format!(
            "the values begin at byte {stored}"
        )))
    }
}

/// Writers leave nonsense here; only a true range is passed on.
pub(super) fn display_range(min: f64, max: f64) -> Option<[f64; 2]> {
    (min.is_finite() && max.is_finite() && max > min).then_some([min, max])
}

fn space_name(code: i32) -> &'static str {
    match code {
        0 => "not set",
        1 => "scanner",
        2 => "aligned to another image",
        3 => "Talairach",
        4 => "MNI 152",
        5 => "another template",
        _ => "unknown",
    }
}

fn intent_name(code: i32) -> &'static str {
    match code {
        0 => "none",
        2 => "correlation",
        3 => "t statistic",
        4 => "F statistic",
        5 => "z score",
        6 => "chi-squared",
        22 => "p value",
        23 => "log p value",
        24 => "log10 p value",
        1001 => "estimate",
        1002 => "labels",
        1003 => "names",
        1004 => "matrix",
        1005 => "symmetric matrix",
        1006 => "displacement",
        1007 => "vector",
        2001..=2005 => "colour or surface data",
        _ => "other",
    }
}
